"""An utterance taken apart, and what of it counts for its topic."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise
import re
from typing import Final

from .language import MARKS, WEEKDAYS, Language, fold
from .likeness import Features
from .slots import PAST, NamedDevice, Spotted, spot

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
class Heard:
    """An utterance taken apart: its values and its meanings."""

    code: str
    """The language."""
    spotted: Spotted
    meanings: frozenset[str]
    known: bool
    """Whether any of its words is known."""
    unknown: float
    """The share of its words that nothing is known of; words without a meaning of their own apart."""
    foreign: bool
    """Whether it speaks of other things."""
    asks: bool

    @property
    def line(self) -> tuple[str, str, str | None]:
        """What it says word for word, but for its values: the language, the text with marks, the day."""
        return self.code, self.spotted.text, self.spotted.slots.day

    @property
    def features(self) -> Features:
        """What of it counts for its topic. Meanings and letters are shared between languages."""
        words, meanings = self.spotted.text.split(), sorted(self.meanings)
        found: defaultdict[str, float] = defaultdict(float)
        found |= dict.fromkeys((f"={meaning}" for meaning in meanings), _MEANING)
        found |= dict.fromkeys((f"={first}={second}" for first, second in combinations(meanings, 2)), _MEANINGS)
        for word in words:
            found[f"{self.code} {word}"] += _WORD
            for start in range(len(word) - 1):
                found["#" + f"<{word}>"[start : start + 4]] += _LETTERS
        for first, second in pairwise(["", *words]):
            found[f"{self.code} {first} {second}"] += _WORDS
        found[f"~unknown {round(4 * self.unknown)}"] = _SHAPE
        if self.foreign:
            found["~foreign"] = _SHAPE
        if not self.meanings & SUBJECTS:
            found["~no subject"] = _SHAPE
        return found


def hear(utterance: str, language: Language, devices: tuple[NamedDevice, ...]) -> Heard:
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
    return Heard(
        language.code,
        spotted,
        frozenset(found),
        known=known + little > 0,
        unknown=unknown / max(1, known + unknown),
        foreign=bool(language.foreign.search(text)),
        asks=asked or bool(found & _ASKING or language.asks.match(folded)),
    )
