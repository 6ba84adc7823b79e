"""Dispatch: the only code that calls services of devices. One gate; read-back; limited retries; everything recorded."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Context, HassJob, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..model.decision import Decisions, MinerOverride
from ..model.ledger import Ledger
from ..model.readings import SiteReadings
from ..model.site import Mode
from ..settings import Settings
from .audit import Audit, AuditEntry, Outcome
from .command import Command, Stage
from .commands import commands_for, release_commands

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
# Least time between two commands to the same entity; what is urgent does not wait.
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
    """The last command to an entity, and how often it was tried."""

    command: Command
    entry: AuditEntry
    at: datetime
    attempt: int
    pending: bool = True


class Dispatcher:
    """Carries decisions out in automatic mode, only records them otherwise."""

    def __init__(self, hass: HomeAssistant, settings: Settings, audit: Audit) -> None:
        self.settings = settings
        self._hass = hass
        self._audit = audit
        self._lock = asyncio.Lock()
        self._sent: dict[str, _Sent] = {}
        self._intended: dict[str, str | float] = {}
        self._blocked: dict[str, Command] = {}
        self._held: dict[str, str] = {}
        self._manual: dict[str, MinerOverride] = {}
        self._contexts: deque[str] = deque(maxlen=256)
        self._in_control = False
        self._releasing: dict[str, Command] = {}
        self._timer: CALLBACK_TYPE | None = None

    # What the orchestrator calls

    async def async_dispatch(self, decisions: Decisions, readings: SiteReadings, ledger: Ledger, mode: Mode) -> None:
        """Do what is decided and not yet so. In any mode but automatic, nothing is called: it is only recorded."""
        async with self._lock:
            self._read_back(readings.at)
            commands = commands_for(self.settings, decisions, ledger, self._hass.states.get, readings.at)
            if mode is not Mode.AUTOMATIC:
                self._let_go()
                await self._hand_back()
                self._intend(commands, readings.at)
                return
            self._in_control = True
            self._releasing.clear()
            self._intended.clear()
            self._notice(readings.at)
            self._forget_done({command.entity_id for command in commands}, readings.at)
            await self._send_in_order(self._due(commands, readings.at))

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
            now = dt_util.utcnow()
            commands = release_commands(self.settings, self._hass.states.get)
            self._releasing = {c.entity_id: c for c in commands if c.problem is None and not self._stands(c, now)}
            await self._send_in_order([*self._releasing.values()])
            for _ in range(MOST_ATTEMPTS - 1):
                await self._hand_back()
            self._cancel_timer()

    @callback
    def manual(self, now: datetime) -> dict[str, MinerOverride]:
        """Return what people have switched themselves, by miner: it holds for the override time."""
        if self._in_control:
            self._notice(now)
        self._manual = {miner_id: override for miner_id, override in self._manual.items() if override.until > now}
        return dict(self._manual)

    @callback
    def forget_manual(self, miner_id: str | None = None) -> None:
        """Give a miner that a person switched back to the plan; None gives back all."""
        if miner_id is None:
            self._manual.clear()
        self._manual.pop(miner_id or "", None)

    @callback
    def shutdown(self) -> None:
        """Stop waiting for read-backs. Only what was not given back stays a repair issue: whoever comes next looks anew."""
        self._cancel_timer()
        self._forget_issues({*self._sent, *self._blocked} - {*self._releasing})

    # The end of control

    def _stands(self, command: Command, now: datetime) -> bool:
        """Whether an entity is where it should be, and not still on its way to where it was last told to go."""
        last = self._sent.get(command.entity_id)
        on_its_way = last is not None and last.command.to != command.to and now - last.at < FIRST_POLL
        return not on_its_way and command.done(self._hass.states.get(command.entity_id))

    async def _hand_back(self) -> None:
        """Try again what was not given back; what is given back is no longer ours to switch."""
        for entity_id in [e for e, c in self._releasing.items() if c.done(self._hass.states.get(e))]:
            del self._releasing[entity_id]
            self._forget_issues({entity_id})
        again = [command for command in self._releasing.values() if self._failed(command)]
        if again:
            await self._send_in_order(again)

    def _failed(self, command: Command) -> bool:
        """Whether a command is worth another try."""
        sent = self._sent.get(command.entity_id)
        if sent is None or sent.command.to != command.to:
            return True
        return not sent.pending and sent.attempt < MOST_ATTEMPTS

    # Monitor mode

    def _intend(self, commands: list[Command], now: datetime) -> None:
        """Record what would be done, each change of mind once."""
        open_now = {command.entity_id: command.to for command in commands}
        self._intended = {entity: to for entity, to in self._intended.items() if entity in open_now}
        for command in commands:
            if self._intended.get(command.entity_id) != command.to:
                self._intended[command.entity_id] = command.to
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
                waiting.add(command.entity_id)
        return due

    def _may_send(self, command: Command, now: datetime) -> bool:
        if command.problem is not None:
            self._block(command, now)
            return False
        manual = self._manual.get(command.device_id)
        if manual is not None and manual.until > now and not command.why.urgent:
            return False
        last = self._sent.get(command.entity_id)
        if last is None:
            return True
        if last.command.to != command.to:
            return command.why.urgent or now - last.at >= _SPACING[command.stage]
        if last.pending:
            return False
        if last.attempt < MOST_ATTEMPTS:
            return command.why.urgent or now - last.at >= _SPACING[command.stage]
        if command.why.urgent:
            return now - last.at >= URGENT_AGAIN
        dismissed = ir.async_get(self._hass).async_get_issue(DOMAIN, _issue_id(command.entity_id)) is None
        if dismissed or now - last.at >= SECOND_CHANCE:
            last.attempt = 0
            return True
        return False

    async def _send_in_order(self, commands: list[Command]) -> None:
        """Shed load everywhere first; then each device in its own order, devices side by side."""
        shed = [command for command in commands if command.stage is Stage.SHED]
        rest = sorted((c for c in commands if c.stage is not Stage.SHED), key=lambda c: (c.device_id, c.stage))
        await asyncio.gather(*(self._send(batch) for batch in _batches(shed)))
        devices = [list(own) for _, own in groupby(rest, key=lambda c: c.device_id)]
        await asyncio.gather(*(self._send_to_device(own) for own in devices))
        if any(sent.pending for sent in self._sent.values()):
            self._read_back_later()

    async def _send_to_device(self, commands: list[Command]) -> None:
        failed: set[str] = set()
        for stage in sorted({command.stage for command in commands}):
            ready = [c for c in commands if c.stage is stage and failed.isdisjoint(c.needs)]
            for batch in _batches(ready):
                if not await self._send(batch):
                    failed.update(command.entity_id for command in batch)

    async def _send(self, batch: list[Command]) -> bool:
        """Call one service for entities that are all to go to the same place. Returns whether it was taken."""
        first, now = batch[0], dt_util.utcnow()
        context = Context()
        self._contexts.append(context.id)
        for command in batch:
            last = self._sent.get(command.entity_id)
            if last is not None and last.pending:
                self._audit.settle(last.entry, Outcome.FAILED, "superseded")
            attempt = last.attempt + 1 if last is not None and last.command.to == command.to else 1
            entry = self._record(command, now, Outcome.PENDING, attempt)
            self._sent[command.entity_id] = _Sent(command, entry, now, attempt)
            self._held.pop(command.entity_id, None)
        problem = None
        try:
            async with asyncio.timeout(_CALL_S):
                await self._hass.services.async_call(
                    first.domain,
                    first.service,
                    {**first.data, ATTR_ENTITY_ID: [command.entity_id for command in batch]},
                    blocking=True,
                    context=context,
                )
        except TimeoutError:
            LOGGER.debug("%s of %s takes long; the read-back will tell", first.words, first.entity_id)
        except Exception as err:  # noqa: BLE001  # whatever another integration raises, the other devices go on
            problem = str(err) or type(err).__name__
            LOGGER.debug("%s of %s was refused: %s", first.words, first.entity_id, problem)
        for command in batch:
            sent = self._sent[command.entity_id]
            if command.done(self._hass.states.get(command.entity_id)):
                self._confirm(sent)
            elif problem is not None:
                self._fail(sent, problem)
        return problem is None

    # Read-back

    def _read_back(self, now: datetime) -> None:
        """Settle what was sent: the device shows it, or its time is up."""
        for entity_id, sent in self._sent.items():
            if not sent.pending:
                continue
            if sent.command.done(self._hass.states.get(entity_id)):
                self._confirm(sent)
            elif now - sent.at >= READ_BACK:
                self._fail(sent, "not_shown")

    def _confirm(self, sent: _Sent) -> None:
        sent.pending, sent.attempt = False, 0
        sent.entry = self._audit.settle(sent.entry, Outcome.CONFIRMED)
        self._hold(sent.command)
        self._forget_issues({sent.command.entity_id})

    def _fail(self, sent: _Sent, problem: str) -> None:
        sent.pending = False
        sent.entry = self._audit.settle(sent.entry, Outcome.FAILED, problem)
        if sent.attempt >= MOST_ATTEMPTS:
            key = "release_failed" if sent.command.entity_id in self._releasing else "command_failed"
            self._repair(sent.command, key, fixable=True)

    def _read_back_later(self) -> None:
        self._cancel_timer()

        @callback
        def look_back(now: datetime) -> None:
            self._timer = None
            self._read_back(now)

        self._timer = async_call_later(
            self._hass, READ_BACK.total_seconds(), HassJob(look_back, cancel_on_shutdown=True)
        )

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    def _forget_done(self, still_open: set[str], now: datetime) -> None:
        """What is as it should be, by our command or not, needs no further try and no repair."""
        for entity_id in [entity for entity in self._blocked if entity not in still_open]:
            del self._blocked[entity_id]
            self._forget_issues({entity_id})
        for entity_id, sent in self._sent.items():
            if entity_id in still_open or sent.pending or not sent.attempt:
                continue
            sent.attempt = 0
            if sent.command.done(self._hass.states.get(entity_id)):
                self._hold(sent.command)
            self._forget_issues({entity_id})

    # A person's own switching

    def _hold(self, command: Command) -> None:
        """Remember what a lone miner was told and did, to notice when somebody else changes it."""
        mapped = self.settings.miners.get(command.device_id)
        if mapped is not None and isinstance(command.to, str) and mapped.switches == (command.entity_id,):
            self._held[command.entity_id] = command.to

    def _notice(self, now: datetime) -> None:
        """See who is not as we last left it, without our doing: a person's switching wins for the override time."""
        for entity_id, to in list(self._held.items()):
            state = self._hass.states.get(entity_id)
            if state is None or state.state not in {STATE_ON, STATE_OFF} or state.state == to:
                continue
            del self._held[entity_id]
            sent = self._sent[entity_id]
            ours = {state.context.id, state.context.parent_id} & {*self._contexts}
            if ours or state.last_changed - sent.at < FIRST_POLL:
                continue
            miner_id = sent.command.device_id
            run = state.state == STATE_ON
            until = state.last_changed + self.settings.override
            if until > now:
                self._manual[miner_id] = MinerOverride(miner_id=miner_id, run=run, until=until)
            self._audit.add(
                AuditEntry(
                    at=state.last_changed,
                    device_id=miner_id,
                    entity_id=entity_id,
                    command=f"turn_{state.state}",
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

    def _forget_issues(self, entity_ids: Iterable[str]) -> None:
        for entity_id in entity_ids:
            ir.async_delete_issue(self._hass, DOMAIN, _issue_id(entity_id))

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
        known = self._blocked.get(command.entity_id)
        if known is not None and (known.to, known.problem) == (command.to, command.problem):
            return
        self._blocked[command.entity_id] = command
        self._record(command, now, Outcome.BLOCKED)
        if command.problem not in _NO_REPAIR:
            self._repair(command, "command_blocked", fixable=False)

    def _repair(self, command: Command, key: str, *, fixable: bool) -> None:
        site = self.settings.site
        names = {b.id: b.name for b in site.batteries}
        names |= {i.id: i.name for i in site.inverters} | {m.id: m.name for m in site.miners}
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _issue_id(command.entity_id),
            is_fixable=fixable,
            is_persistent=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders={
                "entity": command.entity_id,
                "device": names.get(command.device_id, site.name),
                "command": command.words,
            },
        )


def _batches(commands: Iterable[Command]) -> list[list[Command]]:
    """Put together what one call can do: the same service with the same data for several entities of a device."""
    found: dict[tuple[str, str, str, str], list[Command]] = {}
    for command in commands:
        found.setdefault((command.device_id, command.domain, command.service, repr(command.to)), []).append(command)
    return list(found.values())


def _issue_id(entity_id: str) -> str:
    return f"command_{entity_id}"
