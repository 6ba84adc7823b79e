"""What the owner has set, typed: the one place where stored settings become the model's units and the device mapping."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import time, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from . import const as c
from .mapping import BatteryEntities, InverterEntities, MinerEntities, SiteEntities, mapping_of
from .model.possible import is_possible, is_sound
from .model.site import Battery, Grid, InvalidSiteError, Inverter, Miner, MinerLevel, Mode, Site, Strategy, Window

type Price = float | str | tuple["PricePeriod", ...]
"""A fixed price, the entity that tells it, or a time-of-use table; currency per kWh."""

type Device = Battery | Inverter | Miner


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """A price during a daily span of local time."""

    window: Window
    price: float


_PRICES: Final = (c.CONF_IMPORT_PRICE, c.CONF_EXPORT_PRICE, c.CONF_HASHPRICE)
ENTITY_KEYS: Final = frozenset(_PRICES) | {
    item.metadata["key"]
    for mapping in (SiteEntities, BatteryEntities, InverterEntities, MinerEntities)
    for item in fields(mapping)
    if item.metadata["entity"]
}
"""Keys of stored settings that hold entity ids: one, a list of them, or (prices) perhaps none."""


# ---- Units: how a stored value becomes the model's, and back.


@dataclass(frozen=True, slots=True)
class _Unit:
    """`possible`: whether something stored can be read at all."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    possible: Callable[[Any], bool] = is_possible


def _scaled(factor: float, divisor: float = 1) -> _Unit:
    return _Unit(lambda stored: stored * factor / divisor, lambda value: round(value * divisor / factor, 6))


def levels_of(stored: Sequence[Mapping[str, Any]]) -> tuple[MinerLevel, ...]:
    """Read stored power levels, lowest first."""
    levels = (MinerLevel(float(row[c.ROW_POWER_W]), float(row[c.ROW_HASHRATE_THS])) for row in stored)
    return tuple(sorted(levels, key=lambda level: level.power_w))


def window_of(stored: Mapping[str, Any]) -> Window:
    """Read a stored daily span of local time."""
    return Window(time.fromisoformat(stored[c.ROW_FROM]), time.fromisoformat(stored[c.ROW_TO]))


def _levels_data(levels: Sequence[MinerLevel]) -> list[dict[str, Any]]:
    return [{c.ROW_POWER_W: level.power_w, c.ROW_HASHRATE_THS: level.hashrate_ths} for level in levels]


def _windows_data(windows: Sequence[Window]) -> list[dict[str, Any]]:
    return [{c.ROW_FROM: window.start.isoformat(), c.ROW_TO: window.end.isoformat()} for window in windows]


def _is_table(stored: Any) -> bool:
    return isinstance(stored, list) and is_sound(stored) and all(isinstance(row, dict) for row in stored)


