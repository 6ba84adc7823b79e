"""Sensors: what is measured, planned and decided, and what the day brings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, Platform, UnitOfEnergy, UnitOfPower, UnitOfRatio, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from . import telling
from .const import SUBENTRY_BATTERY, SUBENTRY_INVERTER, SUBENTRY_MINER
from .entity import EnergyEntity, async_add_described, async_add_simulated
from .model.decision import BatteryMode, BatteryReason, MinerReason
from .model.forecast import Source
from .model.plan import PlanStatus
from .runtime import EnergyConfigEntry
from .views import SITE, BatteryView, DayFigure, HealthZone, InverterView, MinerView, SiteView, View

PARALLEL_UPDATES = 0

# Put in the place of the site's currency when the entity is made.
CURRENCY: Final = "{currency}"
PER_KWH: Final = "{currency}/kWh"


@dataclass(frozen=True, kw_only=True)
class EnergySensorDescription[V: View](SensorEntityDescription):
    """A sensor by what it shows of its view."""

    value_fn: Callable[[V], StateType | datetime]
    attributes_fn: Callable[[V], Mapping[str, Any]] | None = None
    daily: bool = False
    """Whether it is a sum that starts anew at local midnight."""
    digits: int = 4
    """Decimals kept of a number in its native unit: what lies below is noise that would fill the database."""


def _power[V: View](key: str, value_fn: Callable[[V], float | None], **more: Any) -> EnergySensorDescription[V]:
    """Power now: measured in W, shown in kW."""
    return EnergySensorDescription(
        key=key,
        translation_key=key,
        value_fn=value_fn,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=2,
        digits=0,
        **more,
    )


def _enum[V: View](
    key: str, options: type[PlanStatus | Source | BatteryMode | BatteryReason | MinerReason | HealthZone], **more: Any
) -> EnergySensorDescription[V]:
    return EnergySensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENUM,
        options=[option.value for option in options],
        **more,
    )


def _price[V: View](key: str, value_fn: Callable[[V], float | None], **more: Any) -> EnergySensorDescription[V]:
    return EnergySensorDescription(
        key=key,
        translation_key=key,
        value_fn=value_fn,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PER_KWH,
        suggested_display_precision=3,
        **more,
    )


def _soc(
    key: str, value_fn: Callable[[BatteryView], float | None], **more: Any
) -> EnergySensorDescription[BatteryView]:
    return EnergySensorDescription(
        key=key,
        translation_key=key,
        value_fn=value_fn,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        **more,
    )


def _expected(key: str, figure: Callable[[SiteView], DayFigure | None]) -> EnergySensorDescription[SiteView]:
    """A whole day's energy: what was counted and what is expected of the rest. Changes with every forecast: no sum."""

    def attributes(view: SiteView) -> dict[str, Any]:
        found = figure(view)
        return (
            {}
            if found is None
            else {
                "so_far_kwh": telling.kilo(found.so_far),
                "remaining_kwh": telling.kilo(found.remaining),
            }
        )

    return EnergySensorDescription(
        key=key,
        translation_key=key,
        value_fn=lambda view: _total(figure(view)),
        attributes_fn=attributes,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        digits=0,
        suggested_display_precision=1,
    )


def _source(series: str, **more: Any) -> EnergySensorDescription[SiteView]:
    """Where one of the forecasts comes from."""
    return _enum(
        f"{series}_source",
        Source,
        value_fn=lambda view: view.source(series),
        attributes_fn=lambda view: view.source_attributes(series),
        entity_category=EntityCategory.DIAGNOSTIC,
        **more,
    )


def _override_until[V: View]() -> EnergySensorDescription[V]:
    """Until when the owner's word stands over the plan, unknown where none does."""
    return EnergySensorDescription(
        key="override_until",
        translation_key="override_until",
        value_fn=lambda view: view.override.until if view.override else None,
        attributes_fn=lambda view: view.override_attributes,
        device_class=SensorDeviceClass.TIMESTAMP,
    )


