"""The house's usual load by the half hours of its clock, and how far its days fall off it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ..model.horizon import Horizon, Series
from .days import Clock, is_weekend
from .lesson import Lesson
from .past import STEP_S, STEPS_PER_DAY, Past
from .spread import Spread

# A day weighs half as much as one that is this many days younger.
_HALF_LIFE_DAYS: Final = 5.0
# What a working day says of a day of the weekend, and the other way round.
_OTHER_KIND: Final = 0.5
# What is typed counts like so many days before the first that was seen.
_TYPED_DAYS: Final = 2.0
# A day that is known for fewer half hours is not counted; it teaches what it has all the same.
_COUNTED: Final = 40
# One day's load that no other day came near within an hour of it, among so many, is a freak.
_ABOUT: Final = 2
_FREAK_AMONG: Final = 6
# Spreads are of energy over so many half hours: batteries and plans smooth what is shorter.
_BLOCK: Final = 12
# A block's forecast of fewer days before it is no forecast of ours.
_DAYS_BEFORE: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class UsualLoad:
    """The usual load over a horizon in W, and what else the past says of it; `lately` is in W."""

    watts: Series
    lesson: Lesson


def usual_load(past: Past, horizon: Horizon, zone: ZoneInfo, typed: Sequence[float]) -> UsualLoad | None:
    """Return what a house with such a past draws over a horizon; None for one without.

    `typed`: what its owner says it draws, one number or one for each hour of the clock, in W.
    """
    if not len(past):
        return None
    rows, slots = Clock.of_past(past, zone), Clock.of_slots(horizon, zone)
    first = int(rows.day[0])
    seen = rows.days(past.load_w, first, int(slots.day[-1]) - first + 1)
    counted = int((np.isfinite(seen).sum(axis=1) >= _COUNTED).sum())
    if not counted:
        return None
    usual = _usual(_without_freaks(seen), first, np.repeat(np.resize(typed, 24), 2))
    now = horizon.start.timestamp()
    energy_ws, seconds = past.lately(past.load_w, past.load, now)
    two = Clock.of([now - STEP_S, now], zone)
    excess_ws = float((energy_ws - seconds * usual[two.day - first, two.step]).sum())
    lately = excess_ws / float(seconds.sum()) if seconds.any() else None
    return UsualLoad(usual[slots.day - first, slots.step], Lesson(_spread(seen, usual), counted, lately))


def _without_freaks(seen: Series) -> Series:
    """Return the days with what no other day came near about that time as high as the next of them, shape (D, 48)."""
    known = np.nan_to_num(seen, nan=-np.inf)
    about = np.max([np.roll(known, steps, axis=1) for steps in range(-_ABOUT, _ABOUT + 1)], axis=0)
    if len(about) < _FREAK_AMONG:
        return seen
    most = np.sort(about, axis=0)[-2]
    within: Series = np.minimum(seen, np.where(np.isfinite(most), most, np.inf))
    return within


def _usual(seen: Series, first: int, typed: Series) -> Series:
    """Return the usual load of each day by the days before it, shapes (D, 48)."""
    days = np.arange(len(seen))
    age = days[:, None] - days[None, :]
    weekend = is_weekend(first + days)
    weight = np.where(age > 0, 0.5 ** (age / _HALF_LIFE_DAYS), 0.0)
    weight *= np.where(weekend[:, None] == weekend[None, :], 1.0, _OTHER_KIND)
    typed_weight = _TYPED_DAYS * 0.5 ** ((days + 1) / _HALF_LIFE_DAYS)[:, None]
    known = np.isfinite(seen)
    usual: Series = (weight @ np.where(known, seen, 0.0) + typed_weight * typed) / (weight @ known + typed_weight)
    return usual


def _spread(seen: Series, usual: Series) -> Spread | None:
    blocks = STEPS_PER_DAY // _BLOCK
    measured, expected = (days[_DAYS_BEFORE:].reshape(-1, blocks, _BLOCK).sum(axis=2) for days in (seen, usual))
    return Spread.of(measured.ravel(), expected.ravel())
