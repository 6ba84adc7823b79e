"""Orders that do not pay are taken back: under what may come, and for the price of a change."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.generator import anything
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.calm import calmed
from custom_components.energy_orchestrator.planner.energy_planner import plan
from custom_components.energy_orchestrator.planner.orders import expected, follow, orders_of
from custom_components.energy_orchestrator.planner.reasons import battery_mode, battery_set_point_w
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import battery, day, house, sun

HOLD, CHARGE, SELF_CONSUMPTION = BatteryMode.HOLD, BatteryMode.CHARGE, BatteryMode.SELF_CONSUMPTION


def modes(made: Plan) -> list[BatteryMode]:
    return [battery_mode(made, "battery", slot) for slot in range(len(made.horizon))]


def evening(dearer_by: float, **changes: Any) -> Problem:
    """Return a night whose second half is dearer, with a battery that holds enough for a part of it."""
    return house(import_price=day(0.30, 0.30 + dearer_by), batteries=(battery(initial_soc=0.6),), **changes)


def test_a_night_is_not_held_through_for_a_tenth_of_a_cent() -> None:
    made = plan(evening(0.001))
    assert HOLD in modes(made)
    assert set(modes(calmed(made))) == {SELF_CONSUMPTION}


def test_a_night_is_held_through_where_the_morning_is_much_dearer() -> None:
    made = plan(evening(0.20))
    calm = calmed(made)
    assert modes(calm)[0] is HOLD
    assert calm.cost.total == pytest.approx(made.cost.total, abs=0.05)


def test_what_already_stands_needs_less_to_stay_than_to_come() -> None:
    """The same small gain keeps a hold that stands, and does not begin one."""
    small = evening(0.003)
    assert modes(calmed(plan(small)))[0] is SELF_CONSUMPTION
    assert modes(calmed(plan(replace(small, standing={"battery": HOLD}))))[0] is HOLD


def cloudy_morning(brightest_w: float | None) -> Problem:
    """Return a cheap night before a dear day with little sun expected; P90 is `brightest_w` at noon."""
    low = sun(peak_w=300)
    return house(
        load_w=700, solar_w=low, solar_low_w=low * 0.8, export_price=0.02,
        import_price=np.where(np.arange(24) < 5, 0.24, 0.32),
        solar_high_w=None if brightest_w is None else sun(peak_w=brightest_w),
        batteries=(battery(initial_soc=0.3),),
    )  # fmt: skip


def test_the_grid_does_not_fill_a_battery_that_the_sun_may_fill_for_nothing() -> None:
    sure, open_ = cloudy_morning(None), cloudy_morning(6_000)
    assert CHARGE in modes(calmed(plan(sure)))
    assert CHARGE in modes(plan(open_))
    assert CHARGE not in modes(calmed(plan(open_)))


def test_a_short_pause_between_two_holds_is_held_through() -> None:
    prices = np.where(np.arange(24) < 12, 0.50, 0.60)
    prices[5] = 0.502
    made = plan(house(import_price=prices, batteries=(battery(initial_soc=0.87, terminal_value_per_kwh=0.45),)))
    assert modes(made)[5] is SELF_CONSUMPTION
    assert set(modes(calmed(made))[:12]) == {HOLD}


def test_charging_goes_on_at_one_power() -> None:
    """Equal prices leave the power of each hour open; the inverter is told one."""
    made = calmed(plan(house(load_w=900 + 300 * np.sin(np.arange(24)), import_price=day(0.10, 0.50),
                             max_import_w=4_000, batteries=(battery(initial_soc=0.2),))))  # fmt: skip
    powers = {
        round(battery_set_point_w(made, "battery", slot)) for slot, mode in enumerate(modes(made)) if mode is CHARGE
    }
    assert len(powers) == 1


def test_filling_up_needs_no_set_point() -> None:
    """Near full a battery takes less by itself; no smaller power is set for it."""
    taper = battery(taper_soc=0.8, taper_floor=0.1, terminal_value_per_kwh=0.2)
    made = calmed(plan(house(solar_w=sun(), batteries=(taper,))))
    assert {battery_set_point_w(made, "battery", slot) for slot in range(24)} == {5_000}


@pytest.mark.parametrize("seed", range(0, 120, 3))
def test_any_plan_stays_verified_and_costs_little_more(seed: int) -> None:
    """What it gives away for what is expected is at most the price of the changes it saves, and what others may bring."""
    made = plan(replace(anything(seed), solar_low_w=None), time_limit_s=0.5, gap=5e-3)
    calm = calmed(made)
    assert not violations(calm.problem, calm.schedule, calm.shed)
    assert {shed.wish for shed in calm.shed} <= {shed.wish for shed in made.shed}


@pytest.mark.parametrize("seed", [seed for seed in range(0, 120, 4) if anything(seed).batteries])
def test_left_alone_flows_keep_every_limit_of_batteries(seed: int) -> None:
    problem = anything(seed)
    untold = tuple(replace(b, told=None) for b in problem.batteries)
    made = plan(replace(problem, miners=(), batteries=untold), time_limit_s=0.5, gap=5e-3)
    problem = made.problem
    told = {b.id: [orders_of(made, b).left_alone(b, slice(None))] for b in problem.batteries}
    flows = follow(problem, told, np.zeros(len(problem.horizon)), expected(problem))
    for k, b in enumerate(problem.batteries):
        power = flows.battery_w[k, 0]
        soc = b.soc(power, problem.horizon.hours)
        assert (power <= b.max_charge_w + 1e-3).all()
        assert (-power <= b.max_discharge_w + 1e-3).all()
        assert (soc[1:] <= np.maximum(b.max_soc, b.initial_soc) + 1e-6).all()
    assert (flows.grid_w[0] <= problem.max_import_w + 1e-3).all()
    assert (-flows.grid_w[0] <= problem.max_export_w + 1e-3).all()


def test_sun_that_nobody_pays_for_stays_on_the_roof() -> None:
    prices = np.where(np.arange(24) == 13, -0.05, 0.08)
    made = plan(house(solar_w=sun(), export_price=prices, batteries=(battery(terminal_value_per_kwh=0.2),)))
    told = {"battery": [orders_of(made, made.problem.batteries[0]).left_alone(made.problem.batteries[0], slice(None))]}
    flows = follow(made.problem, told, np.zeros(24), expected(made.problem))
    assert flows.grid_w[0, 13] == pytest.approx(0, abs=1e-6)
    assert flows.grid_w[0, 12] < -1_000
    assert flows.solar_used_w[0, 13] < made.problem.solar_w[13] - 1_000
