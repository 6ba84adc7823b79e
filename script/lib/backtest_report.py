"""A report of a back-test that a person understands: what was played, what it came to, week by week, and pictures."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from custom_components.energy_orchestrator.backtest.rivals import BOUGHT_FOR, BOUGHT_W, SPARE_FOR, SPARE_W
from custom_components.energy_orchestrator.backtest.trace import Trace

type Numbers = Mapping[str, Any]
"""What one runner came to, as `script/backtest --json` writes it."""
type Traces = Mapping[str, Mapping[str, Trace]]
"""What happened, by a week's first day (ISO) and by runner."""

THIS: Final = "this"
ALONE: Final = "left alone"
_NONE: Final = "–"
_MINUTE: Final = timedelta(minutes=1)

_RUNNERS: Final[Mapping[str, str]] = {
    ALONE: "the inverter by itself: it stores what the panels give too much, covers the house from the battery down to the "
    "owner's reserve, and all miners are off",
    "on surplus": f"the same, with a plain automation that starts a miner once the panels have given {SPARE_W:.0f} W more than "
    f"house and miner for {SPARE_FOR / _MINUTE:.0f} minutes, and stops it when the grid has given {BOUGHT_W:.0f} W for "
    f"{BOUGHT_FOR / _MINUTE:.0f} minutes or the battery is below the miner's stop level",
    "owner's rules": "the rule-based plan: what the owner would do by fixed levels of the battery",
    THIS: "the integration as it runs in a home, with forecasts as they stood",
    "this, true load": "the same, had it known what the house would draw",
    "this, true solar": "the same, had it known what the panels would give",
    "this, true both": "the same, had it known both",
    "hindsight": "the cheapest anyone could have run the whole week, known from its end; its proven bound is what no bill can "
    "be below",
}
_WORDS: Final[Mapping[str, str]] = {
    "Bill": "what was bought, less what was sold and mined, with the battery's wear and the miners' starts; energy left in "
    "the battery is worth the same to everybody. Lower is better, below zero is earned",
    "Saved": f"how much lower the bill is than *{ALONE}*'s",
    "Share": "of what hindsight's bound saves over being left alone: 100 % cannot be beaten",
    "Writes a day": "how often a work mode and a set-point was sent to a device",
    "Starts a day": "how often a unit of a miner was started",
    "Promises": "what was promised to the owner and not kept: levels, the connection's limit, least runs and pauses",
}
# What a broken promise is counted by, and how it is told; of a number that is zero nothing is said.
_PROMISES: Final[tuple[tuple[str, float, str], ...]] = (
    ("below_reserve_min", 0.0, "{:.0f} min below the reserve"),
    ("below_min_min", 0.0, "{:.0f} min below the lowest level"),
    ("cut_runs", 0.0, "{:.0f} runs cut short"),
    ("cut_pauses", 0.0, "{:.0f} pauses cut short"),
    ("over_limit_kwh", 0.001, "{:.2f} kWh over the import limit"),
    ("unserved_kwh", 0.001, "{:.2f} kWh not served"),
)


