"""A site mapped to helpers of Home Assistant itself, for tests of inputs and control."""

from datetime import timedelta
from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.energy_orchestrator.mapping import BatteryEntities, InverterEntities, MinerEntities, SiteEntities
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.site import Battery, Grid, Inverter, Miner, MinerLevel, Mode, Site
from custom_components.energy_orchestrator.settings import Panels, Settings

LEVELS = (MinerLevel(1600, 60), MinerLevel(3250, 110))
OPTIONS = {
    BatteryMode.SELF_CONSUMPTION: "Self-use",
    BatteryMode.CHARGE: "Force charge",
    BatteryMode.DISCHARGE: "Force discharge",
}
SENSORS = {
    "soc": ("%", 55),
    "volts": ("V", 52),
    "battery_power": ("W", -2000),
    "cells": ("°C", 18),
    "solar": ("kW", 4.5),
    "load": ("W", 5000),
    "grid": ("W", 500),
    "miner_power": ("W", 3200),
    "miner_hashrate": ("GH/s", 109000),
}


async def set_up_helpers(hass: HomeAssistant) -> None:
    """Bring up what is switched and set, and let every sensor report."""
    assert await async_setup_component(hass, "homeassistant", {})
    numbers: dict[str, Any] = {
        "charge_power": {"min": 0, "max": 8000, "step": 100, "unit_of_measurement": "W", "initial": 0},
        "discharge_power": {"min": 0, "max": 8, "step": 0.1, "unit_of_measurement": "kW", "initial": 8},
        "export_limit": {"min": 0, "max": 10000, "step": 1, "unit_of_measurement": "W", "initial": 10000},
        "limit_1": {"min": 1000, "max": 4000, "step": 50, "unit_of_measurement": "W", "initial": 1600},
        "limit_2": {"min": 1000, "max": 4000, "step": 50, "unit_of_measurement": "W", "initial": 1600},
    }
    assert await async_setup_component(hass, "input_number", {"input_number": numbers})
    switches = {name: {"initial": False} for name in ("miner", "unit_1", "unit_2", "unit_3")}
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": switches})
    modes = {"work_mode": {"options": list(OPTIONS.values()), "initial": "Self-use"}}
    assert await async_setup_component(hass, "input_select", {"input_select": modes})
    for name, (unit, value) in SENSORS.items():
        put(hass, name, value, unit=unit)
    await hass.async_block_till_done()


def put(hass: HomeAssistant, name: str, value: object, *, unit: str | None = None) -> None:
    """Let a sensor report a value, as its integration would."""
    attributes = {"unit_of_measurement": unit or SENSORS[name][0]}
    hass.states.async_set(f"sensor.{name}", str(value), attributes)


def settings(**changes: Any) -> Settings:
    """Return the mapped site, changed where said."""
    battery = Battery(
        id="battery", name="Battery", capacity_wh=14000, max_charge_w=7000, max_discharge_w=7000, inverter_id="inverter"
    )
    miner = Miner(id="miner", name="Miner", levels=LEVELS, min_run_h=0.5, min_pause_h=0.25)
    fleet = Miner(id="fleet", name="Fleet", levels=LEVELS, count=3, min_run_h=0.5, min_pause_h=0.25)
    base: dict[str, Any] = {
        "site": Site(
            name="Home",
            currency="EUR",
            time_zone="Europe/Berlin",
            grid=Grid(max_import_w=15000, max_export_w=10000),
            batteries=(battery,),
            inverters=(Inverter(id="inverter", name="Inverter", ac_limit_w=10000),),
            miners=(miner, fleet),
        ),
        "entities": SiteEntities(solar_power="sensor.solar", load_power="sensor.load", grid_power="sensor.grid"),
        "batteries": {
            "battery": BatteryEntities(
                soc="sensor.soc",
                voltage="sensor.volts",
                power="sensor.battery_power",
                temperature="sensor.cells",
                controller="inverter",
            )
        },
        "inverters": {
            "inverter": InverterEntities(
                work_mode="input_select.work_mode",
                work_mode_options=OPTIONS,
                charge_power="input_number.charge_power",
                discharge_power="input_number.discharge_power",
                export_limit="input_number.export_limit",
            )
        },
        "miners": {
            "miner": MinerEntities(
                switches=("input_boolean.miner",),
                power_limits=("input_number.limit_1",),
                power=("sensor.miner_power",),
                hashrate=("sensor.miner_hashrate",),
            ),
            "fleet": MinerEntities(switches=tuple(f"input_boolean.unit_{n}" for n in (1, 2, 3))),
        },
        "import_price": 0.3,
        "export_price": 0.08,
        "hashprice": 0.05,
        "panels": Panels(peak_w=9000, tilt=35, azimuth=180),
        "load_profile_w": (500.0,),
        "mode": Mode.AUTOMATIC,
        "interval": timedelta(minutes=5),
        "stale_after": timedelta(minutes=15),
        "grace": timedelta(minutes=10),
        "override": timedelta(hours=4),
    }
    return Settings(**{**base, **changes})


async def turn(hass: HomeAssistant, entity_id: str, to: str) -> None:
    """Switch a helper, as somebody does it in Home Assistant."""
    somebody = await hass.auth.async_create_user("Somebody", group_ids=[GROUP_ID_ADMIN])
    context = Context(user_id=somebody.id)
    await hass.services.async_call(
        "input_boolean", f"turn_{to}", {"entity_id": entity_id}, blocking=True, context=context
    )
