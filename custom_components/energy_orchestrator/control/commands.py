"""Decisions → commands: what to bring where, in which order. Looks at entities, calls nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from ..model.decision import (
    BatteryDecision,
    BatteryMode,
    BatteryReason,
    Decisions,
    MinerAction,
    MinerDecision,
    MinerReason,
    Reason,
)
from ..model.ledger import Ledger, MinerState
from ..model.seen import OFF, ON, Look, Seen
from ..model.site import LeftAs, Miner
from ..settings import Settings
from .command import Command, Stage, Why, is_within, power_command, switch_command
from .inverters import ModeOf, batteries_of, combined, export_limit, renewed_after
from .settled import Settled

# These wait for no minimum run, pause or spacing.
_URGENT: Final = frozenset(
    {
        MinerReason.EMERGENCY_STOP,
        MinerReason.TOO_HOT,
        MinerReason.BELOW_STOP_SOC,
        MinerReason.IMPORT_LIMIT,
        MinerReason.GRID_LOST,
        MinerReason.INTERLOCK,
        MinerReason.UNKNOWN_STATE,
        MinerReason.MANUAL,
        BatteryReason.EMERGENCY_STOP,
        BatteryReason.TOO_COLD,
        BatteryReason.IMPORT_LIMIT,
        BatteryReason.AT_RESERVE,
        BatteryReason.MANUAL,
    }
)
RELEASED: Final = "released"


def commands_for(
    settings: Settings,
    decisions: Decisions,
    ledger: Ledger,
    look: Look,
    now: datetime,
    settled: Settled | None = None,
) -> list[Command]:
    """Return what is still to be done, in the order it should be.

    What already stands is left out, but for what a device would forget. `settled`: what devices made of numbers so far.
    """
    settled = settled or Settled()
    settled.forget(now)
    found: list[Command] = []
    for miner in settings.site.miners:
        decision = decisions.miners.get(miner.id)
        if decision is not None and decision.action is not MinerAction.HOLD:
            found += _miner(settings, miner, decision, ledger.miners.get(miner.id), look, now, settled)
    found += _inverters(settings, decisions.batteries, look, now, settled)
    return _in_order(c for c in found if c.lapses or not c.done(look))


def release_commands(settings: Settings, look: Look, settled: Settled | None = None) -> list[Command]:
    """Return what leaves the devices as their owner wants them left, in order.

    Unless said otherwise safe on their own: miners off, inverters at self-consumption.

    What stands already is in it too: whether to believe what an entity shows is for the one who last commanded it.
    """
    why = Why(reason=RELEASED, urgent=True)
    found = [
        switch_command(entity, on=False, device_id=miner_id, stage=Stage.SHED, why=why)
        for miner_id, mapped in settings.miners.items()
        for entity in mapped.switches
        if mapped.left_as is not LeftAs.AS_IT_IS
    ]
    settled = settled or Settled()
    for inverter_id, mapped in settings.inverters.items():
        if mapped.left_as is LeftAs.AS_IT_IS:
            continue
        own = batteries_of(settings, inverter_id)
        told = ModeOf(settings=settings, inverter_id=inverter_id, why=why, look=look, settled=settled)
        if own and mapped.left_as is LeftAs.OFF:
            found += told.commands(BatteryMode.HOLD, 0.0)
        elif own:
            found += told.commands(BatteryMode.SELF_CONSUMPTION, sum(battery.max_charge_w for battery in own))
        limit_w = settings.site.grid.max_export_w
        found += export_limit(settings, inverter_id, limit_w, why=why, look=look, settled=settled)
    return _in_order(found)


def _in_order(commands: Iterable[Command]) -> list[Command]:
    return sorted(commands, key=lambda command: command.stage)


# Miners


def _miner(
    settings: Settings,
    miner: Miner,
    decision: MinerDecision,
    state: MinerState | None,
    look: Look,
    now: datetime,
    settled: Settled,
) -> list[Command]:
    """Switch as many units as decided: those that run keep running, the first that rest start, the last that run stop."""
    mapped, switches = settings.miners[miner.id], settings.miners[miner.id].switches
    why = _why(decision.reason)
    standing = {entity: look(entity) for entity in switches}
    on = [entity for entity, seen in standing.items() if seen is not None and seen.state == ON]
    off = [entity for entity, seen in standing.items() if seen is not None and seen.state == OFF]
    per_switch = miner.units_per_switch(len(switches))
    wanted = decision.units // per_switch if decision.action is MinerAction.RUN else 0

    def long_enough(entity: str, least_h: float) -> bool:
        return why.urgent or _in_state(state, standing[entity], len(on) * per_switch, miner, now) >= timedelta(
            hours=least_h
        )

    stopping = [entity for entity in reversed(on) if long_enough(entity, miner.min_run_h)][: max(0, len(on) - wanted)]
    starting: list[str] = []
    if len(on) + len(off) == len(switches):  # a unit nobody can see may be running: nothing new starts on hope
        starting = [entity for entity in off if long_enough(entity, miner.min_pause_h)][: max(0, wanted - len(on))]
    limits = dict(zip(switches, mapped.power_limits, strict=False))
    found = [switch_command(e, on=False, device_id=miner.id, stage=Stage.SHED, why=why) for e in stopping]
    if not wanted:
        return found
    renewed = [entity for entity in on if entity not in stopping]
    running: list[Command] = []
    for entity in (*renewed, *starting):
        limit = _unit_limit(miner, limits.get(entity), decision.power_w, why, look, settled)
        if limit is not None:
            running.append(limit)
        start = switch_command(entity, on=True, device_id=miner.id, stage=Stage.START, why=why)
        if entity in renewed:
            running += [start] if mapped.renew is not None else []
        elif entity not in limits or decision.power_w >= miner.levels[-1].power_w:
            running.append(replace(start, needs=_needed(limit, look, settled)))
        elif limit is not None and limit.problem is None:
            running.append(replace(start, needs=_needed(limit, look, settled), awaits=partial(is_within, limit)))
    after = None if mapped.renew is None else renewed_after(mapped.renew)
    return found + [replace(command, renew_after=after) for command in running]


def _needed(limit: Command | None, look: Look, settled: Settled) -> tuple[str, ...]:
    """Return what must have gone out before a start: its limit, but for one that stands below it and does not move."""
    if limit is None or limit.problem is not None or (settled.given_up(limit.key) and is_within(limit, look)):
        return ()
    return (limit.key,)


def _unit_limit(
    miner: Miner, entity_id: str | None, power_w: float, why: Why, look: Look, settled: Settled
) -> Command | None:
    if entity_id is None or power_w <= 0:
        return None
    limit = power_command(look, entity_id, power_w, device_id=miner.id, stage=Stage.POWER_LIMIT, why=why)
    return None if limit is None else settled.accepting(limit)


def _in_state(state: MinerState | None, seen: Seen | None, running: int, miner: Miner, now: datetime) -> timedelta:
    """Return how long a unit has been as it is: by the ledger where it speaks of this very state, else by its switch.

    Where the ledger saw it so from the first, nobody knows (its switch only says since when Home Assistant does): long.
    """
    if state is not None and running in {0, miner.count} and state.running == running:
        since = state.since
    else:
        since = None if seen is None else seen.last_changed
    return timedelta.max if since is None else now - since


# Inverters


def _inverters(
    settings: Settings, decisions: Mapping[str, BatteryDecision], look: Look, now: datetime, settled: Settled
) -> list[Command]:
    found: list[Command] = []
    for inverter_id in settings.inverters:
        own = [decisions[b.id] for b in batteries_of(settings, inverter_id) if b.id in decisions]
        if own:
            mode, power_w = combined(own)
            why = _why(next((d for d in own if d.mode is mode), own[0]).reason)
            told = ModeOf(settings=settings, inverter_id=inverter_id, why=why, look=look, settled=settled, now=now)
            found += told.commands(mode, power_w)
        limits = [d.export_limit_w for d in decisions.values() if d.export_limit_w is not None]
        if decisions:
            why = _why(next(iter(decisions.values())).reason)
            limit_w = min(limits, default=None)
            found += export_limit(settings, inverter_id, limit_w, why=why, look=look, settled=settled)
    return found


def _why(reason: Reason[MinerReason] | Reason[BatteryReason]) -> Why:
    return Why(
        reason=reason.code.value, numbers=reason.numbers, policies=reason.policies, urgent=reason.code in _URGENT
    )
