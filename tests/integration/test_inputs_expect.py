"""Forecast: each source, and what takes its place when it fails."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockModule, mock_integration, mock_platform

from custom_components.energy_orchestrator.inputs.asking import expect
from custom_components.energy_orchestrator.inputs.home import observer_of
from custom_components.energy_orchestrator.inputs.memory import SourceMemory
from custom_components.energy_orchestrator.learning.past import Past
from custom_components.energy_orchestrator.mapping import BatteryEntities, SiteEntities
from custom_components.energy_orchestrator.model.forecast import Forecasts, Source
from custom_components.energy_orchestrator.model.horizon import tiered
from custom_components.energy_orchestrator.model.readings import Trouble
from custom_components.energy_orchestrator.model.site import Grid, Window
from custom_components.energy_orchestrator.settings import PricePeriod

from .helper_site import put, set_up_helpers, settings

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)
BARE = SiteEntities()

type Forecast = Callable[..., Awaitable[Forecasts]]


@pytest.fixture(autouse=True)
async def _place(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.config.latitude, hass.config.longitude = 52.5, 13.4
    freezer.move_to(NOON)
    await set_up_helpers(hass)


async def _expect(hass: HomeAssistant, memory: SourceMemory | None = None, **changes: Any) -> Forecasts:
    mapped = settings(**changes)
    now = dt_util.utcnow()
    readings = observer_of(hass, mapped).observe(now)
    return await expect(hass, mapped, readings, tiered(now), memory or SourceMemory(), Past())


async def test_without_any_source_there_are_series_all_the_same(hass: HomeAssistant) -> None:
    found = await _expect(hass, entities=BARE, panels=None, load_profile_w=(), import_price=(), export_price=())
    assert found.solar_w.source is Source.NONE
    assert (found.load_w.source, found.load_w.expected.sum()) == (Source.NONE, 0)
    assert (found.export_price.source, found.export_price.expected.max()) == (Source.NONE, 0)
    # nothing is bought for a machine: dearer than the 3250 W level could ever earn
    assert found.import_price.source is Source.NONE
    assert found.import_price.expected.min() >= 2 * 110 * 0.05 / 24 / 3.25 > 0
    assert found.temperature_c is None


async def test_fixed_and_time_of_use(hass: HomeAssistant) -> None:
    table = (PricePeriod(Window(time(12), time(18)), 0.4), PricePeriod(Window(time(18), time(12)), 0.2))
    found = await _expect(hass, import_price=table)
    assert found.import_price.source is Source.TIME_OF_USE
    assert found.import_price.expected[0] == pytest.approx(0.4)
    assert set(found.export_price.expected.tolist()) == {0.08}
    assert found.export_price.source is Source.FIXED
    assert found.hashprice.expected[0] == 0.05


async def test_the_sun_alone_and_with_clouds(hass: HomeAssistant) -> None:
    clear = await _expect(hass, entities=BARE)
    assert clear.solar_w.source is Source.CLEAR_SKY
    assert clear.solar_w.low is not None
    assert clear.solar_w.high is not None
    assert (clear.solar_w.low <= clear.solar_w.expected).all()
    assert (clear.solar_w.high >= clear.solar_w.expected).all()
    assert clear.solar_w.expected.min() == 0

    rows = [
        {"datetime": (NOON + timedelta(hours=h)).isoformat(), "cloud_coverage": 100, "temperature": 15 - h / 10}
        for h in range(40)
    ]
    await _weather(hass, rows)
    clouded = await _expect(hass, entities=replace(BARE, weather="weather.home"))
    assert clouded.solar_w.source is Source.SUN_AND_CLOUDS
    assert clouded.solar_w.expected[:100].sum() < 0.6 * clear.solar_w.expected[:100].sum()
    # the batteries follow the air from where they are
    assert clouded.temperature_c is not None
    assert clouded.temperature_c.expected[0] == pytest.approx(18, abs=0.2)
    assert clouded.temperature_c.expected[60] < 18
    unmeasured = {"battery": BatteryEntities(soc="sensor.soc")}
    assert (
        await _expect(hass, entities=replace(BARE, weather="weather.home"), batteries=unmeasured)
    ).temperature_c is None


async def _weather(hass: HomeAssistant, rows: object) -> None:
    async def answer(call: ServiceCall) -> Any:
        if isinstance(rows, Exception):
            raise rows
        return {"weather.home": {"forecast": rows}}

    hass.services.async_register("weather", "get_forecasts", answer, supports_response=SupportsResponse.ONLY)
    hass.states.async_set("weather.home", "cloudy", {"supported_features": 2, "temperature_unit": "°C"})


@pytest.mark.parametrize("rows", [HomeAssistantError("no"), ValueError("odd"), [], None, [1, 2], "rain"])
async def test_a_weather_that_fails_leaves_the_sun(hass: HomeAssistant, rows: object) -> None:
    await _weather(hass, rows)
    memory = SourceMemory()
    found = await _expect(hass, memory, entities=replace(BARE, weather="weather.home"))
    assert found.solar_w.source is Source.CLEAR_SKY
    assert [(name, reading.source) for _, name, reading in memory.troubles] == [("weather", "weather.home")]


@pytest.mark.parametrize(
    ("state", "features", "troubles"),
    [
        (None, 0, [Trouble.MISSING]),
        ("unavailable", 2, [Trouble.UNAVAILABLE]),
        ("unknown", 2, [Trouble.UNKNOWN]),
        ("sunny", 1, []),  # it has days, no hours
    ],
)
async def test_weather_that_is_away_or_has_no_hours(
    hass: HomeAssistant, state: str | None, features: int, troubles: list[Trouble]
) -> None:
    memory = SourceMemory()
    if state is not None:
        hass.states.async_set("weather.home", state, {"supported_features": features})
    found = await _expect(hass, memory, entities=replace(BARE, weather="weather.home"))
    assert found.solar_w.source is Source.CLEAR_SKY
    assert [reading.trouble for _, _, reading in memory.troubles] == troubles


async def test_what_was_published_for_later_outlives_a_number_alone(hass: HomeAssistant) -> None:
    """After a restart a sensor may come up with its number, and with its lists a minute later."""
    memory, prices = SourceMemory(), {"import_price": "sensor.import"}
    listed = [
        {
            "start": (NOON + timedelta(hours=n)).isoformat(),
            "end": (NOON + timedelta(hours=n + 1)).isoformat(),
            "value": v,
        }
        for n, v in enumerate([0.1, 0.2, 0.3, 0.4])
    ]
    hass.states.async_set("sensor.import", "0.1", {"unit_of_measurement": "EUR/kWh", "raw_today": listed})
    before = (await _expect(hass, memory, **prices)).import_price
    hass.states.async_set("sensor.import", "0.15", {"unit_of_measurement": "EUR/kWh"})
    after = (await _expect(hass, memory, **prices)).import_price
    known = before.known_slots or 0
    assert after.known_slots == known > 12
    assert after.expected[0] == 0.15
    assert (after.expected[1:known] == before.expected[1:known]).all()


async def test_load_and_sun_begin_where_they_are_measured(hass: HomeAssistant) -> None:
    put(hass, "load", 2000)
    put(hass, "miner_power", 0)
    put(hass, "solar", 1)
    found = await _expect(hass)
    plain = await _expect(hass, entities=BARE)
    assert found.load_w.expected[0] == pytest.approx(2000, rel=0.05)
    assert found.load_w.expected[-1] == pytest.approx(500)
    assert found.solar_w.expected[0] == pytest.approx(1000, rel=0.1)
    assert found.solar_w.expected[-1] == pytest.approx(plain.solar_w.expected[-1])


async def test_a_sun_that_may_be_curtailed_is_not_forecast_down(hass: HomeAssistant) -> None:
    put(hass, "solar", 0.5)
    put(hass, "soc", 100)
    put(hass, "grid", 0)
    site = replace(settings().site, grid=Grid(export_allowed=False))
    plain = await _expect(hass, entities=BARE)
    assert (await _expect(hass, site=site)).solar_w.expected.tolist() == plain.solar_w.expected.tolist()
    put(hass, "soc", 50)
    assert (await _expect(hass, site=site)).solar_w.expected[0] < plain.solar_w.expected[0]


# The Energy dashboard


@pytest.fixture
async def dashboard(hass: HomeAssistant, hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of two providers the dashboard names, by their config entries, to be filled in."""
    hass_storage["energy"] = {
        "version": 1,
        "minor_version": 3,
        "key": "energy",
        "data": {
            "energy_sources": [
                {"type": "solar", "stat_energy_from": "sensor.a", "config_entry_solar_forecast": ["one", "two"]},
                {"type": "solar", "stat_energy_from": "sensor.b", "config_entry_solar_forecast": None},
            ],
            "device_consumption": [],
        },
    }
    answers: dict[str, Any] = {}

    async def forecast(hass: HomeAssistant, entry_id: str) -> Mapping[str, object] | None:
        answer = answers.get(entry_id)
        if isinstance(answer, Exception):
            raise answer
        return None if answer is None else {"wh_hours": answer}

    mock_integration(hass, MockModule("sun_provider"))
    mock_platform(
        hass, "sun_provider.energy", Mock(spec=["async_get_solar_forecast"], async_get_solar_forecast=forecast)
    )
    hass.config.components.add("sun_provider")
    for entry_id in ("one", "two"):
        entry = MockConfigEntry(domain="sun_provider", entry_id=entry_id, title=entry_id, state=ConfigEntryState.LOADED)
        entry.add_to_hass(hass)
    hass.config.components.add("energy")
    return answers


