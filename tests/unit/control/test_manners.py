"""Odd manners of selects, numbers and meters that are no disobedience: little is told twice for them, and nobody is called."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason
from custom_components.energy_orchestrator.model.seen import UNAVAILABLE
from custom_components.energy_orchestrator.model.site import Mode

from .home import SELECT, US, WATTS, By, Device, Rig, with_inverter

MODE, POINT = "select.mode", "number.charge"
CHARGE, REST = BatteryMode.CHARGE, BatteryMode.SELF_CONSUMPTION


def mode_select(**manners: object) -> Device:
    return Device(truth="Self use", attributes=SELECT, **manners)  # type: ignore[arg-type]


def charging(select: Device, number: Device) -> Rig:
    """Return an inverter that has charged for half an hour at 3 kW."""
    rig = Rig({MODE: select, POINT: number}, with_inverter(charge_power=POINT))
    rig.order(CHARGE)
    rig.live(1800)
    assert (rig.state(MODE), float(rig.state(POINT)), rig.named) == ("Force charge", 3000, set())
    return rig


# Numbers


@pytest.mark.parametrize(("unit", "most", "step", "told"), [("kW", 5, 100, "3.217"), ("W", 5000, 100, "3200.0")])
def test_a_step_beyond_the_most_says_nothing(unit: str, most: float, step: float, told: str) -> None:
    number = Device(truth="0", attributes={"unit_of_measurement": unit, "min": 0, "max": most, "step": step})
    rig = Rig({MODE: mode_select(), POINT: number}, with_inverter(charge_power=POINT))
    rig.order(CHARGE, 3217)
    rig.live(120)
    assert number.told == [told]
    assert rig.state(MODE) == "Force charge"


def test_a_most_that_falls_to_nothing_now_and_then_is_not_followed_and_the_wish_is() -> None:
    number = Device(truth="0", attributes=WATTS)
    rig = charging(mode_select(), number)

    def flicker() -> None:
        full = rig.home.now().minute % 5 == 0
        rig.home.states[POINT].attributes = {**WATTS, "max": 0 if full else 8000}

    rig.live(1800, flicker)
    assert number.told == ["3000.0"]
    number.attributes = rig.home.states[POINT].attributes = {**WATTS, "max": 0}
    rig.order(CHARGE, 2000)
    rig.live(60)
    assert number.told == ["3000.0", "0.0"]


def test_a_device_with_a_coarse_grain_is_asked_for_what_ends_at_or_under_the_wish() -> None:
    number = Device(
        truth="0", attributes={**WATTS, "max": 5000}, obeys=lambda told: str(round(float(told) / 500) * 500)
    )
    rig = Rig({MODE: mode_select(), POINT: number}, with_inverter(charge_power=POINT))
    ends = []
    for wish in (3217, 1300, 4400, 900):
        rig.order(CHARGE, wish)
        rig.live(900)
        ends.append(float(rig.state(POINT)))
    assert ends == [3000, 1000, 4000, 500]
    assert len(number.writes) <= 5
    assert rig.state(MODE) == "Force charge"
    assert rig.named == set()


@pytest.mark.parametrize("code", [BatteryReason.CHARGING_CHEAP, BatteryReason.EMERGENCY_STOP, BatteryReason.MANUAL])
def test_a_restless_house_at_the_connections_limit_wears_no_flash(code: BatteryReason) -> None:
    mapped = with_inverter(charge_power=POINT)
    site = replace(mapped.site, grid=replace(mapped.site.grid, max_import_w=4000.0))
    number, chance = Device(truth="0", attributes=WATTS), Random(3)  # noqa: S311
    rig = Rig({MODE: mode_select(), POINT: number}, replace(mapped, site=site))

    def jitter() -> None:
        drawn = float(rig.state(POINT)) if rig.state(MODE) == "Force charge" else 0.0
        grid = drawn + chance.uniform(700, 1300)
        rig.measured |= {"grid_w": grid, "battery_power_w": drawn}
        bounded = grid > 1.03 * 4000 and code is not BatteryReason.MANUAL
        rig.order(CHARGE, min(3000.0, drawn + 4000 - grid), BatteryReason.IMPORT_LIMIT if bounded else code)

    rig.live(3600, jitter)
    assert len(number.writes) <= 12
    assert 2500 <= float(rig.state(POINT)) <= 3000
    rig.measured["grid_w"] = 3000
    rig.order(CHARGE, 3000, code)
    rig.live(360)
    assert float(rig.state(POINT)) == 3000


# Selects


@pytest.mark.parametrize("every", [30, 60, 300])
def test_a_select_that_knows_nothing_for_a_poll_after_each_write_is_waited_for(every: int) -> None:
    select = mode_select(every=every, obeys=lambda _: "unknown")
    rig = Rig({MODE: select}, with_inverter())
    rig.order(CHARGE)

    def settle() -> None:
        if select.writes and (rig.home.now() - select.writes[-1][0]) > timedelta(seconds=every):
            select.truth = select.told[-1]

    rig.live(6 * every, settle)
    assert select.told == ["Force charge"]
    assert rig.state(MODE) == "Force charge"
    assert rig.named == set()


@pytest.mark.parametrize("every", [10, 60])
def test_one_that_knows_nothing_now_and_then_is_not_told_again(every: int) -> None:
    select = mode_select(every=every)
    rig = charging(select, Device(truth="0", attributes=WATTS))
    for _ in range(4):
        select.truth = "unknown"
        rig.live(every)
        select.truth = "Force charge"
        rig.live(300)
    assert select.told == ["Force charge"]
    assert rig.named == set()


def test_one_that_never_knows_is_named() -> None:
    rig = Rig({MODE: mode_select(every=60, obeys=lambda _: "unknown")}, with_inverter())
    rig.order(CHARGE)
    rig.live(900)
    assert rig.named == {f"command_{MODE}"}


def test_a_select_without_options_while_its_integration_loads_has_lost_none() -> None:
    select, number = mode_select(), Device(truth="0", attributes=WATTS)
    rig = charging(select, number)
    select.truth, select.attributes = "unknown", {"options": []}
    rig.live(60)
    select.truth, select.attributes = "Force charge", SELECT
    rig.live(600)
    assert (select.told, number.told) == (["Force charge"], ["3000.0"])
    assert rig.named == set()


# Calls


@pytest.mark.parametrize("every", [60, 300])
def test_a_call_that_fails_and_works_is_not_repeated_before_the_poll(every: int) -> None:
    select = mode_select(every=every)
    rig = Rig({MODE: select}, with_inverter())
    rig.order(REST)
    rig.live(5 * every)
    tell = rig.home._tell

    def tell_and_fail(entity_id: str, told: str, by: By) -> None:
        tell(entity_id, told, by)
        if by is US:
            raise ValueError("no answer in time")

    rig.home._tell = tell_and_fail  # type: ignore[method-assign]
    rig.order(CHARGE)
    rig.live(3 * every)
    assert select.told == ["Force charge"]
    assert rig.state(MODE) == "Force charge"
    assert rig.named == set()


# The end of control


def let_go(rig: Rig) -> None:
    rig.release()
    rig.mode = Mode.MONITOR


def test_an_inverter_that_is_away_as_control_ends_is_told_once_it_is_back() -> None:
    select, number = mode_select(), Device(truth="0", attributes=WATTS)
    rig = charging(select, number)
    select.truth = number.truth = UNAVAILABLE
    rig.live(10)
    let_go(rig)
    rig.live(600)
    assert select.told == ["Force charge"]
    select.truth, number.truth = "Force charge", "3000"
    rig.live(60)
    assert (rig.state(MODE), float(rig.state(POINT))) == ("Self use", 7000)
    rig.home.by_hand(MODE, "Stand by")
    rig.live(600)
    assert rig.state(MODE) == "Stand by"


def test_one_that_is_away_is_not_told_where_control_begins_again() -> None:
    select = mode_select()
    rig = charging(select, Device(truth="0", attributes=WATTS))
    select.truth = UNAVAILABLE
    rig.live(10)
    let_go(rig)
    rig.live(60)
    select.truth, rig.mode = "Force charge", Mode.AUTOMATIC
    rig.live(600)
    assert select.told == ["Force charge"]


def test_one_that_loses_what_it_showed_as_control_ended_is_told_again() -> None:
    select = mode_select(every=60, optimistic=True)
    rig = charging(select, Device(truth="0", attributes=WATTS))
    select.obeys = lambda _: None
    let_go(rig)
    select.obeys = lambda told: told
    rig.live(300)
    assert select.truth == "Self use"
    assert rig.home.issues == {}


def test_a_person_who_undoes_what_was_left_within_a_poll_has_the_last_word() -> None:
    select = mode_select(every=60, optimistic=True)
    rig = charging(select, Device(truth="0", attributes=WATTS))
    let_go(rig)
    rig.live(20)
    rig.home.by_hand(MODE, "Force charge")
    rig.live(900)
    assert select.truth == "Force charge"
