"""The verifier catches every kind of broken promise: good plans are spoilt one limit at a time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.horizon import Series
from custom_components.energy_orchestrator.model.plan import Plan, Schedule, Shed, Wish
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.energy_planner import plan
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import battery, budget, house, inverter, miner, must_run, sun


def good(**changes: Any) -> Plan:
    """Return a plan for a house with sun, a battery and a miner."""
    parts: dict[str, Any] = {"solar_w": sun(), "batteries": (battery(),), "miners": (miner(),)}
    return plan(house(**{**parts, **changes}))


def broken(problem: Problem, schedule: Schedule, shed: tuple[Shed, ...] = ()) -> set[str]:
    """Return the names of the limits a schedule breaks."""
    return {violation.limit for violation in violations(problem, schedule, shed)}


def with_units(made: Plan, units: list[int], key: str = "miner") -> Schedule:
    """Return the schedule with other units running, the grid taking up the difference."""
    problem, schedule = made.problem, made.schedule
    task = next(m for m in problem.miners if m.id == key)
    array = np.zeros((task.power_w.size, len(units)), dtype=np.int64)
    array[0] = units
    drawn = task.power_w @ array - made.miner_w(key)
    return replace(schedule, units={**schedule.units, key: array}, grid_w=schedule.grid_w + drawn)


def with_battery(made: Plan, power: Series) -> Schedule:
    """Return the schedule with another battery power, SOC and grid following."""
    task = made.problem.batteries[0]
    schedule = made.schedule
    return replace(
        schedule,
        battery_w={**schedule.battery_w, task.id: power},
        soc={**schedule.soc, task.id: task.soc(power, made.problem.horizon.hours)},
        grid_w=schedule.grid_w + power - schedule.battery_w[task.id],
    )


def test_a_good_plan_breaks_nothing() -> None:
    made = good()
    assert not violations(made.problem, made.schedule, made.shed)


@pytest.mark.parametrize(
    ("limit", "spoil"),
    [
        ("balance", lambda s: replace(s, grid_w=s.grid_w + 1)),
        ("solar", lambda s: replace(s, solar_used_w=s.solar_used_w + 9_000, grid_w=s.grid_w - 9_000)),
        ("unserved", lambda s: replace(s, unserved_w=s.unserved_w + 600, grid_w=s.grid_w - 600)),
        ("unserved_not_named", lambda s: replace(s, unserved_w=s.unserved_w + 100, grid_w=s.grid_w - 100)),
        ("not_a_number", lambda s: replace(s, grid_w=np.where(np.arange(24) == 3, np.nan, s.grid_w))),
        ("shape", lambda s: replace(s, grid_w=s.grid_w[:-1])),
        ("shape", lambda s: replace(s, battery_w={})),
        ("storage", lambda s: replace(s, soc={"battery": s.soc["battery"] + np.linspace(0, 0.1, 25)})),
        ("initial_soc", lambda s: replace(s, soc={"battery": s.soc["battery"] + 0.01})),
    ],
)
def test_a_spoilt_schedule_is_caught(limit: str, spoil: Callable[[Schedule], Schedule]) -> None:
    made = good()
    assert limit in broken(made.problem, spoil(made.schedule))


@pytest.mark.parametrize(
    ("limit", "changes"),
    [
        ("import_limit", {"max_import_w": np.full(24, 100.0)}),
        ("export_limit", {"max_export_w": np.full(24, 100.0)}),
        ("battery_export", {"battery_export": np.zeros(24, dtype=np.bool_), "load_w": np.full(24, 7_000.0)}),
        ("grid_charging", {"grid_charging": np.zeros(24, dtype=np.bool_), "load_w": np.full(24, 7_000.0)}),
    ],
)
def test_a_limit_of_the_site_is_caught(limit: str, changes: dict[str, Any]) -> None:
    made = good(miners=())
    power = np.where(np.arange(24) < 6, 400.0, np.where(np.arange(24) < 18, 0.0, -400.0))
    schedule = with_battery(made, power)
    if "load_w" in changes:
        schedule = replace(schedule, grid_w=np.where(np.arange(24) < 20, 7_500.0, -7_500.0))
    assert limit in broken(replace(made.problem, **changes), schedule)


@pytest.mark.parametrize(
    ("limit", "power", "changes"),
    [
        ("charge_limit", [6_000.0], {}),
        ("discharge_limit", [-5_500.0], {"discharge_efficiency": 1.0, "initial_soc": 0.9}),
        ("range", [-4_000.0], {}),
        ("range", [5_000.0, 5_000.0], {}),
        ("range", [-100.0], {"initial_soc": 0.1}),
        ("range", [100.0], {"initial_soc": 0.9, "max_soc": np.full(24, 0.8)}),
        ("empty", [-5_000.0, -5_000.0], {}),
        ("taper", [4_000.0], {"taper_soc": 0.5, "taper_floor": 0.2}),
        ("capacity", [100.0], {"capacity_wh": 0.0}),
    ],
)
def test_a_battery_misused_is_caught(limit: str, power: list[float], changes: dict[str, Any]) -> None:
    made = good(miners=(), batteries=(battery(reserve_soc=0, **changes),))
    series = np.zeros(24)
    series[: len(power)] = power
    assert limit in broken(made.problem, with_battery(made, series))


def test_draining_below_the_range_is_forgiven_only_where_it_is_named() -> None:
    made = good(miners=())
    drained = with_battery(made, np.where(np.arange(24) == 0, -4_000.0, 0.0))
    named = (Shed(Wish.BATTERY_RANGE, "battery", 1_000, "Wh"),)
    assert "range" in broken(made.problem, drained)
    assert "range" not in broken(made.problem, drained, named)


@pytest.mark.parametrize(("limit", "share"), [("inverter_limit", 0.0), ("solar_through_inverters", 1.0)])
def test_an_inverter_overloaded_is_caught(limit: str, share: float) -> None:
    made = good(miners=(), load_w=6_000)
    problem = replace(
        made.problem,
        batteries=(replace(made.problem.batteries[0], inverter=0),),
        inverters=(inverter(ac_limit_w=2_000, solar_share=share),),
    )
    assert limit in broken(problem, with_battery(made, np.where(np.arange(24) == 0, -2_500.0, 0.0)))


@pytest.mark.parametrize(
    ("limit", "units", "changes"),
    [
        ("units", [2] * 24, {}),
        ("units", [-1] * 24, {}),
        ("not_allowed", [1] * 24, {"allowed": np.arange(24) > 3}),
        ("surplus_only", [1] * 24, {"surplus_only": True, "surplus_margin_w": 500}),
        ("min_run", [0, 1, 0] * 8, {"min_run_h": 2}),
        ("min_run", [0] * 24, {"min_run_h": 2, "running": 1, "in_state_h": 0.5}),
        ("min_pause", [1, 0] * 12, {"min_pause_h": 2}),
        ("min_pause", [1] * 24, {"min_pause_h": 2, "in_state_h": 0.5}),
        ("max_hours", [1] * 24, {"budgets": (budget(max_hours=5),)}),
        ("max_starts", [1, 0] * 12, {"budgets": (budget(max_starts=3),)}),
        ("least_hours_not_named", [0] * 24, {"budgets": (budget(min_hours=3),)}),
        ("start_soc", [0, 1] + [1] * 22, {"start_soc": 0.95}),
        ("stop_soc", [1] * 24, {"stop_soc": 0.95}),
    ],
)
def test_a_miner_misused_is_caught(limit: str, units: list[int], changes: dict[str, Any]) -> None:
    made = good(miners=(miner(earns=0.0),))
    problem = replace(made.problem, miners=(replace(made.problem.miners[0], **changes),))
    assert limit in broken(problem, with_units(made, units))


def test_a_group_switches_who_ran_longest_first() -> None:
    group = miner(earns=0.0, count=2, min_run_h=3)
    made = good(miners=(group,))
    assert not broken(made.problem, with_units(made, [1, 2, 2, 1, 0] + [0] * 19))
    assert broken(made.problem, with_units(made, [1, 2, 1, 1, 0] + [0] * 19)) == {"min_run"}


def test_a_minimum_run_cut_short_is_forgiven_only_where_it_is_named() -> None:
    made = good(miners=(miner(earns=0.0, min_run_h=2, running=1, in_state_h=0.5),))
    off = with_units(made, [0] * 24)
    assert broken(made.problem, off) == {"min_run"}
    assert not broken(made.problem, off, (Shed(Wish.MIN_RUN, "miner", 1.5, "h"),))


def test_least_hours_are_forgiven_only_where_they_are_named() -> None:
    made = plan(house(miners=(must_run(hours=2),)))
    off = with_units(made, [0] * 24, "load")
    assert broken(made.problem, off) == {"least_hours_not_named"}
    assert not broken(made.problem, off, (Shed(Wish.LEAST_HOURS, "load", 2, "h"),))
