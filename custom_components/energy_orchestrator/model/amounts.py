"""Amounts that all rooms mean alike: power that is none, what is stored, what a full battery takes, what hashing earns."""

from collections.abc import Mapping
from typing import Final

from .horizon import Series

NO_POWER_W: Final = 20.0
"""Planned power below this is nothing: rounding, not a decision. W."""
NO_SOC: Final = 0.005
"""Planned states of charge closer than this are alike. A fraction."""


def stored_fraction(soc: Mapping[str, float], capacity_wh: Mapping[str, float]) -> float | None:
    """Return all stored energy as a fraction of all capacity of the batteries in both, by id; None without a battery."""
    known = {key: capacity_wh[key] for key in soc if key in capacity_wh}
    total = sum(known.values())
    return sum(soc[key] * wh for key, wh in known.items()) / total if total else None


def mined[V: (float, Series)](ths_h: float, hashprice: V) -> V:
    """Return what so many TH/s for an hour earn; `hashprice`: currency per TH/s and day, one number or by slot."""
    return ths_h * hashprice / 24


def tapered(soc: float, taper_soc: float, taper_floor: float) -> float:
    """Return the part of its charging limit that a battery takes: all up to `taper_soc`, `taper_floor` when it is full."""
    if taper_soc >= 1:
        return 1.0
    over = min(1.0, max(0.0, (soc - taper_soc) / (1 - taper_soc)))
    return 1 - (1 - taper_floor) * over
