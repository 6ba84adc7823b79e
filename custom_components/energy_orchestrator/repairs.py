"""Fix flows of the repair issues. Issues about readings clear themselves; one about a refused command can be retried."""

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.core import HomeAssistant


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Confirming that the device is in order deletes the issue, and with it the dispatcher tries again."""
    return ConfirmRepairFlow()