def _hourly(wh: float, hours: int = 60) -> dict[str, float]:
    start = NOON - timedelta(hours=12)
    return {(start + timedelta(hours=h)).isoformat(): wh for h in range(hours)}


async def test_providers_add_up(hass: HomeAssistant, dashboard: dict[str, Any]) -> None:
    dashboard |= {"one": _hourly(1000), "two": _hourly(500)}
    found = await _expect(hass, entities=BARE)
    assert found.solar_w.source is Source.ENERGY_DASHBOARD
    assert set(found.solar_w.expected.tolist()) == {1500}
    assert found.solar_w.known_slots == len(found.solar_w.expected)


async def test_a_provider_that_falls_silent_is_remembered_and_named(
    hass: HomeAssistant, dashboard: dict[str, Any]
) -> None:
    dashboard |= {"one": _hourly(1000), "two": _hourly(500)}
    memory = SourceMemory()
    await _expect(hass, memory, entities=BARE)
    dashboard |= {"two": ValueError("odd")}
    found = await _expect(hass, memory, entities=BARE)
    assert set(found.solar_w.expected.tolist()) == {1500}
    assert [(name, reading.source) for _, name, reading in memory.troubles] == [("solar_forecast", "two")]


async def test_without_its_last_answer_the_sun_takes_over(hass: HomeAssistant, dashboard: dict[str, Any]) -> None:
    dashboard |= {"one": _hourly(1000)}
    assert (await _expect(hass, entities=BARE)).solar_w.source is Source.CLEAR_SKY
    # without panels, some sun is a better guess than none
    half = await _expect(hass, entities=BARE, panels=None)
    assert (half.solar_w.source, half.solar_w.expected[0]) == (Source.ENERGY_DASHBOARD, 1000)
    dashboard.clear()
    assert (await _expect(hass, entities=BARE, panels=None)).solar_w.source is Source.NONE


