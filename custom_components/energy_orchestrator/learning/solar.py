"""How a forecast of the sun is usually off: by how much of a day's energy, and towards morning or evening."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ..model.forecast import Source
from ..model.horizon import Horizon, Series
from .days import Clock
from .lesson import Lesson
from .past import STEP_S, STEPS_PER_DAY, HalfHour, Past
from .spread import Spread

# A day weighs half as much as one that is this many days younger.
_HALF_LIFE_DAYS: Final = 14.0
# That a forecast is right counts like so many days of their mean.
_RIGHT_DAYS: Final = 4.0
_FACTOR: Final = (0.5, 2.0)
# The tilt is the part by which a forecast reads low so many hours after the middle of its day.
_TILT_H: Final = 6.0
_TILTED: Final = (0.3, 2.0)
# A day that is known for fewer half hours of its daylight (as told) is not counted.
_COUNTED: Final = 0.8
# A forecast this far off says nothing about the next hours' ratio.
_RATIO: Final = (0.0, 3.0)
# Below this part of the highest forecast (dawn, dusk) the ratio of two small numbers says nothing.
_LEAST_SHARE: Final = 0.05
# Spreads are of energy over so many half hours: clouds average out over less than a day.
_BLOCK: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class SolarBias:
    """What a forecast is to be multiplied with over a horizon, and what else the past says of it; `lately` is a part."""

    factors: Series
    lesson: Lesson


def solar_bias(past: Past, source: Source, horizon: Horizon, zone: ZoneInfo) -> SolarBias:
    """Return how far a source has been off. One that nothing is known of is right."""
    slots, told_w = Clock.of_slots(horizon, zone), past.told_w.get(source)
    right = SolarBias(np.ones(len(horizon)), Lesson())
    if told_w is None:
        return right
    rows = Clock.of_past(past, zone)
    first, days = int(rows.day[0]), int(slots.day[0]) - int(rows.day[0]) + 1
    told, measured = rows.days(told_w, first, days), rows.days(past.solar_w, first, days)
    known = np.isfinite(told) & np.isfinite(measured)
    light = np.nansum(told, axis=1)
    told, measured = np.where(known, told, 0.0), np.where(known, measured, 0.0)
    whole = (light > 0) & (told.sum(axis=1) >= _COUNTED * light)
    if not whole.any():
        return right
    age = days - 1 - np.arange(days)
    factors = _factors(told, measured, 0.5 ** (age / _HALF_LIFE_DAYS), float(light[whole].mean()))
    blocks = [day.reshape(days, -1, _BLOCK).sum(axis=2).ravel() for day in (measured, told * factors)]
    lately = _lately(past, told_w, factors, horizon, zone)
    return SolarBias(factors[slots.step], Lesson(Spread.of(*blocks), int(whole.sum()), lately))


def _lately(past: Past, told_w: Series, factors: Series, horizon: Horizon, zone: ZoneInfo) -> float | None:
    """Return by which part the sun gave more than a corrected forecast in the last half hour or so."""
    now = horizon.start.timestamp()
    under_way = HalfHour() if past.curtailed else past.solar
    energy_ws, seconds = past.lately(past.solar_w, under_way, now)
    row = past.row(now)
    if not 0 < row < len(past):
        return None
    told_ws = told_w[row - 1 : row + 1] * factors[Clock.of([now - STEP_S, now], zone).step] * seconds
    expected_w = float(told_ws.sum()) / max(1.0, float(seconds.sum()))
    return departing(float(energy_ws.sum()) / max(1.0, float(seconds.sum())), expected_w, float(np.nanmax(told_w)))


def departing(measured_w: float, expected_w: float, peak_w: float) -> float | None:
    """Return by which part more was measured than expected; None at so low a sun that it says nothing."""
    if not expected_w >= _LEAST_SHARE * peak_w > 0:
        return None
    return float(np.clip(measured_w / expected_w, *_RATIO)) - 1


def _factors(told: Series, measured: Series, weight: Series, day: float) -> Series:
    """Return what to multiply each half hour of the clock with, shape (48,).

    `told`, `measured`: W of each day's half hours, shapes (D, 48), both zero where one is not known. `day`: W summed
    over the half hours of an ordinary day.
    """
    told, measured = weight @ told, weight @ measured
    right = _RIGHT_DAYS * day
    factor = float(np.clip((measured.sum() + right) / (told.sum() + right), *_FACTOR))
    hours = (np.arange(STEPS_PER_DAY) + 0.5) / 2
    after = (hours - (told @ hours) / told.sum()) / _TILT_H
    spread = factor * (told @ after**2)
    tilt = float((measured - factor * told) @ after) / (spread * (1 + right / told.sum()))
    factors: Series = factor * np.clip(1 + tilt * after, *_TILTED)
    return factors
