"""A span of a recorded series, by each who may run the site."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import pi, sin
from typing import Final

import pytest

from custom_components.energy_orchestrator.backtest.play import RUNNERS, THIS, RecordedSpan, play
from custom_components.energy_orchestrator.backtest.rivals import LeftAlone, OnSurplus
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.series import Recorded, RecordedSeries
from custom_components.energy_orchestrator.simulation.sites import SITES

FIRST: Final = date(2026, 5, 4)
HOUR: Final = timedelta(hours=1)


def day(number: int) -> tuple[Recorded, ...]:
    """Return a day whose price is its number in cents, so that a day that is played can be told."""
    suns = [max(0.0, 4000 * sin(pi * (hour - 6) / 12)) for hour in range(24)]
    return tuple(Recorded(400.0, sun, 0.9 * sun, number / 100) for sun in suns)


SERIES: Final = RecordedSeries(60, tuple(FIRST + timedelta(days=n) for n in range(4)), tuple(day(n) for n in range(4)))


def span(site: str = "ranch", first: date = FIRST, days: int = 1) -> RecordedSpan:
    return RecordedSpan(site=SITES[site], series=SERIES, first=first, days=days)


@pytest.fixture(autouse=True)
def by_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan in milliseconds: what is tested is the playing."""
    monkeypatch.setattr(cycle, "plan", lambda problem, *, created: rule_based_plan(problem, created=created))


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


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_day_is_settled(runner: str) -> None:
    heard: list[float] = []
    played = play(span(), runner, interval_min=60, told=heard.append)
    account = played.account
    assert account.bill == pytest.approx(account.bought - account.sold - account.mined - account.kept)
    assert account.unserved_kwh == account.over_limit_kwh == 0
    assert 0.1 <= account.lowest_soc < 0.6
    assert account.solar_kwh > 80
    assert heard[-1] == 1
    assert heard == sorted(heard)
    assert (sum(played.statuses.values()) > 20) == (runner == THIS)
    assert played.as_json()["bill"] == account.bill


def test_stored_energy_is_worth_the_same_for_everybody() -> None:
    alone, automatic = (play(span(), runner).account for runner in ("left alone", "on surplus"))
    assert alone.mined == alone.miners_kwh == 0
    assert automatic.mined > 1
    assert automatic.miners_kwh > 10
    stored = [account.kept / span().worth_per_kwh for account in (alone, automatic)]
    energy = [
        account.solar_kwh + account.imported_kwh - account.exported_kwh - account.miners_kwh
        for account in (alone, automatic)
    ]
    # What the one has more of in the battery came out of its own energy, but for losses.
    assert stored[0] - stored[1] == pytest.approx(energy[0] - energy[1], abs=4)


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
