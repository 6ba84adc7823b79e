"""A day-ahead market: a price for every hour, published the day before at one in the afternoon."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import exp
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from .noise import normal

_PUBLISHED_AT: Final = time(13)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PricedHour:
    """What a kWh costs from `start` to `end` (aware, UTC), in the site's currency."""

    start: datetime
    end: datetime
    price: float


@dataclass(frozen=True, slots=True)
class DayAhead:
    """The published prices: today's hours, and tomorrow's, empty until they are out."""

    today: tuple[PricedHour, ...]
    tomorrow: tuple[PricedHour, ...]


@dataclass(frozen=True, slots=True)
class Tariff:
    """What the site pays and gets, from the market's price: (market + `add`) · `factor`, or a fixed price."""

    add: float = 0.0
    factor: float = 1.0
    fixed: float | None = None

    def price(self, market: float) -> float:
        """Return the price per kWh."""
        return round(self.fixed if self.fixed is not None else (market + self.add) * self.factor, 5)


class Market(Protocol):
    """Whatever knows the market's price of an hour."""

    def market_price(self, start: datetime) -> float:
        """Return the price of the hour that begins at `start`, per kWh."""
        ...


def day_ahead(market: Market, tariff: Tariff, now: datetime, zone: ZoneInfo) -> DayAhead:
    """Return what is published at `now`: today, and tomorrow from 13:00 local time."""
    local = now.astimezone(zone)
    today, tomorrow = local.date(), local.date() + timedelta(days=1)
    published = local.time() >= _PUBLISHED_AT
    return DayAhead(
        _priced(market, tariff, today, zone),
        _priced(market, tariff, tomorrow, zone) if published else (),
    )


def hours_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """Return the beginning of each hour of a local day, in UTC: 23 to 25 of them."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return [start + n * _HOUR for n in range(round((end - start) / _HOUR))]


def synthetic_price(local: datetime, *, seed: int, sunshine: float, sun_height: float) -> float:
    """Return a market price per kWh in the shape of Central Europe's: evening peak, cheap noon, below zero at sunny weekends.

    `sunshine` is the clear share of the day's sky, `sun_height` the sine of the sun's elevation at noon, both 0..1.
    Levels are read off the German day-ahead prices of 2024 (SMARD.de): mean about 0.08, evenings 0.10 to 0.18.
    """
    day = local.date().toordinal()
    hour = local.hour + 0.5
    price = 0.085 + 0.012 * normal(seed, "day's price", day)
    price += 0.030 * _bump(hour, 8.0, 1.6) + 0.070 * _bump(hour, 19.3, 2.0) - 0.015 * _bump(hour, 3.0, 2.5)
    price -= (0.025 + 0.110 * sunshine * max(0.0, sun_height)) * _bump(hour, 13.0, 2.6)
    if local.weekday() >= 5:
        price -= 0.030
    return round(price + 0.004 * normal(seed, "hour's price", 24 * day + local.hour), 5)


def _priced(market: Market, tariff: Tariff, day: date, zone: ZoneInfo) -> tuple[PricedHour, ...]:
    return tuple(PricedHour(h, h + _HOUR, tariff.price(market.market_price(h))) for h in hours_of(day, zone))


def _bump(hour: float, centre: float, width: float) -> float:
    return exp(-(((hour - centre) / width) ** 2) / 2)
