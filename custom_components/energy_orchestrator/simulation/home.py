"""A simulated site's devices in Home Assistant: where each entity is, and their mapping as for devices that are real."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .. import const as c
from ..model.decision import BatteryMode
from ..model.site import Miner
from ..runtime import EnergyConfigEntry
from .entities import (
    FaultSwitch,
    MinerSwitch,
    SimulatedMeter,
    SimulatedNumber,
    SimulatedPrice,
    SimulatedSensor,
    SimulatedWeather,
    SimulatedWorkMode,
    label,
    unique_id,
)
from .plant import BATTERY, INVERTER
from .rows import (
    BATTERY_SENSORS,
    FAULTS,
    INVERTER_NUMBERS,
    INVERTER_SENSORS,
    MINER_SWITCH,
    POWER_LIMIT,
    PRICES,
    SURROUNDINGS,
    UNIT_SENSORS,
    WEATHER,
    WORK_MODE,
    MeterRow,
    Row,
    Spot,
)
from .running import Simulation, async_run_plant


@dataclass(frozen=True, slots=True)
class Placed:
    """One entity of a simulated site."""

    platform: Platform
    spot: Spot
    row: EntityDescription
    make: Callable[[Simulation, Spot, Any], Entity]


def placed(simulation: Simulation) -> Iterator[Placed]:
    """Yield every entity of a simulated site."""
    battery, inverter, around = Spot(BATTERY), Spot(INVERTER), Spot(SURROUNDINGS)
    for spot, rows in ((battery, BATTERY_SENSORS), (inverter, INVERTER_SENSORS)):
        for row in rows:
            kind = SimulatedMeter if isinstance(row, MeterRow) else SimulatedSensor
            yield Placed(Platform.SENSOR, spot, row, kind)
    for price in PRICES:
        yield Placed(Platform.SENSOR, around, price, SimulatedPrice)
    if simulation.ahead.weather:
        yield Placed(Platform.WEATHER, around, WEATHER, SimulatedWeather)
    yield Placed(Platform.SELECT, inverter, WORK_MODE, SimulatedWorkMode)
    for number in INVERTER_NUMBERS:
        yield Placed(Platform.NUMBER, inverter, number, SimulatedNumber)
    for miner in simulation.site.site.miners:
        yield from _placed_units(miner)
    for device in simulation.plant.devices:
        for fault in FAULTS:
            yield Placed(Platform.SWITCH, Spot(device), fault, FaultSwitch)


def _placed_units(miner: Miner) -> Iterator[Placed]:
    for unit in range(miner.count):
        spot = Spot(miner.id, unit, miner.count > 1)
        yield Placed(Platform.SWITCH, spot, MINER_SWITCH, MinerSwitch)
        for row in UNIT_SENSORS:
            yield Placed(Platform.SENSOR, spot, row, SimulatedSensor)
        if len(miner.levels) > 1:
            yield Placed(Platform.NUMBER, spot, POWER_LIMIT, SimulatedNumber)


async def async_start_simulation(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Simulation:
    """Start the plant of an entry for a simulated site, and map its devices to where nothing is mapped yet."""
    simulation = await async_run_plant(hass, entry)
    _map(hass, entry, simulation)
    simulation.async_begin(entry)
    return simulation


@callback
def async_add_simulation(
    entry: EnergyConfigEntry, platform: Platform, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the simulated devices' entities of one platform."""
    simulation = entry.runtime_data.simulation
    if simulation is not None:
        async_add_entities(
            one.make(simulation, one.spot, one.row) for one in placed(simulation) if one.platform is platform
        )


@callback
def _map(hass: HomeAssistant, entry: ConfigEntry[Any], simulation: Simulation) -> None:
    """Fill in the settings that are missing. Devices are known by their subentry's unique id; others are left alone."""
    of_site: dict[str, Any] = {}
    of_device: dict[str, dict[str, Any]] = {}
    for one in placed(simulation):
        if not isinstance(one.row, Row) or not (one.row.maps or one.row.maps_of_site):
            continue
        entity_id = _registered(hass, entry, simulation, one, one.row)
        if one.row.maps_of_site:
            of_site[one.row.maps_of_site] = entity_id
        if one.row.maps:
            own = of_device.setdefault(one.spot.device, {})
            if one.spot.device in {BATTERY, INVERTER}:
                own[one.row.maps] = entity_id
            else:
                own.setdefault(one.row.maps, []).append(entity_id)
    of_device[INVERTER][c.CONF_WORK_MODE_OPTIONS] = {mode.value: mode.value for mode in BatteryMode}
    entries = hass.config_entries
    entries.async_update_entry(
        entry,
        data={**of_site, **_of_site(simulation), **entry.data},
        options={**_load_profile(simulation, entry), **entry.options},
    )
    for subentry in entry.subentries.values():
        own = of_device.get(_device_of(subentry, simulation) or "", {})
        if not own.keys() <= subentry.data.keys():
            entries.async_update_subentry(entry, subentry, data={**own, **subentry.data})


def _device_of(subentry: ConfigSubentry, simulation: Simulation) -> str | None:
    """Return the plant's device that a subentry came with."""
    site = simulation.site
    return {
        (c.SUBENTRY_BATTERY, site.battery.id): BATTERY,
        (c.SUBENTRY_INVERTER, site.inverter.id): INVERTER,
        **{(c.SUBENTRY_MINER, miner.id): miner.id for miner in site.site.miners},
    }.get((subentry.subentry_type, subentry.unique_id or ""))


def _registered(hass: HomeAssistant, entry: ConfigEntry[Any], simulation: Simulation, one: Placed, row: Row) -> str:
    """Return the id of an entity that is about to come."""
    name = f"{simulation.site_title} {label(simulation, one.spot.device)} simulated"
    unit = f" unit {one.spot.number}" if one.spot.group else ""
    return (
        er.async_get(hass)
        .async_get_or_create(
            one.platform,
            c.DOMAIN,
            unique_id(simulation, one.spot, row.key),
            config_entry=entry,
            suggested_object_id=f"{name}{unit} {row.key}",
        )
        .entity_id
    )


def _of_site(simulation: Simulation) -> dict[str, Any]:
    """Return what else the owner would have entered."""
    panels, peak_w = simulation.site.panels, simulation.site.peak_w
    return {
        c.CONF_HASHPRICE: simulation.site.hashprice,
        c.CONF_LOAD_INCLUDES_MINERS: True,
        c.CONF_SOLAR_PEAK_KW: peak_w / 1000,
        c.CONF_SOLAR_TILT: sum(field.tilt * field.peak_w for field in panels) / peak_w,
        c.CONF_SOLAR_AZIMUTH: sum(field.azimuth * field.peak_w for field in panels) / peak_w,
    }


def _load_profile(simulation: Simulation, entry: ConfigEntry[Any]) -> dict[str, Any]:
    if c.CONF_LOAD_PROFILE_W in entry.options:
        return {}
    return {c.CONF_LOAD_PROFILE_W: [round(load_w) for load_w in simulation.plant.usual_house_w()]}
