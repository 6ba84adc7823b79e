"""Simulated sites inside Home Assistant: set up by the user interface, read and driven through the usual mapping."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.weather.const import WeatherEntityFeature
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.energy_orchestrator import energy
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.model.readings import Trouble
from custom_components.energy_orchestrator.model.site import Battery
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.runtime import Runtime
from custom_components.energy_orchestrator.simulation.hands import PlantHands
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.running import Simulation
from custom_components.energy_orchestrator.simulation.sites import SITES
from tests.integration.simulated_site import (
    NOON,
    async_add_site,
    async_leave,
    async_pass_time,
    async_place,
    simulated,
    simulated_id,
)

type Entry = ConfigEntry[Runtime]

SERIES = "start_utc,load_w,pv_w,pv_forecast_w,price_eur_per_kwh,valid"


@pytest.fixture(autouse=True)
async def place(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[None]:
    """Stand at the ready-made sites' place at noon; plan by the rules, which is quick."""
    freezer.move_to(NOON)
    await async_place(hass)
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))
    yield
    await async_leave(hass)


def simulation_of(entry: Entry) -> Simulation:
    simulation = entry.runtime_data.simulation
    assert simulation is not None
    return simulation


def number(hass: HomeAssistant, entry: Entry, platform: str, key: str) -> float:
    return float(simulated(hass, entry, platform, key).state)


