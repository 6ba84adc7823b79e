"""A span of a recorded series, by each who may run the site."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import pi, sin
from typing import Final

import pytest

from custom_components.energy_orchestrator.backtest import play as playing
from custom_components.energy_orchestrator.backtest.account import share_of_saving
from custom_components.energy_orchestrator.backtest.hindsight import worth_of_stored
from custom_components.energy_orchestrator.backtest.play import (
    ALONE,
    HINDSIGHT,
    PLANNERS,
    RULES,
    THIS,
    Played,
    Terms,
    play,
)
from custom_components.energy_orchestrator.backtest.rivals import RIVALS, LeftAlone, OnSurplus
from custom_components.energy_orchestrator.backtest.run import PlantLoop
from custom_components.energy_orchestrator.backtest.span import RecordedSpan, most_days
from custom_components.energy_orchestrator.backtest.truth import Truth
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.model.codec import decode, encode
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.model.site import Grid
from custom_components.energy_orchestrator.planner import energy_planner
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.series import Recorded, RecordedSeries
from custom_components.energy_orchestrator.simulation.sites import SITES, SimulatedSite

FIRST: Final = date(2026, 5, 4)
HOUR: Final = timedelta(hours=1)


def day(number: int) -> tuple[Recorded, ...]:
    """Return a day whose price is its number in cents, so that a day that is played can be told."""
    suns = [max(0.0, 4000 * sin(pi * (hour - 6) / 12)) for hour in range(24)]
    return tuple(Recorded(400.0, sun, 0.9 * sun, number / 100) for sun in suns)


SERIES: Final = RecordedSeries(60, tuple(FIRST + timedelta(days=n) for n in range(4)), tuple(day(n) for n in range(4)))


# The ranch's panels against the recorded roof.
SUN_KWH: Final = sum(step.solar_w for step in day(0)) / 1000 * 3.3


def dark() -> RecordedSeries:
    """Return days without sun, all at one price."""
    return replace(SERIES, days=(tuple(replace(step, solar_w=0.0) for step in day(1)),) * len(SERIES.days))


def without_miners(site: str) -> SimulatedSite:
    return replace(SITES[site], site=replace(SITES[site].site, miners=()), running=())


def span(site: str = "ranch", first: date = FIRST, days: int = 1) -> RecordedSpan:
    return RecordedSpan(site=SITES[site], series=SERIES, first=first, days=days)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan in milliseconds and step by ten minutes: what is tested is the playing."""
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))
    monkeypatch.setattr(playing, "STEP", timedelta(minutes=10))


@pytest.mark.parametrize("number", range(3))
def test_the_days_played_are_those_asked_for(number: int) -> None:
    asked = span("home", FIRST + timedelta(days=number))
    plant = asked.plant()
    assert plant.now.astimezone(UTC) == datetime(2026, 5, 3, 22, tzinfo=UTC) + timedelta(days=number)
    assert plant.environment.market_price(plant.now + HOUR) == number / 100
    assert plant.environment.market_price(plant.now + 25 * HOUR) == (number + 1) / 100


@pytest.mark.parametrize(("first", "days"), [(date(2026, 5, 3), 1), (FIRST, 4), (FIRST + timedelta(days=3), 1)])
def test_days_that_are_not_there_are_refused(first: date, days: int) -> None:
    with pytest.raises(ValueError, match="day"):
        span(first=first, days=days)


@pytest.mark.parametrize("runner", [*RIVALS, RULES, HINDSIGHT])
def test_two_days_are_settled(runner: str) -> None:
    heard: list[float] = []
    played = play(span(days=2), runner, Terms(interval_min=120), told=heard.append)
    account = played.account
    assert account.bill == pytest.approx(
        account.bought - account.sold - account.mined + account.wear + account.start_costs - account.kept
    )
    assert account.unserved_kwh == account.over_limit_kwh == 0
    assert 0.1 <= played.witnessed.lowest_soc < 0.6
    assert account.solar_kwh + account.curtailed_kwh == pytest.approx(2 * SUN_KWH, rel=1e-3)
    assert heard[-1] == 1
    assert heard == sorted(heard)
    assert (sum(played.statuses.values()) > 20) == (runner in PLANNERS)
    assert (played.writes is not None) == (runner in PLANNERS)
    assert played.as_json()["bill"] == account.bill
    assert decode(Played, encode(played)) == played


