"""What was not said is not done: an act is parsed whole, a yes is nothing but a yes, and a door that reads only reads."""

from datetime import datetime, time, timedelta
import json
from pathlib import Path
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import conversation
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Context, Event, HomeAssistant, SupportsResponse, callback
from homeassistant.helpers import intent, llm
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist import acts, language
from custom_components.energy_orchestrator.assist.acts import Act, End
from custom_components.energy_orchestrator.assist.learned import EXAMPLE_DEVICES
from custom_components.energy_orchestrator.assist.recognise import Match, understand
from custom_components.energy_orchestrator.assist.slots import Slots
from custom_components.energy_orchestrator.assist.talk import answered
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryOverride, Override
from custom_components.energy_orchestrator.model.site import Mode
from custom_components.energy_orchestrator.services import ACTIONS
from tests.integration.house import MORNING, device_of, orchestrator_of, snapshot_of
from tests.integration.mapped_site import BATTERY_ID, MINER_ID, RACK_ID

from .conftest import TUNED_ID, Say
from .guarded import CHARGE, COMMANDS, FRAMES, HALVES, UNDO, YES, framed
from .test_corpus import told_of

pytestmark = [pytest.mark.freeze_time(MORNING), pytest.mark.timeout(300)]

ALL: Final = ("m1", "m2", "m3")
CASES: Final = next(
    (
        cases
        for folder in Path(__file__).parents
        if (cases := folder / "shared" / "cases" / "voice_guard.jsonl").exists()
    ),
    None,
)


def said(text: str, code: str = "en", before: str | None = None) -> tuple[Act, ...]:
    """Return the acts that a text does, after an offer where there was one."""
    spoken = language.load(code)
    offered = acts.whole(before, spoken, EXAMPLE_DEVICES) if before else ()
    matches = answered(text, offered, spoken, EXAMPLE_DEVICES)
    if matches is None:
        matches = understand(text, spoken, EXAMPLE_DEVICES)
    return tuple(match.act for match in matches if match.act is not None)


def stop(*devices: str, **more: Any) -> Act:
    return Act(topic="miners_stop", devices=devices or ALL, **more)


def run(*devices: str, **more: Any) -> Act:
    return Act(topic="miners_run", devices=devices or ALL, **more)


WHOLE: Final[list[tuple[str, str, tuple[Act, ...]]]] = [
    ("en", "stop everything but the s21", (stop("m2", "m3"),)),
    ("en", "pause the miners except dump load", (stop("m1", "m3"),)),
    ("en", "miners pause two hours", (stop(hours=2.0),)),
    ("en", "miners off", (stop(),)),
    ("en", "um could you please switch the s 21 and the dump load off", (stop("m1", "m2"),)),
    ("en", "stop the s21 and start the dump load", (stop("m1"), run("m2"))),
    ("en", "turn off all three miners for an hour and a half", (stop(hours=1.5),)),
    ("en", "stop mining until half past six", (stop(end=End(time(6, 30), half_day=True)),)),
    ("en", "turn off the dump load until tomorrow at noon", (stop("m2", end=End(time(12), "tomorrow")),)),
    ("en", "stop the miners for a bit", (stop(agreed=False),)),
    ("en", "turn off the miner", (stop(agreed=False),)),
    ("en", "back to normal", (Act(topic="give_back"),)),
    ("de", "Kannst du die Miner bitte eine Viertelstunde anhalten?", (stop(hours=0.25),)),
    ("de", "schalte alle Miner bis auf den S21 aus", (stop("m2", "m3"),)),
    ("de", "lass die Miner zwei Stunden aus", (stop(hours=2.0),)),
    ("de", "Lass den Dump Load bis halb sieben laufen", (run("m2", end=End(time(6, 30), half_day=True)),)),
    ("fr", "Arrête tous les mineurs sauf le dump load", (stop("m1", "m3"),)),
    ("fr", "Peux-tu éteindre le S21 jusqu'à 20 heures ?", (stop("m1", end=End(time(20))),)),
    ("es", "Para todos los mineros menos el dump load", (stop("m1", "m3"),)),
    ("es", "¿Puedes encender el S21 media hora, por favor?", (run("m1", hours=0.5),)),
    ("nl", "Zet alle miners behalve de dump load uit", (stop("m1", "m3"),)),
    ("nl", "Zou je de S21 anderhalf uur kunnen uitzetten", (stop("m1", hours=1.5),)),
    ("nl", "zet de modus op automatisch", (Act(topic="set_mode", mode=Mode.AUTOMATIC),)),
]


