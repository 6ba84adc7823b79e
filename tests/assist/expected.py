"""What an answer must hold, worked out from the site's settings, the readings, the account and the plan's rows themselves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.sun import get_astral_event_next
from homeassistant.util import dt as dt_util
import numpy as np
import pytest

from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.planner.report import Row
from tests.integration.mapped_site import BATTERY, BATTERY_ID, MINER, MINER_ID, RACK, RACK_ID, SITE

from .conftest import NAMES, TUNED, TUNED_ID

type Told = dict[str, Any]

MINERS: Final[Mapping[str, dict[str, Any]]] = {MINER_ID: MINER, RACK_ID: RACK, TUNED_ID: TUNED}
_DAYS: Final = (
    ("tonight", r"tonight|this evening|heute nacht|heute abend|ce soir|cette nuit|esta noche|vanavond|vannacht"),
    ("tomorrow", r"tomorrow|morgen|demain|mañana"),
    ("today", r"today|heute|aujourd|hoy|vandaag"),
    ("now", r"\bnow|at the moment|jetzt|maintenant|ahora|\bnu\b"),
)
_SECOND: Final = r"(miner|mineur|minero) (two|zwei|deux|dos|twee)\b"
_FIRST: Final = r"first miner|miner one"
_THIRD: Final = r"miner three|tuned s nineteen"
_DOWN: Final = r"empty|last|run out|leer|hält|vide|tient|dura |vacía|agote|leeg|gaat .* mee"
_PERCENT: Final = r"(\w+|a hundred|quatre-vingts) (?:percent|prozent|pour cent|por ciento|procent)"
_SPELLED: Final = {"twenty": 20, "achtzig": 80, "quatre-vingts": 80, "tachtig": 80, "a hundred": 100, "hundred": 100}
_PARTS: Final = re.compile(r"\b(?:and|then|und|et|y|en)\b|[?]")
_CLOCK: Final = r"\b(\d\d?):?(\d\d)? ?(pm|am|uhr|uur|heures)?\b"
_WORTH_TALKING_W: Final = 20
_REST: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Segment:
    """A battery's charging or discharging without a rest of more than half an hour."""

    start: datetime
    end: datetime
    sign: int
    soc: float


