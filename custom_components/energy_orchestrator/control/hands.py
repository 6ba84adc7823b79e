"""What the dispatcher has of a home: it looks at entities, calls actions on them, waits, and tells people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ..model.seen import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One action on entities, its `targets`; `data` is what it takes besides them."""

    domain: str
    service: str
    targets: tuple[str, ...]
    data: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a person has to see to: the `key` of its text, and what fills it. `fixable`: a person can say it is done."""

    id: str
    key: str
    fills: Mapping[str, str]
    fixable: bool


class Hands(Protocol):
    """The only way to a home's devices: Home Assistant has hands, and a simulated plant has."""

    def now(self) -> datetime:
        """Return the moment (aware)."""
        ...

    def look(self, entity_id: str) -> Seen | None:
        """Return what an entity shows, None where there is no such entity."""
        ...

    async def call(self, call: Call) -> None:
        """Call an action and wait for it. Raises whatever came of it."""
        ...

    def ours(self, seen: Seen) -> bool:
        """Whether one of our own calls brought a state about, and not a person or the device itself."""
        ...

    def later(self, delay: timedelta, act: Callable[[], None]) -> Callable[[], None]:
        """Act once after a while; returns how to stop that."""
        ...

    def tell(self, issue: Issue) -> None:
        """Tell people of an issue, or change what is told of it."""
        ...

    def clear(self, issue_id: str) -> None:
        """End an issue, if there is one."""
        ...

    def told(self, issue_id: str) -> bool:
        """Whether an issue still stands: a person who has seen to it ends it."""
        ...