def _total(figure: DayFigure | None) -> float | None:
    return None if figure is None else figure.total


def _expected_cost_attributes(view: SiteView) -> dict[str, Any]:
    figure = view.expected_cost
    return {} if figure is None else {"so_far": round(figure.so_far, 4), "remaining": round(figure.remaining, 4)}


READINGS: Final[tuple[EnergySensorDescription[SiteView], ...]] = (
    _power("solar_power", lambda view: view.solar_w),
    _power("load_power", lambda view: view.load_w),
    _power("grid_power", lambda view: view.grid_w),
)

SITE_SENSORS: Final[tuple[EnergySensorDescription[SiteView], ...]] = (
    _enum(
        "plan_status",
        PlanStatus,
        value_fn=lambda view: view.snapshot.plan.status.value if view.snapshot.plan else None,
        attributes_fn=lambda view: view.plan_attributes,
    ),
    EnergySensorDescription(
        key="planned_at",
        translation_key="planned_at",
        value_fn=lambda view: view.snapshot.plan.created if view.snapshot.plan else None,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    EnergySensorDescription(
        key="next_action",
        translation_key="next_action",
        value_fn=lambda view: view.next_action,
        attributes_fn=lambda view: view.next_action_attributes,
    ),
    _price("energy_price", lambda view: view.of_row(lambda row: row.energy_price)),
    _price("import_price", lambda view: view.of_row(lambda row: row.import_price)),
    _price("export_price", lambda view: view.of_row(lambda row: row.export_price)),
    EnergySensorDescription(
        key="cost_today",
        translation_key="cost_today",
        value_fn=lambda view: view.cost_so_far,
        daily=True,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=CURRENCY,
        suggested_display_precision=2,
    ),
    EnergySensorDescription(
        key="expected_cost_today",
        translation_key="expected_cost_today",
        value_fn=lambda view: _total(view.expected_cost),
        attributes_fn=_expected_cost_attributes,
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=CURRENCY,
        suggested_display_precision=2,
    ),
    EnergySensorDescription(
        key="expected_saving",
        translation_key="expected_saving",
        value_fn=lambda view: view.saving,
        attributes_fn=lambda view: view.saving_attributes,
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=CURRENCY,
        suggested_display_precision=2,
    ),
    _expected("expected_solar_today", lambda view: view.expected_solar),
    _expected("expected_load_today", lambda view: view.expected_load),
    _expected("expected_import_today", lambda view: view.expected_import),
    _expected("expected_export_today", lambda view: view.expected_export),
    _source("solar_w"),
    _source("load_w"),
    _source("import_price"),
    _source("export_price", entity_registry_enabled_default=False),
    _source("hashprice", entity_registry_enabled_default=False),
)

BATTERY_SENSORS: Final[tuple[EnergySensorDescription[BatteryView], ...]] = (
    _soc(
        "soc",
        lambda view: view.soc,
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        attributes_fn=lambda view: view.soc_attributes,
    ),
    _power("battery_power", lambda view: view.power_w),
    _enum(
        "recommended_mode",
        BatteryMode,
        value_fn=lambda view: view.decision.mode.value if view.decision else None,
        attributes_fn=lambda view: view.mode_attributes,
    ),
    _enum(
        "mode_reason",
        BatteryReason,
        value_fn=lambda view: view.decision.reason.code.value if view.decision else None,
    ),
    _power("planned_power", lambda view: view.planned_power_w),
    _soc("target_soc", lambda view: view.target_soc),
    _soc(
        "sunrise_soc",
        lambda view: view.sunrise_soc,
        attributes_fn=lambda view: {"sunrise": telling.local_iso(view.sunrise) if view.sunrise else None},
    ),
    _enum("health_zone", HealthZone, value_fn=lambda view: view.zone.value if view.zone else None),
    _override_until(),
)

INVERTER_SENSORS: Final[tuple[EnergySensorDescription[InverterView], ...]] = (
    _power("solar_power", lambda view: view.solar_w),
    _power("load_power", lambda view: view.snapshot.readings.load_w.believed),
    _power("grid_power", lambda view: view.snapshot.readings.grid_w.believed),
    _enum(
        "planned_mode",
        BatteryMode,
        value_fn=lambda view: view.planned_mode.value if view.planned_mode else None,
    ),
    _power("planned_curtailment", lambda view: view.of_row(lambda row: row.curtailed_w * view.share)),
    _power("forecast_solar_power", lambda view: view.of_row(lambda row: row.solar_w * view.share)),
)

MINER_SENSORS: Final[tuple[EnergySensorDescription[MinerView], ...]] = (
    _enum(
        "decision",
        MinerReason,
        value_fn=lambda view: view.decision.reason.code.value if view.decision else None,
        attributes_fn=lambda view: view.decision_attributes,
    ),
    EnergySensorDescription(
        key="next_start",
        translation_key="next_start",
        value_fn=lambda view: view.next_start,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    EnergySensorDescription(
        key="planned_hours",
        translation_key="planned_hours",
        value_fn=lambda view: view.planned_hours,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
    ),
    EnergySensorDescription(
        key="hours_today",
        translation_key="hours_today",
        value_fn=lambda view: view.hours_today,
        attributes_fn=lambda view: {"starts": view.today.starts_today, "unit_hours": round(view.today.hours_today, 3)},
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=2,
    ),
    EnergySensorDescription(
        key="energy_today",
        translation_key="energy_today",
        value_fn=lambda view: view.today.energy_wh_today,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        digits=0,
        suggested_display_precision=2,
    ),
    EnergySensorDescription(
        key="revenue_today",
        translation_key="revenue_today",
        value_fn=lambda view: view.today.revenue_today,
        daily=True,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=CURRENCY,
        suggested_display_precision=2,
    ),
    _price("revenue_per_kwh", lambda view: view.revenue_per_kwh),
    _override_until(),
)

SENSORS: Final[Mapping[str, tuple[EnergySensorDescription[Any], ...]]] = {
    SITE: SITE_SENSORS,
    SUBENTRY_BATTERY: BATTERY_SENSORS,
    SUBENTRY_INVERTER: INVERTER_SENSORS,
    SUBENTRY_MINER: MINER_SENSORS,
}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the site and its devices; without an inverter the site itself shows what is measured."""
    site = SITE_SENSORS if entry.runtime_data.orchestrator.settings.inverters else (*SITE_SENSORS, *READINGS)
    async_add_described(entry, async_add_entities, EnergySensor, {**SENSORS, SITE: site})
    async_add_simulated(entry, Platform.SENSOR, async_add_entities)


class EnergySensor[V: View](EnergyEntity[V], SensorEntity):
    """A sensor as its description says. The plan by the hour stays out of the database."""

    _unrecorded_attributes = frozenset({"hours", "numbers", "policies", "shed", "cost", "ahead"})
    entity_description: EnergySensorDescription[V]

    def __init__(
        self, entry: EnergyConfigEntry, subentry: ConfigSubentry | None, description: EnergySensorDescription[V]
    ) -> None:
        super().__init__(entry, subentry, description)
        if unit := description.native_unit_of_measurement:
            currency = entry.runtime_data.orchestrator.settings.site.currency
            self._attr_native_unit_of_measurement = unit.format(currency=currency)

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The value of this moment, unknown where there is none."""
        value = self.entity_description.value_fn(self.view)
        return round(value, self.entity_description.digits) + 0.0 if isinstance(value, float) else value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """What belongs to the value."""
        attributes_fn = self.entity_description.attributes_fn
        return attributes_fn(self.view) if attributes_fn else None

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Local midnight for what counts a day."""
        return self.view.midnight if self.entity_description.daily else None
