"""What batteries are told to do now."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.decision import (
    BatteryDecision,
    BatteryMode,
    BatteryOverride,
    BatteryReason,
)
from custom_components.energy_orchestrator.model.readings import (
    BatteryReadings,
    InverterReadings,
    Reading,
    SiteReadings,
)
from custom_components.energy_orchestrator.model.site import NOTHING, Drive, Grid, Site

from .house import BATTERY, NOON, SITE, decide_battery, doubted, known, plan, readings, unknown


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
    dark = decide_battery(readings(soc=0.24, solar_w=0, grid_w=500), None, word)
    assert (dark.mode, dark.reason.code) == (BatteryMode.HOLD, BatteryReason.AT_RESERVE)


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


def net(spare_w: float, soc: float = 0.25, battery_w: float = 0) -> SiteReadings:
    """Return readings of a house whose panels give so much more than it needs; `battery_w` goes into the battery."""
    seen = readings(soc=soc, solar_w=0, grid_w=battery_w - spare_w)
    return replace(seen, batteries={"battery": BatteryReadings(soc=known(soc), power_w=known(battery_w))})


def held(site: Site = SITE) -> BatteryDecision:
    """Return the decision of a battery that rests at its reserve of 25 %."""
    decision = decide_battery(net(-500), plan(battery_w=[-500]), site=site)
    assert (decision.mode, decision.power_w) == (BatteryMode.HOLD, 0)
    assert decision.reason.code is BatteryReason.AT_RESERVE
    assert decision.reason.numbers["soc"] == 0.25
    return decision


def test_a_battery_is_held_at_its_reserve_while_the_house_needs_more_than_the_sun_gives() -> None:
    held()
    covering = plan(battery_w=[-500])
    assert decide_battery(net(-500, soc=0.26, battery_w=-500), covering).mode is BatteryMode.SELF_CONSUMPTION
    assert decide_battery(net(-500, soc=0.24, battery_w=-500), None).mode is BatteryMode.HOLD, (
        "no plan is needed for it"
    )


def test_clouds_and_kettles_do_not_switch_a_battery_at_its_reserve_to_and_fro() -> None:
    free = decide_battery(net(400), plan(), last=held())
    assert free.mode is BatteryMode.SELF_CONSUMPTION
    assert decide_battery(net(200), plan(), last=held()).mode is BatteryMode.HOLD
    assert decide_battery(net(200, battery_w=200), plan(), last=free).mode is BatteryMode.SELF_CONSUMPTION
    assert decide_battery(net(-80, battery_w=-80), plan(), last=free).mode is BatteryMode.SELF_CONSUMPTION
    assert decide_battery(net(-500, soc=0.26), plan(), last=held()).mode is BatteryMode.HOLD
    assert decide_battery(net(-500, soc=0.28), plan(battery_w=[-500]), last=held()).mode is BatteryMode.SELF_CONSUMPTION


def test_where_nothing_may_be_sold_a_held_battery_does_not_wait_for_a_surplus_nobody_sees() -> None:
    site = replace(SITE, grid=Grid(max_import_w=9_000, max_export_w=0))
    assert decide_battery(net(0), plan(), site=site, last=held(site)).mode is BatteryMode.SELF_CONSUMPTION


def test_the_last_bit_of_a_reserve_is_not_bought_back() -> None:
    buying = plan(battery_w=[100], grid_w=[600])
    buying = replace(buying, schedule=replace(buying.schedule, soc={"battery": np.full(25, 0.25)}))
    assert decide_battery(net(-500, soc=0.245), buying).mode is BatteryMode.HOLD
    assert decide_battery(net(-500, soc=0.235), buying).mode is BatteryMode.CHARGE
    for_more = replace(buying, schedule=replace(buying.schedule, soc={"battery": np.linspace(0.25, 0.8, 25)}))
    assert decide_battery(net(-500, soc=0.245), for_more).mode is BatteryMode.CHARGE


def test_a_critical_battery_is_charged_until_it_is_well_above() -> None:
    critical = decide_battery(net(-500, soc=0.19), plan())
    assert decide_battery(net(-500, soc=0.215), plan(), last=critical).mode is BatteryMode.CHARGE
    recovered = decide_battery(net(-500, soc=0.22), plan(), last=critical)
    assert recovered.mode is BatteryMode.HOLD
    assert decide_battery(net(-500, soc=0.215), plan(), last=recovered).mode is BatteryMode.HOLD


def test_a_discharge_that_was_asked_for_ends_at_the_reserve_and_does_not_hover_there() -> None:
    word = BatteryOverride(battery_id="battery", mode=BatteryMode.DISCHARGE, until=NOON + timedelta(hours=1))
    assert decide_battery(net(400, soc=0.26), plan(), word).mode is BatteryMode.DISCHARGE
    spent = decide_battery(net(400), plan(), word)
    assert (spent.mode, spent.reason.code) == (BatteryMode.SELF_CONSUMPTION, BatteryReason.AT_RESERVE)
    for soc in (0.251, 0.29):
        assert decide_battery(net(400, soc=soc), plan(), word, last=spent).mode is BatteryMode.SELF_CONSUMPTION
    assert decide_battery(net(400, soc=0.3), plan(), word, last=spent).mode is BatteryMode.DISCHARGE


def test_what_was_charged_for_safety_is_not_given_away_again() -> None:
    word = BatteryOverride(battery_id="battery", mode=BatteryMode.DISCHARGE, until=NOON + timedelta(hours=1))
    critical = decide_battery(net(-500, soc=0.19), plan(), word)
    recovered = decide_battery(net(-500, soc=0.29), plan(), word, last=critical)
    assert recovered.mode is not BatteryMode.DISCHARGE


def drawing(draws: float, grid_w: float, *, at: float, told: float | None = None) -> SiteReadings:
    """Return readings some seconds after NOON: the meter's of then, and what the battery drew when it last told."""
    now, then = (NOON + timedelta(seconds=seconds) for seconds in (at, at if told is None else told))
    own = BatteryReadings(soc=known(0.5), power_w=Reading(draws, then))
    return replace(readings(), at=now, grid_w=Reading(grid_w, now), batteries={"battery": own})


