"""Plays a span of a recorded series on a ready-made site, by whoever runs it, and settles what it came to."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any, Final

import numpy as np

from ..loop.cycle import Planner
from ..loop.snapshot import Snapshot
from ..model.horizon import PLANNED_AHEAD
from ..model.policy import Policy
from ..planner.energy_planner import rule_based_plan
from ..planner.programme.highs import stopped_by
from ..simulation.plant import Plant
from .account import Account
from .before import past_before
from .hindsight import Hindsight, hindsight, worth_of_stored
from .rivals import RIVALS, Runner
from .run import PlantLoop
from .span import RecordedSpan
from .trace import Trace, Tracer
from .truth import Truth
from .witness import Witness, Witnessed

# As long as lets the plant step by five seconds and not by one.
STEP: Final = timedelta(seconds=150)
THIS: Final = "this"
RULES: Final = "owner's rules"
HINDSIGHT: Final = "hindsight"
ALONE: Final = next(iter(RIVALS))
CRUMB_KWH: Final = 0.001
"""Energy that is none: what a plant's steps leave between a limit and keeping it."""
# A plan's last slot ends on a boundary past the hours it looks ahead.
_SEEN_AHEAD: Final = PLANNED_AHEAD + timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loop:
    """How a loop differs from the one in a home: who plans, and which series it knows the truth of."""

    planner: Planner | None = None
    knows: tuple[str, ...] = ()


_LOOPS: Final[Mapping[str, _Loop]] = {
    RULES: _Loop(planner=rule_based_plan),
    THIS: _Loop(),
    "this, true load": _Loop(knows=("load_w",)),
    "this, true solar": _Loop(knows=("solar_w",)),
    "this, true both": _Loop(knows=("load_w", "solar_w")),
}
RUNNERS: Final = (*RIVALS, *_LOOPS, HINDSIGHT)
"""Everybody, by name."""
USUAL: Final = (*RIVALS, RULES, THIS)
"""Those who knew no more than what was known."""
PLANNERS: Final = frozenset(_LOOPS)
"""Those who plan as they go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all are played by: minutes between plans, the owner's written rules, and how long hindsight may take."""

    interval_min: int = 30
    policies: tuple[Policy, ...] = ()
    hindsight_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What it came to with one who ran it.

    `writes`: what was sent to each entity, retries too; None where nothing is sent by calls. `statuses` counts plans,
    `planning_s` is how long each took. `bound`: of hindsight, what no bill can be below.
    `trace`: what happened on a plant, of one week.
    """

    account: Account
    witnessed: Witnessed
    writes: Mapping[str, int] | None = None
    statuses: Mapping[str, int] = field(default_factory=dict)
    planning_s: tuple[float, ...] = ()
    bound: float | None = None
    trace: Trace | None = None

    @property
    def mode_writes(self) -> float | None:
        """Work modes written, a day."""
        return self._writes_a_day("select")

    @property
    def set_point_writes(self) -> float | None:
        """Set-points written, those of miners too, a day."""
        return self._writes_a_day("number")

    @property
    def starts(self) -> float:
        """Starts of units of miners, a day."""
        return sum(self.witnessed.starts.values()) / self.account.days

    @property
    def hours(self) -> float:
        """Hours that units of miners ran, a day."""
        return sum(self.witnessed.hours.values()) / self.account.days

    @property
    def broken(self) -> bool:
        """Whether a promise to the owner was broken."""
        return self.witnessed.broken or max(self.account.unserved_kwh, self.account.over_limit_kwh) > CRUMB_KWH

    def _writes_a_day(self, domain: str) -> float | None:
        if self.writes is None:
            return None
        return sum(n for entity, n in self.writes.items() if entity.startswith(f"{domain}.")) / self.account.days

    @classmethod
    def total(cls, weeks: Sequence[Played]) -> Played:
        """Add up what one came to in all weeks."""
        bounds = [week.bound for week in weeks]
        return cls(
            account=Account.total([week.account for week in weeks]),
            witnessed=Witnessed.total([week.witnessed for week in weeks]),
            writes=None if any(week.writes is None for week in weeks) else _counted([week.writes for week in weeks]),
            statuses=_counted([week.statuses for week in weeks]),
            planning_s=tuple(took for week in weeks for took in week.planning_s),
            bound=None if None in bounds else sum(bound or 0.0 for bound in bounds),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, in one level but for what is counted by name, without the trace."""
        account, witnessed = self.account, self.witnessed
        return {
            "bill": account.bill,
            **{name: getattr(account, name) for name in account.__slots__},
            "bound": self.bound,
            "lowest_soc": witnessed.lowest_soc,
            "mode_writes_a_day": self.mode_writes,
            "set_point_writes_a_day": self.set_point_writes,
            "writes": None if self.writes is None else dict(self.writes),
            "miner_starts_a_day": self.starts,
            "miner_hours_a_day": self.hours,
            "miner_starts": dict(witnessed.starts),
            "miner_hours": dict(witnessed.hours),
            "cut_runs": witnessed.cut_runs,
            "cut_pauses": witnessed.cut_pauses,
            "below_reserve_min": witnessed.below_reserve_min,
            "below_min_min": witnessed.below_min_min,
            "promises_broken": self.broken,
            "plan_statuses": dict(self.statuses),
            "planning_s": _spread(self.planning_s),
        }


