"""Who may do what by word: through every agent, action, intent and tool the same as through the devices themselves."""

from typing import Any, Final

from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.components import conversation
from homeassistant.components.conversation import ConversationResult
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import intent, llm
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist import commands, wording
from custom_components.energy_orchestrator.assist.acts import Act
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.llm import TOOLS
from custom_components.energy_orchestrator.model.site import Mode
from tests.integration.house import MORNING, entity_id_of, snapshot_of
from tests.integration.mapped_site import BATTERY_ID, MINER_ID, RACK_ID
from tests.integration.users import MAY_ALL, READER, async_user, async_user_of

from .conftest import NAMES, TUNED_ID
from .test_corpus import told_of

pytestmark = pytest.mark.freeze_time(MORNING)

STOP: Final = {
    "en": "pause the miners for two hours",
    "de": "pausiere die miner für zwei stunden",
    "fr": "mets les mineurs en pause pendant deux heures",
    "es": "pausa los mineros durante dos horas",
    "nl": "pauzeer de miners voor twee uur",
}
DEVICES: Final = {"miners": (MINER_ID,), "battery": (BATTERY_ID,)}


def standing(entry: MockConfigEntry) -> tuple[Any, ...]:
    """Return all that a word can change."""
    snapshot = snapshot_of(entry)
    return dict(snapshot.miner_overrides), dict(snapshot.battery_overrides), dict(entry.options), id(snapshot.plan)


async def speak(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    text: str,
    by: Context,
    language: str = "en",
    conversation_id: str | None = None,
) -> ConversationResult:
    """Speak to the site's agent as a user."""
    agent = entity_id_of(hass, "conversation", entry.entry_id, "manager")
    return await conversation.async_converse(hass, text, conversation_id, by, language=language, agent_id=agent)


def refusal(language: str, *names: str) -> str:
    """Return what a user is told who may not control devices."""
    words = wording.load(language)
    return words.say("not_allowed", names=words.joined(names))


@pytest.mark.parametrize("language", STOP)
async def test_a_reader_is_told_so(hass: HomeAssistant, ranch: MockConfigEntry, language: str) -> None:
    before, reader = standing(ranch), await async_user(hass, READER)
    told = told_of(await speak(hass, ranch, STOP[language], reader, language))
    assert told["topic"] == "miners_stop"
    assert told["answer"] == refusal(language, NAMES[MINER_ID], NAMES[RACK_ID], NAMES[TUNED_ID])
    assert standing(ranch) == before
    await speak(hass, ranch, STOP[language], await async_user(hass, MAY_ALL[-1]), language)
    assert standing(ranch) != before


@pytest.mark.parametrize("topic", sorted(commands.DEEDS.keys() - {"undo"}))
async def test_no_command_is_left_to_readers(hass: HomeAssistant, ranch: MockConfigEntry, topic: str) -> None:
    before, reader = standing(ranch), await async_user(hass, READER)
    mode = Mode.PAUSED if topic == "set_mode" else None
    act = Act(topic=topic, devices=DEVICES.get(topic.partition("_")[0], ()), mode=mode)
    answer = await ranch.runtime_data.assistant.async_act(act, code="en", context=reader, assistant="conversation")
    assert "You may not control" in answer.spoken
    assert answer.pending is None, "nobody is asked back what would be refused"
    assert standing(ranch) == before
    user = await async_user(hass, MAY_ALL[-1])
    answer = await ranch.runtime_data.assistant.async_act(act, code="en", context=user, assistant="conversation")
    assert "You may not control" not in answer.spoken


