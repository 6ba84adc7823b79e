"""The site as the owner's policies have it at one moment: every limit at its stricter value, and whose word it was."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import reduce
from types import MappingProxyType
from typing import Any, Final

from ...model.chemistry import soc_from_voltage
from ...model.policy import Moment, Policy, Rule, Sources, is_stricter, same_name, stricter
from ...model.site import Battery, Grid, Miner, Site

type Ruled = Battery | Miner | Grid

# Rules that tighten a setting of the device itself.
_SETTINGS: Final[Mapping[Rule, str]] = MappingProxyType(
    {
        Rule.BATTERY_MIN_SOC: "min_soc",
        Rule.BATTERY_MAX_SOC: "max_soc",
        Rule.BATTERY_RESERVE_SOC: "reserve_soc",
        Rule.BATTERY_TARGET_SOC: "reserve_soc",
        Rule.BATTERY_CRITICAL_SOC: "critical_soc",
        Rule.BATTERY_MIN_CHARGE_TEMPERATURE: "min_charge_temperature_c",
        Rule.BATTERY_MAX_CHARGE_TEMPERATURE: "max_charge_temperature_c",
        Rule.GRID_EXPORT: "export_allowed",
        Rule.GRID_CHARGING: "grid_charging",
        Rule.GRID_BATTERY_EXPORT: "battery_export",
        Rule.GRID_MAX_EXPORT: "max_export_w",
        Rule.MINER_START_SOC: "start_soc",
        Rule.MINER_STOP_SOC: "stop_soc",
        Rule.MINER_MIN_HOURS: "min_hours_per_day",
        Rule.MINER_MAX_HOURS: "max_hours_per_day",
        Rule.MINER_MAX_STARTS: "max_starts_per_day",
        Rule.MINER_SURPLUS_ONLY: "surplus_only",
        Rule.MINER_SURPLUS_MARGIN: "surplus_margin_w",
        Rule.MINER_HEAT_VALUE: "heat_value_per_kwh",
        Rule.MINER_MAX_TEMPERATURE: "max_temperature_c",
    }
)
# Rules about what only a policy can ask of a miner.
_GUARDS: Final[Mapping[Rule, str]] = MappingProxyType(
    {
        Rule.MINER_EMERGENCY_SOC: "emergency_soc",
        Rule.MINER_START_VOLTAGE: "start_voltage_v",
        Rule.MINER_STOP_VOLTAGE: "stop_voltage_v",
        Rule.MINER_EMERGENCY_VOLTAGE: "emergency_voltage_v",
        Rule.MINER_PROFIT_MARGIN: "profit_margin",
    }
)
# Rules that hold only while something is so: whether it is, at a value and a moment. Unknown is on the careful side.
_BITES: Final[Mapping[Rule, Callable[[float, Moment], bool]]] = MappingProxyType(
    {
        Rule.GRID_MAX_IMPORT_PRICE: lambda value, now: now.import_price is None or now.import_price > value,
        Rule.GRID_MAX_CHARGE_PRICE: lambda value, now: now.import_price is None or now.import_price > value,
        Rule.GRID_MIN_EXPORT_PRICE: lambda value, now: now.export_price is None or now.export_price < value,
        Rule.MINER_MIN_OUTDOOR_TEMPERATURE: lambda value, now: now.outdoor_c is not None and now.outdoor_c < value,
        Rule.MINER_MAX_OUTDOOR_TEMPERATURE: lambda value, now: now.outdoor_c is not None and now.outdoor_c > value,
        Rule.MINER_MIN_BATTERY_TEMPERATURE: lambda value, now: any(c < value for c in now.battery_c),
        Rule.MINER_MAX_BATTERY_TEMPERATURE: lambda value, now: any(c > value for c in now.battery_c),
    }
)
INTERLOCKS: Final = tuple(rule for rule in _BITES if rule.kind == "miner")


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerGuard:
    """What policies ask of a miner at one moment beyond its own settings; voltages at rest, None is no such rule.

    `hours` False: outside its hours. `interlock`: the temperature rule that stops it, with its limit in °C.
    `profit_margin`: what a kWh must earn above its price, in the site's currency.
    """

    emergency_soc: float | None = None
    start_voltage_v: float | None = None
    stop_voltage_v: float | None = None
    emergency_voltage_v: float | None = None
    profit_margin: float | None = None
    hours: bool = True
    interlock: tuple[Rule, float] | None = None


NO_GUARD: Final = MinerGuard()


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A site tightened for one moment.

    `max_import_w`: the most the owner wants to import (None: no wish). It binds what is chosen, as miners and charging,
    never what keeps the lights on or saves a critical battery; the connection's own limit stays in `site.grid`.
    """

    site: Site
    max_import_w: float | None = None
    guards: Mapping[str, MinerGuard] = field(default_factory=dict)
    sources: Sources = field(default_factory=dict)

    def guard(self, miner_id: str) -> MinerGuard:
        """Return what policies ask of a miner."""
        return self.guards.get(miner_id, NO_GUARD)


