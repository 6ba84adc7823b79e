"""What outlives a restart: ledger of the day, overrides, audit log, what sources said last, what is learned from."""

from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..control.audit import Audit
from ..control.home import as_events
from ..inputs.memory import SourceMemory
from ..learning.past import Past
from ..model.codec import decode, encode
from .snapshot import Remembered

VERSION = 1
SAVE_DELAY_S = 60


class Memory:
    """One entry's store. A file that cannot be read is set aside by starting afresh; nothing is switched by that."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store: Store[dict[str, Any]] = Store(hass, VERSION, f"{DOMAIN}.{entry_id}")
        self.remembered = Remembered()
        self.audit = Audit(as_events(hass))
        self.sources = SourceMemory()
        self.past = Past()
        self._save_due = False

    async def async_load(self) -> None:
        """Read what the last run left."""
        stored = await self._store.async_load()
        if stored is None:
            return
        try:
            self.remembered = decode(Remembered, stored["remembered"])
            self.audit.load(stored["audit"])
        except KeyError, TypeError, ValueError:
            LOGGER.warning("The stored day cannot be read; starting it afresh", exc_info=True)
        try:
            self.sources = SourceMemory.from_json(stored.get("sources", {}), dt_util.utcnow())
        except AttributeError, KeyError, TypeError, ValueError:
            LOGGER.warning("What sources said last cannot be read; they are asked afresh", exc_info=True)
        try:
            self.past = Past.from_json(stored.get("past", {}), dt_util.utcnow())
        except AttributeError, KeyError, OverflowError, TypeError, ValueError:
            LOGGER.warning("The stored past cannot be read; learning begins anew", exc_info=True)

    @callback
    def async_schedule_save(self) -> None:
        """Write within a minute: to ask the store again would put it off again, and this is asked every few seconds."""
        if not self._save_due:
            self._save_due = True
            self._store.async_delay_save(self._data, SAVE_DELAY_S)

    async def async_save(self) -> None:
        """Write now."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        self._save_due = False
        return {
            "remembered": encode(self.remembered),
            "audit": self.audit.as_json(),
            "sources": self.sources.as_json(),
            "past": self.past.as_json(),
        }
