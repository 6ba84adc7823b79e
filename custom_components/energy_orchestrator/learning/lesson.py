"""What the past teaches of a series beside its values."""

from dataclasses import dataclass

from .spread import Spread


@dataclass(frozen=True, slots=True)
class Lesson:
    """How far what is expected was off, over how many days, and by how much it is off in this last half hour or so.

    `lately`: by what is added to it (W), or as a part of it; None where that is not known.
    """

    spread: Spread | None = None
    days: int = 0
    lately: float | None = None
