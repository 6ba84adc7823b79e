"""The coordinator: observe → forecast → plan → decide → dispatch → publish."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, override

from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.event import async_call_later, async_track_state_change_event
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..control import Dispatcher, drive_of
from ..inputs import Observer, SourceMemory, clear_troubles, expect, report_troubles
from ..library import library_of
from ..model.decision import BatteryMode, BatteryOverride, Decisions, MinerOverride
from ..model.forecast import Forecasts
from ..model.horizon import tiered
from ..model.ledger import Prices, advance
from ..model.plan import Cost, Plan
from ..model.policy import Policy
from ..model.problem import Problem
from ..model.readings import SiteReadings, Trouble
from ..model.site import EVERYTHING, Drive, Mode
from ..model.whatif import WhatIf
from ..planner.battery_optimizer import decide_battery
from ..planner.comparing import exchanged
from ..planner.energy_planner import baseline, plan, valued
from ..planner.hourly import GAP as HOURLY_GAP, TIME_LIMIT_S as HOURLY_TIME_LIMIT_S, hourly
from ..planner.in_force import in_force
from ..planner.miner_coordinator import Circumstances, decide_miners
from ..planner.pose import Situation, UnknownSocError, pose, reserve_extra
from ..planner.report import Report, report
from ..settings import Settings, check_device, settings_of
from ..telling import hourly_told
from .memory import Memory, Remembered
from .snapshot import Snapshot
from .worker import Twins, Worker, WorkerStoppedError, in_time

if TYPE_CHECKING:
    from ..runtime import EnergyConfigEntry

# Readings settle between polls of the devices; more often would only judge half of a change.
PROTECTION_COOLDOWN_S = 2.0
REPLAN_COOLDOWN_S = 10.0
# What is doubted is looked at this often: a second report of the same value is no change of state.
DOUBT_LOOK_S = 5.0
# Readings are shown at least this often between the plans.
PUBLISH_EVERY = timedelta(seconds=30)
# The event loop is everyone's: entities are told of a new snapshot in slices of this length.
TELLING_SLICE_S = 0.002
# A cycle begins this long after the clock's boundary, so that it lies in the new slot.
AFTER_BOUNDARY_S = 1.0
SOC_BAND = 0.05
# A question gives up after this long, waiting included: one in words, and one that takes two whole plans.
ANSWERED_WITHIN_S = 20.0
SIMULATED_WITHIN_S = 60.0
# A plan to compare is the best found in this time: ten people who ask at once are all answered. What a difference
# between two such plans cannot tell is not told.
SIMULATED_PLAN_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Planned:
    """What one planning brings."""

    plan: Plan
    report: Report
    baseline: Cost
    hours: Sequence[Mapping[str, Any]]


def _plan(situation: Situation) -> _Planned:
    """Plan in a worker thread: everything of size happens here."""
    planned = plan(pose(situation), created=situation.readings.at)
    told = report(planned)
    return _Planned(plan=planned, report=told, baseline=baseline(planned), hours=hourly_told(told, situation.site))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Present:
    """A snapshot's problem and plan, with which plans of the same moment are compared."""

    snapshot: Snapshot
    problem: Problem
    plan: Plan


def _planned_as_it_is(situation: Situation) -> tuple[Problem, Plan]:
    problem = valued(pose(situation))
    return problem, _simulated(problem, situation.readings.at)


def _simulated(problem: Problem, created: datetime) -> Plan:
    return plan(problem, created=created, time_limit_s=SIMULATED_PLAN_S)


def _by_hour(problem: Problem, created: datetime, around: datetime | None) -> Plan:
    return plan(hourly(problem, around), created=created, time_limit_s=HOURLY_TIME_LIMIT_S, gap=HOURLY_GAP)


