"""What savings are told against: a home left alone with miners on surplus, on the plan's own terms."""

from dataclasses import replace
import math
from typing import Any

import numpy as np
import pytest

from benchmarks.generator import benchmark_set
from custom_components.energy_orchestrator.model.difference import gap_of, told_saving
from custom_components.energy_orchestrator.model.plan import Schedule
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner import fallback
from custom_components.energy_orchestrator.planner.clean import clean
from custom_components.energy_orchestrator.planner.energy_planner import baseline, plan
from custom_components.energy_orchestrator.planner.programme.weighing import weighed
from custom_components.energy_orchestrator.planner.review.costs import cost_of
from custom_components.energy_orchestrator.planner.review.sheds import sheds
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import battery, house, miner, must_run, sun


def alone(**changes: Any) -> Schedule:
    """Return what a house does by itself, checked."""
    problem = clean(house(**changes))
    schedule = fallback.left_alone(problem)
    assert not violations(problem, schedule, sheds(problem, schedule))
    return schedule


def hours(schedule: Schedule, miner_id: str = "miner") -> list[int]:
    """Return the hours in which a miner runs."""
    return [int(hour) for hour in np.flatnonzero(schedule.units[miner_id].sum(axis=0))]


FROM_TEN = np.where(np.arange(24) >= 10, 4_000.0, 0.0)


def test_a_miner_starts_where_the_sun_gives_half_a_kilowatt_more_than_it_and_the_house_need() -> None:
    assert hours(alone(solar_w=FROM_TEN, miners=(miner(),))) == [*range(10, 24)]
    assert hours(alone(solar_w=FROM_TEN - 1, miners=(miner(),))) == []
    assert hours(alone(batteries=(battery(initial_soc=1.0),), miners=(miner(),))) == [], "a full battery is no sun"


def test_it_starts_at_its_full_power_or_not_at_all() -> None:
    assert hours(alone(solar_w=FROM_TEN, miners=(miner(power_w=[1_000.0, 3_500.0]),))) == []


def test_a_started_miner_runs_on_the_battery_down_to_its_stop_level() -> None:
    store = battery(initial_soc=0.9, capacity_wh=20_000)
    one_hour = np.where(np.arange(24) == 10, 4_000.0, 0.0)
    schedule = alone(solar_w=one_hour, load_w=500.0, batteries=(store,), miners=(miner(stop_soc=0.3),))
    began, ended = hours(schedule)[0], hours(schedule)[-1] + 1
    assert began == 10
    assert ended > 11
    assert schedule.soc["battery"][ended] >= 0.3
    assert schedule.soc["battery"][ended] - 3_500 / 0.95 / 20_000 < 0.3, "one hour more would have been too much"


def test_it_stops_where_the_grid_would_be_drawn_but_for_its_minimum_run() -> None:
    one_hour = np.where(np.arange(24) == 10, 4_000.0, 0.0)
    assert hours(alone(solar_w=one_hour, miners=(miner(),))) == [10]
    assert hours(alone(solar_w=one_hour, miners=(miner(min_run_h=3),))) == [10, 11, 12]


def test_the_first_priority_starts_first_and_one_that_runs_takes_its_sun() -> None:
    first = replace(miner(), id="first", priority=1)
    schedule = alone(solar_w=FROM_TEN + 2_999, miners=(miner(priority=2), first))
    assert hours(schedule, "first") == [*range(10, 24)]
    assert hours(schedule) == []
    assert hours(alone(solar_w=FROM_TEN + 3_000, miners=(miner(priority=2), first))) == [*range(10, 24)]


def test_loads_that_must_run_do() -> None:
    assert len(hours(alone(miners=(must_run(hours=5),)), "load")) == 5


def test_the_inverter_consumes_its_own_and_keeps_the_reserve() -> None:
    price = np.where(np.arange(24) < 3, 0.01, 0.9)
    keeping = alone(import_price=price, batteries=(battery(reserve_soc=0.4),))
    assert keeping.battery_w["battery"].max() == 0, "cheap as it is, nothing is bought for it"
    assert keeping.soc["battery"].min() == pytest.approx(0.4)
    below = alone(batteries=(battery(initial_soc=0.25, reserve_soc=0.4),))
    assert below.soc["battery"][1:].max() == pytest.approx(0.4)


def test_the_baseline_counts_what_is_left_like_the_plan() -> None:
    made = plan(house(solar_w=sun(), batteries=(battery(terminal_value_per_kwh=None),)))
    assert made.problem.batteries[0].terminal_value_per_kwh
    assert baseline(made) == cost_of(made.problem, fallback.left_alone(made.problem))


def cautious() -> Problem:
    """Return a home that keeps a margin for the spread of the solar forecast, which one left alone does not."""
    return next(named.problem for named in benchmark_set() if named.name == "own_home_tiered_48h")


def test_what_caution_costs_is_told_as_no_loss() -> None:
    made = plan(cautious())
    left = cost_of(made.problem, fallback.left_alone(made.problem))
    assert left.total < made.cost.total - gap_of(made) - 1e-3, "left alone spends what the plan waits with"
    assert told_saving(made, baseline(made).total) == 0
    sure = plan(replace(cautious(), solar_low_w=None))
    assert baseline(sure).unkept == 0
    assert baseline(sure).total >= sure.cost.total - gap_of(sure)


def test_a_wish_left_unkept_makes_level_at_most_and_never_a_saving() -> None:
    made = plan(house(load_w=0.0, batteries=(battery(final_soc=0.9),)))
    found = baseline(made)
    assert made.cost.total > 1, "filling it is bought"
    assert found.unkept == pytest.approx(made.cost.total - (found.total - found.unkept))
    assert told_saving(made, found.total) == 0


def test_no_saving_is_told_where_a_home_left_alone_would_break_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(house(solar_w=sun(), batteries=(battery(),)))
    assert baseline(made).total > made.cost.total
    broken = replace(made.schedule, grid_w=made.schedule.grid_w + 9_000)
    monkeypatch.setattr(fallback, "left_alone", lambda _: broken)
    assert baseline(made) == made.cost


def test_what_breaks_a_limit_has_no_weight() -> None:
    made = plan(house(batteries=(battery(),)))
    ours = weighed(made.problem, made.schedule)
    assert ours is not None
    assert math.isfinite(ours)
    assert weighed(made.problem, replace(made.schedule, grid_w=made.schedule.grid_w + 100)) is None
