"""What each battery does now: the plan's slot, made more careful by this moment's readings."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from ...model.amounts import NO_POWER_W, stored_fraction
from ...model.decision import BatteryDecision, BatteryMode, BatteryOverride, BatteryReason, Reason
from ...model.plan import Plan
from ...model.readings import BatteryReadings, InverterReadings, SiteReadings
from ...model.site import Battery, Drive, Site
from ..reasons import battery_mode, battery_reason, battery_set_point_w
from ..rules.citing import with_sources
from ..rules.in_force import InForce

# A critical battery is charged from any source up to this much above its critical level, so that it does not hover.
RECOVERY_SOC = 0.02
# So near its reserve a battery is at it: it would be below before anyone looks again.
NEAR_SOC = 0.005
# At its reserve it is held while the house needs more than the first, and let go once so much more than the house and the
# miners need comes from the panels, or so much is stored above the reserve: between them a cloud changes nothing.
NEEDED_W = 100.0
SPARE_W = 300.0
RELEASE_SOC = 0.02
# A discharge that a person asked for ends at the reserve, and is not taken up again before so much is stored above it.
AGAIN_SOC = 0.05
# No further than this below its reserve it waits for the sun: a meter that counts whole percents shows it now and then.
WAITING_SOC = 0.01
# What leaves a battery to drain, and the reasons that are not contradicted: a person's word, and safety's.
_DRAINS = (BatteryMode.SELF_CONSUMPTION, BatteryMode.DISCHARGE)
_SAID = (BatteryReason.MANUAL, BatteryReason.UNKNOWN_STATE, BatteryReason.EMERGENCY_STOP)
_EMPTIED = (BatteryReason.AT_RESERVE, BatteryReason.EMERGENCY_STOP)
# So soon after a charging power fell, what the meter shows is from before; so soon after any new one, what is drawn may be.
# What has not been told anew for long has not changed.
_METER_LAG = timedelta(seconds=5)
_SETTLES = timedelta(seconds=30)
_TOLD_BY_NOW = timedelta(minutes=5)


def decide_battery(
    site: Site,
    battery: Battery,
    readings: SiteReadings,
    plan: Plan | None,
    override: BatteryOverride | None,
    rules: InForce,
    drive: Drive,
    last: BatteryDecision | None,
) -> BatteryDecision:
    """Return what `battery` does at the readings' time; `rules` are the policies that have tightened `site`, for citing.

    `drive`: what it can be told. A mode it cannot be brought into is self-consumption.
    `last`: the decision before this one, which stands while the SOC is doubted, and until what it was made for is over.
    """
    if override is not None and not drive.can(override.mode):
        override = None
    decision = _decide(site, battery, readings, plan, override, last)
    decision = _kept_at_reserve(decision, site, battery, readings, plan, drive, last)
    decision = _within_import(_as_driven(decision, battery, drive), site, battery, readings, last)
    stands = last is not None and (last.mode, last.power_w) == (decision.mode, decision.power_w)
    return replace(
        decision,
        reason=with_sources(decision.reason, battery.id, rules.sources),
        since=last.since if last is not None and stands else readings.at,
    )


def _as_driven(decision: BatteryDecision, battery: Battery, drive: Drive) -> BatteryDecision:
    """Holding is tried as far as it goes (cells too cold take no charge); by force there is no half way."""
    if decision.mode is BatteryMode.HOLD and (drive.keep_from_charging or drive.keep_from_discharging):
        return decision
    if drive.can(decision.mode):
        return decision
    return replace(decision, mode=BatteryMode.SELF_CONSUMPTION, power_w=battery.max_charge_w)


def _within_import(
    decision: BatteryDecision, site: Site, battery: Battery, readings: SiteReadings, last: BatteryDecision | None
) -> BatteryDecision:
    """Charging takes no more than the connection has left."""
    limit_w, grid_w = site.grid.max_import_w, readings.grid_w.believed
    if decision.mode is not BatteryMode.CHARGE or not site.grid.connected or limit_w is None or grid_w is None:
        return decision
    over_w = over_import_w(site, readings)
    most_w = _most_w(decision, battery, readings, last, free_w=limit_w - grid_w, over_w=over_w)
    power_w = min(decision.power_w, max(0.0, most_w))
    if not over_w or power_w == decision.power_w or decision.reason.code in _SAID:
        return replace(decision, power_w=power_w)
    # What is broken is mended at once; what only comes near may take its time.
    reason = Reason(BatteryReason.IMPORT_LIMIT, {**decision.reason.numbers, "excess_w": over_w})
    return replace(decision, power_w=power_w, reason=reason)


def _most_w(
    decision: BatteryDecision,
    battery: Battery,
    readings: SiteReadings,
    last: BatteryDecision | None,
    *,
    free_w: float,
    over_w: float,
) -> float:
    """Return what a battery may be charged with, W: what it draws, and what is free besides.

    That is known once both have been told since its power was last changed: it stands until then, and only falls, by what
    a new report of the meter is over. Where falling did not help, it may draw less than it was told, and falls below that.
    """
    drawn, meter = readings.batteries.get(decision.battery_id, BatteryReadings()).power_w, readings.grid_w
    measured_w = None if drawn.believed is None else max(0.0, drawn.believed)
    if last is None or last.mode is not BatteryMode.CHARGE or last.since is None:
        return decision.power_w - over_w if measured_w is None else measured_w + free_w
    drawn_w = _told_w(battery, readings, last) if measured_w is None else measured_w
    seen = [read.at or readings.at for read in (drawn, meter) if read.believed is not None]
    told = min(seen, default=readings.at) - last.since
    if told >= _SETTLES or readings.at - last.since >= _TOLD_BY_NOW:
        return drawn_w + free_w
    fell = last.power_w < decision.power_w
    if not over_w or (fell and (meter.at or readings.at) - last.since < _METER_LAG):
        return last.power_w
    return (min(last.power_w, drawn_w) if fell else last.power_w) - over_w


def _told_w(battery: Battery, readings: SiteReadings, last: BatteryDecision) -> float:
    """Return what a battery that nobody measures draws at most while it charges: what its inverter shows it was told, W."""
    own = readings.inverters.get(battery.inverter_id or "", InverterReadings())
    told_w = own.charge_power_w.believed
    return last.power_w if told_w is None else min(last.power_w, told_w)


def _decide(
    site: Site,
    battery: Battery,
    readings: SiteReadings,
    plan: Plan | None,
    override: BatteryOverride | None,
    last: BatteryDecision | None,
) -> BatteryDecision:
    """Decide from the readings, the owner's word and the plan.

    In order: an unknown SOC means self-consumption, the state every inverter falls back to; below its critical level it
    charges from any source, and on until it is well above; the owner's override; while the SOC is doubted, what was
    decided last; the plan. Cells too cold or too hot take no set-point charge in any case.
    """
    own = readings.batteries.get(battery.id, BatteryReadings())
    soc = own.soc.believed
    if soc is None:
        return _self_consumption(battery, Reason(BatteryReason.UNKNOWN_STATE))
    unfit = _unfit(battery, own.temperature_c.believed)
    if not own.soc.held and soc < _safe_soc(battery, last) and unfit is None:
        return _recover(site, battery, soc)
    if override is not None and override.until > readings.at:
        return _overridden(battery, override, soc, unfit, last)
    if own.soc.held:
        return _held(battery, last, unfit)
    slot = plan.horizon.slot_at(readings.at) if plan is not None else None
    if plan is None or slot is None or battery.id not in plan.schedule.battery_w:
        return _self_consumption(battery, Reason(BatteryReason.IDLE, {"soc": soc}))
    return _planned(site, battery, plan, slot, soc, unfit, last)


def _held(battery: Battery, last: BatteryDecision | None, unfit: BatteryReason | None) -> BatteryDecision:
    """Let stand what was decided while its SOC was believed."""
    if last is None:
        return _self_consumption(battery, Reason(BatteryReason.UNKNOWN_STATE))
    if unfit is not None and last.mode is BatteryMode.CHARGE:
        return replace(last, mode=BatteryMode.HOLD, power_w=0.0, reason=Reason(unfit, last.reason.numbers))
    return last


def _unfit(battery: Battery, temperature_c: float | None) -> BatteryReason | None:
    """Why the cells may not be charged at this temperature; None where they may, or where nobody knows."""
    if temperature_c is None:
        return None
    if temperature_c < battery.min_charge_temperature_c:
        return BatteryReason.TOO_COLD
    most = battery.max_charge_temperature_c
    return BatteryReason.TOO_HOT if most is not None and temperature_c > most else None


def _is_spent(battery: Battery, soc: float, last: BatteryDecision | None, again_soc: float) -> bool:
    """Whether nothing is left to discharge: down to its reserve, and from there until so much is stored above it."""
    emptied = last is not None and last.reason.code in _EMPTIED
    least = max(battery.reserve_soc, battery.critical_soc)
    return soc < least + again_soc if emptied else soc <= least


def _planned(
    site: Site,
    battery: Battery,
    plan: Plan,
    slot: int,
    soc: float,
    unfit: BatteryReason | None,
    last: BatteryDecision | None,
) -> BatteryDecision:
    mode = battery_mode(plan, battery.id, slot)
    reason = battery_reason(plan, battery.id, slot)
    if unfit is not None and mode is BatteryMode.CHARGE:
        mode, reason = BatteryMode.HOLD, Reason(unfit, reason.numbers)
    if mode is BatteryMode.DISCHARGE and _is_spent(battery, soc, last, RELEASE_SOC):
        mode, reason = BatteryMode.SELF_CONSUMPTION, Reason(BatteryReason.AT_RESERVE, {**reason.numbers, "soc": soc})
    return BatteryDecision(
        battery_id=battery.id,
        mode=mode,
        power_w=0.0 if mode is BatteryMode.HOLD else round(battery_set_point_w(plan, battery.id, slot)),
        reason=reason,
        target_soc=target_soc(plan, battery.id, slot),
        export_limit_w=_export_limit(site, plan, slot),
    )


def _kept_at_reserve(
    decision: BatteryDecision,
    site: Site,
    battery: Battery,
    readings: SiteReadings,
    plan: Plan | None,
    drive: Drive,
    last: BatteryDecision | None,
) -> BatteryDecision:
    """Hold a battery at its reserve while the panels do not cover the house: many inverters go on far below it.

    A little below, it waits for the sun rather than buy that back.
    """
    soc = readings.batteries.get(battery.id, BatteryReadings()).soc.value
    if soc is None or not (site.grid.connected and drive.keep_from_discharging):
        return decision
    reserve = _reserve_soc(battery, plan, readings.at)
    if decision.reason.code in _SAID or not (decision.mode in _DRAINS or _refills(decision, soc, reserve)):
        return decision
    above = max(_above_reserve(own, readings, plan) for own in site.batteries if own.inverter_id == battery.inverter_id)
    if not _rests(above, _spare_w(readings), _least_spare_w(site, decision), rested=_rested(last)):
        return decision
    reason = Reason(BatteryReason.AT_RESERVE, {**decision.reason.numbers, "soc": soc})
    return replace(decision, mode=BatteryMode.HOLD, power_w=0.0, reason=reason)


def _refills(decision: BatteryDecision, soc: float, reserve: float) -> bool:
    """Whether it buys no more than the last bit of its reserve."""
    target = decision.target_soc
    little = soc >= reserve - WAITING_SOC and target is not None and target <= reserve + NEAR_SOC
    return decision.mode is BatteryMode.CHARGE and little


def _rests(above: float, spare_w: float | None, least_w: float, *, rested: bool) -> bool:
    """Whether a battery so far `above` its reserve (SOC) is held; `rested`: it was until now.

    `spare_w`: what the panels give more than is used; from `least_w` on they cover the house.
    """
    if spare_w is not None and spare_w >= least_w:
        return False
    if rested:
        return above < RELEASE_SOC
    needed = spare_w is None or spare_w < -NEEDED_W
    return above < 0 or (above <= NEAR_SOC and needed)


def _rested(last: BatteryDecision | None) -> bool:
    return last is not None and last.mode is BatteryMode.HOLD and last.reason.code is BatteryReason.AT_RESERVE


def _above_reserve(battery: Battery, readings: SiteReadings, plan: Plan | None) -> float:
    """Return by how much it is above the reserve that holds now, SOC; one whose SOC nobody knows is far above."""
    soc = readings.batteries.get(battery.id, BatteryReadings()).soc.value
    return 1.0 if soc is None else soc - _reserve_soc(battery, plan, readings.at)


def _reserve_soc(battery: Battery, plan: Plan | None, at: datetime) -> float:
    """Return the most of its own reserve, what a strategy adds to it in the plan, and its critical level."""
    slot = None if plan is None else plan.horizon.slot_at(at)
    planned = 0.0
    if plan is not None and slot is not None:
        planned = next((float(t.reserve_soc[slot]) for t in plan.problem.batteries if t.id == battery.id), 0.0)
    return max(battery.reserve_soc, battery.critical_soc, planned)


def _spare_w(readings: SiteReadings) -> float | None:
    """Return what the panels give more than house and miners use, W; None where nobody measures it."""
    grid_w, batteries_w = readings.grid_w.believed, [own.power_w.believed for own in readings.batteries.values()]
    if grid_w is not None and None not in batteries_w:
        return sum(power_w or 0.0 for power_w in batteries_w) - grid_w
    solar_w, load_w = readings.solar_w.believed, readings.load_w.believed
    if solar_w is None or load_w is None:
        return None
    return solar_w - load_w - sum(miner.power_w.believed or 0.0 for miner in readings.miners.values())


def _least_spare_w(site: Site, decision: BatteryDecision) -> float:
    """Return from when on the panels cover the house; where nothing may be sold what they could give is not seen."""
    limits = [limit for limit in (site.grid.max_export_w, decision.export_limit_w) if limit is not None]
    return SPARE_W if min(limits, default=SPARE_W) >= SPARE_W else -NEEDED_W / 2


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


def _safe_soc(battery: Battery, last: BatteryDecision | None) -> float:
    """Return the SOC below which it is charged from any source."""
    recovering = last is not None and last.reason.code is BatteryReason.EMERGENCY_STOP
    return _recovered_soc(battery) if recovering else battery.critical_soc


def _recovered_soc(battery: Battery) -> float:
    return min(battery.max_soc, battery.critical_soc + RECOVERY_SOC)


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
        target_soc=_recovered_soc(battery),
        export_limit_w=site.grid.max_export_w,
    )


def _overridden(
    battery: Battery, override: BatteryOverride, soc: float, unfit: BatteryReason | None, last: BatteryDecision | None
) -> BatteryDecision:
    limit_w = battery.max_discharge_w if override.mode is BatteryMode.DISCHARGE else battery.max_charge_w
    power_w = limit_w if override.power_w is None else min(limit_w, override.power_w)
    reason = Reason(BatteryReason.MANUAL, {"soc": soc})
    if override.mode is BatteryMode.DISCHARGE and _is_spent(battery, soc, last, AGAIN_SOC):
        return _self_consumption(battery, Reason(BatteryReason.AT_RESERVE, {"soc": soc}))
    if unfit is not None and override.mode is BatteryMode.CHARGE:
        return _self_consumption(battery, Reason(unfit, {"soc": soc}))
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


def over_import_w(site: Site, readings: SiteReadings) -> float:
    """Return by how much the site imports more than its connection may, W; 0 within the meter's tolerance."""
    return site.grid.over_import_w(readings.grid_w.believed)


