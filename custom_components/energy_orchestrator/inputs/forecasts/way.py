"""A way to a series: what to ask a home for it, and how to make it of what it said.

Each series has a table of them in order of trust, and the first that brings one holds. A new source is a row, a member
of `Source` and its word.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

import astral
import numpy as np

from ...const import LOGGER
from ...learning.past import Past
from ...model.forecast import Forecast, Source
from ...model.horizon import Horizon
from ...model.readings import NamedTrouble, Reading, SiteReadings, Trouble
from ...model.seen import Look, Seen
from ...settings import Settings
from ..memory import SourceMemory
from ..series import OnSlots


class Home(Protocol):
    """What forecasts may ask of a home. None of it changes anything or raises; what fails is None."""

    @property
    def look(self) -> Look:
        """What its entities show."""

    async def response(self, domain: str, service: str, data: Mapping[str, Any], entity_id: str) -> object:
        """What a service says of one entity."""

    async def solar_forecasts(self) -> Mapping[str, Mapping[str, object] | None]:
        """Wh per period of each provider the home's solar forecast is made of, by its config entry."""


@dataclass(frozen=True, slots=True)
class SourceAnswer[A]:
    """What was said to a question, and what was wrong with the source."""

    said: A
    troubles: tuple[NamedTrouble, ...] = ()


type Ask[A] = Callable[[Home, Settings], Awaitable[SourceAnswer[A]]]
type SourceAnswers = Mapping[Ask[Any], SourceAnswer[Any]]
"""What was said to each question; one that was not asked is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """What one moment's forecasts are made from; `troubles` grows by what is found wrong with sources."""

    settings: Settings
    readings: SiteReadings
    horizon: Horizon
    look: Look
    place: astral.Observer
    answers: SourceAnswers
    memory: SourceMemory
    past: Past
    troubles: list[NamedTrouble] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        """Where the home's clock stands."""
        return ZoneInfo(self.settings.site.time_zone)

    def said[A](self, ask: Ask[A]) -> A | None:
        """Return what was said to a question, None where it was not asked."""
        answer = self.answers.get(ask)
        return None if answer is None else cast("A", answer.said)

    def lacks(self, name: str, source: str, trouble: Trouble, state: Seen | None = None) -> None:
        """Note what is wrong with the source of a series."""
        since = None if state is None else state.last_reported if trouble is Trouble.STALE else state.last_changed
        self.troubles.append((None, name, Reading[float](None, since, trouble, source)))


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a series: `make` returns it in the series' inside unit, None where this way leads nowhere.

    `spread`: P10 and P90 as parts of what is expected, how far off an ordinary day falls.
    """

    source: Source
    make: Callable[[Basis], OnSlots | None]
    ask: Ask[Any] | None = None
    spread: tuple[float, float] | None = None

    def forecast(self, made: OnSlots) -> Forecast:
        """Return the forecast of a series that was made this way."""
        lesson = made.lesson
        forecast = Forecast(
            made.values,
            self.source,
            known_slots=made.known_slots,
            days=None if lesson is None else lesson.days,
            told=made.told,
        )
        if self.spread is None:
            return forecast
        parts = self.spread if lesson is None or lesson.spread is None else lesson.spread.over(self.spread)
        doubt = 1.0 if made.doubt is None else made.doubt
        low, high = (made.values * (1 + doubt * (part - 1)) for part in parts)
        if made.most is not None:
            high = np.maximum(made.values, np.minimum(high, made.most))
        return replace(forecast, low=low, high=high)


def first(basis: Basis, name: str, ways: Iterable[Way]) -> Forecast | None:
    """Return what the first way brings that leads anywhere. One that breaks leads nowhere: sources say what they like."""
    for way in ways:
        try:
            made = way.make(basis)
        except Exception:  # noqa: BLE001  # whatever a source says: the plan must still come
            LOGGER.exception("The forecast of %s failed", name)
            continue
        if made is not None and bool(np.isfinite(made.values).all()):
            return way.forecast(made)
    return None


def nothing(basis: Basis) -> Forecast:
    """Return zeros."""
    return Forecast(np.zeros(len(basis.horizon)), Source.NONE, known_slots=0)


def constant(basis: Basis, value: float) -> OnSlots:
    """Return a value that holds throughout."""
    return OnSlots(np.full(len(basis.horizon), value), len(basis.horizon))
