"""Why: what a device does at a time, the reason with its numbers and policies, and what would change it.

What else would let a miner run is told only where a plan made with it does run it then: one by the hour, but for the
hour that is asked about.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import math
from typing import Any, Final

from homeassistant.exceptions import HomeAssistantError

from .. import telling
from ..loop.questions import ANSWERED_WITHIN_S
from ..loop.worker import in_time
from ..model.decision import MinerReason, Reason, worth_per_kwh
from ..model.plan import Plan
from ..model.site import Mode
from ..model.whatif import WhatIf
from ..views import BatteryView, MinerView
from .overrides import tell_word, word_at
from .planning import planless
from .question import Answer, Question, Told

_NOW: Final = timedelta(minutes=2)
# Reasons that a smaller reserve may change: the energy is kept, or too dear, or there is no room to buy it.
_KEPT: Final = frozenset(
    {MinerReason.SAVING_FOR_PEAK, MinerReason.UNPROFITABLE, MinerReason.START_NOT_WORTH, MinerReason.IMPORT_LIMIT}
)
# The reserve binds where the plan comes this near to it, 0..1.
_AT_RESERVE: Final = 0.01
# Reserves are tried in steps of 5 %, or 10 % where there are many: four plans at most.
_STEPS: Final = (0.05, 0.1)
_MOST_STEPS: Final = 9


@dataclass(frozen=True, slots=True)
class _Stand:
    """What a miner does at a time and why; `planned` is the plan's reason. `rests`: the plan wants it off, and it is."""

    runs: bool
    rests: bool
    now: bool
    reason: Reason[Any]
    planned: Reason[Any]


@dataclass(frozen=True, slots=True)
class _Otherwise:
    """With what else a miner would run: a reserve, or a start level of its own; 0..1, None where that does not do it."""

    reserve: float | None = None
    start_soc: float | None = None


async def explain(question: Question) -> Answer:
    """Explain the devices that were named, else what the question is about."""
    if answer := planless(question):
        return answer
    at, standing = question.moment() or question.now, question.snapshot.plan
    otherwise = await _all_otherwise(question, at)
    if question.snapshot.plan is not standing:
        otherwise = {}  # a new plan came meanwhile: what follows is told from that
    told = question.told()
    batteries, miners = _asked(question)
    told.fact("explained_at", at)
    for battery in batteries:
        _battery(told, battery, at)
    for miner in miners:
        _miner(told, miner, at, otherwise.get(miner.device_id, _Otherwise()))
    if not (batteries or miners):
        told.say("no_device", kind=question.wording.texts["kind_miner"])
    return told.plan_source().answer("explain")


def _asked(question: Question) -> tuple[list[BatteryView], list[MinerView]]:
    """Return the devices a question is about."""
    about_battery = {"battery", "soc", "grid", "export", "import", "solar"} & question.match.meanings
    named = set(question.match.slots.devices)
    batteries = [view for view in question.batteries if view.device_id in named or (not named and about_battery)]
    return batteries, [view for view in question.miners if view.device_id in named or not (named or batteries)]


def _moment(question: Question, at: datetime) -> str:
    if _is_now(question, at):
        return question.wording.days["now"]
    return question.wording.when(at, question.now)


def _is_now(question: Question, at: datetime) -> bool:
    return abs(at - question.now) <= _NOW


def _stand(question: Question, view: MinerView, at: datetime) -> _Stand | None:
    """Return what a miner does at a time, None where the plan does not reach."""
    row = telling.row_at(question.snapshot, at)
    if row is None:
        return None
    planned = row.miner_reasons[view.device_id]
    reason, runs, now = planned, bool(row.miner_units[view.device_id]), _is_now(question, at)
    rests = not runs
    if now and view.decision:
        reason, runs = view.decision.reason, bool(view.running if view.running is not None else view.should_run)
    return _Stand(runs, rests and not runs and not (now and view.should_run), now, reason, planned)


