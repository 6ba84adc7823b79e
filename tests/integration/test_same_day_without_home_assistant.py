"""The same hours of the same ranch, inside Home Assistant and without it: the same decisions, and the same calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest

from custom_components.energy_orchestrator.backtest.run import PlantLoop
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.control.hands import Call
from custom_components.energy_orchestrator.inputs import asking
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.loop.orchestrator import Orchestrator
from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from custom_components.energy_orchestrator.model.decision import BatteryDecision, MinerDecision
from custom_components.energy_orchestrator.model.policy import Citation, Policy, Rule, When
from custom_components.energy_orchestrator.model.site import Mode, Window
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.simulation.ahead import hour_of, look_ahead
from custom_components.energy_orchestrator.simulation.hands import PlantHands
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.running import Simulation
from custom_components.energy_orchestrator.simulation.sites import SITES
from tests.integration.simulated_site import async_add_site, async_leave, async_pass_time, async_place

# Around noon of a day in April, when machines go off and on. Devices report at uneven times, sooner and later than
# readings are published again, and on each full hour, whose new price brings a cycle; at one o'clock come tomorrow's.
NOON: Final = datetime(2026, 4, 22, 10, 30, tzinfo=UTC)
HOURS: Final = 2
STEPS: Final = tuple(timedelta(seconds=s) for s in (20, 40, 120, 120))
# From half past one to two in local time the owner has the battery charged by force.
POLICIES: Final = (
    Policy(
        rule=Rule.BATTERY_CRITICAL_SOC,
        value=0.7,
        citation=Citation("Storm"),
        when=When(windows=(Window(time(13, 30), time(14)),)),
    ),
)
ROUNDS: Final = timedelta(hours=HOURS) // sum(STEPS, timedelta())
OPTIONS: Final[dict[str, Any]] = {"interval_min": 60, "mode": Mode.AUTOMATIC.value}

type Told = tuple[datetime, str, str, tuple[str, ...], dict[str, Any]]


@dataclass
class Watched:
    """What was decided at each look, by the devices' names, what was planned of it, and what was called."""

    decided: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    planned: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    calls: list[Told] = field(default_factory=list)

    def dispatched(self, snapshot: Snapshot) -> None:
        """Take what the dispatcher is given."""
        site, decisions = snapshot.settings.site, snapshot.decisions
        self.decided.append(
            (
                snapshot.at,
                {site.names[key]: _of_battery(one) for key, one in decisions.batteries.items()}
                | {site.names[key]: _of_miner(one) for key, one in decisions.miners.items()},
            )
        )
        if snapshot.plan is not None and (not self.planned or self.planned[-1][0] != snapshot.plan.created):
            units = snapshot.plan.schedule.units
            self.planned.append((snapshot.plan.created, {site.names[key]: on.tolist() for key, on in units.items()}))


def _of_battery(decision: BatteryDecision) -> tuple[Any, ...]:
    return decision.mode, decision.power_w, decision.export_limit_w, decision.reason


def _of_miner(decision: MinerDecision) -> tuple[Any, ...]:
    return decision.action, decision.units, decision.power_w, decision.reason


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan by rules."""
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))


async def test_the_same_decisions_and_calls(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inside = await inside_home_assistant(hass, freezer, monkeypatch)
    without = await without_home_assistant(monkeypatch)
    assert len(inside.planned) > HOURS
    assert {call[1] for call in inside.calls} == {"switch", "number", "select"}
    assert without.planned == inside.planned
    assert without.decided == inside.decided
    assert by_device(without.calls) == by_device(inside.calls)


def by_device(calls: list[Told]) -> list[Told]:
    """Bring devices that are told side by side into one order: theirs is that of their ids, which Home Assistant makes up."""

    def device(call: Told) -> str:
        name, _, _ = call[3][0].partition("_simulated_")
        return name.partition(".")[2]

    return sorted(calls, key=lambda call: (call[0], device(call)))


async def without_home_assistant(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Run the hours on the plant's hands."""
    watched = Watched()
    call = PlantHands.call

    async def listen(hands: PlantHands, one: Call) -> None:
        watched.calls.append((hands.now(), one.domain, one.service, one.targets, dict(one.data)))
        await call(hands, one)

    monkeypatch.setattr(PlantHands, "call", listen)
    run = PlantLoop(Plant(SITES["ranch"], start=NOON), policies=POLICIES, watch=watched.dispatched, **OPTIONS)
    await run.begin()
    for step in STEPS * ROUNDS:
        await run.step(step)
    return watched


async def inside_home_assistant(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> Watched:
    """Run the hours through the coordinator, entities and services."""
    watched = Watched()
    dispatch = Orchestrator._async_dispatch

    async def watch(orchestrator: Orchestrator, snapshot: Snapshot) -> None:
        if snapshot.settings.mode is Mode.AUTOMATIC:
            watched.dispatched(snapshot)
        await dispatch(orchestrator, snapshot)

    @callback
    def listen(event: Event[Any]) -> None:
        called = event.data
        if called["domain"] in {"switch", "number", "select"}:
            data = dict(called["service_data"])
            targets = tuple(data.pop("entity_id"))
            watched.calls.append((dt_util.utcnow(), called["domain"], called["service"], targets, data))

    freezer.move_to(NOON)
    await async_place(hass)
    monkeypatch.setattr(Orchestrator, "_async_dispatch", watch)
    monkeypatch.setattr(Orchestrator, "_policies", POLICIES)
    monkeypatch.setattr(Simulation, "_async_pass_time", _pass_time_at_once)
    monkeypatch.setattr(asking._Home, "solar_forecasts", _solar_forecasts)
    entry = await async_add_site(hass, "ranch")
    stop_listening = hass.bus.async_listen(EVENT_CALL_SERVICE, listen)
    hass.config_entries.async_update_entry(entry, options={**entry.options, **OPTIONS})
    await hass.async_block_till_done(wait_background_tasks=True)
    for step in STEPS * ROUNDS:
        await async_pass_time(hass, freezer, step)
    stop_listening()
    await async_leave(hass)
    return watched


async def _solar_forecasts(home: asking._Home) -> dict[str, Mapping[str, object] | None]:
    """Stand in for the Energy dashboard, which the demo sets up to ask the site itself (`energy.py`)."""
    (entry,) = home._hass.config_entries.async_entries(DOMAIN)
    return {entry.entry_id: entry.runtime_data.simulation.ahead.wh_hours}


async def _pass_time_at_once(simulation: Simulation) -> None:
    """Step the plant in the event loop: this clock leaps, and nobody may look between its leap and the plant's."""
    simulation.plant.advance(dt_util.utcnow())
    if hour_of(simulation.plant.now) != simulation.ahead.hour:
        simulation.ahead = look_ahead(simulation.plant)
