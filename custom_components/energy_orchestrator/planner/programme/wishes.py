"""What it costs to shed a wish: steep prices in the order of the owner's priorities.

Reliability first (the house is served, the battery stays in its range), then what the owner asked for by name (loads that
must run, least hours, runs once begun), then the reserve and the final state of charge. Each step is well above anything
the energy prices of the same plan could pay for it, so that money never buys a wish, and no steeper, so that the
solver's numbers stay sound.
"""

from dataclasses import dataclass

import numpy as np

from ...model.problem import Problem

LEAST_PRICE = 0.05
"""The scale where all prices are about zero, currency per kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishPrices:
    """Currency per kWh, the reserve per kWh missing and hour.

    `unserved`: load not met. `range`: taken from a battery below its range. `must_run`, `least_hours`, `min_run`: energy
    a load or miner should have drawn. `final`: missing at the end. `reserve`: below the reserve, or below what P10 solar
    needs to keep the lights on; holding a kWh short for half an hour costs more than buying it. `margin`: below the
    reserve grown by the spread of the solar forecast; too little to buy energy for, enough to wait with spending it.
    `kept`: differing from the last plan. `rank`: what a miner draws, per step of priority behind the first: enough to choose
    among equals, too little to choose one that earns less. `tie`: every kWh moved, so that what is worth nothing is left alone.
    """

    unserved: float
    range: float
    must_run: float
    least_hours: float
    min_run: float
    final: float
    reserve: float
    margin: float
    kept: float
    rank: float
    tie: float = 1e-6


def wish_prices(problem: Problem) -> WishPrices:
    """Return the prices for a (cleaned) problem, scaled by the highest price in it."""
    scale = max(
        LEAST_PRICE,
        float(np.abs(problem.import_price).max()) + problem.import_aversion,
        float(np.abs(problem.export_price).max()),
        *(float(np.abs(miner.value_per_kwh).max(initial=0.0)) for miner in problem.miners),
        *(abs(battery.terminal_value_per_kwh or 0.0) for battery in problem.batteries),
    )
    usual = max(LEAST_PRICE, float(np.median(np.abs(problem.import_price))))
    return WishPrices(
        unserved=100 * scale,
        range=40 * scale,
        must_run=15 * scale,
        least_hours=10 * scale,
        min_run=8 * scale,
        final=3 * scale,
        reserve=2 * scale,
        margin=0.05 * usual,
        kept=0.004 * usual,
        rank=0.0005 * usual,
    )