def critical(site: Site, readings: SiteReadings) -> Battery | None:
    """Return a battery known to be below its critical level, if there is one."""
    for battery in site.batteries:
        soc = readings.batteries.get(battery.id, BatteryReadings()).soc.value
        if soc is not None and soc < battery.critical_soc:
            return battery
    return None


def site_soc(site: Site, readings: SiteReadings) -> float | None:
    """Return all stored energy as a fraction of all capacity; None where a SOC is unknown, 1 without a battery."""
    if not site.batteries:
        return 1.0
    soc = {b.id: readings.batteries.get(b.id, BatteryReadings()).soc.value for b in site.batteries}
    known = {key: value for key, value in soc.items() if value is not None}
    if len(known) < len(soc):
        return None
    return stored_fraction(known, {battery.id: battery.capacity_wh for battery in site.batteries})


def unknown_since(site: Site, readings: SiteReadings) -> datetime | None:
    """Return since when a SOC has been unknown (the readings' time where nobody knows); None where all are known.

    One that is doubted is not unknown: what it was last is still believed.
    """
    for battery in site.batteries:
        soc = readings.batteries.get(battery.id, BatteryReadings()).soc
        if soc.believed is None:
            return soc.at or readings.at
    return None


def in_doubt(site: Site, readings: SiteReadings) -> bool:
    """Whether a battery's SOC is doubted: then nothing starts, stops or charges for it."""
    return any(readings.batteries.get(battery.id, BatteryReadings()).soc.held for battery in site.batteries)
