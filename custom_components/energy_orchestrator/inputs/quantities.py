"""What can be measured: the inside unit, how others convert to it, and what is physically possible."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from ..model.units import celsius_of, fraction_of, volts_of, watts_of

type Convert = Callable[[float, str | None], float | None]
"""A value in a unit → the inside unit, None for a unit that does not measure this."""

_HASHES: Final[Mapping[str, float]] = {"h": 1e-12, "kh": 1e-9, "mh": 1e-6, "gh": 1e-3, "th": 1.0, "ph": 1e3, "eh": 1e6}
_PER_SECOND: Final = "/s"


@dataclass(frozen=True, slots=True)
class Quantity:
    """How to read one kind of measurement. Values outside `low`..`high` (inside unit) are not believed.

    `floor`: small negative noise of a meter that cannot go below zero is taken as zero.
    """

    convert: Convert
    low: float
    high: float
    floor: bool = False

    def within(self, value: float) -> bool:
        """Whether the value is physically possible."""
        return isfinite(value) and self.low <= value <= self.high


def _to_terahashes(value: float, unit: str | None) -> float | None:
    scale, per, _ = (unit or "").strip().casefold().partition(_PER_SECOND)
    return value * _HASHES[scale] if per and scale in _HASHES else None


SOC: Final = Quantity(fraction_of, 0.0, 1.0)
VOLTAGE: Final = Quantity(volts_of, 0.0, 1500.0)
# From the coldest shed to what a chip survives.
TEMPERATURE: Final = Quantity(celsius_of, -50.0, 150.0)

# Meters around zero: a clamp or an inverter at night reads some watts below it.
_NOISE_W: Final = 250.0


def power(limit_w: float) -> Quantity:
    """Return power that flows both ways."""
    return Quantity(watts_of, -limit_w, limit_w)


def generated(limit_w: float) -> Quantity:
    """Return power that flows one way."""
    return Quantity(watts_of, -_NOISE_W, limit_w, floor=True)


def hashrate(limit_ths: float) -> Quantity:
    """Return a hashrate."""
    return Quantity(_to_terahashes, 0.0, limit_ths)
