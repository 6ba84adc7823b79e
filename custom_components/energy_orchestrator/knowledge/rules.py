"""Every type of rule: what it is called, measured in and bounded by, and how it is told to people. One table."""

from dataclasses import dataclass
import difflib
from typing import Final

from ..model.policy import Policy, Rule
from . import units as u
from .times import when_told
from .units import Unit

_WHO: Final = {"battery": "The battery", "miner": "Miners", "grid": "The site"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleType:
    """One type of rule. Bounds in inside units; `about` says in a word or two what it constrains.

    `text` and `no` (for a permission refused) are sentences about `{who}` with the `{value}` in them; their verbs fit one
    and many.
    """

    rule: Rule
    unit: Unit
    about: str
    text: str
    no: str | None = None
    least: float = 0.0
    most: float = 1.0

    @property
    def id(self) -> str:
        """The name it is written by."""
        return self.rule.value

    def sentence(self, policy: Policy) -> str:
        """Return the policy as one plain sentence with its value, and when and for what it holds."""
        text = self.no if self.no is not None and policy.value is False else self.text
        by = f"{policy.when.windows[0].start:%H:%M}" if self.rule is Rule.BATTERY_TARGET_SOC else ""
        told = text.format(
            who=policy.device or _WHO[self.rule.kind], value=u.value_told(policy.value, self.unit), by=by
        )
        when = "" if by else when_told(policy.when)
        site = f" at {policy.site}" if policy.site else ""
        default = ", unless its own setting says otherwise" if policy.default else ""
        return f"{told}{when}{site}{default}."


def _soc(rule: Rule, about: str, text: str) -> RuleType:
    return RuleType(rule=rule, unit=u.FRACTION, about=about, text=text)


def _voltage(rule: Rule, about: str, text: str) -> RuleType:
    return RuleType(rule=rule, unit=u.VOLTAGE, about=about, text=text, least=40, most=60)


def _temperature(rule: Rule, about: str, text: str) -> RuleType:
    return RuleType(rule=rule, unit=u.TEMPERATURE, about=about, text=text, least=-50, most=120)


def _price(rule: Rule, about: str, text: str, *, least: float = -10) -> RuleType:
    return RuleType(rule=rule, unit=u.PRICE, about=about, text=text, least=least, most=100)


def _allowed(rule: Rule, about: str, text: str, no: str) -> RuleType:
    return RuleType(rule=rule, unit=u.ALLOWED, about=about, text=text, no=no)


_TYPES: Final = (
    _soc(
        Rule.BATTERY_MIN_SOC, "battery minimum", "{who} must not be discharged below a state of charge (SOC) of {value}"
    ),
    _soc(Rule.BATTERY_MAX_SOC, "battery maximum", "{who} must not be charged above a state of charge (SOC) of {value}"),
    _soc(
        Rule.BATTERY_RESERVE_SOC, "battery reserve", "{who} should keep a state of charge (SOC) of {value} for outages"
    ),
    _soc(
        Rule.BATTERY_TARGET_SOC,
        "battery target",
        "{who} should have a state of charge (SOC) of {value} or more by {by}",
    ),
    _soc(
        Rule.BATTERY_CRITICAL_SOC,
        "battery critical level",
        "{who} must be charged from any source below a state of charge (SOC) of {value}, and every miner must stop",
    ),
    _temperature(
        Rule.BATTERY_MIN_CHARGE_TEMPERATURE, "charging temperature", "{who} must not be charged below {value}"
    ),
    _temperature(
        Rule.BATTERY_MAX_CHARGE_TEMPERATURE, "charging temperature", "{who} must not be charged above {value}"
    ),
    _allowed(Rule.GRID_IMPORT, "grid import", "Power may be bought", "No power should be bought"),
    _allowed(Rule.GRID_EXPORT, "grid export", "Power may be exported", "No power may be exported"),
    _allowed(
        Rule.GRID_CHARGING,
        "charging from the grid",
        "The battery may be charged from the grid",
        "The battery must not be charged from the grid",
    ),
    _allowed(
        Rule.GRID_BATTERY_EXPORT,
        "discharging to the grid",
        "The battery may be discharged to the grid",
        "The battery must not be discharged to the grid",
    ),
    RuleType(
        rule=Rule.GRID_MAX_IMPORT,
        unit=u.POWER,
        about="grid import limit",
        text="No more than {value} should be imported from the grid",
        most=10e6,
    ),
    RuleType(
        rule=Rule.GRID_MAX_EXPORT,
        unit=u.POWER,
        about="grid export limit",
        text="No more than {value} may be exported to the grid",
        most=10e6,
    ),
    _price(Rule.GRID_MAX_IMPORT_PRICE, "import price limit", "No power should be bought above {value}"),
    _price(Rule.GRID_MIN_EXPORT_PRICE, "export price limit", "No power may be exported below {value}"),
    _price(
        Rule.GRID_MAX_CHARGE_PRICE,
        "price ceiling for charging from the grid",
        "The battery must not be charged from the grid above {value}",
    ),
    _soc(Rule.MINER_START_SOC, "miner start level", "{who} may start at a state of charge (SOC) of {value} or more"),
    _soc(Rule.MINER_STOP_SOC, "miner stop level", "{who} must stop below a state of charge (SOC) of {value}"),
    _soc(
        Rule.MINER_EMERGENCY_SOC,
        "miner emergency level",
        "{who} must stop at once below a state of charge (SOC) of {value}, whatever else was asked",
    ),
    _voltage(
        Rule.MINER_START_VOLTAGE, "miner start voltage", "{who} may start at a battery voltage of {value} or more"
    ),
    _voltage(Rule.MINER_STOP_VOLTAGE, "miner stop voltage", "{who} must stop below a battery voltage of {value}"),
    _voltage(
        Rule.MINER_EMERGENCY_VOLTAGE,
        "miner emergency voltage",
        "{who} must stop at once below a battery voltage of {value}, whatever else was asked",
    ),
    RuleType(
        rule=Rule.MINER_ALLOWED_HOURS, unit=u.TIMES, about="allowed hours", text="{who} may run only during {value}"
    ),
    RuleType(rule=Rule.MINER_QUIET_HOURS, unit=u.TIMES, about="quiet hours", text="{who} must be quiet during {value}"),
    RuleType(
        rule=Rule.MINER_MIN_HOURS,
        unit=u.HOURS,
        about="least hours",
        text="{who} should run at least {value} a day",
        most=24,
    ),
    RuleType(
        rule=Rule.MINER_MAX_HOURS, unit=u.HOURS, about="most hours", text="{who} may run at most {value} a day", most=24
    ),
    RuleType(
        rule=Rule.MINER_MAX_STARTS,
        unit=u.COUNT,
        about="starts per day",
        text="{who} may start at most {value} times a day",
        most=200,
    ),
    RuleType(
        rule=Rule.MINER_PRIORITY,
        unit=u.COUNT,
        about="priority",
        text="{who} must take place {value} in the order of miners, 1 being first",
        least=1,
        most=10,
    ),
    _price(
        Rule.MINER_PROFIT_MARGIN,
        "profit margin",
        "{who} may run only where mining earns {value} more than the energy is worth",
        least=0,
    ),
    _allowed(
        Rule.MINER_SURPLUS_ONLY,
        "surplus only",
        "{who} may run only on surplus solar power",
        "{who} may run on any power",
    ),
    RuleType(
        rule=Rule.MINER_SURPLUS_MARGIN,
        unit=u.POWER,
        about="surplus margin",
        text="{who} must find {value} more surplus power than they draw",
        most=1e6,
    ),
    _price(Rule.MINER_HEAT_VALUE, "heat wanted", "{who} should run for their heat, which is worth {value}", least=0),
    _temperature(Rule.MINER_MAX_TEMPERATURE, "miner temperature", "{who} must stop above a temperature of {value}"),
    _temperature(
        Rule.MINER_MIN_OUTDOOR_TEMPERATURE, "outdoor temperature", "{who} must stop while it is below {value} outdoors"
    ),
    _temperature(
        Rule.MINER_MAX_OUTDOOR_TEMPERATURE, "outdoor temperature", "{who} must stop while it is above {value} outdoors"
    ),
    _temperature(
        Rule.MINER_MIN_BATTERY_TEMPERATURE, "battery temperature", "{who} must stop while the battery is below {value}"
    ),
    _temperature(
        Rule.MINER_MAX_BATTERY_TEMPERATURE, "battery temperature", "{who} must stop while the battery is above {value}"
    ),
)

REGISTRY: Final[dict[str, RuleType]] = {kind.id: kind for kind in _TYPES}
"""Every type of rule by its id. A `Rule` is its own id."""

BATTERY_RANGE: Final = "battery.range"
"""Written for two rules at once: `20-80 %` is a minimum and a maximum."""
NAMES: Final = (*REGISTRY, BATTERY_RANGE)


def nearest(name: str) -> str | None:
    """Return the rule that a mistyped name most likely means."""
    wanted = name.strip().casefold().replace(" ", "_").replace("-", "_")[:80]
    close = difflib.get_close_matches(wanted, NAMES, n=1, cutoff=0.6)
    if close:
        return close[0]
    ends = {known.partition(".")[2]: known for known in NAMES}
    close = difflib.get_close_matches(wanted.rpartition(".")[2], ends, n=1, cutoff=0.75)
    return ends[close[0]] if close else None
