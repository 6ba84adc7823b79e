"""The weather of a simulated site; a real one has its own."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import async_add_simulated
from .runtime import EnergyConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the weather of a simulated site."""
    async_add_simulated(entry, Platform.WEATHER, async_add_entities)
