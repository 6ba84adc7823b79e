"""The button that plans now."""

from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import EnergyEntity, async_add_described
from .runtime import EnergyConfigEntry
from .services import async_plan_now
from .views import SITE, SiteView

PARALLEL_UPDATES = 1

BUTTONS: Final = {SITE: (ButtonEntityDescription(key="plan_now", translation_key="plan_now"),)}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the site's button."""
    async_add_described(entry, async_add_entities, PlanNowButton, BUTTONS)


class PlanNowButton(EnergyEntity[SiteView], ButtonEntity):
    """Plans now."""

    @override
    async def async_press(self) -> None:
        """Run a whole cycle; say so where it brings no plan."""
        await async_plan_now(self.coordinator)
