"""Among plans that cost the same, the one that an inverter left to itself comes nearest to.

The prices of a flat tariff leave open when the sun is stored and when stored energy is used: early or late costs the same.
What is open is then chosen, in this order of time: store before selling, use what is stored before buying. So

- what may come (clouds, guests, a wrong forecast) finds the battery full, and buying and selling are put off until they
  are sure;
- the inverter stays in self-consumption, which is what this choice amounts to, and holds only where holding pays.

The programme is solved a second time on its optimal face: by complementary slackness a point is optimal exactly if every
column with a reduced cost stays at its bound and every row with a dual stays tight. There the exchange with the grid,
weighted by what is left of the horizon, is least:

    min Σ_t w_t · h_t · (import_t + export_t + unused solar_t),   w_t = share of the horizon still to come

Cost and energy prices are those of the first solution: no point of the face costs more.
"""

from dataclasses import replace

import numpy as np

from ...model.problem import Problem
from . import highs
from .build import Programme
from .matrix import Floats

SAME_PRICE = 1e-6
"""Reduced costs and duals below this, in currency, are the solver's rounding."""
IN_VAIN = 1e-3
"""Weight of energy moved through a battery: enough that none is moved for nothing."""


def settled(programme: Programme, problem: Problem, best: highs.BestPoint, time_limit_s: float) -> Floats:
    """Return the preferred point among those that cost what `best` does; `best` must come of a linear programme.

    It is `best.x` itself where there is nothing to choose, or no time to.
    """
    if not problem.batteries:
        return best.x
    face = programme.matrix.fixed(best.x).face(best.x, best.prices, best.reduced, SAME_PRICE)
    answer = highs.solve(replace(face, cost=_exchange(programme, problem)), time_limit_s=time_limit_s)
    return answer.x if answer is not None and answer.proven else best.x


def _exchange(programme: Programme, problem: Problem) -> Floats:
    """Return the second objective: what passes the meter or is left on the roof, the earlier the dearer."""
    flows, edges = programme.flows, problem.horizon.edges_h
    hours = problem.horizon.hours
    weight = hours * (1 - (edges[:-1] + edges[1:]) / (2 * edges[-1]))
    cost = np.zeros(programme.matrix.size)
    cost[flows.imported] = weight
    cost[flows.exported] = weight
    cost[flows.solar] = -weight
    cost[flows.charge] = cost[flows.discharge] = IN_VAIN * hours
    return cost
