"""The audit log: every command, when, what, why, and what came of it."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from ..const import DOMAIN

EVENT_COMMAND: Final = f"{DOMAIN}_command"
MOST_ENTRIES: Final = 500


class Outcome(StrEnum):
    """What came of a command. `not_sent`: monitor mode. `blocked`: the device has no way to do it. `seen`: not ours."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    BLOCKED = "blocked"
    NOT_SENT = "not_sent"
    SEEN = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One command (or, with `would_do`, what would have been one). `attempt` counts from 1.

    `reason` is the decision's code, `numbers` and `policies` what it rests on (inside units).
    """

    at: datetime
    device_id: str
    entity_id: str
    command: str
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    outcome: Outcome = Outcome.PENDING
    would_do: bool = False
    attempt: int = 1
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is stored, and told as an event."""
        return asdict(self) | {
            "at": self.at.isoformat(),
            "numbers": dict(self.numbers),
            "policies": list(self.policies),
            "outcome": self.outcome.value,
        }


class Audit:
    """The last commands, newest last. Each new one and each outcome is told by `tell`."""

    def __init__(self, tell: Callable[[AuditEntry], None]) -> None:
        self._tell = tell
        self._entries: deque[AuditEntry] = deque(maxlen=MOST_ENTRIES)

    @property
    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries, newest last."""
        return tuple(self._entries)

    def add(self, entry: AuditEntry) -> AuditEntry:
        """Append an entry."""
        self._entries.append(entry)
        self._tell(entry)
        return entry

    def settle(self, entry: AuditEntry, outcome: Outcome, problem: str | None = None) -> AuditEntry:
        """Record what came of an entry."""
        settled = replace(entry, outcome=outcome, problem=problem)
        for index in range(len(self._entries) - 1, -1, -1):
            if self._entries[index] is entry:
                self._entries[index] = settled
                break
        self._tell(settled)
        return settled

    def as_json(self) -> list[dict[str, Any]]:
        """Return what is stored."""
        return [entry.as_json() for entry in self._entries]

    def load(self, stored: Iterable[AuditEntry]) -> None:
        """Take over what was stored. What was under way then was not read back."""
        self._entries.extend(
            replace(entry, outcome=Outcome.FAILED) if entry.outcome is Outcome.PENDING else entry for entry in stored
        )
