"""Home Assistant's answers to what forecasts ask of a home."""

from asyncio import timeout
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.sun import get_astral_observer

from ..const import LOGGER
from ..learning.past import Past
from ..model.forecast import Forecasts
from ..model.horizon import Horizon
from ..model.readings import SiteReadings
from ..model.seen import Look
from ..settings import Settings
from .expect import ask, forecasts
from .forecasts.way import Basis
from .memory import SourceMemory

_PATIENCE_S: Final = 10
_ENERGY: Final = "energy"


async def expect(
    hass: HomeAssistant,
    settings: Settings,
    readings: SiteReadings,
    horizon: Horizon,
    memory: SourceMemory,
    past: Past,
) -> Forecasts:
    """Return what is expected over the horizon. `memory`: the entry's one; it also holds the troubles afterwards."""
    answers = await ask(_Home(hass), settings)
    basis = Basis(
        settings=settings,
        readings=readings,
        horizon=horizon,
        look={entity_id: hass.states.get(entity_id) for entity_id in settings.price_entities()}.get,
        place=get_astral_observer(hass),
        answers=answers,
        memory=memory,
        past=past,
    )
    return await hass.async_add_executor_job(forecasts, basis)


class _Home:
    """A home that Home Assistant runs."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.look: Look = hass.states.get

    async def response(self, domain: str, service: str, data: Mapping[str, Any], entity_id: str) -> object:
        """Call a service that answers."""
        try:
            async with timeout(_PATIENCE_S):
                answer = await self._hass.services.async_call(
                    domain,
                    service,
                    dict(data),
                    target={ATTR_ENTITY_ID: entity_id},
                    blocking=True,
                    return_response=True,
                )
        except Exception:  # noqa: BLE001  # another integration's code
            LOGGER.debug("%s does not answer to %s.%s", entity_id, domain, service, exc_info=True)
            return None
        return answer.get(entity_id) if isinstance(answer, dict) else None

    async def solar_forecasts(self) -> dict[str, Mapping[str, object] | None]:
        """Ask the Energy dashboard's solar forecast providers."""
        hass = self._hass
        try:
            asked, platforms = await _providers(hass)
        except Exception:  # noqa: BLE001  # another integration's code: whatever it raises, the plan must still come
            LOGGER.debug("The Energy dashboard's settings cannot be read", exc_info=True)
            return {}
        answers: dict[str, Mapping[str, object] | None] = {}
        for entry_id in sorted(asked):
            entry = hass.config_entries.async_get_entry(entry_id)
            if entry is None:
                continue  # removed: the dashboard keeps its name
            answers[entry_id] = None
            if entry.state is not ConfigEntryState.LOADED or entry.domain not in platforms:
                continue
            try:
                async with timeout(_PATIENCE_S):
                    answer = await platforms[entry.domain](hass, entry_id)
            except Exception:  # noqa: BLE001  # another integration's code
                LOGGER.debug("The solar forecast of %s failed", entry.title, exc_info=True)
                continue
            found = answer.get("wh_hours") if isinstance(answer, Mapping) else None
            answers[entry_id] = dict(found) if isinstance(found, Mapping) else None
        return answers


async def _providers(hass: HomeAssistant) -> tuple[set[str], Mapping[str, Any]]:
    """Return the config entries that the Energy dashboard takes the sun from, and how each integration is asked."""
    if _ENERGY not in hass.config.components:
        return set(), {}
    from homeassistant.components.energy.data import async_get_manager
    from homeassistant.components.energy.websocket_api import async_get_energy_platforms

    prefs = (await async_get_manager(hass)).data
    sources = prefs["energy_sources"] if prefs else []
    asked = {
        entry_id
        for source in sources
        if source["type"] == "solar"
        for entry_id in source.get("config_entry_solar_forecast") or ()
    }
    return asked, await async_get_energy_platforms(hass) if asked else {}
