"""Answers from the standing plan."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from .. import telling
from ..model.decision import MinerAction
from ..model.site import Mode
from ..telling import Run, RunKind
from ..views import BatteryView, MinerView
from .overrides import tell_words
from .question import Answer, Question, Told

_MOST_RUNS: Final = 4
NEXT: Final = timedelta(hours=24)


def planless(question: Question) -> Answer | None:
    """Return the answer where there is no plan, None where there is one."""
    if question.snapshot.plan is None or question.snapshot.report is None:
        return question.told().say("no_plan").answer()
    return None


def day_of(question: Question) -> str:
    """Return the day that was named, in words."""
    return question.wording.days[question.match.slots.day or "today"]


def _runs(question: Question, start: datetime, end: datetime) -> list[Run]:
    report = question.snapshot.report
    found = telling.runs(report) if report else []
    named = question.match.slots.devices
    return [run for run in found if run.end > start and run.start < end and (not named or run.device_id in named)]


def run_miners(question: Question) -> Answer:
    """Say whether the miners should run, with what mining earns against what the energy is worth."""
    if answer := planless(question):
        return answer
    told, at = question.told(), question.moment()
    start, end = (at, at + timedelta(minutes=1)) if at else question.period()
    if question.match.slots.day == "now":
        end = start + timedelta(minutes=1)
    if not question.miners:
        return told.say("no_device", kind=question.wording.texts["kind_miner"]).answer()
    for place, view in enumerate(question.miners):
        # One miner's numbers are enough to listen to; the others' are shown.
        _whether_runs(told, view, start, end, at, numbers_aloud=place == 0)
    return told.plan_source().answer()


def _whether_runs(
    told: Told, view: MinerView, start: datetime, end: datetime, at: datetime | None, *, numbers_aloud: bool
) -> None:
    question = told.question
    name, key = question.name(view.miner), view.device_id
    rows = list(telling.rows_within(question.snapshot, start, end))
    if not rows:
        told.say("not_ahead", until=question.snapshot.plan.horizon.end if question.snapshot.plan else start)
        return
    running = [(row, hours) for row, hours in rows if row.miner_units.get(key)]
    now = question.match.slots.day == "now"
    if now and view.should_run is not None and view.decision:
        told.say("act_sentence_run" if view.should_run else "act_sentence_stand", name=name)
        told.reason(view.decision.reason, numbers_aloud=numbers_aloud)
    elif running:
        hours = sum(row_hours for _, row_hours in running)
        if at:
            told.say("yes_at", name=name, at=at)
        else:
            run = next(run for run in _runs(question, start, end) if run.device_id == key)
            first, last = max(run.start, start), min(run.end, end)
            span = told.text("span", start=first, end=last)
            told.say("yes_runs", name=name, hours=hours, day=day_of(question), span=span)
        told.reason(running[0][0].miner_reasons[key], aloud=False)
    elif at:
        told.say("no_at", name=name, at=at).reason(rows[0][0].miner_reasons[key], numbers_aloud=numbers_aloud)
    else:
        told.say("no_runs", name=name, day=day_of(question))
        told.reason(rows[0][0].miner_reasons[key], numbers_aloud=numbers_aloud)
    row = (running or rows)[0][0]
    told.fact("energy_price", row.energy_price)
    numbers = row.miner_reasons[key].numbers
    if running and "revenue_per_kwh" in numbers and not now:
        compared = {name: numbers[name] for name in ("revenue_per_kwh", "worth_per_kwh") if name in numbers}
        text = "worth_compared" if "worth_per_kwh" in compared else "prices_compared"
        (told.say if numbers_aloud else told.add)(text, **compared, energy_price=row.energy_price)


def _run_text(told: Told, run: Run) -> str:
    span = told.text("span", start=run.start, end=run.end)
    name = told.question.name_of(run.device_id)
    values = {"name": name, "span": span}
    if run.kind is RunKind.MINING or run.target_soc is None:
        return told.text("run_mining", **values)
    return told.text(f"run_{run.kind.value}", **values, target_soc=100 * run.target_soc)


def plan_day(question: Question) -> Answer:
    """Tell the plan of a day: its runs, its sums, its cost."""
    if answer := planless(question):
        return answer
    told, snapshot = question.told(), question.snapshot
    start, end = question.period()
    runs = [run for run in _runs(question, start, end) if run.kind is not RunKind.DISCHARGE]
    texts = [_run_text(told, run) for run in runs[:_MOST_RUNS]]
    if len(runs) > _MOST_RUNS:
        texts.append(told.text("and_more", count=len(runs) - _MOST_RUNS))
    told.say(
        "plan_for",
        day=day_of(question),
        runs=question.wording.joined(texts or [question.wording.texts["nothing_planned"]]),
    )
    rows = list(telling.rows_within(snapshot, start, end))
    told.say(
        "day_sums",
        solar_kwh=sum(row.solar_w * hours for row, hours in rows) / 1000,
        load_kwh=sum(row.load_w * hours for row, hours in rows) / 1000,
        import_kwh=sum(max(0.0, row.grid_w) * hours for row, hours in rows) / 1000,
        export_kwh=sum(max(0.0, -row.grid_w) * hours for row, hours in rows) / 1000,
    )
    named = question.match.slots.devices
    tell_words(
        told,
        lambda word: (
            (not named or word.device_id in named) and word.until > start and not (word.since and word.since >= end)
        ),
    )
    for run in _runs(question, start, end):
        told.more.append(f"- {_run_text(told, run)}")
    if plan := snapshot.plan:
        told.add("plan_total", until=plan.horizon.end, balance=told.balance("cost", plan.cost.total))
    return told.plan_source().answer()


def what_to_do(question: Question) -> Answer:
    """Say what the owner should do now, and what comes next."""
    if answer := planless(question):
        return answer
    told, wording = question.told(), question.wording
    actions = [
        told.text("act_run" if view.should_run else "act_stand", name=question.name(view.miner))
        for view in question.miners
        if view.decision and view.decision.action is not MinerAction.HOLD
    ]
    actions += [
        told.text(f"act_{view.decision.mode.value}", name=question.name(view.battery))
        for view in question.batteries
        if view.decision
    ]
    if question.snapshot.settings.mode is Mode.AUTOMATIC:
        told.say("do_nothing")
    if actions:
        told.say("do_now", actions=wording.joined(actions))
    return _next(told).plan_source().answer()


def next_action(question: Question) -> Answer:
    """Say what the plan changes next, and why."""
    if answer := planless(question):
        return answer
    return _next(question.told(), aloud=True).plan_source().answer()


def _next(told: Told, *, aloud: bool = False) -> Told:
    action = telling.next_action(told.question.snapshot)
    if action is None:
        return told.say("no_next")
    name = told.question.name_of(action.device_id)
    told.say("next", at=action.at, action=told.text(f"act_{action.verb}", name=name))
    return told.reason(action.reason, aloud=aloud)


def best_charge(question: Question) -> Answer:
    """Say when to charge: as planned, or where a kWh is worth least."""
    if answer := planless(question):
        return answer
    told, snapshot = question.told(), question.snapshot
    start, end = question.period() if question.match.slots.day else (question.now, question.now + NEXT)
    rows = [row for row, _ in telling.rows_within(snapshot, start, end)]
    if not _batteries(told):
        return told.answer()
    if not rows:
        return told.say("not_planned").plan_source().answer()
    charges = [run for run in _runs(question, start, end) if run.kind is RunKind.CHARGE]
    if charges:
        run = max(charges, key=lambda run: _charged_wh(question, run, start))
        told.say(
            "best_charge_planned",
            name=question.name_of(run.device_id),
            at=max(run.start, start),
            end=run.end,
            energy_kwh=_charged_wh(question, run, start) / 1000,
            target_soc=100 * (run.target_soc or 0.0),
        )
        row = telling.row_at(snapshot, max(run.start, start)) or rows[0]
        told.reason(run.reason, aloud=False)
    else:
        row = min(rows, key=lambda row: row.energy_price)
        told.say("best_charge_cheap", at=max(row.start, start))
    told.say("worth_then", energy_price=row.energy_price, highest=max(row.energy_price for row in rows))
    return told.plan_source().answer()


def _charged_wh(question: Question, run: Run, start: datetime) -> float:
    """Return what a charging run stores from a time on, Wh: one that is under way has only its rest ahead."""
    rows = telling.rows_within(question.snapshot, max(run.start, start), run.end)
    return sum(max(0.0, row.battery_w[run.device_id]) * hours for row, hours in rows)


def _batteries(told: Told) -> list[BatteryView]:
    """Return the batteries asked about; say so where there is none."""
    if not told.question.batteries:
        told.say("no_device", kind=told.question.wording.texts["kind_battery"])
    return told.question.batteries


def battery_discharge(question: Question) -> Answer:
    """Say when the battery is used."""
    if answer := planless(question):
        return answer
    told, snapshot = question.told(), question.snapshot
    for view in _batteries(told):
        mine = (
            run for run in _runs(question, question.now, question.now + 2 * NEXT) if run.device_id == view.device_id
        )
        run = next((run for run in mine if run.kind is RunKind.DISCHARGE), None)
        if run is None or run.target_soc is None:
            told.say("discharge_none", name=question.name(view.battery))
            continue
        told.say(
            "discharge_planned",
            name=question.name(view.battery),
            at=max(run.start, snapshot.at),
            end=run.end,
            target_soc=100 * run.target_soc,
        )
        told.reason(run.reason, aloud=False)
    return told.plan_source().answer()


def miner_start(question: Question) -> Answer:
    """Say when each miner starts, and for how long."""
    return _each_miner(question, starts=True)


def miner_stop(question: Question) -> Answer:
    """Say when each miner stops."""
    return _each_miner(question, starts=False)


def _each_miner(question: Question, *, starts: bool) -> Answer:
    if answer := planless(question):
        return answer
    told, plan = question.told(), question.snapshot.plan
    assert plan
    if not question.miners:
        told.say("no_device", kind=question.wording.texts["kind_miner"])
    for view in question.miners:
        name, now = question.name(view.miner), question.snapshot.at
        mine = [run for run in _runs(question, now, plan.horizon.end) if run.device_id == view.device_id]
        ahead = next((run for run in mine if run.start > now), None)
        present = next((run for run in mine if run.start <= now), None)
        run = (ahead or present) if starts else (present or ahead)
        if run is None:
            told.say("start_none" if starts else "stop_none", name=name, until=plan.horizon.end)
            row = question.site.row
            if row:
                told.reason(row.miner_reasons[view.device_id])
        elif run.end >= plan.horizon.end and not starts:
            told.say("stop_never", name=name)
        elif starts and run is ahead:
            told.say("start_planned", name=name, at=run.start, hours=(run.end - run.start).total_seconds() / 3600)
            told.reason(run.reason, aloud=False)
        else:
            told.say("runs_until" if run is present else "stop_planned", name=name, at=run.end)
            if stop := telling.row_at(question.snapshot, run.end):
                told.reason(stop.miner_reasons[view.device_id], aloud=len(question.miners) == 1)
    return told.plan_source().answer()


def _soc_path(question: Question, view: BatteryView) -> list[tuple[datetime, float]]:
    """Return a battery's planned SOC, %, from now on: one point for each slot's end."""
    rows = question.snapshot.report.rows if question.snapshot.report else ()
    return [
        (telling.row_end(row), 100 * row.soc[view.device_id])
        for row in rows
        if view.device_id in row.soc and telling.row_end(row) > question.snapshot.at
    ]


def sunrise_soc(question: Question) -> Answer:
    """Say what the battery holds at sunrise and at the lowest until then."""
    if answer := planless(question):
        return answer
    told = question.told()
    for view in _batteries(told):
        if view.sunrise_soc is None or view.sunrise is None:
            told.say("not_planned")
            continue
        path = [soc for at, soc in _soc_path(question, view) if at <= view.sunrise]
        now = [] if view.soc is None else [view.soc]
        lowest = min([*now, *path, view.sunrise_soc])
        name = question.name(view.battery)
        told.say("sunrise_soc", name=name, soc=view.sunrise_soc, at=view.sunrise, lowest=lowest)
    return told.plan_source().answer()


def soc_at(question: Question) -> Answer:
    """Say what the battery will hold at a time; without one, at the end of the day that was named."""
    if answer := planless(question):
        return answer
    told = question.told()
    at = question.moment() or question.period()[1]
    for view in _batteries(told):
        soc = planned_soc(question, view, at)
        if soc is None:
            plan = question.snapshot.plan
            told.say("not_ahead", until=plan.horizon.end if plan else at)
        else:
            told.say("soc_at", name=question.name(view.battery), soc=soc, at=at)
    return told.plan_source().answer()


def planned_soc(question: Question, view: BatteryView, at: datetime) -> float | None:
    """Return the planned SOC at a time, %, None outside the plan."""
    plan = question.snapshot.plan
    slot = plan.horizon.slot_at(at) if plan else None
    if plan is None or slot is None or view.device_id not in plan.schedule.soc:
        return None
    soc, edges_h = plan.schedule.soc[view.device_id], plan.horizon.edges_h
    part = ((at - plan.horizon.start).total_seconds() / 3600 - edges_h[slot]) / plan.horizon.hours[slot]
    return 100 * float(soc[slot] + part * (soc[slot + 1] - soc[slot]))


def battery_full(question: Question) -> Answer:
    """Say when the battery reaches its top, its bottom, or the level that was named."""
    if answer := planless(question):
        return answer
    told = question.told()
    for view in _batteries(told):
        path = _soc_path(question, view)
        if view.battery is None or view.soc is None or not path:
            told.say("unknown_reading", what=question.name(view.battery))
            continue
        down = "empty" in question.match.meanings or "last" in question.match.meanings
        target = 100 * (view.battery.reserve_soc if down else view.battery.max_soc)
        if question.match.slots.percent is not None:
            target = question.match.slots.percent
            down = target < view.soc
        points = [(question.snapshot.at, view.soc), *path]
        reached = next(
            (
                at
                for (_, before), (at, soc) in pairwise(points)
                if min(before, soc) - 0.5 <= target <= max(before, soc) + 0.5
            ),
            None,
        )
        name = question.name(view.battery)
        if reached:
            told.say("soc_reached", name=name, soc=target, at=reached)
        else:
            at, soc = (min if down else max)(path, key=lambda point: point[1])
            told.say("soc_not_reached", name=name, target=target, soc=soc, at=at)
    return told.plan_source().answer()


ANSWERS: Final[Mapping[str, Callable[[Question], Answer]]] = {
    "run_miners": run_miners,
    "plan_day": plan_day,
    "what_to_do": what_to_do,
    "next_action": next_action,
    "best_charge": best_charge,
    "battery_discharge": battery_discharge,
    "miner_start": miner_start,
    "miner_stop": miner_stop,
    "sunrise_soc": sunrise_soc,
    "soc_at": soc_at,
    "battery_full": battery_full,
}
