"""Which policies a reason rests on: one table per kind of device, from the reason's code to the rules behind it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from ...model.decision import BatteryReason as B, MinerReason as M, Reason
from ...model.policy import Rule, Sources
from ...model.problem import Cited, Problem

_IMPORT: Final = (Rule.GRID_MAX_IMPORT, Rule.GRID_IMPORT, Rule.GRID_MAX_IMPORT_PRICE)
_EXPORT: Final = (Rule.GRID_MAX_EXPORT, Rule.GRID_EXPORT, Rule.GRID_MIN_EXPORT_PRICE, Rule.GRID_BATTERY_EXPORT)
_CHARGING: Final = (Rule.GRID_CHARGING, Rule.GRID_MAX_CHARGE_PRICE)
_KEPT: Final = (Rule.BATTERY_RESERVE_SOC, Rule.BATTERY_TARGET_SOC, Rule.BATTERY_MIN_SOC)
_MARGIN: Final = (Rule.MINER_PROFIT_MARGIN,)

# Two tables, for a miner's code and a battery's may read alike and mean different things.
_MINER: Final[Mapping[M, tuple[Rule, ...]]] = MappingProxyType(
    {
        M.SURPLUS: (Rule.MINER_SURPLUS_ONLY, Rule.MINER_SURPLUS_MARGIN),
        M.HEAT_WANTED: (Rule.MINER_HEAT_VALUE,),
        M.LEAST_HOURS: (Rule.MINER_MIN_HOURS,),
        M.UNPROFITABLE: _MARGIN,
        M.SAVING_FOR_PEAK: (*_MARGIN, *_KEPT),
        M.SOC_TOO_LOW: (Rule.MINER_START_SOC, Rule.MINER_START_VOLTAGE),
        M.BELOW_STOP_SOC: (
            Rule.MINER_STOP_SOC,
            Rule.MINER_STOP_VOLTAGE,
            Rule.MINER_EMERGENCY_SOC,
            Rule.MINER_EMERGENCY_VOLTAGE,
            Rule.BATTERY_CRITICAL_SOC,
        ),
        M.NO_SURPLUS: (Rule.MINER_SURPLUS_ONLY, Rule.MINER_SURPLUS_MARGIN),
        M.OUTSIDE_WINDOW: (Rule.MINER_ALLOWED_HOURS, Rule.MINER_QUIET_HOURS),
        M.DAY_LIMIT: (Rule.MINER_MAX_HOURS, Rule.MINER_MAX_STARTS),
        M.IMPORT_LIMIT: (*_IMPORT, Rule.MINER_PRIORITY),
        M.TOO_HOT: (
            Rule.MINER_MAX_TEMPERATURE,
            Rule.MINER_MAX_OUTDOOR_TEMPERATURE,
            Rule.MINER_MAX_BATTERY_TEMPERATURE,
        ),
        M.TOO_COLD: (Rule.MINER_MIN_OUTDOOR_TEMPERATURE, Rule.MINER_MIN_BATTERY_TEMPERATURE),
        M.EMERGENCY_STOP: (Rule.MINER_EMERGENCY_SOC, Rule.MINER_EMERGENCY_VOLTAGE, Rule.BATTERY_CRITICAL_SOC),
    }
)
_BATTERY: Final[Mapping[B, tuple[Rule, ...]]] = MappingProxyType(
    {
        B.RECOVERING: (Rule.BATTERY_MIN_SOC, Rule.BATTERY_RESERVE_SOC),
        B.CHARGING_CHEAP: (*_KEPT, *_IMPORT, *_CHARGING),
        B.STORING_SURPLUS: (*_EXPORT, *_CHARGING, *_KEPT),
        B.COVERING_LOAD: _IMPORT,
        B.SAVING_FOR_PEAK: (*_KEPT, *_CHARGING),
        B.AT_RESERVE: (*_KEPT, *_CHARGING),
        B.FULL: (Rule.BATTERY_MAX_SOC,),
        B.EXPORT_PAYS_MORE: (Rule.BATTERY_MAX_SOC,),
        B.IDLE: (*_KEPT, *_CHARGING, *_EXPORT),
        B.TOO_COLD: (Rule.BATTERY_MIN_CHARGE_TEMPERATURE,),
        B.TOO_HOT: (Rule.BATTERY_MAX_CHARGE_TEMPERATURE,),
        B.IMPORT_LIMIT: _IMPORT,
        B.EMERGENCY_STOP: (Rule.BATTERY_CRITICAL_SOC,),
    }
)


def _rests_on(code: StrEnum) -> tuple[Rule, ...]:
    if isinstance(code, M):
        return _MINER.get(code, ())
    return _BATTERY.get(code, ()) if isinstance(code, B) else ()


# What is kept for later shapes the hours before, as long as there is less: this far ahead.
_AHEAD_H: Final = 24.0


def of_slot(problem: Problem, device_id: str, slot: int, code: StrEnum, soc: float) -> tuple[str, ...]:
    """Return `document › section` of every policy a reason in a slot rests on; `soc` is the battery's there (0..1)."""
    return tuple(dict.fromkeys(_of_slot(problem, device_id, slot, code, soc)))


def _of_slot(problem: Problem, device_id: str, slot: int, code: StrEnum, soc: float) -> Iterator[str]:
    rules = _rests_on(code)
    by_device = _by_device(problem)
    for cited in (*by_device.get(device_id, ()), *by_device.get(None, ())):
        if cited.rule in rules and _concerns(cited.device_id, cited.rule, device_id, code):
            ahead = cited.rule in _KEPT and _ahead(problem, cited, slot) and (cited.value or 0.0) > soc
            if cited.slots[slot] or ahead:
                yield cited.source


@lru_cache(maxsize=4)
def _by_device(problem: Problem) -> Mapping[str | None, tuple[Cited, ...]]:
    """Sort a problem's citations by device; None holds the site's and the batteries', which concern others too."""
    found: dict[str | None, list[Cited]] = {}
    for cited in problem.citations:
        found.setdefault(cited.device_id, []).append(cited)
        if cited.rule.kind == "battery":
            found.setdefault(None, []).append(cited)
    return {device: tuple(citations) for device, citations in found.items()}


def _concerns(about: str | None, rule: Rule, device_id: str, code: StrEnum) -> bool:
    """Whether a policy about a device (None: the site) concerns another: what a battery must keep, miners feel."""
    return about in (device_id, None) or (isinstance(code, M) and rule.kind == "battery")


def _ahead(problem: Problem, cited: Cited, slot: int) -> bool:
    edges = problem.horizon.edges_h
    soon = (edges[:-1] >= edges[slot]) & (edges[:-1] < edges[slot] + _AHEAD_H)
    return bool(np.any(cited.slots & soon))


def bars(problem: Problem, device_id: str, slot: int, code: StrEnum) -> bool:
    """Whether a policy behind a code keeps a device from something in a slot."""
    return any(cited.rule in _rests_on(code) and cited.slots[slot] for cited in _by_device(problem).get(device_id, ()))


def with_sources[C: StrEnum](reason: Reason[C], device_id: str, sources: Sources) -> Reason[C]:
    """Return a reason found from the moment's readings with the policies it rests on; one that has them keeps them."""
    if reason.policies or not sources:
        return reason
    rules = _rests_on(reason.code)
    found = [
        str(policy.citation)
        for (device, rule), policies in sources.items()
        if rule in rules and _concerns(device, rule, device_id, reason.code)
        for policy in policies
    ]
    return Reason(reason.code, reason.numbers, tuple(dict.fromkeys(found))) if found else reason
