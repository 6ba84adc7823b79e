"""One language's words: meanings, values, templates; its example lines. Loaded from files once, off the event loop."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import re
from typing import Any, Final
import unicodedata

from hassil import Intents
from unicode_rbnf import RbnfEngine
import yaml

FALLBACK: Final = "en"
LANGUAGES: Final = ("en", "de", "fr", "es", "nl")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SENTENCES: Final = Path(__file__).parent / "sentences"
EXAMPLES: Final = Path(__file__).parent / "examples"
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2019\u2018\u00b4`", "'"))
# Number words up to here, then by the hundred: more is said in digits.
_WORDS_TO: Final = 100
_WORDS_BY_HUNDRED_TO: Final = 10_000


def fold(text: str) -> str:
    """Return text as it is compared: lower case, no accents, no punctuation but what numbers need, single spaces."""
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    text = "".join(char for char in text if not unicodedata.combining(char)).replace("\xad", "")
    text = re.sub(r"(?<=[1-9])[.,](?=\d{3}\b(?!\s*(kw|kilo|euro|dollar|%)))", "", text)
    text = re.sub(r"(?<=\d)[,](?=\d)", ".", text)
    text = re.sub(r"(?<=\d)(?=[a-z%])|(?<=%)(?=\w)", " ", re.sub(r"\b([a-z]+\d+[a-z]*)\b", r"\1 ", text))
    text = re.sub(r"(?<!\d)[.:](?!\d)|(?<=\d)[.:](?!\d)|(?<!\d)[.:](?=\d)|[^\w\s.:%']", " ", text)
    return re.sub(r"\s+", " ", text.replace("_", " ")).strip()


@cache
def listed(text: str) -> tuple[str, ...]:
    """Return the phrases of a comma-separated list, longest first."""
    return tuple(sorted({fold_phrase(part) for part in text.split(",") if part.strip()}, key=lambda p: (-len(p), p)))


def fold_phrase(phrase: str) -> str:
    """Fold a phrase of a table; `*` stays."""
    return " ".join(
        "*"
        if word == "*"
        else ("*" if word.startswith("*") else "") + fold(word.strip("*")) + ("*" if word.endswith("*") else "")
        for word in phrase.split()
    )


def _pattern_of(phrase: str) -> str:
    between = re.escape(phrase).replace(r"\ \*\ ", r"(?: \S+){0,4} ")
    return r"(?<!\w)" + between.replace(r"\*", r"\w*").replace(r"\ ", " ") + r"(?!\w)"


def any_of(phrases: Iterable[str]) -> str:
    """Return a regular expression for any of the phrases, longest first; for none, one that nothing matches."""
    return "|".join(_pattern_of(phrase) for phrase in phrases) or "(?!)"


@cache
def _any_listed(text: str) -> str:
    return any_of(listed(text))


@dataclass(frozen=True, slots=True)
class Language:
    """What one language's files say."""

    code: str
    words: Mapping[str, re.Pattern[str]]
    """Meaning → how it is said."""
    little: frozenset[str]
    """Words that carry no meaning here."""
    foreign: re.Pattern[str]
    """Words of other subjects."""
    numbers: re.Pattern[str]
    number_of: Mapping[str, int]
    days: tuple[tuple[str, re.Pattern[str]], ...]
    units: tuple[tuple[str, re.Pattern[str]], ...]
    percent: re.Pattern[str]
    ordinals: Mapping[str, int]
    table: Mapping[str, str]
    """The small lists as they stand: at, am, pm, oclock, one, joints, …"""
    asks: re.Pattern[str]
    """How a question begins."""
    intents: Intents
    triggers: tuple[str, ...]

    def phrases(self, name: str) -> tuple[str, ...]:
        """Return one of the small lists."""
        return listed(self.table[name])

    def any_of(self, name: str) -> str:
        """Return a regular expression for any phrase of one of the small lists."""
        return _any_listed(self.table[name])


