"""Why a miner runs or stands in a slot of the plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...model.amounts import NO_SOC
from ...model.decision import MinerReason, Reason
from ...model.plan import Plan
from ...model.problem import MinerTask
from ..rules.citing import bars, of_slot

# Prices closer than this are alike, per kWh: told ones are rounded as well.
NO_PRICE = 1e-3


@dataclass(frozen=True, slots=True)
class _MinerSlot:
    """One miner in one slot, with the numbers its reasons need."""

    plan: Plan
    task: MinerTask
    slot: int

    @property
    def units(self) -> int:
        return int(self.plan.running(self.task.id)[self.slot])

    @property
    def units_before(self) -> int:
        return int(self.plan.running(self.task.id)[self.slot - 1]) if self.slot else self.task.running

    @property
    def power_w(self) -> float:
        """Power per unit: at the level planned, or the lowest one while standing."""
        planned = self.plan.schedule.units[self.task.id][:, self.slot]
        return float(self.task.power_w @ planned / planned.sum()) if planned.any() else float(self.task.power_w[0])

    @property
    def value(self) -> float:
        """What a kWh is worth at the level planned, or at the best level while standing: revenue and wanted heat."""
        planned = self.plan.schedule.units[self.task.id][:, self.slot]
        values = self.task.value_per_kwh[:, self.slot]
        return float(values @ planned / planned.sum()) if planned.any() else float(values.max())

    @property
    def energy_price(self) -> float:
        return float(self.plan.energy_price[self.slot])

    @property
    def import_price(self) -> float:
        return float(self.plan.problem.import_price[self.slot])

    @property
    def heat(self) -> float:
        """The part of `value` that is wanted heat."""
        return 0.0 if self.task.heat_per_kwh is None else float(self.task.heat_per_kwh[self.slot])

    @property
    def revenue(self) -> float:
        """The part of `value` that mining earns."""
        return self.value - self.heat

    @property
    def margin(self) -> float:
        """What a kWh must earn above its price."""
        return 0.0 if self.task.margin_per_kwh is None else float(self.task.margin_per_kwh[self.slot])

    @property
    def asked_price(self) -> float:
        """What a kWh must earn for it to run: its price, and the margin."""
        return self.energy_price + self.margin

    @property
    def start_soc(self) -> float | None:
        rule = self.task.start_rule
        return float(rule[self.slot]) or None if isinstance(rule, np.ndarray) else rule

    @property
    def stop_soc(self) -> float | None:
        rule = self.task.stop_rule
        return float(rule[self.slot]) or None if isinstance(rule, np.ndarray) else rule

    @property
    def wished_w(self) -> float:
        """Import the owner still wants in this slot; inf without such a wish."""
        wished = self.plan.problem.wished_import_w
        if wished is None:
            return float("inf")
        return float(wished[self.slot] - max(0.0, self.plan.schedule.grid_w[self.slot]))

    @property
    def too_hot(self) -> bool:
        """Whether the miner is still hotter than it may be."""
        return self.task.cooling is not None and bool(self.task.cooling[self.slot])

    @property
    def told(self) -> bool:
        """Whether its owner tells it to do what it does."""
        flags = self.task.told_to_run if self.units else self.task.told_to_stand
        return flags is not None and bool(flags[self.slot])

    @property
    def on_surplus(self) -> bool:
        """Whether it runs on surplus only."""
        return bool(self.task.on_surplus[self.slot])

    def owed_hours(self) -> bool:
        """Whether the owner asks for least hours in a span that holds this slot."""
        return any(budget.min_hours > 0 and budget.slots[self.slot] for budget in self.task.budgets)

    def barred_by(self, code: MinerReason) -> bool:
        """Whether a policy behind this code keeps it off."""
        return bars(self.plan.problem, self.task.id, self.slot, code)

    @property
    def surplus_w(self) -> float:
        return float(self.plan.problem.surplus_w[self.slot])

    @property
    def needed_w(self) -> float:
        return self.power_w + self.task.surplus_margin_w

    @property
    def soc(self) -> float:
        """Stored energy as a fraction of all capacity at the beginning of the slot; 1 without a battery."""
        return self.plan.site_soc(self.slot)

    @property
    def soc_after(self) -> float:
        return self.plan.site_soc(self.slot + 1)

    @property
    def headroom_w(self) -> float:
        """Import still free in this slot."""
        return float(self.plan.problem.max_import_w[self.slot] - max(0.0, self.plan.schedule.grid_w[self.slot]))

    def hours_since_stop(self) -> float:
        """Hours since the last unit stopped before this slot; inf where none did."""
        running = self.plan.running(self.task.id)
        before = np.concatenate(([self.task.running], running))[: self.slot + 1]
        drops = np.flatnonzero(np.diff(before) < 0)
        if drops.size:
            return float(self.plan.horizon.hours[drops[-1] : self.slot].sum())
        return self.task.in_state_h + float(self.plan.horizon.edges_h[self.slot]) if not before.any() else float("inf")

    def budget_left(self) -> tuple[float, float]:
        """Hours and starts per unit left in this slot's day once the plan is carried out."""
        hours, starts = float("inf"), float("inf")
        running = self.plan.running(self.task.id)
        ups = np.maximum(0, np.diff(np.concatenate(([self.task.running], running))))
        for budget in self.task.budgets:
            if not budget.slots[self.slot]:
                continue
            if budget.max_hours is not None:
                used = float((running * self.plan.horizon.hours)[budget.slots].sum()) / self.task.count
                hours = min(hours, budget.max_hours - used)
            if budget.max_starts is not None:
                starts = min(starts, budget.max_starts - float(ups[budget.slots].sum()) / self.task.count)
        return hours, starts

    def later_price(self) -> float:
        """Dearest import price in the following 24 hours: what stored energy may save."""
        edges = self.plan.horizon.edges_h
        ahead = (edges[:-1] >= edges[self.slot]) & (edges[:-1] < edges[self.slot] + 24)
        return float(self.plan.problem.import_price[ahead].max())

    def stores_energy(self) -> bool:
        """Whether a battery could keep this slot's energy for later."""
        return any(battery.capacity_wh > 0 for battery in self.plan.problem.batteries)


