"""From the solver's point to a schedule: whole units, net powers, and a state of charge that follows from them."""

from dataclasses import replace

import numpy as np

from ...model.plan import Schedule
from ...model.problem import Problem
from . import highs
from .build import Programme
from .directions import OneWay
from .matrix import Floats, Places

CRUMB_KW = 1e-6
"""Going both ways by less than this is the solver's rounding."""
START_S = 0.5
"""Time for finding a point to start from."""


def both_ways(programme: Programme, problem: Problem, x: Floats) -> OneWay:
    """Return the slots in which the point goes both ways at once and cannot simply be netted.

    Importing and exporting nets without loss; that is only wrong where selling pays more than buying.
    """
    flows = programme.flows
    grid = np.minimum(x[flows.imported], x[flows.exported]) > CRUMB_KW
    pays = problem.export_price > problem.import_price + problem.import_aversion
    return OneWay(grid=grid & pays, battery=np.minimum(x[flows.charge], x[flows.discharge]) > CRUMB_KW)


def schedule_of(programme: Programme, problem: Problem, x: Floats) -> Schedule:
    """Return the schedule of a point. Powers are W to 1e-6; the grid takes up what rounding leaves over."""
    flows = programme.flows
    units = {miner.id: np.round(x[flows.units[miner.id]]).astype(np.int64) for miner in problem.miners}
    battery_w, soc = {}, {}
    for k, battery in enumerate(problem.batteries):
        power = _watts(x[flows.charge[k]] - x[flows.discharge[k]])
        battery_w[battery.id] = power
        soc[battery.id] = battery.soc(power, problem.horizon.hours)
    solar = np.clip(_watts(x[flows.solar].sum(axis=0)), 0.0, problem.solar_w)
    unserved = np.clip(_watts(x[flows.unserved]), 0.0, problem.load_w)
    drawn = sum((m.power_w @ units[m.id] for m in problem.miners), np.zeros(solar.size))
    use = problem.load_w - unserved + drawn + sum(battery_w.values(), np.zeros(solar.size))
    grid = use - solar
    # The limits are the last word: a crumb over one is taken from the solar power, or not served.
    over = np.maximum(0.0, -grid - problem.max_export_w)
    solar, grid = solar - over, grid + over
    more = np.minimum(problem.solar_w - solar, np.maximum(0.0, grid - problem.max_import_w))
    return Schedule(
        battery_w=battery_w,
        soc=soc,
        grid_w=np.round(grid - more, 6) + 0.0,
        solar_used_w=solar + more,
        unserved_w=unserved,
        units=units,
    )


def units_as_start(programme: Programme, problem: Problem, schedule: Schedule) -> tuple[Places, Floats] | None:
    """Return the miners' columns and their values in a schedule: a point from which the solver can start."""
    if not problem.miners:
        return None
    index = np.concatenate([programme.flows.units[m.id].ravel() for m in problem.miners])
    values = np.concatenate([schedule.units[m.id].ravel() for m in problem.miners]).astype(np.float64)
    return index, values


def nothing_by_itself(problem: Problem) -> bool:
    """Return whether no battery does anything that the plan does not choose."""
    return all(battery.drive.everything and battery.told is None for battery in problem.batteries)


def whole_start(programme: Programme, problem: Problem, schedule: Schedule) -> tuple[Places, Floats] | None:
    """Return a point from which the solver can start: the miners of a schedule, or all that is whole in it.

    Where batteries do something by themselves the solver would look long for a first point: it is worked out by holding
    every flow of the schedule where it is.
    """
    if nothing_by_itself(problem):
        return units_as_start(programme, problem, schedule)
    flows, matrix = programme.flows, programme.matrix
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    for miner in problem.miners:
        lower[flows.units[miner.id]] = upper[flows.units[miner.id]] = schedule.units[miner.id]
    for k, battery in enumerate(problem.batteries):
        power = schedule.battery_w[battery.id] / 1e3
        for columns, flow in ((flows.charge[k], power), (flows.discharge[k], -power)):
            lower[columns] = np.maximum(0.0, flow - CRUMB_KW)
            upper[columns] = np.maximum(0.0, flow + CRUMB_KW) * (flow > 0)
    point = highs.solve(replace(matrix, lower=lower, upper=upper), time_limit_s=START_S)
    if point is None:
        return units_as_start(programme, problem, schedule)
    return whole_of(programme, point.x)


def whole_of(programme: Programme, x: Floats) -> tuple[Places, Floats]:
    """Return all that is whole in a point, to start from."""
    whole = np.flatnonzero(programme.matrix.whole)
    return whole, np.round(x[whole])


def _watts(kilowatts: Floats) -> Floats:
    return np.round(kilowatts * 1e3, 6) + 0.0