async def worth() -> float:
    plant = span().plant()
    return worth_of_stored(span(), await PlantLoop(plant).situation(), Truth(plant, span().end))


def test_stored_energy_is_worth_the_same_for_everybody() -> None:
    per_kwh = asyncio.run(worth())
    alone, automatic = (play(span(), runner).account for runner in ("left alone", "on surplus"))
    assert alone.mined == alone.miners_kwh == alone.start_costs == 0
    assert automatic.mined > 1
    assert automatic.miners_kwh > 10
    stored = [account.kept / per_kwh for account in (alone, automatic)]
    energy = [
        account.solar_kwh + account.imported_kwh - account.exported_kwh - account.miners_kwh
        for account in (alone, automatic)
    ]
    # What the one has more of in the battery came out of its own energy, but for losses.
    assert stored[0] - stored[1] == pytest.approx(energy[0] - energy[1], abs=4)


def test_the_bill_is_the_same_money_for_a_plan_and_for_a_plant() -> None:
    """In the dark, at one price, there is nothing to plan: hindsight is being left alone."""
    house = RecordedSpan(site=without_miners("home"), series=dark(), first=FIRST, days=2)
    alone, best = play(house, ALONE), play(house, HINDSIGHT)
    assert best.bound is not None
    assert best.bound <= best.account.bill <= alone.account.bill + 0.01
    for read in ("bought", "wear", "cycles", "kept", "imported_kwh"):
        assert getattr(best.account, read) == pytest.approx(getattr(alone.account, read), abs=0.02), read


def test_hindsight_is_beaten_by_nobody_and_counts_as_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days of prices that swing, planned for real: whoever plans charges by night and covers the evening."""
    site = without_miners("home")
    swinging = replace(
        SERIES,
        days=tuple(
            tuple(
                replace(step, solar_w=0.0, load_w=1500.0, price=0.4 if hour >= 17 else 0.0)
                for hour, step in enumerate(day)
            )
            for day in SERIES.days
        ),
    )
    house = RecordedSpan(site=site, series=swinging, first=FIRST, days=2)
    monkeypatch.setattr(cycle, "calm_plan", energy_planner.plan)
    by = {runner: play(house, runner, Terms(interval_min=120)) for runner in (ALONE, THIS, HINDSIGHT)}
    bound = by[HINDSIGHT].bound
    assert bound is not None
    assert all(bound <= one.account.bill + 0.001 for one in by.values())
    assert by[HINDSIGHT].account.bill < by[ALONE].account.bill - 1
    share = share_of_saving(by[ALONE].account.bill, by[THIS].account.bill, bound)
    assert share is not None
    assert share > 0.5
    assert set(by[THIS].statuses) == {"optimal"}
    assert by[THIS].mode_writes
    assert by[HINDSIGHT].account.bill == pytest.approx(bound, abs=0.01)


def test_rivals_keep_the_reserve_and_a_house_without_a_grid_its_light() -> None:
    """The home's inverter would go down to 10 %; its owner keeps 20 %."""
    played = play(RecordedSpan(site=SITES["home"], series=dark(), first=FIRST, days=2), ALONE)
    assert played.witnessed.lowest_soc == pytest.approx(0.2, abs=0.001)
    assert not played.broken
    island = replace(SITES["home"], site=replace(SITES["home"].site, grid=Grid(connected=False)))
    played = play(RecordedSpan(site=island, series=dark(), first=FIRST, days=2), ALONE)
    assert played.witnessed.lowest_soc == pytest.approx(0.1, abs=0.001)
    assert played.witnessed.below_reserve_min == 0, "the house comes before the reserve"
    assert played.account.unserved_kwh > 1
    assert played.broken