_AS_IT_IS: Final = _Unit(
    lambda stored: stored, lambda value: value, lambda stored: isinstance(stored, bool) or is_possible(stored)
)
_KILO: Final = _scaled(1000)
_PERCENT: Final = _scaled(1, 100)
_MINUTES: Final = _scaled(1, 60)
_WHOLE: Final = _Unit(int, int)
_LEVELS: Final = _Unit(levels_of, _levels_data, _is_table)
_WINDOWS: Final = _Unit(lambda stored: tuple(window_of(row) for row in stored), _windows_data, _is_table)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored setting: its key, the model's attribute and unit.

    Where nothing is stored, the model's default holds; for an `optional` one that is none at all.
    """

    key: str
    attribute: str
    unit: _Unit = _AS_IT_IS
    optional: bool = False


_GRID: Final = (
    _Stored(c.CONF_CONNECTED, "connected"),
    _Stored(c.CONF_MAX_IMPORT_KW, "max_import_w", _KILO, optional=True),
    _Stored(c.CONF_MAX_EXPORT_KW, "max_export_w", _KILO, optional=True),
    _Stored(c.CONF_EXPORT_ALLOWED, "export_allowed"),
    _Stored(c.CONF_GRID_CHARGING, "grid_charging"),
    _Stored(c.CONF_BATTERY_EXPORT, "battery_export"),
)
_BATTERY: Final = (
    _Stored(c.CONF_CAPACITY_KWH, "capacity_wh", _KILO),
    _Stored(c.CONF_MAX_CHARGE_KW, "max_charge_w", _KILO),
    _Stored(c.CONF_MAX_DISCHARGE_KW, "max_discharge_w", _KILO),
    _Stored(c.CONF_CHARGE_EFFICIENCY_PCT, "charge_efficiency", _PERCENT),
    _Stored(c.CONF_DISCHARGE_EFFICIENCY_PCT, "discharge_efficiency", _PERCENT),
    _Stored(c.CONF_MIN_SOC_PCT, "min_soc", _PERCENT),
    _Stored(c.CONF_MAX_SOC_PCT, "max_soc", _PERCENT),
    _Stored(c.CONF_RESERVE_SOC_PCT, "reserve_soc", _PERCENT),
    _Stored(c.CONF_WEAR_PER_KWH, "wear_per_kwh"),
    _Stored(c.CONF_MIN_CHARGE_TEMPERATURE, "min_charge_temperature_c"),
)
_INVERTER: Final = (
    _Stored(c.CONF_AC_LIMIT_KW, "ac_limit_w", _KILO),
    _Stored(c.CONF_SOLAR_SHARE_PCT, "solar_share", _PERCENT),
)
_MINER: Final = (
    _Stored(c.CONF_LEVELS, "levels", _LEVELS),
    _Stored(c.CONF_COUNT, "count", _WHOLE),
    _Stored(c.CONF_PRIORITY, "priority", _WHOLE),
    _Stored(c.CONF_MIN_RUN_MIN, "min_run_h", _MINUTES),
    _Stored(c.CONF_MIN_PAUSE_MIN, "min_pause_h", _MINUTES),
    _Stored(c.CONF_START_COST, "start_cost"),
    _Stored(c.CONF_MAX_STARTS, "max_starts_per_day", _WHOLE, optional=True),
    _Stored(c.CONF_MIN_HOURS, "min_hours_per_day"),
    _Stored(c.CONF_MAX_HOURS, "max_hours_per_day"),
    _Stored(c.CONF_WINDOWS, "windows", _WINDOWS),
    _Stored(c.CONF_START_SOC_PCT, "start_soc", _PERCENT, optional=True),
    _Stored(c.CONF_STOP_SOC_PCT, "stop_soc", _PERCENT, optional=True),
    _Stored(c.CONF_SURPLUS_ONLY, "surplus_only"),
    _Stored(c.CONF_SURPLUS_MARGIN_W, "surplus_margin_w"),
    _Stored(c.CONF_HEAT_VALUE_PER_KWH, "heat_value_per_kwh"),
    _Stored(c.CONF_MAX_TEMPERATURE, "max_temperature_c", optional=True),
)

type _Table = tuple[_Stored, ...]


def _read(table: _Table, data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in table:
        if (value := data.get(row.key)) is not None and row.unit.possible(value):
            found[row.attribute] = row.unit.read(value)
        elif row.optional:
            found[row.attribute] = None
    return found


def _complete(model: type[Device], table: _Table, data: Mapping[str, Any]) -> dict[str, Any]:
    """Read a device; raise `InvalidSiteError` where it lacks what has no default, or has what is no possible number."""
    found = _read(table, data)
    needed = {item.name for item in fields(model) if item.default is MISSING}
    for row in table:
        if row.attribute in needed and row.attribute not in found:
            raise InvalidSiteError(row.attribute, "must be a number that can be")
    return found


def _write(table: _Table, value_of: Callable[[str], Any]) -> dict[str, Any]:
    values = ((row, value_of(row.attribute)) for row in table)
    return {row.key: row.unit.write(value) for row, value in values if value is not None}


def _defaults(table: _Table, model: type[Grid | Device]) -> dict[str, Any]:
    of_model = {item.name: item.default for item in fields(model) if item.default is not MISSING}
    return _write(table, of_model.get)


DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    c.SUBENTRY_BATTERY: _defaults(_BATTERY, Battery),
    c.SUBENTRY_INVERTER: _defaults(_INVERTER, Inverter),
    c.SUBENTRY_MINER: _defaults(_MINER, Miner),
}
"""What a new device of each kind begins with, as stored: the model's own defaults."""

DEFAULT_GRID: Final[Mapping[str, Any]] = _defaults(_GRID, Grid)
DEFAULT_TILT: Final = 30
DEFAULT_AZIMUTH: Final = 180

