"""Units that devices tell and are told in ↔ inside units, spelled and reckoned as Home Assistant does it.

An unknown unit is None, never guessed.
"""

from collections.abc import Mapping
from typing import Final

# How many of each are one of ours.
_PER_WATT: Final[Mapping[str | None, float]] = {
    "mW": 1000,
    "W": 1,
    "kW": 0.001,
    "MW": 1e-6,
    "GW": 1e-9,
    "TW": 1e-12,
    "BTU/h": 3.4121416351330756,
}
_PER_VOLT: Final[Mapping[str | None, float]] = {"μV": 1e6, "mV": 1000, "V": 1, "kV": 0.001, "MV": 1e-6}
# What each shows where water freezes, and how many of its degrees are one of ours.
_PER_DEGREE: Final[Mapping[str | None, tuple[float, float]]] = {"°C": (0, 1), "°F": (32, 1.8), "K": (273.15, 1)}


def watts_of(value: float, unit: str | None) -> float | None:
    """Return a power in W."""
    return value / _PER_WATT[unit] if unit in _PER_WATT else None


def from_watts(watts: float, unit: str | None) -> float | None:
    """Return a power in a device's unit."""
    return watts * _PER_WATT[unit] if unit in _PER_WATT else None


def volts_of(value: float, unit: str | None) -> float | None:
    """Return a voltage in V."""
    return value / _PER_VOLT[unit] if unit in _PER_VOLT else None


def celsius_of(value: float, unit: str | None) -> float | None:
    """Return a temperature in °C."""
    if unit not in _PER_DEGREE:
        return None
    freezing, per_degree = _PER_DEGREE[unit]
    return (value - freezing) / per_degree


def fraction_of(value: float, unit: str | None) -> float | None:
    """Return a part of the whole, 0..1."""
    return value / 100 if unit == "%" else None
