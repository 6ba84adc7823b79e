"""Answers about the owner's words: what stands over the plan, now and later."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from .. import telling
from ..model.decision import Override
from .question import Answer, Question, Told

# More than so many are only shown.
_MOST_SPOKEN: Final = 4
# A miner that is told to run, or to stop, does what the plan's next action calls so.
_DEEDS: Final = {"stop": "stand"}


def overrides(question: Question) -> Answer:
    """Say what stands over the plan for the devices that are named, or for any."""
    named = question.match.slots.devices
    told = question.told()
    if not tell_words(told, lambda word: not named or word.device_id in named):
        told.say("override_none")
    return told.answer()


def tell_words(told: Told, which: Callable[[Override], bool]) -> int:
    """Tell some of the owner's words in time order; return how many there are."""
    snapshot = told.question.snapshot
    words = [word for word in snapshot.remembered.overrides.values() if word.until > told.question.now and which(word)]
    in_order = sorted(words, key=lambda word: (word.since or snapshot.at, word.until))
    for place, word in enumerate(in_order):
        tell_word(told, word, aloud=place < _MOST_SPOKEN)
    return len(words)


def tell_word(told: Told, word: Override, *, aloud: bool = True) -> None:
    """Say one of the owner's words."""
    question, deed = told.question, telling.deed_of(word)
    what = told.text(f"act_{_DEEDS.get(deed, deed)}", name=question.name_of(word.device_id))
    say = told.say if aloud else told.add
    if word.since is not None and word.since > question.now:
        say("override_ahead", what=what, word_since=word.since, word_until=word.until)
    else:
        say("override_by_hand" if word.by_hand else "override_now", what=what, word_until=word.until)


def word_at(question: Question, device_id: str, at: datetime) -> Override | None:
    """Return the owner's word for a device that holds at a time."""
    words = question.snapshot.remembered.overrides.values()
    return next((word for word in words if word.device_id == device_id and word.holds(at)), None)


ANSWERS: Final[Mapping[str, Callable[[Question], Answer]]] = {"overrides": overrides}