@dataclass(frozen=True)
class Asked:
    """A question as people read it, the answer, and what it was answered from.

    `said` is newest first; `place` is the answer's number and how many there are.
    """

    hass: HomeAssistant
    said: Sequence[str]
    slots: Mapping[str, Any]
    told: Told
    snapshot: Snapshot
    place: tuple[int, int] = (0, 1)

    @property
    def part(self) -> str:
        """What was said of this answer's own question, where one utterance holds several."""
        parts = [part for part in _PARTS.split(self.said[0]) if part and part.strip()]
        return parts[self.place[0]] if len(parts) == self.place[1] else self.said[0]

    @property
    def words(self) -> Sequence[str]:
        """What to look for names and days in, the nearest first, in small letters."""
        return [said.lower() for said in (self.part, *self.said[1:])]

    @property
    def facts(self) -> dict[str, Any]:
        """The numbers and times behind the answer."""
        facts: dict[str, Any] = self.told["facts"]
        return facts

    def values(self, name: str) -> list[Any]:
        """Return all facts of a name, however many devices it was told of."""
        found = [value for key, value in self.facts.items() if re.fullmatch(rf"{name}(_\d+)?", key)]
        return [datetime.fromisoformat(value) if _is_time(value) else value for value in found]

    @property
    def day(self) -> str | None:
        """The day that was named, in a question or before it."""
        if self.slots.get("day"):
            return str(self.slots["day"])
        for said in self.words:
            for day, words in _DAYS:
                if re.search(words, said):
                    return day
        return None

    @property
    def at(self) -> datetime:
        """When it was asked."""
        return self.snapshot.at

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The named day, from now on where it has begun."""
        midnight = dt_util.start_of_local_day(dt_util.as_local(self.at))
        next_day, day_after = (dt_util.start_of_local_day(midnight.date() + timedelta(days=days)) for days in (1, 2))
        if self.day == "tomorrow":
            return next_day, day_after
        if self.day == "tonight":
            return max(self.at, midnight.replace(hour=18)), next_day.replace(hour=8)
        if self.day == "now":
            return self.at, self.at + timedelta(hours=1)
        return self.at, next_day

    @property
    def miners(self) -> list[str]:
        """The miners that were named, else all."""
        for text in (self.words[0], self.said[0].lower(), *self.words[1:]):
            named = [key for key in MINERS if NAMES[key].lower() in text]
            named += [
                key
                for key, words in ((RACK_ID, _SECOND), (MINER_ID, _FIRST), (TUNED_ID, _THIRD))
                if re.search(words, text)
            ]
            if named:
                return named
        return [*MINERS]

    @property
    def plan(self) -> Plan:
        """The standing plan."""
        assert self.snapshot.plan
        return self.snapshot.plan

    @property
    def rows(self) -> Sequence[Row]:
        """Its slots."""
        assert self.snapshot.report
        return self.snapshot.report.rows

    def within(self, start: datetime, end: datetime) -> list[tuple[Row, float]]:
        """Return the rows of a time with their hours in it."""
        found = []
        for row in self.rows:
            inside = (min(ends(row), end) - max(row.start, start)).total_seconds() / 3600
            if inside > 0:
                found.append((row, inside))
        return found

    def row(self, at: datetime) -> Row:
        """Return the row that holds a time."""
        return next(row for row in self.rows if row.start <= at < ends(row))

    def soc(self, at: datetime) -> float:
        """Return the planned SOC at a time, %."""
        hours = (at - self.plan.horizon.start).total_seconds() / 3600
        return float(100 * np.interp(hours, self.plan.horizon.edges_h, self.plan.schedule.soc[BATTERY_ID]))

    @property
    def path(self) -> list[tuple[datetime, float]]:
        """SOC at the end of every slot ahead, %."""
        return [(ends(row), 100 * row.soc[BATTERY_ID]) for row in self.rows if ends(row) > self.at]

    def runs(self, miner: str) -> list[tuple[datetime, datetime]]:
        """Return when a miner runs, as the rows have it."""
        edges = [
            (row.start, bool(row.miner_units[miner]), bool(before and before.miner_units[miner]))
            for before, row in pairwise([None, *self.rows])
            if row
        ]
        starts = [at for at, runs, ran in edges if runs and not ran]
        stops = [at for at, runs, ran in edges if ran and not runs]
        return list(zip(starts, [*stops, self.plan.horizon.end], strict=False))

    def segments(self) -> list[Segment]:
        """Return when the battery charges and discharges."""
        found: list[Segment] = []
        for row in self.rows:
            power_w = row.battery_w[BATTERY_ID]
            if abs(power_w) <= _WORTH_TALKING_W:
                continue
            mine = Segment(row.start, ends(row), 1 if power_w > 0 else -1, 100 * row.soc[BATTERY_ID])
            if found and found[-1].sign == mine.sign and mine.start - found[-1].end <= _REST:
                mine = Segment(found.pop().start, mine.end, mine.sign, mine.soc)
            found.append(mine)
        return found

    def stored_kwh(self, start: datetime, end: datetime) -> float:
        """Return what goes into the battery."""
        return sum(max(0.0, row.battery_w[BATTERY_ID]) * hours for row, hours in self.within(start, end)) / 1000


def ends(row: Row) -> datetime:
    """Return when a row ends."""
    return row.start + timedelta(hours=row.hours)


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and bool(re.match(r"\d{4}-\d\d-\d\dT", value))


def same(found: Sequence[Any], wanted: Sequence[Any]) -> None:
    """Assert that the same numbers or times are told, each once."""
    distinct: list[Any] = []
    for value in wanted:
        if not any(_equal(value, other) for other in distinct):
            distinct.append(value)
    assert len(found) == len(distinct), (found, distinct)
    for value in distinct:
        assert any(_equal(value, other) for other in found), (found, distinct)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, datetime) or isinstance(other, datetime):
        return isinstance(one, datetime) and isinstance(other, datetime) and abs(one - other) < timedelta(seconds=2)
    return bool(one == pytest.approx(other, abs=1e-5))


def revenues(miner: str) -> list[float]:
    """Return what a miner earns per kWh at each of its levels."""
    return [
        level["hashrate_ths"] / 24 * SITE["hashprice"] / (level["power_w"] / 1000) for level in MINERS[miner]["levels"]
    ]


def run_miners(asked: Asked) -> None:
    """Hours and prices of every miner, within the time that was asked about."""
    start, end = asked.span
    moment = asked.values("at") if re.search(r"\d ?(pm|am)", asked.part) else []
    if asked.day == "now" or moment:
        start = moment[0] if moment else start
        end = start + timedelta(minutes=1)
    hours, prices, earned = [], [], []
    for miner in asked.miners:
        rows = asked.within(start, end)
        running = [(row, inside) for row, inside in rows if row.miner_units[miner]]
        if running and asked.day != "now" and not moment:
            hours.append(sum(inside for _, inside in running))
        prices.append((running or rows)[0][0].energy_price)
        earned += revenues(miner)
    same(asked.values("hours"), hours)
    same(asked.values("energy_price"), prices)
    for value in asked.values("revenue_per_kwh"):
        assert any(_equal(value, other) for other in earned), (value, earned)


def plan_day(asked: Asked) -> None:
    rows = asked.within(*asked.span)

    def sums(power: Callable[[Row], float]) -> float:
        return sum(power(row) * hours for row, hours in rows) / 1000

    assert_facts(
        asked,
        solar_kwh=sums(lambda row: row.solar_w),
        load_kwh=sums(lambda row: row.load_w),
        import_kwh=sums(lambda row: max(0.0, row.grid_w)),
        export_kwh=sums(lambda row: max(0.0, -row.grid_w)),
        cost=asked.plan.cost.total,
        until=asked.plan.horizon.end,
    )


def next_action(asked: Asked) -> None:
    """The first time any miner starts or stops, or the battery's mode changes; in a winter night perhaps never."""
    changes = (
        row.start
        for before, row in pairwise(asked.rows)
        if row.start > asked.at
        and (
            any(bool(row.miner_units[key]) is not bool(before.miner_units[key]) for key in MINERS)
            or row.battery_modes[BATTERY_ID] is not before.battery_modes[BATTERY_ID]
        )
    )
    if (first := next(changes, None)) is None:
        assert "at" not in asked.facts
    else:
        assert_facts(asked, at=first)