async def test_a_dashboard_without_forecasts(hass: HomeAssistant) -> None:
    hass.config.components.add("energy")
    assert (await _expect(hass, entities=BARE)).solar_w.source is Source.CLEAR_SKY


# Price entities


def _publish(hass: HomeAssistant, hours: int, *, unit: str = "EUR/kWh", state: str = "0.25") -> None:
    midnight = datetime(2026, 6, 21, tzinfo=BERLIN)
    rows = [{"start": midnight + timedelta(hours=h), "value": 0.1 + h % 24 / 100} for h in range(hours)]
    hass.states.async_set("sensor.price", state, {"unit_of_measurement": unit, "raw_today": rows})


async def test_a_price_entity_with_lists(hass: HomeAssistant) -> None:
    _publish(hass, 24)
    memory = SourceMemory()
    found = await _expect(hass, memory, import_price="sensor.price")
    price = found.import_price
    assert price.source is Source.ENTITY
    assert price.expected[0] == pytest.approx(0.22)
    assert price.known_slots is not None
    horizon = tiered(NOON)
    assert horizon.starts[price.known_slots] == datetime(2026, 6, 21, 22, tzinfo=UTC)
    assert price.expected[-1] == pytest.approx(0.1 + horizon.starts[-1].astimezone(BERLIN).hour / 100)
    assert memory.troubles == ()


