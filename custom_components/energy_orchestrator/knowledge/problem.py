"""What is wrong with a document: told with file and line, and a fix where one is sure to be meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong. The name is the key of the text for people, whose placeholders it names."""

    FOLDER_GONE = "folder_gone"
    MANY = "many"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NOT_TEXT = "not_text"
    OUTSIDE = "outside"
    UNREADABLE = "unreadable"
    BROKEN = "broken"
    TOO_COMPLEX = "too_complex"
    MISPLACED = "misplaced"
    STRAY_KEY = "stray_key"
    NOT_AT_TOP = "not_at_top"
    ALSO_BELOW = "also_below"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_RULE = "unknown_rule"
    UNKNOWN_DEVICE = "unknown_device"
    UNKNOWN_SECTION = "unknown_section"
    NO_VALUE = "no_value"
    WRONG_UNIT = "wrong_unit"
    IMPOSSIBLE = "impossible"
    WRONG_TIME = "wrong_time"
    CONTRADICTION = "contradiction"


# With these what is written stays in force, all else in the file is as its last good version had it.
HARMLESS = frozenset({Kind.UNKNOWN_DEVICE, Kind.UNKNOWN_SECTION, Kind.CONTRADICTION, Kind.ALSO_BELOW})


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of one line that is surely meant: `old` becomes `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class KnowledgeProblem:
    """A problem in a file (its path within the folder) at a line (1 is the first, 0 the file as a whole)."""

    file: str
    line: int
    kind: Kind
    placeholders: Mapping[str, str]
    fix: Fix | None = None

    @property
    def breaks(self) -> bool:
        """Whether it keeps the file's present version from coming into force."""
        return self.kind not in HARMLESS


class NotUnderstoodError(ValueError):
    """A value that cannot be understood: what is wrong with it, and what would be right."""

    def __init__(self, kind: Kind, **placeholders: str) -> None:
        """Keep the kind and its placeholders."""
        super().__init__(f"{kind}: {placeholders}")
        self.kind = kind
        self.placeholders = placeholders
