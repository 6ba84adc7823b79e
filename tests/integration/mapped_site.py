"""A site of someone's own, mapped: the entities it has, and what is stored of it.

Grid and battery power read as Home Assistant has it: positive is import and discharge.
"""

from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import DOMAIN

POWER: Final = {"unit_of_measurement": "W", "device_class": "power", "state_class": "measurement"}
LIMIT: Final = {"unit_of_measurement": "W", "device_class": "power", "min": 0, "max": 12000, "step": 10}
MODES: Final = ("Self use", "Force charge", "Force discharge", "Stand by")

STATES: Final[MappingProxyType[str, tuple[str, dict[str, Any]]]] = MappingProxyType(
    {
        "sensor.solar_power": ("6200", POWER),
        "sensor.house_power": ("900", POWER),
        "sensor.grid_power": ("-1.3", {**POWER, "unit_of_measurement": "kW"}),
        "sensor.import_price": ("0.31", {"unit_of_measurement": "EUR/kWh"}),
        "sensor.hashprice": ("0.05", {"unit_of_measurement": "EUR/TH/day"}),
        "weather.home": ("sunny", {"temperature": 21, "temperature_unit": "°C", "supported_features": 0}),
        "sensor.battery_soc": ("62", {"unit_of_measurement": "%", "device_class": "battery"}),
        "sensor.battery_voltage": ("53.1", {"unit_of_measurement": "V", "device_class": "voltage"}),
        "sensor.battery_power": ("-3000", POWER),
        "sensor.battery_temperature": ("19", {"unit_of_measurement": "°C", "device_class": "temperature"}),
        "select.inverter_mode": ("Self use", {"options": [*MODES]}),
        "number.inverter_charge": ("0", LIMIT),
        "number.inverter_discharge": ("0", LIMIT),
        "number.inverter_export": ("7000", LIMIT),
        "switch.miner_a": ("off", {}),
        "number.miner_a_limit": ("3000", {**LIMIT, "min": 1000, "max": 3600}),
        "sensor.miner_a_power": ("0", POWER),
        "sensor.miner_a_hashrate": ("0", {"unit_of_measurement": "TH/s"}),
        "sensor.miner_a_temperature": ("31", {"unit_of_measurement": "°C", "device_class": "temperature"}),
        "switch.rack_1": ("off", {}),
        "switch.rack_2": ("off", {}),
    }
)

SITE: Final[dict[str, Any]] = {
    "connected": True,
    "max_import_kw": 15.0,
    "max_export_kw": 7.0,
    "export_allowed": True,
    "grid_charging": True,
    "battery_export": False,
    "import_price": "sensor.import_price",
    "export_price": 0.08,
    "hashprice": 0.053,
    "solar_power": "sensor.solar_power",
    "load_power": "sensor.house_power",
    "load_includes_miners": False,
    "load_power_inverted": False,
    "grid_power": "sensor.grid_power",
    "grid_power_inverted": False,
    "weather": "weather.home",
    "solar_peak_kw": 9.8,
    "solar_tilt": 30.0,
    "solar_azimuth": 170.0,
}

INVERTER_ID: Final = "01J0INVERTER0000000000000A"
BATTERY_ID: Final = "01J0BATTERY00000000000000A"
MINER_ID: Final = "01J0MINER0000000000000000A"
RACK_ID: Final = "01J0RACK00000000000000000A"

INVERTER: Final[dict[str, Any]] = {
    "ac_limit_kw": 10.0,
    "solar_share_pct": 100.0,
    "solar_power": "sensor.solar_power",
    "work_mode": "select.inverter_mode",
    "work_mode_options": {
        "self_consumption": "Self use",
        "charge": "Force charge",
        "discharge": "Force discharge",
        "hold": "Stand by",
    },
    "charge_power": "number.inverter_charge",
    "discharge_power": "number.inverter_discharge",
    "export_limit": "number.inverter_export",
}
BATTERY: Final[dict[str, Any]] = {
    "capacity_kwh": 15.0,
    "max_charge_kw": 5.0,
    "max_discharge_kw": 5.0,
    "min_soc_pct": 15.0,
    "max_soc_pct": 95.0,
    "reserve_soc_pct": 25.0,
    "soc": "sensor.battery_soc",
    "voltage": "sensor.battery_voltage",
    "battery_power": "sensor.battery_power",
    "battery_power_inverted": False,
    "temperature": "sensor.battery_temperature",
    "inverter": INVERTER_ID,
    "dc_coupled": True,
}
MINER: Final[dict[str, Any]] = {
    "count": 1,
    "levels": [{"power_w": 1600.0, "hashrate_ths": 64.0}, {"power_w": 3250.0, "hashrate_ths": 97.0}],
    "priority": 1,
    "start_soc_pct": 60.0,
    "stop_soc_pct": 40.0,
    "switches": ["switch.miner_a"],
    "power_limits": ["number.miner_a_limit"],
    "miner_power": ["sensor.miner_a_power"],
    "hashrate": ["sensor.miner_a_hashrate"],
    "temperature": ["sensor.miner_a_temperature"],
}
RACK: Final[dict[str, Any]] = {
    "count": 2,
    "levels": [{"power_w": 3500.0, "hashrate_ths": 190.0}],
    "priority": 2,
    "surplus_only": True,
    "switches": ["switch.rack_1", "switch.rack_2"],
}


def set_states(hass: HomeAssistant) -> None:
    """Let every entity of the site be there."""
    for entity_id, (state, attributes) in STATES.items():
        hass.states.async_set(entity_id, state, attributes)


def entry_of_site(**options: Any) -> MockConfigEntry:
    """Return the config entry of the mapped site with all its devices, not added yet."""
    devices = (
        ("inverter", INVERTER_ID, "Hybrid", INVERTER),
        ("battery", BATTERY_ID, "House battery", BATTERY),
        ("miner", MINER_ID, "Miner A", MINER),
        ("miner", RACK_ID, "Rack", RACK),
    )
    return MockConfigEntry(
        domain=DOMAIN,
        title="Farm",
        data=SITE,
        options=options,
        subentries_data=[
            ConfigSubentryDataWithId(data=data, subentry_id=key, subentry_type=kind, title=title, unique_id=None)
            for kind, key, title, data in devices
        ],
    )
