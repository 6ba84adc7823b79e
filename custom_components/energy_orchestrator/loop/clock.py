"""When the clock is set: what began so long ago still began so long ago, and what is left of a time is still left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..model.decision import BatteryOverride, Decisions, MinerOverride
from ..model.ledger import Ledger
from .snapshot import Remembered, Snapshot

# Clocks drift and are kept right by this much all the time.
_DRIFT: Final = timedelta(seconds=5)
# No clock is further off; what looks like it is another kind of clock.
_MOST: Final = timedelta(days=3660)


@dataclass(slots=True)
class WallClock:
    """Compares the clock on the wall with the time that passes, both told by whoever asks."""

    passed: Callable[[], float]
    """Seconds that go on evenly whatever the wall's clock does."""
    _last: tuple[datetime, float] | None = None

    def set_by(self, now: datetime) -> timedelta:
        """Return by how much the wall's clock was set since this was asked last, 0 where it only went on."""
        passed, last = self.passed(), self._last
        self._last = now, passed
        if last is None:
            return timedelta()
        by = now - last[0] - timedelta(seconds=passed - last[1])
        return by if _DRIFT < abs(by) < _MOST else timedelta()


def moved(snapshot: Snapshot, by: timedelta) -> Snapshot:
    """Return a snapshot as if its times had been taken by the clock as it is set now."""
    since = snapshot.planless_since
    return replace(
        snapshot,
        decisions=_decisions(snapshot.decisions, by),
        planless_since=None if since is None else since + by,
    )


def remembered_by(remembered: Remembered, by: timedelta) -> Remembered:
    """Return what is remembered by the clock as it is set now: runs, pauses and words last as long as before."""
    return replace(
        remembered,
        ledger=_ledger(remembered.ledger, by),
        miner_overrides=_words(remembered.miner_overrides, by),
        battery_overrides=_words(remembered.battery_overrides, by),
    )


def after_a_pause(remembered: Remembered, now: datetime) -> Remembered:
    """Return what is remembered of another run; one that ended in the future was told so by a clock that was wrong."""
    at = remembered.ledger.at
    return remembered if at is None or at <= now + _DRIFT else remembered_by(remembered, now - at)


def _ledger(ledger: Ledger, by: timedelta) -> Ledger:
    miners = {
        key: replace(state, since=_later(state.since, by), shed_at=_later(state.shed_at, by))
        for key, state in ledger.miners.items()
    }
    return replace(ledger, at=_later(ledger.at, by), miners=miners)


def _words[W: (MinerOverride, BatteryOverride)](words: Mapping[str, W], by: timedelta) -> dict[str, W]:
    return {key: replace(word, since=_later(word.since, by), until=word.until + by) for key, word in words.items()}


def _decisions(decisions: Decisions, by: timedelta) -> Decisions:
    batteries = {
        key: replace(decision, since=_later(decision.since, by)) for key, decision in decisions.batteries.items()
    }
    miners = {
        key: replace(decision, shed_at=_later(decision.shed_at, by), starting_since=_later(decision.starting_since, by))
        for key, decision in decisions.miners.items()
    }
    return replace(decisions, batteries=batteries, miners=miners)


def _later(when: datetime | None, by: timedelta) -> datetime | None:
    return None if when is None else when + by
