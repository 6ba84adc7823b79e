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
    took: dict[str, list[float]] = {}
    for number, line in enumerate(lines("en")):
        began = perf_counter()
        told = told_of(await say(line.say, "en", f"time{number}"))
        took.setdefault(told["topic"], []).append(perf_counter() - began)
    everything = [seconds for group in took.values() for seconds in group]
    plain = [
        s
        for topic, group in took.items()
        if topic not in ("what_if", "plan_now") and ROUTES[topic] != "command"
        for s in group
    ]
    for name, values in (("all", everything), ("without planning", plain), ("what_if", took["what_if"])):
        p50, p95, most = np.percentile(values, [50, 95, 100])
        sys.stdout.write(
            f"\nanswers {name}: {len(values)}, p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms, most {1000 * most:.0f} ms\n"
        )
    assert np.percentile(plain, 95) < BOUND_S
