"""The loop on a plant in simulated time: the cycle, the dispatcher and the readings that run a home, and no Home Assistant.

What the coordinator (`loop/orchestrator.py`) has of Home Assistant's clock and listeners is here a step: the plant's
devices report, and what follows from that is done.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final

import astral

from ..control import Audit, AuditEntry, Dispatcher, Outcome, drive_of
from ..inputs.expect import ask, forecasts
from ..inputs.forecasts.way import Basis
from ..inputs.memory import SourceMemory
from ..inputs.observer import Observer
from ..inputs.pulse import ALONE
from ..learning.past import Past
from ..loop.cycle import (
    REPLAN_COOLDOWN,
    Planner,
    decided,
    endangered,
    is_news,
    observed,
    planned,
    situation,
    until_next,
    wants_plan,
)
from ..loop.snapshot import Failure, Planned, Remembered, Snapshot
from ..model.decision import BatteryOverride, MinerOverride
from ..model.forecast import Forecasts
from ..model.horizon import tiered
from ..model.policy import Policy
from ..model.seen import Look
from ..model.site import Mode
from ..planner.pose import Situation, UnknownSocError
from ..simulation.hands import PlantHands
from ..simulation.plant import Plant
from .truth import Foresight

_PROVIDER: Final = "plant"


class PlantLoop:
    """One site's loop on its plant, from the plant's moment on. Time passes by `begin` and `step` alone.

    `hands`: what it has of the plant, where those are not the plant's own. `remembered` and `log`: what a loop before it
    left.
    `past`: what is known of the weeks before. `options`: those of the site, as they are stored.
    `watch` is told of each snapshot that the dispatcher is given.
    `planner`: who plans, where that is not the optimum's. `foresight`: what is known besides what is forecast.
    `sent` counts what was sent to devices, retries too, by (entity, command); `planning_s` is how long each plan took.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        hands: PlantHands | None = None,
        policies: Sequence[Policy] = (),
        planner: Planner | None = None,
        foresight: Foresight = lambda expected, _: expected,
        remembered: Remembered | None = None,
        log: Sequence[AuditEntry] = (),
        past: Past | None = None,
        watch: Callable[[Snapshot], None] = lambda _: None,
        **options: Any,
    ) -> None:
        self.hands: Final = hands or PlantHands(plant)
        self.settings = self.hands.settings(**options)
        self.audit: Final = Audit(self._count)
        self.audit.load(log)
        self.sent: Final[Counter[tuple[str, str]]] = Counter()
        self.planning_s: Final[list[float]] = []
        self._policies = policies
        self._planner = planner
        self._foresight = foresight
        self._watch = watch
        self._dispatcher = Dispatcher(self.hands, self.settings, self.audit)
        self._place = astral.Observer(plant.place.latitude, plant.place.longitude)
        self._observer = Observer(self.hands.look, self.settings, lambda: self._place, ALONE)
        self._remembered = remembered or Remembered()
        self._past = past or Past()
        self._sources = SourceMemory()
        self._last: Snapshot | None = None
        self._due = self.hands.now()

    @property
    def remembered(self) -> Remembered:
        """What outlives this loop."""
        return self._remembered

    @property
    def past(self) -> Past:
        """What it has learned from, as of now."""
        return self._past

    @property
    def began(self) -> bool:
        """Whether the first cycle has come to something."""
        return self._last is not None

    @property
    def last(self) -> Snapshot:
        """What the loop last came to. Raises `LookupError` before it began."""
        if self._last is None:
            raise LookupError("the loop has not begun")
        return self._last

    async def begin(self) -> None:
        """Run the first cycle."""
        await self._cycle(self._observe())

    async def situation(self) -> Situation:
        """Return what a plan would be made from now, before the loop began."""
        snapshot = self._observe()
        return situation(snapshot, self._policies, await self._forecasts(snapshot))

    async def step(self, by: timedelta) -> None:
        """Let time pass, then act on what the devices report: at once where it matters, by a whole cycle where one is due.

        A step stands for the two seconds or more between two looks of the coordinator at what changed.
        """
        before = self.hands.now()
        self.hands.advance(before + by)
        now = self.hands.now()
        due, priced = now >= self._due, self._priced_since(before)
        # A cycle begins from what is reported; what protection does meanwhile, the plan does not know of yet.
        begun = self._observe() if due or priced else None
        asked = due + priced + await self._protect()
        if asked:
            await self._cycle(begun or self._observe())
        if asked > 1:
            self._due = min(self._due, now + REPLAN_COOLDOWN)

    # What people do, and the end, as the coordinator does it

    async def set_mode(self, mode: Mode) -> None:
        """Let the owner choose the mode."""
        leaves_control = self.settings.mode is Mode.AUTOMATIC and mode is not Mode.AUTOMATIC
        self.settings = self._dispatcher.settings = self._observer.settings = replace(self.settings, mode=mode)
        if leaves_control:
            await self._dispatcher.async_release()
        await self._cycle(self._observe())

    async def override(self, word: MinerOverride | BatteryOverride) -> None:
        """Put the owner's word over the plan."""
        now, word = self._remembered, replace(word, since=word.since or self.hands.now())
        if isinstance(word, MinerOverride):
            self._dispatcher.forget_manual(word.miner_id)
            await self._remember(replace(now, miner_overrides={**now.miner_overrides, word.miner_id: word}))
        else:
            await self._remember(replace(now, battery_overrides={**now.battery_overrides, word.battery_id: word}))

    async def clear_overrides(self) -> None:
        """Give all devices back to the plan."""
        self._dispatcher.forget_manual(None)
        await self._remember(replace(self._remembered, miner_overrides={}, battery_overrides={}))

    async def stop(self) -> None:
        """Leave the devices safe; this loop does nothing after."""
        await self._dispatcher.async_release()
        self._dispatcher.shutdown()

    async def _remember(self, remembered: Remembered) -> None:
        self._remembered = remembered
        await self._act_on(self._decide(self._observe()))
        await self._cycle(self._observe())

    # The cycle

    async def _cycle(self, begun: Snapshot) -> None:
        self._due = self.hands.now() + until_next(self.hands.now(), self.settings.interval)
        made, failure = await self._plan(begun)
        await self._act_on(self._decide(replace(self._observe(), planned=made, failure=failure)))

    def _observe(self) -> Snapshot:
        readings = self._observer.observe(self.hands.now())
        snapshot = observed(
            readings,
            self.settings,
            self._remembered,
            self._past,
            self._last,
            switched=self._dispatcher.switched(readings.at),
            drives={
                battery.id: drive_of(self.settings, battery.id, self.hands.look)
                for battery in self.settings.site.batteries
            },
            found=self._dispatcher.findings(readings.at),
        )
        self._remembered, self._past = snapshot.remembered, snapshot.past
        return snapshot

    async def _plan(self, snapshot: Snapshot) -> tuple[Planned | None, Failure | None]:
        posed = situation(snapshot, self._policies, await self._forecasts(snapshot))
        begun = perf_counter()
        try:
            made = self._planned(posed)
        except UnknownSocError:
            return snapshot.planned, Failure.SOC_UNKNOWN
        self.planning_s.append(perf_counter() - begun)
        return made, None

    def _planned(self, posed: Situation) -> Planned:
        return planned(posed, self._planner)

    async def _forecasts(self, snapshot: Snapshot) -> Forecasts:
        horizon = tiered(snapshot.at)
        expected = forecasts(
            Basis(
                settings=self.settings,
                readings=snapshot.readings,
                horizon=horizon,
                look=self.hands.look,
                place=self._place,
                answers=await ask(_PlantHome(self.hands), self.settings),
                memory=self._sources,
                past=snapshot.past,
            )
        )
        return self._foresight(expected, horizon)

    def _decide(self, snapshot: Snapshot) -> Snapshot:
        return decided(snapshot, self._policies)

    async def _dispatch(self, snapshot: Snapshot) -> None:
        self._watch(snapshot)
        await self._dispatcher.async_dispatch(
            snapshot.decisions, snapshot.readings, snapshot.ledger, self.settings.mode
        )

    async def _act_on(self, snapshot: Snapshot) -> None:
        await self._dispatch(snapshot)
        self._last = snapshot

    def _count(self, entry: AuditEntry) -> None:
        """Count what goes out: an entry that is sent is told as pending once, and then what came of it."""
        if entry.outcome is Outcome.PENDING:
            self.sent[entry.entity_id, entry.command] += 1

    # Between the cycles

    async def _protect(self) -> bool:
        """Judge new readings against the standing plan. Returns whether a new one is wanted."""
        snapshot = self._decide(self._observe())
        stops = endangered(snapshot)
        if stops.miners:
            await self._dispatcher.async_shed(stops, snapshot.readings, snapshot.ledger, self.settings.mode)
            self._last = snapshot
            snapshot = self._decide(self._observe())
        last = self.last
        if is_news(snapshot, last):
            await self._act_on(snapshot)
        elif self.settings.mode is Mode.AUTOMATIC:
            await self._dispatch(snapshot)
        return wants_plan(snapshot, last)

    def _priced_since(self, before: datetime) -> int:
        """Return how many prices have been published since."""
        shown = [self.hands.look(entity_id) for entity_id in self.settings.price_entities()]
        return sum(seen is not None and seen.last_updated > before for seen in shown)


@dataclass(frozen=True, slots=True)
class _PlantHome:
    """What a plant's surroundings say when they are asked ahead, as Home Assistant passes it on."""

    hands: PlantHands

    @property
    def look(self) -> Look:
        """What the plant's entities show."""
        return self.hands.look

    async def response(self, _domain: str, _service: str, _data: Mapping[str, Any], _entity_id: str) -> object:
        """Return the weather by the hour: nothing else is asked."""
        hours = self.hands.ahead.hourly
        return {"forecast": [{**hour, "temperature": hour["native_temperature"]} for hour in hours]}

    async def solar_forecasts(self) -> dict[str, Mapping[str, object] | None]:
        """Return the one provider's."""
        return {_PROVIDER: self.hands.ahead.wh_hours}
