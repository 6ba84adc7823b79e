"""Columns and rows of a mixed-integer programme, gathered in whole blocks and handed to the solver once."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Places = npt.NDArray[np.int64]

NOTHING = 1e-9
"""A coefficient below this is taken for zero: solvers refuse or misread such crumbs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """min cost·x with row_lower ≤ A x ≤ row_upper, lower ≤ x ≤ upper, some x whole; A is row-wise compressed."""

    cost: Floats
    lower: Floats
    upper: Floats
    whole: npt.NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    starts: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    values: Floats

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(self.cost.size)

    def fixed(self, x: Floats) -> Matrix:
        """Return the linear programme left when every whole column keeps its (rounded) value in `x`."""
        kept = np.clip(np.round(x), self.lower, self.upper)
        return replace(
            self,
            lower=np.where(self.whole, kept, self.lower),
            upper=np.where(self.whole, kept, self.upper),
            whole=np.zeros_like(self.whole),
        )

    def face(self, x: Floats, prices: Floats, reduced: Floats, tolerance: float) -> Matrix:
        """Return the linear programme of all points as good as its solution `x`, by its duals and reduced costs."""
        moves = np.abs(reduced) <= tolerance
        kept = np.clip(x, self.lower, self.upper)
        return replace(
            self,
            lower=np.where(moves, self.lower, kept),
            upper=np.where(moves, self.upper, kept),
            row_lower=np.where(prices < -tolerance, self.row_upper, self.row_lower),
            row_upper=np.where(prices > tolerance, self.row_lower, self.row_upper),
        )

    def merged(self, same: Places) -> tuple[Matrix, Places]:
        """Return the programme in which columns of one number in `same` have one value, and each column's place in it.

        The number is that of one of them, which says whether all are whole.
        """
        columns, place = np.unique(same, return_inverse=True)
        lower, upper = np.full(columns.size, -np.inf), np.full(columns.size, np.inf)
        np.maximum.at(lower, place, self.lower)
        np.minimum.at(upper, place, self.upper)
        row = np.repeat(np.arange(self.row_lower.size), np.diff(self.starts))
        starts, at, values = _compressed(row, place[self.columns], self.values, (self.row_lower.size, columns.size))
        merged = replace(
            self,
            cost=np.asarray(np.bincount(place, weights=self.cost), dtype=np.float64),
            lower=lower,
            upper=upper,
            whole=self.whole[columns],
            starts=starts,
            columns=at,
            values=values,
        )
        return merged, place

    def relaxed(self) -> Matrix:
        """Return the same programme with fractions allowed everywhere."""
        return replace(self, whole=np.zeros_like(self.whole))


class Gathering:
    """Collects blocks of columns, rows and coefficients; every argument broadcasts as NumPy arrays do."""

    def __init__(self) -> None:
        """Start empty."""
        self._columns: list[tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]] = []
        self._rows: list[tuple[Floats, Floats]] = []
        self._entries: list[tuple[Places, Places, Floats]] = []
        self._column_count = 0
        self._row_count = 0

    def columns(
        self,
        shape: tuple[int, ...],
        *,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = np.inf,
        cost: npt.ArrayLike = 0.0,
        whole: bool = False,
    ) -> Places:
        """Add a block of columns and return their indices in `shape`."""
        size = int(np.prod(shape))
        self._columns.append(
            (_flat(cost, shape), _flat(lower, shape), _flat(upper, shape), np.full(size, whole)),
        )
        index = np.arange(self._column_count, self._column_count + size, dtype=np.int64).reshape(shape)
        self._column_count += size
        return index

    def rows(self, count: int, *, lower: npt.ArrayLike = -np.inf, upper: npt.ArrayLike = np.inf) -> Places:
        """Add a block of rows and return their indices, shape (count,)."""
        self._rows.append((_flat(lower, (count,)), _flat(upper, (count,))))
        index = np.arange(self._row_count, self._row_count + count, dtype=np.int64)
        self._row_count += count
        return index

    def put(self, rows: Places, columns: Places, values: npt.ArrayLike) -> None:
        """Add coefficients; those that fall on the same place add up."""
        row, column, value = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=np.float64))
        self._entries.append((row.ravel(), column.ravel(), value.ravel()))

    def matrix(self) -> Matrix:
        """Return everything gathered as one compressed matrix."""
        cost, lower, upper, whole = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        row_lower, row_upper = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        starts, columns, values = _compressed(row, column, value, (self._row_count, self._column_count))
        return Matrix(
            cost=np.where(np.abs(cost) < NOTHING, 0.0, cost),
            lower=lower,
            upper=upper,
            whole=whole,
            row_lower=row_lower,
            row_upper=row_upper,
            starts=starts,
            columns=columns,
            values=values,
        )


def _compressed(
    row: Places, column: Places, value: Floats, shape: tuple[int, int]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Floats]:
    """Return coefficients as starts, columns and values by row; those on the same place add up."""
    rows, columns = shape
    places, entry = np.unique(row * columns + column, return_inverse=True)
    values = np.asarray(np.bincount(entry, weights=value, minlength=places.size), dtype=np.float64)
    kept = np.abs(values) >= NOTHING
    places, values = places[kept], values[kept]
    per_row = np.bincount(places // columns, minlength=rows)
    starts = np.concatenate(([0], np.cumsum(per_row))).astype(np.int32)
    return starts, (places % columns).astype(np.int32), values


def _flat(values: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), shape).ravel()
