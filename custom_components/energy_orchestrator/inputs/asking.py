"""Collect in the event loop what forecasts are made from: states, providers' answers, the weather. No maths here."""

from asyncio import timeout
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from astral import Observer
from homeassistant.components.weather.const import DOMAIN as WEATHER, WeatherEntityFeature
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, ATTR_SUPPORTED_FEATURES, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.sun import get_astral_observer
from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..model.readings import Reading, SiteReadings, Trouble
from ..settings import Settings
from .observer import NamedTrouble

_PATIENCE_S: Final = 10
_ENERGY: Final = "energy"
_GET_FORECASTS: Final = "get_forecasts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything the maths needs. `solar` holds each provider's Wh per period by its config entry, None where it failed."""

    settings: Settings
    readings: SiteReadings
    now: datetime
    observer: Observer
    prices: Mapping[str, State | None]
    solar: Mapping[str, Mapping[str, object] | None]
    weather: tuple[Mapping[str, Any], ...] = ()
    temperature_unit: str | None = None
    troubles: tuple[NamedTrouble, ...] = field(default=())


async def gather(hass: HomeAssistant, settings: Settings, readings: SiteReadings) -> Material:
    """Ask every source; one that fails is left out and named."""
    named = [
        price for price in (settings.import_price, settings.export_price, settings.hashprice) if isinstance(price, str)
    ]
    solar = await _providers(hass)
    weather, unit, troubles = await _weather(hass, settings.entities.weather)
    return Material(
        settings=settings,
        readings=readings,
        now=readings.at,
        observer=get_astral_observer(hass),
        prices={entity_id: hass.states.get(entity_id) for entity_id in named},
        solar=solar,
        weather=weather,
        temperature_unit=unit,
        troubles=troubles,
    )


async def _providers(hass: HomeAssistant) -> dict[str, Mapping[str, object] | None]:
    """Return the answers of the Energy dashboard's solar forecast providers."""
    if _ENERGY not in hass.config.components:
        return {}
    from homeassistant.components.energy.data import async_get_manager
    from homeassistant.components.energy.websocket_api import async_get_energy_platforms

    try:
        prefs = (await async_get_manager(hass)).data
        sources = prefs["energy_sources"] if prefs else []
        asked = {
            entry_id
            for source in sources
            if source["type"] == "solar"
            for entry_id in source.get("config_entry_solar_forecast") or ()
        }
        platforms = await async_get_energy_platforms(hass) if asked else {}
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


async def _weather(
    hass: HomeAssistant, entity_id: str | None
) -> tuple[tuple[Mapping[str, Any], ...], str | None, tuple[NamedTrouble, ...]]:
    """Return the weather entity's hourly forecast and its unit of temperature."""
    if entity_id is None:
        return (), None, ()
    state = hass.states.get(entity_id)
    if state is None or state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        return (), None, (_silent(entity_id, state),)
    features = state.attributes.get(ATTR_SUPPORTED_FEATURES)
    if not isinstance(features, int) or not features & WeatherEntityFeature.FORECAST_HOURLY:
        return (), None, ()
    try:
        async with timeout(_PATIENCE_S):
            answer = await hass.services.async_call(
                WEATHER,
                _GET_FORECASTS,
                {"type": "hourly"},
                target={ATTR_ENTITY_ID: entity_id},
                blocking=True,
                return_response=True,
            )
        room = answer.get(entity_id) if isinstance(answer, dict) else None
        listed = room.get("forecast") if isinstance(room, dict) else None
    except Exception:  # noqa: BLE001  # another integration's code
        LOGGER.debug("The weather forecast of %s failed", entity_id, exc_info=True)
        listed = None
    rows = tuple(row for row in listed if isinstance(row, Mapping)) if isinstance(listed, list) else ()
    unit = state.attributes.get("temperature_unit")
    troubles = () if rows else (_failed(entity_id),)
    return rows, unit if isinstance(unit, str) else None, troubles


def _silent(entity_id: str, state: State | None) -> NamedTrouble:
    if state is None:
        return None, "weather", Reading[float](None, None, Trouble.MISSING, entity_id)
    trouble = Trouble.UNAVAILABLE if state.state == STATE_UNAVAILABLE else Trouble.UNKNOWN
    return None, "weather", Reading[float](None, state.last_changed, trouble, entity_id)


def _failed(entity_id: str) -> NamedTrouble:
    return None, "weather", Reading[float](None, dt_util.utcnow(), Trouble.UNKNOWN, entity_id)
