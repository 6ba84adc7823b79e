"""Devices that round, lapse, rename and show nothing: what is sent to them, and what they are left with."""

from collections.abc import Callable
from datetime import timedelta
import math
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.energy_orchestrator.control import Audit, Dispatcher
from custom_components.energy_orchestrator.control.home import HomeHands, as_events
from custom_components.energy_orchestrator.inputs.home import observer_of
from custom_components.energy_orchestrator.mapping import InverterEntities, MinerEntities, SetPointOrder
from custom_components.energy_orchestrator.model.decision import (
    BatteryDecision,
    BatteryMode,
    BatteryReason,
    Decisions,
    MinerAction,
    MinerDecision,
    MinerReason,
    Reason,
)
from custom_components.energy_orchestrator.model.ledger import Ledger
from custom_components.energy_orchestrator.model.site import Mode

from .helper_site import set_up_helpers, settings

MODE, POWER, LIMIT, SWITCH = "select.mode", "number.power", "number.limit", "switch.miner"
MODES = {
    BatteryMode.SELF_CONSUMPTION: "Self use",
    BatteryMode.CHARGE: "Force charge",
    BatteryMode.DISCHARGE: "Force discharge",
}
WATTS = {"unit_of_measurement": "W", "min": 0, "max": 10000, "step": 10}
ATTRIBUTES: dict[str, dict[str, Any]] = {
    MODE: {"options": [*MODES.values()]},
    POWER: WATTS,
    LIMIT: {**WATTS, "min": 15, "step": 100},
    SWITCH: {},
}
SERVICES = {"select": ["select_option"], "number": ["set_value"], "switch": ["turn_on", "turn_off"]}


