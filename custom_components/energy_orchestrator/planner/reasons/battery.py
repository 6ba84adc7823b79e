"""Which mode brings about what the plan wants of a battery in a slot, at which power, and why."""

from collections.abc import Callable
from dataclasses import dataclass

from ...model.amounts import NO_POWER_W, NO_SOC
from ...model.decision import BatteryMode, BatteryReason, Reason
from ...model.plan import Plan
from ...model.problem import BatteryTask
from ..rules.citing import bars, of_slot


@dataclass(frozen=True, slots=True)
class _BatterySlot:
    """One battery in one slot."""

    plan: Plan
    task: BatteryTask
    slot: int

    @property
    def power_w(self) -> float:
        return float(self.plan.schedule.battery_w[self.task.id][self.slot])

    @property
    def grid_w(self) -> float:
        return float(self.plan.schedule.grid_w[self.slot])

    @property
    def soc(self) -> float:
        return float(self.plan.schedule.soc[self.task.id][self.slot])

    @property
    def charging(self) -> bool:
        return self.power_w > NO_POWER_W

    @property
    def discharging(self) -> bool:
        return self.power_w < -NO_POWER_W

    @property
    def importing(self) -> bool:
        return self.grid_w > NO_POWER_W

    @property
    def exporting(self) -> bool:
        return self.grid_w < -NO_POWER_W

    @property
    def told(self) -> BatteryMode | None:
        """What its owner tells it."""
        return self.task.told_at(self.slot)

    @property
    def spare(self) -> bool:
        """Whether power is sold, or left on the roof."""
        return self.exporting or float(self.plan.curtailed_w[self.slot]) > NO_POWER_W

    @property
    def above_floor(self) -> bool:
        return bool(self.soc > self.task.min_soc[self.slot] + 1e-6)

    @property
    def below_full(self) -> bool:
        return bool(self.soc < self.task.max_soc[self.slot] - 1e-6)

    @property
    def at_limit(self) -> bool:
        """Charging as fast as it may, or until it is full."""
        after = float(self.plan.schedule.soc[self.task.id][self.slot + 1])
        full = after >= self.task.max_soc[self.slot] - 1e-6
        return full or self.power_w >= 0.98 * self.task.tapered_w(self.slot, after)


_WHY_BATTERY: tuple[tuple[Callable[[_BatterySlot], bool], BatteryReason], ...] = (
    (lambda s: s.told is not None, BatteryReason.MANUAL),
    (lambda s: s.charging and s.soc < s.task.min_soc[s.slot] - NO_SOC, BatteryReason.RECOVERING),
    (lambda s: s.charging and s.importing, BatteryReason.CHARGING_CHEAP),
    (lambda s: s.charging, BatteryReason.STORING_SURPLUS),
    (lambda s: s.discharging and s.exporting, BatteryReason.SELLING),
    (lambda s: s.discharging, BatteryReason.COVERING_LOAD),
    (lambda s: s.exporting and s.soc >= s.task.max_soc[s.slot] - NO_SOC, BatteryReason.FULL),
    (
        lambda s: (
            s.exporting
            and not s.task.max_charge_w[s.slot]
            and bars(s.plan.problem, s.task.id, s.slot, BatteryReason.TOO_HOT)
        ),
        BatteryReason.TOO_HOT,
    ),
    (lambda s: s.exporting and not s.task.max_charge_w[s.slot], BatteryReason.TOO_COLD),
    (lambda s: s.exporting, BatteryReason.EXPORT_PAYS_MORE),
    (lambda s: s.importing and s.soc <= s.task.reserve_soc[s.slot] + NO_SOC, BatteryReason.AT_RESERVE),
    (lambda s: s.importing, BatteryReason.SAVING_FOR_PEAK),
    (lambda _: True, BatteryReason.IDLE),
)

# Which mode brings the slot about, first that holds. Self-consumption is the answer wherever the grid rests, for it
# follows clouds and kettles by itself where a set-point would buy or sell the difference.
_MODE: tuple[tuple[Callable[[_BatterySlot], bool], BatteryMode], ...] = (
    (lambda s: s.charging and s.importing, BatteryMode.CHARGE),
    (lambda s: s.discharging and s.exporting, BatteryMode.DISCHARGE),
    (lambda s: s.discharging, BatteryMode.SELF_CONSUMPTION),
    (lambda s: s.charging, BatteryMode.SELF_CONSUMPTION),
    (lambda s: s.exporting and s.soc < s.task.max_soc[s.slot] - NO_SOC, BatteryMode.HOLD),
    (lambda s: s.importing and s.soc > s.task.reserve_soc[s.slot] + NO_SOC, BatteryMode.HOLD),
    (lambda _: True, BatteryMode.SELF_CONSUMPTION),
)


# The same for a battery that cannot be told everything: what it is not told it does by itself.
_DRIVABLE_MODE: tuple[tuple[Callable[[_BatterySlot], bool], BatteryMode], ...] = (
    (lambda s: s.charging and s.importing and s.task.drive.charge, BatteryMode.CHARGE),
    (lambda s: s.discharging and s.spare and s.task.drive.discharge, BatteryMode.DISCHARGE),
    (lambda s: s.charging or s.discharging, BatteryMode.SELF_CONSUMPTION),
    (lambda s: s.importing and s.above_floor and s.task.drive.keep_from_discharging, BatteryMode.HOLD),
    (lambda s: s.spare and s.below_full and s.task.drive.keep_from_charging, BatteryMode.HOLD),
    (lambda _: True, BatteryMode.SELF_CONSUMPTION),
)


def _battery_slot(plan: Plan, battery_id: str, slot: int) -> _BatterySlot:
    return _BatterySlot(plan, next(task for task in plan.problem.batteries if task.id == battery_id), slot)


def battery_mode(plan: Plan, battery_id: str, slot: int) -> BatteryMode:
    """Return the mode that brings about what the plan wants of a battery in a slot."""
    at = _battery_slot(plan, battery_id, slot)
    if at.told is not None:
        return at.told
    modes = _MODE if at.task.drive.everything else _DRIVABLE_MODE
    return next(mode for holds, mode in modes if holds(at))


def battery_set_point_w(plan: Plan, battery_id: str, slot: int) -> float:
    """Return the power to set, W ≥ 0: the planned power, or for self-consumption the most it may charge.

    A battery that stores only a part of the surplus because selling the rest pays is capped at that part.
    """
    at = _battery_slot(plan, battery_id, slot)
    mode = battery_mode(plan, battery_id, slot)
    if mode is BatteryMode.CHARGE and not at.task.drive.charge_power:
        return float(at.task.max_charge_w[slot])
    if mode is BatteryMode.DISCHARGE and not at.task.drive.discharge_power:
        return float(at.task.max_discharge_w[slot])
    if mode is not BatteryMode.SELF_CONSUMPTION:
        return abs(at.power_w)
    if at.charging and at.exporting and not at.at_limit and at.task.drive.charge_power:
        return at.power_w
    return float(at.task.max_charge_w[slot])


def battery_reason(plan: Plan, battery_id: str, slot: int) -> Reason[BatteryReason]:
    """Return why a battery charges, discharges or rests in a slot of the plan."""
    at = _battery_slot(plan, battery_id, slot)
    code = next(code for holds, code in _WHY_BATTERY if holds(at))
    return Reason(
        code,
        {
            "energy_price": float(plan.energy_price[slot]),
            "import_price": float(plan.problem.import_price[slot]),
            "export_price": float(plan.problem.export_price[slot]),
            "soc": at.soc,
        },
        of_slot(plan.problem, battery_id, slot, code, at.soc),
    )
