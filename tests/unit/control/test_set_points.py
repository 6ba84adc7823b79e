"""No mode is forced on an inverter before the power it will follow shows, and none waits for that for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode

from .home import SELECT, WATTS, Device, Rig, with_inverter

MODE, POINT = "select.mode", "number.charge"
LONG_S = 10**6


def rig_of(point: Device, poll: timedelta | None = None) -> Rig:
    settings = with_inverter(charge_power=POINT)
    inverters = {key: replace(own, poll=poll) for key, own in settings.inverters.items()}
    select = Device(truth="Self use", attributes=SELECT, optimistic=True)
    rig = Rig({MODE: select, POINT: point}, replace(settings, inverters=inverters))
    rig.order(BatteryMode.CHARGE, 3000)
    return rig


def number(shown: str = "7000", **manners: object) -> Device:
    return Device(truth=shown, attributes=WATTS, **manners)  # type: ignore[arg-type]


def forced(rig: Rig) -> list[float]:
    """Return after how many seconds the mode was sent, each time."""
    begun = rig.audit.entries[0].at
    return [(at - begun).total_seconds() for at, told in rig.home.devices[MODE].writes if told == "Force charge"]


@pytest.mark.parametrize("every", [10, 60, 300])
def test_the_mode_goes_once_its_set_point_shows(every: int) -> None:
    rig = rig_of(number(every=every))
    rig.live(2 * every + 60)
    assert forced(rig) == [every]
    assert rig.named == set()


def test_one_that_shows_at_once_holds_nothing_up() -> None:
    rig = rig_of(number(every=300, optimistic=True))
    rig.live(60)
    assert forced(rig) == [0]


@pytest.mark.parametrize("every", [10, 300])
@pytest.mark.parametrize("fault", ["refuses", "deaf"])
def test_a_set_point_that_is_not_taken_is_named_and_its_mode_never_entered(fault: str, every: int) -> None:
    point = number(every=every)
    if fault == "refuses":
        point.error = ValueError("busy")
    else:
        point.obeys = lambda _: None
    rig = rig_of(point)
    rig.live(7200)
    assert forced(rig) == []
    assert f"command_{POINT}" in rig.home.issues
    assert rig.state(MODE) == "Self use"


def test_one_that_is_taken_and_never_reported_is_believed_once_its_time_is_up() -> None:
    rig = rig_of(number(every=LONG_S), poll=timedelta(minutes=1))
    rig.live(180)
    [after_s] = forced(rig)
    assert 60 < after_s <= 80


def test_one_that_follows_the_meter_at_a_slow_poll_does_not_hold_its_mode_for_ever() -> None:
    rig = rig_of(number("500", every=300))

    def sun() -> None:
        beat = int(rig.home.now().timestamp()) // 10
        rig.order(BatteryMode.CHARGE, 3000 + 200 * (37 * beat % 11))

    rig.live(3600, sun)
    assert forced(rig)
    assert forced(rig)[0] <= 1800


def test_a_mode_that_stands_is_told_again_though_its_set_point_changes() -> None:
    rig = rig_of(number(every=300))
    settings = rig.settings
    forgets = {key: replace(own, renew=timedelta(minutes=5)) for key, own in settings.inverters.items()}
    rig.dispatcher.settings = replace(settings, inverters=forgets)
    rig.live(600)
    rig.order(BatteryMode.CHARGE, 1000)
    rig.live(600)
    assert max(b - a for a, b in zip(forced(rig), forced(rig)[1:], strict=False)) <= 250
