"""`script/backtest`: a table, a file, and what is kept of an interrupted run."""

from io import StringIO
import json
from pathlib import Path
from types import SimpleNamespace

import backtest
from backtest_jobs import Job, Progress, fingerprint
import pytest

from custom_components.energy_orchestrator.backtest.play import Terms
from custom_components.energy_orchestrator.simulation.sites import SITES


def series(folder: Path, days: int = 4) -> Path:
    """Write whole days of hours, each with sun from 8 to 16 h."""
    rows = [
        f"2026-05-{4 + day:02}T{hour:02}:00+02:00,500,{3000 * (8 <= hour < 16)},{2500 * (8 <= hour < 16)},0.1,1"
        for day in range(days)
        for hour in range(24)
    ]
    file = folder / "series.csv"
    file.write_text("\n".join(["start_utc,load_w,pv_w,pv_forecast_w,price_eur_per_kwh,valid", *rows]) + "\n")
    return file


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["backtest", *map(str, arguments), "--jobs", "1"])
    return backtest.main()


def test_it_tells_and_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, told = tmp_path / "kept", tmp_path / "told.json"
    asked = (series(tmp_path), "--site", "home", "--days", "2", "--runners", "left alone,on surplus", "--keep", kept)
    assert run(monkeypatch, *asked, "--json", told) == 0
    printed = capsys.readouterr().out
    assert "home, all 2 days from 2026-05-04, in EUR" in printed
    assert [line.split("  ")[0] for line in printed.splitlines()[2:4]] == ["left alone", "on surplus"]
    written = json.loads(told.read_text())
    assert (written["site"], written["currency"]) == ("home", "EUR")
    (week,) = written["weeks"]
    assert (week["first"], week["days"]) == ("2026-05-04", 2)
    assert week["runners"] == written["sum"]
    assert written["sum"]["left alone"]["bill"] < 0

    # What is kept is not played again: had it been another result, that would be told.
    (file,) = kept.rglob("*left alone.json")
    result = json.loads(file.read_text())
    result["account"]["bought"] += 1000
    file.write_text(json.dumps(result))
    (other,) = kept.rglob("*on surplus.json")
    other.unlink()
    assert run(monkeypatch, *asked, "--json", told) == 0
    again = json.loads(told.read_text())["sum"]
    assert again["left alone"]["bill"] == pytest.approx(written["sum"]["left alone"]["bill"] + 1000)
    assert again["on surplus"] == written["sum"]["on surplus"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("--from", "2026-06-01"), "holds no whole valid day"),
        (("--days", "9"), "ends less than 10 whole days"),
        (("--rules", "rules.md"), "rules.md, line 3: unknown_device"),
    ],
)
def test_what_cannot_be_played_is_told(
    asked: tuple[str, ...],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules.md").write_text(
        "---\npolicies:\n  - rule: miner.max_hours\n    value: 4 h\n    device: nobody\n---\n", encoding="utf-8"
    )
    assert run(monkeypatch, series(tmp_path), "--days", "2", *asked) == 2
    assert why in capsys.readouterr().err


def test_what_is_kept_is_that_of_the_same_question(tmp_path: Path) -> None:
    file = series(tmp_path)
    usual = fingerprint(file, SITES["home"], Terms())
    assert usual == fingerprint(file, SITES["home"], Terms())
    others = {
        fingerprint(file, SITES["plain"], Terms()),
        fingerprint(file, SITES["home"], Terms(interval_min=60)),
        fingerprint(series(tmp_path, days=5), SITES["home"], Terms()),
    }
    assert len(others | {usual}) == 4


def test_progress_is_told_now_and_then_where_there_is_no_terminal() -> None:
    clock, stream = SimpleNamespace(now=0.0), StringIO()
    progress = Progress(stream, lambda: clock.now)
    jobs = [Job(SimpleNamespace(days=7), name) for name in ("this", "left alone")]  # type: ignore[arg-type]  # days are all it asks for
    for second in range(0, 61, 5):
        clock.now = float(second)
        progress.show(jobs, [second / 60, 1.0], left=1)
    assert stream.getvalue().splitlines() == [" 52%, 1 of 2 to go, 30 s", "100%, 1 of 2 to go, 60 s"]