def best_charge(asked: Asked) -> None:
    start, end = asked.span if asked.day else (asked.at, asked.at + timedelta(hours=24))
    charges = [
        (asked.stored_kwh(max(part.start, start), part.end), part)
        for part in asked.segments()
        if part.sign > 0 and part.end > start and part.start < end
    ]
    rows = [row for row, _ in asked.within(start, end)]
    if not charges:
        cheapest = min(rows, key=lambda row: row.energy_price)
        assert_facts(asked, at=max(cheapest.start, start), energy_price=cheapest.energy_price)
        return
    energy_kwh, most = max(charges, key=lambda item: item[0])
    at = max(most.start, start)
    assert_facts(
        asked,
        at=at,
        end=most.end,
        energy_kwh=energy_kwh,
        target_soc=most.soc,
        energy_price=asked.row(at).energy_price,
        highest=max(row.energy_price for row in rows),
    )


def battery_discharge(asked: Asked) -> None:
    part = next(part for part in asked.segments() if part.sign < 0 and part.end > asked.at)
    assert_facts(asked, at=max(part.start, asked.at), end=part.end, target_soc=part.soc)


def miner_start(asked: Asked) -> None:
    starts, hours, none = [], [], []
    for miner in asked.miners:
        runs = [run for run in asked.runs(miner) if run[1] > asked.at]
        ahead = [run for run in runs if run[0] > asked.at]
        if ahead:
            starts.append(ahead[0][0])
            hours.append((ahead[0][1] - ahead[0][0]).total_seconds() / 3600)
        elif runs:
            starts.append(runs[0][1])
        else:
            none.append(asked.plan.horizon.end)
    same(asked.values("at"), starts)
    same(asked.values("hours"), hours)
    same(asked.values("until"), none)


def miner_stop(asked: Asked) -> None:
    stops, none = [], []
    for miner in asked.miners:
        runs = [run for run in asked.runs(miner) if run[1] > asked.at]
        if not runs:
            none.append(asked.plan.horizon.end)
        elif runs[0][1] < asked.plan.horizon.end:
            stops.append(runs[0][1])
    same(asked.values("at"), stops)
    same(asked.values("until"), none)


def sunrise_soc(asked: Asked) -> None:
    at = get_astral_event_next(asked.hass, "sunrise", asked.at)
    until = [soc for ends_at, soc in asked.path if ends_at <= at]
    measured = 100 * (asked.snapshot.readings.batteries[BATTERY_ID].soc.value or 0)
    assert_facts(asked, at=at, soc=asked.soc(at), lowest=min(measured, asked.soc(at), *until))


