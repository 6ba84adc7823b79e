"""What each miner does now: the plan's slot, made more careful by this moment's readings. Safety needs no plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from ...model.chemistry import rest_voltage
from ...model.curtailed import may_be_curtailed
from ...model.decision import MinerAction, MinerDecision, MinerOverride, MinerReason, Reason
from ...model.ledger import Ledger, MinerState, short_of_sun
from ...model.plan import Plan
from ...model.policy import Rule
from ...model.readings import MinerReadings, SiteReadings, Trouble
from ...model.site import Miner, Site
from ..reasons import miner_reason
from ..rules.citing import with_sources
from ..rules.in_force import InForce, MinerGuard
from .battery_optimizer import critical, in_doubt, over_import_w, site_soc, unknown_since

# What runs on surplus only is taken back once the sun has not carried it for so much longer than it did.
SUNLESS_H = 0.1
# After a run that the sun did not carry, a sun that nobody sees is believed again after so long at least; twice as long
# after each further one of the day.
LEAST_WAIT_H = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All the coordinator is told. `rules`: the policies in force now; `site` is the one they have tightened.

    `idle`: ids of miners that are on and do not mine. `last`: the decisions before these, which stand while a SOC is doubted. `planless_since`: since when there has been
    no plan for this moment, None where nobody can say.
    """

    site: Site
    readings: SiteReadings
    ledger: Ledger
    plan: Plan | None
    overrides: Mapping[str, MinerOverride]
    grace: timedelta
    rules: InForce
    last: Mapping[str, MinerDecision] = field(default_factory=dict)
    idle: frozenset[str] = frozenset()
    planless_since: datetime | None = None

    def guard(self, miner: Miner) -> MinerGuard:
        """Return what policies ask of a miner beyond its own settings."""
        return self.rules.guard(miner.id)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Units and power per unit in W, with the reason."""

    units: int
    power_w: float
    reason: Reason[MinerReason]


def decide_miners(now: Circumstances) -> dict[str, MinerDecision]:
    """Return a decision per miner, by priority (1 first): an earlier start uses up headroom for the later ones."""
    headroom = _Headroom.of(now)
    decisions = {}
    for miner in sorted(now.site.miners, key=lambda m: m.priority):
        decision = _decide(now, miner, headroom)
        decision = replace(decision, reason=with_sources(decision.reason, miner.id, now.rules.sources))
        headroom = headroom.less(decision, _running(now, miner) or 0)
        decisions[miner.id] = decision
    return {miner.id: decisions[miner.id] for miner in now.site.miners}


@dataclass(frozen=True, slots=True)
class _Headroom:
    """Power still free for new starts, W; None where it is not known. `import_w` inf where there is no limit.

    `surplus_w`: solar − house without miners. `expected_w`: the same by the plan's sun, where the panels may give more
    than is measured; None elsewhere.
    """

    import_w: float | None
    surplus_w: float | None
    expected_w: float | None
    overload: Mapping[str, Reason[MinerReason]]
    """Miners that must stop because the connection is over its limit."""

    @classmethod
    def of(cls, now: Circumstances) -> _Headroom:
        """Measure what is free."""
        grid, readings = now.site.grid, now.readings
        limit_w = grid.max_import_w if grid.connected else 0.0
        grid_w, solar_w, load_w = readings.grid_w.value, readings.solar_w.value, readings.load_w.value
        import_w = (
            float("inf") if limit_w is None or not grid.connected else None if grid_w is None else limit_w - grid_w
        )
        surplus_w = None if solar_w is None or load_w is None else solar_w - load_w
        wished_w = now.rules.max_import_w
        if wished_w is not None and grid.connected and import_w is not None and grid_w is not None:
            # What the batteries can take over is not imported: their charging, and what they can still give.
            import_w = min(import_w, wished_w - grid_w + _spare_w(now))
        return cls(import_w, surplus_w, _expected_surplus_w(now, surplus_w), _overload(now))

    def less(self, decision: MinerDecision, running: int) -> _Headroom:
        """Take away what newly started units will draw."""
        started_w = max(0, decision.units - running) * decision.power_w
        return replace(self, import_w=None if self.import_w is None else self.import_w - started_w)


def _expected_surplus_w(now: Circumstances, measured_w: float | None) -> float | None:
    """Return the surplus by the plan's sun where the panels may be curtailed: what they could give is not measured.

    Off the grid it is no more than batteries carry, should that sun not be there.
    """
    solar_w, load_w = _planned_solar_w(now), now.readings.load_w.value
    if measured_w is None or solar_w is None or load_w is None or not may_be_curtailed(now.site, now.readings):
        return None
    expected_w = solar_w - load_w
    return expected_w if now.site.grid.connected else min(expected_w, measured_w + sum(_able_w(now).values()))


def _planned_solar_w(now: Circumstances) -> float | None:
    slot = now.plan.horizon.slot_at(now.readings.at) if now.plan is not None else None
    return None if now.plan is None or slot is None else float(now.plan.problem.solar_w[slot])


def _overload(now: Circumstances) -> dict[str, Reason[MinerReason]]:
    """Choose the miners to stop where the connection is over its limit: last in priority first, until it fits.

    What batteries draw counts as free already: they give way first (battery optimizer).
    """
    excess_w = over_import_w(now.site, now.readings)
    for battery in now.readings.batteries.values():
        excess_w -= max(0.0, battery.power_w.believed or 0.0)
    shed: dict[str, Reason[MinerReason]] = {}
    for miner in sorted(now.site.miners, key=lambda m: m.priority, reverse=True):
        units = _running(now, miner)
        if excess_w <= 0 or not units:
            continue
        drawn_w = now.readings.miners[miner.id].power_w.believed or units * miner.levels[0].power_w
        shed[miner.id] = Reason(MinerReason.IMPORT_LIMIT, {"excess_w": excess_w, "needed_w": drawn_w})
        excess_w -= drawn_w
    return shed


def _spare_w(now: Circumstances) -> float:
    """Power the batteries can take over from the grid, W."""
    power_w = {key: own.power_w.value or 0.0 for key, own in now.readings.batteries.items()}
    return sum(max(0.0, power_w.get(key, 0.0) + able_w) for key, able_w in _able_w(now).items())


def _able_w(now: Circumstances) -> dict[str, float]:
    """Power each battery can give, W; those at their lower end give nothing."""
    soc = {key: own.soc.value for key, own in now.readings.batteries.items()}
    return {
        battery.id: battery.max_discharge_w if (soc.get(battery.id) or 0.0) > battery.min_soc else 0.0
        for battery in now.site.batteries
    }


def _decide(now: Circumstances, miner: Miner, headroom: _Headroom) -> MinerDecision:
    running = _running(now, miner)
    danger = _danger(now, miner) or headroom.overload.get(miner.id)
    if danger is not None:
        return _decision(now, miner, _Wanted(0, 0.0, danger))
    unknown = _unknown_for(now, miner)
    if unknown is not None:
        return _in_the_dark(miner, running, lasted=unknown, grace=now.grace)
    override = now.overrides.get(miner.id)
    if now.readings.miners.get(miner.id, MinerReadings()).running.held:
        return _untouched(_held(now, miner, running or 0, override))
    if in_doubt(now.site, now.readings):
        return _held(now, miner, running or 0, override)
    if override is not None and override.until > now.readings.at:
        power_w = override.power_w or miner.levels[-1].power_w
        return _decision(now, miner, _Wanted(miner.count if override.run else 0, power_w, Reason(MinerReason.MANUAL)))
    if miner.id in now.idle and running:
        # It may begin to mine by itself, and switching would only hide what ails it.
        reason = Reason(MinerReason.NOT_MINING)
        power_w = miner.levels[0].power_w
        return MinerDecision(miner_id=miner.id, action=MinerAction.HOLD, units=running, power_w=power_w, reason=reason)
    guard = now.guard(miner)
    if not guard.hours:
        return _decision(now, miner, _Wanted(0, 0.0, Reason(MinerReason.OUTSIDE_WINDOW)))
    wanted = _planned(now, miner)
    if wanted is None:
        return _without_plan(now, miner, running)
    assert running is not None, "an unknown running state was handled above"  # for the type checker
    wanted = _carried(now, miner, wanted, running, headroom)
    if wanted.units > running:
        obstacle = _obstacle(now, miner, wanted, headroom)
        if obstacle is not None:
            return _decision(now, miner, replace(wanted, units=running, reason=obstacle))
    if wanted.units < running:
        tie = _must_run_on(now, miner)
        if tie is not None:
            power_w = miner.levels[0].power_w if not wanted.units else wanted.power_w
            return _decision(now, miner, _Wanted(running, power_w, tie))
    return _decision(now, miner, wanted)


def _danger(now: Circumstances, miner: Miner) -> Reason[MinerReason] | None:
    """What stops a miner whatever anybody wishes."""
    battery = critical(now.site, now.readings)
    if battery is not None:
        soc = now.readings.batteries[battery.id].soc.value
        assert soc is not None, "critical() has read it"  # for the type checker
        return Reason(MinerReason.EMERGENCY_STOP, {"soc": soc, "critical_soc": battery.critical_soc})
    temperature = now.readings.miners.get(miner.id, MinerReadings()).temperature_c.believed
    if miner.max_temperature_c is not None and temperature is not None and temperature > miner.max_temperature_c:
        return Reason(MinerReason.TOO_HOT, {"temperature_c": temperature, "max_temperature_c": miner.max_temperature_c})
    asked = _guarded(now, miner)
    if asked is not None:
        return asked
    override = now.overrides.get(miner.id)
    soc = site_soc(now.site, now.readings)
    forced = override is not None and override.run and override.until > now.readings.at
    if soc is not None and miner.stop_soc is not None and soc < miner.stop_soc and not forced:
        return Reason(MinerReason.BELOW_STOP_SOC, {"soc": soc, "stop_soc": miner.stop_soc})
    voltage_v, least_v = _rest_voltage(now), now.guard(miner).stop_voltage_v
    if voltage_v is not None and least_v is not None and voltage_v < least_v and not forced:
        return Reason(MinerReason.BELOW_STOP_SOC, {"voltage_v": voltage_v, "stop_voltage_v": least_v})
    return None


def _guarded(now: Circumstances, miner: Miner) -> Reason[MinerReason] | None:
    """What a policy stops a miner for whatever anybody wishes: its emergency levels and interlocks."""
    guard = now.guard(miner)
    soc, voltage_v = site_soc(now.site, now.readings), _rest_voltage(now)
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


def _rest_voltage(now: Circumstances) -> float | None:
    """Return the lowest voltage of the batteries, corrected for their load: under load it is no truth. None: unknown."""
    found = []
    for battery in now.site.batteries:
        own = now.readings.batteries.get(battery.id)
        if own is not None and own.voltage_v.value:
            found.append(rest_voltage(own.voltage_v.value, own.power_w.value or 0.0, battery.capacity_wh))
    return min(found, default=None)


def _unknown_for(now: Circumstances, miner: Miner) -> timedelta | None:
    """How long the SOC or the miner's own state has been unknown; None where both are known."""
    since = unknown_since(now.site, now.readings)
    running = now.readings.miners.get(miner.id, MinerReadings()).running
    if running.believed is None:
        own = running.at or now.readings.at
        since = own if since is None else min(since, own)
    return None if since is None else now.readings.at - since


