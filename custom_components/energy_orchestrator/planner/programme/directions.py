"""One way at a time, in slots where going both ways at once would pay: a choice that is 0 or 1."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...model.problem import Flags, Problem
from .flows import KILO, Flows
from .matrix import Floats, Gathering, Places
from .site_rows import ROOM_W, most_export_kw, most_import_kw, most_supply_w


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


def add_directions(g: Gathering, p: Problem, one_way: OneWay, flows: Flows) -> None:
    """Choose between importing and exporting, and between charging and discharging, in the slots that ask for it."""
    slots = np.flatnonzero(one_way.grid)
    most_export = np.minimum(most_export_kw(p), np.maximum(0.0, most_supply_w(p) + ROOM_W - p.load_w) * KILO)
    importing = _one_of(g, slots, (flows.imported, most_import_kw(p)), (flows.exported, most_export))
    for k, battery in enumerate(p.batteries):
        _one_of(
            g,
            np.flatnonzero(one_way.battery[k]),
            (flows.charge[k], battery.max_charge_w * KILO),
            (flows.discharge[k], battery.max_discharge_w * KILO),
        )
    if slots.size:
        _not_through(g, p, slots, importing, flows)


def _one_of(g: Gathering, slots: Places, first: tuple[Places, Floats], second: tuple[Places, Floats]) -> Places:
    """Add a choice per slot, 1 for the first of two powers, and return its columns.

    first_t  ≤ most first_t · choice_t             choice_t whole, 0 or 1
    second_t ≤ most second_t · (1 − choice_t)
    """
    if not slots.size:
        return slots
    chosen = g.columns((slots.size,), upper=1.0, whole=True)
    (one, most_one), (other, most_other) = first, second
    row = g.rows(slots.size, upper=0.0)
    g.put(row, one[slots], 1.0)
    g.put(row, chosen, -most_one[slots])
    row = g.rows(slots.size, upper=most_other[slots])
    g.put(row, other[slots], 1.0)
    g.put(row, chosen, most_other[slots])
    return chosen


def _not_through(g: Gathering, p: Problem, slots: Places, importing: Places, flows: Flows) -> None:
    """Where the grid's direction is chosen, nothing bought is sold on in the same slot.

        import_t ≤ load_t · importing_t + Σ_b charge_bt + Σ_m P_m · units_mt
        import_t ≤ (load_t + all miners) · importing_t + Σ_b charge_bt
        export_t ≤ (most supply_t − load_t) · (1 − importing_t) + all miners · importing_t + unserved_t − Σ_m P_m · units_mt

    All three follow from the choice being 0 or 1; they say it while it is still a fraction. What is bought goes to the
    house, the miners and the batteries, and what the miners draw is missing from what is sold.
    """
    load = p.load_w[slots] * KILO
    miners = sum(float(m.power_w[-1]) * m.count for m in p.miners) * KILO
    supply = most_supply_w(p)[slots] * KILO - load

    row = g.rows(slots.size, upper=0.0)
    g.put(row, flows.imported[slots], 1.0)
    g.put(row, importing, -load)
    g.put(row[None, :], flows.charge[:, slots], -1.0)
    _put_miners(g, p, row, slots, flows, -1.0)

    row = g.rows(slots.size, upper=0.0)
    g.put(row, flows.imported[slots], 1.0)
    g.put(row, importing, -load - miners)
    g.put(row[None, :], flows.charge[:, slots], -1.0)

    row = g.rows(slots.size, upper=supply)
    g.put(row, flows.exported[slots], 1.0)
    g.put(row, flows.unserved[slots], -1.0)
    g.put(row, importing, supply - miners)
    _put_miners(g, p, row, slots, flows, 1.0)


def _put_miners(g: Gathering, p: Problem, row: Places, slots: Places, flows: Flows, sign: float) -> None:
    for miner in p.miners:
        g.put(row[None, :], flows.units[miner.id][:, slots], sign * miner.power_w[:, None] * KILO)