def _spread(took_s: Sequence[float]) -> dict[str, float] | None:
    if not took_s:
        return None
    median, high, most = np.quantile(took_s, (0.5, 0.95, 1.0)).tolist()
    return {"median": median, "p95": high, "max": most}


def _counted(counts: Iterable[Mapping[str, int] | None]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one or {})
    return dict(total)


def play(
    span: RecordedSpan,
    runner: str,
    terms: Terms | None = None,
    *,
    told: Callable[[float], None] = lambda _: None,
) -> Played:
    """Play a span (minutes of a core for each day that is planned). `told` hears the share that is done.

    Plans are made with one thread each, as in a home.
    """
    with stopped_by(Event()):
        return asyncio.run(_play(span, runner, terms or Terms(), told))


async def _play(span: RecordedSpan, runner: str, terms: Terms, told: Callable[[float], None]) -> Played:
    plant = span.plant()
    now, truth = await PlantLoop(plant, policies=terms.policies).situation(), Truth(plant, span.end)
    worth = worth_of_stored(span, now, truth)
    if runner == HINDSIGHT:
        best = hindsight(span, now, truth, worth=worth, time_limit_s=terms.hindsight_s)
        told(1.0)
        return _look_back(best)
    if runner in RIVALS:
        plant = span.plant(cutoff_at_reserve=True)
        return await _run(span, plant, RIVALS[runner](plant), worth, told)
    return await _plan_along(span, _LOOPS[runner], terms, worth, told)


def _look_back(best: Hindsight) -> Played:
    return Played(
        account=best.account,
        witnessed=best.witnessed,
        statuses={best.status: 1},
        planning_s=(best.took_s,),
        bound=best.bound,
    )


async def _plan_along(
    span: RecordedSpan, of: _Loop, terms: Terms, worth: float, told: Callable[[float], None]
) -> Played:
    plant = span.plant()
    plans: dict[datetime, str] = {}

    def watch(snapshot: Snapshot) -> None:
        if snapshot.plan is not None:
            plans[snapshot.plan.created] = snapshot.plan.status.value

    knows: dict[str, Any] = {"foresight": Truth(plant, span.end + _SEEN_AHEAD).foresight(of.knows)} if of.knows else {}
    loop = PlantLoop(
        plant,
        policies=terms.policies,
        planner=of.planner,
        past=past_before(span.series, span.site, span.first),
        **knows,
        watch=watch,
        mode="automatic",
        interval_min=terms.interval_min,
    )
    played = await _run(span, plant, loop, worth, told)
    writes: Counter[str] = Counter()
    for (entity, _), times in loop.sent.items():
        writes[entity] += times
    return replace(
        played,
        writes=dict(writes),
        statuses=dict(Counter(plans.values())),
        planning_s=tuple(loop.planning_s),
    )


async def _run(span: RecordedSpan, plant: Plant, runner: Runner, worth: float, told: Callable[[float], None]) -> Played:
    witness, tracer, lasts = Witness(plant), Tracer(plant), span.end - plant.now
    await runner.begin()
    witness.look()
    while plant.now < span.end:
        await runner.step(STEP)
        witness.look()
        tracer.note(runner.last if isinstance(runner, PlantLoop) else None)
        told(1 - (span.end - plant.now) / lasts)
    witnessed = witness.witnessed()
    account = Account.of(plant, lasted=lasts, worth_per_kwh=worth, starts=witnessed.starts)
    return Played(account=account, witnessed=witnessed, trace=tracer.trace())
