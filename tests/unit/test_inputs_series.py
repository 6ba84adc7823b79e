"""Series over time: energy kept, clocks changed, gaps named; and the small models on them."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from astral import Observer
from hypothesis import given, strategies as st
import numpy as np
import pytest

from custom_components.energy_orchestrator.inputs.forecasts.tariff import daily_profile, time_of_use
from custom_components.energy_orchestrator.inputs.series import Spans, extended, on_slots, samples
from custom_components.energy_orchestrator.inputs.sun import panel_power, sky_at
from custom_components.energy_orchestrator.model.chemistry import rest_voltage, soc_from_voltage
from custom_components.energy_orchestrator.model.horizon import tiered, uniform
from custom_components.energy_orchestrator.model.site import Window
from custom_components.energy_orchestrator.settings import PricePeriod

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


@given(
    lengths=st.lists(st.integers(1, 7200), min_size=1, max_size=40),
    values=st.lists(st.floats(0, 1e4), min_size=40, max_size=40),
)
def test_energy_is_kept_whatever_the_periods(lengths: list[int], values: list[float]) -> None:
    start = NOON.timestamp()
    edges = start + np.concatenate(([0], np.cumsum(lengths)))
    spans = Spans.of(zip(edges[:-1].tolist(), edges[1:].tolist(), values, strict=False))
    horizon = uniform(NOON, 15, 4 * 24 * 4)
    mean, part = spans.over((horizon.epochs()[:-1].astype(float), horizon.epochs()[1:].astype(float)))
    energy = float((np.nan_to_num(mean) * part * 900).sum())
    assert energy == pytest.approx(sum(n * v for n, v in zip(lengths, values, strict=False)), rel=1e-9, abs=1e-6)


def test_what_is_not_published_repeats_the_same_local_hour() -> None:
    """Published until midnight: tomorrow's hours are today's, also where the clocks go back between."""
    day = datetime(2026, 10, 24, tzinfo=BERLIN)
    start = day.timestamp()
    spans = Spans.of((start + 3600 * h, start + 3600 * (h + 1), float(h)) for h in range(24))
    horizon = uniform(datetime(2026, 10, 24, 20, tzinfo=BERLIN), 60, 30)
    series = extended(spans, horizon, BERLIN)
    assert series.known_slots == 4
    hours = [when.astimezone(BERLIN).hour for when in horizon.starts]
    assert series.values.tolist() == hours


def test_a_short_list_is_extended_by_its_mean() -> None:
    start = NOON.timestamp()
    spans = Spans.of([(start, start + 3600, 1.0), (start + 3600, start + 7200, 3.0)])
    series = extended(spans, uniform(NOON, 60, 4), BERLIN)
    assert (series.values.tolist(), series.known_slots) == ([1, 3, 2, 2], 2)
    nothing = extended(Spans.of(()), uniform(NOON, 60, 4), BERLIN)
    assert np.isnan(nothing.values).all()
    assert nothing.known_slots == 0


def test_a_hole_ends_what_is_known() -> None:
    start = NOON.timestamp()
    spans = Spans.of([(start, start + 900, 1.0), (start + 1800, start + 3600, 2.0)])
    series = on_slots(spans, uniform(NOON, 15, 4))
    assert series.known_slots == 1
    assert np.isnan(series.values[1])


def test_samples_cover_the_tiers() -> None:
    horizon = tiered(NOON)
    cut = samples(horizon, 5, BERLIN)
    assert cut.mean(np.ones(len(cut.at))).tolist() == [1] * len(horizon)
    assert len(cut.at) == 48 * 12


def test_a_table_of_local_hours_holds_through_the_change_of_clocks() -> None:
    """The night has two hours from 2 to 3: both are cheap."""
    table = (
        PricePeriod(Window(time(22), time(6)), 0.1),
        PricePeriod(Window(time(17), time(20, 30)), 0.4),
    )
    horizon = uniform(datetime(2026, 10, 24, 22, tzinfo=UTC), 60, 25)  # local midnight, 25 hours
    prices = time_of_use(table, horizon, BERLIN, uncovered=0.25)
    assert prices[:7].tolist() == pytest.approx([0.1] * 7)  # seven hours until 6:00, not six
    assert prices[7] == pytest.approx(0.25)
    assert prices[-5:].tolist() == pytest.approx([0.4, (0.4 + 0.25) / 2, 0.25, 0.1, 0.1])


def test_a_profile_is_flat_or_hourly() -> None:
    horizon = uniform(datetime(2026, 1, 5, 23, tzinfo=UTC), 60, 24)
    flat = daily_profile((700.0,), horizon, BERLIN)
    assert flat is not None
    assert set(flat.tolist()) == {700}
    hourly = daily_profile(tuple(float(h) for h in range(24)), horizon, BERLIN)
    assert hourly is not None
    assert hourly.tolist() == list(range(24))
    for wrong in ((), (1.0, 2.0), (-1.0,), (float("nan"),)):
        assert daily_profile(wrong, horizon, BERLIN) is None


def test_the_sun_is_dark_at_night_and_strong_at_noon() -> None:
    place = Observer(52.5, 13.4, 0)
    moments = [datetime(2026, 6, 21, hour, tzinfo=UTC) for hour in range(24)]
    sky = sky_at(place, moments)
    clear = panel_power(sky, np.zeros(24), 10_000, 35, 180)
    assert clear[0] == 0
    assert 7500 < clear.max() < 9500
    assert int(clear.argmax()) in {10, 11}
    assert 55e3 < clear.sum() < 85e3
    east = panel_power(sky, np.zeros(24), 10_000, 35, 90)
    assert int(east.argmax()) < int(clear.argmax())
    overcast = panel_power(sky, np.ones(24), 10_000, 35, 180)
    assert (overcast <= clear).all()
    assert 0 < overcast.sum() < 0.4 * clear.sum()


def test_soc_from_voltage_follows_the_curve_and_the_load() -> None:
    for volts, soc in ((45, 0), (47, 0.15), (50, 0.4), (52, 0.6), (54.5, 0.8), (56, 1), (59, 1), (41, 0)):
        assert soc_from_voltage(volts, 0, 14000) == pytest.approx(soc)
    assert soc_from_voltage(48.0, 0, 14000) == pytest.approx(0.15 + 0.25 / 3)
    assert rest_voltage(50, -7000, 14000) == pytest.approx(51)  # half the capacity per hour sags one volt
    assert rest_voltage(50, 7000, 14000) == pytest.approx(49)
    assert soc_from_voltage(12, 0, 14000) is None
    assert soc_from_voltage(400, 0, 14000) is None
