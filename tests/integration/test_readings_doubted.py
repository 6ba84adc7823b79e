"""A whole site in automatic mode whose battery's sensors tell what cannot be: nothing is done on it."""

from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.readings import Trouble

from .house import MORNING, orchestrator_of, snapshot_of, state_of
from .mapped_site import BATTERY, BATTERY_ID, INVERTER, INVERTER_ID, MINER, MINER_ID, SITE, STATES

SOC: Final = "sensor.battery_soc"
VOLTAGE: Final = "sensor.battery_voltage"
SWITCH: Final = "switch.miner_a"
RICH: Final = {**SITE, "hashprice": 0.4, "import_price": 0.31}
LONE: Final = {**MINER, "levels": [{"power_w": 3250.0, "hashrate_ths": 97.0}], "power_limits": []}
NO_VOLTAGE: Final = {key: value for key, value in BATTERY.items() if key != "voltage"}
SERVICES: Final = {"switch": ("turn_on", "turn_off"), "select": ("select_option",), "number": ("set_value",)}


class Place:
    """The mapped site with a miner that pays; its devices obey, and its sensors report every ten seconds."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass, self.freezer = hass, freezer
        self.values = {entity_id: state for entity_id, (state, _) in STATES.items()}
        self.calls: list[tuple[str, str]] = []
        self.lone: dict[str, Any] = LONE
        self.entry = MockConfigEntry()

    async def begin(self, battery: dict[str, Any] = BATTERY, **options: Any) -> None:
        """Set the site up in automatic mode."""
        self.freezer.move_to(MORNING)
        self.hass.config.currency = "EUR"
        for domain, names in SERVICES.items():
            assert await async_setup_component(self.hass, domain, {})
            for name in names:
                self.hass.services.async_register(domain, name, self._obey)
        self._report()
        devices = (
            ("inverter", INVERTER_ID, "Hybrid", INVERTER),
            ("battery", BATTERY_ID, "House battery", battery),
            ("miner", MINER_ID, "Miner A", self.lone),
        )
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="Farm",
            data=RICH,
            options={"mode": "automatic", **options},
            subentries_data=[
                ConfigSubentryDataWithId(data=data, subentry_id=key, subentry_type=kind, title=title, unique_id=None)
                for kind, key, title, data in devices
            ],
        )
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def _obey(self, call: ServiceCall) -> None:
        for entity_id in call.data["entity_id"]:
            value = call.data.get("value", call.data.get("option", call.service.removeprefix("turn_")))
            self.calls.append((entity_id, str(value)))
            self.values[entity_id] = str(value)
            self.hass.states.async_set(entity_id, str(value), STATES[entity_id][1], context=call.context)

    def _report(self) -> None:
        running = self.values[SWITCH] == "on"
        self.values["sensor.miner_a_power"] = "3240" if running else "4"
        self.values["sensor.miner_a_hashrate"] = "96.4" if running else "0"
        for entity_id, value in self.values.items():
            self.hass.states.async_set(entity_id, value, STATES[entity_id][1])

    async def live(self, seconds: int) -> None:
        """Let time pass; every ten seconds all that there is reports."""
        for _ in range(seconds // 10):
            self._report()
            await self.hass.async_block_till_done()
            self.freezer.tick(10)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done(wait_background_tasks=True)

    @property
    def battery(self) -> Any:
        """What the battery is to do."""
        return snapshot_of(self.entry).decisions.batteries[BATTERY_ID]

    @property
    def miner(self) -> Any:
        """What the miner is to do."""
        return snapshot_of(self.entry).decisions.miners[MINER_ID]

    @property
    def soc(self) -> Any:
        """The reading."""
        return snapshot_of(self.entry).readings.batteries[BATTERY_ID].soc

    @property
    def issues(self) -> dict[str, ir.IssueEntry]:
        """The repair issues by their text."""
        return {issue.translation_key or "": issue for issue in ir.async_get(self.hass).issues.values()}


@pytest.fixture
async def place(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Any:
    """Return the site, and take it down again."""
    found = Place(hass, freezer)
    yield found
    await hass.config_entries.async_unload(found.entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("battery", [BATTERY, NO_VOLTAGE], ids=["voltage", "alone"])
@pytest.mark.parametrize("level", ["0", "12", "35", "100"])
async def test_one_poll_does_nothing(place: Place, battery: dict[str, Any], level: str) -> None:
    await place.begin(battery)
    await place.live(120)
    assert place.values[SWITCH] == "on"
    place.calls.clear()
    stood = place.battery, place.miner
    place.values[SOC] = level
    await place.live(10)
    assert place.soc.trouble is Trouble.DOUBTED
    assert (place.battery, place.miner) == stood
    assert float(state_of(place.hass, "sensor", BATTERY_ID, "soc").state) == pytest.approx(
        62, abs=1
    )  # it goes on by the measured power
    place.values[SOC] = "62"
    await place.live(60)
    assert place.soc.value == 0.62
    assert [call for call in place.calls if call[0] in {SWITCH, "select.inverter_mode"}] == []
    assert not place.issues


async def test_the_plan_is_made_from_what_is_believed(place: Place) -> None:
    await place.begin()
    await place.live(60)
    place.values[SOC] = "0"
    place._report()
    await orchestrator_of(place.entry).async_plan_now()
    snapshot = snapshot_of(place.entry)
    assert snapshot.failure is None
    assert snapshot.plan is not None
    assert snapshot.plan.created == snapshot.at
    assert float(snapshot.plan.schedule.soc[BATTERY_ID][0]) == pytest.approx(0.62, abs=0.01)
    shown = state_of(place.hass, "sensor", BATTERY_ID, "soc")
    assert shown.attributes["doubted"] == 0


async def test_a_critical_level_that_is_real_protects_within_seconds(place: Place) -> None:
    """It jumps, as a BMS that corrects itself; the second poll is there ten seconds later."""
    await place.begin(NO_VOLTAGE)
    await place.live(120)
    place.values[SOC] = "9"
    await place.live(10)
    assert place.values[SWITCH] == "on"
    await place.live(20)
    assert place.values[SWITCH] == "off"
    assert place.miner.reason.code is MinerReason.EMERGENCY_STOP
    assert place.battery.reason.code is BatteryReason.EMERGENCY_STOP
    assert place.values["select.inverter_mode"] == "Force charge"


async def test_a_level_told_in_another_unit_from_now_on_is_named_and_charges_nothing(place: Place) -> None:
    """An update tells 0.62 for 62 %; there is no voltage that could speak against it."""
    await place.begin(NO_VOLTAGE)
    await place.live(120)
    place.calls.clear()
    place.values[SOC] = "0.62"
    await place.live(300)
    assert place.calls == []
    assert place.soc.trouble is Trouble.DOUBTED
    told = place.issues["reading_doubted"].translation_placeholders
    assert told is not None
    assert told["entity"] == SOC


async def test_a_level_that_falls_as_fast_as_its_battery_can_is_no_doubt(place: Place) -> None:
    small = {**NO_VOLTAGE, "capacity_kwh": 2.0, "max_discharge_kw": 5.0}
    await place.begin(small)
    place.values |= {SOC: "21", "sensor.battery_power": "5000"}
    await place.live(60)
    for level in ("19", "17", "14"):
        place.values[SOC] = level
        await place.live(30)
        assert place.soc.value == int(level) / 100
    assert place.battery.reason.code is BatteryReason.EMERGENCY_STOP


async def test_a_level_stuck_at_zero_gives_way_to_the_voltage_and_both_are_named(place: Place) -> None:
    await place.begin()
    await place.live(120)
    place.calls.clear()
    place.values[SOC] = "0"
    await place.live(900)
    assert place.battery.reason.code is not BatteryReason.EMERGENCY_STOP
    assert place.values[SWITCH] == "on"
    assert 0.5 < (place.soc.value or 0) < 0.8
    issue = place.issues["reading_contradicted"]
    assert issue.translation_placeholders == {
        "device": "House battery",
        "entity": SOC,
        "told": "0 %",
        "other": VOLTAGE,
        "other_told": "53.1 V",
    }
    assert len(place.issues) == 1
    place.values[SOC] = "66"
    await place.live(20)
    assert place.soc.value == 0.66
    assert not place.issues
    assert (SWITCH, "off") not in place.calls


async def test_zero_while_an_integration_warms_up_starts_and_stops_nothing(place: Place) -> None:
    place.values |= {SOC: "0", SWITCH: "on"}
    await place.begin()
    await place.live(10)
    assert place.soc.trouble is Trouble.DOUBTED
    assert place.battery.mode is BatteryMode.SELF_CONSUMPTION
    place.values[SOC] = "62"
    await place.live(60)
    assert snapshot_of(place.entry).plan is not None, "a level that becomes known is planned with at once"
    assert (SWITCH, "off") not in place.calls
    assert ("select.inverter_mode", "Force charge") not in place.calls


async def test_away_and_back_with_zero(place: Place) -> None:
    await place.begin(NO_VOLTAGE)
    await place.live(120)
    place.values[SOC] = "unavailable"
    await place.live(60)
    place.calls.clear()
    place.values[SOC] = "0.0"
    await place.live(10)
    place.values[SOC] = "62"
    await place.live(30)
    assert [call for call in place.calls if call == (SWITCH, "off") or call[1] == "Force charge"] == []


async def test_one_poll_of_no_voltage_does_nothing_where_the_level_comes_from_it(place: Place) -> None:
    await place.begin({key: value for key, value in BATTERY.items() if key != "soc"})
    await place.live(120)
    place.calls.clear()
    stood = place.battery, place.miner
    before = place.soc.value
    place.values[VOLTAGE] = "0"
    await place.live(10)
    assert (place.battery, place.miner) == stood
    assert place.soc.believed == pytest.approx(before)
    place.values[VOLTAGE] = "53.1"
    await place.live(30)
    assert place.calls == []


async def test_a_person_may_still_switch_off_and_start_nothing_on_a_doubt(place: Place) -> None:
    await place.begin(NO_VOLTAGE)
    await place.live(120)
    place.values[SOC] = "3"
    place._report()
    await place.hass.async_block_till_done(wait_background_tasks=True)
    orchestrator = orchestrator_of(place.entry)
    await orchestrator.async_override_miner(MINER_ID, run=False, hours=1)
    assert place.values[SWITCH] == "off"
    await orchestrator.async_override_miner(MINER_ID, run=True, hours=1)
    assert place.values[SWITCH] == "off"
