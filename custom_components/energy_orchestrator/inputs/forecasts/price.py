"""What energy costs and brings, in currency per kWh: an entity's published prices, a table by the clock, or a number."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from ...model.forecast import Forecast, Source
from ...model.readings import Trouble
from ...model.seen import UNAVAILABLE, Seen
from ...settings import Price, Settings
from ..prices.published import Published, published, with_now
from ..series import OnSlots, Spans, extended
from .tariff import time_of_use
from .way import Basis, Way, constant, first, nothing

# Where no price was ever known, energy from the grid is taken to cost at least this, and twice what mining could earn.
_DEAR: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Which:
    """One of the two prices; hours that a table leaves out cost its dearest import, or bring its cheapest export."""

    name: str
    of: Callable[[Settings], Price]
    uncovered: Callable[[Iterable[float]], float]

    @property
    def ways(self) -> tuple[Way, ...]:
        return (
            Way(Source.ENTITY, partial(_of_entity, self)),
            Way(Source.TIME_OF_USE, partial(_of_table, self)),
            Way(Source.FIXED, partial(_fixed, self)),
        )


_IMPORT: Final = _Which("import_price", lambda settings: settings.import_price, max)
_EXPORT: Final = _Which("export_price", lambda settings: settings.export_price, min)


def import_price(basis: Basis, hashprice: Forecast) -> Forecast:
    """Return the price; where none is known, one so dear that no grid power is bought for a machine.

    It is flat, so that nothing is moved about for it.
    """
    forecast = first(basis, _IMPORT.name, _IMPORT.ways)
    if forecast is not None:
        return forecast
    per_ths_day = float(hashprice.expected.max())
    earned = max(
        (
            level.revenue_per_kwh(per_ths_day) + miner.heat_value_per_kwh
            for miner in basis.settings.site.miners
            for level in miner.levels
        ),
        default=0.0,
    )
    return Forecast(np.full(len(basis.horizon), max(_DEAR, 2 * earned)), Source.NONE, known_slots=0)


def export_price(basis: Basis) -> Forecast:
    """Return the price; zero where none is known."""
    return first(basis, _EXPORT.name, _EXPORT.ways) or nothing(basis)


def _of_entity(which: _Which, basis: Basis) -> OnSlots | None:
    """Return an entity's prices, or its last ones: what was published stays true when its sensor falls silent."""
    entity_id = which.of(basis.settings)
    if not isinstance(entity_id, str):
        return None
    state = basis.look(entity_id)
    trouble = silence(state)
    if state is not None and trouble is None:
        said = published(state.state, state.attributes, basis.settings.site.currency, basis.zone)
        trouble = said.trouble
        if trouble is None:
            basis.memory.prices[entity_id] = _told(said, basis, basis.memory.prices.get(entity_id))
    remembered = basis.memory.prices.get(entity_id)
    if remembered is None:
        basis.lacks(which.name, entity_id, trouble or Trouble.UNKNOWN, state)
        return None
    series = extended(remembered, basis.horizon, basis.zone)
    if trouble is None and series.known_slots == 0:
        trouble = Trouble.STALE  # it is there, but its prices have run out
    if trouble is not None:
        basis.lacks(which.name, entity_id, trouble, state)
    return series


def _told(said: Published, basis: Basis, before: Spans | None) -> Spans:
    """Return what is published; of a plain number, that it holds for this slot.

    One whose lists are not there (yet: after a restart a sensor may come up with its number alone) has not taken back
    what it published for later.
    """
    if len(said.spans):
        return with_now(said, basis.readings.at.timestamp())
    assert said.now is not None, "an entity says something or has a trouble"
    now = this_slot(basis, said.now)
    return now if before is None else before.with_over_it(now)


def this_slot(basis: Basis, value: float) -> Spans:
    """Return a value that is known for the running slot."""
    begin, end = basis.horizon.epochs()[:2].tolist()
    return Spans.of([(float(begin), float(end), value)])


def silence(state: Seen | None) -> Trouble | None:
    """Return why an entity tells no price. A price never ages: a tariff that does not change is not told again."""
    if state is None:
        return Trouble.MISSING
    return Trouble.UNAVAILABLE if state.state == UNAVAILABLE else None


def _of_table(which: _Which, basis: Basis) -> OnSlots | None:
    table = which.of(basis.settings)
    if not isinstance(table, tuple) or not table:
        return None
    uncovered = which.uncovered([row.price for row in table])
    return OnSlots(time_of_use(table, basis.horizon, basis.zone, uncovered), len(basis.horizon))


def _fixed(which: _Which, basis: Basis) -> OnSlots | None:
    price = which.of(basis.settings)
    return None if isinstance(price, str | tuple) else constant(basis, price)


WAYS: Final = (*_IMPORT.ways, *_EXPORT.ways)
