"""A site and its devices: what the owner has, and the limits that always hold."""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from .amounts import mined, tapered
from .decision import BatteryMode
from .horizon import Series


class InvalidSiteError(ValueError):
    """A device or site that cannot exist. `field` names the attribute, the message says what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        """Keep the field apart from the message so that a form can show it beside its input."""
        super().__init__(f"{field}: {message}")
        self.field = field


def _require(holds: object, field: str, message: str) -> None:
    if not holds:
        raise InvalidSiteError(field, message)


class Strategy(StrEnum):
    """What the owner leans towards where the plan has a choice."""

    BALANCED = "balanced"
    BATTERY_CARE = "battery_care"
    SELF_SUFFICIENCY = "self_sufficiency"


class Mode(StrEnum):
    """Whether decisions are carried out. Monitor is the default and calls no service."""

    MONITOR = "monitor"
    AUTOMATIC = "automatic"
    PAUSED = "paused"


class LeftAs(StrEnum):
    """How a device is left when control ends. An inverter that is off holds its batteries."""

    AS_IT_IS = "as_it_is"
    OFF = "off"
    SELF_CONSUMPTION = "self_consumption"


METER_TOLERANCE = 0.03
"""A connection at its limit reads so much of it more now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The connection and what it may be used for. Limits in W at the meter; None is no limit.

    `connected` False is an off-grid site: nothing is imported or exported.
    """

    connected: bool = True
    max_import_w: float | None = None
    max_export_w: float | None = None
    export_allowed: bool = True
    grid_charging: bool = True
    battery_export: bool = True

    def __post_init__(self) -> None:
        """Refuse negative limits."""
        for field in ("max_import_w", "max_export_w"):
            limit = getattr(self, field)
            _require(limit is None or limit >= 0, field, "must not be negative")

    def over_import_w(self, grid_w: float | None) -> float:
        """Return by how much an import (W; None: unknown) is more than the connection may carry; 0 within a meter's jitter."""
        limit_w = self.max_import_w
        if limit_w is None or grid_w is None or not self.connected:
            return 0.0
        return grid_w - limit_w if grid_w > limit_w * (1 + METER_TOLERANCE) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What a battery can be told. What it cannot, it does by itself: it stores all surplus and covers all the house needs.

    `charge`: to take more than the surplus, from the grid; `discharge`: to give more than the house needs, to the grid.
    `keep_from_charging`, `keep_from_discharging`: to leave surplus, or the house's need, to the grid.
    `charge_power`, `discharge_power`: at which power; without it charges, or discharges, as fast as it can.
    `most_charge_w`, `most_discharge_w`: the most that can be set, W.
    """

    charge: bool = True
    discharge: bool = True
    keep_from_charging: bool = True
    keep_from_discharging: bool = True
    charge_power: bool = True
    discharge_power: bool = True
    most_charge_w: float = float("inf")
    most_discharge_w: float = float("inf")

    @property
    def hold(self) -> bool:
        """Whether it can be kept from both."""
        return self.keep_from_charging and self.keep_from_discharging

    def can(self, mode: BatteryMode) -> bool:
        """Whether it can be brought into a mode; self-consumption is what it does by itself."""
        return {
            BatteryMode.SELF_CONSUMPTION: True,
            BatteryMode.CHARGE: self.charge,
            BatteryMode.DISCHARGE: self.discharge,
            BatteryMode.HOLD: self.hold,
        }[mode]

    @property
    def everything(self) -> bool:
        """Whether it does whatever it is told."""
        return self.hold and self.charge and self.discharge and self.charge_power and self.discharge_power


EVERYTHING = Drive()
NOTHING = Drive(
    charge=False,
    discharge=False,
    keep_from_charging=False,
    keep_from_discharging=False,
    charge_power=False,
    discharge_power=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """One battery. Powers in W on its AC side, energies in Wh in the cells, SOC as fractions 0..1.

    `min_soc`..`max_soc` is the range it is kept in; `reserve_soc` (at or above `min_soc`) is kept for outages.
    `wear_per_kwh` is the cost of one kWh through the cells, in or out, in the site's currency.
    Above `taper_soc` the charging limit falls linearly to `taper_floor` of itself at 100 %.
    Below `min_charge_temperature_c` it takes no charge (LiFePO4: 0 °C), nor above `max_charge_temperature_c`.
    `inverter_id` names the hybrid inverter it is DC-coupled to; None is an AC-coupled battery.
    """

    id: str
    name: str
    capacity_wh: float
    max_charge_w: float
    max_discharge_w: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    min_soc: float = 0.2
    max_soc: float = 1.0
    reserve_soc: float = 0.2
    critical_soc: float = 0.2
    wear_per_kwh: float = 0.01
    taper_soc: float = 0.95
    taper_floor: float = 0.2
    min_charge_temperature_c: float = 0.0
    max_charge_temperature_c: float | None = None
    inverter_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no battery has."""
        _require(self.capacity_wh > 0, "capacity_wh", "must be above zero")
        for field in ("max_charge_w", "max_discharge_w", "wear_per_kwh"):
            _require(getattr(self, field) >= 0, field, "must not be negative")
        for field in ("charge_efficiency", "discharge_efficiency"):
            _require(0 < getattr(self, field) <= 1, field, "must be above 0 and at most 1")
        _require(0 <= self.min_soc < self.max_soc <= 1, "min_soc", "must be below the maximum")
        _require(self.min_soc <= self.reserve_soc <= self.max_soc, "reserve_soc", "must lie within the range")
        _require(0 <= self.critical_soc <= self.max_soc, "critical_soc", "must be below the maximum")
        _require(0 <= self.taper_soc <= 1, "taper_soc", "must be a fraction")
        _require(0 < self.taper_floor <= 1, "taper_floor", "must be above 0 and at most 1")

    def tapered_w(self, soc: float) -> float:
        """Return the most it may charge at a SOC, W."""
        return self.max_charge_w * tapered(soc, self.taper_soc, self.taper_floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter:
    """One solar inverter. `ac_limit_w` bounds its AC side both ways: solar + discharge − charge.

    `solar_share` is its part of the site's panels (0..1). Batteries name the inverter they are DC-coupled to.
    """

    id: str
    name: str
    ac_limit_w: float
    solar_share: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no inverter has."""
        _require(self.ac_limit_w > 0, "ac_limit_w", "must be above zero")
        _require(0 <= self.solar_share <= 1, "solar_share", "must be a fraction")


@dataclass(frozen=True, slots=True)
class MinerLevel:
    """One power level: wall power in W and hashrate in TH/s, per unit."""

    power_w: float
    hashrate_ths: float

    def __post_init__(self) -> None:
        """Refuse a level that draws nothing or un-hashes."""
        _require(self.power_w > 0, "power_w", "must be above zero")
        _require(self.hashrate_ths >= 0, "hashrate_ths", "must not be negative")

    def revenue_per_kwh[V: (float, Series)](self, hashprice: V) -> V:
        """Return what a kWh mines, in the currency of `hashprice` (per TH/s and day), one number or by slot."""
        return mined(1000 * self.hashrate_ths / self.power_w, hashprice)


@dataclass(frozen=True, slots=True)
class Window:
    """A daily span of local time, `start` ≤ t < `end`; it spans midnight where `end` ≤ `start`."""

    start: time
    end: time

    @property
    def spans_midnight(self) -> bool:
        """Whether it ends on the day after it began."""
        return self.end <= self.start

    def holds(self, at: time) -> bool:
        """Whether a time of day lies in it."""
        if self.spans_midnight:
            return at >= self.start or at < self.end
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Miner:
    """One miner, or a group of `count` identical ones planned as one integer.

    Hours for durations; SOC as fractions of the site's stored energy, None for no such rule; priority 1 is first.
    `surplus_only`: runs only where solar − house load ≥ its power + `surplus_margin_w`.
    `start_cost` is the cost of one unit's start (ramp energy and wear), `heat_value_per_kwh` what its heat is worth,
    both in the site's currency. No `windows` means any hour.
    """

    id: str
    name: str
    levels: tuple[MinerLevel, ...]
    count: int = 1
    priority: int = 5
    min_run_h: float = 0.5
    min_pause_h: float = 0.25
    start_cost: float = 0.05
    max_starts_per_day: int | None = 6
    min_hours_per_day: float = 0.0
    max_hours_per_day: float = 24.0
    windows: tuple[Window, ...] = ()
    start_soc: float | None = 0.6
    stop_soc: float | None = 0.4
    surplus_only: bool = False
    surplus_margin_w: float = 500.0
    heat_value_per_kwh: float = 0.0
    max_temperature_c: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no miner has; levels rise in power."""
        _require(bool(self.levels), "levels", "needs at least one power level")
        powers = [level.power_w for level in self.levels]
        _require(powers == sorted(set(powers)), "levels", "must rise in power, each once")
        _require(self.count >= 1, "count", "must be at least 1")
        for field in ("min_run_h", "min_pause_h", "start_cost", "min_hours_per_day", "surplus_margin_w"):
            _require(getattr(self, field) >= 0, field, "must not be negative")
        _require(
            self.min_hours_per_day <= self.max_hours_per_day <= 24,
            "max_hours_per_day",
            "must be between the least hours and 24",
        )
        if self.start_soc is not None and self.stop_soc is not None:
            _require(0 <= self.stop_soc <= self.start_soc <= 1, "stop_soc", "must not be above the start level")

    @property
    def max_power_w(self) -> float:
        """Wall power of the whole group at its highest level, in W."""
        return self.levels[-1].power_w * self.count

    def units_per_switch(self, switches: int) -> int:
        """Return how many units one of so many switches turns on: fewer switches than units share them evenly."""
        return max(1, self.count // max(1, switches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One home: its connection, devices and place. Times of day are in `time_zone` (IANA name)."""

    name: str
    currency: str
    time_zone: str
    grid: Grid
    batteries: tuple[Battery, ...] = ()
    inverters: tuple[Inverter, ...] = ()
    miners: tuple[Miner, ...] = ()
    strategy: Strategy = Strategy.BALANCED

    def __post_init__(self) -> None:
        """Refuse devices that share an id and batteries on an inverter that is not there."""
        ids = [device.id for device in self.devices]
        _require(len(ids) == len(set(ids)), "id", "must be unique among the site's devices")
        inverters = {inverter.id for inverter in self.inverters}
        for battery in self.batteries:
            _require(
                battery.inverter_id is None or battery.inverter_id in inverters,
                "inverter_id",
                "names no inverter of the site",
            )

    @property
    def devices(self) -> tuple[Battery | Inverter | Miner, ...]:
        """Every device."""
        return (*self.batteries, *self.inverters, *self.miners)

    @property
    def names(self) -> dict[str, str]:
        """Every device's name by its id."""
        return {device.id: device.name for device in self.devices}
