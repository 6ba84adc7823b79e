"""Values over spans of time, and what they come to on the horizon's slots."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ..learning.lesson import Lesson
from ..model.horizon import Horizon, Series

type Epochs = npt.NDArray[np.float64]
"""Seconds since 1970-01-01 UTC."""

# A slot whose value is known for less than this part of it is not known.
_ENOUGH = 0.5
# How far back the same time of day is looked for.
_MOST_DAYS = 8
# As good as all of it: labels are kept to the second.
_ALL = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """A value for each span from `starts` up to `ends`, in time order, none overlapping, gaps allowed. Shapes (N,)."""

    starts: Epochs
    ends: Epochs
    values: Series

    @classmethod
    def of(cls, spans: Iterable[tuple[float, float, float]]) -> Spans:
        """Return spans of (start, end, value): sorted; a later one that begins within an earlier one cuts it short."""
        rows = sorted(spans)
        if not rows:
            empty = np.empty(0)
            return cls(empty, empty, empty)
        starts, ends, values = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
        ends[:-1] = np.minimum(ends[:-1], starts[1:])
        keep = ends > starts
        return cls(starts[keep], ends[keep], values[keep])

    def with_over_it(self, span: Spans) -> Spans:
        """Return what begins after one span with that span before it, and nothing of what was before."""
        [(begin, end, value)] = span.rows()
        later = [(max(start, end), until, at) for start, until, at in self.rows() if until > end]
        return Spans.of([(begin, end, value), *later])

    def rows(self) -> list[tuple[float, float, float]]:
        """Return each span's start, end and value."""
        return list(zip(self.starts.tolist(), self.ends.tolist(), self.values.tolist(), strict=True))

    def __len__(self) -> int:
        return int(self.starts.size)

    def over(self, edges: tuple[Epochs, Epochs]) -> tuple[Series, Series]:
        """Return the mean over each (start, end) and the part of it that is known (0..1); the mean is NaN for none."""
        low, high = edges
        knots = np.stack([self.starts, self.ends], axis=1).ravel()
        if not knots.size:
            return np.full(low.shape, np.nan), np.zeros(low.shape)
        lengths = self.ends - self.starts
        known = _running_sum(lengths)
        total = _running_sum(lengths * self.values)
        known_s = np.interp(high, knots, known) - np.interp(low, knots, known)
        sums = np.interp(high, knots, total) - np.interp(low, knots, total)
        mean = np.divide(sums, known_s, out=np.full(low.shape, np.nan), where=known_s > 0)
        return mean, known_s / (high - low)


@dataclass(frozen=True, slots=True, eq=False)
class OnSlots:
    """A series over the horizon, NaN where not known, and how many slots from the start are known all through.

    `most`: what it cannot be above, where that is known. `lesson`: what the past says of it, `told` what it was before
    that counted, and `doubt` the part of its spread that is left beside what is measured now.
    """

    values: Series
    known_slots: int
    most: Series | None = None
    lesson: Lesson | None = None
    told: Series | None = None
    doubt: Series | None = None


def slot_edges(horizon: Horizon) -> tuple[Epochs, Epochs]:
    """Return the slots' starts and ends."""
    epochs = horizon.epochs().astype(np.float64)
    return epochs[:-1], epochs[1:]


def on_slots(spans: Spans, horizon: Horizon) -> OnSlots:
    """Return the mean value of each slot; energy is conserved over what the spans cover."""
    mean, part = spans.over(slot_edges(horizon))
    gaps = np.flatnonzero(part < _ALL)
    return OnSlots(np.where(part >= _ENOUGH, mean, np.nan), int(gaps[0]) if gaps.size else len(horizon))


def extended(spans: Spans, horizon: Horizon, zone: ZoneInfo) -> OnSlots:
    """Return the series with what is not known filled by the same local time of the last day that is.

    Where no day is known at that time: by the mean of all that is known. NaN throughout where nothing is.
    """
    known = on_slots(spans, horizon)
    values = known.values.copy()
    starts, ends = slot_edges(horizon)
    for day in range(1, _MOST_DAYS + 1):
        missing = np.flatnonzero(np.isnan(values))
        if not missing.size or not len(spans):
            break
        then = np.array([_days_before(epoch, day, zone) for epoch in starts[missing].tolist()])
        mean, part = spans.over((then, then + (ends - starts)[missing]))
        values[missing] = np.where(part >= _ENOUGH, mean, np.nan)
    if len(spans):
        lengths = spans.ends - spans.starts
        values[np.isnan(values)] = float(np.average(spans.values, weights=lengths))
    return OnSlots(values, known.known_slots)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Moments within the slots, evenly spaced in each: the middles of equal parts of at most `minutes`."""

    at: list[datetime]
    slots: npt.NDArray[np.int64]

    def mean(self, values: Series) -> Series:
        """Return the mean per slot of one value per moment."""
        counts = np.bincount(self.slots)
        return np.bincount(self.slots, weights=values) / counts


def samples(horizon: Horizon, minutes: float, zone: ZoneInfo) -> Samples:
    """Cut each slot into parts of at most `minutes` and return their middles in local time."""
    starts, ends = slot_edges(horizon)
    parts = np.maximum(1, np.ceil((ends - starts) / (60 * minutes) - 1e-9)).astype(np.int64)
    slots = np.repeat(np.arange(len(horizon)), parts)
    within = np.arange(slots.size) - np.repeat(np.cumsum(parts) - parts, parts)
    epochs = starts[slots] + (within + 0.5) * ((ends - starts) / parts)[slots]
    return Samples([datetime.fromtimestamp(epoch, zone) for epoch in epochs.tolist()], slots)


def _running_sum(per_span: Series) -> Series:
    """Return the sum up to each knot: it grows over spans and stands still over gaps, shape (2N,)."""
    sums = np.cumsum(per_span)
    return np.stack([sums - per_span, sums], axis=1).ravel()


def _days_before(epoch: float, days: int, zone: ZoneInfo) -> float:
    return (datetime.fromtimestamp(epoch, zone) - timedelta(days=days)).timestamp()
