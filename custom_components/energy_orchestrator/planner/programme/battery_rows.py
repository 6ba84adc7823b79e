"""Batteries: their powers, what they hold, the range and the reserve, and what uncertain solar asks to keep in them.

η_c and η_d are the efficiencies of charging and discharging, C a battery's capacity, e_t the energy in its cells at the
end of slot t, e_−1 what it holds now.
"""

import numpy as np

from ...model.problem import BatteryTask, Problem
from .flows import KILO
from .matrix import Floats, Gathering, Places
from .uncertainty import lights_on_need_kwh, spread_margin_kwh
from .wishes import WishPrices

DAY_H = 24.0


def add_batteries(g: Gathering, p: Problem, prices: WishPrices) -> tuple[Places, Places, Places]:
    """Add every battery; return the columns of charge, discharge and energy, shapes (B, T)."""
    if not p.batteries:
        none = np.zeros((0, len(p.horizon)), dtype=np.int64)
        return none, none, none
    parts = [_Battery(g, p, battery, prices).add() for battery in p.batteries]
    charge, discharge, energy = (np.stack(part) for part in zip(*parts, strict=True))
    return charge, discharge, energy


def add_held_back(g: Gathering, p: Problem, energy: Places, prices: WishPrices) -> None:
    """What uncertain solar asks of all batteries together: the lights on at P10, and a margin for the spread.

        Σ_b e_bt + short_t ≥ need_t      short_t ≥ 0  at  h_t · price

    for each of the two needs (`uncertainty`), in the slots where it is more than the batteries hold anyway.
    """
    if p.solar_low_w is None or not p.batteries:
        return
    held = (
        (lights_on_need_kwh(p), prices.reserve),
        (spread_margin_kwh(p), prices.margin),
    )
    least = sum((b.min_soc * b.capacity_wh * KILO for b in p.batteries), np.zeros(len(p.horizon)))
    for need, price in held:
        slots = np.flatnonzero(need > least + 1e-6)
        if not slots.size:
            continue
        short = g.columns((slots.size,), cost=p.horizon.hours[slots] * price)
        row = g.rows(slots.size, lower=need[slots])
        g.put(row[None, :], energy[:, slots], 1.0)
        g.put(row, short, 1.0)


def add_repeat(g: Gathering, p: Problem, energy: Places, price: float) -> Places:
    """A day that could be lived again: the end holds what the same hour of the day before held. Return the rows, (B,).

        e_b,end − e_b,(end − 24 h) + short_b ≥ 0      short_b ≥ 0  at  `price` per kWh

    or what the battery holds now, on a horizon of a day or less.
    """
    edges = p.horizon.edges_h
    before = int(np.searchsorted(edges, edges[-1] - DAY_H - 1e-6))
    now = np.array([b.initial_soc * b.capacity_wh * KILO for b in p.batteries])
    row = g.rows(now.size, lower=now if before == 0 else 0.0)
    g.put(row, energy[:, -1], 1.0)
    g.put(row, g.columns((now.size,), cost=price), 1.0)
    if before:
        g.put(row, energy[:, before - 1], -1.0)
    return row


