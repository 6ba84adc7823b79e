"""The manager: hears an utterance, decides what it means, answers. Deterministic, offline, the same for every agent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
import inspect
from typing import Any, Final

from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.util import dt as dt_util

from .. import settings
from ..loop.orchestrator import Orchestrator
from ..permission import NotAllowedError
from . import acts, explain, forecasts, guard, history, language, overrides, planning, rules, status, what_if, wording
from .acts import Act
from .learned import learned
from .question import Answer, Question, Undo
from .recognise import EXACT, Match, read_as, understand
from .slots import PAST, NamedDevice, Slots
from .talk import Talks, Turn, answered, follow
from .topics import ROUTES, Route

# Characters after which an utterance is not one.
TOO_LONG: Final = 2000
# Who hears, where nobody is named: what is exposed to Assist is what may be moved.
ASSIST: Final = "conversation"


def _judge(question: Question) -> Answer:
    """Say whether what was last told is good, from the same numbers."""
    last, told = question.last, question.told()
    if last is None:
        return unclear(question)
    if last.topic in ("battery_level", "battery_health", "soc_at", "sunrise_soc", "overview"):
        for view in question.batteries:
            soc = last.facts.get("soc")
            if not isinstance(soc, float) or view.battery is None:
                continue
            fine = soc >= 100 * view.battery.reserve_soc
            told.say("judge_good" if fine else "judge_bad")
            told.say(
                "rule_battery",
                name=question.name(view.battery),
                min_soc=100 * view.battery.min_soc,
                max_soc=100 * view.battery.max_soc,
                reserve_soc=100 * view.battery.reserve_soc,
                critical_soc=100 * view.battery.critical_soc,
            )
            return told.source("source_settings", device=question.name(view.battery)).answer("judge")
    plan, row = question.snapshot.plan, question.site.row
    if last.topic in ("price_now", "price_forecast") and plan is not None and row is not None:
        ahead = [(r.import_price, hours) for r, hours in question.site.rows_until(plan.horizon.end)]
        mean = sum(price * hours for price, hours in ahead) / sum(hours for _, hours in ahead)
        told.say("judge_good" if row.import_price <= mean else "judge_bad")
        return told.say("judge_price", import_price=row.import_price, mean=mean).plan_source().answer("judge")
    if (saved := question.site.saving) is None:
        return told.say("no_plan").answer("judge")
    told.say("judge_good" if saved >= 0 else "judge_bad").better("judge_plan", saved)
    return told.plan_source().answer("judge")


def _sources(question: Question) -> Answer:
    """Name the sources of what was last told."""
    told = question.told()
    sources = question.last.sources if question.last else ()
    if not sources:
        return unclear(question)
    for source in sources:
        told.cite(source)
    return told.say("source_line", sources=", ".join(sources)).answer("sources")


def _cancel(question: Question) -> Answer:
    return question.told().say("cancelled").answer("cancel")


def _help(question: Question) -> Answer:
    return question.told().say("help").answer("help")


def _off_topic(question: Question) -> Answer:
    return question.told().say("off_topic").answer("off_topic")


def unclear(question: Question) -> Answer:
    """Ask back, closer where the subject is known."""
    means = question.match.meanings
    key = next((f"unclear_{subject}" for subject in ("battery", "miner") if subject in means), "unclear")
    return question.told().say(key).answer("unclear")


def _other_day(question: Question) -> Answer | None:
    """Say so where a day is asked about that the answer would know nothing of, rather than tell of another."""
    route, day, plan = question.match.route, question.match.slots.day, question.snapshot.plan
    of_now, of_plan = route in (Route.STATUS, Route.EXPLAIN), route in (Route.PLANNING, Route.WHAT_IF)
    weekday = day in language.WEEKDAYS
    if (day in PAST and (of_now or of_plan)) or (weekday and of_now):
        return question.told().say("past_unknown").answer()
    if weekday and of_plan and plan and question.period()[0] >= plan.horizon.end:
        return question.told().say("not_ahead", until=plan.horizon.end).answer()
    return None


ANSWERS: Final[Mapping[str, Callable[[Question], Any]]] = {
    **status.ANSWERS,
    **history.ANSWERS,
    **planning.ANSWERS,
    **forecasts.ANSWERS,
    **rules.ANSWERS,
    **guard.ANSWERS,
    **overrides.ANSWERS,
    **explain.ANSWERS,
    "what_if": what_if.what_if,
    "judge": _judge,
    "sources": _sources,
    "cancel": _cancel,
    "help": _help,
    "off_topic": _off_topic,
    "unclear": unclear,
}
"""One function for each topic."""


@dataclass(frozen=True, slots=True)
class Reply:
    """All answers to one utterance."""

    answers: tuple[Answer, ...]
    matches: tuple[Match, ...]
    language: str

    @property
    def spoken(self) -> str:
        """What is said aloud."""
        return " ".join(answer.spoken for answer in self.answers)

    @property
    def shown(self) -> str:
        """What is shown on a screen."""
        return "\n\n".join(answer.shown for answer in self.answers)

    @property
    def sources(self) -> list[str]:
        """Where it all comes from."""
        return list(dict.fromkeys(source for answer in self.answers for source in answer.sources))

    @property
    def off_topic(self) -> bool:
        """Whether nothing of it is about energy."""
        return all(answer.route is Route.OFF_TOPIC for answer in self.answers)

    @property
    def asks(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self.pending) or self.answers[-1].route is Route.UNCLEAR

    @property
    def pending(self) -> tuple[Act, ...]:
        """What a yes would do."""
        return tuple(answer.pending for answer in self.answers if answer.pending is not None)

    def told(self) -> dict[str, Any]:
        """Return it as JSON; with one answer its parts lie open."""
        first, *others = (answer.told() for answer in self.answers)
        return {
            **first,
            "answer": self.spoken,
            "shown": self.shown,
            "sources": self.sources,
            "also": others,
        }


class Manager:
    """One site's manager. Languages are loaded in the executor before they are first used."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self.hass = orchestrator.hass
        self.orchestrator = orchestrator
        self.talks = Talks()

    async def async_prepare(self, code: str) -> None:
        """Read a language's files, once."""
        await self.hass.async_add_executor_job(_load, code)

    def devices(self) -> tuple[NamedDevice, ...]:
        """Return the devices people may name."""
        site = self.orchestrator.settings.site
        kinds: tuple[tuple[str, Sequence[settings.Device]], ...] = (
            ("battery", site.batteries),
            ("inverter", site.inverters),
            ("miner", site.miners),
        )
        return tuple(
            NamedDevice(item.id, item.name, kind, rank)
            for kind, items in kinds
            for rank, item in enumerate(items, start=1)
        )

    async def async_ask(
        self,
        text: str,
        *,
        code: str,
        context: Context,
        conversation_id: str | None = None,
        may_act: bool = False,
    ) -> Reply:
        """Answer an utterance; without `may_act` nothing is changed by it, whatever it says."""
        await self.async_prepare(code)
        spoken = language.load(code)
        now = dt_util.utcnow()
        turn = self.talks.last(conversation_id, context.user_id, now)
        undo = self.talks.done_last(conversation_id, context.user_id)
        if len(text) > TOO_LONG:
            nothing = Match("unclear", Slots(), frozenset(), 0.0, "")
            told = self._question(nothing, code, None, context).told()
            return Reply((told.say("too_long").answer("unclear"),), (nothing,), spoken.code)
        devices = self.devices()
        # A rambling question takes a while.
        pending = turn.pending if turn is not None else ()
        matches = await self.hass.async_add_executor_job(answered, text, pending, spoken, devices)
        if matches is None:
            matches = await self.hass.async_add_executor_job(understand, text, spoken, devices)
            if len(matches) == 1:
                matches = [follow(matches[0], turn, spoken)]
        answers: list[Answer] = []
        for match in matches:
            last = turn.answer if turn else None
            question = self._question(match, code, last, context, may_act=may_act, undo=undo)
            answer = await self._async_answer(question)
            answers.append(answer)
            # What a follow-up is about: not a "yes", and not what was not understood.
            if ROUTES[match.topic] not in (Route.UNCLEAR, Route.OFF_TOPIC) and match.topic not in ("judge", "sources"):
                kept = match if match.topic not in ("confirm", "cancel") or turn is None else turn.match
                turn = Turn(kept, answer, now)
        reply = Reply(tuple(answers), tuple(matches), spoken.code)
        if turn is None and reply.pending:
            turn = Turn(matches[-1], answers[-1], now)
        if turn is not None:
            self.talks.keep(conversation_id, context.user_id, replace(turn, at=now, pending=reply.pending))
        if undos := [answer.undo for answer in answers if answer.undo is not None]:
            done = Undo(undos[0].before, undos[-1].after, undos[-1].at)
            self.talks.did(conversation_id, context.user_id, done)
        return reply

    async def async_answer(
        self,
        match: Match,
        code: str,
        *,
        context: Context,
        assistant: str = ASSIST,
        may_act: bool = False,
    ) -> Answer:
        """Answer what was understood; what cannot be done, or not by whoever asks, is said, never raised."""
        await self.async_prepare(code)
        return await self._async_answer(self._question(match, code, None, context, assistant, may_act=may_act))

    async def _async_answer(self, question: Question) -> Answer:
        try:
            answer = _other_day(question) or ANSWERS[question.match.topic](question)
            found: Answer = await answer if inspect.isawaitable(answer) else answer
        except Unauthorized as err:
            names = err.names if isinstance(err, NotAllowedError) else (question.snapshot.settings.site.name,)
            return question.told().say("not_allowed", names=question.wording.joined(names)).answer()
        except HomeAssistantError as err:
            return question.told().say("command_failed", problem=str(err)).answer()
        return found

    def _question(
        self,
        match: Match,
        code: str,
        last: Answer | None,
        context: Context,
        assistant: str = ASSIST,
        *,
        may_act: bool = False,
        undo: Undo | None = None,
    ) -> Question:
        return Question(
            orchestrator=self.orchestrator,
            wording=wording.load(code),
            match=match,
            context=context,
            last=last,
            assistant=assistant,
            may_act=may_act,
            undo=undo,
        )

    async def async_act(self, act: Act, *, code: str, context: Context, assistant: str) -> Answer:
        """Do what was said by its parts, not in words: it passes the gate like what is spoken."""
        match = Match(act.topic, Slots(devices=act.devices), frozenset(), EXACT, "", act=act)
        return await self.async_answer(match, code, context=context, assistant=assistant, may_act=True)

    async def async_what_if(self, text: str, *, code: str, context: Context, assistant: str) -> Answer:
        """Answer a text as a what-if, whatever it says."""
        await self.async_prepare(code)
        spoken, devices = language.load(code), self.devices()
        match = await self.hass.async_add_executor_job(read_as, "what_if", text, spoken, devices)
        return await self.async_answer(match, code, context=context, assistant=assistant)

    async def async_explain(self, device_id: str, *, code: str, context: Context, at: time | None) -> Answer:
        """Explain a device now or at a time of day."""
        await self.async_prepare(code)
        slots = Slots(devices=(device_id,), time=at)
        match = Match("explain", slots, frozenset(), EXACT, "")
        return await self.async_answer(match, code, context=context)

    def device_named(self, name: str) -> str | None:
        """Return the id of a device by its id or name."""
        folded = language.fold(name)
        found = (device.id for device in self.devices() if name == device.id or language.fold(device.name) == folded)
        return next(found, None)


def _load(code: str) -> None:
    learned()
    acts.load(language.load(code).code)
    wording.load(code)
