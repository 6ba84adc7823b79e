"""Numbers made fit for a programme: finite, rounded, within what can be, and nothing too small to count."""

from dataclasses import replace
import math

import numpy as np
import numpy.typing as npt

from ..model.horizon import Horizon, Series
from ..model.problem import MODES, BatteryTask, Budget, InverterTask, MinerTask, Problem

MOST_W = 1e8
"""No site has more than 100 MW; a reading that says so is no reason to refuse a plan."""
MOST_PRICE = 1e3
MOST_UNITS = 10_000


def clean(problem: Problem) -> Problem:
    """Return the problem with every number finite, rounded and within what can be. Cleaning twice changes nothing.

    Powers are rounded to 1 µW, prices to 1e-9, fractions and hours to 1e-9. Unknown powers count as none, unknown prices
    as the last known one, an unknown state of charge as the least allowed: nothing is planned on hope.
    """
    slots = len(problem.horizon)
    return replace(
        problem,
        horizon=Horizon(problem.horizon.start, np.round(problem.horizon.hours, 9)),
        solar_w=_powers(problem.solar_w, slots),
        load_w=_powers(problem.load_w, slots),
        import_price=_prices(problem.import_price, slots),
        export_price=_prices(problem.export_price, slots),
        max_import_w=_limits(problem.max_import_w, slots),
        max_export_w=_limits(problem.max_export_w, slots),
        grid_charging=_flags(problem.grid_charging, slots),
        battery_export=_flags(problem.battery_export, slots),
        batteries=tuple(_battery(battery, slots, len(problem.inverters)) for battery in problem.batteries),
        inverters=_inverters(problem.inverters),
        miners=tuple(_miner(miner, slots) for miner in problem.miners if miner.power_w.size),
        solar_low_w=_spread(np.minimum, problem.solar_low_w, problem.solar_w, slots),
        solar_high_w=_spread(np.maximum, problem.solar_high_w, problem.solar_w, slots),
        load_low_w=_spread(np.minimum, problem.load_low_w, problem.load_w, slots),
        load_high_w=_spread(np.maximum, problem.load_high_w, problem.load_w, slots),
        import_aversion=_number(problem.import_aversion, 0.0, 0.0, MOST_PRICE),
        kept_miner_w={
            key: np.clip(np.asarray(kept, dtype=np.float64), 0.0, MOST_W) for key, kept in problem.kept_miner_w.items()
        },
    )


def _number(value: float, unknown: float, least: float, most: float, digits: int = 9) -> float:
    if math.isnan(value):
        return unknown
    return round(min(max(float(value), least), most), digits)


def _rounded(values: npt.ArrayLike, digits: int) -> Series:
    return np.asarray(values, dtype=np.float64).round(digits)


def _series(values: npt.ArrayLike, slots: int) -> Series:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), (slots,))


def _powers(values: npt.ArrayLike, slots: int) -> Series:
    """Powers that cannot be negative; an infinite one is as wrong as an unknown one."""
    series = _series(values, slots)
    return np.round(np.clip(np.where(np.isfinite(series), series, 0.0), 0.0, MOST_W), 6)


def _spread(within: np.ufunc, values: npt.ArrayLike | None, usual: npt.ArrayLike, slots: int) -> Series | None:
    """The lower or upper end of what may come, never on the other side of what is expected."""
    return None if values is None else np.asarray(within(_powers(values, slots), _powers(usual, slots)))


def _limits(values: npt.ArrayLike, slots: int) -> Series:
    """Limits: infinite is no limit, unknown is nothing allowed."""
    series = _series(values, slots)
    known = np.where(np.isnan(series), 0.0, np.maximum(series, 0.0))
    return np.where(known > MOST_W, np.inf, np.round(np.minimum(known, MOST_W), 6))


def _prices(values: npt.ArrayLike, slots: int) -> Series:
    series = _series(values, slots)
    known = np.isfinite(series)
    last = np.maximum.accumulate(np.where(known, np.arange(slots), -1))
    filled = np.where(last >= 0, series[np.maximum(last, 0)], 0.0)
    return np.round(np.clip(np.where(np.isfinite(filled), filled, 0.0), -MOST_PRICE, MOST_PRICE), 9)


def _fractions(values: npt.ArrayLike, slots: int, unknown: float) -> Series:
    series = _series(values, slots)
    return np.round(np.clip(np.where(np.isnan(series), unknown, series), 0.0, 1.0), 9)


def _flags(values: npt.ArrayLike, slots: int) -> npt.NDArray[np.bool_]:
    return np.broadcast_to(np.asarray(values, dtype=np.bool_), (slots,))


