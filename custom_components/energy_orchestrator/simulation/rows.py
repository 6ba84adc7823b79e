"""How a simulated site's devices look in Home Assistant: a description for each point, each meter and each fault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.number import NumberDeviceClass, NumberEntityDescription, NumberMode
from homeassistant.components.select import SelectEntityDescription
from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.components.switch import SwitchEntityDescription
from homeassistant.components.weather import WeatherEntityDescription
from homeassistant.const import EntityCategory, UnitOfEnergy
from homeassistant.helpers.entity import EntityDescription

from . import points as p
from .faults import Fault
from .meters import Meters
from .plant import BATTERY, INVERTER


@dataclass(frozen=True, kw_only=True)
class PointRow(EntityDescription):
    """The entity of a point; `unit_key`: what it is called where a group has it once per unit."""

    point: p.Point[Any]
    unit_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class SensorRow(PointRow, SensorEntityDescription):
    """A measurement."""


@dataclass(frozen=True, kw_only=True)
class PriceRow(PointRow, SensorEntityDescription):
    """A price that is published a day ahead."""


@dataclass(frozen=True, kw_only=True)
class NumberRow(PointRow, NumberEntityDescription):
    """A settable power."""


@dataclass(frozen=True, kw_only=True)
class SelectRow(PointRow, SelectEntityDescription):
    """The work mode."""


@dataclass(frozen=True, kw_only=True)
class SwitchRow(PointRow, SwitchEntityDescription):
    """A miner unit's switch."""


@dataclass(frozen=True, kw_only=True)
class WeatherRow(PointRow, WeatherEntityDescription):
    """The weather."""


@dataclass(frozen=True, kw_only=True)
class MeterRow(SensorEntityDescription):
    """An energy meter by the energy that the plant has counted, Wh. It runs on, whatever its device's faults."""

    value_fn: Callable[[Meters], float]


@dataclass(frozen=True, kw_only=True)
class FaultRow(SwitchEntityDescription):
    """A fault that can be switched on."""

    fault: Fault


def _sensor(point: p.Point[Any], name: str, device_class: SensorDeviceClass | None, **more: Any) -> SensorRow:
    return SensorRow(
        point=point,
        key=point.key,
        translation_key=name,
        device_class=device_class,
        native_unit_of_measurement=point.unit,
        state_class=SensorStateClass.MEASUREMENT,
        **more,
    )


def _price(point: p.Point[Any], name: str) -> PriceRow:
    return PriceRow(point=point, key=point.key, translation_key=name, suggested_display_precision=3)


def _number(point: p.Point[Any], name: str, unit_key: str | None = None) -> NumberRow:
    return NumberRow(
        point=point,
        key=point.key,
        translation_key=name,
        unit_key=unit_key,
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=point.unit,
        native_step=p.STEP_W,
        mode=NumberMode.BOX,
    )


ROWS: Final[Mapping[p.Point[Any], PointRow]] = {
    row.point: row
    for row in (
        _sensor(p.SOC, "simulated_soc", SensorDeviceClass.BATTERY),
        _sensor(p.VOLTAGE, "simulated_voltage", SensorDeviceClass.VOLTAGE, suggested_display_precision=2),
        _sensor(p.BATTERY_POWER, "simulated_battery_power", SensorDeviceClass.POWER),
        _sensor(p.CELL_TEMPERATURE, "simulated_temperature", SensorDeviceClass.TEMPERATURE),
        _sensor(p.SOLAR_POWER, "simulated_solar_power", SensorDeviceClass.POWER),
        _sensor(p.LOAD_POWER, "simulated_load_power", SensorDeviceClass.POWER),
        _sensor(p.GRID_POWER, "simulated_grid_power", SensorDeviceClass.POWER),
        SelectRow(point=p.WORK_MODE, key=p.WORK_MODE.key, translation_key="simulated_work_mode", options=p.MODES),
        _number(p.CHARGE_POWER, "simulated_charge_power"),
        _number(p.DISCHARGE_POWER, "simulated_discharge_power"),
        _number(p.EXPORT_LIMIT, "simulated_export_limit"),
        SwitchRow(
            point=p.MINER_SWITCH,
            key=p.MINER_SWITCH.key,
            translation_key="simulated_miner",
            unit_key="simulated_unit",
        ),
        _sensor(p.MINER_POWER, "simulated_miner_power", SensorDeviceClass.POWER, unit_key="simulated_unit_power"),
        _sensor(p.HASHRATE, "simulated_hashrate", None, unit_key="simulated_unit_hashrate"),
        _sensor(
            p.BOARD_TEMPERATURE,
            "simulated_board_temperature",
            SensorDeviceClass.TEMPERATURE,
            unit_key="simulated_unit_temperature",
        ),
        _number(p.POWER_LIMIT, "simulated_power_limit", unit_key="simulated_unit_power_limit"),
        _price(p.IMPORT_PRICE, "simulated_import_price"),
        _price(p.EXPORT_PRICE, "simulated_export_price"),
        WeatherRow(point=p.SKY, key=p.SKY.key, translation_key="simulated_weather"),
    )
}
"""The entity of each point."""


def _meter(key: str, name: str, value_fn: Callable[[Meters], float]) -> MeterRow:
    return MeterRow(
        key=key,
        translation_key=name,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=value_fn,
    )


METERS: Final[Mapping[str, tuple[MeterRow, ...]]] = {
    BATTERY: (
        _meter("charged", "simulated_charged", lambda meters: meters.charge_wh),
        _meter("discharged", "simulated_discharged", lambda meters: meters.discharge_wh),
    ),
    INVERTER: (
        _meter("solar_energy", "simulated_solar_energy", lambda meters: meters.solar_wh),
        _meter("imported", "simulated_imported", lambda meters: meters.import_wh),
        _meter("exported", "simulated_exported", lambda meters: meters.export_wh),
    ),
}


def _fault(fault: Fault, name: str) -> FaultRow:
    return FaultRow(
        key=f"fault_{fault}",
        translation_key=name,
        fault=fault,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    )


FAULTS: Final = (
    _fault(Fault.UNAVAILABLE, "simulated_fault_unavailable"),
    _fault(Fault.STALE, "simulated_fault_stale"),
    _fault(Fault.ZERO_GLITCH, "simulated_fault_zero_glitch"),
    _fault(Fault.REFUSED_COMMAND, "simulated_fault_refused_command"),
    _fault(Fault.LATE_COMMAND, "simulated_fault_late_command"),
)
