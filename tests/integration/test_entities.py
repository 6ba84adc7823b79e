"""What a person sees: devices, entities and their values, from a real plan of a real house."""

from datetime import datetime, timedelta
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.sun import get_astral_event_next
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator import telling
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.model.decision import (
    BatteryMode,
    BatteryReason,
    MinerAction,
    MinerReason,
    Reason,
)
from custom_components.energy_orchestrator.model.forecast import Source
from custom_components.energy_orchestrator.planner.report import BatteryRun, Report

from .house import MORNING, async_set_up_house, device_of, entity_id_of, orchestrator_of, put, snapshot_of, state_of
from .mapped_site import BATTERY_ID, INVERTER_ID, MINER, MINER_ID, RACK_ID, SITE


@pytest.fixture
async def house(hass: HomeAssistant) -> MockConfigEntry:
    """The house with its first plan."""
    return await async_set_up_house(hass)


def number(hass: HomeAssistant, owner: str, key: str, platform: str = "sensor") -> float:
    """Return an entity's state as a number."""
    return float(state_of(hass, platform, owner, key).state)


async def test_one_device_each_and_all_by_way_of_the_site(hass: HomeAssistant, house: MockConfigEntry) -> None:
    site = device_of(hass, house, house.entry_id)
    assert (site.name, site.entry_type) == ("Farm", dr.DeviceEntryType.SERVICE)
    models = {
        BATTERY_ID: "Battery 15 kWh",
        INVERTER_ID: "Inverter 10 kW",
        MINER_ID: "Miner 1600 / 3250 W",
        RACK_ID: "2 × Miner 3500 W",
    }
    for subentry in house.subentries.values():
        device = device_of(hass, house, subentry.subentry_id)
        assert device.name == subentry.title
        assert device.model == models[subentry.subentry_id]
        assert device.via_device_id == site.id
    entities = er.async_entries_for_config_entry(er.async_get(hass), house.entry_id)
    for entity in entities:
        device_entry = dr.async_get(hass).async_get(entity.device_id or "")
        assert device_entry
        owner = next(value for domain, value in device_entry.identifiers if domain == DOMAIN)
        assert entity.config_subentry_id == (None if owner == house.entry_id else owner)
    assert len(dr.async_entries_for_config_entry(dr.async_get(hass), house.entry_id)) == 5


async def test_every_enabled_entity_has_a_value(hass: HomeAssistant, house: MockConfigEntry) -> None:
    unknown = set()
    for entity in er.async_entries_for_config_entry(er.async_get(hass), house.entry_id):
        if entity.disabled_by is None:
            state = hass.states.get(entity.entity_id)
            assert state, entity.entity_id
            # Nothing stands over the plan that could be ended.
            ends = entity.unique_id.endswith("_end_override")
            assert (state.state == STATE_UNAVAILABLE) is ends, entity.entity_id
            if ends:
                continue
            if state.state == STATE_UNKNOWN:
                unknown.add(entity.unique_id)
    # A button not yet pressed, an agent not yet asked, rules the rack does not have, and no word over the plan.
    rules = {f"{RACK_ID}_{key}" for key in ("start_soc", "stop_soc")}
    # A miner that the plan does not start again may have no next start.
    assert (
        unknown - {f"{MINER_ID}_next_start", f"{RACK_ID}_next_start"}
        == {
            f"{house.entry_id}_plan_now",
            f"{house.entry_id}_manager",
        }
        | {f"{owner}_override_until" for owner in (BATTERY_ID, MINER_ID, RACK_ID)}
        | rules
    )


async def test_noisy_entities_are_off_by_default(hass: HomeAssistant, house: MockConfigEntry) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), house.entry_id)
    off = {entity.unique_id for entity in entities if entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION}
    assert off == {f"{house.entry_id}_export_price_source", f"{house.entry_id}_hashprice_source"}


