"""The planning problem: exactly what the planner sees, every wish already an array over the slots.

`planner/pose.py` makes it from the site, the readings and the forecasts; diagnostics save it; `script/replay` and
`script/solve` plan it again without Home Assistant.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from .amounts import tapered
from .decision import BatteryMode
from .horizon import Horizon, Series
from .policy import Rule
from .site import EVERYTHING, Drive

type Flags = npt.NDArray[np.bool_]
"""One truth per slot, shape (T,)."""


MODES: Final = tuple(BatteryMode)
"""The modes in the order of the rows of what a battery is told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatteryTask:
    """A battery over the horizon. Powers in W on the AC side, SOC fractions, shape (T,) unless said otherwise.

    `min_soc`/`max_soc` bound the SOC at the end of each slot: one that starts outside may only move towards the range.
    `reserve_soc` is a wish above `min_soc`, shed at a price. `final_soc` is a wish for the end, None for free.
    `terminal_value_per_kwh`: worth of a kWh left in the cells above the last `min_soc`; None: from the plan's prices.
    `inverter` is the index of the hybrid inverter it is DC-coupled to, None for AC-coupled.
    `drive`: what it can be told; what it cannot it does by itself. `told`: shape (M, T), for each `BatteryMode` in their
    order the slots in which its owner tells it so, None for none; at the powers of its limits there, to charge until it is
    full, to discharge down to its reserve.
    """

    id: str
    capacity_wh: float
    initial_soc: float
    max_charge_w: Series
    max_discharge_w: Series
    min_soc: Series
    max_soc: Series
    reserve_soc: Series
    charge_efficiency: float
    discharge_efficiency: float
    wear_per_kwh: float
    final_soc: float | None = None
    terminal_value_per_kwh: float | None = None
    taper_soc: float = 1.0
    taper_floor: float = 1.0
    inverter: int | None = None
    drive: Drive = EVERYTHING
    told: Flags | None = None

    def told_to(self, *modes: BatteryMode) -> Flags:
        """Return the slots in which the owner tells it to do this (or one of these), shape (T,)."""
        if self.told is None:
            return np.zeros(self.max_charge_w.size, dtype=np.bool_)
        return np.asarray(self.told[[MODES.index(mode) for mode in modes]].any(axis=0), dtype=np.bool_)

    def told_at(self, slot: int) -> BatteryMode | None:
        """Return what its owner tells it in a slot."""
        return None if self.told is None else next((m for m in MODES if self.told[MODES.index(m), slot]), None)

    def tapered_w(self, slot: int, soc: float) -> float:
        """Return the most it may charge in a slot at a SOC: all up to `taper_soc`, `taper_floor` of it when full."""
        return float(self.max_charge_w[slot]) * tapered(soc, self.taper_soc, self.taper_floor)

    def soc(self, power_w: Series, hours: Series) -> Series:
        """Return the SOC at every slot boundary, shape (T + 1,), for AC power (+ charging)."""
        if self.capacity_wh <= 0:
            return np.full(power_w.size + 1, self.initial_soc)
        stored_w = np.where(power_w > 0, power_w * self.charge_efficiency, power_w / self.discharge_efficiency)
        return self.initial_soc + np.concatenate(([0.0], np.cumsum(stored_w * hours))) / self.capacity_wh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InverterTask:
    """An inverter's AC limit in W, both ways, and its share of the site's solar power (0..1)."""

    id: str
    ac_limit_w: float
    solar_share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Budget:
    """What a miner may and should do within some slots (a local day, or all): unit-hours and starts still to be used.

    For a group, hours and starts are those of one unit; the group's sum is bounded by `count` times that.
    """

    slots: Flags
    min_hours: float = 0.0
    max_hours: float | None = None
    max_starts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MinerTask:
    """A miner, a group of `count` identical ones, or any on/off load that must run, over the horizon.

    `power_w`: shape (L,), W per unit and level, rising. `value_per_kwh`: shape (L, T), what a kWh at that level earns
    (revenue and wanted heat). `allowed`: slots it may run in.
    `start_soc`: SOC at the beginning of the slot of a start; `stop_soc`: SOC at the end of every running slot; both
    fractions of all stored energy, None for no rule. `surplus_only`: at a level only where solar − load ≥ its power +
    `surplus_margin_w`. `running`: units on now, `in_state_h` since when, in hours.
    `start_soc_at`/`stop_soc_at`: the same by slot where they differ by time, 0 for no rule.
    `margin_per_kwh`: what a kWh must earn above its price, in the objective only; `heat_per_kwh`: the part of its value
    that is wanted heat; both by slot, currency per kWh.
    `cooling`: slots in which it is still hotter than it may be, none of them allowed.
    `barred`: shape (L, T), levels it may not run at, None for any.
    `told_to_run`, `told_to_stand`: slots in which its owner tells it so, None for none. The first are free of its levels to
    start and stop and of its surplus rule; the second are not allowed.
    `must_run`: a load that is a wish of the owner (its least hours are shed last among wishes).
    """

    id: str
    power_w: Series
    value_per_kwh: Series
    allowed: Flags
    count: int = 1
    priority: int = 5
    min_run_h: float = 0.0
    min_pause_h: float = 0.0
    start_cost: float = 0.0
    budgets: tuple[Budget, ...] = ()
    start_soc: float | None = None
    stop_soc: float | None = None
    surplus_only: bool = False
    surplus_margin_w: float = 0.0
    must_run: bool = False
    running: int = 0
    in_state_h: float = float("inf")
    start_soc_at: Series | None = None
    stop_soc_at: Series | None = None
    margin_per_kwh: Series | None = None
    heat_per_kwh: Series | None = None
    cooling: Flags | None = None
    barred: Flags | None = None
    told_to_run: Flags | None = None
    told_to_stand: Flags | None = None

    @property
    def start_rule(self) -> Series | float | None:
        """The start level: by slot, one for all, or none."""
        return self._unless_told(self.start_soc if self.start_soc_at is None else self.start_soc_at)

    @property
    def stop_rule(self) -> Series | float | None:
        """The stop level: by slot, one for all, or none."""
        return self._unless_told(self.stop_soc if self.stop_soc_at is None else self.stop_soc_at)

    @property
    def on_surplus(self) -> Flags:
        """Slots in which it runs on surplus only, shape (T,)."""
        bound = np.ones(self.allowed.shape, dtype=np.bool_) if self.told_to_run is None else ~self.told_to_run
        return np.asarray(bound & self.surplus_only, dtype=np.bool_)

    def _unless_told(self, rule: Series | float | None) -> Series | float | None:
        if rule is None or self.told_to_run is None:
            return rule
        return np.where(self.told_to_run, 0.0, rule)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cited:
    """A policy that shapes the problem: which rule of which device (None: the site), where written, in which slots.

    `source` reads `document › section`. `value` is its number in inside units, None for hours of the day.
    """

    rule: Rule
    device_id: str | None
    source: str
    slots: Flags
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """One problem, shapes (T,). Powers in W, prices in the site's currency per kWh.

    `solar_w` is what the panels could give; `solar_low_w` (P10) is what must still keep the lights on.
    `load_w` is the house without miners. `solar_high_w`, `load_low_w`, `load_high_w`: P90, P10 and P90, where known. `max_import_w`/`max_export_w` are inf where there is no limit.
    `grid_charging` False: charging ≤ max(0, solar − load). `battery_export` False: export ≤ max(0, solar − load).
    `import_aversion` is added per imported kWh in the objective only, not in the cost shown.
    `standing`: by battery id, the mode it stands in now; self-consumption where that is not known.
    `kept_miner_w`: per miner id, the last plan's power in W on these slots (NaN where it had none); differing from
    it costs a little.
    `wished_import_w`: the most the owner wants imported, W; more is a wish shed, for the house comes first.
    `citations`: the policies that shaped it.
    """

    horizon: Horizon
    solar_w: Series
    load_w: Series
    import_price: Series
    export_price: Series
    max_import_w: Series
    max_export_w: Series
    grid_charging: Flags
    battery_export: Flags
    batteries: tuple[BatteryTask, ...] = ()
    inverters: tuple[InverterTask, ...] = ()
    miners: tuple[MinerTask, ...] = ()
    solar_low_w: Series | None = None
    solar_high_w: Series | None = None
    load_low_w: Series | None = None
    load_high_w: Series | None = None
    import_aversion: float = 0.0
    kept_miner_w: dict[str, Series] = field(default_factory=dict)
    standing: dict[str, BatteryMode] = field(default_factory=dict)
    wished_import_w: Series | None = None
    citations: tuple[Cited, ...] = ()

    @property
    def surplus_w(self) -> Series:
        """Solar left after the house, W, never negative, shape (T,)."""
        return np.maximum(0.0, self.solar_w - self.load_w)

    @property
    def lights_at_risk(self) -> bool:
        """Whether the house may need more in some slot than the connection gives."""
        return bool((self.max_import_w < self.load_w).any())
