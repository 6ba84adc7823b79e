"""Doubt: what a sensor tells that cannot be is not believed before another poll, or another reading, agrees.

A failed poll reads 0 %, an integration that starts reads 0 %, a register is read half: between two good polls there is
a value that would stop every miner and charge 5 kW from the grid. Whether a value can be is judged by where the quantity
can have got to since it was last believed. Good news is doubted like bad news.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ..model.readings import Doubt, Reading, Trouble
from .pace import Pace

# Where no second report comes, a value that stands this long is the entity's own word: some report changes only.
CONFIRMED_AFTER: Final = timedelta(seconds=90)
# Two writes within this time are of one poll.
ONE_POLL: Final = timedelta(seconds=1)
# An entity that repeats itself at even intervals, up to this long, is polled: its next poll is waited for.
_LONGEST_POLL: Final = timedelta(minutes=6)
_UNSTEADY: Final = 0.2
_LATE_POLL: Final = 1.2
# What was believed longer ago says nothing about now: a doubt that is not settled by then leaves the value unknown.
BELIEVED_FOR: Final = timedelta(minutes=12)
GARBLED: Final = frozenset({Trouble.OUT_OF_RANGE, Trouble.NOT_A_NUMBER, Trouble.NEGATIVE})
"""What a sensor tells that cannot be at all: one such poll is a poll gone wrong."""

# A voltage confirms a level within this.
_AGREES: Final = 0.15
# LiFePO4 stands near 52 V from 20 % to 70 %: only this far apart do level and voltage contradict each other; less is
# enough where one of them is sure. Packs with fewer cells read low on the curve: a level is too high only for the
# voltage of an empty pack.
_APART: Final = 0.6
_APART_FROM_SURE: Final = 0.4
_EMPTY: Final = 0.15


@dataclass(frozen=True, slots=True)
class _Path:
    """Where a quantity can be `at` a time, `low` to `high`, and is most likely, since its sensor was `seen` at `value`."""

    value: float
    reported: datetime
    low: float
    high: float
    likely: float
    at: datetime
    seen: datetime

    @classmethod
    def begin(cls, value: float, reported: datetime, now: datetime, room: float) -> Self:
        return cls(value, reported, value - room, value + room, likely=value, at=now, seen=now)

    def later(self, now: datetime, pace: Pace) -> _Path:
        hours = _hours(now - self.at)
        return _Path(  # a hundred times a look: `replace` is ten times as slow
            value=self.value,
            reported=self.reported,
            low=self.low - min(pace.reach, pace.fall * hours),
            high=self.high + min(pace.reach, pace.rise * hours),
            likely=min(pace.most, max(pace.least, self.likely + pace.drift * hours)),
            at=now,
            seen=self.seen,
        )

    def leads_to(self, value: float) -> bool:
        return self.low - 1e-9 <= value <= self.high + 1e-9

    def read(self, value: float, reported: datetime, room: float) -> _Path:
        """Go on from a value on this path. What it used up of the room comes back with time only, or on the way back."""
        low, high = max(self.low, value - room), min(self.high, value + room)
        return _Path(value, reported, low, high, likely=value, at=self.at, seen=self.at)


@dataclass(slots=True)
class _Suspect:
    """A value not believed yet: since when, first reported when, and whether another reading has spoken against it."""

    path: _Path
    since: datetime
    reported: datetime
    contradicted: bool = False


@dataclass(slots=True)
class Watch:
    """What one sensor told over time, and which of it to believe."""

    _path: _Path | None = None
    _before_zero: _Path | None = None
    _pace: Pace | None = None
    _suspect: _Suspect | None = None
    _doubted_since: datetime | None = None
    fallen_since: datetime | None = None
    """Since when a zero that came by a jump is believed, for nothing spoke against it for long enough."""
    _arriving: bool = True
    _gap: timedelta = timedelta()
    _poll: timedelta = timedelta()

    def judge(self, reading: Reading[float], now: datetime, pace: Pace, other: float | None = None) -> Reading[float]:
        """Return the reading, or why it is doubted. `other`: the same quantity by another reading, where it is known."""
        widest = pace if self._pace is None else pace.widest(self._pace)
        self._pace = pace
        self._path = self._path and self._path.later(now, widest)
        self._before_zero = self._before_zero and self._before_zero.later(now, widest)
        if self._suspect is not None:
            self._suspect.path = self._suspect.path.later(now, widest)
        value, reported = reading.value, reading.at or now
        if value is None:
            self._arriving, self._suspect, self._doubted_since = True, None, None
            return reading
        if not self._is_nothing(value) and self._before_zero is not None and self._before_zero.leads_to(value):
            self._path = self._before_zero  # the zero was none: it is back where it was
        if self._can_be(value, other):
            self._believe(value, reported, now, pace)
            return reading
        suspect = self._suspected(value, reported, now, widest)
        against = self._speaks_against(value, other)
        suspect.contradicted = against or (suspect.contradicted and other is None)
        if not suspect.contradicted and self._confirmed(suspect, value, reported, now, other):
            before, self._path = self._path, None
            self.fallen_since = suspect.since if self._is_nothing(value) and not _agree(value, other) else None
            self._believe(value, reported, now, pace)
            self._before_zero = before if self._is_nothing(value) else None
            return reading
        return self._doubted(reading, value, now, settled=against and now - suspect.since >= CONFIRMED_AFTER)

    def _can_be(self, value: float, other: float | None) -> bool:
        """Whether a value follows from what was believed. An exact zero that comes first is an integration's, not a meter's."""
        if self._arriving and (value == 0 or self._speaks_against(value, other)):
            return False
        suspect = self._suspect
        if other is None and suspect is not None and suspect.contradicted and suspect.path.leads_to(value):
            return False  # the other reading is gone: that is no word for this one
        if self._path is None:
            return True
        return self._path.leads_to(value) and not self._speaks_against(value, other)

    def _speaks_against(self, value: float, other: float | None) -> bool:
        """Whether the other reading contradicts; a level that came down step by step is better known than a voltage."""
        if other is None:
            return False
        came_by_a_jump = self._arriving or self._suspect is not None or not (self._path and self._path.leads_to(value))
        too_low = other - value >= (_APART if value else _APART_FROM_SURE)
        too_high = other <= _EMPTY and value - other >= _APART_FROM_SURE
        return too_high or (came_by_a_jump and too_low)

    def _suspected(self, value: float, reported: datetime, now: datetime, pace: Pace) -> _Suspect:
        """Return the suspect of which this value is more, or a new one."""
        if self._suspect is not None and self._suspect.path.leads_to(value):
            self._suspect.path = self._suspect.path.read(value, reported, pace.room)
        else:
            contradicted = self._suspect is not None and self._suspect.contradicted
            self._suspect = _Suspect(_Path.begin(value, reported, now, pace.room), now, reported, contradicted)
        if self._doubted_since is None:
            self._doubted_since = now
        if pace.zero is None and self._is_nothing(value):
            self._suspect.since = now
        return self._suspect

    def _confirmed(
        self, suspect: _Suspect, value: float, reported: datetime, now: datetime, other: float | None
    ) -> bool:
        """Whether another poll of the entity, its standing long enough, or the other reading confirms a value."""
        if _agree(value, other):
            return True
        patience = max(CONFIRMED_AFTER, _LATE_POLL * self._poll)
        if self._is_nothing(value) and (zero := self._zero_lasts()):
            return now - suspect.since >= max(patience, zero)
        return reported - suspect.reported >= ONE_POLL or now - suspect.since >= patience

    def _is_nothing(self, value: float) -> bool:
        return abs(value) <= (0.0 if self._pace is None else self._pace.nothing)

    def _zero_lasts(self) -> timedelta:
        zero = self._pace.zero if self._pace is not None else timedelta()
        return timedelta.max if zero is None else zero

    def _believe(self, value: float, reported: datetime, now: datetime, pace: Pace) -> None:
        self._arriving, self._suspect, self._doubted_since = False, None, None
        if not self._is_nothing(value):
            self._before_zero = self.fallen_since = None
        if self._path is None:
            self._path = _Path.begin(value, reported, now, pace.room)
            return
        if (gap := reported - self._path.reported) >= ONE_POLL:
            polled = value == self._path.value and abs(gap - self._gap) < _UNSTEADY * gap and gap <= _LONGEST_POLL
            self._gap, self._poll = gap, gap if polled else self._poll
        self._path = self._path.read(value, reported, pace.room)

    def _doubted(self, reading: Reading[float], told: float, now: datetime, *, settled: bool) -> Reading[float]:
        """Return the doubt. Settled: the other reading is the truth, and nothing of this sensor's holds any more."""
        since = self._doubted_since or now
        holds = not settled and self._path is not None and now - self._path.seen < BELIEVED_FOR
        believed = self._path.likely if self._path is not None and holds else None
        trouble = Trouble.CONTRADICTED if settled else Trouble.DOUBTED
        return replace(reading, value=None, at=since, trouble=trouble, doubt=Doubt(told, believed))


def _agree(value: float, other: float | None) -> bool:
    return other is not None and abs(other - value) <= _AGREES


def _hours(span: timedelta) -> float:
    return max(0.0, span.total_seconds() / 3600)