@pytest.mark.parametrize(("code", "text", "wanted"), WHOLE)
def test_what_is_said_whole_is_done_as_said(code: str, text: str, wanted: tuple[Act, ...]) -> None:
    assert said(text, code) == wanted


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_every_command_alone_acts_and_in_no_frame(code: str, subtests: pytest.Subtests) -> None:
    for command in COMMANDS[code]:
        assert len(said(command, code)) == 1, command
    for name, text in framed(code):
        with subtests.test(f"{name}: {text}"):
            assert not said(text, code)


PASSING_WORDS: Final = [
    *("banana", "forever", "if", "wenn", "si", "als", "never", "nie", "jamais", "nunca", "nooit", "later", "5", "80 %"),
    *(
        "morgen",
        "demain",
        "mañana",
        "not",
        "nicht",
        "pas",
        "no",
        "niet",
        "you",
        "quand",
        "warum",
        "3 kwh",
        "at 6",
        "said",
    ),
]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_word_more_is_one_too_many(data: st.DataObject) -> None:
    """Whatever is put anywhere into a command, where no list of ours accounts for it, takes the act away."""
    code = data.draw(st.sampled_from(language.LANGUAGES))
    words = data.draw(st.sampled_from(COMMANDS[code])).split()
    strange = data.draw(st.sampled_from(PASSING_WORDS) | st.text("bcdfghjkpqvwxz", min_size=4, max_size=9))
    place = data.draw(st.integers(0, len(words)))
    text = " ".join((*words[:place], strange, *words[place:]))
    meant = said(" ".join(words), code)
    for act in said(text, code):
        # A yes in the plural of languages ("si" before a Spanish command) would be one; nothing else is done beside.
        assert act in meant, text
        assert act != meant[0], text


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_a_yes_is_nothing_but_a_yes(code: str) -> None:
    (offered,) = said(CHARGE[code], code)
    for yes in YES[code]:
        assert said(yes, code, CHARGE[code]) == (offered,), yes
    for half in HALVES[code]:
        assert not said(half, code, CHARGE[code]), half
    for _, text in framed(code):
        assert not said(f"{YES[code][0]} {text}", code, CHARGE[code]), text


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_grammars_say_the_same(code: str) -> None:
    english, other = acts.load("en"), acts.load(code)
    assert other.table.keys() == english.table.keys()
    assert {*other.sentences.values()} == {*english.sentences.values()}
    assert all(other.sentences), "a sentence of nothing but politeness would be said by every greeting"


@pytest.mark.skipif(CASES is None, reason="the cases are not part of the project")
def test_the_cases() -> None:
    assert CASES is not None
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["now"] == "nothing changes":
            assert not said(case["text"], case["lang"], case["before"]), case
        elif case["before"] is None:
            assert said(case["text"], case["lang"]), case


# In Home Assistant, by every door


def standing(entry: MockConfigEntry) -> tuple[Any, ...]:
    """Return all that a word can change."""
    remembered = orchestrator_of(entry).memory.remembered
    return (
        dict(remembered.miner_overrides),
        dict(remembered.battery_overrides),
        dict(entry.options),
        {key: dict(subentry.data) for key, subentry in entry.subentries.items()},
    )


def words(entry: MockConfigEntry) -> dict[str, Override]:
    """Return the owner's words that stand, by device."""
    return {word.device_id: word for word in orchestrator_of(entry).memory.remembered.overrides.values()}


@pytest.fixture
def called(hass: HomeAssistant) -> list[str]:
    """Every service that is called, but for the questions themselves."""
    calls: list[str] = []

    @callback
    def heard(event: Event[Any]) -> None:
        if event.data["service"] not in ("ask", "explain"):
            calls.append(f"{event.data['domain']}.{event.data['service']}")

    hass.bus.async_listen(EVENT_CALL_SERVICE, heard)
    return calls


async def ask(hass: HomeAssistant, text: str, code: str, talk: str | None = None) -> dict[str, Any]:
    data = {"text": text, "language": code} | ({"conversation_id": talk} if talk else {})
    return dict(await hass.services.async_call(DOMAIN, "ask", data, blocking=True, return_response=True) or {})


async def tools(hass: HomeAssistant, code: str) -> llm.APIInstance:
    assert await async_setup_component(hass, "llm", {})
    context = llm.LLMContext(
        platform=DOMAIN, context=Context(), language=code, assistant="conversation", device_id=None
    )
    return await llm.async_get_api(hass, "assist", context)


