"""Fix flows of the repair issues.

Issues about readings clear themselves; one about a refused command can be retried; a mistyped name in a document can be
put right.
"""

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant

from .library import ISSUE_PREFIX, library_of


class KnowledgeRepairFlow(ConfirmRepairFlow):
    """Puts one name for another in a document, once the owner agrees."""

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Change the line; the issue goes with the mistake. A line that has changed meanwhile stays as it is."""
        if user_input is None:
            return await super().async_step_confirm()
        library, data = library_of(self.hass), self.data or {}
        fixed = library is not None and await library.async_fix(
            str(data["file"]), int(data["line"] or 0), str(data["old"]), str(data["new"])
        )
        return self.async_create_entry(data={}) if fixed else self.async_abort(reason="changed")


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of an issue.

    For a refused command, confirming that the device is in order deletes the issue, and with it the dispatcher tries
    again.
    """
    return KnowledgeRepairFlow() if issue_id.startswith(ISSUE_PREFIX) else ConfirmRepairFlow()
