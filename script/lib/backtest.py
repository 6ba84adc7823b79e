"""Plays a recorded series on a ready-made site, in simulated time, week by week: by the loop as in a home, and by rivals.

The series is a CSV of steps of equal length with the columns start_utc, load_w, pv_w, pv_forecast_w, price_eur_per_kwh and
valid. Only what was known at each moment is used: forecasts as they stood, tomorrow's prices from one o'clock. The bill
counts what was bought, sold and mined, the battery's wear and the miners' starts; energy left in the battery is worth the
same whoever left it. What is done is kept: an interrupted run goes on where it was.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
import json
import os
from pathlib import Path
import re
import sys
import tempfile
from time import perf_counter
from typing import Any

from backtest_jobs import Job, Progress, fingerprint, played
from backtest_report import write_report
import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from custom_components.energy_orchestrator.backtest.account import share_of_saving
from custom_components.energy_orchestrator.backtest.play import (
    ALONE,
    CRUMB_KWH,
    HINDSIGHT,
    PLANNERS,
    RUNNERS,
    USUAL,
    Played,
    Terms,
)
from custom_components.energy_orchestrator.backtest.span import RecordedSpan, most_days
from custom_components.energy_orchestrator.knowledge.documents import read_document
from custom_components.energy_orchestrator.knowledge.policies import read_policies, unknown_devices
from custom_components.energy_orchestrator.model.policy import Policy
from custom_components.energy_orchestrator.simulation.series import SeriesError, read_series
from custom_components.energy_orchestrator.simulation.sites import SITES, SimulatedSite

type Results = Mapping[str, Played]
"""What each came to in a week, or in all, by name."""

_FOOT = (
    "Bills count the battery's wear and the miners' starts; lower is better. Left alone and on surplus run on an inverter\n"
    "that stops by itself at the owner's reserve. Share: of what hindsight's proven bound saves over left alone."
)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table: its head, its width, and how to read it; None is told as a dash."""

    head: str
    width: int
    read: Callable[[Played], float | None]


_COLUMNS = (
    _Column("bill", 9, lambda it: it.account.bill),
    _Column("bought", 9, lambda it: it.account.bought),
    _Column("sold", 9, lambda it: it.account.sold),
    _Column("mined", 9, lambda it: it.account.mined),
    _Column("wear", 8, lambda it: it.account.wear),
    _Column("kept", 8, lambda it: it.account.kept),
    _Column("cycles", 8, lambda it: it.account.cycles),
    _Column("lowest %", 10, lambda it: 100 * it.witnessed.lowest_soc),
    _Column("modes/day", 11, lambda it: it.mode_writes),
    _Column("points/day", 12, lambda it: it.set_point_writes),
    _Column("starts/day", 12, lambda it: it.starts),
    _Column("hours/day", 11, lambda it: it.hours),
)
_NAME_W, _SHARE_W = 17, 8


def main() -> int:
    """Play, and print a table for each week and for all; 1 where a promise was broken, 2 where nothing can be."""
    arguments = _arguments()
    begun = perf_counter()
    if arguments.series is None:
        from default_series import default_series  # it needs packages that a named series does not

        arguments.series = default_series()
    try:
        span = _span(arguments)
        terms = Terms(
            interval_min=arguments.interval,
            policies=_policies(arguments.rules, span.site),
            hindsight_s=arguments.hindsight_seconds,
        )
    except (OSError, SeriesError, ValueError) as error:
        print(f"not run: {error}", file=sys.stderr)
        return 2
    jobs = [Job(week, runner) for week in span.weeks() for runner in arguments.runners]
    kept_in = arguments.keep / fingerprint(arguments.series, span.site, terms)
    try:
        results = played(jobs, terms, kept_in=kept_in, processes=arguments.jobs, progress=Progress())
    except KeyboardInterrupt:
        print(f"\ninterrupted: the same command goes on from {kept_in}", file=sys.stderr)
        return 130
    weeks = [(week, {name: results[Job(week, name).name] for name in arguments.runners}) for week in span.weeks()]
    total = {runner: Played.total([by[runner] for _, by in weeks]) for runner in arguments.runners}
    currency = span.site.site.currency
    for week, by in weeks if len(weeks) > 1 else ():
        _print_table(f"{arguments.site}, {week.days} days from {week.first}, in {currency}", by)
    _print_table(f"{arguments.site}, all {span.days} days from {span.first}, in {currency}", total)
    print(_FOOT)
    _print_plans(total)
    print(f"Took {perf_counter() - begun:.0f} s.")
    if arguments.report:
        traces = {
            week.first.isoformat(): {name: one.trace for name, one in by.items() if one.trace} for week, by in weeks
        }
        print(write_report(arguments.report, _as_json(span, weeks, total), traces))
    if arguments.json:
        arguments.json.write_text(json.dumps(_as_json(span, weeks, total), indent=2), encoding="utf-8")
    return int(any(one.broken for one in total.values()))


def _span(arguments: argparse.Namespace) -> RecordedSpan:
    site, series = SITES[arguments.site], read_series(arguments.series)
    if arguments.without_miners:
        site = replace(site, site=replace(site.site, miners=()), running=())
    first = next((day for day in series.dates if day >= arguments.first), arguments.first)
    if first not in series.dates:
        raise ValueError(f"the series holds no whole valid day from {first} on")
    return RecordedSpan(site=site, series=series, first=first, days=arguments.days or most_days(series, first))


