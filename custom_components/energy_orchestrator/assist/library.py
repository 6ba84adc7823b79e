"""What the assist room needs of the library of documents; `knowledge/` provides it."""

from collections.abc import Sequence
from typing import Any, Protocol


class Hit(Protocol):
    """A section found."""

    @property
    def document(self) -> str:
        """The document's name."""

    @property
    def section(self) -> str:
        """The section's heading."""

    @property
    def excerpt(self) -> str:
        """What it says, short."""

    @property
    def is_policy(self) -> bool:
        """Whether it holds a rule."""


class Library(Protocol):
    """Policies and documents of the owner."""

    @property
    def policies(self) -> tuple[Any, ...]:
        """Rules in force."""

    def search(self, query: str, limit: int = 5) -> Sequence[Hit]:
        """Return the sections that fit a query best, policies first where they fit."""
