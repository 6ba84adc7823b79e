"""What outlives a restart: ledger of the day, overrides, audit log, what sources said last, what is learned from."""

from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..control.audit import Audit, AuditEntry
from ..control.home import as_events
from ..inputs.memory import SourceMemory
from ..learning.past import Past
from ..model.codec import encode
from ..model.plausible import plausible
from ..model.salvage import salvaged
from ..stores import async_read, store_of
from .clock import after_a_pause
from .snapshot import Remembered

SAVE_DELAY_S = 60
EVERYTHING: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDay:
    """What is stored and read back field by field; sources and past have their own ways."""

    remembered: Remembered = field(default_factory=Remembered)
    audit: tuple[AuditEntry, ...] = ()


class Memory:
    """One entry's store. What of it is damaged is forgotten alone, and named; nothing is switched by that."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store = store_of(hass, entry_id)
        self.remembered = Remembered()
        self.audit = Audit(as_events(hass))
        self.sources = SourceMemory()
        self.past = Past()
        self.damaged: tuple[str, ...] = ()
        """Where what the last run left could not be read (`remembered.ledger.at`); empty where all could."""
        self._save_due = False

    async def async_load(self) -> None:
        """Read what the last run left."""
        stored, readable = await async_read(self._store)
        if not stored:
            self.damaged = () if readable else (EVERYTHING,)
            return
        now = dt_util.utcnow()
        day, damaged = salvaged(StoredDay, stored, plausible(now))
        self.remembered = after_a_pause(day.remembered, now)
        self.audit.load(day.audit)
        self.sources, lost = SourceMemory.salvaged(stored.get("sources"), now)
        damaged = (*damaged, *(f"sources.{name}" for name in lost))
        try:
            self.past = Past.from_json(stored.get("past", {}), now)
        except ArithmeticError, AttributeError, KeyError, TypeError, ValueError:
            LOGGER.warning("The stored past cannot be read; learning begins anew")
            damaged = (*damaged, "past")
        if damaged:
            LOGGER.warning("Some of what was stored cannot be read; starting it afresh: %s", ", ".join(damaged))
        self.damaged = damaged

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
