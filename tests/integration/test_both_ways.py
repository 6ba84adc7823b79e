"""Flows that go both ways: one signed sensor or two positive ones, and a load that is counted below zero."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.inputs.home import observer_of
from custom_components.energy_orchestrator.mapping import BatteryEntities, SiteEntities
from custom_components.energy_orchestrator.model.readings import SiteReadings, Trouble
from custom_components.energy_orchestrator.settings import settings_of

from .helper_site import put, set_up_helpers, settings
from .mapped_site import BATTERY_ID, POWER
from .test_config_flow import _change, _change_site, _enter, _enter_device, _untouched

METER: Final = SiteEntities(grid_power="sensor.imported", grid_export="sensor.exported")
CELLS: Final = {"battery": BatteryEntities(power="sensor.discharging", charge="sensor.charging")}


def observed(hass: HomeAssistant, **mapped: Any) -> SiteReadings:
    """Return the readings of now."""
    return observer_of(hass, settings(**mapped)).observe(dt_util.utcnow())


@pytest.mark.parametrize(
    ("imported", "exported", "grid_w"),
    [("0", "3000", -3000), ("1200", "0", 1200), ("120", "30", 90), ("-8", "0", 0), ("0", "0", 0)],
)
async def test_two_sensors_of_the_meter_are_one_flow(
    hass: HomeAssistant, imported: str, exported: str, grid_w: float
) -> None:
    put(hass, "imported", imported, unit="W")
    put(hass, "exported", exported, unit="W")
    assert observed(hass, entities=METER).grid_w.value == grid_w


async def test_two_sensors_of_the_battery_are_one_flow(hass: HomeAssistant) -> None:
    put(hass, "discharging", 0, unit="W")
    put(hass, "charging", 1.5, unit="kW")
    assert observed(hass, batteries=CELLS).batteries["battery"].power_w.value == 1500
    put(hass, "discharging", 800, unit="W")
    put(hass, "charging", 0, unit="kW")
    assert observed(hass, batteries=CELLS).batteries["battery"].power_w.value == -800


@pytest.mark.parametrize(
    ("imported", "exported", "trouble", "source"),
    [
        ("unavailable", "0", Trouble.UNAVAILABLE, "sensor.imported"),
        ("0", "unknown", Trouble.UNKNOWN, "sensor.exported"),
        ("-3000", "3000", Trouble.OUT_OF_RANGE, "sensor.imported"),  # one that tells both ways is no half of two
    ],
)
async def test_half_of_a_flow_is_none(
    hass: HomeAssistant, imported: str, exported: str, trouble: Trouble, source: str
) -> None:
    put(hass, "imported", imported, unit="W")
    put(hass, "exported", exported, unit="W")
    read = observed(hass, entities=METER).grid_w
    assert (read.trouble, read.source) == (trouble, source)


async def test_the_house_is_the_balance_of_two_sensors_as_well(hass: HomeAssistant) -> None:
    await set_up_helpers(hass)
    for name, watts in {"imported": 0, "exported": 2500, "solar": 6000, "discharging": 0, "charging": 2000}.items():
        put(hass, name, watts, unit="W")
    put(hass, "miner_power", 0)
    entities = SiteEntities(grid_power="sensor.imported", grid_export="sensor.exported", solar_power="sensor.solar")
    assert observed(hass, entities=entities, batteries=CELLS).load_w.value == 1500


async def test_a_load_counted_below_zero_is_turned(hass: HomeAssistant) -> None:
    put(hass, "house", -540, unit="W")
    entities = SiteEntities(load_power="sensor.house", load_includes_miners=False, load_power_inverted=True)
    assert observed(hass, entities=entities).load_w.value == 540


# ---- Their forms


async def test_the_meters_second_sensor_can_be_mapped_and_taken_away(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    hass.states.async_set("sensor.fed_in", "0", POWER)
    before = dict(mapped_entry.data)
    form = await _enter(hass, await _change_site(hass, mapped_entry), {"next_step_id": "readings"})
    await _enter(hass, form, _untouched(form))
    assert mapped_entry.data == before

    form = await _enter(hass, await _change_site(hass, mapped_entry), {"next_step_id": "readings"})
    entered = {**_untouched(form), "grid_export_power": "sensor.fed_in", "load_power_inverted": True}
    await _enter(hass, form, entered)
    mapped = settings_of(mapped_entry, currency="EUR", time_zone="Europe/Berlin")
    assert (mapped.entities.grid_power, mapped.entities.grid_export) == ("sensor.grid_power", "sensor.fed_in")
    assert mapped.entities.load_power_inverted
    assert "sensor.fed_in" in mapped.mapped_entities()

    form = await _enter(hass, await _change_site(hass, mapped_entry), {"next_step_id": "readings"})
    kept = _untouched(form)
    assert kept["grid_export_power"] == "sensor.fed_in"
    del kept["grid_export_power"]
    await _enter(hass, form, kept)
    assert "grid_export_power" not in mapped_entry.data


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"grid_power": None}, {"grid_power": "other_way_missing"}),
        ({"grid_export_power": "sensor.grid_power"}, {"grid_export_power": "same_sensor_twice"}),
        ({"grid_power_inverted": True}, {"grid_power_inverted": "two_are_not_inverted"}),
        ({"grid_export_power": "sensor.battery_soc"}, {"grid_export_power": "not_power"}),
    ],
)
async def test_what_cannot_be_two_sensors_is_refused(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    hass.states.async_set("sensor.fed_in", "0", POWER)
    form = await _enter(hass, await _change_site(hass, mapped_entry), {"next_step_id": "readings"})
    entered = {**_untouched(form), "grid_export_power": "sensor.fed_in", **changes}
    form = await _enter(hass, form, {key: value for key, value in entered.items() if value is not None})
    assert form["errors"] == errors


async def test_the_batterys_second_sensor_can_be_mapped(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    hass.states.async_set("sensor.charging", "0", POWER)
    form = await _change(hass, mapped_entry, BATTERY_ID)
    wrong = {**_untouched(form), "battery_charge_power": "sensor.charging", "battery_power_inverted": True}
    form = await _enter_device(hass, form, wrong)
    assert form["errors"] == {"battery_power_inverted": "two_are_not_inverted"}
    await _enter_device(hass, form, {**wrong, "battery_power_inverted": False})
    mapped = settings_of(mapped_entry, currency="EUR", time_zone="Europe/Berlin").batteries[BATTERY_ID]
    assert (mapped.power, mapped.charge) == ("sensor.battery_power", "sensor.charging")
