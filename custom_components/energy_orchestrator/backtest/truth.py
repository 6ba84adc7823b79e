"""What will be: a plant's own surroundings, as a forecast."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from ..model.forecast import Forecast, Forecasts, Source
from ..model.horizon import Horizon, Series
from ..simulation.plant import Plant

type Foresight = Callable[[Forecasts, Horizon], Forecasts]
"""What is known besides what was forecast over a horizon."""

_LOOK: Final = timedelta(minutes=5)
"""How often the surroundings are looked at: recorded steps are whole multiples of it."""


class Truth:
    """House load and solar power of a plant from its present moment to `end`: means over whatever slots lie between."""

    def __init__(self, plant: Plant, end: datetime) -> None:
        """Look at all surroundings, in the middle of every five minutes."""
        self._plant = plant
        looks = np.arange(plant.now.timestamp(), end.timestamp(), _LOOK.total_seconds())
        around = [plant.environment.at(look + _LOOK.total_seconds() / 2) for look in looks.tolist()]
        self._edges = np.append(looks, looks[-1] + _LOOK.total_seconds())
        self._load_ws = _summed([one.house_w for one in around])
        self._solar_ws = _summed([one.solar_w for one in around])

    def load_w(self, horizon: Horizon) -> Series:
        """Return the mean load of the house in each slot, W."""
        return self._mean(self._load_ws, horizon)

    def solar_w(self, horizon: Horizon) -> Series:
        """Return what the panels could give in the mean of each slot, W."""
        return self._mean(self._solar_ws, horizon)

    def prices(self, horizon: Horizon) -> tuple[Series, Series]:
        """Return what a kWh costs and what it brings in each slot, published or not."""
        site, hours = self._plant.site, [start.replace(minute=0) for start in horizon.starts]
        market = [self._plant.environment.market_price(hour.astimezone(UTC)) for hour in hours]
        return (
            np.array([site.import_tariff.price(price) for price in market]),
            np.array([site.export_tariff.price(price) for price in market]),
        )

    def foresight(self, of: Collection[str]) -> Foresight:
        """Return the forecasts with the truth in the series named (`load_w`, `solar_w`)."""
        true = {"load_w": self.load_w, "solar_w": self.solar_w}

        def foreseen(forecasts: Forecasts, horizon: Horizon) -> Forecasts:
            return replace(forecasts, **{name: certain(true[name](horizon)) for name in of})

        return foreseen

    def _mean(self, summed_ws: Series, horizon: Horizon) -> Series:
        return np.diff(np.interp(horizon.epochs(), self._edges, summed_ws)) / (3600 * horizon.hours)


def certain(series: Series) -> Forecast:
    """Return a forecast that cannot be wrong."""
    return Forecast(expected=series, source=Source.MEASURED, low=series, high=series, known_slots=series.size)


def _summed(powers_w: list[float]) -> Series:
    return np.concatenate(([0.0], np.cumsum(powers_w))) * _LOOK.total_seconds()
