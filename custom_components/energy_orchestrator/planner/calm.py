"""Do nothing unless it pays: what a plan tells a battery by force is taken back where self-consumption does as well.

A plan is the best for what is expected. What it gains by holding, charging or discharging by force it must gain under
what may come, for self-consumption follows clouds and kettles by itself and an order does not. So each run of orders is
compared with leaving the battery alone, and each pause between two like orders with filling it, under all courses that sun
and load may take (`orders.courses`); a change of mode has a price of its own. What costs least in the mean holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby, pairwise

import numpy as np

from ..model.decision import BatteryMode
from ..model.difference import sheds_more
from ..model.horizon import Series
from ..model.plan import Plan, PlanStatus, Schedule
from ..model.problem import MODES, BatteryTask, Flags, Problem
from .caution import cautious
from .clean import clean
from .energy_planner import TIME_LIMIT_S, plan
from .orders import SELF_CONSUMPTION, Followed, Lanes, Orders, courses, expected, follow, orders_of
from .programme.wishes import wish_prices
from .review.costs import cost_of
from .review.sheds import sheds
from .review.verifier import violations

CHANGE_KWH = 0.03
"""A change of mode costs what so much energy usually does: what it wears, and what people bear to watch."""
SET_POINT_SHARE = 0.25
"""A change of the set-point alone costs this part of it."""
SAME_POWER = 0.02
"""Set-points this close, as a part of the battery's power, are the same."""
GAP_H = 3.0
"""A pause between two like orders up to this long may be filled."""
MOVES_H = (0.5, 1.0, 2.0, 4.0)
"""By so much a run may begin or end earlier or later at once."""
MOST_ROUNDS = 16
_SOLVED = (PlanStatus.OPTIMAL, PlanStatus.FEASIBLE, PlanStatus.RELAXED)


def calm_plan(problem: Problem, *, created: datetime | None = None, time_limit_s: float = TIME_LIMIT_S) -> Plan:
    """Return the plan of a problem for a world that may differ from what is expected: the loop's.

    Miners may count on less than is expected (`caution`), and no battery is forced to what does not pay under what may come.
    """
    made = partial(plan, created=created, time_limit_s=time_limit_s)
    wary = cautious(problem)
    return (None if wary is problem else _expecting(made(wary), clean(problem))) or calmed(made(problem))


def calmed(made: Plan) -> Plan:
    """Return the plan without orders that do not pay (tens of milliseconds); it costs no more than they are worth."""
    if not _is_told(made):
        return made
    told = _orders(made)
    kept = _Judge(made).settled(told)
    unchanged = all(kept[key] is told[key] for key in told)
    return made if unchanged else _followed(made, kept) or made


def _expecting(made: Plan, expected: Problem) -> Plan | None:
    """Return a plan that was made with care, told for what is expected; None where it does not fit that.

    Its batteries are told what pays as far as care goes. Its bound was another problem's.
    """
    if not _is_told(made):
        return None
    problem = replace(made.problem, solar_w=expected.solar_w, load_w=expected.load_w)
    told = replace(made, problem=problem, bound=None)
    return _followed(told, _Judge(made).settled(_orders(made)))


def _is_told(made: Plan) -> bool:
    """Whether it was solved, for batteries that can be told something: without a grid nothing is left to tell."""
    problem = made.problem
    grid = bool(((problem.max_import_w > 0) | (problem.max_export_w > 0)).any())
    return made.status in _SOLVED and grid


def _orders(made: Plan) -> dict[str, Orders]:
    return {task.id: orders_of(made, task) for task in made.problem.batteries}


