"""The plan and its reasons in the units people read: kW, kWh, %, local time, batteries + when discharging.

What these functions return is plain JSON: attributes, action responses and subscriptions show it as it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from homeassistant.util import dt as dt_util

from .loop.snapshot import Snapshot
from .model.amounts import NO_POWER_W, stored_fraction
from .model.decision import BatteryMode, BatteryOverride, MinerAction, Override, Reason
from .model.plan import Plan, Shed
from .model.site import Site
from .planner.report import BatteryRun, Report, Row
from .settings import Settings

# Idle times shorter than this do not part one charge or discharge from the next when told as a run.
SHORT_REST: Final = timedelta(minutes=30)


class RunKind(StrEnum):
    """What a planned run is."""

    MINING = "mining"
    CHARGE = "charge"
    DISCHARGE = "discharge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A planned run of one device, for calendars and lists. `target_soc` (0..1) is for batteries, `units` for miners."""

    device_id: str
    kind: RunKind
    start: datetime
    end: datetime
    energy_wh: float
    reason: Reason[Any]
    units: int | None = None
    target_soc: float | None = None

    @property
    def power_w(self) -> float:
        """Mean power, W ≥ 0."""
        return self.energy_wh / ((self.end - self.start).total_seconds() / 3600)


def runs(report: Report) -> list[Run]:
    """Return all planned runs in time order; a battery's rests of a few minutes do not part them."""
    found = [
        Run(
            device_id=run.miner_id,
            kind=RunKind.MINING,
            start=run.start,
            end=run.end,
            energy_wh=run.energy_wh,
            reason=run.reason,
            units=run.units,
        )
        for run in report.miner_runs
    ]
    by_battery = sorted(report.battery_runs, key=lambda run: run.battery_id)
    for _, group in groupby(by_battery, key=lambda run: run.battery_id):
        found.extend(_joined(run for run in group if abs(run.power_w) > NO_POWER_W))
    return sorted(found, key=lambda run: run.start)


def _joined(moving: Iterable[BatteryRun]) -> Iterator[Run]:
    """Join one battery's runs of the same direction over short rests."""
    last: Run | None = None
    for run in moving:
        kind = RunKind.CHARGE if run.power_w > 0 else RunKind.DISCHARGE
        energy_wh = abs(run.power_w) * (run.end - run.start).total_seconds() / 3600
        joins = last is not None and last.kind is kind and run.start - last.end <= SHORT_REST
        if last is not None and not joins:
            yield last
        last = Run(
            device_id=run.battery_id,
            kind=kind,
            start=last.start if last is not None and joins else run.start,
            end=run.end,
            energy_wh=energy_wh + (last.energy_wh if last is not None and joins else 0.0),
            reason=last.reason if last is not None and joins else run.reason,
            target_soc=run.target_soc,
        )
    if last is not None:
        yield last


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The next thing that changes: what, on which device, when."""

    device_id: str
    verb: str
    at: datetime
    reason: Reason[Any]


_BATTERY_VERBS: Final[Mapping[BatteryMode, str]] = {
    BatteryMode.CHARGE: "charge",
    BatteryMode.DISCHARGE: "discharge",
    BatteryMode.HOLD: "hold",
    BatteryMode.SELF_CONSUMPTION: "self_consumption",
}
_SENTENCES: Final[Mapping[str, str]] = {
    "start": "Start {device} {when}",
    "stop": "Stop {device} {when}",
    "charge": "Charge {device} {when}",
    "discharge": "Discharge {device} {when}",
    "hold": "Hold {device} {when}",
    "self_consumption": "{device} back to self-consumption {when}",
}


def next_action(snapshot: Snapshot) -> Action | None:
    """Return the first change the plan makes after this moment, None where it makes none."""
    return next(iter(actions_ahead(snapshot)), None)


def actions_ahead(snapshot: Snapshot) -> list[Action]:
    """Return the changes the plan makes after this moment, in time order."""
    report, plan, now = snapshot.report, snapshot.plan, snapshot.at
    if report is None or plan is None:
        return []
    actions: list[Action] = []
    for run in report.miner_runs:
        actions.append(Action(device_id=run.miner_id, verb="start", at=run.start, reason=run.reason))
        if (stop := row_at(snapshot, run.end)) is not None:
            reason = stop.miner_reasons[run.miner_id]
            actions.append(Action(device_id=run.miner_id, verb="stop", at=run.end, reason=reason))
    modes: dict[str, BatteryMode] = {}
    for battery_run in report.battery_runs:
        if modes.get(battery_run.battery_id) is not battery_run.mode:
            verb = _BATTERY_VERBS[battery_run.mode]
            actions.append(
                Action(device_id=battery_run.battery_id, verb=verb, at=battery_run.start, reason=battery_run.reason)
            )
        modes[battery_run.battery_id] = battery_run.mode
    return sorted((action for action in actions if action.at > now), key=lambda action: action.at)


def action_text(action: Action, settings: Settings, now: datetime) -> str:
    """Say an action in one short line, with the local time of day and, where it is another day, the weekday."""
    at = dt_util.as_local(action.at)
    when = f"at {at:%H:%M}" if at.date() == dt_util.as_local(now).date() else f"on {at:%A} at {at:%H:%M}"
    return _SENTENCES[action.verb].format(device=settings.site.names[action.device_id][:200], when=when)


def row_at(snapshot: Snapshot, when: datetime) -> Row | None:
    """Return the plan's row that holds a moment, None outside the plan."""
    if snapshot.report is None or snapshot.plan is None:
        return None
    slot = snapshot.plan.horizon.slot_at(when)
    return None if slot is None else snapshot.report.rows[slot]


