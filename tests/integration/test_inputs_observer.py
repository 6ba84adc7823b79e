"""Observe: what mapped entities say becomes readings, and what they should not say does not."""

from dataclasses import replace
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import HealthCheck, given, settings as given_settings, strategies as st
import pytest

from custom_components.energy_orchestrator.inputs.home import observer_of
from custom_components.energy_orchestrator.mapping import BatteryEntities, InverterEntities, MinerEntities, SiteEntities
from custom_components.energy_orchestrator.model.readings import SiteReadings, Trouble
from custom_components.energy_orchestrator.model.site import Grid

from .helper_site import SENSORS, put, set_up_helpers, settings, turn
from .house import MORNING


@pytest.fixture(autouse=True)
async def _site(hass: HomeAssistant) -> None:
    await set_up_helpers(hass)


def _observe(hass: HomeAssistant, **changes: object) -> SiteReadings:
    return observer_of(hass, settings(**changes)).observe(dt_util.utcnow())


async def test_units_and_signs_are_turned_to_inside(hass: HomeAssistant) -> None:
    await turn(hass, "input_boolean.miner", "on")
    await turn(hass, "input_boolean.unit_2", "on")
    read = _observe(hass)
    battery, miner = read.batteries["battery"], read.miners["miner"]
    assert (battery.soc.value, battery.power_w.value, battery.temperature_c.value) == (0.55, 2000, 18)
    assert (read.solar_w.value, read.grid_w.value) == (4500, 500)
    assert miner.running.value == 1
    assert miner.hashrate_ths.value == pytest.approx(109)
    assert miner.power_limit_w.value == 1600
    assert read.miners["fleet"].running.value == 1
    assert read.inverters["inverter"].mode.value == "Self-use"
    # 5000 W less the measured miner and the fleet's one unit at its highest level, never below zero
    assert read.load_w.value == 0
    assert list(read.troubles()) == []


async def test_inverted_sensors_and_other_units(hass: HomeAssistant) -> None:
    put(hass, "cells", 68, unit="°F")
    mapped = settings()
    read = _observe(
        hass,
        batteries={"battery": replace(mapped.batteries["battery"], power_inverted=True)},
        entities=replace(mapped.entities, grid_power_inverted=True, load_includes_miners=False),
    )
    assert read.batteries["battery"].power_w.value == -2000
    assert read.batteries["battery"].temperature_c.value == pytest.approx(20)
    assert read.grid_w.value == -500
    assert read.load_w.value == 5000


@pytest.mark.parametrize(
    ("value", "unit", "trouble"),
    [
        ("unavailable", "%", Trouble.UNAVAILABLE),
        ("unknown", "%", Trouble.UNKNOWN),
        ("fifty", "%", Trouble.NOT_A_NUMBER),
        ("", "%", Trouble.NOT_A_NUMBER),
        ("5_5", "%", Trouble.NOT_A_NUMBER),
        ("nan", "%", Trouble.OUT_OF_RANGE),
        ("inf", "%", Trouble.OUT_OF_RANGE),
        ("1e12", "%", Trouble.OUT_OF_RANGE),
        ("-1", "%", Trouble.OUT_OF_RANGE),
        ("101", "%", Trouble.OUT_OF_RANGE),
        ("55", "V", Trouble.WRONG_UNIT),
    ],
)
async def test_a_soc_that_cannot_be_has_no_value(hass: HomeAssistant, value: str, unit: str, trouble: Trouble) -> None:
    put(hass, "soc", value, unit=unit)
    mapped = {"battery": BatteryEntities(soc="sensor.soc")}
    read = _observe(hass, batteries=mapped)
    assert read.batteries["battery"].soc.trouble is trouble
    assert read.batteries["battery"].soc.source == "sensor.soc"


async def test_an_entity_that_is_gone_is_missing(hass: HomeAssistant) -> None:
    hass.states.async_remove("sensor.grid")
    assert _observe(hass).grid_w.trouble is Trouble.MISSING