# Why a miner runs, first that holds: (holds, code).
_WHY_RUNNING: tuple[tuple[Callable[[_MinerSlot], bool], MinerReason], ...] = (
    (lambda s: s.told, MinerReason.MANUAL),
    (lambda s: s.value < s.asked_price - 1e-6 and s.owed_hours(), MinerReason.LEAST_HOURS),
    (lambda s: s.value < s.asked_price - 1e-6 and s.units_before > 0, MinerReason.MIN_RUN),
    (lambda s: s.heat > 0 and s.value - s.heat < s.asked_price - 1e-6, MinerReason.HEAT_WANTED),
    (lambda s: s.on_surplus, MinerReason.SURPLUS),
    (lambda s: s.value < s.asked_price - NO_PRICE, MinerReason.WHOLE_RUN_PAYS),
    (lambda _: True, MinerReason.PROFITABLE),
)

# Why a miner stands, first that holds.
_WHY_STANDING: tuple[tuple[Callable[[_MinerSlot], bool], MinerReason], ...] = (
    (lambda s: s.told, MinerReason.MANUAL),
    (lambda s: s.too_hot or (not s.task.allowed[s.slot] and s.barred_by(MinerReason.TOO_HOT)), MinerReason.TOO_HOT),
    (lambda s: not s.task.allowed[s.slot] and s.barred_by(MinerReason.TOO_COLD), MinerReason.TOO_COLD),
    (
        lambda s: (
            not s.task.allowed[s.slot]
            and s.barred_by(MinerReason.NO_SURPLUS)
            and not s.barred_by(MinerReason.OUTSIDE_WINDOW)
        ),
        MinerReason.NO_SURPLUS,
    ),
    (lambda s: not s.task.allowed[s.slot], MinerReason.OUTSIDE_WINDOW),
    (lambda s: s.on_surplus and s.surplus_w < s.needed_w, MinerReason.NO_SURPLUS),
    (lambda s: s.budget_left()[0] < s.plan.horizon.hours[s.slot], MinerReason.DAY_LIMIT),
    (
        lambda s: s.wished_w < s.power_w and s.surplus_w < s.power_w and s.value > s.import_price,
        MinerReason.IMPORT_LIMIT,
    ),
    (
        lambda s: s.value <= s.energy_price and s.stores_energy() and s.later_price() > s.value > _outside_price(s),
        MinerReason.SAVING_FOR_PEAK,
    ),
    (lambda s: s.value <= s.asked_price, MinerReason.UNPROFITABLE),
    (lambda s: s.hours_since_stop() < s.task.min_pause_h - 1e-9, MinerReason.MIN_PAUSE),
    (lambda s: s.start_soc is not None and s.soc < s.start_soc - 1e-6, MinerReason.SOC_TOO_LOW),
    (lambda s: s.stop_soc is not None and s.soc_after < s.stop_soc + NO_SOC, MinerReason.BELOW_STOP_SOC),
    (lambda s: s.headroom_w < s.power_w, MinerReason.IMPORT_LIMIT),
    (lambda s: s.budget_left()[1] < 1, MinerReason.DAY_LIMIT),
    (lambda _: True, MinerReason.START_NOT_WORTH),
)

