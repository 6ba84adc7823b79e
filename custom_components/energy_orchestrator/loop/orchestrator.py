"""The coordinator: Home Assistant's clock, listeners, threads and store for the cycle (`cycle.py`)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.event import async_call_later, async_track_state_change_event
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..control import Dispatcher, drive_of
from ..control.home import HomeHands
from ..inputs.asking import expect
from ..inputs.home import observer_of
from ..inputs.troubles import clear_troubles, report_damage, report_troubles
from ..library import library_of
from ..model.decision import BatteryMode, BatteryOverride, Decisions, MinerOverride, Override
from ..model.forecast import Forecasts
from ..model.horizon import tiered
from ..model.policy import Policy
from ..model.possible import is_possible
from ..model.readings import SiteReadings
from ..model.site import Drive, InvalidSiteError, Mode
from ..planner.pose import Situation, UnknownSocError
from ..settings import Settings, check_device, settings_of
from ..telling import hourly_told
from .clock import WallClock, moved, remembered_by
from .cycle import (
    REPLAN_COOLDOWN,
    decided,
    endangered,
    is_doubted,
    is_news,
    is_unsettled,
    observed,
    planned,
    situation,
    until_next,
    wants_plan,
)
from .memory import Memory
from .overrides import Overrides
from .questions import Questions
from .snapshot import Failure, Planned, Snapshot
from .worker import Worker, WorkerStoppedError

# Readings settle between polls of the devices; more often would only judge half of a change.
PROTECTION_COOLDOWN_S = 2.0
# Danger does not wait for that: it is looked for at once, and again so soon after.
GUARD_EVERY_S = 0.3
# What is doubted is looked at this often: a second report of the same value is no change of state.
DOUBT_LOOK_S = 5.0
# The event loop is everyone's: entities are told of a new snapshot in slices of this length.
TELLING_SLICE_S = 0.002


def _planned(posed: Situation) -> Planned:
    """Plan in the thread: everything of size happens there."""
    made = planned(posed)
    return replace(made, hours=hourly_told(made.report, posed.site))


class Orchestrator(DataUpdateCoordinator[Snapshot]):
    """One site's loop, every interval by the clock and at once where something that matters changes.

    Between the plans every change of a mapped reading is judged against the standing plan (`_async_protect`).
    """

    config_entry: ConfigEntry[Any]

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], settings: Settings) -> None:
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {entry.title}",
            request_refresh_debouncer=Debouncer(hass, LOGGER, cooldown=REPLAN_COOLDOWN.total_seconds(), immediate=True),
        )
        self.settings = settings
        self.memory = Memory(hass, entry.entry_id)
        self.dispatcher = Dispatcher(HomeHands(hass), settings, self.memory.audit)
        self.library = library_of(hass)
        self._observer = observer_of(hass, settings)
        self._protection = Debouncer(
            hass, LOGGER, cooldown=PROTECTION_COOLDOWN_S, immediate=True, function=self._async_protect
        )
        self._protecting = settings.protecting_entities()
        self._guard = Debouncer(hass, LOGGER, cooldown=GUARD_EVERY_S, immediate=True, function=self._async_guard)
        self._clock = WallClock(monotonic)
        self._second_look: CALLBACK_TYPE | None = None
        self._renewal: CALLBACK_TYPE | None = None
        self.overrides = Overrides(hass, self.memory, self.dispatcher, self._async_decide_anew, self._replan)
        self.reloading = False
        self._running = False
        self._telling: asyncio.Task[None] | None = None
        self._planning = Worker(hass, "planning")
        self.questions = Questions(
            hass,
            lambda answer: entry.async_create_background_task(hass, answer, f"{self.name} question"),
            lambda: self.data,
            self._async_situate,
        )
        self._listening: dict[object, CALLBACK_TYPE] = {}
        self._taken: Mapping[str, datetime] = {}

    async def _async_setup(self) -> None:
        await self.memory.async_load()
        report_damage(self.hass, self.config_entry, self.memory.damaged)

    async def async_start(self) -> None:
        """Begin to plan and act: called once Home Assistant and with it the mapped devices are up."""
        self._running = True
        self.config_entry.async_on_unload(
            async_track_state_change_event(self.hass, self.settings.mapped_entities(), self._on_change)
        )
        self.config_entry.async_on_unload(self._protection.async_shutdown)
        self.config_entry.async_on_unload(self._guard.async_shutdown)
        if self.library is not None:
            self.config_entry.async_on_unload(self.library.async_add_listener(self._policies_changed))
        self.config_entry.async_on_unload(self._keep_polling())
        self._look_for_danger()
        await self.async_refresh()

    async def async_stop(self) -> None:
        """Leave the devices safe and remember the day; a reload leaves them running, for the loop comes right back."""
        self._running = False
        ended = asyncio.gather(self._planning.async_shutdown(), self.questions.async_shutdown())
        if self._second_look is not None:
            self._second_look()
        self._end_renewal()
        self.overrides.stop()
        if not self.reloading:
            await self.dispatcher.async_release()
            clear_troubles(self.hass, self.config_entry)
        self.dispatcher.shutdown()
        await self.memory.async_save()
        await ended

    def _keep_polling(self) -> CALLBACK_TYPE:
        """A coordinator without listeners would stop; this one drives devices even when every entity is disabled."""
        return self.async_add_listener(lambda: None)

    # The cycle

    async def _async_update_data(self) -> Snapshot:
        self.update_interval = until_next(dt_util.utcnow(), self.settings.interval)
        snapshot = self._observe()
        if not self._running:
            return snapshot
        made, failure = await self._async_plan(snapshot)
        if self._stopped:
            return snapshot  # unloaded or stopping meanwhile: the devices have been released
        # Planning takes its time: what was read, switched or asked for meanwhile counts.
        snapshot = self._decide(replace(self._observe(), planned=made, failure=failure))
        await self._async_dispatch(snapshot)
        return snapshot

    @property
    def _stopped(self) -> bool:
        return not self._running

    @callback
    def _observe(self) -> Snapshot:
        """Read the devices and move the ledger on; plan and decisions stay as they were."""
        now = dt_util.utcnow()
        if by := self._clock.set_by(now):
            self._set_clock(by)
        readings = self._observer.observe(now)
        self._settle_doubts(readings)
        snapshot = observed(
            readings,
            self.settings,
            self.memory.remembered,
            self.memory.past,
            self.data,
            switched=self.dispatcher.switched(readings.at),
            drives={battery.id: self.drive(battery.id) for battery in self.settings.site.batteries},
            found=self.dispatcher.findings(readings.at),
        )
        was, self.memory.remembered, self.memory.past = self.memory.remembered, snapshot.remembered, snapshot.past
        self.memory.async_schedule_save()
        taken, self._taken = self._taken, snapshot.found.taken
        if was.overrides != snapshot.remembered.overrides or taken != self._taken:
            # A person's own switching is a word of theirs as well, of a single unit or a set-point too.
            self.config_entry.async_create_background_task(self.hass, self.memory.async_save(), f"{self.name} word")
        if self._running:
            self.overrides.await_turn(snapshot)
        return snapshot

    @callback
    def _set_clock(self, by: timedelta) -> None:
        """Follow a clock that was set: runs, pauses and the owner's words last by what passes."""
        LOGGER.warning("The clock was set by %.0f s; what has begun goes on", by.total_seconds())
        self.memory.remembered = remembered_by(self.memory.remembered, by)
        self.dispatcher.set_clock(by)
        if self.data is not None:
            self.data = moved(self.data, by)

    @callback
    def drive(self, battery_id: str) -> Drive:
        """Return what a battery can be told, by what is mapped and can be set now."""
        return drive_of(self.settings, battery_id, self.hass.states.get)

    async def _async_plan(self, snapshot: Snapshot) -> tuple[Planned | None, Failure | None]:
        """Return a new plan, or the standing one and why there is no new one."""
        try:
            forecasts = await self._async_forecasts(snapshot)
            posed = situation(snapshot, self._policies, forecasts)
            return await self._planning.async_do(partial(_planned, posed)), None
        except UnknownSocError:
            return snapshot.planned, Failure.SOC_UNKNOWN
        except WorkerStoppedError:
            return snapshot.planned, snapshot.failure
        except Exception:  # noqa: BLE001 - whatever breaks in planning must not take entities and protection down
            if snapshot.failure is not Failure.PLANNING_FAILED:
                LOGGER.exception("Planning failed; the last plan stands and devices are kept safe")
            return snapshot.planned, Failure.PLANNING_FAILED

    async def _async_forecasts(self, snapshot: Snapshot) -> Forecasts:
        return await expect(
            self.hass, self.settings, snapshot.readings, tiered(snapshot.at), self.memory.sources, snapshot.past
        )

    async def _async_situate(self, snapshot: Snapshot) -> Situation:
        return situation(snapshot, self._policies, await self._async_forecasts(snapshot), afresh=True)

    def _decide(self, snapshot: Snapshot) -> Snapshot:
        snapshot = decided(snapshot, self._policies)
        if is_unsettled(snapshot):
            self._look_soon()
        return snapshot

    async def _async_dispatch(self, snapshot: Snapshot) -> None:
        """Carry out or record the decisions. A device that breaks here must not take the entities down."""
        try:
            report_troubles(
                self.hass,
                self.config_entry,
                self.settings,
                snapshot.readings,
                self.memory.sources,
                self._observer.covered,
                self._observer.mismatch,
            )
            await self.dispatcher.async_dispatch(
                snapshot.decisions, snapshot.readings, snapshot.ledger, self.settings.mode
            )
        except Exception:  # noqa: BLE001 - whatever a device's integration raises
            LOGGER.exception("Carrying out the decisions failed; the next cycle tries again")
        self._await_renewal()

    # Between the cycles

    @property
    def _policies(self) -> tuple[Policy, ...]:
        return self.library.policies if self.library is not None else ()

    @callback
    def _policies_changed(self) -> None:
        self._replan()

    @callback
    def _on_change(self, event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] in self.settings.price_entities():
            self._replan()
            return
        if event.data["entity_id"] in self._protecting:
            self._look_for_danger()
        self._protect()

    # Neither begins at once: a device that reports writes one state after the other, and is judged by all of them.

    @callback
    def _look_for_danger(self) -> None:
        self.config_entry.async_create_background_task(
            self.hass, self._guard.async_call(), f"{self.name} guard", eager_start=False
        )

    @callback
    def _protect(self) -> None:
        self.config_entry.async_create_background_task(
            self.hass, self._protection.async_call(), f"{self.name} protection", eager_start=False
        )

    @callback
    def _replan(self) -> None:
        self.config_entry.async_create_background_task(
            self.hass, self.async_request_refresh(), f"{self.name} replan", eager_start=False
        )

    @callback
    def _settle_doubts(self, readings: SiteReadings) -> None:
        """Look again soon where something is doubted: what is confirmed by then is acted on."""
        if is_doubted(readings):
            self._look_soon()

    @callback
    def _look_soon(self) -> None:
        if self._running and self._second_look is None:
            self._second_look = async_call_later(self.hass, DOUBT_LOOK_S, self._look_again)

    @callback
    def _look_again(self, _: datetime) -> None:
        self._second_look = None
        self._protect()

    @callback
    def _await_renewal(self) -> None:
        """Be there when a device is about to forget what it was told, though nothing reports until then."""
        self._end_renewal()
        due = self.dispatcher.renews_at
        wait_s = 0.0 if due is None else (due - dt_util.utcnow()).total_seconds()
        if self._running and wait_s > 0:
            self._renewal = async_call_later(self.hass, wait_s, self._renew)

    @callback
    def _end_renewal(self) -> None:
        if self._renewal is not None:
            self._renewal()
            self._renewal = None

    @callback
    def _renew(self, _: datetime) -> None:
        self._renewal = None
        self._protect()

    async def _async_guard(self) -> None:
        """Stop at once what is in danger: without a plan, and without waiting for what is being sent elsewhere."""
        if not self._running:
            return
        snapshot = self._decide(self._observe())
        stops = endangered(snapshot)
        if stops.miners:
            # Not waited for: what comes into danger meanwhile is not either.
            self.config_entry.async_create_background_task(
                self.hass, self._async_stop_now(stops, snapshot), f"{self.name} stop"
            )
            self.data = snapshot
            self.async_update_listeners()
            self._protect()

    async def _async_stop_now(self, stops: Decisions, snapshot: Snapshot) -> None:
        try:
            await self.dispatcher.async_shed(stops, snapshot.readings, snapshot.ledger, self.settings.mode)
        except Exception:  # noqa: BLE001 - whatever a device's integration raises
            LOGGER.exception("Stopping what is in danger failed; it is tried again")

    async def _async_protect(self) -> None:
        """Judge new readings against the standing plan; act at once where a decision changes."""
        if not self._running or self.data is None or (self.data.planned is None and self.data.failure is None):
            return  # the first planning is still under way
        snapshot, last = self._decide(self._observe()), self.data
        if is_news(snapshot, last):
            await self._async_act_on(snapshot)
        elif self.settings.mode is Mode.AUTOMATIC:
            # What failed or had to wait gets its next try; the dispatcher leaves out what stands and keeps the spacing.
            await self._async_dispatch(snapshot)
        if wants_plan(snapshot, last):
            self._replan()

    async def _async_decide_anew(self) -> None:
        """Act on what stands over the plan now."""
        if self.data is not None and self._running:
            await self._async_act_on(self._decide(self._observe()))

    async def _async_act_on(self, snapshot: Snapshot) -> None:
        """Carry out and publish between the cycles."""
        await self._async_dispatch(snapshot)
        # Not async_set_updated_data: that would put off the next cycle.
        self.data = snapshot
        self.async_update_listeners()

    @callback
    @override
    def async_add_listener(self, update_callback: CALLBACK_TYPE, context: Any = None) -> CALLBACK_TYPE:
        """Listen for new snapshots; return what ends that."""
        remove = super().async_add_listener(update_callback, context)
        self._listening[key := object()] = update_callback

        @callback
        def leave() -> None:
            self._listening.pop(key, None)
            remove()

        return leave

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Tell the entities, a few at a time: a hundred miners have a thousand of them."""
        self._telling = self.config_entry.async_create_task(self.hass, self._async_tell(), f"{self.name} telling")

    async def _async_tell(self) -> None:
        mine = asyncio.current_task()
        began = monotonic()
        for key in list(self._listening):
            if monotonic() - began > TELLING_SLICE_S:
                await asyncio.sleep(0)
                if self._telling is not mine:
                    return  # a newer snapshot is being told
                began = monotonic()
            listener = self._listening.get(key)
            if listener is None:
                continue  # removed meanwhile
            try:
                listener()
            except Exception:  # noqa: BLE001 - one entity's mistake must not silence the others
                LOGGER.exception("An entity of %s could not be updated", self.name)

    # What people ask for

    async def async_plan_now(self) -> None:
        """Run a whole cycle now."""
        await self.async_refresh()

    async def async_override(self, *words: Override) -> None:
        """Put the owner's words over the plan, no two of one device.

        Raises `ServiceValidationError` where a battery cannot be brought into the mode, or to the power.
        """
        for word in words:
            if isinstance(word, BatteryOverride):
                self.check_drivable(word.battery_id, word.mode, word.power_w)
        await self.overrides.async_lay(words)

    async def async_override_miner(
        self, miner_id: str, *, run: bool, hours: float, power_w: float | None = None
    ) -> None:
        """Put the owner's word over the plan for a miner from now on (power per unit in W, None for its highest level)."""
        now = dt_util.utcnow()
        await self.async_override(
            MinerOverride(miner_id=miner_id, run=run, since=now, until=now + timedelta(hours=hours), power_w=power_w)
        )

    async def async_override_battery(
        self, battery_id: str, mode: BatteryMode, *, hours: float, power_w: float | None = None
    ) -> None:
        """Put the owner's word over the plan for a battery from now on (power in W ≥ 0, None for its limit).

        Raises as `async_override`.
        """
        now = dt_util.utcnow()
        until = now + timedelta(hours=hours)
        await self.async_override(
            BatteryOverride(battery_id=battery_id, mode=mode, since=now, until=until, power_w=power_w)
        )

    async def async_clear_override(self, device_id: str | None) -> None:
        """Give a device back to the plan, of later words too; None gives back all."""
        await self.overrides.async_clear(device_id)

    @callback
    def check_drivable(self, battery_id: str, mode: BatteryMode, power_w: float | None = None) -> None:
        """Raise `ServiceValidationError` where nothing that is mapped brings a battery into a mode, or to a power."""
        drive = self.drive(battery_id)
        names, inverter_id = self.settings.site.names, self.settings.batteries[battery_id].controller or ""
        key = None
        if not drive.can(mode):
            key = f"cannot_{mode.value}" if inverter_id in names else "no_controller"
        elif power_w is not None and not {
            BatteryMode.CHARGE: drive.charge_power,
            BatteryMode.DISCHARGE: drive.discharge_power,
        }.get(mode, True):
            key = f"cannot_set_{mode.value}_power"
        if key is not None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key=key,
                translation_placeholders={"device": names[battery_id], "inverter": names.get(inverter_id, "")},
            )

    async def async_set_option(self, key: str, value: Any) -> None:
        """Store an option (mode, strategy) without a reload; the entry's update listener acts on it."""
        entry = self.config_entry
        self.hass.config_entries.async_update_entry(entry, options={**entry.options, key: value})

    async def async_set_device_setting(self, device_id: str, key: str, value: Any) -> None:
        """Store a run-time setting of a device (reserve, start or stop SOC, in %) in its subentry, without a reload.

        Raises `InvalidSiteError` where the device could not exist with it; nothing is stored then.
        """
        entry = self.config_entry
        subentry = entry.subentries[device_id]
        if not is_possible(value):
            raise InvalidSiteError(key, "must be a number that can be")
        data = {**subentry.data, key: value}
        check_device(subentry.subentry_type, data)
        self.hass.config_entries.async_update_subentry(entry, subentry, data=data)

    async def async_settings_changed(self) -> None:
        """Take over settings that need no reload, and replan."""
        settings = settings_of(
            self.config_entry, currency=self.hass.config.currency, time_zone=self.hass.config.time_zone
        )
        leaves_control = self.settings.mode is Mode.AUTOMATIC and settings.mode is not Mode.AUTOMATIC
        self.settings = self.dispatcher.settings = self._observer.settings = settings
        if leaves_control:
            await self.dispatcher.async_release()
            await self.overrides.async_forget_hands()
        await self.async_request_refresh()
