"""Two plans side by side, each offered what was found for the other.

However early the solver stopped: a schedule that is allowed in both and cheaper in one is used there. So dearer power is
no gain, and more sun no loss, whatever the gap. What may then be told of the two is in `model/difference.py`.
"""

from dataclasses import replace

from ..model.difference import sheds_more
from ..model.plan import Plan
from .review.costs import cost_of
from .review.sheds import sheds
from .review.verifier import violations


def exchanged(present: Plan, changed: Plan) -> tuple[Plan, Plan]:
    """Return both plans, each with the other's schedule where that costs less, breaks nothing and grants no wish less.

    A plan's bound stays: it is the problem's.
    """
    return _offered(present, changed), _offered(changed, present)


def _offered(made: Plan, other: Plan) -> Plan:
    cost = cost_of(made.problem, other.schedule)
    if cost.total >= made.cost.total:
        return made
    shed = sheds(made.problem, other.schedule)
    offered = replace(made, schedule=other.schedule, cost=cost, shed=shed, energy_price=other.energy_price)
    return made if sheds_more(offered, made) or violations(made.problem, other.schedule, shed) else offered
