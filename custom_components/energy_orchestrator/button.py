"""The buttons: plan now, and end what stands over the plan for a device."""

from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from . import permission
from .const import SUBENTRY_BATTERY, SUBENTRY_MINER
from .entity import EnergyEntity, async_add_described
from .runtime import EnergyConfigEntry
from .services import async_plan_now
from .views import SITE, SiteView, View

PARALLEL_UPDATES = 1

_END = (ButtonEntityDescription(key="end_override", translation_key="end_override"),)
BUTTONS: Final = {
    SITE: (ButtonEntityDescription(key="plan_now", translation_key="plan_now"),),
    SUBENTRY_BATTERY: _END,
    SUBENTRY_MINER: _END,
}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the site's button, and one of each battery and miner."""

    def button(
        entry: EnergyConfigEntry, subentry: ConfigSubentry | None, description: ButtonEntityDescription
    ) -> ButtonEntity:
        return (EndOverrideButton if subentry else PlanNowButton)(entry, subentry, description)

    async_add_described(entry, async_add_entities, button, BUTTONS)


class PlanNowButton(EnergyEntity[SiteView], ButtonEntity):
    """Plans now."""

    @override
    async def async_press(self) -> None:
        """Run a whole cycle; say so where it brings no plan."""
        await async_plan_now(self.coordinator)


class EndOverrideButton(EnergyEntity[View], ButtonEntity):
    """Gives a device back to the plan, where a word of its owner's or a hand at the device took it from that."""

    @property
    @override
    def available(self) -> bool:
        """There is something to end."""
        return super().available and self.view.override is not None

    @override
    async def async_press(self) -> None:
        """End the word in force; those of later stay."""
        await self.async_check(permission.of_devices(self.coordinator, (self.device_id,)))
        words, now = self.coordinator.memory.remembered.overrides, dt_util.utcnow()
        await self.coordinator.overrides.async_end(
            {key for key, word in words.items() if word.device_id == self.device_id and word.holds(now)}
        )