async def test_a_plain_price_is_known_for_now(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.price", "25", {"unit_of_measurement": "ct/kWh"})
    price = (await _expect(hass, import_price="sensor.price")).import_price
    assert set(price.expected.tolist()) == {0.25}
    assert price.known_slots == 1


async def test_a_price_that_goes_away_keeps_its_last_prices(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    memory = SourceMemory()
    _publish(hass, 24)
    await _expect(hass, memory, import_price="sensor.price")
    for state, trouble in (("unavailable", Trouble.UNAVAILABLE), (None, Trouble.MISSING)):
        if state is None:
            hass.states.async_remove("sensor.price")
        else:
            hass.states.async_set("sensor.price", state)
        price = (await _expect(hass, memory, import_price="sensor.price")).import_price
        assert price.source is Source.ENTITY
        assert price.expected[0] == pytest.approx(0.22)
        assert price.known_slots
        assert [reading.trouble for _, _, reading in memory.troubles] == [trouble]
    _publish(hass, 24)
    freezer.tick(timedelta(hours=27))
    price = (await _expect(hass, memory, import_price="sensor.price")).import_price
    assert price.known_slots == 0
    assert [reading.trouble for _, _, reading in memory.troubles] == [Trouble.STALE]


@pytest.mark.parametrize(
    ("state", "unit", "trouble"),
    [
        ("0.2", "EUR/m³", Trouble.WRONG_UNIT),
        ("0.2", "SEK/kWh", Trouble.WRONG_UNIT),
        ("dear", "EUR/kWh", Trouble.NOT_A_NUMBER),
        ("1e12", "EUR/kWh", Trouble.OUT_OF_RANGE),
        ("nan", "EUR/kWh", Trouble.OUT_OF_RANGE),
    ],
)
async def test_a_price_that_cannot_be_is_named_and_nothing_is_bought(
    hass: HomeAssistant, state: str, unit: str, trouble: Trouble
) -> None:
    hass.states.async_set("sensor.price", state, {"unit_of_measurement": unit})
    memory = SourceMemory()
    found = await _expect(hass, memory, import_price="sensor.price", export_price="sensor.price")
    assert found.import_price.source is Source.NONE
    assert found.import_price.expected.min() >= 1
    assert found.export_price.expected.max() == 0
    assert {(name, reading.trouble) for _, name, reading in memory.troubles} == {
        ("import_price", trouble),
        ("export_price", trouble),
    }


@pytest.mark.parametrize(
    ("state", "unit", "value", "trouble"),
    [
        ("50", "EUR/PH/s/day", 0.05, None),
        ("0.05", "BTC/TH/day", 0, Trouble.WRONG_UNIT),
        ("much", "EUR/TH/day", 0, Trouble.NOT_A_NUMBER),
        ("unknown", "EUR/TH/day", 0, Trouble.UNKNOWN),
        ("-1", "EUR/TH/day", 0, Trouble.OUT_OF_RANGE),
        ("unavailable", "EUR/TH/day", 0, Trouble.UNAVAILABLE),
    ],
)
async def test_hashprice_from_an_entity(
    hass: HomeAssistant, state: str, unit: str, value: float, trouble: Trouble | None
) -> None:
    hass.states.async_set("sensor.hashprice", state, {"unit_of_measurement": unit})
    memory = SourceMemory()
    found = await _expect(hass, memory, hashprice="sensor.hashprice")
    assert found.hashprice.expected[0] == pytest.approx(value)
    assert [reading.trouble for _, _, reading in memory.troubles] == ([] if trouble is None else [trouble])
    if trouble is None:
        hass.states.async_set("sensor.hashprice", "unavailable")
        again = await _expect(hass, memory, hashprice="sensor.hashprice")
        assert again.hashprice.expected[0] == pytest.approx(value)
        assert memory.troubles


async def test_a_source_nobody_foresaw_does_not_stop_the_rest(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    found = await _expect(hass, entities=BARE, load_profile_w=("many",), import_price=0.3)
    assert found.load_w.source is Source.NONE
    assert "The forecast of load_w failed" in caplog.text
    caplog.clear()
    assert np.isfinite(found.solar_w.expected).all()
