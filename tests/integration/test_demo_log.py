"""The demo reads its log as the Home Assistant that is installed writes it."""

from pathlib import Path
import subprocess
import sys

from demo_home import troubles_in
import pytest

# Home Assistant sets up its own logging, and then some things are said.
WRITES = """
import asyncio, logging, sys
from homeassistant.bootstrap import async_enable_logging
from homeassistant.core import HomeAssistant

async def write(folder, log):
    await async_enable_logging(HomeAssistant(folder), log_no_color=True, log_file=log)
    say = logging.getLogger
    say("homeassistant.loader").warning(
        "We found a custom integration energy_orchestrator which has not been tested by Home Assistant"
    )
    say("homeassistant.setup").warning("Setup of sun is taking long")
    say("custom_components.energy_orchestrator").warning("Something of ours")
    try:
        raise ValueError("deep inside")
    except ValueError:
        say("custom_components.energy_orchestrator.planner").exception("Planning failed")
    say("homeassistant.helpers").error("Entity of platform energy_orchestrator does not do what it should")
    say("homeassistant.core").critical("Two lines\\nof custom_components/energy_orchestrator/sensor.py")
    say("custom_components.energy_orchestrator").info("This is only said")
    logging.shutdown()

asyncio.run(write(*sys.argv[1:3]))
"""


def test_what_is_ours_is_found_and_a_clean_log_is_clean(tmp_path: Path) -> None:
    log, clean = tmp_path / "home-assistant.log", tmp_path / "clean.log"
    subprocess.run([sys.executable, "-c", WRITES, str(tmp_path), str(log)], check=True, timeout=60)
    found = troubles_in(log)
    assert [entry.splitlines()[0].partition("] ")[2] for entry in found] == [
        "Something of ours",
        "Planning failed",
        "Entity of platform energy_orchestrator does not do what it should",
        "Two lines",
    ]
    assert found[1].endswith("ValueError: deep inside"), "with its traceback"
    assert "only said" not in "".join(found)
    lines = log.read_text().splitlines(keepends=True)
    ours = next(n for n, line in enumerate(lines) if "Something of ours" in line)
    clean.write_text("".join(lines[:ours]))
    assert "taking long" in clean.read_text()
    assert troubles_in(clean) == []


@pytest.mark.parametrize("content", [None, "", "[26/Nov/2026 20:09] warning: energy_orchestrator is in trouble\n"])
def test_a_log_that_cannot_be_read_is_not_clean(tmp_path: Path, content: str | None) -> None:
    """Every log of a Home Assistant with this integration has one warning that names it."""
    log = tmp_path / "home-assistant.log"
    if content is not None:
        log.write_text(content)
    (trouble,) = troubles_in(log)
    assert "is this its format?" in trouble
