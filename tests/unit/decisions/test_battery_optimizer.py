"""What batteries are told to do now."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryOverride, BatteryReason
from custom_components.energy_orchestrator.model.site import Grid

from .house import BATTERY, NOON, SITE, decide_battery, doubted, plan, readings, unknown


def test_solar_surplus_is_left_to_self_consumption() -> None:
    decision = decide_battery(readings(), plan(battery_w=[3000, 3000, 0], grid_w=[0]))
    assert decision.mode is BatteryMode.SELF_CONSUMPTION
    assert decision.reason.code is BatteryReason.STORING_SURPLUS
    assert decision.power_w == 5000
    assert decision.target_soc == pytest.approx(1.3)  # by hand: the made-up plan knows no physics


def test_charging_from_the_grid_is_a_set_point() -> None:
    decision = decide_battery(readings(), plan(battery_w=[4000], grid_w=[4000]))
    assert (decision.mode, decision.power_w) == (BatteryMode.CHARGE, 4000)
    assert decision.reason.code is BatteryReason.CHARGING_CHEAP


def test_selling_is_a_set_point_and_stops_at_the_reserve() -> None:
    selling = plan(battery_w=[-3000], grid_w=[-2000])
    decision = decide_battery(readings(), selling)
    assert (decision.mode, decision.power_w) == (BatteryMode.DISCHARGE, 3000)
    assert decision.reason.code is BatteryReason.SELLING
    at_reserve = decide_battery(readings(soc=0.25), selling)
    assert at_reserve.mode is BatteryMode.SELF_CONSUMPTION
    assert at_reserve.reason.code is BatteryReason.AT_RESERVE


def test_storing_a_part_of_the_surplus_caps_the_charge() -> None:
    decision = decide_battery(readings(), plan(battery_w=[1500], grid_w=[-3000]))
    assert (decision.mode, decision.power_w) == (BatteryMode.SELF_CONSUMPTION, 1500)


def test_buying_with_a_full_enough_battery_holds_it() -> None:
    decision = decide_battery(readings(), plan(battery_w=[0], grid_w=[800]))
    assert decision.mode is BatteryMode.HOLD
    assert decision.reason.code is BatteryReason.SAVING_FOR_PEAK


def test_a_critical_battery_charges_from_any_source() -> None:
    decision = decide_battery(readings(soc=0.15), plan(battery_w=[-3000], grid_w=[-2000]))
    assert decision.mode is BatteryMode.CHARGE
    assert decision.power_w == 4500
    assert decision.reason.code is BatteryReason.EMERGENCY_STOP


def test_a_critical_battery_off_grid_takes_what_the_sun_gives() -> None:
    site = replace(SITE, grid=Grid(connected=False))
    assert decide_battery(readings(soc=0.15), None, site=site).mode is BatteryMode.SELF_CONSUMPTION


def test_cold_cells_take_no_charge() -> None:
    decision = decide_battery(readings(battery_c=-3), plan(battery_w=[4000], grid_w=[4000]))
    assert decision.mode is BatteryMode.HOLD
    assert decision.reason.code is BatteryReason.TOO_COLD
    critical = decide_battery(readings(soc=0.15, battery_c=-3), None)
    assert critical.mode is BatteryMode.SELF_CONSUMPTION


def test_an_unknown_soc_falls_back_to_self_consumption() -> None:
    decision = decide_battery(readings(soc=unknown()), plan(battery_w=[4000], grid_w=[4000]))
    assert decision.mode is BatteryMode.SELF_CONSUMPTION
    assert decision.reason.code is BatteryReason.UNKNOWN_STATE


def test_without_a_plan_it_consumes_its_own() -> None:
    assert decide_battery(readings(), None).mode is BatteryMode.SELF_CONSUMPTION


def test_the_owners_word_is_limited_by_the_battery() -> None:
    word = BatteryOverride(
        battery_id="battery", mode=BatteryMode.DISCHARGE, until=NOON + timedelta(hours=1), power_w=9000
    )
    decision = decide_battery(readings(), None, word)
    assert (decision.mode, decision.power_w) == (BatteryMode.DISCHARGE, 5000)
    assert decision.reason.code is BatteryReason.MANUAL
    spent = decide_battery(readings(soc=0.24), None, word)
    assert spent.mode is BatteryMode.SELF_CONSUMPTION


def test_where_the_plan_curtails_export_is_limited_to_what_it_exports() -> None:
    planned = plan(grid_w=[-1000])
    used = planned.problem.solar_w.copy()
    used[0] -= 2500
    curtailing = replace(planned, schedule=replace(planned.schedule, solar_used_w=used))
    assert decide_battery(readings(), curtailing).export_limit_w == pytest.approx(1000)
    assert decide_battery(readings(), planned).export_limit_w == 9000
    assert np.all(planned.curtailed_w == 0)


@pytest.mark.parametrize("told", [0.0, 0.19, 1.0])
def test_while_its_level_is_doubted_a_battery_does_what_it_did(told: float) -> None:
    unsure = readings(soc=doubted(told))
    buying = plan(battery_w=[4000], grid_w=[4000])
    before = decide_battery(readings(), plan(battery_w=[3000], grid_w=[0]))
    assert decide_battery(unsure, buying, last=before) == before
    assert decide_battery(unsure, buying).mode is BatteryMode.SELF_CONSUMPTION


def test_a_charge_that_stands_is_no_excuse_for_the_cold_or_the_fuse() -> None:
    charging = decide_battery(readings(), plan(battery_w=[4000], grid_w=[4000]))
    cold = decide_battery(readings(soc=doubted(0), battery_c=-1), None, last=charging)
    assert cold.mode is BatteryMode.HOLD
    assert cold.reason.code is BatteryReason.TOO_COLD
    limited = replace(SITE, grid=Grid(max_import_w=4000))
    full = decide_battery(readings(soc=doubted(0), grid_w=6000), None, site=limited, last=charging)
    assert full.power_w < charging.power_w


def test_the_owners_word_holds_on_what_is_believed() -> None:
    word = BatteryOverride(battery_id=BATTERY.id, mode=BatteryMode.HOLD, until=NOON + timedelta(hours=1))
    decision = decide_battery(readings(soc=doubted(0)), plan(battery_w=[4000]), word)
    assert (decision.mode, decision.reason.code) == (BatteryMode.HOLD, BatteryReason.MANUAL)
