"""What was sent and what came of it: shown, lasting, or fallen back; three failures in a row are named."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..model.seen import SILENT, Seen
from ..settings import Settings
from .audit import Audit, AuditEntry, Outcome
from .command import TEXT_OF, Command, is_within
from .hands import Hands, Issue
from .pace import Paces
from .settled import Settled

MOST_ATTEMPTS: Final = 3
# After giving up, a device gets another chance this much later, or once its repair issue is confirmed.
SECOND_CHANCE: Final = timedelta(minutes=30)
# What the device's mapping lacks is a repair; what its owner has simply not mapped is only recorded.
_NO_REPAIR: Final = frozenset({"mode_not_mapped", "below_minimum"})


@dataclass(slots=True, kw_only=True)
class Sent:
    """The last command of a key. `since`: when it was told so first, for what stands and is told again changes nothing.

    `pending`: neither shown nor given up yet. `hoped`: it is shown, but no poll of the entity has confirmed it.
    `follows`: what the entity was told before was shown.
    """

    command: Command
    entry: AuditEntry
    at: datetime
    since: datetime
    pending: bool = True
    hoped: bool = False
    follows: bool = False


@dataclass(slots=True)
class _Failed:
    """How often a wish has failed in a row, and when it was last tried. `unseen`: it was taken, and nothing reported since."""

    times: int
    at: datetime
    unseen: bool


class Obedience:
    """The book of commands.

    `shown` is told of each command whose entity is seen to be as it was told. `text` returns the key of what people are
    told of one that is given up, and `settings` those of now.
    """

    def __init__(
        self,
        hands: Hands,
        paces: Paces,
        audit: Audit,
        settled: Settled,
        *,
        shown: Callable[[Command], None],
        text: Callable[[Command], str],
        settings: Callable[[], Settings],
    ) -> None:
        self._hands = hands
        self._paces = paces
        self._audit = audit
        self._settled = settled
        self._shown = shown
        self._text = text
        self._settings = settings
        self._sent: dict[str, Sent] = {}
        self._failed: dict[_Wish, _Failed] = {}
        self._blocked: dict[str, Command] = {}

    # What the dispatcher asks

    def last(self, key: str) -> Sent | None:
        """Return the last command of a key."""
        return self._sent.get(key)

    def told(self) -> dict[str, datetime]:
        """Return when each entity was last told something."""
        return {sent.command.entity_id: sent.at for sent in self._sent.values()}

    def changed(self) -> dict[str, datetime]:
        """Return when each entity was last told something else than what it showed."""
        return {sent.command.entity_id: sent.since for sent in self._sent.values()}

    @property
    def pending(self) -> bool:
        """Whether something that was sent is not shown yet."""
        return any(sent.pending for sent in self._sent.values())

    def learn(self, commands: Iterable[Command], now: datetime) -> None:
        """What a device shows long after its last write is its answer to that."""
        for command in commands:
            last = self._sent.get(command.key)
            if last is None or last.pending or last.hoped or last.command.call != command.call:
                continue
            if not command.done(self._hands.look):
                self._settled.note(last.command, self._hands.look, now)

    # What happens to a command

    def sending(self, command: Command, now: datetime) -> None:
        """Record that a command goes out."""
        last = self._sent.get(command.key)
        if last is not None and last.pending:
            self._audit.settle(last.entry, Outcome.FAILED, "superseded")
        again = last is not None and last.command.call == command.call and command.done(self._hands.look)
        self._sent[command.key] = Sent(
            command=command,
            entry=self._audit.add(entry_of(command, now, Outcome.PENDING, self.failures(command) + 1)),
            at=now,
            since=last.since if last is not None and again else now,
            follows=last is not None and last.entry.outcome is Outcome.CONFIRMED,
        )

    def sent(self, command: Command, problem: str | None) -> None:
        """Take what came of the call; `problem`: why it was refused."""
        sent = self._sent[command.key]
        if sent.command is not command:
            return  # told otherwise meanwhile
        if command.done(self._hands.look):
            self._confirm(sent, self._hands.now())
        elif problem is not None:
            self._fail(sent, problem)

    def read_back(self, now: datetime) -> None:
        """Settle what was sent: shown, lasting, fallen back, or its time is up."""
        for sent in self._sent.values():
            seen = self._hands.look(sent.command.entity_id)
            if sent.command.done(self._hands.look):
                self._read_done(sent, seen, now)
            elif sent.pending:
                if self._paces.overdue(seen, sent.command.entity_id, sent.at, now) and not self._settles(sent, now):
                    self._fail(sent, "not_shown", unseen=seen is None or not self._paces.polled(seen, sent.at))
            elif sent.hoped and seen is not None and seen.state not in SILENT:
                self._read_fallen(sent, seen, now)

    def _read_done(self, sent: Sent, seen: Seen | None, now: datetime) -> None:
        if sent.pending:
            self._confirm(sent, now)
        elif self.failures(sent.command) and not sent.hoped:
            sent.hoped = True  # it does it after all, by whoever's doing
            self._shown(sent.command)
        if sent.hoped and seen is not None and self._paces.lasted(seen, sent.at, now):
            sent.hoped = False
            self._failed.pop(_wish(sent.command), None)
            if not any(
                key == sent.command.key and failed.times >= MOST_ATTEMPTS for (key, *_), failed in self._failed.items()
            ):
                self.forget_issues({sent.command.key})

    def _read_fallen(self, sent: Sent, seen: Seen, now: datetime) -> None:
        """What fell back within a poll was never done; what a person changes is no failure."""
        if seen.context.user_id is not None and not self._hands.ours(seen):
            sent.hoped = False
        elif not self._settles(sent, now):
            self._fail(sent, "fell_back")

    def _settles(self, sent: Sent, now: datetime) -> bool:
        """Whether a device has answered a number with one of its own, at or under the wish: that is what it can do."""
        self._settled.note(sent.command, self._hands.look, now)
        if not sent.command.done(self._hands.look):
            return False
        if sent.pending:
            self._confirm(sent, now)
        return True

    def _confirm(self, sent: Sent, now: datetime) -> None:
        sent.pending, sent.hoped = False, True
        sent.entry = self._audit.settle(sent.entry, Outcome.CONFIRMED)
        self._paces.answered(sent.command.entity_id, now - sent.at)
        self._shown(sent.command)

    def _fail(self, sent: Sent, problem: str, *, unseen: bool = False) -> None:
        sent.pending = sent.hoped = False
        self._failed[_wish(sent.command)] = _Failed(self.failures(sent.command) + 1, sent.at, unseen)
        sent.entry = self._audit.settle(sent.entry, Outcome.FAILED, problem)
        if self.failures(sent.command) >= MOST_ATTEMPTS:
            self._settled.give_up(sent.command.key, self._hands.now())
            self._repair(sent.command, self._text(sent.command), fixable=True)

    def failures(self, command: Command) -> int:
        """Return how often in a row an entity has not done this, whatever time and other wishes lay between."""
        failed = self._failed.get(_wish(command))
        return 0 if failed is None else failed.times

    def is_trusted(self, key: str) -> bool:
        """Whether a number shows what it was last told, or had its time to and nothing speaks against it.

        One that follows the meter slowly is told something else at each poll: what it shows under that is as good.
        """
        sent = self._sent.get(key)
        if sent is None or sent.command.done(self._hands.look):
            return True
        failed = self._failed.get(_wish(sent.command))
        if failed is not None:
            return failed.unseen
        return not sent.pending or (sent.follows and is_within(sent.command, self._hands.look))

    def given_up(self, command: Command, now: datetime) -> bool:
        """Whether it has failed too often: it is tried once each half hour then, and afresh once a person has seen to it."""
        failed = self._failed.get(_wish(command))
        if failed is None or failed.times < MOST_ATTEMPTS:
            return False
        if not self._hands.told(_issue_id(command.key)):
            del self._failed[_wish(command)]
            return False
        return now - failed.at < SECOND_CHANCE

    # What cannot be done at all

    def block(self, command: Command, now: datetime) -> None:
        """Record once what cannot be done."""
        known = self._blocked.get(command.key)
        if known is not None and (known.call, known.problem) == (command.call, command.problem):
            return
        self._blocked[command.key] = command
        self._audit.add(entry_of(command, now, Outcome.BLOCKED))
        if command.problem not in _NO_REPAIR:
            self._repair(command, TEXT_OF.get(command.problem or "", "command_blocked"), fixable=False)

    def unblock(self, still_open: set[str]) -> None:
        """Forget what could not be done and is not wanted any more, or is as it should be."""
        for key in [key for key in self._blocked if key not in still_open]:
            del self._blocked[key]
            self.forget_issues({key})

    def set_clock(self, by: timedelta) -> None:
        """Follow a clock that was set: what was sent was sent as long ago as before."""
        for sent in self._sent.values():
            sent.at, sent.since = sent.at + by, sent.since + by
        for failed in self._failed.values():
            failed.at += by

    # Issues

    def keys(self) -> set[str]:
        """Return the keys that people may have been told of."""
        return {*self._sent, *self._blocked}

    def let_go(self) -> None:
        """Forget what only holds while in control."""
        self.forget_issues(self.keys())
        self._blocked.clear()

    def forget_issues(self, keys: Iterable[str]) -> None:
        """End what people were told."""
        for key in keys:
            self._hands.clear(_issue_id(key))

    def _repair(self, command: Command, text: str, *, fixable: bool) -> None:
        site = self._settings().site
        self._hands.tell(
            Issue(
                id=_issue_id(command.key),
                key=text,
                fills={
                    "entity": command.entity_id,
                    "device": site.names.get(command.device_id, site.name),
                    "command": command.words,
                },
                fixable=fixable,
            )
        )


def entry_of(command: Command, now: datetime, outcome: Outcome, attempt: int = 1) -> AuditEntry:
    """Return the record of a command."""
    return AuditEntry(
        at=now,
        device_id=command.device_id,
        entity_id=command.entity_id,
        command=command.words,
        reason=command.why.reason,
        numbers=dict(command.why.numbers),
        policies=command.why.policies,
        outcome=outcome,
        would_do=outcome is Outcome.NOT_SENT,
        attempt=attempt,
        problem=command.problem,
    )


type _Wish = tuple[str, str, object]
"""What is the same wish again: a key, its action, and the option where there is one. A number's value does not matter."""


def _wish(command: Command) -> _Wish:
    return command.key, command.call.service, command.call.data.get("option")


def _issue_id(key: str) -> str:
    return f"command_{key}"
