"""A point to start from: the last plan's miners, moved only around the hours at which they start, stop or change level.

A plan is made anew every few minutes, and what it says of the miners changes little: a start comes a quarter of an hour
later, a run ends sooner. The programme with all the rest kept as it was is solved in a fraction of the time. Its point is
as a rule the optimum of the whole, which is then only to be proven: without the heuristics that look for better ones, and
take half of the solver's time.
"""

from dataclasses import replace

import numpy as np

from ...model.problem import Flags, MinerTask, Problem
from . import highs
from .build import Programme
from .matrix import Floats, Matrix
from .solution import nothing_by_itself

FREE_H = 0.5
"""Around each change of the last plan a miner is free for so long, and now for as long again."""
GAP = 2e-3
"""How near to the best around the last plan is enough to start from."""
SHARE_OF_TIME = 0.25
NEAR_ENOUGH = 0.05
"""Further than this share from what the programme could cost with fractions allowed, a better point is looked for."""


def near_last_plan(programme: Programme, problem: Problem, time_limit_s: float) -> Floats | None:
    """Return the best point near the last plan, None where there is no such plan or nothing good is near it.

    None as well where batteries do something by themselves: their own truths would have to be found with it.
    """
    if not problem.kept_miner_w or not nothing_by_itself(problem):
        return None
    point = highs.solve(_around(programme, problem), time_limit_s=SHARE_OF_TIME * time_limit_s, gap=GAP)
    if point is None:
        return None
    least = highs.solve(programme.matrix.relaxed(), time_limit_s=SHARE_OF_TIME * time_limit_s)
    good = least is not None and point.objective - least.objective <= NEAR_ENOUGH * abs(least.objective)
    return point.x if good else None


def _around(programme: Programme, problem: Problem) -> Matrix:
    """Return the programme in which miners keep to the last plan but around its changes."""
    matrix = programme.matrix
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    for miner in problem.miners:
        kept_w = problem.kept_miner_w.get(miner.id)
        if kept_w is None:
            continue
        columns = programme.flows.units[miner.id]
        units = np.minimum(_units(miner, np.nan_to_num(kept_w)), upper[columns])
        free = np.isnan(kept_w) | _near_changes(problem, units)
        lower[columns] = np.where(free, lower[columns], units)
        upper[columns] = np.where(free, upper[columns], units)
    return replace(matrix, lower=lower, upper=upper)


def _units(miner: MinerTask, power_w: Floats) -> Floats:
    """Return the units at each level, shape (L, T), that come nearest to a power: all of a group at one level."""
    at_level = miner.power_w[:, None]
    units = np.clip(np.round(power_w / at_level), 0, miner.count)
    nearest = np.abs(units * at_level - power_w).argmin(axis=0)
    return np.where(np.arange(at_level.size)[:, None] == nearest, units, 0.0)


def _near_changes(problem: Problem, units: Floats) -> Flags:
    edges = problem.horizon.edges_h
    changes = edges[:-1][np.concatenate(([True], (np.diff(units, axis=1) != 0).any(axis=0)))]
    after, before = edges[1:, None] > changes - FREE_H + 1e-9, edges[:-1, None] < changes + FREE_H - 1e-9
    free: Flags = (after & before).any(axis=1)
    return free
