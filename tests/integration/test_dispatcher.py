"""Dispatch on real helper entities: one gate, read-back, retries, records, and people's own switching."""

import asyncio
from datetime import timedelta
import json

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs import DOMAIN as REPAIRS, repairs_flow_manager
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.control import EVENT_COMMAND, Audit, Dispatcher, Outcome
from custom_components.energy_orchestrator.control.audit import MOST_ENTRIES, AuditEntry
from custom_components.energy_orchestrator.control.hands import Call
from custom_components.energy_orchestrator.control.home import HomeHands, as_events
from custom_components.energy_orchestrator.inputs.home import observer_of
from custom_components.energy_orchestrator.model.codec import decode
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
from custom_components.energy_orchestrator.model.site import Mode
from custom_components.energy_orchestrator.repairs import async_create_fix_flow

from .helper_site import set_up_helpers, settings, turn

HOUR = timedelta(hours=1)


class Rig:
    """A dispatcher on the helper site, and its log."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass = hass
        self.freezer = freezer
        self.settings = settings()
        self.audit = Audit(as_events(hass))
        self.dispatcher = Dispatcher(HomeHands(hass), self.settings, self.audit)
        self.calls = async_capture_events(hass, EVENT_CALL_SERVICE)
        self.observer = observer_of(hass, self.settings)

    async def dispatch(
        self,
        run: bool = True,
        power_w: float = 3250,
        code: MinerReason = MinerReason.PROFITABLE,
        mode: Mode = Mode.AUTOMATIC,
        battery: BatteryMode | None = None,
        fleet: int = 0,
    ) -> None:
        """Decide so, and have it dispatched."""
        now = dt_util.utcnow()
        miners = {
            "miner": self._decision("miner", int(run), power_w, code),
            "fleet": self._decision("fleet", fleet, power_w, code),
        }
        batteries = {}
        if battery is not None:
            batteries["battery"] = BatteryDecision(
                battery_id="battery", mode=battery, power_w=3000, reason=Reason(BatteryReason.CHARGING_CHEAP)
            )
        decisions = Decisions(at=now, miners=miners, batteries=batteries)
        await self.dispatcher.async_dispatch(decisions, self.observer.observe(now), Ledger(), mode)
        await self.hass.async_block_till_done()

    def _decision(self, miner_id: str, units: int, power_w: float, code: MinerReason) -> MinerDecision:
        return MinerDecision(
            miner_id=miner_id,
            action=MinerAction.RUN if units else MinerAction.STOP,
            units=units,
            power_w=power_w if units else 0,
            reason=Reason(code, {"energy_price": 0.1}, ("Rules › Miners",)),
        )

    def log(self) -> list[tuple[str, str, Outcome]]:
        """Return what the audit log says."""
        return [(e.entity_id.partition(".")[2], e.command, e.outcome) for e in self.audit.entries]

    def services(self) -> list[tuple[str, object]]:
        """Return what was called for what."""
        return [(call.data["service"], call.data["service_data"].get("entity_id")) for call in self.calls]

    def state(self, entity_id: str) -> str:
        """Return an entity's state."""
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state.state

    def later(self, **step: float) -> None:
        """Let time pass."""
        self.freezer.tick(timedelta(**step))


