"""What panels give under a clear or clouded sky. Small, documented models.

- Sun: `astral` (NOAA's calculator), which Home Assistant ships.
- Beam: Meinel 1976, 1353 · 0.7^(AM^0.678) W/m², air mass AM by Kasten and Young 1989; diffuse: a tenth of the beam.
- Clouds: Kasten and Czeplak 1980, 1 - 0.75 n^3.4 of the light is left, and as much of it as the cover comes diffuse.
- Panels: isotropic sky on the tilted plane, 15 % losses from light to AC (wiring, soiling, warmth, inverter).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from astral import Observer
from astral.sun import zenith_and_azimuth
import numpy as np

from ..model.horizon import Series

_BEAM: Final = 1353.0
_DIFFUSE_SHARE: Final = 0.1
_YIELD: Final = 0.85
_STANDARD_LIGHT: Final = 1000.0
# Degrees above the horizon up to which there is more in the way of the sun than light.
_LOW_SUN: Final = 3.0
# Degrees below it from which on it is night.
_DARK: Final = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Sky:
    """Where the sun stands at each moment: zenith and azimuth from north in radians, shapes (N,)."""

    zenith: Series
    azimuth: Series


def sky_at(observer: Observer, moments: list[datetime]) -> Sky:
    """Return the sun's positions."""
    angles = np.radians([zenith_and_azimuth(observer, moment) for moment in moments]).reshape(-1, 2)
    return Sky(angles[:, 0], angles[:, 1])


def is_down(observer: Observer, moment: datetime) -> bool:
    """Whether the sun gives panels nothing: below the horizon, or so low that inverters are asleep already."""
    zenith, _ = zenith_and_azimuth(observer, moment)
    return zenith > 90 - _LOW_SUN


def is_night(observer: Observer, moment: datetime) -> bool:
    """Whether it is dark: the sun so far below the horizon that no panel gives anything."""
    zenith, _ = zenith_and_azimuth(observer, moment)
    return zenith > 90 + _DARK


def panel_power(sky: Sky, cover: Series, peak_w: float, tilt: float, azimuth: float) -> Series:
    """Return the power in W of panels (tilt from horizontal, azimuth from north, degrees) under a cloud cover 0..1."""
    up = np.cos(sky.zenith)
    day = up > 0
    elevation = np.degrees(np.pi / 2 - sky.zenith)
    air_mass = 1 / (np.maximum(up, 0) + 0.50572 * np.maximum(elevation + 6.07995, 0.1) ** -1.6364)
    beam = np.where(day, _BEAM * 0.7 ** (air_mass**0.678), 0.0)
    slope, facing = np.radians(tilt), np.radians(azimuth)
    incidence = up * np.cos(slope) + np.sin(sky.zenith) * np.sin(slope) * np.cos(sky.azimuth - facing)
    sky_seen = (1 + np.cos(slope)) / 2
    clear = beam * np.maximum(incidence, 0) + _DIFFUSE_SHARE * beam * sky_seen
    level = beam * np.maximum(up, 0) + _DIFFUSE_SHARE * beam
    left = 1 - 0.75 * np.clip(cover, 0, 1) ** 3.4
    light = left * ((1 - cover) * clear + cover * level * sky_seen)
    return np.asarray(np.maximum(0.0, peak_w * _YIELD * light / _STANDARD_LIGHT), dtype=np.float64)
