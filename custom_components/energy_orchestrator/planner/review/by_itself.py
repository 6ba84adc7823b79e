"""Checks of a schedule that a battery does by itself what it cannot be told otherwise, and what its owner told it.

In every slot the question is how many W more it could have charged, or discharged, and did not: to spare while the site
bought, or the other way round. It is worked out from the powers alone, without the programme's rows.
"""

from collections.abc import Iterator

import numpy as np

from ...model.decision import BatteryMode
from ...model.horizon import Series
from ...model.plan import Schedule
from ...model.problem import BatteryTask, Flags, Problem

NOTHING_W = 0.01
"""Power below this is what rounding leaves of none, also over a limit."""


def faults(problem: Problem, schedule: Schedule, b: BatteryTask) -> Iterator[tuple[str, Series]]:
    """Yield what a battery does otherwise than it must: the name of the limit, and by how many W in each slot, shape (T,)."""
    told = b.told_to(*BatteryMode)
    watched = (told | (not b.drive.everything)) & ((problem.max_import_w > 0) | (problem.max_export_w > 0))
    if b.capacity_wh <= 0 or not watched.any():
        return
    for limit, excess in _Watched(problem, schedule, b, told).all():
        yield limit, np.where(watched, excess, 0.0)


class _Watched:
    """One battery's slots."""

    def __init__(self, p: Problem, s: Schedule, b: BatteryTask, told: Flags) -> None:
        self.p, self.s, self.b, self.told = p, s, b, told
        self.h = p.horizon.hours
        power = s.battery_w[b.id]
        self.charging, self.discharging = np.maximum(0.0, power), np.maximum(0.0, -power)
        self.bought, self.sold = np.maximum(0.0, s.grid_w), np.maximum(0.0, -s.grid_w)
        self.stored = s.soc[b.id][1:] * b.capacity_wh
        room_in, self.room_out = self._ac_room()
        self.more_in = np.minimum.reduce(
            [
                b.max_charge_w - self.charging,
                self._taper_w() - self.charging,
                (b.max_soc * b.capacity_wh - self.stored) / self.h / b.charge_efficiency,
                room_in,
            ]
        )
        self.more_out = np.minimum.reduce([b.max_discharge_w - self.discharging, self._above(b.min_soc), self.room_out])

    def all(self) -> Iterator[tuple[str, Series]]:
        b, drive = self.b, self.b.drive
        unused = self._unused()
        by_force_in = self._may(drive.charge, BatteryMode.CHARGE) & (self.charging > NOTHING_W)
        by_force_out = self._may(drive.discharge, BatteryMode.DISCHARGE) & (self.discharging > NOTHING_W)
        kept_in = self._may(drive.keep_from_charging) & (self.charging <= NOTHING_W)
        kept_out = self._may(drive.keep_from_discharging) & (self.discharging <= NOTHING_W)
        capped = self._may(drive.charge_power and drive.keep_from_charging)
        set_in, set_out = self.told | drive.charge_power, self.told | drive.discharge_power
        left = np.where(capped, unused, self.sold + unused)
        bought_by = np.minimum(self.charging, self.bought)
        sold_by = np.minimum(self.discharging, self.sold)
        yield "covers", np.where(kept_out | by_force_in, 0.0, np.minimum(self.bought, self.more_out))
        yield "stores", np.where(kept_in | by_force_out, 0.0, np.minimum(left, self.more_in))
        yield (
            "charges_by_force",
            np.where(by_force_in & set_in, 0.0, self._at_most(bought_by, by_force_in, self.more_in)),
        )
        yield (
            "discharges_by_force",
            np.where(by_force_out & set_out, 0.0, self._at_most(sold_by, by_force_out, self.more_out)),
        )
        yield "told_to_charge", np.where(b.told_to(BatteryMode.CHARGE), np.minimum(self.more_in, self._to_buy()), 0.0)
        reserve = self._above(np.maximum(b.reserve_soc, b.min_soc))
        more = np.minimum(self.more_out, np.minimum(reserve, self._to_sell()))
        yield "told_to_discharge", np.where(b.told_to(BatteryMode.DISCHARGE), more, 0.0)

    def _at_most(self, flow: Series, by_force: Flags, more: Series) -> Series:
        """By force without a power to set it is all it can; by itself only behind an inverter that gives all it can."""
        by_itself = np.minimum(flow, self.room_out)
        found: Series = np.where(by_force, np.minimum(more, by_itself), by_itself)
        return found

    def _may(self, can: bool, *modes: BatteryMode) -> Flags:  # noqa: FBT001 - a field of Drive
        """Whether it may in each slot: what its owner tells it holds in place of what it can be told."""
        return np.asarray(np.where(self.told, self.b.told_to(*modes), can), dtype=np.bool_)

    def _above(self, soc: Series) -> Series:
        """Power that would empty it to a level by the end of the slot, beyond what it gives."""
        return np.asarray(
            (self.stored - soc * self.b.capacity_wh) / self.h * self.b.discharge_efficiency, dtype=np.float64
        )

    def _taper_w(self) -> Series:
        b = self.b
        if b.taper_soc >= 1 or b.taper_floor >= 1:
            return b.max_charge_w
        over = np.maximum(0.0, self.stored / b.capacity_wh - b.taper_soc) / (1 - b.taper_soc)
        return np.asarray(b.max_charge_w * (1 - (1 - b.taper_floor) * over))

    def _to_buy(self) -> Series:
        """What the connection, or the sun where the grid may not charge, has left."""
        charging = sum((np.maximum(0.0, w) for w in self.s.battery_w.values()), np.zeros_like(self.h))
        sun = np.where(self.p.grid_charging, np.inf, self.p.surplus_w - charging)
        return np.asarray(np.minimum(self.p.max_import_w - self.s.grid_w, sun), dtype=np.float64)

    def _to_sell(self) -> Series:
        most = np.where(self.p.battery_export, self.p.max_export_w, np.minimum(self.p.max_export_w, self.p.surplus_w))
        return np.asarray(most + self.s.grid_w)

    def _limited(self) -> set[int]:
        """Inverters whose AC limit can keep sun or a battery from the house."""
        coupled = {b.inverter for b in self.p.batteries if b.inverter is not None}
        return {i for i in coupled if np.isfinite(self.p.inverters[i].ac_limit_w)}

    def _panels(self) -> list[Series]:
        """The most of the panels of each inverter, and of those behind none."""
        coupled = {b.inverter for b in self.p.batteries}
        shares = [i.solar_share for i in self.p.inverters]
        groups = [
            np.minimum(i.solar_share * self.p.solar_w, np.inf if index in coupled else i.ac_limit_w)
            for index, i in enumerate(self.p.inverters)
        ]
        return [*groups, max(0.0, 1 - sum(shares)) * self.p.solar_w]

    def _unused(self) -> Series:
        """Sun it could store and nobody used; none where another inverter may not let it through."""
        if self._limited() - {self.b.inverter}:
            return np.zeros_like(self.h)
        return np.maximum(0.0, sum(self._panels(), np.zeros_like(self.h)) - self.s.solar_used_w)

    def _ac_room(self) -> tuple[Series, Series]:
        """What its inverter could still take and give on its AC side, W; the less where the sun's way is not known."""
        if self.b.inverter not in self._limited():
            return np.full_like(self.h, np.inf), np.full_like(self.h, np.inf)
        panels = self._panels()
        own, limit = panels[self.b.inverter], self.p.inverters[self.b.inverter].ac_limit_w
        others = sum(panels, np.zeros_like(self.h)) - own
        into = sum(
            (self.s.battery_w[b.id] for b in self.p.batteries if b.inverter == self.b.inverter), np.zeros_like(self.h)
        )
        room_in = limit - into + np.maximum(0.0, self.s.solar_used_w - others)
        room_out = limit + into - np.minimum(own, self.s.solar_used_w)
        return room_in, room_out