class Orchestrator(DataUpdateCoordinator[Snapshot]):
    """One site's loop, every interval by the clock and at once where something that matters changes.

    Between the plans every change of a mapped reading is judged against the standing plan (`_async_protect`).
    """

    config_entry: EnergyConfigEntry

    def __init__(self, hass: HomeAssistant, entry: EnergyConfigEntry, settings: Settings) -> None:
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {entry.title}",
            request_refresh_debouncer=Debouncer(hass, LOGGER, cooldown=REPLAN_COOLDOWN_S, immediate=True),
        )
        self.settings = settings
        self.memory = Memory(hass, entry.entry_id)
        self.dispatcher = Dispatcher(hass, settings, self.memory.audit)
        self.library = library_of(hass)
        self._observer = Observer(hass, settings)
        self._sources = SourceMemory()
        self._protection = Debouncer(
            hass, LOGGER, cooldown=PROTECTION_COOLDOWN_S, immediate=True, function=self._async_protect
        )
        self._second_look: CALLBACK_TYPE | None = None
        self.reloading = False
        self._prices = {
            p for p in (settings.import_price, settings.export_price, settings.hashprice) if isinstance(p, str)
        }
        self._running = False
        self._published = dt_util.utcnow()
        self._telling: asyncio.Task[None] | None = None
        self._planning = Worker(hass, "planning")
        self._questions = Worker(hass, "questions")
        self._twins = Twins(lambda answer: entry.async_create_background_task(hass, answer, f"{self.name} question"))
        self._simulating = asyncio.Lock()
        self._present: _Present | None = None

    async def _async_setup(self) -> None:
        await self.memory.async_load()

    async def async_start(self) -> None:
        """Begin to plan and act: called once Home Assistant and with it the mapped devices are up."""
        self._running = True
        self.config_entry.async_on_unload(
            async_track_state_change_event(self.hass, self.settings.mapped_entities(), self._on_change)
        )
        self.config_entry.async_on_unload(self._protection.async_shutdown)
        if self.library is not None:
            self.config_entry.async_on_unload(self.library.async_add_listener(self._policies_changed))
        self.config_entry.async_on_unload(self._keep_polling())
        await self.async_refresh()

    async def async_stop(self) -> None:
        """Leave the devices safe and remember the day; a reload leaves them running, for the loop comes right back."""
        self._running = False
        ended = asyncio.gather(self._planning.async_shutdown(), self._questions.async_shutdown())
        if self._second_look is not None:
            self._second_look()
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
        self._align_to_clock()
        snapshot = self._observe()
        if not self._running:
            return snapshot
        planned = await self._async_plan(snapshot)
        if self._stopped:
            return snapshot  # unloaded or stopping meanwhile: the devices have been released
        # Planning takes its time: what was read, switched or asked for meanwhile counts.
        snapshot = self._decide(
            replace(
                self._observe(),
                forecasts=planned.forecasts,
                plan=planned.plan,
                report=planned.report,
                baseline=planned.baseline,
                hours=planned.hours,
                failure=planned.failure,
            )
        )
        await self._async_dispatch(snapshot)
        self._published = snapshot.at
        return snapshot

    @property
    def _stopped(self) -> bool:
        return not self._running

    def _align_to_clock(self) -> None:
        interval_s = self.settings.interval.total_seconds()
        past_s = dt_util.utcnow().timestamp() % interval_s
        self.update_interval = timedelta(seconds=interval_s - past_s + AFTER_BOUNDARY_S)

    @callback
    def _observe(self) -> Snapshot:
        """Read the devices and move the ledger on; plan and decisions stay as they were."""
        readings = self._observer.observe(dt_util.utcnow())
        self._settle_doubts(readings)
        remembered = self._forget_expired(readings.at)
        last = self.data
        ledger = advance(remembered.ledger, self.settings.site, readings, _prices_now(last))
        self.memory.remembered = replace(remembered, ledger=ledger)
        self.memory.async_schedule_save()
        return Snapshot(
            settings=self.settings,
            readings=readings,
            ledger=ledger,
            decisions=last.decisions if last else Decisions(at=readings.at),
            forecasts=last.forecasts if last else None,
            plan=last.plan if last else None,
            report=last.report if last else None,
            baseline=last.baseline if last else None,
            hours=last.hours if last else (),
            failure=last.failure if last else None,
            planless_since=last.planless_since if last else None,
            # What a person switched at the device counts like what they asked us for; the later word wins.
            miner_overrides={**remembered.miner_overrides, **self.dispatcher.manual(readings.at)},
            battery_overrides=remembered.battery_overrides,
            drives={battery.id: self.drive(battery.id) for battery in self.settings.site.batteries},
        )

    @callback
    def drive(self, battery_id: str) -> Drive:
        """Return what a battery can be told, by what is mapped and can be set now."""
        return drive_of(self.settings, battery_id, self.hass.states.get)

    async def _async_plan(self, snapshot: Snapshot) -> Snapshot:
        """Replace forecasts and plan. A planning that fails leaves the standing plan and says why."""
        horizon = tiered(snapshot.at)
        try:
            forecasts = await expect(self.hass, self.settings, snapshot.readings, horizon, self._sources)
            situation = self._situation(replace(snapshot, forecasts=forecasts), forecasts)
            planned = await self._planning.async_do(partial(_plan, situation))
        except UnknownSocError:
            return replace(snapshot, failure="soc_unknown")
        except WorkerStoppedError:
            return snapshot
        except Exception:  # noqa: BLE001 - whatever breaks in planning must not take entities and protection down
            if snapshot.failure != "planning_failed":
                LOGGER.exception("Planning failed; the last plan stands and devices are kept safe")
            return replace(snapshot, failure="planning_failed")
        return replace(
            snapshot,
            forecasts=forecasts,
            plan=planned.plan,
            report=planned.report,
            baseline=planned.baseline,
            hours=planned.hours,
            failure=None,
        )

    def _situation(self, snapshot: Snapshot, forecasts: Forecasts) -> Situation:
        return Situation(
            site=self.settings.site,
            readings=snapshot.readings,
            forecasts=forecasts,
            horizon=tiered(snapshot.at),
            ledger=snapshot.ledger,
            last_plan=snapshot.plan,
            miner_overrides=snapshot.miner_overrides,
            battery_overrides=snapshot.battery_overrides,
            drives=snapshot.drives,
            policies=self._policies,
        )

    def _decide(self, snapshot: Snapshot) -> Snapshot:
        """Turn the plan's present slot and the readings into decisions."""
        rules = in_force(self.settings.site, self._policies, snapshot.moment)
        site, readings, last = rules.site, snapshot.readings, snapshot.decisions
        planless_since = None if snapshot.slot is not None else snapshot.planless_since or snapshot.at
        return replace(
            snapshot,
            planless_since=planless_since,
            decisions=Decisions(
                at=readings.at,
                batteries={
                    battery.id: decide_battery(
                        site,
                        battery,
                        readings,
                        snapshot.plan,
                        snapshot.battery_overrides.get(battery.id),
                        rules,
                        snapshot.drives.get(battery.id, EVERYTHING),
                        last.batteries.get(battery.id),
                    )
                    for battery in site.batteries
                },
                miners=decide_miners(
                    Circumstances(
                        site=site,
                        readings=readings,
                        ledger=snapshot.ledger,
                        plan=snapshot.plan,
                        overrides=snapshot.miner_overrides,
                        grace=self.settings.grace,
                        rules=rules,
                        last=last.miners,
                        planless_since=planless_since,
                    )
                ),
            ),
        )

    async def _async_dispatch(self, snapshot: Snapshot) -> None:
        """Carry out or record the decisions. A device that breaks here must not take the entities down."""
        try:
            report_troubles(
                self.hass, self.config_entry, self.settings, snapshot.readings, self._sources, self._observer.covered
            )
            await self.dispatcher.async_dispatch(
                snapshot.decisions, snapshot.readings, snapshot.ledger, self.settings.mode
            )
        except Exception:  # noqa: BLE001 - whatever a device's integration raises
            LOGGER.exception("Carrying out the decisions failed; the next cycle tries again")

    # Between the cycles

    @property
    def _policies(self) -> tuple[Policy, ...]:
        return self.library.policies if self.library is not None else ()

    @callback
    def _policies_changed(self) -> None:
        self._replan()

    @callback
    def _on_change(self, event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] in self._prices:
            self._replan()
            return
        self._protect()

    @callback
    def _protect(self) -> None:
        self.config_entry.async_create_background_task(
            self.hass, self._protection.async_call(), f"{self.name} protection"
        )

    @callback
    def _settle_doubts(self, readings: SiteReadings) -> None:
        """Look again soon where something is doubted: what is confirmed by then is acted on."""
        doubted = any(
            reading.held or reading.trouble is Trouble.DOUBTED
            for battery in readings.batteries.values()
            for reading in (battery.soc, battery.voltage_v)
        )
        if doubted and self._running and self._second_look is None:
            self._second_look = async_call_later(self.hass, DOUBT_LOOK_S, self._look_again)

    @callback
    def _look_again(self, _: datetime) -> None:
        self._second_look = None
        self._protect()

    async def _async_protect(self) -> None:
        """Judge new readings against the standing plan; act at once where a decision changes."""
        if not self._running or self.data is None or (self.data.plan is None and self.data.failure is None):
            return  # the first planning is still under way
        snapshot = self._decide(self._observe())
        changed = _actions(snapshot.decisions) != _actions(self.data.decisions)
        if changed or snapshot.at - self._published >= PUBLISH_EVERY:
            await self._async_act_on(snapshot)
        elif self.settings.mode is Mode.AUTOMATIC:
            # What failed or had to wait gets its next try; the dispatcher leaves out what stands and keeps the spacing.
            await self._async_dispatch(snapshot)
        if _left_band(snapshot) or (snapshot.failure == "soc_unknown" and _soc_known(snapshot)):
            self._replan()

    async def _async_act_on(self, snapshot: Snapshot) -> None:
        """Carry out and publish between the cycles."""
        await self._async_dispatch(snapshot)
        self._published = snapshot.at
        # Not async_set_updated_data: that would put off the next cycle.
        self.data = snapshot
        self.async_update_listeners()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Tell the entities, a few at a time: a hundred miners have a thousand of them."""
        self._telling = self.config_entry.async_create_task(self.hass, self._async_tell(), f"{self.name} telling")

    async def _async_tell(self) -> None:
        mine = asyncio.current_task()
        began = monotonic()
        for listener in list(self._listeners):
            if monotonic() - began > TELLING_SLICE_S:
                await asyncio.sleep(0)
                if self._telling is not mine:
                    return  # a newer snapshot is being told
                began = monotonic()
            if listener not in self._listeners:
                continue  # removed meanwhile
            try:
                self._listeners[listener][0]()
            except Exception:  # noqa: BLE001 - one entity's mistake must not silence the others
                LOGGER.exception("An entity of %s could not be updated", self.name)

    @callback
    def _replan(self) -> None:
        self.config_entry.async_create_background_task(self.hass, self.async_request_refresh(), f"{self.name} replan")

    # What people ask for

    async def async_plan_now(self) -> None:
        """Run a whole cycle now."""
        await self.async_refresh()

    async def async_override_miner(
        self, miner_id: str, *, run: bool, hours: float, power_w: float | None = None
    ) -> None:
        """Put the owner's word over the plan for a miner (power per unit in W, None for its highest level)."""
        self.dispatcher.forget_manual(miner_id)
        override = MinerOverride(miner_id=miner_id, run=run, until=self._until(hours), power_w=power_w)
        remembered = self.memory.remembered
        await self._async_remember(
            replace(remembered, miner_overrides={**remembered.miner_overrides, miner_id: override})
        )

    async def async_override_battery(
        self, battery_id: str, mode: BatteryMode, *, hours: float, power_w: float | None = None
    ) -> None:
        """Put the owner's word over the plan for a battery (power in W ≥ 0, None for its limit).

        Raises `ServiceValidationError` where the battery cannot be brought into the mode, or to the power.
        """
        self.check_drivable(battery_id, mode, power_w)
        override = BatteryOverride(battery_id=battery_id, mode=mode, until=self._until(hours), power_w=power_w)
        remembered = self.memory.remembered
        await self._async_remember(
            replace(remembered, battery_overrides={**remembered.battery_overrides, battery_id: override})
        )

    @callback
    def check_drivable(self, battery_id: str, mode: BatteryMode, power_w: float | None = None) -> None:
        """Raise `ServiceValidationError` where nothing that is mapped brings a battery into a mode, or to a power."""
        drive = self.drive(battery_id)
        name = next(battery.name for battery in self.settings.site.batteries if battery.id == battery_id)
        controller = self.settings.batteries[battery_id].controller
        inverters = {inverter.id: inverter.name for inverter in self.settings.site.inverters}
        key = None
        if not drive.can(mode):
            key = f"cannot_{mode.value}" if controller in inverters else "no_controller"
        elif power_w is not None and not {
            BatteryMode.CHARGE: drive.charge_power,
            BatteryMode.DISCHARGE: drive.discharge_power,
        }.get(mode, True):
            key = f"cannot_set_{mode.value}_power"
        if key is not None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key=key,
                translation_placeholders={"device": name, "inverter": inverters.get(controller or "", "")},
            )

    async def async_clear_override(self, device_id: str | None) -> None:
        """Give a device back to the plan; None gives back all."""
        remembered = self.memory.remembered
        self.dispatcher.forget_manual(device_id)
        await self._async_remember(
            replace(
                remembered,
                miner_overrides=_without(remembered.miner_overrides, device_id),
                battery_overrides=_without(remembered.battery_overrides, device_id),
            )
        )

    async def async_simulate(self, changes: WhatIf) -> tuple[Plan, Plan]:
        """Plan this moment as it is and with changes, apart from the loop, and publish nothing.

        What is left in the batteries is worth the same in both, as the present prices have it: with a worth of its own,
        dearer power would be a gain and cheaper power a loss on all that is stored. Raises `HomeAssistantError` where
        there is nothing to plan from yet, or where too much is asked at once.
        """
        if self.data.forecasts is None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_plan_yet")
        async with in_time(SIMULATED_WITHIN_S):
            return await self._twins.async_answer(changes, partial(self._async_simulate, changes))

    async def _async_simulate(self, changes: WhatIf) -> tuple[Plan, Plan]:
        # One at a time: these take seconds, and what is planned by the hour shall get in between.
        async with self._simulating:
            present = await self._async_as_it_is()
            problem = self._changed(present.problem, changes)
            changed = await self._questions.async_do(partial(_simulated, problem, present.plan.created))
            return await self.async_exchanged(present.plan, changed)

    async def _async_as_it_is(self) -> _Present:
        """Return the plan of this moment as it is, made once for a snapshot."""
        snapshot = self.data
        if self._present is None or self._present.snapshot is not snapshot:
            horizon = tiered(snapshot.at)
            forecasts = await expect(self.hass, self.settings, snapshot.readings, horizon, self._sources)
            situation = self._situation(replace(snapshot, plan=None), forecasts)
            try:
                problem, made = await self._questions.async_do(partial(_planned_as_it_is, situation))
            except UnknownSocError as err:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="soc_unknown") from err
            self._present = _Present(snapshot=snapshot, problem=problem, plan=made)
        return self._present

    async def async_exchanged(self, present: Plan, changed: Plan) -> tuple[Plan, Plan]:
        """Return two plans to be compared, each with what was found for the other where that is better.

        Raises `HomeAssistantError` where too much is asked at once.
        """
        async with in_time(ANSWERED_WITHIN_S):
            return await self._questions.async_do(partial(exchanged, present, changed))

    async def async_by_hour(
        self, standing: Plan, changes: Sequence[WhatIf], around: datetime | None = None
    ) -> list[Plan]:
        """Plan a standing plan's problem by the hour, with each of some changes, apart from the loop.

        Many times faster than `async_simulate`: for answers. The problem holds the standing plan's readings, forecasts
        and its worth of the energy left, so all these plans differ by their changes only; with its finer slots the
        standing plan differs from each of them. The hour `around` a time keeps its slots. Raises `HomeAssistantError`
        where too much is asked at once.
        """

        async def made(item: WhatIf) -> Plan:
            problem = self._changed(standing.problem, item)
            return await self._questions.async_do(partial(_by_hour, problem, standing.created, around))

        async with in_time(ANSWERED_WITHIN_S):
            return await asyncio.gather(
                *(self._twins.async_answer((standing, item, around), partial(made, item)) for item in changes)
            )

    def _changed(self, problem: Problem, changes: WhatIf) -> Problem:
        """Return a problem with changes; a reserve is what the owner would set, to which the strategy adds its own."""
        if changes.reserve_soc is not None:
            extra = reserve_extra(self.settings.site.strategy)
            changes = replace(changes, reserve_soc=min(1.0, changes.reserve_soc + extra))
        return changes.applied(problem)

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
        await self.async_request_refresh()

    async def _async_remember(self, remembered: Remembered) -> None:
        """Act on the owner's word at once; the plan follows as soon as it is made."""
        self.memory.remembered = remembered
        self.memory.async_schedule_save()
        if self.data is not None and self._running:
            await self._async_act_on(self._decide(self._observe()))
        self._replan()

    def _forget_expired(self, now: datetime) -> Remembered:
        remembered = self.memory.remembered
        return replace(
            remembered,
            miner_overrides={k: v for k, v in remembered.miner_overrides.items() if v.until > now},
            battery_overrides={k: v for k, v in remembered.battery_overrides.items() if v.until > now},
        )

    @staticmethod
    def _until(hours: float) -> datetime:
        return dt_util.utcnow() + timedelta(hours=hours)


