"""Times, days, months and dates as people write them."""

from collections.abc import Mapping
from datetime import date, time, timedelta
import re
from typing import Final

from ..model.policy import ALWAYS, DateRange, When
from ..model.site import Window
from .problem import Kind, NotUnderstoodError

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_GROUPS: Final[Mapping[str, frozenset[int]]] = {
    **dict.fromkeys(("weekday", "weekdays", "workdays"), frozenset(range(5))),
    **dict.fromkeys(("weekend", "weekends"), frozenset((5, 6))),
    **dict.fromkeys(("daily", "every day", "all"), frozenset(range(7))),
}
_SPAN: Final = re.compile(r"\s*(?:-|–|—|\bto\b|\buntil\b)\s*")
_LIST: Final = re.compile(r"\s*(?:,|;|\band\b|&)\s*")
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?\s*(?:h|o'clock)?", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_HALF_DAY: Final = 12
_MOST_PARTS: Final = 50
# A target's level is held this long, so that there is time to see it.
TARGET_HELD: Final = timedelta(hours=1)


def _no_time(text: str, expected: str) -> NotUnderstoodError:
    return NotUnderstoodError(Kind.WRONG_TIME, value=text[:60], expected=expected)


def read_time(text: str) -> time:
    """Return a time of day: 16:00, 16, 4 pm, 24:00 (the end of the day)."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise _no_time(text, "16:00")
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").casefold()
    if half:
        if not 1 <= hour <= _HALF_DAY:
            raise _no_time(text, "4 pm")
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "pm" else 0)
    if (hour, minute) == (24, 0):
        return time()
    if hour > 23 or minute > 59:
        raise _no_time(text, "16:00")
    return time(hour, minute)


def read_windows(text: str) -> tuple[Window, ...]:
    """Return daily windows: `16:00-21:00`, `10-16 and 20:00 to 22:00`."""
    parts = _parts(text)
    found = []
    for part in parts:
        ends = _SPAN.split(part)
        if len(ends) != 2:
            raise _no_time(part, "16:00-21:00")
        found.append(Window(read_time(ends[0]), read_time(ends[1])))
    return tuple(found)


def _parts(text: str) -> list[str]:
    parts = [part for part in _LIST.split(text.strip()) if part]
    if not parts or len(parts) > _MOST_PARTS:
        raise _no_time(text, "16:00-21:00")
    return parts


def _names(text: str, names: tuple[str, ...], groups: Mapping[str, frozenset[int]], expected: str) -> frozenset[int]:
    """Return the numbers of named days or months; spans may go round the end (fri-mon, nov-feb)."""
    found: set[int] = set()
    for part in _parts(text.casefold()):
        if part in groups:
            found |= groups[part]
            continue
        ends = [_index(end, names, expected) for end in _SPAN.split(part)]
        if len(ends) > 2:
            raise _no_time(part, expected)
        first, last = ends[0], ends[-1]
        found |= {n % len(names) for n in range(first, last + 1 if last >= first else last + len(names) + 1)}
    return frozenset(found)


def _index(name: str, names: tuple[str, ...], expected: str) -> int:
    name = name.strip().rstrip(".")
    if len(name) >= 3:
        for index, full in enumerate(names):
            if full.startswith(name.removesuffix("s") if name.removesuffix("s") == full else name):
                return index
    raise _no_time(name, expected)


def read_weekdays(text: str) -> frozenset[int]:
    """Return days of the week: `mon-fri`, `weekends`, `saturday, sunday`; 0 is Monday."""
    return _names(text, _DAYS, _GROUPS, "mon-fri")


def read_months(text: str) -> frozenset[int]:
    """Return months: `nov-feb`, `june`; 1 is January."""
    return frozenset(number + 1 for number in _names(text, _MONTHS, {}, "nov-feb"))


def read_dates(text: str, events: Mapping[str, tuple[DateRange, ...]] | None = None) -> tuple[DateRange, ...]:
    """Return days: `2026-12-24`, `2026-12-24 to 2026-12-26`, or the name of an event."""
    found: list[DateRange] = []
    for part in _parts(text):
        named = next((days for name, days in (events or {}).items() if name.casefold() == part.casefold()), None)
        if named is not None:
            found.extend(named)
            continue
        ends = _DATE.findall(part)
        rest = _DATE.sub("", part).strip(" -–—").casefold()
        if not 1 <= len(ends) <= 2 or rest not in ("", "to", "until"):
            raise _no_time(part, "2026-12-24 to 2026-12-26")
        try:
            first, last = (date.fromisoformat(end) for end in (ends[0], ends[-1]))
        except ValueError as err:
            raise _no_time(part, "2026-12-24 to 2026-12-26") from err
        if last < first:
            raise _no_time(part, f"{last} to {first}")
        found.append(DateRange(first, last))
    return tuple(found)


def target_window(text: str) -> Window:
    """Return the time in which a target `by` a time of day must hold."""
    by = read_time(text)
    minutes = (by.hour * 60 + by.minute + int(TARGET_HELD.total_seconds() // 60)) % (24 * 60)
    return Window(by, time(minutes // 60, minutes % 60))


# ---- And back


def windows_told(windows: tuple[Window, ...]) -> str:
    """Return daily windows for people."""
    return " and ".join(f"{window.start:%H:%M}–{window.end:%H:%M}" for window in windows)


def _told(numbers: frozenset[int], names: tuple[str, ...], first: int) -> str:
    return ", ".join(names[number - first].capitalize() for number in sorted(numbers))


def when_told(when: When) -> str:
    """Return when a policy holds, as the end of a sentence with a space before it; nothing for always."""
    if when == ALWAYS:
        return ""
    parts = [windows_told(when.windows)] if when.windows else []
    groups = {days: name for name, days in _GROUPS.items() if name in ("weekdays", "weekends")}
    if when.weekdays:
        parts.append(f"on {groups.get(when.weekdays) or _told(when.weekdays, _DAYS, 0)}")
    if when.months:
        parts.append(f"in {_told(when.months, _MONTHS, 1)}")
    if when.dates:
        parts.append(
            "on " + ", ".join(str(d.first) if d.first == d.last else f"{d.first} to {d.last}" for d in when.dates)
        )
    return f" ({', '.join(parts)})"