@pytest.mark.parametrize(
    ("runner", "knows"), [("this, true load", "load"), ("this, true both", "load solar"), (THIS, "")]
)
def test_who_knows_the_truth_plans_from_it(runner: str, knows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The house draws 400 W in the record and 4 kW on the second day, which nobody forecasts; the sun is a tenth more."""
    days = (day(0), tuple(replace(step, load_w=4000.0) for step in day(1)), *SERIES.days[2:])
    posed: list[Problem] = []

    def made(problem: Problem, *, created: datetime) -> Plan:
        posed.append(problem)
        return rule_based_plan(problem, created=created)

    monkeypatch.setattr(cycle, "calm_plan", made)
    house = RecordedSpan(site=without_miners("home"), series=replace(SERIES, days=days), first=FIRST, days=1)
    play(house, runner, Terms(interval_min=720))
    first = posed[0]
    tomorrow = first.horizon.slot_at(house.start + timedelta(days=1, hours=12))
    true_load_w = 4000 * house.site.recorded_house_scale
    true_solar_w = days[1][12].solar_w * house.site.peak_w / house.site.recorded_roof_w
    assert (first.load_w[tomorrow] == pytest.approx(true_load_w)) == ("load" in knows)
    assert (first.solar_w[tomorrow] == pytest.approx(true_solar_w)) == ("solar" in knows)
    # Its price is not out yet.
    assert first.import_price[tomorrow] == pytest.approx(first.import_price[0])


def test_weeks_follow_the_series_and_add_up() -> None:
    dates = tuple(FIRST + timedelta(days=2 * n) for n in range(10))
    series = RecordedSeries(60, dates, tuple(day(n) for n in range(10)))
    assert most_days(series, dates[0]) == 9
    whole = RecordedSpan(site=SITES["home"], series=series, first=dates[0], days=9)
    weeks = list(whole.weeks())
    assert [(week.first, week.days) for week in weeks] == [(dates[0], 7), (dates[7], 2)]


def test_what_weeks_came_to_adds_up() -> None:
    parts = [play(span("home", first=FIRST + timedelta(days=n)), ALONE) for n in range(2)]
    total = Played.total(parts)
    assert total.account.days == 2
    assert total.account.bill == pytest.approx(sum(part.account.bill for part in parts))
    assert total.witnessed.lowest_soc == min(part.witnessed.lowest_soc for part in parts)
    assert total.account.solar_kwh == pytest.approx(sum(part.account.solar_kwh for part in parts))


def test_a_share_is_told_where_there_was_something_to_save() -> None:
    assert share_of_saving(10.0, 7.0, 6.0) == pytest.approx(0.75)
    assert share_of_saving(10.0, 12.0, 6.0) == pytest.approx(-0.5)
    assert share_of_saving(10.0, 9.99, 9.96) is None


async def test_the_automation_starts_on_lasting_surplus_and_stops_on_lasting_import() -> None:
    noon = datetime(2026, 5, 4, 10, tzinfo=UTC)
    site = replace(SITES["ranch"], initial_soc=0.9)
    plant = Plant(site, start=noon, series=span().series)
    runner = OnSurplus(plant)
    await runner.begin()
    running = partial(_running, plant)
    for _ in range(15):
        await runner.step(timedelta(minutes=1))
    assert running() == []
    for _ in range(3):
        await runner.step(timedelta(minutes=1))
    assert running() == ["s21"]
    evening = LeftAlone(plant)
    for _ in range(9):
        await evening.step(HOUR)
    plant.set_work_mode(BatteryMode.HOLD)
    assert running() == ["s21"]
    for _ in range(10):
        await runner.step(timedelta(minutes=1))
    assert running() == []


def _running(plant: Plant) -> list[str]:
    return [miner for miner, units in plant.readings().miners.items() if any(unit.on for unit in units)]
