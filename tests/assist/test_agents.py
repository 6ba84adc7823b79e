"""The same for every agent: sentence triggers, intents, language model tools, actions, and the agent for the rest."""

from typing import Any

from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, intent, llm
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import CONF_FALLBACK_AGENT, DOMAIN
from tests.integration.house import device_of, entity_id_of, snapshot_of
from tests.integration.mapped_site import BATTERY_ID, MINER_ID

from .conftest import Say
from .test_corpus import told_of


async def default_agent(hass: HomeAssistant, text: str) -> str:
    """Ask Home Assistant's own agent."""
    result = await conversation.async_converse(hass, text, None, Context(), language="en")
    return str(result.response.speech["plain"]["speech"])


async def test_the_default_agent_understands_the_core_questions(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    assert "62 percent" in await default_agent(hass, "what's my battery level")
    assert "S21" in await default_agent(hass, "why is S21 off")
    assert "Dump load" in await default_agent(hass, "should we run the miners tonight")
    assert "S21" not in await default_agent(hass, "why is the kitchen light off")


async def test_sentences_go_with_the_site(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    manager = conversation.agent_manager.get_agent_manager(hass)
    assert manager.trigger_sentences
    assert await hass.config_entries.async_unload(ranch.entry_id)
    assert not manager.trigger_sentences


async def test_intents(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "intent", {})
    await hass.async_block_till_done()

    async def handle(name: str, **slots: Any) -> str:
        response = await intent.async_handle(
            hass, "test", name, {key: {"value": value} for key, value in slots.items()}, assistant="conversation"
        )
        return str(response.speech["plain"]["speech"])

    assert "62 percent" in await handle("EnergyOrchestratorStatus")
    assert "tomorrow" in await handle("EnergyOrchestratorPlan", day="tomorrow")
    assert "S21" in await handle("EnergyOrchestratorExplain", device="s21")
    with pytest.raises(intent.IntentHandleError):
        await handle("EnergyOrchestratorExplain", device="toaster")


async def tools(hass: HomeAssistant) -> llm.APIInstance:
    """Return what a language model is offered."""
    assert await async_setup_component(hass, "llm", {})
    context = llm.LLMContext(
        platform=DOMAIN, context=Context(), language="en", assistant="conversation", device_id=None
    )
    return await llm.async_get_api(hass, "assist", context)


async def test_tools(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    api = await tools(hass)
    ours = {tool.name: tool for tool in api.tools if tool.name.startswith(f"{DOMAIN}__")}
    assert ours.keys() == {
        f"{DOMAIN}__{name}" for name in ("get_status", "get_plan", "explain", "what_if", "search_knowledge", "override")
    }
    for name, tool in ours.items():
        assert tool.annotations is not None
        assert tool.annotations.read_only is (name != f"{DOMAIN}__override")

    async def call(name: str, **args: Any) -> Any:
        result: Any = await api.async_call_tool(llm.ToolInput(tool_name=f"{DOMAIN}__{name}", tool_args=args))
        return getattr(result, "data", result)

    assert (await call("get_status"))["overview"]["facts"]["soc"] == 62
    plan = snapshot_of(ranch).plan
    assert plan
    assert (await call("get_plan"))["cost"]["total"] == pytest.approx(plan.cost.total, abs=1e-3)
    assert (await call("explain", device="S21"))["route"] == "explain"
    assert "cost_changed" in (await call("what_if", question="tomorrow is cloudy"))["facts"]
    assert "answer" in await call("search_knowledge", query="minimum soc")
    await call("override", device="S21", action="stop", hours=2)
    assert not snapshot_of(ranch).miner_overrides[MINER_ID].run
    await call("override", device="S21", action="give_back")
    assert not snapshot_of(ranch).miner_overrides
    for device in ("House battery", "toaster"):
        with pytest.raises(HomeAssistantError):
            await call("override", device=device, action="run")
    async_expose_entity(hass, "conversation", entity_id_of(hass, "switch", MINER_ID, "run"), should_expose=False)
    assert "may not" in (await call("override", device="S21", action="run"))["answer"]
    assert not snapshot_of(ranch).miner_overrides


async def test_nothing_exposed_offers_no_tools(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    for entity in er.async_entries_for_config_entry(er.async_get(hass), ranch.entry_id):
        async_expose_entity(hass, "conversation", entity.entity_id, should_expose=False)
    api = await tools(hass)
    assert not [tool for tool in api.tools if tool.name.startswith(DOMAIN)]


async def test_actions(hass: HomeAssistant, ranch: MockConfigEntry) -> None:
    async def call(name: str, **data: Any) -> dict[str, Any]:
        return dict(await hass.services.async_call(DOMAIN, name, data, blocking=True, return_response=True) or {})

    told = await call("ask", text="Wie voll ist die Batterie?", language="de", conversation_id="x")
    assert told["route"] == "status"
    assert told["facts"]["soc"] == 62
    assert "Prozent" in told["answer"]
    assert told["sources"]
    assert (await call("ask", text="ist das gut?", language="de", conversation_id="x"))["topic"] == "judge"
    both = await call("ask", text="how full is the battery and when do the miners start")
    assert [both["topic"], *(also["topic"] for also in both["also"])] == ["battery_level", "miner_start"]
    told = await call("explain", device_id=device_of(hass, ranch, MINER_ID).id, time="17:00:00")
    assert told["route"] == "explain"
    assert "17:00" in told["answer"]
    told = await call("explain", device_id=device_of(hass, ranch, BATTERY_ID).id)
    assert "House battery" in told["answer"]


async def test_the_rest_goes_to_the_agent_the_owner_named(
    hass: HomeAssistant, ranch: MockConfigEntry, say: Say
) -> None:
    agent = entity_id_of(hass, "conversation", ranch.entry_id, "manager")
    assert "only know about energy" in told_of(await say("tell me a joke"))["answer"]
    for mine in (agent, "conversation.gone"):
        hass.config_entries.async_update_entry(ranch, options={**ranch.options, CONF_FALLBACK_AGENT: mine})
        await hass.async_block_till_done(wait_background_tasks=True)
        assert "only know about energy" in told_of(await say("tell me a joke"))["answer"]
    other = conversation.HOME_ASSISTANT_AGENT
    hass.config_entries.async_update_entry(ranch, options={**ranch.options, CONF_FALLBACK_AGENT: other})
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await say("tell me a joke")
    assert "energy" not in result.response.speech["plain"]["speech"]
    assert told_of(await say("how full is the battery"))["facts"]["soc"] == 62
