"""Why: what a device does at a time, the reason with its numbers and policies, and what would change it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from .. import telling
from ..model.decision import Reason
from ..views import BatteryView, MinerView
from .question import Answer, Question, Told

_NOW: Final = timedelta(minutes=2)


def explain(question: Question) -> Answer:
    """Explain the devices that were named, else what the question is about."""
    if question.snapshot.plan is None or question.snapshot.report is None:
        return question.told().say("no_plan").answer()
    told, at = question.told(), question.moment() or question.now
    about_battery = {"battery", "soc", "grid", "export", "import", "solar"} & question.match.meanings
    named = set(question.match.slots.devices)
    batteries = [view for view in question.batteries if view.device_id in named or (not named and about_battery)]
    miners = [view for view in question.miners if view.device_id in named or not (named or batteries)]
    told.fact("explained_at", at)
    for battery in batteries:
        _battery(told, battery, at)
    for miner in miners:
        _miner(told, miner, at)
    if not (batteries or miners):
        told.say("no_device", kind=question.wording.texts["kind_miner"])
    return told.plan_source().answer("explain")


def about(question: Question, device_id: str) -> Answer:
    """Explain one device."""
    slots = replace(question.match.slots, devices=(device_id,))
    return explain(replace(question, match=replace(question.match, topic="explain", slots=slots)))


def _moment(question: Question, at: datetime) -> str:
    if abs(at - question.now) <= _NOW:
        return question.wording.days["now"]
    return question.wording.when(at, question.now)


def _miner(told: Told, view: MinerView, at: datetime) -> None:
    question = told.question
    row = telling.row_at(question.snapshot, at)
    if row is None:
        plan = question.snapshot.plan
        told.say("not_ahead", until=plan.horizon.end if plan else at)
        return
    now = abs(at - question.now) <= _NOW
    reason: Reason[Any] = row.miner_reasons[view.device_id]
    runs = bool(row.miner_units[view.device_id])
    if now and view.decision:
        reason, runs = view.decision.reason, bool(view.running if view.running is not None else view.should_run)
    told.fact("running", float(runs))
    told.say("because_on" if runs else "because_off", name=question.name(view.miner), day=_moment(question, at))
    if now and view.should_run is not None and view.should_run is not runs:
        told.say("should_run" if view.should_run else "should_stand")
    told.reason(reason)
    planned = row.miner_reasons[view.device_id].numbers
    told.fact("energy_price", planned["energy_price"])
    if not (now and view.should_run and not runs):
        _would(told, view, at, runs=runs)
    if not runs and not (now and view.should_run) and (change := _WOULD.get(reason.code.value)):
        change(told, {**planned, **reason.numbers})


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


def _gap(told: Told, key: str, name: str, least: float, most: float, scale: float = 1.0) -> None:
    if most > least:
        told.say(key, **{name: (most - least) * scale})


def _soc(key: str) -> Callable[[Told, Mapping[str, float]], None]:
    def say(told: Told, numbers: Mapping[str, float]) -> None:
        if "soc" in numbers:
            told.say(key, soc=100 * numbers["soc"])

    return say


# What would change it, from the reason's own numbers.
_WOULD: Final[Mapping[str, Callable[[Told, Mapping[str, float]], None]]] = {
    "soc_too_low": _soc("would_soc"),
    "below_stop_soc": _soc("would_stop_soc"),
    "no_surplus": lambda told, n: _gap(
        told, "would_surplus", "missing_kw", n.get("surplus_w", 0.0), n.get("needed_w", 0.0), 0.001
    ),
    "import_limit": lambda told, n: _gap(
        told, "would_import", "missing_kw", n.get("headroom_w", 0.0), n.get("needed_w", 0.0), 0.001
    ),
    "unprofitable": lambda told, n: _gap(
        told, "would_price", "gap", n.get("revenue_per_kwh", 0.0), n.get("energy_price", 0.0)
    ),
    "saving_for_peak": lambda told, n: _gap(
        told, "would_price", "gap", n.get("revenue_per_kwh", 0.0), n.get("energy_price", 0.0)
    ),
}


def _battery(told: Told, view: BatteryView, at: datetime) -> None:
    question = told.question
    row = telling.row_at(question.snapshot, at)
    if row is None or view.device_id not in row.battery_modes:
        plan = question.snapshot.plan
        told.say("not_ahead", until=plan.horizon.end if plan else at)
        return
    mode, reason = row.battery_modes[view.device_id], row.battery_reasons[view.device_id]
    if abs(at - question.now) <= _NOW and view.decision:
        mode, reason = view.decision.mode, view.decision.reason
    told.say(
        "because_battery",
        name=question.name(view.battery),
        mode=question.wording.texts[f"mode_{mode.value}"],
        day=_moment(question, at),
    )
    told.reason(reason)
    told.fact("energy_price", row.energy_price)


ANSWERS: Final[Mapping[str, Callable[[Question], Answer]]] = {"explain": explain}
