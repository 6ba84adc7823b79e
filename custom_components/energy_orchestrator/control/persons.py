"""What people did to devices themselves: told from echoes, polls and refusals by user, pace and power."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Final

from ..mapping import InverterEntities
from ..model.decision import BatteryMode, BatteryOverride, MinerOverride
from ..model.readings import SiteReadings, Trouble
from ..model.seen import OFF, ON, SILENT, Seen, domain_of, number_in, unit_of
from ..model.units import watts_of
from ..settings import Settings
from .audit import Audit, AuditEntry, Outcome
from .command import NUMBERS, SELECTS
from .effects import MINER_RAMP
from .hands import Hands
from .pace import Paces
from .writes import MANUAL

# A change that nobody signed is a person's once it has lasted so long, and one more poll.
_LASTS: Final = timedelta(seconds=90)
# What is switched within so long of the end of control stays as it was left.
MOMENTS: Final = timedelta(seconds=60)
# This near to its lowest or highest level a battery rests by itself.
_FREE_SOC: Final = 0.02
# A unit that draws less than this share of its lowest level is off; a power so near a set-point follows it.
_RUNS: Final = 0.3
_FOLLOWS: Final = 0.15
_NEAR_W: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What a person left an entity at, when, and until when that counts. `set_w`: the power that was set beside a mode."""

    entity_id: str
    device_id: str
    state: str
    at: datetime
    until: datetime
    set_w: float | None = None


