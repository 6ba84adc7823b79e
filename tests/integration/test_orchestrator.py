"""The loop on a mapped site: it plans, decides, survives what breaks, and follows what people set."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop.orchestrator import DOUBT_LOOK_S, Orchestrator
from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.forecast import Source
from custom_components.energy_orchestrator.model.plan import PlanStatus
from custom_components.energy_orchestrator.model.site import InvalidSiteError, Mode

from .mapped_site import BATTERY_ID, MINER_ID, RACK_ID, STATES

DEVICE_SERVICES = (
    ("select", "select_option"),
    ("number", "set_value"),
    ("switch", "turn_on"),
    ("switch", "turn_off"),
)


async def started(hass: HomeAssistant, entry: MockConfigEntry) -> Orchestrator:
    """Set the site up and wait for its first plan."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    orchestrator: Orchestrator = entry.runtime_data.orchestrator
    return orchestrator


def change(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Let a source entity read something else."""
    hass.states.async_set(entity_id, state, STATES[entity_id][1])


async def test_a_site_gets_a_plan_of_48_hours_and_switches_nothing(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    calls = async_capture_events(hass, "call_service")
    orchestrator = await started(hass, mapped_entry)
    snapshot = orchestrator.data
    assert snapshot.plan is not None
    assert snapshot.plan.status is PlanStatus.OPTIMAL
    assert snapshot.plan.horizon.end - snapshot.at >= timedelta(hours=47, minutes=55)
    assert snapshot.report is not None
    assert len(snapshot.report.rows) == len(snapshot.plan.horizon)
    assert set(snapshot.decisions.miners) == {MINER_ID, RACK_ID}
    assert orchestrator.settings.mode is Mode.MONITOR
    assert not calls


@pytest.mark.freeze_time("2026-06-01T18:02:00Z")
async def test_it_plans_again_by_the_clock(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    orchestrator = await started(hass, mapped_entry)
    first = orchestrator.data.plan
    assert first is not None
    freezer.move_to("2026-06-01T18:05:02Z")
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    second = orchestrator.data.plan
    assert second is not None
    assert second.created - first.created >= timedelta(minutes=3)
    assert second.horizon.start == dt_util.parse_datetime("2026-06-01T18:05:00+00:00")


async def test_an_unknown_soc_keeps_the_plan_and_starts_nothing(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    orchestrator = await started(hass, mapped_entry)
    change(hass, "sensor.battery_voltage", "unavailable")
    change(hass, "sensor.battery_soc", "unavailable")
    await orchestrator.async_plan_now()
    assert orchestrator.last_update_success
    assert orchestrator.data.failure == "soc_unknown"
    assert orchestrator.data.plan is not None
    for decision in orchestrator.data.decisions.miners.values():
        assert decision.units == 0
        assert decision.reason.code is MinerReason.UNKNOWN_STATE
    assert orchestrator.data.decisions.batteries[BATTERY_ID].mode is BatteryMode.SELF_CONSUMPTION


async def test_a_planning_that_fails_keeps_the_last_plan_and_the_entities(
    hass: HomeAssistant,
    mapped_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    orchestrator = await started(hass, mapped_entry)
    stands = orchestrator.data.plan

    def broken(*_: Any) -> None:
        raise RuntimeError("the solver is gone")

    monkeypatch.setattr("custom_components.energy_orchestrator.loop.orchestrator.planned", broken)
    await orchestrator.async_plan_now()
    assert orchestrator.last_update_success
    assert orchestrator.data.failure == "planning_failed"
    assert orchestrator.data.plan is stands
    assert "Planning failed" in caplog.text
    caplog.clear()


async def test_a_report_is_judged_when_all_of_it_is_there(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device writes one state after the other; what begins with the first of them knows the last as well."""
    orchestrator = await started(hass, mapped_entry)
    seen = []
    observe = Orchestrator._observe

    def watch(looking: Orchestrator) -> Snapshot:
        seen.append(snapshot := observe(looking))
        return snapshot

    monkeypatch.setattr(Orchestrator, "_observe", watch)
    before = orchestrator.data.readings.solar_w.value
    orchestrator._protect()
    orchestrator._replan()
    change(hass, "sensor.solar_power", "1234")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert before != 1234
    assert seen
    assert {snapshot.readings.solar_w.value for snapshot in seen} == {1234}


async def test_protection_acts_between_the_plans(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    change(hass, "switch.miner_a", "on")
    orchestrator = await started(hass, mapped_entry)
    for domain, service in (("select", "select_option"), ("number", "set_value"), ("switch", "turn_on")):
        async_mock_service(hass, domain, service)
    off = async_mock_service(hass, "switch", "turn_off")
    await orchestrator.async_override_miner(MINER_ID, run=True, hours=2)  # whatever the plan has at this hour
    await orchestrator.async_set_option("mode", "automatic")
    await hass.async_block_till_done(wait_background_tasks=True)
    plan = orchestrator.data.plan
    off.clear()
    # A change right after another is judged once protection has cooled down; no level moves so fast as this one, so that
    # it takes a second poll.
    for _ in range(2):
        change(hass, "sensor.battery_soc", "12")
        freezer.tick(DOUBT_LOOK_S)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert [call.data["entity_id"] for call in off] == [["switch.miner_a"]]
    assert orchestrator.data.decisions.miners[MINER_ID].reason.code is MinerReason.EMERGENCY_STOP
    assert orchestrator.data.decisions.batteries[BATTERY_ID].reason.code is BatteryReason.EMERGENCY_STOP
    assert plan is not None


async def test_the_owners_word_and_its_end(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    orchestrator = await started(hass, mapped_entry)
    await orchestrator.async_override_miner(MINER_ID, run=True, hours=1, power_w=1600)
    decision = orchestrator.data.decisions.miners[MINER_ID]
    assert (decision.units, decision.power_w, decision.reason.code) == (1, 1600, MinerReason.MANUAL)
    await orchestrator.async_plan_now()
    assert orchestrator.data.plan is not None
    assert orchestrator.data.plan.running(MINER_ID)[:10].all()
    await orchestrator.async_override_battery(BATTERY_ID, BatteryMode.HOLD, hours=1)
    assert orchestrator.data.decisions.batteries[BATTERY_ID].mode is BatteryMode.HOLD
    await orchestrator.async_clear_override(MINER_ID)
    assert orchestrator.data.decisions.miners[MINER_ID].reason.code is not MinerReason.MANUAL
    assert orchestrator.data.battery_overrides
    await orchestrator.async_clear_override(None)
    assert not orchestrator.data.battery_overrides


async def test_run_time_settings_replan_without_a_reload(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    orchestrator = await started(hass, mapped_entry)
    await orchestrator.async_set_device_setting(BATTERY_ID, "reserve_soc_pct", 50)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mapped_entry.runtime_data.orchestrator is orchestrator
    assert orchestrator.settings.site.batteries[0].reserve_soc == 0.5
    with pytest.raises(InvalidSiteError):
        await orchestrator.async_set_device_setting(MINER_ID, "stop_soc_pct", 90)
    assert mapped_entry.subentries[MINER_ID].data["stop_soc_pct"] == 40


async def test_any_other_setting_reloads(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    orchestrator = await started(hass, mapped_entry)
    hass.config_entries.async_update_entry(mapped_entry, data={**mapped_entry.data, "max_import_kw": 9.0})
    await hass.async_block_till_done(wait_background_tasks=True)
    reloaded = mapped_entry.runtime_data.orchestrator
    assert reloaded is not orchestrator
    assert reloaded.settings.site.grid.max_import_w == 9000


async def test_a_cycle_that_outlives_the_unload_commands_nothing(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    orchestrator = await started(hass, mapped_entry)
    calls = [async_mock_service(hass, *service) for service in DEVICE_SERVICES]
    await orchestrator.async_set_option("mode", "automatic")
    await hass.async_block_till_done(wait_background_tasks=True)
    change(hass, "switch.miner_a", "on")
    cycle = hass.async_create_task(orchestrator.async_plan_now())
    await asyncio.sleep(0)
    assert await hass.config_entries.async_unload(mapped_entry.entry_id)
    sent = sum(map(len, calls))
    await cycle
    assert sum(map(len, calls)) == sent


async def test_leaving_automatic_by_the_options_releases_the_devices(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    orchestrator = await started(hass, mapped_entry)
    calls = {service: async_mock_service(hass, *service) for service in DEVICE_SERVICES}
    await orchestrator.async_set_option("mode", "automatic")
    await hass.async_block_till_done(wait_background_tasks=True)
    change(hass, "select.inverter_mode", "Force charge")
    calls["select", "select_option"].clear()
    # The form stores all options at once, which takes a reload.
    hass.config_entries.async_update_entry(mapped_entry, options={"mode": "monitor", "interval_min": 10})
    await hass.async_block_till_done(wait_background_tasks=True)
    # Once or, where protection had already said so and the device did not show it, once more.
    assert {call.data["option"] for call in calls["select", "select_option"]} == {"Self use"}


async def test_a_subentry_removed_takes_its_device_with_it(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    await started(hass, mapped_entry)
    assert hass.config_entries.async_remove_subentry(mapped_entry, RACK_ID)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [miner.name for miner in mapped_entry.runtime_data.orchestrator.settings.site.miners] == ["Miner A"]


async def test_devices_that_cannot_exist_together_are_named(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    battery = mapped_entry.subentries[BATTERY_ID]
    hass.config_entries.async_update_subentry(mapped_entry, battery, data={**battery.data, "min_soc_pct": 97})
    assert not await hass.config_entries.async_setup(mapped_entry.entry_id)
    assert mapped_entry.state is ConfigEntryState.SETUP_ERROR
    assert "min_soc" in str(mapped_entry.error_reason_translation_placeholders)


async def test_a_renamed_source_is_followed(hass: HomeAssistant, mapped_entry: MockConfigEntry) -> None:
    registry = er.async_get(hass)
    hass.states.async_remove("sensor.battery_soc")
    source = registry.async_get_or_create("sensor", "bms", "soc", suggested_object_id="battery_soc")
    await started(hass, mapped_entry)
    assert source.entity_id == "sensor.battery_soc"
    registry.async_update_entity(source.entity_id, new_entity_id="sensor.pack_soc")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mapped_entry.subentries[BATTERY_ID].data["soc"] == "sensor.pack_soc"


async def test_what_happened_today_outlives_a_restart(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    orchestrator = await started(hass, mapped_entry)
    await orchestrator.async_override_miner(MINER_ID, run=False, hours=2)
    assert await hass.config_entries.async_unload(mapped_entry.entry_id)
    assert f"{DOMAIN}.{mapped_entry.entry_id}" in hass_storage
    again = await started(hass, mapped_entry)
    assert again.data.miner_overrides[MINER_ID].run is False
    assert again.data.ledger.day == orchestrator.data.ledger.day


async def test_what_was_published_outlives_a_restart(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """The price entity comes up after us, and its prices are those of the day all the same."""
    now = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    rows = [{"start": (now + timedelta(hours=h)).isoformat(), "value": 0.1 + h / 100} for h in range(-1, 24)]
    hass.states.async_set("sensor.import_price", "0.1", {"unit_of_measurement": "EUR/kWh", "raw_today": rows})
    before = (await started(hass, mapped_entry)).data.forecasts
    assert await hass.config_entries.async_unload(mapped_entry.entry_id)
    hass.states.async_set("sensor.import_price", "unavailable")
    after = (await started(hass, mapped_entry)).data.forecasts
    assert before is not None
    assert after is not None
    assert after.import_price.source is Source.ENTITY
    assert after.import_price.expected.tolist() == pytest.approx(before.import_price.expected.tolist())
    assert len(set(after.import_price.expected.tolist())) > 20

    assert await hass.config_entries.async_unload(mapped_entry.entry_id)
    del hass_storage[f"{DOMAIN}.{mapped_entry.entry_id}"]["data"]["sources"]  # as the version before stored it
    orchestrator = await started(hass, mapped_entry)
    assert orchestrator.data.ledger.day is not None
    assert orchestrator.data.forecasts is not None
    assert orchestrator.data.forecasts.import_price.source is Source.NONE


async def test_an_unreadable_memory_starts_afresh(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    hass_storage[f"{DOMAIN}.{mapped_entry.entry_id}"] = {
        "version": 1,
        "minor_version": 1,
        "key": f"{DOMAIN}.{mapped_entry.entry_id}",
        "data": {"remembered": {"ledger": 7}, "audit": []},
    }
    orchestrator = await started(hass, mapped_entry)
    assert orchestrator.data.plan is not None
    assert "starting it afresh" in caplog.text


async def test_removing_the_site_removes_what_was_remembered(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    await started(hass, mapped_entry)
    assert (await hass.config_entries.async_remove(mapped_entry.entry_id))["require_restart"] is False
    assert f"{DOMAIN}.{mapped_entry.entry_id}" not in hass_storage
    assert not [issue for issue in ir.async_get(hass).issues if issue[0] == DOMAIN]
