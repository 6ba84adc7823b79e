"""What is kept of the past: half hours as they were seen, and the sun as it was told hours before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from typing import Any, Final

import numpy as np
import pytest

from custom_components.energy_orchestrator.learning.past import KEPT, LEAD, Past, learn
from custom_components.energy_orchestrator.model.forecast import Forecast, Source
from custom_components.energy_orchestrator.model.horizon import tiered
from custom_components.energy_orchestrator.model.readings import InverterReadings, Reading, SiteReadings, Trouble
from custom_components.energy_orchestrator.model.site import Grid, Site

NOON: Final = datetime(2026, 6, 15, 10, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
SITE: Final = Site(name="Home", currency="EUR", time_zone="Europe/Berlin", grid=Grid())


def read(minutes: float, load_w: float | None = 400.0, solar_w: float = 2000.0, **more: Any) -> SiteReadings:
    load = Reading[float](None, trouble=Trouble.STALE) if load_w is None else Reading(load_w)
    return SiteReadings(at=NOON + minutes * MINUTE, load_w=load, solar_w=Reading(solar_w), **more)


def lived(*looks: SiteReadings, past: Past | None = None, site: Site = SITE) -> Past:
    past = past or Past()
    for readings in looks:
        past = learn(past, site, readings, None, None)
    return past


def known(series: np.ndarray[Any, Any]) -> list[float | None]:
    return [None if np.isnan(watts) else round(watts) for watts in series[: len(series) - LEAD - 1].tolist()]


def test_a_half_hour_is_the_mean_of_what_was_read_in_it() -> None:
    looks = [read(minute, 200.0 if minute <= 20 else 800.0) for minute in range(0, 65, 5)]
    past = lived(*looks)
    assert known(past.load_w) == [400, 800]
    assert known(past.solar_w) == [2000, 2000]
    assert past.begin == NOON.timestamp()


def test_what_has_no_value_teaches_nothing() -> None:
    past = lived(*(read(minute, None if minute > 5 else 400.0) for minute in range(0, 35, 5)))
    assert known(past.load_w) == [None]
    assert known(past.solar_w) == [2000]


def test_a_long_silence_is_not_filled() -> None:
    past = lived(read(0), read(5), read(24 * 60 + 1), read(24 * 60 + 31))
    assert known(past.load_w) == [None] * 48 + [400]


def test_readings_that_are_rare_are_taken_for_the_time_since_the_last() -> None:
    assert known(lived(read(20), read(50), read(70)).load_w) == [None, 400]
    assert known(lived(read(1), read(31), read(61)).load_w) == [400, 400]


def test_after_weeks_of_silence_it_begins_anew() -> None:
    past = lived(*(read(minute) for minute in range(0, 65, 5)), read(40 * 24 * 60), read(40 * 24 * 60 + 30))
    assert known(past.load_w) == [400]
    assert len(past) == LEAD + 2


def test_older_weeks_are_forgotten() -> None:
    past = lived(*(read(10 * number, float(number // 144)) for number in range(29 * 144 + 4)))
    assert len(past) == KEPT + LEAD + 1
    assert known(past.load_w)[0] == 1
    assert known(past.load_w)[-1] == 29


def test_a_sun_that_may_be_curtailed_teaches_nothing() -> None:
    full = replace(SITE, grid=Grid(max_export_w=3000.0))
    exporting = [read(minute, grid_w=Reading(-2950.0 if minute == 10 else -500.0)) for minute in range(0, 35, 5)]
    assert known(lived(*exporting, site=full).solar_w) == [None]
    assert known(lived(*exporting).solar_w) == [2000]
    inverters = {"inverter": InverterReadings(export_limit_w=Reading(500.0))}
    limited = [replace(readings, inverters=inverters) for readings in exporting]
    assert known(lived(*limited).solar_w) == [None]


def test_a_clock_that_is_set_back_changes_nothing() -> None:
    past = lived(*(read(minute) for minute in range(0, 65, 5)))
    assert lived(read(-30, 9000.0), past=past) is past


def test_the_sun_is_kept_as_it_was_told_six_hours_before() -> None:
    """A provider that looks at the sky tells the next hour well; what plans are made of is what it told before."""
    past = Past()
    for half_hour in range(16):
        readings = read(30 * half_hour)
        horizon = tiered(readings.at)
        told = np.full(len(horizon), 100.0 * half_hour)
        past = learn(past, SITE, readings, Forecast(2 * told, Source.ENERGY_DASHBOARD, told=told), horizon)
    kept = past.told_w[Source.ENERGY_DASHBOARD]
    assert kept[past.row(NOON.timestamp()) + LEAD :].tolist() == [100.0 * number for number in range(16)]
    assert np.isnan(kept[:LEAD]).all()


def test_what_a_source_did_not_know_itself_is_not_its_word() -> None:
    horizon, readings = tiered(NOON), read(0)
    ones = np.ones(len(horizon))
    for known_slots, kept in ((10, {}), (len(horizon), {Source.CLEAR_SKY})):
        forecast = Forecast(ones, Source.CLEAR_SKY, known_slots=known_slots, told=ones)
        assert set(learn(Past(), SITE, readings, forecast, horizon).told_w) == set(kept)


def test_it_is_the_same_after_a_restart() -> None:
    horizon = tiered(NOON)
    told = Forecast(np.ones(len(horizon)), Source.CLEAR_SKY, told=np.full(len(horizon), 1234.0))
    past = learn(lived(*(read(minute) for minute in range(0, 95, 5))), SITE, read(95), told, horizon)
    again = Past.from_json(json.loads(json.dumps(past.as_json())), NOON + 100 * MINUTE)
    assert again.as_json() == past.as_json()
    assert known(again.load_w) == [400, 400, 400]
    assert known(lived(read(100), read(121), past=again).load_w) == [400, 400, 400, 400]


@pytest.mark.parametrize(
    "changes",
    [
        {"load_w": [1, 2]},
        {"load_w": "many"},
        {"solar_w": [-1.0] * 16},
        {"solar_w": [float("nan")] * 15 + ["x"]},
        {"load_w": [1e9] * 16},
        {"told_w": {"the neighbour": [1] * 16}},
        {"told_w": []},
        {"begin": NOON.timestamp() + 1},
        {"begin": 1e400},
        {"begin": NOON.timestamp() + 86400},
        {"begin": None},
    ],
)
def test_absurd_data_is_refused(changes: dict[str, Any]) -> None:
    data = lived(*(read(minute) for minute in range(0, 95, 5))).as_json()
    assert len(data["load_w"]) == 16
    with pytest.raises((AttributeError, KeyError, OverflowError, TypeError, ValueError)):
        Past.from_json({**data, **changes}, NOON + 95 * MINUTE)


def test_of_no_data_and_of_another_version_there_is_no_past() -> None:
    data = lived(*(read(minute) for minute in range(0, 95, 5))).as_json()
    for other in ({}, {**data, "version": 2}):
        assert len(Past.from_json(other, NOON + 95 * MINUTE)) == 0