class _Battery:
    """Lays down one battery. Shapes (T,), powers in kW, energies in kWh."""

    def __init__(self, g: Gathering, p: Problem, b: BatteryTask, prices: WishPrices) -> None:
        self.g, self.p, self.b, self.prices = g, p, b, prices
        self.h = p.horizon.hours
        self.slots = len(p.horizon)
        self.capacity = b.capacity_wh * KILO
        self.now = b.initial_soc * self.capacity
        self.least, self.most = b.min_soc * self.capacity, b.max_soc * self.capacity

    def add(self) -> tuple[Places, Places, Places]:
        charge, discharge = self._powers()
        energy = self._energy(charge, discharge)
        self._storage(charge, discharge, energy)
        self._taper(charge, energy)
        self._reserve(energy)
        self._final(energy)
        return charge, discharge, energy

    def _powers(self) -> tuple[Places, Places]:
        """Power in and out on the AC side; wear counts per kWh through the cells.

        0 ≤ charge_t    ≤ most charge_t         at  h_t · η_c · (wear + tie)
        0 ≤ discharge_t ≤ most discharge_t      at  h_t / η_d · (wear + tie)
        """
        b, wear = self.b, self.b.wear_per_kwh + self.prices.tie
        charge = self.g.columns((self.slots,), upper=b.max_charge_w * KILO, cost=self.h * b.charge_efficiency * wear)
        discharge = self.g.columns(
            (self.slots,), upper=b.max_discharge_w * KILO, cost=self.h / b.discharge_efficiency * wear
        )
        return charge, discharge

    def _energy(self, charge: Places, discharge: Places) -> Places:
        """The energy within the range; a battery found outside it may only move towards it.

            floor_t ≤ e_t ≤ ceiling_t      at  −worth of a kWh left at the end, in the last slot

        For one that is never below its range the floor is the range's least, and the like above. Another may stay where it
        is (floor_t = min(now, least so far), ceiling_t = max(now, most so far)), and moves away only from within:

            e_t ≥ floor_t + (least_t − floor_t) · above_t        discharge_t ≤ most discharge_t · above_t
            e_t ≤ ceiling_t − (ceiling_t − most_t) · below_t     charge_t    ≤ most charge_t · below_t

        with above_t, below_t whole, 0 or 1. Where the lights are at risk the lower end is a wish instead: the house may
        drain a battery below it, at a price (`_range_at_a_price`).
        """
        p, b, least, most, now = self.p, self.b, self.least, self.most, self.now
        cost = np.zeros(self.slots)
        cost[-1] = -(b.terminal_value_per_kwh or 0.0)
        always_above = now >= least[0] and bool((np.diff(least) <= 0).all())
        always_below = now <= most[0] and bool((np.diff(most) >= 0).all())
        floor = np.zeros(self.slots) if p.lights_at_risk else least
        if not p.lights_at_risk and not always_above:
            floor = np.minimum(now, np.minimum.accumulate(least))
        ceiling = most if always_below else np.maximum(now, np.maximum.accumulate(most))
        energy = self.g.columns((self.slots,), lower=floor, upper=np.maximum(ceiling, floor), cost=cost)
        if p.lights_at_risk:
            self._range_at_a_price(energy)
        elif not always_above:
            above = self.g.columns((self.slots,), upper=1.0, whole=True)
            row = self.g.rows(self.slots, lower=floor)
            self.g.put(row, energy, 1.0)
            self.g.put(row, above, floor - least)
            self._only_while(above, discharge, b.max_discharge_w * KILO)
        if not always_below:
            below = self.g.columns((self.slots,), upper=1.0, whole=True)
            row = self.g.rows(self.slots, upper=ceiling)
            self.g.put(row, energy, 1.0)
            self.g.put(row, below, ceiling - most)
            self._only_while(below, charge, b.max_charge_w * KILO)
        return energy

    def _only_while(self, truth: Places, power: Places, most_kw: Floats) -> None:
        """power_t ≤ most_t · truth_t."""
        row = self.g.rows(self.slots, upper=0.0)
        self.g.put(row, power, 1.0)
        self.g.put(row, truth, -most_kw)

    def _range_at_a_price(self, energy: Places) -> None:
        """What is missing below the range, and what of it was taken rather than found missing.

            e_t + missing_t ≥ least_t                      missing_t ≥ 0
            taken_t ≥ missing_t − missing_t−1              taken_t ≥ 0  at  price of the range

        with missing_−1 what is missing now.
        """
        missing = self.g.columns((self.slots,))
        taken = self.g.columns((self.slots,), cost=self.prices.range)
        row = self.g.rows(self.slots, lower=self.least)
        self.g.put(row, energy, 1.0)
        self.g.put(row, missing, 1.0)
        row = self.g.rows(self.slots, lower=-self._in_first(max(0.0, float(self.least[0]) - self.now)))
        self.g.put(row, taken, 1.0)
        self.g.put(row, missing, -1.0)
        self.g.put(row[1:], missing[:-1], 1.0)

    def _in_first(self, value: float) -> Floats:
        """Return a value in the first slot and 0 in all others."""
        return np.where(np.arange(self.slots) == 0, value, 0.0)

    def _storage(self, charge: Places, discharge: Places, energy: Places) -> None:
        """What is stored follows from the powers.

        e_t = e_t−1 + η_c · charge_t · h_t − discharge_t · h_t / η_d
        """
        now = self._in_first(self.now)
        row = self.g.rows(self.slots, lower=now, upper=now)
        self.g.put(row, energy, 1.0)
        self.g.put(row[1:], energy[:-1], -1.0)
        self.g.put(row, charge, -self.b.charge_efficiency * self.h)
        self.g.put(row, discharge, self.h / self.b.discharge_efficiency)

    def _taper(self, charge: Places, energy: Places) -> None:
        """Above the taper's SOC s the most it may charge falls linearly, to a part f of itself when it is full.

            charge_t ≤ most charge_t · (1 − (1 − f) · (e_t / C − s) / (1 − s))

        The SOC at the end of the slot counts, the careful side.
        """
        b = self.b
        if b.taper_soc >= 1 or b.taper_floor >= 1 or b.capacity_wh <= 0:
            return
        limit = b.max_charge_w * KILO
        slope = limit * (1 - b.taper_floor) / (1 - b.taper_soc)
        row = self.g.rows(self.slots, upper=limit + slope * b.taper_soc)
        self.g.put(row, charge, 1.0)
        self.g.put(row, energy, slope / self.capacity)

    def _reserve(self, energy: Places) -> None:
        """The reserve is a wish, also for a battery that is below it now: it then recovers as fast as it can.

        e_t + short_t ≥ reserve_t      short_t ≥ 0  at  h_t · price of the reserve
        """
        b, wanted = self.b, self.b.reserve_soc * self.capacity
        hard = not self.p.lights_at_risk and b.initial_soc >= b.min_soc[0] and bool((np.diff(b.min_soc) <= 0).all())
        slots = np.flatnonzero(wanted > (self.least if hard else 0.0) + 1e-9)
        if not slots.size:
            return
        short = self.g.columns((slots.size,), cost=self.h[slots] * self.prices.reserve)
        row = self.g.rows(slots.size, lower=wanted[slots])
        self.g.put(row, energy[slots], 1.0)
        self.g.put(row, short, 1.0)

    def _final(self, energy: Places) -> None:
        """The energy the owner wants at the end.

        e_end + short ≥ final      short ≥ 0  at  price of the final SOC
        """
        if self.b.final_soc is None:
            return
        short = self.g.columns((1,), cost=self.prices.final)
        row = self.g.rows(1, lower=self.b.final_soc * self.capacity)
        self.g.put(row, energy[-1:], 1.0)
        self.g.put(row, short, 1.0)