def write_report(folder: Path, results: Mapping[str, Any], traces: Traces | None = None) -> Path:
    """Write `report.md` and the pictures it shows; returns the report's path.

    `results` is what `script/backtest --json` writes. Pictures are of the best and the worst week, where `traces` has
    *this* in them; only they need matplotlib.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.md"
    path.write_text(report(results, _pictures(folder, results, traces or {})), encoding="utf-8")
    return path


def report(results: Mapping[str, Any], pictures: Sequence[tuple[str, str]] = ()) -> str:
    """Return the text; `pictures` are (sentence, file) in their order."""
    weeks = results["weeks"]
    parts = [
        f"# Back-test: {_site(results)}, {_span(weeks)}",
        _played(results),
        _outcome(results),
        _table(results["sum"]),
    ]
    parts += [f"![{sentence}]({file})\n\n*{sentence}.*" for sentence, file in pictures]
    if len(weeks) > 1:
        parts.append("## Week by week")
        parts += [f"### {_week(week)}\n\n{_table(week['runners'])}" for week in weeks]
    parts += ["## Who ran it", _glossary(_RUNNERS, results["sum"]), "## What the words mean", _glossary(_WORDS, _WORDS)]
    return "\n\n".join(parts) + "\n"


# The text


def _played(results: Mapping[str, Any]) -> str:
    days = sum(week["days"] for week in results["weeks"])
    return (
        f"{days} days of a series were played on the site *{results['site']}* in simulated time, each week from the "
        "same start by everyone who might run it: same house, same sun, same prices. Nobody knew more than what was known "
        "at each moment, but for those who are said to: forecasts as they stood, and tomorrow's prices from one in the "
        f"afternoon. Measurements carry noise, and miners take minutes to start. Money is in {results['currency']}."
    )


def _outcome(results: Mapping[str, Any]) -> str:
    total = results["sum"]
    if THIS not in total:
        return f"*{THIS}* was not played."
    told = f"**With this the bill is {_money(total[THIS]['bill'])}**"
    saved = _saved(total, THIS)
    if saved is not None:
        told += f", {_money(abs(saved))} {'less' if saved >= 0 else 'more'} than left alone"
    share = total[THIS].get("share")
    return told + ("." if share is None else f": {_percent(share)} of what could have been saved at the very most.")


def _table(runners: Mapping[str, Numbers]) -> str:
    heads = ("", *(head for head, _ in _COLUMNS))
    rows = [
        (f"**{name}**" if name == THIS else name, *(read(runners, name) for _, read in _COLUMNS))
        for name in _order(runners)
    ]
    lines = [heads, ("---", *["---:"] * (len(_COLUMNS) - 1), "---"), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _glossary(words: Mapping[str, str], used: Mapping[str, Any]) -> str:
    return "\n".join(f"- **{word}**: {meaning}." for word, meaning in words.items() if word in used)


def _site(results: Mapping[str, Any]) -> str:
    return f"{results['site']}{'' if results.get('miners', 1) else ' without miners'}"


def _span(weeks: Sequence[Mapping[str, Any]]) -> str:
    first, last = date.fromisoformat(weeks[0]["first"]), weeks[-1]
    end = date.fromisoformat(last["first"]) + timedelta(days=last["days"] - 1)
    return f"{_day(first)} to {_day(end)}"


def _week(week: Mapping[str, Any]) -> str:
    return f"{week['days']} days from {_day(date.fromisoformat(week['first']))}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


# The numbers


def _order(runners: Mapping[str, Numbers]) -> list[str]:
    return [name for name in _RUNNERS if name in runners] + [name for name in runners if name not in _RUNNERS]


def _saved(runners: Mapping[str, Numbers], name: str) -> float | None:
    """Return what one saved over being left alone, None where that was not played."""
    return runners[ALONE]["bill"] - runners[name]["bill"] if ALONE in runners else None


def broken_promises(numbers: Numbers) -> list[str]:
    """Say which promises were broken, and by how much."""
    return [words.format(numbers[key]) for key, none, words in _PROMISES if numbers.get(key, 0.0) > none]


def _money(amount: float | None) -> str:
    return _NONE if amount is None else f"{amount:.2f}".replace("-", "−")


def _writes(numbers: Numbers) -> str:
    both = numbers.get("mode_writes_a_day"), numbers.get("set_point_writes_a_day")
    return _NONE if None in both else " + ".join(f"{count:.1f}" for count in both)


def _promises(numbers: Numbers) -> str:
    return "; ".join(broken_promises(numbers)) or ("broken" if numbers.get("promises_broken") else "kept")


def _starts(numbers: Numbers) -> str:
    starts = numbers.get("miner_starts_a_day")
    return _NONE if starts is None else f"{starts:.1f}"


def _percent(share: float | None) -> str:
    return _NONE if share is None else f"{100 * share:.0f} %".replace("-", "−")


# A column's head, and what stands in it for one of the runners of a week.
_COLUMNS: Final[tuple[tuple[str, Callable[[Mapping[str, Numbers], str], str]], ...]] = (
    ("Bill", lambda runners, name: _money(runners[name]["bill"])),
    ("Saved", lambda runners, name: _money(None if name == ALONE else _saved(runners, name))),
    ("Share", lambda runners, name: _percent(None if name == ALONE else runners[name].get("share"))),
    ("Bought", lambda runners, name: _money(runners[name].get("bought"))),
    ("Sold", lambda runners, name: _money(runners[name].get("sold"))),
    ("Mined", lambda runners, name: _money(runners[name].get("mined"))),
    ("Writes a day", lambda runners, name: _writes(runners[name])),
    ("Starts a day", lambda runners, name: _starts(runners[name])),
    ("Promises", lambda runners, name: _promises(runners[name])),
)


# The pictures


def _pictures(folder: Path, results: Mapping[str, Any], traces: Traces) -> list[tuple[str, str]]:
    """Draw the week in which this saved the most over being left alone, and the one in which it saved the least."""
    weeks = [
        week
        for week in results["weeks"]
        if {THIS, ALONE} <= week["runners"].keys() and THIS in traces.get(week["first"], {})
    ]
    if not weeks:
        return []
    from backtest_picture import draw

    ranked = sorted(weeks, key=lambda week: _saved(week["runners"], THIS) or 0.0)
    shown = {"best": ranked[-1], "worst": ranked[0]} if len(ranked) > 1 else {"one": ranked[0]}
    pictures = []
    for which, week in shown.items():
        told, file = _told(which, week, results["currency"]), f"week-{week['first']}.png"
        of = traces[week["first"]]
        draw(folder / file, told, of[THIS], of.get(ALONE))
        pictures.append((told, file))
    return pictures


def _told(which: str, week: Mapping[str, Any], currency: str) -> str:
    runners = week["runners"]
    saved = _saved(runners, THIS) or 0.0
    name = "The week" if which == "one" else f"The {which} week,"
    return (
        f"{name} from {_day(date.fromisoformat(week['first']))}: a bill of {_money(runners[THIS]['bill'])} {currency}, "
        f"{_money(abs(saved))} {'less' if saved >= 0 else 'more'} than left alone"
    )
