"""What an inverter is told: one value for one number, no forced mode without its power, and none that stays behind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import State
import pytest

from custom_components.energy_orchestrator.control.command import Command
from custom_components.energy_orchestrator.control.commands import commands_for, release_commands
from custom_components.energy_orchestrator.control.inverters import TOLD_AGAIN, renewed_after
from custom_components.energy_orchestrator.control.settled import Settled
from custom_components.energy_orchestrator.mapping import InverterEntities, SetPointOrder
from custom_components.energy_orchestrator.model.decision import (
    BatteryDecision,
    BatteryMode,
    BatteryReason,
    Decisions,
    Reason,
)
from custom_components.energy_orchestrator.model.ledger import Ledger
from custom_components.energy_orchestrator.model.site import Grid, Inverter
from custom_components.energy_orchestrator.settings import Settings

from ..integration.helper_site import settings

NOW = datetime(2026, 6, 21, 10, tzinfo=UTC)
SELF_CONSUMPTION, CHARGE, DISCHARGE, HOLD = BatteryMode
MODES = {
    SELF_CONSUMPTION: "Self use",
    CHARGE: "Force charge",
    DISCHARGE: "Force discharge",
    HOLD: "Stand by",
}
MODE, UP, DOWN = "select.mode", "number.up", "number.down"
WATTS: Mapping[str, Any] = {"unit_of_measurement": "W", "min": 0, "max": 10000, "step": 10}
SIGNED = {**WATTS, "min": -5000, "max": 5000}
ALL: Mapping[str, Any] = {
    "work_mode": MODE,
    "work_mode_options": MODES,
    "charge_power": UP,
    "discharge_power": DOWN,
}


class Device:
    """What an inverter's entities show; all have been so since ten minutes ago."""

    def __init__(self, mode: str = "Self use", **numbers: object) -> None:
        self.states: dict[str, tuple[str, Mapping[str, Any]]] = {MODE: (mode, {"options": [*MODES.values()]})}
        self.states |= {
            f"number.{name}": (str(value), WATTS) for name, value in {"up": 7000, "down": 7000, **numbers}.items()
        }
        self.since = NOW - timedelta(minutes=10)
        self.settled = Settled()

    def __call__(self, entity_id: str) -> State | None:
        """Look an entity up."""
        if entity_id not in self.states:
            return None
        return State(entity_id, *self.states[entity_id], last_changed=self.since, validate_entity_id=False)

    def told(
        self, mode: BatteryMode, power_w: float = 3000, site: Settings | None = None, **mapped: Any
    ) -> list[Command]:
        """Return the commands of a decision; without a mapping everything is mapped."""
        decision = BatteryDecision(battery_id="battery", mode=mode, power_w=power_w, reason=Reason(BatteryReason.IDLE))
        site = site or settings(inverters={"inverter": InverterEntities(**(mapped or ALL))}, miners={})
        site = replace(site, site=replace(site.site, miners=()))
        return commands_for(site, Decisions(at=NOW, batteries={"battery": decision}), Ledger(), self, NOW, self.settled)

    def words(self, mode: BatteryMode, power_w: float = 3000, **mapped: Any) -> list[str]:
        """Return what is still to be done, in words."""
        return [_said(c) for c in self.told(mode, power_w, **mapped) if not c.done(self)]


def _said(command: Command) -> str:
    return f"{command.entity_id}: {command.words}" + (f" ({command.problem})" if command.problem else "")


# ---- One number for both directions


def test_one_number_for_both_directions_has_the_value_of_the_mode() -> None:
    mapped = {**ALL, "discharge_power": UP}
    uneven = settings(inverters={"inverter": InverterEntities(**mapped)})
    uneven = replace(
        uneven, site=replace(uneven.site, batteries=(replace(uneven.site.batteries[0], max_discharge_w=5000),))
    )
    device = Device("Force charge")
    assert [_said(c) for c in device.told(SELF_CONSUMPTION, 7000, uneven)] == ["select.mode: select_option Self use"]
    assert device.words(CHARGE, 3000, **mapped) == ["number.up: set_value 3000"]
    assert device.words(DISCHARGE, 2000, **mapped) == [
        "number.up: set_value 2000",
        "select.mode: select_option Force discharge",
    ]


