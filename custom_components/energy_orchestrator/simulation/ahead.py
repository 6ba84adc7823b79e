"""What is published ahead in an hour: prices, the solar forecast and the weather."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from .market import DayAhead
from .plant import Plant
from .sun import position

_HOUR: Final = timedelta(hours=1)
_FORECAST_DAYS: Final = 4
_WEATHER_HOURS: Final = 72


@dataclass(frozen=True, slots=True)
class WeatherHour:
    """The weather forecast of an hour: air in °C, covered share of the sky 0..1, and whether the sun is up."""

    start: datetime
    air_c: float
    cover: float
    sun_up: bool

    @property
    def condition(self) -> str:
        """The sky in a word, as Home Assistant's weather has it."""
        if self.cover >= 0.75:
            return "cloudy"
        if self.cover >= 0.3:
            return "partlycloudy"
        return "sunny" if self.sun_up else "clear-night"


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What is published in this hour, for people in `zone`.

    `solar_wh`: Wh of each clock hour by its beginning; no weather with a recorded series.
    """

    hour: datetime
    zone: ZoneInfo
    imports: DayAhead
    exports: DayAhead
    solar_wh: Mapping[datetime, float]
    weather: tuple[WeatherHour, ...]

    def local(self, when: datetime) -> str:
        """Return a moment as it is told: local time, ISO."""
        return when.astimezone(self.zone).isoformat()

    @cached_property
    def import_hours(self) -> dict[str, Any]:
        """What a bought kWh costs by the hour, in the attributes that many price integrations have."""
        return self._hours(self.imports)

    @cached_property
    def export_hours(self) -> dict[str, Any]:
        """What a sold kWh brings, in the same attributes."""
        return self._hours(self.exports)

    def _hours(self, prices: DayAhead) -> dict[str, Any]:
        return {
            name: [{"start": self.local(h.start), "end": self.local(h.end), "value": h.price} for h in hours]
            for name, hours in (("raw_today", prices.today), ("raw_tomorrow", prices.tomorrow))
        }

    @property
    def wh_hours(self) -> dict[str, float]:
        """The solar forecast as the Energy dashboard's providers tell it."""
        return {hour.isoformat(): round(energy_wh, 1) for hour, energy_wh in self.solar_wh.items()}

    @property
    def hourly(self) -> list[dict[str, Any]]:
        """The weather forecast as weather entities tell it: air in °C, clouds in %."""
        return [
            {
                "datetime": self.local(hour.start),
                "condition": hour.condition,
                "native_temperature": round(hour.air_c, 1),
                "cloud_coverage": round(100 * hour.cover),
                "is_daytime": hour.sun_up,
            }
            for hour in self.weather
        ]


def look_ahead(plant: Plant) -> Ahead:
    """Collect what is known ahead at the plant's present moment (tens of milliseconds)."""
    hour, zone = hour_of(plant.now), ZoneInfo(plant.place.time_zone)
    midnight = datetime.combine(plant.now.astimezone(zone).date(), time(), zone)
    weather = [
        WeatherHour(when, plant.air_temperature(when), cover, position(plant.place, when).cos_zenith > 0)
        for when in (hour + n * _HOUR for n in range(_WEATHER_HOURS))
        if (cover := plant.cloud_forecast(when)) is not None
    ]
    return Ahead(
        hour=hour,
        zone=zone,
        imports=plant.import_prices(),
        exports=plant.export_prices(),
        solar_wh=plant.forecast_wh(midnight, midnight + timedelta(days=_FORECAST_DAYS)),
        weather=tuple(weather),
    )


def hour_of(when: datetime) -> datetime:
    """Return the beginning of a moment's clock hour."""
    return when.replace(minute=0, second=0, microsecond=0)
