"""From an utterance to topics and values: templates first, then the meanings that are there."""

from collections.abc import Iterator
from dataclasses import dataclass
import re
from typing import Final

from hassil import recognize_best

from .language import MARKS, Language, any_of, fold
from .slots import Device, Slots, Spotted, spot
from .topics import PATTERNS, ROUTES, Route

# Nobody asks longer questions; more is not read.
LONGEST: Final = 400
EXACT: Final = 1.0
SURE: Final = 0.5
# Meanings that are about energy by themselves.
_SUBJECTS: Final = frozenset(
    [
        "battery",
        "soc",
        "solar",
        "load",
        "grid",
        "import",
        "export",
        "price",
        "electricity",
        "saving",
        "earn",
        "miner",
        "charge",
        "discharge",
        "rule",
        "reserve",
        "plan",
        "status",
        "overview",
        "mode",
        "automatic",
        "monitor",
        "what_if",
        "sunrise",
        "override",
        "replan",
        "help",
        "cost",
        "back",
        "recommend",
        "control",
        "next",
        "quiet_hours",
        "can_you_do",
        "how_works",
        "question",
        "document",
    ]
)
_WORDS_OF_MARKS: Final = re.compile(r"\bx(" + "|".join(MARKS) + r")\b")


@dataclass(frozen=True, slots=True)
class Match:
    """What was understood: the topic, the values, the meanings found, and how sure (0..1)."""

    topic: str
    slots: Slots
    meanings: frozenset[str]
    sure: float
    text: str

    @property
    def route(self) -> Route:
        """Where the answer comes from."""
        return ROUTES[self.topic]


def understand(utterance: str, language: Language, devices: tuple[Device, ...]) -> list[Match]:
    """Return what an utterance means: one match, or one for each of the questions in it."""
    folded = fold(utterance[:LONGEST])
    whole = _understand(folded, language, devices)
    if whole.sure >= EXACT:
        return [whole]
    for parts in _splits(utterance[:LONGEST], language):
        first, second = (_understand(fold(part), language, devices) for part in parts)
        if "it" in second.meanings and not second.slots.devices and (named := first.slots.devices):
            # "Why is the S21 off and when will it start?"
            name = next(device.name for device in devices if device.id == named[0])
            second = _understand(fold(f"{parts[1]} {name}"), language, devices)
        matches = [first, second]
        if all(match.sure >= SURE and match.topic not in ("unclear", "off_topic") for match in matches) and (
            len({match.topic for match in matches}) > 1
        ):
            return matches
    return [whole]


def _splits(utterance: str, language: Language) -> Iterator[list[str]]:
    sentences = [part for part in re.split(r"[?!;]|\.(?!\d)", utterance) if part.strip()]
    if len(sentences) == 2:
        yield sentences
    joints = any_of(language.phrases("joints"))
    folded = fold(utterance)
    for match in re.finditer(joints, folded):
        before, after = folded[: match.start()].strip(), folded[match.end() :].strip()
        if len(before.split()) >= 2 and len(after.split()) >= 2:
            yield [before, after]


def _understand(folded: str, language: Language, devices: tuple[Device, ...]) -> Match:
    spotted = spot(folded, language, devices)
    meanings, known, unknown = _meanings(spotted, language)
    # hassil reads its own syntax in templates only; what people say is matched as plain text.
    exact = recognize_best(spotted.text, language.intents) if spotted.text else None
    if exact is not None:
        return Match(exact.intent.name, spotted.slots, meanings, EXACT, folded)
    best, score = "unclear", 0.0
    for pattern in PATTERNS:
        if meanings & pattern.bars or not all(need & meanings for need in pattern.needs):
            continue
        found = len(pattern.needs) + 0.6 * len(pattern.likes & meanings)
        if found > score:
            best, score = pattern.topic, found
    foreign = bool(language.foreign.search(spotted.text))
    sure = min(0.95, score / 2) * (known / (known + unknown) if known + unknown else 0.0)
    if foreign or not meanings & _SUBJECTS or unknown > known + 1:
        little = sum(word in language.little for word in spotted.text.split())
        about_something = foreign or (little > 0 and little + known >= unknown)
        if not meanings & _SUBJECTS and score >= 2 and not foreign and not unknown:
            return Match(best, spotted.slots, meanings, sure, folded)
        return Match("off_topic" if about_something else "unclear", spotted.slots, meanings, 0.0, folded)
    if score < 1 or sure < SURE / 2:
        return Match("unclear", spotted.slots, meanings, 0.0, folded)
    return Match(best, spotted.slots, meanings, max(sure, SURE), folded)


def _meanings(spotted: Spotted, language: Language) -> tuple[frozenset[str], int, int]:
    """Return the meanings of the text, how many of its words carry one, and how many are unknown."""
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
        found |= {"@past"} if day == "yesterday" else set()
    known = unknown = 0
    for word in re.finditer(r"\S+", text):
        if covered[word.start()]:
            known += 1
        elif word.group() not in language.little:
            unknown += 1
    return frozenset(found), known, unknown