class Persons:
    """Watches the entities that devices are driven by while in control."""

    def __init__(self, hands: Hands, paces: Paces, audit: Audit) -> None:
        self._hands = hands
        self._paces = paces
        self._audit = audit
        self._since: datetime | None = hands.now()
        self._watching = False
        self._left: dict[str, str] = {}
        self._judged: dict[str, datetime] = {}
        self._suspects: set[str] = set()
        self._doings: dict[str, Doing] = {}
        self._recalled: dict[str, AuditEntry] = {}
        self._readings: SiteReadings | None = None

    # What the dispatcher tells

    def take_control(self, now: datetime) -> None:
        """Begin to watch: what was done before is nothing against us, but for what was noticed before a restart."""
        if not self._watching:
            self._left.clear()
            if self._since is not None:
                self._recall()
        self._watching = True
        self._since = self._since or now

    def _recall(self) -> None:
        """Remember of which entities the audit log says last that a person left them so."""
        last = {entry.entity_id: entry for entry in self._audit.entries if not entry.would_do}
        self._recalled = {
            key: entry for key, entry in last.items() if entry.outcome is Outcome.SEEN and entry.problem is None
        }

    def let_go(self) -> None:
        """Forget what only holds while in control."""
        self._since, self._watching = None, False
        for memory in (self._left, self._judged, self._doings, self._suspects, self._recalled):
            memory.clear()

    def set_clock(self, by: timedelta) -> None:
        """Follow a clock that was set: what people did counts as long as before."""
        self._since = self._since and self._since + by
        self._doings = {
            key: replace(doing, at=doing.at + by, until=doing.until + by) for key, doing in self._doings.items()
        }

    def left_at(self, entity_id: str) -> None:
        """Remember what an entity shows, once it is as we told it, to notice when somebody else changes it."""
        seen = self._hands.look(entity_id)
        if seen is not None:
            self._left[entity_id] = seen.state

    def forget(self, entity_ids: Iterable[str], now: datetime) -> None:
        """Give entities back to the plan."""
        for entity_id in entity_ids:
            self._recalled.pop(entity_id, None)
            doing = self._doings.pop(entity_id, None)
            if doing is not None:
                self._record(doing, now, "given_back")

    # What was done

    def notice(
        self, settings: Settings, readings: SiteReadings | None, told: Mapping[str, datetime], now: datetime
    ) -> None:
        """See what is not as it was left, without our doing.

        `readings`: the newest, whose power has a say. `told`: when each entity was last told something by us.
        """
        self._readings = readings
        for device_id, together in _together(settings):
            for entity_id in together:
                seen = self._hands.look(entity_id)
                self._suspects.discard(entity_id)
                if seen is None or seen.state in SILENT:
                    self._left.pop(entity_id, None)  # what comes back from there is its device's doing
                elif _says_something(seen):
                    self._meet(settings, device_id, seen, now)
                    before = [told[key] for key in together if key in told and told[key] < seen.last_changed]
                    self._judge(settings, device_id, seen, max(before, default=None), now)
        self._doings = {key: doing for key, doing in self._doings.items() if doing.until > now}

    def _meet(self, settings: Settings, device_id: str, seen: Seen, now: datetime) -> None:
        """Take up again what a person did before a restart, and remember how an entity was found.

        The first poll after a restart may be a bad one: what stands otherwise once it has outlived one was changed since.
        """
        if self._watching:
            self._left.setdefault(seen.entity_id, seen.state)
        entry = self._recalled.get(seen.entity_id)
        if entry is None:
            return
        if entry.at > now or now - entry.at >= settings.override or self._hands.ours(seen) or self._is_signed(seen):
            del self._recalled[seen.entity_id]
        elif entry.command == _words(seen.entity_id, seen.state):
            del self._recalled[seen.entity_id]
            self._keep(settings, device_id, seen, entry.at)
        elif self._paces.lasted(seen, seen.last_changed, now):
            del self._recalled[seen.entity_id]
        else:
            self._suspects.add(seen.entity_id)

    def _judge(self, settings: Settings, device_id: str, seen: Seen, told: datetime | None, now: datetime) -> None:
        judged, left = self._judged.get(seen.entity_id), self._left.get(seen.entity_id)
        if self._hands.ours(seen) or (judged is not None and seen.last_changed <= judged):
            return
        if self._is_signed(seen):
            self._count(settings, device_id, seen)
        elif left is not None and not _same(left, seen.state):
            self._judge_unsigned(settings, device_id, seen, told, now)

    def _is_signed(self, seen: Seen) -> bool:
        """Whether somebody's name stands under the very change, and it happened while we watched."""
        mine = self._since is not None and seen.last_changed >= self._since
        return mine and seen.context.user_id is not None and seen.last_changed == seen.last_updated

    def _judge_unsigned(
        self, settings: Settings, device_id: str, seen: Seen, told: datetime | None, now: datetime
    ) -> None:
        """A button at the device, its own app, or only a bad poll, a refusal, a command that has lapsed."""
        doing = self._doings.get(seen.entity_id)
        if doing is not None and _same(doing.state, seen.state):
            self._left[seen.entity_id] = seen.state
            return
        if doing is not None and not self._paces.lasted(seen, seen.last_changed, now):
            self._suspects.add(seen.entity_id)  # one bad poll undoes nothing
            return
        asked = [at for at in (told, None if doing is None else doing.at) if at is not None]
        if asked and seen.last_changed - max(asked) < self._paces.lasting(seen.entity_id):
            self._doings.pop(seen.entity_id, None)  # whoever asked: the device has refused
            self._judged[seen.entity_id], self._left[seen.entity_id] = seen.last_changed, seen.state
            return
        if not _may_be_meant(settings, device_id, seen):
            return
        every, lasted = self._paces.every(seen.entity_id), now - seen.last_changed
        if lasted < max(_LASTS, every * 1.5 if every is not None else _LASTS):
            self._suspects.add(seen.entity_id)
        elif self._power_agrees(settings, device_id, seen):
            self._count(settings, device_id, seen)
        elif seen.state == ON and lasted < MINER_RAMP:
            self._suspects.add(seen.entity_id)  # it may only not draw yet

    def _count(self, settings: Settings, device_id: str, seen: Seen) -> None:
        doing = self._keep(settings, device_id, seen, seen.last_changed)
        self._record(doing, doing.at)

    def _keep(self, settings: Settings, device_id: str, seen: Seen, at: datetime) -> Doing:
        doing = Doing(
            entity_id=seen.entity_id,
            device_id=device_id,
            state=seen.state,
            at=at,
            until=at + settings.override,
            set_w=self._set_beside(settings.inverters.get(device_id), seen),
        )
        self._judged[seen.entity_id], self._left[seen.entity_id] = seen.last_changed, seen.state
        self._doings[seen.entity_id] = doing
        return doing

    def _set_beside(self, mapped: InverterEntities | None, seen: Seen) -> float | None:
        """Return the power that is set for a mode, W."""
        if mapped is None:
            return None
        points = {BatteryMode.CHARGE: mapped.charge_power, BatteryMode.DISCHARGE: mapped.discharge_power}
        point = points.get(_mode_of(mapped, seen.state) or BatteryMode.SELF_CONSUMPTION)
        return None if point is None else self._watts(point) or None

    def _record(self, doing: Doing, at: datetime, problem: str | None = None) -> None:
        self._audit.add(
            AuditEntry(
                at=at,
                device_id=doing.device_id,
                entity_id=doing.entity_id,
                command=_words(doing.entity_id, doing.state),
                reason=MANUAL,
                outcome=Outcome.SEEN,
                problem=problem,
            )
        )

    # What the device's power says

    def _power_agrees(self, settings: Settings, device_id: str, seen: Seen) -> bool:
        """Whether what is measured fits what an entity shows; True where nothing is mapped that could say so."""
        if device_id in settings.miners:
            return self._miner_agrees(settings, device_id, seen)
        return self._batteries_agree(settings, device_id, seen)

    def _miner_agrees(self, settings: Settings, miner_id: str, seen: Seen) -> bool:
        mapped = settings.miners[miner_id]
        is_switch = seen.entity_id in mapped.switches
        units = mapped.switches if is_switch else mapped.power_limits
        if not mapped.power or (len(units) > 1 and len(mapped.power) != len(units)):
            return is_switch  # a sum tells nothing of a unit, and a limit may be the device's own
        drawn_w = self._watts(mapped.power[units.index(seen.entity_id)]) if len(units) > 1 else self._drawn_w(miner_id)
        if drawn_w is None:
            return False
        if not is_switch:
            return _follows(drawn_w, self._watts(seen.entity_id))
        miner = next(miner for miner in settings.site.miners if miner.id == miner_id)
        least_w = miner.units_per_switch(len(units)) * miner.levels[0].power_w
        return (drawn_w >= _RUNS * least_w) == (seen.state == ON)

    def _drawn_w(self, miner_id: str) -> float | None:
        own = None if self._readings is None else self._readings.miners.get(miner_id)
        return None if own is None else own.power_w.value

    def _batteries_agree(self, settings: Settings, inverter_id: str, seen: Seen) -> bool:
        """Return whether the batteries do what a mode says, or follow a set-point."""
        mapped = settings.inverters[inverter_id]
        own = [key for key, battery in settings.batteries.items() if battery.controller == inverter_id]
        batteries = {} if self._readings is None else self._readings.batteries
        measured = [batteries[key].power_w for key in own if key in batteries]
        if any(power.trouble is Trouble.NOT_MAPPED for power in measured):
            return seen.entity_id == mapped.work_mode
        known = [power.value for power in measured if power.value is not None]
        if not own or len(known) < len(own):
            return False
        power_w = sum(known)
        if seen.entity_id != mapped.work_mode:
            return _follows(abs(power_w), self._watts(seen.entity_id))
        return {
            BatteryMode.CHARGE: power_w > _NEAR_W,
            BatteryMode.DISCHARGE: power_w < -_NEAR_W,
            BatteryMode.HOLD: abs(power_w) <= _NEAR_W and not self._rests_anyway(settings, own),
        }.get(_mode_of(mapped, seen.state) or BatteryMode.SELF_CONSUMPTION, False)

    def _rests_anyway(self, settings: Settings, battery_ids: Iterable[str]) -> bool:
        """Whether a battery is full or empty, so that its rest is no sign of having been told to."""
        batteries = {} if self._readings is None else self._readings.batteries
        levels = {key: batteries[key].soc.believed for key in battery_ids if key in batteries}
        return any(
            soc is not None and not battery.min_soc + _FREE_SOC < soc < battery.max_soc - _FREE_SOC
            for battery in settings.site.batteries
            for soc in [levels.get(battery.id)]
        )

    def _watts(self, entity_id: str) -> float | None:
        seen = self._hands.look(entity_id)
        number = None if seen is None else number_in(seen.state)
        return None if seen is None or number is None else watts_of(number, unit_of(seen))

    # What follows from it

    def holds(self, entity_id: str) -> bool:
        """Whether an entity is left alone: it is as a person left it, or about to turn out to be."""
        return entity_id in self._suspects or self._stands(entity_id)

    def _stands(self, entity_id: str) -> bool:
        """Whether what a person did is still so: safety may have undone it."""
        doing, seen = self._doings.get(entity_id), self._hands.look(entity_id)
        return doing is not None and seen is not None and _same(doing.state, seen.state)

    def miners(self, settings: Settings) -> dict[str, MinerOverride]:
        """Return the miners that are wholly a person's: every switch, and all alike."""
        found = {}
        for miner_id, mapped in settings.miners.items():
            doings = [self._doings[entity] for entity in mapped.switches if entity in self._doings]
            if doings and len(doings) == len(mapped.switches) and len({doing.state for doing in doings}) == 1:
                since, until = min(doing.at for doing in doings), min(doing.until for doing in doings)
                run = doings[0].state == ON
                found[miner_id] = MinerOverride(miner_id=miner_id, run=run, since=since, until=until, by_hand=True)
        return found

    def batteries(self, settings: Settings) -> dict[str, BatteryOverride]:
        """Return what people brought batteries into by their inverter's select, at the powers that were set then."""
        found = {}
        for battery in settings.site.batteries:
            inverter_id = settings.batteries[battery.id].controller or ""
            mapped = settings.inverters.get(inverter_id)
            doing = None if mapped is None or mapped.work_mode is None else self._doings.get(mapped.work_mode)
            mode = None if mapped is None or doing is None else _mode_of(mapped, doing.state)
            if mapped is None or doing is None or mode is None:
                continue
            power_w = None if doing.set_w is None else doing.set_w * _share(settings, inverter_id, battery.id)
            found[battery.id] = BatteryOverride(
                battery_id=battery.id, mode=mode, since=doing.at, until=doing.until, power_w=power_w, by_hand=True
            )
        return found

    def taken(self, settings: Settings) -> dict[str, datetime]:
        """Return what is left alone beyond that, and until when: units, limits, set-points, modes we have no word for."""
        whole = {entity for miner_id in self.miners(settings) for entity in settings.miners[miner_id].switches}
        modes = {
            mapped.work_mode
            for mapped in settings.inverters.values()
            if mapped.work_mode in self._doings and _mode_of(mapped, self._doings[mapped.work_mode].state) is not None
        }
        return {key: doing.until for key, doing in self._doings.items() if key not in whole and key not in modes}

    def units_off(self, settings: Settings) -> dict[str, int]:
        """Return by miner how many units of a group a person has taken out."""
        whole, found = self.miners(settings), {}
        for miner in settings.site.miners:
            switches = settings.miners[miner.id].switches
            off = [key for key in switches if self._stands(key) and self._doings[key].state == OFF]
            if off and miner.id not in whole:
                found[miner.id] = len(off) * miner.units_per_switch(len(switches))
        return found

    def just_left(self, settings: Settings, now: datetime) -> set[str]:
        """Return what belongs to what a person has switched within moments: it stays so, and the audit log says it."""
        found: set[str] = set()
        for doing in self._doings.values():
            if now - doing.at > MOMENTS:
                continue
            self._record(doing, now, "left_as_it_is")
            found.add(doing.entity_id)
            if doing.device_id in settings.inverters:
                found.update(settings.driven(doing.device_id))
        return found


