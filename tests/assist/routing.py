"""Understand the corpus without Home Assistant: what the routing test asserts and the benchmark prints."""

from dataclasses import dataclass, field

from custom_components.energy_orchestrator.assist import language
from custom_components.energy_orchestrator.assist.recognise import understand
from custom_components.energy_orchestrator.assist.slots import Device

from .corpus import Line, lines

DEVICES = (
    Device("b", "House battery", "battery", 1),
    Device("i", "Hybrid", "inverter", 1),
    Device("m1", "S21", "miner", 1),
    Device("m2", "Dump load", "miner", 2),
    Device("m3", "Tuned S19", "miner", 3),
)
NAMES = {device.id: device.name for device in DEVICES}


@dataclass
class Score:
    """How many lines were understood, and which were not."""

    right: int = 0
    wrong: list[tuple[Line, tuple[str, ...]]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The accuracy."""
        return self.right / max(1, self.right + len(self.wrong))


def routed(code: str) -> tuple[Score, Score]:
    """Return the scores of a language: of its lines, and of those held out."""
    known, held_out = Score(), Score()
    spoken = language.load(code)
    for line in lines(code):
        score = held_out if line.held_out else known
        topics = tuple(match.topic for match in understand(line.say, spoken, DEVICES))
        if topics == line.topics:
            score.right += 1
        else:
            score.wrong.append((line, topics))
    return known, held_out
