"""Lead what is measured now over into what is forecast."""

from typing import Final

import numpy as np

from .horizon import Horizon, Series

BLEND_H: Final = 2.0
# A forecast this far off says nothing about the next hours' ratio.
_RATIO = (0.0, 3.0)
# Below this part of the horizon's peak (dawn, dusk) the ratio of two small numbers says nothing.
_LEAST_SHARE: Final = 0.02


def fade(horizon: Horizon) -> Series:
    """Return the weight of what is measured: 1 now, falling linearly to 0 after `BLEND_H`, shape (T,)."""
    middle_h = horizon.edges_h[:-1] + horizon.hours / 2
    return np.maximum(0.0, 1.0 - middle_h / BLEND_H)


def blend(expected: Series, measured: float, horizon: Horizon) -> Series:
    """Return the series that starts at the measured value and fades into the forecast."""
    weight = fade(horizon)
    return weight * measured + (1 - weight) * expected


def solar_ratio(expected: Series, measured: float, *, only_up: bool) -> float:
    """Return how much more (or less) the sun gives than forecast; 1 where that cannot be told.

    `only_up`: what is measured may be curtailed, so less of it says nothing.
    """
    now, peak = float(expected[0]), float(expected.max())
    if peak <= 0 or now < _LEAST_SHARE * peak:
        return 1.0
    ratio = float(np.clip(measured / now, *_RATIO))
    return max(1.0, ratio) if only_up else ratio


def scale(expected: Series, ratio: float, horizon: Horizon) -> Series:
    """Return the series times `ratio`, fading to itself: a ratio keeps night dark and sunset where it is."""
    return expected * (1 + fade(horizon) * (ratio - 1))
