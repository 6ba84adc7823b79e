"""Follow-ups: what was last spoken of in each conversation, for a while; yes, no, why, is that good, and tomorrow."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .language import Language
from .question import Answer
from .recognise import EXACT, SUBJECTS, Match
from .slots import PAST
from .topics import EARLIER, LATER, Route

MOST: Final = 64
FORGOTTEN_AFTER: Final = timedelta(minutes=10)
_SHORT: Final = 6
# "When do they start … and when do they stop": the other one, of the same devices.
_KEEPS_DEVICES: Final = frozenset({"explain", "miner_start", "miner_stop", "run_miners", "miners_now", "give_back"})


@dataclass(frozen=True, slots=True)
class Turn:
    """The last question and its answer."""

    match: Match
    answer: Answer
    at: datetime


class Talks:
    """The last turn of each user's conversations: a bounded number, each forgotten after a while.

    Nobody goes on with another user's talk: a yes to what they were asked back would be done in their name.
    """

    def __init__(self) -> None:
        self._turns: OrderedDict[tuple[str, str | None], Turn] = OrderedDict()

    def last(self, conversation_id: str | None, user_id: str | None, now: datetime) -> Turn | None:
        """Return the last turn, None where there is none or it is long ago."""
        turn = self._turns.get((conversation_id or "", user_id))
        return turn if turn and now - turn.at <= FORGOTTEN_AFTER else None

    def keep(self, conversation_id: str | None, user_id: str | None, turn: Turn) -> None:
        """Remember a turn."""
        if not conversation_id:
            return
        talk = (conversation_id, user_id)
        self._turns[talk] = turn
        self._turns.move_to_end(talk)
        while len(self._turns) > MOST:
            self._turns.popitem(last=False)


def follow(match: Match, turn: Turn | None, language: Language) -> Match:
    """Return what an utterance means after the last turn; without one, as it stands."""
    short = len(match.text.split()) <= _SHORT
    words = language.words
    if turn is not None and turn.answer.pending is not None and short:
        if words["no"].match(match.text):
            return replace(match, topic="cancel")
        if words["yes"].match(match.text):
            return replace(match, topic="confirm")
    about_itself = bool(match.meanings & SUBJECTS) or match.sure >= EXACT
    if words["judge"].search(match.text) and not about_itself:
        return replace(match, topic="judge" if turn else "unclear")
    if words["source"].fullmatch(match.text) or (short and words["source"].match(match.text)):
        return replace(match, topic="sources" if turn else "unclear")
    if turn is None:
        return match
    if words["why_follow"].fullmatch(match.text):
        return _why(match, turn)
    unknown = match.topic in ("unclear", "off_topic")
    starts = words["follow"].match(match.text)
    if short and match.slots.named() and (unknown or (starts and not about_itself)):
        return _same(match, turn)
    if match.topic in _KEEPS_DEVICES and not match.slots.devices and "it" in match.meanings:
        return replace(match, slots=replace(match.slots, devices=turn.match.slots.devices))
    if unknown and starts and short and {"start", "begin", "on"} & match.meanings:
        return replace(match, topic="miner_start", slots=turn.match.slots)
    if starts and short and "it" in match.meanings and "stop" in match.meanings:
        return replace(match, topic="miner_stop", slots=turn.match.slots)
    return match


def _why(match: Match, turn: Turn) -> Match:
    if turn.match.route in (Route.PLANNING, Route.EXPLAIN, Route.STATUS, Route.COMMAND):
        return replace(turn.match, topic="explain", sure=EXACT)
    return replace(match, topic="sources")


def _same(match: Match, turn: Turn) -> Match:
    """Ask the last question again with what is new in this one."""
    named = match.slots.named()
    old = turn.match.slots
    slots = replace(old, **named)
    topic = turn.match.topic
    if slots.day == "tomorrow":
        topic = LATER.get(topic, topic)
    if slots.day in PAST:
        topic = EARLIER.get(topic, topic)
    return replace(turn.match, topic=topic, slots=slots, meanings=turn.match.meanings | match.meanings, sure=EXACT)
