"""What a person setting up a site gets to see, and what is stored of what they enter."""

from collections.abc import AsyncGenerator
from datetime import timedelta
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData, section
from homeassistant.helpers import config_validation as cv, entity_registry as er
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.energy_orchestrator as integration
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.flows.forms import Form
from custom_components.energy_orchestrator.mapping import SetPointOrder
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.settings import settings_of
from custom_components.energy_orchestrator.simulation.sites import SITES

from .mapped_site import (
    BATTERY,
    BATTERY_ID,
    INVERTER,
    INVERTER_ID,
    LIMIT,
    MINER,
    MINER_ID,
    POWER,
    RACK_ID,
    SITE,
    entry_of_site,
)

type Result = Any

TEXTS: Final = json.loads((Path(integration.__file__).parent / "translations" / "en.json").read_text("utf-8"))

CONNECTION: Final = {
    "name": "Farm",
    **{key: SITE[key] for key in ("connected", "max_import_kw", "max_export_kw", "battery_export")},
}
PRICES: Final = {key: SITE[key] for key in ("import_price", "export_price", "hashprice")}
ROOF: Final = {key: SITE[key] for key in ("solar_peak_kw", "solar_tilt", "solar_azimuth")}
READINGS: Final = {
    **{key: SITE[key] for key in ("solar_power", "load_power", "load_includes_miners", "grid_power", "weather")},
    "roof": ROOF,
}
DAY_AND_NIGHT: Final = [
    {"from": "06:00:00", "to": "22:00:00", "price": 0.35},
    {"from": "22:00:00", "to": "06:00:00", "price": 0.22},
]


@pytest.fixture(autouse=True)
async def _all_unloaded(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Leave nothing running after a test."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


# ---- Steps, each of which also sees to it that everything shown has its words


def _worded(result: Result, texts: dict[str, Any]) -> Result:
    """Every field, section, menu option, error and reason that is shown must have a text."""
    if result["type"] is FlowResultType.ABORT and result["reason"] != "reconfigure_successful":
        assert texts["abort"][result["reason"]]
    if result["type"] is FlowResultType.MENU:
        assert texts["step"][result["step_id"]]["menu_options"].keys() == set(result["menu_options"])
    if result["type"] is FlowResultType.FORM:
        # The frontend must be able to get it
        assert json.dumps(probatio.to_field_list(result["data_schema"], custom_serializer=cv.custom_serializer))
        step = texts["step"][result["step_id"]]
        placeholders = result["description_placeholders"] or {}
        assert step.get("description", "").format(**placeholders) is not None
        for marker, selector in result["data_schema"].schema.items():
            if isinstance(selector, section):
                for inner in selector.schema.schema:
                    _field_worded(step["sections"][marker.schema], inner.schema)
            else:
                _field_worded(step, marker.schema)
        for error in (result["errors"] or {}).values():
            assert texts["error"][error].format(**placeholders)
    return result


def _field_worded(step: dict[str, Any], key: str) -> None:
    assert step["data"][key]
    assert step["data_description"][key]


def _suggested(result: Result) -> dict[str, Any]:
    """Return what the form is filled with, sections included."""

    def _of(schema: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for marker, selector in schema.schema.items():
            if isinstance(selector, section):
                found[marker.schema] = _of(selector.schema)
            elif marker.description and "suggested_value" in marker.description:
                found[marker.schema] = marker.description["suggested_value"]
        return found

    return _of(result["data_schema"])


def _untouched(result: Result) -> dict[str, Any]:
    """Return what the frontend of 2026.11 posts for a form that nobody has touched."""
    fields = probatio.to_field_list(result["data_schema"], custom_serializer=cv.custom_serializer)
    assert isinstance(fields, list)
    return _begun(fields)


def _begun(fields: list[dict[str, Any]]) -> dict[str, Any]:
    """What its `compute-initial-ha-form-data` begins with, less the empty texts, which it does not send."""
    begun: dict[str, Any] = {}
    for field in fields:
        suggested = (field.get("description") or {}).get("suggested_value")
        if field.get("type") == "expandable":
            begun[field["name"]] = _begun(field["schema"])
        elif (value := field.get("default") if suggested is None else suggested) is not None:
            begun[field["name"]] = _wrapped(field["selector"], value)
        elif field.get("required"):
            begun[field["name"]] = _made_up(field["selector"])
    return {key: value for key, value in begun.items() if value != ""}


def _wrapped(selector: dict[str, Any], value: Any) -> Any:
    """A value that can be told in several ways is taken for one of the first."""
    if "choose" not in selector:
        return value
    first = next(iter(selector["choose"]["choices"]))
    return {"active_choice": first, first: value}


def _made_up(selector: dict[str, Any]) -> Any:
    ((kind, config),) = selector.items()
    if kind == "choose":
        first, choice = next(iter(config["choices"].items()))
        return {"active_choice": first, first: _made_up(choice["selector"])}
    if kind == "select":
        return config["options"][0] if isinstance(config["options"][0], str) else config["options"][0]["value"]
    made_up: dict[str, Any] = {
        "number": config.get("min", 0),
        "boolean": False,
        "object": [] if config.get("multiple") else "",
        "time": "00:00:00",
    }
    return made_up.get(kind, "")


async def _begin(hass: HomeAssistant, choice: str) -> Result:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert _worded(result, TEXTS["config"])["type"] is FlowResultType.MENU
    return await _enter(hass, result, {"next_step_id": choice})


async def _enter(hass: HomeAssistant, result: Result, entered: dict[str, Any]) -> Result:
    result = await hass.config_entries.flow.async_configure(result["flow_id"], entered)
    await hass.async_block_till_done()
    return _worded(result, TEXTS["config"])


async def _change_site(hass: HomeAssistant, entry: MockConfigEntry) -> Result:
    return _worded(await entry.start_reconfigure_flow(hass), TEXTS["config"])


async def _add(hass: HomeAssistant, entry: ConfigEntry, kind: str) -> Result:
    result = await hass.config_entries.subentries.async_init((entry.entry_id, kind), context={"source": SOURCE_USER})
    return _worded(result, TEXTS["config_subentries"][kind])


async def _change(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> Result:
    kind = entry.subentries[subentry_id].subentry_type
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, kind), context={"source": "reconfigure", "subentry_id": subentry_id}
    )
    return _worded(result, TEXTS["config_subentries"][kind])


async def _enter_device(hass: HomeAssistant, result: Result, entered: dict[str, Any]) -> Result:
    kind = result["handler"][1]
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], entered)
    await hass.async_block_till_done()
    return _worded(result, TEXTS["config_subentries"][kind])


