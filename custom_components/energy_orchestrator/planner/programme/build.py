"""The planning problem as one mixed-integer programme: the blocks of columns and rows, one after the other.

Every block is laid down for all slots at once. The programme always has a solution: what may have to be shed is a column
with a steep price (`wishes`), added only where it can be needed. Its objective is the sum of what each block's columns cost.
"""

from dataclasses import dataclass

import numpy as np

from ...model.problem import Problem
from .battery_rows import add_batteries, add_held_back, add_repeat
from .conduct_rows import add_conduct
from .directions import OneWay, add_directions
from .flows import Flows
from .import_wish import add_import_wish
from .matrix import Gathering, Matrix, Places
from .miner_rows import add_miners
from .site_rows import add_ac_limits, add_balance, add_grid, add_solar, add_unserved, add_within_surplus
from .wishes import wish_prices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Programme:
    """The matrix, what its columns mean, and the rows whose duals are prices.

    `balance`, shape (T,): the power balance. `surplus`: slots and the rows whose bound is the solar surplus there.
    `repeat`, shape (B,): the end like the day before, none where that was not asked.
    """

    matrix: Matrix
    flows: Flows
    balance: Places
    surplus: list[tuple[Places, Places]]
    repeat: Places


def build(problem: Problem, one_way: OneWay, repeat_at: float | None = None) -> Programme:
    """Return the programme of a cleaned problem whose terminal values are known.

    With `repeat_at` (currency per kWh missing) every battery should end with what it held a day before the end.
    """
    g = Gathering()
    prices = wish_prices(problem)
    imported, exported = add_grid(g, problem, prices)
    solar, unserved = add_solar(g, problem), add_unserved(g, problem, prices)
    charge, discharge, energy = add_batteries(g, problem, prices)
    flows = Flows(
        imported=imported,
        exported=exported,
        solar=solar,
        unserved=unserved,
        charge=charge,
        discharge=discharge,
        energy=energy,
        units=add_miners(g, problem, energy, prices),
    )
    add_import_wish(g, problem, imported, prices)
    balance = add_balance(g, problem, flows)
    add_ac_limits(g, problem, flows)
    surplus = add_within_surplus(g, problem, flows)
    add_directions(g, problem, one_way, flows)
    add_held_back(g, problem, energy, prices)
    add_conduct(g, problem, flows)
    repeat = np.zeros(0, dtype=np.int64)
    if repeat_at is not None:
        repeat = add_repeat(g, problem, energy, repeat_at)
    return Programme(matrix=g.matrix(), flows=flows, balance=balance, surplus=surplus, repeat=repeat)