@pytest.fixture
async def rig(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Rig:
    await set_up_helpers(hass)
    freezer.tick(HOUR)  # everything has been as it is for long
    return Rig(hass, freezer)


def _issues(hass: HomeAssistant) -> dict[str, str | None]:
    return {issue_id: issue.translation_key for (_, issue_id), issue in ir.async_get(hass).issues.items()}


@pytest.mark.parametrize("mode", [Mode.MONITOR, Mode.PAUSED])
async def test_without_control_not_one_service_is_called(rig: Rig, mode: Mode) -> None:
    for run in (True, True, False, True):
        await rig.dispatch(run, mode=mode, battery=BatteryMode.CHARGE, code=MinerReason.EMERGENCY_STOP)
        rig.later(minutes=5)
    await rig.dispatcher.async_release()
    assert rig.calls == []
    assert {entry.outcome for entry in rig.audit.entries} == {Outcome.NOT_SENT}
    assert all(entry.would_do for entry in rig.audit.entries)
    # each change of mind once: the second wish for the miner's start comes after the plan had let go of it
    assert [e.command for e in rig.audit.entries if e.entity_id == "input_boolean.miner"] == ["turn_on", "turn_on"]


async def test_what_is_decided_is_done_read_back_and_recorded(hass: HomeAssistant, rig: Rig) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    await rig.dispatch(battery=BatteryMode.CHARGE, fleet=2)
    assert rig.state("input_boolean.miner") == "on"
    assert float(rig.state("input_number.limit_1")) == 3250
    assert rig.state("input_select.work_mode") == "Force charge"
    assert float(rig.state("input_number.charge_power")) == 3000
    assert [rig.state(f"input_boolean.unit_{n}") for n in (1, 2, 3)] == ["on", "on", "off"]
    assert {outcome for _, _, outcome in rig.log()} == {Outcome.CONFIRMED}
    order = [name for name, _, _ in rig.log()]
    assert order.index("limit_1") < order.index("miner")
    assert order.index("charge_power") < order.index("work_mode")
    assert ("turn_on", ["input_boolean.unit_1", "input_boolean.unit_2"]) in rig.services()
    entry = next(e for e in rig.audit.entries if e.entity_id == "input_boolean.miner")
    assert (entry.reason, entry.numbers, entry.policies) == ("profitable", {"energy_price": 0.1}, ("Rules › Miners",))
    assert [event.data["outcome"] for event in events if event.data["entity_id"] == "input_boolean.miner"] == [
        "pending",
        "confirmed",
    ]
    # a set-point may take only in its mode: it is written once more
    called = len(rig.calls)
    for _ in range(3):
        rig.later(minutes=5)
        await rig.dispatch(battery=BatteryMode.CHARGE, fleet=2)
    assert rig.services()[called:] == [("set_value", ["input_number.charge_power"])]


async def test_minimum_run_is_kept_but_not_against_safety(rig: Rig) -> None:
    await rig.dispatch()
    rig.later(minutes=5)
    await rig.dispatch(run=False, code=MinerReason.UNPROFITABLE)
    assert rig.state("input_boolean.miner") == "on"
    await rig.dispatch(run=False, code=MinerReason.EMERGENCY_STOP)
    assert rig.state("input_boolean.miner") == "off"


async def test_a_device_is_not_written_to_more_often_than_its_spacing(rig: Rig) -> None:
    await rig.dispatch()
    rig.later(seconds=20)
    await rig.dispatch(power_w=1600)
    assert float(rig.state("input_number.limit_1")) == 3250
    rig.later(seconds=45)
    await rig.dispatch(power_w=1600)
    assert float(rig.state("input_number.limit_1")) == 1600


async def _mute(hass: HomeAssistant, service: str = "turn_on", error: Exception | None = None) -> list[ServiceCall]:
    """Let input booleans take a command without doing it."""
    calls: list[ServiceCall] = []

    async def ignore(call: ServiceCall) -> None:
        calls.append(call)
        if error is not None:
            raise error

    hass.services.async_register("input_boolean", service, ignore)
    return calls


@pytest.mark.parametrize("error", [None, HomeAssistantError("refused"), ValueError("odd")])
async def test_a_device_that_does_not_obey_is_retried_and_then_named(
    hass: HomeAssistant, rig: Rig, error: Exception | None
) -> None:
    calls = await _mute(hass, error=error)
    for _ in range(8):
        await rig.dispatch()
        rig.later(seconds=35)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    assert len(calls) == 3
    assert [entry.attempt for entry in rig.audit.entries if entry.command == "turn_on"] == [1, 2, 3]
    assert {outcome for _, command, outcome in rig.log() if command == "turn_on"} == {Outcome.FAILED}
    assert _issues(hass) == {"command_input_boolean.miner": "command_failed"}
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "command_input_boolean.miner")
    assert issue is not None
    assert issue.translation_placeholders == {
        "device": "Miner",
        "entity": "input_boolean.miner",
        "command": "turn_on",
    }
    rig.later(minutes=30)
    await rig.dispatch()
    assert len(calls) == 4
    # it is switched on at last: nothing more to repair
    hass.states.async_set("input_boolean.miner", "on")
    rig.later(minutes=5)
    await rig.dispatch()
    assert _issues(hass) == {}
    rig.dispatcher.shutdown()