@pytest.mark.parametrize("code", language.LANGUAGES)
async def test_no_door_does_what_was_not_said(
    hass: HomeAssistant, ranch: MockConfigEntry, say: Say, called: list[str], code: str, subtests: pytest.Subtests
) -> None:
    before = standing(ranch)
    for number, (name, frames) in enumerate(FRAMES[code].items()):
        # Each kind once: all of them are tried above, without the house.
        text = frames[0].format(COMMANDS[code][number % len(COMMANDS[code])])
        with subtests.test(f"{name}: {text}"):
            told_of(await say(text, code, f"a{number}"))
            await ask(hass, text, code)
            if code == hass.config.language:
                # Its sentences are registered in Home Assistant's own language.
                await conversation.async_converse(hass, text, None, Context(), language=code)
            assert standing(ranch) == before
    for half in HALVES[code]:
        with subtests.test(half):
            assert told_of(await say(CHARGE[code], code, f"b{half}"))["topic"] == "battery_charge"
            told_of(await say(half, code, f"b{half}"))
            assert standing(ranch) == before
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not called


@pytest.mark.parametrize("code", language.LANGUAGES)
async def test_what_only_reads_cannot_be_talked_into_acting(
    hass: HomeAssistant, ranch: MockConfigEntry, called: list[str], code: str
) -> None:
    """The bare command, by every tool that says it reads, by the default agent's sentences and by intents."""
    assert await async_setup_component(hass, "intent", {})
    before, api = standing(ranch), await tools(hass, code)
    readers = [tool for tool in api.tools if tool.annotations is not None and tool.annotations.read_only]
    assert {"energy_orchestrator__what_if", "energy_orchestrator__search_knowledge"} <= {tool.name for tool in readers}
    manager = ranch.runtime_data.assistant
    for command in COMMANDS[code][1::2]:
        for tool in (tool for tool in readers if tool.name.startswith(DOMAIN)):
            args = {str(key): "S21" if str(key) == "device" else command for key in tool.parameters.schema}
            args.pop("time", None)
            await api.async_call_tool(llm.ToolInput(tool_name=tool.name, tool_args=args))
        reply = await manager.async_ask(command, code=code, context=Context(), conversation_id="reads")
        assert not reply.pending, "what may not act has nothing to offer"
        for slots in ({"device": {"value": "S21"}}, {"day": {"value": "today"}}, {}):
            name = {"device": "Explain", "day": "Plan"}.get(next(iter(slots), ""), "Status")
            await intent.async_handle(
                hass, "test", f"EnergyOrchestrator{name}", slots, text_input=command, language=code
            )
        match = Match("miners_stop", Slots(devices=(MINER_ID,)), frozenset({"stop", "miner"}), 1.0, command)
        await manager.async_answer(match, code, context=Context(), may_act=True)
        assert standing(ranch) == before, "a topic alone is no act"
    device = device_of(hass, ranch, MINER_ID).id
    await hass.services.async_call(DOMAIN, "explain", {"device_id": device}, blocking=True, return_response=True)
    assert standing(ranch) == before
    assert not called


def test_an_action_that_acts_is_not_declared_read_only() -> None:
    assert ACTIONS["ask"].response is SupportsResponse.OPTIONAL


@pytest.mark.parametrize("code", language.LANGUAGES)
async def test_the_bare_command_acts_and_is_undone(
    hass: HomeAssistant, ranch: MockConfigEntry, say: Say, freezer: FrozenDateTimeFactory, code: str
) -> None:
    told = told_of(await say(COMMANDS[code][0], code, "a"))
    assert snapshot_of(ranch).miner_overrides.keys() == {MINER_ID}
    assert "S21" in told["answer"]
    assert datetime.fromisoformat(told["facts"]["until"]) == dt_util.utcnow() + timedelta(hours=4)
    assert told_of(await say(UNDO[code], code, "other"))["topic"] == "undo"
    assert snapshot_of(ranch).miner_overrides, "another talk's"
    told_of(await say(UNDO[code], code, "a"))
    assert not snapshot_of(ranch).miner_overrides
    await ask(hass, COMMANDS[code][0], code, "b")
    assert snapshot_of(ranch).miner_overrides.keys() == {MINER_ID}
    freezer.tick(timedelta(minutes=11))
    told_of(await say(UNDO[code], code, "b"))
    assert (await ask(hass, UNDO[code], code, "b"))["topic"] == "undo"
    assert words(ranch).keys() == {MINER_ID}, "too late"
    for number, yes in enumerate(YES[code]):
        await say(CHARGE[code], code, f"c{number}")
        assert told_of(await say(yes, code, f"c{number}"))["topic"] == "confirm"
        override = words(ranch)[BATTERY_ID]
        assert isinstance(override, BatteryOverride)
        assert override.mode is BatteryMode.CHARGE
        told_of(await say(UNDO[code], code, f"c{number}"))
        assert not orchestrator_of(ranch).memory.remembered.battery_overrides


