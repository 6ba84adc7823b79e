"""Set-points live in flash in many inverters: they are written where it matters, and so many times a day at the most."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from custom_components.energy_orchestrator.control import Audit
from custom_components.energy_orchestrator.control.writes import MOST_A_DAY
from custom_components.energy_orchestrator.mapping import InverterEntities
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason

from .home import SELECT, STEP_S, WATTS, Device, Rig, with_inverter

MODE, POINT = "select.mode", "number.charge"
LIMIT_W = 4000.0


def rig_of(code: BatteryReason = BatteryReason.MANUAL, set_to: str = "0", **changes: Any) -> tuple[Rig, Device]:
    point = Device(truth=set_to, every=10, optimistic=True, attributes={**WATTS, **changes})
    select = Device(truth="Self use", every=10, optimistic=True, attributes=SELECT)
    settings = with_inverter(charge_power=POINT)
    grid = replace(settings.site.grid, max_import_w=LIMIT_W)
    rig = Rig({MODE: select, POINT: point}, replace(settings, site=replace(settings.site, grid=grid)))
    rig.order(BatteryMode.CHARGE, 3000, code)
    return rig, point


def following(rig: Rig, code: BatteryReason, house_w: Callable[[], float]) -> Callable[[], None]:
    """Return what decides at each beat as the meter leaves it: what is charged, and what is free beside it."""

    def beat() -> None:
        charged_w = float(rig.state(POINT)) if rig.state(MODE) == "Force charge" else 0.0
        grid_w = house_w() + charged_w
        rig.measured["grid_w"] = grid_w
        rig.order(BatteryMode.CHARGE, max(0.0, min(5000.0, charged_w + LIMIT_W - grid_w)), code)

    return beat


@pytest.mark.parametrize("jitter_w", [100, 300, 1000])
@pytest.mark.parametrize("code", [BatteryReason.MANUAL, BatteryReason.CHARGING_CHEAP, BatteryReason.EMERGENCY_STOP])
def test_charging_at_the_connections_limit_does_not_follow_every_kettle(jitter_w: float, code: BatteryReason) -> None:
    rig, point = rig_of(code)
    beat = following(rig, code, lambda: 1200 + jitter_w * (37 * int(rig.home.now().timestamp() / STEP_S) % 11 - 5) / 5)
    worst = 0.0

    def watch() -> None:
        nonlocal worst
        beat()
        worst = max(worst, rig.measured["grid_w"]) if rig.home.now() > begun else worst

    begun = rig.home.now()
    rig.live(3600, watch)
    assert len(point.writes) <= 12
    assert worst <= LIMIT_W + 2 * jitter_w


def test_what_is_free_for_minutes_is_used_and_a_broken_limit_falls_at_once() -> None:
    rig, point = rig_of()
    house_w = 2000.0
    beat = following(rig, BatteryReason.MANUAL, lambda: house_w)
    rig.live(600, beat)
    assert float(rig.state(POINT)) == 2000
    house_w = 500.0
    rig.live(290, beat)
    assert float(rig.state(POINT)) == 2000
    rig.live(60, beat)
    assert float(rig.state(POINT)) == 3500
    house_w = 1500.0
    rig.live(30, beat)
    assert float(rig.state(POINT)) == 2500
    assert len(point.writes) == 3


def test_what_is_near_enough_is_left_and_nothing_waits_for_it() -> None:
    rig, point = rig_of(BatteryReason.CHARGING_CHEAP, "2950")
    rig.live(60)
    assert point.writes == []
    assert rig.state(MODE) == "Force charge"
    rig.order(BatteryMode.CHARGE, 2500)
    rig.live(60)
    assert point.told == ["2500.0"]


def test_in_kilowatts_it_is_the_same() -> None:
    rig, point = rig_of(BatteryReason.CHARGING_CHEAP, "2.95", unit_of_measurement="kW", max=8, step=0.001)
    rig.live(60)
    assert point.writes == []


@pytest.mark.parametrize("positive_means", [BatteryMode.CHARGE, BatteryMode.DISCHARGE])
def test_a_number_whose_sign_is_a_direction_turns_at_once_and_is_banded_by_its_size(
    positive_means: BatteryMode,
) -> None:
    way = 1 if positive_means is BatteryMode.CHARGE else -1
    point = Device(truth=str(-60 * way), every=10, optimistic=True, attributes={**WATTS, "min": -8000})
    own = InverterEntities(charge_power=POINT, discharge_power=POINT, positive_means=positive_means)
    rig = Rig({POINT: point}, replace(with_inverter(), inverters={"inverter": own}))
    for mode, power_w in (
        (BatteryMode.DISCHARGE, 140),
        (BatteryMode.CHARGE, 20),
        (BatteryMode.CHARGE, 3000),
        (BatteryMode.CHARGE, 3100),
        (BatteryMode.DISCHARGE, 40),
    ):
        rig.order(mode, power_w, BatteryReason.CHARGING_CHEAP)
        rig.live(60)
    assert [way * float(told) for told in point.told] == [20, 3000, -40]


def test_a_persons_new_wish_goes_at_once_where_the_connection_has_room() -> None:
    rig, point = rig_of()
    rig.measured["grid_w"] = 500
    rig.order(BatteryMode.CHARGE, 1000, BatteryReason.MANUAL)
    rig.live(20)
    rig.order(BatteryMode.CHARGE, 2000, BatteryReason.MANUAL)
    rig.live(10)
    assert point.told == ["1000.0", "2000.0"]


def test_after_its_share_of_a_day_only_safety_and_self_consumption_are_sent() -> None:
    rig, _ = rig_of()
    select = rig.home.devices[MODE]
    for turn in range(MOST_A_DAY + 20):
        rig.order((BatteryMode.HOLD, BatteryMode.DISCHARGE)[turn % 2], 1000, BatteryReason.SELLING)
        rig.live(40)
    assert len(select.writes) == MOST_A_DAY
    issue = rig.home.issues[f"writes_{MODE}"]
    assert (issue.key, issue.fills["count"], issue.fills["device"]) == ("too_many_writes", str(MOST_A_DAY), "Inverter")
    assert rig.dispatcher.findings(rig.home.now()).writes[MODE] == MOST_A_DAY
    rig.order(BatteryMode.SELF_CONSUMPTION, 7000)
    rig.live(60)
    assert rig.state(MODE) == "Self use"
    rig.order(BatteryMode.CHARGE, 2000, BatteryReason.EMERGENCY_STOP)
    rig.live(60)
    assert rig.state(MODE) == "Force charge"
    rig.live(24 * 3600)  # a new day
    rig.order(BatteryMode.HOLD)
    rig.live(60)
    assert rig.state(MODE) == "Stand by"
    assert f"writes_{MODE}" not in rig.home.issues


def test_what_was_written_today_is_known_after_a_restart() -> None:
    rig, _ = rig_of()
    rig.live(60)
    before = rig.dispatcher.findings(rig.home.now()).writes
    stored = [*rig.audit.entries]
    rig.audit = Audit(rig.events.append)
    rig.audit.load(stored)
    rig.begin()
    rig.live(10)
    assert before == {MODE: 1, POINT: 1}
    assert rig.dispatcher.findings(rig.home.now()).writes == before
