"""A weather entity's forecast by the hour → cloud cover and temperature over time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from ...model.readings import NamedTrouble, Reading, Trouble
from ...model.seen import SILENT, UNAVAILABLE, number_in
from ...model.units import celsius_of
from ...settings import Settings
from ..quantities import TEMPERATURE
from ..series import Spans
from ..times import moment
from .way import Home, SourceAnswer

_HOUR_S: Final = 3600.0
# Where a forecast names no cloud cover, what its condition stands for.
_COVER: Final[Mapping[str, float]] = {
    "sunny": 0.0,
    "clear-night": 0.0,
    "windy": 0.25,
    "partlycloudy": 0.5,
    "windy-variant": 0.6,
    "cloudy": 0.9,
    "fog": 0.9,
    "hail": 0.95,
    "lightning": 0.95,
    "lightning-rainy": 1.0,
    "pouring": 1.0,
    "rainy": 0.95,
    "snowy": 1.0,
    "snowy-rainy": 1.0,
}

type _Rows = Sequence[Mapping[str, Any]]

# The feature of a weather entity that forecasts by the hour.
_HOURLY: Final = 2


@dataclass(frozen=True, slots=True)
class WeatherForecast:
    """A weather entity's forecast by the hour, as it words it, and its unit of temperature."""

    rows: _Rows = ()
    unit: str | None = None


async def weather(home: Home, settings: Settings) -> SourceAnswer[WeatherForecast]:
    """Ask the weather entity."""
    entity_id = settings.entities.weather
    if entity_id is None:
        return SourceAnswer(WeatherForecast())
    state = home.look(entity_id)
    if state is None:
        return SourceAnswer(WeatherForecast(), _trouble(Trouble.MISSING, entity_id))
    if state.state in SILENT:
        trouble = Trouble.UNAVAILABLE if state.state == UNAVAILABLE else Trouble.UNKNOWN
        return SourceAnswer(WeatherForecast(), _trouble(trouble, entity_id, state.last_changed))
    features = state.attributes.get("supported_features")
    if not isinstance(features, int) or not features & _HOURLY:
        return SourceAnswer(WeatherForecast())
    said = await home.response("weather", "get_forecasts", {"type": "hourly"}, entity_id)
    listed = said.get("forecast") if isinstance(said, Mapping) else None
    rows = tuple(row for row in listed if isinstance(row, Mapping)) if isinstance(listed, list) else ()
    unit = state.attributes.get("temperature_unit")
    return SourceAnswer(
        WeatherForecast(rows, unit if isinstance(unit, str) else None),
        () if rows else _trouble(Trouble.UNKNOWN, entity_id),
    )


def _trouble(trouble: Trouble, entity_id: str, since: datetime | None = None) -> tuple[NamedTrouble, ...]:
    return ((None, "weather", Reading[float](None, since, trouble, entity_id)),)


def clouds(rows: _Rows, zone: ZoneInfo) -> Spans:
    """Return the cloud cover 0..1."""
    return Spans.of(_hours([(row, _cover(row)) for row in rows], zone))


def temperatures(rows: _Rows, unit: str | None, zone: ZoneInfo) -> Spans:
    """Return the air's temperature in °C."""
    return Spans.of(_hours([(row, _celsius(row, unit)) for row in rows], zone))


def _cover(row: Mapping[str, Any]) -> float | None:
    percent = number_in(row.get("cloud_coverage"))
    if percent is not None and 0 <= percent <= 100:
        return percent / 100
    condition = row.get("condition")
    return _COVER.get(condition) if isinstance(condition, str) else None


def _celsius(row: Mapping[str, Any], unit: str | None) -> float | None:
    number = number_in(row.get("temperature"))
    value = None if number is None else celsius_of(number, unit)
    return value if value is not None and TEMPERATURE.within(value) else None


def _hours(
    rows: Sequence[tuple[Mapping[str, Any], float | None]], zone: ZoneInfo
) -> Iterator[tuple[float, float, float]]:
    """Each row holds for an hour from its label, less where the next one comes sooner."""
    known = sorted(
        (at, value)
        for row, value in rows
        if value is not None and (at := moment(row.get("datetime"), zone)) is not None
    )
    for (at, value), (after, _) in pairwise([*known, (float("inf"), 0.0)]):
        yield at, min(after, at + _HOUR_S), value
