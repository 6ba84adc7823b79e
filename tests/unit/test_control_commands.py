"""Decisions become commands: what is sent, in which units and order, and what is left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import State
import pytest

from custom_components.energy_orchestrator.control.command import (
    Stage,
    Why,
    option_command,
    power_command,
    switch_command,
)
from custom_components.energy_orchestrator.control.commands import commands_for, release_commands
from custom_components.energy_orchestrator.control.hands import Call
from custom_components.energy_orchestrator.control.inverters import combined
from custom_components.energy_orchestrator.control.settled import Settled
from custom_components.energy_orchestrator.mapping import InverterEntities, MinerEntities
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
from custom_components.energy_orchestrator.model.ledger import Ledger, MinerState
from custom_components.energy_orchestrator.model.site import LeftAs
from custom_components.energy_orchestrator.settings import Settings
from tests.integration.helper_site import OPTIONS, settings

NOW = datetime(2026, 6, 21, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=5)
WATTS = {"min": 0, "max": 8000, "step": 100, "unit_of_measurement": "W"}
LIMIT = {"min": 1000, "max": 4000, "step": 50, "unit_of_measurement": "W"}


class House:
    """States by entity, all long as they are."""

    def __init__(self, **changed: tuple[str, dict[str, Any]] | None) -> None:
        self.states: dict[str, tuple[str, dict[str, Any]]] = {
            "input_select.work_mode": ("Self-use", {"options": list(OPTIONS.values())}),
            "input_number.charge_power": ("7000", WATTS),
            "input_number.discharge_power": ("7", {**WATTS, "max": 8, "step": 0.1, "unit_of_measurement": "kW"}),
            "input_number.export_limit": ("10000", {**WATTS, "max": 10000, "step": 1}),
            "input_number.limit_1": ("1600", LIMIT),
            "input_boolean.miner": ("off", {}),
            **{f"input_boolean.unit_{n}": ("off", {}) for n in (1, 2, 3)},
        }
        self.since: dict[str, datetime] = {}
        self.gone: set[str] = set()

    def __call__(self, entity_id: str) -> State | None:
        """Look an entity up."""
        if entity_id in self.gone or entity_id not in self.states:
            return None
        state, attributes = self.states[entity_id]
        return State(entity_id, state, attributes, last_changed=self.since.get(entity_id, LONG_AGO))


def _miner(
    units: int, power_w: float = 3250, code: MinerReason = MinerReason.PROFITABLE, who: str = "miner"
) -> Decisions:
    action = MinerAction.RUN if units else MinerAction.STOP
    decision = MinerDecision(miner_id=who, action=action, units=units, power_w=power_w, reason=Reason(code))
    return Decisions(at=NOW, miners={who: decision})


def _battery(mode: BatteryMode, power_w: float = 0, export_limit_w: float | None = None) -> Decisions:
    decision = BatteryDecision(
        battery_id="battery",
        mode=mode,
        power_w=power_w,
        reason=Reason(BatteryReason.IDLE),
        export_limit_w=export_limit_w,
    )
    return Decisions(at=NOW, batteries={"battery": decision})


def _words(
    house: House, decisions: Decisions, ledger: Ledger | None = None, mapped: Settings | None = None
) -> list[str]:
    commands = commands_for(mapped or settings(), decisions, ledger or Ledger(), house, NOW)
    return [
        f"{command.entity_id.partition('.')[2]}: {command.words}" + (f" ({command.problem})" if command.problem else "")
        for command in commands
    ]


def test_the_limit_is_set_before_the_start() -> None:
    assert _words(House(), _miner(1)) == ["limit_1: set_value 3250", "miner: turn_on"]


def test_what_stands_is_left_alone() -> None:
    house = House()
    house.states |= {"input_boolean.miner": ("on", {}), "input_number.limit_1": ("3250.0", LIMIT)}
    assert _words(house, _miner(1)) == []
    assert _words(house, _miner(1, 1600)) == ["limit_1: set_value 1600"]
    assert _words(house, _miner(0)) == ["miner: turn_off"]


def test_hold_leaves_a_miner_as_it_is() -> None:
    decision = MinerDecision(
        miner_id="miner", action=MinerAction.HOLD, units=1, power_w=1600, reason=Reason(MinerReason.UNKNOWN_STATE)
    )
    assert _words(House(), Decisions(at=NOW, miners={"miner": decision})) == []


def test_limits_keep_to_the_devices_steps_and_never_exceed_what_is_decided() -> None:
    assert _words(House(), _miner(1, 2399)) == ["limit_1: set_value 2350", "miner: turn_on"]
    assert _words(House(), _miner(1, 9000))[0] == "limit_1: set_value 4000"
    # lower than the device can go: not started at more than was meant
    assert _words(House(), _miner(1, 900)) == ["limit_1: set_value 900 (below_minimum)"]


@pytest.mark.parametrize("gone", [True, False])
def test_a_limit_that_cannot_be_set_holds_back_all_but_the_highest_level(gone: bool) -> None:
    house = House()
    if gone:
        house.gone.add("input_number.limit_1")
    else:
        house.states["input_number.limit_1"] = ("unavailable", {})
    assert _words(house, _miner(1, 1600)) == []
    assert _words(house, _miner(1, 3250)) == ["miner: turn_on"]


def test_a_limit_in_another_unit() -> None:
    house = House()
    house.states["input_number.limit_1"] = ("1", {"min": 0, "max": 4, "step": 0.05, "unit_of_measurement": "kW"})
    assert _words(house, _miner(1, 2400))[0] == "limit_1: set_value 2.4"
    house.states["input_number.limit_1"] = ("60", {"min": 0, "max": 100, "step": 1, "unit_of_measurement": "%"})
    assert _words(house, _miner(1, 2400)) == ["limit_1: set_value 2400 (wrong_unit)"]


def test_a_level_is_set_as_it_is_where_the_least_is_no_step() -> None:
    house = House()
    house.states["input_number.limit_1"] = ("1600", {**LIMIT, "min": 15, "max": 10000, "step": 100})
    assert _words(house, _miner(1, 3250))[0] == "limit_1: set_value 3250"
    assert _words(house, _miner(1, 1600)) == ["miner: turn_on"]


def test_no_miner_starts_before_its_limit_shows() -> None:
    house = House()
    house.states["input_number.limit_1"] = ("3250", LIMIT)
    start = commands_for(settings(), _miner(1, 1600), Ledger(), house, NOW)[-1]
    assert start.awaits
    for shown, may in (("3250", False), ("unknown", False), ("unavailable", False), ("1600", True), ("1000", True)):
        house.states["input_number.limit_1"] = (shown, LIMIT)
        assert start.awaits(house) is may, shown
    # at its highest level more than that cannot come of it
    assert commands_for(settings(), _miner(1, 3250), Ledger(), house, NOW)[-1].awaits is None


def test_a_limit_that_does_not_move_holds_up_no_start_below_it() -> None:
    house, settled = House(), Settled()

    def needed() -> tuple[str, ...]:
        return commands_for(settings(), _miner(1), Ledger(), house, NOW, settled)[-1].needs

    assert needed() == ("input_number.limit_1",)
    settled.give_up("input_number.limit_1", NOW)
    assert needed() == ()
    house.states["input_number.limit_1"] = ("3400", LIMIT)
    assert needed() == ("input_number.limit_1",)


def test_a_miner_that_forgets_is_told_again_before_it_does() -> None:
    mapped = settings()
    mapped = settings(miners={**mapped.miners, "miner": replace(mapped.miners["miner"], renew=timedelta(minutes=30))})
    house = House()
    house.states |= {"input_boolean.miner": ("on", {}), "input_number.limit_1": ("3250.0", LIMIT)}
    told = commands_for(mapped, _miner(1), Ledger(), house, NOW)
    assert [(c.entity_id, c.words, c.renew_after) for c in told] == [
        ("input_number.limit_1", "set_value 3250", timedelta(minutes=24)),
        ("input_boolean.miner", "turn_on", timedelta(minutes=24)),
    ]
    assert [c.words for c in commands_for(mapped, _miner(0), Ledger(), house, NOW)] == ["turn_off"]


def test_minimum_run_and_pause_hold_here_too() -> None:
    house = House()
    house.since["input_boolean.miner"] = NOW - timedelta(minutes=10)
    assert _words(house, _miner(1)) == []
    paused = Ledger(miners={"miner": MinerState(running=0, since=NOW - timedelta(minutes=16))})
    assert _words(house, _miner(1), paused)[-1] == "miner: turn_on"
    house.states["input_boolean.miner"] = ("on", {})
    assert _words(house, _miner(0), paused) == []  # the ledger speaks of another state: the switch counts
    ran = Ledger(miners={"miner": MinerState(running=1, since=NOW - timedelta(minutes=29))})
    assert _words(house, _miner(0), ran) == []
    for code in (MinerReason.EMERGENCY_STOP, MinerReason.TOO_HOT, MinerReason.BELOW_STOP_SOC, MinerReason.MANUAL):
        assert _words(house, _miner(0, code=code), ran) == ["miner: turn_off"]


def test_a_group_keeps_those_that_run() -> None:
    house = House()
    house.states["input_boolean.unit_2"] = ("on", {})
    assert _words(house, _miner(2, who="fleet")) == ["unit_1: turn_on"]
    assert _words(house, _miner(3, who="fleet")) == ["unit_1: turn_on", "unit_3: turn_on"]
    house.states["input_boolean.unit_3"] = ("on", {})
    assert _words(house, _miner(1, who="fleet")) == ["unit_3: turn_off"]
    assert _words(house, _miner(0, who="fleet")) == ["unit_3: turn_off", "unit_2: turn_off"]


def test_nothing_starts_while_a_unit_cannot_be_seen() -> None:
    house = House()
    house.states["input_boolean.unit_2"] = ("unavailable", {})
    house.states["input_boolean.unit_3"] = ("on", {})
    assert _words(house, _miner(3, who="fleet")) == []
    assert _words(house, _miner(0, who="fleet")) == ["unit_3: turn_off"]


def test_one_switch_for_a_group_needs_all_its_units() -> None:
    mapped = settings(
        miners={**settings().miners, "fleet": MinerEntities(switches=("input_boolean.unit_1",))},
    )
    assert _words(House(), _miner(2, who="fleet"), mapped=mapped) == []
    assert _words(House(), _miner(3, who="fleet"), mapped=mapped) == ["unit_1: turn_on"]


def test_the_inverter_gets_its_set_point_before_its_mode() -> None:
    assert _words(House(), _battery(BatteryMode.CHARGE, 5050)) == [
        "charge_power: set_value 5000",
        "work_mode: select_option Force charge",
    ]
    assert _words(House(), _battery(BatteryMode.DISCHARGE, 2500)) == [
        "discharge_power: set_value 2.5",
        "work_mode: select_option Force discharge",
    ]
    assert _words(House(), _battery(BatteryMode.SELF_CONSUMPTION, 7000)) == []
    assert _words(House(), _battery(BatteryMode.SELF_CONSUMPTION, 0)) == ["charge_power: set_value 0"]


def test_holding_without_a_hold_option() -> None:
    assert _words(House(), _battery(BatteryMode.HOLD)) == ["charge_power: set_value 0", "discharge_power: set_value 0"]


SELECT = "input_select.work_mode"


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        (InverterEntities(work_mode=SELECT, work_mode_options=OPTIONS), ["work_mode: select_option Self-use"]),
        (
            InverterEntities(work_mode=SELECT, work_mode_options=OPTIONS, charge_power="input_number.charge_power"),
            ["charge_power: set_value 0", "work_mode: select_option Self-use"],
        ),
    ],
)
def test_no_inverter_stays_in_a_forced_mode_that_the_plan_has_left(
    mapped: InverterEntities, expected: list[str]
) -> None:
    house = House()
    house.states[SELECT] = ("Force charge", {"options": list(OPTIONS.values())})
    assert _words(house, _battery(BatteryMode.HOLD), mapped=settings(inverters={"inverter": mapped})) == expected


def test_an_inverter_without_modes_holds_by_its_set_points() -> None:
    mapped = InverterEntities(charge_power="input_number.charge_power", discharge_power="input_number.discharge_power")
    site = settings(inverters={"inverter": mapped})
    both = ["charge_power: set_value 0", "discharge_power: set_value 0"]
    assert _words(House(), _battery(BatteryMode.HOLD), mapped=site) == both
    assert _words(House(), _battery(BatteryMode.CHARGE, 3000), mapped=site) == ["charge_power: set_value 3000"]


def test_a_mode_without_an_option_is_self_consumption() -> None:
    own = {BatteryMode.SELF_CONSUMPTION: "Self-use", BatteryMode.DISCHARGE: "Force discharge"}
    mapped = settings(inverters={"inverter": InverterEntities(work_mode=SELECT, work_mode_options=own)})
    house = House()
    house.states[SELECT] = ("Force discharge", {"options": list(OPTIONS.values())})
    assert _words(house, _battery(BatteryMode.CHARGE, 3000), mapped=mapped) == ["work_mode: select_option Self-use"]


def test_a_select_without_any_option_that_fits_sets_nothing() -> None:
    mapped = settings(
        inverters={"inverter": InverterEntities(work_mode=SELECT, charge_power="input_number.charge_power")}
    )
    assert _words(House(), _battery(BatteryMode.CHARGE, 3000), mapped=mapped) == [
        "work_mode: select_option  (mode_not_mapped)"
    ]


def test_a_mode_the_device_does_not_have_sets_nothing() -> None:
    house = House()
    house.states["input_select.work_mode"] = ("Self-use", {"options": ["Self-use"]})
    found = _words(house, _battery(BatteryMode.CHARGE, 5000))
    assert found[-1] == "work_mode: select_option Force charge (option_missing)"
    house.states["input_select.work_mode"] = ("unavailable", {})
    assert _words(house, _battery(BatteryMode.CHARGE, 7000)) == []


def test_the_export_limit_comes_and_goes() -> None:
    house = House()
    decision = _battery(BatteryMode.SELF_CONSUMPTION, 7000, export_limit_w=1234.5)
    assert _words(house, decision) == ["export_limit: set_value 1234"]
    house.states["input_number.export_limit"] = ("1234", {**WATTS, "max": 12000, "step": 1})
    assert _words(house, _battery(BatteryMode.SELF_CONSUMPTION, 7000)) == ["export_limit: set_value 10000"]


def test_batteries_of_one_inverter_are_one() -> None:
    def said(*modes: BatteryMode) -> tuple[BatteryMode, float]:
        return combined(
            [
                BatteryDecision(battery_id=str(n), mode=mode, power_w=1000, reason=Reason(BatteryReason.IDLE))
                for n, mode in enumerate(modes)
            ]
        )

    own, charge, discharge, hold = BatteryMode
    assert said(charge, charge) == (charge, 2000)
    assert said(discharge, discharge) == (discharge, 2000)
    assert said(charge, discharge) == (hold, 0)
    assert said(charge, hold) == (hold, 0)
    assert said(charge, own) == (own, 2000)
    assert said(discharge, own) == (own, 1000)


def test_what_shed_load_comes_first_and_what_adds_it_last() -> None:
    house = House()
    house.states["input_boolean.miner"] = ("on", {})
    decisions = Decisions(
        at=NOW,
        batteries=_battery(BatteryMode.CHARGE, 5000, 0).batteries,
        miners={**_miner(0).miners, **_miner(1, who="fleet").miners},
    )
    commands = commands_for(settings(), decisions, Ledger(), house, NOW)
    assert [command.stage for command in commands] == [
        Stage.SHED,
        Stage.SET_POINT,
        Stage.MODE,
        Stage.EXPORT_LIMIT,
        Stage.START,
    ]


def test_release_leaves_everything_to_itself() -> None:
    house = House()
    house.states |= {
        "input_boolean.miner": ("on", {}),
        "input_boolean.unit_2": ("on", {}),
        "input_select.work_mode": ("Force charge", {"options": list(OPTIONS.values())}),
        "input_number.charge_power": ("3000", WATTS),
        "input_number.export_limit": ("0", {**WATTS, "max": 12000, "step": 1}),
    }
    found = [command for command in release_commands(settings(), house) if not command.done(house)]
    assert [(command.entity_id, command.words, command.why.reason) for command in found] == [
        ("input_boolean.miner", "turn_off", "released"),
        ("input_boolean.unit_2", "turn_off", "released"),
        ("input_number.charge_power", "set_value 7000", "released"),
        ("input_select.work_mode", "select_option Self-use", "released"),
        ("input_number.export_limit", "set_value 10000", "released"),
    ]


def left_as(miner: LeftAs, inverter: LeftAs) -> Settings:
    """Return the house with the owner's choice of how its devices are left."""
    base = settings()
    return replace(
        base,
        miners={key: replace(mapped, left_as=miner) for key, mapped in base.miners.items()},
        inverters={key: replace(mapped, left_as=inverter) for key, mapped in base.inverters.items()},
    )


