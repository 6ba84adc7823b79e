"""Which topic an utterance is most like: ridge regression on the features of example lines.

A line is a bag of named features with weights; rare features count for more, and a line's length is 1. Features never
seen in an example count for nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log, sqrt
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

type Features = Mapping[str, float]

# How much a topic's own lines may be missed for the sake of a plainer model, and how often the lines are gone over.
_RIDGE: Final = 0.3
_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """A linear classifier of bags of features: how rare each feature is, and its weight for each topic."""

    topics: Sequence[str]
    features: Sequence[str]
    rarity: NDArray[np.float32]
    weights: NDArray[np.float32]
    _place: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Find features by their names."""
        object.__setattr__(self, "_place", {name: place for place, name in enumerate(self.features)})

    @classmethod
    def learn(cls, lines: Sequence[tuple[str, Features]]) -> Self:
        """Learn from lines, each with its topic; the same lines give the same classifier."""
        topics = sorted({topic for topic, _ in lines})
        seen = Counter(name for _, features in lines for name in features)
        names = sorted(seen)
        rarity = np.array([sqrt(1 + log((1 + len(lines)) / (1 + seen[name]))) for name in names], dtype=np.float32)
        found = cls(topics, names, rarity, np.zeros((len(names), len(topics)), dtype=np.float32))
        found._learn([(topics.index(topic), *found._row(features)) for topic, features in lines])
        return found

    def scores(self, features: Features) -> dict[str, float]:
        """Return how much a line is like each topic: about 1 like its examples, about 0 like others'."""
        places, values = self._row(features)
        found = values @ self.weights[places]
        return {topic: float(score) for topic, score in zip(self.topics, found, strict=True)}

    def _row(self, features: Features) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        known = [(place, value) for name, value in features.items() if (place := self._place.get(name)) is not None]
        places = np.array([place for place, _ in known], dtype=np.intp)
        values = np.array([value for _, value in known], dtype=np.float32) * self.rarity[places]
        return places, values / max(1e-6, float(np.linalg.norm(values)))

    def _learn(self, rows: Sequence[tuple[int, NDArray[np.intp], NDArray[np.float32]]]) -> None:
        """Solve the regression in its dual form, one line's multipliers after the other: no matrix of lines by lines."""
        pulls = np.zeros((len(rows), len(self.topics)), dtype=np.float32)
        for _ in range(_ROUNDS):
            for line, (topic, places, values) in enumerate(rows):
                weights = self.weights[places]
                step = -(values @ weights) - _RIDGE * pulls[line]
                step[topic] += 1
                step /= float(values @ values) + _RIDGE
                pulls[line] += step
                self.weights[places] = weights + values[:, None] * step
