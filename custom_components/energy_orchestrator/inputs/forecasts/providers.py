"""A forecast provider's Wh per period → power over the horizon."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ...model.horizon import Horizon
from ...model.seen import number_in
from ..series import OnSlots, Spans, extended, slot_edges
from ..times import moment, usual_step

_HOUR_S: Final = 3600.0
# A hole of one period by day is bridged, a longer one is not known.
_BRIDGED_S: Final = 7200.0
# Beyond any site: 10 MW.
_MOST_WH: Final = 1e7
_MOST_W: Final = 1e7

type _Labels = list[tuple[float, float]]


def spans_of(wh_hours: Mapping[str, object], zone: ZoneInfo) -> Spans:
    """Return the power in W over each period.

    Keys are starts of periods of varying length: up to the next key, at most an hour. A provider that labels the ends
    (a zero at sunrise, the last energy at sunset) is turned round. Energy per period is kept.
    """
    labels: _Labels = []
    for label, energy in wh_hours.items():
        at, wh = _second(label, zone), number_in(energy)
        if at is not None and wh is not None and 0 <= wh <= _MOST_WH:
            labels.append((at, wh))
    labels.sort()
    found = _from_ends(labels) if _labels_ends(labels, zone) else _from_starts(labels)
    return Spans.of(span for span in found if span[2] <= _MOST_W)


def over_horizon(spans: Spans, horizon: Horizon, zone: ZoneInfo) -> OnSlots:
    """Return the power per slot: dark where a forecast day has no period, the last known day repeated after that."""
    starts, _ = slot_edges(horizon)
    days = {datetime.fromtimestamp(epoch, zone).date() for epoch in spans.starts.tolist()}
    local_days = [datetime.fromtimestamp(epoch, zone).date() for epoch in starts.tolist()]
    bridged = _bridged(spans)
    filled = _with_nights(bridged, days, zone)
    result = extended(filled, horizon, zone)
    unknown = [slot for slot, day in enumerate(local_days) if day not in days]
    return OnSlots(np.nan_to_num(result.values), unknown[0] if unknown else len(horizon))


def _second(label: object, zone: ZoneInfo) -> float | None:
    """Return the label's time to the second: sunrise and sunset do not fall on a minute."""
    if isinstance(label, str):
        try:
            label = datetime.fromisoformat(label)
        except ValueError:
            return None
    whole = moment(label, zone)
    return None if whole is None or not isinstance(label, datetime) else whole + label.second


def _labels_ends(labels: _Labels, zone: ZoneInfo) -> bool:
    """Whether each day begins with a zero at sunrise and ends with energy at an odd time, sunset."""
    by_day: dict[date, _Labels] = {}
    for label in labels:
        if label[0] % (24 * _HOUR_S) or label[1]:
            by_day.setdefault(datetime.fromtimestamp(label[0], zone).date(), []).append(label)
    whole = [day for day in by_day.values() if len(day) >= 3]
    odd = 300.0
    return bool(whole) and all(day[0][1] == 0 and day[-1][1] > 0 and day[-1][0] % odd for day in whole)


def _from_starts(labels: _Labels) -> Iterable[tuple[float, float, float]]:
    usual = usual_step([at for at, _ in labels])
    for (start, wh), (after, _) in pairwise([*labels, (float("inf"), 0.0)]):
        # An odd start (sunrise) reaches to the next full step where nothing follows by then.
        length = min(after - start, usual - start % usual if start % usual else usual)
        if length > 0:
            yield start, start + length, wh / (length / _HOUR_S)


def _from_ends(labels: _Labels) -> Iterable[tuple[float, float, float]]:
    usual = usual_step([at for at, _ in labels])
    for (before, _), (end, wh) in pairwise(labels):
        length = min(end - before, usual)
        if length > 0:
            yield end - length, end, wh / (length / _HOUR_S)


def _bridged(spans: Spans) -> Spans:
    """Fill holes of one missing period between two known ones by their mean."""
    rows = spans.rows()
    holes = [
        (end, start, (before + after) / 2)
        for (_, end, before), (start, _, after) in pairwise(rows)
        if 0 < start - end < _BRIDGED_S and before > 0 and after > 0
    ]
    return Spans.of([*rows, *holes])


def _with_nights(spans: Spans, days: set[date], zone: ZoneInfo) -> Spans:
    """Make what is not named on a day that has periods dark."""
    rows = spans.rows()
    dark = []
    for day in sorted(days):
        begin = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        after = date.fromordinal(day.toordinal() + 1)
        end = datetime(after.year, after.month, after.day, tzinfo=zone).timestamp()
        own = sorted((max(begin, a), min(end, b)) for a, b, _ in rows if a < end and b > begin)
        edges = [begin, *(edge for span in own for edge in span), end]
        dark += [(a, b, 0.0) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
    return Spans.of([*rows, *dark])
