"""Tables of times: time-of-use prices, which cover the day once, and the load profile, where a row holds until the next."""

from collections.abc import Mapping, Sequence
from datetime import time
from itertools import groupby
from typing import Any

from ..const import ROW_FROM, ROW_POWER_W
from ..settings import window_of
from .forms import FieldProblem

type Rows = Sequence[Mapping[str, Any]]

_DAY = 24 * 60


def coverage_problem(key: str, rows: Rows) -> FieldProblem | None:
    """Return what is wrong with rows that must cover the 24 hours exactly once."""
    end_of_last = 0
    for start, end in sorted(span for row in rows for span in _spans(row)):
        if start > end_of_last:
            return _missing(key, end_of_last, start)
        if start < end_of_last:
            return FieldProblem(key, "hours_overlap", {"time": _clock(start)})
        end_of_last = end
    return _missing(key, end_of_last, _DAY) if end_of_last < _DAY else None


def _spans(row: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Return a row's spans in minutes of the day, cut at midnight."""
    window = window_of(row)
    start, end = _minute(window.start), _minute(window.end)
    if start < end:
        return [(start, end)]
    return [(start, _DAY), (0, end)] if end else [(start, _DAY)]


def _missing(key: str, start: int, end: int) -> FieldProblem:
    return FieldProblem(key, "hours_missing", {"start": _clock(start), "end": _clock(end)})


def _minute(moment: time) -> int:
    return 60 * moment.hour + moment.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def profile_rows(profile: Sequence[float]) -> float | list[dict[str, Any]]:
    """Return a stored load profile as a person enters it: one number, or a row for each change."""
    if len(profile) == 1:
        return profile[0]
    changes = [next(run) for _, run in groupby(enumerate(profile), key=lambda hour: hour[1])]
    return [{ROW_FROM: time(hour).isoformat(), ROW_POWER_W: watts} for hour, watts in changes]


def profile_of(key: str, entered: float | Rows) -> list[float] | FieldProblem:
    """Return the load profile to store, or what is wrong with what was entered."""
    if isinstance(entered, (int, float)):
        return [float(entered)]
    rows = {time.fromisoformat(row[ROW_FROM]): float(row[ROW_POWER_W]) for row in entered}
    if not rows:
        return FieldProblem(key, "table_empty")
    if len(rows) < len(entered):
        return FieldProblem(key, "hour_twice")
    if any(start.minute or start.second for start in rows):
        return FieldProblem(key, "whole_hours")
    # Before the first row the last one holds: the day is a circle.
    watts = rows[max(rows)]
    return [watts := rows.get(time(hour), watts) for hour in range(24)]
