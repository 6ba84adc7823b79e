"""What befalls a home, drawn by a seed: readings that lie, commands that fail, restarts, power cuts, clocks and people."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Final

from ..simulation.plant import BATTERY, INVERTER
from ..simulation.sites import SimulatedSite


class Trial(StrEnum):
    """What can befall a home.

    Readings: `zero_poll` (one poll of a device is all zeros, and off), `zero_one` (one sensor is, for one poll),
    `zero_level` (0 % that stays), `jump` (a level that cannot be, for one poll), `frozen` (one sensor repeats itself),
    `silent` (a device reports no more), `unavailable`, `unknown`, `words`, `nan`, `sign` (a meter the wrong way round),
    `spike` (a meter ten times too high, for one poll).
    Commands: `refused`, `late`, `lost`, `reverted` (gone at the next poll), `misunderstood` (another power is set),
    `slow` (the service answers too late), `option_gone` and `point_gone` (a mode or its set-point is not offered).
    The loop: `restart` (in order), `killed` (at once, and its last minute lost), `power_cut`, `clock`.
    People: `switched` (a miner, in Home Assistant), `pressed` (at the miner), `asked_miner`, `asked_battery`, `cleared`,
    `mode` (monitor or paused), `chosen` (the inverter's work mode).
    """

    ZERO_POLL = "zero_poll"
    ZERO_ONE = "zero_one"
    ZERO_LEVEL = "zero_level"
    JUMP = "jump"
    FROZEN = "frozen"
    SILENT = "silent"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    WORDS = "words"
    NAN = "nan"
    SIGN = "sign"
    SPIKE = "spike"
    REFUSED = "refused"
    LATE = "late"
    LOST = "lost"
    REVERTED = "reverted"
    MISUNDERSTOOD = "misunderstood"
    SLOW = "slow"
    OPTION_GONE = "option_gone"
    POINT_GONE = "point_gone"
    RESTART = "restart"
    KILLED = "killed"
    POWER_CUT = "power_cut"
    CLOCK = "clock"
    SWITCHED = "switched"
    PRESSED = "pressed"
    ASKED_MINER = "asked_miner"
    ASKED_BATTERY = "asked_battery"
    CLEARED = "cleared"
    MODE = "mode"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Befalling:
    """A trial of a `device` (of the plant; empty for the home) from `at` on. `chance` (0 to 1) settles what else it is."""

    trial: Trial
    device: str
    at: datetime
    lasts: timedelta
    chance: float

    @property
    def until(self) -> datetime:
        """When it is over."""
        return self.at + self.lasts


type _On = Callable[[SimulatedSite], Sequence[str]]


def _battery(_: SimulatedSite) -> Sequence[str]:
    return (BATTERY,)


def _inverter(_: SimulatedSite) -> Sequence[str]:
    return (INVERTER,)


def _meters(_: SimulatedSite) -> Sequence[str]:
    return BATTERY, INVERTER


def _miners(site: SimulatedSite) -> Sequence[str]:
    return [miner.id for miner in site.site.miners]


def _any(site: SimulatedSite) -> Sequence[str]:
    return (*_meters(site), *_miners(site))


def _driven(site: SimulatedSite) -> Sequence[str]:
    return (*_inverter(site), *_miners(site))


def _home(_: SimulatedSite) -> Sequence[str]:
    return ("",)


@dataclass(frozen=True, slots=True)
class _Odds:
    """How often a day, on which devices, and from how many minutes to how many."""

    a_day: float
    on: _On
    least_min: float = 0.0
    most_min: float = 0.0


_ODDS: Final[Mapping[Trial, _Odds]] = MappingProxyType(
    {
        Trial.ZERO_POLL: _Odds(1.0, _any),
        Trial.ZERO_ONE: _Odds(0.7, _any),
        Trial.ZERO_LEVEL: _Odds(0.15, _battery, 5, 90),
        Trial.JUMP: _Odds(0.8, _battery),
        Trial.FROZEN: _Odds(0.3, _meters, 10, 240),
        Trial.SILENT: _Odds(0.3, _any, 5, 120),
        Trial.UNAVAILABLE: _Odds(0.6, _any, 1, 60),
        Trial.UNKNOWN: _Odds(0.3, _any, 1, 30),
        Trial.WORDS: _Odds(0.2, _any, 1, 10),
        Trial.NAN: _Odds(0.2, _any, 1, 10),
        Trial.SIGN: _Odds(0.15, _meters, 10, 60),
        Trial.SPIKE: _Odds(0.5, _meters),
        Trial.REFUSED: _Odds(0.4, _driven, 5, 120),
        Trial.LATE: _Odds(0.4, _driven, 10, 120),
        Trial.LOST: _Odds(0.3, _driven, 5, 90),
        Trial.REVERTED: _Odds(0.4, _driven, 30, 180),
        Trial.MISUNDERSTOOD: _Odds(0.3, _driven, 30, 180),
        Trial.SLOW: _Odds(0.3, _driven, 10, 60),
        Trial.OPTION_GONE: _Odds(0.2, _inverter, 20, 180),
        Trial.POINT_GONE: _Odds(0.2, _inverter, 20, 180),
        Trial.RESTART: _Odds(0.25, _home, 1, 5),
        Trial.KILLED: _Odds(0.3, _home, 1, 10),
        Trial.POWER_CUT: _Odds(0.15, _home, 2, 30),
        Trial.CLOCK: _Odds(0.15, _home, 2, 20),
        Trial.SWITCHED: _Odds(0.7, _miners),
        Trial.PRESSED: _Odds(0.3, _miners),
        Trial.ASKED_MINER: _Odds(0.5, _miners, 15, 300),
        Trial.ASKED_BATTERY: _Odds(0.5, _inverter, 15, 240),
        Trial.CLEARED: _Odds(0.2, _home),
        Trial.MODE: _Odds(0.4, _home, 5, 120),
        Trial.CHOSEN: _Odds(0.3, _inverter),
    }
)

ONE_POLL: Final = frozenset({Trial.ZERO_POLL, Trial.ZERO_ONE, Trial.JUMP, Trial.SPIKE})
"""What is over with the next poll, whenever that is."""
OF_READINGS: Final = ONE_POLL | {
    Trial.ZERO_LEVEL,
    Trial.FROZEN,
    Trial.SILENT,
    Trial.UNAVAILABLE,
    Trial.UNKNOWN,
    Trial.WORDS,
    Trial.NAN,
    Trial.SIGN,
}
OF_COMMANDS: Final = frozenset({Trial.REFUSED, Trial.LATE, Trial.LOST, Trial.REVERTED, Trial.MISUNDERSTOOD, Trial.SLOW})
OF_OFFERS: Final = frozenset({Trial.OPTION_GONE, Trial.POINT_GONE})


def befallings(
    site: SimulatedSite, chance: Random, start: datetime, days: float, only: Collection[Trial] = tuple(Trial)
) -> Iterator[Befalling]:
    """Yield what befalls a site from `start` on, in order. `only`: these trials, as often as all of them would come."""
    trials = [trial for trial in Trial if trial in only and _ODDS[trial].on(site)]
    if not trials:
        return
    weights = [_ODDS[trial].a_day for trial in trials]
    a_day = sum(odds.a_day for odds in _ODDS.values())
    at = 0.0
    while (at := at + chance.expovariate(a_day)) < days:
        (trial,) = chance.choices(trials, weights)
        odds = _ODDS[trial]
        yield Befalling(
            trial=trial,
            device=chance.choice(odds.on(site)),
            at=start + timedelta(seconds=round(86_400 * at)),
            lasts=timedelta(seconds=round(60 * chance.uniform(odds.least_min, odds.most_min))),
            chance=chance.random(),
        )
