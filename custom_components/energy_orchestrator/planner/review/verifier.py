"""Replays a schedule against physics and hard limits. It knows nothing of how the schedule was found.

Everything is worked out again from the powers: the energy balance, the state of charge, who runs, who started and when.
What the plan names as shed is the only thing it forgives, and only for wishes: a limit is never forgiven.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...model.horizon import Series
from ...model.plan import Schedule, Shed, Wish
from ...model.problem import BatteryTask, InverterTask, MinerTask, Problem
from .by_itself import NOTHING_W, faults

CONDUCT_TOLERANCE_W = 1.0
ENERGY_TOLERANCE_WH = 0.01
HOURS_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that does not hold: its name, the device (None: the site), the first slot, and by how much (W, Wh, h)."""

    limit: str
    device_id: str | None
    slot: int | None
    amount: float


def violations(problem: Problem, schedule: Schedule, shed: Iterable[Shed]) -> tuple[Violation, ...]:
    """Return every limit of a cleaned problem that the schedule breaks; none for a schedule that may be published."""
    shapes = tuple(_shapes(problem, schedule))
    return shapes or tuple(_Replay(problem, schedule, tuple(shed)).all())


def _shapes(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    slots = len(problem.horizon)
    series: list[tuple[str | None, npt.NDArray[np.float64] | npt.NDArray[np.int64] | None, tuple[int, ...]]] = [
        (None, schedule.grid_w, (slots,)),
        (None, schedule.solar_used_w, (slots,)),
        (None, schedule.unserved_w, (slots,)),
    ]
    for battery in problem.batteries:
        series.append((battery.id, schedule.battery_w.get(battery.id), (slots,)))
        series.append((battery.id, schedule.soc.get(battery.id), (slots + 1,)))
    series.extend((m.id, schedule.units.get(m.id), (m.power_w.size, slots)) for m in problem.miners)
    for device, values, shape in series:
        if values is None or values.shape != shape:
            yield Violation("shape", device, None, 0.0)
        elif not np.isfinite(values).all():
            yield Violation(
                "not_a_number", device, int(np.flatnonzero(~np.isfinite(values).ravel())[0] % shape[-1]), 0.0
            )


class _Replay:
    """One schedule under scrutiny."""

    def __init__(self, problem: Problem, schedule: Schedule, shed: tuple[Shed, ...]) -> None:
        self.p = problem
        self.s = schedule
        self.shed = {(item.wish, item.device_id) for item in shed}
        self.h = problem.horizon.hours
        self.begins = problem.horizon.edges_h[:-1]
        self.surplus = np.maximum(0.0, problem.solar_w - problem.load_w)

    def all(self) -> Iterator[Violation]:
        yield from self._site()
        for battery in self.p.batteries:
            yield from self._battery(battery)
        for index, inverter in enumerate(self.p.inverters):
            yield from self._inverter(index, inverter)
        yield from self._solar_behind_inverters()
        for miner in self.p.miners:
            yield from self._miner(miner)

    def _over(self, limit: str, device: str | None, excess: Series, tolerance: float) -> Iterator[Violation]:
        """Report the first slot in which something is over its limit by more than the tolerance."""
        slots = np.flatnonzero(excess > tolerance)
        if slots.size:
            yield Violation(limit, device, int(slots[0]), float(excess.max()))

    def _site(self) -> Iterator[Violation]:
        p, s = self.p, self.s
        into_batteries = sum((s.battery_w[b.id] for b in p.batteries), np.zeros_like(self.h))
        miners = sum((m.power_w @ s.units[m.id] for m in p.miners), np.zeros_like(self.h))
        supply = s.solar_used_w + s.grid_w
        use = p.load_w - s.unserved_w + miners + into_batteries
        exported = np.maximum(0.0, -s.grid_w)
        charging = sum((np.maximum(0.0, s.battery_w[b.id]) for b in p.batteries), np.zeros_like(self.h))
        checks = (
            ("balance", np.abs(supply - use) - 1e-9 * np.abs(use)),
            ("import_limit", np.maximum(0.0, s.grid_w) - p.max_import_w),
            ("export_limit", exported - p.max_export_w),
            ("battery_export", np.where(p.battery_export, 0.0, exported - self.surplus)),
            ("grid_charging", np.where(p.grid_charging, 0.0, charging - self.surplus)),
            ("solar", np.maximum(s.solar_used_w - p.solar_w, -s.solar_used_w)),
            ("unserved", np.maximum(s.unserved_w - p.load_w, -s.unserved_w)),
            ("unserved_not_named", s.unserved_w - (np.inf if (Wish.UNSERVED_LOAD, None) in self.shed else 1.0)),
        )
        for limit, excess in checks:
            yield from self._over(limit, None, excess, NOTHING_W)

    def _battery(self, b: BatteryTask) -> Iterator[Violation]:
        power, soc = self.s.battery_w[b.id], self.s.soc[b.id]
        stored = soc * b.capacity_wh
        flow = np.where(power > 0, power * b.charge_efficiency, power / b.discharge_efficiency) * self.h
        before, after = stored[:-1], stored[1:]
        least, most = b.min_soc * b.capacity_wh, b.max_soc * b.capacity_wh
        if b.capacity_wh <= 0:
            yield from self._over("capacity", b.id, np.abs(flow), ENERGY_TOLERANCE_WH)
            return
        if abs(soc[0] - b.initial_soc) > 1e-9:
            yield Violation("initial_soc", b.id, 0, float(abs(soc[0] - b.initial_soc)))
        away_below = np.where(after < least - ENERGY_TOLERANCE_WH, before - after, 0.0)
        if (Wish.BATTERY_RANGE, b.id) in self.shed:
            away_below = -after
        away_above = np.where(after > most + ENERGY_TOLERANCE_WH, after - before, 0.0)
        checks = (
            ("storage", np.abs(after - before - flow), ENERGY_TOLERANCE_WH),
            ("charge_limit", power - b.max_charge_w, NOTHING_W),
            ("discharge_limit", -power - b.max_discharge_w, NOTHING_W),
            ("range", np.maximum(away_below, away_above), ENERGY_TOLERANCE_WH),
            ("empty", -after, ENERGY_TOLERANCE_WH),
            ("taper", power - _taper_limit(b, soc[1:]), NOTHING_W),
        )
        for limit, excess, tolerance in checks:
            yield from self._over(limit, b.id, excess, tolerance)
        for limit, excess in faults(self.p, self.s, b):
            yield from self._over(limit, b.id, excess, CONDUCT_TOLERANCE_W)

    def _coupled(self, index: int) -> Series:
        return sum((self.s.battery_w[b.id] for b in self.p.batteries if b.inverter == index), np.zeros_like(self.h))

    def _inverter(self, index: int, inverter: InverterTask) -> Iterator[Violation]:
        """With all its solar power curtailed, its batteries alone must fit through it."""
        into = self._coupled(index)
        solar = inverter.solar_share * self.p.solar_w
        excess = np.maximum(-into - inverter.ac_limit_w, into - inverter.ac_limit_w - solar)
        yield from self._over("inverter_limit", inverter.id, excess, NOTHING_W)

    def _solar_behind_inverters(self) -> Iterator[Violation]:
        """The solar power used must split over the inverters so that each keeps its limit."""
        if not self.p.inverters:
            return
        free = max(0.0, 1 - sum(i.solar_share for i in self.p.inverters)) * self.p.solar_w
        least, most = np.zeros_like(self.h), free
        for index, inverter in enumerate(self.p.inverters):
            into = self._coupled(index)
            least = least + np.maximum(0.0, into - inverter.ac_limit_w)
            most = most + np.clip(inverter.ac_limit_w + into, 0.0, inverter.solar_share * self.p.solar_w)
        used = self.s.solar_used_w
        yield from self._over("solar_through_inverters", None, np.maximum(used - most, least - used), NOTHING_W)

    def _miner(self, m: MinerTask) -> Iterator[Violation]:
        units = self.s.units[m.id]
        running = units.sum(axis=0)
        changes = np.diff(running, prepend=m.running)
        started, stopped = np.maximum(changes, 0), np.maximum(-changes, 0)
        drawn = m.power_w @ units
        alone = np.where(units > 0, m.power_w[:, None], 0.0).max(axis=0)
        needs = np.maximum(drawn, alone) + m.surplus_margin_w
        checks = (
            ("units", np.maximum(running - m.count, -units.min(axis=0)).astype(np.float64)),
            ("not_allowed", np.where(m.allowed, 0.0, running)),
            (
                "barred_level",
                np.where(False if m.barred is None else m.barred, units, 0).sum(axis=0).astype(np.float64),
            ),
            ("surplus_only", np.where(m.on_surplus & (running > 0), needs - self.surplus, 0.0)),
        )
        for limit, excess in checks:
            yield from self._over(limit, m.id, excess, NOTHING_W)
        yield from self._run_and_pause(m, running, started, stopped)
        yield from self._budgets(m, running, started)
        yield from self._soc_rules(m, running, started)

    def _run_and_pause(
        self,
        m: MinerTask,
        running: npt.NDArray[np.int64],
        started: npt.NDArray[np.int64],
        stopped: npt.NDArray[np.int64],
    ) -> Iterator[Violation]:
        """Who has run longest stops first, who has stood longest starts first: two queues of (since, units, excused)."""
        forgiven = (Wish.MIN_RUN, m.id) in self.shed
        on = [(-m.in_state_h, m.running, forgiven)]
        off = [(-m.in_state_h, m.count - m.running, False)]
        for slot in range(running.size):
            now = float(self.begins[slot])
            for queue, switched, other, least, limit in (
                (on, int(stopped[slot]), off, m.min_run_h, "min_run"),
                (off, int(started[slot]), on, m.min_pause_h, "min_pause"),
            ):
                left = switched
                while left > 0 and queue:
                    since, number, excused = queue.pop(0)
                    moved = min(number, left)
                    if now - since < least - HOURS_TOLERANCE and moved and not excused:
                        yield Violation(limit, m.id, slot, least - (now - since))
                        return
                    if number > moved:
                        queue.insert(0, (since, number - moved, excused))
                    other.append((now, moved, False))
                    left -= moved

    def _budgets(
        self, m: MinerTask, running: npt.NDArray[np.int64], started: npt.NDArray[np.int64]
    ) -> Iterator[Violation]:
        for budget in m.budgets:
            hours = float((running * self.h)[budget.slots].sum())
            starts = int(started[budget.slots].sum())
            if budget.max_hours is not None and hours > budget.max_hours * m.count + HOURS_TOLERANCE:
                yield Violation("max_hours", m.id, None, hours - budget.max_hours * m.count)
            if budget.max_starts is not None and starts > budget.max_starts * m.count:
                yield Violation("max_starts", m.id, None, float(starts - budget.max_starts * m.count))
            missing = budget.min_hours * m.count - hours
            if missing > 2e-3 and (Wish.LEAST_HOURS, m.id) not in self.shed:
                yield Violation("least_hours_not_named", m.id, None, missing)

    def _soc_rules(
        self, m: MinerTask, running: npt.NDArray[np.int64], started: npt.NDArray[np.int64]
    ) -> Iterator[Violation]:
        capacity = sum(b.capacity_wh for b in self.p.batteries)
        if capacity <= 0:
            return
        stored = sum((self.s.soc[b.id] * b.capacity_wh for b in self.p.batteries), np.zeros(self.h.size + 1))
        if m.start_rule is not None:
            excess = np.where(started > 0, m.start_rule * capacity - stored[:-1], 0.0)
            yield from self._over("start_soc", m.id, excess, ENERGY_TOLERANCE_WH)
        if m.stop_rule is not None:
            excess = np.where(running > 0, m.stop_rule * capacity - stored[1:], 0.0)
            yield from self._over("stop_soc", m.id, excess, ENERGY_TOLERANCE_WH)


def _taper_limit(b: BatteryTask, soc: Series) -> Series:
    """Charging limit by the SOC at the end of the slot: full up to `taper_soc`, then down to `taper_floor` at 100 %."""
    if b.taper_soc >= 1 or b.taper_floor >= 1:
        return b.max_charge_w
    part = 1 - (1 - b.taper_floor) * (soc - b.taper_soc) / (1 - b.taper_soc)
    return np.asarray(b.max_charge_w * np.clip(part, b.taper_floor, 1.0), dtype=np.float64)
