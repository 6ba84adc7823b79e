"""Each new snapshot of a site, told to every browser that looks at it.

A message is made in the executor and once for all who read one language; what many snapshots share, the plan, once for
them all. Snapshots that come while one is being made are told as the last of them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.json import json_bytes
from homeassistant.util.hass_dict import HassKey
import orjson

from ..assist import wording
from ..const import DOMAIN, LOGGER
from ..loop.orchestrator import Orchestrator
from ..loop.snapshot import Planned, Snapshot
from ..runtime import EnergyConfigEntry
from .shown import moment_shown, plan_shown, registered, site_shown

type Send = Callable[[bytes], None]

FEEDS: Final[HassKey[dict[str, Feed]]] = HassKey(f"{DOMAIN}_feeds")
REMOVED: Final = "removed"


@dataclass(slots=True)
class _Reader:
    """A browser that looks at a site: how it is told, in which language, and what it was told last."""

    send: Send
    language: str
    told: bytes | None = None

    def tell(self, message: bytes | None) -> None:
        """Tell what is new to it."""
        if message is not None and message != self.told:
            self.told = message
            self.send(message)


class Feed:
    """The messages of one site. They outlive its reload: who subscribed is told of its next life too."""

    def __init__(self, hass: HomeAssistant, entry: EnergyConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._readers: dict[object, _Reader] = {}
        self._orchestrator: Orchestrator | None = None
        self._leave_loop: CALLBACK_TYPE | None = None
        self._leave_entries = async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed)
        self._messages: dict[str, bytes] = {}
        self._plan: tuple[Planned, bytes] | None = None
        self._making = False
        self._stale = True
        self._removed = False
        self._follow()

    @callback
    def add(self, send: Send, language: str) -> CALLBACK_TYPE:
        """Tell a browser how things stand and of each new snapshot; return what ends that."""
        self._readers[key := object()] = reader = _Reader(send, wording.code_of(language))
        if not self._stale and reader.language in self._messages:
            reader.tell(self._messages[reader.language])
        else:
            self._changed()

        @callback
        def leave() -> None:
            self._readers.pop(key, None)
            if not self._readers:
                self._end()

        return leave

    def _end(self) -> None:
        self._leave_entries()
        if self._leave_loop is not None:
            self._leave_loop()
        self._hass.data[FEEDS].pop(self._entry.entry_id, None)

    @callback
    def _entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.entry_id == self._entry.entry_id:
            self._removed = change is ConfigEntryChange.REMOVED
            self._follow()
            self._changed()

    @callback
    def _follow(self) -> None:
        """Listen to the loop that runs now; a reload brings another."""
        running = self._entry.runtime_data.orchestrator if self._entry.state is ConfigEntryState.LOADED else None
        if running is self._orchestrator:
            return
        if self._leave_loop is not None:
            self._leave_loop()
        self._orchestrator = running
        self._leave_loop = running.async_add_listener(self._changed) if running else None

    @callback
    def _changed(self) -> None:
        self._stale = True
        if not self._making and self._readers:
            self._making = True
            self._hass.async_create_background_task(self._async_tell(), f"{DOMAIN} cards", eager_start=False)

    async def _async_tell(self) -> None:
        try:
            while self._stale and self._readers:
                self._stale = False
                languages = {reader.language for reader in self._readers.values()}
                self._messages = await self._async_made(languages)
                for reader in list(self._readers.values()):
                    # Who came meanwhile with another language has set it stale, and is told in the next round.
                    reader.tell(self._messages.get(reader.language))
        except Exception:  # noqa: BLE001 - a card that stands still must not end the others' messages
            LOGGER.exception("What the cards of %s show could not be told", self._entry.title)
        finally:
            self._making = False

    async def _async_made(self, languages: Collection[str]) -> dict[str, bytes]:
        site = site_shown(self._entry, registered(self._hass, self._entry))
        if self._removed or self._orchestrator is None:
            return dict.fromkeys(languages, json_bytes(site | ({"state": REMOVED} if self._removed else {})))
        return await self._hass.async_add_executor_job(self._made, self._orchestrator.data, site, languages)

    def _made(self, snapshot: Snapshot, site: Mapping[str, Any], languages: Collection[str]) -> dict[str, bytes]:
        plan = orjson.Fragment(self._plan_json(snapshot))
        return {
            language: json_bytes(moment_shown(snapshot, site, wording.load(language), plan)) for language in languages
        }

    def _plan_json(self, snapshot: Snapshot) -> bytes:
        if snapshot.planned is None:
            return b"null"
        if self._plan is None or self._plan[0] is not snapshot.planned:
            self._plan = (snapshot.planned, json_bytes(plan_shown(snapshot)))
        return self._plan[1]


@callback
def feed_of(hass: HomeAssistant, entry: EnergyConfigEntry) -> Feed:
    """Return the site's feed, a new one for its first reader."""
    feeds = hass.data.setdefault(FEEDS, {})
    if (feed := feeds.get(entry.entry_id)) is None:
        feed = feeds[entry.entry_id] = Feed(hass, entry)
    return feed
