"""What the tests inside Home Assistant share."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from functools import cache
import json
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

# The test plugin has a `custom_components` of its own: ours must be the one that is imported first.
import custom_components.energy_orchestrator  # noqa: F401
from custom_components.energy_orchestrator.assist.learned import learned
from custom_components.energy_orchestrator.model.codec import problem_from_json, problem_to_json
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.energy_planner import plan
from tests.integration.mapped_site import entry_of_site, set_states
from tests.integration.simulated_site import async_place


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load this integration in every test that has a Home Assistant."""
    if "hass" not in request.fixturenames:
        return
    if "recorder_mock" in request.fixturenames:
        # The recorder must be there before Home Assistant is.
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")
    # What every real one has set up, and what the conversation agent needs.
    hass: HomeAssistant = request.getfixturevalue("hass")
    hass.loop.set_debug(False)  # the test plugin has it keep every task's stack: a third of the time
    # Takes a moment, once: better now than in the background of a test, which would wait for it at its end.
    learned()
    hass.loop.run_until_complete(async_place(hass))


@pytest.fixture(autouse=True)
def knowledge_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the documents of a test in a folder of its own."""
    folder = tmp_path / "knowledge"
    monkeypatch.setattr("custom_components.energy_orchestrator.library.FOLDER", (str(folder),))
    return folder


@cache
def _planned(problem: str, gap: float, time_limit_s: float) -> Plan:
    return plan(problem_from_json(json.loads(problem)), gap=gap, time_limit_s=time_limit_s)


def _quick(problem: Problem, *, created: datetime | None = None, gap: float = 0.01, time_limit_s: float = 30.0) -> Plan:
    """Plan within 1 % of the optimum, and the same problem once: most tests begin with the same house.

    It ends by the gap, so that a busy machine finds the same plan.
    """
    made = _planned(json.dumps(problem_to_json(problem)), gap, time_limit_s)
    return replace(made, created=created or made.created)


@pytest.fixture(autouse=True)
def quick_plans(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the loop be content with quick plans: how good they get is tested where it is the point."""
    if "hass" in request.fixturenames:
        monkeypatch.setattr("custom_components.energy_orchestrator.loop.cycle.calm_plan", _quick)
        monkeypatch.setattr("custom_components.energy_orchestrator.loop.questions.plan", _quick)
        monkeypatch.setattr("custom_components.energy_orchestrator.loop.questions.SIMULATED_PLAN_S", 30.0)


@pytest.fixture
def mapped_states(hass: HomeAssistant) -> None:
    """Let the entities of a site of someone's own be there, as `mapped_site` has them."""
    hass.config.currency = "EUR"
    set_states(hass)


@pytest.fixture
async def mapped_entry(hass: HomeAssistant, mapped_states: None) -> AsyncGenerator[MockConfigEntry]:
    """Return the entry of that site, added but not set up; unload it afterwards where a test set it up."""
    entry = entry_of_site()
    entry.add_to_hass(hass)
    yield entry
    # Home Assistant's calendars leave their timers behind where it stops without unloading them.
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
