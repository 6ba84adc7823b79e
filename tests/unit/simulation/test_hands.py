"""Hands on a plant: it is looked at and driven as devices in Home Assistant are, by the dispatcher as it is."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.energy_orchestrator import const as c
from custom_components.energy_orchestrator.control import Audit, AuditEntry, Dispatcher, Outcome, dispatcher
from custom_components.energy_orchestrator.control.command import Command, Stage, Why, power_command
from custom_components.energy_orchestrator.control.hands import Call
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
from custom_components.energy_orchestrator.model.readings import SiteReadings
from custom_components.energy_orchestrator.model.site import Mode
from custom_components.energy_orchestrator.simulation.faults import CommandRefusedError, Fault, OutOfRangeError
from custom_components.energy_orchestrator.simulation.hands import PlantHands

from .conftest import SUMMER_NOON, MakePlant

SWITCH = "switch.ranch_tuned_s19_simulated_switch"
LIMIT = "number.ranch_tuned_s19_simulated_power_limit"
WORK_MODE = "select.ranch_inverter_simulated_work_mode"
RENEWED = timedelta(minutes=5)
CHARGE = "number.ranch_inverter_simulated_charge_power"


class Rig:
    """The ranch on its own, and a dispatcher that drives it."""

    def __init__(self, make_plant: MakePlant) -> None:
        self.hands = PlantHands(make_plant())
        self.told: list[AuditEntry] = []
        self.audit = Audit(self.told.append)
        self.settings = self.hands.settings(**{c.CONF_MODE: Mode.AUTOMATIC.value})
        self.dispatcher = Dispatcher(self.hands, self.settings, self.audit)
        self.later(hours=1)

    def later(self, **step: float) -> None:
        """Let time pass."""
        self.hands.advance(self.hands.now() + timedelta(**step))

    async def dispatch(self, units: int = 1, mode: Mode = Mode.AUTOMATIC, battery: BatteryMode | None = None) -> None:
        """Decide so, and have it done."""
        now = self.hands.now()
        miner = MinerDecision(
            miner_id="tuned_s19",
            action=MinerAction.RUN if units else MinerAction.STOP,
            units=units,
            power_w=2400.0 * units,
            reason=Reason(MinerReason.PROFITABLE),
        )
        batteries = {}
        if battery is not None:
            batteries["battery"] = BatteryDecision(
                battery_id="battery", mode=battery, power_w=3000, reason=Reason(BatteryReason.CHARGING_CHEAP)
            )
        decisions = Decisions(at=now, miners={"tuned_s19": miner}, batteries=batteries)
        await self.dispatcher.async_dispatch(decisions, SiteReadings(at=now), Ledger(), mode)

    def shown(self, entity_id: str) -> str:
        """Return an entity's state."""
        seen = self.hands.look(entity_id)
        assert seen is not None
        return seen.state

    def log(self) -> list[tuple[str, str, Outcome]]:
        """Return what the audit log says."""
        return [(e.entity_id, e.command, e.outcome) for e in self.audit.entries]


@pytest.fixture
def rig(make_plant: MakePlant) -> Rig:
    return Rig(make_plant)


def test_every_mapped_entity_is_there(rig: Rig) -> None:
    assert SWITCH in rig.settings.mapped_entities()
    for entity_id in rig.settings.mapped_entities():
        assert rig.shown(entity_id) not in {"unavailable", "unknown"}, entity_id
    assert rig.settings.mode is Mode.AUTOMATIC
    assert rig.hands.look("switch.nobody") is None


def test_what_stays_as_it_is_keeps_its_time(rig: Rig) -> None:
    rig.later(minutes=5)
    seen = rig.hands.look(WORK_MODE)
    assert seen is not None
    assert (seen.last_changed, seen.last_updated) == (SUMMER_NOON, SUMMER_NOON)
    assert seen.last_reported == rig.hands.now() > SUMMER_NOON


def test_a_device_that_is_stuck_reports_nothing(rig: Rig) -> None:
    rig.hands.plant.set_fault("battery", Fault.STALE, on=True)
    begun = rig.hands.now()
    rig.later(minutes=30)
    seen = rig.hands.look("sensor.ranch_battery_simulated_soc")
    assert seen is not None
    assert seen.last_reported == begun


def test_prices_are_this_hours_and_those_to_come(rig: Rig) -> None:
    price = rig.hands.look("sensor.ranch_market_and_weather_simulated_import_price")
    assert price is not None
    assert price.attributes["unit_of_measurement"] == "EUR/kWh"
    hours = {hour["start"]: hour["value"] for hour in price.attributes["raw_today"]}
    assert len(hours) == 24
    assert float(price.state) == hours["2026-06-21T14:00:00+02:00"]


async def test_the_dispatcher_drives_a_plant(rig: Rig) -> None:
    await rig.dispatch(battery=BatteryMode.CHARGE)
    assert {outcome for *_, outcome in rig.log()} == {Outcome.CONFIRMED}
    assert (rig.shown(LIMIT), rig.shown(SWITCH)) == ("2400.0", "on")
    assert (rig.shown(CHARGE), rig.shown(WORK_MODE)) == ("3000.0", "charge")
    rig.later(minutes=10)
    assert rig.hands.plant.flows.battery_w == pytest.approx(3000)
    assert rig.hands.plant.flows.miners_w == pytest.approx(2400 + 3250)
    # a set-point is written once more in its mode, where some devices take it only then; all else is left alone
    count = len(rig.log())
    for _ in range(3):
        await rig.dispatch(battery=BatteryMode.CHARGE)
        rig.later(minutes=5)
    assert [name for name, *_ in rig.log()[count:]] == [CHARGE]
    await rig.dispatcher.async_release()
    assert (rig.shown(WORK_MODE), rig.shown(SWITCH)) == ("self_consumption", "off")