async def _options(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    return _worded(await hass.config_entries.options.async_init(entry.entry_id), TEXTS["options"])


async def _enter_options(hass: HomeAssistant, result: Result, entered: dict[str, Any]) -> Result:
    result = await hass.config_entries.options.async_configure(result["flow_id"], entered)
    await hass.async_block_till_done()
    return _worded(result, TEXTS["options"])


def _device(entry: ConfigEntry, kind: str, title: str) -> Any:
    return next(s for s in entry.get_subentries_of_type(kind) if s.title == title)


# ---- A simulated site


@pytest.mark.parametrize("key", SITES)
async def test_a_simulated_site_comes_with_its_devices(hass: HomeAssistant, key: str) -> None:
    result = await _begin(hass, "simulated")
    result = await _enter(hass, result, {"simulated_site": key})

    site = SITES[key].site
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == site.name
    entry = result["result"]
    assert entry.unique_id == f"simulated_{key}"
    assert (entry.version, entry.minor_version) == (1, 1)
    assert entry.data["simulated_site"] == key
    assert "simulation_series" not in entry.data

    built = settings_of(entry, currency=site.currency, time_zone=site.time_zone).site
    given = {subentry.subentry_id: subentry.unique_id for subentry in entry.subentries.values()}
    assert built.grid == site.grid
    assert [given[device.id] for device in built.miners] == [device.id for device in site.miners]
    assert [miner.levels for miner in built.miners] == [miner.levels for miner in site.miners]
    assert given[built.batteries[0].inverter_id or ""] == site.batteries[0].inverter_id
    assert built.batteries[0].capacity_wh == site.batteries[0].capacity_wh
    assert built.inverters[0].ac_limit_w == site.inverters[0].ac_limit_w


async def test_a_simulated_site_is_chosen_by_somebody(hass: HomeAssistant) -> None:
    result = await _begin(hass, "simulated")
    for untouched in (_untouched(result), {}):
        result = await _enter(hass, result, untouched)
        assert result["errors"] == {"simulated_site": "no_simulated_site"}
    assert not hass.config_entries.async_entries(DOMAIN)


async def test_the_same_simulated_site_is_not_set_up_twice(hass: HomeAssistant) -> None:
    await _enter(hass, await _begin(hass, "simulated"), {"simulated_site": "home"})
    result = await _enter(hass, await _begin(hass, "simulated"), {"simulated_site": "home"})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    result = await _enter(hass, await _begin(hass, "simulated"), {"simulated_site": "ranch"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


def _series(path: Path) -> Path:
    rows = [
        f"2024-05-{day:02}T{hour:02}:00:00+00:00,500,{100 * hour},{100 * hour},0.08,1"
        for day in range(1, 5)
        for hour in range(24)
    ]
    path.write_text("\n".join(["start_utc,load_w,pv_w,pv_forecast_w,price_eur_per_kwh,valid", *rows]), "utf-8")
    return path


async def test_a_recorded_series_is_checked_before_it_is_taken(hass: HomeAssistant, tmp_path: Path) -> None:
    result = await _begin(hass, "simulated")
    missing = tmp_path / "missing.csv"
    result = await _enter(hass, result, {"simulated_site": "ranch", "simulation_series": str(missing)})
    assert result["errors"] == {"simulation_series": "series_unreadable"}
    assert str(missing) in result["description_placeholders"]["problem"]
    assert _suggested(result)["simulation_series"] == str(missing)

    series = await hass.async_add_executor_job(_series, tmp_path / "series.csv")
    result = await _enter(hass, result, {"simulated_site": "ranch", "simulation_series": f" {series} "})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].data["simulation_series"] == str(series)


# ---- A site of one's own


@pytest.mark.usefixtures("mapped_states")
async def test_a_site_of_ones_own_takes_three_steps(hass: HomeAssistant) -> None:
    result = await _begin(hass, "site")
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "site")
    result = await _enter(hass, result, CONNECTION)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "prices")
    result = await _enter(hass, result, PRICES)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "readings")
    result = await _enter(hass, result, READINGS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Farm"
    assert result["result"].data == SITE
    assert result["result"].options == {}


async def test_a_site_needs_no_entity_at_all(hass: HomeAssistant) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Bare"})
    result = await _enter(hass, result, {"import_price": 0.3, "export_price": 0, "hashprice": 0})
    result = await _enter(hass, result, _untouched(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].data == {
        "connected": True,
        "export_allowed": True,
        "grid_charging": True,
        "battery_export": True,
        "import_price": 0.3,
        "export_price": 0.0,
        "hashprice": 0.0,
        "load_includes_miners": True,
        "load_power_inverted": False,
        "grid_power_inverted": False,
        "solar_tilt": 30,
        "solar_azimuth": 180,
    }


async def test_an_off_grid_site_is_asked_for_no_energy_price(hass: HomeAssistant) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Hut", "connected": False})
    assert [marker.schema for marker in result["data_schema"].schema] == ["hashprice"]
    result = await _enter(hass, result, {"hashprice": 0.05})
    result = await _enter(hass, result, {"roof": {}})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "import_price" not in result["result"].data


async def test_a_site_needs_a_name(hass: HomeAssistant) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "  ", "max_import_kw": 11})
    assert result["errors"] == {"name": "name_empty"}
    assert _suggested(result)["max_import_kw"] == 11
    result = await _enter(hass, result, {"name": "Farm"})
    assert result["step_id"] == "prices"


async def test_a_negative_limit_is_refused_by_its_field(hass: HomeAssistant) -> None:
    result = await _begin(hass, "site")
    with pytest.raises(InvalidData) as caught:
        await _enter(hass, result, {"name": "Farm", "max_import_kw": -1})
    assert "max_import_kw" in caught.value.schema_errors


