"""Commands: what costs or risks something is asked back first, and nothing goes around the orchestrator."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.const import Platform
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from .. import permission, telling
from ..const import CONF_MODE, DOMAIN
from ..model.decision import BatteryMode
from ..model.site import InvalidSiteError, Mode
from ..orchestrator import Orchestrator
from ..views import BatteryView, MinerView
from .question import Answer, Question, Told

LONGEST_H: Final = 48.0
SHORTEST_H: Final = 0.1
# What a plan may lose without a word about it, in currency.
_SMALL: Final = 0.01
type Deed = Callable[[], Awaitable[Answer]]


def _orchestrator(question: Question) -> Orchestrator:
    return question.entry.runtime_data.orchestrator


def hours_of(question: Question) -> float:
    """Return how long a command holds: as said, until the time that was said, or as the site's option has it."""
    slots = question.match.slots
    if slots.hours is not None:
        hours = slots.hours
    elif (until := question.moment()) is not None:
        hours = (until - question.now).total_seconds() / 3600
    else:
        hours = question.snapshot.settings.override.total_seconds() / 3600
    return min(LONGEST_H, max(SHORTEST_H, hours))


def _until(question: Question, hours: float) -> datetime:
    return question.now + timedelta(hours=hours)


def forbidden(question: Question, miners: Sequence[MinerView] = ()) -> str | None:
    """Return the entity that is not exposed to the assistant and without which a command is not taken.

    A miner needs its run switch exposed, everything else the site's mode.
    """
    registry = er.async_get(question.hass)
    wanted = [(Platform.SWITCH, f"{view.device_id}_run") for view in miners] or [
        (Platform.SELECT, f"{question.entry.entry_id}_{CONF_MODE}")
    ]
    for platform, unique_id in wanted:
        entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
        if entity_id is None or not async_should_expose(question.hass, question.assistant, entity_id):
            return entity_id or unique_id
    return None


async def _check(question: Question, moved: permission.Moved) -> None:
    """Let pass who may control what a command moves, before anything is asked back. Raises `Unauthorized`."""
    await permission.async_check(question.hass, question.context, moved)


async def _attempt(told: Told, moved: permission.Moved, deed: Callable[[], Awaitable[None]]) -> bool:
    """Do it, for who may control what it moves; where it is refused say why. Raises `Unauthorized`."""
    await _check(told.question, moved)
    try:
        await deed()
    except (HomeAssistantError, InvalidSiteError) as err:
        told.say("command_failed", problem=str(err))
        return False
    return True


def _moved(question: Question, views: Sequence[MinerView | BatteryView]) -> permission.Moved:
    return permission.of_devices(_orchestrator(question), [view.device_id for view in views])


def _names(told: Told, views: Sequence[MinerView | BatteryView]) -> str:
    known = telling.names(told.question.snapshot.settings)
    return told.question.wording.joined(known[view.device_id] for view in views)


def _monitor_note(told: Told) -> None:
    if told.question.snapshot.settings.mode is not Mode.AUTOMATIC:
        told.say("only_monitor")


def _margin(question: Question, views: Sequence[MinerView], hours: float, *, running: bool) -> float:
    """Return what the miners' running (or standing) against the plan costs over the hours, in currency, ≥ 0."""
    total = 0.0
    for row, row_hours in telling.rows_within(question.snapshot, question.now, _until(question, hours)):
        for view in views:
            gain = (row.miner_reasons[view.device_id].worth_per_kwh or 0.0) - row.energy_price
            planned_w = row.miner_w[view.device_id]
            if running and view.miner:
                total -= gain * max(0.0, view.miner.max_power_w - planned_w) / 1000 * row_hours
            elif not running:
                total += gain * planned_w / 1000 * row_hours
    return max(0.0, total)


def _refused(question: Question, miners: Sequence[MinerView] = ()) -> Answer | None:
    if question.match.topic.startswith("miners") and not miners:
        return question.told().say("no_device", kind=question.wording.texts["kind_miner"]).answer()
    if (entity := forbidden(question, miners)) is not None:
        return question.told().say("not_exposed", entity=entity).answer()
    return None


async def miners_stop(question: Question) -> Answer:
    """Stop miners for a while: done at once, with what it forgoes."""
    views, hours = question.miners, hours_of(question)
    if answer := _refused(question, views):
        return answer
    told, orchestrator = question.told(), _orchestrator(question)
    forgone, until = _margin(question, views, hours, running=False), _until(question, hours)

    async def deed() -> None:
        for view in views:
            await orchestrator.async_override_miner(view.device_id, run=False, hours=hours)

    if await _attempt(told, _moved(question, views), deed):
        told.say("done_stop", names=_names(told, views), until=until)
        if forgone >= _SMALL:
            told.say("forgone", cost=forgone)
        _monitor_note(told)
    return told.plan_source().answer()


