"""A question with all it is answered from, and the answer as it grows: the number, the reason, the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from string import Formatter
from typing import Any, Final

from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util

from ..loop.orchestrator import Orchestrator
from ..loop.snapshot import Snapshot
from ..model.decision import Override, Reason
from ..model.site import Battery, Miner, Mode
from ..views import SITE, BatteryView, MinerView, SiteView
from . import because
from .acts import Act
from .language import WEEKDAYS
from .recognise import Match
from .topics import ROUTES, Route
from .wording import Fact, Spoken, Wording

_NIGHT_FROM: Final = 18
_NIGHT_TO: Final = 8
_NOON: Final = 12
_SHIFTS: Final = {"tomorrow": 1, "yesterday": -1, "last_night": -1, "before_yesterday": -2}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """All that a word of somebody's can change: what stands over the plan, by its ids, and the mode."""

    overrides: Mapping[str, Override]
    mode: Mode


@dataclass(frozen=True, slots=True)
class Undo:
    """What stood before and after something was done."""

    before: Arrangement
    after: Arrangement
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered: short to be spoken, longer for the screen, the numbers behind it and where they come from.

    `pending` is what a "yes" would do, `undo` what stood before something was done.
    """

    route: Route
    topic: str
    spoken: str
    shown: str
    sources: tuple[str, ...]
    facts: dict[str, Fact]
    pending: Act | None = None
    undo: Undo | None = None

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "route": self.route.value,
            "topic": self.topic,
            "answer": self.spoken,
            "shown": self.shown,
            "sources": list(self.sources),
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: what was understood, and this moment's snapshot. `last` is the answer before, in this talk.

    `context` is whose question it is: what it changes must be theirs to control. `may_act` is whether the door it came
    by may change anything, `undo` what was done last in this talk.
    """

    orchestrator: Orchestrator
    wording: Wording
    match: Match
    context: Context
    last: Answer | None
    assistant: str
    may_act: bool
    undo: Undo | None

    @property
    def hass(self) -> HomeAssistant:
        """The home that is asked about."""
        return self.orchestrator.hass

    @property
    def snapshot(self) -> Snapshot:
        """What the orchestrator published last."""
        return self.orchestrator.data

    @property
    def now(self) -> datetime:
        """This moment."""
        return dt_util.utcnow()

    @property
    def site(self) -> SiteView:
        """The site's view."""
        return SiteView(self.hass, self.snapshot, SITE)

    @property
    def batteries(self) -> list[BatteryView]:
        """The batteries named, or all."""
        views = [BatteryView(self.hass, self.snapshot, item.id) for item in self.snapshot.settings.site.batteries]
        return [view for view in views if view.device_id in self.match.slots.devices] or views

    @property
    def miners(self) -> list[MinerView]:
        """The miners named, or all."""
        views = [MinerView(self.hass, self.snapshot, item.id) for item in self.snapshot.settings.site.miners]
        return [view for view in views if view.device_id in self.match.slots.devices] or views

    def name_of(self, device_id: str) -> str:
        """Return a device's name, its id where it is no more."""
        return self.snapshot.settings.site.names.get(device_id, device_id)

    def name(self, device: Battery | Miner | None) -> str:
        """Return a device's name as it may be spoken."""
        return " ".join((device.name if device else "").split())[:60]

    def moment(self) -> datetime | None:
        """Return the moment that was named (a clock time and perhaps a day), None without one."""
        at = self.match.slots.time
        if at is None:
            return None
        day = self.match.slots.day
        moment = datetime.combine(self.date(), at, tzinfo=dt_util.get_default_time_zone())
        if day is None and moment < self.now and self.match.route is not Route.HISTORY:
            moment += timedelta(days=1)
        if (day == "tonight" and at.hour < _NIGHT_TO) or (day == "last_night" and at.hour < _NOON):
            moment += timedelta(days=1)
        return dt_util.as_utc(moment)

    def date(self) -> date:
        """Return the date that was named, today without one; of a day of the week the last one, or else the next."""
        today, day = dt_util.as_local(self.now).date(), self.match.slots.day or ""
        if day in WEEKDAYS:
            ahead = (WEEKDAYS.index(day) - today.weekday()) % len(WEEKDAYS)
            return today + timedelta(days=ahead - len(WEEKDAYS) if self.match.route is Route.HISTORY else ahead)
        return today + timedelta(days=_SHIFTS.get(day, 0))

    def period(self) -> tuple[datetime, datetime]:
        """Return the time that was named: a day, a night, the rest of today, or today so far."""
        now, midnight = self.now, dt_util.start_of_local_day(dt_util.as_local(self.now))

        def day(shift: int) -> datetime:
            return dt_util.as_utc(dt_util.start_of_local_day(midnight.date() + timedelta(days=shift)))

        def hour(base: datetime, hours: int) -> datetime:
            return dt_util.as_utc(dt_util.as_local(base).replace(hour=hours))

        match self.match.slots.day:
            case "last_night":
                return hour(day(-1), _NIGHT_FROM), hour(day(0), _NIGHT_TO)
            case "tonight":
                return max(now, hour(day(0), _NIGHT_FROM)), hour(day(1), _NIGHT_TO)
            case "now":
                return now, now + timedelta(hours=1)
        if shift := (self.date() - midnight.date()).days:
            return day(shift), day(shift + 1)
        if self.match.route is Route.HISTORY:
            return day(0), now
        return now, day(1)

    def told(self) -> Told:
        """Begin an answer."""
        return Told(self)


