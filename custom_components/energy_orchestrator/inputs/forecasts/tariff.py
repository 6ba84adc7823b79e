"""Prices and loads that repeat with the local clock. Instants are turned into local time, never the other way."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ...model.horizon import Horizon, Series
from ...settings import PricePeriod
from ..series import samples

# Tables change on the minutes of the shortest slot.
_FINEST_MIN: Final = 5


def time_of_use(table: Sequence[PricePeriod], horizon: Horizon, zone: ZoneInfo, uncovered: float) -> Series:
    """Return the table's price per slot; the first row that holds counts, `uncovered` where none does."""
    cut = samples(horizon, _FINEST_MIN, zone)
    prices = [next((row.price for row in table if row.window.holds(at.time())), uncovered) for at in cut.at]
    return cut.mean(np.array(prices, dtype=np.float64))


def daily_profile(watts: Sequence[float], horizon: Horizon, zone: ZoneInfo) -> Series | None:
    """Return a profile of one number (flat) or 24 (one per local hour) per slot; None for another shape."""
    if len(watts) not in {1, 24} or not all(np.isfinite(watts)) or min(watts) < 0:
        return None
    cut = samples(horizon, _FINEST_MIN, zone)
    return cut.mean(np.array([watts[moment.hour % len(watts)] for moment in cut.at], dtype=np.float64))
