"""A simulated site's devices as entities of Home Assistant, and their mapping: the same as for devices that are real."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, cast, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.components.weather import Forecast, WeatherEntity
from homeassistant.components.weather.const import WeatherEntityFeature
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import (
    EntityCategory,
    Platform,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfRatio,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback, EntityPlatform
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .. import const as c
from ..entity import MANUFACTURER
from ..model.decision import BatteryMode
from ..model.site import Miner
from ..runtime import EnergyConfigEntry
from .faults import Fault
from .market import DayAhead
from .plant import BATTERY, INVERTER, Plant
from .readings import BatteryView, InverterView, UnitView
from .running import Ahead, Simulation, WeatherHour, async_run_plant

__all__ = ["Simulation", "async_add_simulation", "async_start_simulation"]

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


# ---- What there is. A row says which settings it stands for: of its device's subentry, and of the site.


@dataclass(frozen=True, kw_only=True)
class _Row(EntityDescription):
    """`unit_key`: what an entity is called that a group has once per unit."""

    maps: str | None = None
    maps_of_site: str | None = None
    unit_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class SensorRow[V](_Row, SensorEntityDescription):
    """A sensor by what it shows of its device."""

    value_fn: Callable[[V], StateType]


@dataclass(frozen=True, kw_only=True)
class MeterRow(_Row, SensorEntityDescription):
    """An energy meter by the energy that the plant has counted, Wh. It runs on, whatever its device's faults."""

    value_fn: Callable[[Simulation], float]


@dataclass(frozen=True, kw_only=True)
class PriceRow(_Row, SensorEntityDescription):
    """A price that is published a day ahead."""

    prices_fn: Callable[[Ahead], DayAhead]


