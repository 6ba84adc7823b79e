"""How far off what is expected falls, by how far off it fell before."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from ..model.horizon import Series

# The least and the most that is told of a spread, as parts of what is expected.
_LOW: Final = (0.1, 1.0)
_HIGH: Final = (1.0, 3.0)
# So many errors weigh as much as what is known without any.
_ERRORS: Final = 20.0
# Fewer say nothing.
_FEWEST: Final = 4


@dataclass(frozen=True, slots=True)
class Spread:
    """P10 and P90 as parts of what is expected, and how far they are to be trusted (0..1) against a guess."""

    low: float
    high: float
    trust: float

    @classmethod
    def of(cls, measured: Series, expected: Series) -> Self | None:
        """Return the spread of sums that were measured about those that were expected, each by its size.

        None where too few are known of both.
        """
        known = ~np.isnan(measured) & ~np.isnan(expected) & (expected > 0)
        measured, expected = measured[known], expected[known]
        if expected.size < _FEWEST:
            return None
        parts = measured / expected
        order = np.argsort(parts)
        share = (np.cumsum(expected[order]) - expected[order] / 2) / expected.sum()
        low, high = np.interp((0.1, 0.9), share, parts[order])
        count = float(expected.sum() ** 2 / (expected**2).sum())
        return cls(float(np.clip(low, *_LOW)), float(np.clip(high, *_HIGH)), count / (count + _ERRORS))

    def over(self, guess: tuple[float, float]) -> tuple[float, float]:
        """Return P10 and P90, led towards a guess by as much as they are not to be trusted."""
        low, high = (
            guessed + self.trust * (part - guessed) for part, guessed in zip((self.low, self.high), guess, strict=True)
        )
        return low, high
