"""Binary sensors: should a miner run, and is anything not measured that should be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_MINER
from .entity import EnergyEntity, async_add_described
from .runtime import EnergyConfigEntry
from .views import SITE, MinerView, SiteView, View

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EnergyBinarySensorDescription[V: View](BinarySensorEntityDescription):
    """A binary sensor by what it shows of its view."""

    is_on_fn: Callable[[V], bool | None]
    attributes_fn: Callable[[V], Mapping[str, Any]]


MISSING_READINGS: Final[EnergyBinarySensorDescription[SiteView]] = EnergyBinarySensorDescription(
    key="missing_readings",
    translation_key="missing_readings",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
    is_on_fn=lambda view: bool(view.troubles),
    attributes_fn=lambda view: {"readings": view.troubles},
)
SHOULD_RUN: Final[EnergyBinarySensorDescription[MinerView]] = EnergyBinarySensorDescription(
    key="should_run",
    translation_key="should_run",
    is_on_fn=lambda view: view.should_run,
    attributes_fn=lambda view: (
        {"units": view.decision.units, "power_w": round(view.decision.power_w, 1)} if view.decision else {}
    ),
)
BINARY_SENSORS: Final[Mapping[str, tuple[EnergyBinarySensorDescription[Any], ...]]] = {
    SITE: (MISSING_READINGS,),
    SUBENTRY_MINER: (SHOULD_RUN,),
}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of the site and its miners."""
    async_add_described(entry, async_add_entities, EnergyBinarySensor, BINARY_SENSORS)


class EnergyBinarySensor[V: View](EnergyEntity[V], BinarySensorEntity):
    """A binary sensor as its description says."""

    _unrecorded_attributes = frozenset({"readings"})
    entity_description: EnergyBinarySensorDescription[V]

    @property
    @override
    def is_on(self) -> bool | None:
        """The truth of this moment, unknown where it is not known."""
        return self.entity_description.is_on_fn(self.view)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """What belongs to it."""
        return self.entity_description.attributes_fn(self.view)
