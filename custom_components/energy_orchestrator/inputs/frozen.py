"""What stands although it must have moved is no reading of now."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

# A level that stands while more than this part of the capacity must have flowed is frozen.
_FROZEN: Final = 0.1
_LONGEST_STEP: Final = timedelta(minutes=30)


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
