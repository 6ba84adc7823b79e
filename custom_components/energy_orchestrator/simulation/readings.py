"""What the plant's devices show: measured values with the sensors' own noise and faults. `None` is unavailable."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from ..model.decision import BatteryMode
from .noise import normal

_RELATIVE: Final = 0.0025  # energy meters of class 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryReadout:
    """SOC 0..1, power in W (+ charging), voltage in V, temperature in °C."""

    at: datetime
    soc: float | None
    power_w: float | None
    voltage_v: float | None
    temperature_c: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterReadout:
    """Meters and settings of the hybrid inverter in W. `load_w` holds house and miners; grid + is import."""

    at: datetime
    solar_w: float | None
    load_w: float | None
    grid_w: float | None
    work_mode: BatteryMode | None
    charge_power_w: float | None
    discharge_power_w: float | None
    export_limit_w: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitReadout:
    """One miner unit: on or off, wall power and power limit in W, hashrate in TH/s, board temperature in °C."""

    at: datetime
    on: bool | None
    power_w: float | None
    power_limit_w: float | None
    hashrate_ths: float | None
    temperature_c: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantReadings:
    """Everything the site's devices show now; `miners` holds one readout per unit by the miner's id."""

    at: datetime
    battery: BatteryReadout
    inverter: InverterReadout
    miners: Mapping[str, tuple[UnitReadout, ...]]


type Readout = BatteryReadout | InverterReadout | UnitReadout

_SETTINGS: Final = frozenset({"at", "work_mode"})


def blank[R: Readout](readout: R) -> R:
    """Return a readout of which nothing is known."""
    unknown: dict[str, Any] = {field.name: None for field in fields(readout) if field.name != "at"}
    return replace(readout, **unknown)


def zeroed[R: Readout](readout: R) -> R:
    """Return the readout after a failed poll: zero and off, whatever the truth."""
    zeros: dict[str, Any] = {
        field.name: False if field.name == "on" else 0.0 for field in fields(readout) if field.name not in _SETTINGS
    }
    return replace(readout, **zeros)


@dataclass(frozen=True, slots=True)
class Noise:
    """Measurement noise of one moment; the same moment always has the same noise."""

    seed: int
    second: int

    def power(self, channel: str, power_w: float) -> float:
        """Return a power in whole W, off by some 0.25 %; what is off reads 0."""
        return round(power_w * (1 + _RELATIVE * self._normal(channel)))

    def value(self, channel: str, value: float, spread: float, digits: int) -> float:
        """Return a value off by about `spread`, rounded as its display is."""
        return round(value + spread * self._normal(channel), digits)

    def hashrate(self, channel: str, ths: float) -> float:
        """Return a hashrate, which is counted from found shares and so strays by some 2 %."""
        return round(max(0.0, ths * (1 + 0.02 * self._normal(channel))), 1)

    def _normal(self, channel: str) -> float:
        return normal(self.seed, channel, self.second)
