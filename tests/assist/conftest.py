"""A ranch with the names people use, up and planned, and its agent."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.components.conversation import ConversationResult
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import DOMAIN
from tests.integration.conftest import *  # noqa: F403 - the same fixtures
from tests.integration.house import async_set_up_house, entity_id_of
from tests.integration.mapped_site import (
    BATTERY,
    BATTERY_ID,
    INVERTER,
    INVERTER_ID,
    MINER,
    MINER_ID,
    RACK,
    RACK_ID,
    SITE,
)

TUNED_ID: Final = "01J0TUNED00000000000000000"
NAMES: Final = {
    BATTERY_ID: "House battery",
    INVERTER_ID: "Hybrid",
    MINER_ID: "S21",
    RACK_ID: "Dump load",
    TUNED_ID: "Tuned S19",
}
TUNED: Final[dict[str, Any]] = {
    "count": 1,
    "levels": [{"power_w": 1600.0, "hashrate_ths": 64.0}],
    "priority": 3,
    "switches": ["switch.tuned"],
}

__all__ = ["replace"]


def ranch_entry(**options: Any) -> MockConfigEntry:
    """Return the entry of the mapped site with the ranch's names and a third miner."""
    devices = (
        ("inverter", INVERTER_ID, INVERTER),
        ("battery", BATTERY_ID, BATTERY),
        ("miner", MINER_ID, MINER),
        ("miner", RACK_ID, RACK),
        ("miner", TUNED_ID, TUNED),
    )
    return MockConfigEntry(
        domain=DOMAIN,
        title="Ranch",
        data=SITE,
        options=options,
        subentries_data=[
            ConfigSubentryDataWithId(data=data, subentry_id=key, subentry_type=kind, title=NAMES[key], unique_id=None)
            for kind, key, data in devices
        ],
    )


@pytest.fixture
async def ranch(hass: HomeAssistant) -> MockConfigEntry:
    """Set up the ranch: planned, in monitor mode, its mode exposed to Assist."""
    assert await async_setup_component(hass, "homeassistant", {})
    hass.config.currency = "EUR"
    hass.states.async_set("switch.tuned", "off")
    entry = await async_set_up_house(hass, ranch_entry())
    from homeassistant.components.homeassistant.exposed_entities import async_expose_entity

    async_expose_entity(hass, "conversation", entity_id_of(hass, "select", entry.entry_id, "mode"), should_expose=True)
    return entry


type Say = Callable[..., Awaitable[ConversationResult]]


@pytest.fixture
def say(hass: HomeAssistant, ranch: MockConfigEntry) -> Say:
    """Speak to the ranch's agent through Home Assistant's conversation."""
    agent = entity_id_of(hass, "conversation", ranch.entry_id, "manager")

    async def _say(text: str, language: str = "en", conversation_id: str | None = None) -> ConversationResult:
        return await conversation.async_converse(
            hass, text, conversation_id, Context(), language=language, agent_id=agent
        )

    return _say
