"""A price entity's state and attributes → spans in currency per kWh.

Lists are read in the shapes of `shapes.py`; where there is none, the entity's plain state is all that counts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from ...model.readings import Trouble
from ...model.seen import number_in
from ..money import MOST, per_kwh
from ..series import Spans
from ..times import STEPS_S, usual_step
from .shapes import ATTRIBUTES, SHAPES, Listed

_LONGEST_S: Final = 3600.0


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
    listed = [read(attributes.get(name), zone) for name in ATTRIBUTES for read in SHAPES.values()]
    spans = _union([_rows(rows, factor) for rows in listed])
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
    begin = max([now - _LONGEST_S, *spans.ends[spans.ends <= now].tolist()])
    return Spans.of([*spans.rows(), (begin, float(later[0]), price.now)])


def _factor(attributes: Mapping[str, Any], currency: str) -> float | None:
    unit = attributes.get("unit_of_measurement")
    if unit is None and attributes.get("currency") and attributes.get("unit"):
        cents = bool(attributes.get("price_in_cents") or attributes.get("use_cent"))
        if attributes["currency"] != currency:
            return None
        unit = f"{'cent' if cents else currency}/{attributes['unit']}"
    return per_kwh(unit, currency) if isinstance(unit, str) else None


def _rows(listed: list[Listed], factor: float) -> list[Listed]:
    """Return one list's rows in currency per kWh, those that can be."""
    rows = [row._replace(value=row.value * factor) for row in listed]
    return list(_unfolded([row for row in rows if abs(row.value) <= MOST]))


def _unfolded(entries: list[Listed]) -> Iterator[Listed]:
    """Give the second of two equal labels the hole after it: the hour that comes twice when clocks go back."""
    starts = {entry.start for entry in entries}
    for index, entry in enumerate(entries):
        if index and entry.start == entries[index - 1].start:
            before = entries[index - 1]
            step = (before.end or before.start + usual_step(sorted(starts))) - before.start
            if entry.start + step in starts:
                continue
            end = None if entry.end is None else entry.end + step
            yield Listed(entry.start + step, end, entry.value)
        else:
            yield entry


def _union(lists: list[list[Listed]]) -> Spans:
    """Return all lists as one; of two that tell the same time, the first in order of trust holds."""
    taken: dict[float, Listed] = {}
    for entries in lists:
        earlier = Spans.of(_closed(list(taken.values())))
        for entry in entries:
            inside = bool(((earlier.starts <= entry.start) & (earlier.ends > entry.start)).any())
            if not inside:
                taken.setdefault(entry.start, entry)
    return Spans.of(_closed(list(taken.values())))


def _closed(entries: list[Listed]) -> list[tuple[float, float, float]]:
    """Give each entry an end: its own, or the next start where that is a step of this list, else the usual step."""
    entries = sorted(entries, key=lambda entry: entry.start)
    starts = [entry.start for entry in entries]
    usual = usual_step(starts)
    seen = Counter(b - a for a, b in pairwise(starts))
    spans = []
    for index, entry in enumerate(entries):
        gap = starts[index + 1] - entry.start if index + 1 < len(starts) else None
        step = gap if gap in STEPS_S and (seen[gap] > 1 or gap <= usual) else usual
        if gap is None and index and (last := entry.start - starts[index - 1]) in STEPS_S:
            step = last
        spans.append((entry.start, entry.start + step if entry.end is None else entry.end, entry.value))
    return spans
