"""Hands in Home Assistant: the only file that changes a device."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HassJob, HomeAssistant, State, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..model.seen import Seen
from .audit import EVENT_COMMAND, AuditEntry
from .hands import Call, Issue


class HomeHands:
    """Calls Home Assistant's actions, and remembers which states came of that."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._contexts: deque[str] = deque(maxlen=256)

    def now(self) -> datetime:
        """Return the moment."""
        return dt_util.utcnow()

    def look(self, entity_id: str) -> State | None:
        """Return an entity's state."""
        return self._hass.states.get(entity_id)

    async def call(self, call: Call) -> None:
        """Call an action. Raises whatever the device's integration does; it goes on where nobody waits any longer."""
        context = Context()
        self._contexts.append(context.id)
        called = self._hass.async_create_task(
            self._hass.services.async_call(
                call.domain,
                call.service,
                {**call.data, ATTR_ENTITY_ID: [*call.targets]},
                blocking=True,
                context=context,
            )
        )
        called.add_done_callback(_heard)
        await asyncio.wait((called,))
        called.result()

    def ours(self, seen: Seen) -> bool:
        """Whether a state has the context of one of our calls."""
        return not {seen.context.id, seen.context.parent_id}.isdisjoint(self._contexts)

    def later(self, delay: timedelta, act: Callable[[], None]) -> Callable[[], None]:
        """Act after a while, but not any more once Home Assistant stops."""

        @callback
        def due(_: datetime) -> None:
            act()

        return async_call_later(self._hass, delay.total_seconds(), HassJob(due, cancel_on_shutdown=True))

    def tell(self, issue: Issue) -> None:
        """Raise a repair issue."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue.id,
            is_fixable=issue.fixable,
            is_persistent=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=issue.key,
            translation_placeholders={**issue.fills},
        )

    def clear(self, issue_id: str) -> None:
        """Delete a repair issue."""
        ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    def told(self, issue_id: str) -> bool:
        """Whether a repair issue is there; confirming its fix flow deletes it."""
        return ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id) is not None


def _heard(called: asyncio.Task[object]) -> None:
    """Take note of what came of a call, for who waited for it may be gone."""
    if not called.cancelled():
        called.exception()


def as_events(hass: HomeAssistant) -> Callable[[AuditEntry], None]:
    """Return what tells Home Assistant of an entry of the audit log."""
    return lambda entry: hass.bus.async_fire(EVENT_COMMAND, entry.as_json())
