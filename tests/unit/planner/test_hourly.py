"""A problem by the hour holds the same energy and the same time, allows nothing more, and is planned and verified."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from benchmarks.generator import START, anything, benchmark_set
from custom_components.energy_orchestrator.model.horizon import Horizon, Series, tiered
from custom_components.energy_orchestrator.model.plan import PlanStatus
from custom_components.energy_orchestrator.model.problem import Budget, Problem
from custom_components.energy_orchestrator.model.whatif import WhatIf
from custom_components.energy_orchestrator.planner.clean import clean
from custom_components.energy_orchestrator.planner.energy_planner import plan
from custom_components.energy_orchestrator.planner.hourly import GAP, TIME_LIMIT_S, hourly
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import battery, house, miner

SEEDS = st.integers(0, 10_000)


def kwh(problem: Problem, power_w: Series) -> float:
    """Return the energy of a power over the horizon."""
    return float((power_w * problem.horizon.hours).sum()) / 1000


def hour_of(horizon: Horizon) -> list[int]:
    """Return the clock hour each slot begins in, counted from 1970."""
    return [int(start.timestamp()) // 3600 for start in horizon.starts]


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS)
def test_energies_and_time_stay(seed: int) -> None:
    problem = clean(anything(seed))
    merged = hourly(problem)
    assert kwh(merged, merged.solar_w) == pytest.approx(kwh(problem, problem.solar_w), rel=1e-9, abs=1e-6)
    assert kwh(merged, merged.load_w) == pytest.approx(kwh(problem, problem.load_w), rel=1e-9, abs=1e-6)
    assert merged.horizon.start == problem.horizon.start
    assert merged.horizon.end == problem.horizon.end
    hours = hour_of(merged.horizon)
    assert hours == list(dict.fromkeys(hour_of(problem.horizon))), "one slot for each clock hour"


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS)
def test_nothing_more_is_allowed(seed: int) -> None:
    problem = clean(anything(seed))
    merged = hourly(problem)
    first = hour_of(problem.horizon)[0]
    known = {hour: index for index, hour in enumerate(dict.fromkeys(hour_of(problem.horizon)))}
    assert first in known
    for slot, hour in enumerate(hour_of(problem.horizon)):
        at = known[hour]
        assert problem.grid_charging[slot] or not merged.grid_charging[at]
        assert problem.battery_export[slot] or not merged.battery_export[at]
        for mine, theirs in zip(merged.miners, problem.miners, strict=True):
            assert theirs.allowed[slot] or not mine.allowed[at]
            for budget, whole in zip(mine.budgets, theirs.budgets, strict=True):
                assert budget.slots[at] or not whole.slots[slot]
        for mine_b, theirs_b in zip(merged.batteries, problem.batteries, strict=True):
            assert mine_b.min_soc[at] >= theirs_b.min_soc[slot]
            assert mine_b.reserve_soc[at] >= theirs_b.reserve_soc[slot]
            assert mine_b.max_soc[at] <= theirs_b.max_soc[slot]


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS)
def test_a_plan_of_it_is_verified(seed: int) -> None:
    made = plan(hourly(clean(anything(seed))), time_limit_s=TIME_LIMIT_S, gap=GAP)
    assert not violations(made.problem, made.schedule, made.shed)
    assert made.status is not PlanStatus.SAFE_STATE


@pytest.mark.parametrize("minute", [0, 10, 55])
def test_the_first_hour_is_what_is_left_of_it(minute: int) -> None:
    horizon = tiered(START + timedelta(minutes=minute))
    merged = hourly(replace(house(len(horizon)), horizon=horizon))
    assert merged.horizon.hours[0] == pytest.approx(1 - minute / 60)
    assert merged.horizon.hours[1:-1] == pytest.approx(1)
    assert merged.horizon.end == horizon.end


def test_one_hour_keeps_its_slots() -> None:
    horizon = tiered(START + timedelta(minutes=10))
    problem = replace(house(len(horizon)), horizon=horizon)
    for around, slots in ((START + timedelta(minutes=20), 10), (START + timedelta(hours=5, minutes=59), 4)):
        merged = hourly(problem, around)
        inside = [start for start in merged.horizon.starts if start.hour == around.hour and start.day == around.day]
        assert len(inside) == slots
        assert inside == [start for start in horizon.starts if start in inside]
        assert len(merged.horizon) == len(hourly(problem).horizon) + slots - 1
        assert merged.horizon.end == horizon.end


def test_what_holds_for_a_part_of_an_hour() -> None:
    part = np.array([True, False] * 4)
    limited = np.where(part, np.inf, 3000.0)
    merged = hourly(
        house(
            8,
            minutes=30,
            max_import_w=limited,
            max_export_w=np.where(part, 1000.0, 3000.0),
            batteries=(battery(8, min_soc=np.where(part, 0.2, 0.3), max_soc=np.where(part, 0.8, 0.9)),),
            miners=(
                miner(
                    8,
                    allowed=part,
                    cooling=part,
                    start_soc_at=np.where(part, 0.0, 0.5),
                    budgets=(Budget(slots=part, max_hours=1),),
                ),
            ),
            kept_miner_w={"miner": np.zeros(8)},
        )
    )
    (cells,), (unit,) = merged.batteries, merged.miners
    assert merged.max_import_w.tolist() == [3000.0] * 4, "a limit of half an hour is not lost"
    assert merged.max_export_w.tolist() == [2000.0] * 4
    assert cells.min_soc.tolist() == [0.3] * 4
    assert cells.max_soc.tolist() == [0.8] * 4
    assert not unit.allowed.any()
    assert unit.cooling is not None
    assert unit.cooling.all()
    assert unit.start_soc_at is not None
    assert unit.start_soc_at.tolist() == [0.5] * 4
    assert unit.budgets[0].slots.all()
    assert unit.power_w.shape == (1,)
    assert unit.value_per_kwh.shape == (1, 4)
    assert not merged.kept_miner_w


@pytest.mark.parametrize("name", ["own_home_tiered_48h", "own_ranch_winter_tiered_48h", "own_fleet_tiered_48h"])
def test_it_costs_what_the_whole_plan_costs(name: str) -> None:
    problem = next(named.problem for named in benchmark_set() if named.name == name)
    whole = plan(problem)
    merged = plan(hourly(whole.problem), gap=GAP)
    assert merged.cost.total == pytest.approx(whole.cost.total, rel=0.02)


@pytest.mark.parametrize("offset", [-0.05, 0.1])
def test_energy_left_is_worth_the_same_with_a_change(offset: float) -> None:
    problem = next(named.problem for named in benchmark_set() if named.name == "own_ranch_winter_tiered_48h")
    whole = plan(problem)
    present = plan(hourly(whole.problem), gap=GAP)
    changed = plan(hourly(WhatIf(price_offset=offset).applied(whole.problem)), gap=GAP)
    dearer = changed.cost.total - present.cost.total
    assert dearer * offset >= -GAP * abs(whole.cost.total), "dearer power is no gain, cheaper power no loss"