def _miner(told: Told, view: MinerView, at: datetime, otherwise: _Otherwise) -> None:
    question, stand = told.question, _stand(told.question, view, at)
    if stand is None:
        _not_ahead(told, at)
        return
    runs, moment = stand.runs, _moment(question, at)
    told.fact("running", float(runs))
    told.say("because_on" if runs else "because_off", name=question.name(view.miner), day=moment)
    if stand.now and view.should_run is not None and view.should_run is not runs:
        told.say("should_run" if view.should_run else "should_stand")
        if question.snapshot.settings.mode is not Mode.AUTOMATIC:
            told.say("control_is_off")
    told.reason(stand.reason)
    _by_word(told, view.device_id, at, stand.reason)
    told.fact("energy_price", stand.planned.numbers["energy_price"])
    about_to = view.should_run or (view.decision is not None and view.decision.waits_turn)
    starts = stand.now and about_to and not runs
    if not starts:
        _would(told, view, at, runs=runs)
    if otherwise.start_soc is not None:
        told.say("would_soc", day=moment, soc=100 * otherwise.start_soc)
    if otherwise.reserve is not None:
        told.say("would_reserve", day=moment, reserve=100 * otherwise.reserve)
    if not runs and not starts and (change := _WOULD.get(stand.reason.code.value)):
        change(told, {**stand.planned.numbers, **stand.reason.numbers})


def _by_word(told: Told, device_id: str, at: datetime, reason: Reason[Any]) -> None:
    """Say whose word it is, and until when, where it is one."""
    if reason.code.value == MinerReason.MANUAL and (word := word_at(told.question, device_id, at)) is not None:
        tell_word(told, word)


def _not_ahead(told: Told, at: datetime) -> None:
    plan = told.question.snapshot.plan
    told.say("not_ahead", until=plan.horizon.end if plan else at)


def _would(told: Told, view: MinerView, at: datetime, *, runs: bool) -> None:
    """Say when that changes by the plan."""
    question, plan = told.question, told.question.snapshot.plan
    report = question.snapshot.report
    if plan is None or report is None:
        return
    mine = [run for run in report.miner_runs if run.miner_id == view.device_id]
    if runs:
        if (end := next((run.end for run in mine if run.start <= at < run.end < plan.horizon.end), None)) is not None:
            told.say("would_stop", at=end)
    elif (start := next((run.start for run in mine if run.start > at), None)) is not None:
        told.say("would_start", at=start)
    else:
        told.say("would_not_start", until=plan.horizon.end)


async def _all_otherwise(question: Question, at: datetime) -> dict[str, _Otherwise]:
    """Find it out for each miner that is asked about; none where that takes too long, for the reason is known anyway."""
    try:
        async with in_time(ANSWERED_WITHIN_S):
            return {view.device_id: await _otherwise(question, view, at) for view in _asked(question)[1]}
    except HomeAssistantError:
        return {}


async def _otherwise(question: Question, view: MinerView, at: datetime) -> _Otherwise:
    """Find out what else would let a miner run that rests, though its own hours, heat and surplus allow it."""
    stand, plan = _stand(question, view, at), question.snapshot.plan
    if stand is None or plan is None or not stand.rests:
        return _Otherwise()

    async def runs(*changes: WhatIf) -> list[bool]:
        return [
            _runs(made, view.device_id, at)
            for made in await question.orchestrator.questions.async_by_hour(plan, *changes, around=at)
        ]

    if stand.reason.code is MinerReason.SOC_TOO_LOW:
        level = _lower_start(stand.reason, view)
        with_level = WhatIf() if level is None else WhatIf(start_soc=frozenset({(view.device_id, level)}))
        return _Otherwise(start_soc=level if await runs(WhatIf(), with_level) == [False, True] else None)
    if stand.reason.code in _KEPT:
        return _Otherwise(reserve=await _smaller_reserve(_reserves(question, plan, at), runs))
    return _Otherwise()


def _runs(plan: Plan, miner_id: str, at: datetime) -> bool:
    slot = plan.horizon.slot_at(at)
    return slot is not None and bool(plan.running(miner_id)[slot])


def _lower_start(reason: Reason[Any], view: MinerView) -> float | None:
    """Return the start level that the battery reaches, in whole percent; None where that is below the stop level."""
    soc = reason.numbers.get("soc")
    if soc is None or view.miner is None:
        return None
    level = math.floor(100 * soc + 1e-6) / 100
    return level if level >= (view.miner.stop_soc or 0.0) else None