def _in_the_dark(miner: Miner, running: int | None, *, lasted: timedelta, grace: timedelta) -> MinerDecision:
    """Nothing starts on hope; after the grace time nothing runs on hope either."""
    reason = Reason(MinerReason.UNKNOWN_STATE, {"minutes": lasted.total_seconds() / 60})
    if lasted > grace:
        return MinerDecision(miner_id=miner.id, action=MinerAction.STOP, units=0, power_w=0.0, reason=reason)
    return MinerDecision(
        miner_id=miner.id, action=MinerAction.HOLD, units=running or 0, power_w=miner.levels[0].power_w, reason=reason
    )


def _held(now: Circumstances, miner: Miner, running: int, override: MinerOverride | None) -> MinerDecision:
    """Let stand what was decided while the SOC was believed, but for starts; a person may still switch off."""
    if override is not None and not override.run and override.until > now.readings.at:
        return _decision(now, miner, _Wanted(0, 0.0, Reason(MinerReason.MANUAL)))
    last = now.last.get(miner.id)
    if last is not None and last.units <= running:
        return last
    reason = Reason(MinerReason.UNKNOWN_STATE)
    return MinerDecision(
        miner_id=miner.id, action=MinerAction.HOLD, units=running, power_w=miner.levels[0].power_w, reason=reason
    )