def _battery(battery: BatteryTask, slots: int, inverters: int) -> BatteryTask:
    least = _fractions(battery.min_soc, slots, 0.0)
    most = np.maximum(least, _fractions(battery.max_soc, slots, 1.0))
    coupled = battery.inverter is not None and 0 <= battery.inverter < inverters
    terminal = battery.terminal_value_per_kwh
    final = battery.final_soc
    return replace(
        battery,
        capacity_wh=_number(battery.capacity_wh, 0.0, 0.0, 1e9, 3),
        initial_soc=_number(battery.initial_soc, float(least[0]), 0.0, 1.0),
        max_charge_w=_powers(battery.max_charge_w, slots),
        max_discharge_w=_powers(battery.max_discharge_w, slots),
        min_soc=least,
        max_soc=most,
        reserve_soc=np.minimum(most, _fractions(battery.reserve_soc, slots, 0.0)),
        charge_efficiency=_number(battery.charge_efficiency, 0.95, 0.01, 1.0),
        discharge_efficiency=_number(battery.discharge_efficiency, 0.95, 0.01, 1.0),
        wear_per_kwh=_number(battery.wear_per_kwh, 0.0, 0.0, MOST_PRICE),
        final_soc=None
        if final is None or math.isnan(final)
        else _number(final, 0.0, float(least[-1]), float(most[-1])),
        terminal_value_per_kwh=None if terminal is None else _number(terminal, 0.0, -MOST_PRICE, MOST_PRICE),
        taper_soc=_number(battery.taper_soc, 1.0, 0.0, 1.0),
        taper_floor=_number(battery.taper_floor, 1.0, 0.0, 1.0),
        inverter=battery.inverter if coupled else None,
        told=None if battery.told is None else np.broadcast_to(battery.told, (len(MODES), slots)),
    )


def _inverters(inverters: tuple[InverterTask, ...]) -> tuple[InverterTask, ...]:
    """Shares add up to one at most."""
    shares = [_number(inverter.solar_share, 0.0, 0.0, 1.0) for inverter in inverters]
    whole = max(1.0, sum(shares))
    return tuple(
        replace(
            inverter,
            ac_limit_w=math.inf if inverter.ac_limit_w > MOST_W else _number(inverter.ac_limit_w, 0.0, 0.0, MOST_W, 6),
            solar_share=share if whole <= 1.0 else round(share / whole, 9),
        )
        for inverter, share in zip(inverters, shares, strict=True)
    )


def _miner(miner: MinerTask, slots: int) -> MinerTask:
    power = _rounded(np.clip(np.nan_to_num(miner.power_w, nan=0.0), 1e-3, MOST_W), 6)
    value = np.broadcast_to(np.asarray(miner.value_per_kwh, dtype=np.float64), (power.size, slots))
    value = np.round(np.clip(np.where(np.isfinite(value), value, 0.0), -MOST_PRICE, MOST_PRICE), 9)
    count = min(max(int(miner.count), 0), MOST_UNITS)
    return replace(
        miner,
        power_w=power,
        value_per_kwh=value,
        heat_per_kwh=None if miner.heat_per_kwh is None else _prices(miner.heat_per_kwh, slots),
        allowed=_flags(miner.allowed, slots),
        count=count,
        min_run_h=_number(miner.min_run_h, 0.0, 0.0, 1e3),
        min_pause_h=_number(miner.min_pause_h, 0.0, 0.0, 1e3),
        start_cost=_number(miner.start_cost, 0.0, 0.0, MOST_PRICE),
        budgets=tuple(_budget(budget, slots) for budget in miner.budgets),
        start_soc=_rule(miner.start_soc),
        stop_soc=_rule(miner.stop_soc),
        start_soc_at=_rule_by_slot(miner.start_soc_at, slots),
        stop_soc_at=_rule_by_slot(miner.stop_soc_at, slots),
        surplus_margin_w=_number(miner.surplus_margin_w, 0.0, 0.0, MOST_W),
        barred=None if miner.barred is None else np.broadcast_to(miner.barred, (power.size, slots)),
        told_to_run=None if miner.told_to_run is None else _flags(miner.told_to_run, slots),
        told_to_stand=None if miner.told_to_stand is None else _flags(miner.told_to_stand, slots),
        running=min(max(int(miner.running), 0), count),
        in_state_h=_number(miner.in_state_h, 0.0, 0.0, math.inf),
    )


def _rule(soc: float | None) -> float | None:
    return None if soc is None or math.isnan(soc) else _number(soc, 0.0, 0.0, 1.0)


def _rule_by_slot(soc: Series | None, slots: int) -> Series | None:
    if soc is None:
        return None
    return np.asarray(np.round(np.clip(np.nan_to_num(_series(soc, slots), nan=0.0), 0.0, 1.0), 9), dtype=np.float64)


def _budget(budget: Budget, slots: int) -> Budget:
    """What was used beyond the budget leaves nothing, not less."""
    starts = budget.max_starts
    hours = budget.max_hours
    return replace(
        budget,
        slots=_flags(budget.slots, slots),
        min_hours=_number(budget.min_hours, 0.0, 0.0, 1e4),
        max_hours=None if hours is None else _number(hours, 0.0, 0.0, 1e4),
        max_starts=None if starts is None else max(0, int(starts)),
    )
