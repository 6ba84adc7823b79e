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