async def test_site(hass: HomeAssistant, house: MockConfigEntry) -> None:
    owner, snapshot = house.entry_id, snapshot_of(house)
    assert snapshot.plan
    assert snapshot.report
    assert snapshot.baseline
    status = state_of(hass, "sensor", owner, "plan_status")
    assert status.state == snapshot.plan.status.value
    assert status.attributes["cost"]["total"] == pytest.approx(snapshot.plan.cost.total, abs=1e-3)
    hours = status.attributes["hours"]
    assert 47 <= len(hours) <= 50
    assert len(json.dumps(status.attributes, default=str)) < 16_384
    assert hours[0]["start"] == dt_util.now().replace(minute=0).isoformat(), "people read local time"
    assert number(hass, owner, "energy_price") == pytest.approx(float(snapshot.plan.energy_price[0]), abs=1e-4)
    assert number(hass, owner, "import_price") == pytest.approx(0.31)
    assert number(hass, owner, "export_price") == pytest.approx(0.08)
    assert state_of(hass, "sensor", owner, "energy_price").attributes["unit_of_measurement"] == "EUR/kWh"
    saving = snapshot.baseline.total - snapshot.plan.cost.total
    assert number(hass, owner, "expected_saving") == pytest.approx(saving, abs=1e-4)
    assert state_of(hass, "sensor", owner, "planned_at").state == snapshot.plan.created.isoformat(timespec="seconds")
    assert state_of(hass, "sensor", owner, "solar_w_source").state in set(Source)
    assert state_of(hass, "sensor", owner, "load_w_source").state