DEFAULT_OPTIONS: Final[Mapping[str, Any]] = {
    c.CONF_MODE: Mode.MONITOR.value,
    c.CONF_STRATEGY: Strategy.BALANCED.value,
    c.CONF_INTERVAL_MIN: 5,
    c.CONF_STALE_MIN: 15,
    c.CONF_GRACE_MIN: 10,
    c.CONF_OVERRIDE_H: 4,
    c.CONF_LOAD_PROFILE_W: [500],
}

_KEYS: Final = {row.attribute: row.key for table in (_GRID, _BATTERY, _INVERTER, _MINER) for row in table}


def key_of(attribute: str) -> str:
    """Return the key that an attribute of the model (as an `InvalidSiteError` names it) is stored under."""
    return _KEYS.get(attribute, attribute)


# ---- The site and its devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """The roof, for the forecast from the sun: kWp as W, tilt from horizontal and azimuth from north in degrees."""

    peak_w: float
    tilt: float
    azimuth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything set for one site."""

    site: Site
    entities: SiteEntities
    batteries: Mapping[str, BatteryEntities]
    inverters: Mapping[str, InverterEntities]
    miners: Mapping[str, MinerEntities]
    import_price: Price
    export_price: Price
    hashprice: float | str
    panels: Panels | None
    load_profile_w: tuple[float, ...]
    mode: Mode
    interval: timedelta
    stale_after: timedelta
    grace: timedelta
    override: timedelta

    def mapped_entities(self) -> set[str]:
        """Return every entity the integration reads or writes."""
        mappings = (self.entities, *self.batteries.values(), *self.inverters.values(), *self.miners.values())
        return {entity for mapping in mappings for entity in mapping.ids()} | self.price_entities()

    def protecting_entities(self) -> set[str]:
        """Return the entities that can tell of a danger: what they show is looked at without delay."""
        site = (self.entities.grid_power, self.entities.load_power, self.entities.solar_power, self.entities.grid_there)
        cells = ((own.soc, own.voltage, own.power, own.temperature) for own in self.batteries.values())
        miners = ((*own.temperature, *own.interlock, *own.switches) for own in self.miners.values())
        return {entity for entities in (site, *cells, *miners) for entity in entities if entity}

    def price_entities(self) -> set[str]:
        """Return the entities that tell prices, the hashprice included."""
        return {price for price in (self.import_price, self.export_price, self.hashprice) if isinstance(price, str)}

    def driven(self, device_id: str) -> Iterator[str]:
        """Yield every entity that a device is driven by; a battery's are its inverter's."""
        if (battery := self.batteries.get(device_id)) is not None:
            device_id = battery.controller or device_id
        mapped = self.inverters.get(device_id) or self.miners.get(device_id)
        yield from mapped.ids(driven=True) if mapped is not None else ()


class StoredDevice(Protocol):
    """What is stored of a device: a config subentry."""

    @property
    def subentry_type(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> Mapping[str, Any]: ...  # noqa: D102


class StoredSite(Protocol):
    """What is stored of a site: a config entry, its devices by id."""

    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def options(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def subentries(self) -> Mapping[str, StoredDevice]: ...  # noqa: D102


def settings_of(entry: StoredSite, *, currency: str, time_zone: str) -> Settings:
    """Read what is stored of a site and its devices.

    A battery whose inverter has been removed stands by itself. Raises `InvalidSiteError` (of the model) naming the
    field where devices cannot exist together. What cannot be what it stands for is left out (`impossible` names it).
    """
    data, hashprice = entry.data, entry.data.get(c.CONF_HASHPRICE, 0.0)
    options = {**DEFAULT_OPTIONS, **{key: value for key, value in entry.options.items() if _is_option(key, value)}}

    def devices(kind: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
        return {key: (one.title, one.data) for key, one in entry.subentries.items() if one.subentry_type == kind}

    batteries = {
        key: (title, _without_lost_inverter(stored, entry))
        for key, (title, stored) in devices(c.SUBENTRY_BATTERY).items()
    }
    inverters, miners = devices(c.SUBENTRY_INVERTER), devices(c.SUBENTRY_MINER)
    return Settings(
        site=Site(
            name=entry.title,
            currency=currency,
            time_zone=time_zone,
            grid=grid_of(data),
            batteries=tuple(battery_of(key, stored, title) for key, (title, stored) in batteries.items()),
            inverters=tuple(inverter_of(key, stored, title) for key, (title, stored) in inverters.items()),
            miners=tuple(miner_of(key, stored, title) for key, (title, stored) in miners.items()),
            strategy=Strategy(options[c.CONF_STRATEGY]),
        ),
        entities=mapping_of(SiteEntities, data),
        batteries={key: mapping_of(BatteryEntities, stored) for key, (_, stored) in batteries.items()},
        inverters={key: mapping_of(InverterEntities, stored) for key, (_, stored) in inverters.items()},
        miners={key: mapping_of(MinerEntities, stored) for key, (_, stored) in miners.items()},
        import_price=price_of(data.get(c.CONF_IMPORT_PRICE, 0.0)),
        export_price=price_of(data.get(c.CONF_EXPORT_PRICE, 0.0)),
        hashprice=hashprice if isinstance(hashprice, str) or is_possible(hashprice) else 0.0,
        panels=panels_of(data),
        load_profile_w=tuple(float(w) for w in options[c.CONF_LOAD_PROFILE_W]),
        mode=Mode(options[c.CONF_MODE]),
        interval=timedelta(minutes=options[c.CONF_INTERVAL_MIN]),
        stale_after=timedelta(minutes=options[c.CONF_STALE_MIN]),
        grace=timedelta(minutes=options[c.CONF_GRACE_MIN]),
        override=timedelta(hours=options[c.CONF_OVERRIDE_H]),
    )


def _is_option(key: str, value: Any) -> bool:
    """Whether an option can be what is stored of it."""
    return key not in _OPTIONS or _OPTIONS[key](value)


def _is_word_of(words: type[StrEnum]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in {word.value for word in words}


def _is_between(least: float, most: float) -> Callable[[Any], bool]:
    return lambda value: is_possible(value) and least <= value <= most


_OPTIONS: Final[Mapping[str, Callable[[Any], bool]]] = {
    c.CONF_MODE: _is_word_of(Mode),
    c.CONF_STRATEGY: _is_word_of(Strategy),
    # Wider than the form: what was stored by an earlier version holds.
    c.CONF_INTERVAL_MIN: _is_between(0.1, 1440),
    c.CONF_STALE_MIN: _is_between(0, 1e5),
    c.CONF_GRACE_MIN: _is_between(0, 1e5),
    c.CONF_OVERRIDE_H: _is_between(0, 1000),
    c.CONF_LOAD_PROFILE_W: lambda value: (
        isinstance(value, list) and len(value) in {1, 24} and all(is_possible(watts) and watts >= 0 for watts in value)
    ),
}


def impossible(entry: StoredSite) -> list[tuple[str, str]]:
    """Return what is stored and cannot be: the title of the site or device, and the key."""
    found = [(entry.title, key) for key, value in entry.options.items() if not _is_option(key, value)]
    found += [(entry.title, key) for key, value in entry.data.items() if not is_sound(value)]
    tables = {c.SUBENTRY_BATTERY: _BATTERY, c.SUBENTRY_INVERTER: _INVERTER, c.SUBENTRY_MINER: _MINER}
    stored: list[tuple[str, Mapping[str, Any], _Table]] = [(entry.title, entry.data, _GRID)]
    stored += [(one.title, one.data, tables.get(one.subentry_type, ())) for one in entry.subentries.values()]
    for title, data, table in stored:
        rows = ((row, data.get(row.key)) for row in table)
        found += [(title, row.key) for row, value in rows if value is not None and not row.unit.possible(value)]
    return list(dict.fromkeys(found))


def _without_lost_inverter(data: Mapping[str, Any], entry: StoredSite) -> Mapping[str, Any]:
    if data.get(c.CONF_INVERTER) in entry.subentries:
        return data
    return {key: value for key, value in data.items() if key != c.CONF_INVERTER}


def grid_of(data: Mapping[str, Any]) -> Grid:
    """Read the connection's limits."""
    return Grid(**_read(_GRID, data))


