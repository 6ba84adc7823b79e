"""What each miner does now: the plan's slot, made more careful by this moment's readings. Safety needs no plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from ...model.curtailed import may_be_curtailed
from ...model.decision import MinerAction, MinerDecision, MinerOverride, MinerReason, Reason
from ...model.ledger import short_of_sun
from ...model.readings import MinerReadings, Trouble
from ...model.site import Miner
from ..reasons import miner_reason
from ..rules.citing import with_sources
from .battery_optimizer import in_doubt, site_soc, unknown_since
from .circumstances import Circumstances, rank
from .protection import PROTECTING, Relief, danger, kept_off, no_room, shed, spare_supply_w
from .turns import Turns

# What runs on surplus only is taken back once the sun has not carried it for so much longer than it did.
SUNLESS_H = 0.1
# After a run that the sun did not carry, a sun that nobody sees is believed again after so long at least; twice as long
# after each further one of the day.
LEAST_WAIT_H = 0.25


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Units and power per unit in W, with the reason."""

    units: int
    power_w: float
    reason: Reason[MinerReason]


def decide_miners(now: Circumstances) -> dict[str, MinerDecision]:
    """Return a decision per miner, by rank: an earlier start uses up headroom for the later ones, and its turn."""
    headroom, turns = _Headroom.of(now), Turns.of(now)
    decisions = {}
    for miner in sorted(now.site.miners, key=rank):
        decision = turns.taken(miner, _decide(now, miner, headroom))
        decision = replace(
            decision,
            reason=with_sources(decision.reason, miner.id, now.rules.sources),
            shed_at=_shed_at(now, miner, decision),
        )
        headroom = headroom.less(miner, decision, now.running(miner) or 0)
        decisions[miner.id] = decision
    return {miner.id: decisions[miner.id] for miner in now.site.miners}


def _shed_at(now: Circumstances, miner: Miner, decision: MinerDecision) -> datetime | None:
    """Return when protection last stopped it; that is forgotten with its next start."""
    before = decision.shed_at or now.shed_at(miner)
    if before is None or decision.units > (now.running(miner) or 0):
        return None
    return now.at if danger(now, miner) is not None else min(before, now.at)


@dataclass(frozen=True, slots=True)
class _Headroom:
    """Power still free for new starts, W; None where it is not known.

    `room_w`: what the connection can still carry, inf where there is no limit; where the grid is gone, what sun and
    batteries can. `import_w`: the same by what the owner wishes to import at most.
    `surplus_w`: solar − house without miners, less what miners of a higher rank use of it that run on nothing else.
    `expected_w`: the same by the plan's sun, where the panels may give more than is measured; None elsewhere.
    """

    room_w: float | None
    import_w: float | None
    surplus_w: float | None
    expected_w: float | None
    shed: Mapping[str, Relief]
    """What must stop because more is drawn than there is."""

    @classmethod
    def of(cls, now: Circumstances) -> _Headroom:
        """Measure what is free."""
        grid_w, solar_w, load_w = (
            reading.value for reading in (now.readings.grid_w, now.readings.solar_w, now.readings.load_w)
        )
        room_w = import_w = _room_w(now)
        surplus_w = None if solar_w is None or load_w is None else solar_w - load_w
        wished_w = now.rules.max_import_w
        if wished_w is not None and now.site.grid.connected and import_w is not None and grid_w is not None:
            # What the batteries can take over is not imported: their charging, and what they can still give.
            import_w = min(import_w, wished_w - grid_w + _spare_w(now))
        return cls(room_w, import_w, surplus_w, _expected_surplus_w(now, surplus_w), shed(now))

    def less(self, miner: Miner, decision: MinerDecision, running: int) -> _Headroom:
        """Take away what newly started units will draw, and of the surplus what the miner uses of it."""
        started_w = max(0, decision.units - running) * decision.power_w
        used_w = decision.units * decision.power_w if miner.surplus_only else 0.0
        return replace(
            self,
            room_w=_minus(self.room_w, started_w),
            import_w=_minus(self.import_w, started_w),
            surplus_w=_minus(self.surplus_w, used_w),
            expected_w=_minus(self.expected_w, used_w),
        )


def _minus(free_w: float | None, used_w: float) -> float | None:
    return None if free_w is None else free_w - used_w


