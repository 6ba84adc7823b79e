"""HiGHS, asked with whole arrays and read once. Nothing here knows what the numbers mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
import math
from threading import Event

import highspy
import numpy as np

from .matrix import Floats, Matrix, Places

# Measured on the problems of `script/benchmark`: these two heuristics solve many sub-problems for little here, and a
# restart throws away a tree that is about to close. Without them HiGHS is two to five times faster.
_OPTIONS: dict[str, bool] = {
    "output_flag": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_rens": False,
    "mip_allow_restart": False,
}
# Heuristics that look for a better point: half of the time, and in vain where the start is as a rule the optimum.
_NO_SEARCH: dict[str, bool | float] = {
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_effort": 0.0,
}
_STOP: ContextVar[Event | None] = ContextVar("stop", default=None)


class StoppedError(Exception):
    """A solve was stopped before it was done."""


@contextmanager
def stopped_by(stop: Event) -> Iterator[None]:
    """Let every solve in here end soon after `stop` is set, with a `StoppedError`; each takes this one thread alone.

    For a thread that is ours: HiGHS settles how many threads it uses once for each thread that calls it.
    """
    token = _STOP.set(stop)
    try:
        yield
    finally:
        _STOP.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BestPoint:
    """The best point found. `proven`: nothing better exists but for the gap.

    `prices` (row duals) and `reduced` (reduced costs of the columns) are those of linear programmes only.
    """

    x: Floats
    objective: float
    bound: float
    proven: bool
    prices: Floats
    reduced: Floats


def solve(
    matrix: Matrix,
    *,
    time_limit_s: float,
    gap: float = 0.0,
    start: tuple[Places, Floats] | None = None,
    search: bool = True,
) -> BestPoint | None:
    """Return the best point found in time, None where there is none.

    `search`: look for better points than `start` by all means; else they are found only where the proof comes by them.

    Elsewhere than in `stopped_by` the number of threads stays HiGHS's own choice (half the cores): somebody else may have
    settled it for the calling thread. Raises `StoppedError` where it was stopped.
    """
    highs = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor lacks annotations
    for name, value in (_OPTIONS if search else _OPTIONS | _NO_SEARCH).items():
        highs.setOptionValue(name, value)
    highs.setOptionValue("time_limit", max(0.05, time_limit_s))
    highs.setOptionValue("mip_rel_gap", gap)
    _pass(highs, matrix)
    if start is not None:
        index, values = start
        highs.setSolution(index.size, index.astype(np.int32), values)
    _run(highs)
    info = highs.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    solution = highs.getSolution()
    integer = bool(matrix.whole.any())
    objective = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if integer else objective
    none = np.zeros(0)
    return BestPoint(
        x=np.asarray(solution.col_value, dtype=np.float64),
        objective=objective,
        bound=bound if math.isfinite(bound) else -math.inf,
        proven=highs.getModelStatus() == highspy.HighsModelStatus.kOptimal,
        prices=none if integer else np.asarray(solution.row_dual, dtype=np.float64),
        reduced=none if integer else np.asarray(solution.col_dual, dtype=np.float64),
    )


def _run(highs: highspy.Highs) -> None:
    """Solve, unless and until it is to stop."""
    stop = _STOP.get()
    if stop is None:
        highs.run()
        return

    def look(event: highspy.HighsCallbackEvent) -> None:
        if stop.is_set():
            event.interrupt()

    highs.setOptionValue("threads", 1)
    highs.cbSimplexInterrupt += look
    highs.cbIpmInterrupt += look
    highs.cbMipInterrupt += look
    if not stop.is_set():
        highs.run()
    if stop.is_set():
        raise StoppedError


def _pass(highs: highspy.Highs, matrix: Matrix) -> None:
    highs.passModel(
        matrix.size,
        int(matrix.row_lower.size),
        int(matrix.values.size),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        matrix.cost,
        matrix.lower,
        matrix.upper,
        matrix.row_lower,
        matrix.row_upper,
        matrix.starts,
        matrix.columns,
        matrix.values,
        matrix.whole.astype(np.int32),
    )
