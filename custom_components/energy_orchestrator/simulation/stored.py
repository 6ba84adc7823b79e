"""What is stored of a simulated site, as if its owner had entered it: its devices, and which entity stands for what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import const as c
from ..model.decision import BatteryMode
from ..model.site import Battery, Inverter, Miner
from ..settings import Settings, battery_data, grid_data, inverter_data, miner_data, settings_of
from .ahead import Ahead
from .plant import BATTERY, INVERTER, Plant
from .points import Point, Spot, points_of
from .sites import SimulatedSite


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDevice:
    """A device as it is stored. `id`: the one that the simulated site gives it."""

    id: str
    subentry_type: str
    title: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _SimulatedEntry:
    """A whole site as it is stored."""

    title: str
    data: Mapping[str, Any]
    options: Mapping[str, Any]
    subentries: Mapping[str, SimulatedDevice]


def devices_of(site: SimulatedSite, stored_under: Mapping[str, str]) -> list[SimulatedDevice]:
    """Return the site's devices, nothing mapped yet; `stored_under` says under which id each is stored."""

    def device(kind: str, one: Inverter | Battery | Miner, data: Mapping[str, Any]) -> SimulatedDevice:
        return SimulatedDevice(id=one.id, subentry_type=kind, title=one.name, data=data)

    return [
        *(device(c.SUBENTRY_INVERTER, inverter, inverter_data(inverter)) for inverter in site.site.inverters),
        *(
            device(
                c.SUBENTRY_BATTERY,
                battery,
                battery_data(replace(battery, inverter_id=stored_under.get(battery.inverter_id or ""))),
            )
            for battery in site.site.batteries
        ),
        *(device(c.SUBENTRY_MINER, miner, miner_data(miner)) for miner in site.site.miners),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Which entity stands for what: settings of the site, and of each device by its kind and the id the site gives it."""

    of_site: Mapping[str, Any]
    of_device: Mapping[tuple[str, str], Mapping[str, Any]]


def mapped(site: SimulatedSite, ahead: Ahead, entity_id_of: Callable[[Spot, Point[Any]], str]) -> Mapped:
    """Map every point that stands for a setting."""
    of_site: dict[str, Any] = {}
    of_device: dict[str, dict[str, Any]] = {}
    for spot, point in points_of(site, ahead):
        if not (point.maps or point.maps_of_site):
            continue
        entity_id = entity_id_of(spot, point)
        if point.maps_of_site:
            of_site[point.maps_of_site] = entity_id
        if point.maps:
            own = of_device.setdefault(spot.device, {})
            if spot.device in {BATTERY, INVERTER}:
                own[point.maps] = entity_id
            else:
                own.setdefault(point.maps, []).append(entity_id)
    of_device[INVERTER][c.CONF_WORK_MODE_OPTIONS] = {mode.value: mode.value for mode in BatteryMode}
    return Mapped(
        of_site=of_site,
        of_device={
            (c.SUBENTRY_BATTERY, site.battery.id): of_device[BATTERY],
            (c.SUBENTRY_INVERTER, site.inverter.id): of_device[INVERTER],
            **{(c.SUBENTRY_MINER, miner.id): of_device[miner.id] for miner in site.site.miners},
        },
    )


def known_of(site: SimulatedSite) -> dict[str, Any]:
    """Return what else of the site its owner would have entered."""
    panels, peak_w = site.panels, site.peak_w
    return {
        c.CONF_HASHPRICE: site.hashprice,
        c.CONF_LOAD_INCLUDES_MINERS: True,
        c.CONF_SOLAR_PEAK_KW: peak_w / 1000,
        c.CONF_SOLAR_TILT: sum(field.tilt * field.peak_w for field in panels) / peak_w,
        c.CONF_SOLAR_AZIMUTH: sum(field.azimuth * field.peak_w for field in panels) / peak_w,
    }


def load_profile(plant: Plant) -> dict[str, Any]:
    """Return the option that says what the house usually draws."""
    return {c.CONF_LOAD_PROFILE_W: [round(load_w) for load_w in plant.usual_house_w()]}


def settings_on(
    plant: Plant, ahead: Ahead, entity_id_of: Callable[[Spot, Point[Any]], str], **options: Any
) -> Settings:
    """Return the settings of a plant's site, mapped to its points' entities, with these options.

    Devices have the ids that the simulated site gives them.
    """
    site = plant.site
    found = mapped(site, ahead, entity_id_of)
    devices = devices_of(site, {device.id: device.id for device in site.site.devices})
    stored = _SimulatedEntry(
        title=site.site.name,
        data={**found.of_site, **known_of(site), **grid_data(site.site.grid)},
        options={**load_profile(plant), **options},
        subentries={
            device.id: replace(device, data={**found.of_device[device.subentry_type, device.id], **device.data})
            for device in devices
        },
    )
    return settings_of(stored, currency=site.site.currency, time_zone=plant.place.time_zone)
