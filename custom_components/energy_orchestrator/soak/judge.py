"""The judge: sees the truth and all that goes out, and holds both against what is promised. It knows none of our doing.

How lenient it is, is written beside each promise: a reading that lies, or a device that disobeys, excuses what follows
from that, for as long as it takes to see or to try again.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ..control.writes import MOST_A_DAY
from ..model.decision import BatteryMode
from ..model.site import Miner
from ..settings import Settings
from .scene import MINUTE, SECOND, Choice, Promise, Record, Scene, Write

# Reasons in the words of our log: what may cut a run or a pause short, and a person's choice.
SAFETY: Final = frozenset(
    {"emergency_stop", "too_hot", "too_cold", "below_stop_soc", "import_limit", "unknown_state", "at_reserve"}
)
PERSONS: Final = frozenset({"manual"})
RELEASED: Final = "released"
_LEVEL_REASONS: Final = frozenset({"emergency_stop", "below_stop_soc"})
_FORCED: Final = frozenset({BatteryMode.CHARGE, BatteryMode.DISCHARGE, BatteryMode.HOLD})

_LEVEL_MISSED: Final = 0.01
_LEVEL_NEAR: Final = 0.03
_LEVEL_WITHIN: Final = 6 * MINUTE
# A level read in steps and a plant that is always a little ahead: what is further off than this was not so.
_LEVEL_UNTRUE: Final = 0.06
_FULL: Final = 0.85
_CHARGED_WITHIN: Final = 10 * MINUTE
_METER: Final = 1.03
_CRUMB_W: Final = 100.0
IMPORT_WITHIN: Final = 10 * SECOND
_ROUNDING: Final = MINUTE
SPACING: Final = 30 * SECOND
_SPACING_ROOM: Final = 5 * SECOND
ALIKE: Final = 3
ALIKE_WITHIN: Final = 30 * MINUTE
HOVERS: Final = 16
"""Writes to one entity within half an hour, for whatever reason: it hovers between two."""
_JUST_NOW: Final = MINUTE
_TRIED_FOR: Final = 35 * MINUTE
_LET_GO_WITHIN: Final = 2 * MINUTE
_MIND_CHANGED_WITHIN: Final = 11 * MINUTE


@dataclass(slots=True)
class _Spell:
    """What should not last, since when it does, and whether that was told."""

    since: datetime | None = None
    told: bool = False

    def end(self) -> None:
        self.since, self.told = None, False

    def too_long(self, now: datetime, within: timedelta) -> timedelta | None:
        """Return how long it has lasted, once, where that is longer than it may."""
        if self.since is None or self.told or now - self.since <= within:
            return None
        self.told = True
        return now - self.since


@dataclass(slots=True)
class _Unit:
    """One unit: its switch's miner, and since when it is as it is; None where that was before anyone looked."""

    miner: Miner
    on: bool
    since: datetime | None = None
    disobeyed: datetime | None = None


