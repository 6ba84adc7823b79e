"""Doubt: what a sensor tells that cannot be is not believed before another poll, or another reading, agrees.

A failed poll reads 0 %, an integration that starts reads 0 %, a register is read half: between two good polls there is
a value that would stop every miner and charge 5 kW from the grid. Whether a value can be is judged by where the quantity
can have got to since it was last believed. Good news is doubted like bad news.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import Final, Self

from ..model.readings import Doubt, Reading, Trouble
from ..model.site import Battery

# Where no second report comes, a value that stands this long is the entity's own word: some report changes only.
CONFIRMED_AFTER: Final = timedelta(seconds=90)
# Two writes within this time are of one poll.
_ONE_POLL: Final = timedelta(seconds=1)
# An entity that repeats itself at even intervals, up to this long, is polled: its next poll is waited for.
_LONGEST_POLL: Final = timedelta(minutes=6)
_UNSTEADY: Final = 0.2
_LATE_POLL: Final = 1.2
# What was believed longer ago says nothing about now: a doubt that is not settled by then leaves the value unknown.
_BELIEVED_FOR: Final = timedelta(minutes=10)

# Steps of 5 % and a point of error: BMS round, and meters lag behind the load.
_SOC_ROOM: Final = 0.06
# Meters err, cells age, and between two looks a load comes and goes.
_MARGIN: Final = 1.5
_UNSEEN: Final = 0.1
# Less than this part of a battery's power is a meter's offset, and no energy.
_OFFSET: Final = 0.02
# A level that stands while more than this part of the capacity must have flowed is frozen.
_FROZEN: Final = 0.1
_LONGEST_STEP: Final = timedelta(minutes=30)

# A load moves the voltage by some percent at once; at the knee it falls some percent in a minute.
_VOLTAGE_ROOM: Final = 0.1
_VOLTAGE_PER_H: Final = 6.0

# A voltage confirms a level within this.
_AGREES: Final = 0.15
# LiFePO4 stands near 52 V from 20 % to 70 %: only this far apart do level and voltage contradict each other; less is
# enough where one of them is sure. Packs with fewer cells read low on the curve: a level is too high only for the
# voltage of an empty pack.
_APART: Final = 0.6
_APART_FROM_SURE: Final = 0.4
_EMPTY: Final = 0.15


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a quantity can rise and fall (≥ 0) and how it drifts by what is measured (+ rising), per hour.

    `room` is for all that happens at once: steps of the sensor, its errors, other meters that lag. It ends at `most`.
    """

    rise: float
    fall: float
    room: float
    drift: float = 0.0
    most: float = inf

    def widest(self, other: Self) -> Self:
        """Return a pace that allows what either does."""
        return replace(self, rise=max(self.rise, other.rise), fall=max(self.fall, other.fall))


def level_pace(battery: Battery, power_w: float | None) -> Pace:
    """Return how fast a battery's level can move: by its measured power, or by its ratings where that is not known."""
    into = battery.charge_efficiency / battery.capacity_wh
    out = 1 / (battery.discharge_efficiency * battery.capacity_wh)
    if power_w is None:
        charge_w, discharge_w, drift_w = battery.max_charge_w, battery.max_discharge_w, 0.0
    else:
        charge_w, discharge_w, drift_w = max(0.0, power_w), max(0.0, -power_w), power_w
        if abs(power_w) < _OFFSET * max(battery.max_charge_w, battery.max_discharge_w):
            drift_w = 0.0
    return Pace(
        rise=(_MARGIN * charge_w + _UNSEEN * battery.max_charge_w) * into,
        fall=(_MARGIN * discharge_w + _UNSEEN * battery.max_discharge_w) * out,
        room=_SOC_ROOM,
        drift=drift_w * (into if drift_w > 0 else out),
        most=1.0,
    )


