"""What may be told of two plans, and what only says how far from its optimum each was left.

Plans are made to a gap: the cost of each is its optimum, or up to its gap above it. So a loss counts only beyond the gap
of the changed plan, and a gain only beyond that of the present one.
"""

import math
from typing import Final

from .plan import Plan

SAME_MONEY: Final = 0.005
"""Less than this is nothing once it is told, in currency."""
_SAME_AMOUNT: Final = 1e-3
_ROUNDED: Final = 1e-9


def told_difference(present: Plan, changed: Plan, held: float = 0.0) -> float:
    """Return what a change costs, in currency, 0.0 where it cannot be told apart from none.

    `held` is what the change alone gives or takes at the beginning: the energy a larger battery already has.
    """
    difference = changed.cost.total - present.cost.total + held
    worse = difference > 0
    if abs(difference) <= max(SAME_MONEY, gap_of(changed if worse else present)):
        return 0.0
    # Cheaper for a wish that is not granted any more is no gain, and dearer for one that is now granted no loss.
    bought = sheds_more(present, changed) if worse else sheds_more(changed, present)
    return 0.0 if bought else difference


def told_saving(made: Plan, left_alone_cost: float) -> float:
    """Return what a plan costs less than a home left alone; behind them by no more than its own gap is level with them."""
    saving = left_alone_cost - made.cost.total
    return 0.0 if saving < 0 and made.bound is not None and -saving <= gap_of(made) + _ROUNDED else saving


def uncertainty(present: Plan, changed: Plan) -> float:
    """Return how large a difference may be and mean nothing, in currency; inf where a plan's gap is not known."""
    return max(SAME_MONEY, gap_of(present), gap_of(changed))


def gap_of(made: Plan) -> float:
    """Return how much less the plan could cost at most, in currency; inf where that is not known."""
    return math.inf if made.bound is None else max(0.0, made.cost.total - made.bound)


def sheds_more(made: Plan, other: Plan) -> bool:
    """Whether any wish is granted less than in another plan."""
    granted = {(shed.wish, shed.device_id): shed.amount for shed in other.shed}
    return any(shed.amount > granted.get((shed.wish, shed.device_id), 0.0) + _SAME_AMOUNT for shed in made.shed)
