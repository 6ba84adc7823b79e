"""Providers' energy per period becomes power; the Wh stay the same."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import numpy as np
import pytest

from custom_components.energy_orchestrator.inputs.forecasts.providers import over_horizon, spans_of
from custom_components.energy_orchestrator.inputs.forecasts.weather import clouds, temperatures
from custom_components.energy_orchestrator.model.horizon import uniform

BERLIN = ZoneInfo("Europe/Berlin")
WH = [248, 1539, 2402, 2819, 2808, 2544, 2048, 1328, 626, 189, 25]
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SUNRISE = "2026-02-17T06:30:25+00:00"
HOURS = [f"2026-02-17T{hour:02}:00:00+00:00" for hour in range(7, 17)]


def _energy(labels: dict[str, object]) -> float:
    spans = spans_of(labels, BERLIN)
    return float(((spans.ends - spans.starts) * spans.values).sum() / 3600)


def test_start_labels_keep_their_energy() -> None:
    labels = dict(zip([SUNRISE, *HOURS], WH, strict=True))
    assert _energy(dict(labels)) == pytest.approx(sum(WH))
    spans = spans_of(dict(labels), BERLIN)
    assert spans.ends[0] - spans.starts[0] == pytest.approx(1775)


def test_end_labels_are_turned_round() -> None:
    """The provider's older shape: zero at sunrise, the last energy at sunset."""
    labels: dict[str, object] = dict(zip([SUNRISE, *HOURS, "2026-02-17T16:45:36+00:00"], [0, *WH], strict=True))
    spans = spans_of(labels, BERLIN)
    assert _energy(labels) == pytest.approx(sum(WH))
    assert datetime.fromtimestamp(spans.starts[0], UTC) == datetime.fromisoformat(SUNRISE)
    assert len(spans) == 11


def test_hourly_labels_with_zeros_at_night_are_starts() -> None:
    day = datetime(2026, 6, 1, tzinfo=BERLIN)
    labels: dict[str, object] = {str(day + timedelta(hours=h)): 0 if h < 6 or h > 20 else 1000 for h in range(24)}
    spans = spans_of(labels, BERLIN)
    assert datetime.fromtimestamp(spans.starts[6], BERLIN).hour == 6
    assert spans.values[6] == 1000


def test_nights_are_dark_and_later_days_repeat_the_last() -> None:
    labels: dict[str, object] = dict(zip([SUNRISE, *HOURS], WH, strict=True))
    horizon = uniform(datetime(2026, 2, 17, 0, tzinfo=BERLIN), 30, 96)
    series = over_horizon(spans_of(labels, BERLIN), horizon, BERLIN)
    assert series.known_slots == 48
    assert series.values[:12].tolist() == [0] * 12
    assert float((series.values[:48] * 0.5).sum()) == pytest.approx(sum(WH))
    assert series.values[48:].tolist() == pytest.approx(series.values[:48].tolist())


def test_a_missing_hour_by_day_is_bridged() -> None:
    labels: dict[str, object] = dict(zip(HOURS, WH[:10], strict=True))
    del labels[HOURS[4]]
    horizon = uniform(datetime(2026, 2, 17, 0, tzinfo=BERLIN), 60, 24)
    series = over_horizon(spans_of(labels, BERLIN), horizon, BERLIN)
    assert series.values[12] == pytest.approx((WH[3] + WH[5]) / 2)


@given(
    st.dictionaries(
        st.integers(0, 527_000).map(lambda minute: str(NEW_YEAR + timedelta(minutes=minute))) | st.text(max_size=20),
        st.floats() | st.integers() | st.none() | st.text(max_size=5),
        max_size=30,
    )
)
def test_whatever_a_provider_says_power_stays_possible(labels: dict[str, object]) -> None:
    spans = spans_of(labels, BERLIN)
    assert bool((spans.values >= 0).all())
    assert bool(np.isfinite(spans.values).all())
    series = over_horizon(spans, uniform(datetime(2026, 6, 1, tzinfo=UTC), 30, 96), BERLIN)
    assert bool(np.isfinite(series.values).all())


def test_weather_rows() -> None:
    rows: list[dict[str, Any]] = [
        {"datetime": "2026-06-01T10:00:00+00:00", "cloud_coverage": 40, "temperature": 68},
        {"datetime": "2026-06-01T11:00:00+00:00", "condition": "cloudy", "temperature": 69.8},
        {"datetime": "2026-06-01T13:00:00+00:00", "condition": "strange", "temperature": 9999},
        {"datetime": None, "condition": "sunny", "temperature": 50},
    ]
    assert clouds(rows, BERLIN).values.tolist() == [0.4, 0.9]
    assert temperatures(rows, "°F", BERLIN).values.tolist() == pytest.approx([20, 21])
    assert len(temperatures(rows, None, BERLIN)) == 0
