"""A point to start from where no last plan helps: groups of miners that start, stop and change on the hour alone.

A group may not start below its start level, and how many of it run is any number, so that fractions promise what no whole
number keeps: the solver looks long for a good first point. By the hour there are a third of the choices, and what comes of
them is a per cent from the optimum, found in tenths of a second.
"""

from dataclasses import replace

import numpy as np

from ...model.problem import Problem
from . import highs
from .build import Programme
from .matrix import Floats, Matrix, Places
from .solution import START_S, nothing_by_itself, whole_of

GAP = 5e-3
SHARE_OF_TIME = 0.25


def by_the_hour(
    programme: Programme, problem: Problem, other: tuple[Places, Floats] | None, time_limit_s: float
) -> tuple[Places, Floats] | None:
    """Return what is whole in the best point with miners that change on the clock's hours, or `other` where that is cheaper.

    `other` as well where there is no group, or where a battery does something by itself, whose truths would take long.
    """
    if all(miner.count == 1 for miner in problem.miners) or not nothing_by_itself(problem):
        return other
    matrix = programme.matrix
    same = np.arange(matrix.size)
    clock_h = np.floor(problem.horizon.edges_h[:-1] + problem.horizon.start.minute / 60 + 1e-6)
    first = np.searchsorted(clock_h, clock_h)
    for columns in programme.flows.units.values():
        same[columns] = columns[:, first]
    merged, place = matrix.merged(same)
    point = highs.solve(merged, time_limit_s=SHARE_OF_TIME * time_limit_s, gap=GAP)
    if point is None or _objective(matrix, other) < point.objective:
        return other
    return whole_of(programme, point.x[place])


def _objective(matrix: Matrix, start: tuple[Places, Floats] | None) -> float:
    """Return what a start comes to once all the rest is chosen for it, inf where that cannot be said."""
    if start is None:
        return np.inf
    index, values = start
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    lower[index] = upper[index] = values
    point = highs.solve(replace(matrix, lower=lower, upper=upper), time_limit_s=START_S)
    return np.inf if point is None else point.objective
