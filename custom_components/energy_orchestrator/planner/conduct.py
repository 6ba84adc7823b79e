"""What a battery may be told in each slot: what it can be told at all, unless its owner tells it something."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from ..model.decision import BatteryMode
from ..model.problem import BatteryTask, Flags, Problem

LEAST_FORCED_W = 50.0
"""A battery that charges, or discharges, by force does it at this power at least: with less it would be held."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conduct:
    """What may be told to a battery in each slot, shapes (T,)."""

    charge: Flags
    discharge: Flags
    keep_from_charging: Flags
    keep_from_discharging: Flags
    charge_power: Flags
    discharge_power: Flags
    must_charge: Flags
    must_discharge: Flags
    bound: Flags
    """Slots in which it does not simply do what the plan wants. Without a grid nothing is left to be told."""

    @classmethod
    def of(cls, problem: Problem, b: BatteryTask) -> Conduct:
        """Read it off the battery's drive and what its owner tells it."""
        charge, discharge = b.told_to(BatteryMode.CHARGE), b.told_to(BatteryMode.DISCHARGE)
        told = b.told_to(*BatteryMode)
        moves = ((b.max_charge_w > 0) | (b.max_discharge_w > 0)) & (b.capacity_wh > 0)
        grid = (problem.max_import_w > 0) | (problem.max_export_w > 0)
        return cls(
            charge=~told & b.drive.charge | charge,
            discharge=~told & b.drive.discharge | discharge,
            keep_from_charging=~told & b.drive.keep_from_charging,
            keep_from_discharging=~told & b.drive.keep_from_discharging,
            charge_power=~told & b.drive.charge_power,
            discharge_power=~told & b.drive.discharge_power,
            must_charge=charge,
            must_discharge=discharge,
            bound=moves & grid & (told | (not b.drive.everything)),
        )

    def within(self, slots: npt.NDArray[np.int64]) -> Conduct:
        """Return the same of some slots."""
        return Conduct(**{item.name: getattr(self, item.name)[slots] for item in fields(self)})
