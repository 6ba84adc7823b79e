"""Energy Orchestrator: plans a home's battery, solar inverter and bitcoin miners, drives them, and says why."""

from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .assist import triggers
from .assist.manager import Manager
from .const import CONF_MODE, CONF_SIMULATED_SITE, DOMAIN, RUNTIME_DEVICE_SETTINGS, RUNTIME_OPTIONS
from .inputs.troubles import report_impossible
from .library import async_open_library
from .loop.memory import Memory
from .loop.orchestrator import Orchestrator
from .model.site import InvalidSiteError, Mode
from .runtime import EnergyConfigEntry, Runtime
from .services import async_setup_services
from .settings import impossible, settings_of, with_new_name
from .web.cards import async_serve_cards
from .web.commands import async_register_commands

type Structure = tuple[str, dict[str, Any], dict[str, Any], dict[str, tuple[str, dict[str, Any]]]]

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.CONVERSATION,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.WEATHER,
]
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register actions and messages: they exist, and explain themselves, before any site is loaded."""
    async_setup_services(hass)
    async_register_commands(hass)
    await async_serve_cards(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EnergyConfigEntry) -> bool:
    """Set up one site; it begins to plan once Home Assistant has started."""
    simulation = None
    if entry.data.get(CONF_SIMULATED_SITE):
        from .simulation.home import async_start_simulation

        simulation = await async_start_simulation(hass, entry)
    try:
        settings = settings_of(entry, currency=hass.config.currency, time_zone=hass.config.time_zone)
    except InvalidSiteError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="invalid_site", translation_placeholders={"problem": str(err)}
        ) from err
    report_impossible(hass, entry, impossible(entry))
    await async_open_library(hass, entry)
    orchestrator = Orchestrator(hass, entry, settings)
    await orchestrator.async_config_entry_first_refresh()
    entry.runtime_data = Runtime(orchestrator, Manager(orchestrator), simulation)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await triggers.async_register(entry.runtime_data.assistant)
    entry.async_on_unload(hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, partial(_follow_rename, hass, entry)))
    entry.async_on_unload(entry.add_update_listener(partial(_async_updated, _structure(entry))))
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, partial(_async_stop, orchestrator)))

    async def _start(hass: HomeAssistant) -> None:
        entry.async_create_background_task(hass, orchestrator.async_start(), f"{entry.title} start")
        # The first question shall not wait for what takes a second to load.
        prepared = entry.runtime_data.assistant.async_prepare(hass.config.language)
        entry.async_create_background_task(hass, prepared, f"{entry.title} words")

    entry.async_on_unload(async_at_started(hass, _start))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: EnergyConfigEntry) -> bool:
    """Leave the devices safe, then take the entities down."""
    runtime = entry.runtime_data
    await runtime.orchestrator.async_stop()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Forget what was remembered of a removed site."""
    await Memory(hass, entry.entry_id).async_remove()
    if entry.data.get(CONF_SIMULATED_SITE):
        from .simulation.running import async_forget_plant

        await async_forget_plant(hass, entry.entry_id)


async def _async_stop(orchestrator: Orchestrator, _: Event) -> None:
    await orchestrator.async_stop()


async def _async_updated(loaded: Structure, hass: HomeAssistant, entry: EnergyConfigEntry) -> None:
    """Reload where devices or mapping changed; settings the loop takes over by itself need no reload."""
    if _structure(entry) == loaded:
        await entry.runtime_data.orchestrator.async_settings_changed()
        return
    # Devices stay as they are only where the loop comes right back to drive all of them.
    devices = _structure(entry)[3]
    entry.runtime_data.orchestrator.reloading = entry.options.get(CONF_MODE) == Mode.AUTOMATIC.value and all(
        key in devices and devices[key][1] == data for key, (_, data) in loaded[3].items()
    )
    hass.config_entries.async_schedule_reload(entry.entry_id)


def _structure(entry: ConfigEntry[Any]) -> Structure:
    """Everything of an entry that takes a reload."""
    return (
        entry.title,
        dict(entry.data),
        {key: value for key, value in entry.options.items() if key not in RUNTIME_OPTIONS},
        {
            key: (subentry.title, {k: v for k, v in subentry.data.items() if k not in RUNTIME_DEVICE_SETTINGS})
            for key, subentry in entry.subentries.items()
        },
    )


@callback
def _follow_rename(
    hass: HomeAssistant, entry: EnergyConfigEntry, event: Event[er.EventEntityRegistryUpdatedData]
) -> None:
    """Keep the mapping when the user renames a mapped entity."""
    if event.data["action"] == "update" and "old_entity_id" in event.data:
        renamed(hass, entry, event.data["old_entity_id"], event.data["entity_id"])


@callback
def renamed(hass: HomeAssistant, entry: ConfigEntry[Any], old: str, new: str) -> bool:
    """Follow a mapped entity that the owner has renamed; return whether the entry had it."""
    entries = hass.config_entries
    changed = False
    if data := with_new_name(entry.data, old, new):
        changed = entries.async_update_entry(entry, data=data)
    for subentry in entry.subentries.values():
        if data := with_new_name(subentry.data, old, new):
            changed |= entries.async_update_subentry(entry, subentry, data=data)
    return changed
