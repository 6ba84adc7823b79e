"""Hands on a plant whose readings lie and whose devices disobey, for as long as a trial lasts; people have hands too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, override

from ..control.hands import Call
from ..model.decision import BatteryMode
from ..model.seen import OFF, UNAVAILABLE, UNKNOWN, number_in
from ..simulation.faults import CommandRefusedError
from ..simulation.hands import A_PERSON, ITS_OWN, OURS, TOLD, PlantHands, PlantOrigin
from ..simulation.plant import BATTERY, Plant
from ..simulation.points import (
    CHARGE_POWER,
    DISCHARGE_POWER,
    SOC,
    SURROUNDINGS,
    WORK_MODE,
    DrivenPoint,
    Point,
    Spot,
    shown_at,
    text_of,
)
from .trials import OF_COMMANDS, OF_OFFERS, OF_READINGS, ONE_POLL, Befalling, Trial

_POLLS_S: Final = (10, 10, 10, 60, 300)
_LATE_S: Final = (30, 60, 120)
# What a sensor says in place of a number; None is nothing at all.
_IN_WORDS: Final[Mapping[Trial, str]] = {
    Trial.UNAVAILABLE: UNAVAILABLE,
    Trial.UNKNOWN: UNKNOWN,
    Trial.WORDS: "error",
    Trial.NAN: "nan",
}


@dataclass(slots=True)
class Poll:
    """How a device is polled: how often, and what an entity shows of a command until then: nothing, the truth, the wish."""

    every_s: int
    after_command: str
    last: int = 0

    @classmethod
    def drawn(cls, chance: Random) -> Poll:
        """Draw one."""
        return cls(chance.choice(_POLLS_S), chance.choice(("nothing", "truth", "truth", "wish")))

    def due(self, now_s: int) -> bool:
        """Whether a poll has come since the last."""
        return now_s // self.every_s > self.last // self.every_s


@dataclass(slots=True)
class Active:
    """A trial under way. `begun_at`: its device's first poll since, `shown_at`: when it first showed something untrue.

    `polled_at`: when its device was polled again after that.
    """

    of: Befalling
    begun_at: datetime | None = None
    shown_at: datetime | None = None
    polled_at: datetime | None = None
    frozen: dict[str, str] = field(default_factory=dict)


class FaultyHands(PlantHands):
    """A plant that is polled, as devices are. `began` and `ended` are told which trials are on; `clock_off` sets it wrong.

    `tell_of` hears each call before it is carried out.
    """

    def __init__(self, plant: Plant, chance: Random) -> None:
        self.polls = {device: Poll.drawn(chance) for device in plant.devices}
        self.active: list[Active] = []
        self.clock_off = timedelta()
        self.tell_of: Callable[[Call], None] = lambda _: None
        self._coming: list[tuple[datetime, Callable[[], None]]] = []
        self._undo: dict[str, list[Callable[[], None]]] = {}
        super().__init__(plant)

    # Time

    @override
    def now(self) -> datetime:
        return self.plant.now + self.clock_off

    @override
    def advance(self, to: datetime) -> None:
        super().advance(to - self.clock_off)

    @override
    def _pass_time(self, to: datetime) -> None:
        while self._coming and min(self._coming, key=lambda one: one[0])[0] <= to:
            first = min(self._coming, key=lambda one: one[0])
            self._coming.remove(first)
            self.plant.advance(first[0])
            first[1]()
        super()._pass_time(to)

    @property
    def waiting(self) -> int:
        """How many timers are set."""
        return len(self._timers)

    def reboot(self) -> None:
        """Forget timers, as a process that dies does, and show nothing of any device before its next poll."""
        self._timers.clear()
        for entity_id, (spot, _) in self._points.items():
            if spot.device != SURROUNDINGS:
                self._report(entity_id, UNAVAILABLE, self._states[entity_id].attributes, ITS_OWN)

    # Trials

    def begin(self, of: Befalling) -> None:
        """Let a trial begin."""
        self.active.append(Active(of))

    def end(self) -> None:
        """End the trials whose time is over; those of one poll end by themselves."""
        now = self.plant.now
        self.active = [one for one in self.active if one.of.trial in ONE_POLL or one.of.until > now]

    def lies(self, entity_id: str) -> Active | None:
        """Return the trial that an entity's reading is falsified by, of which something was seen; None where it is true."""
        spot, point = self._points[entity_id]
        found = (one for one in self.active if one.shown_at is not None and _concerns(one.of, spot, point))
        return next(found, None)

    def disobeys(self, device: str) -> bool:
        """Whether a device does not take commands as they are meant now, or cannot be reached."""
        deaf = OF_COMMANDS | {Trial.UNAVAILABLE, Trial.UNKNOWN, Trial.SILENT}
        return any(one.of.trial in deaf and one.of.device == device for one in self.active)

    # What is shown

    @override
    def show(self, driven: tuple[str, ...] = (), by: PlantOrigin = OURS) -> None:
        now_s = int(self.plant.now.timestamp())
        due = {device for device, poll in self.polls.items() if not driven and poll.due(now_s)}
        for device in due:
            self.polls[device].last = now_s
            for undo in self._undo.pop(device, ()):
                undo()
        readings = self.plant.readings()
        for entity_id, (spot, point) in self._points.items():
            fresh = spot.device in due or spot.device == SURROUNDINGS or entity_id not in self._states
            if not fresh and entity_id not in driven:
                continue
            source = shown_at(spot, readings, self.ahead)
            told = text_of(point.value(source))
            attributes = self._offered(spot, point, self._attributes(spot, point, source))
            shown = self._falsified(entity_id, spot, point, told)
            if shown is not None:
                self._report(entity_id, shown, attributes, by if entity_id in driven else ITS_OWN)
        self._polled(due)

    def _polled(self, due: set[str]) -> None:
        now = self.plant.now
        for one in self.active:
            if one.of.device not in due:
                continue
            one.begun_at = one.begun_at or now
            if one.shown_at is not None and one.shown_at < now and one.polled_at is None:
                one.polled_at = now
        self.active = [one for one in self.active if not (one.of.trial in ONE_POLL and _over(one, now))]

    def _falsified(self, entity_id: str, spot: Spot, point: Point[Any], told: str) -> str | None:
        now = self.plant.now
        for one in self.active:
            if (one.of.trial in ONE_POLL and _over(one, now)) or not _concerns(one.of, spot, point):
                continue
            if one.of.trial is Trial.SILENT:
                one.shown_at = one.shown_at or now
                return None
            shown = _shown(one, entity_id, point, told)
            if shown != told:
                one.shown_at = one.shown_at or now
                return shown
        return told

    def _offered(self, spot: Spot, point: Point[Any], attributes: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes, without the options that are gone."""
        for one in self.active:
            if one.of.trial is Trial.OPTION_GONE and point is WORK_MODE:
                return {**attributes, "options": [o for o in attributes["options"] if o != _gone(one.of)]}
        return attributes

    # What is told

    @override
    async def call(self, call: Call) -> None:
        self.tell_of(call)
        told = TOLD[call.service](call.data)
        for target in call.targets:
            spot, point = self._points[target]
            if not isinstance(point, DrivenPoint) or point.domain != call.domain:
                raise LookupError(f"{target} cannot be told to {call.domain}.{call.service}")
            if self._states[target].state != UNAVAILABLE:
                self._tell_point(spot, point, told)
        self._shown_after(call.targets, told)

    def _tell_point(self, spot: Spot, point: DrivenPoint[Any], told: Any) -> None:
        trial = next((a.of for a in self.active if a.of.trial in OF_COMMANDS and a.of.device == spot.device), None)
        kind = trial.trial if trial else None

        def act() -> None:
            point.tell(self.plant, spot, told)

        if trial is None:
            act()
        elif kind is Trial.REFUSED:
            raise CommandRefusedError(spot.device)
        elif kind in (Trial.LATE, Trial.SLOW):
            late_s = _LATE_S[int(trial.chance * len(_LATE_S))] if kind is Trial.LATE else 20
            self._coming.append((self.plant.now + timedelta(seconds=late_s), act))
            if kind is Trial.SLOW:
                raise TimeoutError
        elif kind is Trial.REVERTED:
            before = point.value(shown_at(spot, self.plant.readings(), self.ahead))
            act()
            if before != point.value(shown_at(spot, self.plant.readings(), self.ahead)):
                self._undo.setdefault(spot.device, []).append(lambda: point.tell(self.plant, spot, before))
        elif kind is Trial.MISUNDERSTOOD and point.domain == "number" and point.limits is not None:
            low, high = point.limits(self.plant, spot)
            point.tell(self.plant, spot, min(high, max(low, (0.7 + 0.2 * trial.chance) * told)))
        elif kind is not Trial.LOST:
            act()

    def _shown_after(self, targets: tuple[str, ...], told: Any) -> None:
        """Show what a command is seen to do before the next poll."""
        device = self._points[targets[0]][0].device
        how = self.polls[device].after_command
        if how == "truth":
            self.show(targets)
        elif how == "wish":
            for target in targets:
                if self._states[target].state not in (UNAVAILABLE, UNKNOWN):
                    text = text_of(float(told) if isinstance(told, int) and not isinstance(told, bool) else told)
                    self._report(target, text, self._states[target].attributes, OURS)

    # People

    def by_person(self, entity_id: str, told: Any, *, in_home_assistant: bool) -> None:
        """Let a person tell an entity: in Home Assistant, where that is seen at once, or at the device itself."""
        spot, point = self._points[entity_id]
        assert isinstance(point, DrivenPoint)
        self._undo.pop(spot.device, None)
        point.tell(self.plant, spot, told)
        if in_home_assistant:
            self._report(entity_id, text_of(told), self._states[entity_id].attributes, A_PERSON)

    def cut_power(self) -> None:
        """Switch every miner off, as they come back after a cut."""
        self._coming.clear()
        self._undo.clear()
        for miner in self.plant.site.site.miners:
            for unit in range(miner.count):
                self.plant.switch_miner(miner.id, unit, on=False)


def _over(one: Active, now: datetime) -> bool:
    """Whether a trial's first poll has been."""
    return one.begun_at is not None and one.begun_at < now


def _gone(of: Befalling) -> str:
    """Return the mode that is not offered."""
    modes = [BatteryMode.CHARGE, BatteryMode.DISCHARGE, BatteryMode.HOLD]
    return modes[int(of.chance * len(modes))].value


def _concerns(of: Befalling, spot: Spot, point: Point[Any]) -> bool:
    """Whether a trial falsifies what a point shows."""
    if of.device != spot.device or of.trial not in OF_READINGS | OF_OFFERS:
        return False
    if of.trial in (Trial.ZERO_LEVEL, Trial.JUMP):
        return point is SOC
    if of.trial is Trial.POINT_GONE:
        return point is (CHARGE_POWER if of.chance < 0.5 else DISCHARGE_POWER)
    if of.trial in (Trial.ZERO_POLL, Trial.SILENT, Trial.UNAVAILABLE):
        return True
    if isinstance(point, DrivenPoint):
        return of.trial is Trial.UNKNOWN
    # One sensor of the device, by chance.
    return int(of.chance * 997) % (4 if of.device == BATTERY else 3) == sum(point.key.encode()) % 3


def _shown(one: Active, entity_id: str, point: Point[Any], told: str) -> str:
    """Return what is shown instead of the truth."""
    trial = one.of.trial
    if trial is Trial.POINT_GONE:
        return UNAVAILABLE
    if trial in _IN_WORDS:
        return _IN_WORDS[trial]
    if point.domain == "switch":
        return OFF if trial is Trial.ZERO_POLL else told
    number = number_in(told)
    if number is None:
        return told
    match trial:
        case Trial.ZERO_POLL | Trial.ZERO_ONE | Trial.ZERO_LEVEL:
            return "0"
        case Trial.FROZEN:
            return one.frozen.setdefault(entity_id, told)
        case Trial.JUMP:
            return text_of(float(round(number * one.of.chance if one.of.chance < 0.5 else 100 * one.of.chance)))
        case Trial.SIGN if point.unit == "W":
            return text_of(-number)
        case Trial.SPIKE if point.unit == "W":
            return text_of(10 * number)
    return told
