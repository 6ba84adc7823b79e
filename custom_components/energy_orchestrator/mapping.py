"""Which entity stands for what: the mapping of a site and its devices. A field's metadata holds the key it is stored under."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from . import const as c
from .model.decision import BatteryMode
from .model.site import LeftAs


def _entity(key: str, *, driven: bool = False) -> dict[str, Any]:
    return {"key": key, "entity": True, "driven": driven}


def _setting(key: str, read: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    return {"key": key, "entity": False, "read": read}


def _modes(stored: Mapping[str, str]) -> dict[BatteryMode, str]:
    return {BatteryMode(mode): option for mode, option in stored.items()}


def _in_minutes(stored: float) -> timedelta:
    return timedelta(minutes=stored)


def _in_seconds(stored: float) -> timedelta:
    return timedelta(seconds=stored)


MOST_RENEW_MIN: Final = 1440


class SetPointOrder(StrEnum):
    """When a set-point is written: some devices take it only before they are in its mode, some only after."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"


_SILENCE: Final = _setting(c.CONF_STALE_MIN, _in_minutes)


@dataclass(frozen=True, slots=True)
class _Mapping:
    """What every mapping can do. `stale_after` of a device: how long its sensors may be silent, None for the site's."""

    def ids(self, *, driven: bool = False) -> Iterator[str]:
        """Yield the id of every entity that is mapped, or of those only that devices are driven by."""
        for item in fields(self):
            if item.metadata["entity"] and (item.metadata["driven"] or not driven):
                value = getattr(self, item.name)
                yield from value if isinstance(value, tuple) else [value] if value else []


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryEntities(_Mapping):
    """Entities of one battery. `power_inverted`: the sensor reads positive when charging (usual: when discharging).

    `charge`: what goes in, where a second sensor tells it; `power` is then what comes out, both are positive.
    """

    soc: str | None = field(default=None, metadata=_entity(c.CONF_SOC))
    voltage: str | None = field(default=None, metadata=_entity(c.CONF_VOLTAGE))
    power: str | None = field(default=None, metadata=_entity(c.CONF_BATTERY_POWER))
    power_inverted: bool = field(default=False, metadata=_setting(c.CONF_BATTERY_POWER_INVERTED))
    charge: str | None = field(default=None, metadata=_entity(c.CONF_BATTERY_CHARGE_POWER))
    temperature: str | None = field(default=None, metadata=_entity(c.CONF_TEMPERATURE))
    stale_after: timedelta | None = field(default=None, metadata=_SILENCE)
    controller: str | None = field(default=None, metadata=_setting(c.CONF_INVERTER))
    """Subentry id of the inverter that carries out this battery's mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterEntities(_Mapping):
    """Entities of one inverter; `work_mode_options` says which option of the select stands for which battery mode.

    `positive_means`: the mode that a value above zero stands for, where one signed number sets both powers.
    `renew`: the device forgets a forced mode after this long. `poll`: how often its integration asks it. None: nobody said.
    """

    solar_power: str | None = field(default=None, metadata=_entity(c.CONF_SOLAR_POWER))
    work_mode: str | None = field(default=None, metadata=_entity(c.CONF_WORK_MODE, driven=True))
    work_mode_options: Mapping[BatteryMode, str] = field(
        default_factory=dict, metadata=_setting(c.CONF_WORK_MODE_OPTIONS, _modes)
    )
    charge_power: str | None = field(default=None, metadata=_entity(c.CONF_CHARGE_POWER, driven=True))
    discharge_power: str | None = field(default=None, metadata=_entity(c.CONF_DISCHARGE_POWER, driven=True))
    export_limit: str | None = field(default=None, metadata=_entity(c.CONF_EXPORT_LIMIT, driven=True))
    positive_means: BatteryMode = field(
        default=BatteryMode.CHARGE, metadata=_setting(c.CONF_POSITIVE_MEANS, BatteryMode)
    )
    set_point_order: SetPointOrder = field(
        default=SetPointOrder.BOTH, metadata=_setting(c.CONF_SET_POINT_ORDER, SetPointOrder)
    )
    renew: timedelta | None = field(default=None, metadata=_setting(c.CONF_RENEW_MIN, _in_minutes))
    poll: timedelta | None = field(default=None, metadata=_setting(c.CONF_POLL_S, _in_seconds))
    stale_after: timedelta | None = field(default=None, metadata=_SILENCE)
    left_as: LeftAs = field(default=LeftAs.SELF_CONSUMPTION, metadata=_setting(c.CONF_LEFT_AS, LeftAs))

    @property
    def one_set_point(self) -> bool:
        """Whether one number sets the power of both directions."""
        return self.charge_power is not None and self.charge_power == self.discharge_power


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerEntities(_Mapping):
    """Entities of one miner or group: one per unit in `switches` and `power_limits`; sensors add up.

    `renew`: a unit forgets what it was told after this long. `poll`: how often its integration asks it. None: nobody said.
    """

    switches: tuple[str, ...] = field(default=(), metadata=_entity(c.CONF_SWITCHES, driven=True))
    power_limits: tuple[str, ...] = field(default=(), metadata=_entity(c.CONF_POWER_LIMITS, driven=True))
    power: tuple[str, ...] = field(default=(), metadata=_entity(c.CONF_MINER_POWER))
    hashrate: tuple[str, ...] = field(default=(), metadata=_entity(c.CONF_HASHRATE))
    temperature: tuple[str, ...] = field(default=(), metadata=_entity(c.CONF_TEMPERATURE))
    renew: timedelta | None = field(default=None, metadata=_setting(c.CONF_RENEW_MIN, _in_minutes))
    poll: timedelta | None = field(default=None, metadata=_setting(c.CONF_POLL_S, _in_seconds))
    stale_after: timedelta | None = field(default=None, metadata=_SILENCE)
    interlock: tuple[str, ...] = field(default=(), metadata=_entity(c.CONF_INTERLOCK))
    """What must all be on for it to run: a pump, a fan, a flow."""
    left_as: LeftAs = field(default=LeftAs.OFF, metadata=_setting(c.CONF_LEFT_AS, LeftAs))


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntities(_Mapping):
    """Entities of the site. `grid_power_inverted`: the sensor reads positive when exporting.

    `grid_export`: what is exported, where a second sensor tells it; `grid_power` is then what is imported, both are
    positive. `load_power_inverted`: the sensor counts what is used below zero.
    `grid_there`: on while the grid is there.
    """

    solar_power: str | None = field(default=None, metadata=_entity(c.CONF_SOLAR_POWER))
    load_power: str | None = field(default=None, metadata=_entity(c.CONF_LOAD_POWER))
    load_includes_miners: bool = field(default=True, metadata=_setting(c.CONF_LOAD_INCLUDES_MINERS))
    load_power_inverted: bool = field(default=False, metadata=_setting(c.CONF_LOAD_POWER_INVERTED))
    grid_power: str | None = field(default=None, metadata=_entity(c.CONF_GRID_POWER))
    grid_power_inverted: bool = field(default=False, metadata=_setting(c.CONF_GRID_POWER_INVERTED))
    grid_export: str | None = field(default=None, metadata=_entity(c.CONF_GRID_EXPORT_POWER))
    grid_there: str | None = field(default=None, metadata=_entity(c.CONF_GRID_THERE))
    weather: str | None = field(default=None, metadata=_entity(c.CONF_WEATHER))


def mapping_of[M: _Mapping](mapping: type[M], data: Mapping[str, Any]) -> M:
    """Read a mapping out of stored settings; what cannot be read is as if it were not stored."""
    found = {}
    for item in fields(mapping):
        if (value := data.get(item.metadata["key"])) is not None:
            read = item.metadata.get("read") or (tuple if isinstance(value, list) else None)
            with suppress(TypeError, ValueError):  # what nobody knows is as if it were not stored
                found[item.name] = read(value) if read else value
    return mapping(**found)
