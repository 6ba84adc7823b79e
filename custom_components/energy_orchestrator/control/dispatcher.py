"""Dispatch: the only code that has devices commanded. One gate; read-back; limited retries; everything recorded."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from ..const import LOGGER
from ..model.decision import Decisions, MinerOverride
from ..model.ledger import Ledger
from ..model.readings import SiteReadings
from ..model.seen import OFF, ON
from ..model.site import Mode
from ..settings import Settings
from .audit import Audit, AuditEntry, Outcome
from .command import Command, Stage
from .commands import commands_for, release_commands
from .hands import Call, Hands, Issue

# How long a device may take to show what it was told.
READ_BACK: Final = timedelta(seconds=10)
# Until its integration has polled it, a device may fall back from what was told: that is not a person's doing.
FIRST_POLL: Final = timedelta(seconds=30)
_CALL_S: Final = 10
MOST_ATTEMPTS: Final = 3
# After giving up, a device gets another chance this much later, or once its repair issue is confirmed.
SECOND_CHANCE: Final = timedelta(minutes=30)
# What safety asks for is never given up.
URGENT_AGAIN: Final = timedelta(minutes=1)
# Least time between two commands of the same key; what is urgent does not wait.
_SPACING: Final = {
    Stage.SHED: timedelta(seconds=30),
    Stage.START: timedelta(seconds=30),
    Stage.SET_POINT: timedelta(seconds=30),
    Stage.MODE: timedelta(seconds=30),
    Stage.EXPORT_LIMIT: timedelta(seconds=60),
    Stage.POWER_LIMIT: timedelta(seconds=60),
}
# What the device's mapping lacks is a repair; what its owner has simply not mapped is only recorded.
_NO_REPAIR: Final = frozenset({"mode_not_mapped", "below_minimum"})
MANUAL: Final = "manual"


@dataclass(slots=True)
class _Sent:
    """The last command of a key, and how often it was tried."""

    command: Command
    entry: AuditEntry
    at: datetime
    attempt: int
    pending: bool = True


class Dispatcher:
    """Carries decisions out in automatic mode, only records them otherwise."""

    def __init__(self, hands: Hands, settings: Settings, audit: Audit) -> None:
        self.settings = settings
        self._hands = hands
        self._audit = audit
        self._lock = asyncio.Lock()
        self._sent: dict[str, _Sent] = {}
        self._intended: dict[str, Call] = {}
        self._blocked: dict[str, Command] = {}
        self._held: dict[str, Command] = {}
        self._manual: dict[str, MinerOverride] = {}
        self._sheds = 0
        self._shed: dict[str, int] = {}
        self._in_control = False
        self._releasing: dict[str, Command] = {}
        self._timer: Callable[[], None] | None = None

    # What the orchestrator calls

    async def async_dispatch(self, decisions: Decisions, readings: SiteReadings, ledger: Ledger, mode: Mode) -> None:
        """Do what is decided and not yet so. In any mode but automatic, nothing is called: it is only recorded."""
        sheds = self._sheds
        async with self._lock:
            # What was shed since this was decided is left alone by it.
            self._shed = {device_id: count for device_id, count in self._shed.items() if count > sheds}
            self._read_back(readings.at)
            commands = commands_for(self.settings, decisions, ledger, self._hands.look, readings.at)
            if mode is not Mode.AUTOMATIC:
                self._let_go()
                await self._hand_back()
                self._intend([c for c in commands if not c.done(self._hands.look)], readings.at)
                return
            self._in_control = True
            self._releasing.clear()
            self._intended.clear()
            self._notice(readings.at)
            commands = [c for c in commands if self._lapses(c, readings.at) or not c.done(self._hands.look)]
            self._forget_done({command.key for command in commands})
            await self._send_in_order(self._due(commands, readings.at))

    async def async_shed(self, decisions: Decisions, readings: SiteReadings, ledger: Ledger, mode: Mode) -> None:
        """Stop what is in danger, beside whatever is being sent: a slow device must not hold up a safe one."""
        if mode is not Mode.AUTOMATIC:
            return
        self._in_control = True
        commands = commands_for(self.settings, decisions, ledger, self._hands.look, readings.at)
        stops = self._due([c for c in commands if c.stage is Stage.SHED and c.why.urgent], readings.at)
        self._sheds += 1
        self._shed |= dict.fromkeys((command.device_id for command in stops), self._sheds)
        # Begun before anyone else looks what is still to be sent.
        await asyncio.gather(*(asyncio.Task(self._send(batch), eager_start=True) for batch in _batches(stops)))
        if any(sent.pending for sent in self._sent.values()):
            self._read_back_later()

    async def async_release(self) -> None:
        """Leave the devices safe on their own: miners off, inverters at self-consumption.

        For the end of automatic mode, unloading and stopping. Does nothing where nothing was ever commanded. What is
        refused is tried again at once, for after an unload nobody is left to; what a device takes and does not show is
        tried again by the next cycles, where there are any. A device that never obeys is a repair issue.
        """
        async with self._lock:
            if not self._in_control:
                return
            self._let_go()
            now = self._hands.now()
            commands = release_commands(self.settings, self._hands.look)
            self._releasing = {c.key: c for c in commands if c.problem is None and not self._stands(c, now)}
            await self._send_in_order([*self._releasing.values()])
            for _ in range(MOST_ATTEMPTS - 1):
                await self._hand_back()
            self._cancel_timer()

    def manual(self, now: datetime) -> dict[str, MinerOverride]:
        """Return what people have switched themselves, by miner: it holds for the override time."""
        if self._in_control:
            self._notice(now)
        self._manual = {miner_id: override for miner_id, override in self._manual.items() if override.until > now}
        return dict(self._manual)

    def forget_manual(self, miner_id: str | None) -> None:
        """Give a miner that a person switched back to the plan; None gives back all."""
        if miner_id is None:
            self._manual.clear()
        self._manual.pop(miner_id or "", None)

    def set_clock(self, by: timedelta) -> None:
        """Follow a clock that was set: spacing, read-backs and people's switching last by what passes."""
        for sent in self._sent.values():
            sent.at += by
        self._manual = {key: replace(word, until=word.until + by) for key, word in self._manual.items()}

    def shutdown(self) -> None:
        """Stop waiting for read-backs. Only what was not given back stays a repair issue: whoever comes next looks anew."""
        self._cancel_timer()
        self._forget_issues({*self._sent, *self._blocked} - {*self._releasing})

    # The end of control

    def _stands(self, command: Command, now: datetime) -> bool:
        """Whether something is as it should be, and not still on its way to where it was last told to go."""
        last = self._sent.get(command.key)
        on_its_way = last is not None and last.command.call != command.call and now - last.at < FIRST_POLL
        return not on_its_way and command.done(self._hands.look)

    async def _hand_back(self) -> None:
        """Try again what was not given back; what is given back is no longer ours to switch."""
        for key in [key for key, command in self._releasing.items() if command.done(self._hands.look)]:
            del self._releasing[key]
            self._forget_issues({key})
        again = [command for command in self._releasing.values() if self._failed(command)]
        if again:
            await self._send_in_order(again)

    def _failed(self, command: Command) -> bool:
        """Whether a command is worth another try."""
        sent = self._sent.get(command.key)
        if sent is None or sent.command.call != command.call:
            return True
        return not sent.pending and sent.attempt < MOST_ATTEMPTS

    # Monitor mode

    def _intend(self, commands: list[Command], now: datetime) -> None:
        """Record what would be done, each change of mind once."""
        open_now = {command.key for command in commands}
        self._intended = {key: call for key, call in self._intended.items() if key in open_now}
        for command in commands:
            if self._intended.get(command.key) != command.call:
                self._intended[command.key] = command.call
                self._record(command, now, Outcome.NOT_SENT)

    # What goes out

    def _due(self, commands: list[Command], now: datetime) -> list[Command]:
        """Return the commands that may go out now; one that needs another waits with it."""
        waiting: set[str] = set()
        due = []
        for command in commands:
            if waiting.isdisjoint(command.needs) and self._may_send(command, now):
                due.append(command)
            else:
                waiting.add(command.key)
        return due

    def _lapses(self, command: Command, now: datetime) -> bool:
        """Whether a device forgets what it was told, if it ever was, where it is not told again now."""
        last = self._sent.get(command.key)
        return command.renew_after is not None and (
            last is None or last.command.call != command.call or now - last.at >= command.renew_after
        )

    def _may_send(self, command: Command, now: datetime) -> bool:
        if command.problem is not None:
            self._block(command, now)
            return False
        manual = self._manual.get(command.device_id)
        if manual is not None and manual.until > now and not command.why.urgent:
            return False
        last = self._sent.get(command.key)
        if last is None:
            return True
        if last.command.call != command.call:
            return command.why.urgent or now - last.at >= _SPACING[command.stage]
        if last.pending:
            return False
        if last.attempt < MOST_ATTEMPTS:
            return command.why.urgent or now - last.at >= _SPACING[command.stage]
        if command.why.urgent:
            return now - last.at >= URGENT_AGAIN
        dismissed = not self._hands.told(_issue_id(command.key))
        if dismissed or now - last.at >= SECOND_CHANCE:
            last.attempt = 0
            return True
        return False

    async def _send_in_order(self, commands: list[Command]) -> None:
        """Shed load everywhere first; then each device in its own order, devices side by side."""
        shed = [command for command in commands if command.stage is Stage.SHED]
        rest = sorted((c for c in commands if c.stage is not Stage.SHED), key=lambda c: (c.device_id, c.stage))
        await asyncio.gather(*(self._send_shed(batch) for batch in _batches(shed)))
        devices = [list(own) for _, own in groupby(rest, key=lambda c: c.device_id)]
        await asyncio.gather(*(self._send_to_device(own) for own in devices))
        if any(sent.pending for sent in self._sent.values()):
            self._read_back_later()

    async def _send_shed(self, batch: list[Command]) -> None:
        if batch[0].device_id not in self._shed:
            await self._send(batch)

    async def _send_to_device(self, commands: list[Command]) -> None:
        failed: set[str] = set()
        for stage in sorted({command.stage for command in commands}):
            ready = [c for c in commands if c.stage is stage and failed.isdisjoint(c.needs)]
            if stage in {Stage.POWER_LIMIT, Stage.START}:
                ready = [c for c in ready if c.device_id not in self._shed]
            for batch in _batches(ready):
                if not await self._send(batch):
                    failed.update(command.key for command in batch)

    async def _send(self, batch: list[Command]) -> bool:
        """Send by one call what differs by its target only. Returns whether it was taken."""
        first, now = batch[0], self._hands.now()
        for command in batch:
            last = self._sent.get(command.key)
            if last is not None and last.pending:
                self._audit.settle(last.entry, Outcome.FAILED, "superseded")
            attempt = last.attempt + 1 if last is not None and last.command.call == command.call else 1
            entry = self._record(command, now, Outcome.PENDING, attempt)
            self._sent[command.key] = _Sent(command, entry, now, attempt)
            self._held.pop(command.key, None)
        problem = None
        try:
            async with asyncio.timeout(_CALL_S):
                await self._hands.call(
                    replace(first.call, targets=tuple(target for command in batch for target in command.call.targets))
                )
        except TimeoutError:
            LOGGER.debug("%s of %s takes long; the read-back will tell", first.words, first.entity_id)
        except Exception as err:  # noqa: BLE001  # whatever another integration raises, the other devices go on
            problem = str(err) or type(err).__name__
            LOGGER.debug("%s of %s was refused: %s", first.words, first.entity_id, problem)
        for command in batch:
            sent = self._sent[command.key]
            if sent.command is not command:
                continue  # told otherwise meanwhile
            if command.done(self._hands.look):
                self._confirm(sent)
            elif problem is not None:
                self._fail(sent, problem)
        return problem is None

    # Read-back

    def _read_back(self, now: datetime) -> None:
        """Settle what was sent: the device shows it, or its time is up."""
        for sent in self._sent.values():
            if not sent.pending:
                continue
            if sent.command.done(self._hands.look):
                self._confirm(sent)
            elif now - sent.at >= READ_BACK:
                self._fail(sent, "not_shown")

    def _confirm(self, sent: _Sent) -> None:
        sent.pending, sent.attempt = False, 0
        sent.entry = self._audit.settle(sent.entry, Outcome.CONFIRMED)
        self._hold(sent.command)
        self._forget_issues({sent.command.key})

    def _fail(self, sent: _Sent, problem: str) -> None:
        sent.pending = False
        sent.entry = self._audit.settle(sent.entry, Outcome.FAILED, problem)
        if sent.attempt >= MOST_ATTEMPTS:
            text = "release_failed" if sent.command.key in self._releasing else "command_failed"
            self._repair(sent.command, text, fixable=True)

    def _read_back_later(self) -> None:
        self._cancel_timer()

        def look_back() -> None:
            self._timer = None
            self._read_back(self._hands.now())

        self._timer = self._hands.later(READ_BACK, look_back)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    def _forget_done(self, still_open: set[str]) -> None:
        """What is as it should be, by our command or not, needs no further try and no repair."""
        for key in [key for key in self._blocked if key not in still_open]:
            del self._blocked[key]
            self._forget_issues({key})
        for key, sent in self._sent.items():
            if key in still_open or sent.pending or not sent.attempt:
                continue
            sent.attempt = 0
            if sent.command.done(self._hands.look):
                self._hold(sent.command)
            self._forget_issues({key})

    # A person's own switching

    def _hold(self, command: Command) -> None:
        """Remember what a lone miner was told and did, to notice when somebody else changes it."""
        mapped = self.settings.miners.get(command.device_id)
        if mapped is not None and mapped.switches == command.call.targets:
            self._held[command.key] = command

    def _notice(self, now: datetime) -> None:
        """See who is not as we last left it, without our doing: a person's switching wins for the override time."""
        for command in [*self._held.values()]:
            seen = self._hands.look(command.entity_id)
            if seen is None or seen.state not in {ON, OFF} or command.done(self._hands.look):
                continue
            del self._held[command.key]
            if self._hands.ours(seen) or seen.last_changed - self._sent[command.key].at < FIRST_POLL:
                continue
            miner_id = command.device_id
            until = seen.last_changed + self.settings.override
            if until > now:
                self._manual[miner_id] = MinerOverride(miner_id=miner_id, run=seen.state == ON, until=until)
            self._audit.add(
                AuditEntry(
                    at=seen.last_changed,
                    device_id=miner_id,
                    entity_id=command.entity_id,
                    command=f"turn_{seen.state}",
                    reason=MANUAL,
                    outcome=Outcome.SEEN,
                )
            )

    def _let_go(self) -> None:
        """Forget what only holds while in control."""
        if not self._in_control:
            return
        self._in_control = False
        self._held.clear()
        self._manual.clear()
        self._forget_issues({*self._sent, *self._blocked})
        self._blocked.clear()

    def _forget_issues(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._hands.clear(_issue_id(key))

    # Records

    def _record(self, command: Command, now: datetime, outcome: Outcome, attempt: int = 1) -> AuditEntry:
        return self._audit.add(
            AuditEntry(
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
        )

    def _block(self, command: Command, now: datetime) -> None:
        """Record once what cannot be done."""
        known = self._blocked.get(command.key)
        if known is not None and (known.call, known.problem) == (command.call, command.problem):
            return
        self._blocked[command.key] = command
        self._record(command, now, Outcome.BLOCKED)
        if command.problem not in _NO_REPAIR:
            self._repair(command, "command_blocked", fixable=False)

    def _repair(self, command: Command, text: str, *, fixable: bool) -> None:
        site = self.settings.site
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


def _batches(commands: Iterable[Command]) -> list[list[Command]]:
    """Put together what one call can do: the same action with the same data for several entities of a device."""
    found: dict[tuple[str, str], list[Command]] = {}
    for command in commands:
        found.setdefault((command.device_id, repr(replace(command.call, targets=()))), []).append(command)
    return list(found.values())


def _issue_id(key: str) -> str:
    return f"command_{key}"
