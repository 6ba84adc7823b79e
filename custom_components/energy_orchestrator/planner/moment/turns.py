"""Starts come one after another, never all at once: after an outage, a restart or a cloud every miner would."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Self

from ...model.decision import MinerAction, MinerDecision, MinerReason, Reason
from ...model.site import Miner
from .circumstances import Circumstances

# So long after one miner's start the next one may.
APART = timedelta(seconds=10)


@dataclass(slots=True)
class Turns:
    """Whose start is under way, and whether a person wanted it: their word waits for no start but one of theirs."""

    now: Circumstances
    starting: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, now: Circumstances) -> Self:
        """See who has just started, or was told to a moment ago and does not show it yet."""
        under_way = (miner for miner in now.site.miners if _started(now, miner) or _told(now, miner))
        return cls(now, {miner.id: _by_word(now.last.get(miner.id)) for miner in under_way})

    def taken(self, miner: Miner, decision: MinerDecision) -> MinerDecision:
        """Return the decision, without the start in it where it is not this miner's turn."""
        running, last = self.now.running(miner) or 0, self.now.last.get(miner.id)
        if decision.units <= running:
            return decision
        since = None if last is None else last.starting_since
        if since is None and self._others(miner, decision):
            return replace(
                decision,
                action=MinerAction.RUN if running else MinerAction.STOP,
                units=running,
                power_w=decision.power_w if running else 0.0,
                reason=Reason(MinerReason.WAITS_TURN),
            )
        since = since or self.now.at
        if _lately(self.now.at - since):
            self.starting[miner.id] = _by_word(decision)
        return replace(decision, starting_since=since)

    def _others(self, miner: Miner, decision: MinerDecision) -> bool:
        """Whether it has to wait for another one."""
        others = [by_word for key, by_word in self.starting.items() if key != miner.id]
        return any(others) if _by_word(decision) else bool(others)


def _by_word(decision: MinerDecision | None) -> bool:
    return decision is not None and decision.reason.code is MinerReason.MANUAL


def _started(now: Circumstances, miner: Miner) -> bool:
    state = now.state(miner)
    return bool(state.running) and state.since is not None and _lately(now.at - state.since)


def _told(now: Circumstances, miner: Miner) -> bool:
    """Whether its start is on its way; what does not come about in that time holds up nobody."""
    last = now.last.get(miner.id)
    if last is None or last.starting_since is None or last.units <= (now.running(miner) or 0):
        return False
    return _lately(now.at - last.starting_since)


def _lately(ago: timedelta) -> bool:
    return timedelta() <= ago < APART
