"""Planning problems as JSON files, one per problem, and plans as one JSON line each.

The format: steps of equal length, series of powers and prices, one battery, the grid, miners, and loads that must run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from custom_components.energy_orchestrator.model.horizon import Series, uniform
from custom_components.energy_orchestrator.model.plan import Plan, PlanStatus
from custom_components.energy_orchestrator.model.problem import BatteryTask, Budget, MinerTask, Problem

START = datetime(2026, 1, 1, tzinfo=UTC)
BATTERY = "battery"
STATUS = {
    PlanStatus.OPTIMAL: "optimal",
    PlanStatus.FEASIBLE: "feasible",
    PlanStatus.RELAXED: "relaxed",
    PlanStatus.FALLBACK: "fallback",
    PlanStatus.SAFE_STATE: "fallback",
}


class ProblemFileError(ValueError):
    """A file that holds no problem of this format; the message says where and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A named problem; `optimal_cost` where the file knows it."""

    name: str
    problem: Problem
    optimal_cost: float | None = None


def read(path: Path) -> Case:
    """Read one file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemFileError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ProblemFileError(f"is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ProblemFileError("must hold one JSON object")
    return case_of(_Room(data, ""), path.stem)


def case_of(room: _Room, name: str) -> Case:
    """Return the problem in a file's data."""
    minutes = room.number("step_minutes", least=0.01)
    slots = len(room.items("import_price"))
    if not slots:
        raise ProblemFileError("import_price: needs at least one step")
    hours = minutes / 60
    grid = room.room("grid", {})
    names = [r.text("name") for key in ("miners", "deferrable_loads") for r in room.rooms(key)]
    if len(names) != len(set(names)):
        raise ProblemFileError("miners and deferrable_loads: names must be unique")
    everything = np.ones(slots, dtype=np.bool_)
    problem = Problem(
        horizon=uniform(START, minutes, slots),
        solar_w=room.series("pv_w", slots),
        load_w=room.series("load_w", slots),
        import_price=room.series("import_price", slots),
        export_price=room.series("export_price", slots),
        max_import_w=np.full(slots, grid.number("max_import_w", math.inf, least=0)),
        max_export_w=np.full(slots, grid.number("max_export_w", math.inf, least=0)),
        grid_charging=everything & grid.truth("grid_charging", default=True),
        battery_export=everything & grid.truth("battery_export", default=True),
        batteries=_battery(room.room("battery", {}), slots),
        miners=(
            *(_miner(r, slots, hours) for r in room.rooms("miners")),
            *(_load(r, slots, hours) for r in room.rooms("deferrable_loads")),
        ),
    )
    optimal = room.room("reference", {}).number("optimal_cost", math.nan)
    return Case(room.text("case", name), problem, None if math.isnan(optimal) else optimal)


def answer(case: Case, plan: Plan, seconds: float) -> dict[str, Any]:
    """Return a plan as the format's answer."""
    schedule, slots = plan.schedule, len(plan.horizon)
    return {
        "case": case.name,
        "status": STATUS[plan.status],
        "cost": plan.cost.total,
        "bound": plan.bound,
        "seconds": round(seconds, 4),
        "shed": [
            {"what": shed.wish.value, "device": shed.device_id, "amount": shed.amount, "unit": shed.unit}
            for shed in plan.shed
        ],
        "battery_ac_w": schedule.battery_w.get(BATTERY, np.zeros(slots)).tolist(),
        "grid_w": schedule.grid_w.tolist(),
        "pv_used_w": schedule.solar_used_w.tolist(),
        "miners": {miner.id: plan.miner_w(miner.id).tolist() for miner in plan.problem.miners},
        "soc": schedule.soc.get(BATTERY, np.zeros(slots + 1)).tolist(),
    }


def _battery(room: _Room, slots: int) -> tuple[BatteryTask, ...]:
    capacity = room.number("capacity_wh", 0.0, least=0)
    if capacity <= 0:
        return ()

    def every(value: float) -> Series:
        return np.full(slots, value)

    final = room.number("final_soc", math.nan)
    return (
        BatteryTask(
            id=BATTERY,
            capacity_wh=capacity,
            initial_soc=room.number("initial_soc"),
            max_charge_w=every(room.number("max_charge_ac_w", least=0)),
            max_discharge_w=every(room.number("max_discharge_ac_w", least=0)),
            min_soc=every(room.number("min_soc", 0.0)),
            max_soc=every(room.number("max_soc", 1.0)),
            reserve_soc=every(0.0),
            charge_efficiency=room.number("charge_eff", 1.0, least=0),
            discharge_efficiency=room.number("discharge_eff", 1.0, least=0),
            wear_per_kwh=room.number("wear_per_kwh_throughput", 0.0),
            final_soc=None if math.isnan(final) else final,
            terminal_value_per_kwh=room.number("terminal_value_per_kwh", 0.0),
        ),
    )


def _miner(room: _Room, slots: int, hours: float) -> MinerTask:
    levels = sorted(room.rooms("levels"), key=lambda level: level.number("power_w", least=0))
    if not levels:
        raise ProblemFileError(f"{room.place}levels: needs at least one level")
    count = round(room.number("count", 1, least=0))
    initial = room.room("initial", {})
    # Without a state before the plan nothing binds the miner.
    state = initial.number("steps_in_state", math.inf, least=0)
    soc = {key: room.number(key, math.nan) for key in ("start_soc", "stop_soc")}
    return MinerTask(
        id=room.text("name"),
        power_w=np.array([level.number("power_w") for level in levels]),
        value_per_kwh=np.array([[level.number("revenue_per_kwh", 0.0)] for level in levels]) * np.ones(slots),
        allowed=_windows(room, slots),
        count=count,
        budgets=_budgets(room, slots),
        min_run_h=room.number("min_on_steps", 1, least=0) * hours,
        min_pause_h=room.number("min_off_steps", 1, least=0) * hours,
        start_cost=room.number("start_cost", 0.0),
        start_soc=None if math.isnan(soc["start_soc"]) else soc["start_soc"],
        stop_soc=None if math.isnan(soc["stop_soc"]) else soc["stop_soc"],
        surplus_only=room.truth("surplus_only", default=False),
        surplus_margin_w=room.number("surplus_margin_w", 0.0),
        running=count if initial.truth("on", default=False) else 0,
        in_state_h=state * hours,
    )


def _load(room: _Room, slots: int, hours: float) -> MinerTask:
    """A load that must run: exactly its hours, to the nearest step, and it earns nothing."""
    steps = round(room.number("hours", least=0) / hours)
    everything = np.ones(slots, dtype=np.bool_)
    return MinerTask(
        id=room.text("name"),
        power_w=np.array([room.number("nominal_w", least=0)]),
        value_per_kwh=np.zeros((1, slots)),
        allowed=everything,
        budgets=(Budget(slots=everything, min_hours=steps * hours, max_hours=steps * hours),),
        min_run_h=room.number("min_on_steps", 1, least=0) * hours,
        min_pause_h=room.number("min_off_steps", 1, least=0) * hours,
        must_run=True,
    )


def _windows(room: _Room, slots: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    windows = room.items("windows", [])
    allowed = np.full(slots, not windows)
    for window in windows:
        if not isinstance(window, Sequence) or isinstance(window, str) or len(window) != 2:
            raise ProblemFileError(f"{room.place}windows: each is a pair [from, to) of steps")
        allowed[max(0, int(window[0])) : max(0, int(window[1]))] = True
    return allowed


def _budgets(room: _Room, slots: int) -> tuple[Budget, ...]:
    most, starts = room.number("max_hours", math.inf, least=0), room.number("max_starts", math.inf, least=0)
    least = room.number("min_hours", 0.0, least=0)
    if math.isinf(most) and math.isinf(starts) and not least:
        return ()
    return (
        Budget(
            slots=np.ones(slots, dtype=np.bool_),
            min_hours=least,
            max_hours=None if math.isinf(most) else most,
            max_starts=None if math.isinf(starts) else int(starts),
        ),
    )


class _Room:
    """Part of a file's data that says where in the file it is when something in it is wrong. null counts as absent."""

    def __init__(self, data: Mapping[str, Any], place: str) -> None:
        self.data = data
        self.place = place

    def _get(self, key: str, default: Any) -> Any:
        value = self.data.get(key)
        if value is None:
            if default is None:
                raise ProblemFileError(f"{self.place}{key}: is missing")
            return default
        return value

    def number(self, key: str, default: float | None = None, *, least: float = -math.inf) -> float:
        value = self._get(key, default)
        if self.data.get(key) is None:
            return float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ProblemFileError(f"{self.place}{key}: must be a finite number")
        if value < least:
            raise ProblemFileError(f"{self.place}{key}: must be at least {least:g}")
        return float(value)

    def truth(self, key: str, *, default: bool) -> bool:
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise ProblemFileError(f"{self.place}{key}: must be true or false")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key, default)
        if not isinstance(value, str):
            raise ProblemFileError(f"{self.place}{key}: must be text")
        return value

    def items(self, key: str, default: list[Any] | None = None) -> list[Any]:
        value = self._get(key, default)
        if not isinstance(value, list):
            raise ProblemFileError(f"{self.place}{key}: must be a list")
        return value

    def series(self, key: str, slots: int) -> Series:
        values = self.items(key)
        if len(values) != slots:
            raise ProblemFileError(f"{self.place}{key}: has {len(values)} steps where import_price has {slots}")
        if not all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values):
            raise ProblemFileError(f"{self.place}{key}: must hold finite numbers only")
        return np.array(values, dtype=np.float64)

    def room(self, key: str, default: Mapping[str, Any]) -> _Room:
        value = self._get(key, default)
        if not isinstance(value, Mapping):
            raise ProblemFileError(f"{self.place}{key}: must be an object")
        return _Room(value, f"{self.place}{key}.")

    def rooms(self, key: str) -> list[_Room]:
        items = self.items(key, [])
        if not all(isinstance(item, Mapping) for item in items):
            raise ProblemFileError(f"{self.place}{key}: must hold objects")
        return [_Room(item, f"{self.place}{key}[{index}].") for index, item in enumerate(items)]
