"""What control finds out of the devices is told by name, shown on them, and planned with."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.diagnostics import async_get_config_entry_diagnostics
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryOverride, MinerReason
from custom_components.energy_orchestrator.model.site import NOTHING
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan

from .house import MORNING, async_set_up_house, device_of, orchestrator_of, snapshot_of, state_of
from .mapped_site import BATTERY_ID, INVERTER, MINER_ID, RACK_ID, STATES, entry_of_site
from .users import MAY_ALL, async_user

SERVICES = {"switch": ("turn_on", "turn_off"), "select": ("select_option",), "number": ("set_value",)}
RACK = ("switch.rack_1", "switch.rack_2")


class Farm:
    """The mapped site in automatic mode: switches, selects and numbers show what they are told."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass, self.freezer = hass, freezer
        self.values: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.entry: MockConfigEntry

    async def begin(self, soc: str = "62") -> None:
        """Set the site up."""
        for domain, names in SERVICES.items():
            assert await async_setup_component(self.hass, domain, {})
            for name in names:
                self.hass.services.async_register(domain, name, self._do)
        self.entry = entry_of_site(mode="automatic")
        await async_set_up_house(self.hass, self.entry, battery_soc=soc)

    async def _do(self, call: ServiceCall) -> None:
        for entity_id in call.data["entity_id"]:
            value = call.data.get("value", call.data.get("option", call.service.removeprefix("turn_")))
            self.calls.append((entity_id, str(value)))
            self._show(entity_id, str(value), call.context)

    def _show(self, entity_id: str, value: str, context: Context | None = None) -> None:
        self.hass.states.async_set(entity_id, value, STATES[entity_id][1], context=context)

    async def by_hand(self, entity_id: str, value: str) -> None:
        """Let somebody change a device in Home Assistant."""
        self._show(entity_id, value, await async_user(self.hass, MAY_ALL[1]))
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def live(self, minutes: float, **measured: str) -> None:
        """Let time pass; sensors report, and read what is said here."""
        self.values |= {f"sensor.{name}": value for name, value in measured.items()}
        for _ in range(round(minutes * 3)):
            for entity_id, (value, attributes) in STATES.items():
                if entity_id.startswith("sensor"):
                    now = self.values.get(entity_id, value)
                    self.hass.states.async_set(entity_id, now, attributes, force_update=True)
            await self.hass.async_block_till_done()
            self.freezer.tick(20)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done(wait_background_tasks=True)

    def issues(self) -> dict[str, dict[str, str] | None]:
        """Return what repairs say of effects, with the names in it."""
        found = ir.async_get(self.hass).issues.items()
        return {
            issue.translation_key or "": issue.translation_placeholders for (_, key), issue in found if "effect" in key
        }

    async def clear(self, device_id: str) -> None:
        """Give a device back to the plan."""
        device = device_of(self.hass, self.entry, device_id).id
        await self.hass.services.async_call(DOMAIN, "clear_override", {"device_id": device}, blocking=True)
        await self.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def farm(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Farm]:
    freezer.move_to(MORNING)
    # What is planned from counts here, not how well.
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))
    found = Farm(hass, freezer)
    yield found
    await hass.config_entries.async_unload(found.entry.entry_id)
    await hass.async_block_till_done()


async def test_a_miner_that_is_on_and_does_not_mine_is_named_and_planned_without(
    hass: HomeAssistant, farm: Farm
) -> None:
    await farm.begin()
    await orchestrator_of(farm.entry).async_override_miner(MINER_ID, run=True, hours=0.2)
    await farm.live(20, miner_a_power="4", miner_a_hashrate="0")
    assert farm.issues() == {"not_mining": {"device": "Miner A"}}
    snapshot = snapshot_of(farm.entry)
    assert snapshot.decisions.miners[MINER_ID].reason.code is MinerReason.NOT_MINING
    assert snapshot.plan
    assert not snapshot.plan.schedule.units[MINER_ID][:, :3].any()
    assert state_of(hass, "sensor", MINER_ID, "decision").state == "not_mining"
    assert hass.states.is_state("switch.miner_a", "on")
    await farm.live(1, miner_a_power="3240", miner_a_hashrate="96")
    assert farm.issues() == {}