@cache
def load(code: str) -> Language:
    """Return a language by its code, English where it is not spoken. Reads files: not on the event loop."""
    code = code.split("-", maxsplit=1)[0].lower()
    if code not in LANGUAGES:
        return load(FALLBACK)
    data = _read(SENTENCES, code)
    words = {name: listed(text) for name, text in data["words"].items()}
    number_of = _numbers(code)
    return Language(
        code=code,
        words={name: re.compile(any_of(phrases)) for name, phrases in words.items()},
        little=frozenset(fold(data["little"]).split()),
        foreign=re.compile(any_of(listed(data["foreign"]))),
        numbers=re.compile(any_of(sorted(number_of, key=len, reverse=True))),
        number_of=number_of,
        days=(
            *((name, re.compile(any_of(listed(text)))) for name, text in data["days"].items()),
            *_weekdays(data),
        ),
        units=tuple((name, _unit(listed(text))) for name, text in data["units"].items()),
        percent=re.compile(any_of(phrase for phrase in listed(data["units"]["percent"]) if phrase != "%")),
        ordinals={word: rank + 1 for rank, text in enumerate(data["ordinals"]) for word in listed(text)},
        table=data["table"],
        asks=re.compile(
            rf"(?:(?:{any_of(listed(data['table']['fillers']))}) )*(?:{any_of(listed(data['table']['asks']))})"
        ),
        intents=_intents(code, data, words),
        triggers=tuple(data["triggers"]),
    )


@cache
def examples_of(code: str) -> Mapping[str, tuple[str, ...]]:
    """Return the lines people say for each topic, in one of our languages. Reads a file: not on the event loop."""
    return {topic: tuple(lines) for topic, lines in _read(EXAMPLES, code).items()}


def _read(folder: Path, code: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((folder / f"{code}.yaml").read_text(encoding="utf-8"))
    return data


def _weekdays(data: Mapping[str, Any]) -> Iterable[tuple[str, re.Pattern[str]]]:
    before, after = (any_of(listed(data["table"][f"weekday_{side}"])) for side in ("before", "after"))
    for name, said in zip(WEEKDAYS, data["weekdays"], strict=True):
        yield name, re.compile(rf"(?:(?:{before}) )*{any_of(listed(said))}(?: (?:{after}))?")


def _unit(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(\d+(?:\.\d+)?)\s?(?:{'|'.join(_pattern_of(p).removeprefix(r'(?<!\w)') for p in phrases)})")


def _numbers(code: str) -> dict[str, int]:
    """Return number words of a language; 1 is left out, for it is an article in most."""
    engine = RbnfEngine.for_language(code)
    numbers = [*range(2, _WORDS_TO), *range(_WORDS_TO, _WORDS_BY_HUNDRED_TO + 1, 100)]
    said = {fold(text): n for n in numbers for text in engine.format_number(n).text_by_ruleset.values()}
    ones = tuple({fold(text) for text in engine.format_number(1).text_by_ruleset.values()} | {"ein"})
    # "A hundred", "hundert".
    round_ones = ((text, n) for text, n in said.items() if n in (100, 1000) and text.startswith(ones))
    return {re.sub(rf"^(?:{'|'.join(ones)}) ?", "", text): n for text, n in round_ones if not text.isdigit()} | said


def _intents(code: str, data: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]) -> Intents:
    """Return the templates of hassil; the meanings are its expansion rules, the values one-word lists."""
    rules = {
        name: "(" + "|".join(plain) + ")"
        for name, phrases in words.items()
        if (plain := [re.escape(phrase).replace("\\", "") for phrase in phrases if "*" not in phrase])
    }
    return Intents.from_dict(
        {
            "language": code,
            "intents": {topic: {"data": [{"sentences": sentences}]} for topic, sentences in data["sentences"].items()},
            "lists": {mark: {"values": [f"x{mark}"]} for mark in MARKS},
            "expansion_rules": rules,
            "skip_words": list(listed(data["skip"])),
        }
    )


MARKS: Final = ("device", "time", "power", "energy", "percent", "hours", "price", "number")
