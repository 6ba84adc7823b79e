"""A plant that runs along the clock inside Home Assistant: time passes, commands arrive, and its devices are shown."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .. import const as c
from ..model.codec import encode
from ..model.plausible import plausible
from ..model.salvage import DamagedError, salvaged
from ..stores import async_read, store_of
from .ahead import Ahead, hour_of, look_ahead
from .faults import CommandRefusedError, Fault
from .kept import Kept
from .meters import Meters
from .plant import Plant
from .readings import PlantReadings
from .series import SeriesError, read_series
from .sites import SITES, SimulatedSite
from .sun import Place

VERSION: Final = 1
TICK: Final = timedelta(seconds=5)
# Stepping a longer gap takes more than two milliseconds: not in the event loop.
_LONG: Final = timedelta(seconds=25)
_SAVE_EVERY: Final = timedelta(minutes=5)
# What happened while Home Assistant was away is stepped through, but not more than this.
_LONGEST_AWAY: Final = timedelta(days=2)


class Simulation:
    """The running plant of one simulated site."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], plant: Plant, ahead: Ahead) -> None:
        self.plant: Final = plant
        self.site_title: Final = entry.title
        self.entry_id: Final = entry.entry_id
        self.currency: Final = hass.config.currency
        self.readings: PlantReadings = plant.readings()
        self.meters: Meters = plant.meters
        self.ahead = ahead
        self._hass = hass
        self._store = _store(hass, entry.entry_id)
        self._saved = plant.now
        self._lock = asyncio.Lock()
        self._listeners: dict[str, set[Callable[[], None]]] = defaultdict(set)

    @property
    def site(self) -> SimulatedSite:
        """The ready-made site."""
        return self.plant.site

    @callback
    def async_begin(self, entry: ConfigEntry[Any]) -> None:
        """Let time pass from now on, until the entry is unloaded."""
        hass = self._hass
        entry.async_on_unload(self.async_save)
        entry.async_on_unload(async_track_time_interval(hass, self.async_tick, TICK, cancel_on_shutdown=True))
        entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_FINAL_WRITE, self._async_final_write))

    @callback
    def async_listen(self, device: str, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever a device shows something new; returns how to stop that."""
        self._listeners[device].add(listener)
        return lambda: self._listeners[device].discard(listener)

    async def async_tick(self, _: datetime) -> None:
        """Let the plant catch up with the clock, and show it."""
        if self._lock.locked():
            return  # the plant is at it already
        async with self._lock:
            await self._async_pass_time()
            self._show()
        if self.plant.now - self._saved >= _SAVE_EVERY:
            self._saved = self.plant.now
            self._store.async_delay_save(self._kept, 1)

    async def async_command(self, device: str, act: Callable[[Plant], None]) -> None:
        """Command a device. Raises `HomeAssistantError` where it refuses."""
        async with self._lock:
            await self._async_pass_time()
            try:
                act(self.plant)
            except CommandRefusedError as err:
                raise HomeAssistantError(
                    translation_domain=c.DOMAIN,
                    translation_key="simulated_device_refused",
                    translation_placeholders={"device": device},
                ) from err
            self._show()

    async def async_set_fault(self, device: str, fault: Fault, *, on: bool) -> None:
        """Switch a fault of a device on or off."""
        async with self._lock:
            await self._async_pass_time()
            self.plant.set_fault(device, fault, on=on)
            self._show()

    async def async_save(self) -> None:
        """Keep the plant's state now."""
        await self._store.async_save(self._kept())

    async def _async_final_write(self, _: Event) -> None:
        await self.async_save()

    async def _async_pass_time(self) -> None:
        now = dt_util.utcnow()
        if now - self.plant.now <= _LONG:
            self.plant.advance(now)
        else:
            await self._hass.async_add_executor_job(self.plant.advance, now)
        if hour_of(self.plant.now) != self.ahead.hour:
            self.ahead = await self._hass.async_add_executor_job(look_ahead, self.plant)

    @callback
    def _show(self) -> None:
        """Let every device report; one that is stuck says nothing, so that its states age."""
        self.readings, self.meters = self.plant.readings(), self.plant.meters
        stuck = {device for device in self.plant.devices if Fault.STALE in self.plant.faults(device)}
        for device, listeners in self._listeners.items():
            if device not in stuck:
                for listener in tuple(listeners):
                    listener()

    def _kept(self) -> dict[str, Any]:
        kept = encode(self.plant.kept())
        assert isinstance(kept, dict), "a dataclass is encoded as a mapping"
        return kept


async def async_run_plant(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Simulation:
    """Make the plant of a simulated site's entry, at Home Assistant's place, and go on from what was kept of it.

    Raises `ConfigEntryError` where the site or its series is not there any more.
    """
    site = SITES.get(entry.data[c.CONF_SIMULATED_SITE])
    if site is None:
        raise ConfigEntryError(
            translation_domain=c.DOMAIN,
            translation_key="simulated_site_unknown",
            translation_placeholders={"site": str(entry.data[c.CONF_SIMULATED_SITE])},
        )
    now = dt_util.utcnow()
    kept = _kept_of((await async_read(_store(hass, entry.entry_id)))[0], now)
    place = Place(hass.config.latitude, hass.config.longitude, hass.config.time_zone)
    series_file: str | None = entry.data.get(c.CONF_SIMULATION_SERIES)

    def make() -> tuple[Plant, Ahead]:
        series = read_series(Path(series_file)) if series_file else None
        away_since = now if kept is None else min(now, max(kept.at, now - _LONGEST_AWAY))
        plant = Plant(site, start=away_since, place=place, series=series)
        if kept is not None:
            plant.restore(kept)
        plant.advance(now)
        return plant, look_ahead(plant)

    try:
        plant, ahead = await hass.async_add_executor_job(make)
    except SeriesError as err:
        raise ConfigEntryError(
            translation_domain=c.DOMAIN,
            translation_key="simulation_series_unreadable",
            translation_placeholders={"problem": str(err)},
        ) from err
    return Simulation(hass, entry, plant, ahead)


async def async_forget_plant(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what was kept of a removed site's plant."""
    await _store(hass, entry_id).async_remove()


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return store_of(hass, f"{entry_id}.plant")


def _kept_of(stored: dict[str, Any], now: datetime) -> Kept | None:
    """Return what was kept, None where there is nothing or it cannot be read."""
    if not stored:
        return None
    try:
        return salvaged(Kept, stored, plausible(now))[0]
    except DamagedError:
        c.LOGGER.warning("What was kept of the simulated site cannot be read; it starts afresh")
        return None
