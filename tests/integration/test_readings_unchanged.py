"""What stands still is believed: sensors that report changes only, fixed prices, inverters that sleep."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.inputs.asking import expect
from custom_components.energy_orchestrator.inputs.home import observer_of
from custom_components.energy_orchestrator.inputs.memory import SourceMemory
from custom_components.energy_orchestrator.inputs.observer import Observer
from custom_components.energy_orchestrator.learning.past import Past
from custom_components.energy_orchestrator.mapping import BatteryEntities, InverterEntities, MinerEntities, SiteEntities
from custom_components.energy_orchestrator.model.forecast import Source
from custom_components.energy_orchestrator.model.horizon import tiered
from custom_components.energy_orchestrator.model.readings import SiteReadings, Trouble
from custom_components.energy_orchestrator.model.site import Miner, MinerLevel
from custom_components.energy_orchestrator.settings import Settings

from .helper_site import put, set_up_helpers, settings

# In Berlin, in June.
NOON: Final = "2026-06-20T11:00:00+00:00"
NIGHT: Final = "2026-06-20T23:00:00+00:00"
LEVEL_ALONE: Final = {"battery": BatteryEntities(soc="sensor.soc")}


@pytest.fixture(autouse=True)
async def _site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(NOON)
    hass.config.latitude, hass.config.longitude = 52.5, 13.4
    await set_up_helpers(hass)


def register(hass: HomeAssistant, *names: str, device: str | None = "battery", source: str = "mqtt") -> None:
    """Let sensors belong to an integration, and to a device of it."""
    entry = next(iter(hass.config_entries.async_entries(source)), None)
    if entry is None:
        entry = MockConfigEntry(domain=source)
        entry.add_to_hass(hass)
    device_id = None
    if device is not None:
        registry = dr.async_get(hass)
        device_id = registry.async_get_or_create(config_entry_id=entry.entry_id, identifiers={(source, device)}).id
    for name in names:
        shown = hass.states.get(f"sensor.{name}")
        hass.states.async_remove(f"sensor.{name}")
        made = er.async_get(hass).async_get_or_create(
            "sensor", source, name, suggested_object_id=name, config_entry=entry, device_id=device_id
        )
        assert made.entity_id == f"sensor.{name}"
        if shown is not None:
            hass.states.async_set(made.entity_id, shown.state, shown.attributes)


def look(hass: HomeAssistant, observer: Observer) -> SiteReadings:
    """Return the readings of now."""
    return observer.observe(dt_util.utcnow())


@pytest.mark.parametrize("device", ["battery", None], ids=["device", "integration"])
async def test_whoever_reports_keeps_its_siblings_fresh(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, device: str | None
) -> None:
    """A full battery: level, power and voltage stand still, and only the cells get cooler."""
    register(hass, "soc", "battery_power", "volts", "cells", device=device)
    put(hass, "soc", 100)
    put(hass, "battery_power", 0)
    observer = observer_of(hass, settings())
    for minute in range(0, 120, 10):
        freezer.tick(timedelta(minutes=10))
        put(hass, "cells", 18 - minute / 100)
        battery = look(hass, observer).batteries["battery"]
        assert (battery.soc.value, battery.power_w.value, battery.voltage_v.value) == (1.0, 0, 52)
    freezer.tick(timedelta(minutes=16))
    battery = look(hass, observer).batteries["battery"]
    assert battery.soc.trouble is battery.power_w.trouble is Trouble.STALE
    put(hass, "cells", 15)
    assert look(hass, observer).batteries["battery"].soc.value == 1.0


async def test_another_device_is_no_sign_of_life_nor_is_one_that_is_gone(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    register(hass, "soc", "cells")
    register(hass, "grid", device="meter")
    observer = observer_of(hass, settings(batteries=LEVEL_ALONE))
    freezer.tick(timedelta(minutes=16))
    put(hass, "grid", 400)
    put(hass, "cells", "unavailable")
    read = look(hass, observer)
    assert read.grid_w.value == 400
    assert read.batteries["battery"].soc.trouble is Trouble.STALE


async def test_a_sibling_that_comes_later_counts_too(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    register(hass, "soc")
    observer = observer_of(hass, settings(batteries=LEVEL_ALONE))
    freezer.tick(timedelta(minutes=16))
    assert look(hass, observer).batteries["battery"].soc.trouble is Trouble.STALE
    register(hass, "uptime")
    hass.states.async_set("sensor.uptime", "17")
    assert look(hass, observer).batteries["battery"].soc.value == 0.55


async def test_a_template_of_nobodys_is_true_for_as_long_as_it_is_there(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    template = {"sensor": [{"name": "Full", "unit_of_measurement": "%", "state": "{{ 100 }}"}]}
    assert await async_setup_component(hass, "template", {"template": [template]})
    await hass.async_block_till_done()
    observer = observer_of(hass, settings(batteries={"battery": BatteryEntities(soc="sensor.full")}))
    for _ in range(3):
        freezer.tick(timedelta(hours=5))
        assert look(hass, observer).batteries["battery"].soc.value == 1.0


async def test_a_level_that_stands_while_energy_flows_is_not_fresh(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The battery's integration reports its power, and its level is stuck."""
    register(hass, "soc", "battery_power")
    observer = observer_of(
        hass, settings(batteries={"battery": BatteryEntities(soc="sensor.soc", power="sensor.battery_power")})
    )
    troubles = []
    for minute in range(60):
        freezer.tick(timedelta(minutes=1))
        put(hass, "battery_power", 3000 + minute)
        troubles.append(look(hass, observer).batteries["battery"].soc.trouble)
    assert troubles[:10] == [None] * 10
    assert troubles[-1] is Trouble.STALE


