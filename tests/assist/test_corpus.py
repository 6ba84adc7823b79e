"""The whole corpus in the real conversation pipeline: route, sources, and every number against the snapshot behind it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
import re
from typing import Any

from homeassistant.components import conversation
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist.topics import ROUTES
from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from custom_components.energy_orchestrator.model.ledger import MinerState
from tests.integration.house import orchestrator_of, snapshot_of
from tests.integration.mapped_site import MINER_ID, RACK_ID

from .conftest import NAMES, TUNED_ID, Say
from .corpus import LANGUAGES, Line, lines, talks
from .expected import CHECKS, Asked

pytestmark = pytest.mark.timeout(300)

type Told = dict[str, Any]


_IN_FACTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "solar_factor": lambda facts: facts["solar_factor"],
    "reserve": lambda facts: facts["reserve"],
    "mode": lambda facts: facts["mode"],
    "extra_w": lambda facts: 1000 * facts["extra_kw"],
    "price_offset": lambda facts: facts["price_offset"],
    "capacity_kwh": lambda facts: facts["capacity_kwh"],
}
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?![\w])")


def check(hass: HomeAssistant, line: Line, told: Told, snapshot: Snapshot, before: Sequence[str] = ()) -> None:
    """Assert an answer: its route and topics, its facts, and that no number is spoken that is not a fact."""
    answers = [told, *told["also"]]
    assert tuple(answer["topic"] for answer in answers) == line.topics
    assert [answer["route"] for answer in answers] == [ROUTES[topic].value for topic in line.topics]
    facts = told["facts"]
    if told["topic"] == "soc_at" and facts.keys() == {"until"}:
        # A time of today that is over by now is not ahead: only how far the plan reaches is told.
        assert dt_util.now().strftime("%H:%M") > line.slots.get("time", "22:00")
        return
    for name in line.facts:
        assert name in facts
    for name, read in _IN_FACTS.items():
        if name in line.slots and (name != "mode" or "mode" in facts):
            assert read(facts) == pytest.approx(line.slots[name]) if name != "mode" else read(facts) == line.slots[name]
    for number, answer in enumerate(answers):
        if (expected := CHECKS.get(answer["topic"])) is not None:
            expected(Asked(hass, (line.say, *before), line.slots, answer, snapshot, (number, len(answers))))
    assert_spoken_numbers_are_facts(told)
    if told["facts"] and told["route"] in ("status", "planning", "explain", "what_if", "rules"):
        assert told["sources"], "numbers need a source"
    assert not set(told["answer"]) & set("%€$_{}"), told["answer"]


def assert_spoken_numbers_are_facts(told: Told) -> None:
    """Every number that is spoken must be one of the answer's facts, in one of the units it may be written in."""
    values: set[float] = set()
    for answer in (told, *told["also"]):
        for fact in answer["facts"].values():
            if isinstance(fact, str):
                try:
                    at = datetime.fromisoformat(fact)
                except ValueError:
                    values |= {float(number.replace(",", ".")) for number in _NUMBER.findall(fact)}
                    continue
                values |= {at.hour, at.minute}
            else:
                values |= {abs(fact), abs(100 * fact), round(abs(1000 * fact), -1), abs(60 * fact)}
    text = "" if told["topic"] == "sources" else told["answer"]
    for name in NAMES.values():
        text = text.replace(name, "")
    for number in _NUMBER.findall(text.replace(":", " ")):
        spoken = float(number.replace(",", "."))
        step = 0.5 if spoken == int(spoken) else 0.051 if spoken * 10 == int(spoken * 10) else 0.0051
        assert any(abs(spoken - value) <= step for value in values), (number, told["answer"], told["facts"])


def told_of(result: conversation.ConversationResult) -> Told:
    """Return an answer's parts."""
    told: Told = result.response.speech["plain"]["extra_data"]
    assert told["answer"] == result.response.speech["plain"]["speech"]
    assert told["shown"] == result.response.card["simple"]["content"]
    return told


@pytest.fixture
async def lived(hass: HomeAssistant, ranch: MockConfigEntry) -> MockConfigEntry:
    """The ranch in the middle of a day on which much was counted already."""
    orchestrator = orchestrator_of(ranch)
    remembered = orchestrator.memory.remembered
    units = ((MINER_ID, 1.5, 3200.0, 0.31), (RACK_ID, 3.0, 10_500.0, 1.21), (TUNED_ID, 0.25, 400.0, 0.04))
    ledger = replace(
        remembered.ledger,
        import_cost=1.37,
        export_income=0.42,
        imported_wh=4321.0,
        exported_wh=5432.0,
        solar_wh=12_345.0,
        load_wh=6789.0,
        miners={
            key: MinerState(hours_today=hours, energy_wh_today=energy_wh, revenue_today=revenue)
            for key, hours, energy_wh, revenue in units
        },
    )
    orchestrator.memory.remembered = replace(remembered, ledger=ledger)
    await orchestrator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    return ranch


async def ask(hass: HomeAssistant, entry: MockConfigEntry, said: Awaitable[Any]) -> tuple[Told, Snapshot]:
    """Return an answer and the snapshot it was given from: no planning is under way then."""
    await hass.async_block_till_done(wait_background_tasks=True)
    snapshot = snapshot_of(entry)
    return told_of(await said), snapshot


@pytest.mark.parametrize("code", LANGUAGES)
async def test_corpus(
    hass: HomeAssistant, lived: MockConfigEntry, say: Say, code: str, subtests: pytest.Subtests
) -> None:
    for number, line in enumerate(lines(code)):
        if line.held_out:
            continue
        with subtests.test(line.say):
            told, snapshot = await ask(hass, lived, say(line.say, code, f"{code}{number}"))
            check(hass, line, told, snapshot)


@pytest.mark.parametrize("code", LANGUAGES)
async def test_talks(
    hass: HomeAssistant, lived: MockConfigEntry, say: Say, code: str, subtests: pytest.Subtests
) -> None:
    for number, talk in enumerate(talks(code)):
        with subtests.test(" / ".join(line.say for line in talk)):
            before: list[str] = []
            for line in talk:
                if line.held_out:
                    continue
                told, snapshot = await ask(hass, lived, say(line.say, code, f"talk{number}"))
                check(hass, line, told, snapshot, before)
                before.insert(0, line.say)