def grid_data(grid: Grid) -> dict[str, Any]:
    """Write the connection's limits as they are stored."""
    return _write(_GRID, lambda attribute: getattr(grid, attribute))


def battery_of(device_id: str, data: Mapping[str, Any], name: str) -> Battery:
    """Read a battery's subentry. Without a reserve of its own, its reserve is the bottom of its range."""
    read = _complete(Battery, _BATTERY, {c.CONF_MIN_SOC_PCT: DEFAULTS[c.SUBENTRY_BATTERY][c.CONF_MIN_SOC_PCT], **data})
    min_soc = read.setdefault("min_soc", DEFAULTS[c.SUBENTRY_BATTERY][c.CONF_MIN_SOC_PCT] / 100)
    return Battery(
        id=device_id,
        name=name,
        critical_soc=min(0.2, min_soc),
        inverter_id=data.get(c.CONF_INVERTER) if data.get(c.CONF_DC_COUPLED, True) else None,
        **{"reserve_soc": min_soc, **read},
    )


def battery_data(battery: Battery) -> dict[str, Any]:
    """Write a battery as it is stored; its inverter's id is the one it is stored under."""
    data = _write(_BATTERY, lambda attribute: getattr(battery, attribute))
    data[c.CONF_DC_COUPLED] = battery.inverter_id is not None
    if battery.inverter_id is not None:
        data[c.CONF_INVERTER] = battery.inverter_id
    return data


