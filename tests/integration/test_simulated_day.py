"""A whole simulated day on the ranch, inside Home Assistant: what is switched, why, and what it comes to."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_CALL_SERVICE, STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.control.audit import Outcome
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.loop.orchestrator import Orchestrator
from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from custom_components.energy_orchestrator.model.decision import MinerReason
from custom_components.energy_orchestrator.planner.energy_planner import plan, rule_based_plan
from custom_components.energy_orchestrator.runtime import Runtime
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.running import Simulation
from custom_components.energy_orchestrator.simulation.sites import SITES
from tests.integration.simulated_site import async_add_site, async_leave, async_pass_time, async_place

type Entry = ConfigEntry[Runtime]

# Local midnight of a day in April at the ready-made sites' place: sun enough for miners, not for all of them.
MIDNIGHT: Final = datetime(2026, 4, 21, 22, tzinfo=UTC)
DAY: Final = timedelta(days=1)
STEP: Final = timedelta(minutes=10)
HASHPRICE: Final = SITES["ranch"].hashprice
# Reasons that stop a miner whatever the plan says; they wait for no minimum run.
SAFETY: Final = {
    MinerReason.EMERGENCY_STOP,
    MinerReason.BELOW_STOP_SOC,
    MinerReason.TOO_HOT,
    MinerReason.IMPORT_LIMIT,
    MinerReason.UNKNOWN_STATE,
}


@dataclass
class Account:
    """What a day came to. Money is currency; energy left in the battery counts at what the S21 makes of it."""

    mined: float = 0.0
    lowest_soc: float = 1.0

    def count(self, plant: Plant, step: timedelta) -> None:
        """Take the plant's miners as they are now for one step."""
        hours = step / timedelta(hours=1)
        units = [unit for units in plant.readings().miners.values() for unit in units]
        self.mined += sum(unit.hashrate_ths or 0.0 for unit in units) / 24 * hours * HASHPRICE
        self.lowest_soc = min(self.lowest_soc, plant.soc)

    def bill(self, plant: Plant) -> float:
        """Return what the day cost: bought less sold, mined, and stored."""
        meters = plant.meters
        return meters.import_cost - meters.export_revenue - self.mined - 0.13 * meters.stored_wh / 1000


@dataclass
class Watched:
    """Everything of a day that may be asked for afterwards."""

    calls: list[Event[Any]] = field(default_factory=list)
    cycles: list[Snapshot] = field(default_factory=list)
    account: Account = field(default_factory=Account)

    def device_calls(self) -> list[Event[Any]]:
        """Return the actions that were performed, but for looking at the weather forecast."""
        return [call for call in self.calls if call.data["service"] != "get_forecasts"]


@pytest.fixture(autouse=True)
async def place(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[None]:
    """Stand at the ready-made sites' place, and plan well enough rather than for long."""
    freezer.move_to(MIDNIGHT)
    await async_place(hass)
    monkeypatch.setattr(cycle, "calm_plan", partial(plan, time_limit_s=10, gap=0.03))
    yield
    await async_leave(hass)


async def async_begin(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, *, mode: str) -> tuple[Entry, Watched]:
    """Set up the ranch with a plan every hour, and watch it."""
    watched = Watched()
    dispatch = Orchestrator._async_dispatch

    async def watch(orchestrator: Orchestrator, snapshot: Snapshot) -> None:
        watched.cycles.append(snapshot)
        await dispatch(orchestrator, snapshot)

    monkeypatch.setattr(Orchestrator, "_async_dispatch", watch)
    entry: Entry = await async_add_site(hass, "ranch")
    hass.bus.async_listen(EVENT_CALL_SERVICE, watched.calls.append)
    options = {**entry.options, "interval_min": 60, "mode": mode}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry, watched


async def async_live(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: Entry, watched: Watched, hours: float = 24
) -> None:
    """Let the day pass."""
    for _ in range(round(timedelta(hours=hours) / STEP)):
        await async_pass_time(hass, freezer, STEP)
        watched.account.count(simulation_of(entry).plant, STEP)


def simulation_of(entry: Entry) -> Simulation:
    simulation = entry.runtime_data.simulation
    assert simulation is not None
    return simulation


async def test_monitor_mode_calls_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))
    entry, watched = await async_begin(hass, monkeypatch, mode="monitor")
    await async_live(hass, freezer, entry, watched, hours=8)
    assert watched.device_calls() == []
    audit = entry.runtime_data.orchestrator.memory.audit.entries
    assert {row.outcome for row in audit} == {Outcome.NOT_SENT}
    assert all(row.would_do and row.reason for row in audit)
    switches = [row for row in audit if row.command in {"turn_on", "turn_off"}]
    assert any(row.command == "turn_off" and row.reason == "no_surplus" for row in switches), "the dump load at night"
    assert len([cycle for cycle in watched.cycles if cycle.plan]) >= 8