async def test_two_sites_cannot_have_the_same_name(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "FARM"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_two_sites_cannot_have_the_same_main_sensors(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Barn"})
    result = await _enter(hass, result, PRICES)
    result = await _enter(hass, result, READINGS)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


@pytest.mark.usefixtures("mapped_states")
@pytest.mark.parametrize(
    ("entered", "stored"),
    [
        (0.3, 0.3),
        ("sensor.import_price", "sensor.import_price"),
        (DAY_AND_NIGHT, DAY_AND_NIGHT),
        # What the frontend sends: the choice, and what was entered for it and for others before
        ({"active_choice": "fixed", "fixed": 0.25, "entity": "sensor.import_price"}, 0.25),
        ({"active_choice": "entity", "entity": "sensor.import_price"}, "sensor.import_price"),
        ({"active_choice": "table", "table": DAY_AND_NIGHT, "fixed": 3}, DAY_AND_NIGHT),
        # Times as short as they can be
        (
            {"active_choice": "table", "table": [{"from": "00:00", "to": "00:00", "price": "0.3"}]},
            [{"from": "00:00:00", "to": "00:00:00", "price": 0.3}],
        ),
    ],
)
async def test_a_price_is_fixed_or_an_entitys_or_a_table(hass: HomeAssistant, entered: Any, stored: Any) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    result = await _enter(hass, result, {**PRICES, "import_price": entered})
    assert result["step_id"] == "readings"
    result = await _enter(hass, result, {"roof": {}})
    assert result["result"].data["import_price"] == stored


@pytest.mark.usefixtures("mapped_states")
@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"import_price": "sensor.nowhere"}, {"import_price": "entity_not_found"}),
        ({"import_price": "sensor.house_power"}, {"import_price": "not_price"}),
        ({"import_price": "switch.miner_a"}, {"import_price": "not_price"}),
        ({"hashprice": "sensor.import_price"}, {"hashprice": "not_hashprice"}),
        (
            {"import_price": "sensor.house_power", "hashprice": "sensor.house_power"},
            {"import_price": "not_price", "hashprice": "not_hashprice"},
        ),
        # Both errors name an entity: the second is told when the first is solved
        (
            {"import_price": "sensor.house_power", "export_price": "sensor.grid_power"},
            {"import_price": "not_price"},
        ),
        ({"import_price": DAY_AND_NIGHT[:1]}, {"import_price": "hours_missing"}),
        ({"export_price": [*DAY_AND_NIGHT, DAY_AND_NIGHT[0]]}, {"export_price": "hours_overlap"}),
        ({"export_price": []}, {"export_price": "hours_missing"}),
        (
            {"import_price": [{"from": "00:00:00", "to": "18:30:00", "price": 1}]},
            {"import_price": "hours_missing"},
        ),
    ],
)
async def test_a_price_that_cannot_be_read_says_what_to_do(
    hass: HomeAssistant, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    result = await _enter(hass, result, {**PRICES, **entered})
    assert result["errors"] == errors
    result = await _enter(hass, result, {**PRICES, "hashprice": "sensor.hashprice"})
    assert result["step_id"] == "readings"


def test_a_row_that_comes_alone_is_a_table() -> None:
    """Home Assistant 2026.10 lets it pass, 2026.11 does not."""
    assert Form({}).flat({"levels": {"power_w": 3000, "hashrate_ths": 90}}) == {
        "levels": [{"power_w": 3000.0, "hashrate_ths": 90.0}]
    }


@pytest.mark.usefixtures("mapped_states")
async def test_missing_hours_are_named(hass: HomeAssistant) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    result = await _enter(hass, result, {**PRICES, "import_price": DAY_AND_NIGHT[:1]})
    assert result["description_placeholders"] == {"start": "00:00", "end": "06:00"}
    assert _untouched(result)["import_price"] == {"active_choice": "table", "table": DAY_AND_NIGHT[:1]}


@pytest.mark.usefixtures("mapped_states")
@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"solar_power": "sensor.battery_soc"}, {"solar_power": "not_power"}),
        ({"load_power": "switch.miner_a"}, {"load_power": "not_power"}),
        ({"grid_power": "sensor.energy"}, {"grid_power": "not_power"}),
        ({"grid_power": "sensor.no_unit"}, {"grid_power": "not_power"}),
        ({"solar_power": "sensor.gone"}, {"solar_power": "entity_not_found"}),
        ({"weather": "sensor.solar_power"}, {"weather": "not_weather"}),
    ],
)
async def test_a_reading_of_the_wrong_kind_says_what_to_do(
    hass: HomeAssistant, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    hass.states.async_set("sensor.energy", "5", {"unit_of_measurement": "kW", "device_class": "energy"})
    hass.states.async_set("sensor.no_unit", "5")
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    result = await _enter(hass, result, PRICES)
    result = await _enter(hass, result, {**READINGS, **entered})
    assert result["errors"] == errors
    assert _suggested(result)["roof"] == ROOF
    result = await _enter(hass, result, READINGS)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_an_entity_without_a_state_is_known_by_the_registry(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Its integration may be loading; a disabled one is as good as none."""
    kw = {"unit_of_measurement": "kW", "original_device_class": "power"}
    loading = entity_registry.async_get_or_create("sensor", "meter", "1", **kw).entity_id  # type: ignore[arg-type]
    disabled = entity_registry.async_get_or_create(
        "sensor",
        "meter",
        "2",
        disabled_by=er.RegistryEntryDisabler.USER,
        **kw,  # type: ignore[arg-type]
    ).entity_id
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    result = await _enter(hass, result, {**PRICES, "import_price": 0.3})
    result = await _enter(hass, result, {"grid_power": disabled, "roof": {}})
    assert result["errors"] == {"grid_power": "entity_not_found"}
    result = await _enter(hass, result, {"grid_power": loading, "roof": {}})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_site_is_changed_part_by_part(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    result = await _change_site(hass, mapped_entry)
    assert result["type"] is FlowResultType.MENU
    result = await _enter(hass, result, {"next_step_id": "site"})
    assert _suggested(result)["name"] == "Farm"
    result = await _enter(hass, result, {"name": "Old farm", "max_import_kw": 22})
    assert result["reason"] == "reconfigure_successful"
    assert mapped_entry.title == "Old farm"
    assert mapped_entry.data["max_import_kw"] == 22
    assert "max_export_kw" not in mapped_entry.data
    assert mapped_entry.data["load_power"] == "sensor.house_power"

    result = await _enter(hass, await _change_site(hass, mapped_entry), {"next_step_id": "prices"})
    assert _untouched(result) == {
        "import_price": {"active_choice": "entity", "entity": "sensor.import_price"},
        "export_price": {"active_choice": "fixed", "fixed": 0.08},
        "hashprice": {"active_choice": "fixed", "fixed": 0.053},
    }
    result = await _enter(hass, result, {**_untouched(result), "import_price": DAY_AND_NIGHT})
    assert result["reason"] == "reconfigure_successful"
    assert mapped_entry.data["import_price"] == DAY_AND_NIGHT
    assert mapped_entry.data["export_price"] == 0.08

    result = await _enter(hass, await _change_site(hass, mapped_entry), {"next_step_id": "readings"})
    assert _suggested(result)["roof"] == ROOF
    result = await _enter(hass, result, {"load_power": "sensor.house_power", "roof": {}})
    assert result["reason"] == "reconfigure_successful"
    assert "solar_power" not in mapped_entry.data
    assert "solar_peak_kw" not in mapped_entry.data
    assert mapped_entry.title == "Old farm"


async def test_of_a_simulated_site_the_connection_can_be_changed(hass: HomeAssistant) -> None:
    result = await _enter(hass, await _begin(hass, "simulated"), {"simulated_site": "home"})
    entry = result["result"]
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    assert _worded(result, TEXTS["config"])["step_id"] == "site"
    result = await _enter(hass, result, {**_suggested(result), "max_export_kw": 3})
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["max_export_kw"] == 3
    assert entry.data["simulated_site"] == "home"
    assert entry.unique_id == "simulated_home"


# ---- Batteries


NEW_BATTERY: Final = {
    "name": "Shed battery",
    "capacity_kwh": 5.0,
    "max_charge_kw": 2.5,
    "max_discharge_kw": 2.5,
    "soc": "sensor.shed_soc",
    "wear": {},
}


@pytest.fixture
def shed(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the mapped site, where a second battery can be added."""
    hass.states.async_set("sensor.shed_soc", "50", {"unit_of_measurement": "%"})
    hass.states.async_set("sensor.shed_voltage", "51.2", {"unit_of_measurement": "V"})
    return mapped_entry


async def test_a_battery_is_added_with_the_models_defaults(hass: HomeAssistant, shed: MockConfigEntry) -> None:
    result = await _add(hass, shed, "battery")
    assert _suggested(result)["wear"]["charge_efficiency_pct"] == 95
    result = await _enter_device(hass, result, NEW_BATTERY)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    battery = _device(shed, "battery", "Shed battery")
    assert battery.data == {
        "capacity_kwh": 5.0,
        "max_charge_kw": 2.5,
        "max_discharge_kw": 2.5,
        "min_soc_pct": 20,
        "max_soc_pct": 100,
        "reserve_soc_pct": 20,
        "soc": "sensor.shed_soc",
        "battery_power_inverted": False,
        "dc_coupled": True,
        "charge_efficiency_pct": 95,
        "discharge_efficiency_pct": 95,
        "wear_per_kwh": 0.01,
        "min_charge_temperature": 0,
    }


async def test_a_battery_is_put_on_an_inverter_of_the_site(hass: HomeAssistant, shed: MockConfigEntry) -> None:
    result = await _add(hass, shed, "battery")
    with pytest.raises(InvalidData):
        await _enter_device(hass, result, {**NEW_BATTERY, "inverter": "another"})
    result = await _enter_device(hass, result, {**NEW_BATTERY, "inverter": INVERTER_ID})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _device(shed, "battery", "Shed battery").data["inverter"] == INVERTER_ID


async def test_without_an_inverter_none_is_asked_for(hass: HomeAssistant, shed: MockConfigEntry) -> None:
    hass.config_entries.async_remove_subentry(shed, INVERTER_ID)
    keys = {marker.schema for marker in (await _add(hass, shed, "battery"))["data_schema"].schema}
    assert not keys & {"inverter", "dc_coupled"}
    # One that stood on it can be changed as well
    result = await _change(hass, shed, BATTERY_ID)
    assert "inverter" not in _suggested(result)


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"name": ""}, {"name": "name_empty"}),
        ({"name": "house BATTERY"}, {"name": "name_in_use"}),
        ({"soc": None}, {"soc": "soc_or_voltage"}),
        ({"soc": "sensor.shed_voltage"}, {"soc": "not_percent"}),
        ({"voltage": "sensor.shed_soc"}, {"voltage": "not_voltage"}),
        ({"temperature": "sensor.shed_soc"}, {"temperature": "not_temperature"}),
        ({"battery_power": "sensor.shed_soc"}, {"battery_power": "not_power"}),
        ({"soc": "sensor.gone"}, {"soc": "entity_not_found"}),
        ({"soc": "sensor.battery_soc"}, {"soc": "entity_in_use"}),
        ({"min_soc_pct": 100}, {"min_soc_pct": "invalid_min_soc"}),
        ({"reserve_soc_pct": 10}, {"reserve_soc_pct": "invalid_reserve_soc"}),
    ],
)
async def test_a_battery_that_cannot_be_says_what_to_do(
    hass: HomeAssistant, shed: MockConfigEntry, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    wrong = {key: value for key, value in {**NEW_BATTERY, **entered}.items() if value is not None}
    result = await _enter_device(hass, await _add(hass, shed, "battery"), wrong)
    assert result["errors"] == errors
    result = await _enter_device(hass, result, NEW_BATTERY)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_voltage_alone_will_do(hass: HomeAssistant, shed: MockConfigEntry) -> None:
    entered = {**NEW_BATTERY, "voltage": "sensor.shed_voltage"}
    del entered["soc"]
    result = await _enter_device(hass, await _add(hass, shed, "battery"), entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_battery_is_changed(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    result = await _change(hass, mapped_entry, BATTERY_ID)
    shown = _suggested(result)
    assert (shown["name"], shown["soc"], shown["inverter"]) == ("House battery", "sensor.battery_soc", INVERTER_ID)
    del shown["temperature"]
    result = await _enter_device(hass, result, {**shown, "name": "Cellar battery", "capacity_kwh": 20})
    assert result["reason"] == "reconfigure_successful"
    battery = mapped_entry.subentries[BATTERY_ID]
    assert battery.title == "Cellar battery"
    assert battery.data["capacity_kwh"] == 20
    assert "temperature" not in battery.data
    assert battery.data["soc"] == BATTERY["soc"]


# ---- Inverters

NEW_INVERTER: Final = {"name": "Roof", "ac_limit_kw": 5}


@pytest.fixture
def roof(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the mapped site, where a second inverter can be added."""
    hass.states.async_set("select.roof_mode", "hold", {"options": ["Self-consumption", "hold", "Feed in"]})
    hass.states.async_set("number.roof_charge", "0", LIMIT)
    hass.states.async_set("number.roof_discharge", "0", LIMIT)
    hass.states.async_set("number.roof_current", "0", {"unit_of_measurement": "A", "device_class": "current"})
    hass.states.async_set("number.roof_signed", "0", {**LIMIT, "min": -12000})
    hass.states.async_set("number.roof_other", "0", {**LIMIT, "min": -12000})
    return mapped_entry


async def test_an_inverter_may_be_planned_without_being_driven(hass: HomeAssistant, roof: MockConfigEntry) -> None:
    result = await _enter_device(hass, await _add(hass, roof, "inverter"), NEW_INVERTER)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _device(roof, "inverter", "Roof").data == {"ac_limit_kw": 5, "solar_share_pct": 100}


async def test_each_mode_is_one_of_the_selects_options(hass: HomeAssistant, roof: MockConfigEntry) -> None:
    result = await _add(hass, roof, "inverter")
    result = await _enter_device(hass, result, {**NEW_INVERTER, "work_mode": "select.roof_mode"})
    assert result["step_id"] == "modes"
    # Options that are called as the modes are need not be chosen
    assert _suggested(result) == {"self_consumption": "Self-consumption", "hold": "hold"}
    with pytest.raises(InvalidData):
        await _enter_device(hass, result, {"self_consumption": "Eco"})
    result = await _enter_device(hass, result, {"hold": "hold"})
    assert result["errors"] == {"self_consumption": "no_self_consumption"}
    modes = {"self_consumption": "Self-consumption", "discharge": "Feed in"}
    result = await _enter_device(hass, result, modes)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _device(roof, "inverter", "Roof").data["work_mode_options"] == modes


async def test_modes_share_an_option_only_where_set_points_tell_them_apart(
    hass: HomeAssistant, roof: MockConfigEntry
) -> None:
    shared = {"self_consumption": "Self-consumption", "charge": "Feed in", "discharge": "Feed in"}
    result = await _add(hass, roof, "inverter")
    result = await _enter_device(hass, result, {**NEW_INVERTER, "work_mode": "select.roof_mode"})
    result = await _enter_device(hass, result, shared)
    assert result["errors"] == {"discharge": "option_twice"}
    assert _suggested(result) == shared
    result = await _enter_device(hass, result, {"self_consumption": "Self-consumption"})
    assert result["type"] is FlowResultType.CREATE_ENTRY

    added = _device(roof, "inverter", "Roof").subentry_id
    set_points = {"charge_power": "number.roof_charge", "discharge_power": "number.roof_discharge"}
    result = await _change(hass, roof, added)
    result = await _enter_device(hass, result, {**_suggested(result), **set_points})
    result = await _enter_device(hass, result, shared)
    assert result["reason"] == "reconfigure_successful"
    assert roof.subentries[added].data["work_mode_options"] == shared


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"name": "hybrid"}, {"name": "name_in_use"}),
        ({"work_mode": "number.roof_charge"}, {"work_mode": "not_select"}),
        ({"work_mode": "select.inverter_mode"}, {"work_mode": "entity_in_use"}),
        ({"work_mode": "select.asleep"}, {"work_mode": "no_options"}),
        ({"charge_power": "number.roof_current"}, {"charge_power": "not_power_number"}),
        ({"discharge_power": "sensor.solar_power"}, {"discharge_power": "not_power_number"}),
        ({"export_limit": "number.inverter_export"}, {"export_limit": "entity_in_use"}),
        ({"solar_power": "sensor.battery_soc"}, {"solar_power": "not_power"}),
        ({"charge_power": "number.roof_signed"}, {"charge_power": "signed_power"}),
        (
            {"charge_power": "number.roof_charge", "discharge_power": "number.roof_signed"},
            {"discharge_power": "signed_power"},
        ),
        (
            {
                "charge_power": "number.roof_other",
                "discharge_power": "number.roof_other",
                "export_limit": "number.roof_signed",
            },
            {"export_limit": "signed_limit"},
        ),
    ],
)
async def test_an_inverter_that_cannot_be_says_what_to_do(
    hass: HomeAssistant, roof: MockConfigEntry, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    hass.states.async_set("select.asleep", "unavailable")
    result = await _enter_device(hass, await _add(hass, roof, "inverter"), {**NEW_INVERTER, **entered})
    assert result["errors"] == errors
    result = await _enter_device(hass, result, NEW_INVERTER)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_one_number_with_a_sign_sets_both_powers(hass: HomeAssistant, roof: MockConfigEntry) -> None:
    signed = {
        **NEW_INVERTER,
        "work_mode": "select.roof_mode",
        "charge_power": "number.roof_signed",
        "discharge_power": "number.roof_signed",
        "commands": {"positive_means": "discharge"},
    }
    result = await _enter_device(hass, await _add(hass, roof, "inverter"), signed)
    # one option for both directions: the sign tells them apart, one limit for both would not
    result = await _enter_device(
        hass, result, {"self_consumption": "Self-consumption", "charge": "Feed in", "discharge": "Feed in"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    roofs = _device(roof, "inverter", "Roof").subentry_id
    mapped = settings_of(roof, currency="EUR", time_zone="UTC").inverters[roofs]
    assert (mapped.one_set_point, mapped.positive_means) == (True, BatteryMode.DISCHARGE)


async def test_one_limit_for_both_powers_does_not_tell_modes_apart(hass: HomeAssistant, roof: MockConfigEntry) -> None:
    one = {"charge_power": "number.roof_charge", "discharge_power": "number.roof_charge"}
    result = await _add(hass, roof, "inverter")
    result = await _enter_device(hass, result, {**NEW_INVERTER, "work_mode": "select.roof_mode", **one})
    shared = {"self_consumption": "Self-consumption", "charge": "Feed in", "discharge": "Feed in"}
    assert (await _enter_device(hass, result, shared))["errors"] == {"discharge": "option_twice"}


async def test_how_devices_take_commands_is_for_those_who_know(
    hass: HomeAssistant, roof: MockConfigEntry, hall: MockConfigEntry
) -> None:
    result = await _enter_device(hass, await _add(hass, roof, "inverter"), NEW_INVERTER)
    inverter = _device(roof, "inverter", "Roof")
    assert inverter.data.keys() == {"ac_limit_kw", "solar_share_pct"}
    told = {"renew_min": 30, "poll_s": 300, "set_point_order": "after"}
    result = await _change(hass, roof, inverter.subentry_id)
    untouched = _untouched(result)
    assert untouched["commands"] == {}
    result = await _enter_device(hass, result, {**untouched, "commands": told})
    assert result["reason"] == "reconfigure_successful"
    result = await _enter_device(
        hass, await _add(hass, roof, "miner"), {**NEW_MINER, "commands": {"renew_min": 10, "poll_s": 60}}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY

    mapped = settings_of(roof, currency="EUR", time_zone="UTC")
    known = mapped.inverters[inverter.subentry_id]
    assert (known.renew, known.poll, known.set_point_order) == (
        timedelta(minutes=30),
        timedelta(minutes=5),
        SetPointOrder.AFTER,
    )
    miner = mapped.miners[_device(roof, "miner", "Miner B").subentry_id]
    assert (miner.renew, miner.poll) == (timedelta(minutes=10), timedelta(minutes=1))

    # what was entered stays, and can be taken back
    result = await _change(hass, roof, inverter.subentry_id)
    assert _suggested(result)["commands"] == told
    await _enter_device(hass, result, {**_untouched(result), "commands": {}})
    assert roof.subentries[inverter.subentry_id].data.keys() == {"ac_limit_kw", "solar_share_pct"}


@pytest.mark.parametrize(
    "entered", [{"renew_min": 0}, {"renew_min": 1441}, {"poll_s": 1}, {"poll_s": 4000}, {"set_point_order": "never"}]
)
async def test_how_an_inverter_takes_commands_is_within_bounds(
    hass: HomeAssistant, roof: MockConfigEntry, entered: dict[str, Any]
) -> None:
    with pytest.raises(InvalidData):
        await _enter_device(hass, await _add(hass, roof, "inverter"), {**NEW_INVERTER, "commands": entered})


async def test_an_inverter_is_changed_with_its_modes(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    result = await _change(hass, mapped_entry, INVERTER_ID)
    result = await _enter_device(hass, result, {**_suggested(result), "ac_limit_kw": 12})
    assert _suggested(result) == INVERTER["work_mode_options"]
    result = await _enter_device(hass, result, {**_suggested(result), "hold": "Self use"})
    assert result["reason"] == "reconfigure_successful"
    stored = mapped_entry.subentries[INVERTER_ID].data
    assert stored["ac_limit_kw"] == 12
    assert stored["work_mode_options"] == {**INVERTER["work_mode_options"], "hold": "Self use"}

    result = await _change(hass, mapped_entry, INVERTER_ID)
    shown = _suggested(result)
    del shown["work_mode"]
    result = await _enter_device(hass, result, shown)
    assert result["reason"] == "reconfigure_successful"
    assert not mapped_entry.subentries[INVERTER_ID].data.keys() & {"work_mode", "work_mode_options"}


async def test_an_option_the_select_has_lost_is_asked_for_again(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    hass.states.async_set("select.inverter_mode", "Self use", {"options": ["Self use", "Stand by"]})
    result = await _change(hass, mapped_entry, INVERTER_ID)
    result = await _enter_device(hass, result, _suggested(result))
    assert _suggested(result) == {"self_consumption": "Self use", "hold": "Stand by"}


# ---- Miners

NEW_MINER: Final = {
    "name": "Miner B",
    "levels": [{"power_w": 3250, "hashrate_ths": 95}],
    "switches": ["switch.miner_b"],
    "conditions": {},
    "times": {},
    "worth": {},
}


@pytest.fixture
def hall(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the mapped site, where more miners can be added."""
    for unit in "bcd":
        hass.states.async_set(f"switch.miner_{unit}", "off")
        hass.states.async_set(f"number.miner_{unit}_limit", "3", {"unit_of_measurement": "kW", "min": 1, "max": 3.6})
    hass.states.async_set("sensor.miner_b_power", "0", POWER)
    hass.states.async_set("number.signed", "3", {"unit_of_measurement": "kW", "min": -5, "max": 5})
    return mapped_entry


async def test_a_miner_is_added_with_the_models_defaults(hass: HomeAssistant, hall: MockConfigEntry) -> None:
    result = await _add(hass, hall, "miner")
    shown = _suggested(result)
    assert (shown["conditions"]["start_soc_pct"], shown["times"]["max_starts"]) == (60, 6)
    result = await _enter_device(hass, result, NEW_MINER)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _device(hall, "miner", "Miner B").data == {
        "count": 1,
        "levels": [{"power_w": 3250.0, "hashrate_ths": 95.0}],
        "priority": 5,
        "switches": ["switch.miner_b"],
        "surplus_only": False,
        "surplus_margin_w": 500,
        "min_run_min": 30,
        "min_pause_min": 15,
        "min_hours": 0,
        "max_hours": 24,
        "start_cost": 0.05,
        "heat_value_per_kwh": 0,
    }


async def test_a_group_maps_a_switch_and_a_limit_for_each_unit(hass: HomeAssistant, hall: MockConfigEntry) -> None:
    group = {
        **NEW_MINER,
        "count": 3,
        "levels": [{"power_w": 3000, "hashrate_ths": 90}, {"power_w": 1500, "hashrate_ths": 60}],
        "switches": [f"switch.miner_{unit}" for unit in "bcd"],
        "power_limits": [f"number.miner_{unit}_limit" for unit in "bcd"],
        "miner_power": ["sensor.miner_b_power"],
        "times": {"windows": [{"from": "22:00", "to": "06:00"}]},
    }
    result = await _enter_device(hass, await _add(hass, hall, "miner"), group)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    stored = _device(hall, "miner", "Miner B").data
    assert stored["switches"] == group["switches"]
    assert stored["windows"] == [{"from": "22:00:00", "to": "06:00:00"}]
    miner = settings_of(hall, currency="EUR", time_zone="UTC").site.miners[-1]
    assert (miner.count, miner.max_power_w) == (3, 9000)


async def test_advice_only_needs_no_switch(hass: HomeAssistant, hall: MockConfigEntry) -> None:
    entered = {**NEW_MINER, "advice_only": True}
    del entered["switches"]
    result = await _enter_device(hass, await _add(hass, hall, "miner"), entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    miner = _device(hall, "miner", "Miner B")
    assert not miner.data.keys() & {"switches", "advice_only"}
    assert _suggested(await _change(hass, hall, miner.subentry_id))["advice_only"] is True
    assert _suggested(await _change(hass, hall, RACK_ID))["advice_only"] is False


LOW_AND_HIGH: Final = [{"power_w": 500, "hashrate_ths": 20}, {"power_w": 3250, "hashrate_ths": 95}]


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"name": "Miner A"}, {"name": "name_in_use"}),
        ({"switches": []}, {"switches": "switch_needed"}),
        ({"switches": ["sensor.miner_b_power"]}, {"switches": "not_switch"}),
        ({"switches": ["switch.miner_a"]}, {"switches": "entity_in_use"}),
        ({"switches": ["switch.miner_b", "switch.miner_c"]}, {"switches": "switches_per_unit"}),
        ({"count": 2, "switches": ["switch.miner_b", "switch.miner_b"]}, {"switches": "switches_per_unit"}),
        ({"power_limits": ["number.miner_b_limit", "number.miner_c_limit"]}, {"power_limits": "limits_per_unit"}),
        ({"power_limits": ["switch.miner_b"]}, {"power_limits": "not_power_number"}),
        ({"power_limits": ["number.signed"]}, {"power_limits": "signed_limit"}),
        ({"levels": LOW_AND_HIGH}, {"power_limits": "levels_need_limits"}),
        ({"levels": LOW_AND_HIGH, "power_limits": ["number.miner_b_limit"]}, {"levels": "level_outside_limit"}),
        ({"levels": []}, {"levels": "invalid_levels"}),
        ({"levels": [LOW_AND_HIGH[0], LOW_AND_HIGH[0]]}, {"levels": "invalid_levels"}),
        ({"miner_power": ["switch.miner_b"]}, {"miner_power": "not_power"}),
        ({"hashrate": ["sensor.miner_b_power"]}, {"hashrate": "not_hashrate"}),
        ({"temperature": ["sensor.miner_b_power"]}, {"temperature": "not_temperature"}),
        # The frontend shows no error inside a section: it stands at the section
        ({"conditions": {"start_soc_pct": 40, "stop_soc_pct": 60}}, {"conditions": "invalid_stop_soc"}),
        ({"times": {"min_hours": 8, "max_hours": 4}}, {"times": "invalid_max_hours_per_day"}),
    ],
)
async def test_a_miner_that_cannot_be_says_what_to_do(
    hass: HomeAssistant, hall: MockConfigEntry, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await _enter_device(hass, await _add(hass, hall, "miner"), {**NEW_MINER, **entered})
    assert result["errors"] == errors
    result = await _enter_device(hass, result, NEW_MINER)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_section_with_an_error_is_unfolded(hass: HomeAssistant, hall: MockConfigEntry) -> None:
    wrong = {**NEW_MINER, "times": {"min_hours": 8, "max_hours": 4}}
    result = await _enter_device(hass, await _add(hass, hall, "miner"), wrong)
    folded = {
        marker.schema: selector.options["collapsed"]
        for marker, selector in result["data_schema"].schema.items()
        if isinstance(selector, section)
    }
    assert folded == {"conditions": True, "times": False, "worth": True, "commands": True}


async def test_a_limit_that_does_not_say_its_range_is_believed(hass: HomeAssistant, hall: MockConfigEntry) -> None:
    hass.states.async_set("number.miner_b_limit", "unavailable", {"unit_of_measurement": "kW"})
    entered = {**NEW_MINER, "levels": LOW_AND_HIGH, "power_limits": ["number.miner_b_limit"]}
    result = await _enter_device(hass, await _add(hass, hall, "miner"), entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_switch_of_another_site_is_taken_too(hass: HomeAssistant, hall: MockConfigEntry) -> None:
    other = MockConfigEntry(domain=DOMAIN, title="Barn", data={**SITE, "load_power": "sensor.other"})
    other.add_to_hass(hass)
    result = await _enter_device(hass, await _add(hass, other, "miner"), {**NEW_MINER, "switches": ["switch.rack_1"]})
    assert result["errors"] == {"switches": "entity_in_use"}
    assert result["description_placeholders"] == {"entity": "switch.rack_1", "device": "Rack"}


async def test_a_miner_is_changed(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    result = await _change(hass, mapped_entry, MINER_ID)
    shown = _suggested(result)
    assert shown["levels"] == MINER["levels"]
    shown["conditions"] = {"surplus_only": True}
    result = await _enter_device(hass, result, {**shown, "name": "Miner One"})
    assert result["reason"] == "reconfigure_successful"
    miner = mapped_entry.subentries[MINER_ID]
    assert miner.title == "Miner One"
    assert miner.data["surplus_only"] is True
    assert "start_soc_pct" not in miner.data
    assert miner.data["switches"] == MINER["switches"]


# ---- Devices of a simulated site


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        ("battery", "Battery", {"capacity_kwh": 30.0}),
        ("inverter", "Inverter", {"ac_limit_kw": 12.0}),
        ("miner", "S21", {"priority": 4.0}),
    ],
)
async def test_a_simulated_device_keeps_the_mapping_of_its_simulation(
    hass: HomeAssistant, kind: str, name: str, change: dict[str, Any]
) -> None:
    entry = (await _enter(hass, await _begin(hass, "simulated"), {"simulated_site": "ranch"}))["result"]
    device = _device(entry, kind, name)
    result = await _change(hass, entry, device.subentry_id)
    keys = {marker.schema for marker in result["data_schema"].schema}
    assert not keys & {"soc", "inverter", "work_mode", "switches", "advice_only"}
    before = dict(device.data)
    result = await _enter_device(hass, result, {**_suggested(result), **change})
    assert result["reason"] == "reconfigure_successful"
    changed = entry.subentries[device.subentry_id]
    assert dict(changed.data) == {**before, **change}
    assert changed.unique_id == device.unique_id


async def test_a_real_miner_can_join_a_simulated_site(hass: HomeAssistant, hall: MockConfigEntry) -> None:
    entry = (await _enter(hass, await _begin(hass, "simulated"), {"simulated_site": "ranch"}))["result"]
    result = await _enter_device(hass, await _add(hass, entry, "miner"), NEW_MINER)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    added = _device(entry, "miner", "Miner B").subentry_id
    assert _suggested(await _change(hass, entry, added))["switches"] == NEW_MINER["switches"]


async def test_devices_can_be_deleted(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    for subentry_id in (INVERTER_ID, BATTERY_ID, MINER_ID, RACK_ID):
        hass.config_entries.async_remove_subentry(mapped_entry, subentry_id)
        settings_of(mapped_entry, currency="EUR", time_zone="UTC")
    assert not mapped_entry.subentries


# ---- Options

OPTIONS: Final = {
    "mode": "monitor",
    "strategy": "battery_care",
    "interval_min": 10,
    "stale_min": 20,
    "grace_min": 5,
    "override_h": 2,
}


async def test_options_begin_with_the_defaults(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    shown = _untouched(await _options(hass, mapped_entry))
    assert (shown["mode"], shown["interval_min"]) == ("monitor", 5)
    assert shown["load_profile_w"] == {"active_choice": "fixed", "fixed": 500}


@pytest.mark.parametrize(
    ("entered", "stored"),
    [
        (800, [800]),
        ({"active_choice": "fixed", "fixed": 350}, [350]),
        (
            {
                "active_choice": "table",
                "table": [
                    {"from": "07:00:00", "power_w": 900},
                    {"from": "17:00:00", "power_w": 1400},
                    {"from": "22:00:00", "power_w": 400},
                ],
            },
            [400.0] * 7 + [900.0] * 10 + [1400.0] * 5 + [400.0] * 2,
        ),
    ],
)
async def test_the_load_is_flat_or_by_the_time_of_day(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, entered: Any, stored: list[float]
) -> None:
    result = await _options(hass, mapped_entry)
    result = await _enter_options(hass, result, {**OPTIONS, "load_profile_w": entered})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert mapped_entry.options == {**OPTIONS, "load_profile_w": stored}
    assert settings_of(mapped_entry, currency="EUR", time_zone="UTC").load_profile_w == tuple(stored)
    # What was stored comes back as the same table, or number
    again = _untouched(await _options(hass, mapped_entry))
    result = await _enter_options(hass, await _options(hass, mapped_entry), again)
    assert mapped_entry.options == {**OPTIONS, "load_profile_w": stored}


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([], "table_empty"),
        ([{"from": "07:00:00", "power_w": 1}, {"from": "07:00:00", "power_w": 2}], "hour_twice"),
        ([{"from": "07:30:00", "power_w": 1}], "whole_hours"),
    ],
)
async def test_a_load_table_that_cannot_be_says_what_to_do(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, rows: list[dict[str, Any]], error: str
) -> None:
    result = await _options(hass, mapped_entry)
    result = await _enter_options(
        hass, result, {**OPTIONS, "load_profile_w": {"active_choice": "table", "table": rows}}
    )
    assert result["errors"] == {"load_profile_w": error}
    result = await _enter_options(hass, result, {**OPTIONS, "load_profile_w": 500})
    assert result["type"] is FlowResultType.CREATE_ENTRY


def test_every_selector_choice_has_its_words() -> None:
    """Choices, options and columns are named by the selectors' translation keys."""
    selectors = TEXTS["selector"]
    assert selectors["simulated_site"]["options"].keys() == SITES.keys()
    assert selectors["price"]["choices"].keys() == {"fixed", "entity", "table"}
    assert selectors["hashprice"]["choices"].keys() == {"fixed", "entity"}
    assert selectors["load_profile"]["choices"].keys() == {"fixed", "table"}
    for key, columns in {
        "price_table": {"from", "to", "price"},
        "load_table": {"from", "power_w"},
        "levels": {"power_w", "hashrate_ths"},
        "windows": {"from", "to"},
    }.items():
        assert selectors[key]["fields"].keys() == columns


async def test_a_second_mapped_site_of_other_sensors_is_welcome(hass: HomeAssistant, mapped_states: None) -> None:
    entry_of_site().add_to_hass(hass)
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Barn"})
    result = await _enter(hass, result, PRICES)
    result = await _enter(hass, result, {"solar_power": "sensor.miner_a_power", "roof": {}})
    assert result["type"] is FlowResultType.CREATE_ENTRY


# ---- What nobody chose


async def test_no_price_is_assumed(hass: HomeAssistant) -> None:
    result = await _begin(hass, "site")
    for untouched in (_untouched(result), {}):
        result = await _enter(hass, result, untouched)
        assert result["errors"] == {"name": "name_empty"}
    result = await _enter(hass, result, {"name": "Farm"})
    untold = {key: f"no_{key}" for key in ("import_price", "export_price", "hashprice")}
    # A way to tell it that was chosen, and nothing told
    half = ({"active_choice": "entity"}, {"active_choice": "entity", "entity": ""}, {"active_choice": "fixed"})
    for untouched in (_untouched(result), {}, *(dict.fromkeys(untold, way) for way in half)):
        result = await _enter(hass, result, untouched)
        assert (result["step_id"], result["errors"]) == ("prices", untold)
    assert not hass.config_entries.async_entries(DOMAIN)


async def test_a_price_of_0_is_one_where_somebody_enters_it(hass: HomeAssistant) -> None:
    nothing = {"active_choice": "fixed", "fixed": 0}
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    result = await _enter(hass, result, {"import_price": nothing, "export_price": nothing, "hashprice": nothing})
    result = await _enter(hass, result, _untouched(result))
    data = result["result"].data
    assert (data["import_price"], data["export_price"], data["hashprice"]) == (0, 0, 0)


@pytest.mark.parametrize("column", ["from", "to", "price"])
async def test_a_row_is_complete(hass: HomeAssistant, column: str) -> None:
    rows = [DAY_AND_NIGHT[0], {key: value for key, value in DAY_AND_NIGHT[1].items() if key != column}]
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    table = {"active_choice": "table", "table": rows}
    result = await _enter(hass, result, {"import_price": table, "export_price": 0.1, "hashprice": 0})
    assert result["errors"] == {"import_price": "price_table_incomplete"}
    assert result["description_placeholders"] == {"row": "2"}


@pytest.mark.parametrize("key", ["price", "levels", "windows", "load_table"])
async def test_a_row_of_a_table_begins_empty(hass: HomeAssistant, mapped_entry: MockConfigEntry, key: str) -> None:
    forms = [
        await _enter(hass, await _change_site(hass, mapped_entry), {"next_step_id": "prices"}),
        await _add(hass, mapped_entry, "miner"),
        await _options(hass, mapped_entry),
    ]
    fields = [probatio.to_field_list(f["data_schema"], custom_serializer=cv.custom_serializer) for f in forms]
    tables = [table for table in _tables(fields) if table["translation_key"].startswith(key)]
    assert tables
    for table in tables:
        assert not [column for column in table["fields"].values() if column.get("required") or "default" in column]


def _tables(part: Any) -> list[dict[str, Any]]:
    """Return every table in what the frontend gets."""
    if isinstance(part, list):
        return [table for one in part for table in _tables(one)]
    if not isinstance(part, dict):
        return []
    own = [part["object"]] if "object" in part else []
    return own + [table for one in part.values() for table in _tables(one)]


NO_NUMBERS: Final = [float("nan"), float("inf"), float("-inf"), "nan"]


@pytest.mark.parametrize("number", NO_NUMBERS)
async def test_a_price_is_a_number(hass: HomeAssistant, number: Any) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    row = {"from": "00:00:00", "to": "00:00:00", "price": number}
    for entered in (number, {"active_choice": "fixed", "fixed": number}, [row]):
        told = {"import_price": 0.3, "hashprice": 0.05, "export_price": entered}
        result = await _enter(hass, result, told)
        assert result["errors"] == {"export_price": "not_a_number"}


@pytest.mark.parametrize("key", ["import_price", "hashprice"])
async def test_what_is_bought_and_what_is_mined_has_no_price_below_0(hass: HomeAssistant, key: str) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    told = {"import_price": 0.3, "export_price": -0.02, "hashprice": 0.05}
    with pytest.raises(InvalidData):
        await _enter(hass, result, {**told, key: {"active_choice": "fixed", "fixed": -0.1}})
    assert (await _enter(hass, result, told))["step_id"] == "readings"


async def test_a_site_that_is_newly_connected_is_asked_for_its_prices(hass: HomeAssistant) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Hut", "connected": False})
    result = await _enter(hass, result, {"hashprice": 0.05})
    entry = (await _enter(hass, result, _untouched(result)))["result"]

    change = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    result = await _enter(hass, change, {"next_step_id": "site"})
    result = await _enter(hass, result, {**_untouched(result), "connected": True})
    assert result["step_id"] == "prices"
    assert entry.data["connected"] is False
    result = await _enter(hass, result, _untouched(result))
    assert result["errors"] == {"import_price": "no_import_price", "export_price": "no_export_price"}
    result = await _enter(hass, result, {"import_price": 0.3, "export_price": 0.1, "hashprice": 0.05})
    assert result["reason"] == "reconfigure_successful"
    assert (entry.data["connected"], entry.data["import_price"]) == (True, 0.3)


NEEDED: Final = {
    "battery": {
        "name": "name_empty",
        "capacity_kwh": "no_capacity_kwh",
        "max_charge_kw": "no_max_charge_kw",
        "max_discharge_kw": "no_max_discharge_kw",
        "soc": "soc_or_voltage",
    },
    "inverter": {"name": "name_empty", "ac_limit_kw": "no_ac_limit_kw"},
    "miner": {"name": "name_empty", "levels": "invalid_levels", "switches": "switch_needed"},
}
SECTIONS: Final = {"battery": ["wear"], "inverter": ["commands"], "miner": ["conditions", "times", "worth", "commands"]}


@pytest.mark.parametrize("kind", NEEDED)
async def test_a_device_is_what_somebody_said(hass: HomeAssistant, mapped_entry: MockConfigEntry, kind: str) -> None:
    before = {*mapped_entry.subentries}
    result = await _add(hass, mapped_entry, kind)
    empty: dict[str, Any] = {name: {} for name in SECTIONS[kind]}
    for untouched in (_untouched(result), empty):
        result = await _enter_device(hass, result, untouched)
        assert result["errors"] == NEEDED[kind]
    assert {*mapped_entry.subentries} == before


# What the frontend made up while these fields were required
@pytest.mark.parametrize(
    ("kind", "made_up"),
    [
        ("battery", {**NEW_BATTERY, "capacity_kwh": 0.01, "max_charge_kw": 0, "max_discharge_kw": 0}),
        ("inverter", {**NEW_INVERTER, "ac_limit_kw": 0.01}),
    ],
)
async def test_a_device_of_the_least_size_is_none(
    hass: HomeAssistant, shed: MockConfigEntry, kind: str, made_up: dict[str, Any]
) -> None:
    result = await _add(hass, shed, kind)
    with pytest.raises(InvalidData):
        await _enter_device(hass, result, made_up)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), "nan"])
