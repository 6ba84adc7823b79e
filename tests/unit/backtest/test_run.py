"""The loop on a plant: a day of the ranch passes where there is no Home Assistant, and where the battery tells nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import subprocess
import sys
from typing import Final

import pytest

from custom_components.energy_orchestrator.backtest.run import PlantLoop
from custom_components.energy_orchestrator.control import Outcome
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from custom_components.energy_orchestrator.model.decision import BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.forecast import Source
from custom_components.energy_orchestrator.model.plan import PlanStatus
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.simulation.faults import Fault
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES

ROOT: Final = Path(__file__).resolve().parents[3]
MORNING: Final = datetime(2026, 4, 22, 6, tzinfo=UTC)
NIGHT: Final = datetime(2026, 4, 21, 22, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)

# The library stands in the place of the integration, and everything of Home Assistant is an ImportError.
DAY_OF_THE_RANCH: Final = f"""
import sys
sys.path.insert(0, {str(ROOT / "script" / "lib")!r})
for name in ("homeassistant", "voluptuous", "probatio"):
    sys.modules[name] = None
import pure
import asyncio
from datetime import UTC, datetime, timedelta
from custom_components.energy_orchestrator.backtest.run import PlantLoop
from custom_components.energy_orchestrator.control import Outcome
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES

async def live():
    plans = set()
    run = PlantLoop(
        Plant(SITES["ranch"], start=datetime(2026, 4, 21, 22, tzinfo=UTC)),
        watch=lambda snapshot: plans.add(snapshot.plan.created),
        mode="automatic",
        interval_min=60,
    )
    await run.begin()
    for _ in range(288):
        await run.step(timedelta(minutes=5))
    assert len(plans) >= 25, plans
    assert len(run.audit.entries) >= 3, run.audit.entries
    assert {{entry.outcome for entry in run.audit.entries}} == {{Outcome.CONFIRMED}}, run.audit.entries

cycle.calm_plan = lambda problem, *, created: rule_based_plan(problem, created=created)
asyncio.run(live())
assert not [name for name, module in sys.modules.items() if name.startswith("homeassistant") and module]
"""


def test_a_day_passes_without_home_assistant() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DAY_OF_THE_RANCH], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan by rules."""
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))


async def test_a_cycle_comes_by_the_clock_and_with_new_prices() -> None:
    seen: list[Snapshot] = []
    run = PlantLoop(Plant(SITES["ranch"], start=MORNING + 2.5 * MINUTE), watch=seen.append, interval_min=15)
    await run.begin()
    for _ in range(60):
        await run.step(MINUTE)
    planned = sorted({snapshot.plan.created for snapshot in seen if snapshot.plan})
    # Each at the first report in its slot. Where the hour's price comes with the hour's cycle, another follows.
    assert [(at - MORNING) / MINUTE for at in planned] == [2.5, 15.5, 30.5, 45.5, 60.5, 61.5]
    assert {entry.outcome for entry in run.audit.entries} == {Outcome.NOT_SENT}, "monitor mode calls nothing"


@pytest.mark.parametrize("key", SITES)
async def test_every_ready_made_site_runs(key: str) -> None:
    run = PlantLoop(Plant(SITES[key], start=MORNING + timedelta(hours=4)), mode="automatic")
    await run.begin()
    for _ in range(6):
        await run.step(5 * MINUTE)
    assert run.last.plan is not None
    assert run.last.plan.status is PlanStatus.FALLBACK, "not even the rules could keep its limits"
    assert {entry.outcome for entry in run.audit.entries} <= {Outcome.CONFIRMED}
    assert run.hands.issues == {}
    assert sum(run.sent.values()) == len(run.audit.entries)
    assert len(run.planning_s) >= 2


async def test_what_surroundings_tell_ahead_is_planned_from() -> None:
    run = PlantLoop(Plant(SITES["ranch"], start=MORNING))
    with pytest.raises(LookupError):
        assert run.last
    await run.begin()
    expected = run.last.forecasts
    assert expected is not None
    assert expected.solar_w.source is Source.ENERGY_DASHBOARD
    assert expected.import_price.source is Source.ENTITY
    assert expected.temperature_c is not None
    assert expected.temperature_c.source is Source.ENTITY


async def test_a_level_that_comes_back_is_planned_from_at_once() -> None:
    plant = Plant(SITES["ranch"], start=MORNING)
    plant.set_fault("battery", Fault.UNAVAILABLE, on=True)
    run = PlantLoop(plant, mode="automatic", interval_min=60)
    await run.begin()
    assert (run.last.plan, run.last.failure) == (None, "soc_unknown")
    assert run.last.decisions.miners["s21"].reason.code is MinerReason.UNKNOWN_STATE
    plant.set_fault("battery", Fault.UNAVAILABLE, on=False)
    for _ in range(3):
        await run.step(MINUTE)
    assert run.last.failure is None
    assert run.last.plan is not None
    assert run.last.plan.created < MORNING + 4 * MINUTE


async def test_a_night_at_the_reserve_is_neither_drained_nor_bought_back() -> None:
    plant = Plant(replace(SITES["home"], initial_soc=0.23), start=NIGHT)
    seen: list[Snapshot] = []
    run = PlantLoop(plant, watch=seen.append, mode="automatic", interval_min=60)
    await run.begin()
    lowest = plant.soc
    for _ in range(120):
        await run.step(2 * MINUTE)
        lowest = min(lowest, plant.soc)
    assert 0.2 <= lowest < 0.206
    reasons = {decision.reason.code for snapshot in seen for decision in snapshot.decisions.batteries.values()}
    assert BatteryReason.AT_RESERVE in reasons
    assert BatteryReason.EMERGENCY_STOP not in reasons
    assert [entry.entity_id.partition(".")[0] for entry in run.audit.entries].count("select") == 1


@pytest.mark.parametrize("key", ["ranch", "home", "cabin"])
async def test_on_a_sound_day_nothing_is_doubted_and_nothing_named(key: str) -> None:
    """Clouds, kettles, dawn and dusk, and miners that start and stop."""
    found = []
    run = PlantLoop(Plant(SITES[key], start=NIGHT), mode="automatic", interval_min=60)

    def look(snapshot: Snapshot) -> None:
        found.extend([*snapshot.readings.troubles(), *run._observer.covered, run._observer.mismatch])

    run._watch = look
    await run.begin()
    for _ in range(288):
        await run.step(5 * MINUTE)
    assert len(found) >= 288
    assert set(found) == {None}
