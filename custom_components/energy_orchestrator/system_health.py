"""System health: the sites, what they are set to do, how their last plans came about, and the solver."""

from importlib.metadata import version
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .loop.snapshot import Snapshot
from .runtime import EnergyConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register what the system information page shows."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[EnergyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    snapshots = {entry.title: entry.runtime_data.orchestrator.data for entry in entries}
    return {
        "sites": len(snapshots),
        "modes": _joined({site: snapshot.settings.mode.value for site, snapshot in snapshots.items()}),
        "plans": _joined({site: _last_plan(snapshot) for site, snapshot in snapshots.items()}),
        "solver": await hass.async_add_executor_job(_solver),
    }


def _joined(by_site: dict[str, str]) -> str:
    return ", ".join(f"{site}: {text}" for site, text in by_site.items())


def _last_plan(snapshot: Snapshot) -> str:
    if snapshot.plan is None:
        return snapshot.failure or "none yet"
    minutes = (dt_util.utcnow() - snapshot.plan.created).total_seconds() / 60
    told = f"{snapshot.plan.status.value}, {minutes:.0f} min ago"
    return f"{told}, since then {snapshot.failure}" if snapshot.failure else told


def _solver() -> str:
    return f"HiGHS {version('highspy')}"