def active(policies: Iterable[Policy], site: Site, now: Moment) -> tuple[Policy, ...]:
    """Return the policies that hold for a site at a moment."""
    return tuple(
        policy
        for policy in policies
        if (policy.site is None or same_name(policy.site, site.name))
        and policy.when.holds(now.local)
        and (policy.rule not in _BITES or _BITES[policy.rule](policy.number, now))
    )


def in_force(site: Site, policies: Iterable[Policy], now: Moment) -> InForce:
    """Return the site with every policy that holds now at its stricter value."""
    return compiled(site, active(policies, site, now), now)


def compiled(site: Site, holding: tuple[Policy, ...], now: Moment) -> InForce:
    """Return the site tightened by policies that all hold at a moment."""
    if not holding:
        return InForce(site=site)
    sources: _Sources = {}
    batteries = tuple(_battery(battery, holding, sources) for battery in site.batteries)
    pairs = [_miner(miner, holding, sources, now) for miner in site.miners]
    grid, max_import_w = _grid(site.grid, holding, sources)
    return InForce(
        site=replace(site, grid=grid, batteries=batteries, miners=tuple(miner for miner, _ in pairs)),
        max_import_w=max_import_w,
        guards={miner.id: guard for miner, guard in pairs},
        sources=sources,
    )


type _Sources = dict[tuple[str | None, Rule], tuple[Policy, ...]]


def _about(device: Ruled, holding: Iterable[Policy]) -> dict[Rule, list[Policy]]:
    """Return the policies about a device by rule; a default gives way to any other and to a setting of its own."""
    kind = "grid" if isinstance(device, Grid) else "battery" if isinstance(device, Battery) else "miner"
    found: dict[Rule, list[Policy]] = {}
    for policy in holding:
        about = isinstance(device, Grid) or policy.is_about(device.id, device.name)
        if policy.rule.kind == kind and about:
            found.setdefault(policy.rule, []).append(policy)
    for rule, policies in found.items():
        said = [policy for policy in policies if not policy.default]
        found[rule] = said or ([] if _has_own(device, rule) else policies)
    return {rule: policies for rule, policies in found.items() if policies}


def _has_own(device: Ruled, rule: Rule) -> bool:
    """Whether the owner has set this device otherwise than it came."""
    attribute = "priority" if rule is Rule.MINER_PRIORITY else _SETTINGS.get(rule)
    if attribute is None:
        return False
    built_in = next(item.default for item in fields(device) if item.name == attribute)
    return built_in is not MISSING and bool(getattr(device, attribute) != built_in)


def _settle(rule: Rule, policies: list[Policy]) -> tuple[float, tuple[Policy, ...]]:
    """Return the strictest value and the policies that say so."""
    value = reduce(stricter(rule), (policy.number for policy in policies))
    return value, tuple(policy for policy in policies if policy.number == value)


def _settings(
    device: Ruled, device_id: str | None, about: Mapping[Rule, list[Policy]], sources: _Sources
) -> dict[str, Any]:
    """Return the settings that policies tighten. A policy that asks for less than the device's own changes nothing."""
    changed: dict[str, Any] = {}
    for rule, attribute in _SETTINGS.items():
        if rule not in about:
            continue
        value, where = _settle(rule, about[rule])
        own = changed.get(attribute, getattr(device, attribute))
        if own is not None and is_stricter(rule, float(own), value):
            continue
        changed[attribute] = bool(value) if isinstance(own, bool) else value
        sources[device_id, rule] = where
    return changed


def _battery(battery: Battery, holding: tuple[Policy, ...], sources: _Sources) -> Battery:
    changed = _settings(battery, battery.id, _about(battery, holding), sources)
    if not changed:
        return battery
    most = battery.max_soc
    least = min(changed.get("min_soc", battery.min_soc), max(battery.min_soc, most - _NARROWEST))
    most = max(changed.get("max_soc", most), least + min(_NARROWEST, most - least))
    return replace(
        battery,
        **{
            **changed,
            "min_soc": least,
            "max_soc": most,
            "reserve_soc": min(max(changed.get("reserve_soc", battery.reserve_soc), least), most),
            "critical_soc": min(changed.get("critical_soc", battery.critical_soc), most),
        },
    )


# A battery's range is never narrower than this, whatever two policies leave of it.
_NARROWEST: Final = 0.01