@pytest.mark.parametrize(
    ("mode", "power_w", "value"),
    [(SELF_CONSUMPTION, 7000, 0), (CHARGE, 3005, 3000), (CHARGE, 9000, 5000), (DISCHARGE, 3005, -3000), (DISCHARGE, 9000, -5000),
     (HOLD, 0, 0)],
)  # fmt: skip
@pytest.mark.parametrize("positive", [CHARGE, DISCHARGE])
def test_a_signed_number_says_the_direction_by_its_sign(
    mode: BatteryMode, power_w: float, value: float, positive: BatteryMode
) -> None:
    device = Device()
    device.states[UP] = ("40", SIGNED)
    way = 1 if positive is CHARGE else -1
    told = device.told(mode, power_w, charge_power=UP, discharge_power=UP, positive_means=positive)
    assert [command.call.data["value"] for command in told] == [way * value]
    assert not told[0].done(device)
    device.states[UP] = (str(way * value), SIGNED)
    assert told[0].done(device)


@pytest.mark.parametrize(
    "mapped", [{"charge_power": UP}, {"discharge_power": UP}, {"charge_power": UP, "discharge_power": DOWN}]
)
def test_a_signed_number_that_is_mapped_for_one_direction_is_never_given_a_power(mapped: dict[str, Any]) -> None:
    device = Device()
    device.states |= {UP: ("40", SIGNED), DOWN: ("40", SIGNED)}
    for mode in (SELF_CONSUMPTION, CHARGE, DISCHARGE):
        assert {command.problem for command in device.told(mode, 3000, **mapped)} <= {"signed_number"}
    assert {command.call.data["value"] for command in device.told(HOLD, 0, **mapped)} == {0.0}


# ---- No forced mode stays behind


def _without(device: Device, *options: str) -> None:
    device.states[MODE] = (device.states[MODE][0], {"options": [o for o in MODES.values() if o not in options]})


def _renamed(device: Device) -> None:
    _without(device, "Force charge")


def _out_of_bounds(device: Device) -> None:
    device.states[UP] = ("7000", {**WATTS, "min": 4000})


def _wrong_unit(device: Device) -> None:
    device.states[UP] = ("7", {**WATTS, "unit_of_measurement": "A"})


def _gone(device: Device) -> None:
    del device.states[UP]


def _never_there(device: Device) -> None:
    device.settled.give_up(f"{UP} unseen", NOW)
    device.states[UP] = ("unavailable", WATTS)


def _refuses(device: Device) -> None:
    device.settled.give_up(UP, NOW)
    device.states[UP] = ("6000", WATTS)


@pytest.mark.parametrize("what", [_renamed, _out_of_bounds, _wrong_unit, _gone, _never_there, _refuses])
def test_a_forced_mode_is_left_where_the_next_cannot_be_entered(what: Callable[[Device], None]) -> None:
    device = Device("Force discharge", down=1000)
    what(device)
    told = device.told(CHARGE)
    sendable = [_said(c) for c in told if c.problem is None and "instead" in c.key]
    assert "select.mode: select_option Self use" in sendable
    assert "number.down: set_value 7000" in sendable
    assert "select.mode: select_option Force charge" not in [_said(c) for c in told]
    # what hinders it is named, or tried on
    assert [c.key for c in told if c.key in {MODE, UP}]
    device.states |= {MODE: ("Self use", device.states[MODE][1])}
    assert not [c for c in device.told(CHARGE) if "instead" in c.key]


def test_where_even_self_consumption_is_gone_the_power_is_taken_out() -> None:
    device = Device("Force charge", up=3000)
    _without(device, "Self use")
    lost = "select.mode: select_option Self use (option_missing)"
    nothing = ["number.up: set_value 0", "number.down: set_value 0"]
    assert device.words(SELF_CONSUMPTION, 7000) == [*nothing, lost]
    device.states[MODE] = ("Stand by", device.states[MODE][1])
    assert device.words(SELF_CONSUMPTION, 7000) == [lost]
    # nobody knows what it does: with a grid it is kept from all, without one the house may live on it
    device.states[MODE] = ("force_charge", device.states[MODE][1])
    assert device.words(SELF_CONSUMPTION, 7000) == [*nothing, lost]
    alone = settings(inverters={"inverter": InverterEntities(**ALL)})
    alone = replace(alone, site=replace(alone.site, grid=Grid(connected=False)))
    assert [_said(c) for c in device.told(SELF_CONSUMPTION, 7000, alone)] == [lost]


# ---- No forced mode without its power


def test_a_set_point_that_shows_nothing_holds_its_mode_back() -> None:
    device = Device(up="unknown")
    point, mode = device.told(CHARGE)
    assert (point.entity_id, mode.entity_id) == (UP, MODE)
    assert mode.awaits
    assert not mode.awaits(device)
    device.states[UP] = ("3000", WATTS)
    assert mode.awaits(device)


