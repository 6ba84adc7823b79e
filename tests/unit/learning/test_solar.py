"""The sun: a forecast that is always off the same way is corrected, one that is right is left alone."""

from datetime import datetime, timedelta
from math import pi, sin

import numpy as np
import pytest

from custom_components.energy_orchestrator.learning.past import Past
from custom_components.energy_orchestrator.learning.solar import SolarBias, departing, solar_bias
from custom_components.energy_orchestrator.model.forecast import Source
from custom_components.energy_orchestrator.model.horizon import uniform

from .weeks import BERLIN, MONDAY, TOLD_BY, Watts, past_of


def day(when: datetime) -> float:
    return max(0.0, 4000 * sin(pi * (when.hour + when.minute / 60 - 6) / 12))


def bias(days: int, solar: Watts, told: Watts = day, source: Source = TOLD_BY, to: datetime = MONDAY) -> SolarBias:
    return solar_bias(past_of(days, solar=solar, told=told, to=to), source, uniform(to, 30, 96), BERLIN)


def noon(found: SolarBias) -> float:
    return float(found.factors[24])


def test_a_forecast_that_reads_low_is_raised_the_more_the_longer_it_does() -> None:
    factors = [noon(bias(days, lambda when: 1.4 * day(when))) for days in (0, 1, 4, 14, 28)]
    assert factors == sorted(factors)
    assert factors[0] == 1
    assert factors[1] == pytest.approx(1.08, abs=0.01)
    assert factors[-1] == pytest.approx(1.31, abs=0.02)


def test_a_forecast_that_is_right_is_left_alone() -> None:
    found = bias(28, day)
    assert found.factors.tolist() == pytest.approx([1.0] * 96)
    assert found.lesson.days == 28


def test_some_bad_days_do_not_make_a_bias() -> None:
    rng = np.random.default_rng(3)
    clouds = {(MONDAY - timedelta(days=n)).date(): float(rng.uniform(0.6, 1.4)) for n in range(30)}
    assert noon(bias(28, lambda when: clouds[when.date()] * day(when))) == pytest.approx(1, abs=0.08)


def test_no_correction_is_out_of_proportion() -> None:
    assert noon(bias(28, lambda when: 50 * day(when))) <= 2.1
    assert noon(bias(28, lambda _: 0.0)) >= 0.45


def test_panels_that_face_west_of_what_was_told_give_later() -> None:
    found = bias(28, lambda when: day(when - timedelta(hours=1)))
    assert found.factors[2 * 9] < 0.95
    assert found.factors[2 * 15] > 1.05


def test_each_source_is_judged_by_its_own_word() -> None:
    assert noon(bias(28, lambda when: 1.4 * day(when), source=Source.CLEAR_SKY)) == 1
    assert solar_bias(Past(), TOLD_BY, uniform(MONDAY, 30, 96), BERLIN).lesson.days == 0


def test_hours_that_are_not_known_say_nothing() -> None:
    def with_noons_unknown(when: datetime) -> float:
        return float("nan") if 10 <= when.hour < 12 else 1.4 * day(when)

    found = bias(28, with_noons_unknown)
    assert found.lesson.days == 0
    assert noon(found) == 1


def test_what_clouds_take_now_is_told() -> None:
    at_noon = MONDAY.replace(hour=12)
    found = bias(14, lambda when: (0.5 if when >= at_noon - timedelta(hours=1) else 1.0) * day(when), to=at_noon)
    assert found.lesson.lately == pytest.approx(-0.5, abs=0.02)
    assert bias(14, day).lesson.lately is None, "at midnight there is nothing to tell"


def test_how_far_the_sun_departs() -> None:
    assert departing(500, 1000, 4000) == -0.5
    assert departing(99999, 1000, 4000) == 2
    assert departing(50, 100, 4000) is None, "at dawn two small numbers say nothing"
    assert departing(0, 0, 0) is None
    assert departing(1000, float("nan"), 4000) is None


def test_the_spread_is_that_of_what_the_sun_gave() -> None:
    rng = np.random.default_rng(5)
    clouds = {
        ((MONDAY - timedelta(days=n)).date(), part): rng.uniform(0.5, 1.5) for n in range(30) for part in range(8)
    }
    spread = bias(28, lambda when: float(clouds[when.date(), when.hour // 3]) * day(when)).lesson.spread
    assert spread is not None
    low, high = spread.over((0.7, 1.2))
    assert low == pytest.approx(0.6, abs=0.08)
    assert high == pytest.approx(1.4, abs=0.12)
