"""Diagnostics, system health and the logbook: what is told when something has to be found out."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.components.system_health import get_info
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.energy_orchestrator import logbook
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.control.audit import EVENT_COMMAND
from custom_components.energy_orchestrator.model.codec import plan_from_json, problem_from_json
from custom_components.energy_orchestrator.planner.energy_planner import plan as plan_of

from .house import async_set_up_house, orchestrator_of, put, snapshot_of
from .mapped_site import BATTERY_ID, MINER_ID

# Home Assistant's own web server keeps its notes in a way that aiohttp advises against.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")


@pytest.fixture
async def told(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> tuple[MockConfigEntry, dict[str, Any]]:
    """A house, and its diagnostics as they are downloaded."""
    assert await async_setup_component(hass, "diagnostics", {})
    entry = await async_set_up_house(hass)
    return entry, dict(await get_diagnostics_for_config_entry(hass, hass_client, entry))


def test_download_is_plain_json(told: tuple[MockConfigEntry, dict[str, Any]]) -> None:
    assert json.loads(json.dumps(told[1], allow_nan=False)) == told[1]


def test_download_holds_the_very_problem_and_plan(told: tuple[MockConfigEntry, dict[str, Any]]) -> None:
    entry, data = told
    plan = snapshot_of(entry).plan
    assert plan
    problem = problem_from_json(data["problem"])
    read = plan_from_json(data["plan"])
    np.testing.assert_array_equal(problem.solar_w, plan.problem.solar_w)
    np.testing.assert_array_equal(problem.max_import_w, plan.problem.max_import_w)
    np.testing.assert_array_equal(read.schedule.grid_w, plan.schedule.grid_w)
    for miner_id, units in plan.schedule.units.items():
        np.testing.assert_array_equal(read.schedule.units[miner_id], units)
    assert (read.cost, read.status, read.created) == (plan.cost, plan.status, plan.created)
    again = plan_of(problem, created=plan.created)
    assert plan.bound is not None
    assert again.bound is not None
    # The same optimum lies between what each costs and the best it could have been.
    assert again.cost.total >= plan.bound - 1e-6
    assert plan.cost.total >= again.bound - 1e-6


def test_download_says_what_was_set_measured_and_decided(told: tuple[MockConfigEntry, dict[str, Any]]) -> None:
    entry, data = told
    assert data["settings"]["devices"][BATTERY_ID]["data"]["soc"] == "sensor.battery_soc"
    assert data["readings"]["batteries"][BATTERY_ID]["soc"]["value"] == 0.62
    assert data["decisions"]["miners"][MINER_ID]["reason"]["code"]
    assert data["ledger"]["day"] == dt_util.now().date().isoformat()
    assert data["mode"] == "monitor"
    assert data["audit"] == orchestrator_of(entry).memory.audit.as_json()


async def test_location_is_redacted(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    entry = await async_set_up_house(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "latitude": 52.5, "longitude": 13.4})
    await hass.async_block_till_done(wait_background_tasks=True)
    data: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert data["settings"]["data"]["latitude"] == "**REDACTED**"
    assert "13.4" not in json.dumps(data["settings"])


async def test_without_a_plan_there_are_diagnostics_too(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    entry = await async_set_up_house(hass, mapped=False)
    data = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert data["plan"] is None
    assert data["problem"] is None
    assert data["failure"] == "soc_unknown"


async def _health(hass: HomeAssistant) -> dict[str, Any]:
    return dict((await get_info(hass))[DOMAIN])


async def test_system_health(hass: HomeAssistant, freezer: Any) -> None:
    assert await async_setup_component(hass, "system_health", {})
    entry = await async_set_up_house(hass)
    plan = snapshot_of(entry).plan
    assert plan
    freezer.tick(timedelta(minutes=3))
    info = await _health(hass)
    assert info["sites"] == 1
    assert info["modes"] == "Farm: monitor"
    assert info["plans"] == f"Farm: {plan.status.value}, 3 min ago"
    assert info["solver"] == "HiGHS 1.15.1"
    put(hass, "sensor.battery_soc", "unavailable")
    put(hass, "sensor.battery_voltage", "unavailable")
    await orchestrator_of(entry).async_plan_now()
    assert (await _health(hass))["plans"].endswith("min ago, since then soc_unknown")


async def test_system_health_before_the_first_plan(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await async_set_up_house(hass, mapped=False)
    assert (await _health(hass))["plans"] == "Farm: soc_unknown"


async def test_logbook_tells_commands(hass: HomeAssistant) -> None:
    described: dict[str, Any] = {}
    logbook.async_describe_events(hass, lambda domain, event, describe: described.update({event: describe}))
    told = described[EVENT_COMMAND](
        Event(
            EVENT_COMMAND,
            {
                "entity_id": "switch.s21",
                "command": "turn_on",
                "reason": "profitable",
                "outcome": "failed",
                "problem": "no_answer",
            },
        )
    )
    assert told == {
        "name": "Energy Orchestrator",
        "message": "turn on: profitable, failed (no answer)",
        "entity_id": "switch.s21",
    }
