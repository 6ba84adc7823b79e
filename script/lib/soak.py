"""Lives weeks of homes in simulated time, in which readings lie, commands fail and people interfere, all drawn by seeds.

Each home is run by the very loop that runs a real one, and judged from outside: by the truth of the plant, and by what was
sent to its devices. One day in thirty is planned by the programme, the others by the rules. The same seed is the same life.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from multiprocessing import get_context
from multiprocessing.sharedctypes import SynchronizedArray
import os
from pathlib import Path
import signal
import sys
from time import perf_counter
from typing import Any, Final

from backtest_jobs import Progress
import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant
from soak_guards import GUARDS, without

from custom_components.energy_orchestrator.simulation.sites import SITES
from custom_components.energy_orchestrator.soak.life import PROGRAMME_EACH, Life, SoakTerms, live
from custom_components.energy_orchestrator.soak.scene import Breach, Promise, Record
from custom_components.energy_orchestrator.soak.trials import Trial

_LOOK_S: Final = 1.0
_SHOWN: Final = 3
_SHARES: list[SynchronizedArray[float]] = []


@dataclass(frozen=True, slots=True)
class _Seed:
    """One life, as the progress sees it."""

    effort: float


def main() -> int:
    """Live, and print the table of promises; 1 where one was broken."""
    arguments = _arguments()
    terms = SoakTerms(
        days=arguments.days,
        site=arguments.site,
        only=tuple(arguments.only),
        programme_each=1 if arguments.full else PROGRAMME_EACH,
    )
    begun = perf_counter()
    if arguments.told_from is not None or arguments.until is not None:
        records = {arguments.seed: _retold(arguments, terms)}
    else:
        seeds = range(1, arguments.seeds + 1) if arguments.seed is None else [arguments.seed]
        try:
            records = _lived(seeds, terms, arguments.without, arguments.jobs)
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
            return 130
    _print_table(records)
    print(f"{len(records)} homes of {terms.days:g} days; took {perf_counter() - begun:.0f} s.")
    if arguments.json:
        arguments.json.write_text(json.dumps(_as_json(records), indent=2), encoding="utf-8")
    return int(any(record.breaches for record in records.values()))


def _lived(seeds: Sequence[int], terms: SoakTerms, guard: str | None, processes: int) -> dict[int, Record]:
    """Live all seeds, on so many cores at once."""
    records: dict[int, Record] = {}
    context = get_context("spawn")
    shares: SynchronizedArray[float] = context.Array("d", len(seeds))
    progress, jobs = Progress(), [_Seed(terms.days)] * len(seeds)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(shares,)) as pool:
        running: dict[Future[Record], int] = {
            pool.submit(_live, index, seed, terms, guard): seed for index, seed in enumerate(seeds)
        }
        try:
            while running:
                done, _ = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                for future in done:
                    records[running.pop(future)] = future.result()
                progress.show(jobs, shares[:], left=len(running))
        except BaseException:
            pool.terminate_workers()
            raise
    return {seed: records[seed] for seed in seeds}


def _begin(shares: SynchronizedArray[float]) -> None:
    """Let this process tell how far it is. An interruption is for whoever started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _SHARES[:] = [shares]


def _live(index: int, seed: int, terms: SoakTerms, guard: str | None) -> Record:
    (shares,) = _SHARES

    def told(share: float) -> None:
        shares[index] = share

    with without(guard):
        return live(seed, terms, told=told)


def _retold(arguments: argparse.Namespace, terms: SoakTerms) -> Record:
    """Live one seed again and print what happens from a moment to another."""
    first: datetime = arguments.told_from or datetime.min.replace(tzinfo=UTC)

    def tell(at: datetime, words: str) -> None:
        if at >= first:
            print(f"{at:%Y-%m-%d %H:%M:%S} {words}")

    with without(arguments.without):
        return asyncio.run(Life(arguments.seed, terms, tell=tell).play(until=arguments.until))


# What is told


def _print_table(records: Mapping[int, Record]) -> None:
    width = max(map(len, Promise))
    print(f"{'promise':{width}} {'tested':>9} {'broken':>7}")
    for promise in Promise:
        tested = sum(record.tests[promise] for record in records.values())
        found = _found(records, promise)
        print(f"{promise:{width}} {tested:9} {len(found):7}")
        for seed, breach in found[:_SHOWN]:
            print(f"    seed {seed}, {breach.at:%Y-%m-%d %H:%M:%S}: {breach.words}")


def _found(records: Mapping[int, Record], promise: Promise) -> list[tuple[int, Breach]]:
    return [(seed, one) for seed, record in records.items() for one in record.breaches if one.promise is promise]


def _as_json(records: Mapping[int, Record]) -> dict[str, Any]:
    tested: Counter[str] = Counter()
    for record in records.values():
        tested.update({promise.name.lower(): times for promise, times in record.tests.items()})
    broken = [
        {"promise": one.promise.name.lower(), "seed": seed, "at": one.at.isoformat(), "words": one.words}
        for seed, record in records.items()
        for one in record.breaches
    ]
    return {"tested": dict(tested), "broken": broken}


# What is asked


def _moment(text: str) -> datetime:
    """Read a moment; without a zone it is UTC, as moments are told."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/soak", description=__doc__)
    parser.add_argument("--days", type=float, default=30, metavar="N", help="of each home (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="how many homes (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="S", help="only this home")
    parser.add_argument("--site", choices=SITES, help="default: by the seed")
    parser.add_argument("--full", action="store_true", help="plan every day by the programme")
    parser.add_argument("--only", type=Trial, nargs="+", default=tuple(Trial), metavar="TRIAL", help=", ".join(Trial))
    parser.add_argument("--without", choices=GUARDS, metavar="GUARD", help=f"take a guard away: {', '.join(GUARDS)}")
    parser.add_argument("--from", dest="told_from", type=_moment, metavar="TIME", help="tell what happens (UTC)")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="end then, and tell what happens until then")
    parser.add_argument("--jobs", type=int, default=os.process_cpu_count(), metavar="N", help="default: all cores")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if (arguments.told_from or arguments.until) and arguments.seed is None:
        parser.error("--from and --until tell of one home: they need --seed")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