@pytest.mark.parametrize("entity_id", ["sensor.price", "input_number.price"])
async def test_a_fixed_price_never_ages(hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_id: str) -> None:
    template = {"sensor": [{"name": "Price", "unit_of_measurement": "EUR/kWh", "state": "{{ 0.31 }}"}]}
    assert await async_setup_component(hass, "template", {"template": [template]})
    hass.states.async_set("input_number.price", "0.31", {"unit_of_measurement": "EUR/kWh"})
    await hass.async_block_till_done()
    for memory in (SourceMemory(), SourceMemory()):  # the second as after a reload
        freezer.tick(timedelta(days=3))
        mapped = settings(import_price=entity_id)
        now = dt_util.utcnow()
        found = await expect(hass, mapped, observer_of(hass, mapped).observe(now), tiered(now), memory, Past())
        assert found.import_price.source is Source.ENTITY
        assert set(found.import_price.expected.tolist()) == {0.31}
        assert memory.troubles == ()


ROOF: Final[dict[str, Any]] = {
    "entities": SiteEntities(grid_power="sensor.grid", solar_power="sensor.solar"),
    "miners": {"miner": MinerEntities(), "fleet": MinerEntities()},
    "batteries": {"battery": BatteryEntities(power="sensor.battery_power")},
}


@pytest.mark.parametrize("state", ["unavailable", "unknown"])
async def test_an_inverter_asleep_gives_no_sun_and_the_house_is_known(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, state: str
) -> None:
    put(hass, "battery_power", 300)
    put(hass, "solar", state)
    day = look(hass, observer_of(hass, settings(**ROOF)))
    assert day.solar_w.trouble is day.load_w.trouble is Trouble(state)
    freezer.move_to(NIGHT)
    night = look(hass, observer_of(hass, settings(**ROOF)))
    assert (night.solar_w.value, night.load_w.value) == (0, 800)
    hass.states.async_remove("sensor.solar")
    assert look(hass, observer_of(hass, settings(**ROOF))).solar_w.trouble is Trouble.MISSING


async def test_an_inverter_that_only_makes_sun_is_not_missed_at_night_one_with_a_battery_is(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NIGHT)
    put(hass, "battery_power", 300)
    inverter = InverterEntities(solar_power="sensor.solar", export_limit="number.limit")
    put(hass, "solar", "unavailable")
    hass.states.async_set("number.limit", "unavailable", {"unit_of_measurement": "W"})
    site = settings().site
    changes: dict[str, Any] = {
        **ROOF,
        "entities": SiteEntities(grid_power="sensor.grid"),
        "inverters": {"inverter": inverter},
    }
    alone = settings(
        **changes, site=replace(site, batteries=tuple(replace(b, inverter_id=None) for b in site.batteries))
    )
    read = look(hass, observer_of(hass, alone))
    assert read.solar_w.value == 0
    assert list(read.troubles()) == []
    driving = {"battery": BatteryEntities(power="sensor.battery_power", controller="inverter")}
    read = look(hass, observer_of(hass, settings(**{**changes, "batteries": driving})))
    assert [reading.source for _, _, reading in read.troubles()] == ["number.limit"]


def hundred_miners(base: Settings) -> Settings:
    """Return a site with a hundred miners, each of three sensors."""
    miners = tuple(Miner(id=f"m{n}", name=f"M{n}", levels=(MinerLevel(3250, 110),)) for n in range(100))
    return replace(
        base,
        site=replace(base.site, miners=miners),
        miners={
            f"m{n}": MinerEntities(power=(f"sensor.p{n}",), hashrate=(f"sensor.h{n}",), temperature=(f"sensor.t{n}",))
            for n in range(100)
        },
    )


async def test_a_hundred_quiet_miners_are_asked_for_their_company_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each has a device of ten entities, of which only one that is not mapped still reports."""
    units = {"p": "W", "h": "TH/s", "t": "°C"}
    for n in range(100):
        register(hass, *(f"{kind}{n}" for kind in (*units, *"uvwxyzs")), device=f"miner {n}", source="miner")
        for kind, unit in units.items():
            hass.states.async_set(f"sensor.{kind}{n}", "50", {"unit_of_measurement": unit})
    observer = observer_of(hass, hundred_miners(settings()))
    freezer.tick(timedelta(minutes=20))
    for n in range(100):
        hass.states.async_set(f"sensor.s{n}", "1")
    with patch.object(er, "async_entries_for_device", wraps=er.async_entries_for_device) as asked:
        for _ in range(20):
            read = look(hass, observer)
    assert all(miner.power_w.value == 50 for miner in read.miners.values())
    assert asked.call_count == 100