def _policies(file: Path | None, site: SimulatedSite) -> tuple[Policy, ...]:
    """Return the rules written in a document. Raises `ValueError` where one is not understood."""
    if file is None:
        return ()
    read = read_policies(read_document(file.name, file.read_text(encoding="utf-8")), site.site.currency)
    devices = {
        "battery": [name for battery in site.site.batteries for name in (battery.id, battery.name)],
        "miner": [name for miner in site.site.miners for name in (miner.id, miner.name)],
    }
    problems = [*read.problems, *unknown_devices(read.policies, devices, [site.site.name])]
    if problems:
        told = (f"{file}, line {problem.line}: {problem.kind} {dict(problem.placeholders)}" for problem in problems)
        raise ValueError("\n".join(told))
    return tuple(read.policies)


# What is told


def _print_table(title: str, by: Results) -> None:
    heads = "".join(f"{column.head:>{column.width}}" for column in _COLUMNS)
    print(f"{title}\n{'':{_NAME_W}}{heads}{'share':>{_SHARE_W}}")
    for name, one in by.items():
        numbers = "".join(_told(column.read(one), column.width) for column in _COLUMNS)
        print(f"{name:{_NAME_W}}{numbers}{_percent(_share(name, by)):>{_SHARE_W}}")
        for promise in _broken(one):
            print(f"{'':{_NAME_W}}  promise broken: {promise}")
    if HINDSIGHT in by:
        bound = by[HINDSIGHT].bound
        print(f"{'proven bound':{_NAME_W}}{_told(bound, _COLUMNS[0].width)}")
    print()


def _told(number: float | None, width: int) -> str:
    return f"{'–' if number is None else format(number, '.2f'):>{width}}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{round(100 * share):d}%"


def _share(name: str, by: Results) -> float | None:
    """Return the share of what hindsight's bound saves over being left alone."""
    bound = by[HINDSIGHT].bound if HINDSIGHT in by else None
    if ALONE not in by or bound is None:
        return None
    return share_of_saving(by[ALONE].account.bill, by[name].account.bill, bound)


def _broken(one: Played) -> list[str]:
    witnessed, account = one.witnessed, one.account
    amounts = (
        (witnessed.below_reserve_min, "{:.0f} min below the owner's reserve"),
        (witnessed.below_min_min, "{:.0f} min below the lowest level"),
        (witnessed.cut_runs, "{} runs of miners cut short"),
        (witnessed.cut_pauses, "{} pauses of miners cut short"),
        (account.over_limit_kwh, "{:.2f} kWh imported above the connection's limit"),
        (account.unserved_kwh, "{:.2f} kWh not served"),
    )
    return [words.format(amount) for amount, words in amounts if amount > CRUMB_KWH]


def _print_plans(total: Results) -> None:
    for name, one in total.items():
        told = one.as_json()
        if name in PLANNERS and told["planning_s"]:
            times = ", ".join(f"{word} {seconds:.2f}" for word, seconds in told["planning_s"].items())
            counts = ", ".join(f"{count} {status}" for status, count in one.statuses.items())
            print(f"Plans of {name}: {counts}; seconds: {times}.")


def _as_json(span: RecordedSpan, weeks: Sequence[tuple[RecordedSpan, Results]], total: Results) -> dict[str, Any]:
    def runners(by: Results) -> dict[str, Any]:
        return {name: one.as_json() | {"share": _share(name, by)} for name, one in by.items()}

    return {
        "site": span.site.key,
        "miners": len(span.site.site.miners),
        "currency": span.site.site.currency,
        "weeks": [{"first": week.first.isoformat(), "days": week.days, "runners": runners(by)} for week, by in weeks],
        "sum": runners(total),
    }


# What is asked


def _names(text: str) -> tuple[str, ...]:
    """Read names of runners between commas; a comma before a space is part of a name."""
    names = tuple(re.split(r",(?! )", text))
    unknown = [name for name in names if name not in RUNNERS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"nobody is called {unknown[0]!r}; choose from {', '.join(map(repr, RUNNERS))}"
        )
    return names


def _days(text: str) -> int | None:
    return None if text == "all" else int(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/backtest", description=__doc__)
    parser.add_argument("series", type=Path, nargs="?", metavar="SERIES.csv", help="default: a year of packaged data")
    parser.add_argument("--site", choices=SITES, default="ranch", help="default: %(default)s")
    parser.add_argument("--without-miners", action="store_true")
    parser.add_argument(
        "--from",
        dest="first",
        type=date.fromisoformat,
        default=date.min,
        metavar="DAY",
        help="the first whole day from this one on (default: the series' first)",
    )
    parser.add_argument("--days", type=_days, default=7, metavar="N|all", help="default: %(default)s")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--runners", type=_names, default=USUAL, metavar="NAME,NAME", help=f"default: {','.join(USUAL)}")
    who.add_argument(
        "--truths",
        dest="runners",
        action="store_const",
        const=RUNNERS,
        help=f"also {','.join(name for name in RUNNERS if name not in USUAL)}",
    )
    parser.add_argument("--rules", type=Path, metavar="FILE.md", help="the owner's written rules")
    parser.add_argument("--interval", type=int, default=30, metavar="MIN", help="between plans (default: %(default)s)")
    parser.add_argument(
        "--hindsight-seconds", type=float, default=120, metavar="S", help="for each week (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.process_cpu_count(), metavar="N", help="at once (default: all cores)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path(tempfile.gettempdir()) / "energy-orchestrator-backtest",
        metavar="FOLDER",
        help="of what is done (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--report", type=Path, metavar="FOLDER")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
