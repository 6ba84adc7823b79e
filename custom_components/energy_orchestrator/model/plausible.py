"""What can be stored: bounds so wide that only what is damaged lies outside."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from math import isfinite
from typing import Any, Final

from .salvage import Plausible

# No word of the owner's is given for longer.
LONGEST_WORD: Final = timedelta(days=31)
# Clocks are set right, and days end elsewhere sooner.
_SLACK: Final = timedelta(days=1)
_MOST_W: Final = 1e7
_MOST: Final = 1e9


def plausible(now: datetime) -> Plausible:
    """Return whether a stored value can be true, read at a moment."""
    return partial(_plausible, now)


def _plausible(now: datetime, name: str, value: Any) -> bool:
    if isinstance(value, str):
        return True
    if isinstance(value, datetime) or (isinstance(value, date) and name in _TIMES):
        return name in _TIMES and _TIMES[name](now, value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = _NUMBERS.get(name, (-_MOST, _MOST))
        return isfinite(value) and low <= value <= high
    return True


def _past(now: datetime, value: datetime) -> bool:
    return value <= now + _SLACK


_TIMES: Final[Mapping[str, Callable[[datetime, Any], bool]]] = {
    "at": _past,
    "shed_at": _past,
    "since": lambda now, value: value <= now + LONGEST_WORD,
    "until": lambda now, value: value <= now + LONGEST_WORD,
    "day": lambda now, value: value <= (now + _SLACK).date(),
}
_NUMBERS: Final[Mapping[str, tuple[float, float]]] = {
    "running": (0, 1000),
    "hours_today": (0, 25 * 1000),
    "starts_today": (0, 1e5),
    "energy_wh_today": (0, _MOST),
    "sunless_h": (-1000 * 25, 1000 * 25),
    "sunless_runs": (0, 1000),
    "power_w": (0, _MOST_W),
    "attempt": (0, 1000),
    "imported_wh": (0, _MOST),
    "exported_wh": (0, _MOST),
    "solar_wh": (0, _MOST),
    "load_wh": (0, _MOST),
    "stored_wh": (0, _MOST),
    "battery_c": (-60, 120),
    "charge_w": (0, _MOST_W),
    "discharge_w": (0, _MOST_W),
    "export_limit_w": (0, _MOST_W),
    "limit_w": (0, _MOST_W),
}
"""The least and the most of a number by its name; others are between ±1e9."""