class _Judge:
    """Weighs orders for one plan's problem by money."""

    def __init__(self, made: Plan) -> None:
        problem = made.problem
        self.made, self.ahead = made, courses(problem)
        self.miners_w = _miners_w(made)
        earned = sum(
            ((t.power_w[:, None] * made.schedule.units[t.id] * t.value_per_kwh).sum(axis=0) for t in problem.miners),
            np.zeros(len(made.horizon)),
        )
        self.mined_per_kwh = np.divide(earned, self.miners_w, out=np.zeros_like(earned), where=self.miners_w > 0)
        self.change = CHANGE_KWH * max(0.05, float(np.median(np.abs(problem.import_price))))

    def settled(self, told: Mapping[str, Orders]) -> dict[str, Orders]:
        """Return the orders that cost least, battery by battery, beginning with those there are."""
        kept = dict(told)
        for task in self.made.problem.batteries:
            kept[task.id] = self._settled(task, kept)
        return kept

    def _settled(self, task: BatteryTask, told: Mapping[str, Orders]) -> Orders:
        best = told[task.id]
        for _ in range(MOST_ROUNDS):
            others = list(_alternatives(self.made, task, best))
            if not others:
                return best
            money = self._money(task, told, [best, *others])
            least = int(np.argmin(money))
            if money[least] >= money[0] - 1e-9:
                return best
            best = others[least - 1]
        return best

    def _money(self, task: BatteryTask, told: Mapping[str, Orders], alternatives: list[Orders]) -> Lanes:
        """Return what each alternative comes to in the mean, its changes included."""
        beside = {key: [orders] * len(alternatives) for key, orders in told.items()}
        followed = follow(self.made.problem, beside | {task.id: alternatives}, self.miners_w, self.ahead)
        lanes = self._cost(followed).reshape(len(alternatives), -1)
        changes = np.array([_changes(self.made.problem, task, orders) for orders in alternatives])
        return np.asarray(lanes @ self.ahead.weight + self.change * changes)

    def _cost(self, f: Followed) -> Lanes:
        """Return what each lane costs; a miner would stop before it runs on power that costs more than it earns."""
        p = self.made.problem
        hours = p.horizon.hours / 1e3
        bought, sold = np.maximum(0.0, f.grid_w), np.maximum(0.0, -f.grid_w)
        for_miners = np.minimum(bought, self.miners_w)
        price = p.import_price + p.import_aversion
        cost = ((bought - for_miners) * price + for_miners * np.minimum(price, self.mined_per_kwh)) * hours
        cost = cost - sold * p.export_price * hours + f.unserved_w * wish_prices(p).unserved * hours
        total = cost.sum(axis=1)
        for k, b in enumerate(p.batteries):
            into, out = np.maximum(0.0, f.battery_w[k]), np.maximum(0.0, -f.battery_w[k])
            through = into * b.charge_efficiency + out / b.discharge_efficiency
            total += b.wear_per_kwh * (through * hours).sum(axis=1)
            total -= (b.terminal_value_per_kwh or 0.0) * f.stored_wh[k, :, -1] / 1e3
        return np.asarray(total)


def _alternatives(made: Plan, task: BatteryTask, orders: Orders) -> Iterator[Orders]:
    """Yield the orders with each run left alone, shorter, longer or at one power, all left alone, each short pause filled."""
    free = ~task.told_to(*BatteryMode)
    runs = [run for run in _runs(task, orders) if bool(free[run].all())]
    hours = made.horizon.hours
    free &= orders.modes == SELF_CONSUMPTION
    for run in runs:
        yield orders.left_alone(task, run)
        level = float(np.average(orders.power_w[run], weights=hours[run]))
        if (np.abs(orders.power_w[run] - level) > SAME_POWER * _most_w(task)).any():
            yield orders.told(run, int(orders.modes[run.start]), level)
        yield from _moved(made.horizon.edges_h, task, orders, run, free)
    if len(runs) > 1:
        yield orders.left_alone(task, np.logical_or.reduce([_within(free.size, run) for run in runs]))
    edges = made.horizon.edges_h
    for before, after in pairwise(runs):
        alike = orders.modes[before.start] == orders.modes[after.start] != SELF_CONSUMPTION
        if alike and before.stop < after.start and edges[after.start] - edges[before.stop] <= GAP_H:
            last = before.stop - 1
            yield orders.told(slice(before.stop, after.start), int(orders.modes[last]), float(orders.power_w[last]))