def test_devices_are_left_as_their_owner_wants_them() -> None:
    house = House()
    house.states |= {
        "input_boolean.miner": ("on", {}),
        "input_select.work_mode": ("Charge", {"options": list(OPTIONS.values())}),
    }
    assert release_commands(left_as(LeftAs.AS_IT_IS, LeftAs.AS_IT_IS), house) == []
    off = [command.words for command in release_commands(left_as(LeftAs.OFF, LeftAs.OFF), house)]
    assert "turn_off" in off
    assert "set_value 0" in off, "no option holds here: nothing may be charged"
    only = release_commands(left_as(LeftAs.AS_IT_IS, LeftAs.SELF_CONSUMPTION), house)
    assert {command.entity_id.partition(".")[0] for command in only} == {"input_number", "input_select"}


@pytest.mark.parametrize("domain", ["sensor", "lock", "climate", "valve"])
def test_only_what_is_meant_to_be_switched_is_switched(domain: str) -> None:
    why = Why(reason="profitable")
    command = switch_command(f"{domain}.x", on=True, device_id="miner", stage=Stage.START, why=why)
    assert command.problem == "not_switchable"

    def look(entity_id: str) -> State | None:
        return State(entity_id, "1", {"unit_of_measurement": "W"})

    point = power_command(look, "sensor.x", 1000, device_id="m", stage=Stage.SET_POINT, why=why)
    assert point is not None
    assert point.problem == "not_a_number_entity"


def test_a_number_without_limits() -> None:
    why = Why(reason="idle")

    def look(entity_id: str) -> State | None:
        return State(entity_id, "unknown", {"unit_of_measurement": "W", "max": "much"})

    endless = power_command(look, "number.x", float("inf"), device_id="m", stage=Stage.SET_POINT, why=why)
    assert endless is None
    plain = power_command(look, "number.x", 1234.5, device_id="m", stage=Stage.SET_POINT, why=why)
    assert plain is not None
    assert plain.call.data == {"value": 1234.5}
    assert not plain.done(look)
    assert not plain.done(lambda entity_id: State(entity_id, "text"))


def test_a_command_says_what_it_does() -> None:
    command = option_command(
        lambda x: State(x, "Eco"), "select.x", "Self-use", device_id="m", why=Why(reason="idle"), needs=()
    )
    assert command is not None
    assert command.call == Call(
        domain="select", service="select_option", targets=("select.x",), data={"option": "Self-use"}
    )
    assert (command.key, command.entity_id, command.words) == ("select.x", "select.x", "select_option Self-use")
