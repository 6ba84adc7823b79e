"""How long answers take, in real time; `benchmarks/assist.py` runs it, the suite does not."""

from pathlib import Path
import sys
from time import perf_counter

from homeassistant.core import HomeAssistant
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist.topics import ROUTES

from .conftest import Say
from .corpus import lines
from .test_corpus import told_of

DOCUMENTS = 200
BOUND_S = 0.3


@pytest.fixture(autouse=True)
def documents(knowledge_folder: Path) -> None:
    """Fill the folder with documents of real size."""
    knowledge_folder.mkdir(parents=True, exist_ok=True)
    for number in range(DOCUMENTS):
        sections = "\n\n".join(
            f"## Section {part}\n\n" + f"The battery and the inverter of unit {number} charge and discharge. " * 12
            for part in range(8)
        )
        (knowledge_folder / f"manual_{number}.md").write_text(f"# Manual {number}\n\n{sections}\n", encoding="utf-8")


async def test_speed(hass: HomeAssistant, ranch: MockConfigEntry, say: Say) -> None:
    """Ask every line; a planning that a command has set off is over before the next is asked, as in a house."""
    took: dict[str, list[float]] = {}
    for number, line in enumerate(lines("en")):
        await hass.async_block_till_done(wait_background_tasks=True)
        began = perf_counter()
        told = told_of(await say(line.say, "en", f"time{number}"))
        took.setdefault(told["topic"], []).append(perf_counter() - began)
    everything = [seconds for group in took.values() for seconds in group]
    routes: dict[str, list[float]] = {}
    for topic, group in took.items():
        routes.setdefault(ROUTES[topic].value, []).extend(group)
    for name, values in (("all", everything), *sorted(routes.items())):
        p50, p95, most = np.percentile(values, [50, 95, 100])
        sys.stdout.write(
            f"\nanswers {name}: {len(values)}, p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms, most {1000 * most:.0f} ms\n"
        )
    for topic, group in sorted(took.items(), key=lambda item: -max(item[1]))[:6]:
        sys.stdout.write(f"\nanswers slowest: {topic}, most {1000 * max(group):.0f} ms\n")
    assert np.percentile(everything, 95) < BOUND_S
