"""A group without the units that a person has taken or that nobody can see: the others do the rest."""

from collections.abc import Callable
from dataclasses import replace

from ..mapping import MinerEntities
from ..model.decision import Decisions, MinerAction
from ..model.readings import MinerReadings, SiteReadings
from ..model.seen import ON, SILENT, UNAVAILABLE, Look
from ..settings import Settings


def without_taken(
    settings: Settings,
    decisions: Decisions,
    holds: Callable[[str], bool],
    look: Look,
    readings: SiteReadings | None,
) -> tuple[Settings, Decisions]:
    """Return settings and decisions of what is left of each group; one of which nothing is left stays as it is.

    A taken unit that runs is one of those that are decided to run; so is a silent one that the readings count as running.
    """
    miners, mapped, decided = [], dict(settings.miners), dict(decisions.miners)
    for miner in settings.site.miners:
        own, decision = settings.miners[miner.id], decided.get(miner.id)
        states = {switch: UNAVAILABLE if (seen := look(switch)) is None else seen.state for switch in own.switches}
        silent = {switch for switch, state in states.items() if state in SILENT}
        taken = silent | {switch for switch in own.switches if holds(switch)}
        if not taken or len(taken) == len(own.switches) or decision is None:
            miners.append(miner)
            continue
        per_switch = miner.units_per_switch(len(own.switches))
        on = {switch for switch, state in states.items() if state == ON}
        counted = None if readings is None else readings.miners.get(miner.id, MinerReadings()).running.value
        unseen = min(len(silent) * per_switch, max(0, (counted or 0) - len(on) * per_switch))
        units = max(0, decision.units - len(on & taken) * per_switch - unseen)
        mapped[miner.id] = _rest(own, taken)
        miners.append(replace(miner, count=max(1, miner.count - len(taken) * per_switch)))
        if decision.action is not MinerAction.HOLD:
            action = MinerAction.RUN if units else MinerAction.STOP
            decided[miner.id] = replace(decision, units=units, action=action)
    if mapped == settings.miners:
        return settings, decisions
    site = replace(settings.site, miners=tuple(miners))
    return replace(settings, site=site, miners=mapped), replace(decisions, miners=decided)


def _rest(own: MinerEntities, taken: set[str]) -> MinerEntities:
    kept = [index for index, switch in enumerate(own.switches) if switch not in taken]
    return replace(
        own,
        switches=tuple(own.switches[index] for index in kept),
        power_limits=tuple(own.power_limits[index] for index in kept if index < len(own.power_limits)),
    )
