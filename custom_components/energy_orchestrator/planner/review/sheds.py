"""What a schedule does not grant of the owner's wishes, read off the schedule itself."""

from collections.abc import Iterator, Mapping

import numpy as np

from ...model.horizon import Series
from ...model.plan import Schedule, Shed, Wish
from ...model.problem import BatteryTask, MinerTask, Problem
from .. import fallback
from ..programme.import_wish import imported_beyond_wish
from ..programme.miner_rows import forced_slots
from ..programme.uncertainty import lights_on_need_kwh

LEAST_WH = 1.0
LEAST_H = 1e-3
"""Less than this is rounding, not a wish refused."""


def sheds(problem: Problem, schedule: Schedule) -> tuple[Shed, ...]:
    """Return what was shed beyond what no plan could have granted: energy in Wh, times in h (of a group: unit-hours)."""
    by_itself = _by_itself(problem)
    unserved = float((schedule.unserved_w * problem.horizon.hours).sum())
    found = [Shed(Wish.UNSERVED_LOAD, None, unserved, "Wh")]
    for battery in problem.batteries:
        found.extend(_battery(problem, battery, schedule, by_itself))
    found.extend(_lights(problem, schedule, by_itself))
    found.extend(imported_beyond_wish(problem, schedule))
    for miner in problem.miners:
        found.extend(_miner(problem, miner, schedule))
    least = {"Wh": LEAST_WH, "h": LEAST_H}
    return tuple(Shed(s.wish, s.device_id, round(s.amount, 3), s.unit) for s in found if s.amount > least[s.unit])


def _by_itself(problem: Problem) -> dict[str, Series]:
    """Return what batteries that cannot be kept from covering the house hold at the best, with every miner off: SOC, (T + 1,)."""
    own_will = [b.id for b in problem.batteries if not b.drive.keep_from_discharging or b.told is not None]
    if not own_will:
        return {}
    soc = fallback.rule_based(problem, run_miners=False).soc
    return {key: soc[key] for key in own_will}


def _battery(problem: Problem, b: BatteryTask, schedule: Schedule, by_itself: Mapping[str, Series]) -> Iterator[Shed]:
    soc = schedule.soc[b.id]
    moved_away = np.where(soc[1:] < b.min_soc - 1e-6, soc[:-1] - soc[1:], 0.0)
    yield Shed(Wish.BATTERY_RANGE, b.id, float(np.maximum(moved_away, 0.0).sum()) * b.capacity_wh, "Wh")
    reachable = b.initial_soc * b.capacity_wh + np.cumsum(b.max_charge_w * problem.horizon.hours * b.charge_efficiency)
    best = by_itself.get(b.id, np.ones_like(soc))
    wanted = np.minimum(np.minimum(b.reserve_soc, best[1:]) * b.capacity_wh, reachable)
    yield Shed(Wish.RESERVE, b.id, float((wanted - soc[1:] * b.capacity_wh).max()), "Wh")
    if b.final_soc is not None:
        yield Shed(Wish.FINAL_SOC, b.id, float(min(b.final_soc, best[-1]) - soc[-1]) * b.capacity_wh, "Wh")


def _lights(problem: Problem, schedule: Schedule, by_itself: Mapping[str, Series]) -> Iterator[Shed]:
    """Less stored than P10 solar needs to keep the lights on, where the batteries could have held it."""
    if problem.solar_low_w is None or not problem.batteries:
        return
    stored = sum((schedule.soc[b.id] * b.capacity_wh for b in problem.batteries), np.zeros(len(problem.horizon) + 1))
    need = np.minimum(lights_on_need_kwh(problem) * 1e3, stored[0])
    best = sum((by_itself.get(b.id, np.ones(1)) * b.capacity_wh for b in problem.batteries), np.zeros_like(stored))
    need = np.minimum(need, best[1:])
    least = sum((b.min_soc * b.capacity_wh for b in problem.batteries), np.zeros(len(problem.horizon)))
    yield Shed(Wish.RESERVE, None, float(np.where(need > least, need - stored[1:], 0.0).max()), "Wh")


def _miner(problem: Problem, m: MinerTask, schedule: Schedule) -> Iterator[Shed]:
    hours = problem.horizon.hours
    running = schedule.units[m.id].sum(axis=0)
    missing = sum(
        max(0.0, budget.min_hours * m.count - float((running * hours)[budget.slots].sum())) for budget in m.budgets
    )
    yield Shed(Wish.LEAST_HOURS, m.id, missing, "h")
    forced = forced_slots(problem, m)
    # Whoever started meanwhile runs besides those that must go on.
    started = np.cumsum(np.maximum(0, np.diff(running, prepend=m.running)))
    early = np.maximum(0.0, m.running + started[:forced] - running[:forced]) * hours[:forced]
    yield Shed(Wish.MIN_RUN, m.id, float(early.sum()), "h")
