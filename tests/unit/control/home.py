"""Devices with the manners of real integrations, as hands, and a dispatcher on them in simulated time.

A device shows what it does at its polls; one whose integration is optimistic shows what it was told at once.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from custom_components.energy_orchestrator.control import Audit, AuditEntry, Dispatcher
from custom_components.energy_orchestrator.control.hands import Call, Issue
from custom_components.energy_orchestrator.mapping import (
    BatteryEntities,
    InverterEntities,
    MinerEntities,
    SetPointOrder,
)
from custom_components.energy_orchestrator.model.decision import (
    BatteryDecision,
    BatteryMode,
    BatteryReason,
    Decisions,
    MinerAction,
    MinerDecision,
    MinerReason,
    Reason,
)
from custom_components.energy_orchestrator.model.ledger import Ledger
from custom_components.energy_orchestrator.model.readings import BatteryReadings, MinerReadings, Reading, SiteReadings
from custom_components.energy_orchestrator.model.seen import UNAVAILABLE, Seen
from custom_components.energy_orchestrator.model.site import Mode
from custom_components.energy_orchestrator.settings import Settings
from tests.integration.helper_site import settings as helper_settings

START: Final = datetime(2026, 6, 21, 8, tzinfo=UTC)
LONG: Final = timedelta(hours=1)
STEP_S: Final = 10
WATTS: Final[Mapping[str, Any]] = {"unit_of_measurement": "W", "min": 0, "max": 8000, "step": 10}
MODES: Final = {
    BatteryMode.SELF_CONSUMPTION: "Self use",
    BatteryMode.CHARGE: "Force charge",
    BatteryMode.DISCHARGE: "Force discharge",
    BatteryMode.HOLD: "Stand by",
}
SELECT: Final[Mapping[str, Any]] = {"options": [*MODES.values(), "Back-up"]}


@dataclass(frozen=True, slots=True)
class By:
    """What brought a state about."""

    id: str
    parent_id: str | None = None
    user_id: str | None = None


US, SOMEBODY, ITSELF = By("us"), By("somebody", user_id="somebody"), By("itself")


@dataclass(slots=True)
class Shown:
    """A state as Home Assistant keeps it."""

    entity_id: str
    state: str
    attributes: Mapping[str, Any]
    last_changed: datetime
    last_updated: datetime
    last_reported: datetime
    context: By


@dataclass(slots=True, kw_only=True)
class Device:
    """One entity's device. `truth`: what it does. `every`: seconds between polls, None for one that reports changes only.

    `obeys`: what it makes of being told something; None is nothing.
    """

    truth: str
    every: float | None = 10
    optimistic: bool = False
    obeys: Callable[[str], str | None] = lambda told: told
    error: Exception | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    writes: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """What was written to it, in order."""
        return [value for _, value in self.writes]


class Home:
    """Hands on these devices."""

    def __init__(self, devices: Mapping[str, Device]) -> None:
        self.devices = dict(devices)
        self.states: dict[str, Shown] = {}
        self.issues: dict[str, Issue] = {}
        self._now = START - LONG
        self._timers: list[tuple[datetime, Callable[[], None]]] = []
        for entity_id in devices:
            self.show(entity_id, ITSELF)
        self._now = START

    def now(self) -> datetime:
        """Return the moment."""
        return self._now

    def look(self, entity_id: str) -> Seen | None:
        """Return what an entity shows."""
        return self.states.get(entity_id)

    async def call(self, call: Call) -> None:
        """Tell devices something."""
        value = call.data.get("value", call.data.get("option"))
        told = call.service.removeprefix("turn_") if value is None else str(value)
        errors = []
        for entity_id in call.targets:
            try:
                self._tell(entity_id, told, US)
            except ValueError as error:
                errors.append(error)
        if errors:
            raise errors[0]  # the others were told all the same

    def by_hand(self, entity_id: str, told: str) -> None:
        """Let somebody tell a device something in Home Assistant."""
        self._tell(entity_id, told, SOMEBODY)

    def at_device(self, entity_id: str, truth: str) -> None:
        """Let a device do something else, by a button, its own app or by itself: the next poll shows it, unsigned."""
        self.devices[entity_id].truth = truth
        if self.devices[entity_id].every is None:
            self.show(entity_id, ITSELF)

    def _tell(self, entity_id: str, told: str, by: By) -> None:
        device = self.devices[entity_id]
        if self.states[entity_id].state == UNAVAILABLE:
            return  # Home Assistant leaves it out
        if by is US:
            device.writes.append((self._now, told))
        if device.error is not None:
            raise device.error
        made = device.obeys(told)
        device.truth = device.truth if made is None else made
        if device.optimistic or device.every is None:
            self.show(entity_id, by, told if device.optimistic else device.truth)

    def show(self, entity_id: str, by: By, state: str | None = None) -> None:
        """Let an entity report."""
        device, last = self.devices[entity_id], self.states.get(entity_id)
        state = device.truth if state is None else state
        if last is not None and last.state == state:
            last.last_reported = self._now
            return
        now = self._now
        self.states[entity_id] = Shown(entity_id, state, device.attributes, now, now, now, by)

    def step(self) -> None:
        """Let a few seconds pass."""
        self._now += timedelta(seconds=STEP_S)
        for due, act in [timer for timer in self._timers if timer[0] <= self._now]:
            self._timers.remove((due, act))
            act()
        passed = (self._now - START).total_seconds()
        for entity_id, device in self.devices.items():
            if device.every is not None and passed % device.every == 0:
                self.show(entity_id, ITSELF)

    def ours(self, seen: Seen) -> bool:
        """Whether we brought it about."""
        return seen.context is US

    def later(self, delay: timedelta, act: Callable[[], None]) -> Callable[[], None]:
        """Act after a while."""
        timer = self._now + delay, act
        self._timers.append(timer)
        return lambda: self._timers.remove(timer) if timer in self._timers else None

    def tell(self, issue: Issue) -> None:
        """Keep an issue."""
        self.issues[issue.id] = issue

    def clear(self, issue_id: str) -> None:
        """Drop an issue."""
        self.issues.pop(issue_id, None)

    def told(self, issue_id: str) -> bool:
        """Whether an issue stands."""
        return issue_id in self.issues

    @property
    def waiting(self) -> int:
        """How many timers are left."""
        return len(self._timers)


class Rig:
    """A dispatcher in automatic mode on a home: decisions are dispatched every ten seconds, as meters move."""

    def __init__(self, devices: Mapping[str, Device], settings: Settings, audit: Audit | None = None) -> None:
        self.home = Home(devices)
        self.settings = settings
        self.events: list[AuditEntry] = []
        self.audit = audit or Audit(self.events.append)
        self.begin()
        self.mode = Mode.AUTOMATIC
        self.miners: dict[str, MinerDecision] = {}
        self.batteries: dict[str, BatteryDecision] = {}
        self.measured: dict[str, Any] = {}
        self.named: set[str] = set()

    def begin(self) -> None:
        """Start afresh, as after a restart: only the audit log is kept."""
        self.dispatcher = Dispatcher(self.home, self.settings, self.audit)

    def run(self, units: int, miner_id: str = "miner", code: MinerReason = MinerReason.PROFITABLE) -> None:
        """Decide about a miner."""
        self.miners[miner_id] = MinerDecision(
            miner_id=miner_id,
            action=MinerAction.RUN if units else MinerAction.STOP,
            units=units,
            power_w=3250 if units else 0,
            reason=Reason(code),
        )

    def order(
        self, mode: BatteryMode, power_w: float = 3000, code: BatteryReason = BatteryReason.CHARGING_CHEAP
    ) -> None:
        """Decide about the battery."""
        power_w = 0.0 if mode is BatteryMode.HOLD else power_w
        self.batteries["battery"] = BatteryDecision(
            battery_id="battery", mode=mode, power_w=power_w, reason=Reason(code)
        )

    @property
    def decisions(self) -> Decisions:
        """What is decided now."""
        return Decisions(at=self.home.now(), miners=self.miners, batteries=self.batteries)

    @property
    def readings(self) -> SiteReadings:
        """What is measured now."""
        now = self.home.now()
        site: dict[str, Any] = {}
        for name in ("grid_w", "load_w", "solar_w"):
            if name in self.measured:
                site[name] = Reading(float(self.measured[name]), now)
        battery = {
            name: Reading(float(self.measured[f"battery_{name}"]), now)
            for name in ("soc", "power_w", "temperature_c")
            if f"battery_{name}" in self.measured
        }
        miner: dict[str, Any] = {
            name: Reading(float(self.measured[f"miner_{name}"]), now)
            for name in ("power_w", "hashrate_ths")
            if f"miner_{name}" in self.measured
        }
        seen = self.home.look("switch.miner")
        if seen is not None:
            miner["running"] = Reading(int(seen.state == "on"), now)
        return SiteReadings(
            at=now,
            batteries={"battery": BatteryReadings(**battery)},
            miners={"miner": MinerReadings(**miner)},
            **site,
        )

    async def dispatch(self) -> None:
        """Dispatch what is decided."""
        await self.dispatcher.async_dispatch(self.decisions, self.readings, Ledger(), self.mode)
        self.named.update(self.home.issues)

    def live(self, seconds: float, each: Callable[[], None] = lambda: None) -> None:
        """Let time pass."""

        async def pass_time() -> None:
            for _ in range(round(seconds / STEP_S)):
                each()
                await self.dispatch()
                self.home.step()

        asyncio.run(pass_time())

    def release(self) -> None:
        """End control."""
        asyncio.run(self.dispatcher.async_release())

    def state(self, entity_id: str) -> str:
        """Return what an entity shows."""
        return self.home.states[entity_id].state


def with_miner(*, limit: str | None = None, **changes: Any) -> Settings:
    """Map the lone miner alone."""
    limits = () if limit is None else (limit,)
    own = MinerEntities(switches=("switch.miner",), power_limits=limits, **changes)
    return helper_settings(miners={"miner": own, "fleet": MinerEntities()}, inverters={}, batteries=_batteries())


def with_rack(count: int = 3, **changes: Any) -> Settings:
    """Map a group of miners alone, a switch for each."""
    own = MinerEntities(switches=tuple(f"switch.unit_{n + 1}" for n in range(count)), **changes)
    return helper_settings(miners={"miner": MinerEntities(), "fleet": own}, inverters={}, batteries=_batteries())


def with_inverter(charge_power: str | None = None, discharge_power: str | None = None) -> Settings:
    """Map the inverter alone; its set-points go out once, before the mode."""
    own = InverterEntities(
        work_mode="select.mode",
        work_mode_options=MODES,
        charge_power=charge_power,
        discharge_power=discharge_power,
        set_point_order=SetPointOrder.BEFORE,
    )
    return helper_settings(inverters={"inverter": own}, miners={"miner": MinerEntities(), "fleet": MinerEntities()})


def _batteries() -> dict[str, BatteryEntities]:
    """Return the batteries with nothing that drives them."""
    return {key: replace(battery, controller=None) for key, battery in helper_settings().batteries.items()}
