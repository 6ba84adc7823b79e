"""What is odd is looked at twice: power jumps as it pleases, and only what cannot be, or fits nothing, waits."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..model.readings import Doubt, Reading, Trouble
from .doubt import BELIEVED_FOR, CONFIRMED_AFTER, GARBLED, ONE_POLL


@dataclass(slots=True)
class Recheck:
    """What one sensor told last that was believed, and since when it tells what is odd."""

    _believed: float | None = None
    _seen: datetime | None = None
    _since: datetime | None = None
    _garbled_since: datetime | None = None
    _reported: datetime | None = None
    _confirmed: bool = False

    def judge(self, reading: Reading[float], now: datetime, *, odd: bool) -> Reading[float]:
        """Return the reading; while it is odd and no other poll of its entity has told so too, why it is doubted."""
        if reading.value is None:
            return self._without(reading, now)
        self._garbled_since = None
        reported = reading.at or now
        if not odd:
            self._since = None
        elif self._since is None:
            self._since, self._reported, self._confirmed = now, reported, False
        if self._since is not None and self._reported is not None and not self._confirmed:
            self._confirmed = reported - self._reported >= ONE_POLL or now - self._since >= CONFIRMED_AFTER
            if not self._confirmed:
                doubt = Doubt(reading.value, self._last(now))
                return replace(reading, value=None, at=self._since, trouble=Trouble.DOUBTED, doubt=doubt)
        self._believed, self._seen = reading.value, now
        return reading

    def _without(self, reading: Reading[float], now: datetime) -> Reading[float]:
        """Return a reading without a value; after a poll gone wrong what was believed holds for a while."""
        if reading.trouble not in GARBLED:
            return reading
        self._garbled_since = self._garbled_since or now
        believed = self._last(now) if now - self._garbled_since < CONFIRMED_AFTER else None
        if believed is None:
            return reading
        told = reading.doubt.told if reading.doubt is not None else believed
        return replace(reading, doubt=Doubt(told, believed))

    def _last(self, now: datetime) -> float | None:
        return self._believed if self._seen is not None and now - self._seen < BELIEVED_FOR else None