def soc_at(asked: Asked) -> None:
    (at,) = asked.values("at")
    clock = asked.slots.get("time")
    if clock:
        assert dt_util.as_local(at).strftime("%H:%M") == clock
    if asked.day in ("tomorrow", "today"):
        days = 1 if asked.day == "tomorrow" else 0
        named = dt_util.as_local(asked.at).date() + timedelta(days=days)
        # Without a time it is the day's end: the next midnight.
        assert dt_util.as_local(at - timedelta(seconds=1)).date() == named
    assert_facts(asked, soc=asked.soc(at))


def battery_full(asked: Asked) -> None:
    """A level that was named, the top, or for an empty one the reserve; and when the plan comes to it."""
    least, most = BATTERY["reserve_soc_pct"], BATTERY["max_soc_pct"]
    named = re.search(r"(\d+) ?(?:percent|%|prozent|pour cent|por ciento|procent)", asked.part.lower())
    told = asked.facts.get("target", asked.facts["soc"])
    if named:
        target = float(named.group(1))
    elif re.search(r"empty|last|leer|vide|vacía|agot|leeg", asked.part.lower()):
        target = least
    elif re.search(r"full|voll|plein|llena|vol\b", asked.part.lower()):
        target = most
    else:
        target = told
    assert told == target
    measured = 100 * (asked.snapshot.readings.batteries[BATTERY_ID].soc.value or 0)
    reached = [
        at
        for (_, before), (at, soc) in pairwise([(asked.at, measured), *asked.path])
        if min(before, soc) - 0.5 <= target <= max(before, soc) + 0.5
    ]
    if reached:
        assert_facts(asked, soc=target, at=reached[0])
        return
    at, soc = (min if target < measured else max)(asked.path, key=lambda point: point[1])
    assert_facts(asked, target=target, soc=soc, at=at)


def forecast(name: str) -> Callable[[Asked], None]:
    def check(asked: Asked) -> None:
        rows = asked.within(*asked.span)
        powers = [getattr(row, f"{name}_w") for row, _ in rows]
        assert_facts(
            asked,
            energy_kwh=sum(power * hours for power, (_, hours) in zip(powers, rows, strict=True)) / 1000,
            power_kw=max(powers) / 1000,
        )
        (at,) = asked.values("at")
        assert getattr(asked.row(at), f"{name}_w") == max(powers)

    return check


def price_forecast(asked: Asked) -> None:
    start, end = asked.span if asked.day else (asked.at, asked.at + timedelta(hours=24))
    prices = [row.import_price for row, _ in asked.within(start, end)]
    assert_facts(asked, lowest=min(prices), highest=max(prices))
    for name, price in (("lowest_at", min(prices)), ("highest_at", max(prices))):
        for at in asked.values(name):
            assert asked.row(at).import_price == price


def explain(asked: Asked) -> None:
    """Of each device at the time that was asked: what it does, its price, and what comes next."""
    (at,) = asked.values("explained_at")
    clock = asked.slots.get("time")
    now = not clock and not re.search(_CLOCK + r"$", asked.part)
    assert (at == asked.at) is now
    if clock:
        assert dt_util.as_local(at).strftime("%H:%M") == clock
    row = asked.row(at)
    same(asked.values("energy_price"), [row.energy_price])
    if "running" not in asked.facts:
        (run,) = (part for part in asked.segments() if part.end > at and part.start <= at)
        assert_facts(asked, soc=asked.soc(at), until=run.end, target_soc=run.soc)
        assert_facts(asked, import_price=row.import_price, export_price=row.export_price)
        return
    states, starts, none, earned = [], [], [], []
    for miner in asked.miners:
        measured = float(bool(asked.snapshot.readings.miners[miner].running.value))
        planned = float(bool(row.miner_units[miner]))
        states.append(measured if now else planned)
        earned += revenues(miner)
        if states[-1] and not now:
            starts += [end for start, end in asked.runs(miner) if start <= at < end < asked.plan.horizon.end]
        elif states[-1] == planned == 0:
            ahead = [run for run in asked.runs(miner) if run[0] > at]
            starts += [ahead[0][0]] if ahead else []
            none += [] if ahead else [asked.plan.horizon.end]
    same(asked.values("running"), states)
    same(asked.values("at"), starts)
    same(asked.values("until"), none)
    for value in asked.values("revenue_per_kwh"):
        assert any(_equal(value, other) for other in earned), (value, earned)