async def test_safety_never_gives_up(hass: HomeAssistant, rig: Rig) -> None:
    await turn(hass, "input_boolean.miner", "on")
    calls = await _mute(hass, "turn_off")
    for _ in range(8):
        await rig.dispatch(run=False, code=MinerReason.EMERGENCY_STOP)
        rig.later(seconds=65)
    assert len(calls) == 8
    assert "command_input_boolean.miner" in _issues(hass)
    rig.dispatcher.shutdown()


async def test_self_consumption_comes_even_without_its_set_points(hass: HomeAssistant, rig: Rig) -> None:
    await rig.dispatch(run=False, battery=BatteryMode.CHARGE)

    async def refuse(call: ServiceCall) -> None:
        raise HomeAssistantError("no")

    hass.services.async_register("input_number", "set_value", refuse)
    await rig.dispatcher.async_release()
    assert rig.state("input_select.work_mode") == "Self-use"


async def test_the_repair_has_it_tried_again(hass: HomeAssistant, rig: Rig) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    calls = await _mute(hass)
    for _ in range(4):
        await rig.dispatch()
        rig.later(seconds=35)
    await rig.dispatch()
    assert len(calls) == 3
    assert await async_create_fix_flow(hass, "command_input_boolean.miner", None)
    flows = repairs_flow_manager(hass)
    assert flows is not None
    ir.async_delete_issue(hass, DOMAIN, "command_input_boolean.miner")  # what finishing the flow does
    rig.later(seconds=35)
    await rig.dispatch()
    assert len(calls) == 4
    rig.dispatcher.shutdown()


async def test_a_late_device_is_confirmed_by_the_read_back(hass: HomeAssistant, rig: Rig) -> None:
    await _mute(hass)
    await rig.dispatch()
    assert rig.log()[-1] == ("miner", "turn_on", Outcome.PENDING)
    await rig.dispatch()
    assert len(rig.log()) == 2  # waits for the read-back
    hass.states.async_set("input_boolean.miner", "on")
    rig.later(seconds=11)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert rig.log()[-1] == ("miner", "turn_on", Outcome.CONFIRMED)


async def test_a_device_that_takes_long_does_not_hold_up_the_rest(hass: HomeAssistant, rig: Rig) -> None:
    async def long(call: ServiceCall) -> None:
        raise TimeoutError  # as the dispatcher's own patience ends it

    hass.services.async_register("input_select", "select_option", long)
    await rig.dispatch(battery=BatteryMode.CHARGE)
    assert rig.state("input_boolean.miner") == "on"
    assert ("work_mode", "select_option Force charge", Outcome.PENDING) in rig.log()
    rig.dispatcher.shutdown()


async def test_a_call_that_takes_longer_than_anyone_waits_is_not_cut_off(hass: HomeAssistant, rig: Rig) -> None:
    answers, done = asyncio.Event(), asyncio.Event()

    async def long(call: ServiceCall) -> None:
        await answers.wait()
        hass.states.async_set("input_select.work_mode", call.data["option"])
        done.set()
        raise HomeAssistantError("too late to be heard")

    hass.services.async_register("input_select", "select_option", long)
    option = {"option": "Force charge"}
    call = Call(domain="input_select", service="select_option", targets=("input_select.work_mode",), data=option)
    waiting = asyncio.Task(HomeHands(hass).call(call), eager_start=True)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    answers.set()
    await hass.async_block_till_done()
    assert done.is_set()
    assert rig.state("input_select.work_mode") == "Force charge"