@dataclass(frozen=True, kw_only=True)
class NumberRow[V](_Row, NumberEntityDescription):
    """A settable power in W."""

    value_fn: Callable[[V], float | None]
    set_fn: Callable[[Plant, Spot, float], None]
    range_fn: Callable[[Plant, Spot], tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class FaultRow(SwitchEntityDescription):
    """A fault that can be switched on."""

    fault: Fault


def _sensor[V](
    key: str,
    name: str,
    device_class: SensorDeviceClass | None,
    unit: str,
    value_fn: Callable[[V], StateType],
    **more: Any,
) -> SensorRow[V]:
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


def _number[V](
    key: str,
    name: str,
    value_fn: Callable[[V], float | None],
    set_fn: Callable[[Plant, Spot, float], None],
    range_fn: Callable[[Plant, Spot], tuple[float, float]],
    **more: Any,
) -> NumberRow[V]:
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


BATTERY_SENSORS: Final[tuple[_Row, ...]] = (
    _sensor(
        "soc",
        "simulated_soc",
        SensorDeviceClass.BATTERY,
        UnitOfRatio.PERCENTAGE,
        lambda view: None if view.soc is None else round(100 * view.soc, 1),
        maps=c.CONF_SOC,
    ),
    _sensor(
        "voltage",
        "simulated_voltage",
        SensorDeviceClass.VOLTAGE,
        UnitOfElectricPotential.VOLT,
        lambda view: view.voltage_v,
        suggested_display_precision=2,
        maps=c.CONF_VOLTAGE,
    ),
    _power(
        "power", "simulated_battery_power", value_fn=lambda view: _negative(view.power_w), maps=c.CONF_BATTERY_POWER
    ),
    _temperature(
        "temperature", "simulated_temperature", value_fn=lambda view: view.temperature_c, maps=c.CONF_TEMPERATURE
    ),
    _meter("charged", "simulated_charged", lambda simulation: simulation.meters.charge_wh),
    _meter("discharged", "simulated_discharged", lambda simulation: simulation.meters.discharge_wh),
)
INVERTER_SENSORS: Final[tuple[_Row, ...]] = (
    _power(
        "solar_power",
        "simulated_solar_power",
        value_fn=lambda view: view.solar_w,
        maps=c.CONF_SOLAR_POWER,
        maps_of_site=c.CONF_SOLAR_POWER,
    ),
    _power("load_power", "simulated_load_power", value_fn=lambda view: view.load_w, maps_of_site=c.CONF_LOAD_POWER),
    _power("grid_power", "simulated_grid_power", value_fn=lambda view: view.grid_w, maps_of_site=c.CONF_GRID_POWER),
    _meter("solar_energy", "simulated_solar_energy", lambda simulation: simulation.meters.solar_wh),
    _meter("imported", "simulated_imported", lambda simulation: simulation.meters.import_wh),
    _meter("exported", "simulated_exported", lambda simulation: simulation.meters.export_wh),
)
UNIT_SENSORS: Final[tuple[SensorRow[UnitView], ...]] = (
    _power(
        "power",
        "simulated_miner_power",
        value_fn=lambda view: view.power_w,
        unit_key="simulated_unit_power",
        maps=c.CONF_MINER_POWER,
    ),
    _sensor(
        "hashrate",
        "simulated_hashrate",
        None,
        TERAHASHES,
        lambda view: view.hashrate_ths,
        unit_key="simulated_unit_hashrate",
        maps=c.CONF_HASHRATE,
    ),
    _temperature(
        "temperature",
        "simulated_board_temperature",
        value_fn=lambda view: view.temperature_c,
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
INVERTER_NUMBERS: Final[tuple[NumberRow[InverterView], ...]] = (
    _number(
        "charge_power",
        "simulated_charge_power",
        lambda view: view.charge_power_w,
        lambda plant, _, value: plant.set_charge_power(value),
        lambda plant, _: (0, plant.site.battery.max_charge_w),
        maps=c.CONF_CHARGE_POWER,
    ),
    _number(
        "discharge_power",
        "simulated_discharge_power",
        lambda view: view.discharge_power_w,
        lambda plant, _, value: plant.set_discharge_power(value),
        lambda plant, _: (0, plant.site.battery.max_discharge_w),
        maps=c.CONF_DISCHARGE_POWER,
    ),
    _number(
        "export_limit",
        "simulated_export_limit",
        lambda view: view.export_limit_w,
        lambda plant, _, value: plant.set_export_limit(value),
        lambda plant, _: (0, plant.max_export_w),
        maps=c.CONF_EXPORT_LIMIT,
    ),
)
# Of a miner with more than one level.
POWER_LIMIT: Final[NumberRow[UnitView]] = _number(
    "power_limit",
    "simulated_power_limit",
    lambda view: view.power_limit_w,
    lambda plant, spot, value: plant.set_miner_power_limit(spot.device, spot.unit, value),
    lambda plant, spot: plant.unit_limits(spot.device),
    unit_key="simulated_unit_power_limit",
    maps=c.CONF_POWER_LIMITS,
)
MODES: Final = [mode.value for mode in BatteryMode]


@dataclass(frozen=True, kw_only=True)
class SelectRow(_Row, SelectEntityDescription):
    """The work mode."""


@dataclass(frozen=True, kw_only=True)
class SwitchRow(_Row, SwitchEntityDescription):
    """A miner unit's switch."""


@dataclass(frozen=True, kw_only=True)
class WeatherRow(_Row):
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


# ---- Where it is


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


def unique_id(simulation: Simulation, spot: Spot, key: str) -> str:
    """Return what an entity is known by, whatever becomes of its name."""
    unit = f"_{spot.number}" if spot.group else ""
    return f"{simulation.entry_id}_simulated_{spot.device}{unit}_{key}"


def _label(simulation: Simulation, device: str) -> str:
    names = {miner.id: miner.name for miner in simulation.site.site.miners}
    return {BATTERY: "battery", INVERTER: "inverter", SURROUNDINGS: "market and weather"}.get(device) or names[device]


def _model(simulation: Simulation, device: str) -> str:
    site = simulation.site
    if device == BATTERY:
        return f"Simulated battery {site.battery.capacity_wh / 1000:g} kWh"
    if device == INVERTER:
        return f"Simulated hybrid inverter {site.inverter.ac_limit_w / 1000:g} kW"
    for miner in site.site.miners:
        if miner.id == device:
            one = f"imulated miner {' / '.join(f'{level.power_w:g}' for level in miner.levels)} W"
            return f"S{one}" if miner.count == 1 else f"{miner.count} × s{one}"
    return "Simulated surroundings"


def device_info(simulation: Simulation, device: str) -> dr.DeviceInfo:
    """Describe a simulated device: one of its own, as if another integration had brought it."""
    return dr.DeviceInfo(
        identifiers={(c.DOMAIN, f"{simulation.entry_id}_simulated_{device}")},
        name=f"{simulation.site_title} {_label(simulation, device)} (simulated)",
        manufacturer=MANUFACTURER,
        model=_model(simulation, device),
    )


# ---- Start


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
        if not isinstance(one.row, _Row) or not (one.row.maps or one.row.maps_of_site):
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


def _registered(hass: HomeAssistant, entry: ConfigEntry[Any], simulation: Simulation, one: Placed, row: _Row) -> str:
    """Return the id of an entity that is about to come."""
    name = f"{simulation.site_title} {_label(simulation, one.spot.device)} simulated"
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


# ---- Entities


class SimulatedEntity(Entity):
    """An entity of a simulated device; it writes its state each time the device reports."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, simulation: Simulation, spot: Spot, row: EntityDescription) -> None:
        self.simulation = simulation
        self.spot = spot
        self.entity_description = row
        self._attr_unique_id = unique_id(simulation, spot, row.key)
        self._attr_device_info = device_info(simulation, spot.device)
        if spot.group and isinstance(row, _Row):
            self._attr_translation_key = row.unit_key
            self._attr_translation_placeholders = {"unit": spot.number}

    @override
    def add_to_platform_start(self, hass: HomeAssistant, platform: EntityPlatform, parallel_updates: Any) -> None:
        """Take commands at once: this integration's own entities of the same platform wait for them."""
        super().add_to_platform_start(hass, platform, None)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the device."""
        self.async_on_remove(self.simulation.async_listen(self.spot.device, self.async_write_ha_state))

    @property
    def view(self) -> BatteryView | InverterView | UnitView:
        """What the device shows now."""
        readings = self.simulation.readings
        if self.spot.device == BATTERY:
            return readings.battery
        return readings.inverter if self.spot.device == INVERTER else readings.miners[self.spot.device][self.spot.unit]

    async def _async_command(self, act: Callable[[Plant], None]) -> None:
        await self.simulation.async_command(self.spot.device, act)


class SimulatedSensor(SimulatedEntity, SensorEntity):
    """A measurement."""

    entity_description: SensorRow[Any]

    @property
    @override
    def available(self) -> bool:
        """Whether the device gives it."""
        return self.native_value is not None

    @property
    @override
    def native_value(self) -> StateType:
        """The value as measured."""
        return self.entity_description.value_fn(self.view)


class SimulatedMeter(SimulatedEntity, SensorEntity):
    """An energy meter, in whole Wh."""

    entity_description: MeterRow

    @property
    @override
    def native_value(self) -> int:
        """What has been counted."""
        return int(self.entity_description.value_fn(self.simulation))


class SimulatedPrice(SimulatedEntity, SensorEntity):
    """The price of this hour; today's and, once they are out, tomorrow's prices are its attributes."""

    _attr_state_class = SensorStateClass.MEASUREMENT
    _unrecorded_attributes = frozenset({"raw_today", "raw_tomorrow"})
    entity_description: PriceRow

    def __init__(self, simulation: Simulation, spot: Spot, row: PriceRow) -> None:
        super().__init__(simulation, spot, row)
        self._attr_native_unit_of_measurement = f"{simulation.currency}/kWh"

    @property
    @override
    def native_value(self) -> float | None:
        """The price now."""
        now, published = self.simulation.plant.now, self._published
        hours = (*published.today, *published.tomorrow)
        return next((hour.price for hour in hours if hour.start <= now < hour.end), None)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """The prices by the hour, in the attributes that many price integrations have."""
        return {
            name: [{"start": _iso(hour.start), "end": _iso(hour.end), "value": hour.price} for hour in hours]
            for name, hours in (("raw_today", self._published.today), ("raw_tomorrow", self._published.tomorrow))
        }

    @property
    def _published(self) -> DayAhead:
        return self.entity_description.prices_fn(self.simulation.ahead)


class SimulatedNumber(SimulatedEntity, NumberEntity):
    """A power that can be set."""

    entity_description: NumberRow[Any]

    def __init__(self, simulation: Simulation, spot: Spot, row: NumberRow[Any]) -> None:
        super().__init__(simulation, spot, row)
        self._attr_native_min_value, self._attr_native_max_value = row.range_fn(simulation.plant, spot)

    @property
    @override
    def available(self) -> bool:
        """Whether the device shows it."""
        return self.native_value is not None

    @property
    @override
    def native_value(self) -> float | None:
        """The power as set."""
        return self.entity_description.value_fn(self.view)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it."""
        spot, set_fn = self.spot, self.entity_description.set_fn
        await self._async_command(lambda plant: set_fn(plant, spot, value))


class SimulatedWorkMode(SimulatedEntity, SelectEntity):
    """The inverter's work mode."""

    @property
    @override
    def available(self) -> bool:
        """Whether the inverter shows it."""
        return self.current_option is not None

    @property
    @override
    def current_option(self) -> str | None:
        """The mode as set."""
        mode = cast("InverterView", self.view).work_mode
        return None if mode is None else mode.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Set it."""
        await self._async_command(lambda plant: plant.set_work_mode(BatteryMode(option)))


class MinerSwitch(SimulatedEntity, SwitchEntity):
    """A miner unit, on or off."""

    @property
    @override
    def available(self) -> bool:
        """Whether the unit answers."""
        return self.is_on is not None

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it runs."""
        return cast("UnitView", self.view).on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start it."""
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop it."""
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        spot = self.spot
        await self._async_command(lambda plant: plant.switch_miner(spot.device, spot.unit, on=on))


class FaultSwitch(SimulatedEntity, SwitchEntity):
    """A fault of a device."""

    entity_description: FaultRow

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is on."""
        return self.entity_description.fault in self.simulation.plant.faults(self.spot.device)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let it happen."""
        await self._async_set(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End it."""
        await self._async_set(on=False)

    async def _async_set(self, *, on: bool) -> None:
        await self.simulation.async_set_fault(self.spot.device, self.entity_description.fault, on=on)
        self.async_write_ha_state()


class SimulatedWeather(SimulatedEntity, WeatherEntity):
    """The sky over the site, as it is forecast for this hour and the next."""

    _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_supported_features = WeatherEntityFeature.FORECAST_HOURLY

    def __init__(self, simulation: Simulation, spot: Spot, row: EntityDescription) -> None:
        super().__init__(simulation, spot, row)
        self._told: Ahead | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the plant, and tell of new forecasts."""
        await super().async_added_to_hass()
        self.async_on_remove(self.simulation.async_listen(SURROUNDINGS, self._tell_forecast))

    @callback
    def _tell_forecast(self) -> None:
        if self._told is not self.simulation.ahead:
            self._told = self.simulation.ahead
            self.hass.async_create_task(self.async_update_listeners(("hourly",)))

    @property
    def _hour(self) -> WeatherHour:
        return self.simulation.ahead.weather[0]

    @property
    @override
    def condition(self) -> str:
        """The sky of this hour in a word."""
        return _condition(self._hour)

    @property
    @override
    def native_temperature(self) -> float:
        """The air's temperature."""
        return round(self._hour.air_c, 1)

    @property
    @override
    def cloud_coverage(self) -> float:
        """The covered share of the sky in %."""
        return round(100 * self._hour.cover)

    @override
    async def async_forecast_hourly(self) -> list[Forecast]:
        """Return the next three days."""
        return [
            Forecast(
                datetime=_iso(hour.start),
                condition=_condition(hour),
                native_temperature=round(hour.air_c, 1),
                cloud_coverage=round(100 * hour.cover),
                is_daytime=hour.sun_up,
            )
            for hour in self.simulation.ahead.weather
        ]


def _condition(hour: WeatherHour) -> str:
    if hour.cover >= 0.75:
        return "cloudy"
    if hour.cover >= 0.3:
        return "partlycloudy"
    return "sunny" if hour.sun_up else "clear-night"


def _iso(when: datetime) -> str:
    return dt_util.as_local(when).isoformat()