async def test_a_battery_that_does_not_follow_is_named_and_planned_as_left_to_itself(
    hass: HomeAssistant, farm: Farm
) -> None:
    await farm.begin("50")
    await orchestrator_of(farm.entry).async_override_battery(BATTERY_ID, BatteryMode.CHARGE, hours=1, power_w=2000)
    await farm.live(10, battery_soc="50", battery_power="1000")  # it gives
    assert farm.issues() == {"not_following": {"device": "House battery"}}
    await orchestrator_of(farm.entry).async_plan_now()
    plan = snapshot_of(farm.entry).plan
    assert plan
    assert plan.problem.batteries[0].drive == NOTHING
    # its owner's word is ordered on, and what can be told to it is told as before
    assert hass.states.is_state("select.inverter_mode", "Force charge")
    assert state_of(hass, "sensor", BATTERY_ID, "recommended_mode").attributes["not_drivable"] == []
    await farm.live(1, battery_power="-2000")
    assert farm.issues() == {}


async def test_a_mode_chosen_by_hand_is_shown_planned_and_ended_like_what_was_asked_for(
    hass: HomeAssistant, farm: Farm
) -> None:
    await farm.begin()
    await farm.by_hand("select.inverter_mode", "Stand by")
    await farm.live(1)
    view = state_of(hass, "sensor", BATTERY_ID, "recommended_mode")
    assert (view.state, view.attributes["override_until"] is not None) == ("hold", True)
    await orchestrator_of(farm.entry).async_plan_now()
    plan = snapshot_of(farm.entry).plan
    assert plan
    assert plan.problem.batteries[0].told_at(0) is BatteryMode.HOLD
    await farm.clear(BATTERY_ID)
    assert snapshot_of(farm.entry).battery_overrides == {}
    assert state_of(hass, "sensor", BATTERY_ID, "recommended_mode").state != "hold"


async def test_a_unit_taken_out_is_shown_with_its_time_and_not_counted_on(hass: HomeAssistant, farm: Farm) -> None:
    await farm.begin()
    await farm.by_hand(RACK[1], "on")
    await farm.live(0.4)
    await farm.by_hand(RACK[1], "off")
    await farm.live(1)
    await orchestrator_of(farm.entry).async_plan_now()
    plan = snapshot_of(farm.entry).plan
    assert plan
    assert [task.count for task in plan.problem.miners if task.id == RACK_ID] == [1]
    assert [*state_of(hass, "sensor", RACK_ID, "decision").attributes["left_alone_until"]] == [RACK[1]]
    diagnostics = await async_get_config_entry_diagnostics(hass, farm.entry)
    assert diagnostics["found"]["units_off"] == {RACK_ID: 1}
    await farm.clear(RACK_ID)
    assert state_of(hass, "sensor", RACK_ID, "decision").attributes["left_alone_until"] == {}


async def test_writes_of_the_day_are_shown_on_the_device(hass: HomeAssistant, farm: Farm) -> None:
    await farm.begin()
    await orchestrator_of(farm.entry).async_override_battery(BATTERY_ID, BatteryMode.CHARGE, hours=1, power_w=2000)
    await farm.live(1)
    counted: dict[str, Any] = state_of(hass, "sensor", BATTERY_ID, "recommended_mode").attributes["writes_today"]
    sent = [entity_id for entity_id, _ in farm.calls]
    assert counted["select.inverter_mode"] == sent.count("select.inverter_mode") > 0


async def test_a_unit_that_somebody_takes_out_is_stored_at_once(
    hass: HomeAssistant, farm: Farm, hass_storage: dict[str, Any]
) -> None:
    """A power cut right after it would undo it otherwise."""
    await farm.begin()
    await farm.live(2)
    await farm.by_hand(RACK[0], "on" if hass.states.get(RACK[0]).state == "off" else "off")  # type: ignore[union-attr]
    farm.freezer.tick(3)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    [entry] = hass_storage[f"{DOMAIN}.{farm.entry.entry_id}"]["data"]["audit"][-1:]
    assert (entry["entity_id"], entry["outcome"]) == (RACK[0], "seen")


async def test_a_device_that_forgets_is_told_again_in_time_though_nothing_reports(
    hass: HomeAssistant, farm: Farm, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INVERTER, "renew_min", 2)
    await farm.begin()
    await orchestrator_of(farm.entry).async_override(
        BatteryOverride(battery_id=BATTERY_ID, mode=BatteryMode.CHARGE, until=dt_util.utcnow() + timedelta(hours=1))
    )
    await farm.live(1)
    farm.calls.clear()
    told = []
    for second in range(200):
        freezer.tick(1)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        told += [second for call in farm.calls if call == ("select.inverter_mode", "Force charge")]
        farm.calls.clear()
    assert len(told) == 2
    assert told[1] - told[0] <= 100