class Judge:
    """Judges one home. Show it each scene by `look`, each write by `sent` before it is carried out, and what people do."""

    def __init__(self, settings: Settings) -> None:
        self.record: Final = Record()
        self._settings = settings
        self._site = settings.site
        self._battery = settings.site.batteries[0]
        (self._inverter_id, self._inverter), *_ = settings.inverters.items()
        self._soc_entity = settings.batteries[self._battery.id].soc or ""
        self._grid_entity = settings.entities.grid_power or ""
        self._miner_of = {switch: miner for miner in self._site.miners for switch in settings.miners[miner.id].switches}
        self._units: dict[str, _Unit] = {}
        self._near = False
        self._low, self._over, self._standing, self._charged = _Spell(), _Spell(), _Spell(), _Spell()
        self._shed_at: datetime | None = None
        self._ours: BatteryMode | None = None
        self._written: defaultdict[str, list[Write]] = defaultdict(list)
        self._a_day: Counter[tuple[str, date]] = Counter()
        self._choices: dict[str, Choice] = {}
        self._acted: dict[str, datetime] = {}

    # What happens

    def look(self, scene: Scene) -> None:
        """See how it stands now: after every step, and never more than some minutes after the last."""
        self._see_units(scene)
        self._judge_level(scene)
        self._judge_import(scene)
        self._judge_forced(scene)
        self._judge_false_full(scene)
        if scene.loop is not None and not scene.in_control:
            self.record.tested(Promise.GATE)

    def sent(self, write: Write) -> None:
        """See what is told to an entity, as it stands before."""
        self._judge_gate(write)
        self._judge_run(write)
        self._judge_writes(write)
        self._judge_choice(write)
        self._judge_doubt(write)
        if write.entity_id == self._inverter.work_mode:
            self._ours = BatteryMode(str(write.value))
        limit_w = self._site.grid.max_import_w
        if write.reason == "import_limit" and limit_w is not None and write.scene.grid_w > limit_w:
            self.record.tested(Promise.IMPORT)
        if write.value is False or write.entity_id in (self._inverter.charge_power, self._inverter.work_mode):
            self._shed_at = write.at

    def chose(self, choice: Choice) -> None:
        """Hear what a person chose; the last word counts."""
        self._choices[choice.entity_id] = choice
        self._acted[choice.entity_id] = choice.at
        if choice.entity_id == self._inverter.work_mode and not choice.asked:
            self._ours = None
        self.record.tested(Promise.PEOPLE)

    def acted(self, entity_id: str, at: datetime) -> None:
        """Hear that a person, or the world, moved an entity, with no choice to be kept."""
        self._acted[entity_id] = at

    def given_back(self) -> None:
        """Hear that a person gave everything back."""
        self._choices.clear()

    def forget(self, entity_id: str) -> None:
        """Hear that a choice cannot be kept any more."""
        self._choices.pop(entity_id, None)

    def taken(self) -> None:
        """Hear that control begins anew: what was switched before is as it is."""
        self._choices = {key: choice for key, choice in self._choices.items() if choice.asked}

    def let_go(self, now: datetime) -> None:
        """Hear that control ended: what was switched long ago may be brought to rest; what was asked for is kept."""
        self._choices = {
            key: choice for key, choice in self._choices.items() if choice.asked or now - choice.at < _JUST_NOW
        }

    def noticed(self, entity_id: str, now: datetime) -> None:
        """Hear that a person is said to have moved an entity."""
        self.record.tested(Promise.DOUBT)
        since = self._acted.get(entity_id)
        if since is None or now - since > 15 * MINUTE:
            self.record.broken(Promise.DOUBT, now, f"{entity_id}: a person's word that nobody said")

    def lied(self) -> None:
        """Hear that a reading begins to show what is not so."""
        self.record.tested(Promise.DOUBT)

    def stopped(self, now: datetime, *, timers: int, tasks: int) -> None:
        """Hear what is left after the loop ended in order."""
        self.record.tested(Promise.TIMERS)
        if timers or tasks:
            self.record.broken(Promise.TIMERS, now, f"{timers} timers and {tasks} tasks left after the end")

    def looped(self) -> None:
        """Hear that the loop was given a step to do."""
        self.record.tested(Promise.GOES_ON)

    def fell(self, now: datetime, error: Exception) -> None:
        """Hear that the loop raised."""
        self.record.broken(Promise.GOES_ON, now, f"{type(error).__name__}: {error}")

    # The promises

    def _judge_level(self, scene: Scene) -> None:
        """A level that falls below the lowest while a miner of ours runs, or discharging is forced by us, for minutes.

        Excused: a level that is not shown, devices that disobey, and no loop.
        """
        least = self._battery.min_soc
        drained = scene.battery_w < 0 and (
            any(scene.on.values()) or (scene.mode is BatteryMode.DISCHARGE and self._ours is BatteryMode.DISCHARGE)
        )
        near = scene.in_control and scene.soc < least + _LEVEL_NEAR
        if near and not self._near:
            self.record.tested(Promise.LEVEL)
        self._near = near
        excused = not scene.level_known or scene.disobeys
        if not (scene.in_control and drained and scene.soc < least - _LEVEL_MISSED) or excused:
            self._low.end()
        elif self._low.since is None:
            self._low.since = scene.at
        elif self._low.too_long(scene.at, _LEVEL_WITHIN):
            self.record.broken(Promise.LEVEL, scene.at, f"at {scene.soc:.1%}, with miners or forced discharging on")

    def _judge_import(self, scene: Scene) -> None:
        """An import that a meter has shown to be above the limit, 10 s later still so, with load of ours on.

        What was shed for it is given until the meter's next report. Excused: devices that disobey, and no loop.
        """
        limit_w = self._site.grid.max_import_w
        charging = scene.mode is BatteryMode.CHARGE is self._ours and scene.battery_w > _CRUMB_W
        ours = scene.in_control and (charging or any(scene.on.values()))
        over = limit_w is not None and scene.grid_w > limit_w * _METER + _CRUMB_W
        if limit_w is None or not (ours and over) or scene.disobeys:
            self._over.end()
            return
        if self._over.since is None or (self._shed_at is not None and self._shed_at >= self._over.since):
            self._over.end()
            shown_w, shown_at = scene.shown_grid_w, scene.shown_grid_at
            fresh = shown_at is not None and (self._shed_at is None or shown_at > self._shed_at)
            if fresh and shown_w is not None and shown_w > limit_w * _METER:
                self._over.since = scene.at
                self.record.tested(Promise.IMPORT)
        elif lasted := self._over.too_long(scene.at, IMPORT_WITHIN):
            words = f"{scene.grid_w:.0f} W of {limit_w:.0f} W, {lasted / SECOND:.0f} s after a meter showed it"
            self.record.broken(Promise.IMPORT, scene.at, words)

    def _judge_forced(self, scene: Scene) -> None:
        """A mode that we forced and that stands without control, or after another was decided.

        Excused: an inverter that disobeys, for as long as it takes to be tried again.
        """
        forced = scene.mode in _FORCED and self._ours is scene.mode
        known = scene.loop is not None
        unwanted = forced and known and (not scene.in_control or scene.decided not in (None, scene.mode))
        if not unwanted or self._inverter_id in scene.disobeys:
            self._standing.end()
            return
        if self._standing.since is None:
            self._standing.since = scene.at
            self.record.tested(Promise.FORCED)
        if lasted := self._standing.too_long(scene.at, _MIND_CHANGED_WITHIN if scene.in_control else _LET_GO_WITHIN):
            meant = f"{scene.decided} was decided" if scene.in_control else "control had ended"
            self.record.broken(Promise.FORCED, scene.at, f"{scene.mode} stands {lasted / MINUTE:.0f} min after {meant}")

    def _judge_false_full(self, scene: Scene) -> None:
        """A battery that is full in truth is not charged by force for long, whatever its level says."""
        charged = scene.in_control and scene.mode is BatteryMode.CHARGE is self._ours and scene.soc >= _FULL
        if not charged or self._soc_entity not in scene.lies or scene.disobeys:
            self._charged.end()
        elif self._charged.since is None:
            self._charged.since = scene.at
        elif self._charged.too_long(scene.at, _CHARGED_WITHIN):
            self.record.broken(Promise.DOUBT, scene.at, f"charged by force at {scene.soc:.0%}, which a sensor denies")

    def _judge_gate(self, write: Write) -> None:
        if not write.scene.in_control and write.reason != RELEASED:
            self.record.broken(Promise.GATE, write.at, f"{write.entity_id} = {write.value} in {write.scene.loop}")

    def _judge_run(self, write: Write) -> None:
        """A unit that is switched before its least time is over.

        Excused: safety, what a person has just said, and what the device undid itself.
        """
        unit = self._units.get(write.entity_id)
        if unit is None or unit.since is None or bool(write.value) is unit.on or write.reason in SAFETY | {RELEASED}:
            return
        said = self._acted.get(write.entity_id)
        by_person = write.reason in PERSONS and said is not None and said >= unit.since
        if by_person or (unit.disobeyed is not None and write.at - unit.disobeyed < _TRIED_FOR):
            return
        self.record.tested(Promise.RUNS)
        least = timedelta(hours=unit.miner.min_run_h if unit.on else unit.miner.min_pause_h)
        lasted = write.at - unit.since
        if lasted < least - _ROUNDING:
            what = "run" if unit.on else "pause"
            words = f"{write.entity_id}: a {what} of {lasted / MINUTE:.0f} of {least / MINUTE:.0f} min, {write.reason}"
            self.record.broken(Promise.RUNS, write.at, words)

    def _judge_writes(self, write: Write) -> None:
        """Writes too near to each other, the same again and again, or too many of a local day.

        Free of all that: safety. Free of the day's limit also what sheds, and lets the inverter be.
        """
        entity, urgent = write.entity_id, write.reason in SAFETY | {RELEASED}
        before = [one for one in self._written[entity] if write.at - one.at < ALIKE_WITHIN]
        self._written[entity] = [*before, write]
        if before:
            self.record.tested(Promise.WRITES)
        if not urgent and write.value not in (False, BatteryMode.SELF_CONSUMPTION):
            today = entity, write.at.astimezone(ZoneInfo(self._site.time_zone)).date()
            self._a_day[today] += 1
            if self._a_day[today] == MOST_A_DAY + 1:
                self.record.broken(Promise.WRITES, write.at, f"{entity}: more than {MOST_A_DAY} in a day")
        if len(before) == HOVERS - 1:
            self.record.broken(Promise.WRITES, write.at, f"{entity}: {HOVERS} in half an hour, {write.reason}")
        if urgent or not before:
            return
        if write.reason not in PERSONS and write.at - before[-1].at < SPACING - _SPACING_ROOM:
            gap_s = (write.at - before[-1].at) / SECOND
            self.record.broken(Promise.WRITES, write.at, f"{entity}: again after {gap_s:.0f} s, {write.reason}")
        alike = 0
        for one in reversed(before):
            if one.value != write.value:
                break
            alike += 1
        if alike == ALIKE:
            self.record.broken(Promise.WRITES, write.at, f"{entity} = {write.value}: {alike + 1} times in half an hour")

    def _judge_choice(self, write: Write) -> None:
        """What goes against a person's choice that still counts. Excused: safety."""
        choice = self._choices.get(write.entity_id)
        if choice is None or choice.value == write.value or write.reason in SAFETY:
            return
        if write.at >= choice.until - _ROUNDING:
            del self._choices[write.entity_id]
            return
        if write.reason == RELEASED and (choice.asked or write.at - choice.at > _JUST_NOW):
            return
        del self._choices[write.entity_id]
        minutes = (write.at - choice.at) / MINUTE
        words = f"{write.entity_id}: {choice.value} of a person undone after {minutes:.0f} min, {write.reason}"
        self.record.broken(Promise.PEOPLE, write.at, words)

    def _judge_doubt(self, write: Write) -> None:
        """What is done for a reading that lies and whose device was not polled again yet."""
        scene, miner = write.scene, self._miner_of.get(write.entity_id)
        first_poll = {entity for entity, fresh in scene.lies.items() if fresh}
        if self._soc_entity in first_poll and self._level_untrue(write, miner):
            words = f"{write.entity_id} = {write.value} for {write.reason}, at {scene.soc:.0%} in truth"
            self.record.broken(Promise.DOUBT, write.at, words)
        limit_w = self._site.grid.max_import_w
        over = limit_w is not None and scene.grid_w > limit_w
        if write.reason == "import_limit" and self._grid_entity in first_poll and not over:
            words = f"{write.entity_id} = {write.value} for {write.reason}, at {scene.grid_w:.0f} W in truth"
            self.record.broken(Promise.DOUBT, write.at, words)
        if miner is not None and write.value is True and miner.surplus_only and first_poll and miner.count == 1:
            needed_w = miner.levels[0].power_w
            if scene.spare_w < needed_w / 2 and not self._asked(write):
                words = f"{write.entity_id} started on a surplus of {scene.spare_w:.0f} W in truth"
                self.record.broken(Promise.DOUBT, write.at, words)

    def _level_untrue(self, write: Write, miner: Miner | None) -> bool:
        soc, battery = write.scene.soc, self._battery
        if write.reason in _LEVEL_REASONS:
            stop = max(battery.critical_soc, (miner.stop_soc or 0.0) if miner else 0.0)
            return soc > stop + _LEVEL_UNTRUE
        starts = miner is not None and write.value is True and not self._asked(write)
        return starts and miner is not None and soc < (miner.start_soc or 0.0) - _LEVEL_UNTRUE

    def _asked(self, write: Write) -> bool:
        return write.reason in PERSONS

    # What is kept in mind

    def _see_units(self, scene: Scene) -> None:
        for switch, on in scene.on.items():
            miner = self._miner_of[switch]
            unit = self._units.setdefault(switch, _Unit(miner, on))
            if unit.on != on:
                unit.on, unit.since = on, scene.at
            if miner.id in scene.disobeys:
                unit.disobeyed = scene.at
