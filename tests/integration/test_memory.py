"""What outlives a restart is written in time."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop.memory import Memory


async def test_asking_often_does_not_put_the_writing_off(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    memory = Memory(hass, "site")
    for written in (False, False, True):
        memory.async_schedule_save()
        freezer.tick(timedelta(seconds=25))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert (f"{DOMAIN}.site" in hass_storage) is written
    hass_storage.clear()
    memory.async_schedule_save()
    freezer.tick(timedelta(seconds=61))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.site" in hass_storage
