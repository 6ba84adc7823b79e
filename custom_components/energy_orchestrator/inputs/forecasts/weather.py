"""A weather entity's hourly forecast → cloud cover and temperature over time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from ...model.seen import number_in
from ...model.units import celsius_of
from ..quantities import TEMPERATURE
from ..series import Spans
from ..times import moment

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
