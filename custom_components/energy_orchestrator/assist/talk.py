"""Follow-ups: what was last spoken of in each conversation, for a while; yes, no, why, is that good, and tomorrow."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .acts import Act, Nearly, Said, changed, reply_of, whole
from .heard import SUBJECTS
from .language import Language, fold
from .question import Answer, Undo
from .recognise import EXACT, Match
from .slots import PAST, NamedDevice, Slots
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
    pending: tuple[Act, ...] = ()
    """What a yes to it would do: of the last utterance alone, for a yes is to what was just asked back."""


class Talks:
    """The last turn of each user's conversations, and what was done in it: a bounded number.

    A turn is forgotten after a while; that something was done is not, to say that it is too late to undo it.

    Nobody goes on with another user's talk: a yes to what they were asked back would be done in their name.
    """

    def __init__(self) -> None:
        self._turns: OrderedDict[tuple[str, str | None], Turn] = OrderedDict()
        self._done: OrderedDict[tuple[str, str | None], Undo] = OrderedDict()

    def last(self, conversation_id: str | None, user_id: str | None, now: datetime) -> Turn | None:
        """Return the last turn, None where there is none or it is long ago."""
        turn = self._turns.get((conversation_id or "", user_id))
        return turn if turn and now - turn.at <= FORGOTTEN_AFTER else None

    def keep(self, conversation_id: str | None, user_id: str | None, turn: Turn) -> None:
        """Remember a turn."""
        if not conversation_id:
            return
        _put(self._turns, (conversation_id, user_id), turn)

    def done_last(self, conversation_id: str | None, user_id: str | None) -> Undo | None:
        """Return what was done last, None where nothing was."""
        return self._done.get((conversation_id or "", user_id))

    def did(self, conversation_id: str | None, user_id: str | None, undo: Undo) -> None:
        """Remember what was done."""
        if conversation_id:
            _put(self._done, (conversation_id, user_id), undo)


def _put[Kept](kept: OrderedDict[tuple[str, str | None], Kept], talk: tuple[str, str | None], value: Kept) -> None:
    kept[talk] = value
    kept.move_to_end(talk)
    while len(kept) > MOST:
        kept.popitem(last=False)


def answered(
    utterance: str, pending: tuple[Act, ...], language: Language, devices: tuple[NamedDevice, ...]
) -> list[Match] | None:
    """Return what an utterance says to what was offered, None where it is about something else.

    A yes is nothing but a yes. Another end or other devices are a new offer, and what says neither is asked again.
    """
    if not pending:
        return None
    nothing = Match("cancel", Slots(), frozenset(), EXACT, fold(utterance))
    match reply_of(utterance, language):
        case Said.NO:
            return [nothing]
        case Said.YES:
            return [replace(nothing, topic="confirm", act=act) for act in pending]
        case Said.NEITHER:
            return [_offered(nothing, act) for act in pending]
    if len(pending) > 1 or whole(utterance, language, devices):
        return None
    other = changed(utterance, language, devices, pending[0])
    if other is None:
        return None
    if (act := other.act) is not None and _once_more(act, pending[0]):
        return [replace(nothing, topic="confirm", act=pending[0])]
    return [replace(nothing, topic="not_done", nearly=other)]


def _once_more(act: Act, offered: Act) -> bool:
    """Whether an act is what was offered: "yes, charge the battery"."""
    plain = (act.topic, act.devices, act.mode) == (offered.topic, offered.devices, offered.mode)
    return plain and (act.until, act.hours, act.end, act.agreed) == (None, None, None, None)


def _offered(match: Match, act: Act) -> Match:
    return replace(match, topic="not_done", nearly=Nearly(act=act, rest="", frame=None))


def follow(match: Match, turn: Turn | None, language: Language) -> Match:
    """Return what an utterance means after the last turn; without one, as it stands."""
    short = len(match.text.split()) <= _SHORT
    words = language.words
    if match.act is not None or match.nearly is not None:
        return match
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
