"""Understand the corpus without Home Assistant: what the routing test asserts and the benchmark prints."""

from dataclasses import dataclass, field

from custom_components.energy_orchestrator.assist import language
from custom_components.energy_orchestrator.assist.learned import EXAMPLE_DEVICES, Learned, learn
from custom_components.energy_orchestrator.assist.recognise import understand
from custom_components.energy_orchestrator.assist.topics import ROUTES

from .corpus import LANGUAGES, Line, lines

DEVICES = EXAMPLE_DEVICES
_PARTS = 5
NAMES = {device.id: device.name for device in DEVICES}


@dataclass
class Score:
    """How many lines were understood, which were not, and of how many the route at least."""

    right: int = 0
    routed: int = 0
    wrong: list[tuple[Line, tuple[str, ...]]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The accuracy."""
        return self.right / max(1, self.count)

    @property
    def share_routed(self) -> float:
        """The accuracy of the routes."""
        return self.routed / max(1, self.count)

    @property
    def count(self) -> int:
        """How many lines there were."""
        return self.right + len(self.wrong)

    def add(self, line: Line, topics: tuple[str, ...]) -> None:
        """Count a line."""
        self.routed += [ROUTES[topic] for topic in topics] == [ROUTES[topic] for topic in line.topics]
        if topics == line.topics:
            self.right += 1
        else:
            self.wrong.append((line, topics))


def routed(code: str) -> tuple[Score, Score]:
    """Return the scores of a language: of its lines, and of those held out."""
    known, held_out = Score(), Score()
    for line in lines(code):
        (held_out if line.held_out else known).add(line, _topics(line.say, code))
    return known, held_out


def _topics(say: str, code: str, known: Learned | None = None) -> tuple[str, ...]:
    return tuple(match.topic for match in understand(say, language.load(code), DEVICES, known))


def unseen() -> dict[str, Score]:
    """Return what a new phrase can expect, by language: each fifth of the examples understood from the others."""
    scores = {code: Score() for code in LANGUAGES}
    examples = {code: language.examples_of(code) for code in LANGUAGES}
    for part in range(_PARTS):
        others = {
            code: {topic: [say for n, say in enumerate(said) if n % _PARTS != part] for topic, said in topics.items()}
            for code, topics in examples.items()
        }
        known = learn(others)
        for code, topics in examples.items():
            for topic, said in topics.items():
                for say in said[part::_PARTS]:
                    scores[code].add(Line(say, (topic,)), _topics(say, code, known))
    return scores