def inverter_of(device_id: str, data: Mapping[str, Any], name: str) -> Inverter:
    """Read an inverter's subentry."""
    return Inverter(id=device_id, name=name, **_complete(Inverter, _INVERTER, data))


def inverter_data(inverter: Inverter) -> dict[str, Any]:
    """Write an inverter as it is stored."""
    return _write(_INVERTER, lambda attribute: getattr(inverter, attribute))


def miner_of(device_id: str, data: Mapping[str, Any], name: str) -> Miner:
    """Read a miner's subentry."""
    return Miner(id=device_id, name=name, **_complete(Miner, _MINER, data))


def miner_data(miner: Miner) -> dict[str, Any]:
    """Write a miner as it is stored."""
    return _write(_MINER, lambda attribute: getattr(miner, attribute))


_DEVICE_READERS: Final[Mapping[str, Callable[[str, Mapping[str, Any], str], Device]]] = {
    c.SUBENTRY_BATTERY: battery_of,
    c.SUBENTRY_INVERTER: inverter_of,
    c.SUBENTRY_MINER: miner_of,
}


def check_device(subentry_type: str, data: Mapping[str, Any]) -> None:
    """Raise `InvalidSiteError` where there can be no device of these stored settings."""
    _DEVICE_READERS[subentry_type]("", data, "")


def panels_of(data: Mapping[str, Any]) -> Panels | None:
    """Read the roof, None where its size is not known."""
    peak_kw = data.get(c.CONF_SOLAR_PEAK_KW)
    if not peak_kw or not is_possible(peak_kw):
        return None
    tilt, azimuth = data.get(c.CONF_SOLAR_TILT), data.get(c.CONF_SOLAR_AZIMUTH)
    return Panels(
        peak_w=1000 * peak_kw,
        tilt=tilt if tilt is not None and is_possible(tilt) else DEFAULT_TILT,
        azimuth=azimuth if azimuth is not None and is_possible(azimuth) else DEFAULT_AZIMUTH,
    )


def price_of(stored: float | str | list[Mapping[str, Any]]) -> Price:
    """Read a stored price: a number, an entity, or a time-of-use table.

    Raises `InvalidSiteError` for a number that cannot be: whatever stood in its place, money would be lost by it.
    """
    if isinstance(stored, str):
        return stored
    if not (_is_table(stored) or is_possible(stored)):
        raise InvalidSiteError("price", "must be a number that can be")
    if isinstance(stored, list):
        return tuple(PricePeriod(window_of(row), float(row[c.ROW_PRICE])) for row in stored)
    return float(stored)


def with_new_name(data: Mapping[str, Any], old: str, new: str) -> dict[str, Any] | None:
    """Return stored settings with an entity that was renamed, None where they do not have it."""
    changed: dict[str, Any] = {}
    for key in ENTITY_KEYS & data.keys():
        value = data[key]
        if value == old:
            changed[key] = new
        elif isinstance(value, list) and old in value:
            changed[key] = [new if entity == old else entity for entity in value]
    return {**data, **changed} if changed else None
