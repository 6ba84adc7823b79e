"""Which miners run by the rules in a slot, and what each has done so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...model.problem import MinerTask, Problem
from .batteries import Batteries
from .levels import START_SOC, STOP_SOC, level

SPARE_W = 500.0


class BrokenStartError(Exception):
    """A start after which the minimum run cannot be kept."""

    def __init__(self, miner_id: str, slot: int) -> None:
        """Say which."""
        super().__init__(miner_id, slot)
        self.miner_id = miner_id
        self.slot = slot


class Chosen(NamedTuple):
    """What a miner or group does in a slot: units, the index of their level, and the W they draw together."""

    units: int
    level: int
    power_w: float


OFF = Chosen(0, 0, 0.0)


class Room(NamedTuple):
    """What a miner or group may draw, W: the units that run already, and all of them once more have started."""

    running_w: float
    started_w: float


@dataclass(slots=True, eq=False)
class GroupRun:
    """A miner or group as the day goes by.

    `power_w`: what the units that run draw. `started`/`stopped`: hours of the last switch; `since`: slot of the last start.
    """

    task: MinerTask
    units: int
    power_w: float
    started_h: float
    stopped_h: float
    since: int | None = None
    hours: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


class Runs:
    """All miners by priority, loads that must run first. `struck`: starts that turned out to break a limit later."""

    def __init__(self, problem: Problem, struck: set[tuple[str, int]], *, run_miners: bool) -> None:
        """Begin with what runs now."""
        self.p = problem
        self.struck = struck
        self.run_miners = run_miners
        self.h = problem.horizon.hours
        self.begins = problem.horizon.edges_h[:-1]
        self.surplus_w = problem.surplus_w
        self.all = [
            GroupRun(
                task,
                task.running,
                task.running * float(task.power_w[-1]),
                -task.in_state_h,
                -task.in_state_h,
                hours=[0.0] * len(task.budgets),
                starts=[0] * len(task.budgets),
            )
            for task in sorted(problem.miners, key=lambda m: (not m.must_run, m.priority))
        ]

    def chosen(self, t: int, batteries: Batteries) -> dict[str, Chosen]:
        """Return what each miner does, by id, out of what sun and batteries leave it."""
        sun_w = float(batteries.panels_w[t] - self.p.load_w[t])
        left_w, spare_w = sun_w + batteries.drawable_w(t), sun_w - sum(run.power_w for run in self.all)
        chosen: dict[str, Chosen] = {}
        for run in self.all:
            units, at = self._wanted(t, run, self.room(t, run, left_w, spare_w), batteries)
            power_w = units * float(run.task.power_w[at])
            chosen[run.task.id] = Chosen(units, at, power_w)
            left_w, spare_w = left_w - power_w, spare_w - power_w + run.power_w
        return chosen

    def room(self, t: int, run: GroupRun, left_w: float, spare_w: float) -> Room:
        """Return what it may draw. Loads that must run may import.

        `left_w`: what sun and batteries leave it. `spare_w`: what the panels alone give more than all that runs.
        """
        room_w = left_w + float(self.p.max_import_w[t]) if run.task.must_run else left_w - SPARE_W
        return Room(room_w, room_w)

    def follow(self, t: int, chosen: dict[str, Chosen]) -> None:
        """Move on to the end of a slot."""
        for run in self.all:
            units = chosen[run.task.id].units
            self._switch(t, run, units)
            run.power_w = chosen[run.task.id].power_w
            for index, budget in enumerate(run.task.budgets):
                if budget.slots[t]:
                    run.hours[index] += units * float(self.h[t])

    def must_be_free_to_stop(self, t: int, run: GroupRun) -> None:
        """Strike the start out where the minimum run is not over; a run begun before the plan is stopped for safety."""
        if run.since is not None and run.since < t and self.must_go_on(t, run):
            raise BrokenStartError(run.task.id, run.since)

    def stops_buying(self, t: int, run: GroupRun, at: int) -> bool:
        """Whether a miner that runs on bought power stops: its minimum run is over, and it earns less than that costs."""
        return not (run.task.must_run or self.must_go_on(t, run)) and self._loses(t, run.task, at)

    def _loses(self, t: int, task: MinerTask, at: int) -> bool:
        """Whether mining at a level earns less than the power costs where it is bought."""
        return bool(task.value_per_kwh[at, t] < self.p.import_price[t])

    def must_go_on(self, t: int, run: GroupRun) -> bool:
        """Whether its minimum run is not over."""
        return bool(self.begins[t] - run.started_h < run.task.min_run_h - 1e-6)

    def _wanted(self, t: int, run: GroupRun, room: Room, batteries: Batteries) -> tuple[int, int]:
        """Return how many units should run, and at which level: the highest that fits, else as many as fit at the lowest."""
        task = run.task
        if not self.run_miners:
            return 0, 0
        held = run.units if self.must_go_on(t, run) else 0
        may = self._may_run(t, run, batteries)
        if held and min(self.most(t, task, 0), self._hours_left(t, run)) < held:
            self.must_be_free_to_stop(t, run)
            held = 0
        if not (held or may):
            return 0, 0
        grow = self._may_start(t, run, batteries.soc())
        levels = self.levels(t, task)
        for at in levels:
            fits = min(room.running_w, max(room.started_w, run.units * float(task.power_w[at]))) / task.power_w[at]
            units = min(int(max(0.0, min(float(task.count), fits + 1e-9))), self.most(t, task, at))
            units = min(units, self._hours_left(t, run))
            units = max(held, min(units, task.count if grow else run.units)) if may else held
            if units and (units == task.count or at == levels[-1]) and units <= self.most(t, task, at):
                return units, at
        return held, 0

    def levels(self, t: int, task: MinerTask) -> Sequence[int]:
        """Return the levels it may run at, in the order they are tried: the highest that fits is taken."""
        return range(task.power_w.size - 1, -1, -1)

    def most(self, t: int, task: MinerTask, at: int) -> int:
        """Return how many units may run at a level, whatever there is to run them on."""
        if not task.allowed[t] or (task.barred is not None and task.barred[at, t]):
            return 0
        if not task.on_surplus[t]:
            return task.count
        room = (self.surplus_w[t] - task.surplus_margin_w) / task.power_w[at]
        return int(min(task.count, max(0, room + 1e-9)))

    def _hours_left(self, t: int, run: GroupRun) -> int:
        """Return how many units may run through this slot by the most hours."""
        least = run.task.count
        for used, budget in zip(run.hours, run.task.budgets, strict=True):
            if budget.slots[t] and budget.max_hours is not None:
                left = budget.max_hours * run.task.count - used
                least = min(least, int(left / self.h[t] + 1e-6))
        return max(0, least)

    def _may_run(self, t: int, run: GroupRun, batteries: Batteries) -> bool:
        task = run.task
        if task.must_run:
            wanted = [
                b.min_hours * task.count - used for b, used in zip(task.budgets, run.hours, strict=True) if b.slots[t]
            ]
            return not wanted or max(wanted) > 1e-6
        return self.wants(t, run, batteries)

    def wants(self, t: int, run: GroupRun, batteries: Batteries) -> bool:
        """Whether a miner may run by what is stored, and by what it earns; what was bought for the house is not mined."""
        if not self._pays(t, run.task) or (batteries.bought and not run.units and self._loses(t, run.task, 0)):
            return False
        return self.enough_stored(t, run, batteries.soc(), start=START_SOC, stop=STOP_SOC)

    def enough_stored(self, t: int, run: GroupRun, soc: float | None, *, start: float, stop: float) -> bool:
        """Whether it may run by its levels, or by `start` and `stop` where it has none of its own."""
        if soc is None:
            return True
        keep = level(run.task.stop_rule, t, stop)
        return soc >= (keep if run.units else max(keep, level(run.task.start_rule, t, start)))

    def _pays(self, t: int, task: MinerTask) -> bool:
        """Whether a miner earns the margin its owner asks for; without one the rules do not look at prices."""
        if task.margin_per_kwh is None or not task.margin_per_kwh[t]:
            return True
        from_surplus = self.surplus_w[t] >= task.power_w[0]
        price = (self.p.export_price if from_surplus else self.p.import_price)[t]
        return bool(task.value_per_kwh[:, t].max() >= price + task.margin_per_kwh[t])

    def _may_start(self, t: int, run: GroupRun, soc: float | None) -> bool:
        """A start needs the pause to be over, a start left, and room for the whole minimum run."""
        task = run.task
        if (task.id, t) in self.struck or self.begins[t] - run.stopped_h < task.min_pause_h - 1e-6:
            return False
        if soc is not None and soc < level(task.start_rule, t, 0.0):
            return False
        if any(
            budget.slots[t] and budget.max_starts is not None and used + task.count > budget.max_starts * task.count
            for used, budget in zip(run.starts, task.budgets, strict=True)
        ):
            return False
        after = (self.begins >= self.begins[t] - 1e-9) & (self.begins < self.begins[t] + task.min_run_h - 1e-6)
        return bool(task.allowed[after].all())

    def _switch(self, t: int, run: GroupRun, units: int) -> None:
        if units > run.units:
            run.started_h, run.since = float(self.begins[t]), t
            for index, budget in enumerate(run.task.budgets):
                run.starts[index] += units - run.units if budget.slots[t] else 0
        elif units < run.units:
            run.stopped_h = float(self.begins[t])
        run.units = units
