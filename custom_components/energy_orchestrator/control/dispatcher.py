"""Dispatch: the only code that has devices commanded. One gate; read-back; limited retries; everything recorded."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from ..const import LOGGER
from ..model.decision import BatteryOverride, Decisions, MinerOverride, Override
from ..model.findings import Findings
from ..model.ledger import Ledger
from ..model.readings import SiteReadings
from ..model.seen import SILENT
from ..model.site import Mode
from ..settings import Settings
from .audit import Audit, Outcome
from .command import Command, Stage, is_there
from .commands import commands_for, release_commands
from .drivable import drive_of
from .effects import Effects
from .hands import Call, Hands, Issue
from .obedience import MOST_ATTEMPTS, Obedience, entry_of
from .pace import READ_BACK, Paces
from .persons import Persons
from .settled import Settled
from .units import without_taken
from .writes import MANUAL, SPACING, DeadBand, Writes, follows_meter, is_safety

_CALL_S: Final = 10
# What safety asks for is never given up.
URGENT_AGAIN: Final = timedelta(minutes=1)


class Dispatcher:
    """Carries decisions out in automatic mode, only records them otherwise."""

    def __init__(self, hands: Hands, settings: Settings, audit: Audit) -> None:
        self.settings = settings
        self._hands = hands
        self._audit = audit
        self._lock = asyncio.Lock()
        self._paces = Paces()
        self._persons = Persons(hands, self._paces, audit)
        self._settled = Settled()
        self._book = Obedience(
            hands,
            self._paces,
            audit,
            self._settled,
            shown=lambda command: self._persons.left_at(command.entity_id),
            text=lambda command: "release_failed" if command.key in self._releasing else "command_failed",
            settings=lambda: self.settings,
        )
        self._band = DeadBand()
        self._writes = Writes(hands, audit)
        self._effects = Effects()
        self._readings: SiteReadings | None = None
        self._intended: dict[str, Call] = {}
        self._sheds = 0
        self._shed: dict[str, int] = {}
        self._in_control = False
        self._releasing: dict[str, Command] = {}
        self._away: set[str] = set()
        self._timer: Callable[[], None] | None = None
        self.renews_at: datetime | None = None
        """When a device that forgets has to be told again next; None where none has."""

    # What the orchestrator calls

    async def async_dispatch(self, decisions: Decisions, readings: SiteReadings, ledger: Ledger, mode: Mode) -> None:
        """Do what is decided and not yet so. In any mode but automatic, nothing is called: it is only recorded."""
        sheds = self._sheds
        async with self._lock:
            now, self._readings = readings.at, readings
            # What was shed since this was decided is left alone by it.
            self._shed = {device_id: count for device_id, count in self._shed.items() if count > sheds}
            self._listen()
            self._book.read_back(now)
            if mode is not Mode.AUTOMATIC:
                self._let_go()
                await self._hand_back()
                commands = commands_for(self.settings, decisions, ledger, self._hands.look, now, self._settled)
                self._intend([c for c in commands if not c.done(self._hands.look)], now)
                return
            self._in_control = True
            self._persons.take_control(now)
            self._releasing.clear()
            self._away.clear()
            self._intended.clear()
            self._notice(now)
            commands = wanted = self._commands(decisions, ledger, now)
            self._book.learn(commands, now)
            self._band.hear(commands, self._hands.look, now)
            commands = [c for c in commands if self._lapses(c, now) or not c.done(self._hands.look)]
            self._book.unblock({command.key for command in commands})
            commands = self._worth_it(commands, readings)
            self._judge_effects(decisions, readings, {command.device_id for command in commands})
            await self._send_in_order(self._due(commands, readings))
            self.renews_at = min(self._renewals(wanted), default=None)

    def _commands(self, decisions: Decisions, ledger: Ledger, now: datetime) -> list[Command]:
        """Return what is to be done. Units a person has taken, or nobody sees, are left out of their group, but for safety."""
        commands = commands_for(self.settings, decisions, ledger, self._hands.look, now, self._settled)
        settings, rest = without_taken(self.settings, decisions, self._persons.holds, self._hands.look, self._readings)
        if settings is self.settings:
            return commands
        others = commands_for(settings, rest, ledger, self._hands.look, now, self._settled)
        found = [c for c in commands if is_safety(c)] + [c for c in others if not is_safety(c)]
        return sorted(found, key=lambda command: command.stage)

    async def async_shed(self, decisions: Decisions, readings: SiteReadings, ledger: Ledger, mode: Mode) -> None:
        """Stop what is in danger, beside whatever is being sent: a slow device must not hold up a safe one."""
        if mode is not Mode.AUTOMATIC:
            return
        self._in_control = True
        self._persons.take_control(readings.at)
        commands = commands_for(self.settings, decisions, ledger, self._hands.look, readings.at, self._settled)
        stops = self._due([c for c in commands if c.stage is Stage.SHED and is_safety(c)], readings)
        self._sheds += 1
        self._shed |= dict.fromkeys((command.device_id for command in stops), self._sheds)
        # Begun before anyone else looks what is still to be sent.
        await asyncio.gather(*(asyncio.Task(self._send(batch), eager_start=True) for batch in _batches(stops)))
        if self._book.pending:
            self._read_back_later()

    async def async_release(self) -> None:
        """Leave the devices safe on their own: miners off, inverters at self-consumption.

        For the end of automatic mode, unloading and stopping. Does nothing where nothing was ever commanded. What is
        refused is tried again at once, for after an unload nobody is left to; what a device takes and does not show, or
        does not keep, is tried again by the next cycles, where there are any, and who is away is told once he is back. A
        device that never obeys is a repair issue. What a person has switched within moments stays as it was left.
        """
        async with self._lock:
            if not self._in_control:
                return
            now = self._hands.now()
            self._notice(now)
            left = self._persons.just_left(self.settings, now)
            self._let_go()
            commands = release_commands(self.settings, self._hands.look, self._settled)
            commands = [c for c in commands if c.entity_id not in left]
            self._releasing = {c.key: c for c in commands if not self._stands(c, now)}
            for command in self._releasing.values():
                if command.problem is not None:
                    self._book.block(command, now)
            self._away = {
                entity
                for inverter_id in self.settings.inverters
                for entity in self.settings.driven(inverter_id)
                if entity not in left and not is_there(self._hands.look, entity)
            }
            await self._send_in_order([c for c in self._releasing.values() if c.problem is None])
            for _ in range(MOST_ATTEMPTS - 1):
                await self._hand_back()
            self._cancel_timer()

    def switched(self, now: datetime) -> dict[str, Override] | None:
        """Return what people did to devices themselves, by miner and battery; None where nothing is commanded or watched."""
        return {**self.manual(now), **self.manual_batteries(now)} if self._in_control else None

    def manual(self, now: datetime) -> dict[str, MinerOverride]:
        """Return what people have switched themselves, by miner: it holds for the override time."""
        self._notice_in_control(now)
        return self._persons.miners(self.settings)

    def manual_batteries(self, now: datetime) -> dict[str, BatteryOverride]:
        """Return the modes people have chosen at inverters themselves, by battery."""
        self._notice_in_control(now)
        return self._persons.batteries(self.settings)

    def findings(self, now: datetime) -> Findings:
        """Return what people did themselves, what does not do what it is told, and how much was written today."""
        self._notice_in_control(now)
        aside = self._effects.aside(now)
        return Findings(
            taken=self._persons.taken(self.settings),
            units_off=self._persons.units_off(self.settings),
            aside=aside,
            writes=self._writes.today(self.settings, now),
        )

    def forget_manual(self, device_id: str | None) -> None:
        """Give a device that a person switched back to the plan; None gives back all."""
        now, mapped = self._hands.now(), (*self.settings.inverters, *self.settings.miners)
        self._notice(now)
        for device in mapped if device_id is None else (device_id,):
            self._persons.forget(self.settings.driven(device), now)

    def set_clock(self, by: timedelta) -> None:
        """Follow a clock that was set: spacing, read-backs and people's switching last by what passes."""
        self._book.set_clock(by)
        self._persons.set_clock(by)
        self._effects.set_clock(by)
        self._band.set_clock(by)

    def shutdown(self) -> None:
        """Stop waiting for read-backs. Only what was not given back stays a repair issue: whoever comes next looks anew."""
        self._cancel_timer()
        self._book.forget_issues(self._book.keys() - {*self._releasing})
        self._forget_other_issues()

    # Looking

    def _listen(self) -> None:
        self._paces.take(self.settings)
        devices = (*self.settings.inverters, *self.settings.miners)
        driven = [self._hands.look(entity) for device in devices for entity in self.settings.driven(device)]
        self._paces.hear(driven, self._book.told())

    def _notice(self, now: datetime) -> None:
        self._persons.notice(self.settings, self._readings, self._book.changed(), now)

    def _notice_in_control(self, now: datetime) -> None:
        if self._in_control:
            self._notice(now)

    def _judge_effects(self, decisions: Decisions, readings: SiteReadings, still_open: set[str]) -> None:
        """See whether devices that show what they were told do it, and name those that do not."""
        shown = frozenset(
            inverter_id
            for inverter_id in self.settings.inverters
            if inverter_id not in still_open
            and not any(self._persons.holds(entity) for entity in self.settings.driven(inverter_id))
            and len({d.mode for key, d in decisions.batteries.items() if self._controller(key) == inverter_id}) == 1
        )
        drives = {b.id: drive_of(self.settings, b.id, self._hands.look) for b in self.settings.site.batteries}
        named = self._effects.named()
        self._effects.judge(self.settings, decisions, readings, drives, shown=shown)
        for device_id in named - self._effects.named():
            self._hands.clear(_effect_id(device_id))
        for device_id in self._effects.named() - named:
            text = "not_mining" if device_id in self.settings.miners else "not_following"
            fills = {"device": self.settings.site.names[device_id]}
            self._hands.tell(Issue(id=_effect_id(device_id), key=text, fills=fills, fixable=False))

    def _controller(self, battery_id: str) -> str | None:
        mapped = self.settings.batteries.get(battery_id)
        return None if mapped is None else mapped.controller

    # The end of control

    def _stands(self, command: Command, now: datetime) -> bool:
        """Whether something is as it should be, and not still on its way to where it was last told to go."""
        last = self._book.last(command.key)
        on_its_way = (
            last is not None
            and last.command.call != command.call
            and now - last.at < self._paces.lasting(command.entity_id)
        )
        return not on_its_way and command.done(self._hands.look)

    async def _hand_back(self) -> None:
        """Try again what was not given back; what is given back is no longer ours to switch."""
        if any(is_there(self._hands.look, entity) for entity in self._away):
            back = [c for c in release_commands(self.settings, self._hands.look, self._settled) if c.key in self._away]
            self._away -= {command.key for command in back}
            self._releasing |= {c.key: c for c in back if c.problem is None and not c.done(self._hands.look)}
        self._book.forget_issues(key for key, command in self._releasing.items() if command.done(self._hands.look))
        for key in [key for key, command in self._releasing.items() if self._is_given_back(command)]:
            del self._releasing[key]
        again = [command for command in self._releasing.values() if self._failed(command)]
        if again:
            await self._send_in_order(again)

    def _is_given_back(self, command: Command) -> bool:
        """Whether a command is over: it lasts, or somebody else has undone it since it was seen to be done."""
        sent = self._book.last(command.key)
        if sent is None or sent.command.call != command.call:
            return command.done(self._hands.look)
        return not sent.pending and not sent.hoped and not self._book.failures(command)

    def _failed(self, command: Command) -> bool:
        """Whether a command is worth another try."""
        if command.problem is not None:
            return False
        sent = self._book.last(command.key)
        if sent is None or sent.command.call != command.call:
            return True
        return not (sent.pending or sent.hoped) and self._book.failures(command) < MOST_ATTEMPTS

    def _let_go(self) -> None:
        """Forget what only holds while in control."""
        self._persons.let_go()
        if not self._in_control:
            return
        self._in_control = False
        self.renews_at = None
        self._book.let_go()
        self._forget_other_issues()
        self._effects.forget()

    def _forget_other_issues(self) -> None:
        self._writes.forget_issues()
        for device_id in self._effects.named():
            self._hands.clear(_effect_id(device_id))

    # Monitor mode

    def _intend(self, commands: list[Command], now: datetime) -> None:
        """Record what would be done, each change of mind once."""
        open_now = {command.key for command in commands}
        self._intended = {key: call for key, call in self._intended.items() if key in open_now}
        for command in commands:
            if self._intended.get(command.key) != command.call:
                self._intended[command.key] = command.call
                self._audit.add(entry_of(command, now, Outcome.NOT_SENT))

    # What goes out

    def _worth_it(self, commands: list[Command], readings: SiteReadings) -> list[Command]:
        """Leave out what a person has taken over and what is near enough: neither keeps waiting what needs it."""
        return [
            command
            for command in commands
            if (is_safety(command) or not self._persons.holds(command.entity_id))
            and (
                self._lapses(command, readings.at)
                or self._band.worth_it(command, self._last_command(command), self.settings, readings, self._hands.look)
            )
        ]

    def _last_command(self, command: Command) -> Command | None:
        last = self._book.last(command.key)
        return None if last is None else last.command

    def _due(self, commands: list[Command], readings: SiteReadings) -> list[Command]:
        """Return the commands that may go out now; one that needs another waits with it."""
        waiting: set[str] = set()
        due = []
        for command in commands:
            if waiting.isdisjoint(command.needs) and self._may_send(command, readings):
                due.append(command)
            else:
                waiting.add(command.key)
        return due

    def _lapses(self, command: Command, now: datetime) -> bool:
        """Whether a device forgets what it was told, if it ever was, where it is not told again now."""
        last = self._book.last(command.key)
        if last is None:
            return command.lapses
        if command.latched is not None and last.at <= command.latched:
            return True
        another = command.asked is None and last.command.call != command.call
        return command.renew_after is not None and (another or now - last.at >= command.renew_after)

    def _renewals(self, commands: Iterable[Command]) -> Iterator[datetime]:
        for command in commands:
            last = self._book.last(command.key)
            if command.renew_after is not None and last is not None:
                yield last.at + command.renew_after

    def _may_send(self, command: Command, readings: SiteReadings) -> bool:
        now = readings.at
        if command.problem is not None:
            self._book.block(command, now)
            return False
        if not self._writes.allows(command, self.settings, now):
            return False
        last = self._book.last(command.key)
        if last is None:
            return True
        waited = now - last.at
        again = last.command.call == command.call
        if is_safety(command):
            settled = not last.pending and self._book.failures(command) < MOST_ATTEMPTS
            return not again or settled or waited >= URGENT_AGAIN
        if self._book.given_up(command, now) or (again and last.pending):
            return False
        if not again and self._is_new_word(command, readings):
            return True
        if again and not self._book.failures(command) and self._is_silent(command.entity_id, now):
            return False
        return waited >= SPACING[command.stage] and self._was_polled(command, waited, last.at)

    def _is_silent(self, entity_id: str, now: datetime) -> bool:
        """Whether an entity says nothing for a poll: that is no word against what it was told."""
        seen = self._hands.look(entity_id)
        return seen is not None and seen.state in SILENT and now - seen.last_changed < self._paces.lasting(entity_id)

    def _is_new_word(self, command: Command, readings: SiteReadings) -> bool:
        """Whether a person wants something else now; a set-point that follows the meter is no new wish."""
        if command.why.reason != MANUAL:
            return False
        last = self._book.last(command.key)
        first = last is None or last.command.why.reason != MANUAL
        return first or not follows_meter(command, self.settings, readings, self._hands.look)

    def _was_polled(self, command: Command, waited: timedelta, told: datetime) -> bool:
        """Whether an entity has had its poll since it was last told something: before, nothing else is sent to it."""
        last, seen = self._book.last(command.key), self._hands.look(command.entity_id)
        if seen is not None and self._paces.polled(seen, told):
            return True
        every = self._paces.every(command.entity_id)
        if every is None:
            return last is None or not last.pending
        return waited >= every

    async def _send_in_order(self, commands: list[Command]) -> None:
        """Shed load everywhere first; then each device in its own order, devices side by side."""
        shed = [command for command in commands if command.stage is Stage.SHED]
        rest = sorted((c for c in commands if c.stage is not Stage.SHED), key=lambda c: (c.device_id, c.stage))
        await asyncio.gather(*(self._send_shed(batch) for batch in _batches(shed)))
        devices = [list(own) for _, own in groupby(rest, key=lambda c: c.device_id)]
        await asyncio.gather(*(self._send_to_device(own) for own in devices))
        if self._book.pending:
            self._read_back_later()

    async def _send_shed(self, batch: list[Command]) -> None:
        if batch[0].device_id not in self._shed:
            await self._send(batch)

    async def _send_to_device(self, commands: list[Command]) -> None:
        failed: set[str] = set()
        for stage in sorted({command.stage for command in commands}):
            ready = [c for c in commands if c.stage is stage and failed.isdisjoint(c.needs) and self._may_go(c)]
            if stage in {Stage.POWER_LIMIT, Stage.START}:
                ready = [c for c in ready if c.device_id not in self._shed]
            for batch in _batches(ready):
                if not await self._send(batch):
                    failed.update(command.key for command in batch)

    def _may_go(self, command: Command) -> bool:
        """Whether what must be seen is: no mode is entered on a set-point that was only sent."""
        if command.awaits is not None and not command.awaits(self._hands.look):
            return False
        if command.stage is not Stage.MODE or command.done(self._hands.look):
            return True
        return all(self._persons.holds(key) or self._book.is_trusted(key) for key in command.needs)

    async def _send(self, batch: list[Command]) -> bool:
        """Send by one call what differs by its target only. Returns whether it was taken."""
        first, now = batch[0], self._hands.now()
        for command in batch:
            self._writes.count(command, self.settings, now)
            self._book.sending(command, now)
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
            self._book.sent(command, problem)
        return problem is None

    # Read-back

    def _read_back_later(self) -> None:
        self._cancel_timer()

        def look_back() -> None:
            self._timer = None
            self._book.read_back(self._hands.now())

        self._timer = self._hands.later(READ_BACK, look_back)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None


def _batches(commands: Iterable[Command]) -> list[list[Command]]:
    """Put together what one call can do: the same action with the same data for several entities of a device."""
    found: dict[tuple[str, str], list[Command]] = {}
    for command in commands:
        found.setdefault((command.device_id, repr(replace(command.call, targets=()))), []).append(command)
    return list(found.values())


def _effect_id(device_id: str) -> str:
    return f"effect_{device_id}"