def _prices_now(snapshot: Snapshot | None) -> Prices:
    if snapshot is None or snapshot.forecasts is None or snapshot.slot is None:
        return Prices()
    slot, forecasts = snapshot.slot, snapshot.forecasts
    return Prices(
        imported=float(forecasts.import_price.expected[slot]),
        exported=float(forecasts.export_price.expected[slot]),
        hashprice=float(forecasts.hashprice.expected[slot]),
    )


def _left_band(snapshot: Snapshot) -> bool:
    """Whether a SOC is further from the plan than forecasts explain."""
    plan, slot = snapshot.plan, snapshot.slot
    if plan is None or slot is None:
        return plan is not None
    for battery_id, soc in plan.schedule.soc.items():
        measured = _soc(snapshot.readings, battery_id)
        if measured is not None and not (
            min(soc[slot], soc[slot + 1]) - SOC_BAND <= measured <= max(soc[slot], soc[slot + 1]) + SOC_BAND
        ):
            return True
    return False


def _soc(readings: SiteReadings, battery_id: str) -> float | None:
    battery = readings.batteries.get(battery_id)
    return battery.soc.value if battery else None


def _soc_known(snapshot: Snapshot) -> bool:
    return all(battery.soc.believed is not None for battery in snapshot.readings.batteries.values())


def _actions(decisions: Decisions) -> tuple[Any, ...]:
    """The part of the decisions that devices would notice."""
    return (
        {key: (d.mode, round(d.power_w, -1), d.export_limit_w) for key, d in decisions.batteries.items()},
        {key: (d.units, d.power_w) for key, d in decisions.miners.items()},
    )


def _without[T](overrides: Mapping[str, T], device_id: str | None) -> dict[str, T]:
    return {} if device_id is None else {key: value for key, value in overrides.items() if key != device_id}
