"""What a device shows is not yet what it does: it is judged by what is measured, where that is certain."""

from typing import Any

import pytest

from custom_components.energy_orchestrator.control.effects import SET_ASIDE
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason

from .home import SELECT, Device, Rig, with_inverter, with_miner

SWITCH, MODE = "switch.miner", "select.mode"
CHARGE, DISCHARGE, HOLD, REST = (
    BatteryMode.CHARGE,
    BatteryMode.DISCHARGE,
    BatteryMode.HOLD,
    BatteryMode.SELF_CONSUMPTION,
)
SENSOR = ("sensor.power",)


def miner(**measured: float) -> Rig:
    """Return a miner that is switched on, and what is measured of it."""
    rig = Rig({SWITCH: Device(truth="off", optimistic=True)}, with_miner(power=SENSOR))
    rig.measured = {f"miner_{name}": value for name, value in measured.items()}
    rig.run(1)
    return rig


def test_a_miner_that_is_on_and_draws_nothing_is_named_and_planned_without() -> None:
    rig = miner(power_w=4, hashrate_ths=0)
    rig.live(600)
    assert rig.home.issues == {}
    rig.live(240)
    issue = rig.home.issues["effect_miner"]
    assert (issue.key, issue.fills["device"]) == ("not_mining", "Miner")
    [until] = rig.dispatcher.findings(rig.home.now()).aside.values()
    assert until - rig.home.now() <= SET_ASIDE
    rig.live(SET_ASIDE.total_seconds())
    assert rig.dispatcher.findings(rig.home.now()).aside == {}
    assert "effect_miner" in rig.home.issues
    rig.live(15 * 60)  # it had its chance
    assert rig.dispatcher.findings(rig.home.now()).aside
    assert rig.home.devices[SWITCH].told == ["on"]


@pytest.mark.parametrize("seen_to", ["draws", "switched"])
def test_it_is_planned_again_once_it_draws_or_was_switched_off_and_on(seen_to: str) -> None:
    rig = miner(power_w=4, hashrate_ths=0)
    rig.live(1000)
    if seen_to == "draws":
        rig.measured["miner_power_w"] = 3000
    else:
        rig.home.by_hand(SWITCH, "off")
        rig.live(20)
        rig.home.by_hand(SWITCH, "on")
    rig.live(20)
    assert rig.home.issues == {}
    assert rig.dispatcher.findings(rig.home.now()).aside == {}


@pytest.mark.parametrize(
    "measured",
    [
        {"power_w": 1500, "hashrate_ths": 0},
        {"power_w": 4, "hashrate_ths": 55},
        {"power_w": 200},
        {"hashrate_ths": 60},
        {},
    ],
)
def test_a_miner_of_which_nothing_certain_is_known_is_not_named(measured: dict[str, float]) -> None:
    rig = miner(**measured)
    rig.live(3600)
    assert rig.named == set()


def test_hashes_alone_tell_it_too() -> None:
    rig = miner(hashrate_ths=0)
    rig.live(1000)
    assert "effect_miner" in rig.home.issues


def test_a_single_bad_reading_after_an_hour_is_nothing() -> None:
    rig = miner(power_w=3200, hashrate_ths=100)
    rig.live(3600)
    rig.measured |= {"miner_power_w": 0, "miner_hashrate_ths": 0}
    rig.live(120)
    rig.measured |= {"miner_power_w": 3200, "miner_hashrate_ths": 100}
    rig.live(3600)
    assert rig.named == set()


def battery(mode: BatteryMode, **measured: Any) -> Rig:
    rig = Rig({MODE: Device(truth="Self use", attributes=SELECT, optimistic=True)}, with_inverter())
    rig.order(mode, 2000)
    rig.measured = {"battery_soc": 0.6, "battery_temperature_c": 20, "grid_w": 1000} | measured
    return rig


@pytest.mark.parametrize(
    ("mode", "power_w"),
    [(CHARGE, -1000), (CHARGE, 0), (HOLD, 2000), (HOLD, -2000), (DISCHARGE, 1500), (DISCHARGE, 0)],
)
def test_a_battery_that_shows_its_order_and_does_something_else_is_named(mode: BatteryMode, power_w: float) -> None:
    rig = battery(mode, battery_power_w=power_w)
    rig.live(120)
    assert rig.home.issues == {}
    rig.live(300)
    assert rig.home.issues["effect_battery"].key == "not_following"
    assert [*rig.dispatcher.findings(rig.home.now()).aside] == ["battery"]
    rig.order(REST, 7000)
    rig.live(SET_ASIDE.total_seconds() + 60)
    assert rig.dispatcher.findings(rig.home.now()).aside == {}
    assert "effect_battery" in rig.home.issues
    rig.order(mode, 2000)
    rig.measured["battery_power_w"] = {CHARGE: 2000, HOLD: 0, DISCHARGE: -2000}[mode]
    rig.live(60)
    assert rig.home.issues == {}


@pytest.mark.parametrize(
    ("mode", "measured"),
    [
        (CHARGE, {"battery_power_w": 1900}),
        (CHARGE, {"battery_power_w": 600}),  # as much as its own management lets in
        (CHARGE, {"battery_power_w": 0, "battery_soc": 0.97}),
        (CHARGE, {"battery_power_w": 0, "battery_temperature_c": 2}),
        (CHARGE, {"battery_power_w": -500, "battery_soc": 1.0}),
        (HOLD, {"battery_power_w": -80}),
        (HOLD, {"battery_power_w": 1500, "battery_soc": 0.21}),  # its own management saves it
        (DISCHARGE, {"battery_power_w": 0, "battery_soc": 0.22}),
        (DISCHARGE, {"battery_power_w": 0, "grid_w": -50}),
        (REST, {"battery_power_w": 5000}),
        (CHARGE, {}),
    ],
)
def test_a_battery_with_reasons_of_its_own_is_not_named(mode: BatteryMode, measured: dict[str, float]) -> None:
    rig = battery(mode, **measured)
    rig.live(1800)
    assert rig.named == set()


def test_a_level_that_nobody_knows_tells_nothing() -> None:
    rig = battery(CHARGE, battery_power_w=0)
    del rig.measured["battery_soc"]
    rig.live(1800)
    assert rig.named == set()


def test_a_small_order_tells_nothing() -> None:
    rig = battery(CHARGE, battery_power_w=0)
    rig.order(CHARGE, 200)
    rig.live(1800)
    assert rig.named == set()


def test_a_ramp_is_no_disobedience() -> None:
    rig = battery(CHARGE, battery_power_w=-1000)
    rig.live(110)
    rig.measured["battery_power_w"] = 300
    rig.live(1800)
    assert rig.named == set()


def test_what_is_not_shown_is_not_judged() -> None:
    rig = battery(CHARGE, battery_power_w=-1000)
    rig.home.devices[MODE].error = ValueError("busy")
    rig.live(1800)
    assert rig.named == {"command_select.mode"}


def test_the_issue_ends_with_control() -> None:
    rig = miner(power_w=4)
    rig.live(1000)
    assert rig.home.issues
    rig.release()
    assert rig.home.issues == {}


def test_safety_orders_on() -> None:
    rig = battery(CHARGE, battery_power_w=0)
    rig.order(CHARGE, 2000, BatteryReason.EMERGENCY_STOP)
    rig.live(1800)
    assert rig.state(MODE) == "Force charge"
    assert "effect_battery" in rig.home.issues