async def test_a_start_waits_for_its_limit(hass: HomeAssistant, rig: Rig) -> None:
    async def refuse(call: ServiceCall) -> None:
        raise HomeAssistantError("no")

    hass.services.async_register("input_number", "set_value", refuse)
    await rig.dispatch(battery=BatteryMode.CHARGE)
    assert rig.state("input_boolean.miner") == "off"
    assert rig.state("input_select.work_mode") == "Self-use"


async def test_what_cannot_be_done_is_recorded_once_and_named(hass: HomeAssistant, rig: Rig) -> None:
    hass.states.async_set(
        "input_number.charge_power", "0", {"min": 0, "max": 100, "step": 1, "unit_of_measurement": "%"}
    )
    for _ in range(3):
        await rig.dispatch(run=False, battery=BatteryMode.CHARGE)
        rig.later(minutes=1)
    assert rig.log() == [("charge_power", "set_value 3000", Outcome.BLOCKED)]
    assert rig.audit.entries[0].problem == "wrong_unit"
    assert _issues(hass) == {"command_input_number.charge_power": "command_blocked"}
    assert rig.state("input_select.work_mode") == "Self-use"
    await rig.dispatch(run=False, mode=Mode.MONITOR)
    assert _issues(hass) == {}


async def test_release_leaves_the_devices_safe(rig: Rig) -> None:
    await rig.dispatch(battery=BatteryMode.CHARGE, fleet=3)
    await rig.dispatcher.async_release()
    assert rig.state("input_boolean.miner") == "off"
    assert [rig.state(f"input_boolean.unit_{n}") for n in (1, 2, 3)] == ["off"] * 3
    assert rig.state("input_select.work_mode") == "Self-use"
    assert float(rig.state("input_number.charge_power")) == 7000
    called = len(rig.calls)
    await rig.dispatcher.async_release()
    assert len(rig.calls) == called


async def test_what_is_refused_at_release_is_tried_again_and_then_named(hass: HomeAssistant, rig: Rig) -> None:
    await rig.dispatch()
    calls = await _mute(hass, "turn_off", HomeAssistantError("busy"))
    await rig.dispatcher.async_release()
    assert len(calls) == 3
    assert _issues(hass) == {"command_input_boolean.miner": "release_failed"}
    rig.later(minutes=5)
    await rig.dispatch(mode=Mode.MONITOR)
    assert len(calls) == 3
    rig.dispatcher.shutdown()
    assert _issues(hass) == {"command_input_boolean.miner": "release_failed"}  # still not in a safe state
    hass.states.async_set("input_boolean.miner", "off")
    await rig.dispatch(mode=Mode.MONITOR)
    assert _issues(hass) == {}


async def test_a_device_that_takes_the_release_and_does_not_do_it_is_told_again(hass: HomeAssistant, rig: Rig) -> None:
    await rig.dispatch()
    calls = await _mute(hass, "turn_off")
    await rig.dispatcher.async_release()
    assert len(calls) == 1
    for _ in range(5):
        rig.later(minutes=5)
        await rig.dispatch(mode=Mode.MONITOR)
    assert len(calls) == 3
    assert _issues(hass) == {"command_input_boolean.miner": "release_failed"}


async def test_after_the_release_a_persons_switching_is_left_alone(hass: HomeAssistant, rig: Rig) -> None:
    await rig.dispatch()
    await rig.dispatcher.async_release()
    rig.later(minutes=5)
    await rig.dispatch(mode=Mode.MONITOR)
    await turn(hass, "input_boolean.miner", "on")
    called = len(rig.calls)
    for _ in range(3):
        rig.later(minutes=5)
        await rig.dispatch(run=False, mode=Mode.MONITOR)
    assert len(rig.calls) == called