async def test_a_size_is_a_number(hass: HomeAssistant, shed: MockConfigEntry, number: Any) -> None:
    result = await _enter_device(
        hass, await _add(hass, shed, "battery"), {**NEW_BATTERY, "capacity_kwh": number, "max_charge_kw": number}
    )
    assert result["errors"]["capacity_kwh"] == "not_a_number"
    result = await _enter_device(hass, await _add(hass, shed, "miner"), {**NEW_MINER, "times": {"min_run_min": number}})
    assert result["errors"]["times"] == "not_a_number"


@pytest.mark.parametrize(
    ("kind", "entered", "errors"),
    [
        ("battery", {**NEW_BATTERY, "capacity_kwh": 1e300}, {"capacity_kwh": "too_large"}),
        ("inverter", {**NEW_INVERTER, "ac_limit_kw": 1e12}, {"ac_limit_kw": "too_large"}),
        ("miner", {**NEW_MINER, "levels": [{"power_w": 1e300, "hashrate_ths": 90}]}, {"levels": "too_large"}),
        ("miner", {**NEW_MINER, "times": {"min_run_min": 1e30}}, {"times": "too_large"}),
    ],
)
async def test_what_is_absurd_is_refused(
    hass: HomeAssistant,
    shed: MockConfigEntry,
    hall: MockConfigEntry,
    kind: str,
    entered: dict[str, Any],
    errors: dict[str, str],
) -> None:
    assert (await _enter_device(hass, await _add(hass, shed, kind), entered))["errors"] == errors


