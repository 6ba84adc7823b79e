"""What stops a miner whatever plan and owner wish, in which order load is shed, and when that may run again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from ...model.decision import MinerReason, Reason
from ...model.policy import Rule
from ...model.readings import Trouble
from ...model.site import Miner
from .battery_optimizer import RECOVERY_SOC, critical, over_import_w, site_soc
from .circumstances import Circumstances, rank

# What must be on for a miner may be silent for so long.
INTERLOCK_GRACE = timedelta(seconds=30)
# What was stopped may run again this long after the danger, so much cooler, and where so much of the connection is free
# besides what it needs: what hovers at a limit must not switch with it.
RETURN_AFTER = timedelta(minutes=5)
COOLER_C = 5.0
ROOM = 0.05
# A meter may take so long to show what has just been switched off: until then nothing more is.
_METER_LAG = timedelta(seconds=8)
_SHEDS = frozenset({MinerReason.IMPORT_LIMIT, MinerReason.GRID_LOST})

PROTECTING = frozenset(
    {
        MinerReason.EMERGENCY_STOP,
        MinerReason.IMPORT_LIMIT,
        MinerReason.GRID_LOST,
        MinerReason.INTERLOCK,
        MinerReason.TOO_HOT,
        MinerReason.TOO_COLD,
    }
)
"""What stops a miner at once."""


def danger(now: Circumstances, miner: Miner) -> Reason[MinerReason] | None:
    """What stops a miner whatever anybody wishes."""
    battery = critical(now.site, now.readings)
    if battery is not None:
        soc = now.readings.batteries[battery.id].soc.value
        assert soc is not None, "critical() has read it"  # for the type checker
        return Reason(MinerReason.EMERGENCY_STOP, {"soc": soc, "critical_soc": battery.critical_soc})
    temperature = now.read(miner).temperature_c.believed
    if miner.max_temperature_c is not None and temperature is not None and temperature > miner.max_temperature_c:
        return Reason(MinerReason.TOO_HOT, {"temperature_c": temperature, "max_temperature_c": miner.max_temperature_c})
    asked = _interlocked(now, miner) or _guarded(now, miner)
    if asked is not None:
        return asked
    override = now.overrides.get(miner.id)
    soc = site_soc(now.site, now.readings)
    forced = override is not None and override.run and override.until > now.at
    if soc is not None and miner.stop_soc is not None and soc < miner.stop_soc and not forced:
        return Reason(MinerReason.BELOW_STOP_SOC, {"soc": soc, "stop_soc": miner.stop_soc})
    voltage_v, least_v = now.rest_voltage(), now.guard(miner).stop_voltage_v
    if voltage_v is not None and least_v is not None and voltage_v < least_v and not forced:
        return Reason(MinerReason.BELOW_STOP_SOC, {"voltage_v": voltage_v, "stop_voltage_v": least_v})
    return None


def _interlocked(now: Circumstances, miner: Miner) -> Reason[MinerReason] | None:
    """What must be on is known to be off, or has been silent for too long."""
    read = now.read(miner).interlock
    if read.value is False:
        return Reason(MinerReason.INTERLOCK)
    if read.value is None and read.trouble is not Trouble.NOT_MAPPED:
        silent = now.at - (read.at or now.at)
        if silent > INTERLOCK_GRACE:
            return Reason(MinerReason.INTERLOCK, {"minutes": silent.total_seconds() / 60})
    return None


def _guarded(now: Circumstances, miner: Miner) -> Reason[MinerReason] | None:
    """What a policy stops a miner for whatever anybody wishes: its emergency levels and temperatures."""
    guard = now.guard(miner)
    soc, voltage_v = site_soc(now.site, now.readings), now.rest_voltage()
    if soc is not None and guard.emergency_soc is not None and soc < guard.emergency_soc:
        return Reason(MinerReason.EMERGENCY_STOP, {"soc": soc, "emergency_soc": guard.emergency_soc})
    least_v = guard.emergency_voltage_v
    if voltage_v is not None and least_v is not None and voltage_v < least_v:
        return Reason(MinerReason.EMERGENCY_STOP, {"voltage_v": voltage_v, "emergency_voltage_v": least_v})
    if guard.interlock is not None:
        rule, limit_c = guard.interlock
        name = rule.value.removeprefix("miner.")
        return Reason(_TEMPERATURE[rule], {f"{name}_c": limit_c})
    return None


_TEMPERATURE: Mapping[Rule, MinerReason] = {
    Rule.MINER_MAX_OUTDOOR_TEMPERATURE: MinerReason.TOO_HOT,
    Rule.MINER_MAX_BATTERY_TEMPERATURE: MinerReason.TOO_HOT,
    Rule.MINER_MIN_OUTDOOR_TEMPERATURE: MinerReason.TOO_COLD,
    Rule.MINER_MIN_BATTERY_TEMPERATURE: MinerReason.TOO_COLD,
}


# Load that is shed


@dataclass(frozen=True, slots=True)
class Relief:
    """What is left running of a miner where load must go, and why."""

    units: int
    reason: Reason[MinerReason]


def shed(now: Circumstances) -> dict[str, Relief]:
    """Choose what stops where more is drawn than there is: last in rank first, no more units than it takes."""
    if _meter_lags(now):
        return {key: Relief(last.units, last.reason) for key, last in now.last.items() if last.reason.code in _SHEDS}
    excess_w = _beyond_supply_w(now) if now.grid_lost else _over_import_w(now)
    code = MinerReason.GRID_LOST if now.grid_lost else MinerReason.IMPORT_LIMIT
    found: dict[str, Relief] = {}
    for miner in sorted(now.site.miners, key=rank, reverse=True):
        units = now.running(miner)
        if excess_w <= 0 or not units:
            continue
        unit_w = (now.read(miner).power_w.believed or units * miner.levels[0].power_w) / units
        stopped = min(units, ceil(excess_w / unit_w))
        drawn_w = stopped * unit_w
        found[miner.id] = Relief(units - stopped, Reason(code, {"excess_w": excess_w, "needed_w": drawn_w}))
        excess_w -= drawn_w
    return found


def _over_import_w(now: Circumstances) -> float:
    """Return by how much the connection is over its limit, W.

    What batteries draw counts as free already: they give way first (battery optimizer).
    """
    charging = sum(max(0.0, battery.power_w.believed or 0.0) for battery in now.readings.batteries.values())
    return over_import_w(now.site, now.readings) - charging


def _meter_lags(now: Circumstances) -> bool:
    """Whether the meter has told nothing since something was stopped a moment ago."""
    read_at = now.readings.grid_w.at
    return read_at is not None and any(
        last.shed_at is not None and read_at <= last.shed_at and timedelta() <= now.at - last.shed_at < _METER_LAG
        for last in now.last.values()
    )


def _beyond_supply_w(now: Circumstances) -> float:
    """Return by how much more is drawn than sun and batteries can give, W."""
    return -spare_supply_w(now)


def spare_supply_w(now: Circumstances) -> float:
    """Return what sun and batteries can give beyond house and miners, W. A load nobody measures is the plan's."""
    load_w = now.readings.load_w.believed
    if load_w is None:
        load_w = 0.0 if now.plan is None or now.slot is None else float(now.plan.problem.load_w[now.slot])
    drawn_w = sum(_drawn_w(now, miner) for miner in now.site.miners)
    return (now.readings.solar_w.believed or 0.0) + sum(now.able_w().values()) - load_w - drawn_w


