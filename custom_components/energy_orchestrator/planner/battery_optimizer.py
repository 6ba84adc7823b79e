"""What each battery does now: the plan's slot, made more careful by this moment's readings."""

from datetime import datetime

import numpy as np

from ..model.decision import BatteryDecision, BatteryMode, BatteryOverride, BatteryReason, Reason
from ..model.plan import Plan
from ..model.readings import BatteryReadings, SiteReadings
from ..model.site import Battery, Site
from .reasons import NO_POWER_W, battery_mode, battery_reason, battery_set_point_w

# A critical battery is charged from any source up to this much above its critical level, so that it does not hover.
RECOVERY_SOC = 0.02


def decide_battery(
    site: Site, battery: Battery, readings: SiteReadings, plan: Plan | None, override: BatteryOverride | None = None
) -> BatteryDecision:
    """Return what `battery` does at the readings' time.

    In order: an unknown SOC means self-consumption, the state every inverter falls back to; below its critical level it
    charges from any source; the owner's override; the plan. Cold cells take no set-point charge in any case.
    """
    own = readings.batteries.get(battery.id, BatteryReadings())
    soc = own.soc.value
    if soc is None:
        return _self_consumption(battery, Reason(BatteryReason.UNKNOWN_STATE))
    cold = own.temperature_c.value is not None and own.temperature_c.value < battery.min_charge_temperature_c
    if soc < battery.critical_soc and not cold:
        return _recover(site, battery, soc)
    if override is not None and override.until > readings.at:
        return _overridden(battery, override, soc, cold=cold)
    slot = plan.horizon.slot_at(readings.at) if plan is not None else None
    if plan is None or slot is None or battery.id not in plan.schedule.battery_w:
        return _self_consumption(battery, Reason(BatteryReason.IDLE, {"soc": soc}))
    return _planned(site, battery, plan, slot, soc, cold=cold)


def _planned(site: Site, battery: Battery, plan: Plan, slot: int, soc: float, *, cold: bool) -> BatteryDecision:
    mode = battery_mode(plan, battery.id, slot)
    reason = battery_reason(plan, battery.id, slot)
    if cold and mode is BatteryMode.CHARGE:
        mode, reason = BatteryMode.HOLD, Reason(BatteryReason.TOO_COLD, reason.numbers)
    if mode is BatteryMode.DISCHARGE and soc <= battery.reserve_soc:
        mode, reason = BatteryMode.SELF_CONSUMPTION, Reason(BatteryReason.AT_RESERVE, {**reason.numbers, "soc": soc})
    return BatteryDecision(
        battery_id=battery.id,
        mode=mode,
        power_w=0.0 if mode is BatteryMode.HOLD else round(battery_set_point_w(plan, battery.id, slot)),
        reason=reason,
        target_soc=target_soc(plan, battery.id, slot),
        export_limit_w=_export_limit(site, plan, slot),
    )


def _export_limit(site: Site, plan: Plan, slot: int) -> float | None:
    """Where the plan curtails, what it exports is the most that may be exported."""
    if plan.curtailed_w[slot] <= NO_POWER_W:
        return site.grid.max_export_w
    return max(0.0, -float(plan.schedule.grid_w[slot]))


def target_soc(plan: Plan, battery_id: str, slot: int) -> float:
    """Return the SOC at the end of the present run of charging, discharging or resting."""
    direction = np.sign(
        np.where(np.abs(plan.schedule.battery_w[battery_id]) > NO_POWER_W, plan.schedule.battery_w[battery_id], 0)
    )
    changes = np.flatnonzero(direction[slot:] != direction[slot])
    last = slot + int(changes[0]) if changes.size else len(plan.horizon)
    return float(plan.schedule.soc[battery_id][last])


def _recover(site: Site, battery: Battery, soc: float) -> BatteryDecision:
    reason = Reason(BatteryReason.EMERGENCY_STOP, {"soc": soc, "critical_soc": battery.critical_soc})
    if not site.grid.connected:
        return _self_consumption(battery, reason)
    limit_w = site.grid.max_import_w
    return BatteryDecision(
        battery_id=battery.id,
        mode=BatteryMode.CHARGE,
        power_w=battery.max_charge_w if limit_w is None else min(battery.max_charge_w, limit_w / 2),
        reason=reason,
        target_soc=min(battery.max_soc, battery.critical_soc + RECOVERY_SOC),
        export_limit_w=site.grid.max_export_w,
    )


def _overridden(battery: Battery, override: BatteryOverride, soc: float, *, cold: bool) -> BatteryDecision:
    limit_w = battery.max_discharge_w if override.mode is BatteryMode.DISCHARGE else battery.max_charge_w
    power_w = limit_w if override.power_w is None else min(limit_w, override.power_w)
    reason = Reason(BatteryReason.MANUAL, {"soc": soc})
    spent = override.mode is BatteryMode.DISCHARGE and soc <= battery.reserve_soc
    if spent or (cold and override.mode is BatteryMode.CHARGE):
        return _self_consumption(
            battery, Reason(BatteryReason.AT_RESERVE if spent else BatteryReason.TOO_COLD, {"soc": soc})
        )
    return BatteryDecision(
        battery_id=battery.id,
        mode=override.mode,
        power_w=0.0 if override.mode is BatteryMode.HOLD else power_w,
        reason=reason,
    )


def _self_consumption(battery: Battery, reason: Reason[BatteryReason]) -> BatteryDecision:
    return BatteryDecision(
        battery_id=battery.id, mode=BatteryMode.SELF_CONSUMPTION, power_w=battery.max_charge_w, reason=reason
    )


def critical(site: Site, readings: SiteReadings) -> Battery | None:
    """Return a battery known to be below its critical level, if there is one."""
    for battery in site.batteries:
        soc = readings.batteries.get(battery.id, BatteryReadings()).soc.value
        if soc is not None and soc < battery.critical_soc:
            return battery
    return None


def stored_fraction(site: Site, readings: SiteReadings) -> float | None:
    """Return all stored energy as a fraction of all capacity; None where a SOC is unknown, 1 without a battery."""
    total = sum(battery.capacity_wh for battery in site.batteries)
    stored = 0.0
    for battery in site.batteries:
        soc = readings.batteries.get(battery.id, BatteryReadings()).soc.value
        if soc is None:
            return None
        stored += soc * battery.capacity_wh
    return stored / total if total else 1.0


def unknown_since(site: Site, readings: SiteReadings) -> datetime | None:
    """Return since when a SOC has been unknown (the readings' time where nobody knows); None where all are known."""
    for battery in site.batteries:
        soc = readings.batteries.get(battery.id, BatteryReadings()).soc
        if soc.value is None:
            return soc.at or readings.at
    return None
