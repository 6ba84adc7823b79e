"""When the clock is set, times that run go on by what passes."""

from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.loop.clock import WallClock, after_a_pause, remembered_by
from custom_components.energy_orchestrator.loop.snapshot import Remembered
from custom_components.energy_orchestrator.model.decision import MinerOverride
from custom_components.energy_orchestrator.model.ledger import Ledger, MinerState

from .decisions.house import NOON

HOUR = timedelta(hours=1)
KEPT = Remembered(
    ledger=Ledger(day=NOON.date(), at=NOON, miners={"a": MinerState(running=1, since=NOON - HOUR), "b": MinerState()}),
    miner_overrides={"a": MinerOverride(miner_id="a", run=True, until=NOON + HOUR)},
)


@pytest.mark.parametrize(
    ("wall_s", "passed_s", "set_s"), [(60, 60, 0), (3660, 60, 3600), (-3540, 60, -3600), (63, 60, 0), (0, 600, -600)]
)
def test_what_the_clock_was_set_by(wall_s: float, passed_s: float, set_s: float) -> None:
    passed = iter((100.0, 100.0 + passed_s))
    clock = WallClock(lambda: next(passed))
    assert not clock.set_by(NOON)
    assert clock.set_by(NOON + timedelta(seconds=wall_s)) == timedelta(seconds=set_s)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_runs_and_words_last_as_long_as_before(by: timedelta) -> None:
    now = remembered_by(KEPT, by)
    assert now.ledger.at == NOON + by
    assert now.ledger.miners["a"].since == NOON - HOUR + by
    assert now.ledger.miners["b"].since is None
    assert now.miner_overrides["a"].until == NOON + HOUR + by


def test_a_run_that_ended_in_the_future_was_told_by_a_wrong_clock() -> None:
    assert after_a_pause(KEPT, NOON + HOUR) is KEPT
    back = after_a_pause(KEPT, NOON - 5 * HOUR)
    assert back.ledger.at == NOON - 5 * HOUR
    assert back.ledger.miners["a"].since == NOON - 6 * HOUR
    assert after_a_pause(Remembered(), NOON) == Remembered()
