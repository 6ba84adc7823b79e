"""The rule-based plan: the owner's default policies, followed slot by slot without looking at prices.

Miners by priority start at 60 % stored, hold between 40 and 60 %, stop below 40 %, and need 500 W more than they draw.
The battery stores surplus and covers the house. Below 20 % it charges from any source; below 40 % it charges toward 60 %
when the grid is cheap. A device's own start and stop levels take the place of the defaults.

It is the plan when no other can be made, and the baseline that savings are measured against. A start that turns out to
break a hard limit before the minimum run is over is struck out and the day is followed again from the beginning.
"""

from dataclasses import dataclass, field

import numpy as np

from ..model.horizon import Series
from ..model.plan import Schedule
from ..model.problem import BatteryTask, MinerTask, Problem
from .conduct import Conduct

CRITICAL_SOC, STOP_SOC, START_SOC = 0.2, 0.4, 0.6
SPARE_W = 500.0
CHEAP_QUANTILE = 0.25
MOST_RETRIES = 200
TINY_WH = 1e-6
LEAST_FORCED_W = 50.0


def rule_based(problem: Problem, *, run_miners: bool = True) -> Schedule:
    """Return the rules' schedule for a cleaned problem; `run_miners` False is the safe state: every miner off at once."""
    struck: set[tuple[str, int]] = set()
    for _ in range(MOST_RETRIES):
        try:
            return _Day(problem, struck, run_miners=run_miners).follow()
        except _BrokenStartError as broken:
            struck.add((broken.miner_id, broken.slot))
    return _Day(problem, struck, run_miners=False).follow()


def idle(problem: Problem) -> Schedule:
    """Return the schedule of a site that only serves the house from its panels and the grid."""
    slots = len(problem.horizon)
    panels = _panels_w(problem)
    solar = np.minimum(panels, problem.load_w + problem.max_export_w)
    solar = np.where(problem.battery_export, solar, np.minimum(solar, np.maximum(problem.load_w, problem.solar_w)))
    grid = np.minimum(problem.load_w - solar, problem.max_import_w)
    return Schedule(
        battery_w={b.id: np.zeros(slots) for b in problem.batteries},
        soc={b.id: np.full(slots + 1, b.initial_soc) for b in problem.batteries},
        grid_w=grid,
        solar_used_w=solar,
        unserved_w=problem.load_w - solar - grid,
        units={m.id: np.zeros((m.power_w.size, slots), dtype=np.int64) for m in problem.miners},
    )


class _BrokenStartError(Exception):
    """A start after which the minimum run cannot be kept."""

    def __init__(self, miner_id: str, slot: int) -> None:
        super().__init__(miner_id, slot)
        self.miner_id = miner_id
        self.slot = slot


@dataclass(slots=True, eq=False)
class _Run:
    """A miner or group as the day goes by. `started`/`stopped`: hours of the last switch; `since`: slot of the last start."""

    task: MinerTask
    units: int
    started_h: float
    stopped_h: float
    since: int | None = None
    hours: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


def _panels_w(problem: Problem) -> Series:
    """Solar power that comes through the inverters with the batteries at rest."""
    if not problem.inverters:
        return problem.solar_w
    free = max(0.0, 1 - sum(i.solar_share for i in problem.inverters)) * problem.solar_w
    through = [np.minimum(i.solar_share * problem.solar_w, i.ac_limit_w) for i in problem.inverters]
    return np.minimum(problem.solar_w, sum(through, free))


