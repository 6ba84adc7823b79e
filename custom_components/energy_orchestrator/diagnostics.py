"""Diagnostics: what was set, measured, expected, planned and done. `script/replay` plans the same problem from it."""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_ELEVATION, CONF_LATITUDE, CONF_LOCATION, CONF_LONGITUDE
from homeassistant.core import HomeAssistant

from .loop.snapshot import Snapshot
from .model.codec import Json, encode, plan_to_json, problem_to_json
from .runtime import EnergyConfigEntry

TO_REDACT: Final = {CONF_ELEVATION, CONF_LATITUDE, CONF_LOCATION, CONF_LONGITUDE}
LAST_COMMANDS: Final = 200


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: EnergyConfigEntry) -> dict[str, Any]:
    """Return the site's diagnostics, plain JSON throughout."""
    orchestrator = entry.runtime_data.orchestrator
    return {
        "settings": async_redact_data(
            {
                "data": dict(entry.data),
                "options": dict(entry.options),
                "devices": {
                    subentry.subentry_id: {
                        "type": subentry.subentry_type,
                        "title": subentry.title,
                        "data": dict(subentry.data),
                    }
                    for subentry in entry.subentries.values()
                },
            },
            TO_REDACT,
        ),
        **await hass.async_add_executor_job(_cycle, orchestrator.data),
        "audit": orchestrator.memory.audit.as_json()[-LAST_COMMANDS:],
    }


def _cycle(snapshot: Snapshot) -> dict[str, Json]:
    plan = snapshot.plan
    return {
        "mode": snapshot.settings.mode.value,
        "failure": snapshot.failure,
        "readings": encode(snapshot.readings),
        "forecasts": encode(snapshot.forecasts),
        "problem": problem_to_json(plan.problem) if plan else None,
        "plan": plan_to_json(plan) if plan else None,
        "baseline": encode(snapshot.baseline),
        "decisions": encode(snapshot.decisions),
        "overrides": encode(snapshot.remembered.overrides),
        "drives": encode(snapshot.drives),
        "found": encode(snapshot.found),
        "ledger": encode(snapshot.ledger),
    }
