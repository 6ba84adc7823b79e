"""Plans the problem of a diagnostics download again and compares it with the plan saved there: `replay FILE…`."""

import argparse
from collections.abc import Mapping
import json
from pathlib import Path
import sys
from typing import Any

import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from custom_components.energy_orchestrator.model.codec import plan_from_json, problem_from_json
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner import energy_planner
from custom_components.energy_orchestrator.planner.review.verifier import violations


class DownloadError(ValueError):
    """A file that is no diagnostics download of this integration; the message says why."""


def main() -> int:
    """Replay every file; 1 where one is no download or a plan breaks a limit."""
    parser = argparse.ArgumentParser(prog="script/replay", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--time-limit", type=float, default=energy_planner.TIME_LIMIT_S, metavar="SECONDS")
    arguments = parser.parse_args()
    failed = False
    for path in arguments.files:
        try:
            failed |= replay(path, arguments.time_limit)
        except DownloadError as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
    return int(failed)


def replay(path: Path, time_limit_s: float) -> bool:
    """Print the saved plan beside the one made now, then the schedule; return whether one of them breaks a limit."""
    data = _download(path)
    saved = _saved_plan(data)
    problem = _saved_problem(data) if saved is None else saved.problem
    made = energy_planner.plan(problem, created=saved.created if saved else None, time_limit_s=time_limit_s)
    print(f"{path}: {len(made.horizon)} slots from {made.horizon.start:%Y-%m-%d %H:%M} UTC")
    plans = {"saved": saved, "now": made} if saved is not None else {"now": made}
    broken = [_summary(name, plan) for name, plan in plans.items() if plan is not None]
    if saved is not None:
        print(f"  difference in cost: {made.cost.total - saved.cost.total:+.6f}")
    print(table(made))
    return any(broken)


def table(plan: Plan) -> str:
    """Return the schedule as a table: powers in W, grid + import, batteries + charging."""
    problem, schedule = plan.problem, plan.schedule
    batteries, miners = [b.id for b in problem.batteries], [m.id for m in problem.miners]
    heads = ["start", "solar", "load", "price", "worth", "grid"]
    heads += [f"{key} W" for key in batteries] + [f"{key} %" for key in batteries] + miners
    rows = [
        [
            f"{start:%d. %H:%M}",
            f"{schedule.solar_used_w[t]:.0f}",
            f"{problem.load_w[t]:.0f}",
            f"{problem.import_price[t]:.4f}",
            f"{plan.energy_price[t]:.4f}",
            f"{schedule.grid_w[t]:.0f}",
            *(f"{schedule.battery_w[key][t]:.0f}" for key in batteries),
            *(f"{100 * schedule.soc[key][t + 1]:.1f}" for key in batteries),
            *(f"{plan.miner_w(key)[t]:.0f}" for key in miners),
        ]
        for t, start in enumerate(plan.horizon.starts)
    ]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    return "\n".join("  ".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True)) for row in [heads, *rows])


def _summary(name: str, plan: Plan) -> bool:
    wrong = violations(plan.problem, plan.schedule, plan.shed)
    print(f"  {name:<5} {plan.status:<10} cost {plan.cost.total:.6f}  {plan.timing.total:.3f} s")
    for shed in plan.shed:
        print(f"        shed {shed.wish} {shed.device_id or 'site'}: {shed.amount:g} {shed.unit}")
    for violation in wrong:
        print(f"        BROKEN {violation}")
    return bool(wrong)


def _download(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DownloadError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DownloadError(f"is not JSON: {error}") from error
    data = data.get("data") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping):
        raise DownloadError("is no diagnostics download of Energy Orchestrator")
    return data


def _saved_problem(data: Mapping[str, Any]) -> Problem:
    saved = data.get("problem")
    if saved is None:
        raise DownloadError("holds no problem: nothing had been planned when it was taken")
    try:
        return problem_from_json(saved)
    except (AttributeError, TypeError, ValueError) as error:
        raise DownloadError(f"its problem cannot be read: {error}") from error


def _saved_plan(data: Mapping[str, Any]) -> Plan | None:
    saved = data.get("plan")
    if saved is None:
        return None
    try:
        return plan_from_json(saved)
    except (AttributeError, TypeError, ValueError) as error:
        raise DownloadError(f"its plan cannot be read: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
