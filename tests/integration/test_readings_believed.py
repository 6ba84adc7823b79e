"""A whole site in automatic mode: a poll that tells nonsense of power, warmth or a miner's switch does nothing."""

from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.readings import Trouble

from .house import orchestrator_of, snapshot_of
from .mapped_site import BATTERY, BATTERY_ID, MINER_ID
from .test_readings_doubted import LONE, NO_VOLTAGE, SOC, SWITCH, Place

GRID: Final = "sensor.grid_power"
MINERS: Final = ("sensor.miner_a_power", "sensor.miner_a_hashrate", "sensor.miner_a_temperature")


class House(Place):
    """The place, with a meter that shows what the others leave, and polls that can be put in by hand."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        super().__init__(hass, freezer)
        self.told: dict[str, str] = {}

    def _report(self) -> None:
        super()._report()
        watts = {key: float(self.values[f"sensor.{key}"]) for key in ("solar_power", "house_power", "battery_power")}
        drawn = float(self.values[MINERS[0]])
        left = watts["house_power"] + drawn - watts["solar_power"] - watts["battery_power"]
        self.values[GRID] = f"{left / 1000:.3f}"
        for entity_id, value in {GRID: self.values[GRID], **self.told}.items():
            seen = self.hass.states.get(entity_id)
            self.hass.states.async_set(entity_id, value, seen.attributes if seen else {})

    async def polls(self, **told: str) -> None:
        """Let the sensors tell something else for one poll."""
        self.told = {f"sensor.{key}": value for key, value in told.items()}
        await self.live(10)
        self.told = {}

    @property
    def readings(self) -> Any:
        """The last ones."""
        return snapshot_of(self.entry).readings


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Any:
    """Return the site, and take it down again."""
    found = House(hass, freezer)
    yield found
    await hass.config_entries.async_unload(found.entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    "told",
    [
        {"grid_power": "20"},
        {"grid_power": "-20"},
        {"grid_power": "655.35"},
        {"house_power": "12000"},
        {"house_power": "-900"},
        {"house_power": "0"},
        {"house_power": "nonsense"},
        {"solar_power": "0"},
        {"solar_power": "65535"},
        {"battery_power": "4900"},
        {"battery_power": "32767"},
        {"battery_temperature": "-40"},
        {"battery_temperature": "150"},
        {"battery_temperature": "nonsense"},
        {"miner_a_temperature": "149"},
        {"miner_a_power": "0"},
        {"miner_a_power": "60000"},
        {"battery_soc": "0", "battery_voltage": "0", "battery_power": "0", "battery_temperature": "0"},
    ],
    ids=lambda told: "-".join(f"{key}={value}" for key, value in told.items()),
)
async def test_one_poll_of_nonsense_starts_stops_and_charges_nothing(house: House, told: dict[str, str]) -> None:
    await house.begin()
    await house.live(180)
    assert house.values[SWITCH] == "on"
    house.calls.clear()
    stood = house.battery.mode, house.miner.units
    await house.polls(**told)
    assert (house.battery.mode, house.miner.units) == stood
    assert [reading for _, _, reading in house.readings.troubles()], "it is doubted"
    await house.live(60)
    assert house.calls == []
    assert list(house.readings.troubles()) == []
    assert not house.issues


async def test_a_plain_day_names_nothing(house: House) -> None:
    """A kettle, clouds, a wallbox, the miner's own start and stop, a battery that recalibrates, cells that cool."""
    await house.begin()
    for step in range(90):
        kettle = 2200 if step % 9 == 4 else 0
        wallbox = 7400 if 30 <= step < 60 else 0
        house.values |= {
            "sensor.house_power": str(600 + 31 * step % 200 + kettle + wallbox),
            "sensor.solar_power": str(6200 if step % 7 else 900),
            "sensor.battery_power": str(-3000 if step % 7 else 1800),
            "sensor.battery_temperature": str(19 - step // 20),
            SOC: "62" if step < 40 else "100",
        }
        await house.live(20)
        assert not house.issues, step
        named = {(name, reading.trouble) for _, name, reading in house.readings.troubles()}
        assert named <= {("soc", Trouble.DOUBTED)}, step


async def test_a_miner_that_reads_zero_and_off_for_one_poll_is_running_all_the_while(house: House) -> None:
    await house.begin()
    await house.live(180)
    ran = orchestrator_of(house.entry)._observe().ledger.miners[MINER_ID]
    house.calls.clear()
    switch = house.hass.states.get(SWITCH)
    assert switch is not None
    house.hass.states.async_set(SWITCH, "off", switch.attributes)
    for entity_id in MINERS:
        seen = house.hass.states.get(entity_id)
        assert seen is not None
        house.hass.states.async_set(entity_id, "0", seen.attributes)
    readings = orchestrator_of(house.entry)._observe().readings.miners[MINER_ID]
    assert {readings.running.trouble, readings.power_w.trouble} == {Trouble.ZERO_GLITCH}
    assert (readings.running.believed, readings.power_w.believed) == (1, 3240)
    await house.live(60)
    state = snapshot_of(house.entry).ledger.miners[MINER_ID]
    assert (state.starts_today, state.running) == (ran.starts_today, 1)


async def test_a_switch_that_goes_off_while_the_miner_draws_is_believed_at_once(house: House) -> None:
    await house.begin()
    await house.live(180)
    switch = house.hass.states.get(SWITCH)
    assert switch is not None
    house.hass.states.async_set(SWITCH, "off", switch.attributes)
    assert orchestrator_of(house.entry)._observe().readings.miners[MINER_ID].running.value == 0


async def test_cold_cells_that_read_warm_for_a_poll_take_no_charge(house: House) -> None:
    house.values["sensor.battery_temperature"] = "-4"
    await house.begin()
    await orchestrator_of(house.entry).async_override_battery(BATTERY_ID, BatteryMode.CHARGE, hours=2)
    await house.live(60)
    assert house.battery.reason.code is BatteryReason.TOO_COLD
    house.calls.clear()
    await house.polls(battery_temperature="21")
    assert house.battery.reason.code is BatteryReason.TOO_COLD
    await house.live(60)
    assert house.calls == []


async def test_a_miner_that_is_too_hot_is_stopped_by_its_second_poll(house: House) -> None:
    house.lone = {**LONE, "max_temperature": 85}
    await house.begin()
    await house.live(180)
    assert house.values[SWITCH] == "on"
    house.values[MINERS[2]] = "96"
    await house.live(20)
    assert house.miner.reason.code is MinerReason.TOO_HOT
    assert house.values[SWITCH] == "off"


async def test_a_level_stuck_at_zero_with_no_voltage_does_nothing_for_ten_minutes_and_is_named(house: House) -> None:
    await house.begin(NO_VOLTAGE)
    house.values["sensor.battery_power"] = "0"
    await house.live(120)
    house.calls.clear()
    house.values[SOC] = "0"
    await house.live(590)
    assert house.soc.held
    assert house.issues["reading_doubted"].translation_placeholders == {
        "device": "House battery",
        "entity": SOC,
        "told": "0 %",
    }
    assert house.values[SWITCH] == "on"
    assert house.values["select.inverter_mode"] != "Force charge"
    await house.live(60)  # it may be a real one after all
    assert house.battery.reason.code is BatteryReason.EMERGENCY_STOP
    assert house.values[SWITCH] == "off"
    await house.live(150)
    assert "reading_fallen" in house.issues
    house.values[SOC] = "61"
    await house.live(30)
    assert not house.issues


async def test_a_battery_that_gives_at_zero_percent_is_not_charged_from_the_grid(house: House) -> None:
    await house.begin(NO_VOLTAGE)
    house.values["sensor.battery_power"] = "3000"
    await house.live(120)
    house.values[SOC] = "0"
    await house.live(1800)
    assert house.battery.mode is not BatteryMode.CHARGE
    assert "reading_doubted" in house.issues


@pytest.mark.parametrize(
    ("battery", "text"),
    [
        ({**BATTERY, "battery_power_inverted": True}, "mismatch_battery_sign"),
        (BATTERY, None),
    ],
)
async def test_a_battery_whose_sign_is_wrong_is_named_after_ten_minutes(
    house: House, battery: dict[str, Any], text: str | None
) -> None:
    await house.begin(battery)
    for step in range(32):
        house.values["sensor.battery_power"] = str(-3000 - 20 * (step % 5))
        await house.live(20)
        if step < 27:
            assert not house.issues
    assert set(house.issues) == ({text} if text else set())
    for issue in house.issues.values():
        told = issue.translation_placeholders or {}
        assert (told["device"], told["entity"]) == ("House battery", "sensor.battery_power")


@pytest.mark.parametrize("reloaded", [False, True])
async def test_a_level_that_comes_back_near_the_end_of_grace_stops_no_miner(house: House, reloaded: bool) -> None:
    """Home Assistant starts, the miner runs on, and the battery's integration takes nine minutes and a half."""
    house.values |= {SOC: "unavailable", "sensor.battery_voltage": "unavailable", SWITCH: "on"}
    await house.begin()
    await house.live(300)
    if reloaded:
        house.hass.config_entries.async_update_entry(house.entry, options={**house.entry.options, "override_h": 5})
        await house.hass.async_block_till_done(wait_background_tasks=True)
    await house.live(270)
    assert snapshot_of(house.entry).plan is None
    assert house.miner.reason.code is MinerReason.UNKNOWN_STATE
    assert house.miner.reason.numbers["minutes"] <= 9.6, "no more than was measured"
    with patch.object(orchestrator_of(house.entry), "_async_forecasts", side_effect=_slow(house)):
        house.values |= {SOC: "62", "sensor.battery_voltage": "53.1"}
        await house.live(90)
    await orchestrator_of(house.entry).async_plan_now()
    assert snapshot_of(house.entry).plan is not None
    assert (SWITCH, "off") not in house.calls


def _slow(house: House) -> Any:
    """Return forecasts that fail until a minute and a half has passed."""
    asked, begun = orchestrator_of(house.entry)._async_forecasts, dt_util.utcnow()

    async def forecasts(snapshot: Any) -> Any:
        if dt_util.utcnow() - begun < timedelta(seconds=90):
            raise TimeoutError
        return await asked(snapshot)

    return forecasts