async def test_undo_puts_back_what_stood(hass: HomeAssistant, ranch: MockConfigEntry, say: Say) -> None:
    orchestrator = orchestrator_of(ranch)
    await orchestrator.async_override_miner(RACK_ID, run=True, hours=3, power_w=1500)
    stood = standing(ranch)
    await say("stop all miners for an hour", "en", "a")
    assert not any(item.run for item in snapshot_of(ranch).miner_overrides.values())
    answer = told_of(await say("undo", "en", "a"))["answer"]
    assert all(name in answer for name in ("S21", "Dump load", "Tuned S19"))
    assert words(ranch).keys() == {RACK_ID}
    assert standing(ranch)[0] == stood[0]
    assert "nothing to undo" in told_of(await say("undo that", "en", "a"))["answer"]
    await say("pause the system", "en", "a")
    assert ranch.options["mode"] == "paused"
    await say("take that back", "en", "a")
    assert ranch.options["mode"] == "monitor"
    await say("stop the s21", "en", "a")
    await orchestrator.async_override_miner(MINER_ID, run=True, hours=1)
    assert "changed again since" in told_of(await say("undo that", "en", "a"))["answer"]
    assert snapshot_of(ranch).miner_overrides[MINER_ID].run


async def test_what_is_left_over_is_told_and_the_rest_offered(ranch: MockConfigEntry, say: Say) -> None:
    before = standing(ranch)
    told = told_of(await say("stop the s21 with a banana", "en", "a"))
    assert "with a banana" in told["answer"]
    assert "Shall I stop S21 until 14:00?" in told["answer"]
    assert standing(ranch) == before
    told_of(await say("yes", "en", "a"))
    assert snapshot_of(ranch).miner_overrides.keys() == {MINER_ID}


async def test_an_end_that_says_no_number_is_asked_back(ranch: MockConfigEntry, say: Say) -> None:
    for number, text in enumerate(
        ("stop the s21 for a while", "stop the s21 until the cows come home", "stop the s21 for 100 hours")
    ):
        told = told_of(await say(text, "en", f"a{number}"))
        assert "Shall I stop S21 until" in told["answer"]
        assert not snapshot_of(ranch).miner_overrides
    told = told_of(await say("stop the s21 until six", "en", "b"))
    assert told["facts"]["until"].startswith("2026-06-20T18:00"), "the nearer six o'clock"


async def test_a_changed_offer_is_told_back(ranch: MockConfigEntry, say: Say) -> None:
    await say("charge the battery for three hours", "en", "a")
    told = told_of(await say("yes but only for one hour", "en", "a"))
    assert "until 11:00?" in told["answer"]
    assert not snapshot_of(ranch).battery_overrides
    told_of(await say("yes", "en", "a"))
    until = snapshot_of(ranch).battery_overrides[BATTERY_ID].until
    assert until - dt_util.utcnow() == timedelta(hours=1)
    await say("start the miners", "en", "b")
    told = told_of(await say("ok but not the dump load", "en", "b"))
    assert "Dump load" not in told["answer"].split("Shall I")[1]
    told_of(await say("yes", "en", "b"))
    assert snapshot_of(ranch).miner_overrides.keys() == {MINER_ID, TUNED_ID}


async def test_a_yes_is_to_what_was_just_asked(
    ranch: MockConfigEntry, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await say("charge the battery", "en", "a")
    told_of(await say("how full is the battery", "en", "a"))
    assert told_of(await say("yes", "en", "a"))["topic"] == "unclear"
    await say("charge the battery", "en", "a")
    told_of(await say("hmm", "en", "a"))
    assert not snapshot_of(ranch).battery_overrides
    told_of(await say("yes", "en", "a"))
    assert snapshot_of(ranch).battery_overrides
    await say("hold the battery until 10:05", "en", "b")
    freezer.tick(timedelta(minutes=6))
    assert "over by now" in told_of(await say("yes", "en", "b"))["answer"]
    assert snapshot_of(ranch).battery_overrides[BATTERY_ID].mode is BatteryMode.CHARGE


async def test_a_yes_is_to_all_that_was_asked(ranch: MockConfigEntry, say: Say) -> None:
    await say("charge the battery and start the tuned s19", "en", "a")
    told_of(await say("yes", "en", "a"))
    assert snapshot_of(ranch).battery_overrides
    assert snapshot_of(ranch).miner_overrides[TUNED_ID].run


def test_frames_are_of_every_kind() -> None:
    kinds = {"condition", "report", "negation", "future", "question", "thought"}
    for code in language.LANGUAGES:
        assert kinds <= FRAMES[code].keys()
