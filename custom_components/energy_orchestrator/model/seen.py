"""What a home shows of an entity. Home Assistant's states are of this shape, and so is what a plant shows by itself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

ON: Final = "on"
OFF: Final = "off"
UNAVAILABLE: Final = "unavailable"
UNKNOWN: Final = "unknown"
SILENT: Final = frozenset({UNAVAILABLE, UNKNOWN})
"""What stands in a state's place where an entity says nothing."""


class Origin(Protocol):
    """What brought a state about: the ids of the doing itself and of the one behind it, and the person, if any."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def parent_id(self) -> str | None: ...  # noqa: D102
    @property
    def user_id(self) -> str | None: ...  # noqa: D102


class Seen(Protocol):
    """An entity's state, in words, with its attributes and the times it was changed, updated and last reported."""

    @property
    def entity_id(self) -> str: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def attributes(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def last_changed(self) -> datetime: ...  # noqa: D102
    @property
    def last_updated(self) -> datetime: ...  # noqa: D102
    @property
    def last_reported(self) -> datetime: ...  # noqa: D102
    @property
    def context(self) -> Origin: ...  # noqa: D102


type Look = Callable[[str], Seen | None]
"""Returns what an entity shows, None where there is no such entity."""


def domain_of(entity_id: str) -> str:
    """Return the kind of an entity: what its id begins with."""
    return entity_id.partition(".")[0]


def number_in(text: object) -> float | None:
    """Return the number a state or an attribute holds; finite or not, None where it is none."""
    if isinstance(text, bool) or not isinstance(text, (str, int, float)) or (isinstance(text, str) and "_" in text):
        return None
    try:
        return float(text)
    except ValueError, OverflowError:
        return None


def unit_of(seen: Seen) -> str | None:
    """Return the unit a state is told in."""
    unit = seen.attributes.get("unit_of_measurement")
    return unit if isinstance(unit, str) else None
