"""Small sites to plan for, built from a few words."""

from dataclasses import replace
from datetime import UTC, datetime
import math
from typing import Any

import numpy as np

from custom_components.energy_orchestrator.model.horizon import Series, uniform
from custom_components.energy_orchestrator.model.problem import BatteryTask, Budget, InverterTask, MinerTask, Problem

START = datetime(2026, 6, 1, tzinfo=UTC)


def house(slots: int = 24, minutes: float = 60, **changes: Any) -> Problem:
    """Return a house of 500 W at 0.30 bought and 0.08 sold, without sun, battery or miner."""
    problem = Problem(
        horizon=uniform(START, minutes, slots),
        solar_w=np.zeros(slots),
        load_w=np.full(slots, 500.0),
        import_price=np.full(slots, 0.30),
        export_price=np.full(slots, 0.08),
        max_import_w=np.full(slots, 15_000.0),
        max_export_w=np.full(slots, 15_000.0),
        grid_charging=np.ones(slots, dtype=np.bool_),
        battery_export=np.ones(slots, dtype=np.bool_),
    )
    return replace(problem, **{name: _series(name, value, slots) for name, value in changes.items()})


def battery(slots: int = 24, **changes: Any) -> BatteryTask:
    """Return 10 kWh, half full, 5 kW in and out, kept between 20 and 100 %, nothing left worth anything."""
    every = np.ones(slots)
    task = BatteryTask(
        id="battery",
        capacity_wh=10_000,
        initial_soc=0.5,
        max_charge_w=5_000 * every,
        max_discharge_w=5_000 * every,
        min_soc=0.2 * every,
        max_soc=every,
        reserve_soc=0.2 * every,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        wear_per_kwh=0.01,
        terminal_value_per_kwh=0.0,
    )
    return replace(task, **{name: _series(name, value, slots) for name, value in changes.items()})


def miner(slots: int = 24, *, earns: float | Series = 0.134, **changes: Any) -> MinerTask:
    """Return a 3 kW miner that earns `earns` per kWh and may run at any time."""
    levels = np.asarray(changes.pop("power_w", [3_000.0]), dtype=np.float64)
    task = MinerTask(
        id="miner",
        power_w=levels,
        value_per_kwh=np.asarray(earns, dtype=np.float64) * np.ones((levels.size, slots)),
        allowed=np.ones(slots, dtype=np.bool_),
    )
    return replace(task, **changes)


def must_run(slots: int = 24, *, hours: float, **changes: Any) -> MinerTask:
    """Return a 2 kW load that must run for some hours."""
    budget = Budget(slots=np.ones(slots, dtype=np.bool_), min_hours=hours, max_hours=hours)
    return replace(miner(slots, earns=0.0, power_w=[2_000.0]), id="load", budgets=(budget,), must_run=True, **changes)


def inverter(**changes: Any) -> InverterTask:
    """Return a hybrid inverter of 5 kW."""
    return replace(InverterTask(id="inverter", ac_limit_w=5_000), **changes)


def budget(slots: int = 24, **changes: Any) -> Budget:
    """Return a budget over all slots."""
    return Budget(slots=np.ones(slots, dtype=np.bool_), **changes)


def sun(slots: int = 24, peak_w: float = 6_000) -> Series:
    """Return a clear day of 24 h: sunrise at a quarter, sunset at three quarters."""
    return np.asarray(
        peak_w * np.maximum(0.0, -np.cos(2 * math.pi * (np.arange(slots) + 0.5) / slots)), dtype=np.float64
    )


def day(cheap: float, dear: float, slots: int = 24) -> Series:
    """Return prices: cheap in the first half of the day, dear in the second."""
    return np.where(np.arange(slots) < slots // 2, cheap, dear)


_FLAGS = {"grid_charging", "battery_export"}
_SERIES = {
    *("solar_w", "load_w", "import_price", "export_price", "max_import_w", "max_export_w", "solar_low_w"),
    *("solar_high_w", "load_low_w", "load_high_w"),
    *("max_charge_w", "max_discharge_w", "min_soc", "max_soc", "reserve_soc"),
}


def _series(name: str, value: Any, slots: int) -> Any:
    if name in _FLAGS:
        return np.broadcast_to(np.asarray(value, dtype=np.bool_), (slots,))
    if name in _SERIES and value is not None:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (slots,))
    return value
