"""What stands over the plan is told where it is asked for, where a device is explained, and with the plan of a day."""

from datetime import datetime, timedelta

from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist import wording
from custom_components.energy_orchestrator.assist.language import LANGUAGES
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryOverride, MinerOverride
from tests.integration.house import orchestrator_of, snapshot_of
from tests.integration.mapped_site import BATTERY_ID, MINER_ID, RACK_ID

from .conftest import Say
from .test_corpus import told_of

ASKED = {
    "en": "which overrides are there",
    "de": "welche Vorgaben stehen über dem Plan",
    "fr": "quel forçage est actif",
    "es": "qué anulación hay",
    "nl": "welke ingreep is er",
}


@pytest.fixture
async def told_ranch(ranch: MockConfigEntry) -> MockConfigEntry:
    """The ranch with a miner off, a battery that is to charge tomorrow, and a rack somebody switched."""
    orchestrator, now = orchestrator_of(ranch), dt_util.utcnow()
    tomorrow = dt_util.start_of_local_day() + timedelta(days=1, hours=14)
    await orchestrator.async_override(
        MinerOverride(miner_id=MINER_ID, run=False, since=now, until=now + timedelta(hours=2)),
        MinerOverride(miner_id=RACK_ID, run=True, since=now, until=now + timedelta(hours=3), by_hand=True),
        BatteryOverride(
            battery_id=BATTERY_ID, mode=BatteryMode.CHARGE, since=tomorrow, until=tomorrow + timedelta(hours=1)
        ),
    )
    await orchestrator.async_plan_now()
    return ranch


async def test_which_overrides_there_are(told_ranch: MockConfigEntry, say: Say) -> None:
    told = told_of(await say(ASKED["en"]))
    assert told["topic"] == "overrides"
    assert told["answer"] == (
        "Set by hand: S21 stays off until 12:00. "
        "Switched at the device: Dump load runs until 13:00. "
        "Set by hand: House battery charges from tomorrow at 14:00 until tomorrow at 15:00."
    )
    assert (
        datetime.fromisoformat(told["facts"]["word_until"]) == snapshot_of(told_ranch).miner_overrides[MINER_ID].until
    )
    one = told_of(await say("is there an override of the dump load"))
    assert one["answer"] == "Switched at the device: Dump load runs until 13:00."


@pytest.mark.parametrize("code", LANGUAGES)
async def test_it_is_told_in_every_language(told_ranch: MockConfigEntry, say: Say, code: str) -> None:
    told = told_of(await say(ASKED[code], code))
    assert told["topic"] == "overrides"
    assert all(name in told["answer"] for name in ("S21", "Dump load", "House battery"))


async def test_there_are_none(ranch: MockConfigEntry, say: Say) -> None:
    assert told_of(await say("are there any overrides"))["answer"].startswith("Nothing stands over the plan")


async def test_to_ask_for_them_changes_nothing(told_ranch: MockConfigEntry, say: Say) -> None:
    before = orchestrator_of(told_ranch).memory.remembered.overrides
    for line in ("list the overrides", "how long does the override last", "show all overrides", *ASKED.values()):
        await say(line)
    assert orchestrator_of(told_ranch).memory.remembered.overrides == before


async def test_why_names_the_word_and_its_end(told_ranch: MockConfigEntry, say: Say) -> None:
    now = told_of(await say("why is the s21 off"))["answer"]
    assert "Someone set it by hand. " in now
    assert "Set by hand: S21 stays off until 12:00." in now
    later = told_of(await say("why does the battery charge at 14:30 tomorrow"))["answer"]
    assert "House battery charges from tomorrow at 14:00" in later


async def test_the_plan_of_a_day_names_what_is_told_for_it(told_ranch: MockConfigEntry, say: Say) -> None:
    tomorrow = told_of(await say("what is planned tomorrow"))["answer"]
    assert "House battery charges from tomorrow at 14:00" in tomorrow
    assert "S21 stays off" not in tomorrow
    today = told_of(await say("what is planned today"))["answer"]
    assert "Set by hand: S21 stays off until 12:00." in today
    assert "from tomorrow at 14:00" not in today


def test_a_day_beyond_a_week_has_its_date() -> None:
    now = datetime.fromisoformat("2026-06-20T10:00:00+00:00")
    english = wording.load("en")
    assert english.when(now + timedelta(days=3), now) == f"on Tuesday {english.when(now, now)}"
    assert english.when(now + timedelta(days=10), now).startswith("on Tuesday, 2026-06-30, at")
