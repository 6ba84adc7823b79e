"""What is in danger stops within a second: without a plan, past slow devices, last in priority first."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service

from custom_components.energy_orchestrator.loop.orchestrator import Orchestrator
from custom_components.energy_orchestrator.model.decision import MinerReason

from .house import async_set_up_house, orchestrator_of, put
from .mapped_site import MINER, MINER_ID, RACK, RACK_ID, SITE, entry_of_site


class Home:
    """The mapped site in automatic mode with both miners running as a person wants it, and a hot pump."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass, self.freezer = hass, freezer
        self.switched: list[tuple[str, str]] = []
        self.slow: asyncio.Event | None = None
        self.entry = entry_of_site()

    async def begin(self, **site: Any) -> Orchestrator:
        """Start it."""
        hass = self.hass
        object.__setattr__(self.entry, "data", {**SITE, "grid_there": "binary_sensor.grid", **site})
        for key, data in ((MINER_ID, MINER), (RACK_ID, RACK)):
            subentry = self.entry.subentries[key]
            ours = {"interlock": ["binary_sensor.pump"], "max_temperature": 80, "min_pause_min": 5}
            object.__setattr__(subentry, "data", {**data, **ours})
        hass.states.async_set("binary_sensor.pump", "on")
        hass.states.async_set("binary_sensor.grid", "on")
        await async_set_up_house(hass, self.entry, solar_power="5000", battery_power="0", miner_a_power="3240")
        for domain, service in (("select", "select_option"), ("number", "set_value")):
            hass.services.async_register(domain, service, self._set)
        for service in ("turn_on", "turn_off"):
            hass.services.async_register("switch", service, self._switch)
        orchestrator = orchestrator_of(self.entry)
        for switch in ("switch.miner_a", "switch.rack_1", "switch.rack_2"):
            put(hass, switch, "on")
        for miner_id in (MINER_ID, RACK_ID):
            await orchestrator.async_override_miner(miner_id, run=True, hours=4)
        await orchestrator.async_set_option("mode", "automatic")
        await self.pass_time(60)
        self.switched.clear()
        return orchestrator

    async def _set(self, call: ServiceCall) -> None:
        if self.slow is not None:
            await self.slow.wait()
        for entity_id in call.data["entity_id"]:
            put_any(self.hass, entity_id, str(call.data.get("value", call.data.get("option"))))

    async def _switch(self, call: ServiceCall) -> None:
        for entity_id in call.data["entity_id"]:
            self.switched.append((call.service, entity_id))
            put(self.hass, entity_id, call.service.removeprefix("turn_"))

    async def pass_time(self, seconds: float) -> None:
        """Let time pass in steps, everything reporting on the way."""
        while seconds > 0:
            self.freezer.tick(step := min(seconds, 2))
            seconds -= step
            async_fire_time_changed(self.hass)
            await self.settle()

    async def settle(self) -> None:
        """Wait until everything has come to rest; while a device is slow, that is never."""
        if self.slow is None:
            await self.hass.async_block_till_done(wait_background_tasks=True)
        else:
            for _ in range(50):
                await asyncio.sleep(0)

    async def within_a_second(self, entity_id: str, state: str) -> list[str]:
        """Let an entity change a moment after protection has looked; return what is off a second later."""
        put_any(self.hass, "sensor.house_power", "901")
        await self.settle()
        await self.pass_time(0.1)
        put_any(self.hass, entity_id, state)
        await self.settle()
        await self.pass_time(0.9)
        return [entity for service, entity in self.switched if service == "turn_off"]