def test_a_set_point_that_is_there_in_its_mode_only_has_a_while_to_come() -> None:
    device = Device(up="unavailable")
    assert device.words(CHARGE) == ["select.mode: select_option Force charge"]
    device.states[MODE] = ("Force charge", device.states[MODE][1])
    device.since = NOW - timedelta(minutes=1)
    assert device.words(CHARGE) == []
    assert device.words(CHARGE, **{**ALL, "poll": timedelta(minutes=5)}) == []
    device.since = NOW - timedelta(minutes=3)
    assert device.words(CHARGE) == [
        "number.up: set_value (set_point_unseen)",
        "select.mode: select_option Self use",
    ]
    device.states[MODE] = ("Self use", device.states[MODE][1])
    assert device.words(CHARGE) == ["number.up: set_value (set_point_unseen)"]


def test_a_power_that_stays_below_what_is_asked_does_not_hinder_a_mode() -> None:
    device = Device(up=1900)
    device.settled.give_up(UP, NOW)
    point, mode = device.told(CHARGE)
    assert (point.key, mode.key, mode.needs) == (UP, MODE, ())


def test_a_mode_nobody_sees_gets_no_set_points() -> None:
    device = Device()
    device.states[MODE] = ("unavailable", {})
    assert device.words(CHARGE) == []


# ---- What is forgotten, and what takes only after the mode


@pytest.mark.parametrize(
    ("forgets", "told_again"), [(1, timedelta(seconds=40)), (5, timedelta(minutes=4)), (60, timedelta(minutes=48))]
)
def test_a_device_that_forgets_is_told_well_before_it_does(forgets: int, told_again: timedelta) -> None:
    mapped = {**ALL, "renew": timedelta(minutes=forgets)}
    device = Device("Force charge", up=3000)
    assert [(c.entity_id, c.renew_after) for c in device.told(CHARGE, **mapped)] == [
        (UP, told_again),
        (MODE, told_again),
    ]
    assert renewed_after(timedelta(minutes=forgets)) == told_again
    device = Device(up=3000, down=7000)
    assert device.told(SELF_CONSUMPTION, 3000, **mapped) == []


def test_a_forced_mode_is_told_again_every_hour_where_nobody_said_more() -> None:
    device = Device("Force charge", up=500)
    for stood, again in ((TOLD_AGAIN - timedelta(seconds=1), None), (TOLD_AGAIN, TOLD_AGAIN)):
        device.since = NOW - stood
        assert [(c.entity_id, c.renew_after) for c in device.told(CHARGE) if c.entity_id == UP] == [(UP, None)]
        assert [c.renew_after for c in device.told(CHARGE) if c.entity_id == MODE] == ([again] if again else [])
    # holding lasts whole nights
    resting = Device("Stand by")
    resting.since = NOW - timedelta(hours=9)
    assert resting.told(HOLD) == []
    assert [c.renew_after for c in resting.told(HOLD, **{**ALL, "renew": timedelta(minutes=60)})] == [
        timedelta(minutes=48)
    ]
    assert {c.renew_after for c in Device().told(HOLD, charge_power=UP)} == {None}


def test_when_a_set_point_is_written_is_the_mappings_choice() -> None:
    both, before, after = (SetPointOrder(name) for name in ("both", "before", "after"))

    def told(order: SetPointOrder, mode: str) -> list[tuple[str, bool]]:
        found = Device(mode, up=500).told(CHARGE, **{**ALL, "set_point_order": order})
        return [(c.entity_id, c.latched is not None) for c in found]

    assert [told(order, "Self use") for order in (both, before, after)] == [
        [(UP, False), (MODE, False)],
        [(UP, False), (MODE, False)],
        [(MODE, False)],
    ]
    assert [told(order, "Force charge") for order in (both, before, after)] == [
        [(UP, True)],
        [(UP, False)],
        [(UP, True)],
    ]


# ---- Export


def test_inverters_share_the_export_limit_of_the_site() -> None:
    site = settings(
        inverters={
            "inverter": InverterEntities(export_limit=UP),
            "second": InverterEntities(export_limit=DOWN),
            "third": InverterEntities(),
        }
    )
    inverters = tuple(
        Inverter(id=n, name=n, ac_limit_w=w) for n, w in (("inverter", 6000), ("second", 3000), ("third", 9000))
    )
    site = replace(site, site=replace(site.site, inverters=inverters, grid=Grid(max_export_w=4500)))
    told = Device(up=0, down=0).told(SELF_CONSUMPTION, 7000, site)
    assert [_said(c) for c in told] == ["number.up: set_value 3000", "number.down: set_value 1500"]
    free = replace(site, site=replace(site.site, grid=Grid()))
    assert [_said(c) for c in release_commands(free, Device(up=0, down=0)) if "number" in c.entity_id] == [
        "number.up: set_value 10000",
        "number.down: set_value 10000",
    ]
