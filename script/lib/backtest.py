"""Plays a recorded series on a ready-made site, in simulated time: by the loop as in a home, and by its rivals.

The series is a CSV of steps of equal length with the columns start_utc, load_w, pv_w, pv_forecast_w, price_eur_per_kwh and
valid. Only what was known at each moment is used: forecasts as they stood, tomorrow's prices from one o'clock. The bill
counts what was bought, sold and mined; energy left in the battery is worth the same whoever left it.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
import json
import os
from pathlib import Path
import sys
from time import perf_counter

import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from custom_components.energy_orchestrator.backtest.play import RUNNERS, Played, RecordedSpan, play
from custom_components.energy_orchestrator.simulation.series import SeriesError, read_series
from custom_components.energy_orchestrator.simulation.sites import SITES

_COLUMNS: tuple[tuple[str, int, Callable[[Played], float]], ...] = (
    ("bill", 9, lambda played: played.account.bill),
    ("bought", 9, lambda played: played.account.bought),
    ("sold", 9, lambda played: played.account.sold),
    ("mined", 9, lambda played: played.account.mined),
    ("kept", 8, lambda played: played.account.kept),
    ("cycles", 8, lambda played: played.account.cycles),
    ("lowest %", 9, lambda played: 100 * played.account.lowest_soc),
    ("modes/day", 10, lambda played: played.mode_writes),
    ("points/day", 11, lambda played: played.set_point_writes),
    ("starts/day", 11, lambda played: played.starts),
)


def main() -> int:
    """Play, and print a row for each who ran the site; 2 where there is nothing to play."""
    arguments = _arguments()
    site = SITES[arguments.site]
    if arguments.without_miners:
        site = replace(site, site=replace(site.site, miners=()), running=())
    try:
        series = read_series(arguments.series)
        first = next((day for day in series.dates if day >= arguments.first), arguments.first)
        span = RecordedSpan(site=site, series=series, first=first, days=arguments.days)
    except (SeriesError, ValueError) as error:
        print(f"not run: {error}", file=sys.stderr)
        return 2
    begun = perf_counter()
    with ProcessPoolExecutor(os.process_cpu_count()) as pool:
        made = dict(zip(RUNNERS, pool.map(partial(play, span, interval_min=arguments.interval), RUNNERS), strict=True))
    print(f"{arguments.site}, {span.days} days from {span.first}, in {site.site.currency}; lower bills are better")
    print(f"{'':12}" + "".join(f"{name:>{width}}" for name, width, _ in _COLUMNS))
    for name, played in made.items():
        print(f"{name:12}" + "".join(f"{read(played):{width}.2f}" for _, width, read in _COLUMNS))
    print(f"Plans: {made['this'].statuses}. Took {perf_counter() - begun:.0f} s.")
    if arguments.json:
        arguments.json.write_text(json.dumps({name: played.as_json() for name, played in made.items()}, indent=2))
    return int(any(_broken(played) for played in made.values()))


def _broken(played: Played) -> bool:
    return played.account.unserved_kwh > 0.001 or played.account.over_limit_kwh > 0.001


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/backtest", description=__doc__)
    parser.add_argument("series", type=Path, metavar="SERIES.csv")
    parser.add_argument("--site", choices=SITES, default="ranch", help="default: %(default)s")
    parser.add_argument("--without-miners", action="store_true")
    parser.add_argument(
        "--from",
        dest="first",
        type=date.fromisoformat,
        default=date.min,
        metavar="DAY",
        help="the first whole day from this one on",
    )
    parser.add_argument("--days", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--interval", type=int, default=30, metavar="MIN", help="between plans (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
