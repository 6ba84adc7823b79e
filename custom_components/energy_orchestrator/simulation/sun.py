"""From the sun's true position to the power of tilted panels under a cloudy sky. Small, documented models.

- Sun: `astral` (NOAA's solar calculator), which Home Assistant ships.
- Clear sky: Haurwitz 1945 (constants as in pvlib), GHI = 1098 · cos z · exp(−0.059 / cos z) W/m².
- Clouds: Kasten and Czeplak 1980, GHI = GHI_clear · (1 − 0.75 · cover^3.4).
- Diffuse share: Erbs, Klein and Duffie 1982, from the clearness index.
- Tilted plane: Liu and Jordan 1963 (isotropic sky), ground reflects 0.2.
- Panels: −0.35 %/K from 25 °C at the cell, cell temperature by NOCT 45 °C (Ross 1976), 14 % system losses (NREL PVWatts 5).
"""

from dataclasses import dataclass
from datetime import datetime
from math import acos, cos, exp, pi, radians, sin
from typing import Final

from astral import Observer
from astral.sun import zenith_and_azimuth

_SOLAR_CONSTANT: Final = 1361.0  # W/m², Kopp and Lean 2011
_LOWEST_BEAM: Final = (
    0.05  # cos z under which beam light is left out (sun lower than 3°): dividing by cos z explodes there
)
_GROUND: Final = 0.2
_LOSSES: Final = 0.14
_PER_KELVIN: Final = -0.0035
_NOCT_RISE: Final = (45.0 - 20.0) / 800.0  # K per W/m²


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site stands: degrees north and east, and its IANA time zone."""

    latitude: float
    longitude: float
    time_zone: str


@dataclass(frozen=True, slots=True)
class PanelField:
    """Panels of one direction: W peak, tilt from horizontal and azimuth from north (clockwise), in degrees."""

    peak_w: float
    tilt: float
    azimuth: float


@dataclass(frozen=True, slots=True)
class SunPosition:
    """Cosine of the zenith angle (0 or less: below the horizon), azimuth from north in degrees, and the day of the year."""

    cos_zenith: float
    azimuth: float
    day_of_year: int


def position(place: Place, when: datetime) -> SunPosition:
    """Return where the sun stands at `when` (aware)."""
    zenith, azimuth = zenith_and_azimuth(Observer(place.latitude, place.longitude), when)
    return SunPosition(cos(radians(zenith)), azimuth, when.timetuple().tm_yday)


def clear_sky(sun: SunPosition) -> float:
    """Return the light on level ground under a clear sky, W/m² (Haurwitz)."""
    if sun.cos_zenith <= 0:
        return 0.0
    return 1098.0 * sun.cos_zenith * exp(-0.059 / sun.cos_zenith)


def tilted_light(sun: SunPosition, cloud_cover: float, panels: PanelField) -> float:
    """Return the light on the panels' plane, W/m²."""
    level: float = clear_sky(sun) * (1 - 0.75 * cloud_cover**3.4)
    if level <= 0:
        return 0.0
    diffuse = level * _diffuse_share(level, sun)
    tilt = radians(panels.tilt)
    sin_zenith = sin(_zenith(sun))
    cos_incidence = sun.cos_zenith * cos(tilt) + sin_zenith * sin(tilt) * cos(radians(sun.azimuth - panels.azimuth))
    beam = 0.0
    if sun.cos_zenith > _LOWEST_BEAM:
        beam = (level - diffuse) / sun.cos_zenith * max(0.0, cos_incidence)
    return beam + diffuse * (1 + cos(tilt)) / 2 + level * _GROUND * (1 - cos(tilt)) / 2


def panel_power(sun: SunPosition, cloud_cover: float, panels: PanelField, air_c: float) -> float:
    """Return what the panels could give, W on the AC side."""
    light = tilted_light(sun, cloud_cover, panels)
    cell_c = air_c + _NOCT_RISE * light
    return max(0.0, panels.peak_w * light / 1000 * (1 - _LOSSES) * (1 + _PER_KELVIN * (cell_c - 25)))


def _zenith(sun: SunPosition) -> float:
    return acos(min(1.0, max(-1.0, sun.cos_zenith)))


def _diffuse_share(level: float, sun: SunPosition) -> float:
    """Return the share of light that comes from the whole sky (Erbs et al.)."""
    above_air = _SOLAR_CONSTANT * (1 + 0.033 * cos(2 * pi * sun.day_of_year / 365)) * sun.cos_zenith
    clearness = min(0.8, level / above_air)  # Haurwitz never gets there; Erbs is flat above it
    if clearness <= 0.22:
        return 1 - 0.09 * clearness
    return 0.9511 - 0.1604 * clearness + 4.388 * clearness**2 - 16.638 * clearness**3 + 12.336 * clearness**4
