"""A poll that failed reads zero throughout: all numbers of a device at once are not believed before that has lasted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ..model.readings import Doubt, Reading, Trouble

# A poll that read nothing but zeros is not believed before it has lasted this long.
GLITCH_LASTS: Final = timedelta(seconds=90)


@dataclass(slots=True)
class Zeros:
    """The polls of one device. `since`: since when it has read nothing but zeros that are not believed."""

    since: datetime | None = None
    _alive: bool = False
    _last: dict[str, float] = field(default_factory=dict)

    def judge(self, numbers: Mapping[str, Reading[float]], now: datetime, least: int = 2) -> dict[str, Reading[float]]:
        """Return what to put in their place, by name, while `least` numbers or more have only just all become zero."""
        known = {name: reading for name, reading in numbers.items() if reading.source and reading.value is not None}
        alive = any(reading.value for reading in known.values())
        if alive or len(known) < least:
            self._alive, self.since = alive or self._alive, None
            self._last = {name: reading.value for name, reading in known.items() if reading.value is not None}
            return {}
        if self.since is None and self._alive:
            self.since = now
        if self.since is None or now - self.since > GLITCH_LASTS:
            self.rest()
            return {}
        return {name: zeroed(reading, self.since, self._last.get(name)) for name, reading in known.items()}

    def rest(self) -> None:
        """Take zeros for what they are, until there is something else again."""
        self._alive, self.since = False, None


def zeroed[T: (int, float)](reading: Reading[T], since: datetime, last: float | None) -> Reading[T]:
    """Return the reading of a failed poll; `last` is what it read before."""
    return Reading(None, since, Trouble.ZERO_GLITCH, reading.source, Doubt(0.0, last))
