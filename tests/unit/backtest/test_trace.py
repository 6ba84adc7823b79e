"""What happened on a plant, in quarters of an hour."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.energy_orchestrator.backtest.run import PlantLoop
from custom_components.energy_orchestrator.backtest.trace import LENGTH, Trace, Tracer
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.model.codec import decode, encode
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)
STEP = timedelta(seconds=150)


def traced(plant: Plant, lasting: timedelta) -> Trace:
    tracer = Tracer(plant)
    _go_on(tracer, plant, lasting)
    return tracer.trace()


def _go_on(tracer: Tracer, plant: Plant, lasting: timedelta) -> None:
    end = plant.now + lasting
    while plant.now < end:
        plant.advance(plant.now + STEP)
        tracer.note()


def test_the_powers_of_a_stretch_add_up_and_its_energy_is_the_meters() -> None:
    plant = Plant(SITES["ranch"], start=NOON)
    trace = traced(plant, timedelta(hours=3))
    assert [stretch.start for stretch in trace.stretches] == [NOON + n * LENGTH for n in range(12)]
    assert trace.stretches[0].start.isoformat() == "2026-05-04T12:00:00+02:00"
    for stretch in trace.stretches:
        given = stretch.solar_w + stretch.grid_w
        assert given == pytest.approx(stretch.house_w + sum(stretch.miners_w.values()) + stretch.battery_w, abs=15)
        assert stretch.forecast_w > 0
        assert stretch.import_price > stretch.export_price == pytest.approx(0.08)
    assert sum(stretch.solar_w for stretch in trace.stretches) / 4 == pytest.approx(plant.meters.solar_wh, abs=1)
    assert trace.stretches[-1].soc == pytest.approx(plant.soc, abs=1e-4)


def test_what_the_battery_and_the_miners_did_is_told_for_most_of_a_stretch() -> None:
    plant = Plant(SITES["ranch"], start=NOON)
    tracer = Tracer(plant)
    _go_on(tracer, plant, LENGTH)
    plant.set_work_mode(BatteryMode.HOLD)
    plant.switch_miner("s21", 0, on=True)
    _go_on(tracer, plant, 4 * STEP)
    plant.set_work_mode(BatteryMode.SELF_CONSUMPTION)
    plant.switch_miner("s21", 0, on=False)
    _go_on(tracer, plant, 2 * STEP)
    trace = tracer.trace()
    before, then = trace.stretches
    assert (before.mode, then.mode) == (BatteryMode.SELF_CONSUMPTION, BatteryMode.HOLD)
    assert before.miners_w["s21"] == 0
    assert then.miners_w["s21"] == pytest.approx(4 / 6 * 3878, rel=0.1)
    assert [miner.name for miner in trace.miners] == ["S21", "Tuned S19", "Dump load"]
    assert trace.miners[0].earns_per_kwh == pytest.approx(0.134, abs=0.001)


async def test_a_loop_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))
    plant = Plant(SITES["home"], start=NOON)
    loop, tracer = PlantLoop(plant, mode="automatic", interval_min=60), Tracer(plant)
    await loop.begin()
    for _ in range(6):
        await loop.step(STEP)
        tracer.note(loop.last)
    assert tracer.trace().stretches[0].reason == loop.last.decisions.batteries["battery"].reason.code


def test_it_is_the_same_after_a_file() -> None:
    trace = traced(Plant(SITES["ranch"], start=NOON), timedelta(hours=1))
    read = decode(Trace, json.loads(json.dumps(encode(trace))))
    assert read == trace
    assert [stretch.start.isoformat() for stretch in read.stretches][-1] == "2026-05-04T12:45:00+02:00"
