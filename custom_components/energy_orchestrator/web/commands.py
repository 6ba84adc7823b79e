"""The messages that cards send: which sites there are, how one stands from now on, and why a slot is planned as it is.

They only tell. What changes something goes by the actions and entities that anyone uses, and is checked there.
"""

from datetime import datetime
from typing import Any, Final

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_NOT_FOUND
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.components.websocket_api.messages import construct_event_message
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .. import permission
from ..assist import wording
from ..const import DOMAIN
from ..runtime import EnergyConfigEntry
from .feed import feed_of
from .shown import registered, site_shown, slot_shown

type Message = dict[str, Any]

_SITE: Final[dict[Any, Any]] = {vol.Optional("entry_id"): str}
_LANGUAGE: Final[dict[Any, Any]] = {vol.Optional("language", default="en"): str}


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Have Home Assistant's websocket know them."""
    for command in (ws_sites, ws_subscribe, ws_slot):
        async_register_command(hass, command)


def _entry(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> EnergyConfigEntry | None:
    """Return the site asked for, or the only one; without it tell so. Raises `Unauthorized`."""
    entries = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
        if msg.get("entry_id") in (None, entry.entry_id)
    ]
    if len(entries) != 1:
        problem = "There are several sites: name one by its entry_id" if entries else "There is no such site"
        connection.send_error(msg["id"], ERR_NOT_FOUND, problem)
        return None
    permission.check_read(hass, connection.user, entries[0].entry_id)
    return entries[0]


@websocket_command({vol.Required("type"): f"{DOMAIN}/sites"})
@callback
def ws_sites(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
    """Answer with the sites that the user may read."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
    may = [entry for entry in entries if permission.may_read(hass, connection.user, entry.entry_id)]
    connection.send_result(msg["id"], [site_shown(entry, registered(hass, entry)) for entry in may])


@websocket_command({vol.Required("type"): f"{DOMAIN}/subscribe", **_SITE, **_LANGUAGE})
@callback
def ws_subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
    """Tell how a site stands, now and with each new snapshot, over its reloads too."""
    if (entry := _entry(hass, connection, msg)) is None:
        return
    connection.send_result(msg["id"])

    def send(event: bytes, iden: int = msg["id"]) -> None:
        connection.send_message(construct_event_message(iden, event))

    connection.subscriptions[msg["id"]] = feed_of(hass, entry).add(send, msg["language"])


@websocket_command(
    {vol.Required("type"): f"{DOMAIN}/slot", vol.Required("at"): vol.Coerce(float), **_SITE, **_LANGUAGE}
)
@async_response
async def ws_slot(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
    """Answer with what each device does in the plan's slot of a moment (seconds since 1970), and why; else with null."""
    if (entry := _entry(hass, connection, msg)) is None:
        return
    told = None
    if entry.state is ConfigEntryState.LOADED:
        words = await hass.async_add_executor_job(wording.load, msg["language"])
        if (at := _moment(msg["at"])) is not None:
            told = slot_shown(entry.runtime_data.orchestrator.data, at, words)
    connection.send_result(msg["id"], told)


def _moment(epoch: float) -> datetime | None:
    try:
        return dt_util.utc_from_timestamp(epoch)
    except OverflowError, ValueError, OSError:
        return None
