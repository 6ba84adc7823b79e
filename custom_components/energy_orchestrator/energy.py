"""The Energy dashboard's solar forecast of a simulated site; a real one brings its own provider."""

from typing import cast

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .runtime import EnergyConfigEntry


async def async_get_solar_forecast(hass: HomeAssistant, config_entry_id: str) -> dict[str, dict[str, float]] | None:
    """Return Wh by the beginning of each hour, None for a site that is not simulated."""
    entry = cast("EnergyConfigEntry | None", hass.config_entries.async_get_entry(config_entry_id))
    if entry is None or entry.state is not ConfigEntryState.LOADED or entry.runtime_data.simulation is None:
        return None
    return {"wh_hours": entry.runtime_data.simulation.ahead.wh_hours}
