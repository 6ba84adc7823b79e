"""One entity's state → one reading. Whatever the state says, this neither raises nor passes an impossible value."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from ..model.readings import NOT_MAPPED, NOT_MAPPED_SWITCH, NOT_MAPPED_TEXT, Reading, Trouble
from ..model.seen import OFF, ON, UNAVAILABLE, UNKNOWN, Look, Seen, domain_of, number_in, unit_of
from .quantities import Quantity

type Stale = Callable[[Seen], bool]
"""Whether a sensor is dead and its state no longer true."""

# Only sensors report on their own; what a person or an automation sets stays true until it is set again.
_AGEING: Final = frozenset({"sensor"})
_SILENT: Final = {UNAVAILABLE: Trouble.UNAVAILABLE, UNKNOWN: Trouble.UNKNOWN}


def failed[T](trouble: Trouble, entity_id: str, at: datetime | None) -> Reading[T]:
    """Return a reading without a value."""
    return Reading(None, at, trouble, entity_id)


def read_number(look: Look, entity_id: str | None, quantity: Quantity, stale: Stale) -> Reading[float]:
    """Read a measurement in the inside unit."""
    if entity_id is None:
        return NOT_MAPPED
    state = look(entity_id)
    if state is None or state.state in _SILENT:
        return _silent(state, entity_id)
    number = number_in(state.state)
    if number is None:
        return failed(Trouble.NOT_A_NUMBER, entity_id, state.last_changed)
    value = quantity.convert(number, unit_of(state))
    if value is None:
        return failed(Trouble.WRONG_UNIT, entity_id, state.last_updated)
    if not quantity.within(value):
        return failed(Trouble.OUT_OF_RANGE, entity_id, state.last_changed)
    if domain_of(entity_id) in _AGEING and stale(state):
        return failed(Trouble.STALE, entity_id, state.last_reported)
    return Reading(max(0.0, value) if quantity.floor else value, state.last_reported, source=entity_id)


def read_switch(look: Look, entity_id: str | None) -> Reading[bool]:
    """Read what is on or off."""
    if entity_id is None:
        return NOT_MAPPED_SWITCH
    state = look(entity_id)
    if state is None or state.state in _SILENT:
        return _silent(state, entity_id)
    if state.state not in {ON, OFF}:
        return failed(Trouble.UNKNOWN, entity_id, state.last_changed)
    return Reading(state.state == ON, state.last_reported, source=entity_id)


def read_text(look: Look, entity_id: str | None) -> Reading[str]:
    """Read a chosen option."""
    if entity_id is None:
        return NOT_MAPPED_TEXT
    state = look(entity_id)
    if state is None or state.state in _SILENT:
        return _silent(state, entity_id)
    return Reading(state.state, state.last_reported, source=entity_id)


def _silent[T](state: Seen | None, entity_id: str) -> Reading[T]:
    if state is None:
        return failed(Trouble.MISSING, entity_id, None)
    return failed(_SILENT[state.state], entity_id, state.last_changed)
