"""What expecting remembers between cycles: the last good answer of each source, and what is wrong with sources now."""

from dataclasses import dataclass, field
from datetime import datetime

from ..model.readings import NamedTrouble
from .series import Spans


@dataclass(slots=True)
class SourceMemory:
    """One entry's. Published prices and forecasts stay true when their source falls silent."""

    prices: dict[str, Spans] = field(default_factory=dict)
    """Per entity: currency per kWh (or per TH/s and day)."""
    solar: dict[str, Spans] = field(default_factory=dict)
    """Per provider's config entry: W."""
    troubles: tuple[NamedTrouble, ...] = ()
    """Sources that gave nothing in the last cycle; `source` is the entity, or the provider's config entry id."""
    first_seen: dict[str, datetime] = field(default_factory=dict)
    """Per repair issue: since when its trouble has been seen."""
