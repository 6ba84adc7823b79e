"""What a loaded config entry holds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry

from .loop.orchestrator import Orchestrator

if TYPE_CHECKING:
    from .assist.manager import Manager
    from .simulation.running import Simulation


@dataclass(slots=True)
class Runtime:
    """The site's loop, its voice and, for a simulated site, the running plant."""

    orchestrator: Orchestrator
    assistant: Manager
    simulation: Simulation | None = None


type EnergyConfigEntry = ConfigEntry[Runtime]
