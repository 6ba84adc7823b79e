"""What the user gets on other sites and days than the corpus's: dark ones, none planned yet, several batteries, none."""

from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist.manager import ANSWERS
from custom_components.energy_orchestrator.assist.recognise import Match
from custom_components.energy_orchestrator.assist.slots import Slots
from custom_components.energy_orchestrator.assist.topics import ROUTES, Route
from tests.integration.house import MORNING, put, snapshot_of
from tests.integration.mapped_site import BATTERY_ID, MINER_ID, RACK_ID

from .conftest import Say
from .expected import CHECKS, Asked
from .test_corpus import assert_spoken_numbers_are_facts, told_of
from .test_explain import BANKS, SECOND_ID, site

PLANNED = [topic for topic, route in ROUTES.items() if route in (Route.PLANNING, Route.EXPLAIN, Route.WHAT_IF)]
NO_PLAN = "There is no plan yet; it is made once all devices report."


async def answered(
    entry: MockConfigEntry, topic: str, *meanings: str, language: str = "en", **slots: Any
) -> dict[str, Any]:
    """Answer a topic; every number spoken is a fact."""
    match = Match(topic, Slots(**slots), frozenset(meanings), 1.0, "")
    assistant = entry.runtime_data.assistant
    told: dict[str, Any] = (await assistant.async_answer(match, language, context=Context())).told()
    assert told["answer"], "there is always an answer"
    assert_spoken_numbers_are_facts({**told, "also": []})
    return told


DARK_DAY = [
    "what's the plan for today",
    "show me the plan for tomorrow",
    "should we run the miners tonight",
    "should the miners run tomorrow",
    "when is the best time to charge",
    "when should i charge the battery tomorrow",
    "when will the battery discharge",
    "what is the next action",
    "when do the miners start",
    "when do the miners stop",
    "battery level at sunrise",
    "when will the battery be full",
    "when is the battery empty",
    "solar forecast for tomorrow",
    "load forecast for today",
    "when is electricity cheapest",
    "when is power cheapest tomorrow",
    "what if the reserve were 50 percent",
    "what if the price goes up by 10 cents",
    "how much solar energy did we make today",
    "what did electricity cost today",
    "what is the electricity price",
]


async def dark_day(hass: HomeAssistant) -> None:
    """Let the panels give next to nothing, the battery be low, and power be cheap at night and dear in the evening."""
    midnight = dt_util.start_of_local_day(dt_util.as_local(dt_util.utcnow()))
    prices = [
        {
            "start": (midnight + timedelta(hours=hour)).isoformat(),
            "end": (midnight + timedelta(hours=hour + 1)).isoformat(),
            "value": 0.09 + 0.004 * (hour % 24) + (0.25 if hour % 24 in (18, 19, 20) else 0.0),
        }
        for hour in range(48)
    ]
    attributes = {"unit_of_measurement": "EUR/kWh", "raw_today": prices[:24], "raw_tomorrow": prices[24:]}
    hass.states.async_set("sensor.import_price", str(prices[10]["value"]), attributes)
    for name, state in (("solar_power", "150"), ("house_power", "2400"), ("battery_soc", "31"), ("grid_power", "2.25")):
        put(hass, f"sensor.{name}", state)


async def test_a_dark_day(
    hass: HomeAssistant, ranch: MockConfigEntry, say: Say, freezer: FrozenDateTimeFactory, subtests: pytest.Subtests
) -> None:
    for _ in range(2):  # no battery falls so fast: it takes a second report
        await dark_day(hass)
        await ranch.runtime_data.orchestrator.async_refresh()
        freezer.tick(10)
    await hass.async_block_till_done(wait_background_tasks=True)
    snapshot = snapshot_of(ranch)
    assert snapshot.report
    assert len({row.import_price for row in snapshot.report.rows}) > 20
    assert sum(max(0.0, row.grid_w) * row.hours for row in snapshot.report.rows) >= 5000, "much is bought"
    for number, text in enumerate(DARK_DAY):
        with subtests.test(text):
            told = told_of(await say(text, "en", f"dark{number}"))
            CHECKS[told["topic"]](Asked(hass, (text,), {}, told, snapshot))
            assert_spoken_numbers_are_facts(told)


@pytest.mark.parametrize("minute", [0, 7, 37])
async def test_soc_within_a_slot(hass: HomeAssistant, ranch: MockConfigEntry, say: Say, minute: int) -> None:
    said = f"how full will the battery be at 19:{minute:02d}"
    told = told_of(await say(said))
    CHECKS["soc_at"](Asked(hass, (said,), {"time": f"19:{minute:02d}"}, told, snapshot_of(ranch)))
    path = [row.soc[BATTERY_ID] for row in (snapshot_of(ranch).report or pytest.fail("no report")).rows]
    assert len(set(path)) > 50, "it moves"


@pytest.mark.parametrize("topic", PLANNED)
async def test_before_the_first_plan(hass: HomeAssistant, topic: str) -> None:
    entry = await site(hass, battery_soc="unavailable", battery_voltage="unavailable")
    assert snapshot_of(entry).plan is None
    told = await answered(entry, topic, "solar", percent=50.0)
    assert told["answer"] == NO_PLAN
    assert not told["facts"]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "nl"])
async def test_a_doubted_level_is_said_to_be_doubted(
    hass: HomeAssistant, ranch: MockConfigEntry, language: str
) -> None:
    put(hass, "sensor.battery_soc", "3")
    await ranch.runtime_data.orchestrator.async_refresh()
    told = await answered(ranch, "battery_level", language=language)
    assert told["facts"] == {"soc": pytest.approx(62, abs=1), "doubted": 3}
    assert "62" in told["answer"]
    assert "3" in told["answer"].replace("62", "")