# Numbers that belong to each reason, beside the energy price, the revenue and the worth that belong to all.
_MINER_NUMBERS: Mapping[MinerReason, tuple[str, ...]] = {
    MinerReason.SURPLUS: ("surplus_w", "needed_w"),
    MinerReason.NO_SURPLUS: ("surplus_w", "needed_w"),
    MinerReason.HEAT_WANTED: ("heat_per_kwh",),
    MinerReason.UNPROFITABLE: ("profit_margin",),
    MinerReason.START_NOT_WORTH: ("start_cost",),
    MinerReason.SAVING_FOR_PEAK: ("later_price",),
    MinerReason.SOC_TOO_LOW: ("soc", "start_soc"),
    MinerReason.BELOW_STOP_SOC: ("soc", "stop_soc"),
    MinerReason.IMPORT_LIMIT: ("headroom_w", "needed_w"),
    MinerReason.MIN_RUN: ("min_run_h",),
    MinerReason.WHOLE_RUN_PAYS: ("min_run_h", "start_cost"),
    MinerReason.MIN_PAUSE: ("min_pause_h",),
    MinerReason.DAY_LIMIT: ("hours_left", "starts_left"),
}

_NUMBER: Mapping[str, Callable[[_MinerSlot], float | None]] = {
    "surplus_w": lambda s: s.surplus_w,
    "needed_w": lambda s: s.needed_w if s.on_surplus else s.power_w,
    "later_price": lambda s: s.later_price(),
    "soc": lambda s: s.soc,
    "start_soc": lambda s: s.start_soc,
    "stop_soc": lambda s: s.stop_soc,
    "headroom_w": lambda s: min(s.headroom_w, max(0.0, s.wished_w)),
    "heat_per_kwh": lambda s: s.heat,
    "profit_margin": lambda s: s.margin or None,
    "start_cost": lambda s: s.task.start_cost,
    "min_run_h": lambda s: s.task.min_run_h,
    "min_pause_h": lambda s: s.task.min_pause_h,
    "hours_left": lambda s: s.budget_left()[0],
    "starts_left": lambda s: s.budget_left()[1],
}


def _outside_price(at: _MinerSlot) -> float:
    """What a kWh would fetch outside right now: the export price, or nothing where nothing may be exported."""
    problem = at.plan.problem
    return float(problem.export_price[at.slot]) if problem.max_export_w[at.slot] > 0 else 0.0


def miner_reason(plan: Plan, miner_id: str, slot: int, *, told: bool = True) -> Reason[MinerReason]:
    """Return why a miner runs or stands in a slot of the plan; `told`: whether what its owner told it still holds."""
    task = next(task for task in plan.problem.miners if task.id == miner_id)
    if not told:
        task = replace(task, told_to_run=None, told_to_stand=None)
    at = _MinerSlot(plan, task, slot)
    code = next(code for holds, code in (_WHY_RUNNING if at.units else _WHY_STANDING) if holds(at))
    numbers = {"energy_price": at.energy_price, "revenue_per_kwh": at.revenue}
    if at.heat:
        numbers["worth_per_kwh"] = at.value
    for name in _MINER_NUMBERS.get(code, ()):
        value = _NUMBER[name](at)
        if value is not None and np.isfinite(value):
            numbers[name] = value
    return Reason(code, numbers, of_slot(plan.problem, miner_id, slot, code, at.soc))
