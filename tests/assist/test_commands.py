"""Commands: asked back where they cost or risk something, exposure respected, nothing around the orchestrator."""

from datetime import datetime

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.model.decision import BatteryMode
from tests.integration.house import entity_id_of, snapshot_of
from tests.integration.mapped_site import BATTERY_ID, MINER_ID, RACK_ID

from .conftest import TUNED_ID, Say
from .test_corpus import told_of


async def test_pause_for_two_hours(ranch: MockConfigEntry, say: Say) -> None:
    told = told_of(await say("pause the miners for two hours"))
    overrides = snapshot_of(ranch).miner_overrides
    assert overrides.keys() == {MINER_ID, RACK_ID, TUNED_ID}
    assert not any(override.run for override in overrides.values())
    hours = (overrides[MINER_ID].until - dt_util.utcnow()).total_seconds() / 3600
    assert hours == pytest.approx(2, abs=0.01)
    assert datetime.fromisoformat(told["facts"]["until"]) == overrides[MINER_ID].until
    assert "monitor mode" in told["answer"]
    told_of(await say("give the S21 back to the plan"))
    assert snapshot_of(ranch).miner_overrides.keys() == {RACK_ID, TUNED_ID}
    told_of(await say("give the miners back to the plan"))
    assert not snapshot_of(ranch).miner_overrides


async def test_a_run_against_the_plan_waits_for_yes(ranch: MockConfigEntry, say: Say) -> None:
    asked = await say("start the tuned s19", "en", "a")
    assert asked.continue_conversation
    assert not snapshot_of(ranch).miner_overrides
    assert told_of(asked)["facts"]["cost"] >= 0
    told_of(await say("no", "en", "a"))
    assert not snapshot_of(ranch).miner_overrides
    told = told_of(await say("yes", "en", "a"))
    assert told["topic"] == "unclear", "there is nothing left to confirm"
    await say("start the tuned s19 for one hour", "en", "a")
    told_of(await say("yes", "en", "b"))
    assert not snapshot_of(ranch).miner_overrides, "another conversation's yes"
    told = told_of(await say("yes please", "en", "a"))
    assert told["topic"] == "confirm"
    assert snapshot_of(ranch).miner_overrides[TUNED_ID].run


async def test_the_battery_waits_for_yes(ranch: MockConfigEntry, say: Say) -> None:
    told = told_of(await say("charge the battery for two hours", "en", "a"))
    assert told["facts"]["import_price"] == pytest.approx(0.31)
    assert not snapshot_of(ranch).battery_overrides
    await say("go ahead", "en", "a")
    assert snapshot_of(ranch).battery_overrides[BATTERY_ID].mode is BatteryMode.CHARGE


async def test_modes(hass: HomeAssistant, ranch: MockConfigEntry, say: Say) -> None:
    await say("switch to automatic", "en", "a")
    assert snapshot_of(ranch).settings.mode.value == "monitor"
    await say("yes", "en", "a")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ranch.options["mode"] == "automatic"
    await say("set the mode to monitor")
    assert ranch.options["mode"] == "monitor"


async def test_what_is_not_exposed_is_not_driven(hass: HomeAssistant, ranch: MockConfigEntry, say: Say) -> None:
    switch = entity_id_of(hass, "switch", MINER_ID, "run")
    mode = entity_id_of(hass, "select", ranch.entry_id, "mode")
    async_expose_entity(hass, "conversation", switch, should_expose=False)
    async_expose_entity(hass, "conversation", mode, should_expose=False)
    for text, entity in (
        ("stop the s21", switch),
        ("start the s21", switch),
        ("pause the miners", switch),
        ("charge the battery now", mode),
        ("set mode to monitor", mode),
    ):
        told = told_of(await say(text))
        assert entity in told["answer"], text
    assert not snapshot_of(ranch).miner_overrides
    told_of(await say("stop the dump load"))
    assert snapshot_of(ranch).miner_overrides.keys() == {RACK_ID}