def _untouched(decision: MinerDecision) -> MinerDecision:
    """Leave a miner whose own switch is doubted as it is: what seems to be off would be switched on once more."""
    return replace(decision, action=MinerAction.HOLD) if decision.action is MinerAction.RUN else decision


def _without_plan(now: Circumstances, miner: Miner, running: int | None) -> MinerDecision:
    """Keep what runs for the grace time: a plan may be on its way, as when a SOC has only just become known."""
    since = now.planless_since
    if since is None:
        return _decision(now, miner, _Wanted(0, 0.0, Reason(MinerReason.UNKNOWN_STATE)))
    return _in_the_dark(miner, running, lasted=now.readings.at - since, grace=now.grace)


def _planned(now: Circumstances, miner: Miner) -> _Wanted | None:
    slot = now.plan.horizon.slot_at(now.readings.at) if now.plan is not None else None
    if now.plan is None or slot is None or miner.id not in now.plan.schedule.units:
        return None
    levels = now.plan.schedule.units[miner.id][:, slot]
    units = int(levels.sum())
    highest = int(np.flatnonzero(levels)[-1]) if units else 0
    # A word that was in force would have decided: one in the plan is over, and a new plan on its way.
    reason = miner_reason(now.plan, miner.id, slot, told=False)
    return _Wanted(units, float(miner.levels[highest].power_w) if units else 0.0, reason)