def _room_w(now: Circumstances) -> float | None:
    """Return what can still be drawn, W: None where there is a limit and nobody measures the meter."""
    grid, grid_w = now.site.grid, now.readings.grid_w.value
    if now.grid_lost:
        return spare_supply_w(now)
    if not grid.connected or grid.max_import_w is None:
        return float("inf")
    return None if grid_w is None else grid.max_import_w - grid_w


def _expected_surplus_w(now: Circumstances, measured_w: float | None) -> float | None:
    """Return the surplus by the plan's sun where the panels may be curtailed: what they could give is not measured.

    Off the grid it is no more than batteries carry, should that sun not be there.
    """
    solar_w, load_w = _planned_solar_w(now), now.readings.load_w.value
    if measured_w is None or solar_w is None or load_w is None or not may_be_curtailed(now.site, now.readings):
        return None
    expected_w = solar_w - load_w
    return expected_w if now.site.grid.connected else min(expected_w, measured_w + sum(now.able_w().values()))


def _planned_solar_w(now: Circumstances) -> float | None:
    slot = now.slot
    return None if now.plan is None or slot is None else float(now.plan.problem.solar_w[slot])


def _spare_w(now: Circumstances) -> float:
    """Power the batteries can take over from the grid, W."""
    power_w = {key: own.power_w.value or 0.0 for key, own in now.readings.batteries.items()}
    return sum(max(0.0, power_w.get(key, 0.0) + able_w) for key, able_w in now.able_w().items())


def _decide(now: Circumstances, miner: Miner, headroom: _Headroom) -> MinerDecision:
    running = now.running(miner)
    reason = danger(now, miner)
    if reason is not None:
        return _protected(now, miner, _Wanted(0, 0.0, reason))
    less = headroom.shed.get(miner.id)
    if less is not None:
        last = now.last.get(miner.id)
        power_w = (0.0 if last is None else last.power_w) or miner.levels[0].power_w
        return _protected(now, miner, _Wanted(less.units, power_w, less.reason))
    unknown = _unknown_for(now, miner)
    if unknown is not None:
        return _in_the_dark(now, miner, running, lasted=unknown)
    override = now.overrides.get(miner.id)
    if now.readings.miners.get(miner.id, MinerReadings()).running.held:
        return _untouched(_held(now, miner, running or 0, override))
    if in_doubt(now.site, now.readings):
        return _held(now, miner, running or 0, override)
    if override is not None and override.until > now.at:
        return _decision(now, miner, _by_word(now, miner, override, headroom))
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


def _protected(now: Circumstances, miner: Miner, wanted: _Wanted) -> MinerDecision:
    """Return what protection leaves of a miner; what it stops must not come right back."""
    stops = wanted.units < (now.running(miner) or 0) and wanted.reason.code in PROTECTING
    return replace(_decision(now, miner, wanted), shed_at=now.at if stops else None)


def _by_word(now: Circumstances, miner: Miner, override: MinerOverride, headroom: _Headroom) -> _Wanted:
    """Return what the owner asks for; a start waits where the danger it was stopped for is not over, or has no room."""
    running, most_w = now.running(miner) or 0, miner.levels[-1].power_w
    power_w = min(most_w, override.power_w or most_w)
    units = miner.count if override.run else 0
    new_w = (units - running) * power_w
    obstacle = None
    if units > running:
        obstacle = kept_off(now, miner, new_w, headroom.room_w) or _rests(now, miner, override)
        if obstacle is None and headroom.room_w is not None and headroom.room_w < new_w:
            obstacle = no_room(now, headroom.room_w, new_w)
    return _Wanted(units if obstacle is None else running, power_w, obstacle or Reason(MinerReason.MANUAL))


def _rests(now: Circumstances, miner: Miner, word: MinerOverride) -> Reason[MinerReason] | None:
    """The rest that a miner has after protection stopped it; what a person says after the stop cuts it short."""
    state, shed_at = now.state(miner), now.shed_at(miner)
    if shed_at is None or now.running(miner):
        return None
    since = state.since or shed_at
    rested_h = (now.at - since).total_seconds() / 3600
    if rested_h >= miner.min_pause_h or (word.since is not None and word.since > since):
        return None
    return Reason(MinerReason.MIN_PAUSE, {"hours": rested_h, "min_pause_h": miner.min_pause_h})


def _unknown_for(now: Circumstances, miner: Miner) -> timedelta | None:
    """How long the SOC or the miner's own state has been unknown; None where both are known."""
    since = unknown_since(now.site, now.readings)
    running = now.readings.miners.get(miner.id, MinerReadings()).running
    if running.believed is None:
        own = running.at or now.at
        since = own if since is None else min(since, own)
    return None if since is None else now.at - since


