"""How a plant was run, as seen from outside: starts, hours, levels, and the promises to its owner that were broken."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from ..model.site import Miner
from ..simulation.plant import Plant

# A level is missed where more than this is missing of it.
_MISSED_SOC: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What was seen over a span.

    `starts` and `hours`: of units, by miner. `cut_runs` and `cut_pauses`: how many were shorter than their owner wants.
    `below_reserve_min` and `below_min_min`: minutes more than 1 % below the owner's reserve and lowest level, after the
    battery had been there; without a grid, where the house comes first, only those in which a miner ran.
    """

    lowest_soc: float = 1.0
    starts: Mapping[str, int] = field(default_factory=dict)
    hours: Mapping[str, float] = field(default_factory=dict)
    cut_runs: int = 0
    cut_pauses: int = 0
    below_reserve_min: float = 0.0
    below_min_min: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether a promise was broken."""
        return any((self.cut_runs, self.cut_pauses, self.below_reserve_min, self.below_min_min))

    @classmethod
    def total(cls, seen: Sequence[Self]) -> Self:
        """Add up."""
        starts: Counter[str] = Counter()
        hours: defaultdict[str, float] = defaultdict(float)
        for one in seen:
            starts.update(one.starts)
            for miner_id, ran_h in one.hours.items():
                hours[miner_id] += ran_h
        return cls(
            lowest_soc=min(one.lowest_soc for one in seen),
            starts=dict(starts),
            hours=dict(hours),
            cut_runs=sum(one.cut_runs for one in seen),
            cut_pauses=sum(one.cut_pauses for one in seen),
            below_reserve_min=sum(one.below_reserve_min for one in seen),
            below_min_min=sum(one.below_min_min for one in seen),
        )


@dataclass(slots=True)
class _Unit:
    """One unit of a miner: whether it runs, and since when; None where that was before anyone looked."""

    miner: Miner
    on: bool
    since: datetime | None = None

    def cut_short(self, now: datetime) -> bool:
        """Whether the owner wants it to stay as it is for longer."""
        least_h = self.miner.min_run_h if self.on else self.miner.min_pause_h
        return self.since is not None and now - self.since < timedelta(hours=least_h)


@dataclass(slots=True)
class _Level:
    """A level that the battery is to stay above, and for how long it did not."""

    soc: float
    reached: bool = False
    missed: timedelta = timedelta()

    def note(self, soc: float, lasted: timedelta, *, counts: bool) -> None:
        """Take note of a state of charge that lasted so long."""
        self.reached = self.reached or soc >= self.soc
        if counts and self.reached and soc < self.soc - _MISSED_SOC:
            self.missed += lasted


class Witness:
    """Looks at a plant after every step."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._seen = plant.now
        self._lowest = plant.soc
        battery = plant.site.battery
        self._reserve, self._least = _Level(battery.reserve_soc), _Level(battery.min_soc)
        self._units = {
            miner.id: [_Unit(miner, on) for on in plant.units_on(miner.id)] for miner in plant.site.site.miners
        }
        self._starts: Counter[str] = Counter()
        self._ran = dict.fromkeys(self._units, timedelta())
        self._cut = Counter[bool]()

    def look(self) -> None:
        """Take note of what the last step brought."""
        plant, now = self._plant, self._plant.now
        lasted, self._seen = now - self._seen, now
        self._lowest = min(self._lowest, plant.soc)
        counts = plant.site.site.grid.connected or plant.flows.miners_w > 0
        for level in (self._reserve, self._least):
            level.note(plant.soc, lasted, counts=counts)
        for miner_id, units in self._units.items():
            for unit, on in zip(units, plant.units_on(miner_id), strict=True):
                if unit.on:
                    self._ran[miner_id] += lasted
                if unit.on != on:
                    self._cut[unit.on] += unit.cut_short(now)
                    self._starts[miner_id] += on
                    unit.on, unit.since = on, now

    def witnessed(self) -> Witnessed:
        """Return what was seen."""
        minute = timedelta(minutes=1)
        return Witnessed(
            lowest_soc=self._lowest,
            starts={miner_id: self._starts[miner_id] for miner_id in self._units},
            hours={miner_id: ran / timedelta(hours=1) for miner_id, ran in self._ran.items()},
            cut_runs=self._cut[True],
            cut_pauses=self._cut[False],
            below_reserve_min=self._reserve.missed / minute,
            below_min_min=self._least.missed / minute,
        )