@pytest.mark.parametrize("topic", ["solar_today", "load_today", "price_now", "saving", "cost_today", "overview"])
async def test_what_is_known_without_a_plan(hass: HomeAssistant, topic: str) -> None:
    entry = await site(hass, battery_soc="unavailable", battery_voltage="unavailable")
    told = await answered(entry, topic)
    if topic in ("cost_today", "overview"):
        assert told["facts"]
        assert NO_PLAN not in told["answer"]
    else:
        assert told["answer"] == NO_PLAN


@pytest.mark.parametrize("topic", ["battery_level", "battery_power", "battery_temperature", "battery_full"])
async def test_a_battery_that_does_not_report(hass: HomeAssistant, topic: str) -> None:
    entry = await site(hass)
    for name in ("soc", "voltage", "power", "temperature"):
        put(hass, f"sensor.battery_{name}", "unavailable")
    await entry.runtime_data.orchestrator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    told = await answered(entry, topic)
    assert told["answer"].startswith("There is no reading of ")
    assert not {"soc", "power_kw", "temperature"} & told["facts"].keys()


@pytest.mark.freeze_time(MORNING)  # by night a silent roof is dark
@pytest.mark.parametrize("topic", ["solar_now", "load_now", "grid_now"])
async def test_a_power_that_is_not_measured(hass: HomeAssistant, topic: str) -> None:
    entry = await site(hass)
    for name in ("solar_power", "house_power", "grid_power"):
        put(hass, f"sensor.{name}", "unavailable")
    await entry.runtime_data.orchestrator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    told = await answered(entry, topic)
    assert told["answer"].startswith("There is no reading of ")
    assert not told["facts"]


BATTERY_TOPICS = ["battery_level", "battery_discharge", "sunrise_soc", "soc_at", "battery_full", "best_charge"]


@pytest.mark.parametrize("topic", BATTERY_TOPICS)
async def test_several_batteries_are_told_apart(hass: HomeAssistant, topic: str) -> None:
    entry = await site(hass, batteries=((BATTERY_ID, {}), (SECOND_ID, {"capacity_kwh": 5.0, "reserve_soc_pct": 30.0})))
    told = await answered(entry, topic)
    named = [name for name in BANKS if name in told["answer"]]
    assert named == [*BANKS] if topic != "best_charge" else named
    alone = await answered(entry, topic, devices=(SECOND_ID,))
    assert "Bank A" not in alone["answer"]


@pytest.mark.parametrize("topic", [*BATTERY_TOPICS, "battery_power", "battery_temperature"])
async def test_without_a_battery_it_says_so(hass: HomeAssistant, topic: str) -> None:
    told = await answered(await site(hass, batteries=()), topic)
    assert told["answer"] == "This site has no battery."
    assert not told["facts"]


@pytest.mark.parametrize("topic", ["run_miners", "plan_day", "miner_start", "miner_stop", "explain", "what_to_do"])
async def test_nothing_is_planned_for_miners_that_never_pay(hass: HomeAssistant, topic: str) -> None:
    entry = await site(hass, data={"hashprice": 0.0001})
    standing = snapshot_of(entry).plan
    assert standing
    assert not standing.running(MINER_ID).any()
    told = await answered(entry, topic, devices=(MINER_ID, RACK_ID))
    wanted = {
        "run_miners": "No: S21 does not run today.",
        "plan_day": "nothing is switched",
        "miner_start": "S21 does not start before ",
        "miner_stop": "S21 is off, and no run is planned before ",
        "explain": "S21 is off now.",
        "what_to_do": "S21 stays off",
    }
    assert wanted[topic] in told["answer"]


@pytest.mark.parametrize("topic", ["solar_forecast", "load_forecast", "price_forecast", "best_charge"])
async def test_a_day_that_is_not_planned(hass: HomeAssistant, topic: str) -> None:
    entry = await site(hass)
    told = _answer(entry, topic)
    assert told["answer"] == "The plan does not cover that time."
    assert not told["facts"]


def _answer(entry: MockConfigEntry, topic: str) -> dict[str, Any]:
    """Answer a topic about yesterday, as a caller could ask it that leaves understanding out."""
    match = Match(topic, Slots(day="yesterday"), frozenset(), 1.0, "")
    question = entry.runtime_data.assistant._question(match, "en", None, Context(), "conversation")
    told: dict[str, Any] = ANSWERS[topic](question).told()
    return told


async def test_of_today_only_the_rest_is_ahead(hass: HomeAssistant) -> None:
    entry = await site(hass)
    assert "are expected for the rest of today" in (await answered(entry, "solar_forecast", day="today"))["answer"]
    assert "for the rest of today" in (await answered(entry, "load_forecast"))["answer"]
    assert "are expected tomorrow" in (await answered(entry, "solar_forecast", day="tomorrow"))["answer"]


@pytest.mark.freeze_time(MORNING)
async def test_a_charge_under_way_tells_what_is_still_ahead(hass: HomeAssistant, freezer: Any) -> None:
    entry = await site(hass, data={"hashprice": 0.0001}, battery_soc="30")
    before = await answered(entry, "best_charge", day="today")
    begins, ends = (datetime.fromisoformat(before["facts"][edge]) for edge in ("at", "end"))
    freezer.move_to(begins + 3 * (ends - begins) / 4)
    after = await answered(entry, "best_charge", day="today")
    assert after["facts"]["end"] == before["facts"]["end"]
    assert after["facts"]["energy_kwh"] < before["facts"]["energy_kwh"] - 1
    assert timedelta() <= dt_util.now() - datetime.fromisoformat(after["facts"]["at"]) < timedelta(minutes=15)
