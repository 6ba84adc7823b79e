"""Sentences that any agent understands: registered with Home Assistant while the site is loaded."""

from functools import partial

from hassil import RecognizeResult
from homeassistant.components.conversation import ConversationInput
from homeassistant.components.conversation.agent_manager import get_agent_manager

from . import language
from .manager import Manager


async def async_register(manager: Manager) -> None:
    """Register the core questions of every language; they are taken back when the site is unloaded."""
    hass = manager.hass
    spoken = [
        await hass.async_add_executor_job(language.load, code)
        for code in dict.fromkeys((hass.config.language.split("-", maxsplit=1)[0], language.FALLBACK))
    ]
    names = "|".join(_plain(device.name) for device in manager.devices() if _plain(device.name))
    sentences = [
        trigger.replace("{device}", f"({names})")
        for words in spoken
        for trigger in words.triggers
        if names or "{device}" not in trigger
    ]
    manager.orchestrator.config_entry.async_on_unload(
        get_agent_manager(hass).register_trigger(list(dict.fromkeys(sentences)), partial(_answer, manager))
    )


def _plain(name: str) -> str:
    """Return a name without what hassil's templates give a meaning to."""
    return " ".join("".join(char if char.isalnum() else " " for char in name).split())


# They are questions, all of them: what is heard by this door changes nothing.
async def _answer(manager: Manager, heard: ConversationInput, _: RecognizeResult) -> str | None:
    reply = await manager.async_ask(
        heard.text, code=heard.language, context=heard.context, conversation_id=heard.conversation_id
    )
    return reply.spoken
