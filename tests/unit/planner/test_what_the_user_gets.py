"""A plan in the owner's words: never an empty battery, nothing bought at a loss, devices treated well."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.horizon import Horizon, tiered
from custom_components.energy_orchestrator.model.plan import PlanStatus, Wish
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.energy_planner import baseline, plan, rule_based_plan
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import START, battery, budget, day, house, inverter, miner, must_run, sun


def running(problem: Problem, key: str = "miner") -> list[int]:
    """Plan and return how many units run in each slot; the plan is verified and optimal or names what it sheds."""
    made = plan(problem)
    assert not violations(made.problem, made.schedule, made.shed)
    assert made.status in {PlanStatus.OPTIMAL, PlanStatus.RELAXED}
    return [int(units) for units in made.running(key)]


def runs(units: list[int]) -> list[tuple[int, int]]:
    """Return (first slot, length) of each unbroken run."""
    edges = np.flatnonzero(np.diff([0, *(np.array(units) > 0), 0]))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


# --- money -----------------------------------------------------------------------------------------------------------


def test_nothing_is_imported_to_mine_at_a_loss() -> None:
    problem = house(solar_w=sun(), miners=(miner(earns=0.134),))
    made = plan(problem)
    mining = made.miner_w("miner") > 0
    assert mining.any()
    bought = np.maximum(0, made.schedule.grid_w - np.maximum(0, 500 - made.problem.solar_w)) * 0.30
    # An hour in which the sun covers most of it may pay; one in which buying costs more than it earns never does.
    assert (bought[mining] <= made.miner_w("miner")[mining] * 0.134).all()


def test_a_miner_that_earns_more_than_the_grid_costs_runs_all_day() -> None:
    assert sum(running(house(miners=(miner(earns=0.40),)))) == 24


def test_a_miner_that_earns_less_than_export_pays_stays_off_in_the_sun() -> None:
    assert sum(running(house(solar_w=sun(), miners=(miner(earns=0.05),)))) == 0


def test_spare_solar_is_mined_where_nothing_may_be_sold() -> None:
    problem = house(solar_w=sun(), max_export_w=0, miners=(miner(earns=0.05, power_w=[1000.0, 2000.0, 3000.0]),))
    made = plan(problem)
    assert made.miner_w("miner").max() == 3000
    assert (made.schedule.grid_w >= -1e-6).all()


def test_the_battery_is_filled_while_cheap_and_used_while_dear() -> None:
    made = plan(house(import_price=day(0.10, 0.40), batteries=(battery(),)))
    soc = made.schedule.soc["battery"]
    assert soc[12] > 0.8
    assert made.schedule.grid_w[12:].max() < 1e-3
    assert made.cost.total < baseline(made).total


def test_wear_that_costs_more_than_prices_differ_leaves_the_battery_alone() -> None:
    made = plan(house(import_price=day(0.20, 0.22), batteries=(battery(wear_per_kwh=0.5, terminal_value_per_kwh=0.3),)))
    assert np.abs(made.schedule.battery_w["battery"]).max() < 1e-6


def test_the_cost_shown_is_the_cost_of_the_schedule_shown() -> None:
    problem = house(solar_w=sun(), import_price=day(0.1, 0.4), batteries=(battery(),), miners=(miner(start_cost=0.05),))
    made = plan(problem)
    grid = made.schedule.grid_w / 1000
    power = made.schedule.battery_w["battery"] / 1000
    units = made.running("miner")
    by_hand = (
        (np.maximum(0, grid) * made.problem.import_price).sum()
        - (np.maximum(0, -grid) * made.problem.export_price).sum()
        + 0.01 * (np.maximum(0, power) * 0.95 + np.maximum(0, -power) / 0.95).sum()
        + 0.05 * np.maximum(0, np.diff(units, prepend=0)).sum()
        - 3 * 0.134 * units.sum()
    )
    assert made.cost.total == pytest.approx(by_hand, abs=1e-9)
    assert made.bound is not None
    assert made.bound <= made.cost.total + 1e-9


def test_the_plan_is_never_dearer_than_the_rules() -> None:
    problem = house(solar_w=sun(), import_price=day(0.1, 0.4), batteries=(battery(),), miners=(miner(),))
    made = plan(problem)
    assert made.cost.total <= baseline(made).total + 1e-6


# --- battery ---------------------------------------------------------------------------------------------------------


def test_an_empty_battery_recovers_and_is_never_drained_further() -> None:
    made = plan(house(batteries=(battery(initial_soc=0.05),)))
    soc = made.schedule.soc["battery"]
    assert (np.diff(soc[soc[:-1].searchsorted(2) : 2]) >= -1e-9).all()
    assert soc[1] >= 0.2 - 1e-6


def test_an_empty_battery_without_a_reserve_waits_for_the_sun_but_never_falls() -> None:
    made = plan(house(solar_w=sun(), batteries=(battery(initial_soc=0.05, reserve_soc=0),)))
    soc = made.schedule.soc["battery"]
    below = soc[1:] < 0.2 - 1e-6
    assert (np.diff(soc)[below] >= -1e-9).all()
    assert soc.max() > 0.2


def test_an_overfull_battery_only_discharges() -> None:
    made = plan(house(solar_w=sun(), batteries=(battery(initial_soc=0.98, max_soc=0.8),)))
    soc = made.schedule.soc["battery"]
    assert (np.diff(soc)[soc[1:] > 0.8 + 1e-6] <= 1e-9).all()


def test_the_reserve_is_kept_even_when_selling_it_would_pay() -> None:
    made = plan(house(import_price=0.3, export_price=day(0.08, 0.9), batteries=(battery(reserve_soc=0.4),)))
    assert made.schedule.soc["battery"].min() >= 0.4 - 1e-6
    assert made.status is PlanStatus.OPTIMAL


def test_a_cold_battery_takes_no_charge() -> None:
    made = plan(house(solar_w=sun(), batteries=(battery(max_charge_w=0),)))
    assert made.schedule.battery_w["battery"].max() <= 0


def test_charging_tapers_off_near_full() -> None:
    task = battery(48, taper_soc=0.8, taper_floor=0.1)
    made = plan(house(48, 15, import_price=day(0.0, 0.5, 48), load_w=2_000, export_price=0, batteries=(task,)))
    soc, power = made.schedule.soc["battery"][1:], made.schedule.battery_w["battery"]
    assert soc.max() > 0.95
    assert (power[soc > 0.95] <= 5_000 * 0.325 + 0.01).all()


def test_what_is_left_at_the_end_is_worth_what_it_saves_the_next_day() -> None:
    problem = house(48, solar_w=np.tile(sun(), 2), batteries=(battery(48, terminal_value_per_kwh=None),))
    made = plan(problem)
    value = made.problem.batteries[0].terminal_value_per_kwh
    assert value is not None
    assert 0.0 <= value <= 0.30
    assert made.cost.stored == pytest.approx(value * (made.schedule.soc["battery"][-1] - 0.2) * 10, abs=1e-9)


def test_two_batteries_share_the_work() -> None:
    pair = (battery(), battery(id="second", capacity_wh=5_000, max_charge_w=1_000, max_discharge_w=1_000))
    made = plan(house(import_price=day(0.1, 0.4), load_w=3_000, batteries=pair))
    assert made.schedule.battery_w["second"].min() < -500
    assert made.schedule.battery_w["battery"].min() < -1_000


def test_a_hybrid_inverter_carries_no_more_than_it_can() -> None:
    made = plan(
        house(
            solar_w=sun(peak_w=9_000),
            export_price=0.25,
            batteries=(battery(inverter=0),),
            inverters=(inverter(),),
        )
    )
    through = made.schedule.solar_used_w - made.schedule.battery_w["battery"]
    assert np.abs(through).max() <= 5_000 + 0.01
    assert made.schedule.solar_used_w.max() > 5_000


# --- grid ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["grid_charging", "battery_export"])
def test_what_the_grid_may_not_be_used_for_does_not_happen(flag: str) -> None:
    parts: dict[str, Any] = {
        "solar_w": sun(),
        "import_price": day(0.05, 0.4),
        "export_price": day(0.0, 0.5),
        "batteries": (battery(),),
    }
    problem = house(**parts)
    free, bound = plan(problem), plan(house(**parts, **{flag: False}))
    assert bound.cost.total > free.cost.total
    power, grid = bound.schedule.battery_w["battery"], bound.schedule.grid_w
    used = np.maximum(0, power) if flag == "grid_charging" else np.maximum(0, -grid)
    assert (used <= problem.surplus_w + 0.01).all()


def test_selling_above_buying_is_no_money_machine() -> None:
    made = plan(house(import_price=0.1, export_price=0.2, batteries=(battery(),)))
    assert made.status is PlanStatus.OPTIMAL
    assert made.cost.exported <= 0.2 * 24 * 5


def test_negative_prices_burn_nothing_in_the_battery() -> None:
    made = plan(house(import_price=-0.5, export_price=-0.6, batteries=(battery(wear_per_kwh=0.0),)))
    assert not violations(made.problem, made.schedule, made.shed)
    # Whatever is charged stays or is discharged in another slot: the state of charge follows from one power per slot.
    assert made.schedule.soc["battery"].max() <= 1 + 1e-9


def test_off_grid_the_house_comes_before_the_battery_and_the_miner() -> None:
    made = plan(house(max_import_w=0, max_export_w=0, batteries=(battery(initial_soc=0.6),), miners=(miner(),)))
    assert made.running("miner").sum() == 0
    assert made.status is PlanStatus.RELAXED
    assert {shed.wish for shed in made.shed} >= {Wish.UNSERVED_LOAD, Wish.BATTERY_RANGE}
    assert made.schedule.soc["battery"].min() == pytest.approx(0, abs=1e-6)


def test_cautious_solar_keeps_the_lights_on_off_grid() -> None:
    bright = house(solar_w=sun(peak_w=4_000), max_import_w=0, max_export_w=0)
    bright = replace(bright, batteries=(battery(initial_soc=0.9),), miners=(miner(earns=1.0, power_w=[1_000.0]),))
    careful = replace(bright, solar_low_w=0.2 * bright.solar_w)
    assert sum(running(careful)) < sum(running(bright))


# --- miners ----------------------------------------------------------------------------------------------------------


def test_a_miner_keeps_running_its_minimum_time() -> None:
    spiky = np.where(np.arange(96) % 8 == 0, 0.9, 0.0)
    problem = house(96, 15, miners=(miner(96, earns=spiky, min_run_h=1, min_pause_h=0.5),), import_price=0.05)
    lengths = [length for first, length in runs(running(problem)) if first + length < 96]
    assert lengths
    assert min(lengths) >= 4


def test_a_miner_rests_its_minimum_pause() -> None:
    spiky = np.where(np.arange(48) % 3 == 0, -0.2, 0.4)
    units = running(house(48, 15, miners=(miner(48, earns=spiky, min_pause_h=0.75),)))
    pauses = [length for _, length in runs([1 - u for u in units])]
    assert min(pauses[1:-1] or [3]) >= 3


def test_minimum_run_counts_hours_not_slots() -> None:
    horizon = tiered(START)
    slots = len(horizon)
    problem = replace(
        house(slots, solar_w=np.where(np.arange(slots) % 9 < 2, 8_000, 0), miners=(miner(slots, min_run_h=1.0),)),
        horizon=horizon,
    )
    edges = horizon.edges_h
    for first, length in runs(running(problem)):
        assert edges[first + length] - edges[first] >= 1.0 - 1e-6 or first + length == slots


def test_what_already_ran_counts() -> None:
    loses = miner(24, earns=0.0, min_run_h=3, running=1, in_state_h=1.0)
    assert running(house(miners=(loses,)))[:4] == [1, 1, 0, 0]


def test_what_already_rested_counts() -> None:
    earns = miner(24, earns=0.9, min_pause_h=3, running=0, in_state_h=1.0)
    assert running(house(miners=(earns,)))[:4] == [0, 0, 1, 1]


def test_planning_again_each_slot_does_not_cycle_the_miner() -> None:
    problem = house(
        24, 15, solar_w=np.where(np.arange(24) % 2 == 0, 4_000, 0), miners=(miner(min_run_h=1, start_cost=0.05),)
    )
    on, since, switches = 0, 9.0, 0
    for now in range(12):
        rest = 24 - now
        task = replace(miner(rest, min_run_h=1, min_pause_h=0.5, start_cost=0.05), running=on, in_state_h=since)
        cut = house(rest, 15, solar_w=problem.solar_w[now:], miners=(task,))
        wanted = running(cut)[0]
        since = since + 0.25 if wanted == on else 0.25
        switches += wanted != on
        on = wanted
    assert switches <= 3


def test_a_small_gain_is_no_reason_to_change_the_last_plan() -> None:
    kept = np.where(np.arange(24) < 12, 3_000.0, 0.0)
    task = replace(miner(earns=0.30), budgets=(budget(max_hours=12),))
    made = plan(house(miners=(task,), kept_miner_w={"miner": kept}))
    assert made.miner_w("miner").tolist() == kept.tolist()


def test_windows_starts_and_hours_hold() -> None:
    allowed = np.arange(24) % 4 < 2
    task = replace(miner(earns=0.9, allowed=allowed), budgets=(budget(max_hours=5, max_starts=2),))
    units = running(house(miners=(task,)))
    assert not any(np.array(units)[~allowed])
    assert sum(units) == 4
    assert len(runs(units)) == 2


def test_hours_used_up_leave_none() -> None:
    task = replace(miner(earns=0.9), budgets=(budget(max_hours=-2.0, max_starts=-1),))
    assert sum(running(house(miners=(task,)))) == 0


def test_least_hours_are_run_where_they_cost_least() -> None:
    task = replace(miner(earns=0.0), budgets=(budget(min_hours=6),))
    units = running(house(import_price=day(0.3, 0.1), miners=(task,)))
    assert sum(units[12:]) == 6
    assert sum(units) == 6


def test_least_hours_that_cannot_be_had_are_named() -> None:
    made = plan(house(load_w=3_000, max_import_w=4_000, miners=(must_run(hours=4),)))
    assert made.status is PlanStatus.RELAXED
    assert [(s.wish, s.device_id, s.amount, s.unit) for s in made.shed] == [(Wish.LEAST_HOURS, "load", 4.0, "h")]
    assert made.schedule.grid_w.max() <= 4_000


def test_a_dump_load_runs_on_surplus_only() -> None:
    made = plan(
        house(solar_w=sun(), export_price=0.0, miners=(miner(earns=0.05, surplus_only=True, surplus_margin_w=500),))
    )
    assert made.running("miner").any()
    assert (made.problem.surplus_w[made.running("miner") > 0] >= 3_500).all()


def test_a_miner_starts_at_its_start_level_and_never_runs_below_its_stop_level() -> None:
    task = miner(earns=0.9, start_soc=0.6, stop_soc=0.4)
    made = plan(house(solar_w=sun(), import_price=day(0.1, 0.5), batteries=(battery(initial_soc=0.3),), miners=(task,)))
    soc, units = made.schedule.soc["battery"], made.running("miner")
    started = np.diff(units, prepend=0) > 0
    assert units.any()
    assert (soc[:-1][started] >= 0.6 - 1e-6).all()
    assert (soc[1:][units > 0] >= 0.4 - 1e-6).all()


def test_soc_rules_bind_no_site_without_a_battery() -> None:
    assert sum(running(house(miners=(miner(earns=0.9, start_soc=0.9, stop_soc=0.8),)))) == 24


def test_a_running_miner_below_its_stop_level_is_stopped_before_its_minimum_run() -> None:
    task = miner(earns=0.9, stop_soc=0.6, min_run_h=3, running=1, in_state_h=0.0)
    made = plan(house(batteries=(battery(initial_soc=0.3, max_charge_w=500),), miners=(task,)))
    assert made.running("miner")[0] == 0
    assert Wish.MIN_RUN in {shed.wish for shed in made.shed}


def test_a_level_is_chosen_to_fit_the_sun() -> None:
    problem = house(solar_w=2_500, export_price=0.01, miners=(miner(earns=0.1, power_w=[1_000.0, 2_000.0, 3_000.0]),))
    assert plan(problem).miner_w("miner").tolist() == [2_000.0] * 24


def test_a_group_is_planned_as_one_and_counts_its_units() -> None:
    group = miner(earns=0.9, count=40, power_w=[1_000.0])
    assert running(house(max_import_w=10_500, miners=(group,))) == [10] * 24


def test_units_that_just_started_stay_while_others_stop() -> None:
    value = np.where(np.arange(12) < 4, 0.9, 0.0)
    group = miner(12, earns=value, count=5, min_run_h=1.5, running=2, in_state_h=0.25, power_w=[1_000.0])
    made = plan(house(12, 15, miners=(group,)))
    assert made.running("miner").max() == 5
    assert not violations(made.problem, made.schedule, made.shed)


# --- there is always a plan ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e12, -1e12])
def test_absurd_numbers_do_not_break_the_plan(wrong: float) -> None:
    series = np.where(np.arange(24) == 5, wrong, 500.0)
    problem = house(load_w=series, solar_w=series, import_price=series, batteries=(battery(),), miners=(miner(),))
    made = plan(problem)
    assert not violations(made.problem, made.schedule, made.shed)
    assert np.isfinite(made.cost.total)


@pytest.mark.parametrize("soc", [-1.0, 0.0, 1.0, 7.0, float("nan")])
def test_any_state_of_charge_gives_a_plan(soc: float) -> None:
    made = plan(house(batteries=(battery(initial_soc=soc),)))
    assert made.status in {PlanStatus.OPTIMAL, PlanStatus.RELAXED}


def test_a_battery_of_no_size_is_no_battery() -> None:
    made = plan(house(batteries=(battery(capacity_wh=0),)))
    assert not made.schedule.battery_w["battery"].any()


def test_the_last_slot_alone_is_planned_too() -> None:
    made = plan(house(1, batteries=(battery(1),), miners=(miner(1, min_run_h=3),)))
    assert made.status is PlanStatus.OPTIMAL


def test_out_of_time_the_rules_take_over_and_hold() -> None:
    problem = house(solar_w=sun(), batteries=(battery(),), miners=(miner(), replace(miner(), id="other")))
    made = rule_based_plan(problem)
    assert made.status is PlanStatus.FALLBACK
    assert not violations(made.problem, made.schedule, made.shed)


def test_the_problem_kept_with_the_plan_gives_the_same_plan() -> None:
    problem = house(solar_w=sun(), batteries=(battery(terminal_value_per_kwh=None),), miners=(miner(),))
    first = plan(problem)
    again = plan(first.problem)
    assert again.cost == first.cost
    assert again.schedule.grid_w.tolist() == first.schedule.grid_w.tolist()


def test_slots_of_any_length_are_planned() -> None:
    horizon = Horizon(START, np.array([5, 5, 15, 30, 60, 120]) / 60)
    problem = replace(house(6, batteries=(battery(6),), miners=(miner(6, min_run_h=0.5),)), horizon=horizon)
    assert plan(problem).status is PlanStatus.OPTIMAL


def test_plans_made_at_the_same_time_do_not_disturb_each_other() -> None:
    sites = [house(solar_w=sun(peak_w=3_000 + 500 * k), batteries=(battery(),), miners=(miner(),)) for k in range(6)]
    alone = [plan(problem).cost.total for problem in sites]
    with ThreadPoolExecutor(3) as threads:
        together = [made.cost.total for made in threads.map(plan, sites)]
    assert together == alone
