"""The whole corpus in the real conversation pipeline: route, sources, and every number against the snapshot behind it."""

from collections.abc import Callable
from datetime import datetime, timedelta
import re
from typing import Any

from homeassistant.components import conversation
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist.topics import ROUTES
from custom_components.energy_orchestrator.snapshot import Snapshot
from tests.integration.house import MORNING, snapshot_of
from tests.integration.mapped_site import BATTERY_ID

from .conftest import NAMES, Say
from .corpus import LANGUAGES, Line, lines, talks

pytestmark = [pytest.mark.freeze_time(MORNING), pytest.mark.timeout(300)]

type Told = dict[str, Any]


def _row(snapshot: Snapshot) -> Any:
    assert snapshot.report
    assert snapshot.slot is not None
    return snapshot.report.rows[snapshot.slot]


def _tomorrow_kwh(snapshot: Snapshot, name: str) -> float:
    """Add up tomorrow, slot by slot."""
    assert snapshot.report
    start = dt_util.start_of_local_day(dt_util.as_local(snapshot.at) + timedelta(days=1))
    end = dt_util.start_of_local_day(start + timedelta(days=1, hours=2))
    total = 0.0
    for row in snapshot.report.rows:
        ends = row.start + timedelta(hours=row.hours)
        inside = (min(ends, end) - max(row.start, start)).total_seconds() / 3600
        total += max(0.0, inside) * getattr(row, name) / 1000
    return total


def _measured(snapshot: Snapshot, name: str) -> float:
    value = getattr(snapshot.readings, name).value
    assert value is not None
    return float(value) / 1000


# Topic → fact → what it must be, worked out here from the snapshot itself.
CHECKS: dict[str, dict[str, Callable[[Snapshot], float]]] = {
    "battery_level": {"soc": lambda s: 100 * (s.readings.batteries[BATTERY_ID].soc.value or 0)},
    "battery_health": {"soc": lambda s: 100 * (s.readings.batteries[BATTERY_ID].soc.value or 0)},
    "battery_power": {"power_kw": lambda s: abs(s.readings.batteries[BATTERY_ID].power_w.value or 0) / 1000},
    "battery_temperature": {"temperature": lambda s: s.readings.batteries[BATTERY_ID].temperature_c.value or 0},
    "solar_now": {"power_kw": lambda s: _measured(s, "solar_w")},
    "load_now": {"power_kw": lambda s: _measured(s, "load_w")},
    "grid_now": {"power_kw": lambda s: abs(_measured(s, "grid_w"))},
    "solar_today": {"energy_kwh": lambda s: s.ledger.solar_wh / 1000},
    "load_today": {"energy_kwh": lambda s: s.ledger.load_wh / 1000},
    "grid_today": {
        "imported_kwh": lambda s: s.ledger.imported_wh / 1000,
        "exported_kwh": lambda s: s.ledger.exported_wh / 1000,
    },
    "price_now": {
        "import_price": lambda s: _row(s).import_price,
        "export_price": lambda s: _row(s).export_price,
        "energy_price": lambda s: _row(s).energy_price,
    },
    "cost_today": {"cost_so_far": lambda s: s.ledger.import_cost - s.ledger.export_income},
    "saving": {
        "saving": lambda s: s.baseline.total - s.plan.cost.total if s.baseline and s.plan else 0.0,
        "plan_cost": lambda s: s.plan.cost.total if s.plan else 0.0,
        "rules_cost": lambda s: s.baseline.total if s.baseline else 0.0,
    },
    "overview": {
        "soc": lambda s: 100 * (s.readings.batteries[BATTERY_ID].soc.value or 0),
        "solar_kw": lambda s: _measured(s, "solar_w"),
        "load_kw": lambda s: _measured(s, "load_w"),
        "grid_kw": lambda s: _measured(s, "grid_w"),
    },
    "solar_forecast:tomorrow": {"energy_kwh": lambda s: _tomorrow_kwh(s, "solar_w")},
    "load_forecast:tomorrow": {"energy_kwh": lambda s: _tomorrow_kwh(s, "load_w")},
    "price_forecast": {
        "lowest": lambda s: min(r.import_price for r in s.report.rows) if s.report else 0.0,
        "highest": lambda s: max(r.import_price for r in s.report.rows) if s.report else 0.0,
    },
}
_IN_FACTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "solar_factor": lambda facts: facts["solar_factor"],
    "reserve": lambda facts: facts["reserve"],
    "mode": lambda facts: facts["mode"],
    "extra_w": lambda facts: 1000 * facts["extra_kw"],
    "price_offset": lambda facts: facts["price_offset"],
    "capacity_kwh": lambda facts: facts["capacity_kwh"],
}
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?![\w])")


def check(line: Line, told: Told, snapshot: Snapshot) -> None:
    """Assert an answer: its route and topics, its facts, and that no number is spoken that is not a fact."""
    answers = [told, *told["also"]]
    assert tuple(answer["topic"] for answer in answers) == line.topics
    assert [answer["route"] for answer in answers] == [ROUTES[topic].value for topic in line.topics]
    facts = told["facts"]
    for name in line.facts:
        assert name in facts
    for name, read in _IN_FACTS.items():
        if name in line.slots and (name != "mode" or "mode" in facts):
            assert read(facts) == pytest.approx(line.slots[name]) if name != "mode" else read(facts) == line.slots[name]
    for answer in answers:
        day = ":tomorrow" if "tomorrow" in line.say or "morgen" in line.say else ""
        for topic in (answer["topic"], f"{answer['topic']}{day}"):
            for name, expected in CHECKS.get(topic, {}).items():
                assert answer["facts"][name] == pytest.approx(expected(snapshot), abs=0.06), name
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


@pytest.mark.parametrize("code", LANGUAGES)
async def test_corpus(
    hass: HomeAssistant, ranch: MockConfigEntry, say: Say, code: str, subtests: pytest.Subtests
) -> None:
    for number, line in enumerate(lines(code)):
        if line.held_out:
            continue
        with subtests.test(line.say):
            told = told_of(await say(line.say, code, f"{code}{number}"))
            check(line, told, snapshot_of(ranch))


@pytest.mark.parametrize("code", LANGUAGES)
async def test_talks(
    hass: HomeAssistant, ranch: MockConfigEntry, say: Say, code: str, subtests: pytest.Subtests
) -> None:
    for number, talk in enumerate(talks(code)):
        with subtests.test(" / ".join(line.say for line in talk)):
            for line in talk:
                if line.held_out:
                    continue
                told = told_of(await say(line.say, code, f"talk{number}"))
                check(line, told, snapshot_of(ranch))
