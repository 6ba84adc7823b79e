"""What expecting remembers between cycles: the last good answer of each source, and what is wrong with sources now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from ..model.readings import NamedTrouble
from .series import Spans

# What ended longer ago is not taken over into another run.
_KEPT: Final = timedelta(days=2)
# What lies outside is damaged: seconds before and after now, currency per kWh or per TH/s and day, W.
_OLDEST_S: Final = 10 * 365 * 86400.0
_AHEAD_S: Final = 31 * 86400.0
_MOST_PRICE: Final = 1e6
_MOST_W: Final = 1e9


@dataclass(slots=True)
class SourceMemory:
    """One entry's. Published prices and forecasts stay true when their source falls silent, over a restart too."""

    currency: str = ""
    """What the prices are in."""
    prices: dict[str, Spans] = field(default_factory=dict)
    """Per entity: currency per kWh (or per TH/s and day)."""
    solar: dict[str, Spans] = field(default_factory=dict)
    """Per provider's config entry: W."""
    troubles: tuple[NamedTrouble, ...] = ()
    """Sources that gave nothing in the last cycle; `source` is the entity, or the provider's config entry id."""
    first_seen: dict[str, datetime] = field(default_factory=dict)
    """Per repair issue: since when its trouble has been seen."""

    def reckon_in(self, currency: str) -> None:
        """Forget prices in any other currency."""
        if currency != self.currency:
            self.prices.clear()
        self.currency = currency

    def as_json(self) -> dict[str, Any]:
        """Return what sources said last, as JSON data."""
        return {"currency": self.currency, "prices": _rows(self.prices), "solar": _rows(self.solar)}

    @classmethod
    def salvaged(cls, data: object, now: datetime) -> tuple[Self, tuple[str, ...]]:
        """Return what `as_json` gave, less what has ended long ago, and what of it was damaged and is left out.

        Nothing of no data.
        """
        damaged: list[str] = []
        if not data:
            return cls(), ()
        if not isinstance(data, Mapping) or not isinstance(data.get("currency"), str):
            return cls(), ("*",)
        prices = _spans("prices", data.get("prices"), now, _MOST_PRICE, damaged)
        solar = _spans("solar", data.get("solar"), now, _MOST_W, damaged)
        return cls(data["currency"], prices, solar), tuple(damaged)


def _rows(remembered: Mapping[str, Spans]) -> dict[str, list[list[float]]]:
    # A copy first: the next forecast may be in the making.
    return {source: [list(row) for row in spans.rows()] for source, spans in dict(remembered).items()}


def _spans(name: str, stored: object, now: datetime, most: float, damaged: list[str]) -> dict[str, Spans]:
    if not isinstance(stored, Mapping):
        damaged.append(name)
        return {}
    kept = {}
    for source, rows in stored.items():
        try:
            kept[source] = Spans.of(_row(row, now, most) for row in rows)
        except TypeError, ValueError:
            damaged.append(f"{name}.{source}")
    since = (now - _KEPT).timestamp()
    recent = {source: Spans.of(row for row in spans.rows() if row[1] >= since) for source, spans in kept.items()}
    return {source: spans for source, spans in recent.items() if len(spans)}


def _row(row: Iterable[Any], now: datetime, most: float) -> tuple[float, float, float]:
    """Return a stored span; raise `TypeError` or `ValueError` where it is none, or of another age."""
    start, end, value = (float(cell) for cell in row)
    here = now.timestamp()
    if not (here - _OLDEST_S <= start < end <= here + _AHEAD_S and abs(value) <= most):
        msg = "no span of a value"
        raise ValueError(msg)
    return start, end, value
