"""Commands: what costs or risks something is asked back first, and nothing goes around the orchestrator.

`guard.py` is the only one who calls them: here it is taken for granted that the act may be done.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .. import telling
from ..const import CONF_MODE
from ..model.decision import BatteryMode, Override
from ..model.site import InvalidSiteError, Mode
from ..views import BatteryView, MinerView
from .acts import Act, End
from .question import Answer, Arrangement, Question, Told

LONGEST_H: Final = 48.0
SHORTEST_H: Final = 0.1
# What a plan may lose without a word about it, in currency.
_SMALL: Final = 0.01
UNDONE_WITHIN: Final = timedelta(minutes=10)
type Deed = Callable[[Question, Act], Awaitable[Answer]]


def until_of(question: Question, act: Act) -> tuple[datetime, bool]:
    """Return until when an act holds, and whether that is as it was said.

    Without a word about it that is the site's option; more or less than an override may last is brought within.
    """
    if act.until is not None:
        return act.until, True
    hours = question.snapshot.settings.override.total_seconds() / 3600
    if act.hours is not None:
        hours = act.hours
    elif act.end is not None:
        hours = (_moment(act.end, question.now) - question.now).total_seconds() / 3600
    within = min(LONGEST_H, max(SHORTEST_H, hours))
    return question.now + timedelta(hours=within), within == hours


def _moment(end: End, now: datetime) -> datetime:
    """Return the next moment that a clock time means; of "six" the nearer of both."""
    local = dt_util.as_local(now)
    day = local.date() + timedelta(days=1 if end.day else 0)
    at = datetime.combine(day, end.at, tzinfo=local.tzinfo)
    step = timedelta(hours=12 if end.half_day else 24)
    while at <= local:
        at = datetime.combine((at + step).date(), (at + step).time(), tzinfo=local.tzinfo)
    return dt_util.as_utc(at)


async def _attempt(told: Told, deed: Callable[[], Awaitable[None]]) -> bool:
    """Do it; where it is refused say why."""
    try:
        await deed()
    except (HomeAssistantError, InvalidSiteError) as err:
        told.say("command_failed", problem=str(err))
        return False
    return True


def _names(told: Told, device_ids: Sequence[str]) -> str:
    return told.question.wording.joined(map(told.question.name_of, device_ids))


def _monitor_note(told: Told) -> None:
    if told.question.snapshot.settings.mode is not Mode.AUTOMATIC:
        told.say("only_monitor")


def _margin(question: Question, views: Sequence[MinerView], until: datetime, *, running: bool) -> float:
    """Return what the miners' running (or standing) against the plan costs meanwhile, in currency, ≥ 0."""
    total = 0.0
    for row, row_hours in telling.rows_within(question.snapshot, question.now, until):
        for view in views:
            gain = (row.miner_reasons[view.device_id].worth_per_kwh or 0.0) - row.energy_price
            planned_w = row.miner_w[view.device_id]
            if running and view.miner:
                total -= gain * max(0.0, view.miner.max_power_w - planned_w) / 1000 * row_hours
            elif not running:
                total += gain * planned_w / 1000 * row_hours
    return max(0.0, total)


def _miners(question: Question, act: Act) -> list[MinerView]:
    return [MinerView(question.hass, question.snapshot, device_id) for device_id in act.devices]


def _batteries(question: Question, act: Act) -> list[BatteryView]:
    return [BatteryView(question.hass, question.snapshot, device_id) for device_id in act.devices]


def _offer(told: Told, act: Act, until: datetime) -> Answer:
    """Ask back, with the devices and the end that a yes would mean."""
    told.say(f"offer_{act.topic}", names=_names(told, act.devices), until=until)
    return told.plan_source().answer(pending=replace(act, agreed=True, until=until))


async def miners_stop(question: Question, act: Act) -> Answer:
    """Stop miners for a while: done at once, with what it forgoes."""
    views, (until, as_said) = _miners(question, act), until_of(question, act)
    told = question.told()
    if not act.agreed and (act.agreed is False or not as_said):
        return _offer(told, act, until)
    forgone = _margin(question, views, until, running=False)
    if await _attempt(told, partial(_override_miners, question, views, until, run=False)):
        told.say("done_stop", names=_names(told, act.devices), until=until)
        if forgone >= _SMALL:
            told.say("forgone", cost=forgone)
        _monitor_note(told)
    return told.plan_source().answer()


async def miners_run(question: Question, act: Act) -> Answer:
    """Run miners for a while: asked back where the plan would not."""
    views, (until, as_said) = _miners(question, act), until_of(question, act)
    told = question.told()
    unplanned = [view for view in views if not view.should_run]
    if not act.agreed and (unplanned or act.agreed is False or not as_said):
        if unplanned:
            told.say("ask_run", cost=_margin(question, views, until, running=True))
        for view in unplanned:
            if view.decision:
                told.reason(view.decision.reason, aloud=False)
        return _offer(told, act, until)
    if await _attempt(told, partial(_override_miners, question, views, until, run=True)):
        told.say("done_run", names=_names(told, act.devices), until=until)
        _monitor_note(told)
    return told.answer()


