"""Where prices leave a choice: stored before sold, used before bought, and the inverter left in self-consumption."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from benchmarks.generator import anything
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.horizon import Series
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.model.site import EVERYTHING
from custom_components.energy_orchestrator.planner import energy_planner
from custom_components.energy_orchestrator.planner.energy_planner import plan
from custom_components.energy_orchestrator.planner.programme import values
from custom_components.energy_orchestrator.planner.programme.directions import one_way_where_it_pays
from custom_components.energy_orchestrator.planner.reasons import battery_mode, battery_set_point_w
from custom_components.energy_orchestrator.simulation.flows import Limits, SetPoints, balance

from .houses import battery, day, house, sun

HOLD, SELF_CONSUMPTION = BatteryMode.HOLD, BatteryMode.SELF_CONSUMPTION
CAPACITY_WH = 48_000


def ranch(slots: int = 48, **changes: Any) -> Problem:
    """Return 48 kWh at 35 % under 9 kW of sun, for two days at 0.30 bought and 0.08 sold, the end left to the planner."""
    big = battery(slots, capacity_wh=CAPACITY_WH, initial_soc=0.35, terminal_value_per_kwh=None)
    big = replace(big, max_charge_w=np.full(slots, 10e3), max_discharge_w=np.full(slots, 10e3))
    roof = np.resize(sun(24, 9_000), slots)
    usual: dict[str, Any] = {"solar_w": roof, "load_w": 1_000, "batteries": (big,)}
    return house(slots, **usual | changes)


def modes(made: Plan) -> list[BatteryMode]:
    return [battery_mode(made, "battery", slot) for slot in range(len(made.horizon))]


def test_the_sun_is_stored_before_any_is_sold() -> None:
    made = plan(ranch())
    soc = made.schedule.soc["battery"]
    first_sold = int(np.flatnonzero(made.schedule.grid_w < -1)[0])
    assert soc[first_sold + 1] >= 1 - 1e-6
    assert HOLD not in modes(made)


def test_the_sun_is_sold_first_and_stored_later_where_the_price_for_it_falls() -> None:
    export_price = np.where(np.arange(48) % 24 < 12, 0.12, 0.04)
    made = plan(ranch(export_price=export_price))
    morning, afternoon = slice(7, 12), slice(12, 17)
    charged = np.maximum(0, made.schedule.battery_w["battery"])
    assert charged[morning].sum() < 0.1 * charged[afternoon].sum()
    assert (made.schedule.grid_w[morning] < 0).all()


def test_what_is_stored_is_used_before_any_is_bought() -> None:
    made = plan(house(load_w=1_000, batteries=(battery(),)))
    discharged = made.schedule.battery_w["battery"] < -1
    bought = made.schedule.grid_w > 1
    assert discharged[:2].all()
    assert bought[4:].all()
    assert HOLD not in modes(made)


@pytest.mark.parametrize(("price", "used"), [(day(0.25, 0.40), slice(12, 24)), (day(0.40, 0.25), slice(0, 12))])
def test_what_is_stored_is_used_when_power_is_dear_early_or_late(price: Series, used: slice) -> None:
    made = plan(house(load_w=400, import_price=price, batteries=(battery(initial_soc=0.6),)))
    discharged = np.minimum(0, made.schedule.battery_w["battery"])
    assert discharged[used].sum() == pytest.approx(discharged.sum(), abs=1)
    assert discharged.sum() < -3_000


def test_holding_is_for_where_it_pays() -> None:
    rising = plan(house(load_w=400, import_price=day(0.28, 0.31), batteries=(battery(initial_soc=0.6),)))
    assert modes(rising)[:12] == [HOLD] * 12
    flat = plan(house(load_w=400, batteries=(battery(initial_soc=0.6),)))
    assert HOLD not in modes(flat)


def test_two_equal_prices_in_one_night_make_one_change_of_mode_at_most() -> None:
    hours = np.resize([0.24, 0.31, 0.31, 0.24], 24)
    made = plan(house(load_w=700, import_price=hours, batteries=(battery(initial_soc=0.45),)))
    dear = [mode for mode, price in zip(modes(made), made.problem.import_price, strict=True) if price > 0.3]
    assert sum(one is not other for one, other in pairwise(dear)) <= 1


def test_solar_that_may_not_be_sold_is_stored_early_and_none_is_thrown_away_for_it() -> None:
    problem = ranch(max_export_w=0)
    early, any_time = plan(problem), plain(problem)
    soc = early.schedule.soc["battery"]
    first_lost = int(np.flatnonzero(early.curtailed_w > 1)[0])
    assert soc[first_lost + 1] >= 1 - 1e-6
    assert early.curtailed_w.sum() <= any_time.curtailed_w.sum() + 1


def test_what_the_sun_will_fill_again_is_not_sold_for_what_it_brings() -> None:
    problem = ranch(batteries=(replace(ranch().batteries[0], initial_soc=0.9),))
    made = plan(problem)
    [task] = made.problem.batteries
    stored_again = 0.08 / task.charge_efficiency + task.wear_per_kwh
    assert task.terminal_value_per_kwh == pytest.approx(stored_again, abs=1e-5)
    discharged = np.minimum(0, made.schedule.battery_w["battery"])
    assert (discharged >= -np.maximum(0, made.problem.load_w - made.problem.solar_w) - 1e-3).all()


def test_energy_at_the_end_is_never_worth_more_than_it_could_save() -> None:
    problem = ranch(import_price=0.09)
    [task] = values.with_terminal_values(problem, one_way_where_it_pays(problem), 5).batteries
    assert task.terminal_value_per_kwh is not None
    assert task.terminal_value_per_kwh <= 0.95 * 0.09 - 0.01 + 1e-6


def plain(problem: Problem) -> Plan:
    """Plan without the choice among equals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(energy_planner, "settled", lambda programme, problem, best, time_limit_s: best.x)
        return plan(problem)


