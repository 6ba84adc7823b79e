"""What stands although it must have moved is no reading of now."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

# A level that stands while more than this part of the capacity must have flowed is frozen.
_FROZEN: Final = 0.1
_LONGEST_STEP: Final = timedelta(minutes=30)
# A power that has stood so long to the watt, while the level went so far the other way, is frozen.
_STOOD: Final = timedelta(minutes=10)
_CONTRARY: Final = 0.05


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


@dataclass(slots=True)
class Contrary:
    """A power that stands while the level goes the other way."""

    _power_w: float | None = None
    _level: float = 0.0
    _since: datetime | None = None

    def frozen(self, power_w: float | None, level: float | None, now: datetime) -> bool:
        """Whether the power (W, + charging) has not moved at all, and the level (believed ones only) against it."""
        if level is None:
            return False
        if power_w is None or power_w != self._power_w or self._since is None:
            self._power_w, self._level, self._since = power_w, level, now
            return False
        against = (self._level - level) if power_w > 0 else (level - self._level)
        return power_w != 0 and against > _CONTRARY and now - self._since >= _STOOD


def _hours(span: timedelta) -> float:
    return max(0.0, span.total_seconds() / 3600)
