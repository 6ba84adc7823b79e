"""A simulated site's devices as entities of Home Assistant."""

from collections.abc import Callable
from datetime import datetime
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
from homeassistant.util import dt as dt_util

from .. import const as c
from ..entity import MANUFACTURER
from ..model.decision import BatteryMode
from .market import DayAhead
from .plant import BATTERY, INVERTER, Plant
from .readings import BatteryReadout, InverterReadout, UnitReadout
from .rows import SURROUNDINGS, FaultRow, MeterRow, NumberRow, PriceRow, Row, SensorRow, Spot
from .running import Ahead, Simulation, WeatherHour


def unique_id(simulation: Simulation, spot: Spot, key: str) -> str:
    """Return what an entity is known by, whatever becomes of its name."""
    unit = f"_{spot.number}" if spot.group else ""
    return f"{simulation.entry_id}_simulated_{spot.device}{unit}_{key}"


def label(simulation: Simulation, device: str) -> str:
    """Return what a device is called beside its site's name."""
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
        name=f"{simulation.site_title} {label(simulation, device)} (simulated)",
        manufacturer=MANUFACTURER,
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
        if spot.group and isinstance(row, Row):
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
    def readout(self) -> BatteryReadout | InverterReadout | UnitReadout:
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
        return self.entity_description.value_fn(self.readout)


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
        return self.entity_description.value_fn(self.readout)

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
        mode = cast("InverterReadout", self.readout).work_mode
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
        return cast("UnitReadout", self.readout).on

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
