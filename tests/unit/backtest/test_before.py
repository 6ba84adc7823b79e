"""What a home that is played knows of the days before: those that were recorded, and none of those to come."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from custom_components.energy_orchestrator.backtest.before import past_before
from custom_components.energy_orchestrator.backtest.run import PlantLoop
from custom_components.energy_orchestrator.learning.past import LEAD, Past
from custom_components.energy_orchestrator.model.forecast import Forecasts, Source
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.series import Recorded, RecordedSeries
from custom_components.energy_orchestrator.simulation.sites import SITES

BERLIN: Final = ZoneInfo("Europe/Berlin")
FIRST: Final = date(2026, 5, 4)
HOME: Final = SITES["home"]


def recorded(step_min: int, *numbers: int) -> RecordedSeries:
    """Return days by their numbers; each draws 100 W for its number, and its sun reads 10 W low."""
    days = tuple((Recorded(100.0 * number, 50.0, 40.0, 0.1),) * (1440 // step_min) for number in numbers)
    return RecordedSeries(step_min, tuple(FIRST + timedelta(days=number) for number in numbers), days)


@pytest.mark.parametrize("step_min", [15, 30, 60])
def test_days_before_are_known_as_they_were_and_none_that_are_played(step_min: int) -> None:
    past = past_before(recorded(step_min, 1, 2, 4, 5, 6), HOME, FIRST + timedelta(days=5))
    rows = [past.row(datetime(2026, 5, 4 + number, 12, tzinfo=BERLIN).timestamp()) for number in range(5)]
    house, sun = HOME.recorded_house_scale, HOME.peak_w / HOME.recorded_roof_w
    load_w = past.load_w[rows] / house
    assert load_w[[1, 2, 4]].tolist() == pytest.approx([100, 200, 400])
    assert np.isnan(load_w[[0, 3]]).all(), "no such day was recorded"
    assert past.solar_w[rows[1]] == pytest.approx(50 * sun)
    told_w = past.told_w[Source.ENERGY_DASHBOARD]
    assert told_w[rows[1]] == pytest.approx(40 * sun)
    assert np.isnan(past.load_w[-LEAD - 1 :]).all()
    assert told_w[-1] == pytest.approx(40 * sun), "the night's forecast has been told by midnight"


def test_the_series_first_day_has_no_past() -> None:
    past = past_before(recorded(30, 0, 1), HOME, FIRST)
    assert np.isnan(past.load_w).all()


async def test_the_loop_expects_what_was_recorded() -> None:
    series = recorded(30, *([5] * 14), 5)
    series = RecordedSeries(30, tuple(FIRST + timedelta(days=n) for n in range(15)), series.days)
    first = series.dates[-1]

    async def expected(past: Past) -> Forecasts:
        plant = Plant(HOME, start=datetime.combine(first, datetime.min.time(), BERLIN), series=series)
        loop = PlantLoop(plant, past=past, planner=rule_based_plan)
        await loop.begin()
        assert loop.last.forecasts is not None
        return loop.last.forecasts

    known, unknown = await expected(past_before(series, HOME, first)), await expected(Past())
    assert (known.load_w.source, known.load_w.days) == (Source.LEARNED, 14)
    assert known.load_w.expected[-1] == pytest.approx(500 * HOME.recorded_house_scale, rel=0.05)
    assert (unknown.load_w.source, unknown.load_w.days) == (Source.PROFILE, None)
    assert known.solar_w.days == 14
    assert known.solar_w.expected[-1] == pytest.approx(1.2 * unknown.solar_w.expected[-1], rel=0.05)
