"""The next hours cut into slots that align to the clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

type Series = npt.NDArray[np.float64]
"""One number per slot (or per slot boundary, where said so)."""

PLANNED_AHEAD = timedelta(hours=48)
# (until this long after the start, slot length in minutes)
TIERS = ((timedelta(hours=1), 5), (timedelta(hours=24), 15), (PLANNED_AHEAD, 30))


@dataclass(frozen=True, eq=False)
class Horizon:
    """Consecutive slots from `start` (aware, UTC). `hours` holds the length of each slot in hours, shape (T,).

    Edges and starts are asked for slot by slot, so they are worked out once.
    """

    start: datetime
    hours: Series

    def __post_init__(self) -> None:
        """Refuse a naive start and empty or unordered slots."""
        if self.start.tzinfo is None:
            msg = "the horizon's start needs a time zone"
            raise ValueError(msg)
        if not self.hours.size or not bool((self.hours > 0).all()):
            msg = "the horizon needs slots of positive length"
            raise ValueError(msg)

    def __len__(self) -> int:
        """Return the number of slots."""
        return int(self.hours.size)

    @cached_property
    def edges_h(self) -> Series:
        """Slot boundaries in hours after `start`, shape (T + 1,), read only."""
        edges = np.concatenate(([0.0], np.cumsum(self.hours)))
        edges.setflags(write=False)
        return edges

    @cached_property
    def starts(self) -> tuple[datetime, ...]:
        """Start of each slot (aware, UTC), to the second."""
        return tuple(self.start + timedelta(seconds=round(3600 * h)) for h in self.edges_h[:-1].tolist())

    @property
    def end(self) -> datetime:
        """End of the last slot."""
        return self.start + timedelta(seconds=round(3600 * float(self.edges_h[-1])))

    def slot_at(self, when: datetime) -> int | None:
        """Index of the slot that holds `when`, or None outside the horizon."""
        offset_h = (when - self.start).total_seconds() / 3600
        slot = int(np.searchsorted(self.edges_h, offset_h + 1e-9, side="right")) - 1
        return slot if 0 <= slot < len(self) else None

    def epochs(self) -> npt.NDArray[np.int64]:
        """Slot boundaries as seconds since 1970-01-01 UTC, shape (T + 1,)."""
        return np.round(self.edges_h * 3600).astype(np.int64) + int(self.start.timestamp())


def tiered(now: datetime) -> Horizon:
    """Return the planning horizon at `now`: 5 min for the first hour, 15 min up to 24 h, 30 min to 48 h.

    Each tier is lengthened to the next boundary of the following one, so that slots align to the clock:
    152 slots from a full half hour, a few more from in between.
    """
    start = floor_to(now, TIERS[0][1])
    minutes: list[int] = []
    for tier, (until, length) in enumerate(TIERS):
        next_length = TIERS[tier + 1][1] if tier + 1 < len(TIERS) else length
        at = start + timedelta(minutes=sum(minutes))
        while at - start < until or at != floor_to(at, next_length):
            minutes.append(length)
            at += timedelta(minutes=length)
    return Horizon(start, np.array(minutes, dtype=np.float64) / 60)


def uniform(start: datetime, minutes: float, slots: int) -> Horizon:
    """Return `slots` slots of `minutes` each from `start`."""
    return Horizon(start.astimezone(UTC), np.full(slots, minutes / 60))


def floor_to(when: datetime, minutes: int) -> datetime:
    """Return the last multiple of `minutes` past the hour at or before `when`, in UTC."""
    utc = when.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % minutes, second=0, microsecond=0)
