"""What a simulated site's devices show and can be told, point by point: as entities of Home Assistant, and without it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .. import const as c
from ..model.decision import BatteryMode
from ..model.seen import OFF, ON, UNAVAILABLE
from .ahead import Ahead
from .market import DayAhead
from .plant import BATTERY, INVERTER, Plant
from .readings import BatteryReadout, InverterReadout, PlantReadings, Readout, UnitReadout
from .sites import SimulatedSite

# What belongs to no device of the plant: the market and the sky.
SURROUNDINGS: Final = "surroundings"
MODES: Final = [mode.value for mode in BatteryMode]
# Steps of settable powers, W.
STEP_W: Final = 50.0
# Home Assistant's word for weather that is forecast by the hour.
_HOURLY: Final = 2

type Shown = bool | float | str | None


@dataclass(frozen=True, slots=True)
class Spot:
    """A point's place: the device, and the unit of a miner (from 0). `group`: whether it has more than one."""

    device: str
    unit: int = 0
    group: bool = False

    @property
    def number(self) -> str:
        """What the unit is called."""
        return str(self.unit + 1)


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What is published ahead, at a moment."""

    at: datetime
    ahead: Ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Point[R]:
    """One thing a device shows: its `value`, in `unit`, None while it is unavailable; `more` goes along with it.

    `domain`: the kind of entity that has it. `maps`, `maps_of_site`: the setting it stands for, of its device's subentry
    and of the site.
    """

    key: str
    domain: str
    value: Callable[[R], Shown]
    unit: str | None = None
    more: Callable[[R], Mapping[str, Any]] = lambda _: {}
    maps: str | None = None
    maps_of_site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenPoint[R](Point[R]):
    """A point that can be told, too: an option, on or off, or a power in W within `limits`. The plant may raise."""

    tell: Callable[[Plant, Spot, Any], None]
    limits: Callable[[Plant, Spot], tuple[float, float]] | None = None


def text_of(value: Shown) -> str:
    """Return a value as a state, in the very digits in which Home Assistant writes it."""
    if value is None:
        return UNAVAILABLE
    if isinstance(value, bool):
        return ON if value else OFF
    return f"{value:.15}" if isinstance(value, float) else str(value)


# Battery

SOC: Final = Point[BatteryReadout](
    key="soc",
    domain="sensor",
    unit="%",
    value=lambda battery: None if battery.soc is None else round(100 * battery.soc, 1),
    maps=c.CONF_SOC,
)
VOLTAGE: Final = Point[BatteryReadout](
    key="voltage", domain="sensor", unit="V", value=lambda battery: battery.voltage_v, maps=c.CONF_VOLTAGE
)
# At the edge a battery's power is positive when it discharges.
BATTERY_POWER: Final = Point[BatteryReadout](
    key="power",
    domain="sensor",
    unit="W",
    value=lambda battery: None if battery.power_w is None else -battery.power_w + 0.0,
    maps=c.CONF_BATTERY_POWER,
)
CELL_TEMPERATURE: Final = Point[BatteryReadout](
    key="temperature", domain="sensor", unit="°C", value=lambda battery: battery.temperature_c, maps=c.CONF_TEMPERATURE
)
_OF_BATTERY: Final = (SOC, VOLTAGE, BATTERY_POWER, CELL_TEMPERATURE)

# Inverter

SOLAR_POWER: Final = Point[InverterReadout](
    key="solar_power",
    domain="sensor",
    unit="W",
    value=lambda inverter: inverter.solar_w,
    maps=c.CONF_SOLAR_POWER,
    maps_of_site=c.CONF_SOLAR_POWER,
)
LOAD_POWER: Final = Point[InverterReadout](
    key="load_power", domain="sensor", unit="W", value=lambda inverter: inverter.load_w, maps_of_site=c.CONF_LOAD_POWER
)
GRID_POWER: Final = Point[InverterReadout](
    key="grid_power", domain="sensor", unit="W", value=lambda inverter: inverter.grid_w, maps_of_site=c.CONF_GRID_POWER
)
WORK_MODE: Final = DrivenPoint[InverterReadout](
    key="work_mode",
    domain="select",
    value=lambda inverter: None if inverter.work_mode is None else inverter.work_mode.value,
    more=lambda _: {"options": MODES},
    tell=lambda plant, _, option: plant.set_work_mode(BatteryMode(option)),
    maps=c.CONF_WORK_MODE,
)
CHARGE_POWER: Final = DrivenPoint[InverterReadout](
    key="charge_power",
    domain="number",
    unit="W",
    value=lambda inverter: inverter.charge_power_w,
    tell=lambda plant, _, power_w: plant.set_charge_power(power_w),
    limits=lambda plant, _: (0, plant.site.battery.max_charge_w),
    maps=c.CONF_CHARGE_POWER,
)
DISCHARGE_POWER: Final = DrivenPoint[InverterReadout](
    key="discharge_power",
    domain="number",
    unit="W",
    value=lambda inverter: inverter.discharge_power_w,
    tell=lambda plant, _, power_w: plant.set_discharge_power(power_w),
    limits=lambda plant, _: (0, plant.site.battery.max_discharge_w),
    maps=c.CONF_DISCHARGE_POWER,
)
EXPORT_LIMIT: Final = DrivenPoint[InverterReadout](
    key="export_limit",
    domain="number",
    unit="W",
    value=lambda inverter: inverter.export_limit_w,
    tell=lambda plant, _, power_w: plant.set_export_limit(power_w),
    limits=lambda plant, _: (0, plant.max_export_w),
    maps=c.CONF_EXPORT_LIMIT,
)
_OF_INVERTER: Final = (SOLAR_POWER, LOAD_POWER, GRID_POWER, WORK_MODE, CHARGE_POWER, DISCHARGE_POWER, EXPORT_LIMIT)

# A miner's unit

MINER_SWITCH: Final = DrivenPoint[UnitReadout](
    key="switch",
    domain="switch",
    value=lambda unit: unit.on,
    tell=lambda plant, spot, on: plant.switch_miner(spot.device, spot.unit, on=on),
    maps=c.CONF_SWITCHES,
)
MINER_POWER: Final = Point[UnitReadout](
    key="power", domain="sensor", unit="W", value=lambda unit: unit.power_w, maps=c.CONF_MINER_POWER
)
HASHRATE: Final = Point[UnitReadout](
    key="hashrate", domain="sensor", unit="TH/s", value=lambda unit: unit.hashrate_ths, maps=c.CONF_HASHRATE
)
BOARD_TEMPERATURE: Final = Point[UnitReadout](
    key="temperature", domain="sensor", unit="°C", value=lambda unit: unit.temperature_c, maps=c.CONF_TEMPERATURE
)
_OF_UNIT: Final = (MINER_SWITCH, MINER_POWER, HASHRATE, BOARD_TEMPERATURE)
# Of a miner with more than one level.
POWER_LIMIT: Final = DrivenPoint[UnitReadout](
    key="power_limit",
    domain="number",
    unit="W",
    value=lambda unit: unit.power_limit_w,
    tell=lambda plant, spot, power_w: plant.set_miner_power_limit(spot.device, spot.unit, power_w),
    limits=lambda plant, spot: plant.unit_limits(spot.device),
    maps=c.CONF_POWER_LIMITS,
)

# The market and the sky


def _price(
    key: str, prices: Callable[[Ahead], DayAhead], hours: Callable[[Ahead], Mapping[str, Any]], maps_of_site: str
) -> Point[Bulletin]:
    """The price of this hour; today's and, once they are out, tomorrow's prices go along by the hour."""

    def now(bulletin: Bulletin) -> float | None:
        published = prices(bulletin.ahead)
        known = (*published.today, *published.tomorrow)
        return next((hour.price for hour in known if hour.start <= bulletin.at < hour.end), None)

    return Point(
        key=key,
        domain="sensor",
        unit="{currency}/kWh",
        value=now,
        more=lambda bulletin: hours(bulletin.ahead),
        maps_of_site=maps_of_site,
    )


IMPORT_PRICE: Final = _price(
    "import_price", lambda ahead: ahead.imports, lambda ahead: ahead.import_hours, c.CONF_IMPORT_PRICE
)
EXPORT_PRICE: Final = _price(
    "export_price", lambda ahead: ahead.exports, lambda ahead: ahead.export_hours, c.CONF_EXPORT_PRICE
)
# Where there is a forecast of it: a recorded series has none.
SKY: Final = Point[Bulletin](
    key="weather",
    domain="weather",
    value=lambda bulletin: bulletin.ahead.weather[0].condition,
    more=lambda bulletin: {
        "temperature": round(bulletin.ahead.weather[0].air_c, 1),
        "cloud_coverage": round(100 * bulletin.ahead.weather[0].cover),
        "temperature_unit": "°C",
        "supported_features": _HOURLY,
    },
    maps_of_site=c.CONF_WEATHER,
)


def points_of(site: SimulatedSite, ahead: Ahead) -> Iterator[tuple[Spot, Point[Any]]]:
    """Yield every point of a simulated site, and where it is."""
    around = (IMPORT_PRICE, EXPORT_PRICE, *((SKY,) if ahead.weather else ()))
    devices: tuple[tuple[str, tuple[Point[Any], ...]], ...] = (
        (BATTERY, _OF_BATTERY),
        (INVERTER, _OF_INVERTER),
        (SURROUNDINGS, around),
    )
    for device, points in devices:
        for point in points:
            yield Spot(device), point
    for miner in site.site.miners:
        limits = (POWER_LIMIT,) if len(miner.levels) > 1 else ()
        for unit in range(miner.count):
            for one in (*_OF_UNIT, *limits):
                yield Spot(miner.id, unit, miner.count > 1), one


def shown_at(spot: Spot, readings: PlantReadings, ahead: Ahead) -> Readout | Bulletin:
    """Return what the device of a spot shows: what its points read their values off."""
    if spot.device == SURROUNDINGS:
        return Bulletin(readings.at, ahead)
    if spot.device == BATTERY:
        return readings.battery
    return readings.inverter if spot.device == INVERTER else readings.miners[spot.device][spot.unit]


def label(site: SimulatedSite, device: str) -> str:
    """Return what a device is called beside its site's name."""
    own = {BATTERY: "battery", INVERTER: "inverter", SURROUNDINGS: "market and weather"}
    return own.get(device) or site.site.names.get(device, device)


def entity_name(title: str, site: SimulatedSite, spot: Spot, key: str) -> str:
    """Return the words that a point's entity id is made of, in a site of this title."""
    unit = f" unit {spot.number}" if spot.group else ""
    return f"{title} {label(site, spot.device)} simulated{unit} {key}"