async def _override_miners(question: Question, views: Sequence[MinerView], until: datetime, *, run: bool) -> None:
    for view in views:
        hours = (until - question.now).total_seconds() / 3600
        await question.orchestrator.async_override_miner(view.device_id, run=run, hours=hours)


def _battery(mode: BatteryMode, done: str) -> Deed:
    async def answer(question: Question, act: Act) -> Answer:
        until, _ = until_of(question, act)
        told = question.told()

        async def drivable() -> None:
            for device_id in act.devices:
                question.orchestrator.check_drivable(device_id, mode)

        if not await _attempt(told, drivable):
            return told.answer()
        if not act.agreed:
            row = question.site.row
            told.say("ask_battery", import_price=row.import_price if row else 0.0)
            return _offer(told, act, until)

        async def deed() -> None:
            for view in _batteries(question, act):
                hours = (until - question.now).total_seconds() / 3600
                await question.orchestrator.async_override_battery(view.device_id, mode, hours=hours)

        if await _attempt(told, deed):
            told.say(done, names=_names(told, act.devices), until=until)
            _monitor_note(told)
        return told.answer()

    return answer


async def give_back(question: Question, act: Act) -> Answer:
    """Give devices back to the plan: those named, or everything."""
    told = question.told()
    names = _names(told, act.devices) if act.devices else question.snapshot.settings.site.name
    if act.agreed is False:
        return told.say("offer_give_back", names=names).answer(pending=replace(act, agreed=True))

    async def deed() -> None:
        for device_id in act.devices or (None,):
            await question.orchestrator.async_clear_override(device_id)

    if await _attempt(told, deed):
        told.say("done_back", names=names)
    return told.answer()


async def set_mode(question: Question, act: Act) -> Answer:
    """Change the mode; automatic is asked back, for then devices are switched."""
    mode, told = act.mode, question.told()
    assert mode is not None, "the sentence names it"
    if not act.agreed and (act.agreed is False or mode is Mode.AUTOMATIC):
        told.say(f"ask_{mode.value}").fact("mode", mode.value)
        return told.answer(pending=replace(act, agreed=True))
    if await _attempt(told, partial(question.orchestrator.async_set_option, CONF_MODE, mode.value)):
        told.say(f"done_mode_{mode.value}")
    return told.answer()


async def plan_now(question: Question, act: Act) -> Answer:
    """Plan again."""
    told, orchestrator = question.told(), question.orchestrator
    if act.agreed is False:
        return told.say("offer_plan_now").answer(pending=replace(act, agreed=True))
    if await _attempt(told, orchestrator.async_plan_now):
        plan = orchestrator.data.plan
        if plan is None:
            told.say("no_plan")
        else:
            balance = told.balance("cost", plan.cost.total)
            told.say("done_plan", balance=balance, until=plan.horizon.end).plan_source()
    return told.answer()


def standing(question: Question) -> Arrangement:
    """Return what stands now."""
    orchestrator = question.orchestrator
    mode = question.orchestrator.config_entry.options.get(CONF_MODE, Mode.MONITOR)
    return Arrangement(orchestrator.memory.remembered.overrides, Mode(mode))


def undone_devices(question: Question) -> tuple[str, ...]:
    """Return the devices that undoing the last act would change."""
    if (undo := question.undo) is None:
        return ()
    before, after = undo.before.overrides, undo.after.overrides
    changed = [key for key in {*before, *after} if before.get(key) != after.get(key)]
    return tuple(sorted({(before.get(key) or after[key]).device_id for key in changed}))


def _of(devices: Sequence[str], arrangement: Arrangement) -> dict[str, Override]:
    return {key: word for key, word in arrangement.overrides.items() if word.device_id in devices}


async def undo(question: Question, _: Act) -> Answer:
    """Put back what stood before the last act of this talk, where nobody has changed it since."""
    told, last, orchestrator = question.told(), question.undo, question.orchestrator
    if last is None or last.before == last.after:
        return told.say("undo_none").answer()
    if question.now - last.at > UNDONE_WITHIN:
        return told.say("undo_late").answer()
    now, devices = standing(question), undone_devices(question)
    modes = last.before.mode is not last.after.mode
    if _of(devices, now) != _of(devices, last.after) or (modes and now.mode is not last.after.mode):
        return told.say("undo_changed").answer()

    async def deed() -> None:
        if modes:
            await orchestrator.async_set_option(CONF_MODE, last.before.mode.value)
        if devices:
            await orchestrator.overrides.async_put_back(devices, last.before.overrides)

    if await _attempt(told, deed):
        told.say("undone", names=_names(told, devices) if devices else question.snapshot.settings.site.name)
        if modes:
            told.say(f"mode_{last.before.mode.value}")
    return told.answer()


DEEDS: Final[Mapping[str, Deed]] = {
    "miners_stop": miners_stop,
    "miners_run": miners_run,
    "give_back": give_back,
    "battery_charge": _battery(BatteryMode.CHARGE, "done_charge"),
    "battery_discharge_now": _battery(BatteryMode.DISCHARGE, "done_discharge"),
    "battery_hold": _battery(BatteryMode.HOLD, "done_hold"),
    "set_mode": set_mode,
    "plan_now": plan_now,
    "undo": undo,
}
"""One function for each act."""
