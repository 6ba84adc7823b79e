"""Seeded weather: clouds and air temperature as smooth functions of time, and what a forecaster would say of them."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, exp, hypot, pi, sqrt
from typing import Final

from .noise import SmoothNoise, share_below

# (period in hours, share of the variance): fronts, parts of a day, showers. Their variances add up to 1.
_FRONTS: Final = ((36.0, 0.55), (9.0, 0.30), (2.5, 0.15))
_PASSING_PERIOD_S: Final = 420.0  # single clouds before the sun
_PASSING: Final = 0.35
_PASSING_IN_THE_MEAN: Final = 0.12  # what is left of them in the mean of an hour
# Above 1 clear and overcast skies are more frequent than half covered ones, as observed (Jones 1992).
_SPREAD: Final = 1.5
_DAY_S: Final = 86_400.0
_QUANTILE_90: Final = 1.2816


@dataclass(frozen=True, slots=True)
class Climate:
    """Air temperature of a place, °C: the year's mean, half the swing of its seasons and of its days.

    `cloudiness`: 0 is as often clear as overcast, above it more overcast.
    """

    mean_c: float = 10.0
    season_k: float = 9.0
    day_k: float = 4.0
    cloudiness: float = 0.5


TEMPERATE: Final = Climate()
"""Central Europe: with it a roof to the south yields some 1100 kWh per kW and year, as there (PVGIS)."""


type Covers = tuple[tuple[float, float], ...]
"""(share of the time, cloud cover 0..1): the sky while single clouds pass."""


@dataclass(frozen=True, slots=True)
class CloudForecast:
    """The sky as forecast: expected, and the clear and covered ends of its 80 % band."""

    expected: Covers
    clear: Covers
    covered: Covers


@dataclass(frozen=True)
class Weather:
    """The weather of one seed at one place. Times are seconds since 1970, so that no answer depends on another."""

    seed: int
    latitude: float = 48.0
    longitude: float = 11.0
    climate: Climate = TEMPERATE

    @cached_property
    def _fronts(self) -> tuple[tuple[float, SmoothNoise], ...]:
        return tuple((share**0.5, SmoothNoise(self.seed, f"front {h}", 3600 * h)) for h, share in _FRONTS)

    @cached_property
    def _passing(self) -> SmoothNoise:
        return SmoothNoise(self.seed, "passing", _PASSING_PERIOD_S)

    @cached_property
    def _error(self) -> SmoothNoise:
        return SmoothNoise(self.seed, "forecast error", 6 * 3600)

    @cached_property
    def _warmth(self) -> SmoothNoise:
        return SmoothNoise(self.seed, "warmth", 60 * 3600)

    def cloud_cover(self, seconds: float) -> float:
        """Return the share of the sky that is covered, 0..1."""
        return _cover(self._front(seconds) + _PASSING * self._passing.at(seconds))

    def cloud_forecast(self, seconds: float, issued: float) -> CloudForecast:
        """Return what a forecast issued at `issued` says about `seconds`.

        The forecaster sees the fronts, not single clouds, with an error that grows with the lead time and shrinks as
        the hour comes near; the band is as wide as that error really is.
        """
        spread = _forecast_spread(max(0.0, seconds - issued) / 3600)
        seen = self._front(seconds) + spread * self._error.at(seconds)
        # What was seen with an error, weighed against what the climate makes likely (Bayes, both normal).
        trust = 1 / (1 + spread**2)
        likely = trust * seen + (1 - trust) * self.climate.cloudiness
        band = _QUANTILE_90 * hypot(spread * sqrt(trust), _PASSING_IN_THE_MEAN)
        return CloudForecast(_passing(likely), _passing(likely - band), _passing(likely + band))

    def temperature(self, seconds: float) -> float:
        """Return the air temperature in °C: coldest a month after the shortest day, warmest at three in the afternoon."""
        years = (seconds / _DAY_S - 19.0) / 365.2425  # 1970-01-20 is 19 days after the epoch
        season = -cos(2 * pi * years) * (1 if self.latitude >= 0 else -1)
        solar_day = (seconds / _DAY_S + self.longitude / 360) % 1
        day = cos(2 * pi * (solar_day - 15 / 24))
        climate = self.climate
        return climate.mean_c + climate.season_k * season + climate.day_k * day + 2.5 * self._warmth.at(seconds)

    def _front(self, seconds: float) -> float:
        return self.climate.cloudiness + sum(weight * noise.at(seconds) for weight, noise in self._fronts)


def _cover(latent: float) -> float:
    return share_below(_SPREAD * latent)


def _passing(latent: float) -> Covers:
    """Return the covers while single clouds pass, by the three points of Gauss and Hermite."""
    reach = sqrt(3) * _PASSING
    return (1 / 6, _cover(latent - reach)), (2 / 3, _cover(latent)), (1 / 6, _cover(latent + reach))


def _forecast_spread(lead_h: float) -> float:
    """Return the standard deviation of the forecast's error, in that of the fronts: 0.12 now, about 0.5 two days ahead."""
    return 0.12 + 0.4 * (1 - exp(-lead_h / 20))
