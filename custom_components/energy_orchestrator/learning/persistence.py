"""How long what departs from what is expected goes on departing."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..model.horizon import Horizon, Series

# What is read in one moment is as good as gone so many hours later.
_MOMENT_H: Final = 0.25


@dataclass(frozen=True, slots=True)
class Persistence:
    """The part of a departure over the last half hour that is there in the next moment, and its half-life in hours."""

    gain: float
    half_life_h: float

    def departure(self, horizon: Horizon, now: float | None, lately: float | None) -> Series:
        """Return the departure that is to be expected over a horizon: what it is `now` gives way to what lasts.

        `now`, `lately`: the departure of this moment and over the last half hour, as parts or in a unit; the one stands
        in for the other where that is not known, and where neither is, there is none.
        """
        lasting = now if lately is None else lately
        if lasting is None:
            return np.zeros(len(horizon))
        moment = _halved(horizon, _MOMENT_H)
        return moment * (lasting if now is None else now) + (1 - moment) * self._kept(horizon) * lasting

    def doubt(self, horizon: Horizon) -> Series:
        """Return the part of a spread that is left where the departure is known: the deviation beside a correlation."""
        return np.sqrt(1 - self._kept(horizon) ** 2)

    def _kept(self, horizon: Horizon) -> Series:
        return self.gain * _halved(horizon, self.half_life_h)


def _halved(horizon: Horizon, half_life_h: float) -> Series:
    middles_h = horizon.edges_h[:-1] + horizon.hours / 2
    halved: Series = 0.5 ** (middles_h / half_life_h)
    return halved


# Measured in a household's four months: mean errors of the half hours ahead, by the error of the last one.
LOAD: Final = Persistence(gain=0.65, half_life_h=1.0)
SOLAR: Final = Persistence(gain=0.9, half_life_h=2.0)
