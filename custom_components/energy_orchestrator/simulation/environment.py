"""What surrounds the devices: light, air, what the house draws, and the market. Computed, or replayed from a record."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from math import exp
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from .household import household_power, profile
from .market import synthetic_price
from .noise import SmoothNoise
from .series import Recorded, RecordedSeries
from .sites import SimulatedSite
from .sun import Place, SunPosition, panel_power, position
from .weather import Weather

_MINUTE: Final = 60
_QUARTER: Final = 900
_HOUR: Final = 3600
# What a single household strays from the standard one, which is the mean of many: (period in s, spread of the logarithm)
_HABITS: Final = ((2400, 0.25), (300, 0.15))


class Surroundings(NamedTuple):
    """At one moment: what the panels could give and what the house draws, in W, and the air in °C."""

    solar_w: float
    house_w: float
    air_c: float


@dataclass(frozen=True, slots=True)
class SolarHour:
    """Solar energy forecast for the hour (or part of one) from `start` (aware, UTC), Wh: expected, P10 and P90."""

    start: datetime
    expected_wh: float
    low_wh: float
    high_wh: float


class Environment(Protocol):
    """Everything the plant needs from outside. Seconds are since 1970."""

    def at(self, seconds: float) -> Surroundings:
        """Return the surroundings at one moment."""
        ...

    def cloud_forecast(self, seconds: float, issued: float) -> float | None:
        """Return the covered share of the sky, 0..1, expected at `seconds`, as forecast at `issued`.

        None where nothing is known of clouds.
        """
        ...

    def usual_house_w(self, day: date) -> tuple[float, ...]:
        """Return what the house usually draws in each hour of such a day, W."""
        ...

    def market_price(self, start: datetime) -> float:
        """Return the market's price of the hour that begins at `start`, per kWh."""
        ...

    def solar_power_forecast(self, seconds: float, issued: float) -> tuple[float, float, float]:
        """Return expected, P10 and P90 power of the panels in W at `seconds`, as forecast at `issued`."""
        ...


