"""How often an entity reports by itself."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

# What comes so soon after a report is part of it: an integration writes one state after the other.
_SAME_REPORT: Final = timedelta(seconds=2)
# A poll is told by gaps that are about the same, so many of the last ones.
_ALIKE: Final = 3
_WITHIN: Final = 1.25
_REMEMBERED: Final = 8


class Cadence:
    """Learns from the times of an entity's reports whether it is polled, and how often."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._gaps: deque[timedelta] = deque(maxlen=_REMEMBERED)

    def hear(self, at: datetime) -> None:
        """Take the time of the newest report; one that is known already tells nothing."""
        if self._last is not None:
            gap = at - self._last
            if gap < _SAME_REPORT:
                return
            self._gaps.append(gap)
        self._last = at

    @property
    def every(self) -> timedelta | None:
        """The shortest gap that comes again and again; None where none does: it reports when it has something to say."""
        gaps = sorted(self._gaps)
        alike = zip(gaps, gaps[_ALIKE - 1 :], strict=False)
        return next((long for short, long in alike if long <= short * _WITHIN), None)
