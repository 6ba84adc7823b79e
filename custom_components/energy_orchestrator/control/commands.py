"""Decisions → commands: what to bring where, in which order. Looks at entities, calls nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
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
from ..model.site import Battery, LeftAs, Miner
from ..settings import InverterEntities, Settings
from .command import Command, Stage, Why, option_command, power_command, switch_command

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


def commands_for(settings: Settings, decisions: Decisions, ledger: Ledger, look: Look, now: datetime) -> list[Command]:
    """Return what is still to be done, in the order it should be.

    What already stands is left out, but for what a device would forget.
    """
    found: list[Command] = []
    for miner in settings.site.miners:
        decision = decisions.miners.get(miner.id)
        if decision is not None and decision.action is not MinerAction.HOLD:
            found += _miner(settings, miner, decision, ledger.miners.get(miner.id), look, now)
    found += _inverters(settings, decisions.batteries, look)
    return _in_order(c for c in found if c.renew_after is not None or not c.done(look))


def release_commands(settings: Settings, look: Look) -> list[Command]:
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
    for inverter_id, mapped in settings.inverters.items():
        if mapped.left_as is LeftAs.AS_IT_IS:
            continue
        own = _batteries_of(settings, inverter_id)
        if own and mapped.left_as is LeftAs.OFF:
            found += _mode(settings, inverter_id, BatteryMode.HOLD, 0.0, why, look)
        elif own:
            charge_w = sum(battery.max_charge_w for battery in own)
            found += _mode(settings, inverter_id, BatteryMode.SELF_CONSUMPTION, charge_w, why, look)
        found += _export_limit(settings, inverter_id, mapped, settings.site.grid.max_export_w, why, look)
    return _in_order(found)


def _in_order(commands: Iterable[Command]) -> list[Command]:
    return sorted(commands, key=lambda command: command.stage)


# Miners


def _miner(
    settings: Settings, miner: Miner, decision: MinerDecision, state: MinerState | None, look: Look, now: datetime
) -> list[Command]:
    """Switch as many units as decided: those that run keep running, the first that rest start, the last that run stop."""
    switches = settings.miners[miner.id].switches
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
    limits = dict(zip(switches, settings.miners[miner.id].power_limits, strict=False))
    found = [switch_command(e, on=False, device_id=miner.id, stage=Stage.SHED, why=why) for e in stopping]
    for entity in (*(e for e in on if e not in stopping), *starting):
        limit = _unit_limit(miner, limits.get(entity), decision.power_w, why, look) if wanted else None
        if limit is not None:
            found.append(limit)
        if entity not in starting:
            continue
        settable = limit is not None and limit.problem is None
        if entity not in limits or settable or decision.power_w >= miner.levels[-1].power_w:
            needs = () if limit is None else (limit.key,)
            found.append(switch_command(entity, on=True, device_id=miner.id, stage=Stage.START, why=why, needs=needs))
    return found


def _unit_limit(miner: Miner, entity_id: str | None, power_w: float, why: Why, look: Look) -> Command | None:
    if entity_id is None or power_w <= 0:
        return None
    return power_command(look, entity_id, power_w, device_id=miner.id, stage=Stage.POWER_LIMIT, why=why)


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


def _inverters(settings: Settings, decisions: Mapping[str, BatteryDecision], look: Look) -> list[Command]:
    found: list[Command] = []
    for inverter_id, mapped in settings.inverters.items():
        own = [decisions[b.id] for b in _batteries_of(settings, inverter_id) if b.id in decisions]
        if own:
            mode, power_w = combined(own)
            decisive = next((d for d in own if d.mode is mode), own[0])
            found += _mode(settings, inverter_id, mode, power_w, _why(decisive.reason), look)
        limits = [d.export_limit_w for d in decisions.values() if d.export_limit_w is not None]
        if decisions:
            reason = _why(next(iter(decisions.values())).reason)
            found += _export_limit(settings, inverter_id, mapped, min(limits, default=None), reason, look)
    return found


def combined(decisions: list[BatteryDecision]) -> tuple[BatteryMode, float]:
    """Return the one mode and set-point for all batteries of an inverter.

    Of one mind: the powers add up. Otherwise the most careful: hold where one holds or two pull in opposite directions,
    self-consumption where one is to be left to itself.
    """
    modes = {decision.mode for decision in decisions}
    if len(modes) == 1:
        return next(iter(modes)), sum(decision.power_w for decision in decisions)
    if BatteryMode.HOLD in modes or modes >= {BatteryMode.CHARGE, BatteryMode.DISCHARGE}:
        return BatteryMode.HOLD, 0.0
    own_will = [decision.power_w for decision in decisions if decision.mode is not BatteryMode.DISCHARGE]
    return BatteryMode.SELF_CONSUMPTION, sum(own_will)


def _set_points(mode: BatteryMode, power_w: float, discharge_w: float) -> tuple[float | None, float | None]:
    """Return what charge and discharge power are set to in a mode, None for left as they are."""
    return {
        BatteryMode.SELF_CONSUMPTION: (power_w, discharge_w),
        BatteryMode.CHARGE: (power_w, None),
        BatteryMode.DISCHARGE: (None, power_w),
        BatteryMode.HOLD: (None, None),
    }[mode]


def _mode(
    settings: Settings, inverter_id: str, mode: BatteryMode, power_w: float, why: Why, look: Look
) -> list[Command]:
    """Bring an inverter into a mode: the set-points it will follow first, then the mode itself.

    One without an option for the mode goes to self-consumption instead, so that none stays in a mode that was forced on
    it before; to hold, with nothing to charge or discharge as far as that can be set.
    """
    mapped = settings.inverters[inverter_id]
    own, options = _batteries_of(settings, inverter_id), mapped.work_mode_options
    discharge_w = sum(battery.max_discharge_w for battery in own)
    charge, discharge = _set_points(mode, power_w, discharge_w)
    held_apart = mode in options and options[mode] != options.get(BatteryMode.SELF_CONSUMPTION)
    if mode is BatteryMode.HOLD and not held_apart:
        charge, discharge = 0.0, 0.0
    elif mapped.work_mode is not None and mode not in options:
        charge, discharge = _set_points(
            BatteryMode.SELF_CONSUMPTION, sum(battery.max_charge_w for battery in own), discharge_w
        )
    if mapped.work_mode is not None and mode not in options:
        mode = BatteryMode.SELF_CONSUMPTION
        if mode not in options:
            charge = discharge = None  # set-points for a mode it will not enter would act in the one it is in
    points = [
        power_command(look, entity, watts, device_id=inverter_id, stage=Stage.SET_POINT, why=why)
        for entity, watts in ((mapped.charge_power, charge), (mapped.discharge_power, discharge))
        if entity is not None and watts is not None
    ]
    found = [point for point in points if point is not None]
    if mapped.work_mode is not None:
        option = options.get(mode)
        # Self-consumption is the state to fall back to: it needs nothing else to work.
        needs = () if mode is BatteryMode.SELF_CONSUMPTION else tuple(point.key for point in found)
        chosen = option_command(look, mapped.work_mode, option, device_id=inverter_id, why=why, needs=needs)
        found += [] if chosen is None else [chosen]
    return found


def _export_limit(
    settings: Settings, inverter_id: str, mapped: InverterEntities, limit_w: float | None, why: Why, look: Look
) -> list[Command]:
    """Set the most that is exported; the meter is the site's, so every inverter gets the same limit."""
    if mapped.export_limit is None:
        return []
    grid = settings.site.grid
    allowed = grid.max_export_w if grid.connected and grid.export_allowed else 0.0
    most = min(w for w in (limit_w, allowed, float("inf")) if w is not None)
    command = power_command(look, mapped.export_limit, most, device_id=inverter_id, stage=Stage.EXPORT_LIMIT, why=why)
    return [] if command is None else [command]


def _batteries_of(settings: Settings, inverter_id: str) -> list[Battery]:
    return [b for b in settings.site.batteries if settings.batteries[b.id].controller == inverter_id]


def _why(reason: Reason[MinerReason] | Reason[BatteryReason]) -> Why:
    return Why(
        reason=reason.code.value, numbers=reason.numbers, policies=reason.policies, urgent=reason.code in _URGENT
    )
