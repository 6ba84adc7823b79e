"""Reading what was stored: whatever lies there, setting up goes on."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER

_VERSION = 1


def store_of(hass: HomeAssistant, key: str) -> Store[dict[str, Any]]:
    """Return a store of ours. A power cut leaves no half of a file."""
    return Store(hass, _VERSION, f"{DOMAIN}.{key}", atomic_writes=True)


async def async_read(store: Store[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Return what is stored, empty where there is nothing, and whether all there was could be read."""
    try:
        stored: Any = await store.async_load()
    except Exception:  # noqa: BLE001 - another version's, other bytes, something else: each raises its own
        LOGGER.warning("%s cannot be read; it starts afresh", store.key, exc_info=True)
        return {}, False
    if stored is None:
        return {}, True
    if not isinstance(stored, dict):
        LOGGER.warning("%s holds something else; it starts afresh", store.key)
        return {}, False
    return stored, True
