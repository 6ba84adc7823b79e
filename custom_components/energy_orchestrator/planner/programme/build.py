"""The planning problem as one mixed-integer programme, in kW, kWh, hours and the site's currency.

DESIGN section 5 in arrays. Every block of columns and rows is laid down for all slots at once. The programme always has a
solution: what may have to be shed is a column with a steep price (`wishes`), added only where it can be needed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...model.problem import BatteryTask, Flags, Problem
from .conduct import Flows, add_conduct
from .import_wish import add_import_wish
from .matrix import Floats, Gathering, Index, Matrix
from .miner_rows import add_miners
from .uncertainty import lights_on_need_kwh, spread_margin_kwh
from .wishes import WishPrices, wish_prices

KILO = 1e-3
DAY_H = 24.0
ROOM_W = 100.0
"""Room above what can flow at most: a bound that is just met would blur the prices read off the programme."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Where to find what in the programme's columns and rows: T slots, B batteries, G groups of panels."""

    imported: Index  # (T,)
    exported: Index  # (T,)
    solar: Index  # (G, T)
    unserved: Index  # (T,)
    charge: Index  # (B, T)
    discharge: Index  # (B, T)
    energy: Index  # (B, T) at the end of each slot
    balance: Index  # (T,) rows
    storage: Index  # (B, T) rows
    units: dict[str, Index]  # (L, T) per miner id
    surplus: list[tuple[Index, Index]]  # slots and the rows whose bound is the solar surplus there
    repeat: Index  # (B,) rows, or none


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Programme:
    """The matrix, what its columns mean, and the prices of its wishes."""

    matrix: Matrix
    layout: Layout
    prices: WishPrices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OneWay:
    """Slots in which a direction must be chosen: `grid` (T,), `battery` (B, T)."""

    grid: Flags
    battery: npt.NDArray[np.bool_]

    def with_(self, other: OneWay) -> OneWay:
        """Return both together."""
        return OneWay(grid=self.grid | other.grid, battery=self.battery | other.battery)

    def everywhere(self) -> OneWay:
        """Return a choice in every slot for what needs one in any."""
        grid = np.full_like(self.grid, bool(self.grid.any()))
        return OneWay(grid=grid, battery=self.battery.any(axis=1, keepdims=True) | np.zeros_like(self.battery))

    def any(self) -> bool:
        """Return whether there is any."""
        return bool(self.grid.any() or self.battery.any())


def one_way_where_it_pays(problem: Problem) -> OneWay:
    """Return the slots whose prices would pay for going both ways at once.

    Importing and exporting pays where selling brings more than buying costs. Charging and discharging burns energy, which
    pays where buying is paid for by more than the wear of both.
    """
    bought = problem.import_price + problem.import_aversion
    both_possible = (problem.max_import_w > 0) & (problem.max_export_w > 0)
    burning = [
        -bought * (1 - b.charge_efficiency * b.discharge_efficiency) > b.wear_per_kwh * 2 * b.charge_efficiency
        for b in problem.batteries
    ]
    return OneWay(
        grid=(problem.export_price > bought) & both_possible,
        battery=np.array(burning, dtype=np.bool_).reshape(len(problem.batteries), len(problem.horizon)),
    )


def build(problem: Problem, one_way: OneWay, repeat_at: float | None = None) -> Programme:
    """Return the programme of a cleaned problem whose terminal values are known.

    With `repeat_at` (currency per kWh missing) every battery should end with what it held a day before the end.
    """
    return _Builder(problem, one_way, repeat_at).build()


