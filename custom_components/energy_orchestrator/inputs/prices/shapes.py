"""The shapes in which sources list prices: a row for each. A list of none of them is refused.

Not read are mappings by time and labels without a date.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from ...model.seen import number_in
from ..times import moment

# First come, first served: published prices before somebody's forecast of them.
ATTRIBUTES: Final = (
    "raw_today",
    "raw_tomorrow",
    "prices_today",
    "prices_tomorrow",
    "prices",
    "today",
    "tomorrow",
    "forecasts",
    "forecast",
)
_STARTS: Final = ("start", "start_time", "starts_at", "startsAt", "from", "hour", "time", "datetime", "timestamp")
_ENDS: Final = ("end", "end_time", "ends_at", "endsAt", "till", "to")
_VALUES: Final = ("value", "price", "per_kwh", "total", "price_per_kwh", "value_inc_vat")
_LONGEST_S: Final = 3600.0
_MINUTE: Final = 60.0


class Listed(NamedTuple):
    """A price as listed, in the entity's unit: from `start` up to `end` (epoch seconds), None where none is told."""

    start: float
    end: float | None
    value: float


def _rows_with_times(listed: object, zone: ZoneInfo) -> list[Listed]:
    """Each row names its start, its price and perhaps its end, or minutes, under any of their names."""
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return []
    found: list[Listed] = []
    for row in listed:
        if not isinstance(row, Mapping):
            return []
        start = next((moment(row[key], zone) for key in _STARTS if key in row), None)
        named = [key for key in _VALUES if key in row]
        if start is None or not named:
            return []
        if (value := number_in(row[named[0]])) is not None:
            found.append(Listed(start, _end(row, start, zone), value))
    return found


def _end(row: Mapping[str, Any], start: float, zone: ZoneInfo) -> float | None:
    end = next((moment(row[key], zone) for key in _ENDS if key in row), None)
    if end is None and (minutes := number_in(row.get("duration"))) is not None:
        end = start + _MINUTE * minutes
    return end if end is not None and 0 < end - start <= _LONGEST_S else None


SHAPES: Final[Mapping[str, Callable[[object, ZoneInfo], list[Listed]]]] = {
    "rows with times": _rows_with_times,
}
"""What one list says, by its shape: nothing of a list of another shape."""