async def test_monitor_mode_moves_nothing(rig: Rig) -> None:
    await rig.dispatch(mode=Mode.MONITOR, battery=BatteryMode.CHARGE)
    assert {outcome for *_, outcome in rig.log()} == {Outcome.NOT_SENT}
    assert (rig.shown(SWITCH), rig.shown(WORK_MODE)) == ("off", "self_consumption")


async def test_what_is_refused_three_times_is_told(rig: Rig) -> None:
    rig.hands.plant.set_fault("tuned_s19", Fault.REFUSED_COMMAND, on=True)
    for _ in range(4):
        await rig.dispatch()
        rig.later(seconds=65)
    assert [entry.attempt for entry in rig.audit.entries] == [1, 2, 3]
    assert rig.hands.issues.keys() == {f"command_{LIMIT}"}
    assert rig.hands.issues[f"command_{LIMIT}"].fills["device"] == "Tuned S19"
    rig.hands.plant.set_fault("tuned_s19", Fault.REFUSED_COMMAND, on=False)
    rig.hands.clear(f"command_{LIMIT}")  # its owner has seen to it
    await rig.dispatch()
    assert rig.shown(LIMIT) == "2400.0"
    assert rig.hands.issues == {}


async def test_a_late_device_is_confirmed_when_it_is_looked_at_again(rig: Rig) -> None:
    rig.hands.plant.set_fault("tuned_s19", Fault.LATE_COMMAND, on=True, late_s=8)
    await rig.dispatch()
    assert {outcome for *_, outcome in rig.log()} == {Outcome.PENDING}
    rig.later(seconds=9)
    assert {outcome for *_, outcome in rig.log()} == {Outcome.PENDING}
    rig.later(seconds=5)
    assert {outcome for *_, outcome in rig.log()} == {Outcome.CONFIRMED}


async def test_a_persons_switching_wins(rig: Rig) -> None:
    await rig.dispatch()
    rig.later(minutes=40)
    rig.hands.by_hand(Call(domain="switch", service="turn_off", targets=(SWITCH,)))
    assert not rig.dispatcher.manual(rig.hands.now())["tuned_s19"].run
    await rig.dispatch()
    assert rig.shown(SWITCH) == "off"


async def test_nobody_switches_what_is_not_there(rig: Rig) -> None:
    """Home Assistant leaves out entities that are unavailable."""
    rig.hands.plant.set_fault("tuned_s19", Fault.UNAVAILABLE, on=True)
    rig.hands.show()
    await rig.hands.call(Call(domain="switch", service="turn_on", targets=(SWITCH,)))
    rig.hands.plant.set_fault("tuned_s19", Fault.UNAVAILABLE, on=False)
    rig.hands.show()
    assert rig.shown(SWITCH) == "off"


@pytest.mark.parametrize(
    ("domain", "service", "target", "data", "error"),
    [
        ("switch", "turn_on", SWITCH, {}, CommandRefusedError),
        ("number", "set_value", CHARGE, {"value": 1e6}, OutOfRangeError),
        ("switch", "turn_on", "sensor.ranch_battery_simulated_soc", {}, LookupError),
        ("number", "set_value", WORK_MODE, {"value": 1.0}, LookupError),
    ],
)
async def test_what_cannot_be_done_is_an_error(
    rig: Rig, domain: str, service: str, target: str, data: Mapping[str, Any], error: type[Exception]
) -> None:
    rig.hands.plant.set_fault("tuned_s19", Fault.REFUSED_COMMAND, on=True)
    with pytest.raises(error):
        await rig.hands.call(Call(domain=domain, service=service, targets=(target,), data=data))


def test_a_timer_can_be_stopped(rig: Rig) -> None:
    rung: list[str] = []
    rig.hands.later(timedelta(seconds=20), lambda: rung.append("second"))
    rig.hands.later(timedelta(seconds=10), lambda: rung.append("first"))
    stop = rig.hands.later(timedelta(seconds=15), lambda: rung.append("never"))
    stop()
    stop()
    rig.later(seconds=30)
    assert rung == ["first", "second"]


async def test_what_a_device_forgets_is_told_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set-point that lapses: sent though it stands already, and again before its time is up."""

    def commands(*_: object) -> list[Command]:
        power = power_command(
            rig.hands.look, CHARGE, 12_000, device_id="inverter", stage=Stage.SET_POINT, why=Why(reason="idle")
        )
        assert power is not None
        assert power.done(rig.hands.look)
        return [replace(power, renew_after=RENEWED)]

    monkeypatch.setattr(dispatcher, "commands_for", commands)
    for minute in range(13):
        if minute:
            rig.later(minutes=1)
        await rig.dispatch()
    assert [entry.at - SUMMER_NOON - timedelta(hours=1) for entry in rig.audit.entries] == [
        timedelta(),
        RENEWED,
        2 * RENEWED,
    ]
    await rig.dispatch(mode=Mode.MONITOR)
    assert len(rig.audit.entries) == 3


def test_a_plain_script_can_drive_a_plant(make_plant: MakePlant) -> None:
    rig = Rig(make_plant)
    asyncio.run(rig.dispatch())
    assert rig.shown(SWITCH) == "on"
