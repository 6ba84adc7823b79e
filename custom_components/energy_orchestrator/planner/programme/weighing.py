"""Any schedule in the programme's own terms: money, and what every wish it does not grant is worth there."""

from dataclasses import replace

import numpy as np

from ...model.horizon import Series
from ...model.plan import Schedule
from ...model.problem import Problem
from . import highs
from .build import build
from .directions import one_way_where_it_pays
from .flows import KILO
from .matrix import Places

TIME_LIMIT_S = 2.0
ROUNDED_KW = 1e-5
"""What rounding may have left of a flow, for the solver keeps its rows to a tolerance of its own."""


def weighed(problem: Problem, schedule: Schedule) -> float | None:
    """Return what the programme's objective is for a schedule of a valued problem, in currency but for a constant.

    None where it breaks one of the programme's limits. Every flow is held where the schedule has it; what is left for the
    solver is what follows from them.
    """
    programme = build(problem, one_way_where_it_pays(problem))
    flows, matrix = programme.flows, programme.matrix
    lower, upper = matrix.lower.copy(), matrix.upper.copy()

    def hold(columns: Places, power_w: Series) -> None:
        lower[columns] = np.maximum(lower[columns], power_w * KILO - ROUNDED_KW)
        upper[columns] = np.minimum(upper[columns], np.maximum(power_w * KILO + ROUNDED_KW, lower[columns]))

    for ways, power_w in (
        ((flows.imported, flows.exported), schedule.grid_w),
        *(
            ((flows.charge[k], flows.discharge[k]), schedule.battery_w[battery.id])
            for k, battery in enumerate(problem.batteries)
        ),
    ):
        hold(ways[0], np.maximum(0.0, power_w))
        hold(ways[1], np.maximum(0.0, -power_w))
    hold(flows.unserved, schedule.unserved_w)
    for miner in problem.miners:
        columns = flows.units[miner.id]
        lower[columns] = upper[columns] = schedule.units[miner.id]
    best = highs.solve(replace(matrix, lower=lower, upper=upper), time_limit_s=TIME_LIMIT_S)
    return None if best is None else best.objective
