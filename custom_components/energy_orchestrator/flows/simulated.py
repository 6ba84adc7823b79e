"""A ready-made simulated site: one choice, and everything of it is there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import TextSelector
from homeassistant.util.ulid import ulid_now

from .. import const as c
from ..settings import grid_data
from ..simulation.series import SeriesError, read_series
from ..simulation.sites import SITES, SimulatedSite
from ..simulation.stored import devices_of
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
    stored_under = {device.id: ulid_now() for device in simulated.site.devices}
    return [
        ConfigSubentryDataWithId(
            subentry_id=stored_under[device.id],
            subentry_type=device.subentry_type,
            title=device.title,
            unique_id=device.id,
            data=device.data,
        )
        for device in devices_of(simulated, stored_under)
    ]
