"""What was measured: values with their times, `None` when unknown or stale, never a made-up 0."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Trouble(StrEnum):
    """Why a reading has no value."""

    NOT_MAPPED = "not_mapped"
    MISSING = "missing"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    NOT_A_NUMBER = "not_a_number"
    WRONG_UNIT = "wrong_unit"
    OUT_OF_RANGE = "out_of_range"
    STALE = "stale"
    ZERO_GLITCH = "zero_glitch"
    DOUBTED = "doubted"
    CONTRADICTED = "contradicted"
    FALLEN = "fallen"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a sensor tells that is not believed (`told`), in the reading's unit.

    `believed`: what holds until it is settled, None where nothing does. `against`: the other measurement that speaks
    against it.
    """

    told: float
    believed: float | None = None
    against: Reading[float] | None = None


@dataclass(frozen=True, slots=True)
class Reading[T]:
    """One measured value. Exactly one of `value` and `trouble` is None. `source` is the entity it came from.

    `doubt`: what its sensor tells instead, where that is not believed. It stands beside a value where another entity
    stands in for a sensor that is contradicted.
    """

    value: T | None
    at: datetime | None = None
    trouble: Trouble | None = None
    source: str | None = None
    doubt: Doubt | None = None

    def __post_init__(self) -> None:
        """A value and a trouble exclude each other."""
        if (self.value is None) == (self.trouble is None):
            msg = "a reading has either a value or a trouble"
            raise ValueError(msg)

    @property
    def believed(self) -> T | float | None:
        """The value, or what holds while it is doubted: for plans and people. What starts or stops asks for `value`."""
        if self.value is not None or self.doubt is None:
            return self.value
        return self.doubt.believed

    @property
    def held(self) -> bool:
        """Whether a doubt is to be settled: until then nothing is started, stopped or charged for this reading."""
        return self.value is None and self.believed is not None


NOT_MAPPED: Reading[float] = Reading(None, trouble=Trouble.NOT_MAPPED)
NOT_MAPPED_SWITCH: Reading[bool] = Reading(None, trouble=Trouble.NOT_MAPPED)
NOT_MAPPED_TEXT: Reading[str] = Reading(None, trouble=Trouble.NOT_MAPPED)


type NamedTrouble = tuple[str | None, str, Reading[float] | Reading[bool] | Reading[str] | Reading[int]]
"""A device's id (None: the site), a reading's name, and the reading, which has no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryReadings:
    """SOC 0..1, power in W (+ charging), voltage in V, temperature in °C.

    `soc` is the best estimate: the SOC sensor, or the voltage through the chemistry's curve where there is no sensor.
    """

    soc: Reading[float] = NOT_MAPPED
    power_w: Reading[float] = NOT_MAPPED
    voltage_v: Reading[float] = NOT_MAPPED
    temperature_c: Reading[float] = NOT_MAPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterReadings:
    """Its work mode as the device words it, its solar power and its set-points in W."""

    mode: Reading[str] = NOT_MAPPED_TEXT
    solar_w: Reading[float] = NOT_MAPPED
    charge_power_w: Reading[float] = NOT_MAPPED
    discharge_power_w: Reading[float] = NOT_MAPPED
    export_limit_w: Reading[float] = NOT_MAPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerReadings:
    """Whether it runs, wall power and power limit in W, hashrate in TH/s, temperature in °C.

    A group of n units maps n switches: `running` counts the units that are on, known only when every switch is.
    `interlock`: whether all that must be on for it to run is on; False as soon as one of them is known to be off.
    """

    running: Reading[int] = field(default_factory=lambda: Reading(None, trouble=Trouble.NOT_MAPPED))
    power_w: Reading[float] = NOT_MAPPED
    power_limit_w: Reading[float] = NOT_MAPPED
    hashrate_ths: Reading[float] = NOT_MAPPED
    temperature_c: Reading[float] = NOT_MAPPED
    interlock: Reading[bool] = NOT_MAPPED_SWITCH


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReadings:
    """All readings of one cycle. Powers in W; grid + is import; `load_w` is the house without miners.

    `grid_there`: whether the grid is there, as a sensor of the connection tells.
    """

    at: datetime
    solar_w: Reading[float] = NOT_MAPPED
    load_w: Reading[float] = NOT_MAPPED
    grid_w: Reading[float] = NOT_MAPPED
    grid_there: Reading[bool] = NOT_MAPPED_SWITCH
    batteries: Mapping[str, BatteryReadings] = field(default_factory=dict)
    inverters: Mapping[str, InverterReadings] = field(default_factory=dict)
    miners: Mapping[str, MinerReadings] = field(default_factory=dict)

    def troubles(
        self,
    ) -> Iterator[NamedTrouble]:
        """Yield each mapped reading without a value."""
        rooms: list[tuple[str | None, object]] = [(None, self)]
        for devices in (self.batteries, self.inverters, self.miners):
            rooms.extend(devices.items())
        for device, room in rooms:
            for name in room.__dataclass_fields__:  # type: ignore[attr-defined]  # each room is a dataclass
                reading = getattr(room, name)
                if isinstance(reading, Reading) and reading.trouble not in (None, Trouble.NOT_MAPPED):
                    yield device, name, reading