def _moved(edges: Series, task: BatteryTask, orders: Orders, run: slice, free: Flags) -> Iterator[Orders]:
    """Yield the orders with one run beginning or ending earlier or later."""
    for by in MOVES_H:
        within = slice(run.start, min(run.stop, int(np.searchsorted(edges, edges[run.start] + by - 1e-6))))
        if within.stop < run.stop:
            yield orders.left_alone(task, within)
        within = slice(max(run.start, int(np.searchsorted(edges, edges[run.stop] - by - 1e-6))), run.stop)
        if within.start > run.start:
            yield orders.left_alone(task, within)
        before = slice(int(np.searchsorted(edges, edges[run.start] - by - 1e-6)), run.start)
        if before.start < before.stop and bool(free[before].all()):
            yield orders.told(before, int(orders.modes[run.start]), float(orders.power_w[run.start]))
        after = slice(run.stop, min(free.size, int(np.searchsorted(edges, edges[run.stop] + by - 1e-6))))
        if after.start < after.stop and bool(free[after].all()):
            last = run.stop - 1
            yield orders.told(after, int(orders.modes[last]), float(orders.power_w[last]))


def _within(slots: int, run: slice) -> np.ndarray:
    flags = np.zeros(slots, dtype=np.bool_)
    flags[run] = True
    return flags


def _runs(task: BatteryTask, orders: Orders) -> Iterator[slice]:
    """Yield the runs of slots in which a battery is told the same, other than self-consumption at full power."""
    full = orders.power_w >= task.max_charge_w * (1 - SAME_POWER)
    kinds = np.where((orders.modes == SELF_CONSUMPTION) & ~full, -1, orders.modes)
    at = 0
    for kind, group in groupby(kinds.tolist()):
        length = len(list(group))
        if kind != SELF_CONSUMPTION:
            yield slice(at, at + length)
        at += length


def _changes(problem: Problem, task: BatteryTask, orders: Orders) -> float:
    """Return how many changes of mode orders are, those of a set-point alone counted in part."""
    first = MODES.index(problem.standing.get(task.id, BatteryMode.SELF_CONSUMPTION))
    modes = np.diff(orders.modes, prepend=first) != 0
    points = np.abs(np.diff(orders.power_w, prepend=orders.power_w[0])) > SAME_POWER * _most_w(task)
    return float(modes.sum() + SET_POINT_SHARE * (points & ~modes).sum())


def _miners_w(made: Plan) -> Series:
    return sum((made.miner_w(task.id) for task in made.problem.miners), np.zeros(len(made.horizon)))


def _most_w(task: BatteryTask) -> float:
    return max(float(task.max_charge_w.max()), float(task.max_discharge_w.max()), 1.0)


def _followed(made: Plan, told: Mapping[str, Orders]) -> Plan | None:
    """Return the plan with the schedule that follows from orders, None where it breaks a limit or a wish."""
    problem = made.problem
    flows = follow(problem, {key: [orders] for key, orders in told.items()}, _miners_w(made), expected(problem))
    battery_w = {b.id: np.round(flows.battery_w[k, 0], 6) + 0.0 for k, b in enumerate(problem.batteries)}
    schedule = Schedule(
        battery_w=battery_w,
        soc={b.id: b.soc(battery_w[b.id], problem.horizon.hours) for b in problem.batteries},
        grid_w=flows.grid_w[0],
        solar_used_w=flows.solar_used_w[0],
        unserved_w=flows.unserved_w[0],
        units=made.schedule.units,
    )
    shed = sheds(problem, schedule)
    calm = replace(made, schedule=schedule, shed=shed, cost=cost_of(problem, schedule))
    return None if sheds_more(calm, made) or violations(problem, schedule, shed) else calm
