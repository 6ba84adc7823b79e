"""Miners, groups of identical ones and loads that must run, as columns and rows of the programme.

Per miner m of n units: y_lt units running at level l in slot t (whole), Y_t = Σ_l y_lt of them at any level, s_t starts
in slot t, Y_−1 the units running now; P_l is the power of a unit in kW, h_t the length of the slot, e_bt the energy in
battery b at its end. Minimum run and pause follow Rajan and Takriti: whoever started within the minimum run still runs,
whoever stopped within the minimum pause still stands. Stops are starts less the change in units running, so they need no
columns of their own.
"""

from dataclasses import dataclass

import numpy as np

from ...model.problem import MinerTask, Problem
from .flows import KILO
from .matrix import Floats, Gathering, Places
from .wishes import WishPrices

SOON = 1e-6
"""Hours that count as none: slot lengths are rounded numbers."""


def add_miners(g: Gathering, problem: Problem, energy: Places, prices: WishPrices) -> dict[str, Places]:
    """Add every miner of a cleaned problem and return the columns of its units by id, each (L, T).

    `energy` (B, T) are the batteries' columns, kWh at the end of each slot.
    """
    return {miner.id: _Miner(g, problem, miner, energy, prices).add() for miner in problem.miners}


def most_units(problem: Problem, miner: MinerTask) -> Floats:
    """Return how many units may run at each level in each slot, shape (L, T)."""
    most = np.where(miner.allowed, float(miner.count), 0.0) * np.ones((miner.power_w.size, 1))
    if miner.barred is not None:
        most = np.where(miner.barred, 0.0, most)
    if miner.surplus_only:
        room = problem.surplus_w - miner.surplus_margin_w
        fits = np.maximum(0.0, np.floor(room / miner.power_w[:, None] + 1e-9))
        most = np.minimum(most, np.where(miner.on_surplus, fits, np.inf))
    return most


def forced_slots(problem: Problem, miner: MinerTask) -> int:
    """Return how many slots from now the units that run should still run to finish their minimum."""
    left_h = miner.min_run_h - miner.in_state_h
    if not miner.running or left_h <= SOON:
        return 0
    return int(np.searchsorted(problem.horizon.edges_h[:-1], left_h - SOON))


def resting_slots(problem: Problem, miner: MinerTask) -> int:
    """Return how many slots from now the units that stand must still stand."""
    left_h = miner.min_pause_h - miner.in_state_h
    if miner.running >= miner.count or left_h <= SOON:
        return 0
    return int(np.searchsorted(problem.horizon.edges_h[:-1], left_h - SOON))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stored:
    """Bounds on what all batteries hold together, kWh.

    `least`: never less. `drawn`, `filled`, shape (T + 1,): most that can have left or entered by each slot boundary.
    `reachable`, shape (T + 1,): most there can be at each boundary.
    """

    capacity: float
    least: float
    drawn: Floats
    filled: Floats
    reachable: Floats

    @classmethod
    def of(cls, problem: Problem) -> Stored | None:
        """Return the bounds for a cleaned problem, None without a battery."""
        batteries = problem.batteries
        capacity = sum(b.capacity_wh for b in batteries) * KILO
        if capacity <= 0:
            return None
        least = sum(b.capacity_wh * min(b.initial_soc, float(b.min_soc.min())) for b in batteries) * KILO
        now = sum(b.capacity_wh * b.initial_soc for b in batteries) * KILO
        none = np.zeros(len(problem.horizon))
        miners = sum(float(m.power_w[-1]) * m.count for m in problem.miners)
        out = sum((b.max_discharge_w for b in batteries), none)
        into = sum((b.max_charge_w for b in batteries), none)
        out = np.minimum(out, problem.load_w + miners + problem.max_export_w)
        into = np.minimum(into, np.maximum(0.0, problem.max_import_w + problem.solar_w - problem.load_w))
        lossy = min(b.discharge_efficiency for b in batteries)
        efficient = max(b.charge_efficiency for b in batteries)
        drawn = np.concatenate(([0.0], np.cumsum(out * problem.horizon.hours))) * KILO / lossy
        filled = np.concatenate(([0.0], np.cumsum(into * problem.horizon.hours))) * KILO * efficient
        return cls(
            capacity=capacity,
            least=0.0 if problem.lights_at_risk else least,
            drawn=drawn,
            filled=filled,
            reachable=now + filled,
        )

    def wanted(self, soc: Floats | float | None) -> Floats:
        """Return the energy a rule asks for in each slot, never below what there is anyway, shape (T,)."""
        asked = np.maximum(self.least, (0.0 if soc is None else soc) * self.capacity)
        return np.broadcast_to(asked, (self.drawn.size - 1,))


