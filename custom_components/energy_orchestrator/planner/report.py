"""The plan told for people and entities: a row per slot, the runs of each device, and what comes next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from ..model.amounts import NO_POWER_W
from ..model.decision import BatteryMode, BatteryReason, MinerReason, Reason
from ..model.plan import Plan
from .reasons import battery_mode, battery_reason, miner_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One slot. Powers in W (grid + import, batteries + charging), prices in currency per kWh, SOC at its end 0..1."""

    start: datetime
    hours: float
    solar_w: float
    load_w: float
    curtailed_w: float
    grid_w: float
    import_price: float
    export_price: float
    energy_price: float
    battery_w: Mapping[str, float]
    battery_modes: Mapping[str, BatteryMode]
    battery_reasons: Mapping[str, Reason[BatteryReason]]
    soc: Mapping[str, float]
    miner_w: Mapping[str, float]
    miner_units: Mapping[str, int]
    miner_reasons: Mapping[str, Reason[MinerReason]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerRun:
    """A miner's unbroken run: from `start` to `end` with `energy_wh` drawn, at most `units` at a time."""

    miner_id: str
    start: datetime
    end: datetime
    units: int
    energy_wh: float
    reason: Reason[MinerReason]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryRun:
    """A battery's unbroken time in one mode; `target_soc` is the SOC at its end, `power_w` its mean, + charging."""

    battery_id: str
    mode: BatteryMode
    start: datetime
    end: datetime
    power_w: float
    target_soc: float
    reason: Reason[BatteryReason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole plan for people: `rows` in time order, runs in time order (all devices together)."""

    rows: tuple[Row, ...]
    miner_runs: tuple[MinerRun, ...]
    battery_runs: tuple[BatteryRun, ...]


def report(plan: Plan) -> Report:
    """Tell the plan for people. Takes milliseconds, grows with slots and devices: call it off the event loop."""
    rows = tuple(_row(plan, slot, start) for slot, start in enumerate(plan.horizon.starts))
    return Report(
        rows=rows,
        miner_runs=tuple(
            sorted(
                (run for task in plan.problem.miners for run in _miner_runs(plan, rows, task.id)),
                key=lambda run: run.start,
            )
        ),
        battery_runs=tuple(
            sorted(
                (run for task in plan.problem.batteries for run in _battery_runs(plan, rows, task.id)),
                key=lambda run: run.start,
            )
        ),
    )


def _row(plan: Plan, slot: int, start: datetime) -> Row:
    problem, schedule = plan.problem, plan.schedule
    batteries = [task.id for task in problem.batteries]
    miners = [task.id for task in problem.miners]
    return Row(
        start=start,
        hours=float(plan.horizon.hours[slot]),
        solar_w=float(problem.solar_w[slot]),
        load_w=float(problem.load_w[slot]),
        curtailed_w=float(plan.curtailed_w[slot]),
        grid_w=float(schedule.grid_w[slot]),
        import_price=float(problem.import_price[slot]),
        export_price=float(problem.export_price[slot]),
        energy_price=float(plan.energy_price[slot]),
        battery_w={key: float(schedule.battery_w[key][slot]) for key in batteries},
        battery_modes={key: battery_mode(plan, key, slot) for key in batteries},
        battery_reasons={key: battery_reason(plan, key, slot) for key in batteries},
        soc={key: float(schedule.soc[key][slot + 1]) for key in batteries},
        miner_w={key: float(plan.miner_w(key)[slot]) for key in miners},
        miner_units={key: int(plan.running(key)[slot]) for key in miners},
        miner_reasons={key: miner_reason(plan, key, slot) for key in miners},
    )


def _miner_runs(plan: Plan, rows: tuple[Row, ...], miner_id: str) -> Iterator[MinerRun]:
    for running, group in groupby(enumerate(rows), key=lambda item: item[1].miner_units[miner_id] > 0):
        slots = list(group)
        if running:
            first, last = slots[0][0], slots[-1][0]
            yield MinerRun(
                miner_id=miner_id,
                start=rows[first].start,
                end=_end(plan, rows, last),
                units=max(row.miner_units[miner_id] for _, row in slots),
                energy_wh=sum(row.miner_w[miner_id] * row.hours for _, row in slots),
                reason=rows[first].miner_reasons[miner_id],
            )


def _battery_runs(plan: Plan, rows: tuple[Row, ...], battery_id: str) -> Iterator[BatteryRun]:
    for (mode, _), group in groupby(
        enumerate(rows), key=lambda item: (item[1].battery_modes[battery_id], _direction(item[1].battery_w[battery_id]))
    ):
        slots = list(group)
        first, last = slots[0][0], slots[-1][0]
        hours = sum(row.hours for _, row in slots)
        yield BatteryRun(
            battery_id=battery_id,
            mode=mode,
            start=rows[first].start,
            end=_end(plan, rows, last),
            power_w=sum(row.battery_w[battery_id] * row.hours for _, row in slots) / hours,
            target_soc=rows[last].soc[battery_id],
            reason=rows[first].battery_reasons[battery_id],
        )


def _direction(power_w: float) -> int:
    return (power_w > NO_POWER_W) - (power_w < -NO_POWER_W)


def _end(plan: Plan, rows: tuple[Row, ...], slot: int) -> datetime:
    return rows[slot + 1].start if slot + 1 < len(rows) else plan.horizon.end