async def test_release_stops_what_was_just_started_and_does_not_show_it_yet(hass: HomeAssistant, rig: Rig) -> None:
    started = await _mute(hass, "turn_on")
    stopped = await _mute(hass, "turn_off")
    await rig.dispatch()
    assert len(started) == 1
    assert rig.state("input_boolean.miner") == "off"  # polled: it does not know yet
    rig.later(seconds=5)
    await rig.dispatcher.async_release()
    assert [call.data["entity_id"] for call in stopped] == [["input_boolean.miner"]]


async def test_issues_about_commands_end_with_the_dispatcher(hass: HomeAssistant, rig: Rig) -> None:
    await _mute(hass)
    for _ in range(4):
        await rig.dispatch()
        rig.later(seconds=35)
    assert _issues(hass) == {"command_input_boolean.miner": "command_failed"}
    rig.dispatcher.shutdown()  # a reload: who comes next looks anew
    assert _issues(hass) == {}


async def test_a_persons_switching_wins_for_the_override_time(hass: HomeAssistant, rig: Rig) -> None:
    await rig.dispatch()
    rig.later(minutes=40)
    await turn(hass, "input_boolean.miner", "off")
    rig.later(seconds=5)
    await rig.dispatch()
    assert rig.state("input_boolean.miner") == "off"
    assert rig.log()[-1] == ("miner", "turn_off", Outcome.SEEN)
    override = rig.dispatcher.manual(dt_util.utcnow())["miner"]
    assert not override.run
    rig.later(hours=1)
    await rig.dispatch()
    assert rig.state("input_boolean.miner") == "off"
    rig.later(hours=3, minutes=1)
    assert rig.dispatcher.manual(dt_util.utcnow()) == {}
    await rig.dispatch()
    assert rig.state("input_boolean.miner") == "on"


async def test_a_person_can_give_it_back_and_safety_does_not_ask(hass: HomeAssistant, rig: Rig) -> None:
    await rig.dispatch(run=True)
    rig.later(hours=1)
    await rig.dispatch(run=False)
    rig.later(hours=1)
    await turn(hass, "input_boolean.miner", "on")
    rig.later(minutes=1)
    await rig.dispatch(run=False)
    assert rig.state("input_boolean.miner") == "on"
    await rig.dispatch(run=False, code=MinerReason.EMERGENCY_STOP)
    assert rig.state("input_boolean.miner") == "off"
    rig.dispatcher.forget_manual("miner")
    assert rig.dispatcher.manual(dt_util.utcnow()) == {}
    rig.dispatcher.forget_manual(None)


async def test_a_device_that_falls_back_at_its_first_poll_is_no_person(hass: HomeAssistant, rig: Rig) -> None:
    await rig.dispatch()
    rig.later(seconds=20)
    hass.states.async_set("input_boolean.miner", "off")
    rig.later(seconds=20)
    await rig.dispatch()
    assert rig.dispatcher.manual(dt_util.utcnow()) == {}
    hass.states.async_set("input_boolean.miner", "unavailable")
    await rig.dispatch()
    assert rig.dispatcher.manual(dt_util.utcnow()) == {}


@pytest.mark.parametrize("state", ["unavailable", "unknown", "text", "1e12", "nan"])
async def test_a_switch_pulled_away_starts_nothing(hass: HomeAssistant, rig: Rig, state: str) -> None:
    hass.states.async_set("input_boolean.miner", state)
    await rig.dispatch()
    assert "turn_on" not in [service for service, _ in rig.services()]


async def test_the_log_is_bounded_and_survives_storing(hass: HomeAssistant, rig: Rig) -> None:
    await _mute(hass)
    await rig.dispatch()
    stored = [decode(AuditEntry, row) for row in json.loads(json.dumps(rig.audit.as_json()))]
    again = Audit(as_events(hass))
    again.load(stored * MOST_ENTRIES)
    assert len(again.entries) == MOST_ENTRIES
    # nobody read back what was under way when Home Assistant stopped
    assert (again.entries[-1].command, again.entries[-1].outcome) == ("turn_on", Outcome.FAILED)
    assert again.entries[-1].at == rig.audit.entries[-1].at
    rig.dispatcher.shutdown()