def _in_the_dark(now: Circumstances, miner: Miner, running: int | None, *, lasted: timedelta) -> MinerDecision:
    """Nothing starts on hope; after the grace time nothing runs on hope either."""
    reason = Reason(MinerReason.UNKNOWN_STATE, {"minutes": lasted.total_seconds() / 60})
    if lasted > now.grace:
        stop = MinerDecision(miner_id=miner.id, action=MinerAction.STOP, units=0, power_w=0.0, reason=reason)
        return replace(stop, shed_at=now.at if running else None)
    return MinerDecision(
        miner_id=miner.id, action=MinerAction.HOLD, units=running or 0, power_w=miner.levels[0].power_w, reason=reason
    )


def _held(now: Circumstances, miner: Miner, running: int, override: MinerOverride | None) -> MinerDecision:
    """Let stand what was decided while the SOC was believed, but for starts; a person may still switch off."""
    if override is not None and not override.run and override.until > now.at:
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
    return _in_the_dark(now, miner, running, lasted=now.at - since)


def _planned(now: Circumstances, miner: Miner) -> _Wanted | None:
    slot = now.slot
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
    state = now.state(miner)
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
    state = now.state(miner)
    wait_h = max(LEAST_WAIT_H, miner.min_pause_h) * 2**state.sunless_runs if state.sunless_runs else 0.0
    if headroom.surplus_w is None or headroom.expected_w is None or now.hours_in_state(miner) < wait_h:
        return headroom.surplus_w
    return max(headroom.surplus_w, headroom.expected_w)


def _obstacle(now: Circumstances, miner: Miner, wanted: _Wanted, headroom: _Headroom) -> Reason[MinerReason] | None:
    """What this moment's readings hold against a start the plan wants; None where nothing does."""
    for reading in (now.readings.grid_w, now.readings.load_w):
        if reading.trouble not in (None, Trouble.NOT_MAPPED):
            return Reason(MinerReason.UNKNOWN_STATE)
    state, rested_h = now.state(miner), now.hours_in_state(miner)
    new_w = (wanted.units - state.running) * wanted.power_w
    obstacle = kept_off(now, miner, new_w, headroom.room_w)
    if obstacle is not None:
        return obstacle
    if state.running == 0 and rested_h < miner.min_pause_h:
        return Reason(MinerReason.MIN_PAUSE, {"hours": rested_h, "min_pause_h": miner.min_pause_h})
    soc = site_soc(now.site, now.readings)
    if soc is not None and miner.start_soc is not None and soc < miner.start_soc:
        return Reason(MinerReason.SOC_TOO_LOW, {"soc": soc, "start_soc": miner.start_soc})
    voltage_v, least_v = now.rest_voltage(), now.guard(miner).start_voltage_v
    if voltage_v is not None and least_v is not None and voltage_v < least_v:
        return Reason(MinerReason.SOC_TOO_LOW, {"voltage_v": voltage_v, "start_voltage_v": least_v})
    needed_w = wanted.units * wanted.power_w + miner.surplus_margin_w
    surplus_w = _surplus_w(now, miner, headroom)
    if miner.surplus_only and (surplus_w is None or surplus_w < needed_w):
        return Reason(MinerReason.NO_SURPLUS, {"surplus_w": surplus_w or 0.0, "needed_w": needed_w})
    if headroom.import_w is not None and headroom.import_w < new_w:
        return no_room(now, headroom.import_w, new_w)
    if miner.max_starts_per_day is not None and state.starts_today >= miner.max_starts_per_day * miner.count:
        return Reason(MinerReason.DAY_LIMIT, {"starts_left": 0.0})
    return None


def _must_run_on(now: Circumstances, miner: Miner) -> Reason[MinerReason] | None:
    ran_h = now.hours_in_state(miner)
    if ran_h < miner.min_run_h:
        return Reason(MinerReason.MIN_RUN, {"hours": ran_h, "min_run_h": miner.min_run_h})
    return None


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
    plan, slot = now.plan, now.slot
    if plan is None or slot is None or miner.id not in plan.schedule.units:
        return None
    levels = plan.schedule.units[miner.id]
    changes = np.flatnonzero((levels[:, slot:] != levels[:, [slot]]).any(axis=0))
    return plan.horizon.starts[slot + int(changes[0])] if changes.size else None
