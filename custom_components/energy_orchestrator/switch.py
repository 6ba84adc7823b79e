"""The run switch of a miner: it shows what is measured, and turning it is the owner's word over the plan."""

from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import permission, telling
from .const import SUBENTRY_MINER
from .entity import EnergyEntity, async_add_described, async_add_simulated
from .runtime import EnergyConfigEntry
from .views import MinerView

PARALLEL_UPDATES = 1

SWITCHES: Final = {SUBENTRY_MINER: (SwitchEntityDescription(key="run", translation_key="run"),)}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a run switch for every miner or group."""
    async_add_described(entry, async_add_entities, RunSwitch, SWITCHES)
    async_add_simulated(entry, Platform.SWITCH, async_add_entities)


class RunSwitch(EnergyEntity[MinerView], SwitchEntity):
    """Whether a miner runs."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it, or any unit of its group, is measured as running."""
        return self.view.running

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """How many units run, and until when the owner's word stands."""
        view = self.view
        override_ = view.override
        return {
            "units_running": view.units_running,
            "override_until": telling.local_iso(override_.until) if override_ else None,
        }

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Have it run for the option's override time."""
        await self._async_override(run=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Have it stand for the option's override time."""
        await self._async_override(run=False)

    async def _async_override(self, *, run: bool) -> None:
        await self.async_check(permission.of_devices(self.coordinator, (self.device_id,)))
        hours = self.coordinator.settings.override.total_seconds() / 3600
        await self.coordinator.async_override_miner(self.device_id, run=run, hours=hours)