class Plant:
    """Devices whose entities show the truth every ten seconds. `makes`: what an entity's device makes of a write."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass, self.freezer = hass, freezer
        self.truth = {MODE: "Self use", POWER: "500", LIMIT: "1000", SWITCH: "off"}
        self.attributes = dict(ATTRIBUTES)
        self.makes: dict[str, Callable[[str], str]] = {}
        self.writes: list[tuple[str, str]] = []

    async def begin(self, truth: dict[str, str] | None = None, *, inverter: dict[str, Any] | None = None) -> None:
        """Bring the site up, with these entities."""
        await set_up_helpers(self.hass)
        for domain, names in SERVICES.items():
            for name in names:
                self.hass.services.async_register(domain, name, self._write)
        self.truth |= truth or {}
        self.show()
        self.freezer.tick(3600)
        mapped = {"work_mode": MODE, "work_mode_options": MODES, "charge_power": POWER, **(inverter or {})}
        self.settings = settings(
            inverters={"inverter": InverterEntities(**mapped)},
            miners={"miner": MinerEntities(switches=(SWITCH,), power_limits=(LIMIT,)), "fleet": MinerEntities()},
        )
        self.dispatcher = Dispatcher(HomeHands(self.hass), self.settings, Audit(as_events(self.hass)))
        self.observer = observer_of(self.hass, self.settings)

    def show(self) -> None:
        """Let all report."""
        for entity_id, state in self.truth.items():
            self.hass.states.async_set(entity_id, state, self.attributes[entity_id])

    async def _write(self, call: ServiceCall) -> None:
        for entity_id in call.data["entity_id"]:
            value = str(call.data.get("value", call.data.get("option", call.service.removeprefix("turn_"))))
            self.writes.append((entity_id, value))
            self.truth[entity_id] = self.makes.get(entity_id, str)(value)

    async def live(self, seconds: int, **decided: Any) -> None:
        """Let time pass in steps of ten seconds, with the same decision."""
        for _ in range(seconds // 10):
            self.show()
            now = dt_util.utcnow()
            await self.dispatcher.async_dispatch(
                _decisions(**decided), self.observer.observe(now), Ledger(), Mode.AUTOMATIC
            )
            await self.hass.async_block_till_done()
            self.freezer.tick(10)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()
        self.show()

    def wrote(self, entity_id: str) -> list[str]:
        """Return what was written to an entity."""
        return [value for written, value in self.writes if written == entity_id]

    @property
    def issues(self) -> dict[str, str | None]:
        """Return what people are told."""
        return {key: issue.translation_key for (_, key), issue in ir.async_get(self.hass).issues.items()}


def _decisions(*, run_w: float | None = None, mode: BatteryMode | None = None, power_w: float = 3000) -> Decisions:
    miner = MinerDecision(
        miner_id="miner",
        action=MinerAction.RUN,
        units=1,
        power_w=run_w or 0,
        reason=Reason(MinerReason.PROFITABLE),
    )
    battery = BatteryDecision(
        battery_id="battery",
        mode=mode or BatteryMode.HOLD,
        power_w=power_w,
        reason=Reason(BatteryReason.CHARGING_CHEAP),
    )
    return Decisions(
        at=dt_util.utcnow(),
        miners={} if run_w is None else {"miner": miner},
        batteries={} if mode is None else {"battery": battery},
    )


@pytest.fixture
def plant(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Plant:
    return Plant(hass, freezer)


async def test_a_preset_below_the_level_is_the_level_reached(plant: Plant) -> None:
    plant.makes[LIMIT] = lambda value: str(max(p for p in (1000, 2800, 3068, 3425) if p <= float(value)))
    await plant.begin()
    await plant.live(3600, run_w=3250)
    assert plant.truth[LIMIT] == "3068"
    assert plant.truth[SWITCH] == "on"
    assert len(plant.wrote(LIMIT)) == 1
    assert plant.issues == {}
    # a lower level is another matter
    await plant.live(120, run_w=1600)
    assert plant.truth[LIMIT] == "1000"


async def test_a_miner_starts_once_its_limit_shows(plant: Plant) -> None:
    await plant.begin({LIMIT: "3400"})
    await plant.live(10, run_w=1600)
    assert plant.writes == [(LIMIT, "1600.0")]
    await plant.live(20, run_w=1600)
    assert plant.writes == [(LIMIT, "1600.0"), (SWITCH, "on")]


async def test_a_limit_that_is_rounded_up_ends_at_or_under_the_level(plant: Plant) -> None:
    plant.makes[LIMIT] = lambda value: str(math.ceil(float(value) / 100) * 100)
    await plant.begin({LIMIT: "3400"})
    await plant.live(300, run_w=1650)
    assert plant.wrote(LIMIT) == ["1650.0", "1600.0"]
    assert (plant.truth[LIMIT], plant.truth[SWITCH]) == ("1600", "on")
    assert plant.issues == {}


async def test_a_miner_never_starts_above_its_level(plant: Plant) -> None:
    plant.makes[LIMIT] = lambda _: "3400"
    await plant.begin({LIMIT: "3400"})
    await plant.live(3600, run_w=1600)
    assert plant.wrote(SWITCH) == []
    assert plant.issues == {f"command_{LIMIT}": "command_failed"}


async def test_a_set_point_in_whole_percents_is_written_once(plant: Plant) -> None:
    plant.makes[POWER] = lambda value: str(round(float(value) / 80) * 80)
    await plant.begin(inverter={"set_point_order": SetPointOrder.BEFORE})
    for power_w, made in ((3150, "3120"), (3510, "3520")):
        plant.writes.clear()
        await plant.live(1200, mode=BatteryMode.CHARGE, power_w=power_w)
        assert (plant.wrote(POWER), plant.truth[POWER]) == ([f"{power_w}.0"], made)
    assert plant.truth[MODE] == "Force charge"
    assert plant.issues == {}


async def test_a_renamed_option_leaves_no_forced_mode_behind(plant: Plant) -> None:
    plant.attributes[MODE] = {"options": ["Self use", "force_charge", "Force discharge"]}
    await plant.begin({MODE: "Force discharge"})
    await plant.live(600, mode=BatteryMode.CHARGE)
    assert plant.wrote(MODE) == ["Self use"]
    assert plant.issues == {f"command_{MODE}": "command_blocked"}


async def test_a_number_that_refuses_leaves_no_forced_mode_behind(plant: Plant) -> None:
    plant.makes[POWER] = lambda _: "6000"
    await plant.begin({MODE: "Force discharge", POWER: "6000"})
    await plant.live(600, mode=BatteryMode.CHARGE)
    assert plant.truth[MODE] == "Self use"
    assert plant.issues == {f"command_{POWER}": "command_failed"}


async def test_a_number_that_never_comes_is_named_and_its_mode_left(plant: Plant) -> None:
    await plant.begin({POWER: "unavailable"})
    await plant.live(1500, mode=BatteryMode.CHARGE)
    assert plant.wrote(MODE) == ["Force charge", "Self use"]
    assert plant.issues == {f"command_{POWER}": "command_unseen"}


async def test_a_signed_number_mapped_for_charging_alone_is_named(plant: Plant) -> None:
    plant.attributes[POWER] = {**WATTS, "min": -5000}
    await plant.begin()
    await plant.live(120, mode=BatteryMode.CHARGE)
    assert plant.writes == []
    assert plant.issues == {f"command_{POWER}": "command_signed"}


async def test_a_mode_that_lapses_unseen_is_told_again_in_time(plant: Plant) -> None:
    await plant.begin(inverter={"renew": timedelta(minutes=10), "set_point_order": SetPointOrder.BEFORE})
    await plant.live(3600, mode=BatteryMode.CHARGE)
    assert plant.wrote(MODE) == ["Force charge"] * 8
    assert plant.wrote(POWER) == ["3000.0"] * 8
    plant.writes.clear()
    await plant.live(7200, mode=BatteryMode.SELF_CONSUMPTION, power_w=3000)
    assert plant.wrote(MODE) == ["Self use"]


async def test_a_set_point_that_takes_only_in_its_mode_is_written_in_it(plant: Plant) -> None:
    taken: list[str] = []

    def make(value: str) -> str:
        if plant.truth[MODE] != "Self use":
            taken.append(value)
        return value

    plant.makes[POWER] = make
    await plant.begin()
    await plant.live(3500, mode=BatteryMode.CHARGE)
    assert taken == ["3000.0"]
