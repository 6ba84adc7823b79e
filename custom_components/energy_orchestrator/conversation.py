"""The site's conversation agent: the manager's voice in Assist."""

from collections.abc import Mapping
from typing import Any, Final, Literal, override

from homeassistant.components import conversation
from homeassistant.components.conversation import (
    AssistantContent,
    ChatLog,
    ConversationEntity,
    ConversationEntityFeature,
    ConversationInput,
    ConversationResult,
    async_get_agent_info,
)
from homeassistant.components.conversation.agent_manager import async_get_agent
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .assist.manager import Manager, Reply
from .const import CONF_FALLBACK_AGENT
from .entity import EnergyEntity
from .runtime import EnergyConfigEntry
from .views import SiteView

PARALLEL_UPDATES = 0

AGENT: Final = EntityDescription(key="manager", translation_key="manager")


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the site's agent."""
    async_add_entities([EnergyAgent(entry, entry.runtime_data.assistant)])


class EnergyAgent(EnergyEntity[SiteView], ConversationEntity):
    """Answers about energy; what is not goes to the agent the owner named."""

    _attr_supported_features = ConversationEntityFeature.CONTROL

    def __init__(self, entry: EnergyConfigEntry, manager: Manager) -> None:
        super().__init__(entry, None, AGENT)
        self._manager = manager

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Any: those it has no words for are answered in English."""
        return MATCH_ALL

    @override
    async def async_prepare(self, language: str | None = None) -> None:
        """Read the language's words before they are needed."""
        await self._manager.async_prepare(language or self.hass.config.language)

    @override
    async def _async_handle_message(self, user_input: ConversationInput, chat_log: ChatLog) -> ConversationResult:
        reply = await self._manager.async_ask(
            user_input.text,
            code=user_input.language,
            context=user_input.context,
            conversation_id=chat_log.conversation_id,
            may_act=True,
        )
        if reply.off_topic and (agent := self._fallback(user_input)) is not None:
            return await conversation.async_converse(
                self.hass,
                user_input.text,
                chat_log.conversation_id,
                user_input.context,
                user_input.language,
                agent,
                user_input.device_id,
                user_input.satellite_id,
                user_input.extra_system_prompt,
            )
        chat_log.async_add_assistant_content_without_tools(
            AssistantContent(agent_id=user_input.agent_id, content=reply.spoken)
        )
        return ConversationResult(
            response=_response(reply, user_input.language, self.entry_title),
            conversation_id=chat_log.conversation_id,
            continue_conversation=reply.asks,
        )

    @property
    def entry_title(self) -> str:
        """The site's name."""
        return self.coordinator.config_entry.title

    def _fallback(self, user_input: ConversationInput) -> str | None:
        """Return the agent for everything else; never one of ours, for that would go round in circles."""
        agent: str | None = self.coordinator.config_entry.options.get(CONF_FALLBACK_AGENT)
        if not agent or agent in (self.entity_id, user_input.agent_id):
            return None
        ours = isinstance(async_get_agent(self.hass, agent), EnergyAgent)
        return None if ours or async_get_agent_info(self.hass, agent) is None else agent


def _response(reply: Reply, language: str, title: str) -> intent.IntentResponse:
    """Return the response: the short text to speak, the long one with its sources as a card."""
    response = intent.IntentResponse(language=language)
    response.response_type = intent.IntentResponseType.QUERY_ANSWER
    told: Mapping[str, Any] = reply.told()
    response.async_set_speech(reply.spoken, extra_data=told)
    response.async_set_card(title, reply.shown)
    return response
