"""The owner's default rules as a plan: followed to the letter, and always within the limits."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.horizon import Series
from custom_components.energy_orchestrator.model.plan import Plan, PlanStatus, Schedule, Wish
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner import energy_planner, fallback
from custom_components.energy_orchestrator.planner.clean import clean
from custom_components.energy_orchestrator.planner.programme import highs
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import battery, budget, house, inverter, miner, must_run, sun


def ruled(**changes: Any) -> Plan:
    """Return the verified rule-based plan of a house."""
    made = energy_planner.rule_based_plan(house(**changes))
    assert made.status is PlanStatus.FALLBACK
    assert not violations(made.problem, made.schedule, made.shed)
    return made


def test_miners_start_at_sixty_hold_above_forty_and_stop_below() -> None:
    made = ruled(batteries=(battery(initial_soc=0.62, capacity_wh=30_000),), miners=(miner(),))
    soc, units = made.schedule.soc["battery"], made.running("miner")
    assert units[0] == 1
    assert soc[int(units.sum())] < 0.4
    assert units[int(units.sum()) :].sum() == 0


def test_miners_wait_below_sixty() -> None:
    assert ruled(batteries=(battery(initial_soc=0.55),), miners=(miner(),)).running("miner").sum() == 0


def test_miners_need_half_a_kilowatt_to_spare() -> None:
    assert ruled(solar_w=3_900, miners=(miner(),)).running("miner").sum() == 0
    assert ruled(solar_w=4_000, miners=(miner(),)).running("miner").sum() == 24


def test_the_first_priority_runs_first() -> None:
    first = replace(miner(), id="first", priority=1)
    made = ruled(solar_w=5_000, miners=(miner(priority=2), first))
    assert made.running("first").sum() == 24
    assert made.running("miner").sum() == 0


def test_levels_and_units_fit_what_there_is() -> None:
    assert ruled(solar_w=3_100, miners=(miner(power_w=[1_000.0, 2_000.0, 3_000.0]),)).miner_w("miner")[0] == 2_000
    assert ruled(solar_w=5_000, miners=(miner(count=9, power_w=[1_000.0]),)).running("miner")[0] == 4


def test_a_critical_battery_charges_from_any_source() -> None:
    made = ruled(batteries=(battery(initial_soc=0.1),), miners=(miner(),))
    assert made.schedule.battery_w["battery"][0] > 1_000
    assert made.running("miner").sum() == 0


CHEAP_FIRST = np.arange(24) < 3


def low(price: float, **changes: Any) -> Series:
    """Return the SOC by the rules of a battery at 30 %: three hours at a price, then 0.40."""
    made = ruled(import_price=np.where(CHEAP_FIRST, price, 0.4), batteries=(battery(initial_soc=0.3, **changes),))
    return made.schedule.soc["battery"]


def test_a_low_battery_charges_while_the_grid_is_cheap() -> None:
    assert low(0.1).max() == pytest.approx(0.6)


def test_a_low_battery_is_not_charged_for_less_than_its_losses_cost() -> None:
    assert low(0.35, charge_efficiency=0.95, discharge_efficiency=0.95).max() == 0.3
    assert low(0.35, charge_efficiency=1.0, discharge_efficiency=1.0).max() == pytest.approx(0.6)
    assert low(0.35, charge_efficiency=1.0, discharge_efficiency=1.0, wear_per_kwh=0.03).max() == 0.3


def test_a_low_battery_is_not_charged_where_the_sun_comes_first() -> None:
    made = ruled(
        import_price=np.where(CHEAP_FIRST, 0.1, 0.4), solar_w=np.where(CHEAP_FIRST, 0.0, 2_000.0),
        batteries=(battery(initial_soc=0.3),),
    )  # fmt: skip
    assert made.schedule.soc["battery"][3] < 0.3


def test_what_was_bought_for_the_house_is_not_mined() -> None:
    task, low_battery = miner(earns=0.134), battery(initial_soc=0.35, capacity_wh=15_000)
    price = np.where(CHEAP_FIRST, 0.14, 0.4)
    made = ruled(import_price=price, miners=(task,), batteries=(low_battery,))
    assert made.schedule.soc["battery"].max() == pytest.approx(0.6), "charged up to where miners may start"
    assert made.running("miner").sum() == 0
    sunny = np.where(np.arange(24) // 3 == 3, 6_000.0, 0.0)
    with_sun = ruled(import_price=price, solar_w=sunny, miners=(task,), batteries=(low_battery,)).running("miner")
    assert with_sun[:9].sum() == 0
    assert with_sun[9:].sum() > 0, "the sun has come since"
    good = ruled(
        import_price=price, miners=(replace(task, value_per_kwh=np.full((1, 24), 0.5)),), batteries=(low_battery,)
    )
    assert good.running("miner").sum() > 0, "it earns more than power costs"


def test_a_started_miner_does_not_run_on_bought_power_at_a_loss() -> None:
    """Its power is bought because the battery, told by its owner to charge, takes the sun."""
    charging = battery(
        initial_soc=0.7,
        capacity_wh=60_000,
        told=np.array([[m is BatteryMode.CHARGE] for m in BatteryMode]) & (np.arange(24) < 6),
    )

    def running(**changes: Any) -> list[int]:
        task = miner(running=1, in_state_h=0.0, **changes)
        return list(ruled(solar_w=4_500, batteries=(charging,), miners=(task,)).running("miner")[:3])

    assert running() == [0, 0, 0]
    assert running(earns=0.31) == [1, 1, 1]
    assert running(min_run_h=2) == [1, 1, 0], "what has begun is brought to its end"


def test_surplus_is_stored_then_sold() -> None:
    made = ruled(solar_w=4_500, batteries=(battery(),))
    assert made.schedule.battery_w["battery"][0] == pytest.approx(4_000)
    assert made.schedule.soc["battery"][-1] == pytest.approx(1.0)
    assert made.schedule.grid_w[-1] == pytest.approx(-4_000)


def test_a_start_that_cannot_last_is_not_made() -> None:
    sunny = np.where(np.arange(24) == 10, 6_000.0, 0.0)
    task = miner(min_run_h=3, start_soc=0.5, stop_soc=0.5)
    made = ruled(solar_w=sunny, batteries=(battery(initial_soc=0.5, capacity_wh=2_000),), miners=(task,))
    assert made.running("miner").sum() == 0


def test_loads_that_must_run_do_and_only_as_long_as_wished() -> None:
    assert ruled(miners=(must_run(hours=5),)).running("load").sum() == 5


def test_limits_hold_while_rules_are_followed() -> None:
    task = miner(
        budgets=(budget(max_hours=4, max_starts=1),), allowed=np.arange(24) > 8, surplus_only=True, min_pause_h=2
    )
    made = ruled(solar_w=sun(peak_w=9_000), max_export_w=1_000, miners=(task,), batteries=(battery(),))
    assert 0 < made.running("miner").sum() <= 4
    assert made.schedule.grid_w.min() >= -1_000


def test_the_house_is_served_from_below_the_range_and_what_is_missing_is_named() -> None:
    made = ruled(max_import_w=0, batteries=(battery(initial_soc=0.3),))
    assert {shed.wish for shed in made.shed} >= {Wish.UNSERVED_LOAD, Wish.BATTERY_RANGE}


def test_a_hybrid_inverter_is_not_overloaded_by_rules() -> None:
    made = ruled(
        solar_w=sun(peak_w=9_000), load_w=6_000, batteries=(battery(inverter=0, taper_soc=0.6, taper_floor=0.1),),
        inverters=(inverter(),),
    )  # fmt: skip
    assert made.schedule.solar_used_w.max() <= 5_000


def test_without_a_solver_there_is_still_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "solve", lambda *_, **__: None)
    made = energy_planner.plan(
        house(solar_w=sun(), batteries=(battery(terminal_value_per_kwh=None),), miners=(miner(),))
    )
    assert made.status is PlanStatus.FALLBACK
    assert made.bound is None
    assert made.energy_price.shape == (24,)


def test_rules_that_break_a_limit_give_way_to_the_safe_state(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = fallback.rule_based
    monkeypatch.setattr(highs, "solve", lambda *_, **__: None)

    def reckless(problem: Problem, *, run_miners: bool = True) -> Schedule:
        schedule = honest(problem, run_miners=run_miners)
        return replace(schedule, grid_w=schedule.grid_w + 100) if run_miners else schedule

    monkeypatch.setattr(fallback, "rule_based", reckless)
    made = energy_planner.plan(house(solar_w=sun(), miners=(miner(running=1, min_run_h=2, in_state_h=0),)))
    assert made.status is PlanStatus.SAFE_STATE
    assert made.running("miner").sum() == 0


def test_when_all_else_fails_the_site_only_serves_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "solve", lambda *_, **__: None)
    honest = fallback.rule_based
    monkeypatch.setattr(fallback, "rule_based", lambda p, **_: replace(honest(p), grid_w=honest(p).grid_w + 100))
    made = energy_planner.plan(house(solar_w=sun(), batteries=(battery(),), inverters=(inverter(),)))
    assert made.status is PlanStatus.SAFE_STATE
    assert not made.schedule.battery_w["battery"].any()
    assert not violations(made.problem, made.schedule, made.shed)
    assert energy_planner.rule_based_plan(house()).status is PlanStatus.SAFE_STATE


def test_rules_do_not_change_the_problem() -> None:
    problem = clean(house(solar_w=sun(), batteries=(battery(),), miners=(miner(),)))
    before = problem.batteries[0].min_soc.copy()
    fallback.rule_based(problem)
    assert (problem.batteries[0].min_soc == before).all()