def put_any(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Let an entity report."""
    seen = hass.states.get(entity_id)
    hass.states.async_set(entity_id, state, seen.attributes if seen else {}, force_update=True)


@pytest.fixture
def at_home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return the home, not begun yet."""
    return Home(hass, freezer)


ALL = {"switch.miner_a", "switch.rack_1", "switch.rack_2"}


@pytest.mark.parametrize(
    ("entity_id", "state", "off", "reason"),
    [
        ("binary_sensor.pump", "off", ALL, MinerReason.INTERLOCK),
        ("sensor.miner_a_temperature", "81", {"switch.miner_a"}, MinerReason.TOO_HOT),
        # 1.2 kW over its 15 kW: one unit of the rack, which is last in priority, is enough.
        ("sensor.grid_power", "16.2", {"switch.rack_2"}, MinerReason.IMPORT_LIMIT),
        ("sensor.grid_power", "24", ALL, MinerReason.IMPORT_LIMIT),
        # Sun and battery give 10 kW: the house, miner A (4.1 kW together) and one unit of 3.5 kW.
        ("binary_sensor.grid", "off", {"switch.rack_2"}, MinerReason.GRID_LOST),
    ],
)
async def test_danger_stops_within_a_second_of_its_showing(
    at_home: Home, entity_id: str, state: str, off: set[str], reason: MinerReason
) -> None:
    orchestrator = await at_home.begin()
    assert set(await at_home.within_a_second(entity_id, state)) == off
    stopped = MINER_ID if "switch.miner_a" in off else RACK_ID
    assert orchestrator.data.decisions.miners[stopped].reason.code is reason


async def test_a_slow_device_holds_up_no_other(at_home: Home) -> None:
    """An inverter whose cloud answers after eight seconds is being told something when the pump fails."""
    await at_home.begin()
    at_home.slow = asyncio.Event()
    put_any(at_home.hass, "sensor.solar_power", "0")
    await orchestrator_of(at_home.entry).async_set_option("strategy", "self_sufficiency")
    put_any(at_home.hass, "select.inverter_mode", "Stand by")
    await at_home.pass_time(40)
    off = await at_home.within_a_second("binary_sensor.pump", "off")
    at_home.slow.set()
    assert set(off) == ALL


async def test_nothing_is_stopped_in_monitor_mode(at_home: Home) -> None:
    orchestrator = await at_home.begin()
    await orchestrator.async_set_option("mode", "monitor")
    await at_home.pass_time(20)
    for switch in ALL:
        put(at_home.hass, switch, "on")
    await at_home.pass_time(20)
    at_home.switched.clear()
    assert not await at_home.within_a_second("binary_sensor.pump", "off")
    assert orchestrator.data.decisions.miners[MINER_ID].reason.code is MinerReason.INTERLOCK


async def test_a_silent_interlock_is_waited_for_half_a_minute(at_home: Home) -> None:
    orchestrator = await at_home.begin()
    assert not await at_home.within_a_second("binary_sensor.pump", "unavailable")
    await at_home.pass_time(25)
    assert not at_home.switched
    await at_home.pass_time(12)
    assert {entity for _, entity in at_home.switched} == ALL
    assert orchestrator.data.decisions.miners[MINER_ID].reason.numbers["minutes"] >= 0.5


async def test_what_was_stopped_comes_back_one_by_one_and_not_at_once(at_home: Home) -> None:
    orchestrator = await at_home.begin()
    await at_home.within_a_second("binary_sensor.pump", "off")
    at_home.switched.clear()
    put_any(at_home.hass, "binary_sensor.pump", "on")
    await at_home.pass_time(4 * 60)
    assert not at_home.switched, "a pump that comes and goes switches nothing"
    stored = orchestrator.memory.remembered.ledger.miners
    assert all(stored[key].shed_at for key in (MINER_ID, RACK_ID)), "nor would it after a restart"
    started: dict[str, float] = {}
    for second in range(0, 240, 2):
        put_any(at_home.hass, "sensor.house_power", str(900 + second % 4))
        await at_home.pass_time(2)
        for service, entity in at_home.switched:
            assert service == "turn_on"
            started.setdefault(entity, second)
    assert started.keys() == ALL
    assert started["switch.rack_1"] - started["switch.miner_a"] >= 8


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1)])
async def test_a_clock_that_is_set_switches_nothing(at_home: Home, by: timedelta) -> None:
    """A pause, a run and a person's word last by what passes."""
    orchestrator = await at_home.begin()
    await at_home.within_a_second("binary_sensor.pump", "off")
    at_home.switched.clear()
    put_any(at_home.hass, "binary_sensor.pump", "on")
    await at_home.pass_time(10)
    left = {key: word.until - orchestrator.data.at for key, word in orchestrator.data.miner_overrides.items()}
    ago = at_home.freezer().timestamp()
    orchestrator._clock.passed = lambda: at_home.freezer().timestamp() - ago - set_by
    set_by = 0.0
    orchestrator._observe()
    set_by = by.total_seconds()
    at_home.freezer.move_to(at_home.freezer() + by)
    put_any(at_home.hass, "sensor.house_power", "905")
    await at_home.pass_time(20)
    assert not at_home.switched
    now = orchestrator.data
    for key, word in now.miner_overrides.items():
        assert abs(word.until - now.at - left[key]) < timedelta(minutes=1)
    assert 0 <= now.ledger.miners[MINER_ID].hours_today < 0.1
    await at_home.pass_time(5 * 60)
    put_any(at_home.hass, "sensor.house_power", "906")
    await at_home.pass_time(40)
    assert {entity for _, entity in at_home.switched} == ALL, "what has waited its time comes back"


async def test_a_level_that_is_on_its_way_after_a_restart_leaves_the_inverter_alone(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    put(hass, "select.inverter_mode", "Force charge")
    for entity in ("sensor.battery_soc", "sensor.battery_voltage"):
        put(hass, entity, "unavailable")
    put(hass, "switch.miner_a", "on")
    hass.config_entries.async_update_entry(mapped_entry, options={"mode": "automatic"})
    assert await hass.config_entries.async_setup(mapped_entry.entry_id)
    calls = [
        async_mock_service(hass, *service)
        for service in (
            ("select", "select_option"),
            ("number", "set_value"),
            ("switch", "turn_on"),
            ("switch", "turn_off"),
        )
    ]
    await hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(20):
        freezer.tick(5)
        put(hass, "sensor.house_power", "902")
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not [call for each in calls for call in each if call.domain != "number"]
    freezer.tick(60)
    put(hass, "sensor.house_power", "903")
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [call.data["option"] for call in calls[0]] == ["Self use"]


async def test_without_a_grid_sensor_and_interlocks_nothing_changes(
    hass: HomeAssistant, mapped_entry: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_setup(mapped_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    data = orchestrator_of(mapped_entry).data
    assert data.site.grid.connected
    assert all(decision.shed_at is None for decision in data.decisions.miners.values())
