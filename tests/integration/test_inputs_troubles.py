"""Troubled readings become repair issues that name the entity, and go with the trouble."""

from datetime import timedelta
import json
from pathlib import Path
from types import MappingProxyType

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.inputs.home import observer_of
from custom_components.energy_orchestrator.inputs.memory import SourceMemory
from custom_components.energy_orchestrator.inputs.troubles import clear_troubles, report_troubles
from custom_components.energy_orchestrator.model.readings import Reading, Trouble

from .helper_site import put, set_up_helpers, settings

TEXTS = Path(__file__).parents[2] / "custom_components/energy_orchestrator/translations/en.json"


@pytest.fixture
async def entry(hass: HomeAssistant) -> MockConfigEntry:
    await set_up_helpers(hass)
    entry = MockConfigEntry(domain=DOMAIN, title="Home", entry_id="home")
    entry.add_to_hass(hass)
    return entry


def _issues(hass: HomeAssistant) -> dict[str, str | None]:
    return {issue_id: issue.translation_key for (_, issue_id), issue in ir.async_get(hass).issues.items()}


async def test_a_lasting_trouble_is_told_and_taken_back(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    mapped, memory = settings(), SourceMemory()
    observer = observer_of(hass, mapped)

    def cycle() -> None:
        readings = observer.observe(dt_util.utcnow())
        report_troubles(hass, entry, mapped, readings, memory, observer.covered)

    put(hass, "grid", "unavailable")
    put(hass, "solar", "1e12")
    hass.states.async_remove("sensor.cells")
    put(hass, "soc", "unknown")
    put(hass, "battery_power", 0)
    cycle()
    assert _issues(hass) == {}
    freezer.tick(timedelta(minutes=1))
    cycle()
    assert _issues(hass) == {}
    freezer.tick(timedelta(minutes=2))
    cycle()
    assert _issues(hass) == {
        "reading_home_sensor.grid": "reading_unavailable",
        "reading_home_sensor.solar": "reading_out_of_range",
        "reading_home_sensor.cells": "reading_missing",
        "reading_home_sensor.soc": "reading_unknown",  # voltage stands in for it
    }
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "reading_home_sensor.grid")
    assert issue is not None
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.translation_placeholders == {"entity": "sensor.grid", "device": "Home"}
    put(hass, "grid", 100)
    cycle()
    assert "reading_home_sensor.grid" not in _issues(hass)
    assert len(_issues(hass)) == 3
    clear_troubles(hass, entry)
    assert _issues(hass) == {}


async def test_a_devices_entity_is_told_as_the_devices(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The house's load is unknown with it, and yet it is the miner's switch."""
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType({}), subentry_id="fleet", subentry_type="miner", title="Fleet", unique_id=None
        ),
    )
    hass.states.async_set("input_boolean.unit_3", "unavailable")
    freezer.tick(timedelta(minutes=3))
    mapped = settings()
    report_troubles(hass, entry, mapped, observer_of(hass, mapped).observe(dt_util.utcnow()), SourceMemory(), ())
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "reading_home_input_boolean.unit_3")
    assert issue is not None
    assert issue.translation_placeholders == {"entity": "input_boolean.unit_3", "device": "Fleet"}


async def test_sources_of_forecasts_are_told_too(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    MockConfigEntry(domain="forecast_solar", entry_id="provider", title="Roof forecast").add_to_hass(hass)
    mapped = settings()
    memory = SourceMemory()
    memory.troubles = (
        (None, "import_price", Reading[float](None, None, Trouble.WRONG_UNIT, "sensor.price")),
        (None, "solar_forecast", Reading[float](None, None, Trouble.UNAVAILABLE, "provider")),
    )
    readings = observer_of(hass, mapped).observe(dt_util.utcnow())
    report_troubles(hass, entry, mapped, readings, memory, ())
    freezer.tick(timedelta(minutes=3))
    readings = observer_of(hass, mapped).observe(dt_util.utcnow())
    report_troubles(hass, entry, mapped, readings, memory, ())
    assert _issues(hass) == {
        "reading_home_sensor.price": "reading_wrong_unit",
        "reading_home_provider": "solar_forecast_failed",
    }
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "reading_home_provider")
    assert issue is not None
    assert (issue.translation_placeholders or {})["entity"] == "Roof forecast"
    report_troubles(hass, entry, mapped, readings, SourceMemory(), ())
    assert _issues(hass) == {}


def test_every_trouble_has_its_words() -> None:
    texts = json.loads(TEXTS.read_text())["issues"]
    for trouble in Trouble:
        if trouble is not Trouble.NOT_MAPPED:
            assert {"title", "description"} == texts[f"reading_{trouble}"].keys()
    assert {"solar_forecast_failed", "command_blocked", "command_failed"} <= texts.keys()
