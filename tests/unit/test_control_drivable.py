"""What a battery can be told follows from what is mapped and can be set."""

from dataclasses import replace
from typing import Any

from homeassistant.core import State
import pytest

from custom_components.energy_orchestrator.control import drive_of
from custom_components.energy_orchestrator.mapping import BatteryEntities, InverterEntities
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.site import EVERYTHING, NOTHING, Drive

from ..integration.helper_site import OPTIONS, settings

SELECT, CHARGE_W, DISCHARGE_W = "select.mode", "number.charge", "number.discharge"
SELF_CONSUMPTION, CHARGE, DISCHARGE, HOLD = BatteryMode
LIMIT = {"unit_of_measurement": "kW", "min": 0, "max": 50}
HOLDS = {"keep_from_charging": True, "keep_from_discharging": True}


def told(states: dict[str, tuple[str, dict[str, Any]]] | None = None, **mapped: Any) -> Drive:
    """Return the drive of a battery whose inverter is mapped so; `states` stand in for those that are well."""
    inverter = InverterEntities(**mapped)
    known: dict[str, tuple[str, dict[str, Any]]] = {
        SELECT: ("Self-use", {"options": [*OPTIONS.values(), "Other"]}),
        CHARGE_W: ("1", LIMIT),
        DISCHARGE_W: ("1", LIMIT),
        **(states or {}),
    }

    def look(entity_id: str) -> State | None:
        return State(entity_id, *known[entity_id]) if entity_id in known else None

    return drive_of(settings(inverters={"inverter": inverter}), "battery", look)


def modes(*names: BatteryMode, **changed: str) -> dict[str, Any]:
    """Return the mapping of these modes, some to other options."""
    options = {mode: OPTIONS.get(mode, "Other") for mode in (SELF_CONSUMPTION, *names)}
    return {"work_mode": SELECT, "work_mode_options": {**options, **{BatteryMode(k): v for k, v in changed.items()}}}


POWERS = {"charge_power": CHARGE_W, "discharge_power": DISCHARGE_W}
SET = {"charge_power": True, "discharge_power": True, "most_charge_w": 50_000.0, "most_discharge_w": 50_000.0}


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        ({}, {}),
        (modes(), {}),
        (modes(CHARGE), {"charge": True}),
        (modes(DISCHARGE), {"discharge": True}),
        (modes(HOLD), HOLDS),
        (POWERS, {**SET, **HOLDS}),
        (modes() | POWERS, {**SET, **HOLDS}),
        (modes(CHARGE) | {"charge_power": CHARGE_W}, {"charge": True, "charge_power": True, "keep_from_charging": True,
         "most_charge_w": 50_000.0}),
        ({"discharge_power": DISCHARGE_W}, {"discharge_power": True, "keep_from_discharging": True,
         "most_discharge_w": 50_000.0}),
        # An option shared with self-consumption forces nothing; set-points at 0 hold all the same.
        (modes(hold="Self-use", charge="Self-use") | POWERS, {**SET, **HOLDS}),
        (modes(hold="Self-use"), {}),
        # Not offered, no select at all, no way back.
        (modes(charge="Gone", discharge="Gone"), {}),
        (modes(hold="Gone") | POWERS, SET),
        (modes(CHARGE) | {"work_mode": "sensor.mode"}, {}),
        ({"work_mode": SELECT, "work_mode_options": {CHARGE: "Force charge"}, **POWERS}, {}),
        (modes(CHARGE, self_consumption="Gone"), {}),
        ({"charge_power": "sensor.charge"}, {}),
    ],
)  # fmt: skip
def test_each_mapping_drives_what_it_can(mapped: dict[str, Any], expected: dict[str, Any]) -> None:
    assert told(**mapped) == replace(NOTHING, **expected)


ALL = modes(CHARGE, DISCHARGE, HOLD) | POWERS


def test_everything_mapped_drives_everything() -> None:
    assert told(**ALL).everything


@pytest.mark.parametrize("state", ["unavailable", None])
def test_what_is_away_can_still_be_told(state: str | None) -> None:
    away: dict[str, tuple[str, dict[str, Any]]] = (
        {entity: ("unavailable", {}) for entity in (SELECT, CHARGE_W, DISCHARGE_W)} if state else {}
    )
    assert told(away, **ALL).everything


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({**LIMIT, "min": 0.5}, {"keep_from_discharging": False}),
        (
            {**LIMIT, "unit_of_measurement": "A"},
            {"keep_from_discharging": False, "discharge_power": False, "discharge": False},
        ),
        ({**LIMIT, "max": 3}, {"most_discharge_w": 3_000.0}),
    ],
)
def test_a_number_sets_what_it_reaches(attributes: dict[str, Any], expected: dict[str, Any]) -> None:
    found = told({DISCHARGE_W: ("1", attributes)}, **modes(CHARGE, DISCHARGE), **POWERS)
    for name, value in expected.items():
        assert getattr(found, name) == value


ONE = {"charge_power": CHARGE_W, "discharge_power": CHARGE_W}
SIGNED = {**LIMIT, "min": -3, "max": 5}


@pytest.mark.parametrize(
    ("mapped", "limit", "expected"),
    [
        # One limit for both: 0 would keep the battery from both at once
        (ONE, LIMIT, SET),
        (modes(CHARGE, DISCHARGE, HOLD) | ONE, LIMIT, {**SET, **HOLDS, "charge": True, "discharge": True}),
        # One number with a sign is a way to charge and to discharge
        (ONE, SIGNED, {"charge": True, "discharge": True, "charge_power": True, "discharge_power": True,
         "most_charge_w": 5_000.0, "most_discharge_w": 3_000.0}),
        ({**ONE, "positive_means": DISCHARGE}, SIGNED, {"charge": True, "discharge": True, "charge_power": True,
         "discharge_power": True, "most_charge_w": 3_000.0, "most_discharge_w": 5_000.0}),
        (modes(CHARGE) | ONE, SIGNED, {"charge": True, "charge_power": True, "discharge_power": True,
         "most_charge_w": 5_000.0, "most_discharge_w": 3_000.0}),
        # Mapped for one direction it is not set at all
        ({"charge_power": CHARGE_W}, SIGNED, {}),
        (modes(CHARGE) | {"charge_power": CHARGE_W}, SIGNED, {}),
    ],
)  # fmt: skip
def test_one_number_for_both_directions_sets_what_it_can(
    mapped: dict[str, Any], limit: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert told({CHARGE_W: ("1", limit)}, **mapped) == replace(NOTHING, **expected)


def test_a_battery_of_no_inverter_is_told_nothing() -> None:
    alone = settings(batteries={"battery": BatteryEntities(soc="sensor.soc")})
    assert drive_of(alone, "battery", lambda _: None) == NOTHING
    assert replace(EVERYTHING, most_charge_w=1.0).everything
