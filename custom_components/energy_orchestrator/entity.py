"""What all entities share: the device they belong to, their ids, and the view they show."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from . import permission
from .const import DOMAIN, MANUFACTURER, SUBENTRY_BATTERY, SUBENTRY_INVERTER, SUBENTRY_MINER
from .loop.orchestrator import Orchestrator
from .model.site import Battery, Inverter, Miner
from .runtime import EnergyConfigEntry
from .settings import battery_of, inverter_of, miner_of
from .views import SITE, VIEWS, View


def _battery_model(battery: Battery) -> str:
    return f"Battery {battery.capacity_wh / 1000:g} kWh"


def _inverter_model(inverter: Inverter) -> str:
    return f"Inverter {inverter.ac_limit_w / 1000:g} kW"


def _miner_model(miner: Miner) -> str:
    one = f"Miner {' / '.join(f'{level.power_w:g}' for level in miner.levels)} W"
    return one if miner.count == 1 else f"{miner.count} × {one}"


_MODELS: Mapping[str, Callable[[ConfigSubentry], str]] = {
    SUBENTRY_BATTERY: lambda s: _battery_model(battery_of(s.subentry_id, s.data, s.title)),
    SUBENTRY_INVERTER: lambda s: _inverter_model(inverter_of(s.subentry_id, s.data, s.title)),
    SUBENTRY_MINER: lambda s: _miner_model(miner_of(s.subentry_id, s.data, s.title)),
}


def site_device(entry: EnergyConfigEntry) -> dr.DeviceInfo:
    """Describe the site's device."""
    return dr.DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        model="Site",
        entry_type=dr.DeviceEntryType.SERVICE,
    )


def subentry_device(hass: HomeAssistant, entry: EnergyConfigEntry, subentry: ConfigSubentry) -> dr.DeviceInfo:
    """Describe a device of the site; the site's own is made first where this is the first entity to need it."""
    site = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **site_device(entry))
    return dr.DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer=MANUFACTURER,
        model=_MODELS[subentry.subentry_type](subentry),
        via_device_id=site.id,
    )


class EnergyEntity[V: View](CoordinatorEntity[Orchestrator]):
    """An entity of the site (`subentry` None) or of one of its devices, shown through that device's view."""

    _attr_has_entity_name = True

    def __init__(
        self, entry: EnergyConfigEntry, subentry: ConfigSubentry | None, description: EntityDescription
    ) -> None:
        orchestrator = entry.runtime_data.orchestrator
        super().__init__(orchestrator)
        self.entity_description = description
        self._view_type = cast("type[V]", VIEWS[subentry.subentry_type if subentry else SITE])
        self.device_id = subentry.subentry_id if subentry else entry.entry_id
        self._attr_unique_id = f"{self.device_id}_{description.key}"
        self._attr_device_info = subentry_device(orchestrator.hass, entry, subentry) if subentry else site_device(entry)

    @property
    def view(self) -> V:
        """This moment's view of the device."""
        return self._view_type(self.coordinator.hass, self.coordinator.data, self.device_id)

    @property
    @override
    def available(self) -> bool:
        """A device that was taken out of the settings has nothing to show."""
        return super().available and self.view.exists

    async def async_check(self, moved: permission.Moved) -> None:
        """Let pass who may control what this entity moves; that it may itself be is Home Assistant's check.

        Raises `Unauthorized`.
        """
        await permission.async_check(self.hass, self._context or Context(), moved)


class Factory(Protocol):
    """Makes an entity of a description."""

    def __call__(self, entry: EnergyConfigEntry, subentry: ConfigSubentry | None, description: Any) -> Entity:
        """Make it."""


def async_add_described(
    entry: EnergyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    factory: Factory,
    tables: Mapping[str, Sequence[EntityDescription]],
) -> None:
    """Add the entities of the site and of each device, as the tables (by kind of device) describe them."""
    async_add_entities(factory(entry, None, description) for description in tables.get(SITE, ()))
    for subentry in entry.subentries.values():
        if descriptions := tables.get(subentry.subentry_type):
            async_add_entities(
                [factory(entry, subentry, description) for description in descriptions],
                config_subentry_id=subentry.subentry_id,
            )


def async_add_simulated(
    entry: EnergyConfigEntry, platform: Platform, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the simulated devices' own entities, where the site is a simulated one."""
    if entry.runtime_data.simulation is None:
        return
    from .simulation.home import async_add_simulation

    async_add_simulation(entry, platform, async_add_entities)