def _carried(now: Circumstances, miner: Miner, wanted: _Wanted, running: int, headroom: _Headroom) -> _Wanted:
    """Leave of what runs on surplus only what the sun carries, where it has not carried this run."""
    state = now.ledger.miners.get(miner.id, MinerState())
    if not (miner.surplus_only and running and wanted.units) or state.sunless_h <= SUNLESS_H:
        return wanted
    if not short_of_sun(miner, now.readings):
        return wanted
    surplus_w = max(0.0, headroom.surplus_w or 0.0)
    units = min(wanted.units, running - 1, int(surplus_w // wanted.power_w))
    numbers = {"surplus_w": surplus_w, "needed_w": wanted.units * wanted.power_w}
    return replace(wanted, units=units, reason=Reason(MinerReason.NO_SURPLUS, numbers))


def _surplus_w(now: Circumstances, miner: Miner, headroom: _Headroom) -> float | None:
    """Return what a miner may start on: what is measured, or what is expected where that has not been wrong lately."""
    state = now.ledger.miners.get(miner.id, MinerState())
    wait_h = max(LEAST_WAIT_H, miner.min_pause_h) * 2**state.sunless_runs if state.sunless_runs else 0.0
    if headroom.surplus_w is None or headroom.expected_w is None or _hours_in_state(state, now.readings.at) < wait_h:
        return headroom.surplus_w
    return max(headroom.surplus_w, headroom.expected_w)


def _obstacle(now: Circumstances, miner: Miner, wanted: _Wanted, headroom: _Headroom) -> Reason[MinerReason] | None:
    """What this moment's readings hold against a start the plan wants; None where nothing does."""
    for reading in (now.readings.grid_w, now.readings.load_w):
        if reading.trouble not in (None, Trouble.NOT_MAPPED):
            return Reason(MinerReason.UNKNOWN_STATE)
    state = now.ledger.miners.get(miner.id, MinerState())
    rested_h = _hours_in_state(state, now.readings.at)
    if state.running == 0 and rested_h < miner.min_pause_h:
        return Reason(MinerReason.MIN_PAUSE, {"hours": rested_h, "min_pause_h": miner.min_pause_h})
    soc = site_soc(now.site, now.readings)
    if soc is not None and miner.start_soc is not None and soc < miner.start_soc:
        return Reason(MinerReason.SOC_TOO_LOW, {"soc": soc, "start_soc": miner.start_soc})
    voltage_v, least_v = _rest_voltage(now), now.guard(miner).start_voltage_v
    if voltage_v is not None and least_v is not None and voltage_v < least_v:
        return Reason(MinerReason.SOC_TOO_LOW, {"voltage_v": voltage_v, "start_voltage_v": least_v})
    needed_w = wanted.units * wanted.power_w + miner.surplus_margin_w
    surplus_w = _surplus_w(now, miner, headroom)
    if miner.surplus_only and (surplus_w is None or surplus_w < needed_w):
        return Reason(MinerReason.NO_SURPLUS, {"surplus_w": surplus_w or 0.0, "needed_w": needed_w})
    new_w = (wanted.units - state.running) * wanted.power_w
    if headroom.import_w is not None and headroom.import_w < new_w:
        return Reason(MinerReason.IMPORT_LIMIT, {"headroom_w": headroom.import_w, "needed_w": new_w})
    if miner.max_starts_per_day is not None and state.starts_today >= miner.max_starts_per_day * miner.count:
        return Reason(MinerReason.DAY_LIMIT, {"starts_left": 0.0})
    return None


def _must_run_on(now: Circumstances, miner: Miner) -> Reason[MinerReason] | None:
    state = now.ledger.miners.get(miner.id, MinerState())
    ran_h = _hours_in_state(state, now.readings.at)
    if ran_h < miner.min_run_h:
        return Reason(MinerReason.MIN_RUN, {"hours": ran_h, "min_run_h": miner.min_run_h})
    return None


def _hours_in_state(state: MinerState, now: datetime) -> float:
    return float("inf") if state.since is None else (now - state.since).total_seconds() / 3600


def _running(now: Circumstances, miner: Miner) -> int | None:
    """Return the units that run, or are believed to while their switch is doubted."""
    units = now.readings.miners.get(miner.id, MinerReadings()).running.believed
    return None if units is None else int(units)


def _decision(now: Circumstances, miner: Miner, wanted: _Wanted) -> MinerDecision:
    return MinerDecision(
        miner_id=miner.id,
        action=MinerAction.RUN if wanted.units else MinerAction.STOP,
        units=wanted.units,
        power_w=wanted.power_w if wanted.units else 0.0,
        reason=wanted.reason,
        until=_next_change(now, miner),
    )


def _next_change(now: Circumstances, miner: Miner) -> datetime | None:
    plan = now.plan
    slot = plan.horizon.slot_at(now.readings.at) if plan is not None else None
    if plan is None or slot is None or miner.id not in plan.schedule.units:
        return None
    levels = plan.schedule.units[miner.id]
    changes = np.flatnonzero((levels[:, slot:] != levels[:, [slot]]).any(axis=0))
    return plan.horizon.starts[slot + int(changes[0])] if changes.size else None
