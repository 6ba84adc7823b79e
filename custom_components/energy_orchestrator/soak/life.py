"""Some weeks of one home by one seed: the very loop of a home on faulty hands, restarted, cut off and overruled."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from math import ceil
from random import Random
from threading import Event
from typing import Final, override
from zoneinfo import ZoneInfo

from ..backtest.run import PlantLoop
from ..control import AuditEntry, Outcome
from ..control.hands import Call
from ..learning.past import Past
from ..loop.cycle import planned
from ..loop.snapshot import Planned, Remembered
from ..model.codec import decode, encode
from ..model.decision import BatteryMode, BatteryOverride, MinerOverride
from ..model.plan import Cost
from ..model.seen import OFF, ON, UNAVAILABLE
from ..model.site import Mode
from ..planner.energy_planner import rule_based_plan
from ..planner.pose import Situation, pose
from ..planner.programme.highs import stopped_by
from ..planner.report import Report
from ..simulation.plant import Plant
from ..simulation.sites import SITES
from .eyes import TRIED_AGAIN, Eyes
from .faulty import FaultyHands
from .judge import Judge
from .scene import MINUTE, Choice, Record, ToldValue, Write
from .surroundings import drawn_series, drawn_site
from .trials import OF_OFFERS, ONE_POLL, Befalling, Trial, befallings

# Sites with little and with much to drive, and one without a grid.
_SITES: Final = ("ranch", "ranch", "negative", "home", "cabin")
# Spans begin here, so that nights of clock change lie in some of them.
_FIRST: Final = (date(2026, 3, 14), date(2026, 5, 4), date(2026, 7, 1), date(2026, 10, 10), date(2026, 12, 1))
PROGRAMME_EACH: Final = 30
# How the day is cut: by seconds while a limit is broken, finely around what happens, by the minute so near above the
# lowest level, else by some minutes.
_OVER: Final = timedelta(seconds=5)
_FINE: Final = timedelta(seconds=10)
_COARSE: Final = timedelta(minutes=5)
_FINE_FOR: Final = timedelta(seconds=90)
_MEDIUM: Final = timedelta(minutes=1)
_MEDIUM_FOR: Final = timedelta(minutes=6)
_UNTOLD: Final = Report(rows=(), miner_runs=(), battery_runs=())
_NEAR: Final = 0.06
_SAVED_EACH: Final = timedelta(seconds=60)
_JUMPS: Final = (timedelta(hours=-1), timedelta(minutes=-3), timedelta(minutes=5), timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakTerms:
    """What is played: how many days, on which site (None: by the seed), of which trials.

    `programme_each`: one day in so many is planned by the programme; None is none.
    """

    days: float = 30.0
    site: str | None = None
    programme_each: int | None = PROGRAMME_EACH
    only: tuple[Trial, ...] = tuple(Trial)


class _Loop(PlantLoop):
    """The loop of a home, but that most days are planned by the rules, and no plan is told to people."""

    by_programme = False
    heard: Callable[[AuditEntry], None] | None = None

    @override
    def _planned(self, posed: Situation) -> Planned:
        if self.by_programme:
            return planned(posed)
        made = rule_based_plan(pose(posed), created=posed.readings.at)
        return Planned(forecasts=posed.forecasts, plan=made, report=_UNTOLD, baseline=Cost())

    @override
    def _count(self, entry: AuditEntry) -> None:
        super()._count(entry)
        if self.heard is not None:
            self.heard(entry)


class Life:
    """One home. `play` lives it to its end and fills `judge.record`; `tell` hears what happens, by the plant's clock."""

    def __init__(
        self, seed: int, terms: SoakTerms, *, tell: Callable[[datetime, str], None] = lambda _at, _words: None
    ) -> None:
        chance = Random(seed)  # noqa: S311  # chance, and no secret
        self.site: Final = drawn_site(SITES[terms.site or chance.choice(_SITES)], chance)
        zone = ZoneInfo(self.site.place.time_zone)
        first = chance.choice(_FIRST) + timedelta(days=chance.randrange(10))
        start = datetime.combine(first, time(chance.randrange(24)), zone).astimezone(UTC)
        series = drawn_series(self.site, chance, first, ceil(terms.days) + 1)
        self._plant = Plant(self.site, start=start, seed=seed, series=series, least_step_s=10)
        self._hands = FaultyHands(self._plant, chance)
        self._hands.tell_of = self._sent
        self._settings = self._hands.settings()
        self._eyes = Eyes(self._hands)
        self.judge: Final = Judge(self._settings)
        self.end: Final = start + timedelta(days=terms.days)
        self.begin: Final = start
        self._terms = terms
        self._tell = tell
        self._programme_day = chance.randrange(PROGRAMME_EACH)
        self._coming = list(befallings(self.site, chance, start, terms.days, terms.only))
        self._due: list[tuple[datetime, Callable[[], Awaitable[None]]]] = []
        self._mode = Mode.AUTOMATIC
        self._loop: _Loop | None = None
        self._saved = Remembered()
        self._log: tuple[AuditEntry, ...] = ()
        self._past = Past()
        self._saved_at = self._moved_at = start
        self._reasons: dict[str, str] = {}
        self._written_at: dict[str, datetime] = {}
        self._seen_lies: set[int] = set()
        self._told = 0

    @property
    def now(self) -> datetime:
        """The moment, by the plant's clock."""
        return self._plant.now

    async def play(self, *, until: datetime | None = None, told: Callable[[float], None] = lambda _: None) -> Record:
        """Live until the end, or until a moment. `told` hears the share that is done."""
        end = min(self.end, until or self.end)
        await self._start()
        while self.now < end:
            await self._happen()
            await self._step(min(end, self.now + self._step_length()))
            told((self.now - self.begin) / (self.end - self.begin))
        await self._stop()
        return self.judge.record

    # The loop's life

    async def _start(self) -> None:
        loop = _Loop(
            self._plant,
            hands=self._hands,
            remembered=decode(Remembered, encode(self._saved)),
            log=self._log,
            past=self._past,
            mode=self._mode.value,
            interval_min=60,
        )
        loop.heard = self._heard
        self._loop = loop
        await self._guarded(loop.begin)

    async def _stop(self) -> None:
        loop = self._loop
        if loop is None:
            return
        await self._guarded(loop.stop)
        self.judge.stopped(self.now, timers=self._hands.waiting, tasks=len(asyncio.all_tasks()) - 1)
        self.judge.let_go(self.now)
        self._save()
        self._loop = None

    async def _step(self, to: datetime) -> None:
        loop, begun = self._loop, self.now
        if loop is None:
            self._hands.advance(to + self._hands.clock_off)
        else:
            loop.by_programme = self._is_programme_day((begun - self.begin).days)
            self.judge.looped()
            await self._guarded(partial(loop.step, to - begun))
        if loop is self._loop and self.now - self._saved_at >= _SAVED_EACH:
            self._save()
        self._hands.end()
        self._look()

    def _is_programme_day(self, day: int) -> bool:
        each = self._terms.programme_each
        return each is not None and day % each == self._programme_day % each

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        """Let the loop do something; what it raises is noted, and ends it as a crash would."""
        try:
            await act()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is looked for
            self.judge.fell(self.now, error)
            self._hands.reboot()
            self._loop = None
            self._due.append((self.now + MINUTE, self._start))

    def _save(self) -> None:
        if self._loop is not None:
            self._saved, self._log, self._past = self._loop.remembered, self._loop.audit.entries, self._loop.past
            self._saved_at = self.now

    # What happens

    async def _happen(self) -> None:
        while self._coming and self._coming[0].at <= self.now:
            befalling = self._coming.pop(0)
            self._moved_at = self.now
            self._note(f"— {befalling.trial} {befalling.device} for {befalling.lasts}")
            await self._befall(befalling)
        for one in [one for one in self._due if one[0] <= self.now]:
            self._due.remove(one)
            self._moved_at = self.now
            await one[1]()

    async def _befall(self, of: Befalling) -> None:
        happening = _HAPPENINGS.get(of.trial)
        if happening is None:
            self._hands.begin(of)
            if of.trial in OF_OFFERS:
                self.judge.forget(self._work_mode)
        else:
            await happening(self, of)

    async def _restarts(self, of: Befalling) -> None:
        if of.trial is Trial.RESTART:
            await self._stop()
        if of.trial is Trial.POWER_CUT:
            self._hands.cut_power()
            for switch in self._switches():
                self.judge.acted(switch, self.now)
        self._loop = None
        self._hands.reboot()
        if not any(act == self._start for _, act in self._due):
            self._due.append((max(of.until, self.now), self._start))

    async def _clock_jumps(self, of: Befalling) -> None:
        jump = _JUMPS[int(of.chance * len(_JUMPS))]

        async def back() -> None:
            self._hands.clock_off -= jump

        self._hands.clock_off += jump
        self._due.append((of.until, back))

    async def _switches_by_hand(self, of: Befalling) -> None:
        entities = self._settings.miners[of.device].switches
        entity = entities[int(of.chance * len(entities))]
        seen, pressed = self._hands.look(entity), of.trial is Trial.PRESSED
        on = self._eyes.on()[entity]
        lately = self.now - self._written_at.get(entity, self.begin - TRIED_AGAIN) < 10 * MINUTE
        if seen is None or seen.state != (ON if on else OFF) or (pressed and (lately or self._befallen(of.device))):
            return
        self._hands.by_person(entity, not on, in_home_assistant=not pressed)
        self._choose(entity, not on, self._settings.override)

    async def _asks_for_miner(self, of: Befalling) -> None:
        run = of.chance < 0.5
        for switch in self._settings.miners[of.device].switches:
            self._choose(switch, run, of.lasts, asked=True)
        await self._ask(MinerOverride(miner_id=of.device, run=run, until=self._hands.now() + of.lasts))

    async def _asks_for_battery(self, of: Befalling) -> None:
        mode = list(BatteryMode)[int(of.chance * len(BatteryMode))]
        if self._befallen(of.device) or not self.site.site.grid.connected:
            return
        until = self._hands.now() + of.lasts
        self._choose(self._work_mode, mode.value, of.lasts, asked=True)
        await self._ask(BatteryOverride(battery_id=self.site.battery.id, mode=mode, until=until))

    async def _ask(self, word: MinerOverride | BatteryOverride) -> None:
        if self._loop is not None:
            await self._guarded(partial(self._loop.override, word))
            self._save()

    async def _gives_back(self, _: Befalling) -> None:
        self.judge.given_back()
        if self._loop is not None:
            await self._guarded(self._loop.clear_overrides)
            self._save()

    async def _changes_mode(self, of: Befalling) -> None:
        if self._mode is not Mode.AUTOMATIC or self._loop is None:
            return
        if of.chance < 0.3 and self.site.site.miners:
            miner = self.site.site.miners[0].id
            await self._switches_by_hand(replace(of, trial=Trial.SWITCHED, device=miner))
            await self._step(self.now + _FINE)

        async def back() -> None:
            self.judge.taken()
            await self._set_mode(Mode.AUTOMATIC)

        await self._set_mode(Mode.PAUSED if of.chance < 0.5 else Mode.MONITOR)
        self.judge.let_go(self.now)
        self._due.append((of.until, back))

    async def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        if self._loop is not None:
            await self._guarded(partial(self._loop.set_mode, mode))

    async def _chooses_mode(self, of: Befalling) -> None:
        mode = list(BatteryMode)[int(of.chance * len(BatteryMode))]
        seen = self._hands.look(self._work_mode)
        # What is chosen again changes nothing that could be seen.
        if (
            seen is None
            or seen.state in {UNAVAILABLE, mode.value}
            or self._befallen(of.device)
            or not self.site.site.grid.connected
        ):
            return
        self._hands.by_person(self._work_mode, mode.value, in_home_assistant=True)
        self._choose(self._work_mode, mode.value, self._settings.override)

    def _choose(self, entity: str, value: ToldValue, lasts: timedelta, *, asked: bool = False) -> None:
        self._note(f"  a person {'asks for' if asked else 'sets'} {entity} = {value} for {lasts}")
        self.judge.acted(entity, self.now)
        if self._loop is not None and self._mode is Mode.AUTOMATIC:
            self.judge.chose(Choice(entity_id=entity, value=value, at=self.now, until=self.now + lasts, asked=asked))

    def _befallen(self, device: str) -> bool:
        return any(one.of.device == device for one in self._hands.active)

    # What is seen

    def _step_length(self) -> timedelta:
        now, since = self.now, self.now - self._moved_at
        over = self._plant.flows.grid_w > self._plant.max_import_w
        if over and (self._plant.flows.miners_w or self._plant.flows.charge_w) and self._mode is Mode.AUTOMATIC:
            return _OVER
        falling = self._plant.flows.battery_w < 0 and self._plant.soc < self.site.battery.min_soc + _NEAR
        length = _FINE if since < _FINE_FOR else _MEDIUM if falling or since < _MEDIUM_FOR else _COARSE
        polls = [self._hands.polls[o.of.device].every_s for o in self._hands.active if o.of.trial in ONE_POLL]
        if polls:
            every_s = min(polls)
            length = min(length, timedelta(seconds=every_s - int(now.timestamp()) % every_s))
        changes = [
            *(befalling.at for befalling in self._coming[:1]),
            *(at for at, _ in self._due),
            *(one.of.until for one in self._hands.active),
        ]
        return min([length, *(at - now for at in changes if at > now)])

    def _look(self) -> None:
        for one in self._hands.active:
            if one.shown_at is not None and id(one) not in self._seen_lies:
                self._seen_lies.add(id(one))
                self._moved_at = self.now
                self.judge.lied()
        self.judge.look(self._eyes.see(self._loop, self._mode))
        for breach in self.judge.record.breaches[self._told :]:
            self._note(f"! {breach.promise}: {breach.words}")
        self._told = len(self.judge.record.breaches)

    def _switches(self) -> Iterator[str]:
        for mapped in self._settings.miners.values():
            yield from mapped.switches

    @property
    def _work_mode(self) -> str:
        return self._settings.inverters[self.site.inverter.id].work_mode or ""

    # What goes out

    def _heard(self, entry: AuditEntry) -> None:
        if entry.outcome is Outcome.PENDING:
            self._reasons[entry.entity_id] = entry.reason
        elif entry.outcome is Outcome.SEEN and entry.problem is None:
            self._note(f"  seen: {entry.entity_id} {entry.command}")
            self.judge.noticed(entry.entity_id, self.now)

    def _sent(self, call: Call) -> None:
        (value,) = call.data.values() or (call.service == "turn_on",)
        scene = self._eyes.see(self._loop, self._mode)
        self._moved_at = self.now
        for entity in call.targets:
            reason = self._reasons.get(entity, "")
            self._note(f"  {entity} = {value} ({reason}; {scene.soc:.1%}, grid {scene.grid_w:.0f} W)")
            self._written_at[entity] = self.now
            self.judge.sent(Write(entity_id=entity, value=value, reason=reason, scene=scene))

    def _note(self, words: str) -> None:
        self._tell(self.now, words)


_HAPPENINGS: Final[Mapping[Trial, Callable[[Life, Befalling], Awaitable[None]]]] = {
    Trial.RESTART: Life._restarts,
    Trial.KILLED: Life._restarts,
    Trial.POWER_CUT: Life._restarts,
    Trial.CLOCK: Life._clock_jumps,
    Trial.SWITCHED: Life._switches_by_hand,
    Trial.PRESSED: Life._switches_by_hand,
    Trial.ASKED_MINER: Life._asks_for_miner,
    Trial.ASKED_BATTERY: Life._asks_for_battery,
    Trial.CLEARED: Life._gives_back,
    Trial.MODE: Life._changes_mode,
    Trial.CHOSEN: Life._chooses_mode,
}


def live(seed: int, terms: SoakTerms, *, told: Callable[[float], None] = lambda _: None) -> Record:
    """Play one home. Plans are made with one thread each, as in a home."""
    with stopped_by(Event()):
        return asyncio.run(Life(seed, terms).play(told=told))
