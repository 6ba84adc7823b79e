"""A ready-made simulated site: one choice, and everything of it is there."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import TextSelector
from homeassistant.util.ulid import ulid_now

from .. import const as c
from ..settings import Device, battery_data, grid_data, inverter_data, miner_data
from ..simulation.series import SeriesError, read_series
from ..simulation.sites import SITES, SimulatedSite
from .forms import FieldProblem, Form, needed, optional, options


def simulated_form() -> Form:
    """Return the choice of site, and of a recorded series to replay on it."""
    return Form(
        {
            needed(c.CONF_SIMULATED_SITE): options("simulated_site", SITES),
            optional(c.CONF_SIMULATION_SERIES): TextSelector(),
        }
    )


async def async_simulated_data(hass: HomeAssistant, values: Mapping[str, Any]) -> dict[str, Any] | FieldProblem:
    """Return the data of an entry for a simulated site, or what is wrong with the choice."""
    simulated = SITES[values[c.CONF_SIMULATED_SITE]]
    data = {c.CONF_SIMULATED_SITE: simulated.key, **grid_data(simulated.site.grid)}
    if name := values.get(c.CONF_SIMULATION_SERIES):
        path = Path(hass.config.path(name))
        try:
            await hass.async_add_executor_job(read_series, path)
        except SeriesError as err:
            return FieldProblem(c.CONF_SIMULATION_SERIES, "series_unreadable", {"problem": str(err)})
        data[c.CONF_SIMULATION_SERIES] = str(path)
    return data


def simulated_devices(simulated: SimulatedSite) -> list[ConfigSubentryDataWithId]:
    """Return the site's devices as subentries. Their unique ids are the ids the simulated site gives them."""
    site = simulated.site
    devices: list[Device] = [*site.inverters, *site.batteries, *site.miners]
    stored_under = {device.id: ulid_now() for device in devices}

    def _device(kind: str, device: Device, data: Mapping[str, Any]) -> ConfigSubentryDataWithId:
        return ConfigSubentryDataWithId(
            subentry_id=stored_under[device.id],
            subentry_type=kind,
            title=device.name,
            unique_id=device.id,
            data=data,
        )

    return [
        *(_device(c.SUBENTRY_INVERTER, inverter, inverter_data(inverter)) for inverter in site.inverters),
        *(
            _device(
                c.SUBENTRY_BATTERY,
                battery,
                battery_data(replace(battery, inverter_id=stored_under.get(battery.inverter_id or ""))),
            )
            for battery in site.batteries
        ),
        *(_device(c.SUBENTRY_MINER, miner, miner_data(miner)) for miner in site.miners),
    ]
