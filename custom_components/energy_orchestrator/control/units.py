"""A group without the units that a person has taken: they are left as they are, and the others do the rest."""

from collections.abc import Callable
from dataclasses import replace

from ..model.decision import Decisions, MinerAction
from ..model.seen import ON, Look
from ..settings import MinerEntities, Settings


def without_taken(
    settings: Settings, decisions: Decisions, holds: Callable[[str], bool], look: Look
) -> tuple[Settings, Decisions]:
    """Return settings and decisions of what is left of each group; a group that is wholly taken stays as it is.

    A taken unit that runs is one of those that are decided to run.
    """
    miners, mapped, decided = [], dict(settings.miners), dict(decisions.miners)
    for miner in settings.site.miners:
        own = settings.miners[miner.id]
        taken = [switch for switch in own.switches if holds(switch)]
        decision = decided.get(miner.id)
        if not taken or len(taken) == len(own.switches) or decision is None:
            miners.append(miner)
            continue
        per_switch = miner.units_per_switch(len(own.switches))
        on = sum(seen.state == ON for switch in taken if (seen := look(switch)) is not None)
        units = max(0, decision.units - on * per_switch)
        mapped[miner.id] = _rest(own, {*taken})
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