async def miners_run(question: Question) -> Answer:
    """Run miners for a while: asked back where the plan would not."""
    views, hours = question.miners, hours_of(question)
    moved = _moved(question, views)
    await _check(question, moved)
    if answer := _refused(question, views):
        return answer

    async def run() -> Answer:
        told, orchestrator = question.told(), _orchestrator(question)

        async def deed() -> None:
            for view in views:
                await orchestrator.async_override_miner(view.device_id, run=True, hours=hours)

        if await _attempt(told, moved, deed):
            told.say("done_run", names=_names(told, views), until=_until(question, hours))
            _monitor_note(told)
        return told.answer()

    if all(view.should_run for view in views):
        return await run()
    told = question.told()
    cost = _margin(question, views, hours, running=True)
    told.say("ask_run", names=_names(told, views), cost=cost, hours=hours)
    for view in views:
        if view.decision and not view.should_run:
            told.reason(view.decision.reason, aloud=False)
    return told.plan_source().answer(pending=run)


def _battery(mode: BatteryMode, done: str) -> Callable[[Question], Awaitable[Answer]]:
    async def answer(question: Question) -> Answer:
        views, hours = question.batteries, hours_of(question)
        moved = _moved(question, views)
        await _check(question, moved)
        if refused := _refused(question):
            return refused
        if not views:
            return question.told().say("no_device", kind=question.wording.texts["kind_battery"]).answer()

        async def drivable() -> None:
            for view in views:
                _orchestrator(question).check_drivable(view.device_id, mode)

        if not await _attempt(told := question.told(), drivable):
            return told.answer()

        async def run() -> Answer:
            told, orchestrator = question.told(), _orchestrator(question)

            async def deed() -> None:
                for view in views:
                    await orchestrator.async_override_battery(view.device_id, mode, hours=hours)

            if await _attempt(told, moved, deed):
                told.say(done, names=_names(told, views), until=_until(question, hours))
                _monitor_note(told)
            return told.answer()

        told, row = question.told(), question.site.row
        told.say("ask_battery", names=_names(told, views), hours=hours, import_price=row.import_price if row else 0.0)
        return told.plan_source().answer(pending=run)

    return answer


async def give_back(question: Question) -> Answer:
    """Give devices back to the plan: those named, all miners, or everything."""
    named = [view for view in question.miners if view.device_id in question.match.slots.devices]
    if answer := _refused(question, named or question.miners):
        return answer
    told, orchestrator = question.told(), _orchestrator(question)
    moved = permission.of_devices(orchestrator, question.match.slots.devices or None)

    async def deed() -> None:
        for device_id in question.match.slots.devices or (None,):
            await orchestrator.async_clear_override(device_id)

    if await _attempt(told, moved, deed):
        names = _names(told, named) if named else question.entry.title
        told.say("done_back", names=names)
    return told.answer()


async def set_mode(question: Question) -> Answer:
    """Change the mode; automatic is asked back, for then devices are switched."""
    means = question.match.meanings
    mode = next(
        (mode for meaning, mode in (("monitor", Mode.MONITOR), ("paused_mode", Mode.PAUSED)) if meaning in means),
        Mode.AUTOMATIC,
    )
    moved = permission.of_mode(_orchestrator(question), mode)
    await _check(question, moved)
    if answer := _refused(question):
        return answer

    async def run() -> Answer:
        told = question.told()

        async def deed() -> None:
            await _orchestrator(question).async_set_option(CONF_MODE, mode.value)

        if await _attempt(told, moved, deed):
            told.say(f"done_mode_{mode.value}")
        return told.answer()

    if mode is not Mode.AUTOMATIC:
        return await run()
    told = question.told().say("ask_automatic")
    told.fact("mode", mode.value)
    return told.answer(pending=run)


async def plan_now(question: Question) -> Answer:
    """Plan again."""
    told, orchestrator = question.told(), _orchestrator(question)
    if await _attempt(told, permission.of_planning(orchestrator), orchestrator.async_plan_now):
        plan = orchestrator.data.plan
        if plan is None:
            told.say("no_plan")
        else:
            balance = told.balance("cost", plan.cost.total)
            told.say("done_plan", balance=balance, until=plan.horizon.end).plan_source()
    return told.answer()


ANSWERS: Final[Mapping[str, Callable[[Question], Awaitable[Answer]]]] = {
    "miners_stop": miners_stop,
    "miners_run": miners_run,
    "give_back": give_back,
    "battery_charge": _battery(BatteryMode.CHARGE, "done_charge"),
    "battery_discharge_now": _battery(BatteryMode.DISCHARGE, "done_discharge"),
    "battery_hold": _battery(BatteryMode.HOLD, "done_hold"),
    "set_mode": set_mode,
    "plan_now": plan_now,
}
