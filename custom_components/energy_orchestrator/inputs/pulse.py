"""Whether a sensor that says nothing new is alive.

Home Assistant's MQTT and template sensors write nothing while their value stands still: a full battery and a dark roof
are silent for hours. So silence is told by the company an entity keeps.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


class Pulse:
    """Tells which sensors are stale, from what else of their device or integration reports."""

    def __init__(self, look: Look, company: Company) -> None:
        self._look = look
        self._company = company
        # A circle may have hundreds of entities: it is asked once, and again when its last report has grown old too.
        self._reported: dict[Circle, datetime] = {}
        self._silent: set[Circle] = set()
        self._told: dict[str, tuple[str, datetime]] = {}
        self._repeating: set[str] = set()

    def begin(self) -> None:
        """Begin a look at all sensors: who was silent may have spoken since."""
        self._silent.clear()

    def stale(self, state: Seen, now: datetime, limit: timedelta) -> bool:
        """Whether a sensor is dead: it and all of its device have been silent for longer than `limit`.

        One without a device has its integration's config entry for company. One without either (a template in YAML, say)
        has none, and silence tells nothing, unless it is known to repeat itself: then it is polled, and no more.
        """
        circle = self._company.of(state.entity_id)
        if circle is None:
            self._listen(state)
        if now - state.last_reported <= limit:
            return False
        if circle is None:
            return state.entity_id in self._repeating
        return not self._alive(circle, now, limit)

    def _listen(self, state: Seen) -> None:
        """Notice an entity that reports the same value again."""
        entity_id = state.entity_id
        if entity_id in self._repeating:
            return
        before = self._told.get(entity_id)
        if before is not None and before[0] == state.state and before[1] < state.last_reported:
            self._repeating.add(entity_id)
        self._told[entity_id] = state.state, state.last_reported

    def _alive(self, circle: Circle, now: datetime, limit: timedelta) -> bool:
        if circle in self._silent:
            return False
        seen = self._reported.get(circle)
        if seen is None or now - seen > limit:
            seen = max((state.last_reported for state in self._members(circle)), default=None)
        if seen is None or now - seen > limit:
            self._silent.add(circle)
            return False
        self._reported[circle] = seen
        return True

    def _members(self, circle: Circle) -> list[Seen]:
        """Return the states of a circle; what has no value is no sign of life."""
        states = (self._look(entity_id) for entity_id in self._company.members(circle))
        return [state for state in states if state is not None and state.state not in SILENT]
