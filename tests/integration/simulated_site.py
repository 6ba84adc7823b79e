"""A simulated site in a test: set up through the real config flow, and its devices' entities."""

from datetime import timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.runtime import Runtime

# A clear day in June, noon where the site stands.
NOON: Final = "2026-06-20T10:30:00+00:00"


async def async_place(hass: HomeAssistant) -> None:
    """Put Home Assistant where the ready-made sites stand."""
    await hass.config.async_update(
        latitude=48.14, longitude=11.58, time_zone="Europe/Berlin", country="DE", currency="EUR"
    )
    assert await async_setup_component(hass, "homeassistant", {})


async def async_add_site(hass: HomeAssistant, site: str, **more: str) -> ConfigEntry[Runtime]:
    """Add a simulated site as its owner would, and wait for its first plan."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "simulated"})
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {"simulated_site": site, **more})
    assert done["type"] == "create_entry", done
    await hass.async_block_till_done(wait_background_tasks=True)
    entry: ConfigEntry[Runtime] = done["result"]
    return entry


async def async_leave(hass: HomeAssistant) -> None:
    """Unload the sites while the tests' clock still stands: else months would have to be simulated at the end."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


def simulated_id(hass: HomeAssistant, entry: ConfigEntry[Runtime], platform: str, key: str) -> str:
    """Return the entity of the plant by its device and key, as `battery_soc`."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{entry.entry_id}_simulated_{key}")
    assert found, f"no {platform} {key}"
    return found


def simulated(hass: HomeAssistant, entry: ConfigEntry[Runtime], platform: str, key: str) -> State:
    """Return the state of that entity."""
    state = hass.states.get(simulated_id(hass, entry, platform, key))
    assert state
    return state


async def async_pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, step: timedelta) -> None:
    """Let time pass in one step: first the plant sees the new time, then all that waits for it."""
    freezer.tick(step)
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if (simulation := entry.runtime_data.simulation) is not None:
            await simulation.async_tick(dt_util.utcnow())
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
