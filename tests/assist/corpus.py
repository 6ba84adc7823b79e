"""The corpus of utterances, as data: what people say and what it must be understood as.

It is every shipped example, and the lines of tests/corpus beside them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from custom_components.energy_orchestrator.assist import language as spoken

FOLDER: Final = Path(__file__).resolve().parents[1] / "corpus"
LANGUAGES: Final = spoken.LANGUAGES


@dataclass(frozen=True)
class Line:
    """One utterance."""

    say: str
    topics: tuple[str, ...]
    slots: dict[str, Any] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    held_out: bool = False


def _line(item: Any, topic: str | None = None, facts: tuple[str, ...] = ()) -> Line:
    item = {"say": item} if isinstance(item, str) else item
    topics = tuple(item.get("topics", ())) or (item.get("topic", topic),)
    return Line(item["say"], topics, item.get("slots", {}), facts, bool(item.get("held_out")))


def _data(language: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return data


def lines(language: str) -> Iterator[Line]:
    """Yield every single utterance of a language, two-in-one ones included."""
    data = _data(language)
    facts = {topic: tuple(group.get("facts", ())) for topic, group in _data(spoken.FALLBACK)["topics"].items()}
    for topic, examples in spoken.examples_of(language).items():
        for example in examples:
            yield _line(example, topic, facts.get(topic, ()))
    for topic, group in data["topics"].items():
        for item in group.get("lines", ()):
            yield _line(item, topic, facts.get(topic, ()))
    for item in data["two"]:
        yield _line(item)
    for topic, said in data["strangers"].items():
        for text in said:
            yield Line(text, (topic,), held_out=True)


def talks(language: str) -> Iterator[list[Line]]:
    """Yield every conversation of a language."""
    for talk in _data(language)["talks"]:
        yield [_line(item) for item in talk]