def _together(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each device's id with its entities that act on each other: an inverter's, and those of each miner's unit."""
    for inverter_id, mapped in settings.inverters.items():
        yield inverter_id, tuple(mapped.ids(driven=True))
    for miner_id, own in settings.miners.items():
        for unit in zip_longest(own.switches, own.power_limits):
            yield miner_id, tuple(entity for entity in unit if entity is not None)


def _says_something(seen: Seen) -> bool:
    """Whether a state is one that a person can bring about."""
    domain = domain_of(seen.entity_id)
    return domain in SELECTS or (number_in(seen.state) is not None if domain in NUMBERS else seen.state in {ON, OFF})


def _may_be_meant(settings: Settings, device_id: str, seen: Seen) -> bool:
    """Whether a change that nobody signed can be a person's: no mode that devices fall back to, nor a text nobody knows."""
    mapped = settings.inverters.get(device_id)
    if mapped is None or seen.entity_id != mapped.work_mode:
        return True
    return _mode_of(mapped, seen.state) not in {None, BatteryMode.SELF_CONSUMPTION}


def _mode_of(mapped: InverterEntities, option: str) -> BatteryMode | None:
    return next((mode for mode, own in mapped.work_mode_options.items() if own == option), None)


def _share(settings: Settings, inverter_id: str, battery_id: str) -> float:
    own = {b.id: b.max_charge_w for b in settings.site.batteries if settings.batteries[b.id].controller == inverter_id}
    total = sum(own.values())
    return own[battery_id] / total if total else 1.0


def _same(left: str, state: str) -> bool:
    """Whether two states say the same; numbers may be written in several ways."""
    one, other = number_in(left), number_in(state)
    return left == state if one is None or other is None else abs(one - other) <= 1e-3 * max(1.0, abs(one))


def _follows(power_w: float, set_w: float | None) -> bool:
    return set_w is not None and abs(power_w - set_w) <= max(_NEAR_W, _FOLLOWS * set_w)


def _words(entity_id: str, state: str) -> str:
    domain = domain_of(entity_id)
    if domain in SELECTS:
        return f"select_option {state}"
    return f"set_value {state}" if domain in NUMBERS else f"turn_{state}"
