"""The plan: for every slot what each device does, what a kWh is worth, and what could not be granted."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from .amounts import stored_fraction
from .horizon import Horizon, Series
from .problem import Problem


class PlanStatus(StrEnum):
    """How the plan came about, best first. There is always one."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    RELAXED = "relaxed"
    FALLBACK = "fallback"
    SAFE_STATE = "safe_state"


class Wish(StrEnum):
    """What may be shed where not everything can be had."""

    UNSERVED_LOAD = "unserved_load"
    BATTERY_RANGE = "battery_range"
    RESERVE = "reserve"
    FINAL_SOC = "final_soc"
    LEAST_HOURS = "least_hours"
    MIN_RUN = "min_run"
    IMPORT_LIMIT = "import_limit"


@dataclass(frozen=True, slots=True)
class Shed:
    """A wish that was not granted in full: of which device (None: the site), by how much, in `unit` (h, Wh)."""

    wish: Wish
    device_id: str | None
    amount: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Money over the horizon in the site's currency. `total` is what the plan minimises, priced slacks aside.

    `mining` is revenue; `heat` is what the heat that is wanted of miners is worth. `unkept`, of what a plan is measured
    against only: what the wishes are worth that the plan keeps and it does not, up to where that makes them level.
    """

    imported: float = 0.0
    exported: float = 0.0
    wear: float = 0.0
    starts: float = 0.0
    mining: float = 0.0
    heat: float = 0.0
    stored: float = 0.0
    unkept: float = 0.0

    @property
    def total(self) -> float:
        """Import − export + wear + starts − mining − heat − value of the energy left at the end + wishes not kept."""
        spent = self.imported + self.wear + self.starts + self.unkept
        return spent - self.exported - self.mining - self.heat - self.stored


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """What each device does, shapes (T,) unless said otherwise.

    `battery_w`: per battery id, W on the AC side, + charging. `soc`: per battery id, shape (T + 1,).
    `grid_w`: + import. `solar_used_w`: solar power not curtailed. `unserved_w`: load that could not be met.
    `units`: per miner id, units running at each level, shape (L, T).
    """

    battery_w: dict[str, Series]
    soc: dict[str, Series]
    grid_w: Series
    solar_used_w: Series
    unserved_w: Series
    units: dict[str, npt.NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds spent in each part of planning."""

    build: float = 0.0
    solve: float = 0.0
    extract: float = 0.0

    @property
    def total(self) -> float:
        """Seconds in all."""
        return self.build + self.solve + self.extract


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A verified schedule for a problem.

    `energy_price` (λ), shape (T,): what one more kWh is worth in that slot, currency per kWh.
    `cost` is the cost of exactly this schedule, `bound` the best it could have been (None where not proven).
    """

    created: datetime
    problem: Problem
    schedule: Schedule
    status: PlanStatus
    energy_price: Series
    cost: Cost
    bound: float | None = None
    shed: tuple[Shed, ...] = ()
    timing: Timing = field(default_factory=Timing)

    @property
    def horizon(self) -> Horizon:
        """The slots planned."""
        return self.problem.horizon

    @property
    def curtailed_w(self) -> Series:
        """Solar power not used, W, shape (T,)."""
        return self.problem.solar_w - self.schedule.solar_used_w

    def site_soc(self, edge: int) -> float:
        """All stored energy as a fraction of all capacity at slot boundary `edge`; 1 without a battery."""
        fraction = stored_fraction(
            {key: float(soc[edge]) for key, soc in self.schedule.soc.items()},
            {battery.id: battery.capacity_wh for battery in self.problem.batteries},
        )
        return 1.0 if fraction is None else fraction

    def miner_w(self, miner_id: str) -> Series:
        """Wall power of a miner or group, W, shape (T,)."""
        task = next(task for task in self.problem.miners if task.id == miner_id)
        return np.asarray(task.power_w @ self.schedule.units[miner_id], dtype=np.float64)

    def running(self, miner_id: str) -> npt.NDArray[np.int64]:
        """Units of a miner or group that run, shape (T,)."""
        return np.asarray(self.schedule.units[miner_id].sum(axis=0), dtype=np.int64)
