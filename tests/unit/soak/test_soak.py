"""`script/soak`: lives by seeds, a table of promises, and that no guard can be taken away unnoticed."""

import json
from pathlib import Path

import pytest
import soak
from soak_guards import GUARDS, without

from custom_components.energy_orchestrator.soak.life import SoakTerms, live
from custom_components.energy_orchestrator.soak.scene import Promise
from custom_components.energy_orchestrator.soak.trials import Trial

HOURS = 1 / 24


def lived(seed: int, hours: float, *only: Trial, guard: str | None = None) -> dict[Promise, int]:
    """Return how often each promise was broken in some hours of the ranch, in which only some things go wrong."""
    with without(guard):
        record = live(seed, SoakTerms(days=hours * HOURS, site="ranch", only=only, programme_each=None))
    return {promise: sum(one.promise is promise for one in record.breaches) for promise in Promise}


@pytest.mark.parametrize(
    ("guard", "promise", "seed", "hours", "only"),
    [
        ("gate", Promise.GATE, 2, 8, (Trial.MODE,)),
        ("giving up", Promise.WRITES, 2, 9.6, (Trial.REVERTED, Trial.LOST, Trial.REFUSED)),
        ("spacing", Promise.WRITES, 3, 9.6, (Trial.ASKED_BATTERY, Trial.ASKED_MINER)),
        ("least times", Promise.RUNS, 2, 9.6, (Trial.JUMP, Trial.ZERO_ONE)),
        ("doubt", Promise.DOUBT, 2, 9.6, (Trial.JUMP, Trial.ZERO_LEVEL, Trial.ZERO_ONE)),
        ("people", Promise.PEOPLE, 2, 9.6, (Trial.SWITCHED,)),
        ("release", Promise.FORCED, 3, 9.6, (Trial.MODE, Trial.ASKED_BATTERY)),
    ],
)
def test_a_guard_that_is_taken_away_is_missed(
    guard: str, promise: Promise, seed: int, hours: float, only: tuple[Trial, ...]
) -> None:
    assert lived(seed, hours, *only)[promise] == 0
    assert lived(seed, hours, *only, guard=guard)[promise] > 0


def test_the_table_tells_what_was_tested_and_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told.json"

    def run(*arguments: object) -> int:
        monkeypatch.setattr("sys.argv", ["soak", *map(str, arguments)])
        return soak.main()

    asked = ("--seed", 2, "--days", 8 * HOURS, "--site", "ranch", "--only", "mode", "--until", "2027-01-01")
    assert run(*asked, "--from", "2027-01-01", "--json", told) == 0
    kept = capsys.readouterr().out
    assert "nothing sent in monitor or paused" in kept
    assert json.loads(told.read_text())["broken"] == []
    assert run(*asked, "--without", "gate", "--json", told) == 1
    broken = capsys.readouterr().out
    assert "! nothing sent in monitor or paused: " in broken
    first = json.loads(told.read_text())["broken"][0]
    assert (first["promise"], first["seed"]) == ("gate", 2)
    assert f"seed 2, {first['at'][:10]} {first['at'][11:19]}: {first['words']}" in broken


def test_what_tells_of_one_life_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["soak", "--from", "2026-06-01"])
    with pytest.raises(SystemExit):
        soak.main()


def test_every_guard_can_be_taken_away_and_comes_back() -> None:
    for guard in GUARDS:
        with without(guard):
            pass
    assert lived(2, 1) == dict.fromkeys(Promise, 0)