def _reserves(question: Question, plan: Plan, at: datetime) -> list[float]:
    """Return the reserves to try, the highest first; none where the plan keeps well above the reserve it has.

    As the owner would set it, down to what the batteries may never fall below.
    """
    slot = plan.horizon.slot_at(at)
    batteries = [battery for battery in question.snapshot.settings.site.batteries if battery.id in plan.schedule.soc]
    tasks = {task.id: task for task in plan.problem.batteries}
    binds = any(
        bool((plan.schedule.soc[b.id][1:] <= tasks[b.id].reserve_soc + _AT_RESERVE)[slot:].any()) for b in batteries
    )
    if not binds:
        return []
    least = max(round(100 * battery.min_soc) for battery in batteries)
    most = max(round(100 * battery.reserve_soc) for battery in batteries)
    for step in _STEPS:
        tried = [*range((most - 1) // (size := round(100 * step)) * size, least, -size), least]
        if len(tried) <= _MOST_STEPS:
            break
    return [percent / 100 for percent in tried if percent < most]


async def _smaller_reserve(tried: list[float], runs: Callable[..., Awaitable[list[bool]]]) -> float | None:
    """Return the highest of some falling reserves with which it runs, None where none does it."""
    if not tried or await runs(WhatIf(), WhatIf(reserve_soc=tried[-1])) != [False, True]:
        return None
    first, last = 0, len(tried) - 1
    while first < last:
        middle = (first + last) // 2
        if (await runs(WhatIf(reserve_soc=tried[middle])))[0]:
            last = middle
        else:
            first = middle + 1
    return tried[last]


def _gap(told: Told, key: str, name: str, least: float, most: float, scale: float = 1.0) -> None:
    if most > least:
        told.say(key, **{name: (most - least) * scale})


# What would change it, from the reason's own numbers.
_WOULD: Final[Mapping[str, Callable[[Told, Mapping[str, float]], Any]]] = {
    "below_stop_soc": lambda told, n: told.say("would_stop_soc", soc=100 * n["soc"]) if "soc" in n else None,
    "no_surplus": lambda told, n: _gap(
        told, "would_surplus", "missing_kw", n.get("surplus_w", 0.0), n.get("needed_w", 0.0), 0.001
    ),
    "import_limit": lambda told, n: _gap(
        told, "would_import", "missing_kw", n.get("headroom_w", 0.0), n.get("needed_w", 0.0), 0.001
    ),
    "unprofitable": lambda told, n: _gap(
        told, "would_price", "gap", worth_per_kwh(n) or 0.0, n.get("energy_price", 0.0)
    ),
    "saving_for_peak": lambda told, n: _gap(
        told, "would_price", "gap", worth_per_kwh(n) or 0.0, n.get("energy_price", 0.0)
    ),
}


def _battery(told: Told, view: BatteryView, at: datetime) -> None:
    question = told.question
    row = telling.row_at(question.snapshot, at)
    if row is None or view.device_id not in row.battery_modes:
        _not_ahead(told, at)
        return
    mode, reason = row.battery_modes[view.device_id], row.battery_reasons[view.device_id]
    if _is_now(question, at) and view.decision:
        mode, reason = view.decision.mode, view.decision.reason
    told.say(
        "because_battery",
        name=question.name(view.battery),
        mode=question.wording.texts[f"mode_{mode.value}"],
        day=_moment(question, at),
    )
    told.reason(reason)
    _by_word(told, view.device_id, at, reason)
    told.fact("energy_price", row.energy_price)
    if mode is row.battery_modes[view.device_id]:
        _then(told, view, at)


def _then(told: Told, view: BatteryView, at: datetime) -> None:
    """Say until when it charges or discharges; of one at rest, when it next does."""
    report = told.question.snapshot.report
    mine = [run for run in telling.runs(report) if run.device_id == view.device_id] if report else []
    run = next((run for run in mine if run.end > at), None)
    if run is None or run.target_soc is None:
        return
    if run.start <= at:
        told.say("battery_until", until=run.end, target_soc=100 * run.target_soc)
        return
    action = told.text(f"act_{run.kind.value}", name=told.question.name(view.battery))
    told.say("next", at=run.start, action=action)


ANSWERS: Final[Mapping[str, Callable[[Question], Awaitable[Answer]]]] = {"explain": explain}
