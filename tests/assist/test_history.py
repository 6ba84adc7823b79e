"""History from the recorder: each answer against what was recorded."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from tests.integration.house import MORNING, entity_id_of
from tests.integration.mapped_site import BATTERY_ID, INVERTER_ID

from .conftest import Say
from .test_corpus import assert_spoken_numbers_are_facts, told_of

pytestmark = pytest.mark.freeze_time(MORNING)

# Hours after yesterday's midnight, local time; W of sun and % of charge.
YESTERDAY = [(0.0, 0, 55), (7.0, 800, 41), (8.5, 2600, 47), (12.0, 6100, 80), (17.0, 1500, 86), (20.0, 0, 78)]


@pytest.fixture
async def recorded(
    recorder_mock: Recorder, hass: HomeAssistant, ranch: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Yesterday, as the recorder has it."""
    solar = entity_id_of(hass, "sensor", INVERTER_ID, "solar_power")
    soc = entity_id_of(hass, "sensor", BATTERY_ID, "soc")
    now = dt_util.utcnow()
    solar_unit = hass.states.get(solar)
    soc_unit = hass.states.get(soc)
    assert solar_unit
    assert soc_unit
    factor = {"W": 1.0, "kW": 0.001}[solar_unit.attributes["unit_of_measurement"]]
    midnight = dt_util.start_of_local_day(dt_util.as_local(now) - timedelta(days=1))
    for hours, watts, percent in YESTERDAY:
        freezer.move_to(midnight + timedelta(hours=hours))
        hass.states.async_set(solar, str(watts * factor), solar_unit.attributes)
        hass.states.async_set(soc, str(percent), soc_unit.attributes)
        await hass.async_block_till_done()
    freezer.move_to(now)
    await async_wait_recording_done(hass)


async def told(say: Say, text: str) -> dict[str, Any]:
    """Ask and return the answer; its numbers are facts and its source is the recorder."""
    answer = told_of(await say(text))
    assert answer["route"] == "history", answer
    assert_spoken_numbers_are_facts(answer)
    assert any("sensor." in source for source in answer["sources"]), answer
    return answer


async def test_when_a_power_was_passed(recorded: None, say: Say) -> None:
    answer = await told(say, "What time did I hit 2500 W yesterday?")
    assert answer["facts"]["power_kw"] == pytest.approx(2.6)
    assert answer["facts"]["at"].startswith("2026-06-19T08:30")
    answer = await told(say, "when did solar pass 9 kilowatts yesterday")
    assert answer["facts"]["power_kw"] == pytest.approx(6.1)
    assert "did not" in answer["answer"]


async def test_extremes(recorded: None, say: Say) -> None:
    answer = await told(say, "what was the highest solar power yesterday")
    assert answer["facts"]["power_kw"] == pytest.approx(6.1)
    assert answer["facts"]["at"].startswith("2026-06-19T12:00")
    answer = await told(say, "how low did the battery get yesterday")
    assert answer["facts"]["soc"] == pytest.approx(41)


async def test_mean_energy_and_value(recorded: None, say: Say) -> None:
    wh = 1.5 * 800 + 3.5 * 2600 + 5 * 6100 + 3 * 1500
    answer = await told(say, "how much solar did we make yesterday")
    assert answer["facts"]["energy_kwh"] == pytest.approx(wh / 1000, rel=1e-3)
    answer = await told(say, "mean solar power yesterday")
    assert answer["facts"]["power_kw"] == pytest.approx(wh / 24000, rel=1e-3)
    answer = await told(say, "what was the battery level at 5 pm yesterday")
    assert answer["facts"]["soc"] == pytest.approx(86)


async def test_without_history_it_says_so(hass: HomeAssistant, ranch: MockConfigEntry, say: Say) -> None:
    answer = told_of(await say("What time did solar pass 2500 W yesterday?"))
    assert "no history" in answer["answer"]
    assert not answer["facts"]


async def test_days_of_the_week_and_nights(recorded: None, say: Say) -> None:
    """Yesterday was a Friday."""
    answer = await told(say, "what was the highest solar power on friday")
    assert answer["facts"]["power_kw"] == pytest.approx(6.1)
    answer = await told(say, "how low did the battery get last night")
    assert answer["facts"]["soc"] == pytest.approx(78)
    answer = await told(say, "how full was the battery last night at eight")
    assert answer["facts"]["soc"] == pytest.approx(78)
    answer = told_of(await say("what was the average house load on tuesday"))
    assert "no history" in answer["answer"]
    assert not answer["facts"]


async def test_levels_are_passed_up_and_down(recorded: None, say: Say) -> None:
    answer = await told(say, "when did the battery hit eighty percent yesterday")
    assert answer["facts"]["soc"] == pytest.approx(80)
    assert answer["facts"]["at"].startswith("2026-06-19T12:00")
    answer = await told(say, "when did the battery fall below 45 percent yesterday")
    assert answer["facts"]["soc"] == pytest.approx(41)
    assert answer["facts"]["at"].startswith("2026-06-19T07:00")
    answer = await told(say, "when did the battery fall below 20 percent yesterday")
    assert answer["facts"]["soc"] == pytest.approx(41)
    assert "did not" in answer["answer"]


async def test_the_price_of_a_past_day(
    recorded: None, hass: HomeAssistant, ranch: MockConfigEntry, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    price = entity_id_of(hass, "sensor", ranch.entry_id, "import_price")
    now, state = dt_util.utcnow(), hass.states.get(price)
    assert state
    midnight = dt_util.start_of_local_day(dt_util.as_local(now) - timedelta(days=1))
    for hours, value in ((0.0, 0.3), (13.0, 0.08), (16.0, 0.4)):
        freezer.move_to(midnight + timedelta(hours=hours))
        hass.states.async_set(price, str(value), state.attributes)
        await hass.async_block_till_done()
    freezer.move_to(now)
    await async_wait_recording_done(hass)
    answer = await told(say, "when yesterday did the price fall under ten cents")
    assert answer["facts"]["price"] == pytest.approx(0.08)
    assert answer["facts"]["at"].startswith("2026-06-19T13:00")
    answer = await told(say, "what was the price at four pm yesterday")
    assert answer["facts"]["price"] == pytest.approx(0.4)
    answer = await told(say, "highest electricity price on friday")
    assert answer["facts"]["price"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    "text",
    [
        "how much did the miners earn yesterday",
        "why was the s21 off yesterday",
        "what was the bill last friday",
        "how much energy went into the battery yesterday",
        "what was the plan the day before yesterday",
    ],
)
async def test_what_is_not_recorded_is_not_told_of_today(
    hass: HomeAssistant, ranch: MockConfigEntry, say: Say, text: str
) -> None:
    answer = told_of(await say(text))
    assert "past days" in answer["answer"] or "no history" in answer["answer"], answer
    assert not answer["facts"]
