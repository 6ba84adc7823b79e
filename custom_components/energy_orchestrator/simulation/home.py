"""A simulated site's devices in Home Assistant: where each entity is, and their mapping as for devices that are real."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .. import const as c
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
    unique_id,
)
from .points import Point, Spot, entity_name, points_of
from .rows import FAULTS, METERS, ROWS, NumberRow, PointRow, PriceRow, SelectRow, SensorRow, SwitchRow, WeatherRow
from .running import Simulation, async_run_plant
from .stored import known_of, load_profile, mapped


@dataclass(frozen=True, slots=True)
class Placed:
    """One entity of a simulated site."""

    platform: Platform
    spot: Spot
    row: EntityDescription
    make: Callable[[Simulation, Spot, Any], Entity]


_ENTITIES: Final[Mapping[type[PointRow], Callable[[Simulation, Spot, Any], Entity]]] = {
    SensorRow: SimulatedSensor,
    PriceRow: SimulatedPrice,
    NumberRow: SimulatedNumber,
    SelectRow: SimulatedWorkMode,
    SwitchRow: MinerSwitch,
    WeatherRow: SimulatedWeather,
}


def placed(simulation: Simulation) -> Iterator[Placed]:
    """Yield every entity of a simulated site."""
    for spot, point in points_of(simulation.site, simulation.ahead):
        row = ROWS[point]
        yield Placed(Platform(point.domain), spot, row, _ENTITIES[type(row)])
    for device, meters in METERS.items():
        for meter in meters:
            yield Placed(Platform.SENSOR, Spot(device), meter, SimulatedMeter)
    for device in simulation.plant.devices:
        for fault in FAULTS:
            yield Placed(Platform.SWITCH, Spot(device), fault, FaultSwitch)


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
    found = mapped(simulation.site, simulation.ahead, partial(_registered, hass, entry, simulation))
    entries = hass.config_entries
    entries.async_update_entry(
        entry,
        data={**found.of_site, **known_of(simulation.site), **entry.data},
        options=entry.options
        if c.CONF_LOAD_PROFILE_W in entry.options
        else {**load_profile(simulation.plant), **entry.options},
    )
    for subentry in entry.subentries.values():
        own = found.of_device.get((subentry.subentry_type, subentry.unique_id or ""), {})
        if not own.keys() <= subentry.data.keys():
            entries.async_update_subentry(entry, subentry, data={**own, **subentry.data})


def _registered(
    hass: HomeAssistant, entry: ConfigEntry[Any], simulation: Simulation, spot: Spot, point: Point[Any]
) -> str:
    """Return the id of an entity that is about to come."""
    return (
        er.async_get(hass)
        .async_get_or_create(
            point.domain,
            c.DOMAIN,
            unique_id(simulation, spot, point.key),
            config_entry=entry,
            suggested_object_id=entity_name(simulation.site_title, simulation.site, spot, point.key),
        )
        .entity_id
    )