async def async_add_breakable(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Entry:
    """Add the ranch with its fault switches enabled, which Home Assistant reloads it for."""
    entry: Entry = await async_add_site(hass, "ranch")
    registry = er.async_get(hass)
    for row in er.async_entries_for_config_entry(registry, entry.entry_id):
        if "_fault_" in row.unique_id:
            registry.async_update_entity(row.entity_id, disabled_by=None)
    await async_pass_time(hass, freezer, timedelta(seconds=31))
    return entry


async def switch_fault(hass: HomeAssistant, entry: Entry, key: str, *, on: bool = True) -> None:
    entity_id = simulated_id(hass, entry, "switch", key)
    await hass.services.async_call("switch", "turn_on" if on else "turn_off", {"entity_id": entity_id}, blocking=True)
    assert hass.states.is_state(entity_id, "on" if on else "off")


@pytest.mark.parametrize("site", SITES)
async def test_a_site_comes_with_all_it_needs(hass: HomeAssistant, site: str) -> None:
    entry = await async_add_site(hass, site)
    assert entry.state is ConfigEntryState.LOADED
    orchestrator = entry.runtime_data.orchestrator
    settings, readings = orchestrator.settings, orchestrator.data.readings
    assert list(readings.troubles()) == []
    assert orchestrator.data.failure is None
    assert settings.entities.weather
    assert settings.panels
    assert settings.panels.peak_w == pytest.approx(SITES[site].peak_w)
    assert len(settings.load_profile_w) == 24
    for entity_id in settings.mapped_entities():
        state = hass.states.get(entity_id)
        assert state, entity_id
        assert state.state not in {STATE_UNAVAILABLE, "unknown"}, entity_id
    for miner in settings.site.miners:
        assert len(settings.miners[miner.id].switches) == miner.count
    plant = simulation_of(entry).plant
    assert readings.solar_w.value == pytest.approx(plant.flows.solar_w, rel=0.02)
    assert readings.load_w.value == pytest.approx(plant.flows.house_w, rel=0.1)
    (battery,) = readings.batteries.values()
    assert battery.soc.value == pytest.approx(plant.soc, abs=0.001)
    assert battery.power_w.value == pytest.approx(plant.flows.battery_w, rel=0.02)


@pytest.mark.parametrize("site", SITES)
async def test_a_plant_shows_the_same_without_home_assistant(
    hass: HomeAssistant, site: str, freezer: FrozenDateTimeFactory
) -> None:
    """Its hands show the very states that its entities have here, and its site has the very settings."""
    entry = await async_add_site(hass, site)
    hands = PlantHands(Plant(SITES[site], start=dt_util.utcnow()))
    settings, own = entry.runtime_data.orchestrator.settings, hands.settings()
    assert own.mapped_entities() == settings.mapped_entities()
    assert (own.entities, own.panels, own.load_profile_w) == (
        settings.entities,
        settings.panels,
        settings.load_profile_w,
    )
    assert (own.hashprice, own.import_price) == (settings.hashprice, settings.import_price)
    assert [*own.inverters.values()] == [*settings.inverters.values()]
    assert [*own.miners.values()] == [*settings.miners.values()]
    for mine, theirs in zip(own.site.devices, settings.site.devices, strict=True):
        assert replace(mine, id=theirs.id) == theirs or isinstance(mine, Battery)
    for minutes in (0, 7, 68):
        await async_pass_time(hass, freezer, timedelta(minutes=minutes))
        hands.advance(dt_util.utcnow())
        for entity_id in own.mapped_entities():
            shown, state = hands.look(entity_id), hass.states.get(entity_id)
            assert shown
            assert state
            assert (shown.state, shown.last_reported) == (state.state, state.last_reported), entity_id
            assert {key: state.attributes.get(key) for key in shown.attributes} == shown.attributes, entity_id


async def test_devices_say_that_they_are_simulated(hass: HomeAssistant) -> None:
    entry = await async_add_site(hass, "ranch")
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    models = {device.name: device.model for device in devices if "_simulated_" in next(iter(device.identifiers))[1]}
    assert models == {
        "Ranch battery (simulated)": "Simulated battery 48 kWh",
        "Ranch inverter (simulated)": "Simulated hybrid inverter 15 kW",
        "Ranch S21 (simulated)": "Simulated miner 3878 W",
        "Ranch Tuned S19 (simulated)": "Simulated miner 1600 / 2400 / 3250 W",
        "Ranch Dump load (simulated)": "Simulated miner 3250 W",
        "Ranch market and weather (simulated)": "Simulated surroundings",
    }


async def test_a_miner_is_switched_and_read_back(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_site(hass, "ranch")
    switch = simulated_id(hass, entry, "switch", "s21_switch")
    assert number(hass, entry, "sensor", "s21_power") == 0
    await hass.services.async_call("switch", "turn_on", {"entity_id": switch}, blocking=True)
    assert simulated(hass, entry, "switch", "s21_switch").state == "on"
    await async_pass_time(hass, freezer, timedelta(seconds=20))
    assert 500 < number(hass, entry, "sensor", "s21_power") < 3000, "it ramps"
    await async_pass_time(hass, freezer, timedelta(minutes=10))
    assert number(hass, entry, "sensor", "s21_power") == pytest.approx(3878, rel=0.02)
    assert number(hass, entry, "sensor", "s21_hashrate") == pytest.approx(235, rel=0.1)
    assert number(hass, entry, "sensor", "s21_temperature") > 45
    await hass.services.async_call("switch", "turn_off", {"entity_id": switch}, blocking=True)
    assert number(hass, entry, "sensor", "s21_power") == 0


async def test_the_run_switch_reaches_the_simulated_one(hass: HomeAssistant) -> None:
    """Both are switches of this integration: neither may wait for the other."""
    entry = await async_add_site(hass, "ranch")
    await hass.services.async_call(
        "select", "select_option", {"entity_id": "select.ranch_mode", "option": "automatic"}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.tuned_s19_run"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulated(hass, entry, "switch", "tuned_s19_switch").state == "on"
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.tuned_s19_run"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulated(hass, entry, "switch", "tuned_s19_switch").state == "off"


async def test_the_inverter_follows_its_settings(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_site(hass, "ranch")

    async def set_number(key: str, value: float) -> None:
        data = {"entity_id": simulated_id(hass, entry, "number", key), "value": value}
        await hass.services.async_call("number", "set_value", data, blocking=True)
        assert number(hass, entry, "number", key) == value

    await set_number("inverter_charge_power", 3000)
    await set_number("inverter_discharge_power", 2500)
    await set_number("inverter_export_limit", 4000)
    await set_number("tuned_s19_power_limit", 1600)
    for mode, power_w in (("charge", -3000), ("discharge", 2500), ("hold", 0)):
        data = {"entity_id": simulated_id(hass, entry, "select", "inverter_work_mode"), "option": mode}
        await hass.services.async_call("select", "select_option", data, blocking=True)
        await async_pass_time(hass, freezer, timedelta(seconds=5))
        assert simulated(hass, entry, "select", "inverter_work_mode").state == mode
        if mode != "discharge":  # by day there is no room for it at the meter
            assert number(hass, entry, "sensor", "battery_power") == pytest.approx(power_w, rel=0.02, abs=1)
    assert number(hass, entry, "sensor", "inverter_grid_power") > -4200
    energy_wh = number(hass, entry, "sensor", "inverter_solar_energy")
    await async_pass_time(hass, freezer, timedelta(minutes=5))
    assert number(hass, entry, "sensor", "inverter_solar_energy") > energy_wh


async def test_prices_and_weather_are_told_ahead(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_site(hass, "ranch")
    price = simulated(hass, entry, "sensor", "surroundings_import_price")
    assert price.attributes["unit_of_measurement"] == "EUR/kWh"
    assert len(price.attributes["raw_today"]) == 24
    assert price.attributes["raw_tomorrow"] == []
    assert float(price.state) == price.attributes["raw_today"][12]["value"]
    await async_pass_time(hass, freezer, timedelta(minutes=45))
    price = simulated(hass, entry, "sensor", "surroundings_import_price")
    assert len(price.attributes["raw_tomorrow"]) == 24, "they are out at 13:00"
    assert float(price.state) == price.attributes["raw_today"][13]["value"]
    weather = simulated(hass, entry, "weather", "surroundings_weather")
    assert weather.attributes["supported_features"] == WeatherEntityFeature.FORECAST_HOURLY
    told = await hass.services.async_call(
        "weather",
        "get_forecasts",
        {"type": "hourly", "entity_id": weather.entity_id},
        blocking=True,
        return_response=True,
    )
    rows: Any = told[weather.entity_id]["forecast"]  # type: ignore[index,call-overload]
    assert len(rows) == 72
    assert {row["condition"] for row in rows} <= {"sunny", "clear-night", "partlycloudy", "cloudy"}
    assert all(0 <= row["cloud_coverage"] <= 100 for row in rows)


async def test_the_energy_dashboard_gets_a_forecast(hass: HomeAssistant) -> None:
    entry = await async_add_site(hass, "ranch")
    forecast = await energy.async_get_solar_forecast(hass, entry.entry_id)
    assert forecast is not None
    hours = {dt_util.parse_datetime(label): wh for label, wh in forecast["wh_hours"].items()}
    assert len(hours) == 96
    assert None not in hours
    assert 20_000 < sum([*hours.values()][:24]) < 110_000
    other = MockConfigEntry(domain=DOMAIN, data={})
    other.add_to_hass(hass)
    assert await energy.async_get_solar_forecast(hass, other.entry_id) is None
    assert await energy.async_get_solar_forecast(hass, "nobody") is None


async def test_faults_are_there_but_off(hass: HomeAssistant) -> None:
    entry = await async_add_site(hass, "home")
    rows = [row for row in er.async_get(hass).entities.values() if "_fault_" in row.unique_id]
    assert len(rows) == 10
    assert all(row.disabled_by is er.RegistryEntryDisabler.INTEGRATION for row in rows)
    assert all(row.entity_category == "config" for row in rows)
    assert entry.state is ConfigEntryState.LOADED


async def test_unavailable_readings(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_breakable(hass, freezer)
    await switch_fault(hass, entry, "battery_fault_unavailable")
    assert simulated(hass, entry, "sensor", "battery_soc").state == STATE_UNAVAILABLE
    await async_pass_time(hass, freezer, timedelta(minutes=1))
    (battery,) = entry.runtime_data.orchestrator.data.readings.batteries.values()
    assert battery.soc.trouble is Trouble.UNAVAILABLE
    await switch_fault(hass, entry, "battery_fault_unavailable", on=False)
    assert number(hass, entry, "sensor", "battery_soc") > 50
    await switch_fault(hass, entry, "inverter_fault_unavailable")
    await switch_fault(hass, entry, "s21_fault_unavailable")
    for platform, key in (
        ("select", "inverter_work_mode"),
        ("number", "inverter_charge_power"),
        ("sensor", "inverter_grid_power"),
        ("switch", "s21_switch"),
    ):
        assert simulated(hass, entry, platform, key).state == STATE_UNAVAILABLE


async def test_stale_readings_age(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_breakable(hass, freezer)
    await switch_fault(hass, entry, "battery_fault_stale")
    reported = simulated(hass, entry, "sensor", "battery_soc").last_reported
    for _ in range(4):
        await async_pass_time(hass, freezer, timedelta(minutes=5))
    assert simulated(hass, entry, "sensor", "battery_soc").last_reported == reported
    assert simulated(hass, entry, "sensor", "inverter_solar_power").last_reported > reported
    (battery,) = entry.runtime_data.orchestrator.data.readings.batteries.values()
    assert battery.soc.trouble is Trouble.STALE


async def test_zero_glitch_is_seen_through(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_breakable(hass, freezer)
    await switch_fault(hass, entry, "battery_fault_zero_glitch")
    await async_pass_time(hass, freezer, timedelta(seconds=35))
    assert number(hass, entry, "sensor", "battery_soc") == 0
    (battery,) = entry.runtime_data.orchestrator.data.readings.batteries.values()
    assert battery.soc.trouble is Trouble.ZERO_GLITCH


async def test_refused_and_late_commands(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_breakable(hass, freezer)
    switch = {"entity_id": simulated_id(hass, entry, "switch", "s21_switch")}
    await switch_fault(hass, entry, "s21_fault_refused_command")
    with pytest.raises(HomeAssistantError, match="refused the command"):
        await hass.services.async_call("switch", "turn_on", switch, blocking=True)
    assert simulated(hass, entry, "switch", "s21_switch").state == "off"
    await switch_fault(hass, entry, "s21_fault_refused_command", on=False)
    await switch_fault(hass, entry, "s21_fault_late_command")
    await hass.services.async_call("switch", "turn_on", switch, blocking=True)
    assert simulated(hass, entry, "switch", "s21_switch").state == "off"
    await async_pass_time(hass, freezer, timedelta(seconds=31))
    assert simulated(hass, entry, "switch", "s21_switch").state == "on"


async def test_a_restart_goes_on_where_it_was(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_site(hass, "ranch")
    on = {"entity_id": simulated_id(hass, entry, "switch", "s21_switch")}
    await hass.services.async_call("switch", "turn_on", on, blocking=True)
    for _ in range(4):
        await async_pass_time(hass, freezer, timedelta(minutes=15))
    soc = number(hass, entry, "sensor", "battery_soc")
    assert soc > 56
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert number(hass, entry, "sensor", "battery_soc") == pytest.approx(soc, abs=0.2)
    assert simulated(hass, entry, "switch", "s21_switch").state == "on"
    assert number(hass, entry, "sensor", "s21_power") > 3700


async def test_what_was_kept_may_be_unreadable(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    entry = await async_add_site(hass, "home")
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"{DOMAIN}.{entry.entry_id}.plant"]["data"] = {"stored_wh": "much"}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert number(hass, entry, "sensor", "battery_soc") == 55


async def test_miners_come_and_go(hass: HomeAssistant) -> None:
    """A miner that is taken out still stands there; one that is added maps what it likes."""
    entry = await async_add_site(hass, "ranch")
    s21 = next(s for s in entry.subentries.values() if s.unique_id == "s21")
    hass.config_entries.async_remove_subentry(entry, s21.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert simulated(hass, entry, "switch", "s21_switch").state == "off"
    assert s21.subentry_id not in entry.runtime_data.orchestrator.settings.miners
    flow = await hass.config_entries.subentries.async_init((entry.entry_id, "miner"), context={"source": SOURCE_USER})
    assert flow["data_schema"]
    done = await hass.config_entries.subentries.async_configure(
        flow["flow_id"],
        {
            "name": "Mine",
            "count": 1,
            "levels": [{"power_w": 3878, "hashrate_ths": 235}],
            "priority": 1,
            "switches": [simulated_id(hass, entry, "switch", "s21_switch")],
            "miner_power": [simulated_id(hass, entry, "sensor", "s21_power")],
            "advice_only": False,
            "conditions": {},
            "times": {},
            "worth": {},
        },
    )
    assert done["type"] == "create_entry", done
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    own = next(s for s in entry.subentries.values() if s.title == "Mine")
    assert entry.runtime_data.orchestrator.data.readings.miners[own.subentry_id].running.value == 0


async def test_a_missing_mapping_is_filled_in_and_a_chosen_one_kept(hass: HomeAssistant) -> None:
    entry = await async_add_site(hass, "home")
    battery = next(s for s in entry.subentries.values() if s.subentry_type == "battery")
    data = {key: value for key, value in battery.data.items() if key != "soc"} | {"voltage": "sensor.mine"}
    hass.config_entries.async_update_subentry(entry, battery, data=data)
    await hass.async_block_till_done(wait_background_tasks=True)
    data = dict(entry.subentries[battery.subentry_id].data)
    assert data["soc"] == simulated_id(hass, entry, "sensor", "battery_soc")
    assert data["voltage"] == "sensor.mine"


async def test_a_recorded_series_is_replayed(
    hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> None:
    file = tmp_path / "series.csv"
    rows = [
        f"2026-05-{day:02}T{hour:02}:00:00+00:00,{400 + 10 * hour},{300 * max(0, 8 - abs(hour - 11))},"
        f"{300 * max(0, 8 - abs(hour - 11))},0.1,1"
        for day in range(1, 5)
        for hour in range(24)
    ]
    file.write_text("\n".join([SERIES, *rows]))
    entry = await async_add_site(hass, "home", simulation_series=str(file))
    assert number(hass, entry, "sensor", "inverter_solar_power") > 2000
    assert entry.runtime_data.orchestrator.settings.entities.weather is None
    assert entry.options["load_profile_w"][2] < entry.options["load_profile_w"][23]
    file.unlink()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason
    assert "cannot be replayed" in entry.reason


async def test_a_site_of_another_version(hass: HomeAssistant) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={"simulated_site": "castle"})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.reason
    assert "castle" in entry.reason


async def test_time_passes_by_itself(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = await async_add_site(hass, "home")
    before = simulated(hass, entry, "sensor", "battery_soc").last_reported
    freezer.tick(timedelta(seconds=6))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulated(hass, entry, "sensor", "battery_soc").last_reported > before


async def test_a_removed_site_leaves_nothing(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    entry = await async_add_site(hass, "home")
    await hass.config_entries.async_unload(entry.entry_id)
    assert f"{DOMAIN}.{entry.entry_id}.plant" in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not [key for key in hass_storage if entry.entry_id in key]
    assert not er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
