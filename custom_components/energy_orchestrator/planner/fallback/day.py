"""A way to run a home, followed through the horizon slot by slot: by the rules, or left alone.

A start that turns out to break a hard limit before the minimum run is over is struck out and the day is followed again
from the beginning.
"""

from dataclasses import dataclass

import numpy as np

from ...model.plan import Schedule
from ...model.problem import Problem
from .batteries import Batteries, Powers, panels_w
from .levels import level
from .runs import OFF, BrokenStartError, Chosen, GroupRun, Runs

MOST_RETRIES = 200
TINY_WH = 1e-6
LEAST_BOUGHT_W = 1.0


@dataclass(frozen=True, slots=True)
class Ways:
    """How batteries and miners are run."""

    batteries: type[Batteries]
    runs: type[Runs]


RULES = Ways(Batteries, Runs)


def rule_based(problem: Problem, *, run_miners: bool = True) -> Schedule:
    """Return the rules' schedule for a cleaned problem; `run_miners` False is the safe state: every miner off at once."""
    return followed(problem, RULES, run_miners=run_miners)


def followed(problem: Problem, ways: Ways, *, run_miners: bool = True) -> Schedule:
    """Return the schedule of a cleaned problem whose devices are run in these ways."""
    struck: set[tuple[str, int]] = set()
    for _ in range(MOST_RETRIES):
        try:
            return _Day(problem, ways, struck, run_miners=run_miners).follow()
        except BrokenStartError as broken:
            struck.add((broken.miner_id, broken.slot))
    return _Day(problem, ways, struck, run_miners=False).follow()


def idle(problem: Problem) -> Schedule:
    """Return the schedule of a site that only serves the house from its panels and the grid."""
    slots = len(problem.horizon)
    panels = panels_w(problem, problem.solar_w)
    solar = np.minimum(panels, problem.load_w + problem.max_export_w)
    solar = np.where(problem.battery_export, solar, np.minimum(solar, np.maximum(problem.load_w, problem.solar_w)))
    grid = np.minimum(problem.load_w - solar, problem.max_import_w)
    return Schedule(
        battery_w={b.id: np.zeros(slots) for b in problem.batteries},
        soc={b.id: np.full(slots + 1, b.initial_soc) for b in problem.batteries},
        grid_w=grid,
        solar_used_w=solar,
        unserved_w=problem.load_w - solar - grid,
        units={m.id: np.zeros((m.power_w.size, slots), dtype=np.int64) for m in problem.miners},
    )


class _Day:
    """One pass over the horizon."""

    def __init__(self, problem: Problem, ways: Ways, struck: set[tuple[str, int]], *, run_miners: bool) -> None:
        self.p = problem
        self.slots = len(problem.horizon)
        self.batteries = ways.batteries(problem)
        self.runs = ways.runs(problem, struck, run_miners=run_miners)
        self.battery_w = {b.id: np.zeros(self.slots) for b in problem.batteries}
        self.units = {m.id: np.zeros((m.power_w.size, self.slots), dtype=np.int64) for m in problem.miners}
        self.grid_w, self.solar_w, self.unserved_w = (np.zeros(self.slots) for _ in range(3))

    def follow(self) -> Schedule:
        for slot in range(self.slots):
            self._slot(slot)
        return Schedule(
            battery_w=self.battery_w,
            soc={b.id: b.soc(self.battery_w[b.id], self.p.horizon.hours) for b in self.p.batteries},
            grid_w=self.grid_w,
            solar_used_w=self.solar_w,
            unserved_w=self.unserved_w,
            units=self.units,
        )

    def _slot(self, t: int) -> None:
        """Choose who runs, then stop whoever cannot, the last in the order first, until the slot keeps every limit."""
        chosen = self.runs.chosen(t, self.batteries)
        while True:
            powers = self.batteries.dispatch(t, sum(one.power_w for one in chosen.values()))
            refused = self._refused(t, chosen, powers)
            if refused is None:
                break
            self.runs.must_be_free_to_stop(t, refused)
            chosen[refused.task.id] = OFF
        self._record(t, chosen, powers)

    def _refused(self, t: int, chosen: dict[str, Chosen], powers: Powers) -> GroupRun | None:
        """Return the last miner in the order that the slot cannot carry, or None."""
        running = [run for run in self.runs.all if chosen[run.task.id].units]
        if running and powers.grid > self.p.max_import_w[t] + 1e-6:
            return running[-1]
        if powers.grid > LEAST_BOUGHT_W:
            buying = (run for run in reversed(running) if self.runs.stops_buying(t, run, chosen[run.task.id].level))
            if (run := next(buying, None)) is not None:
                return run
        capacity = self.batteries.capacity
        if capacity <= 0:
            return None
        after = self.batteries.stored_after(t, powers)
        for run in reversed(running):
            if after < level(run.task.stop_rule, t, 0.0) * capacity - TINY_WH:
                return run
        return None

    def _record(self, t: int, chosen: dict[str, Chosen], powers: Powers) -> None:
        self.grid_w[t], self.solar_w[t], self.unserved_w[t] = powers.grid, powers.solar, powers.unserved
        for battery, power in zip(self.p.batteries, powers.batteries, strict=True):
            self.battery_w[battery.id][t] = power
        for miner_id, one in chosen.items():
            if one.units:
                self.units[miner_id][one.level, t] = one.units
        self.batteries.follow(t, powers)
        self.runs.follow(t, chosen)
