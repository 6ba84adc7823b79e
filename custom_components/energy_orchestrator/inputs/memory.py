"""What expecting remembers between cycles: the last good answer of each source, and what is wrong with sources now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from ..model.readings import NamedTrouble
from .series import Spans

# What ended longer ago is not taken over into another run.
_KEPT: Final = timedelta(days=2)


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
    def from_json(cls, data: Mapping[str, Any], now: datetime) -> Self:
        """Return what `as_json` gave, less what has ended long ago; nothing of no data.

        Raises `AttributeError`, `KeyError`, `TypeError` or `ValueError` for other data.
        """
        if not data:
            return cls()
        since = (now - _KEPT).timestamp()
        return cls(data["currency"], _spans(data["prices"], since), _spans(data["solar"], since))


def _rows(remembered: Mapping[str, Spans]) -> dict[str, list[list[float]]]:
    # A copy first: the next forecast may be in the making.
    return {source: [list(row) for row in spans.rows()] for source, spans in dict(remembered).items()}


def _spans(stored: Mapping[str, Any], since: float) -> dict[str, Spans]:
    kept = {
        source: Spans.of((float(start), float(end), float(value)) for start, end, value in rows if end >= since)
        for source, rows in stored.items()
    }
    return {source: spans for source, spans in kept.items() if len(spans)}