def solar_forecast(environment: Environment, start: datetime, end: datetime, issued: datetime) -> list[SolarHour]:
    """Return the solar energy of every clock hour from `start` to `end`, as forecast at the full hour before `issued`."""
    issued_s = issued.timestamp() // _HOUR * _HOUR
    now, until = start.timestamp(), end.timestamp()
    hours: list[SolarHour] = []
    while now < until:
        hour_end = min(until, (now // _HOUR + 1) * _HOUR)
        parts = max(1, round((hour_end - now) / _QUARTER))
        length = (hour_end - now) / parts
        powers = [environment.solar_power_forecast(now + (n + 0.5) * length, issued_s) for n in range(parts)]
        expected, low, high = (sum(column) * length / 3600 for column in zip(*powers, strict=True))
        hours.append(SolarHour(datetime.fromtimestamp(now, UTC), expected, low, high))
        now = hour_end
    return hours


class ComputedEnvironment:
    """The sun's true position, seeded weather and prices, and the standard household. Reads a file when made."""

    def __init__(self, site: SimulatedSite, place: Place, seed: int) -> None:
        self._site = site
        self._place = place
        self._seed = seed
        self._zone = ZoneInfo(place.time_zone)
        self.weather = Weather(seed, place.latitude, place.longitude, site.climate)
        self._habits = tuple((SmoothNoise(seed, f"habits {period}", period), spread) for period, spread in _HABITS)
        self._minute = lru_cache(maxsize=4)(self._compute)
        profile()

    def at(self, seconds: float) -> Surroundings:
        """Return the surroundings, linear between full minutes."""
        minute, within = divmod(seconds, _MINUTE)
        before = self._minute(int(minute))
        if not within:
            return before
        after, share = self._minute(int(minute) + 1), within / _MINUTE
        return Surroundings(*(a + (b - a) * share for a, b in zip(before, after, strict=True)))

    def cloud_forecast(self, seconds: float, issued: float) -> float:
        """Return the expected covered share of the sky."""
        return sum(share * cover for share, cover in self.weather.cloud_forecast(seconds, issued).expected)

    def usual_house_w(self, day: date) -> tuple[float, ...]:
        """Return the standard household's load by the hour."""
        return _household_w(day, self._site.yearly_kwh)

    def market_price(self, start: datetime) -> float:
        """Return the price of an hour: cheap noon where the day is sunny, evening peak."""
        local = start.astimezone(self._zone)
        noon = datetime.combine(local.date(), time(12), self._zone)
        hours = range(-3, 4)
        cover = sum(self.weather.cloud_cover(noon.timestamp() + _HOUR * h) for h in hours) / len(hours)
        height = position(self._place, noon).cos_zenith
        return synthetic_price(local, seed=self._seed, sunshine=1 - cover, sun_height=height)

    def solar_power_forecast(self, seconds: float, issued: float) -> tuple[float, float, float]:
        """Return expected, P10 and P90 power in W."""
        clouds = self.weather.cloud_forecast(seconds, issued)
        sun = self._sun(seconds)
        air_c = self.weather.temperature(seconds)
        # Sorted, because at a low sun behind the panels a thin cloud gives them more light than none.
        low, expected, high = sorted(
            sum(share * self._panels(sun, cover, air_c) for share, cover in covers)
            for covers in (clouds.covered, clouds.expected, clouds.clear)
        )
        return expected, low, high

    def _compute(self, minute: int) -> Surroundings:
        seconds = minute * _MINUTE
        air_c = self.weather.temperature(seconds)
        solar_w = self._panels(self._sun(seconds), self.weather.cloud_cover(seconds), air_c)
        local = datetime.fromtimestamp(seconds, self._zone)
        house_w = household_power(local, self._site.yearly_kwh)
        for habit, spread in self._habits:
            house_w *= exp(spread * habit.at(seconds) - spread**2 / 2)
        return Surroundings(solar_w, house_w, air_c)

    def _sun(self, seconds: float) -> SunPosition:
        return position(self._place, datetime.fromtimestamp(seconds, UTC))

    def _panels(self, sun: SunPosition, cover: float, air_c: float) -> float:
        return sum(panel_power(sun, cover, panels, air_c) for panels in self._site.panels)


class RecordedEnvironment:
    """A recorded series at today's wall clock, scaled to the site; only the air is computed."""

    def __init__(self, series: RecordedSeries, site: SimulatedSite, place: Place, seed: int) -> None:
        self._series = series
        self._site = site
        self._zone = ZoneInfo(place.time_zone)
        self._weather = Weather(seed, place.latitude, place.longitude, site.climate)
        self._minute = lru_cache(maxsize=4)(self._replay)

    def at(self, seconds: float) -> Surroundings:
        """Return the surroundings: powers are the recorded means, constant over a step."""
        return self._minute(int(seconds // _MINUTE))

    def cloud_forecast(self, seconds: float, issued: float) -> None:
        """Return None: the record holds the light, not the sky."""

    def usual_house_w(self, day: date) -> tuple[float, ...]:
        """Return the standard household's by the hour: of the recorded one, nobody knows before it was seen."""
        return _household_w(day, self._site.yearly_kwh)

    def market_price(self, start: datetime) -> float:
        """Return the recorded price."""
        return self._series.at(start.astimezone(self._zone)).price

    def solar_power_forecast(self, seconds: float, issued: float) -> tuple[float, float, float]:
        """Return the recorded forecast in W, with the band that this forecaster's errors had over the record."""
        expected = self._at(seconds).solar_forecast_w
        low, high = self._series.forecast_band
        return expected, expected * low, expected * high

    def _replay(self, minute: int) -> Surroundings:
        seconds = minute * _MINUTE
        step = self._at(seconds)
        return Surroundings(step.solar_w, step.load_w, self._weather.temperature(seconds))

    def _at(self, seconds: float) -> Recorded:
        return scaled(self._series.at(datetime.fromtimestamp(seconds, self._zone)), self._site)


def scaled(step: Recorded, site: SimulatedSite) -> Recorded:
    """Return what a recorded step comes to on a site's roof and in its house."""
    sun = site.peak_w / site.recorded_roof_w
    return replace(
        step,
        load_w=step.load_w * site.recorded_house_scale,
        solar_w=step.solar_w * sun,
        solar_forecast_w=step.solar_forecast_w * sun,
    )


def _household_w(day: date, yearly_kwh: float) -> tuple[float, ...]:
    quarters = [
        household_power(datetime.combine(day, time(hour, minute)), yearly_kwh)
        for hour in range(24)
        for minute in (0, 15, 30, 45)
    ]
    return tuple(sum(quarters[4 * hour : 4 * hour + 4]) / 4 for hour in range(24))
