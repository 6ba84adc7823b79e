"""Whether a sensor that says nothing new is alive.

Home Assistant's MQTT and template sensors write nothing while their value stands still: a full battery and a dark roof
are silent for hours. So silence is told by the company an entity keeps.
"""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..model.seen import SILENT, Seen

type _Company = tuple[str, str]
"""A device's or a config entry's kind and id."""


class Pulse:
    """Tells which sensors are stale, from what else of their device or integration reports."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._states = hass.states
        self._registry = er.async_get(hass)
        # A company may have hundreds of entities: it is asked once, and again when its last report has grown old too.
        self._reported: dict[_Company, datetime] = {}
        self._silent: set[_Company] = set()
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
        entry = self._registry.async_get(state.entity_id)
        company = _company_of(entry)
        if company is None:
            self._listen(state)
        if now - state.last_reported <= limit:
            return False
        if company is None:
            return state.entity_id in self._repeating
        return not self._alive(company, now, limit)

    def _listen(self, state: Seen) -> None:
        """Notice an entity that reports the same value again."""
        entity_id = state.entity_id
        if entity_id in self._repeating:
            return
        before = self._told.get(entity_id)
        if before is not None and before[0] == state.state and before[1] < state.last_reported:
            self._repeating.add(entity_id)
        self._told[entity_id] = state.state, state.last_reported

    def _alive(self, company: _Company, now: datetime, limit: timedelta) -> bool:
        if company in self._silent:
            return False
        seen = self._reported.get(company)
        if seen is None or now - seen > limit:
            seen = max((state.last_reported for state in self._members(company)), default=None)
        if seen is None or now - seen > limit:
            self._silent.add(company)
            return False
        self._reported[company] = seen
        return True

    def _members(self, company: _Company) -> list[Seen]:
        """Return the states of a company; what has no value is no sign of life."""
        kind, key = company
        if kind == "device":
            entries = er.async_entries_for_device(self._registry, key)
        else:
            entries = er.async_entries_for_config_entry(self._registry, key)
        states = (self._states.get(entry.entity_id) for entry in entries)
        return [state for state in states if state is not None and state.state not in SILENT]


def _company_of(entry: er.RegistryEntry | None) -> _Company | None:
    if entry is None:
        return None
    if entry.device_id is not None:
        return "device", entry.device_id
    return None if entry.config_entry_id is None else ("integration", entry.config_entry_id)
