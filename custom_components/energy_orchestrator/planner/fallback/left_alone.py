"""A home without a plan, without rules: what savings are measured against.

The inverter is in self-consumption and keeps the owner's reserve. A plain automation runs miners on surplus, the first in
priority first: one starts where the panels give 500 W more than the house and all that runs with it, at its full power,
and runs on until its stop level is reached or the grid would be drawn. What is promised is kept: minimum runs and pauses,
limits, allowed hours, loads that must run.
"""

from collections.abc import Sequence

from ...model.plan import Schedule
from ...model.problem import MinerTask, Problem
from .batteries import Batteries
from .day import Ways, followed
from .runs import SPARE_W, GroupRun, Room, Runs


def left_alone(problem: Problem) -> Schedule:
    """Return what the home of a cleaned problem does by itself, with miners on surplus."""
    return followed(problem, LEFT_ALONE)


class _SelfConsumption(Batteries):
    """The grid charges a battery that is below its reserve up to it, and no further."""

    def charged_to(self, t: int, k: int, soc: float) -> float:
        """Return the reserve."""
        return self.floor(k, t) if soc < self.floor(k, t) else 0.0


class _OnSurplus(Runs):
    """An automation knows the panels, the battery and the meter, and no prices."""

    def room(self, t: int, run: GroupRun, left_w: float, spare_w: float) -> Room:
        """Return for what runs all but the grid, for what starts the sun."""
        if run.task.must_run:
            return super().room(t, run, left_w, spare_w)
        return Room(left_w, spare_w + run.power_w - SPARE_W)

    def stops_buying(self, t: int, run: GroupRun, at: int) -> bool:
        """Whether its minimum run is over."""
        return not (run.task.must_run or self.must_go_on(t, run))

    def levels(self, t: int, task: MinerTask) -> Sequence[int]:
        """Return the highest there may be, and all of a load that must run."""
        if task.must_run:
            return super().levels(t, task)
        return next(([at] for at in super().levels(t, task) if self.most(t, task, at)), [0])

    def wants(self, t: int, run: GroupRun, batteries: Batteries) -> bool:
        """Whether its own levels let it run, if it has any."""
        return self.enough_stored(t, run, batteries.soc(), start=0.0, stop=0.0)


LEFT_ALONE = Ways(_SelfConsumption, _OnSurplus)
