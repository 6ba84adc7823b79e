"""How long to wait for what an entity shows: by its own pace, which is learned from its reports or set by the owner."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ..model.pace import Cadence
from ..model.seen import SILENT, Seen, domain_of
from ..settings import Settings

# A device that is told something may take so long at least, and is waited for so long at most: some settings are polled
# every quarter of an hour.
READ_BACK: Final = timedelta(seconds=10)
LONGEST: Final = timedelta(minutes=16)
# A poll comes a little late now and then.
_LATE: Final = timedelta(seconds=5)
# One that has shown at once what it was told, by push or on hope, is asked again after so long where it does not.
_PROMPT: Final = timedelta(minutes=1)
# What was shown may fall back for so long where nobody knows when it is polled: clouds are asked every five minutes.
FIRST_POLL: Final = timedelta(seconds=30)
_UNKNOWN_POLL: Final = timedelta(minutes=5, seconds=30)
# Helpers of Home Assistant itself are what they show.
_HELPERS: Final = frozenset({"input_boolean", "input_number", "input_select"})


def told_pace(settings: Settings, device_id: str) -> timedelta | None:
    """Return how often a device is polled as its owner has set it; None where nothing is set."""
    mapped = settings.inverters.get(device_id) or settings.miners.get(device_id)
    return None if mapped is None else mapped.poll


class Paces:
    """The pace of every entity that is driven."""

    def __init__(self) -> None:
        self._learned: defaultdict[str, Cadence] = defaultdict(Cadence)
        self._set: dict[str, timedelta] = {}
        self._prompt: set[str] = set()

    def take(self, settings: Settings) -> None:
        """Take over what the owner has set."""
        devices = (*settings.inverters, *settings.miners)
        said = {device: pace for device in devices if (pace := told_pace(settings, device)) is not None}
        self._set = {entity: pace for device, pace in said.items() for entity in settings.driven(device)}

    def hear(self, shown: Iterable[Seen | None], written: dict[str, datetime]) -> None:
        """Learn from what entities show; a report that our own writing to an entity brought about does not count."""
        for seen in shown:
            if seen is not None and not _is_echo(seen, written.get(seen.entity_id)):
                self._learned[seen.entity_id].hear(seen.last_reported)

    def answered(self, entity_id: str, took: timedelta) -> None:
        """Notice that it showed what it was told after so long."""
        (self._prompt.add if took < READ_BACK else self._prompt.discard)(entity_id)

    def every(self, entity_id: str) -> timedelta | None:
        """Return how often an entity is polled, None where nobody knows."""
        return self._set.get(entity_id) or self._learned[entity_id].every

    def overdue(self, seen: Seen | None, entity_id: str, told: datetime, now: datetime) -> bool:
        """Whether an entity that does not show what it was told has had its time: its poll has shown the other.

        One that says nothing has not answered: it has another poll.
        """
        silent = seen is not None and seen.state in SILENT
        if not silent and self.every(entity_id) is None and seen is not None and self.polled(seen, told):
            return True
        return now - told >= min(LONGEST, (2 if silent else 1) * self.read_back(entity_id))

    def read_back(self, entity_id: str) -> timedelta:
        """Return how long an entity may take to show what it was told."""
        if domain_of(entity_id) in _HELPERS:
            return READ_BACK
        every = self.every(entity_id)
        if every is None:
            return _PROMPT if entity_id in self._prompt else LONGEST
        return _within(every + _LATE)

    def lasted(self, seen: Seen, told: datetime, now: datetime) -> bool:
        """Whether what an entity shows since it was told so has outlived a poll: it is the device's word, and no hope."""
        since, every = max(told, seen.last_changed), self.every(seen.entity_id)
        waited, polled = now - since, self.polled(seen, since)
        if every is None or domain_of(seen.entity_id) in _HELPERS:
            return polled or waited >= self.lasting(seen.entity_id)
        # A poll that is known of and does not come has been changed, or is late.
        return waited >= (self.lasting(seen.entity_id) if polled else LONGEST)

    def lasting(self, entity_id: str) -> timedelta:
        """Return how long after it was told something an entity may fall back by its device's doing."""
        if domain_of(entity_id) in _HELPERS:
            return FIRST_POLL
        every = self.every(entity_id)
        return _UNKNOWN_POLL if every is None else max(FIRST_POLL, _within(every + _LATE))

    @staticmethod
    def polled(seen: Seen, since: datetime) -> bool:
        """Whether an entity has reported by itself since it was told something: what it shows now is the device's word."""
        return seen.last_reported - since >= READ_BACK


def _within(pace: timedelta) -> timedelta:
    return min(max(pace, READ_BACK), LONGEST)


def _is_echo(seen: Seen, written: datetime | None) -> bool:
    return written is not None and timedelta() <= seen.last_reported - written < READ_BACK