def _drawn_w(now: Circumstances, miner: Miner) -> float:
    units, power_w = now.running(miner) or 0, now.read(miner).power_w.believed
    return units * miner.levels[-1].power_w if units and power_w is None else (power_w or 0.0) * bool(units)


# What was stopped comes back


def kept_off(now: Circumstances, miner: Miner, new_w: float, room_w: float | None) -> Reason[MinerReason] | None:
    """What keeps units that draw `new_w` from being started after a danger; None where nothing does.

    `room_w`: what the connection, or without a grid sun and batteries, can still carry.
    """
    interlock, shed_at = now.read(miner).interlock, now.shed_at(miner)
    if interlock.value is None and interlock.trouble is not Trouble.NOT_MAPPED:
        return Reason(MinerReason.UNKNOWN_STATE)
    if shed_at is None:
        return None
    rested = now.at - shed_at
    if rested < RETURN_AFTER:
        numbers = {"hours": _hours(rested), "min_pause_h": _hours(RETURN_AFTER)}
        return Reason(MinerReason.MIN_PAUSE, numbers)
    temperature, most_c = now.read(miner).temperature_c.believed, miner.max_temperature_c
    if temperature is not None and most_c is not None and temperature > most_c - COOLER_C:
        return Reason(MinerReason.TOO_HOT, {"temperature_c": temperature, "max_temperature_c": most_c - COOLER_C})
    for battery in now.site.batteries:
        own, safe_soc = (
            now.readings.batteries.get(battery.id),
            min(battery.max_soc, battery.critical_soc + RECOVERY_SOC),
        )
        if own is not None and own.soc.value is not None and own.soc.value < safe_soc:
            return Reason(MinerReason.SOC_TOO_LOW, {"soc": own.soc.value, "start_soc": safe_soc})
    needed_w = new_w + ROOM * (now.site.grid.max_import_w or 0.0)
    if room_w is not None and room_w < needed_w:
        return no_room(now, room_w, needed_w)
    return None


def no_room(now: Circumstances, room_w: float, needed_w: float) -> Reason[MinerReason]:
    """Say that what a start needs cannot be carried."""
    code = MinerReason.GRID_LOST if now.grid_lost else MinerReason.IMPORT_LIMIT
    return Reason(code, {"headroom_w": room_w, "needed_w": needed_w})


def _hours(lasted: timedelta) -> float:
    return lasted.total_seconds() / 3600