def reason_told(reason: Reason[Any]) -> dict[str, Any]:
    """Return a reason as attributes: its code, numbers (SOC in %, the rest as named) and the policies behind it."""
    return {
        "reason": reason.code.value,
        "numbers": {
            name: round(100 * value, 1) if name == "soc" or name.endswith("_soc") else round(value, 4)
            for name, value in reason.numbers.items()
        },
        "policies": list(reason.policies),
    }


def rows_told(snapshot: Snapshot, hours: float) -> list[dict[str, Any]]:
    """Return the plan's slots from now on for some hours."""
    if snapshot.report is None:
        return []
    until = snapshot.at + timedelta(hours=hours)
    known = snapshot.settings.site.names
    return [_row_told(row, known) for row in snapshot.report.rows if row_end(row) > snapshot.at and row.start < until]


def row_end(row: Row) -> datetime:
    """Return when a row's slot ends, to the second: the hours of five minutes are no round number."""
    return row.start + timedelta(seconds=round(3600 * row.hours))


def rows_within(snapshot: Snapshot, start: datetime, end: datetime) -> Iterator[tuple[Row, float]]:
    """Yield the plan's rows of a time, each with its hours within it."""
    for row in snapshot.report.rows if snapshot.report else ():
        overlap = min(row_end(row), end) - max(row.start, start)
        if overlap > timedelta():
            yield row, overlap.total_seconds() / 3600


def _row_told(row: Row, known: Mapping[str, str]) -> dict[str, Any]:
    return {
        "start": local_iso(row.start),
        "end": local_iso(row_end(row)),
        "solar_kw": kilo(row.solar_w),
        "curtailed_kw": kilo(row.curtailed_w),
        "load_kw": kilo(row.load_w),
        "grid_kw": kilo(row.grid_w),
        "import_price": price(row.import_price),
        "export_price": price(row.export_price),
        "energy_price": price(row.energy_price),
        "batteries": [
            {
                "id": key,
                "device": known[key],
                "power_kw": kilo(-power_w),
                "mode": row.battery_modes[key].value,
                "soc": percent(row.soc[key]),
                "reason": row.battery_reasons[key].code.value,
            }
            for key, power_w in row.battery_w.items()
        ],
        "miners": [
            {
                "id": key,
                "device": known[key],
                "power_kw": kilo(power_w),
                "units": row.miner_units[key],
                "reason": row.miner_reasons[key].code.value,
            }
            for key, power_w in row.miner_w.items()
        ],
    }


def hourly_told(report: Report, site: Site) -> list[dict[str, Any]]:
    """Return the whole plan by the clock's hour, small enough for an attribute: means, and the SOC at the end."""
    capacity = {battery.id: battery.capacity_wh for battery in site.batteries}
    told = []
    for start, group in groupby(report.rows, key=lambda row: row.start.replace(minute=0)):
        rows = list(group)
        weights = [row.hours / sum(row.hours for row in rows) for row in rows]

        def mean(values: Iterable[float], weights: list[float] = weights) -> float:
            return sum(value * weight for value, weight in zip(values, weights, strict=True))

        told.append(
            {
                "start": local_iso(start),
                "solar_kw": kilo(mean(row.solar_w for row in rows)),
                "load_kw": kilo(mean(row.load_w for row in rows)),
                "miners_kw": kilo(mean(sum(row.miner_w.values()) for row in rows)),
                "battery_kw": kilo(-mean(sum(row.battery_w.values()) for row in rows)),
                "grid_kw": kilo(mean(row.grid_w for row in rows)),
                "soc": percent(stored_fraction(rows[-1].soc, capacity)),
                "import_price": round(mean(row.import_price for row in rows), 4),
                "energy_price": round(mean(row.energy_price for row in rows), 4),
            }
        )
    return told


