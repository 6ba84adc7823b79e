"""How much sun and load to count on: where a kWh is worth what it is worth in the mean of all that may come.

A kWh in the battery is worth little if tomorrow is sunny, and what is bought in its place if it is not. On what is expected
it is worth the one or the other, never the mean of both, by which what is done now should be judged: a miner that earns
less than a kWh is worth in the mean should rest, though it earns more than it is worth on the likeliest day. So the plan is
made on the course of sun and load on which the energy price now is that mean. Where every course has the same price, as
where miners would simply run a little less tomorrow, it is the expected one.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..model.horizon import Series
from ..model.problem import Problem
from .energy_planner import valued
from .orders import SWANSON
from .programme import highs
from .programme.build import build
from .programme.directions import one_way_where_it_pays
from .programme.values import energy_price

# One time in ten worse (1), as expected (0) and one time in ten better (−1) stand for all that may come.
_WEIGHTS: Mapping[float, float] = dict(zip((1.0, 0.0, -1.0), SWANSON, strict=True))
_HALVINGS = 2
_NOW_H = 1.0
# Prices this close are the same, currency per kWh.
_SAME_PRICE = 1e-3
_TIME_LIMIT_S = 1.0


def cautious(problem: Problem) -> Problem:
    """Return the problem to plan in place of one whose sun and load are uncertain (tenths of a second with miners).

    Itself where no miner could run short of power, or nothing is known of what may come.
    """
    bought = bool((problem.max_import_w > 0).all())
    known_spread = problem.solar_low_w is not None or problem.load_high_w is not None
    if not (problem.miners and problem.batteries and bought and known_spread):
        return problem
    ends = valued(problem)

    def price(worse: float) -> float | None:
        return _price_now(_towards(ends, worse))

    prices = {worse: price(worse) for worse in _WEIGHTS}
    known = {worse: at for worse, at in prices.items() if at is not None}
    if len(known) < len(prices):
        return problem
    mean = sum(weight * known[worse] for worse, weight in _WEIGHTS.items())
    worse = _first_at(mean - _SAME_PRICE, known)
    least = max((other for other in known if other < worse), default=worse)
    for _ in range(_HALVINGS if worse > least >= 0 else 0):
        middle = (least + worse) / 2
        at = price(middle)
        least, worse = (least, middle) if at is not None and at >= mean - _SAME_PRICE else (middle, worse)
    return problem if worse <= 0 else _towards(problem, worse)


def _first_at(mean: float, prices: Mapping[float, float]) -> float:
    """Return the least worse course from the expected one on that has the mean price."""
    return next((worse for worse in sorted(prices) if worse >= 0 and prices[worse] >= mean), max(prices))


def _price_now(problem: Problem) -> float | None:
    """Return what a kWh is worth in the next hour with fractions of miners allowed, currency; None where nobody can tell."""
    programme = build(problem, one_way_where_it_pays(problem))
    answer = highs.solve(programme.matrix.relaxed(), time_limit_s=_TIME_LIMIT_S)
    if answer is None or not answer.proven:
        return None
    now = problem.horizon.edges_h[:-1] < _NOW_H
    return float(np.average(energy_price(programme, problem, answer.prices)[now], weights=problem.horizon.hours[now]))


def _towards(problem: Problem, worse: float) -> Problem:
    """Return the problem on a course between the expected one and one time in ten worse (1) or better (−1)."""
    sun, load = problem.solar_low_w, problem.load_high_w
    if worse < 0:
        sun, load = problem.solar_high_w, problem.load_low_w
    return replace(
        problem,
        solar_w=_between(problem.solar_w, sun, abs(worse)),
        load_w=_between(problem.load_w, load, abs(worse)),
    )


def _between(expected: Series, end: Series | None, part: float) -> Series:
    return expected if end is None else expected + part * (end - expected)
