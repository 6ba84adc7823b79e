"""Home Assistant's answers to what an observer asks: the states, the place on earth, and who belongs together."""

from collections.abc import Iterable
from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.sun import get_astral_observer

from ..settings import Settings
from .observer import Observer
from .pulse import Circle, Company


def observer_of(hass: HomeAssistant, settings: Settings) -> Observer:
    """Return an observer of this home."""
    return Observer(hass.states.get, settings, partial(get_astral_observer, hass), _company(hass))


def _company(hass: HomeAssistant) -> Company:
    """Return the company of a device; for an entity without one, of its integration's config entry."""
    registry = er.async_get(hass)

    def of(entity_id: str) -> Circle | None:
        entry = registry.async_get(entity_id)
        if entry is None:
            return None
        if entry.device_id is not None:
            return "device", entry.device_id
        return None if entry.config_entry_id is None else ("integration", entry.config_entry_id)

    def members(circle: Circle) -> Iterable[str]:
        kind, key = circle
        if kind == "device":
            entries = er.async_entries_for_device(registry, key)
        else:
            entries = er.async_entries_for_config_entry(registry, key)
        return (entry.entity_id for entry in entries)

    return Company(of, members)
