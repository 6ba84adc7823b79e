"""The owner's words over the plan, several per device: which one is in force, and what becomes of them in time.

Those of one device never overlap: a later word is laid over the earlier ones, which hold for what is left of their time.
So one that is ended gives its time back to the plan, not to what it once replaced. Each is kept by an id of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from .decision import BatteryOverride, MinerOverride, Override

LONGEST_AHEAD: Final = timedelta(days=30)
"""No word ends later than this after it is given."""


def id_of(word: Override) -> str:
    """Return the id of a word: of one device there is never more than one from the same second on."""
    return word.device_id if word.since is None else f"{word.device_id}_{word.since:%Y%m%dT%H%M%S}"


def laid_over(standing: Mapping[str, Override], words: Iterable[Override]) -> dict[str, Override]:
    """Return all words by id once later ones (no two of one device) are laid over those that stand."""
    later = {word.device_id: word for word in words}
    left: dict[str, Override] = {}
    for key, old in standing.items():
        new = later.get(old.device_id)
        left.update([(key, old)] if new is None else _left(key, old, new))
    return left | {id_of(word): word for word in later.values()}


def _left(key: str, old: Override, new: Override) -> Iterator[tuple[str, Override]]:
    """Yield what is left of a word before and after a later one."""
    if new.since is not None and old.begun(new.since) and old.since != new.since:
        yield key, replace(old, until=min(old.until, new.since))
    if old.since is not None and old.since >= new.until:
        yield key, old
    elif new.until < old.until:
        rest = replace(old, since=new.until)
        yield id_of(rest), rest


def holding[O: (MinerOverride, BatteryOverride)](words: Mapping[str, O], at: datetime) -> dict[str, O]:
    """Return the words in force at a moment, by device."""
    return {word.device_id: word for word in words.values() if word.holds(at)}


def not_over[O: (MinerOverride, BatteryOverride)](words: Mapping[str, O], at: datetime) -> Mapping[str, O]:
    """Return the words whose time is not over; the same mapping where that is all of them."""
    if all(word.until > at for word in words.values()):
        return words
    return {key: word for key, word in words.items() if word.until > at}


def next_turn(words: Iterable[Override], at: datetime) -> datetime | None:
    """Return when the next word begins or ends after a moment, None where none does."""
    turns = (turn for word in words for turn in (word.since, word.until))
    return min((turn for turn in turns if turn is not None and turn > at), default=None)