def what_if(asked: Asked) -> None:
    """The present is the plan that stands; the changed one is not better for less, nor worse for more."""
    schedule, hours = asked.plan.schedule, asked.plan.horizon.hours
    assert_facts(
        asked,
        cost_present=asked.plan.cost.total,
        import_present=float((np.maximum(0, schedule.grid_w) * hours).sum()) / 1000,
        hours_present=sum(float((units.sum(axis=0) * hours).sum()) for units in schedule.units.values()),
        lowest_present=100 * float(schedule.soc[BATTERY_ID].min()),
        left_present=100 * asked.plan.site_soc(-1),
    )
    facts = asked.facts
    difference = facts["cost_changed"] - facts["cost_present"]
    assert facts.get("difference", abs(difference)) == pytest.approx(abs(difference), abs=1e-5)
    slack = 2e-3 * abs(asked.plan.cost.total)
    if (
        facts.get("solar_factor", 1) < 1
        or "reserve" in facts
        or "extra_kw" in facts
        or facts.get("price_offset", 0) > 0
    ):
        assert difference >= -slack, "less of something is no gain"
    if facts.get("price_offset", 0) < 0 or "capacity_kwh" in facts:
        assert difference <= slack, "more of something is no loss"
    if "reserve" in facts and facts["reserve"] <= _soc(asked.snapshot):
        assert facts["lowest_changed"] >= facts["reserve"] - 0.5
    if re.search(r"all miners (are )?off", asked.part):
        assert facts["hours_changed"] == 0


def rule(asked: Asked) -> None:
    """Whatever is told is what the owner has set."""
    set_up = {
        "min_soc": {BATTERY["min_soc_pct"]},
        "max_soc": {BATTERY["max_soc_pct"]},
        "reserve_soc": {BATTERY["reserve_soc_pct"]},
        "critical_soc": {min(20.0, BATTERY["min_soc_pct"])},
        "start_soc": {miner["start_soc_pct"] for miner in MINERS.values() if "start_soc_pct" in miner},
        "stop_soc": {miner["stop_soc_pct"] for miner in MINERS.values() if "stop_soc_pct" in miner},
        "max_import_kw": {SITE["max_import_kw"]},
        "max_export_kw": {SITE["max_export_kw"]},
        "max_hours": {24.0},
    }
    for name, wanted in set_up.items():
        for value in asked.values(name):
            assert value in wanted, (name, value)
    if re.search(r"minim|min ", asked.part.lower()) and "min_soc" in asked.facts:
        assert asked.facts["min_soc"] == BATTERY["min_soc_pct"]


def today(asked: Asked) -> None:
    """The account of the day, of the miners that were named."""
    account = [asked.snapshot.ledger.miners[key] for key in asked.miners]
    counts = [MINERS[key]["count"] for key in asked.miners]
    if asked.told["topic"] == "mining_hours":
        same(asked.values("hours"), [item.hours_today / count for item, count in zip(account, counts, strict=True)])
        return
    assert_facts(
        asked,
        revenue=sum(item.revenue_today for item in account),
        energy_kwh=sum(item.energy_wh_today for item in account) / 1000,
    )


def miners_now(asked: Asked) -> None:
    readings = (asked.snapshot.readings.miners[key].running.value or 0 for key in asked.miners)
    assert_facts(asked, running=sum(readings))


def assert_facts(asked: Asked, **wanted: float | datetime) -> None:
    """Assert facts by name."""
    for name, value in wanted.items():
        if isinstance(value, datetime):
            assert abs(datetime.fromisoformat(asked.facts[name]) - value) < timedelta(seconds=2), name
        else:
            assert asked.facts[name] == pytest.approx(value, abs=0.06), name


def measured(name: str) -> Callable[[Snapshot], float]:
    """Return a reader of the site's readings, kW."""

    def read(snapshot: Snapshot) -> float:
        value = getattr(snapshot.readings, name).value
        assert value is not None
        return float(value) / 1000

    return read


def _row(snapshot: Snapshot) -> Row:
    assert snapshot.report
    assert snapshot.slot is not None
    return snapshot.report.rows[snapshot.slot]