@pytest.mark.freeze_time(MORNING)  # by night a silent roof is dark
async def test_only_sensors_age(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """A sensor that was seen to say the same again is polled: when it says no more, it is dead."""
    observer = observer_of(hass, settings())
    observer.observe(dt_util.utcnow())
    freezer.tick(timedelta(minutes=1))
    reported = dt_util.utcnow()
    put(hass, "solar", 4.5)
    observer.observe(dt_util.utcnow())
    freezer.tick(timedelta(minutes=16))
    read = observer.observe(dt_util.utcnow())
    assert read.grid_w.value == 500
    assert read.solar_w.trouble is Trouble.STALE
    assert read.solar_w.at is not None
    assert read.solar_w.at <= reported
    assert read.miners["miner"].running.value == 0
    assert read.miners["miner"].power_limit_w.value == 1600
    assert read.inverters["inverter"].mode.value == "Self-use"


async def test_voltage_stands_in_for_the_soc_and_the_sensor_is_still_named(hass: HomeAssistant) -> None:
    put(hass, "soc", "unavailable")
    put(hass, "battery_power", 0)
    observer = observer_of(hass, settings())
    read = observer.observe(dt_util.utcnow())
    assert read.batteries["battery"].soc.value == pytest.approx(0.6)
    assert [(device, name, reading.source) for device, name, reading in observer.covered] == [
        ("battery", "soc", "sensor.soc")
    ]
    put(hass, "battery_power", 7000)  # discharging: the voltage sags, the battery holds more than it shows
    assert (observer.observe(dt_util.utcnow()).batteries["battery"].soc.value or 0) > 0.65
    put(hass, "battery_power", "unknown")  # the load is not known: the voltage misleads
    assert observer.observe(dt_util.utcnow()).batteries["battery"].soc.trouble is Trouble.UNAVAILABLE


async def test_a_high_voltage_pack_has_no_curve(hass: HomeAssistant) -> None:
    put(hass, "volts", 400)
    read = _observe(hass, batteries={"battery": BatteryEntities(voltage="sensor.volts")})
    assert read.batteries["battery"].soc.trouble is Trouble.OUT_OF_RANGE
    assert read.batteries["battery"].voltage_v.value == 400
    put(hass, "volts", "unavailable")
    read = _observe(hass, batteries={"battery": BatteryEntities(voltage="sensor.volts")})
    assert read.batteries["battery"].soc.trouble is Trouble.UNAVAILABLE


async def test_a_poll_of_nothing_but_zeros_is_a_glitch_until_it_lasts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    observer = observer_of(hass, settings())
    assert observer.observe(dt_util.utcnow()).batteries["battery"].soc.value == 0.55
    for name in ("soc", "volts", "battery_power", "cells"):
        put(hass, name, 0)
    read = observer.observe(dt_util.utcnow())
    assert {reading.trouble for _, _, reading in read.troubles()} == {Trouble.ZERO_GLITCH}
    assert read.grid_w.value == 500
    freezer.tick(timedelta(seconds=60))
    assert observer.observe(dt_util.utcnow()).batteries["battery"].soc.trouble is Trouble.ZERO_GLITCH
    freezer.tick(timedelta(seconds=60))
    battery = observer.observe(dt_util.utcnow()).batteries["battery"]
    assert (battery.power_w.value, battery.temperature_c.value) == (0, 0)
    assert battery.soc.trouble is Trouble.DOUBTED  # a battery does not empty in a poll
    freezer.tick(timedelta(minutes=8, seconds=1))
    assert observer.observe(dt_util.utcnow()).batteries["battery"].soc.value == 0
    assert observer.observe(dt_util.utcnow()).batteries["battery"].soc.value == 0
    put(hass, "soc", 54)
    assert observer.observe(dt_util.utcnow()).batteries["battery"].soc.value == 0.54


async def test_sun_and_grid_may_be_zero_together_but_not_the_house(hass: HomeAssistant) -> None:
    observer = observer_of(hass, settings())
    observer.observe(dt_util.utcnow())
    put(hass, "solar", 0)
    put(hass, "grid", 0)
    assert observer.observe(dt_util.utcnow()).grid_w.value == 0
    put(hass, "load", 0)
    assert observer.observe(dt_util.utcnow()).grid_w.trouble is Trouble.ZERO_GLITCH


async def test_a_miner_at_rest_may_read_zeros(hass: HomeAssistant) -> None:
    observer = observer_of(hass, settings())
    await turn(hass, "input_boolean.miner", "on")
    assert observer.observe(dt_util.utcnow()).miners["miner"].power_w.value == 3200
    put(hass, "miner_power", 0)
    put(hass, "miner_hashrate", 0)
    assert observer.observe(dt_util.utcnow()).miners["miner"].power_w.trouble is Trouble.ZERO_GLITCH
    await turn(hass, "input_boolean.miner", "off")
    assert observer.observe(dt_util.utcnow()).miners["miner"].power_w.value == 0


async def test_load_from_the_balance(hass: HomeAssistant) -> None:
    """500 W bought and 4500 W of sun, of which 2000 W go into the battery: 3000 W for house and miners."""
    put(hass, "miner_power", 1000)
    entities = SiteEntities(solar_power="sensor.solar", grid_power="sensor.grid")
    assert _observe(hass, entities=entities).load_w.value == 2000
    await turn(hass, "input_boolean.unit_1", "on")
    assert _observe(hass, entities=entities).load_w.value == 0
    put(hass, "grid", "unknown")
    read = _observe(hass, entities=entities)
    assert (read.load_w.trouble, read.load_w.source) == (Trouble.UNKNOWN, "sensor.grid")
    assert _observe(hass, entities=SiteEntities()).load_w.trouble is Trouble.NOT_MAPPED


async def test_a_miner_nobody_sees_leaves_the_house_unknown(hass: HomeAssistant) -> None:
    hass.states.async_set("input_boolean.unit_3", "unavailable")
    read = _observe(hass)
    assert read.miners["fleet"].running.trouble is Trouble.UNAVAILABLE
    assert (read.load_w.trouble, read.load_w.source) == (Trouble.UNAVAILABLE, "input_boolean.unit_3")


async def test_a_unit_that_is_away_does_not_hide_the_others(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    for unit in (1, 2, 3):
        await turn(hass, f"input_boolean.unit_{unit}", "on")
    observer = observer_of(hass, settings())
    observer.observe(dt_util.utcnow())
    hass.states.async_set("input_boolean.unit_3", "unavailable")
    assert observer.observe(dt_util.utcnow()).miners["fleet"].running.value == 3
    assert [(key, read.source) for key, _, read in observer.covered] == [("fleet", "input_boolean.unit_3")]
    freezer.tick(settings().grace + timedelta(minutes=1))
    assert observer.observe(dt_util.utcnow()).miners["fleet"].running.value == 2
    await turn(hass, "input_boolean.unit_3", "on")
    assert observer.observe(dt_util.utcnow()).miners["fleet"].running.value == 3
    assert observer.covered == ()


async def test_inverters_make_the_sites_sun_where_it_has_none(hass: HomeAssistant) -> None:
    inverters = {"inverter": InverterEntities(solar_power="sensor.solar")}
    read = _observe(hass, entities=SiteEntities(), inverters=inverters)
    assert read.solar_w.value == 4500
    put(hass, "solar", -0.02)
    assert _observe(hass, entities=SiteEntities(), inverters=inverters).solar_w.value == 0


async def test_off_grid_imports_nothing(hass: HomeAssistant) -> None:
    site = replace(settings().site, grid=Grid(connected=False))
    assert _observe(hass, site=site, entities=SiteEntities()).grid_w.value == 0


async def test_one_switch_for_a_whole_group(hass: HomeAssistant) -> None:
    await turn(hass, "input_boolean.unit_1", "on")
    miners = {**settings().miners, "fleet": MinerEntities(switches=("input_boolean.unit_1",))}
    assert _observe(hass, miners=miners).miners["fleet"].running.value == 3


@given(
    name=st.sampled_from(sorted(SENSORS)),
    value=st.one_of(st.text(max_size=60), st.floats().map(str), st.integers().map(str)),
    unit=st.one_of(st.sampled_from(["%", "W", "kW", "TW", "V", "°C", "°F", "TH/s", "EH/s", ""]), st.text(max_size=5)),
)
@given_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_a_state_says_readings_stay_possible(
    hass: HomeAssistant, name: str, value: str, unit: str
) -> None:
    hass.states.async_set(f"sensor.{name}", value[:255], {"unit_of_measurement": unit})
    read = _observe(hass)
    battery, miner = read.batteries["battery"], read.miners["miner"]
    limits = [
        (battery.soc, 0, 1),
        (battery.power_w, -15000, 15000),
        (battery.voltage_v, 0, 1500),
        (battery.temperature_c, -50, 150),
        (read.solar_w, 0, 31000),
        (read.load_w, 0, 1e6),
        (read.grid_w, -1e6, 1e6),
        (miner.power_w, 0, 7000),
        (miner.hashrate_ths, 0, 331),
    ]
    for reading, low, high in limits:
        assert reading.value is None or low <= reading.value <= high
    put(hass, name, SENSORS[name][1])


async def test_observing_is_quick(hass: HomeAssistant) -> None:
    from time import perf_counter

    observer = observer_of(hass, settings())
    now = dt_util.utcnow()
    begin = perf_counter()
    for _ in range(100):
        observer.observe(now)
    assert (perf_counter() - begin) / 100 < 0.002
