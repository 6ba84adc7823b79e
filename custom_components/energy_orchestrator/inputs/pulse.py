"""Whether a sensor that says nothing new is alive.

Home Assistant's MQTT and template sensors write nothing while their value stands still: a full battery and a dark roof
are silent for hours. So silence is told by the company an entity keeps.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ..model.seen import SILENT, Look, Seen

type Circle = tuple[str, str]
"""A kind of company and its id: a device, or an integration's config entry."""


@dataclass(frozen=True, slots=True)
class Company:
    """Who reports together: the circle `of` an entity, None where it has none, and the entities that are its `members`."""

    of: Callable[[str], Circle | None]
    members: Callable[[Circle], Iterable[str]]


ALONE: Final = Company(lambda _entity_id: None, lambda _circle: ())
"""A home in which no entity keeps company."""


# Who reports this rarely is given time for so many reports, but not for longer than the other.
_MISSED: Final = 3
_LONGEST: Final = timedelta(hours=6)
# So many gaps tell a pace, of so many of the last.
# A silence is one where it was looked at so often; who was not looked at may have spoken.
_LOOKS: Final = 3
_LEAST_GAPS: Final = 3
_GAPS: Final = 5


@dataclass(slots=True)
class _Heard:
    """What an entity told last, and how long it was seen to be silent since, and before each of its last reports."""

    state: str
    reported: datetime
    repeats: bool = False
    silent: timedelta = timedelta()
    looked: datetime | None = None
    looks: int = 0
    gaps: deque[timedelta] = field(default_factory=lambda: deque(maxlen=_GAPS))

    @property
    def patience(self) -> timedelta:
        """How long its silence means nothing, by its usual pace; who was twice quicker of late is not slow."""
        if len(self.gaps) < _LEAST_GAPS:
            return timedelta()
        return min(_LONGEST, _MISSED * sorted(self.gaps)[1])


class Pulse:
    """Tells which sensors are stale, from their own pace and from what else of their device or integration reports."""

    def __init__(self, look: Look, company: Company) -> None:
        self._look = look
        self._company = company
        # A circle may have hundreds of entities: it is asked once a look, and only where its last report has grown old.
        self._reported: dict[Circle, datetime] = {}
        self._asked: set[Circle] = set()
        self._heard: dict[str, _Heard] = {}

    def begin(self) -> None:
        """Begin a look at all sensors: who was silent may have spoken since."""
        self._asked.clear()

    def stale(self, state: Seen, now: datetime, usual: timedelta, own: timedelta | None = None) -> bool:
        """Whether a sensor is dead: it and all of its device have been silent for longer than its limit.

        Its limit is its `own`, which the owner has set, or the `usual` one, or more where it never reported that often.
        One without a device has its integration's config entry for company. One without either (a template in YAML, say)
        has none, and silence tells nothing, unless it has a limit of its own or is known to repeat itself.
        """
        heard = self._listen(state, now)
        limit = own or max(usual, heard.patience)
        if now - state.last_reported <= limit:
            return False
        circle = self._company.of(state.entity_id)
        if circle is None:
            return own is not None or heard.repeats
        return not self._alive(circle, now, limit)

    def _listen(self, state: Seen, now: datetime) -> _Heard:
        """Notice a report, and one that says the same again."""
        heard = self._heard.get(state.entity_id)
        if heard is None:
            heard = self._heard[state.entity_id] = _Heard(state.state, state.last_reported)
        elif heard.reported < state.last_reported:
            heard.gaps.append(heard.silent if heard.looks >= _LOOKS else timedelta())
            heard.repeats |= heard.state == state.state
            heard.state, heard.reported, heard.silent = state.state, state.last_reported, timedelta()
            heard.looks = 0
        heard.silent = max(heard.silent, now - state.last_reported)
        heard.looks, heard.looked = heard.looks + (now != heard.looked), now
        return heard

    def _alive(self, circle: Circle, now: datetime, limit: timedelta) -> bool:
        seen = self._reported.get(circle)
        if (seen is None or now - seen > limit) and circle not in self._asked:
            self._asked.add(circle)
            seen = max((state.last_reported for state in self._members(circle)), default=None)
            if seen is not None:
                self._reported[circle] = seen
        return seen is not None and now - seen <= limit

    def _members(self, circle: Circle) -> list[Seen]:
        """Return the states of a circle; what has no value is no sign of life."""
        states = (self._look(entity_id) for entity_id in self._company.members(circle))
        return [state for state in states if state is not None and state.state not in SILENT]