def test_a_charge_goes_by_what_is_drawn_and_what_the_meter_shows_of_the_same_time() -> None:
    """The battery tells what it draws each minute, the meter each ten seconds; 9 kW may be imported."""
    charging = plan(battery_w=[5000], grid_w=[5500])
    begun = decide_battery(drawing(0, 500, at=0), charging)
    assert begun.power_w == 5000
    shown = decide_battery(drawing(0, 5_500, at=10, told=0), charging, last=begun)
    assert shown.power_w == 5000, "what the meter shows is the battery's own"
    over = decide_battery(drawing(0, 10_000, at=20, told=0), charging, last=shown)
    assert (over.power_w, over.reason.code) == (4000, BatteryReason.IMPORT_LIMIT)
    again = decide_battery(drawing(0, 10_000, at=22, told=0), charging, last=over)
    assert again.power_w == 4000, "that is from before"
    kettle_off = decide_battery(drawing(5_000, 4_500, at=40, told=20), charging, last=over)
    assert kettle_off.power_w == 4000, "it seems to draw what it did before"
    known_again = decide_battery(drawing(4_000, 4_500, at=80, told=80), charging, last=kettle_off)
    assert known_again.power_w == 5000


def test_a_charge_that_falls_without_effect_falls_below_what_is_drawn() -> None:
    charging = plan(battery_w=[5000], grid_w=[5500])
    begun = decide_battery(drawing(0, 500, at=0), charging)
    over = decide_battery(drawing(1_000, 10_000, at=10, told=1), charging, last=begun)
    assert over.power_w == 4000
    still = decide_battery(drawing(1_000, 10_000, at=20, told=1), charging, last=over)
    assert still.power_w == 0


def test_what_a_battery_draws_is_believed_after_minutes_though_it_only_tells_changes() -> None:
    charging = plan(battery_w=[5000], grid_w=[5500])
    over = decide_battery(drawing(0, 10_000, at=10), charging, last=decide_battery(drawing(0, 500, at=0), charging))
    later = drawing(4_000, 4_500, at=320, told=15)
    assert decide_battery(later, charging, last=over).power_w == 5000


def test_a_charge_that_nobody_measures_rises_by_what_is_free_once_its_fall_has_shown() -> None:
    charging = plan(battery_w=[5000], grid_w=[5500])

    def unmeasured(grid_w: float, *, at: float, told: float) -> SiteReadings:
        seen = drawing(0, grid_w, at=at)
        own = {"inverter": InverterReadings(charge_power_w=known(told))}
        return replace(seen, batteries={"battery": BatteryReadings(soc=known(0.5))}, inverters=own)

    begun = decide_battery(unmeasured(500, at=0, told=0), charging)
    over = decide_battery(unmeasured(10_000, at=20, told=5_000), charging, last=begun)
    assert over.power_w == 4000
    assert decide_battery(unmeasured(9_000, at=30, told=4_000), charging, last=over).power_w == 4000
    free = decide_battery(unmeasured(8_900, at=60, told=4_000), charging, last=over)
    assert free.power_w == 4100
    waits = decide_battery(unmeasured(8_900, at=100, told=4_000), charging, last=free)
    assert waits.power_w == 4100, "what it was not told it does not draw"


@pytest.mark.parametrize("drive", [NOTHING, Drive(keep_from_discharging=False)])
def test_a_battery_that_cannot_be_kept_from_discharging_covers_the_house(drive: Drive) -> None:
    decision = decide_battery(net(-500, soc=0.24), plan(battery_w=[-500]), drive=drive)
    assert decision.mode is BatteryMode.SELF_CONSUMPTION


def test_without_a_grid_a_battery_at_its_reserve_keeps_the_lights_on() -> None:
    off_grid = replace(SITE, grid=Grid(connected=False))
    assert decide_battery(net(-500, soc=0.24), plan(), site=off_grid).mode is BatteryMode.SELF_CONSUMPTION


def test_a_battery_at_its_reserve_does_not_keep_its_neighbour_from_covering_the_house() -> None:
    neighbour = replace(BATTERY, id="neighbour")
    site = replace(SITE, batteries=(BATTERY, neighbour))

    def both(soc: float) -> SiteReadings:
        return replace(net(-500), batteries={**net(-500).batteries, "neighbour": net(0, soc).batteries["battery"]})

    assert decide_battery(both(0.7), None, site=site).mode is BatteryMode.SELF_CONSUMPTION
    assert decide_battery(both(0.25), None, site=site).mode is BatteryMode.HOLD
