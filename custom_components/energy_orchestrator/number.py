"""Numbers: a battery's reserve, and the state of charge a miner starts and stops at. Kept in the device's settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, override

from homeassistant.components.number import NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, Platform, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import telling
from .const import CONF_RESERVE_SOC_PCT, CONF_START_SOC_PCT, CONF_STOP_SOC_PCT, DOMAIN, SUBENTRY_BATTERY, SUBENTRY_MINER
from .entity import EnergyEntity, async_add_described, async_add_simulated
from .model.site import InvalidSiteError
from .runtime import EnergyConfigEntry
from .views import BatteryView, MinerView, View

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class EnergyNumberDescription[V: View](NumberEntityDescription):
    """A number by the setting it stores and where it is read; bounds are of this moment's settings, all 0..1."""

    setting: str
    value_fn: Callable[[V], float | None]
    least_fn: Callable[[V], float]
    most_fn: Callable[[V], float]


def _number[V: View](
    key: str,
    setting: str,
    value_fn: Callable[[V], float | None],
    least_fn: Callable[[V], float],
    most_fn: Callable[[V], float],
) -> EnergyNumberDescription[V]:
    return EnergyNumberDescription(
        key=key,
        translation_key=key,
        setting=setting,
        value_fn=value_fn,
        least_fn=least_fn,
        most_fn=most_fn,
        native_step=1,
        mode=NumberMode.BOX,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        entity_category=EntityCategory.CONFIG,
    )


def _or[T](value: T | None, default: T) -> T:
    return default if value is None else value


RESERVE: Final[EnergyNumberDescription[BatteryView]] = _number(
    "reserve",
    CONF_RESERVE_SOC_PCT,
    lambda view: view.battery.reserve_soc if view.battery else None,
    lambda view: view.battery.min_soc if view.battery else 0.0,
    lambda view: view.battery.max_soc if view.battery else 1.0,
)
START_SOC: Final[EnergyNumberDescription[MinerView]] = _number(
    "start_soc",
    CONF_START_SOC_PCT,
    lambda view: view.miner.start_soc if view.miner else None,
    lambda view: _or(view.miner.stop_soc, 0.0) if view.miner else 0.0,
    lambda _: 1.0,
)
STOP_SOC: Final[EnergyNumberDescription[MinerView]] = _number(
    "stop_soc",
    CONF_STOP_SOC_PCT,
    lambda view: view.miner.stop_soc if view.miner else None,
    lambda _: 0.0,
    lambda view: _or(view.miner.start_soc, 1.0) if view.miner else 1.0,
)
NUMBERS: Final[Mapping[str, tuple[EnergyNumberDescription[Any], ...]]] = {
    SUBENTRY_BATTERY: (RESERVE,),
    SUBENTRY_MINER: (START_SOC, STOP_SOC),
}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of batteries and miners."""
    async_add_described(entry, async_add_entities, EnergyNumber, NUMBERS)
    async_add_simulated(entry, Platform.NUMBER, async_add_entities)


class EnergyNumber[V: View](EnergyEntity[V], NumberEntity):
    """A setting of a device, in %."""

    entity_description: EnergyNumberDescription[V]

    @property
    @override
    def view(self) -> V:
        """The device with the settings of now: a number just set must not wait for the plan to show."""
        snapshot = replace(self.coordinator.data, settings=self.coordinator.settings)
        return self._view_type(self.coordinator.hass, snapshot, self.device_id)

    @property
    @override
    def native_value(self) -> float | None:
        """The setting as it is, unknown where there is no such rule."""
        return telling.percent(self.entity_description.value_fn(self.view))

    @property
    @override
    def native_min_value(self) -> float:
        """The least that goes with the other settings."""
        return telling.percent(self.entity_description.least_fn(self.view)) or 0.0

    @property
    @override
    def native_max_value(self) -> float:
        """The most that goes with the other settings."""
        return telling.percent(self.entity_description.most_fn(self.view)) or 0.0

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Store the setting; the site plans anew with it."""
        try:
            await self.coordinator.async_set_device_setting(self.device_id, self.entity_description.setting, value)
        except InvalidSiteError as err:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="invalid_setting",
                translation_placeholders={"problem": str(err)},
            ) from err
        self.async_write_ha_state()