async def test_automatic_mode_does_what_the_plan_says(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, watched = await async_begin(hass, monkeypatch, mode="automatic")
    await async_live(hass, freezer, entry, watched)
    orchestrator = entry.runtime_data.orchestrator
    audit = [row for row in orchestrator.memory.audit.entries if not row.would_do]
    assert {row.outcome for row in audit} == {Outcome.CONFIRMED}, [r for r in audit if r.outcome != Outcome.CONFIRMED]
    miners = {miner.id: miner for miner in orchestrator.settings.site.miners}
    of_switch = {orchestrator.settings.miners[key].switches[0]: key for key in miners}

    # Every switching of a miner was called for by us alone, and stands in the audit log.
    called = [
        (entity_id, call.data["service"])
        for call in watched.calls
        if call.data["domain"] == "switch"
        for entity_id in call.data["service_data"]["entity_id"]
    ]
    logged = [row for row in audit if row.entity_id in of_switch]
    assert sorted(called) == sorted((row.entity_id, row.command) for row in logged)
    assert len(logged) >= 3
    assert len(logged) <= 24, "a calm day"

    # The plan of that moment wanted it, or a safety rule; the reason in the log is the decision's.
    for row in logged:
        # Time stands still between two steps: a decision and the next plan's may be of the same moment.
        latest = max(cycle.at for cycle in watched.cycles if cycle.at <= row.at)
        decided = {
            cycle.decisions.miners[row.device_id].reason.code.value: cycle
            for cycle in watched.cycles
            if cycle.at == latest
        }
        assert row.reason in decided
        cycle = decided[row.reason]
        decision = cycle.decisions.miners[row.device_id]
        assert cycle.plan is not None
        assert cycle.slot is not None
        planned = int(cycle.plan.schedule.units[row.device_id][:, cycle.slot].sum())
        if row.command == "turn_on":
            assert planned, row
        else:
            assert not planned or decision.reason.code in SAFETY, row

    # Minimum run and pause hold.
    for entity_id, miner_id in of_switch.items():
        own = [row for row in logged if row.entity_id == entity_id]
        for before, after in pairwise(own):
            least_h = miners[miner_id].min_run_h if before.command == "turn_on" else miners[miner_id].min_pause_h
            if MinerReason(after.reason) not in SAFETY:
                assert after.at - before.at >= timedelta(hours=least_h), (before, after)

    # The battery is never empty, and the day pays.
    plant = simulation_of(entry).plant
    (battery,) = orchestrator.settings.site.batteries
    assert watched.account.lowest_soc >= battery.min_soc - 0.01
    assert plant.meters.unserved_wh == 0
    assert plant.meters.over_limit_wh == pytest.approx(0, abs=1e-6)
    assert watched.account.bill(plant) <= min(left_alone(), by_rules()) + 0.05


def left_alone() -> float:
    """Return the bill of the same day without anybody: everything stays as it is at the start."""
    plant, account = fresh_plant()
    for _ in range(round(DAY / STEP)):
        plant.advance(plant.now + STEP)
        account.count(plant, STEP)
    return account.bill(plant)


def by_rules() -> float:
    """Return the bill of the same day with a person's rules: by priority, from 60 % on, on surplus, off below 40 %."""
    plant, account = fresh_plant()
    plant.switch_miner("dump_load", 0, on=False)
    for _ in range(round(DAY / STEP)):
        plant.advance(plant.now + STEP)
        account.count(plant, STEP)
        flows = plant.flows
        surplus_w = flows.solar_w + flows.curtailed_w - flows.house_w - flows.miners_w
        for miner in sorted(plant.site.site.miners, key=lambda miner: miner.priority):
            on = plant.readings().miners[miner.id][0].on
            if on and plant.soc < 0.4:
                plant.switch_miner(miner.id, 0, on=False)
            elif not on and plant.soc >= 0.6 and surplus_w >= miner.max_power_w + 500:
                plant.switch_miner(miner.id, 0, on=True)
                surplus_w -= miner.max_power_w
    return account.bill(plant)


def fresh_plant() -> tuple[Plant, Account]:
    return Plant(SITES["ranch"], start=MIDNIGHT), Account()


# What one of them does in each of these three ways; what a state says, in other tests, every reading is tried with.
TROUBLES: Final = {"unavailable": STATE_UNAVAILABLE, "absurd": "1e12", "stale": None}


@contextmanager
def silenced(simulation: Simulation, entity_ids: Collection[str]) -> Iterator[None]:
    """Keep entities of the plant from writing their states."""
    kept = {device: set(listeners) for device, listeners in simulation._listeners.items()}
    for listeners in simulation._listeners.values():
        listeners.difference_update(
            [one for one in listeners if getattr(getattr(one, "__self__", None), "entity_id", None) in entity_ids]
        )
    yield
    simulation._listeners.update(kept)


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_entities_are_pulled_away(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """One after the other: Home Assistant stays up, the reading is named, nothing starts; and all comes back."""
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))
    freezer.tick(timedelta(hours=12))
    entry, watched = await async_begin(hass, monkeypatch, mode="automatic")
    orchestrator, simulation = entry.runtime_data.orchestrator, simulation_of(entry)
    lasts = timedelta(minutes=17) if trouble == "stale" else timedelta(minutes=3)
    for entity_id in sorted(orchestrator.settings.mapped_entities()):
        if "_s21_" in entity_id or "_dump_load_" in entity_id:
            continue  # as the third miner
        good = hass.states.get(entity_id)
        assert good, entity_id
        before = len(started(watched))
        # One that is silent among others of its device is only one that has nothing new to say.
        with silenced(simulation, device_of(hass, entity_id) if trouble == "stale" else {entity_id}):
            if (bad := TROUBLES[trouble]) is not None:
                attributes = {key: value for key, value in good.attributes.items() if not key.startswith("raw_")}
                hass.states.async_set(entity_id, bad, attributes)
            await async_pass_time(hass, freezer, lasts)
            await orchestrator.async_refresh()
            assert orchestrator.last_update_success
            told = can_be_told(entity_id, trouble)
            assert is_named(hass, entity_id) is told, entity_id
            if told and (trouble != "stale" or "_soc" in entity_id or "_switch" in entity_id):
                # (Half the day passes with what is stale: the plan may start what does not depend on it.)
                assert started(watched)[before:] == [], entity_id
        hass.states.async_set(entity_id, good.state, good.attributes)
        await orchestrator.async_refresh()
        assert not is_named(hass, entity_id), entity_id
    assert entry.state is ConfigEntryState.LOADED


def device_of(hass: HomeAssistant, entity_id: str) -> set[str]:
    """Return all entities of the device that has this one."""
    registry = er.async_get(hass)
    entry = registry.async_get(entity_id)
    assert entry
    assert entry.device_id
    return {one.entity_id for one in er.async_entries_for_device(registry, entry.device_id)}


def can_be_told(entity_id: str, trouble: str) -> bool:
    """Whether such a state is a trouble of such an entity: only sensors age, and a select may show any text."""
    domain = entity_id.partition(".")[0]
    if trouble == "stale":
        return domain == "sensor" and not entity_id.endswith("_price")
    return trouble == "unavailable" or domain not in {"select", "weather"}


def started(watched: Watched) -> list[Event[Any]]:
    """Return the calls that turned something on."""
    return [call for call in watched.calls if call.data["service"] == "turn_on"]


def is_named(hass: HomeAssistant, entity_id: str) -> bool:
    """Whether a repair issue is about this entity."""
    return any(
        domain == DOMAIN and issue.active and entity_id in (issue.translation_placeholders or {}).values()
        for (domain, _), issue in ir.async_get(hass).issues.items()
    )
