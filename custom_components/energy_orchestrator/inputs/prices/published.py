"""A price entity's state and attributes → spans in currency per kWh. No Home Assistant in here, but its datetimes.

The common list attributes are read; other shapes (mappings by time, labels without a date, unknown keys) are refused
and the entity's plain state is all that counts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from ...model.readings import Trouble
from ...model.seen import number_in
from ..money import MOST, per_kwh
from ..series import Spans

# First come, first served: published prices before somebody's forecast of them.
_LISTS: Final = (
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
_STEPS_S: Final = (300.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0)
_LONGEST_S: Final = 3600.0
_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What a price entity says: spans from its lists, and the price of this moment where its state is one.

    `trouble`: why it says nothing.
    """

    spans: Spans
    now: float | None = None
    trouble: Trouble | None = None


def published(state: str, attributes: Mapping[str, Any], currency: str, zone: ZoneInfo) -> Published:
    """Read a price entity."""
    none = Spans.of(())
    factor = _factor(attributes, currency)
    if factor is None:
        return Published(none, trouble=Trouble.WRONG_UNIT)
    number = number_in(state)
    plausible = number is not None and abs(number * factor) <= MOST
    now = number * factor if number is not None and plausible else None
    spans = _union([_entries(attributes.get(name), factor, zone) for name in _LISTS])
    if not len(spans) and now is None:
        return Published(none, trouble=Trouble.NOT_A_NUMBER if number is None else Trouble.OUT_OF_RANGE)
    return Published(spans, now)


def with_now(price: Published, now: float) -> Spans:
    """Return the spans with the state's price for the running slot where the lists begin just after it."""
    spans = price.spans
    if price.now is None or not len(spans) or bool(((spans.starts <= now) & (spans.ends > now)).any()):
        return spans
    later = spans.starts[spans.starts > now]
    if not later.size or later[0] - now > _LONGEST_S:
        return spans
    rows = zip(spans.starts.tolist(), spans.ends.tolist(), spans.values.tolist(), strict=True)
    begin = max([now - _LONGEST_S, *spans.ends[spans.ends <= now].tolist()])
    return Spans.of([*rows, (begin, float(later[0]), price.now)])


def _factor(attributes: Mapping[str, Any], currency: str) -> float | None:
    unit = attributes.get("unit_of_measurement")
    if unit is None and attributes.get("currency") and attributes.get("unit"):
        cents = bool(attributes.get("price_in_cents") or attributes.get("use_cent"))
        if attributes["currency"] != currency:
            return None
        unit = f"{'cent' if cents else currency}/{attributes['unit']}"
    return per_kwh(unit, currency) if isinstance(unit, str) else None


@dataclass(frozen=True, slots=True)
class _Entry:
    start: float
    end: float | None
    value: float


def _entries(listed: object, factor: float, zone: ZoneInfo) -> list[_Entry]:
    """Read one list; [] where its shape is not known."""
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return []
    entries: list[_Entry] = []
    for row in listed:
        if not isinstance(row, Mapping):
            return []
        start = next((moment(row[key], zone) for key in _STARTS if key in row), None)
        named = [key for key in _VALUES if key in row]
        if start is None or not named:
            return []
        value = number_in(row[named[0]])
        if value is None or not abs(value * factor) <= MOST:
            continue
        entries.append(_Entry(start, _end(row, start, zone), value * factor))
    return list(_unfolded(entries))


def _end(row: Mapping[str, Any], start: float, zone: ZoneInfo) -> float | None:
    end = next((moment(row[key], zone) for key in _ENDS if key in row), None)
    if end is None and isinstance(minutes := number_in(row.get("duration")), float):
        end = start + _MINUTE * minutes
    return end if end is not None and 0 < end - start <= _LONGEST_S else None


def moment(label: object, zone: ZoneInfo) -> float | None:
    """Return a label's time as epoch seconds, to the minute (some are a second late), None where it has no date.

    Labels without an offset are local time.
    """
    if isinstance(label, str):
        try:
            label = datetime.fromisoformat(label.strip())
        except ValueError:
            return None
    if not isinstance(label, datetime):
        return None
    try:
        epoch = (label if label.tzinfo else label.replace(tzinfo=zone)).timestamp()
    except OverflowError, ValueError, OSError:
        return None
    return epoch - epoch % _MINUTE


def _unfolded(entries: list[_Entry]) -> Iterator[_Entry]:
    """Give the second of two equal labels the hole after it: the hour that comes twice when clocks go back."""
    starts = {entry.start for entry in entries}
    for index, entry in enumerate(entries):
        if index and entry.start == entries[index - 1].start:
            before = entries[index - 1]
            step = (before.end or before.start + _usual_step(sorted(starts))) - before.start
            if entry.start + step in starts:
                continue
            end = None if entry.end is None else entry.end + step
            yield _Entry(entry.start + step, end, entry.value)
        else:
            yield entry


def _union(lists: list[list[_Entry]]) -> Spans:
    """Return all lists as one; of two that tell the same time, the first in order of trust holds."""
    taken: dict[float, _Entry] = {}
    for entries in lists:
        earlier = Spans.of(_closed(list(taken.values())))
        for entry in entries:
            inside = bool(((earlier.starts <= entry.start) & (earlier.ends > entry.start)).any())
            if not inside:
                taken.setdefault(entry.start, entry)
    return Spans.of(_closed(list(taken.values())))


def _closed(entries: list[_Entry]) -> list[tuple[float, float, float]]:
    """Give each entry an end: its own, or the next start where that is a step of this list, else the usual step."""
    entries = sorted(entries, key=lambda entry: entry.start)
    starts = [entry.start for entry in entries]
    usual = _usual_step(starts)
    seen = Counter(b - a for a, b in pairwise(starts))
    spans = []
    for index, entry in enumerate(entries):
        gap = starts[index + 1] - entry.start if index + 1 < len(starts) else None
        step = gap if gap in _STEPS_S and (seen[gap] > 1 or gap <= usual) else usual
        if gap is None and index and (last := entry.start - starts[index - 1]) in _STEPS_S:
            step = last
        spans.append((entry.start, entry.start + step if entry.end is None else entry.end, entry.value))
    return spans


def _usual_step(starts: list[float]) -> float:
    steps = Counter(b - a for a, b in pairwise(starts) if b - a in _STEPS_S)
    return steps.most_common(1)[0][0] if steps else _LONGEST_S
