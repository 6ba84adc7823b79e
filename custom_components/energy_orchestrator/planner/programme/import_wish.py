"""The owner's wish to import no more than so much: bought only where the house cannot do without."""

from collections.abc import Iterator

import numpy as np

from ...model.plan import Schedule, Shed, Wish
from ...model.problem import Problem
from .flows import KILO
from .matrix import Gathering, Places
from .site_rows import most_import_kw
from .wishes import WishPrices

# In parts of the price of the reserve: a wish about the grid comes after what is kept for an outage.
SHARE_OF_RESERVE = 0.75


def add_import_wish(g: Gathering, problem: Problem, imported: Places, prices: WishPrices) -> None:
    """Price what is imported above the wish, in slots where more than that can be imported; `imported` (T,) are columns.

    import_t − over_t ≤ wished_t      over_t ≥ 0  at  h_t · SHARE_OF_RESERVE · price of the reserve
    """
    if problem.wished_import_w is None:
        return
    wished = np.maximum(0.0, problem.wished_import_w) * KILO
    slots = np.flatnonzero(wished < most_import_kw(problem))
    if not slots.size:
        return
    over = g.columns((slots.size,), cost=problem.horizon.hours[slots] * prices.reserve * SHARE_OF_RESERVE)
    row = g.rows(slots.size, upper=wished[slots])
    g.put(row, imported[slots], 1.0)
    g.put(row, over, -1.0)


def imported_beyond_wish(problem: Problem, schedule: Schedule) -> Iterator[Shed]:
    """Yield what was imported above the wish, Wh."""
    if problem.wished_import_w is not None:
        over = np.maximum(0.0, schedule.grid_w - np.maximum(0.0, problem.wished_import_w))
        yield Shed(Wish.IMPORT_LIMIT, None, float((over * problem.horizon.hours).sum()), "Wh")
