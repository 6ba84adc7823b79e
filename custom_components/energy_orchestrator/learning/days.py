"""The past cut into days of the wall clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ..model.horizon import Horizon, Series
from .past import STEP_S, STEPS_PER_DAY, Past

_WEEKEND: Final = (5, 6)


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Which day (its ordinal) and which half hour of its wall clock moments lie in, shapes (N,)."""

    day: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]

    @classmethod
    def of(cls, epochs: Sequence[float], zone: ZoneInfo) -> Clock:
        """Return it of seconds since 1970."""
        at = [datetime.fromtimestamp(epoch, zone) for epoch in epochs]
        day = np.array([when.toordinal() for when in at], dtype=np.int64)
        return cls(day, np.array([2 * when.hour + when.minute // 30 for when in at], dtype=np.int64))

    @classmethod
    def of_past(cls, past: Past, zone: ZoneInfo) -> Clock:
        """Return it of a past's rows."""
        return cls.of((past.begin + STEP_S * np.arange(len(past))).tolist(), zone)

    @classmethod
    def of_slots(cls, horizon: Horizon, zone: ZoneInfo) -> Clock:
        """Return it of a horizon's slots: by their middles, for one may begin between the half hours."""
        edges = horizon.epochs()
        return cls.of(((edges[:-1] + edges[1:]) / 2).tolist(), zone)

    def days(self, series: Series, first: int, count: int) -> Series:
        """Return a series by days from one on, NaN where not known, shape (count, 48). An hour twice is its last."""
        cut = np.full((count, STEPS_PER_DAY), np.nan)
        inside = (self.day >= first) & (self.day < first + count)
        cut[self.day[inside] - first, self.step[inside]] = series[inside]
        return cut


def is_weekend(days: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether days, by their ordinals, are Saturdays or Sundays."""
    return np.isin((days - 1) % 7, _WEEKEND)
