"""Plans problem files and prints one JSON line each: `solve FILE…`."""

import argparse
import json
from pathlib import Path
import sys
from time import perf_counter

import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from benchmarks.public_format import ProblemFileError, answer, read
from custom_components.energy_orchestrator.planner import energy_planner
from custom_components.energy_orchestrator.planner.calm import calm_plan


def main() -> int:
    """Answer every file; 1 where one was no problem."""
    parser = argparse.ArgumentParser(prog="script/solve", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--time-limit", type=float, default=energy_planner.TIME_LIMIT_S, metavar="SECONDS")
    parser.add_argument(
        "--robust", action="store_true", help="as the loop does: for what may come, not only for the problem"
    )
    arguments = parser.parse_args()
    planner = calm_plan if arguments.robust else energy_planner.plan
    failed = False
    for path in arguments.files:
        try:
            case = read(path)
        except ProblemFileError as error:
            failed = True
            print(json.dumps({"case": path.stem, "status": "error", "error": f"{path}: {error}"}), flush=True)
            print(f"{path}: {error}", file=sys.stderr)
            continue
        begun = perf_counter()
        plan = planner(case.problem, time_limit_s=arguments.time_limit)
        print(json.dumps(answer(case, plan, perf_counter() - begun)), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