def _spans(first: Places, last: Places) -> tuple[Places, Places]:
    """Return pairs (i, j) for every i and every j in `first[i]`..`last[i]`, as two flat arrays."""
    length = np.maximum(0, last - first + 1)
    i = np.repeat(np.arange(first.size), length)
    j = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length) + first[i]
    return i, j


class _Miner:
    """Lays down one miner."""

    def __init__(self, g: Gathering, problem: Problem, miner: MinerTask, energy: Places, prices: WishPrices) -> None:
        self.g = g
        self.p = problem
        self.m = miner
        self.energy = energy
        self.prices = prices
        self.h = problem.horizon.hours
        self.edges = problem.horizon.edges_h
        self.slots = self.h.size
        self.stored = Stored.of(problem)
        self.starts: Places | None = None

    def add(self) -> Places:
        """The units, and what holds of all levels together.

        0 ≤ y_lt ≤ most units_lt, whole     at  what running costs (`_cost`)
        Σ_l y_lt ≤ n                        for several levels
        Σ_l P_l · y_lt ≤ surplus_t − margin for a group on surplus only; a single unit's bound says so already
        """
        m = self.m
        self.most = most_units(self.p, m)
        self.units = self.g.columns(self.most.shape, upper=self.most, cost=self._cost(), whole=True)
        if m.power_w.size > 1:
            row = self.g.rows(self.slots, upper=float(m.count))
            self.g.put(row[None, :], self.units, 1.0)
        if m.surplus_only and m.count > 1:
            room = np.maximum(0.0, self.p.surplus_w - m.surplus_margin_w) * KILO
            row = self.g.rows(self.slots, upper=np.where(m.on_surplus, room, np.inf))
            self.g.put(row[None, :], self.units, m.power_w[:, None] * KILO)
        if self._starts_matter():
            self.starts = self._add_starts()
            self._minimum_run()
            self._minimum_pause()
            self._start_limits(self.starts)
        self._hours()
        self._soc_rules()
        self._forced()
        return self.units

    def _cost(self) -> Floats:
        """Per unit, level and slot: what it does not earn, a little for its rank and for differing from the last plan.

        h_t · P_l · (margin_t + rank − value_lt)  +  h_t · price · (|P_l − kept_t / n| − kept_t / n)
        """
        kilowatts = self.m.power_w[:, None] * KILO
        margin = 0.0 if self.m.margin_per_kwh is None else self.m.margin_per_kwh
        rank = self.m.priority - min(miner.priority for miner in self.p.miners)
        cost = (margin + self.prices.rank * rank - self.m.value_per_kwh) * kilowatts
        kept = self.p.kept_miner_w.get(self.m.id)
        if kept is not None:
            # |power − kept| is linear in a column that is 0 or 1: (|power − kept| − kept) when it runs.
            each = np.nan_to_num(kept / self.m.count, nan=0.0) * KILO
            differing = np.abs(kilowatts - each) - each
            cost = cost + self.prices.kept * np.where(np.isnan(kept), 0.0, differing)
        return np.asarray(cost * self.h, dtype=np.float64)

    def _starts_matter(self) -> bool:
        m = self.m
        return bool(
            m.start_cost > 0
            or m.start_rule is not None
            or max(m.min_run_h, m.min_pause_h) > self.h.min() + SOON
            or resting_slots(self.p, m)
            or any(budget.max_starts is not None for budget in m.budgets)
        )

    def _running_before(self, row: Places, slots: Places, sign: float) -> Floats:
        """Put `sign` × units running in the slot before `slots` into `row`; return what stands for slot 0, to move over."""
        later = slots > 0
        self.g.put(row[later][None, :], self.units[:, slots[later] - 1], sign)
        return np.where(later, 0.0, sign * self.m.running)

    def _add_starts(self) -> Places:
        """Starts, none where the pause lasts or the start level is out of reach; they need not be whole, for units are.

        Y_t − Y_t−1 ≤ s_t      0 ≤ s_t ≤ most starts_t  at  the cost of a start
        """
        barred = np.arange(self.slots) < resting_slots(self.p, self.m)
        if self.stored is not None:
            barred |= self.stored.reachable[:-1] < self.stored.wanted(self.m.start_rule) - SOON
        most = np.where(barred, 0.0, np.minimum(self.m.count, self.most.max(axis=0)))
        starts = self.g.columns((self.slots,), upper=most, cost=self.m.start_cost)
        row = self.g.rows(self.slots, upper=np.where(np.arange(self.slots) == 0, float(self.m.running), 0.0))
        self.g.put(row[None, :], self.units, 1.0)
        self.g.put(row, starts, -1.0)
        self._running_before(row, np.arange(self.slots), -1.0)
        return starts

    def _since(self, length_h: float) -> Places:
        """Return for each slot the first slot whose beginning lies less than `length_h` before its own, shape (T,)."""
        return np.searchsorted(self.edges[:-1], self.edges[:-1] - length_h + SOON, side="left").clip(
            max=np.arange(self.slots)
        )

    def _put_starts_within(self, row: Places, first: Places, sign: float = 1.0) -> None:
        """Put `sign` × the starts of slots `first`..t into each row t; a miner without such columns has none that count."""
        if self.starts is None:
            return
        rows, at = _spans(first, np.arange(first.size))
        self.g.put(row[rows], self.starts[at], sign)

    def _minimum_run(self) -> None:
        """Who started within the minimum run still runs.

        Σ_{u: t − min run < u ≤ t} s_u ≤ Y_t
        """
        row = self.g.rows(self.slots, upper=0.0)
        self._put_starts_within(row, self._since(self.m.min_run_h))
        self.g.put(row[None, :], self.units, -1.0)

    def _minimum_pause(self) -> None:
        """Units that stopped within the pause stand: starts since then and units running before it fit into the group.

        Σ_{u: t − min pause < u ≤ t} s_u + Y_v ≤ n      with v the slot before those
        """
        first = self._since(self.m.min_pause_h)
        before = np.where(first == 0, float(self.m.running), 0.0)
        row = self.g.rows(self.slots, upper=self.m.count - before)
        self._put_starts_within(row, first)
        self._running_before(row, first, 1.0)

    def _start_limits(self, starts: Places) -> None:
        """Σ_{t in budget} s_t ≤ most starts · n."""
        for budget in self.m.budgets:
            slots = np.flatnonzero(budget.slots)
            if budget.max_starts is None or not slots.size:
                continue
            row = self.g.rows(1, upper=float(budget.max_starts * self.m.count))
            self.g.put(row, starts[slots], 1.0)

    def _hours(self) -> None:
        """Σ_{t in budget} h_t · Y_t ≤ most hours · n, and the least hours."""
        m = self.m
        for budget in m.budgets:
            slots = np.flatnonzero(budget.slots)
            if budget.max_hours is not None and slots.size:
                row = self.g.rows(1, upper=budget.max_hours * m.count)
                self.g.put(row[None, :], self.units[:, slots], self.h[slots])
            if budget.min_hours > 0:
                self._least_hours(budget.min_hours * m.count, slots)

    def _least_hours(self, wanted_h: float, slots: Places) -> None:
        """Hours short of the wish have a price; among slots of one length they are whole slots, which the bound feels.

        Σ_{t in budget} h_t · Y_t + short ≥ least hours · n      short ≥ 0  at  price · P_1 per hour
        """
        price = (self.prices.must_run if self.m.must_run else self.prices.least_hours) * float(self.m.power_w[0]) * KILO
        length = float(self.h[slots].max(initial=0.0))
        alike = bool((self.h[slots] > length - SOON).all()) and length > 0
        scale = length if alike else 1.0
        wanted = np.ceil(wanted_h / scale - 1e-6) if alike else wanted_h
        short = self.g.columns((1,), cost=price * scale, whole=alike)
        row = self.g.rows(1, lower=wanted)
        self.g.put(row[None, :], self.units[:, slots], 1.0 if alike else self.h[slots])
        self.g.put(row, short, 1.0)

    def _soc_rules(self) -> None:
        """SOC at the beginning of the slot of a start, and at the end of every slot in which it runs.

            Σ_b e_bt ≥ least + (stop_t − least) · Y_t       for a single unit, made tighter by its starts (`_start_soc`)

        with `least` what the batteries hold in any case; for a group see `_group_soc_rules`.
        """
        m, stored = self.m, self.stored
        if stored is None:
            return
        start = stored.wanted(m.start_rule if self.starts is not None else None)
        stop = stored.wanted(m.stop_rule)
        if np.maximum(start, stop).max() <= stored.least + SOON:
            return
        if self.m.count > 1:
            self._group_soc_rules(stored, start, stop)
            return
        row = self.g.rows(self.slots, lower=stored.least)
        self.g.put(row[None, :], self.energy, 1.0)
        self.g.put(row[None, :], self.units, stored.least - stop)
        if self.starts is not None and start.max() > stored.least + SOON:
            self._start_soc(row, self.starts, stored, start, stop)

    def _start_soc(self, row: Places, starts: Places, stored: Stored, start: Floats, stop: Floats) -> None:
        """Tighten the row of each slot t by the starts around it, of which there can be one at most.

        A start within the minimum run up to t left the battery at the start level less what can be drawn since; one within
        the pause after t needs it there, less what can be stored until then. A start right after t needs it now.

            … + Σ_{u: t − min run < u ≤ t} (start_u − most drawn from u to the end of t − stop_t)⁺ · s_u
              + Σ_{u: t < u ≤ t + pause}   (start_u − most stored from the end of t to u − least)⁺ · s_u
        """
        slot = np.arange(self.slots)
        first = self._since(self.m.min_run_h)
        rows, at = _spans(first, slot)
        drawn = stored.drawn[rows + 1] - stored.drawn[at]
        self.g.put(row[rows], starts[at], -np.maximum(0.0, start[at] - drawn - stop[rows]))
        # Slot t stands before a start at s where the pause before s reaches back to t.
        at, rows = _spans(np.maximum(0, self._since(self.m.min_pause_h) - 1), slot - 1)
        filled = stored.filled[at] - stored.filled[rows + 1]
        self.g.put(row[rows], starts[at], -np.maximum(0.0, start[at] - filled - stored.least))

    def _group_soc_rules(self, stored: Stored, start: Floats, stop: Floats) -> None:
        """For a group, columns that are 1 where any unit starts or runs carry the rules.

        Σ_b e_bt   ≥ least + (stop_t − least) · runs_t
        Σ_b e_bt−1 ≥ least + (start_t − least) · starts_t
        """
        if stop.max() > stored.least + SOON:
            row = self.g.rows(self.slots, lower=stored.least)
            self.g.put(row[None, :], self.energy, 1.0)
            self.g.put(row, self._any(self.units), stored.least - stop)
        if self.starts is not None and start.max() > stored.least + SOON:
            row = self.g.rows(self.slots - 1, lower=stored.least)
            self.g.put(row[None, :], self.energy[:, :-1], 1.0)
            self.g.put(row, self._any(self.starts[None, :])[1:], stored.least - start[1:])

    def _any(self, columns: Places) -> Places:
        """Return columns that are 1 where any unit of a group runs (or starts).

        Σ columns_t ≤ n · some_t      some_t whole, 0 or 1
        """
        some = self.g.columns((self.slots,), upper=1.0, whole=True)
        row = self.g.rows(self.slots, upper=0.0)
        self.g.put(row[None, :], columns, 1.0)
        self.g.put(row, some, -float(self.m.count))
        return some

    def _forced(self) -> None:
        """Units found running finish their minimum run; stopping them early is a wish shed, for safety alone.

        Y_t − Σ_{u ≤ t, within the minimum run} s_u + short_t ≥ Y_−1      0 ≤ short_t ≤ Y_−1  at  h_t · price · P_1
        """
        slots = forced_slots(self.p, self.m)
        if not slots:
            return
        price = self.prices.min_run * float(self.m.power_w[0]) * KILO
        short = self.g.columns((slots,), upper=float(self.m.running), cost=price * self.h[:slots])
        row = self.g.rows(slots, lower=float(self.m.running))
        self.g.put(row[None, :], self.units[:, :slots], 1.0)
        self.g.put(row, short, 1.0)
        # Whoever started meanwhile runs besides them.
        self._put_starts_within(row, self._since(self.m.min_run_h)[:slots], -1.0)
