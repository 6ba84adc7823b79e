"""Compares plans: `benchmark [FOLDER|FILE…]` prints a table, `benchmark --fuzz N [--seed S]` tries N problems of any kind.

`benchmark --growth` tells how the time of a plan grows with the size of a site.

Files are of the public problem format, or diagnostics of the integration. Without any, the project's own problems are
planned, and those in `../shared/problems` where that folder exists. Exits non-zero where a plan breaks a limit.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
import logging
import os
from pathlib import Path
import sys
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "script" / "lib"), str(ROOT)]

import pure  # noqa: E402, F401  # makes the pure rooms importable without Home Assistant

from benchmarks.generator import anything, benchmark_set  # noqa: E402
from benchmarks.growth import growth  # noqa: E402
from benchmarks.public_format import Case, ProblemFileError, read  # noqa: E402
from custom_components.energy_orchestrator.planner import energy_planner  # noqa: E402
from custom_components.energy_orchestrator.planner.clean import clean  # noqa: E402
from custom_components.energy_orchestrator.planner.programme.build import build  # noqa: E402
from custom_components.energy_orchestrator.planner.programme.directions import one_way_where_it_pays  # noqa: E402
from custom_components.energy_orchestrator.planner.review.verifier import violations  # noqa: E402

OWN = ROOT / "tests" / "problems"
NEIGHBOURS = ROOT.parent / "shared" / "problems"
FUZZ_TIME_LIMIT_S = 2.0
FUZZ_GAP = 2e-3


@dataclass(frozen=True, slots=True)
class Tried:
    """One fuzzed problem: its seed, the status of its plan, what it broke, and how long it took."""

    seed: int
    status: str
    broken: tuple[str, ...]
    seconds: float


def main() -> int:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(prog="script/benchmark", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="FOLDER|FILE")
    parser.add_argument("--fuzz", type=int, metavar="N", help="plan N problems of any kind")
    parser.add_argument("--growth", action="store_true", help="time sites of many sizes (minutes)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=energy_planner.TIME_LIMIT_S, metavar="SECONDS")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    if arguments.growth:
        growth()
        return 0
    if arguments.fuzz:
        return fuzz(range(arguments.seed, arguments.seed + arguments.fuzz))
    try:
        return table(list(cases(arguments.paths)), arguments.time_limit)
    except ProblemFileError as error:
        print(error, file=sys.stderr)
        return 2


def cases(paths: Sequence[Path]) -> Iterator[Case]:
    """Yield the cases in files and folders; without any, the project's own and its neighbours'."""
    if not paths:
        yield from (Case(named.name, named.problem) for named in benchmark_set())
        paths = [OWN, NEIGHBOURS] if NEIGHBOURS.is_dir() else [OWN]
    for path in paths:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            try:
                yield read(file)
            except ProblemFileError as error:
                msg = f"{file}: {error}"
                raise ProblemFileError(msg) from error


def table(tried: Sequence[Case], time_limit_s: float) -> int:
    """Plan each case, print a row for it, and return 1 where a plan breaks a limit."""
    heads = (
        "case",
        "slots",
        "vars",
        "status",
        "cost",
        "reference",
        "gap %",
        "left alone",
        "build s",
        "solve s",
        "extract s",
    )
    widths = (28, 6, 6, 10, 12, 12, 8, 12, 8, 8, 9)
    print(
        " ".join(
            f"{head:<{w}}" if head in {"case", "status"} else f"{head:>{w}}"
            for head, w in zip(heads, widths, strict=True)
        )
    )
    broken = 0
    for case in tried:
        plan = energy_planner.plan(case.problem, time_limit_s=time_limit_s)
        left_alone = energy_planner.baseline(plan).total
        wrong = violations(plan.problem, plan.schedule, plan.shed)
        broken += bool(wrong)
        cleaned = clean(plan.problem)
        size = build(cleaned, one_way_where_it_pays(cleaned)).matrix.size
        best = case.optimal_cost
        gap = "" if best is None else f"{100 * (plan.cost.total - best) / max(abs(best), 1e-9):.4f}"
        reference = "" if best is None else f"{best:.4f}"
        print(
            f"{case.name:<28} {len(plan.horizon):>6} {size:>6} {plan.status:<10} {plan.cost.total:>12.4f} {reference:>12} "
            f"{gap:>8} {left_alone:>12.4f} {plan.timing.build:>8.3f} {plan.timing.solve:>8.3f} {plan.timing.extract:>9.4f}",
            flush=True,
        )
        for shed in plan.shed:
            print(f"    shed {shed.wish} {shed.device_id or 'site'}: {shed.amount:g} {shed.unit}")
        for violation in wrong:
            print(f"    BROKEN {violation}")
    return int(broken > 0)


def fuzz(seeds: range) -> int:
    """Plan one problem per seed, print a count per status and the slowest, and return 1 where a plan breaks a limit."""
    begun = perf_counter()
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        tried = list(pool.map(attempt, seeds, chunksize=5))
    for status, number in Counter(one.status for one in tried).most_common():
        print(f"{status:<12} {number:>6}")
    slowest = sorted(tried, key=lambda one: -one.seconds)[:5]
    print("slowest      " + ", ".join(f"seed {one.seed}: {one.seconds:.2f} s ({one.status})" for one in slowest))
    broken = [one for one in tried if one.broken]
    for one in broken:
        print(f"BROKEN seed {one.seed} ({one.status}): {'; '.join(one.broken)}")
    print(f"{len(tried)} problems, {len(broken)} with violations, {perf_counter() - begun:.0f} s")
    return int(bool(broken))


def attempt(seed: int) -> Tried:
    """Plan one problem of any kind and replay its plan."""
    logging.disable(logging.ERROR)
    begun = perf_counter()
    try:
        plan = energy_planner.plan(anything(seed), time_limit_s=FUZZ_TIME_LIMIT_S, gap=FUZZ_GAP)
    except Exception as error:  # noqa: BLE001  # whatever goes wrong is what the fuzz looks for
        return Tried(seed, "crash", (repr(error),), perf_counter() - begun)
    broken = violations(plan.problem, plan.schedule, plan.shed)
    return Tried(seed, plan.status.value, tuple(str(item) for item in broken), perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
