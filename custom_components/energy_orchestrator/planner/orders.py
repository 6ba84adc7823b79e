"""What a battery is told in each slot, and what follows from it whatever the sun and the house then do.

A plan is flows; a battery is told modes. In self-consumption it stores all surplus and covers the house down to its
reserve by itself, so what it is told says what flows for any sun and load, not only for those expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..model.decision import BatteryMode
from ..model.horizon import Series
from ..model.plan import Plan
from ..model.problem import MODES, BatteryTask, Flags, Problem
from .fallback.batteries import most_tapered_w, panels_w
from .reasons import battery_mode, battery_set_point_w

type Lanes = npt.NDArray[np.float64]
"""One value for each lane, shape (N,): courses of events that are followed side by side."""

SELF_CONSUMPTION = MODES.index(BatteryMode.SELF_CONSUMPTION)
CHARGE = MODES.index(BatteryMode.CHARGE)
DISCHARGE = MODES.index(BatteryMode.DISCHARGE)


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """What one battery is told: places in `MODES` and powers in W, shapes (T,).

    The power is the set-point, or for self-consumption the most it may charge.
    """

    modes: npt.NDArray[np.int64]
    power_w: Series

    def told(self, slots: Flags | slice, mode: int, power_w: Series | float) -> Orders:
        """Return the same with another mode and power in some slots."""
        modes, powers = self.modes.copy(), self.power_w.copy()
        modes[slots] = mode
        powers[slots] = power_w
        return Orders(modes, powers)

    def left_alone(self, task: BatteryTask, slots: Flags | slice) -> Orders:
        """Return the same with self-consumption in some slots."""
        return self.told(slots, SELF_CONSUMPTION, task.max_charge_w[slots])


def orders_of(plan: Plan, task: BatteryTask) -> Orders:
    """Return what a plan tells a battery."""
    slots = range(len(plan.horizon))
    return Orders(
        np.array([MODES.index(battery_mode(plan, task.id, slot)) for slot in slots], dtype=np.int64),
        np.array([battery_set_point_w(plan, task.id, slot) for slot in slots]),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Courses:
    """Courses of sun and load that may come, W, shapes (S, T), each with its weight, shape (S,), together 1."""

    solar_w: npt.NDArray[np.float64]
    load_w: npt.NDArray[np.float64]
    weight: Lanes


SWANSON = (0.3, 0.4, 0.3)
"""P10, P50 and P90 stand for the whole spread with these weights (Swanson's rule)."""


def courses(problem: Problem) -> Courses:
    """Return what may come: little, usual and much sun with little, usual and much load; where no spread is known, the usual."""
    sun, load = (
        (low, usual, high)
        for low, usual, high in (
            (problem.solar_low_w, problem.solar_w, problem.solar_high_w),
            (problem.load_low_w, problem.load_w, problem.load_high_w),
        )
    )
    pairs = [
        (s, u, a * b)
        for s, a in zip(sun, SWANSON, strict=True)
        for u, b in zip(load, SWANSON, strict=True)
        if s is not None and u is not None
    ]
    weight = np.array([w for _, _, w in pairs])
    return Courses(
        solar_w=np.stack([s for s, _, _ in pairs]),
        load_w=np.stack([u for _, u, _ in pairs]),
        weight=weight / weight.sum(),
    )


def expected(problem: Problem) -> Courses:
    """Return the one course that is expected."""
    return Courses(solar_w=problem.solar_w[None, :], load_w=problem.load_w[None, :], weight=np.ones(1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """What flows, shapes (N, T), W: `battery_w` (B, N, T), + charging; `grid_w`, + import; `stored_wh` (B, N, T + 1)."""

    battery_w: npt.NDArray[np.float64]
    stored_wh: npt.NDArray[np.float64]
    grid_w: npt.NDArray[np.float64]
    solar_used_w: npt.NDArray[np.float64]
    unserved_w: npt.NDArray[np.float64]


def follow(problem: Problem, told: Mapping[str, list[Orders]], miners_w: Series, ahead: Courses) -> Followed:
    """Return what flows where batteries are told so; lane n is alternative n // S of what they are told in course n % S.

    `told`: by battery id, alternatives, the same number of each. `miners_w`: what all miners draw, W, shape (T,).
    """
    return _Day(problem, told, miners_w, ahead).follow()


class _Day:
    def __init__(self, p: Problem, told: Mapping[str, list[Orders]], miners_w: Series, ahead: Courses) -> None:
        self.p, self.h = p, p.horizon.hours
        courses_n = ahead.weight.size
        alternatives = len(next(iter(told.values())))
        self.lanes = courses_n * alternatives
        self.solar = np.tile(ahead.solar_w, (alternatives, 1))
        self.load = np.tile(ahead.load_w, (alternatives, 1))
        self.miners_w = miners_w
        self.surplus = np.maximum(0.0, self.solar - self.load)
        self.panels = panels_w(p, self.solar)
        # Who is paid nothing for it leaves the sun on the roof.
        self.most_export = np.where(p.export_price < 0, 0.0, p.max_export_w)
        self.modes = [np.repeat([o.modes for o in told[b.id]], courses_n, axis=0) for b in p.batteries]
        self.power = [np.repeat([o.power_w for o in told[b.id]], courses_n, axis=0) for b in p.batteries]

    def follow(self) -> Followed:
        p, slots = self.p, len(self.p.horizon)
        battery_w = np.zeros((len(p.batteries), self.lanes, slots))
        stored = np.empty((len(p.batteries), self.lanes, slots + 1))
        grid, solar, unserved = (np.empty((self.lanes, slots)) for _ in range(3))
        for k, b in enumerate(p.batteries):
            stored[k, :, 0] = b.initial_soc * b.capacity_wh
        for t in range(slots):
            net = self.panels[:, t] - self.load[:, t] - self.miners_w[t]
            more_sun = np.zeros(self.lanes)
            may_charge = np.full(self.lanes, np.inf) if p.grid_charging[t] else self.surplus[:, t].copy()
            for k in range(len(p.batteries)):
                power, behind = self._power(t, k, stored[k, :, t], net, may_charge)
                battery_w[k, :, t] = power
                may_charge = may_charge - np.maximum(0.0, power)
                more_sun += behind
                net = net + behind - power
                stored[k, :, t + 1] = stored[k, :, t] + self._stored_wh(t, k, power)
            most = self._most_export_w(t)
            unserved[:, t] = np.clip(-net - p.max_import_w[t], 0.0, self.load[:, t])
            use = self.load[:, t] - unserved[:, t] + self.miners_w[t] + battery_w[:, :, t].sum(axis=0)
            solar[:, t] = np.minimum(self.panels[:, t] + more_sun, np.maximum(0.0, use + most))
            grid[:, t] = use - solar[:, t]
        return Followed(battery_w=battery_w, stored_wh=stored, grid_w=grid, solar_used_w=solar, unserved_w=unserved)

    def _most_export_w(self, t: int) -> Lanes | float:
        most = float(self.most_export[t])
        return most if self.p.battery_export[t] else np.asarray(np.minimum(most, self.surplus[:, t]))

    def _power(self, t: int, k: int, stored: Lanes, net: Lanes, may_charge: Lanes) -> tuple[Lanes, Lanes]:
        """Return what a battery charges (+) or discharges, and the sun that only it can take behind its inverter, W."""
        p, b = self.p, self.p.batteries[k]
        modes, asked = self.modes[k][:, t], self.power[k][:, t]
        most_in, most_out, extra = self._limits(t, k, stored)
        most_in = np.minimum(most_in, may_charge)
        extra = np.minimum(extra, most_in)
        by_itself = np.where(
            net + extra >= 0,
            np.minimum(np.minimum(net + extra, most_in), np.maximum(asked, extra)),
            -np.minimum(-(net + extra), most_out),
        )
        taken = np.minimum(np.minimum(asked, most_in), np.maximum(0.0, net + extra + p.max_import_w[t]))
        given = np.minimum(np.minimum(asked, most_out), np.maximum(0.0, self._most_export_w(t) - net))
        power = np.select(
            [modes == SELF_CONSUMPTION, modes == CHARGE, modes == DISCHARGE], [by_itself, taken, -given], 0.0
        )
        if b.inverter is None:
            return power, np.zeros_like(power)
        return power, np.minimum(extra, np.maximum(0.0, power))

    def _limits(self, t: int, k: int, stored: Lanes) -> tuple[Lanes, Lanes, Lanes]:
        """Return the most it may charge and discharge, and the sun its inverter cannot let through, W."""
        b, h = self.p.batteries[k], self.h[t]
        if b.capacity_wh <= 0:
            none = np.zeros_like(stored)
            return none, none, none
        floor = float(max(b.min_soc[t], b.reserve_soc[t]) if b.drive.keep_from_discharging else b.min_soc[t])
        room = np.maximum(0.0, b.max_soc[t] * b.capacity_wh - stored) / h / b.charge_efficiency
        most_in = np.minimum(np.minimum(b.max_charge_w[t], room), most_tapered_w(b, t, float(h), stored))
        left = np.maximum(0.0, stored - floor * b.capacity_wh) / h * b.discharge_efficiency
        most_out = np.minimum(b.max_discharge_w[t], left)
        if b.inverter is None:
            return most_in, most_out, np.zeros_like(stored)
        inverter = self.p.inverters[b.inverter]
        sun = inverter.solar_share * self.solar[:, t]
        through = np.minimum(sun, inverter.ac_limit_w)
        sharing = sum(other.inverter == b.inverter for other in self.p.batteries)
        most_in = np.minimum(most_in, (inverter.ac_limit_w + sun - through) / sharing)
        most_out = np.minimum(most_out, (inverter.ac_limit_w - through) / sharing)
        return most_in, most_out, (sun - through) / sharing

    def _stored_wh(self, t: int, k: int, power: Lanes) -> Lanes:
        b = self.p.batteries[k]
        stored_w = np.where(power > 0, power * b.charge_efficiency, power / b.discharge_efficiency)
        return np.asarray(stored_w * self.h[t])
