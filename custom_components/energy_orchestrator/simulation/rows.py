"""What entities a simulated site's devices have, as tables.

A row says which settings it stands for: of its device's subentry, and of the site.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.components.number import NumberDeviceClass, NumberEntityDescription, NumberMode
from homeassistant.components.select import SelectEntityDescription
from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.components.switch import SwitchEntityDescription
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfRatio,
    UnitOfTemperature,
)
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import StateType

from .. import const as c
from ..model.decision import BatteryMode
from .faults import Fault
from .market import DayAhead
from .plant import Plant
from .readings import InverterReadout, UnitReadout
from .running import Ahead, Simulation

# What belongs to no device of the plant: the market and the sky.
SURROUNDINGS: Final = "surroundings"
TERAHASHES: Final = "TH/s"
# Steps of settable powers, W.
_STEP_W: Final = 50.0


@dataclass(frozen=True, slots=True)
class Spot:
    """An entity's place: the device, and the unit of a miner (from 0). `group`: whether it has more than one."""

    device: str
    unit: int = 0
    group: bool = False

    @property
    def number(self) -> str:
        """What the unit is called."""
        return str(self.unit + 1)


@dataclass(frozen=True, kw_only=True)
class Row(EntityDescription):
    """`unit_key`: what an entity is called that a group has once per unit."""

    maps: str | None = None
    maps_of_site: str | None = None
    unit_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class SensorRow[R](Row, SensorEntityDescription):
    """A sensor by what it shows of its device."""

    value_fn: Callable[[R], StateType]


@dataclass(frozen=True, kw_only=True)
class MeterRow(Row, SensorEntityDescription):
    """An energy meter by the energy that the plant has counted, Wh. It runs on, whatever its device's faults."""

    value_fn: Callable[[Simulation], float]


@dataclass(frozen=True, kw_only=True)
class PriceRow(Row, SensorEntityDescription):
    """A price that is published a day ahead."""

    prices_fn: Callable[[Ahead], DayAhead]