async def test_nobody_undoes_what_they_may_not_control(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    by = await async_user(hass, MAY_ALL[-1])
    await speak(hass, ranch, "stop the S21", by, conversation_id="a")
    user = await hass.auth.async_get_user(by.user_id or "")
    assert user
    await hass.auth.async_update_user(user, group_ids=[GROUP_ID_READ_ONLY])
    told = told_of(await speak(hass, ranch, "undo that", by, conversation_id="a"))
    assert told["answer"] == refusal("en", NAMES[MINER_ID])
    assert MINER_ID in snapshot_of(ranch).miner_overrides


async def test_the_action_ask(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    before, reader = standing(ranch), await async_user(hass, READER)

    async def ask(text: str, by: Context) -> str:
        told: Any = await hass.services.async_call(
            DOMAIN, "ask", {"text": text, "conversation_id": "x"}, blocking=True, return_response=True, context=by
        )
        return str(told["answer"])

    assert await ask("stop the S21", reader) == refusal("en", "S21")
    assert await ask("charge the battery for two hours", reader) == refusal("en", "House battery")
    assert "You may not" in await ask("switch to automatic", reader)
    await ask("yes", reader)
    assert "62 percent" in await ask("how full is the battery", reader)
    assert standing(ranch) == before
    await ask("stop the S21", await async_user(hass, MAY_ALL[0]))
    assert snapshot_of(ranch).miner_overrides.keys() == {MINER_ID}


async def test_all_or_nothing(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    run = entity_id_of(hass, "switch", MINER_ID, "run")
    some = await async_user_of(hass, {run, "switch.miner_a", "number.miner_a_limit"})
    told = told_of(await speak(hass, ranch, STOP["en"], some))
    assert told["answer"] == refusal("en", NAMES[RACK_ID], NAMES[TUNED_ID])
    assert not snapshot_of(ranch).miner_overrides
    await speak(hass, ranch, "stop the S21", some)
    assert snapshot_of(ranch).miner_overrides.keys() == {MINER_ID}
    assert NAMES[BATTERY_ID] in told_of(await speak(hass, ranch, "back to the plan", some))["answer"]


async def test_nobody_says_yes_for_another(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    user, reader = await async_user(hass, MAY_ALL[-1]), await async_user(hass, READER)
    asked = await speak(hass, ranch, "start the tuned s19 for one hour", user, conversation_id="a")
    assert asked.continue_conversation
    for other in (reader, await async_user(hass, MAY_ALL[-1]), Context()):
        await speak(hass, ranch, "yes", other, conversation_id="a")
        assert not snapshot_of(ranch).miner_overrides
    await speak(hass, ranch, "yes", user, conversation_id="a")
    assert snapshot_of(ranch).miner_overrides[TUNED_ID].run


async def test_a_right_taken_away_meanwhile(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    by = await async_user(hass, MAY_ALL[-1])
    await speak(hass, ranch, "start the tuned s19 for one hour", by, conversation_id="a")
    user = await hass.auth.async_get_user(by.user_id or "")
    assert user
    await hass.auth.async_update_user(user, group_ids=[GROUP_ID_READ_ONLY])
    told = told_of(await speak(hass, ranch, "yes", by, conversation_id="a"))
    assert told["answer"] == refusal("en", NAMES[TUNED_ID])
    assert not snapshot_of(ranch).miner_overrides
    await hass.auth.async_remove_user(user)
    told = told_of(await speak(hass, ranch, "stop the miners", by, conversation_id="a"))
    assert told["answer"] == refusal("en", "Ranch")
    assert not snapshot_of(ranch).miner_overrides


async def test_the_default_agent(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    """Its sentences of ours only ask; what it hands on keeps its user."""
    before, reader = standing(ranch), await async_user(hass, READER)
    for text in ("what's my battery level", "stop the miners", "why is S21 off and stop the S21"):
        await conversation.async_converse(hass, text, None, reader, language="en")
    assert standing(ranch) == before


async def test_intents_only_tell(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "intent", {})
    await hass.async_block_till_done()
    before, reader = standing(ranch), await async_user(hass, READER)
    ours = [handler for handler in intent.async_get(hass) if handler.intent_type.startswith("EnergyOrchestrator")]
    assert len(ours) == 3
    for handler in ours:
        slots = {"device": {"value": "S21"}} if "device" in {str(key) for key in handler.slot_schema or {}} else {}
        response = await intent.async_handle(
            hass, "test", handler.intent_type, slots, context=reader, assistant="conversation"
        )
        assert response.speech["plain"]["speech"]
    assert standing(ranch) == before


ARGUMENTS: Final[dict[str, list[dict[str, Any]]]] = {
    "get_status": [{}],
    "get_plan": [{}],
    "explain": [{"device": "S21"}],
    "what_if": [{"question": "tomorrow is cloudy"}, {"question": "? Stop the miners"}, {"question": "stop the S21"}],
    "search_knowledge": [{"query": "stop the miners"}],
    "override": [{"device": "S21", "action": action, "hours": 1} for action in ("run", "stop", "give_back")],
}


async def test_tools(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "llm", {})

    async def call(by: Context, name: str, **args: Any) -> Any:
        context = llm.LLMContext(platform=DOMAIN, context=by, language="en", assistant="conversation", device_id=None)
        api = await llm.async_get_api(hass, "assist", context)
        result: Any = await api.async_call_tool(llm.ToolInput(tool_name=f"{DOMAIN}__{name}", tool_args=args))
        return getattr(result, "data", result)

    assert {f"{DOMAIN}__{name}" for name in ARGUMENTS} == {tool.name for tool in TOOLS}
    await call(Context(), "override", device="Dump load", action="stop")
    await hass.async_block_till_done(wait_background_tasks=True)  # the plan follows the word
    before, reader = standing(ranch), await async_user(hass, READER)
    for name, calls in ARGUMENTS.items():
        for args in calls:
            told = await call(reader, name, **args)
            assert told
            assert name != "override" or told["answer"] == refusal("en", "S21")
            assert standing(ranch) == before, args
    await call(await async_user(hass, MAY_ALL[-1]), "override", device="S21", action="stop")
    assert MINER_ID in snapshot_of(ranch).miner_overrides