def voltage_pace(voltage_v: float) -> Pace:
    """Return how fast a voltage can move, from where it is."""
    per_h = _VOLTAGE_PER_H * voltage_v
    return Pace(rise=per_h, fall=per_h, room=_VOLTAGE_ROOM * voltage_v)


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

    def later(self, now: datetime, pace: Pace) -> Self:
        hours = _hours(now - self.at)
        return replace(
            self,
            low=self.low - pace.fall * hours,
            high=self.high + pace.rise * hours,
            likely=min(pace.most, max(0.0, self.likely + pace.drift * hours)),
            at=now,
        )

    def leads_to(self, value: float) -> bool:
        return self.low - 1e-9 <= value <= self.high + 1e-9

    def read(self, value: float, reported: datetime, room: float) -> Self:
        """Go on from a value on this path. What it used up of the room comes back with time only, or on the way back."""
        low, high = max(self.low, value - room), min(self.high, value + room)
        return replace(self, value=value, reported=reported, low=low, high=high, likely=value, seen=self.at)


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
        if value and self._before_zero is not None and self._before_zero.leads_to(value):
            self._path = self._before_zero  # the zero was none: it is back where it was
        if self._can_be(value, other):
            self._believe(value, reported, now, pace)
            return reading
        suspect = self._suspected(value, reported, now, widest)
        against = self._speaks_against(value, other)
        suspect.contradicted = against or (suspect.contradicted and other is None)
        if not suspect.contradicted and self._confirmed(suspect, value, reported, now, other):
            before, self._path = self._path, None
            self._believe(value, reported, now, pace)
            self._before_zero = None if value else before
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
        return self._suspect

    def _confirmed(
        self, suspect: _Suspect, value: float, reported: datetime, now: datetime, other: float | None
    ) -> bool:
        """Whether another poll of the entity, its standing long enough, or the other reading confirms a value."""
        if other is not None and abs(other - value) <= _AGREES:
            return True
        patience = max(CONFIRMED_AFTER, _LATE_POLL * self._poll)
        return reported - suspect.reported >= _ONE_POLL or now - suspect.since >= patience

    def _believe(self, value: float, reported: datetime, now: datetime, pace: Pace) -> None:
        self._arriving, self._suspect, self._doubted_since = False, None, None
        if value:
            self._before_zero = None
        if self._path is None:
            self._path = _Path.begin(value, reported, now, pace.room)
            return
        if (gap := reported - self._path.reported) >= _ONE_POLL:
            polled = value == self._path.value and abs(gap - self._gap) < _UNSTEADY * gap and gap <= _LONGEST_POLL
            self._gap, self._poll = gap, gap if polled else self._poll
        self._path = self._path.read(value, reported, pace.room)

    def _doubted(self, reading: Reading[float], told: float, now: datetime, *, settled: bool) -> Reading[float]:
        """Return the doubt. Settled: the other reading is the truth, and nothing of this sensor's holds any more."""
        since = self._doubted_since or now
        holds = not settled and self._path is not None and now - self._path.seen < _BELIEVED_FOR
        believed = self._path.likely if self._path is not None and holds else None
        trouble = Trouble.CONTRADICTED if settled else Trouble.DOUBTED
        return replace(reading, value=None, at=since, trouble=trouble, doubt=Doubt(told, believed))


@dataclass(slots=True)
class Stillness:
    """How much energy must have flowed while a level has not moved, as a part of the capacity."""

    _level: float | None = None
    _at: datetime | None = None
    _flowed: float = field(default=0.0)

    def frozen(self, level: float | None, now: datetime, drift: float) -> bool:
        """Whether the level must have moved, by the measured `drift` per hour, further than any sensor's step."""
        step = timedelta() if self._at is None else now - self._at
        moved = level != self._level
        self._level, self._at = level, now
        if moved or level is None:
            self._flowed = 0.0
            return False
        if step <= _LONGEST_STEP:
            self._flowed += drift * _hours(step)
        return abs(min(1.0, max(0.0, level + self._flowed)) - level) > _FROZEN


def _hours(span: timedelta) -> float:
    return max(0.0, span.total_seconds() / 3600)
