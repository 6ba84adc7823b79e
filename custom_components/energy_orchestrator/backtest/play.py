"""Plays a span of a recorded series on a ready-made site, by whoever runs it, and settles what it came to."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ..loop.snapshot import Snapshot
from ..simulation.plant import Plant
from ..simulation.series import RecordedSeries
from ..simulation.sites import SimulatedSite
from .account import Account
from .rivals import RIVALS, Runner
from .run import PlantLoop

THIS: Final = "this"
RUNNERS: Final = (*RIVALS, THIS)
# As long as lets the plant step by five seconds and not by one.
STEP: Final = timedelta(seconds=150)
_MODE_ENTITY: Final = "select"
_SET_POINT_ENTITY: Final = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSpan:
    """Whole days of a series from one on, on a site."""

    site: SimulatedSite
    series: RecordedSeries
    first: date
    days: int

    def __post_init__(self) -> None:
        """Raise `ValueError` where the series does not hold the days, whole and valid, and one more to look ahead to."""
        if self.first not in self.series.dates:
            raise ValueError(f"{self.first} is no whole valid day of the series")
        if self.series.dates.index(self.first) + self.days >= len(self.series.dates):
            raise ValueError(f"the series ends less than {self.days + 1} whole days after {self.first}")

    @property
    def start(self) -> datetime:
        """Local midnight of the first day."""
        return datetime.combine(self.first, time(), ZoneInfo(self.site.place.time_zone))

    @property
    def worth_per_kwh(self) -> float:
        """What a kWh left in the battery is worth: half way between the mean prices to buy and to sell at, for everybody."""
        first = self.series.dates.index(self.first)
        prices = [step.price for day in self.series.days[first : first + self.days] for step in day]
        both = [
            tariff.price(price) for price in prices for tariff in (self.site.import_tariff, self.site.export_tariff)
        ]
        return sum(both) / len(both)

    def plant(self) -> Plant:
        """Return the plant at the span's start: the first day is the first, whatever its place in the series."""
        days, at = self.series.days, self.series.dates.index(self.first)
        turned = (at - self.first.toordinal()) % len(days)
        series = replace(self.series, days=days[turned:] + days[:turned])
        return Plant(self.site, start=self.start, series=series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What it came to with one who ran it, and how calm it was: writes and starts a day, and each plan's status."""

    account: Account
    mode_writes: float = 0.0
    set_point_writes: float = 0.0
    starts: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            **self.account.as_json(),
            "mode_writes_a_day": self.mode_writes,
            "set_point_writes_a_day": self.set_point_writes,
            "miner_starts_a_day": self.starts,
            "plan_statuses": self.statuses,
        }


def play(
    span: RecordedSpan,
    runner: str,
    *,
    interval_min: int = 30,
    told: Callable[[float], None] = lambda _: None,
) -> Played:
    """Play a span (minutes of a core for each day that is planned). `told` hears the share that is done."""
    return asyncio.run(_play(span, runner, interval_min, told))


async def _play(span: RecordedSpan, name: str, interval_min: int, told: Callable[[float], None]) -> Played:
    plant, lasted, lowest = span.plant(), timedelta(days=span.days), 1.0
    plans: dict[datetime, str] = {}

    def watch(snapshot: Snapshot) -> None:
        if snapshot.plan is not None:
            plans[snapshot.plan.created] = snapshot.plan.status.value

    loop = None
    if name == THIS:
        loop = PlantLoop(plant, watch=watch, mode="automatic", interval_min=interval_min)
    runner: Runner = loop or RIVALS[name](plant)
    await runner.begin()
    while plant.now < span.start + lasted:
        await runner.step(STEP)
        lowest = min(lowest, plant.soc)
        told((plant.now - span.start) / lasted)
    account = Account.of(plant, lasted=lasted, worth_per_kwh=span.worth_per_kwh, lowest_soc=lowest)
    if loop is None:
        return Played(account=account)
    written = Counter(entry.entity_id.partition(".")[0] for entry in loop.audit.entries)
    return Played(
        account=account,
        mode_writes=written[_MODE_ENTITY] / span.days,
        set_point_writes=written[_SET_POINT_ENTITY] / span.days,
        starts=sum(entry.command == "turn_on" for entry in loop.audit.entries) / span.days,
        statuses=dict(Counter(plans.values())),
    )
