"""What a terahash per second earns in a day, net of the pool's fee: an entity's word, or a number."""

from typing import Final

import numpy as np

from ...model.forecast import Forecast, Source
from ...model.readings import Trouble
from ...model.seen import UNKNOWN, Seen, number_in, unit_of
from ..money import MOST, per_terahash_day
from ..series import OnSlots
from .price import silence, this_slot
from .way import Basis, Way, constant, first, nothing


def hashprice(basis: Basis) -> Forecast:
    """Return the hashprice, the same throughout."""
    return first(basis, "hashprice", WAYS) or nothing(basis)


def _of_entity(basis: Basis) -> OnSlots | None:
    """Return what an entity says, or said last."""
    entity_id = basis.settings.hashprice
    if not isinstance(entity_id, str):
        return None
    state = basis.look(entity_id)
    said = _said(state, basis.settings.site.currency)
    if isinstance(said, Trouble):
        basis.lacks("hashprice", entity_id, said, state)
    else:
        basis.memory.prices[entity_id] = this_slot(basis, said)
    remembered = basis.memory.prices.get(entity_id)
    if remembered is None:
        return None
    return OnSlots(np.full(len(basis.horizon), remembered.values[-1]), 0 if isinstance(said, Trouble) else 1)


def _said(state: Seen | None, currency: str) -> float | Trouble:
    trouble = silence(state)
    if state is None or trouble is not None:
        return trouble or Trouble.MISSING
    number, factor = number_in(state.state), per_terahash_day(unit_of(state), currency)
    if factor is None:
        return Trouble.WRONG_UNIT
    if number is None:
        return Trouble.UNKNOWN if state.state == UNKNOWN else Trouble.NOT_A_NUMBER
    return number * factor if 0 <= number * factor <= MOST else Trouble.OUT_OF_RANGE


def _fixed(basis: Basis) -> OnSlots | None:
    price = basis.settings.hashprice
    return None if isinstance(price, str) else constant(basis, float(price))


WAYS: Final = (
    Way(Source.ENTITY, _of_entity),
    Way(Source.FIXED, _fixed),
)
