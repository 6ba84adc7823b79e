"""Price entities in the shapes people have, written by hand from them; unknown ones are refused."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import numpy as np
import pytest

from custom_components.energy_orchestrator.inputs.money import per_kwh, per_terahash_day
from custom_components.energy_orchestrator.inputs.prices.published import published, with_now
from custom_components.energy_orchestrator.inputs.prices.shapes import ATTRIBUTES, SHAPES
from custom_components.energy_orchestrator.inputs.series import Spans
from custom_components.energy_orchestrator.model.readings import Trouble

HELSINKI = ZoneInfo("Europe/Helsinki")
EUR = {"unit_of_measurement": "EUR/kWh"}


def _hours(first: datetime, values: list[float | None], keys: tuple[str, ...], step: int = 60) -> list[dict[str, Any]]:
    rows = []
    for index, value in enumerate(values):
        start = first + timedelta(minutes=step * index)
        row: dict[str, Any] = {keys[0]: str(start.astimezone(first.tzinfo)), keys[-1]: value}
        if len(keys) == 3:
            row[keys[1]] = str((start + timedelta(minutes=step)).astimezone(first.tzinfo))
        rows.append(row)
    return rows


def _starts(spans: Spans) -> list[datetime]:
    return [datetime.fromtimestamp(at, UTC) for at in spans.starts.tolist()]


def _read(attributes: dict[str, Any], state: str = "unknown", currency: str = "EUR") -> Spans:
    return published(state, attributes, currency, HELSINKI).spans


MIDNIGHT = datetime(2026, 11, 22, tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("unit", "currency", "factor"),
    [
        ("EUR/kWh", "EUR", 1),
        ("€/kWh", "EUR", 1),
        ("€ / MWh", "EUR", 0.001),
        ("eur/mwh", "EUR", 0.001),
        ("c/kWh", "EUR", 0.01),
        ("ct/kWh", "EUR", 0.01),
        ("öre/kWh", "SEK", 0.01),
        ("kr/kWh", "SEK", 1),
        ("$/kWh", "AUD", 1),
        ("p/kWh", "GBP", 0.01),
        ("EUR/Wh", "EUR", 1000),
        ("SEK/kWh", "EUR", None),
        ("EUR/m³", "EUR", None),
        ("kW", "EUR", None),
        ("EUR", "EUR", None),
        ("/kWh", "EUR", None),
        (None, "EUR", None),
    ],
)
def test_units_of_money(unit: str | None, currency: str, factor: float | None) -> None:
    assert per_kwh(unit, currency) == (None if factor is None else pytest.approx(factor))


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("USD/TH/s/day", 1),
        ("USD/PH/s/day", 0.001),
        ("$/TH/d", 1),
        ("USD/EH/day", 1e-6),
        ("BTC/TH/day", None),
        ("USD/TH", None),
        ("USD/TH/s/h", None),
        (None, None),
    ],
)
def test_units_of_hashprice(unit: str | None, factor: float | None) -> None:
    assert per_terahash_day(unit, "USD") == (None if factor is None else pytest.approx(factor))


# A list of each shape, in ct/kWh: 2 from midnight in Helsinki, then 3 for an hour.
LISTED: Final[dict[str, object]] = {
    "rows with times": [
        {"start": "2026-11-22T00:00:00+02:00", "end": "2026-11-22T01:00:00+02:00", "value": 2},
        {"start": "2026-11-22T01:00:00+02:00", "end": "2026-11-22T02:00:00+02:00", "value": 3},
    ],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_each_shape_is_read_under_each_name(shape: str, attribute: str) -> None:
    spans = _read({"unit_of_measurement": "ct/kWh", attribute: LISTED[shape]})
    assert spans.values.tolist() == [0.02, 0.03]
    assert _starts(spans) == [MIDNIGHT, MIDNIGHT + timedelta(hours=1)]
    assert (spans.ends - spans.starts).tolist() == [3600, 3600]
    assert [name for name, read in SHAPES.items() if read(LISTED[shape], HELSINKI)] == [shape]


def test_raw_today_and_tomorrow_in_cents() -> None:
    attributes = {
        "unit_of_measurement": "c/kWh",
        "raw_today": _hours(MIDNIGHT, [float(h) for h in range(24)], ("start", "end", "value")),
        "raw_tomorrow": _hours(MIDNIGHT + timedelta(days=1), [-1.0] * 24, ("start", "end", "value")),
        "today": [0.0] * 24,
    }
    spans = _read(attributes, "12")
    assert len(spans) == 48
    assert _starts(spans)[0] == MIDNIGHT
    assert spans.values[:3].tolist() == pytest.approx([0, 0.01, 0.02])
    assert spans.values[-1] == pytest.approx(-0.01)
    assert set((spans.ends - spans.starts).tolist()) == {3600}


@pytest.mark.parametrize("keys", [("time", "price"), ("hour", "price"), ("start_time", "end_time", "per_kwh")])
@pytest.mark.parametrize("step", [15, 30, 60])
def test_labels_and_steps(keys: tuple[str, ...], step: int) -> None:
    values: list[float | None] = [0.1 + 0.01 * index for index in range(40)]
    spans = _read({**EUR, "prices": _hours(MIDNIGHT, values, keys, step)})
    assert spans.values.tolist() == pytest.approx(values)
    assert set((spans.ends - spans.starts).tolist()) == {60 * step}


def test_datetime_objects_are_labels_too() -> None:
    rows = [{"start": MIDNIGHT + timedelta(hours=h), "value": 1.0} for h in range(3)]
    assert len(_read({**EUR, "raw_today": rows})) == 3


def test_missing_slots_stay_holes_and_nulls_are_dropped() -> None:
    rows = _hours(MIDNIGHT, [0.1, 0.2, None, 0.4, 0.5, 0.6], ("time", "price"), 15)
    spans = _read({**EUR, "prices": rows})
    assert len(spans) == 5
    assert spans.starts[2] - spans.ends[1] == 900


def test_mixed_steps_in_one_list_and_a_second_late() -> None:
    rows: list[dict[str, Any]] = [
        {"start_time": f"2026-11-22T10:{5 * n:02}:01+00:00", "duration": 5, "per_kwh": 0.1 * n} for n in range(6)
    ]
    rows += [
        {"start_time": f"2026-11-22T1{n}:{m:02}:01+00:00", "duration": 30, "per_kwh": 0.5} for n, m in ((0, 30), (1, 0))
    ]
    spans = _read({**EUR, "forecasts": rows})
    assert (spans.ends - spans.starts).tolist() == [300] * 6 + [1800] * 2
    assert spans.starts[0] % 300 == 0
    for row in rows:
        del row["duration"]
    spans = _read({**EUR, "forecasts": rows})
    assert (spans.ends - spans.starts).tolist()[:5] == [300] * 5
    assert float(spans.ends[-1] - spans.starts[-1]) == 1800


def test_a_published_price_beats_a_forecast_of_it() -> None:
    attributes = {
        **EUR,
        "raw_today": _hours(MIDNIGHT, [0.1] * 24, ("hour", "price")),
        "forecast": _hours(MIDNIGHT + timedelta(hours=12), [0.9] * 24, ("hour", "price")),
    }
    spans = _read(attributes)
    assert len(spans) == 36
    assert spans.values[:24].tolist() == [0.1] * 24
    assert spans.values[24:].tolist() == [0.9] * 12


def test_the_hour_that_comes_twice_fills_its_hole() -> None:
    """Stockholm, 2022-10-30: both hours from two to three carry +02:00, and 01:00 UTC is missing."""
    labels = [
        "00:00:00+02:00",
        "01:00:00+02:00",
        "02:00:00+02:00",
        "02:00:00+02:00",
        "03:00:00+01:00",
        "04:00:00+01:00",
    ]
    rows = [{"start": f"2022-10-30T{label}", "value": float(n)} for n, label in enumerate(labels)]
    spans = _read({**EUR, "raw_today": rows})
    assert np.diff(spans.starts).tolist() == [3600] * 5
    assert spans.values.tolist() == [0, 1, 2, 3, 4, 5]


def test_the_short_day_has_no_hole() -> None:
    first = datetime(2026, 3, 28, 22, tzinfo=UTC)
    rows = [{"start": str((first + timedelta(hours=h)).astimezone(HELSINKI)), "value": 1.0} for h in range(23)]
    spans = _read({**EUR, "raw_today": rows})
    assert (spans.starts[1:] == spans.ends[:-1]).all()


def test_today_repeated_as_tomorrow_is_today() -> None:
    today = _hours(MIDNIGHT, [0.1] * 24, ("start", "end", "value"))
    assert len(_read({**EUR, "raw_today": today, "raw_tomorrow": today})) == 24


@pytest.mark.parametrize(
    "attributes",
    [
        {"unit_of_measurement": "kW", "forecast": [{"time": "2026-11-22T10:00:00+00:00", "value": 0.4}]},
        {"forecast": [{"time": "2026-11-22T10:00:00+00:00", "value": 0.4}]},
        {"currency": "SEK", "unit": "kWh", "raw_today": []},
    ],
)
def test_what_is_not_a_price_is_refused(attributes: dict[str, Any]) -> None:
    assert published("0.4", attributes, "EUR", HELSINKI).trouble is Trouble.WRONG_UNIT


@pytest.mark.parametrize(
    "prices",
    [
        [{"dtime": "2026-11-22 00:15:00", "rce_pln": "300.00"}],
        {"2026-11-22T00:00:00+02:00": 0.1},
        [0.1, 0.2],
        "0.1",
        None,
        [{"start": "today", "value": 1}],
        [{"start": "2026-11-22T00:00:00+02:00", "kWh": 1}],
    ],
)
def test_of_unknown_shapes_only_the_state_counts(prices: object) -> None:
    found = published("0.25", {**EUR, "prices": prices}, "EUR", HELSINKI)
    assert len(found.spans) == 0
    assert (found.now, found.trouble) == (0.25, None)
    assert published("unknown", {**EUR, "prices": prices}, "EUR", HELSINKI).trouble is Trouble.NOT_A_NUMBER


def test_currency_and_unit_as_attributes() -> None:
    rows = _hours(MIDNIGHT, [50.0, 60.0], ("start", "end", "value"))
    found = {"currency": "EUR", "unit": "kWh", "price_in_cents": True, "raw_today": rows}
    assert _read(found).values.tolist() == [0.5, 0.6]


def test_the_state_is_the_running_slot_before_the_list_begins() -> None:
    now = datetime(2026, 11, 22, 9, 57, tzinfo=UTC)
    rows = [{"start_time": "2026-11-22T10:00:00+00:00", "duration": 30, "per_kwh": 0.2}]
    spans = with_now(published("0.3", {**EUR, "forecasts": rows}, "EUR", HELSINKI), now.timestamp())
    assert spans.values.tolist() == [0.3, 0.2]
    assert spans.ends[0] == spans.starts[1]


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30) | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["start", "end", "value", "price", "time", "duration", "hour"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(state=st.text(max_size=20), lists=st.dictionaries(st.sampled_from(["raw_today", "prices", "forecast"]), _JSON))
def test_whatever_it_says_nothing_impossible_comes_out(state: str, lists: dict[str, Any]) -> None:
    found = published(state, {**EUR, **lists}, "EUR", HELSINKI)
    assert bool((np.abs(found.spans.values) <= 1e4).all())
    assert bool((found.spans.ends > found.spans.starts).all())
    assert found.now is None or abs(found.now) <= 1e4
    assert (found.trouble is None) == (len(found.spans) > 0 or found.now is not None)
