"""The messages that cards send: which sites there are, how one stands from now on, why a slot is planned, what if.

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

from .. import permission, services
from ..assist import wording
from ..calls import SPANS
from ..const import DOMAIN
from ..model.whatif import WhatIf
from ..runtime import EnergyConfigEntry
from .feed import feed_of
from .shown import both_shown, registered, site_shown, slot_shown

type Message = dict[str, Any]

_SITE: Final[dict[Any, Any]] = {vol.Optional("entry_id"): str}
_SPANS: Final = SPANS["simulate"]
_LANGUAGE: Final[dict[Any, Any]] = {vol.Optional("language", default="en"): str}


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Have Home Assistant's websocket know them."""
    for command in (ws_sites, ws_subscribe, ws_slot, ws_what_if):
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


def _within(key: str) -> Any:
    return vol.All(vol.Coerce(float), vol.Range(_SPANS[key].least, _SPANS[key].most))


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/what_if",
        **_SITE,
        vol.Optional("solar_percent", default=100): _within("solar_percent"),
        vol.Optional("load_percent", default=100): _within("load_percent"),
        vol.Optional("extra_load_w", default=0): _within("extra_load_w"),
        vol.Optional("price_offset", default=0): _within("price_offset"),
        vol.Optional("reserve_soc"): _within("reserve_soc"),
        vol.Optional("miners_off", default=list): [str],
    }
)
@async_response
async def ws_what_if(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
    """Answer as the action `simulate` does, with both plans' slots; it takes as long as two plans."""
    if (entry := _entry(hass, connection, msg)) is None:
        return
    if entry.state is not ConfigEntryState.LOADED:
        connection.send_error(msg["id"], ERR_NOT_FOUND, "The site is not running")
        return
    orchestrator = entry.runtime_data.orchestrator
    changes = WhatIf(
        solar_factor=msg["solar_percent"] / 100,
        load_factor=msg["load_percent"] / 100,
        extra_load_w=msg["extra_load_w"],
        price_offset=msg["price_offset"],
        reserve_soc=msg["reserve_soc"] / 100 if "reserve_soc" in msg else None,
        miners_off=frozenset(msg["miners_off"]),
    )
    present, changed = await orchestrator.questions.async_simulate(changes)
    told = services.compared(present, changed, orchestrator.settings)
    slots = await hass.async_add_executor_job(both_shown, present, changed)
    connection.send_result(msg["id"], {**told, "slots": slots})


def _moment(epoch: float) -> datetime | None:
    try:
        return dt_util.utc_from_timestamp(epoch)
    except OverflowError, ValueError, OSError:
        return None
