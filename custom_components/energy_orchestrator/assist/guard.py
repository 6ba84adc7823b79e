"""The gate: everything said that changes a device, a mode, an override or a setting passes here, and nothing else does.

An act is done only where it was parsed whole (`acts.py`) or a person has said yes to exactly it, by a door that may act,
of devices exposed to the assistant, for somebody who may control them. What is nearly an act is told why it is none.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.const import Platform
from homeassistant.helpers import entity_registry as er

from .. import permission
from ..const import CONF_MODE, DOMAIN
from . import commands
from .acts import LASTING, Act
from .question import Answer, Question, Undo
from .topics import ROUTES, Route

_MOST_REST: Final = 60


async def carry_out(question: Question) -> Answer:
    """Do an act, or ask back. Raises `Unauthorized` where whoever asks may not control what it moves."""
    act = question.match.act
    if act is None or not question.may_act:
        return question.told().say("only_answers").answer()
    if act.topic in LASTING and not act.devices:
        kind = question.wording.texts[f"kind_{act.topic.partition('_')[0].removesuffix('s')}"]
        return question.told().say("no_device", kind=kind).answer()
    await permission.async_check(question.hass, question.context, _moved(question, act))
    if (entity := _hidden(question, act)) is not None:
        return question.told().say("not_exposed", entity=entity).answer()
    if act.until is not None and act.until <= question.now:
        return question.told().say("offer_over").answer()
    before = commands.standing(question)
    answer = await commands.DEEDS[act.topic](question, act)
    after = commands.standing(question)
    if before == after:
        return answer
    # What is undone leaves nothing to undo.
    return replace(answer, undo=Undo(after if act.topic == "undo" else before, after, question.now))


async def not_done(question: Question) -> Answer:
    """Say why something that sounds like an act is none; what is left of it where the rest is harmless is offered."""
    nearly, told = question.match.nearly, question.told()
    if nearly is None:
        return told.say("unclear").answer()
    if nearly.frame is not None:
        return told.say(f"held_{nearly.frame.value}").answer()
    rest = "".join(char for char in nearly.rest if char.isalnum() or char in " '.:")[:_MOST_REST].strip()
    if rest:
        told.say("held_rest", rest=rest)
    if nearly.act is None:
        return (told if rest else told.say("unclear")).answer()
    said = told.answer()
    offer = await carry_out(replace(question, match=replace(question.match, act=replace(nearly.act, agreed=False))))
    spoken, shown = (
        f"{first} {then}".strip() for first, then in ((said.spoken, offer.spoken), (said.spoken, offer.shown))
    )
    return replace(offer, spoken=spoken, shown=shown, facts={**said.facts, **offer.facts})


def _moved(question: Question, act: Act) -> permission.Moved:
    """Return what an act moves."""
    orchestrator = question.orchestrator
    if act.topic == "plan_now":
        return permission.of_planning(orchestrator)
    if act.mode is not None:
        return permission.of_mode(orchestrator, act.mode)
    if act.topic != "undo":
        return permission.of_devices(orchestrator, act.devices or None)
    changed = permission.of_devices(orchestrator, commands.undone_devices(question))
    undo = question.undo if _undoes_mode(question, act) else None
    return [*changed, *(permission.of_mode(orchestrator, undo.before.mode) if undo else ())]


def _undoes_mode(question: Question, act: Act) -> bool:
    undo = question.undo if act.topic == "undo" else None
    return undo is not None and undo.before.mode is not undo.after.mode


def _hidden(question: Question, act: Act) -> str | None:
    """Return the entity that is not exposed to the assistant and without which an act is not done.

    A miner needs its run switch exposed, everything else the site's mode; planning again changes nothing by itself.
    """
    if act.topic == "plan_now":
        return None
    miners = {miner.id for miner in question.snapshot.settings.site.miners}
    devices = commands.undone_devices(question) if act.topic == "undo" else act.devices
    if act.topic == "give_back" and not devices:
        devices = tuple(miners)
    wanted = [(Platform.SWITCH, f"{device}_run") for device in devices if device in miners]
    if not wanted or not {*devices} <= miners or _undoes_mode(question, act):
        wanted.append((Platform.SELECT, f"{question.orchestrator.config_entry.entry_id}_{CONF_MODE}"))
    registry = er.async_get(question.hass)
    for platform, unique_id in wanted:
        entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
        if entity_id is None or not async_should_expose(question.hass, question.assistant, entity_id):
            return entity_id or unique_id
    return None


ANSWERS: Final[Mapping[str, Callable[[Question], Awaitable[Answer]]]] = {
    **{topic: carry_out for topic, route in ROUTES.items() if route is Route.COMMAND and topic != "cancel"},
    "not_done": not_done,
}
"""Every topic that acts, and what is nearly one."""
