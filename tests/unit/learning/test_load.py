"""The usual load: a house is expected to do what it does at that time of day, lately and on such days."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from custom_components.energy_orchestrator.learning.load import UsualLoad, usual_load
from custom_components.energy_orchestrator.learning.past import Past
from custom_components.energy_orchestrator.model.horizon import uniform

from .weeks import BERLIN, MONDAY, Watts, past_of

TYPED = (500.0,)


def evening(when: datetime) -> float:
    return 2000.0 if 18 <= when.hour < 21 else 200.0


def usual(load: Watts, days: int, to: datetime = MONDAY) -> UsualLoad:
    found = usual_load(past_of(days, load=load, to=to), uniform(to, 30, 96), BERLIN, TYPED)
    assert found is not None
    return found


def by_hour(found: UsualLoad) -> list[float]:
    return [float(watts) for watts in found.watts.reshape(-1, 2).mean(axis=1)]


def test_a_house_without_a_past_is_not_known() -> None:
    assert usual_load(Past(), uniform(MONDAY, 30, 96), BERLIN, TYPED) is None
    assert usual_load(past_of(0, load=evening, to=MONDAY), uniform(MONDAY, 30, 96), BERLIN, TYPED) is None


def test_after_three_weeks_every_evening_is_expected() -> None:
    found = usual(evening, 21)
    hours = by_hour(found)
    assert hours[19] == pytest.approx(2000, rel=0.05)
    assert [hours[3], hours[27]] == pytest.approx([200, 200], rel=0.05)
    assert found.lesson.days == 21


def test_what_is_typed_gives_way_to_what_is_seen() -> None:
    at_night = [by_hour(usual(evening, days))[3] for days in (1, 3, 7, 21)]
    assert at_night == sorted(at_night, reverse=True)
    assert 350 < at_night[0] < 500
    assert at_night[-1] < 215


def test_a_house_that_changes_is_followed_within_a_week() -> None:
    found = usual(lambda when: 1000.0 if when < MONDAY - timedelta(days=7) else 300.0, 28)
    assert by_hour(found)[12] == pytest.approx(300 + 0.5**1.4 * 700, rel=0.15)


def test_a_weekend_is_like_weekends() -> None:
    def at_home(when: datetime) -> float:
        return 1500.0 if when.weekday() >= 5 and 10 <= when.hour < 16 else 300.0

    saturday = MONDAY + timedelta(days=5)
    working_day, free_day = (by_hour(usual(at_home, 28, to=to))[12] for to in (MONDAY, saturday))
    assert free_day > working_day + 90


def test_one_freak_is_not_expected_again() -> None:
    freak = MONDAY - timedelta(days=2)
    found = usual(lambda when: 90_000.0 if freak <= when < freak + timedelta(hours=5) else 300.0, 14)
    assert found.watts.max() < 400


@pytest.mark.parametrize("strays", [0.1, 0.4])
def test_the_spread_holds_four_of_five_parts_of_a_day(strays: float) -> None:
    """P10 and P90 are of the energy of some hours: what single half hours stray averages out over them."""
    rng = np.random.default_rng(7)
    by_part: dict[tuple[int, int], float] = {}

    def straying(when: datetime) -> float:
        part = (when.toordinal(), when.hour // 6)
        return 500.0 * by_part.setdefault(part, float(np.exp(rng.normal(0, strays))))

    spread = usual(straying, 28).lesson.spread
    assert spread is not None
    low, high = spread.over((0.7, 1.4))
    new = np.exp(rng.normal(0, strays, 4000)) / np.exp(strays**2 / 2)
    held = float(((new > low) & (new < high)).mean())
    assert 0.72 < held < 0.93
    assert spread.trust > 0.7


def test_what_drew_more_for_the_last_half_hour_is_told() -> None:
    past = past_of(14, load=lambda when: 1300.0 if when >= MONDAY - timedelta(minutes=30) else 300.0, to=MONDAY)
    found = usual_load(past, uniform(MONDAY, 30, 96), BERLIN, TYPED)
    assert found is not None
    assert found.lesson.lately == pytest.approx(1000, rel=0.05)
    later = uniform(MONDAY + timedelta(hours=2), 30, 96)
    unknown = usual_load(past, later, BERLIN, TYPED)
    assert unknown is not None
    assert unknown.lesson.lately is None


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)])
def test_habits_follow_the_clock_over_its_change(change: datetime) -> None:
    found = usual_load(past_of(21, load=evening, to=change), uniform(change, 30, 96), BERLIN, TYPED)
    assert found is not None
    starts = uniform(change, 30, 96).starts
    at_seven = [watts for watts, at in zip(found.watts, starts, strict=True) if at.astimezone(BERLIN).hour == 19]
    assert at_seven == pytest.approx([2000] * 4, rel=0.05)
