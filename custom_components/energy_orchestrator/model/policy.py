"""One rule of the owner: what it is about, its value, when it holds, and where it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from .site import Window

type Value = float | bool | tuple[Window, ...]
"""A number in inside units (W, V, h, fraction, °C, currency per kWh, a count), a permission, or times of day."""


class Rule(StrEnum):
    """Every type of rule there is; `knowledge/rules.py` says what each is called and measured in."""

    BATTERY_MIN_SOC = "battery.min_soc"
    BATTERY_MAX_SOC = "battery.max_soc"
    BATTERY_RESERVE_SOC = "battery.reserve_soc"
    BATTERY_TARGET_SOC = "battery.target_soc"
    BATTERY_CRITICAL_SOC = "battery.critical_soc"
    BATTERY_MIN_CHARGE_TEMPERATURE = "battery.min_charge_temperature"
    BATTERY_MAX_CHARGE_TEMPERATURE = "battery.max_charge_temperature"
    GRID_IMPORT = "grid.import"
    GRID_EXPORT = "grid.export"
    GRID_CHARGING = "grid.charging"
    GRID_BATTERY_EXPORT = "grid.battery_export"
    GRID_MAX_IMPORT = "grid.max_import"
    GRID_MAX_EXPORT = "grid.max_export"
    GRID_MAX_IMPORT_PRICE = "grid.max_import_price"
    GRID_MIN_EXPORT_PRICE = "grid.min_export_price"
    GRID_MAX_CHARGE_PRICE = "grid.max_charge_price"
    MINER_START_SOC = "miner.start_soc"
    MINER_STOP_SOC = "miner.stop_soc"
    MINER_EMERGENCY_SOC = "miner.emergency_soc"
    MINER_START_VOLTAGE = "miner.start_voltage"
    MINER_STOP_VOLTAGE = "miner.stop_voltage"
    MINER_EMERGENCY_VOLTAGE = "miner.emergency_voltage"
    MINER_ALLOWED_HOURS = "miner.allowed_hours"
    MINER_QUIET_HOURS = "miner.quiet_hours"
    MINER_MIN_HOURS = "miner.min_hours"
    MINER_MAX_HOURS = "miner.max_hours"
    MINER_MAX_STARTS = "miner.max_starts"
    MINER_PRIORITY = "miner.priority"
    MINER_PROFIT_MARGIN = "miner.profit_margin"
    MINER_SURPLUS_ONLY = "miner.surplus_only"
    MINER_SURPLUS_MARGIN = "miner.surplus_margin"
    MINER_HEAT_VALUE = "miner.heat_value"
    MINER_MAX_TEMPERATURE = "miner.max_temperature"
    MINER_MIN_OUTDOOR_TEMPERATURE = "miner.min_outdoor_temperature"
    MINER_MAX_OUTDOOR_TEMPERATURE = "miner.max_outdoor_temperature"
    MINER_MIN_BATTERY_TEMPERATURE = "miner.min_battery_temperature"
    MINER_MAX_BATTERY_TEMPERATURE = "miner.max_battery_temperature"

    @property
    def kind(self) -> str:
        """What it constrains: `battery`, `grid` or `miner`."""
        return self.value.partition(".")[0]


# Of two values the lower is the stricter for these (False is lower than True); the higher for all others.
_LOWER: Final = frozenset(
    {
        Rule.BATTERY_MAX_SOC,
        Rule.BATTERY_MAX_CHARGE_TEMPERATURE,
        Rule.GRID_IMPORT,
        Rule.GRID_EXPORT,
        Rule.GRID_CHARGING,
        Rule.GRID_BATTERY_EXPORT,
        Rule.GRID_MAX_IMPORT,
        Rule.GRID_MAX_EXPORT,
        Rule.GRID_MAX_IMPORT_PRICE,
        Rule.GRID_MAX_CHARGE_PRICE,
        Rule.MINER_MAX_HOURS,
        Rule.MINER_MAX_STARTS,
        Rule.MINER_MAX_TEMPERATURE,
        Rule.MINER_MAX_OUTDOOR_TEMPERATURE,
        Rule.MINER_MAX_BATTERY_TEMPERATURE,
    }
)
# Two of these hold side by side: hours are taken away by each.
ADDING_UP: Final = frozenset({Rule.MINER_ALLOWED_HOURS, Rule.MINER_QUIET_HOURS})


def stricter(rule: Rule) -> Callable[[float, float], float]:
    """Return how two values of a rule combine to the stricter one (wishes, as heat: to the one that asks for more)."""
    return min if rule in _LOWER else max


def is_stricter(rule: Rule, one: float, other: float) -> bool:
    """Whether `one` asks for more than `other`."""
    return one != other and stricter(rule)(one, other) == one


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a policy is written: the document's title, the section's heading, the line in the file (1 is the first)."""

    document: str
    section: str = ""
    line: int = 0
    file: str = ""

    def __str__(self) -> str:
        """Return `document › section`."""
        return f"{self.document} › {self.section}" if self.section else self.document


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from `first` to `last`, both of them included."""

    first: date
    last: date


_WEEK_MIN: Final = 7 * 24 * 60
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Moments of local time. What is empty does not restrict; what is given must all hold.

    `weekdays`: 0 is Monday; `months`: 1 is January. A window that spans midnight belongs to the day on which it begins.
    `dates` name event days: holidays, a storm.
    """

    windows: tuple[Window, ...] = ()
    weekdays: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    dates: tuple[DateRange, ...] = ()

    def holds(self, local: datetime) -> bool:
        """Whether it holds at a moment of local time."""
        if not self.windows:
            return self._on(local.date())
        at = local.time()
        return any(
            window.holds(at)
            and self._on(local.date() - timedelta(days=1 if window.spans_midnight and at < window.end else 0))
            for window in self.windows
        )

    def _on(self, day: date) -> bool:
        return (
            (not self.weekdays or day.weekday() in self.weekdays)
            and (not self.months or day.month in self.months)
            and (not self.dates or any(span.first <= day <= span.last for span in self.dates))
        )

    def overlaps(self, other: When) -> bool:
        """Whether both can hold at once."""
        return (
            bool(self._week() & other._week())
            and (not self.months or not other.months or bool(self.months & other.months))
            and (
                not self.dates
                or not other.dates
                or any(a.first <= b.last and b.first <= a.last for a in self.dates for b in other.dates)
            )
        )

    def covers(self, other: When) -> bool:
        """Whether it holds whenever the other does."""
        return (
            not other._week() & ~self._week()
            and (not self.months or (bool(other.months) and other.months <= self.months))
            and (
                not self.dates
                or (
                    bool(other.dates)
                    and all(any(a.first <= b.first and b.last <= a.last for a in self.dates) for b in other.dates)
                )
            )
        )

    def _week(self) -> int:
        """The minutes of a week it holds in, as bits from Monday 00:00."""
        day = 0
        for window in self.windows:
            start, end = (60 * at.hour + at.minute for at in (window.start, window.end))
            length = end - start if start < end else end - start + _DAY_MIN
            day |= ((1 << length) - 1) << start
        day = day if self.windows else (1 << _DAY_MIN) - 1
        week = 0
        for weekday in self.weekdays or range(7):
            week |= day << (weekday * _DAY_MIN)
        return (week | week >> _WEEK_MIN) & ((1 << _WEEK_MIN) - 1)


ALWAYS: Final = When()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One rule. `device` is an id or a name, None for all of the rule's kind; `site` likewise.

    A `default` holds for what the owner has not set otherwise: it gives way to a device's own setting that differs from
    the built-in one, and to any other policy of the same rule.
    """

    rule: Rule
    value: Value
    citation: Citation
    device: str | None = None
    site: str | None = None
    when: When = ALWAYS
    default: bool = False

    @property
    def number(self) -> float:
        """The value of a rule with a number or a permission (1 allowed, 0 not)."""
        assert not isinstance(self.value, tuple), "times of day are no number"
        return float(self.value)

    def is_about(self, device_id: str, name: str) -> bool:
        """Whether it is about this device."""
        return self.device is None or same_name(self.device, device_id) or same_name(self.device, name)


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What policies look at: local time, prices in currency per kWh, temperatures in °C; None and no item are unknown.

    `battery_c`: of every battery that tells.
    """

    local: datetime
    import_price: float | None = None
    export_price: float | None = None
    outdoor_c: float | None = None
    battery_c: tuple[float, ...] = ()


type Sources = Mapping[tuple[str | None, Rule], tuple[Policy, ...]]
"""The policies in force, by device id (None: the site) and rule."""
