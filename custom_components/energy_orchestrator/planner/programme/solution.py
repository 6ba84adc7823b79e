"""From the solver's point to a schedule: whole units, net powers, and a state of charge that follows from them."""

from dataclasses import replace

import numpy as np

from ...model.plan import Schedule
from ...model.problem import BatteryTask, Problem
from . import highs
from .build import OneWay, Programme
from .matrix import Floats, Index

CRUMB_KW = 1e-6
"""Going both ways by less than this is the solver's rounding."""
START_S = 0.5
"""Time for finding a point to start from."""


def both_ways(programme: Programme, problem: Problem, x: Floats) -> OneWay:
    """Return the slots in which the point goes both ways at once and cannot simply be netted.

    Importing and exporting nets without loss; that is only wrong where selling pays more than buying.
    """
    layout = programme.layout
    grid = np.minimum(x[layout.imported], x[layout.exported]) > CRUMB_KW
    pays = problem.export_price > problem.import_price + problem.import_aversion
    return OneWay(grid=grid & pays, battery=np.minimum(x[layout.charge], x[layout.discharge]) > CRUMB_KW)


def schedule_of(programme: Programme, problem: Problem, x: Floats) -> Schedule:
    """Return the schedule of a point. Powers are W to 1e-6; the grid takes up what rounding leaves over."""
    layout = programme.layout
    units = {miner.id: np.round(x[layout.units[miner.id]]).astype(np.int64) for miner in problem.miners}
    battery_w, soc = {}, {}
    for k, battery in enumerate(problem.batteries):
        power = _watts(x[layout.charge[k]] - x[layout.discharge[k]])
        battery_w[battery.id] = power
        soc[battery.id] = soc_of(battery, power, problem.horizon.hours)
    solar = np.clip(_watts(x[layout.solar].sum(axis=0)), 0.0, problem.solar_w)
    unserved = np.clip(_watts(x[layout.unserved]), 0.0, problem.load_w)
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


def units_as_start(programme: Programme, problem: Problem, schedule: Schedule) -> tuple[Index, Floats] | None:
    """Return the miners' columns and their values in a schedule: a point from which the solver can start."""
    if not problem.miners:
        return None
    index = np.concatenate([programme.layout.units[m.id].ravel() for m in problem.miners])
    values = np.concatenate([schedule.units[m.id].ravel() for m in problem.miners]).astype(np.float64)
    return index, values


def whole_start(programme: Programme, problem: Problem, schedule: Schedule) -> tuple[Index, Floats] | None:
    """Return a point from which the solver can start: the miners of a schedule, or all that is whole in it.

    Where batteries do something by themselves the solver would look long for a first point: it is worked out by holding
    every flow of the schedule where it is.
    """
    if all(battery.drive.everything and battery.told is None for battery in problem.batteries):
        return units_as_start(programme, problem, schedule)
    layout, matrix = programme.layout, programme.matrix
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    for miner in problem.miners:
        lower[layout.units[miner.id]] = upper[layout.units[miner.id]] = schedule.units[miner.id]
    for k, battery in enumerate(problem.batteries):
        power = schedule.battery_w[battery.id] / 1e3
        for columns, flow in ((layout.charge[k], power), (layout.discharge[k], -power)):
            lower[columns] = np.maximum(0.0, flow - CRUMB_KW)
            upper[columns] = np.maximum(0.0, flow + CRUMB_KW) * (flow > 0)
    point = highs.solve(replace(matrix, lower=lower, upper=upper), time_limit_s=START_S)
    if point is None:
        return units_as_start(programme, problem, schedule)
    whole = np.flatnonzero(matrix.whole)
    return whole, np.round(point.x[whole])


def soc_of(battery: BatteryTask, power_w: Floats, hours: Floats) -> Floats:
    """Return the state of charge at every slot boundary, shape (T + 1,), for AC power (+ charging)."""
    if battery.capacity_wh <= 0:
        return np.full(power_w.size + 1, battery.initial_soc)
    stored_w = np.where(power_w > 0, power_w * battery.charge_efficiency, power_w / battery.discharge_efficiency)
    return battery.initial_soc + np.concatenate(([0.0], np.cumsum(stored_w * hours))) / battery.capacity_wh


def _watts(kilowatts: Floats) -> Floats:
    return np.round(kilowatts * 1e3, 6) + 0.0
