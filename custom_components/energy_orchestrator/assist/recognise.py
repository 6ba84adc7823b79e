"""From an utterance to topics and values: templates first, then what it is most like among the examples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
import re
from typing import Final

from hassil import recognize_best

from .acts import Act, Frame, Nearly, nearly, whole
from .heard import SUBJECTS, Heard, hear
from .language import WEEKDAYS, Language, fold
from .learned import Learned, learned
from .slots import PAST, NamedDevice, Slots
from .topics import EARLIER, LATER, ROUTES, Route

# Nobody asks longer questions; more is not read.
LONGEST: Final = 400
# Places tried to part two questions in one.
_MOST_SPLITS: Final = 4
EXACT: Final = 1.0
SURE: Final = 0.2
# Less sure than this, an answer gives way to asking back about an act that is in the words.
_SURER: Final = 0.6


@dataclass(frozen=True, slots=True)
class Match:
    """What was understood: the topic, the values, the meanings found, and how sure (0..1).

    `act` is there where the whole of it is one, `nearly` where words are left over.
    """

    topic: str
    slots: Slots
    meanings: frozenset[str]
    sure: float
    text: str
    act: Act | None = None
    nearly: Nearly | None = None

    @property
    def route(self) -> Route:
        """Where the answer comes from."""
        return ROUTES[self.topic]


def understand(
    utterance: str, language: Language, devices: tuple[NamedDevice, ...], known: Learned | None = None
) -> list[Match]:
    """Return what an utterance means: one match, or one for each of the acts or questions in it.

    Acts are only what is parsed whole, and all of an utterance or none of it; likeness finds answers.
    """
    known = known or learned()
    if len(utterance) <= LONGEST and (acts := whole(utterance, language, devices)):
        return [_acting(act, utterance, language, devices) for act in acts]
    one = _understand(utterance[:LONGEST], language, devices, known)
    if one.sure >= EXACT:
        return [one]
    for parts in islice(_splits(utterance[:LONGEST], language), _MOST_SPLITS):
        first, second = (_understand(part, language, devices, known) for part in parts)
        if "it" in second.meanings and not second.slots.devices and (named := first.slots.devices):
            # "Why is the S21 off and when will it start?"
            name = next(device.name for device in devices if device.id == named[0])
            second = _understand(f"{parts[1]} {name}", language, devices, known)
        matches = [first, second]
        if (
            all(match.route not in (Route.UNCLEAR, Route.OFF_TOPIC) for match in matches)
            and min(match.sure for match in matches) > max(SURE, one.sure)
            and len({match.topic for match in matches}) > 1
        ):
            return matches
    return [one]


def _acting(act: Act, utterance: str, language: Language, devices: tuple[NamedDevice, ...]) -> Match:
    """Return an act as a match, with the values that a follow-up may ask about."""
    heard = hear(utterance, language, devices)
    named = act.devices if heard.spotted.slots.devices else ()
    slots = replace(heard.spotted.slots, devices=named)
    return Match(act.topic, slots, heard.meanings, EXACT, fold(utterance), act=act)


def read_as(topic: str, utterance: str, language: Language, devices: tuple[NamedDevice, ...]) -> Match:
    """Return an utterance as one about a topic, whatever it says."""
    heard = hear(utterance[:LONGEST], language, devices)
    return Match(topic, heard.spotted.slots, heard.meanings, EXACT, fold(utterance[:LONGEST]))


def _splits(utterance: str, language: Language) -> Iterator[list[str]]:
    sentences = [part for part in re.split(r"[?!;]|\.(?!\d)", utterance) if part.strip()]
    if len(sentences) == 2:
        yield sentences
    joints = language.any_of("joints")
    folded = fold(utterance)
    for match in re.finditer(joints, folded):
        before, after = folded[: match.start()].strip(), folded[match.end() :].strip()
        if len(before.split()) >= 2 and len(after.split()) >= 2:
            yield [before, after]


def _understand(utterance: str, language: Language, devices: tuple[NamedDevice, ...], known: Learned) -> Match:
    heard = hear(utterance, language, devices)
    spotted, meanings, folded = heard.spotted, heard.meanings, fold(utterance)

    def held(found: Nearly | None) -> Match:
        return Match("not_done" if found else "unclear", spotted.slots, meanings, 0.0, folded, nearly=found)

    def match(topic: str, sure: float) -> Match:
        if ROUTES[topic] is Route.COMMAND:
            # Like a command, but not parsed whole as one: nothing is done.
            return held(nearly(utterance, language, devices))
        return Match(topic, spotted.slots, meanings, sure, folded)

    if (topic := known.lines.get(heard.line)) is not None:
        return match(topic, EXACT)
    # hassil reads its own syntax in templates only; what people say is matched as plain text.
    exact = recognize_best(spotted.text, language.intents) if spotted.text else None
    if exact is not None:
        return match(exact.intent.name, EXACT)
    topic, sure = _most_like(heard, known.likeness.scores(heard.features))
    about_overrides = "override" in meanings and not heard.foreign and ROUTES[topic] is not Route.EXPLAIN
    unsure = sure < _SURER or about_overrides
    found = nearly(utterance, language, devices) if unsure and not heard.foreign else None
    answers = sure > 0 and found is not None and (heard.asks or found.frame in (Frame.QUESTION, None))
    if found is not None and not answers:
        return held(found)
    if about_overrides:
        return match("overrides", max(sure, SURE))
    return match(_in_time(topic, spotted.slots), sure)


def _in_time(topic: str, slots: Slots) -> str:
    """Return the topic about the day that was named, where this one is about another."""
    if slots.day in PAST or (slots.day in WEEKDAYS and ROUTES[topic] is Route.STATUS):
        return "value_past" if topic in EARLIER and slots.time else EARLIER.get(topic, topic)
    return LATER.get(topic, topic) if slots.day == "tomorrow" else topic


def _most_like(heard: Heard, scores: Mapping[str, float]) -> tuple[str, float]:
    """Return the topic that may be taken, and how sure that is; 0 where nothing may."""
    ranked = sorted(scores, key=lambda topic: -scores[topic])
    if heard.asks or heard.foreign:
        ranked = [topic for topic in ranked if ROUTES[topic] is not Route.COMMAND]
    best = ranked[0]
    sure = min(0.95, scores[best])
    if ROUTES[best] in (Route.OFF_TOPIC, Route.UNCLEAR):
        return best if heard.known else "unclear", 0.0
    if sure < SURE:
        return "unclear" if heard.meanings & SUBJECTS and not heard.foreign else "off_topic", 0.0
    return best, sure
