"""From an utterance to topics and values: templates first, then what it is most like among the examples."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, islice, pairwise
import re
from typing import Final

from hassil import recognize_best

from .acts import Act, Frame, Nearly, nearly, whole
from .language import LANGUAGES, MARKS, WEEKDAYS, Language, fold, load
from .likeness import Likeness
from .slots import PAST, Device, Slots, Spotted, spot
from .topics import EARLIER, LATER, ROUTES, Route

# Nobody asks longer questions; more is not read.
LONGEST: Final = 400
# Places tried to part two questions in one.
_MOST_SPLITS: Final = 4
EXACT: Final = 1.0
SURE: Final = 0.2
# Less sure than this, an answer gives way to asking back about an act that is in the words.
_SURER: Final = 0.6
# The devices that the examples name.
EXAMPLE_DEVICES: Final = (
    Device("b", "House battery", "battery", 1),
    Device("i", "Hybrid", "inverter", 1),
    Device("m1", "S21", "miner", 1),
    Device("m2", "Dump load", "miner", 2),
    Device("m3", "Tuned S19", "miner", 3),
)
# Meanings that are about energy by themselves.
SUBJECTS: Final = frozenset(
    [
        *("battery", "soc", "charge", "discharge", "reserve", "solar", "sunrise", "load", "grid", "import", "export"),
        *("electricity", "price", "cost", "saving", "earn", "miner", "plan", "replan", "next", "recommend", "what_if"),
        *("status", "overview", "mode", "automatic", "monitor", "control", "override", "back"),
        *("rule", "quiet_hours", "document", "help", "can_you_do", "how_works", "question"),
    ]
)
# Who says one of these asks; a question is never a command.
_ASKING: Final = frozenset({"why", "when", "should", "what_if", "worth", "how_much", "how_long"})
# But "can you tell me?" asks for it.
_POLITE: Final = frozenset({"can", "please"})
_WORDS_OF_MARKS: Final = re.compile(r"\bx(" + "|".join(MARKS) + r")\b")
# What a feature of a line counts, by its kind; the name of a kind only keeps them apart.
_MEANING, _MEANINGS, _WORD, _WORDS, _LETTERS, _SHAPE = 1.0, 0.8, 0.5, 0.5, 0.2, 1.0


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


@dataclass(frozen=True, slots=True)
class _Reading:
    """An utterance taken apart: its values and its meanings."""

    spotted: Spotted
    meanings: frozenset[str]
    known: bool
    """Whether any of its words is known."""
    unknown: float
    """The share of its words that nothing is known of; words without a meaning of their own apart."""
    foreign: bool
    """Whether it speaks of other things."""
    asks: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """What the examples teach: the topic of each line as it stands, and what other lines are most like."""

    lines: Mapping[tuple[str, str, str | None], str]
    likeness: Likeness


@cache
def learned() -> Learned:
    """Learn from the examples of every language, once: takes seconds, not on the event loop."""
    return learn({code: load(code).examples for code in LANGUAGES})


def learn(examples: Mapping[str, Mapping[str, Sequence[str]]]) -> Learned:
    """Learn from examples: language → topic → lines."""
    read = [
        (topic, code, _read(line, load(code), EXAMPLE_DEVICES))
        for code, topics in examples.items()
        for topic, lines in topics.items()
        for line in lines
    ]
    return Learned(
        {_line(reading, code): topic for topic, code, reading in read},
        Likeness([(topic, _features(reading, code)) for topic, code, reading in read]),
    )


def understand(
    utterance: str, language: Language, devices: tuple[Device, ...], known: Learned | None = None
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


def _acting(act: Act, utterance: str, language: Language, devices: tuple[Device, ...]) -> Match:
    """Return an act as a match, with the values that a follow-up may ask about."""
    reading = _read(utterance, language, devices)
    named = act.devices if reading.spotted.slots.devices else ()
    slots = replace(reading.spotted.slots, devices=named)
    return Match(act.topic, slots, reading.meanings, EXACT, fold(utterance), act=act)


def read_as(topic: str, utterance: str, language: Language, devices: tuple[Device, ...]) -> Match:
    """Return an utterance as one about a topic, whatever it says."""
    reading = _read(utterance[:LONGEST], language, devices)
    return Match(topic, reading.spotted.slots, reading.meanings, EXACT, fold(utterance[:LONGEST]))


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


def _understand(utterance: str, language: Language, devices: tuple[Device, ...], known: Learned) -> Match:
    reading = _read(utterance, language, devices)
    spotted, meanings, folded = reading.spotted, reading.meanings, fold(utterance)

    def held(found: Nearly | None) -> Match:
        return Match("not_done" if found else "unclear", spotted.slots, meanings, 0.0, folded, nearly=found)

    def match(topic: str, sure: float) -> Match:
        if ROUTES[topic] is Route.COMMAND:
            # Like a command, but not parsed whole as one: nothing is done.
            return held(nearly(utterance, language, devices))
        return Match(topic, spotted.slots, meanings, sure, folded)

    if (topic := known.lines.get(_line(reading, language.code))) is not None:
        return match(topic, EXACT)
    # hassil reads its own syntax in templates only; what people say is matched as plain text.
    exact = recognize_best(spotted.text, language.intents) if spotted.text else None
    if exact is not None:
        return match(exact.intent.name, EXACT)
    topic, sure = _most_like(reading, known.likeness.scores(_features(reading, language.code)))
    found = nearly(utterance, language, devices) if sure < _SURER and not reading.foreign else None
    answers = sure > 0 and found is not None and (reading.asks or found.frame in (Frame.QUESTION, None))
    if found is not None and not answers:
        return held(found)
    return match(_in_time(topic, spotted.slots), sure)


def _in_time(topic: str, slots: Slots) -> str:
    """Return the topic about the day that was named, where this one is about another."""
    if slots.day in PAST or (slots.day in WEEKDAYS and ROUTES[topic] is Route.STATUS):
        return "value_past" if topic in EARLIER and slots.time else EARLIER.get(topic, topic)
    return LATER.get(topic, topic) if slots.day == "tomorrow" else topic


def _most_like(reading: _Reading, scores: Mapping[str, float]) -> tuple[str, float]:
    """Return the topic that may be taken, and how sure that is; 0 where nothing may."""
    ranked = sorted(scores, key=lambda topic: -scores[topic])
    if reading.asks or reading.foreign:
        ranked = [topic for topic in ranked if ROUTES[topic] is not Route.COMMAND]
    best = ranked[0]
    sure = min(0.95, scores[best])
    if ROUTES[best] in (Route.OFF_TOPIC, Route.UNCLEAR):
        return best if reading.known else "unclear", 0.0
    if sure < SURE:
        return "unclear" if reading.meanings & SUBJECTS and not reading.foreign else "off_topic", 0.0
    return best, sure


def _read(utterance: str, language: Language, devices: tuple[Device, ...]) -> _Reading:
    """Take an utterance apart."""
    folded = fold(utterance)
    spotted = spot(folded, language, devices)
    text = spotted.text
    found: set[str] = set()
    covered = [False] * len(text)
    for meaning, pattern in language.words.items():
        for match in pattern.finditer(text):
            found.add(meaning)
            covered[match.start() : match.end()] = [True] * (match.end() - match.start())
    for match in _WORDS_OF_MARKS.finditer(text):
        found.add(f"@{match.group(1)}")
        covered[match.start() : match.end()] = [True] * (match.end() - match.start())
    found |= spotted.kinds
    if "miner" in spotted.kinds:
        found.add("@miner_device")
    if day := spotted.slots.day:
        found |= {"@day", f"@{day}"} if day != "now" else {"now"}
        found |= {"night", "@today"} if day == "tonight" else set()
        found |= {"@past"} if day in PAST else {"@weekday"} if day in WEEKDAYS else set()
    known = unknown = little = 0
    for word in re.finditer(r"\S+", text):
        if covered[word.start()]:
            known += 1
        elif word.group() in language.little:
            little += 1
        else:
            unknown += 1
    asked = "?" in utterance and not found & _POLITE
    return _Reading(
        spotted,
        frozenset(found),
        known=known + little > 0,
        unknown=unknown / max(1, known + unknown),
        foreign=bool(language.foreign.search(text)),
        asks=asked or bool(found & _ASKING or language.asks.match(folded)),
    )


def _line(reading: _Reading, code: str) -> tuple[str, str, str | None]:
    return code, reading.spotted.text, reading.spotted.slots.day


def _features(reading: _Reading, code: str) -> dict[str, float]:
    """Return what of an utterance counts for its topic. Meanings and letters are shared between languages."""
    words, meanings = reading.spotted.text.split(), sorted(reading.meanings)
    found: defaultdict[str, float] = defaultdict(float)
    found |= dict.fromkeys((f"={meaning}" for meaning in meanings), _MEANING)
    found |= dict.fromkeys((f"={first}={second}" for first, second in combinations(meanings, 2)), _MEANINGS)
    for word in words:
        found[f"{code} {word}"] += _WORD
        for start in range(len(word) - 1):
            found["#" + f"<{word}>"[start : start + 4]] += _LETTERS
    for first, second in pairwise(["", *words]):
        found[f"{code} {first} {second}"] += _WORDS
    found[f"~unknown {round(4 * reading.unknown)}"] = _SHAPE
    if reading.foreign:
        found["~foreign"] = _SHAPE
    if not reading.meanings & SUBJECTS:
        found["~no subject"] = _SHAPE
    return found
