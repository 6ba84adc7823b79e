"""Selects of the site: the mode, which is what turns control on, and the strategy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import permission
from .const import CONF_MODE, CONF_STRATEGY
from .entity import EnergyEntity, async_add_described, async_add_simulated
from .model.site import Mode, Strategy
from .runtime import EnergyConfigEntry
from .settings import Settings
from .views import SITE, SiteView

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class EnergySelectDescription(SelectEntityDescription):
    """A select by the option it stores under its key."""

    current_fn: Callable[[Settings], Mode | Strategy]


SELECTS: Final = {
    SITE: (
        EnergySelectDescription(
            key=CONF_MODE,
            translation_key=CONF_MODE,
            options=[mode.value for mode in Mode],
            current_fn=lambda settings: settings.mode,
        ),
        EnergySelectDescription(
            key=CONF_STRATEGY,
            translation_key=CONF_STRATEGY,
            options=[strategy.value for strategy in Strategy],
            entity_category=EntityCategory.CONFIG,
            current_fn=lambda settings: settings.site.strategy,
        ),
    )
}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the site's selects."""
    async_add_described(entry, async_add_entities, EnergySelect, SELECTS)
    async_add_simulated(entry, Platform.SELECT, async_add_entities)


class EnergySelect(EnergyEntity[SiteView], SelectEntity):
    """An option of the site."""

    entity_description: EnergySelectDescription

    @property
    @override
    def current_option(self) -> str:
        """The option as it is set."""
        return self.entity_description.current_fn(self.coordinator.settings).value

    @override
    async def async_select_option(self, option: str) -> None:
        """Store the option; it holds at once. Whoever changes the mode moves more than this entity."""
        if self.entity_description.key == CONF_MODE:
            await self.async_check(permission.of_mode(self.coordinator, Mode(option)))
        await self.coordinator.async_set_option(self.entity_description.key, option)
        self.async_write_ha_state()