def run_told(run: Run, settings: Settings) -> dict[str, Any]:
    """Return a planned run."""
    told: dict[str, Any] = {
        "id": run.device_id,
        "device": settings.site.names[run.device_id],
        "kind": run.kind.value,
        "start": local_iso(run.start),
        "end": local_iso(run.end),
        "power_kw": kilo(run.power_w),
        "energy_kwh": kilo(run.energy_wh),
        "reason": run.reason.code.value,
    }
    if run.units is not None:
        told["units"] = run.units
    if run.target_soc is not None:
        told["target_soc"] = percent(run.target_soc)
    return told


def overrides_told(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the owner's words over the plan in time order, those of later included."""
    names, words = snapshot.settings.site.names, snapshot.remembered.overrides
    in_order = sorted(words.items(), key=lambda item: (item[1].since or snapshot.at, item[1].until))
    return [
        {
            "id": key,
            "device": names.get(word.device_id, word.device_id),
            **override_told(word),
            "in_force": word.holds(snapshot.at),
        }
        for key, word in in_order
    ]


def override_told(word: Override) -> dict[str, Any]:
    """Return one of the owner's words: what, how strong (None: as strong as the device may), when, and how it was said."""
    return {
        "action": deed_of(word),
        "power_kw": None if word.power_w is None else kilo(word.power_w),
        "from": None if word.since is None else local_iso(word.since),
        "until": local_iso(word.until),
        "said": "by_hand" if word.by_hand else "asked",
    }


def deed_of(word: Override) -> str:
    """Return what a word asks for: run or stop, or a battery's mode."""
    if isinstance(word, BatteryOverride):
        return word.mode.value
    return MinerAction.RUN.value if word.run else MinerAction.STOP.value


def shed_told(shed: Shed, settings: Settings) -> dict[str, Any]:
    """Return a wish the plan could not grant."""
    return {
        "wish": shed.wish.value,
        "device": settings.site.names[shed.device_id] if shed.device_id else None,
        "amount": round(shed.amount, 2),
        "unit": shed.unit,
    }


def cost_told(plan: Plan) -> dict[str, float]:
    """Return what a plan costs over its horizon, and of what that is made."""
    cost = plan.cost
    parts = {
        "total": cost.total,
        "import": cost.imported,
        "export": -cost.exported,
        "battery_wear": cost.wear,
        "miner_starts": cost.starts,
        "mining": -cost.mining,
        "heat": -cost.heat,
        "energy_left": -cost.stored,
    }
    return {name: round(value, 4) + 0.0 for name, value in parts.items()}


def plan_told(plan: Plan, settings: Settings) -> dict[str, Any]:
    """Return the sums of a plan over its horizon."""
    hours, schedule, known = plan.horizon.hours, plan.schedule, settings.site.names

    def energy(power_w: Any) -> float:
        return kilo(float((power_w * hours).sum()))

    return {
        "status": plan.status.value,
        "created": local_iso(plan.created),
        "end": local_iso(plan.horizon.end),
        "currency": settings.site.currency,
        "cost": cost_told(plan),
        "energy_kwh": {
            "solar": energy(schedule.solar_used_w),
            "curtailed": energy(plan.curtailed_w),
            "load": energy(plan.problem.load_w),
            "import": energy(schedule.grid_w.clip(min=0)),
            "export": energy((-schedule.grid_w).clip(min=0)),
            "miners": kilo(sum(float((plan.miner_w(task.id) * hours).sum()) for task in plan.problem.miners)),
        },
        "miner_hours": {
            known[task.id]: round(float((plan.running(task.id) * hours).sum()), 2)
            for task in plan.problem.miners
            if task.id in known
        },
        "shed": [shed_told(shed, settings) for shed in plan.shed],
    }


def local_iso(when: datetime) -> str:
    """Return a time as people's clocks show it, with its offset."""
    return dt_util.as_local(when).isoformat(timespec="seconds")


def kilo(value: float) -> float:
    """Return W as kW or Wh as kWh, to the watt."""
    return round(value / 1000, 3) + 0.0


def price(value: float) -> float:
    """Return a price per kWh as it is told."""
    return round(value, 5)


def percent(fraction: float | None) -> float | None:
    """Return a fraction as %, to a tenth."""
    return None if fraction is None else round(100 * fraction, 1)