async def test_day_figures_are_the_ledger_and_the_rest_of_the_local_day(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    snapshot = snapshot_of(house)
    assert snapshot.report
    midnight = dt_util.start_of_local_day(dt_util.as_local(snapshot.at).date() + timedelta(days=1))
    rest = [row for row in snapshot.report.rows if row.start < midnight]
    assert telling.row_end(rest[-1]) == midnight
    solar = state_of(hass, "sensor", house.entry_id, "expected_solar_today")
    expected = sum((row.solar_w - row.curtailed_w) * row.hours for row in rest) / 1000
    assert float(solar.state) == pytest.approx(expected, rel=1e-3)
    assert solar.attributes["remaining_kwh"] == pytest.approx(expected, abs=2e-3)
    assert solar.attributes["so_far_kwh"] == 0
    cost = sum(
        row.grid_w / 1000 * row.hours * (row.import_price if row.grid_w > 0 else row.export_price) for row in rest
    )
    assert number(hass, house.entry_id, "expected_cost_today") == pytest.approx(cost, abs=1e-3)


async def test_cost_so_far_counts_what_the_grid_paid(
    hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    freezer.tick(timedelta(minutes=6))
    hass.states.async_set(
        "sensor.grid", "-5000", {"unit_of_measurement": "W", "device_class": "power"}, force_update=True
    )
    await orchestrator_of(house).async_plan_now()
    await hass.async_block_till_done()
    # 1.3 kW sold at 0.08 for a tenth of an hour.
    cost = state_of(hass, "sensor", house.entry_id, "cost_today")
    assert float(cost.state) == pytest.approx(-0.0104, rel=1e-3)
    assert cost.attributes["last_reset"] == dt_util.start_of_local_day(dt_util.now()).isoformat()
    assert number(hass, house.entry_id, "expected_export_today") >= 0.13


@pytest.mark.freeze_time(MORNING)  # in a winter night the plan may change nothing
async def test_next_action_says_what_and_when(hass: HomeAssistant, house: MockConfigEntry) -> None:
    snapshot = snapshot_of(house)
    state = state_of(hass, "sensor", house.entry_id, "next_action")
    action = telling.next_action(snapshot)
    assert action
    assert action.at > snapshot.at
    assert state.state == telling.action_text(action, snapshot.settings, snapshot.at)
    assert state.attributes["device"] in state.state
    assert datetime.fromisoformat(state.attributes["at"]) == action.at
    assert state.attributes["reason"] == action.reason.code.value


async def test_battery(hass: HomeAssistant, house: MockConfigEntry) -> None:
    snapshot = snapshot_of(house)
    decision = snapshot.decisions.batteries[BATTERY_ID]
    assert snapshot.report
    assert number(hass, BATTERY_ID, "soc") == 62
    assert number(hass, BATTERY_ID, "battery_power") == -3  # kW, charging: as the mapped sensor has it
    assert snapshot.readings.batteries[BATTERY_ID].power_w.value == 3000
    mode = state_of(hass, "sensor", BATTERY_ID, "recommended_mode")
    assert mode.state == decision.mode.value
    assert mode.attributes["reason"] == decision.reason.code.value
    assert mode.attributes["override_until"] is None
    assert state_of(hass, "sensor", BATTERY_ID, "mode_reason").state == decision.reason.code.value
    assert number(hass, BATTERY_ID, "planned_power") == pytest.approx(
        -snapshot.report.rows[0].battery_w[BATTERY_ID] / 1000, abs=6e-4
    )
    assert number(hass, BATTERY_ID, "target_soc") == pytest.approx(100 * (decision.target_soc or 0), abs=0.06)
    assert state_of(hass, "sensor", BATTERY_ID, "health_zone").state == "healthy"
    sunrise = state_of(hass, "sensor", BATTERY_ID, "sunrise_soc")
    at = datetime.fromisoformat(sunrise.attributes["sunrise"])
    assert abs(at - get_astral_event_next(hass, "sunrise")) < timedelta(minutes=1)
    around = telling.row_at(snapshot, at)
    assert around
    assert float(sunrise.state) == pytest.approx(100 * around.soc[BATTERY_ID], abs=2)


async def test_health_zone(
    hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory, subtests: pytest.Subtests
) -> None:
    for soc, zone in (("14.9", "critical"), ("15", "low"), ("40", "healthy"), ("80", "healthy"), ("81", "high")):
        with subtests.test(soc=soc):
            put(hass, "sensor.battery_soc", soc)
            await orchestrator_of(house).async_plan_now()
            freezer.tick(10)
            put(hass, "sensor.battery_soc", soc)  # no level moves so fast: it takes a second report
            await orchestrator_of(house).async_plan_now()
            assert state_of(hass, "sensor", BATTERY_ID, "health_zone").state == zone


async def test_inverter(hass: HomeAssistant, house: MockConfigEntry) -> None:
    snapshot = snapshot_of(house)
    assert snapshot.report
    assert number(hass, INVERTER_ID, "solar_power") == 6.2
    assert number(hass, INVERTER_ID, "load_power") == 0.9
    assert number(hass, INVERTER_ID, "grid_power") == -1.3
    assert (
        state_of(hass, "sensor", INVERTER_ID, "planned_mode").state
        == snapshot.decisions.batteries[BATTERY_ID].mode.value
    )
    assert number(hass, INVERTER_ID, "forecast_solar_power") == pytest.approx(
        snapshot.report.rows[0].solar_w / 1000, abs=1e-3
    )
    assert number(hass, INVERTER_ID, "planned_curtailment") == pytest.approx(
        snapshot.report.rows[0].curtailed_w / 1000, abs=1e-3
    )


async def test_miner(hass: HomeAssistant, house: MockConfigEntry) -> None:
    snapshot = snapshot_of(house)
    decision = snapshot.decisions.miners[MINER_ID]
    told = state_of(hass, "sensor", MINER_ID, "decision")
    assert told.state == decision.reason.code.value
    assert told.attributes["action"] == decision.action.value
    assert told.attributes["power_w"] == decision.power_w
    assert {"numbers", "policies", "until", "units"} <= set(told.attributes)
    assert state_of(hass, "switch", MINER_ID, "run").state == STATE_OFF
    assert number(hass, MINER_ID, "revenue_per_kwh") == pytest.approx(64 / 24 * 0.053 / 1.6, abs=1e-4)
    assert number(hass, MINER_ID, "hours_today") == 0
    planned = number(hass, MINER_ID, "planned_hours")
    assert 0 <= planned <= 24
    expected = decision.action is MinerAction.RUN
    assert state_of(hass, "binary_sensor", MINER_ID, "should_run").state == (STATE_ON if expected else STATE_OFF)


@pytest.mark.freeze_time(MORNING)  # all within one day
async def test_hours_energy_and_revenue_of_a_group_are_counted(
    hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    for switch in ("switch.rack_1", "switch.rack_2"):
        put(hass, switch, "on")
    orchestrator = orchestrator_of(house)
    await orchestrator.async_plan_now()
    assert state_of(hass, "switch", RACK_ID, "run").attributes["units_running"] == 2
    freezer.tick(timedelta(minutes=6))
    await orchestrator.async_plan_now()
    hours = state_of(hass, "sensor", RACK_ID, "hours_today")
    assert float(hours.state) == pytest.approx(0.1, abs=1e-3)  # of one unit; both ran
    assert hours.attributes["unit_hours"] == pytest.approx(0.2, abs=1e-3)
    assert hours.attributes["starts"] == 2
    assert number(hass, RACK_ID, "energy_today") == pytest.approx(0.7, abs=1e-2)
    assert number(hass, RACK_ID, "revenue_today") == pytest.approx(2 * 190 * 0.1 / 24 * 0.053, abs=1e-4)


async def test_the_run_switch_is_the_owners_word(
    hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    switch = entity_id_of(hass, "switch", MINER_ID, "run")
    for service, run in (("turn_on", True), ("turn_off", False)):
        await hass.services.async_call("switch", service, {"entity_id": switch}, blocking=True)
        override = snapshot_of(house).miner_overrides[MINER_ID]
        assert override.run is run
        assert override.until == dt_util.utcnow() + timedelta(hours=4)
        state = state_of(hass, "switch", MINER_ID, "run")
        assert datetime.fromisoformat(state.attributes["override_until"]) == override.until
        assert state_of(hass, "sensor", MINER_ID, "decision").state == MinerReason.MANUAL
    # Monitor mode: the word stands, and nothing was switched. The switch shows what is, not what was asked.
    assert hass.states.is_state("switch.miner_a", STATE_OFF)
    assert state_of(hass, "switch", MINER_ID, "run").state == STATE_OFF


async def test_numbers_are_kept_in_the_settings(
    hass: HomeAssistant, house: MockConfigEntry, subtests: pytest.Subtests
) -> None:
    before = orchestrator_of(house)
    for owner, key, value, setting in (
        (BATTERY_ID, "reserve", 35, "reserve_soc_pct"),
        (MINER_ID, "start_soc", 80, "start_soc_pct"),
        (MINER_ID, "stop_soc", 30, "stop_soc_pct"),
        (RACK_ID, "start_soc", 55, "start_soc_pct"),
    ):
        with subtests.test(owner=owner, key=key):
            entity = entity_id_of(hass, "number", owner, key)
            await hass.services.async_call("number", "set_value", {"entity_id": entity, "value": value}, blocking=True)
            assert number(hass, owner, key, "number") == value
            await hass.async_block_till_done(wait_background_tasks=True)
            assert number(hass, owner, key, "number") == value
            assert house.subentries[owner].data[setting] == value
            assert orchestrator_of(house) is before, "a number must not reload the site"


async def test_numbers_keep_within_the_other_settings(hass: HomeAssistant, house: MockConfigEntry) -> None:
    stop, start = (state_of(hass, "number", MINER_ID, key) for key in ("stop_soc", "start_soc"))
    assert (stop.attributes["min"], stop.attributes["max"]) == (0, 60)
    assert (start.attributes["min"], start.attributes["max"]) == (40, 100)
    assert state_of(hass, "number", BATTERY_ID, "reserve").attributes["min"] == 15
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call("number", "set_value", {"entity_id": stop.entity_id, "value": 70}, blocking=True)
    assert number(hass, MINER_ID, "stop_soc", "number") == 40


async def test_a_number_that_makes_no_device_is_refused(hass: HomeAssistant, house: MockConfigEntry) -> None:
    # Two at once: the second is judged by the settings the first has left, whatever the form still allowed.
    platform = hass.data["entity_components"]["number"]
    entity = platform.get_entity(entity_id_of(hass, "number", MINER_ID, "stop_soc"))
    with pytest.raises(ServiceValidationError) as refused:
        await entity.async_set_native_value(90)
    assert refused.value.translation_key == "invalid_setting"
    assert house.subentries[MINER_ID].data["stop_soc_pct"] == 40


async def test_selects_store_their_option(
    hass: HomeAssistant, house: MockConfigEntry, subtests: pytest.Subtests
) -> None:
    before = orchestrator_of(house)
    for key, option in (("mode", "automatic"), ("mode", "paused"), ("strategy", "battery_care")):
        with subtests.test(key=key, option=option):
            data = {"entity_id": entity_id_of(hass, "select", house.entry_id, key), "option": option}
            await hass.services.async_call("select", "select_option", data, blocking=True)
            assert state_of(hass, "select", house.entry_id, key).state == option
            await hass.async_block_till_done(wait_background_tasks=True)
            assert state_of(hass, "select", house.entry_id, key).state == option
            assert house.options[key] == option
            assert orchestrator_of(house) is before, "an option like this must not reload the site"


async def test_button_plans_now(hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory) -> None:
    freezer.tick(timedelta(minutes=2))
    button = entity_id_of(hass, "button", house.entry_id, "plan_now")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    plan = snapshot_of(house).plan
    assert plan
    assert plan.created == dt_util.utcnow()


async def test_button_says_why_there_is_no_plan(hass: HomeAssistant, house: MockConfigEntry) -> None:
    put(hass, "sensor.battery_soc", STATE_UNAVAILABLE)
    put(hass, "sensor.battery_voltage", STATE_UNAVAILABLE)
    button = entity_id_of(hass, "button", house.entry_id, "plan_now")
    with pytest.raises(HomeAssistantError) as failed:
        await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    assert failed.value.translation_key == "soc_unknown"


async def test_calendar_shows_planned_runs(hass: HomeAssistant, house: MockConfigEntry) -> None:
    calendar = entity_id_of(hass, "calendar", house.entry_id, "planned_runs")
    snapshot = snapshot_of(house)
    assert snapshot.report
    span = {"start_date_time": dt_util.now(), "end_date_time": dt_util.now() + timedelta(hours=50)}
    answer = await hass.services.async_call(
        "calendar", "get_events", {"entity_id": calendar, **span}, blocking=True, return_response=True
    )
    assert answer
    told: Any = answer[calendar]
    events = told["events"]
    runs = telling.runs(snapshot.report)
    assert runs
    assert len(events) == len(runs)
    for run in snapshot.report.miner_runs:
        name = {MINER_ID: "Miner A", RACK_ID: "Rack"}[run.miner_id]
        assert any(
            event["summary"] == f"{name} runs" and datetime.fromisoformat(event["start"]) == run.start
            for event in events
        )
    state = hass.states.get(calendar)
    assert state
    assert state.attributes["message"]


def test_a_battery_that_rests_for_minutes_has_one_run() -> None:
    start = datetime.fromisoformat(MORNING)

    def run(begin: int, end: int, power_w: float, soc: float) -> BatteryRun:
        return BatteryRun(
            battery_id=BATTERY_ID,
            mode=BatteryMode.SELF_CONSUMPTION,
            start=start + timedelta(minutes=begin),
            end=start + timedelta(minutes=end),
            power_w=power_w,
            target_soc=soc,
            reason=Reason(BatteryReason.STORING_SURPLUS),
        )

    moves = (run(0, 30, 2000, 0.5), run(30, 45, 0, 0.5), run(45, 60, 4000, 0.6), run(60, 90, -1000, 0.5))
    told = telling.runs(Report(rows=(), miner_runs=(), battery_runs=moves))
    assert [(item.kind, item.energy_wh, item.target_soc) for item in told] == [
        (telling.RunKind.CHARGE, 2000, 0.6),
        (telling.RunKind.DISCHARGE, 500, 0.5),
    ]
    assert told[0].power_w == 2000


async def test_a_reading_that_is_gone_is_unknown_and_named(
    hass: HomeAssistant, house: MockConfigEntry, subtests: pytest.Subtests
) -> None:
    for bad in (STATE_UNAVAILABLE, STATE_UNKNOWN, "quite full", "1e12", "nan"):
        with subtests.test(bad=bad):
            for sensor_id in ("sensor.battery_soc", "sensor.battery_voltage"):
                put(hass, sensor_id, bad)
            await orchestrator_of(house).async_plan_now()
            await hass.async_block_till_done(wait_background_tasks=True)
            assert state_of(hass, "sensor", BATTERY_ID, "soc").state == STATE_UNKNOWN
            assert state_of(hass, "sensor", BATTERY_ID, "health_zone").state == STATE_UNKNOWN
            missing = state_of(hass, "binary_sensor", house.entry_id, "missing_readings")
            assert missing.state == STATE_ON
            named = {(reading["device"], reading["entity_id"]) for reading in missing.attributes["readings"]}
            assert ("House battery", "sensor.battery_soc") in named
            status = state_of(hass, "sensor", house.entry_id, "plan_status")
            assert status.attributes["failure"] == "soc_unknown"


async def test_without_any_reading_everything_is_there_and_unknown(hass: HomeAssistant) -> None:
    entry = await async_set_up_house(hass, mapped=False)
    assert snapshot_of(entry).plan is None
    for key in ("plan_status", "next_action", "energy_price", "expected_solar_today", "expected_saving", "planned_at"):
        assert state_of(hass, "sensor", entry.entry_id, key).state == STATE_UNKNOWN
    for key in ("soc", "battery_power", "planned_power", "sunrise_soc"):
        assert state_of(hass, "sensor", BATTERY_ID, key).state == STATE_UNKNOWN
    for key in ("next_start", "planned_hours", "revenue_per_kwh"):
        assert state_of(hass, "sensor", MINER_ID, key).state == STATE_UNKNOWN
    assert state_of(hass, "switch", MINER_ID, "run").state == STATE_UNKNOWN
    calendar = state_of(hass, "calendar", entry.entry_id, "planned_runs")
    assert calendar.state == STATE_OFF
    assert number(hass, BATTERY_ID, "reserve", "number") == 25


async def test_a_site_without_an_inverter_shows_its_readings_itself(hass: HomeAssistant) -> None:
    miner = ConfigSubentryData(data=MINER, subentry_type="miner", title="Miner A", unique_id=None)
    entry = MockConfigEntry(domain=DOMAIN, title="Cabin", data=SITE, subentries_data=[miner])
    await async_set_up_house(hass, entry)
    assert number(hass, entry.entry_id, "solar_power") == 6.2
    assert number(hass, entry.entry_id, "grid_power") == -1.3
    assert snapshot_of(entry).plan


async def test_entities_go_with_the_entry(hass: HomeAssistant, house: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(house.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor", house.entry_id, "plan_status").state == STATE_UNAVAILABLE


async def test_a_removed_device_takes_its_entities_along(hass: HomeAssistant, house: MockConfigEntry) -> None:
    assert hass.config_entries.async_remove_subentry(house, MINER_ID)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{MINER_ID}_decision") is None
    assert state_of(hass, "sensor", RACK_ID, "decision").state != STATE_UNAVAILABLE