def _miner(miner: Miner, holding: tuple[Policy, ...], sources: _Sources, now: Moment) -> tuple[Miner, MinerGuard]:
    about = _about(miner, holding)
    if not about:
        return miner, NO_GUARD
    changed = _settings(miner, miner.id, about, sources)
    guard: dict[str, Any] = {}
    for rule, attribute in _GUARDS.items():
        if rule in about:
            guard[attribute], sources[miner.id, rule] = _settle(rule, about[rule])
    for rule in INTERLOCKS:
        if rule in about:
            limit, sources[miner.id, rule] = _settle(rule, about[rule])
            guard["interlock"] = (rule, limit)
    if Rule.MINER_PRIORITY in about:
        first, sources[miner.id, Rule.MINER_PRIORITY] = _settle(Rule.MINER_PRIORITY, about[Rule.MINER_PRIORITY])
        changed["priority"] = round(first)
    barring = {rule: _barring(about.get(rule, ()), now) for rule in _HOURS}
    sources.update({(miner.id, rule): where for rule, where in barring.items() if where})
    found = MinerGuard(**guard, hours=not any(barring.values()))
    return replace(miner, **_coherent(miner, changed, found, sources)), found


_HOURS: Final = (Rule.MINER_ALLOWED_HOURS, Rule.MINER_QUIET_HOURS)


def _barring(policies: Iterable[Policy], now: Moment) -> tuple[Policy, ...]:
    """Return the policies about hours that keep a miner off at this moment."""
    found = []
    for policy in policies:
        assert isinstance(policy.value, tuple), "hours are times of day"
        inside = any(window.holds(now.local.time()) for window in policy.value)
        if inside is (policy.rule is Rule.MINER_QUIET_HOURS):
            found.append(policy)
    return tuple(found)


def _coherent(miner: Miner, changed: dict[str, Any], guard: MinerGuard, sources: _Sources) -> dict[str, Any]:
    """Bring what was tightened together: a start level not below the stop level, voltages through the curve."""
    start = _highest(
        miner.id,
        sources,
        (Rule.MINER_START_SOC, changed.get("start_soc", miner.start_soc)),
        (Rule.MINER_START_VOLTAGE, _soc(guard.start_voltage_v)),
    )
    stop = _highest(
        miner.id,
        sources,
        (Rule.MINER_STOP_SOC, changed.get("stop_soc", miner.stop_soc)),
        (Rule.MINER_STOP_VOLTAGE, _soc(guard.stop_voltage_v)),
        (Rule.MINER_EMERGENCY_SOC, guard.emergency_soc),
        (Rule.MINER_EMERGENCY_VOLTAGE, _soc(guard.emergency_voltage_v)),
    )
    if start is not None and stop is not None and stop > start:
        start = stop
    most = min(24.0, max(0.0, changed.get("max_hours_per_day", miner.max_hours_per_day)))
    starts = changed.get("max_starts_per_day", miner.max_starts_per_day)
    return {
        **changed,
        "start_soc": start,
        "stop_soc": stop,
        "max_hours_per_day": most,
        "min_hours_per_day": min(changed.get("min_hours_per_day", miner.min_hours_per_day), most),
        "max_starts_per_day": None if starts is None else int(starts),
    }


def _soc(voltage_v: float | None) -> float | None:
    return None if voltage_v is None else soc_from_voltage(voltage_v, 0.0, 1.0)


def _highest(miner_id: str, sources: _Sources, *levels: tuple[Rule, float | None]) -> float | None:
    """Return the highest level; of the policies behind the levels only its own is what a plan rests on."""
    known = [(rule, level) for rule, level in levels if level is not None]
    if not known:
        return None
    highest = max(level for _, level in known)
    for rule, level in known:
        if level < highest and rule in (Rule.MINER_START_SOC, Rule.MINER_STOP_SOC):
            sources.pop((miner_id, rule), None)
    return highest


def _grid(grid: Grid, holding: tuple[Policy, ...], sources: _Sources) -> tuple[Grid, float | None]:
    about = _about(grid, holding)
    changed = _settings(grid, None, about, sources)
    for rule, attribute in (
        (Rule.GRID_MIN_EXPORT_PRICE, "export_allowed"),
        (Rule.GRID_MAX_CHARGE_PRICE, "grid_charging"),
    ):
        if rule in about:
            changed[attribute] = False
            _, sources[None, rule] = _settle(rule, about[rule])
    if changed.get("export_allowed") is False:
        changed["max_export_w"] = 0.0
    wishes = []
    for rule in (Rule.GRID_MAX_IMPORT, Rule.GRID_IMPORT, Rule.GRID_MAX_IMPORT_PRICE):
        if rule in about:
            value, where = _settle(rule, about[rule])
            if rule is Rule.GRID_IMPORT and value:
                continue
            wishes.append(value if rule is Rule.GRID_MAX_IMPORT else 0.0)
            sources[None, rule] = where
    if wishes and min(wishes) <= 0:
        # Charging from the grid is importing by choice.
        changed["grid_charging"] = False
    return replace(grid, **changed), min(wishes) if wishes else None