class _Builder:
    """Lays the blocks down one after the other."""

    def __init__(self, problem: Problem, one_way: OneWay, repeat_at: float | None) -> None:
        self.p = problem
        self.repeat_at = repeat_at
        self.one_way = one_way
        self.g = Gathering()
        self.prices = wish_prices(problem)
        self.surplus: list[tuple[Index, Index]] = []
        self.h = problem.horizon.hours
        self.slots = len(problem.horizon)
        self.lights_at_risk = bool((problem.max_import_w < problem.load_w).any())

    def build(self) -> Programme:
        p, h = self.p, self.h
        tie = self.prices.tie
        most_import = np.minimum(p.max_import_w, self._most_use_w()) * KILO
        most_export = np.minimum(p.max_export_w, self._most_supply_w()) * KILO
        imported = self.g.columns((self.slots,), upper=most_import, cost=h * (p.import_price + p.import_aversion + tie))
        exported = self.g.columns((self.slots,), upper=most_export, cost=h * (tie - p.export_price))
        solar, panels = self._solar()
        unserved = self.g.columns(
            (self.slots,),
            upper=np.where(self.lights_at_risk, p.load_w * KILO, 0.0),
            cost=h * self.prices.unserved,
        )
        charge, discharge, energy, storage = self._batteries()
        units = add_miners(self.g, p, energy, self.prices)
        add_import_wish(self.g, p, imported, most_import, self.prices)

        balance = self.g.rows(self.slots, lower=p.load_w * KILO, upper=p.load_w * KILO)
        self.g.put(balance, imported, 1.0)
        self.g.put(balance, exported, -1.0)
        self.g.put(balance, unserved, 1.0)
        for block, sign in ((solar, 1.0), (discharge, 1.0), (charge, -1.0)):
            self.g.put(balance[None, :], block, sign)
        for miner in p.miners:
            self.g.put(balance[None, :], units[miner.id], -miner.power_w[:, None] * KILO)

        self._inverters(solar, charge, discharge)
        self._within_surplus(charge, np.flatnonzero(~p.grid_charging))
        self._within_surplus(exported[None, :], np.flatnonzero(~p.battery_export))
        self._directions(imported, exported, charge, discharge, most_import, most_export)
        self._not_through(imported, exported, charge, unserved, units)
        self._held_back(energy)
        add_conduct(
            self.g,
            p,
            Flows(
                imported=imported,
                exported=exported,
                solar=solar,
                panels=panels,
                charge=charge,
                discharge=discharge,
                energy=energy,
                units=units,
            ),
        )
        layout = Layout(
            imported=imported,
            exported=exported,
            solar=solar,
            unserved=unserved,
            charge=charge,
            discharge=discharge,
            energy=energy,
            balance=balance,
            storage=storage,
            units=units,
            surplus=self.surplus,
            repeat=self._repeat(energy),
        )
        return Programme(matrix=self.g.matrix(), layout=layout, prices=self.prices)

    def _most_use_w(self) -> Floats:
        """More than can be drawn in a slot: a bound on the import that is never what holds it."""
        miners = sum(float(m.power_w.max(initial=0.0)) * m.count for m in self.p.miners)
        return ROOM_W + self.p.load_w + miners + sum((b.max_charge_w for b in self.p.batteries), np.zeros(self.slots))

    def _most_supply_w(self) -> Floats:
        """More than can be given in a slot: a bound on the export that is never what holds it."""
        return ROOM_W + self.p.solar_w + sum((b.max_discharge_w for b in self.p.batteries), np.zeros(self.slots))

    def _solar(self) -> tuple[Index, Floats]:
        """One column of solar power used per inverter, and one for the panels behind none; the most of each, kW."""
        shares = [inverter.solar_share for inverter in self.p.inverters]
        limits = [inverter.ac_limit_w for inverter in self.p.inverters]
        behind = [np.inf if any(b.inverter == i for b in self.p.batteries) else limit for i, limit in enumerate(limits)]
        share = np.array([*shares, max(0.0, 1 - sum(shares))])
        most = np.minimum(share[:, None] * self.p.solar_w, np.array([*behind, np.inf])[:, None])
        return self.g.columns(most.shape, upper=most * KILO), most * KILO

    def _batteries(self) -> tuple[Index, Index, Index, Index]:
        count = len(self.p.batteries)
        none = np.zeros((0, self.slots), dtype=np.int64)
        if not count:
            return none, none, none, none
        parts = [self._battery(index, battery) for index, battery in enumerate(self.p.batteries)]
        charge, discharge, energy, storage = (np.stack(part) for part in zip(*parts, strict=True))
        return charge, discharge, energy, storage

    def _battery(self, index: int, b: BatteryTask) -> tuple[Index, Index, Index, Index]:
        """One battery: its powers, the energy at the end of each slot, and the rows that tie them."""
        h, tie = self.h, self.prices.tie
        capacity = b.capacity_wh * KILO
        charge = self.g.columns(
            (self.slots,), upper=b.max_charge_w * KILO, cost=h * b.charge_efficiency * (b.wear_per_kwh + tie)
        )
        discharge = self.g.columns(
            (self.slots,), upper=b.max_discharge_w * KILO, cost=h / b.discharge_efficiency * (b.wear_per_kwh + tie)
        )
        energy = self._energy(b, charge, discharge)
        storage = self.g.rows(
            self.slots,
            lower=np.where(np.arange(self.slots) == 0, b.initial_soc * capacity, 0.0),
            upper=np.where(np.arange(self.slots) == 0, b.initial_soc * capacity, 0.0),
        )
        self.g.put(storage, energy, 1.0)
        self.g.put(storage[1:], energy[:-1], -1.0)
        self.g.put(storage, charge, -b.charge_efficiency * h)
        self.g.put(storage, discharge, h / b.discharge_efficiency)
        self._taper(b, charge, energy)
        self._reserve(b, energy)
        if b.final_soc is not None:
            missing = self.g.columns((1,), cost=self.prices.final)
            row = self.g.rows(1, lower=b.final_soc * capacity)
            self.g.put(row, energy[-1:], 1.0)
            self.g.put(row, missing, 1.0)
        return charge, discharge, energy, storage

    def _energy(self, b: BatteryTask, charge: Index, discharge: Index) -> Index:
        """Energy columns within the range; a battery found outside it may only move towards it.

        Where the lights are at risk the range is a wish instead: the house may drain a battery below it, at a price.
        """
        capacity = b.capacity_wh * KILO
        least, most = b.min_soc * capacity, b.max_soc * capacity
        start = b.initial_soc * capacity
        cost = np.zeros(self.slots)
        cost[-1] = -(b.terminal_value_per_kwh or 0.0)
        always_above = start >= least[0] and bool((np.diff(least) <= 0).all())
        always_below = start <= most[0] and bool((np.diff(most) >= 0).all())
        floor = np.zeros(self.slots) if self.lights_at_risk else least
        if not self.lights_at_risk and not always_above:
            floor = np.minimum(start, np.minimum.accumulate(least))
        ceiling = most if always_below else np.maximum(start, np.maximum.accumulate(most))
        energy = self.g.columns((self.slots,), lower=floor, upper=np.maximum(ceiling, floor), cost=cost)
        if self.lights_at_risk:
            self._range_at_a_price(b, energy, least, start)
        elif not always_above:
            inside = self.g.columns((self.slots,), upper=1.0, whole=True)
            row = self.g.rows(self.slots, lower=floor)
            self.g.put(row, energy, 1.0)
            self.g.put(row, inside, floor - least)
            self._only_while(inside, discharge, b.max_discharge_w * KILO)
        if not always_below:
            inside = self.g.columns((self.slots,), upper=1.0, whole=True)
            row = self.g.rows(self.slots, upper=ceiling)
            self.g.put(row, energy, 1.0)
            self.g.put(row, inside, ceiling - most)
            self._only_while(inside, charge, b.max_charge_w * KILO)
        return energy

    def _range_at_a_price(self, b: BatteryTask, energy: Index, least: Floats, start: float) -> None:
        below = self.g.columns((self.slots,))
        taken = self.g.columns((self.slots,), cost=self.prices.range)
        row = self.g.rows(self.slots, lower=least)
        self.g.put(row, energy, 1.0)
        self.g.put(row, below, 1.0)
        missing = max(0.0, float(least[0]) - start)
        row = self.g.rows(self.slots, lower=np.where(np.arange(self.slots) == 0, -missing, 0.0))
        self.g.put(row, taken, 1.0)
        self.g.put(row, below, -1.0)
        self.g.put(row[1:], below[:-1], 1.0)

    def _only_while(self, truth: Index, power: Index, most_kw: Floats) -> None:
        row = self.g.rows(self.slots, upper=0.0)
        self.g.put(row, power, 1.0)
        self.g.put(row, truth, -most_kw)

    def _taper(self, b: BatteryTask, charge: Index, energy: Index) -> None:
        """Above `taper_soc` the charging limit falls linearly; the SOC at the end of the slot counts, the careful side."""
        if b.taper_soc >= 1 or b.taper_floor >= 1 or b.capacity_wh <= 0:
            return
        limit = b.max_charge_w * KILO
        slope = limit * (1 - b.taper_floor) / (1 - b.taper_soc)
        row = self.g.rows(self.slots, upper=limit + slope * b.taper_soc)
        self.g.put(row, charge, 1.0)
        self.g.put(row, energy, slope / (b.capacity_wh * KILO))

    def _reserve(self, b: BatteryTask, energy: Index) -> None:
        """The reserve is a wish, also for a battery that is below it now: it then recovers as fast as it can."""
        capacity = b.capacity_wh * KILO
        wanted = b.reserve_soc * capacity
        hard = not self.lights_at_risk and b.initial_soc >= b.min_soc[0] and bool((np.diff(b.min_soc) <= 0).all())
        slots = np.flatnonzero(wanted > (b.min_soc * capacity if hard else 0.0) + 1e-9)
        if not slots.size:
            return
        short = self.g.columns((slots.size,), cost=self.h[slots] * self.prices.reserve)
        row = self.g.rows(slots.size, lower=wanted[slots])
        self.g.put(row, energy[slots], 1.0)
        self.g.put(row, short, 1.0)

    def _repeat(self, energy: Index) -> Index:
        """A day that could be lived again: the end holds what the same hour of the day before held."""
        if self.repeat_at is None:
            return np.zeros(0, dtype=np.int64)
        edges = self.p.horizon.edges_h
        before = int(np.searchsorted(edges, edges[-1] - DAY_H - 1e-6))
        now = np.array([b.initial_soc * b.capacity_wh * KILO for b in self.p.batteries])
        row = self.g.rows(now.size, lower=now if before == 0 else 0.0)
        self.g.put(row, energy[:, -1], 1.0)
        self.g.put(row, self.g.columns((now.size,), cost=self.repeat_at), 1.0)
        if before:
            self.g.put(row, energy[:, before - 1], -1.0)
        return row

    def _held_back(self, energy: Index) -> None:
        """What uncertain solar asks to keep in all batteries together: the lights on at P10, and a margin for the spread."""
        if self.p.solar_low_w is None or not self.p.batteries:
            return
        held = (
            (lights_on_need_kwh(self.p), self.prices.reserve),
            (spread_margin_kwh(self.p), self.prices.margin),
        )
        least = sum((b.min_soc * b.capacity_wh * KILO for b in self.p.batteries), np.zeros(self.slots))
        for need, price in held:
            slots = np.flatnonzero(need > least + 1e-6)
            if not slots.size:
                continue
            short = self.g.columns((slots.size,), cost=self.h[slots] * price)
            row = self.g.rows(slots.size, lower=need[slots])
            self.g.put(row[None, :], energy[:, slots], 1.0)
            self.g.put(row, short, 1.0)

    def _inverters(self, solar: Index, charge: Index, discharge: Index) -> None:
        for index, inverter in enumerate(self.p.inverters):
            coupled = [k for k, battery in enumerate(self.p.batteries) if battery.inverter == index]
            if not coupled or not np.isfinite(inverter.ac_limit_w):
                continue
            limit = inverter.ac_limit_w * KILO
            row = self.g.rows(self.slots, lower=-limit, upper=limit)
            self.g.put(row, solar[index], 1.0)
            self.g.put(row[None, :], discharge[coupled], 1.0)
            self.g.put(row[None, :], charge[coupled], -1.0)

    def _within_surplus(self, powers: Index, slots: Index) -> None:
        """Keep what may not come from the grid (charging) or from a battery (export) within the solar surplus."""
        if not slots.size or not powers.size:
            return
        row = self.g.rows(slots.size, upper=self.p.surplus_w[slots] * KILO)
        self.g.put(row[None, :], powers[:, slots], 1.0)
        self.surplus.append((slots, row))

    def _not_through(
        self, imported: Index, exported: Index, charge: Index, unserved: Index, units: dict[str, Index]
    ) -> None:
        """Where the grid's direction is chosen, nothing bought is sold on in the same slot.

        All three rows follow from the choice being 0 or 1; they say it while it is still a fraction. What is bought goes
        to the house, the miners and the batteries, and what the miners draw is missing from what is sold.
        """
        slots = np.flatnonzero(self.one_way.grid)
        if not slots.size:
            return
        load = self.p.load_w[slots] * KILO
        miners = sum(float(m.power_w[-1]) * m.count for m in self.p.miners) * KILO
        supply = (self._most_supply_w()[slots] - ROOM_W) * KILO - load

        row = self.g.rows(slots.size, upper=0.0)
        self.g.put(row, imported[slots], 1.0)
        self.g.put(row, self.importing, -load)
        self.g.put(row[None, :], charge[:, slots], -1.0)
        self._put_miners(row, slots, units, -1.0)

        row = self.g.rows(slots.size, upper=0.0)
        self.g.put(row, imported[slots], 1.0)
        self.g.put(row, self.importing, -load - miners)
        self.g.put(row[None, :], charge[:, slots], -1.0)

        row = self.g.rows(slots.size, upper=supply)
        self.g.put(row, exported[slots], 1.0)
        self.g.put(row, unserved[slots], -1.0)
        self.g.put(row, self.importing, supply - miners)
        self._put_miners(row, slots, units, 1.0)

    def _put_miners(self, row: Index, slots: Index, units: dict[str, Index], sign: float) -> None:
        for miner in self.p.miners:
            self.g.put(row[None, :], units[miner.id][:, slots], sign * miner.power_w[:, None] * KILO)

    def _directions(
        self,
        imported: Index,
        exported: Index,
        charge: Index,
        discharge: Index,
        most_import: Floats,
        most_export: Floats,
    ) -> None:
        most_export = np.minimum(most_export, np.maximum(0.0, self._most_supply_w() - self.p.load_w) * KILO)
        self.importing = self._one_of(
            np.flatnonzero(self.one_way.grid), (imported, most_import), (exported, most_export)
        )
        for k, battery in enumerate(self.p.batteries):
            self._one_of(
                np.flatnonzero(self.one_way.battery[k]),
                (charge[k], battery.max_charge_w * KILO),
                (discharge[k], battery.max_discharge_w * KILO),
            )

    def _one_of(self, slots: Index, first: tuple[Index, Floats], second: tuple[Index, Floats]) -> Index:
        """Add a choice per slot, 1 for the first of two powers, and return its columns."""
        if not slots.size:
            return slots
        chosen = self.g.columns((slots.size,), upper=1.0, whole=True)
        (one, most_one), (other, most_other) = first, second
        row = self.g.rows(slots.size, upper=0.0)
        self.g.put(row, one[slots], 1.0)
        self.g.put(row, chosen, -most_one[slots])
        row = self.g.rows(slots.size, upper=most_other[slots])
        self.g.put(row, other[slots], 1.0)
        self.g.put(row, chosen, most_other[slots])
        return chosen
