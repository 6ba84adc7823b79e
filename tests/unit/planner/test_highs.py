"""The solver, told to stop, and what it is given."""

from threading import Event, Timer

import numpy as np
import pytest

from custom_components.energy_orchestrator.planner.programme import highs
from custom_components.energy_orchestrator.planner.programme.matrix import Floats, Matrix


def market_split(rows: int = 6, columns: int = 50) -> Matrix:
    """Return a small programme that no known solver gets done with: share customers so that each product halves."""
    parts = np.random.default_rng(1).integers(0, 100, (rows, columns)).astype(np.float64)
    halves = np.floor(parts.sum(axis=1) / 2)
    values = np.hstack([parts, np.eye(rows), -np.eye(rows)])
    size = columns + 2 * rows
    return Matrix(
        cost=np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
        lower=np.zeros(size),
        upper=np.concatenate([np.ones(columns), np.full(2 * rows, np.inf)]),
        whole=np.arange(size) < columns,
        row_lower=halves,
        row_upper=halves,
        starts=np.arange(0, size * rows + 1, size, dtype=np.int32),
        columns=np.tile(np.arange(size, dtype=np.int32), rows),
        values=values.ravel(),
    )


def test_a_solve_ends_when_it_is_stopped() -> None:
    stop = Event()
    timer = Timer(0.3, stop.set)
    timer.start()
    with highs.stopped_by(stop), pytest.raises(highs.StoppedError):
        highs.solve(market_split(), time_limit_s=3600)
    timer.join()


def test_what_was_stopped_before_does_not_begin() -> None:
    stop = Event()
    stop.set()
    with highs.stopped_by(stop), pytest.raises(highs.StoppedError):
        highs.solve(market_split(), time_limit_s=3600)


def test_one_that_is_not_stopped_is_answered_the_same() -> None:
    matrix = market_split(2, 8)
    alone = highs.solve(matrix, time_limit_s=60)
    with highs.stopped_by(Event()):
        again = highs.solve(matrix, time_limit_s=60)
    assert alone is not None
    assert again is not None
    assert alone.proven
    assert again.objective == pytest.approx(alone.objective)


def test_columns_that_are_one_are_worth_what_they_are_together() -> None:
    apart = market_split(2, 6)
    merged, place = apart.merged(np.array([0, 0, 2, 2, *range(4, apart.size)], dtype=np.int64))
    assert merged.size == apart.size - 2
    x = np.arange(merged.size, dtype=np.float64)

    def rows(matrix: Matrix, point: Floats) -> Floats:
        row = np.repeat(np.arange(matrix.row_lower.size), np.diff(matrix.starts))
        total = np.bincount(row, weights=matrix.values * point[matrix.columns], minlength=matrix.row_lower.size)
        return np.asarray(total, dtype=np.float64)

    assert merged.cost @ x == pytest.approx(apart.cost @ x[place])
    assert rows(merged, x) == pytest.approx(rows(apart, x[place]))