@pytest.mark.parametrize("seed", range(40))
def test_the_choice_costs_nothing(seed: int) -> None:
    problem = anything(seed)
    # Without whole numbers there is one optimum, however long it may take to find.
    batteries = tuple(replace(task, drive=EVERYTHING, told=None) for task in problem.batteries)
    problem = replace(problem, miners=(), batteries=batteries)
    chosen, any_one = plan(problem), plain(problem)
    turnover = float(np.abs(chosen.problem.import_price * chosen.schedule.grid_w) @ chosen.horizon.hours) / 1000
    assert chosen.cost.total <= any_one.cost.total + 1e-5 * (1 + turnover)
    assert chosen.status is any_one.status


@pytest.mark.parametrize("forecast", [0.6, 1.0, 1.4])
def test_two_days_left_to_the_plan_cost_no_more_than_an_inverter_left_alone(
    forecast: float,
) -> None:
    """Replanned each hour with a forecast that errs; the plant follows the modes as an inverter does."""
    assert lived(ranch(96), forecast) <= lived(ranch(96), None) + 0.01


def lived(truth: Problem, forecast: float | None) -> float:
    """Return what two days come to, less what the battery holds at 0.09: planned on a wrong sun, or left alone (None)."""
    soc, cost = truth.batteries[0].initial_soc, 0.0
    for hour in range(48):
        ahead = slice(hour, hour + 48)
        mode, charge_w, discharge_w = SELF_CONSUMPTION, 10e3, 10e3
        if forecast is not None:
            made = plan(cut(truth, ahead, soc, forecast))
            mode, set_point_w = battery_mode(made, "battery", 0), battery_set_point_w(made, "battery", 0)
            charge_w = 10e3 if mode is BatteryMode.DISCHARGE else set_point_w
            discharge_w = set_point_w if mode is BatteryMode.DISCHARGE else 10e3
        for _ in range(12):
            limits = Limits(
                ac_w=15e3,
                charge_w=min(10e3, (1 - soc) * CAPACITY_WH * 12 / 0.95),
                discharge_w=min(10e3, max(0.0, soc - 0.2) * CAPACITY_WH * 12 * 0.95),
                import_w=15e3,
                export_w=15e3,
            )
            points = SetPoints(mode=mode, charge_w=charge_w, discharge_w=discharge_w)
            flows = balance(float(truth.solar_w[hour]), float(truth.load_w[hour]), 0.0, points, limits)
            stored_wh = (flows.charge_w * 0.95 - flows.discharge_w / 0.95) / 12
            soc += stored_wh / CAPACITY_WH
            worn_wh = (flows.charge_w * 0.95 + flows.discharge_w / 0.95) / 12
            cost += (0.30 * flows.import_w - 0.08 * flows.export_w) / 12_000 + 0.01 * worn_wh / 1000
    return cost - 0.09 * soc * CAPACITY_WH / 1000


def cut(truth: Problem, ahead: slice, soc: float, forecast: float) -> Problem:
    """Return the next 48 hours as they look now: the sun of this hour is seen, the rest is a forecast that errs."""
    seen = np.where(np.arange(48) == 0, 1.0, forecast)
    return house(
        48,
        solar_w=truth.solar_w[ahead] * seen,
        load_w=truth.load_w[ahead],
        batteries=(replace(ranch().batteries[0], initial_soc=float(np.clip(soc, 0.2, 1))),),
    )
