"""How much sun a miner may count on: less than is expected, where power bought in its place would cost more than it earns.

Mining on a kWh that turns out to be missing costs what it is bought for, less what it mined; not mining on one that turns
out to be spare only costs what it would have mined above its sale. With r earned, p paid and e got for a kWh the best is to
run out with a chance of

    q = (r − e) / (p − e)

(the newsvendor's critical ratio). So miners are planned on the sun that comes with a chance of 1 − q, and on the load
that is not passed with it.
"""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from ..model.horizon import Series
from ..model.problem import Problem

_LEAST_CHANCE = 0.1
_P10 = NormalDist().inv_cdf(0.1)


def cautious(problem: Problem) -> Problem:
    """Return the problem as its miners may count on it; itself where there is nothing to be careful of."""
    part = _towards_p10(problem)
    if not part:
        return problem
    return replace(
        problem,
        solar_w=_towards(problem.solar_w, problem.solar_low_w, part),
        load_w=_towards(problem.load_w, problem.load_high_w, part),
    )


def _towards_p10(problem: Problem) -> float:
    """Return how far to go from what is expected to what one time in ten is worse, 0..1."""
    earned = max((float(task.value_per_kwh.max(axis=0).mean()) for task in problem.miners), default=0.0)
    paid, got = float(np.median(problem.import_price)), float(np.median(problem.export_price))
    bought = bool((problem.max_import_w > 0).all())
    if not problem.batteries or not bought or not got < earned < paid:
        return 0.0
    chance = (earned - got) / (paid - got)
    return NormalDist().inv_cdf(float(np.clip(chance, _LEAST_CHANCE, 0.5))) / _P10


def _towards(expected: Series, worse: Series | None, part: float) -> Series:
    return expected if worse is None else expected + part * (worse - expected)
