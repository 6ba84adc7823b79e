"""What is stored is what the model gets, and the other way round; the mapping follows the owner's renaming."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator import renamed
from custom_components.energy_orchestrator.mapping import SetPointOrder
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.site import (
    Battery,
    Grid,
    InvalidSiteError,
    Inverter,
    Miner,
    MinerLevel,
    Mode,
    Strategy,
    Window,
)
from custom_components.energy_orchestrator.settings import (
    PricePeriod,
    Settings,
    battery_data,
    battery_of,
    check_device,
    grid_data,
    grid_of,
    inverter_data,
    inverter_of,
    key_of,
    miner_data,
    miner_of,
    price_of,
    settings_of,
)
from custom_components.energy_orchestrator.simulation.sites import SITES

from .mapped_site import BATTERY, BATTERY_ID, INVERTER_ID, MINER, MINER_ID, RACK_ID, SITE, STATES


def _settings(entry: MockConfigEntry) -> Settings:
    return settings_of(entry, currency="EUR", time_zone="Europe/Berlin")


def _stored(entry: MockConfigEntry, subentry_id: str, **changes: Any) -> dict[str, Any]:
    return {**entry.subentries[subentry_id].data, **changes}


def test_a_whole_site_is_read_in_the_models_units(mapped_entry: MockConfigEntry) -> None:
    settings = _settings(mapped_entry)

    site = settings.site
    assert (site.name, site.currency, site.time_zone, site.strategy) == (
        "Farm",
        "EUR",
        "Europe/Berlin",
        Strategy.BALANCED,
    )
    assert site.grid == Grid(max_import_w=15_000, max_export_w=7_000, battery_export=False)
    assert site.inverters == (Inverter(id=INVERTER_ID, name="Hybrid", ac_limit_w=10_000),)
    assert site.batteries == (
        Battery(
            id=BATTERY_ID,
            name="House battery",
            capacity_wh=15_000,
            max_charge_w=5_000,
            max_discharge_w=5_000,
            min_soc=0.15,
            max_soc=0.95,
            reserve_soc=0.25,
            critical_soc=0.15,
            inverter_id=INVERTER_ID,
        ),
    )
    miner, rack = site.miners
    assert miner == Miner(
        id=MINER_ID,
        name="Miner A",
        levels=(MinerLevel(1600, 64), MinerLevel(3250, 97)),
        priority=1,
        max_starts_per_day=None,
        start_soc=0.6,
        stop_soc=0.4,
    )
    assert (rack.id, rack.count, rack.surplus_only, rack.start_soc) == (RACK_ID, 2, True, None)

    assert settings.import_price == "sensor.import_price"
    assert settings.export_price == 0.08
    assert settings.panels is not None
    assert (settings.panels.peak_w, settings.panels.azimuth) == (9_800, 170)
    assert settings.mode is Mode.MONITOR
    assert settings.interval == timedelta(minutes=5)
    assert settings.load_profile_w == (500.0,)


def test_the_mapping_names_every_entity(mapped_entry: MockConfigEntry) -> None:
    settings = _settings(mapped_entry)
    assert settings.mapped_entities() == STATES.keys() - {"sensor.hashprice"}
    assert settings.entities.load_includes_miners is False
    assert settings.batteries[BATTERY_ID].controller == INVERTER_ID
    assert settings.inverters[INVERTER_ID].work_mode_options[BatteryMode.HOLD] == "Stand by"
    assert settings.miners[RACK_ID].switches == ("switch.rack_1", "switch.rack_2")


def test_how_a_device_takes_commands_is_known_where_somebody_said_so(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    settings = _settings(mapped_entry)
    inverter, miner = settings.inverters[INVERTER_ID], settings.miners[MINER_ID]
    assert (inverter.renew, inverter.poll, miner.renew, miner.poll) == (None, None, None, None)
    assert (inverter.set_point_order, inverter.positive_means) == (SetPointOrder.BOTH, BatteryMode.CHARGE)

    told = {"renew_min": 60.0, "poll_s": 90.0, "set_point_order": "before", "positive_means": "discharge"}
    for subentry_id in (INVERTER_ID, MINER_ID):
        hass.config_entries.async_update_subentry(
            mapped_entry, mapped_entry.subentries[subentry_id], data=_stored(mapped_entry, subentry_id, **told)
        )
    settings = _settings(mapped_entry)
    inverter, miner = settings.inverters[INVERTER_ID], settings.miners[MINER_ID]
    assert (inverter.renew, inverter.poll) == (miner.renew, miner.poll) == (timedelta(hours=1), timedelta(seconds=90))
    assert (inverter.set_point_order, inverter.positive_means) == (SetPointOrder.BEFORE, BatteryMode.DISCHARGE)
    assert settings.mapped_entities() == STATES.keys() - {"sensor.hashprice"}


def test_an_empty_site_has_the_defaults() -> None:
    settings = _settings(MockConfigEntry(title="Bare", data={}))
    assert settings.site.grid == Grid()
    assert settings.panels is None
    assert (settings.import_price, settings.hashprice) == (0.0, 0.0)
    assert settings.mapped_entities() == set()


def test_a_battery_whose_inverter_is_gone_stands_by_itself(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    hass.config_entries.async_remove_subentry(mapped_entry, INVERTER_ID)
    settings = _settings(mapped_entry)
    assert settings.site.batteries[0].inverter_id is None
    assert settings.batteries[BATTERY_ID].controller is None


def test_a_battery_beside_its_inverter_is_controlled_by_it(mapped_entry: MockConfigEntry, hass: HomeAssistant) -> None:
    hass.config_entries.async_update_subentry(
        mapped_entry, mapped_entry.subentries[BATTERY_ID], data=_stored(mapped_entry, BATTERY_ID, dc_coupled=False)
    )
    settings = _settings(mapped_entry)
    assert settings.site.batteries[0].inverter_id is None
    assert settings.batteries[BATTERY_ID].controller == INVERTER_ID


def test_what_cannot_exist_is_refused_with_its_key(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_subentry(
        mapped_entry, mapped_entry.subentries[MINER_ID], data=_stored(mapped_entry, MINER_ID, stop_soc_pct=80)
    )
    with pytest.raises(InvalidSiteError) as caught:
        _settings(mapped_entry)
    assert key_of(caught.value.field) == "stop_soc_pct"
    assert key_of("levels") == "levels"
    assert key_of("nothing we store") == "nothing we store"


def test_a_reserve_below_the_range_is_refused_and_none_is_its_bottom() -> None:
    assert battery_of("b", {**BATTERY, "reserve_soc_pct": None}, "B").reserve_soc == 0.15
    with pytest.raises(InvalidSiteError, match="reserve_soc"):
        battery_of("b", {**BATTERY, "reserve_soc_pct": 5}, "B")


@pytest.mark.parametrize("key", SITES)
def test_simulated_sites_survive_being_stored(key: str) -> None:
    site = SITES[key].site
    assert grid_of(grid_data(site.grid)) == site.grid
    for battery in site.batteries:
        assert battery_of(battery.id, battery_data(battery), battery.name) == battery
    for inverter in site.inverters:
        assert inverter_of(inverter.id, inverter_data(inverter), inverter.name) == inverter
    for miner in site.miners:
        assert miner_of(miner.id, miner_data(miner), miner.name) == miner


def test_unusual_devices_survive_being_stored() -> None:
    battery = Battery(
        id="b", name="B", capacity_wh=5_120, max_charge_w=2_500, max_discharge_w=3_700, charge_efficiency=0.934
    )
    assert battery_of("b", battery_data(battery), "B") == battery
    assert battery_data(battery)["dc_coupled"] is False
    miner = Miner(
        id="m",
        name="M",
        levels=(MinerLevel(1_000, 40),),
        min_run_h=1 / 3,
        windows=(Window(time(22), time(6, 30)),),
        max_starts_per_day=0,
        start_soc=0,
        stop_soc=0,
        max_temperature_c=75,
    )
    again = miner_of("m", miner_data(miner), "M")
    assert again.min_run_h == pytest.approx(miner.min_run_h)
    assert replace(again, min_run_h=miner.min_run_h) == miner


@pytest.mark.parametrize("subentry_id", [INVERTER_ID, BATTERY_ID, MINER_ID, RACK_ID])
def test_a_device_is_checked_by_itself(mapped_entry: MockConfigEntry, subentry_id: str) -> None:
    subentry = mapped_entry.subentries[subentry_id]
    check_device(subentry.subentry_type, subentry.data)


def test_levels_may_be_entered_in_any_order() -> None:
    rows = [{"power_w": "3000", "hashrate_ths": 90}, {"power_w": 1500, "hashrate_ths": 60}]
    assert [level.power_w for level in miner_of("m", {**MINER, "levels": rows}, "M").levels] == [1500, 3000]


def test_prices_are_a_number_an_entity_or_a_table() -> None:
    assert price_of(1) == 1.0
    assert price_of("sensor.price") == "sensor.price"
    assert price_of([{"from": "22:00:00", "to": "06:00:00", "price": 0.2}]) == (
        PricePeriod(Window(time(22), time(6)), 0.2),
    )


@pytest.mark.parametrize("old", sorted(STATES.keys() - {"sensor.hashprice"}))
def test_a_renamed_entity_is_followed(hass: HomeAssistant, mapped_entry: MockConfigEntry, old: str) -> None:
    new = f"{old}_renamed"
    before = _settings(mapped_entry).mapped_entities()
    assert renamed(hass, mapped_entry, old, new) is True
    assert _settings(mapped_entry).mapped_entities() == before - {old} | {new}
    assert renamed(hass, mapped_entry, old, new) is False


def test_renaming_touches_only_entities(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    assert renamed(hass, mapped_entry, "Self use", "sensor.new") is False
    assert renamed(hass, mapped_entry, INVERTER_ID, "sensor.new") is False
    assert dict(mapped_entry.data) == SITE
