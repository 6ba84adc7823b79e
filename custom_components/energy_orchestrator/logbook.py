"""The logbook's words for commands: what was done to which entity, why, and what came of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.logbook.const import LOGBOOK_ENTRY_ENTITY_ID, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN
from .control.audit import EVENT_COMMAND, Outcome

_OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.PENDING: "sent",
    Outcome.CONFIRMED: "confirmed",
    Outcome.FAILED: "failed",
    Outcome.BLOCKED: "not possible",
    Outcome.NOT_SENT: "not sent: monitor mode",
    Outcome.SEEN: "seen, not ours",
}


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None]
) -> None:
    """Teach the logbook our one event."""
    async_describe_event(DOMAIN, EVENT_COMMAND, _describe)


@callback
def _describe(event: Event) -> dict[str, str]:
    data: Mapping[str, Any] = event.data
    outcome = _OUTCOMES.get(data["outcome"], data["outcome"])
    problem = f" ({_words(data['problem'])})" if data.get("problem") else ""
    return {
        LOGBOOK_ENTRY_NAME: "Energy Orchestrator",
        LOGBOOK_ENTRY_MESSAGE: f"{_words(data['command'])}: {_words(data['reason'])}, {outcome}{problem}",
        LOGBOOK_ENTRY_ENTITY_ID: data["entity_id"],
    }


def _words(code: str) -> str:
    return code.replace("_", " ")