def _soc(snapshot: Snapshot) -> float:
    return 100 * (snapshot.readings.batteries[BATTERY_ID].soc.value or 0)


def _day(asked: Asked, power: Callable[[Row], float]) -> float:
    """Add up what is ahead of today."""
    midnight = dt_util.start_of_local_day(dt_util.as_local(asked.at).date() + timedelta(days=1))
    return sum(power(row) * hours for row, hours in asked.within(asked.at, midnight))


def simple(**wanted: Callable[[Snapshot], float]) -> Callable[[Asked], None]:
    """Return a check of facts that are one value of the snapshot each."""

    def check(asked: Asked) -> None:
        assert_facts(asked, **{name: read(asked.snapshot) for name, read in wanted.items()})

    return check


def solar_today(asked: Asked) -> None:
    so_far = asked.snapshot.ledger.solar_wh
    ahead = _day(asked, lambda row: row.solar_w - row.curtailed_w)
    assert_facts(asked, energy_kwh=so_far / 1000, expected_kwh=(so_far + ahead) / 1000)


def load_today(asked: Asked) -> None:
    so_far = asked.snapshot.ledger.load_wh
    assert_facts(asked, energy_kwh=so_far / 1000, expected_kwh=(so_far + _day(asked, lambda row: row.load_w)) / 1000)


def cost_today(asked: Asked) -> None:
    ledger = asked.snapshot.ledger
    so_far = ledger.import_cost - ledger.export_income
    ahead = _day(
        asked,
        lambda row: row.grid_w / 1000 * (row.import_price if row.grid_w > 0 else row.export_price),
    )
    assert_facts(asked, cost_so_far=so_far, cost_expected=so_far + ahead)


def _checks() -> Iterator[tuple[str, Callable[[Asked], None]]]:
    yield "battery_level", simple(soc=_soc)
    yield "battery_health", simple(soc=_soc)
    yield (
        "battery_power",
        simple(power_kw=lambda s: abs(s.readings.batteries[BATTERY_ID].power_w.value or 0) / 1000),
    )
    yield (
        "battery_temperature",
        simple(
            temperature=lambda s: s.readings.batteries[BATTERY_ID].temperature_c.value or 0,
        ),
    )
    yield "solar_now", simple(power_kw=measured("solar_w"))
    yield "load_now", simple(power_kw=measured("load_w"))
    yield "grid_now", simple(power_kw=lambda s: abs(measured("grid_w")(s)))
    yield (
        "overview",
        simple(soc=_soc, solar_kw=measured("solar_w"), load_kw=measured("load_w"), grid_kw=measured("grid_w")),
    )
    yield "solar_today", solar_today
    yield "load_today", load_today
    yield "cost_today", cost_today
    yield (
        "grid_today",
        simple(
            imported_kwh=lambda s: s.ledger.imported_wh / 1000,
            exported_kwh=lambda s: s.ledger.exported_wh / 1000,
        ),
    )
    yield (
        "price_now",
        simple(
            import_price=lambda s: _row(s).import_price,
            export_price=lambda s: _row(s).export_price,
            energy_price=lambda s: _row(s).energy_price,
        ),
    )
    yield (
        "saving",
        simple(
            saving=lambda s: s.baseline.total - s.plan.cost.total if s.baseline and s.plan else 0.0,
            plan_cost=lambda s: s.plan.cost.total if s.plan else 0.0,
            left_alone_cost=lambda s: s.baseline.total if s.baseline else 0.0,
        ),
    )
    yield "revenue_today", today
    yield "mining_hours", today
    yield "miners_now", miners_now
    yield "run_miners", run_miners
    yield "plan_day", plan_day
    yield "next_action", next_action
    yield "what_to_do", next_action
    yield "best_charge", best_charge
    yield "battery_discharge", battery_discharge
    yield "miner_start", miner_start
    yield "miner_stop", miner_stop
    yield "sunrise_soc", sunrise_soc
    yield "soc_at", soc_at
    yield "battery_full", battery_full
    yield "solar_forecast", forecast("solar")
    yield "load_forecast", forecast("load")
    yield "price_forecast", price_forecast
    yield "explain", explain
    yield "what_if", what_if
    yield "rule", rule


CHECKS: Final = dict(_checks())
"""By topic; history is checked against the recorder in test_history.py."""