class _Day:
    """One pass over the horizon."""

    def __init__(self, problem: Problem, struck: set[tuple[str, int]], *, run_miners: bool) -> None:
        self.p = problem
        self.struck = struck
        self.run_miners = run_miners
        self.h = problem.horizon.hours
        self.begins = problem.horizon.edges_h[:-1]
        self.slots = self.h.size
        self.panels_w = _panels_w(problem)
        self.surplus_w = problem.surplus_w
        self.cheap = problem.import_price <= np.quantile(problem.import_price, CHEAP_QUANTILE)
        self.conducts = [Conduct.of(problem, battery) for battery in problem.batteries]
        self.stored = [b.initial_soc * b.capacity_wh for b in problem.batteries]
        self.capacity = sum(b.capacity_wh for b in problem.batteries)
        self.runs = [
            _Run(
                task,
                task.running,
                -task.in_state_h,
                -task.in_state_h,
                hours=[0.0] * len(task.budgets),
                starts=[0] * len(task.budgets),
            )
            for task in sorted(problem.miners, key=lambda m: (not m.must_run, m.priority))
        ]
        self.battery_w = {b.id: np.zeros(self.slots) for b in problem.batteries}
        self.units = {m.id: np.zeros((m.power_w.size, self.slots), dtype=np.int64) for m in problem.miners}
        self.grid_w, self.solar_w, self.unserved_w = (np.zeros(self.slots) for _ in range(3))

    def follow(self) -> Schedule:
        for slot in range(self.slots):
            self._slot(slot)
        return Schedule(
            battery_w=self.battery_w,
            soc={b.id: b.soc(self.battery_w[b.id], self.h) for b in self.p.batteries},
            grid_w=self.grid_w,
            solar_used_w=self.solar_w,
            unserved_w=self.unserved_w,
            units=self.units,
        )

    def _slot(self, t: int) -> None:
        """Choose who runs, then stop whoever cannot, the last in the order first, until the slot keeps every limit."""
        chosen = self._chosen(t)
        while True:
            powers = self._dispatch(t, sum(task_w for _, _, task_w in chosen.values()))
            refused = self._refused(t, chosen, powers)
            if refused is None:
                break
            self._must_be_free_to_stop(t, refused)
            chosen[refused.task.id] = (0, 0, 0.0)
        self._record(t, chosen, powers)

    def _chosen(self, t: int) -> dict[str, tuple[int, int, float]]:
        """Return (units, level, W) per miner id, by priority, out of what is available."""
        available = float(self.panels_w[t] - self.p.load_w[t]) + self._drawable_w(t)
        headroom = available + float(self.p.max_import_w[t])
        chosen: dict[str, tuple[int, int, float]] = {}
        for run in self.runs:
            room = headroom if run.task.must_run else available - SPARE_W
            units, level = self._wanted(t, run, room)
            power = units * float(run.task.power_w[level])
            chosen[run.task.id] = (units, level, power)
            available, headroom = available - power, headroom - power
        return chosen

    def _drawable_w(self, t: int) -> float:
        return sum(self._limits_w(t, k, floor=self._floor(k, t))[1] for k in range(len(self.p.batteries)))

    def _floor(self, k: int, t: int) -> float:
        """Return the SOC the house and the miners do not take a battery below: its reserve where it can be kept there."""
        b, may = self.p.batteries[k], self.conducts[k]
        kept = may.keep_from_discharging[t] or may.must_discharge[t] or not may.bound[t]
        return float(max(b.min_soc[t], b.reserve_soc[t]) if kept else b.min_soc[t])

    def _wanted(self, t: int, run: _Run, room_w: float) -> tuple[int, int]:
        """Return how many units should run, and at which level: the highest that fits, else as many as fit at the lowest."""
        task = run.task
        if not self.run_miners:
            return 0, 0
        held = run.units if self.begins[t] - run.started_h < task.min_run_h - 1e-6 else 0
        may = self._may_run(t, run)
        if held and min(self._most(t, task, 0), self._hours_left(t, run)) < held:
            self._must_be_free_to_stop(t, run)
            held = 0
        if not (held or may):
            return 0, 0
        grow = self._may_start(t, run)
        for level in range(task.power_w.size - 1, -1, -1):
            fits = max(0.0, min(float(task.count), room_w / task.power_w[level] + 1e-9))
            units = min(int(fits), self._most(t, task, level), self._hours_left(t, run))
            units = max(held, min(units, task.count if grow else run.units)) if may else held
            if units and (units == task.count or level == 0) and units <= self._most(t, task, level):
                return units, level
        return held, 0

    def _most(self, t: int, task: MinerTask, level: int) -> int:
        if not task.allowed[t] or (task.barred is not None and task.barred[level, t]):
            return 0
        if not task.surplus_only:
            return task.count
        room = (self.surplus_w[t] - task.surplus_margin_w) / task.power_w[level]
        return int(min(task.count, max(0, room + 1e-9)))

    def _hours_left(self, t: int, run: _Run) -> int:
        """Return how many units may run through this slot by the most hours."""
        least = run.task.count
        for used, budget in zip(run.hours, run.task.budgets, strict=True):
            if budget.slots[t] and budget.max_hours is not None:
                left = budget.max_hours * run.task.count - used
                least = min(least, int(left / self.h[t] + 1e-6))
        return max(0, least)

    def _may_run(self, t: int, run: _Run) -> bool:
        task = run.task
        if task.must_run:
            wanted = [
                b.min_hours * task.count - used for b, used in zip(task.budgets, run.hours, strict=True) if b.slots[t]
            ]
            return not wanted or max(wanted) > 1e-6
        if not self._pays(t, task):
            return False
        soc = self._soc()
        if soc is None:
            return True
        keep = _level(task.stop_rule, t, STOP_SOC)
        start = max(keep, _level(task.start_rule, t, START_SOC)) if task.start_rule is not None else START_SOC
        return soc >= (keep if run.units else start)

    def _pays(self, t: int, task: MinerTask) -> bool:
        """Whether a miner earns the margin its owner asks for; without one the rules do not look at prices."""
        if task.margin_per_kwh is None or not task.margin_per_kwh[t]:
            return True
        from_surplus = self.surplus_w[t] >= task.power_w[0]
        price = (self.p.export_price if from_surplus else self.p.import_price)[t]
        return bool(task.value_per_kwh[:, t].max() >= price + task.margin_per_kwh[t])

    def _may_start(self, t: int, run: _Run) -> bool:
        """A start needs the pause to be over, a start left, and room for the whole minimum run."""
        task = run.task
        soc = self._soc()
        if (task.id, t) in self.struck or self.begins[t] - run.stopped_h < task.min_pause_h - 1e-6:
            return False
        if soc is not None and soc < _level(task.start_rule, t, 0.0):
            return False
        if any(
            budget.slots[t] and budget.max_starts is not None and used + task.count > budget.max_starts * task.count
            for used, budget in zip(run.starts, task.budgets, strict=True)
        ):
            return False
        after = (self.begins >= self.begins[t] - 1e-9) & (self.begins < self.begins[t] + task.min_run_h - 1e-6)
        return bool(task.allowed[after].all())

    def _soc(self) -> float | None:
        return sum(self.stored) / self.capacity if self.capacity > 0 else None

    def _limits_w(self, t: int, k: int, floor: float, *, into: float | None = None) -> tuple[float, float]:
        """Return the most a battery may charge and discharge in a slot, W on the AC side; `floor` is a SOC it stays above.

        Batteries share their inverter alike, or the next takes what those before it, `into` W in all, have left.
        """
        b, stored = self.p.batteries[k], self.stored[k]
        if b.capacity_wh <= 0:
            return 0.0, 0.0
        charge = min(
            float(b.max_charge_w[t]), max(0.0, b.max_soc[t] * b.capacity_wh - stored) / self.h[t] / b.charge_efficiency
        )
        charge = min(charge, self._taper_w(b, t, stored))
        discharge = min(
            float(b.max_discharge_w[t]), max(0.0, stored - floor * b.capacity_wh) / self.h[t] * b.discharge_efficiency
        )
        if b.inverter is not None:
            inverter = self.p.inverters[b.inverter]
            through = min(inverter.solar_share * float(self.p.solar_w[t]), inverter.ac_limit_w)
            if into is not None:
                sun = inverter.solar_share * float(self.p.solar_w[t])
                return min(charge, inverter.ac_limit_w + sun - into), min(
                    discharge, inverter.ac_limit_w - through + into
                )
            shared = sum(other.inverter == b.inverter for other in self.p.batteries)
            charge = min(charge, inverter.ac_limit_w / shared)
            discharge = min(discharge, (inverter.ac_limit_w - through) / shared)
        return charge, discharge

    def _taper_w(self, b: BatteryTask, t: int, stored: float) -> float:
        """Return the power at which the slot ends just at the tapered limit."""
        limit = float(b.max_charge_w[t])
        if b.taper_soc >= 1 or b.taper_floor >= 1:
            return limit
        slope = limit * (1 - b.taper_floor) / (1 - b.taper_soc)
        over_now = stored / b.capacity_wh - b.taper_soc
        return max(
            0.0, (limit - slope * over_now) / (1 + slope * float(self.h[t]) * b.charge_efficiency / b.capacity_wh)
        )

    def _dispatch(self, t: int, miners_w: float) -> tuple[list[float], float, float, float]:
        """Return battery powers (+ charging), grid (+ import), solar used and load unserved, W."""
        p = self.p
        net = float(self.panels_w[t] - p.load_w[t]) - miners_w
        may_charge = np.inf if p.grid_charging[t] else float(self.surplus_w[t])
        powers = [0.0] * len(p.batteries)
        behind = [0.0] * len(p.inverters)  # sun that an inverter cannot let through, and a battery behind it stores
        for k in self._in_turn(t):
            if self.conducts[k].bound[t]:
                powers[k], more = self._by_itself(t, k, net, may_charge, powers, behind, miners_w)
                inverter = p.batteries[k].inverter
                if inverter is not None:
                    behind[inverter] += more
                net += more
            else:
                powers[k] = self._as_ruled(t, k, net, may_charge, miners_w)
            may_charge -= max(0.0, powers[k])
            net -= powers[k]
        short = -net - float(p.max_import_w[t])
        if short > 0 and miners_w <= 0:
            short = self._drain(t, powers, short)
        unserved = min(max(0.0, short), float(p.load_w[t])) if miners_w <= 0 else 0.0
        use = float(p.load_w[t]) - unserved + miners_w + sum(powers)
        most_export = float(p.max_export_w[t] if p.battery_export[t] else min(p.max_export_w[t], self.surplus_w[t]))
        solar = min(float(self.panels_w[t]) + sum(behind), max(0.0, use + most_export))
        return powers, use - solar, solar, unserved

    def _in_turn(self, t: int) -> list[int]:
        """Return the batteries in turn: who is told by its owner or charges from the grid first, for the others see it."""
        if not any(may.bound[t] for may in self.conducts):
            return [*range(len(self.conducts))]

        def draws(k: int) -> float:
            may = self.conducts[k]
            if may.must_charge[t] or may.must_discharge[t]:
                return float("inf")
            return self._grid_charge_w(t, k) if may.charge[t] else 0.0

        return sorted(range(len(self.conducts)), key=draws, reverse=True)

    def _as_ruled(self, t: int, k: int, net: float, may_charge: float, miners_w: float) -> float:
        """Return what a battery that does all it is told charges (+) or discharges, W."""
        most_charge, most_discharge = self._limits_w(t, k, floor=self._floor(k, t))
        from_grid = self._grid_charge_w(t, k) if miners_w <= 0 else 0.0
        wanted = max(net, min(from_grid, net + float(self.p.max_import_w[t])))
        return min(wanted, most_charge, may_charge) if wanted > 0 else -min(-net, most_discharge)

    def _by_itself(
        self,
        t: int,
        k: int,
        net: float,
        may_charge: float,
        powers: list[float],
        behind: list[float],
        miners_w: float,
    ) -> tuple[float, float]:
        """Return what a battery that cannot be told everything, or is told by its owner, charges (+) or discharges.

        Also how much of it is sun that its inverter cannot let through, W. `powers` and `behind` are those of the
        batteries before it.
        """
        p, b, may = self.p, self.p.batteries[k], self.conducts[k]
        into = sum(w for w, other in zip(powers, p.batteries, strict=True) if other.inverter == b.inverter)
        most_charge, to_reserve = self._limits_w(t, k, floor=self._floor(k, t), into=into)
        most_discharge = self._limits_w(t, k, floor=float(b.min_soc[t]), into=into)[1]
        most_charge = min(most_charge, may_charge)
        extra = 0.0
        if b.inverter is not None:
            inverter = p.inverters[b.inverter]
            left = inverter.solar_share * float(p.solar_w[t]) - inverter.ac_limit_w - behind[b.inverter]
            extra = min(most_charge, max(0.0, left))
        bought = max(0.0, net + extra + float(p.max_import_w[t]))
        if may.must_charge[t]:
            return min(most_charge, bought), extra
        if may.must_discharge[t]:
            sold = float(p.max_export_w[t] if p.battery_export[t] else min(p.max_export_w[t], self.surplus_w[t]))
            return -max(min(to_reserve, max(0.0, sold - net)), min(-net, most_discharge), 0.0), 0.0
        from_grid = self._grid_charge_w(t, k) if may.charge[t] and miners_w <= 0 else 0.0
        forced = min(from_grid, most_charge) if may.charge_power[t] else most_charge
        if from_grid > LEAST_FORCED_W and max(net + extra, LEAST_FORCED_W) < forced <= bought:
            return forced, extra
        if net >= 0 or extra:
            return min(max(net, 0.0) + extra, most_charge), extra
        rests = may.keep_from_discharging[t] and -net <= float(p.max_import_w[t])
        if rests and to_reserve < min(-net, float(b.max_discharge_w[t])):
            return 0.0, 0.0  # it would not stop at its reserve half way through
        return -min(-net, most_discharge), 0.0

    def _drain(self, t: int, powers: list[float], short: float) -> float:
        """Keep the lights on below the range: drain what is there."""
        for k in range(len(powers)):
            more = min(short, max(0.0, self._limits_w(t, k, floor=0.0)[1] + min(0.0, powers[k])))
            if powers[k] <= 0 and more > 0:
                powers[k] -= more
                short -= more
        return short

    def _grid_charge_w(self, t: int, k: int) -> float:
        b = self.p.batteries[k]
        soc = self.stored[k] / b.capacity_wh if b.capacity_wh > 0 else 1.0
        critical = soc < max(CRITICAL_SOC, self._floor(k, t))
        tonight = soc < STOP_SOC and bool(self.cheap[t])
        target = START_SOC if tonight else STOP_SOC if critical else 0.0
        wanted = (target - soc) * b.capacity_wh / self.h[t] / b.charge_efficiency
        return max(0.0, wanted) if self.p.grid_charging[t] else 0.0

    def _refused(
        self, t: int, chosen: dict[str, tuple[int, int, float]], powers: tuple[list[float], float, float, float]
    ) -> _Run | None:
        """Return the last miner in the order that the slot cannot carry, or None."""
        battery, grid, _, _ = powers
        running = [run for run in self.runs if chosen[run.task.id][0]]
        if running and grid > self.p.max_import_w[t] + 1e-6:
            return running[-1]
        if self.capacity <= 0:
            return None
        after = sum(self.stored[k] + self._stored_wh(t, k, power) for k, power in enumerate(battery))
        for run in reversed(running):
            if after < _level(run.task.stop_rule, t, 0.0) * self.capacity - TINY_WH:
                return run
        return None

    def _must_be_free_to_stop(self, t: int, run: _Run) -> None:
        """Strike the start out where the minimum run is not over; a run begun before the plan is stopped for safety."""
        if run.since is not None and run.since < t and self.begins[t] - run.started_h < run.task.min_run_h - 1e-6:
            raise _BrokenStartError(run.task.id, run.since)

    def _stored_wh(self, t: int, k: int, power: float) -> float:
        b = self.p.batteries[k]
        stored_w = power * b.charge_efficiency if power > 0 else power / b.discharge_efficiency
        return stored_w * float(self.h[t])

    def _record(
        self, t: int, chosen: dict[str, tuple[int, int, float]], powers: tuple[list[float], float, float, float]
    ) -> None:
        battery, self.grid_w[t], self.solar_w[t], self.unserved_w[t] = powers
        for k, power in enumerate(battery):
            self.battery_w[self.p.batteries[k].id][t] = power
            self.stored[k] += self._stored_wh(t, k, power)
        for run in self.runs:
            units, level, _ = chosen[run.task.id]
            self._switch(t, run, units)
            if units:
                self.units[run.task.id][level, t] = units
            for index, budget in enumerate(run.task.budgets):
                if budget.slots[t]:
                    run.hours[index] += units * float(self.h[t])

    def _switch(self, t: int, run: _Run, units: int) -> None:
        if units > run.units:
            run.started_h, run.since = float(self.begins[t]), t
            for index, budget in enumerate(run.task.budgets):
                run.starts[index] += units - run.units if budget.slots[t] else 0
        elif units < run.units:
            run.stopped_h = float(self.begins[t])
        run.units = units


def _level(rule: Series | float | None, t: int, default: float) -> float:
    """Return a start or stop level in a slot, the default where there is no such rule."""
    if rule is None:
        return default
    return float(rule[t]) if isinstance(rule, np.ndarray) else rule
