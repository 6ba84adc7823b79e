"""A recorded series, replayed at today's clock time."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.series import RecordedSeries, SeriesError, read_series
from custom_components.energy_orchestrator.simulation.sites import SITES

from .conftest import MakePlant, WriteSeries

SHARED = Path(__file__).parents[4] / "shared" / "data" / "household_2024_apr_jul.csv"
NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)  # 12:00 in Berlin; ordinal 739577 = 2 modulo 3


def test_only_whole_valid_days_are_played(write_series: WriteSeries) -> None:
    series = read_series(write_series(4, invalid=frozenset({1})))
    assert series.dates == (date(2024, 5, 1), date(2024, 5, 3), date(2024, 5, 4))
    assert series.step_min == 30
    assert all(len(day) == 48 for day in series.days)


def test_the_plant_plays_the_record_at_the_wall_clock(make_plant: MakePlant, write_series: WriteSeries) -> None:
    plant = make_plant(start=NOON, series=read_series(write_series(3)))
    day = NOON.date().toordinal() % 3
    plant.advance(NOON + timedelta(minutes=10))
    assert plant.flows.solar_w == pytest.approx(1000 * (day + 1) * 3.3)
    assert plant.flows.house_w == pytest.approx((500 + 100 * day) * 1.6)
    assert plant.cloud_forecast(plant.now) is None
    # 10:00 in Berlin is 8:00 UTC of a recorded summer day, when its sun begins.
    morning = plant.forecast_wh(NOON - timedelta(hours=3), NOON)
    assert [wh > 0 for wh in morning.values()] == [False, True, True]
    assert list(morning.values())[-1] == pytest.approx(500 * (day + 1) * 3.3)
    prices = plant.import_prices().today
    assert prices[0].price == pytest.approx((0.05 + 0.01 * day + 0.1345) * 1.19, abs=1e-5)
    tomorrow = datetime(2026, 11, 23, 11, tzinfo=UTC)
    plant.advance(tomorrow)
    assert plant.flows.house_w == pytest.approx((500 + 100 * ((day + 1) % 3)) * 1.6)


def test_the_band_is_that_of_the_records_own_errors(write_series: WriteSeries) -> None:
    assert read_series(write_series(3)).forecast_band == (2.0, 2.0)
    series = read_series(write_series(1))
    dark = RecordedSeries(30, series.dates, (tuple(step for step in series.days[0] if not step.solar_forecast_w),))
    assert dark.forecast_band == (1.0, 1.0)


def test_the_days_of_the_clock_change_are_played_too(make_plant: MakePlant, write_series: WriteSeries) -> None:
    series = read_series(write_series(3))
    for start in (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)):
        plant = make_plant("home", start, series=series)
        plant.advance(start + timedelta(hours=26))
        assert plant.meters.house_wh > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("start_utc,load_w\n", "no column pv_w, pv_forecast_w"),
        ("HEADER\n", "divide a day"),
        ("HEADER\n2024-05-01T00:00Z,1,1,1,x,1\n", "line 2"),
        ("HEADER\n2024-05-01T00:00,1,1,1,1,1\n", "line 2: needs a time with zone"),
        ("HEADER\n2024-05-01T00:00Z,nan,1,1,1,1\n", "finite"),
        ("HEADER\n2024-05-01T00:00Z,1,1\n", "line 2"),
        ("HEADER\n2024-05-01T00:00Z,1,1,1,1,1\n2024-05-01T00:07Z,1,1,1,1,1\n", "divide a day"),
        ("HEADER\n2024-05-01T00:00Z,1,1,1,1,1\n2024-05-01T00:30Z,1,1,1,1,1\n", "no local day"),
    ],
)
def test_a_file_that_cannot_be_played_says_why(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.csv"
    header = "start_utc,load_w,pv_w,pv_forecast_w,price_eur_per_kwh,valid"
    path.write_text(text.replace("HEADER", header), encoding="utf-8")
    with pytest.raises(SeriesError, match=says):
        read_series(path)


def test_a_missing_or_binary_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=r"nowhere\.csv"):
        read_series(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SeriesError, match=r"binary\.csv"):
        read_series(tmp_path / "binary.csv")


@pytest.mark.skipif(not SHARED.exists(), reason="not run: no series")
def test_the_shared_record() -> None:
    series = read_series(SHARED)
    assert 80 < len(series.days) < 122
    low, high = series.forecast_band
    assert low < 1 < high
    plant = Plant(SITES["ranch"], start=NOON, series=series)
    plant.advance(NOON + timedelta(days=1))
    assert plant.meters.solar_wh > 10_000
    prices = plant.export_prices().today
    assert {hour.price for hour in prices} == {0.08}
    assert len({hour.price for hour in plant.import_prices().today}) > 12
