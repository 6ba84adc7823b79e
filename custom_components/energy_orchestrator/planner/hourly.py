"""A planning problem by the clock's hours: a tenth of the work, for answers that cannot wait for the whole programme."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from ..model.horizon import Horizon, Series
from ..model.problem import BatteryTask, Budget, Flags, MinerTask, Problem

_HOUR_S: Final = 3600

# Stopping this near to the optimum costs less than the hours themselves blur.
GAP: Final = 1e-3
TIME_LIMIT_S: Final = 1.0

type Merge = Callable[["_Hours", Any], Any]


def hourly(problem: Problem, around: datetime | None = None) -> Problem:
    """Return the problem with its slots merged to whole clock hours (UTC); the first is the rest of this hour.

    The hour `around` a time keeps its slots: what happens at that time is planned as finely as ever.
    Series are means by length, so energies stay what they are. What binds at the end of a slot binds with the strictest of
    the hour, and what is allowed must be allowed all through it. A slot longer than what is left of its hour stays whole.
    The last plan is left out, for its slots are others, and so are the citations: nobody reads reasons off this.
    """
    return _Hours(problem.horizon, around).problem(problem)


class _Hours:
    """The hours of a horizon, but for the slots of one that stay."""

    def __init__(self, horizon: Horizon, around: datetime | None) -> None:
        self.weights = horizon.hours
        hour = horizon.epochs()[:-1] // _HOUR_S
        begins = np.concatenate(([True], hour[1:] != hour[:-1]))
        if around is not None:
            begins |= hour == int(around.timestamp()) // _HOUR_S
        self.starts = np.flatnonzero(begins)
        self.hours: Series = np.add.reduceat(self.weights, self.starts)
        self.horizon = Horizon(horizon.start, self.hours)

    def problem(self, problem: Problem) -> Problem:
        return replace(
            problem,
            **self._merged(problem, {"batteries", "miners", "kept_miner_w", "citations"}),
            horizon=self.horizon,
            batteries=tuple(self._battery(battery) for battery in problem.batteries),
            miners=tuple(self._miner(miner) for miner in problem.miners),
            kept_miner_w={},
            citations=(),
        )

    def _battery(self, battery: BatteryTask) -> BatteryTask:
        return replace(battery, **self._merged(battery))

    def _miner(self, miner: MinerTask) -> MinerTask:
        budgets = tuple(self._budget(budget) for budget in miner.budgets)
        return replace(miner, **self._merged(miner, {"power_w"}), budgets=budgets)

    def _budget(self, budget: Budget) -> Budget:
        """An hour that two budgets share counts for both."""
        return replace(budget, slots=self.any_of(budget.slots))

    def _merged(
        self, task: Problem | BatteryTask | MinerTask, but: frozenset[str] | set[str] = frozenset()
    ) -> dict[str, Any]:
        """Return every series of a task by the hour."""
        found = {}
        for item in fields(task):
            values = getattr(task, item.name)
            if item.name in but or not isinstance(values, np.ndarray):
                continue
            merge = _MERGE.get(item.name, _Hours.all_of if values.dtype == np.bool_ else _Hours.mean)
            found[item.name] = merge(self, values)
        return found

    def mean(self, values: Series) -> Series:
        """Return the mean by length; of limits that are none in a part of an hour the least."""
        known = np.isfinite(values)
        energy = np.add.reduceat(np.where(known, values, 0.0) * self.weights, self.starts, axis=-1)
        return np.where(np.logical_and.reduceat(known, self.starts, axis=-1), energy / self.hours, self.least(values))

    def least(self, values: Series) -> Series:
        return np.asarray(np.minimum.reduceat(values, self.starts, axis=-1), dtype=np.float64)

    def most(self, values: Series) -> Series:
        return np.asarray(np.maximum.reduceat(values, self.starts, axis=-1), dtype=np.float64)

    def all_of(self, values: Flags) -> Flags:
        return np.asarray(np.logical_and.reduceat(values, self.starts, axis=-1), dtype=np.bool_)

    def any_of(self, values: Flags) -> Flags:
        return np.asarray(np.logical_or.reduceat(values, self.starts, axis=-1), dtype=np.bool_)


# All others: flags all through the hour, numbers by their mean.
_MERGE: Final[Mapping[str, Merge]] = {
    "min_soc": _Hours.most,
    "reserve_soc": _Hours.most,
    "max_soc": _Hours.least,
    "start_soc_at": _Hours.most,
    "stop_soc_at": _Hours.most,
    "cooling": _Hours.any_of,
    "barred": _Hours.any_of,
}
