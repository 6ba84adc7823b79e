"""A simulated site's devices as entities of Home Assistant."""

from collections.abc import Mapping
from typing import Any, cast, override

from homeassistant.components.number import NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.components.switch import SwitchEntity
from homeassistant.components.weather import Forecast, WeatherEntity
from homeassistant.components.weather.const import WeatherEntityFeature
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import EntityPlatform
from homeassistant.helpers.typing import StateType

from .. import const as c
from .ahead import Ahead
from .plant import BATTERY, INVERTER
from .points import SURROUNDINGS, Bulletin, DrivenPoint, Spot, label, shown_at
from .readings import Readout
from .rows import FaultRow, MeterRow, NumberRow, PointRow, PriceRow, SelectRow, SensorRow, SwitchRow, WeatherRow
from .running import Simulation


def unique_id(simulation: Simulation, spot: Spot, key: str) -> str:
    """Return what an entity is known by, whatever becomes of its name."""
    unit = f"_{spot.number}" if spot.group else ""
    return f"{simulation.entry_id}_simulated_{spot.device}{unit}_{key}"


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
        name=f"{simulation.site_title} {label(simulation.site, device)} (simulated)",
        manufacturer=c.MANUFACTURER,
        model=_model(simulation, device),
    )


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

    @override
    def add_to_platform_start(self, hass: HomeAssistant, platform: EntityPlatform, parallel_updates: Any) -> None:
        """Take commands at once: this integration's own entities of the same platform wait for them."""
        super().add_to_platform_start(hass, platform, None)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the device."""
        self.async_on_remove(self.simulation.async_listen(self.spot.device, self.async_write_ha_state))


class PointEntity(SimulatedEntity):
    """The entity of a point."""

    entity_description: PointRow

    def __init__(self, simulation: Simulation, spot: Spot, row: PointRow) -> None:
        super().__init__(simulation, spot, row)
        if spot.group:
            self._attr_translation_key = row.unit_key
            self._attr_translation_placeholders = {"unit": spot.number}

    @property
    @override
    def available(self) -> bool:
        """Whether the device shows it."""
        return self.shown is not None

    @property
    def shown(self) -> Any:
        """What the device shows."""
        return self.entity_description.point.value(self._source)

    @property
    def more(self) -> Mapping[str, Any]:
        """What goes along with it."""
        return self.entity_description.point.more(self._source)

    @property
    def _source(self) -> Readout | Bulletin:
        return shown_at(self.spot, self.simulation.readings, self.simulation.ahead)

    async def _async_tell(self, value: Any) -> None:
        point, spot = self.entity_description.point, self.spot
        assert isinstance(point, DrivenPoint), "only what can be told is a number, a select or a switch"
        tell = point.tell
        await self.simulation.async_command(spot.device, lambda plant: tell(plant, spot, value))


class SimulatedSensor(PointEntity, SensorEntity):
    """A measurement."""

    entity_description: SensorRow

    @property
    @override
    def native_value(self) -> StateType:
        """The value as measured."""
        value: StateType = self.shown
        return value


class SimulatedPrice(PointEntity, SensorEntity):
    """The price of this hour; today's and, once they are out, tomorrow's prices are its attributes."""

    _attr_state_class = SensorStateClass.MEASUREMENT
    _unrecorded_attributes = frozenset({"raw_today", "raw_tomorrow"})
    entity_description: PriceRow

    def __init__(self, simulation: Simulation, spot: Spot, row: PriceRow) -> None:
        super().__init__(simulation, spot, row)
        if row.point.unit is not None:
            self._attr_native_unit_of_measurement = row.point.unit.format(currency=simulation.currency)

    @property
    @override
    def native_value(self) -> float | None:
        """The price now."""
        value: float | None = self.shown
        return value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """The prices by the hour, in the attributes that many price integrations have."""
        return self.more


class SimulatedNumber(PointEntity, NumberEntity):
    """A power that can be set."""

    entity_description: NumberRow

    def __init__(self, simulation: Simulation, spot: Spot, row: NumberRow) -> None:
        super().__init__(simulation, spot, row)
        if isinstance(row.point, DrivenPoint) and row.point.limits is not None:
            self._attr_native_min_value, self._attr_native_max_value = row.point.limits(simulation.plant, spot)

    @property
    @override
    def native_value(self) -> float | None:
        """The power as set."""
        value: float | None = self.shown
        return value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it."""
        await self._async_tell(value)


class SimulatedWorkMode(PointEntity, SelectEntity):
    """The inverter's work mode."""

    entity_description: SelectRow

    @property
    @override
    def current_option(self) -> str | None:
        """The mode as set."""
        value: str | None = self.shown
        return value

    @override
    async def async_select_option(self, option: str) -> None:
        """Set it."""
        await self._async_tell(option)


class MinerSwitch(PointEntity, SwitchEntity):
    """A miner unit, on or off."""

    entity_description: SwitchRow

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it runs."""
        value: bool | None = self.shown
        return value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start it."""
        await self._async_tell(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop it."""
        await self._async_tell(False)


class SimulatedMeter(SimulatedEntity, SensorEntity):
    """An energy meter, in whole Wh."""

    entity_description: MeterRow

    @property
    @override
    def native_value(self) -> int:
        """What has been counted."""
        return int(self.entity_description.value_fn(self.simulation.meters))


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


class SimulatedWeather(PointEntity, WeatherEntity):
    """The sky over the site, as it is forecast for this hour and the next."""

    _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_supported_features = WeatherEntityFeature.FORECAST_HOURLY

    entity_description: WeatherRow

    def __init__(self, simulation: Simulation, spot: Spot, row: WeatherRow) -> None:
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
    @override
    def condition(self) -> str:
        """The sky of this hour in a word."""
        value: str = self.shown
        return value

    @property
    @override
    def native_temperature(self) -> float:
        """The air's temperature."""
        value: float = self.more["temperature"]
        return value

    @property
    @override
    def cloud_coverage(self) -> float:
        """The covered share of the sky in %."""
        value: float = self.more["cloud_coverage"]
        return value

    @override
    async def async_forecast_hourly(self) -> list[Forecast]:
        """Return the next three days."""
        return cast("list[Forecast]", self.simulation.ahead.hourly)
