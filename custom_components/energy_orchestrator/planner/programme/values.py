"""What energy is worth: λ, the price of one more kWh in each slot, and the worth of what is left at the end."""

from dataclasses import replace

import numpy as np

from ...model.horizon import Series
from ...model.plan import Schedule
from ...model.problem import Problem
from . import highs
from .battery_rows import DAY_H
from .build import Programme, build
from .directions import OneWay
from .flows import KILO
from .matrix import Floats
from .solution import CRUMB_KW


def energy_price(programme: Programme, problem: Problem, duals: Floats) -> Series:
    """Return λ, shape (T,): what one more kWh of load would cost in each slot, currency per kWh.

    More load also leaves less surplus for what may use nothing else.
    """
    price = duals[programme.balance].copy()
    for slots, rows in programme.surplus:
        price[slots] -= np.where(problem.surplus_w[slots] > 0, duals[rows], 0.0)
    return np.round(price / problem.horizon.hours, 9) + 0.0


def price_at_the_meter(problem: Problem, schedule: Schedule) -> Series:
    """Return what one more kWh costs where no programme was solved: bought while importing, not sold while exporting."""
    return np.where(schedule.grid_w < 0, problem.export_price, problem.import_price)


def with_terminal_values(problem: Problem, one_way: OneWay, time_limit_s: float) -> Problem:
    """Return the problem with a worth for what is left in every battery.

    Where none is given it comes from the plan's own prices: days resemble each other, so the plan is first made, with
    fractions allowed, such that every battery ends with what it held at the same hour of the day before. What the last of
    those kWh costs is their worth: with it, ending fuller or emptier than the day before gains nothing.

    Where more sun is sold than such a day needs, that says nothing between selling what is stored and storing it again.
    It is then worth what storing it again would cost: a full battery is not emptied for a day as sunny as the last.
    """
    missing = [k for k, battery in enumerate(problem.batteries) if battery.terminal_value_per_kwh is None]
    if not missing:
        return problem
    most = float(max(problem.import_price.max(), problem.export_price.max(), 0.0))
    programme = build(_valued(problem, dict.fromkeys(missing, 0.0)), one_way, repeat_at=most)
    answer = highs.solve(programme.matrix.relaxed(), time_limit_s=time_limit_s)
    worth = np.zeros(len(problem.batteries))
    if answer is not None and answer.proven:
        worth = np.maximum(answer.prices[programme.repeat], _storing_again(programme, problem, answer.x))
    return _valued(problem, {k: min(max(0.0, float(worth[k])), _net_of_discharge(problem, k, most)) for k in missing})


def _storing_again(programme: Programme, problem: Problem, x: Floats) -> Floats:
    """Return what a kWh in the cells costs out of the cheapest sun sold or left unused on the last day, shape (B,)."""
    flows, edges = programme.flows, problem.horizon.edges_h
    sold = x[flows.exported] - x[flows.discharge].sum(axis=0)
    unused = problem.solar_w * KILO - x[flows.solar].sum(axis=0)
    last_day = edges[:-1] > edges[-1] - DAY_H - 1e-6
    price = np.where(unused > CRUMB_KW, 0.0, problem.export_price)
    spare = price[last_day & (np.maximum(sold, unused) > CRUMB_KW)]
    if not spare.size:
        return np.zeros(len(problem.batteries))
    return np.array([float(spare.min()) / b.charge_efficiency + b.wear_per_kwh for b in problem.batteries])


def _net_of_discharge(problem: Problem, k: int, price: float) -> float:
    battery = problem.batteries[k]
    return max(0.0, battery.discharge_efficiency * price - battery.wear_per_kwh)


def _valued(problem: Problem, values: dict[int, float]) -> Problem:
    return replace(
        problem,
        batteries=tuple(
            replace(battery, terminal_value_per_kwh=round(values[k], 6)) if k in values else battery
            for k, battery in enumerate(problem.batteries)
        ),
    )