@dataclass(frozen=True, kw_only=True)
class NumberRow[R](Row, NumberEntityDescription):
    """A settable power in W."""

    value_fn: Callable[[R], float | None]
    set_fn: Callable[[Plant, Spot, float], None]
    range_fn: Callable[[Plant, Spot], tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class FaultRow(SwitchEntityDescription):
    """A fault that can be switched on."""

    fault: Fault


def _sensor[R](
    key: str,
    name: str,
    device_class: SensorDeviceClass | None,
    unit: str,
    value_fn: Callable[[R], StateType],
    **more: Any,
) -> SensorRow[R]:
    return SensorRow(
        key=key,
        translation_key=name,
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=value_fn,
        **more,
    )


_power: Final = partial(_sensor, device_class=SensorDeviceClass.POWER, unit=UnitOfPower.WATT)
_temperature: Final = partial(_sensor, device_class=SensorDeviceClass.TEMPERATURE, unit=UnitOfTemperature.CELSIUS)


def _meter(key: str, name: str, value_fn: Callable[[Simulation], float]) -> MeterRow:
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


def _number[R](
    key: str,
    name: str,
    value_fn: Callable[[R], float | None],
    set_fn: Callable[[Plant, Spot, float], None],
    range_fn: Callable[[Plant, Spot], tuple[float, float]],
    **more: Any,
) -> NumberRow[R]:
    return NumberRow(
        key=key,
        translation_key=name,
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_step=_STEP_W,
        mode=NumberMode.BOX,
        value_fn=value_fn,
        set_fn=set_fn,
        range_fn=range_fn,
        **more,
    )


def _negative(value: float | None) -> float | None:
    """Return a battery's power as it is at the edge: positive when it discharges."""
    return None if value is None else -value + 0.0


BATTERY_SENSORS: Final[tuple[Row, ...]] = (
    _sensor(
        "soc",
        "simulated_soc",
        SensorDeviceClass.BATTERY,
        UnitOfRatio.PERCENTAGE,
        lambda readout: None if readout.soc is None else round(100 * readout.soc, 1),
        maps=c.CONF_SOC,
    ),
    _sensor(
        "voltage",
        "simulated_voltage",
        SensorDeviceClass.VOLTAGE,
        UnitOfElectricPotential.VOLT,
        lambda readout: readout.voltage_v,
        suggested_display_precision=2,
        maps=c.CONF_VOLTAGE,
    ),
    _power(
        "power",
        "simulated_battery_power",
        value_fn=lambda readout: _negative(readout.power_w),
        maps=c.CONF_BATTERY_POWER,
    ),
    _temperature(
        "temperature", "simulated_temperature", value_fn=lambda readout: readout.temperature_c, maps=c.CONF_TEMPERATURE
    ),
    _meter("charged", "simulated_charged", lambda simulation: simulation.meters.charge_wh),
    _meter("discharged", "simulated_discharged", lambda simulation: simulation.meters.discharge_wh),
)
INVERTER_SENSORS: Final[tuple[Row, ...]] = (
    _power(
        "solar_power",
        "simulated_solar_power",
        value_fn=lambda readout: readout.solar_w,
        maps=c.CONF_SOLAR_POWER,
        maps_of_site=c.CONF_SOLAR_POWER,
    ),
    _power(
        "load_power", "simulated_load_power", value_fn=lambda readout: readout.load_w, maps_of_site=c.CONF_LOAD_POWER
    ),
    _power(
        "grid_power", "simulated_grid_power", value_fn=lambda readout: readout.grid_w, maps_of_site=c.CONF_GRID_POWER
    ),
    _meter("solar_energy", "simulated_solar_energy", lambda simulation: simulation.meters.solar_wh),
    _meter("imported", "simulated_imported", lambda simulation: simulation.meters.import_wh),
    _meter("exported", "simulated_exported", lambda simulation: simulation.meters.export_wh),
)
UNIT_SENSORS: Final[tuple[SensorRow[UnitReadout], ...]] = (
    _power(
        "power",
        "simulated_miner_power",
        value_fn=lambda readout: readout.power_w,
        unit_key="simulated_unit_power",
        maps=c.CONF_MINER_POWER,
    ),
    _sensor(
        "hashrate",
        "simulated_hashrate",
        None,
        TERAHASHES,
        lambda readout: readout.hashrate_ths,
        unit_key="simulated_unit_hashrate",
        maps=c.CONF_HASHRATE,
    ),
    _temperature(
        "temperature",
        "simulated_board_temperature",
        value_fn=lambda readout: readout.temperature_c,
        unit_key="simulated_unit_temperature",
        maps=c.CONF_TEMPERATURE,
    ),
)
PRICES: Final = (
    PriceRow(
        key="import_price",
        translation_key="simulated_import_price",
        suggested_display_precision=3,
        prices_fn=lambda ahead: ahead.imports,
        maps_of_site=c.CONF_IMPORT_PRICE,
    ),
    PriceRow(
        key="export_price",
        translation_key="simulated_export_price",
        suggested_display_precision=3,
        prices_fn=lambda ahead: ahead.exports,
        maps_of_site=c.CONF_EXPORT_PRICE,
    ),
)
INVERTER_NUMBERS: Final[tuple[NumberRow[InverterReadout], ...]] = (
    _number(
        "charge_power",
        "simulated_charge_power",
        lambda readout: readout.charge_power_w,
        lambda plant, _, value: plant.set_charge_power(value),
        lambda plant, _: (0, plant.site.battery.max_charge_w),
        maps=c.CONF_CHARGE_POWER,
    ),
    _number(
        "discharge_power",
        "simulated_discharge_power",
        lambda readout: readout.discharge_power_w,
        lambda plant, _, value: plant.set_discharge_power(value),
        lambda plant, _: (0, plant.site.battery.max_discharge_w),
        maps=c.CONF_DISCHARGE_POWER,
    ),
    _number(
        "export_limit",
        "simulated_export_limit",
        lambda readout: readout.export_limit_w,
        lambda plant, _, value: plant.set_export_limit(value),
        lambda plant, _: (0, plant.max_export_w),
        maps=c.CONF_EXPORT_LIMIT,
    ),
)
# Of a miner with more than one level.
POWER_LIMIT: Final[NumberRow[UnitReadout]] = _number(
    "power_limit",
    "simulated_power_limit",
    lambda readout: readout.power_limit_w,
    lambda plant, spot, value: plant.set_miner_power_limit(spot.device, spot.unit, value),
    lambda plant, spot: plant.unit_limits(spot.device),
    unit_key="simulated_unit_power_limit",
    maps=c.CONF_POWER_LIMITS,
)
MODES: Final = [mode.value for mode in BatteryMode]


@dataclass(frozen=True, kw_only=True)
class SelectRow(Row, SelectEntityDescription):
    """The work mode."""


@dataclass(frozen=True, kw_only=True)
class SwitchRow(Row, SwitchEntityDescription):
    """A miner unit's switch."""


@dataclass(frozen=True, kw_only=True)
class WeatherRow(Row):
    """The weather."""


WORK_MODE: Final = SelectRow(
    key="work_mode", translation_key="simulated_work_mode", options=MODES, maps=c.CONF_WORK_MODE
)
MINER_SWITCH: Final = SwitchRow(
    key="switch",
    translation_key="simulated_miner",
    unit_key="simulated_unit",
    maps=c.CONF_SWITCHES,
)
WEATHER: Final = WeatherRow(key="weather", translation_key="simulated_weather", maps_of_site=c.CONF_WEATHER)


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
