"""The mapped site, up and planned, and how tests find what it shows."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop.orchestrator import Orchestrator
from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from tests.conftest import DEFAULT_MOMENT

from .mapped_site import STATES, entry_of_site, set_states

# For a test about this very hour.
MORNING: Final = DEFAULT_MOMENT


async def async_set_up_house(
    hass: HomeAssistant, entry: MockConfigEntry | None = None, *, mapped: bool = True, **states: str
) -> MockConfigEntry:
    """Set up the site until its first plan stands; `states` by name, without the entities there is nothing mapped."""
    if mapped:
        set_states(hass)
    for name, state in states.items():
        put(hass, f"sensor.{name}", state)
    entry = entry or entry_of_site()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


def put(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Let an entity of the site report a state."""
    hass.states.async_set(entity_id, state, STATES[entity_id][1], force_update=True)


def orchestrator_of(entry: MockConfigEntry) -> Orchestrator:
    """Return the loop of a loaded entry."""
    orchestrator: Orchestrator = entry.runtime_data.orchestrator
    return orchestrator


def snapshot_of(entry: MockConfigEntry) -> Snapshot:
    """Return what a loaded entry published last."""
    return orchestrator_of(entry).data


def entity_id_of(hass: HomeAssistant, platform: str, owner: str, key: str) -> str:
    """Return the entity of a device (its subentry id, or the entry's id for the site) by its key."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{owner}_{key}")
    assert found, f"no {platform} {key} of {owner}"
    return found


def state_of(hass: HomeAssistant, platform: str, owner: str, key: str) -> State:
    """Return an entity's state."""
    state = hass.states.get(entity_id_of(hass, platform, owner, key))
    assert state
    return state


def device_of(hass: HomeAssistant, entry: MockConfigEntry, owner: str) -> dr.DeviceEntry:
    """Return the device of a subentry, or of the site."""
    devices: list[Any] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    found: dr.DeviceEntry = next(device for device in devices if (DOMAIN, owner) in device.identifiers)
    return found