@pytest.mark.parametrize("entered", [{"levels": [None]}, {"switches": [None]}, {"times": {"windows": ["always"]}}])
async def test_a_list_of_nothing_is_refused(
    hass: HomeAssistant, hall: MockConfigEntry, entered: dict[str, Any]
) -> None:
    with pytest.raises(InvalidData):
        await _enter_device(hass, await _add(hass, hall, "miner"), {**NEW_MINER, **entered})


@pytest.mark.parametrize("rows", [[None], {"active_choice": "table", "table": [None]}])
async def test_a_price_of_nothing_is_refused(hass: HomeAssistant, rows: Any) -> None:
    result = await _enter(hass, await _begin(hass, "site"), {"name": "Farm"})
    with pytest.raises(InvalidData):
        await _enter(hass, result, {"import_price": rows, "export_price": 0.1, "hashprice": 0.05})


@pytest.mark.parametrize("number", [float("nan"), "nan"])
async def test_how_long_a_device_remembers_is_a_number(hass: HomeAssistant, roof: MockConfigEntry, number: Any) -> None:
    told = {**NEW_INVERTER, "commands": {"renew_min": number}}
    result = await _enter_device(hass, await _add(hass, roof, "inverter"), told)
    assert result["errors"] == {"commands": "not_a_number"}


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"levels": [{"power_w": 3000}]}, {"levels": "levels_incomplete"}),
        ({"levels": [{}]}, {"levels": "levels_incomplete"}),
        ({"times": {"windows": [{"from": "08:00"}]}}, {"times": "windows_incomplete"}),
    ],
)
async def test_a_miners_rows_are_complete(
    hass: HomeAssistant, hall: MockConfigEntry, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await _enter_device(hass, await _add(hass, hall, "miner"), {**NEW_MINER, **entered})
    assert result["errors"] == errors


async def test_no_option_is_self_consumption_unless_somebody_says_so(
    hass: HomeAssistant, roof: MockConfigEntry
) -> None:
    before = {*roof.subentries}
    options = ["Selling First", "Zero Export To Load", "Zero Export To CT"]
    hass.states.async_set("select.roof_mode", options[0], {"options": options})
    result = await _add(hass, roof, "inverter")
    result = await _enter_device(hass, result, {**NEW_INVERTER, "work_mode": "select.roof_mode"})
    for untouched in (_untouched(result), {}):
        result = await _enter_device(hass, result, untouched)
        assert (result["step_id"], result["errors"]) == ("modes", {"self_consumption": "no_self_consumption"})
    assert {*roof.subentries} == before


@pytest.mark.parametrize("mode", ["charge", "discharge"])
async def test_self_consumption_needs_no_set_point_to_be_told_apart(
    hass: HomeAssistant, roof: MockConfigEntry, mode: str
) -> None:
    driven = {
        **NEW_INVERTER,
        "work_mode": "select.roof_mode",
        "charge_power": "number.roof_charge",
        "discharge_power": "number.roof_discharge",
    }
    result = await _enter_device(hass, await _add(hass, roof, "inverter"), driven)
    result = await _enter_device(hass, result, {"self_consumption": "Feed in", mode: "Feed in"})
    assert result["errors"] == {mode: "option_of_self_consumption"}
    # Holding with set-points of 0 is another matter
    result = await _enter_device(hass, result, {"self_consumption": "Self-consumption", "hold": "Self-consumption"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("entered", "error"),
    [
        ({}, "no_load_profile_w"),
        ({"load_profile_w": {"active_choice": "table"}}, "no_load_profile_w"),
        ({"load_profile_w": {"active_choice": "table", "table": [{}]}}, "load_table_incomplete"),
        ({"load_profile_w": float("nan")}, "not_a_number"),
    ],
)
async def test_the_usual_load_is_what_somebody_said(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, entered: dict[str, Any], error: str
) -> None:
    result = await _enter_options(hass, await _options(hass, mapped_entry), {**OPTIONS, **entered})
    assert result["errors"] == {"load_profile_w": error}
    assert mapped_entry.options == {}


@pytest.mark.parametrize("price", [0.0, 0.31, "sensor.import_price", DAY_AND_NIGHT])
async def test_what_is_changed_by_nobody_stays_as_it_is(hass: HomeAssistant, mapped_states: None, price: Any) -> None:
    """A price of 0 that is stored as well: nobody can tell any more whether somebody chose it."""
    entry = entry_of_site()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**SITE, "import_price": price})
    before = dict(entry.data)
    for step in ("site", "prices", "readings"):
        result = await _enter(hass, await _change_site(hass, entry), {"next_step_id": step})
        result = await _enter(hass, result, _untouched(result))
        assert result["reason"] == "reconfigure_successful"
        assert entry.data == before
    for subentry_id in (INVERTER_ID, BATTERY_ID, MINER_ID, RACK_ID):
        stored = dict(entry.subentries[subentry_id].data)
        result = await _change(hass, entry, subentry_id)
        result = await _enter_device(hass, result, _untouched(result))
        if result["type"] is FlowResultType.FORM:
            result = await _enter_device(hass, result, _untouched(result))
        assert result["reason"] == "reconfigure_successful"
        # Nothing but the defaults of what these were stored without
        assert stored.items() <= entry.subentries[subentry_id].data.items()


async def test_a_battery_without_a_reserve_of_its_own_keeps_the_one_it_is_read_with(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    without = {key: value for key, value in BATTERY.items() if key != "reserve_soc_pct"} | {"min_soc_pct": 35.0}
    hass.config_entries.async_update_subentry(mapped_entry, mapped_entry.subentries[BATTERY_ID], data=without)
    before = settings_of(mapped_entry, currency="EUR", time_zone="UTC").site.batteries
    result = await _change(hass, mapped_entry, BATTERY_ID)
    await _enter_device(hass, result, _untouched(result))
    assert settings_of(mapped_entry, currency="EUR", time_zone="UTC").site.batteries == before
