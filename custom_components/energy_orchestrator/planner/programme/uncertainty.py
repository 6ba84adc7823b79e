"""What uncertain solar asks to keep stored.

Two numbers per slot, both for all batteries together and both computed before the programme is built, so that they cost
it no columns but their shortfalls:

- The lights stay on at P10: from the end of each slot on, with the miners off, P10 solar, the import limit and what is
  stored must serve the house to the end of the horizon. Worked out backwards, slot by slot.
- The reserve grows with the spread: what P10 would bring less than expected in the hours that follow.
"""

import numpy as np

from ...model.problem import Problem
from .matrix import Floats

SPREAD_HOURS = 3.0
"""How far ahead the spread counts: by then the plan has long been made anew from what came."""
MOST_MARGIN = 0.1
"""The margin is at most this share of the capacity."""


def lights_on_need_kwh(problem: Problem) -> Floats:
    """Return what must be stored at the end of each slot so that P10 solar keeps the lights on, kWh, shape (T,)."""
    low = problem.solar_w if problem.solar_low_w is None else problem.solar_low_w
    hours = problem.horizon.hours
    batteries = problem.batteries
    least = sum((b.min_soc * b.capacity_wh for b in batteries), np.zeros(hours.size)) / 1e3
    most = sum((b.max_soc * b.capacity_wh for b in batteries), np.zeros(hours.size)) / 1e3
    charge = sum((b.max_charge_w * b.charge_efficiency for b in batteries), np.zeros(hours.size)) / 1e3
    lossy = min((b.discharge_efficiency for b in batteries), default=1.0)
    efficient = min((b.charge_efficiency for b in batteries), default=1.0)
    missing = (problem.load_w - low - problem.max_import_w) / 1e3
    from_grid = np.where(problem.grid_charging, problem.max_import_w, 0.0)
    spare = np.maximum(0.0, np.minimum((low + from_grid - problem.load_w) / 1e3 * efficient, charge))
    step = np.where(missing > 0, missing / lossy, -spare) * hours
    need = np.empty(hours.size)
    after = 0.0
    for slot in range(hours.size - 1, -1, -1):
        need[slot] = after = min(max(after, float(least[slot])), float(most[slot]))
        after = max(0.0, after + float(step[slot]))
    return need


def spread_margin_kwh(problem: Problem) -> Floats:
    """Return the reserve grown by the spread of the solar forecast at the end of each slot, kWh, shape (T,)."""
    low = problem.solar_w if problem.solar_low_w is None else problem.solar_low_w
    edges = problem.horizon.edges_h
    capacity = sum(b.capacity_wh for b in problem.batteries) / 1e3
    reserve = (
        sum((np.maximum(b.reserve_soc, b.min_soc) * b.capacity_wh for b in problem.batteries), np.zeros(low.size)) / 1e3
    )
    spread = np.maximum(0.0, problem.solar_w - low) / 1e3 * problem.horizon.hours
    so_far = np.concatenate(([0.0], np.cumsum(spread)))
    ahead = np.interp(edges[1:] + SPREAD_HOURS, edges, so_far) - so_far[1:]
    margin = np.minimum(ahead, MOST_MARGIN * capacity)
    return np.where(margin > 0, reserve + margin, 0.0)