@dataclass(slots=True)
class Told:
    """An answer as it grows."""

    question: Question
    spoken: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)

    def text(self, key: str, **values: Any) -> str:
        """Return a text, keeping the numbers in it as facts; the second of a name is kept as `name_2`."""
        wording, snapshot = self.question.wording, self.question.snapshot
        shown = {name for _, name, spec, _ in Formatter().parse(wording.texts[key]) if name and spec}
        for name, value in values.items():
            if name in shown:
                self.fact(name, value)
        return wording.say(key, snapshot.settings.site.currency, self.question.now, **values)

    def fact(self, name: str, value: Spoken) -> None:
        """Keep a number or time."""
        kept: Fact = dt_util.as_local(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value
        kept = round(float(kept), 6) if isinstance(kept, (int, float)) else kept
        if kept in (self.facts.get(name), None):
            return
        rank = 2
        key = name
        while key in self.facts and self.facts[key] != kept:
            key, rank = f"{name}_{rank}", rank + 1
        self.facts[key] = kept

    def say(self, key: str, **values: Spoken) -> Told:
        """Add a sentence that is spoken."""
        self.spoken.append(self.text(key, **values))
        return self

    def add(self, key: str, **values: Spoken) -> Told:
        """Add a sentence for the screen only."""
        self.more.append(self.text(key, **values))
        return self

    def balance(self, name: str, total: float) -> str:
        """Return a cost, or a gain where it is negative; the fact keeps its sign."""
        self.fact(name, total)
        currency = self.question.snapshot.settings.site.currency
        return self.question.wording.say("balance_gain" if total < 0 else "balance_cost", currency, value=abs(total))

    def better(self, key: str, saved: float, **values: Spoken) -> Told:
        """Say how much better something is, behind where it is negative, or the same; the fact keeps its sign."""
        self.fact("saving", saved)
        if not saved:
            return self.say(f"{key}_same", **values)
        return self.say(key if saved >= 0 else f"{key}_negative", saving=abs(saved), **values)

    def source(self, key: str, **values: Any) -> Told:
        """Name where it comes from."""
        return self.cite(self.question.wording.say(key, now=self.question.now, **values))

    def cite(self, source: str) -> Told:
        """Name a source as it stands: `document › section`, an entity."""
        if source not in self.sources:
            self.sources.append(source)
        return self

    def plan_source(self) -> Told:
        """Name the standing plan."""
        plan = self.question.snapshot.plan
        return self.source("source_plan", at=plan.created) if plan else self

    def readings_source(self, *entities: str | None) -> Told:
        """Name the readings, with their entities."""
        self.source("source_readings", at=self.question.snapshot.at)
        for entity in entities:
            if entity:
                self.cite(entity)
        return self

    def reason(self, reason: Reason[Any], *, aloud: bool = True, numbers_aloud: bool = True) -> Told:
        """Say why, with the numbers and the policies it rests on; what is not spoken is shown."""
        wording = self.question.wording
        where = self.spoken if aloud else self.more
        where.append(because.sentence(wording, reason))
        for name, value in because.numbers(reason, wording).items():
            self.fact(name, value)
        if numbers := because.with_numbers(wording, reason, self.question.snapshot.settings.site.currency):
            (where if numbers_aloud else self.more).append(numbers)
        for policy in reason.policies:
            self.cite(policy)
        return self

    def answer(self, topic: str | None = None, pending: Act | None = None) -> Answer:
        """Finish."""
        topic = topic or self.question.match.topic
        spoken = " ".join(self.spoken)
        lines = [spoken, *self.more]
        if self.sources:
            lines.append(self.question.wording.say("source_line", sources=", ".join(self.sources)))
        return Answer(
            route=ROUTES[topic],
            topic=topic,
            spoken=spoken,
            shown="\n".join(line for line in lines if line),
            sources=tuple(self.sources),
            facts=self.facts,
            pending=pending,
        )
