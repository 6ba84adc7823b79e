"""The report of a back-test, as a person reads it."""

from pathlib import Path
from typing import Any

import backtest_report


def numbers(bill: float, **more: Any) -> dict[str, Any]:
    return {"bill": bill, "bought": 4.0, "sold": 9.5, "mined": 12.25, "unserved_kwh": 0.0, "over_limit_kwh": 0.0} | more


def results() -> dict[str, Any]:
    calm = {"mode_writes_a_day": 3.5, "set_point_writes_a_day": 6.0, "miner_starts_a_day": 2.0}
    alone = {"mode_writes_a_day": None, "set_point_writes_a_day": None, "miner_starts_a_day": 0.0}
    weeks: list[dict[str, Any]] = [
        {
            "first": "2024-04-02",
            "days": 7,
            "runners": {
                "this": numbers(15.1, share=0.53, **calm),
                "left alone": numbers(17.66, **alone),
                "hindsight": numbers(12.83, share=1.0),
            },
        },
        {
            "first": "2024-06-04",
            "days": 7,
            "runners": {
                "left alone": numbers(-8.73, **alone),
                "this": numbers(-6.94, share=-0.4, below_reserve_min=12.5, promises_broken=True, **calm),
            },
        },
    ]
    total = {
        "left alone": numbers(8.93, **alone),
        "this": numbers(8.16, share=0.16, below_reserve_min=12.5, promises_broken=True, **calm),
    }
    return {"site": "home", "miners": 0, "currency": "EUR", "weeks": weeks, "sum": total}


def test_it_says_what_was_played_and_what_it_came_to() -> None:
    text = backtest_report.report(results())
    assert text.startswith("# Back-test: home without miners, 2 April 2024 to 10 June 2024\n")
    assert "14 days of a series" in text
    assert "**With this the bill is 8.16**, 0.77 less than left alone: 16 % of what could have been saved" in text


def test_each_week_and_the_sum_is_a_table_in_one_order_whoever_is_missing() -> None:
    text = backtest_report.report(results())
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    names = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    heads = [at for at, row in enumerate(rows) if " Bill " in row]
    assert names[:4] == ["", "---", "left alone", "**this**"], "the sum comes first"
    assert [names[at + 2 : at + 5] for at in heads[1:2]] == [["left alone", "**this**", "hindsight"]]
    assert len({row.count("|") for row in rows}) == 1
    assert (
        "| **this** | −6.94 | −1.79 | −40 % | 4.00 | 9.50 | 12.25 | 3.5 + 6.0 | 2.0 | 12 min below the reserve |"
        in rows
    )
    assert "| hindsight | 12.83 | 4.83 | 100 % | 4.00 | 9.50 | 12.25 | – | – | kept |" in rows


def test_only_those_who_ran_are_explained() -> None:
    text = backtest_report.report(results())
    assert "- **left alone**:" in text
    assert "- **on surplus**:" not in text


def test_one_week_is_told_once(tmp_path: Path) -> None:
    one = results()
    one["weeks"] = one["weeks"][:1]
    path = backtest_report.write_report(tmp_path / "new", one)
    assert path == tmp_path / "new" / "report.md"
    assert "Week by week" not in path.read_text(encoding="utf-8")
    assert [file.name for file in path.parent.iterdir()] == ["report.md"]


def test_a_promise_is_broken_by_what_counts() -> None:
    assert backtest_report.broken_promises(numbers(1.0, unserved_kwh=0.0005, cut_runs=0)) == []
    told = backtest_report.broken_promises(numbers(1.0, unserved_kwh=0.5, cut_runs=3))
    assert told == ["3 runs cut short", "0.50 kWh not served"]
