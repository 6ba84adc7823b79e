"""HiGHS, asked with whole arrays and read once. Nothing here knows what the numbers mean."""

from dataclasses import dataclass
import math

import highspy
import numpy as np

from .matrix import Floats, Index, Matrix

# Measured on the problems of `script/benchmark`: these two heuristics solve many sub-problems for little here, and a
# restart throws away a tree that is about to close. Without them HiGHS is two to five times faster.
_OPTIONS: dict[str, bool] = {
    "output_flag": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_rens": False,
    "mip_allow_restart": False,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
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
    start: tuple[Index, Floats] | None = None,
    options: dict[str, float | int | str | bool] | None = None,
) -> Answer | None:
    """Return the best point found in time, None where there is none.

    The number of threads stays HiGHS's own choice (half the cores): it is one per process, and another integration in the
    same Home Assistant may have set it already.
    """
    highs = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor lacks annotations
    for name, value in {**_OPTIONS, **(options or {})}.items():
        highs.setOptionValue(name, value)
    highs.setOptionValue("time_limit", max(0.05, time_limit_s))
    highs.setOptionValue("mip_rel_gap", gap)
    _pass(highs, matrix)
    if start is not None:
        index, values = start
        highs.setSolution(index.size, index.astype(np.int32), values)
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    solution = highs.getSolution()
    integer = bool(matrix.whole.any())
    objective = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if integer else objective
    none = np.zeros(0)
    return Answer(
        x=np.asarray(solution.col_value, dtype=np.float64),
        objective=objective,
        bound=bound if math.isfinite(bound) else -math.inf,
        proven=highs.getModelStatus() == highspy.HighsModelStatus.kOptimal,
        prices=none if integer else np.asarray(solution.row_dual, dtype=np.float64),
        reduced=none if integer else np.asarray(solution.col_dual, dtype=np.float64),
    )


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
