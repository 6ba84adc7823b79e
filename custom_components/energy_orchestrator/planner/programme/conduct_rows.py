"""What a battery does by itself where it cannot be told otherwise, and what the owner has told it, as rows.

By itself it stores all surplus and covers all the house needs, as far as its limits let it. In words of the slot:

    import > 0                  only where  discharge is at its limit, or the battery is at its floor
    export or solar unused > 0  only where  charge is at its limit, or the battery is full
    never charging while importing, nor discharging while exporting

and each thing it can be told (`Drive`) is one more exception: to be kept from discharging or from charging, to charge or
discharge by force. "At its limit" is one of several bounds: the power, the taper, the inverter's AC limit. Each bound
that can be met in a slot is a column that may be 1 only where it is met,

    reached ≤ (bound met),   import ≤ M · Σ reached,   export + unused ≤ M' · Σ reached

with M the most that can be short, or to spare, in that very slot. What is decided by sun and house alone costs nothing:
where no surplus is possible the battery covers, where even all miners leave a surplus it stores, and a floor once reached
by night stays reached until the morning.
"""

import numpy as np

from ...model.problem import Flags, Problem
from ..conduct import LEAST_FORCED_W, Conduct
from .flows import KILO, Flows
from .matrix import Floats, Gathering, Places
from .miner_rows import most_units
from .site_rows import panels_kw

TINY_KW = 1e-6


def add_conduct(g: Gathering, problem: Problem, flows: Flows) -> None:
    """Add the rows of every battery of a cleaned problem that does not do all it is told."""
    conducts = [Conduct.of(problem, battery) for battery in problem.batteries]
    for index, conduct in enumerate(conducts):
        if conduct.bound.any():
            _Rows(g, problem, flows, conducts, index).add()


class _Rows:
    """Lays down one battery's. Arrays are over the slots in which it is bound, powers in kW, energies in kWh."""

    def __init__(self, g: Gathering, p: Problem, flows: Flows, conducts: list[Conduct], index: int) -> None:
        self.g, self.p, self.flows, self.b = g, p, flows, p.batteries[index]
        self.panels = panels_kw(p)
        self.may = conducts[index].within(np.flatnonzero(conducts[index].bound))
        self.t = t = np.flatnonzero(conducts[index].bound)
        self.charge, self.discharge = flows.charge[index][t], flows.discharge[index][t]
        self.energy = flows.energy[index][t]
        self.most_charge, self.most_discharge = self.b.max_charge_w[t] * KILO, self.b.max_discharge_w[t] * KILO
        self.capacity = self.b.capacity_wh * KILO
        self.floor, self.full = self.b.min_soc[t] * self.capacity, self.b.max_soc[t] * self.capacity
        self.reserve = self.b.reserve_soc[t] * self.capacity
        self.most_energy = max(self.capacity, self.b.initial_soc * self.capacity)
        self._weigh(conducts, index)

    def _weigh(self, conducts: list[Conduct], index: int) -> None:
        """How much can be short, or to spare, and what is decided by sun and house alone."""
        p, t = self.p, self.t
        others = [(p.batteries[k], conduct) for k, conduct in enumerate(conducts) if k != index]
        drawn = sum((np.where(c.charge, b.max_charge_w, 0.0)[t] for b, c in others), np.zeros(t.size)) * KILO
        given = sum((np.where(c.discharge, b.max_discharge_w, 0.0)[t] for b, c in others), np.zeros(t.size)) * KILO
        miners = (
            sum(((most_units(p, m) * m.power_w[:, None]).max(axis=0)[t] for m in p.miners), np.zeros(t.size)) * KILO
        )
        load, panels = p.load_w[t] * KILO, self.panels[:, t]
        limits = np.array([*(i.ac_limit_w * KILO for i in p.inverters), np.inf])
        through = np.minimum(panels, limits[:, None]).sum(axis=0)
        use = load + miners + drawn
        forced_in, forced_out = (
            np.where(self.may.charge, self.most_charge, 0.0),
            np.where(self.may.discharge, self.most_discharge, 0.0),
        )
        saturable = {b.inverter for b in p.batteries if b.inverter is not None and np.isfinite(limits[b.inverter])}
        self.behind = self.b.inverter if self.b.inverter in saturable else None
        # Sun that another inverter may not let through is none this battery must store.
        self.sees_unused = saturable <= {self.b.inverter}
        self.others = [k for k in range(len(conducts)) if k != index]
        self.through, self.load = through, load
        surplus = np.maximum(0.0, panels.sum(axis=0) + given - load)
        self.short = np.minimum(p.max_import_w[t] * KILO, use + forced_in)
        self.uncovered = use - (0.0 if saturable else panels.sum(axis=0))
        self.to_sell = np.minimum(p.max_export_w[t] * KILO, surplus + forced_out)
        self.spare = panels.sum(axis=0) + self.to_sell if saturable else surplus + forced_out
        self.only_covers = (surplus <= 0) & ~self.may.charge
        self.only_stores = (through >= use) & ~self.may.discharge & ~self.only_covers

    def add(self) -> None:
        """Lay it down: what it does by itself, and each exception.

            discharge ≤ most discharge · covers         charge ≤ most charge · (1 − covers)
            import ≤ short · (covers + saturated + draws)
            import ≤ short · (spent + saturated + rests + draws)
            export ≤ to sell · (1 − covers + gives)
            export + unused solar ≤ spare · (filled + leaves + gives)

        `covers` is the side it is on, 1 where it gives, 0 where it takes. `spent`, `filled`, `saturated`: one of its bounds
        is met. `rests`, `leaves`: kept from discharging, from charging. `draws`, `gives`: charges, discharges by force.
        """
        may = self.may
        covers = self._truth(~self.only_stores, surely=self.only_covers)
        self._off_unless(self.discharge, self.most_discharge, [covers])
        self._off_while(self.charge, self.most_charge, covers)
        saturated = self._saturated()
        out, into = [*self._spent(), *saturated], self._filled()
        rests = self._kept(may.keep_from_discharging, self.discharge, self.most_discharge)
        leaves = self._kept(may.keep_from_charging, self.charge, self.most_charge)
        all_in, all_out = [*into, *self._bought_all()], [*out, *self._sold_all()]
        draws = self._by_force(may.charge, may.charge_power, all_in, rests, self.charge, self.most_charge)
        gives = self._by_force(may.discharge, may.discharge_power, all_out, leaves, self.discharge, self.most_discharge)
        self._on_its_side(draws, covers, 0)
        self._on_its_side(gives, covers, 1)
        self._must(may.must_charge, all_in)
        self._must(may.must_discharge, all_out)

        short = (self.flows.imported[self.t],)
        self._none_unless(short, self.short, [covers, *saturated, *draws])
        self._none_unless(short, self.short, [*out, *rests, *draws])
        row = self._none_unless((self.flows.exported[self.t],), self.to_sell, gives, upper=self.to_sell)
        self.g.put(row, covers, self.to_sell)
        self._nothing_to_spare_unless([*into, *leaves, *gives])
        self._sides(covers)
        self._stays(out[0], self.only_covers, self.floor)
        self._stays(into[0], self.only_stores, -self.full)

    # Truths: columns that are 0 or 1, and what they permit

    def _truth(self, possible: Flags, surely: Flags | float = 0.0) -> Places:
        return self.g.columns((self.t.size,), lower=surely, upper=possible, whole=True)

    def _none_unless(
        self, flows: tuple[Places, ...], most: Floats, permits: list[Places], upper: Floats | float = 0.0
    ) -> Places:
        """Keep the sum of some flows at nothing unless something permits them: Σ flows_t ≤ upper_t + most_t · Σ permits_t."""
        row = self.g.rows(self.t.size, upper=upper)
        for columns in flows:
            self.g.put(row, columns, 1.0)
        for columns in permits:
            self.g.put(row, columns, -most)
        return row

    def _off_unless(self, power: Places, most: Floats, permits: list[Places]) -> None:
        self._none_unless((power,), most, permits)

    def _off_while(self, power: Places, most: Floats, truth: Places) -> None:
        """power_t ≤ most_t · (1 − truth_t)."""
        row = self.g.rows(self.t.size, upper=most)
        self.g.put(row, power, 1.0)
        self.g.put(row, truth, most)

    def _reached(
        self, possible: Flags, columns: Places, sign: float, bound: Floats, furthest: Floats | float
    ) -> Places:
        """Return truths that are 1 only where sign · columns ≥ sign · bound; `furthest` is where they are at the least.

        sign · columns_t ≥ sign · furthest_t + sign · (bound_t − furthest_t) · truth_t
        """
        truth = self._truth(possible)
        least = sign * np.asarray(furthest)
        row = self.g.rows(self.t.size, lower=np.broadcast_to(least, (self.t.size,)))
        self.g.put(row, columns, sign)
        self.g.put(row, truth, least - sign * bound)
        return truth

    # What bounds a battery

    def _spent(self) -> list[Places]:
        """At its floor, or discharging all it can: e_t ≤ floor_t, or discharge_t ≥ most discharge_t."""
        may_cover = ~self.only_stores
        floor = self._reached(may_cover, self.energy, -1.0, self.floor, self.most_energy)
        hard = (self.uncovered > self.most_discharge - TINY_KW) | self.may.discharge
        power = self._reached(may_cover & hard, self.discharge, 1.0, self.most_discharge, 0.0)
        return [floor, power]

    def _filled(self) -> list[Places]:
        """Full, or charging all it can: by its power, its taper or its inverter.

            e_t ≥ full_t        charge_t ≥ most charge_t
            charge_t + slope_t · e_t / C ≥ (most charge_t + slope_t · s) · tapered_t

        with s the SOC at which the taper begins and slope_t = most charge_t · (1 − taper floor) / (1 − s).
        """
        b, may_store = self.b, ~self.only_covers
        full = self._reached(may_store, self.energy, 1.0, self.full, 0.0)
        most = np.where(self.may.charge, np.inf, self.spare)
        found = [
            full,
            self._reached(may_store & (most > self.most_charge - TINY_KW), self.charge, 1.0, self.most_charge, 0.0),
        ]
        if b.taper_soc < 1 and b.taper_floor < 1:
            slope = self.most_charge * (1 - b.taper_floor) / (1 - b.taper_soc)
            tapered = self._truth(
                may_store & (most > self.most_charge * b.taper_floor) & (b.max_soc[self.t] > b.taper_soc)
            )
            row = self.g.rows(self.t.size, lower=0.0)
            self.g.put(row, self.charge, 1.0)
            self.g.put(row, self.energy, slope / self.capacity)
            self.g.put(row, tapered, -(self.most_charge + slope * b.taper_soc))
            found.append(tapered)
        return [*found, *self._at_ac_limit(-1.0)]

    def _saturated(self) -> list[Places]:
        """Its inverter gives all it can to the house."""
        return self._at_ac_limit(1.0)

    def _at_ac_limit(self, sign: float) -> list[Places]:
        """Its inverter's AC side is at its limit A, giving (+) or taking (−).

        ±(solar_it + Σ_{b behind i} (discharge_bt − charge_bt)) ≥ −A + 2 A · truth_t
        """
        if self.behind is None:
            return []
        limit = self.p.inverters[self.behind].ac_limit_w * KILO
        coupled = [k for k, b in enumerate(self.p.batteries) if b.inverter == self.behind]
        powers = [
            (b.max_discharge_w if sign > 0 else b.max_charge_w)[self.t] * KILO
            for k in coupled
            for b in [self.p.batteries[k]]
        ]
        able = sum(powers, np.zeros(self.t.size)) + (self.panels[self.behind][self.t] if sign > 0 else 0.0)
        asked = np.maximum(self.short, self.to_sell) if sign > 0 else np.inf
        truth = self._truth((able >= limit - TINY_KW) & (asked >= limit - TINY_KW))
        row = self.g.rows(self.t.size, lower=-limit)
        self.g.put(row, self.flows.solar[self.behind][self.t], sign)
        self.g.put(row[None, :], self.flows.discharge[coupled][:, self.t], sign)
        self.g.put(row[None, :], self.flows.charge[coupled][:, self.t], -sign)
        self.g.put(row, truth, -2 * limit)
        return [truth]

    # What it can be told

    def _kept(self, possible: Flags, power: Places, most: Floats) -> list[Places]:
        """Kept from charging or discharging."""
        if not possible.any():
            return []
        kept = self._truth(possible)
        self._off_while(power, most, kept)
        return [kept]

    def _by_force(
        self, possible: Flags, any_power: Flags, at_limit: list[Places], held: list[Places], power: Places, most: Floats
    ) -> list[Places]:
        """Charging or discharging by force: at a power that is set, else all it can.

        One that can also be held may be set to nothing.

            power_t ≥ least forced_t · forced_t
            Σ at limit_t ≥ forced_t − [any power can be set]_t
        """
        if not possible.any():
            return []
        forced = self._truth(possible)
        row = self.g.rows(self.t.size, lower=0.0)
        self.g.put(row, power, 1.0)
        least = np.zeros(self.t.size) if held else np.minimum(most, LEAST_FORCED_W * KILO)
        self.g.put(row, forced, -least)
        row = self.g.rows(self.t.size, lower=np.where(any_power, -1.0, 0.0))
        for columns in at_limit:
            self.g.put(row, columns, 1.0)
        self.g.put(row, forced, -1.0)
        return [forced]

    def _on_its_side(self, forced: list[Places], covers: Places, side: int) -> None:
        """By force it charges only where it does not cover (0), and discharges only where it does (1).

        draws_t ≤ 1 − covers_t      gives_t ≤ covers_t
        """
        for columns in forced:
            row = self.g.rows(self.t.size, upper=1.0 - side)
            self.g.put(row, columns, 1.0)
            self.g.put(row, covers, 1.0 - 2 * side)

    # What the owner tells it

    def _must(self, told: Flags, reached: list[Places]) -> None:
        """In the slots told it does so as far as something bounds it: Σ reached_t ≥ 1."""
        if not told.any():
            return
        row = self.g.rows(self.t.size, lower=told)
        for columns in reached:
            self.g.put(row, columns, 1.0)

    def _bought_all(self) -> list[Places]:
        """The connection gives all it may, or the sun where the grid may not charge.

        import_t ≥ max import_t · bought_t      Σ_b charge_bt ≥ surplus_t · all sun_t
        """
        if not self.may.must_charge.any():
            return []
        told, most = self.may.must_charge, self.p.max_import_w[self.t] * KILO
        bought = np.where(np.isfinite(most), most, 0.0)
        found = [self._reached(told & (most <= self.short), self.flows.imported[self.t], 1.0, bought, 0.0)]
        from_sun = told & ~self.p.grid_charging[self.t]
        if from_sun.any():
            all_sun = self._truth(from_sun)
            row = self.g.rows(self.t.size, lower=0.0)
            self.g.put(row[None, :], self.flows.charge[:, self.t], 1.0)
            self.g.put(row, all_sun, -self.p.surplus_w[self.t] * KILO)
            found.append(all_sun)
        return found

    def _sold_all(self) -> list[Places]:
        """The connection takes all it may, or the battery is down to its reserve.

        export_t ≥ most sold_t · sold_t      e_t ≤ reserve_t
        """
        if not self.may.must_discharge.any():
            return []
        told, sold = self.may.must_discharge, self.p.max_export_w[self.t]
        sold = np.where(self.p.battery_export[self.t], sold, np.minimum(sold, self.p.surplus_w[self.t])) * KILO
        limited = told & (sold <= self.to_sell)
        return [
            self._reached(limited, self.flows.exported[self.t], 1.0, np.where(limited, sold, 0.0), 0.0),
            self._reached(told, self.energy, -1.0, np.maximum(self.reserve, self.floor), self.most_energy),
        ]

    def _nothing_to_spare_unless(self, permits: list[Places]) -> None:
        """Nothing is sold or left unused unless something permits it; a set charging power leaves the rest to be sold.

        export_t + Σ_g (panels_gt − solar_gt) ≤ spare_t · Σ permits_t
        """
        sold = ~(self.may.charge_power & self.may.keep_from_charging)
        panels = self.panels[:, self.t].sum(axis=0) if self.sees_unused else 0.0
        row = self._none_unless((), self.spare, permits, upper=-panels + np.zeros(self.t.size))
        self.g.put(row, self.flows.exported[self.t], np.where(sold, 1.0, 0.0))
        if self.sees_unused:
            self.g.put(row[None, :], self.flows.solar[:, self.t], -1.0)

    def _sides(self, covers: Places) -> None:
        """Say directly what follows from all the rest: it covers only where, and stores only where not, more is drawn than the sun gives.

        The solver sees so while a truth is still a fraction.

            use_t ≥ over_t · covers_t − given_t
            use_t ≤ panels_t − load_t + (under_t + taken_t) · covers_t

        with use_t what miners and the other batteries draw, given_t and taken_t the most those batteries give and take.
        """
        none = np.zeros(self.t.size)
        given = sum((self.p.batteries[k].max_discharge_w[self.t] * KILO for k in self.others), none)
        taken = sum((self.p.batteries[k].max_charge_w[self.t] * KILO for k in self.others), none)
        over = np.where(self.may.discharge, 0.0, np.maximum(0.0, self.through - self.load + given))
        row = self.g.rows(self.t.size, lower=np.where(over > 0, -given, -np.inf))
        self._put_use(row, 1.0)
        self.g.put(row, covers, -over)
        under = np.maximum(0.0, self.uncovered + given)
        possible = ~self.may.charge & (under > 0)
        row = self.g.rows(self.t.size, upper=np.where(possible, self.panels[:, self.t].sum(axis=0) - self.load, np.inf))
        self._put_use(row, 1.0)
        self.g.put(row, covers, -np.where(possible, under + taken, 0.0))

    def _put_use(self, row: Places, sign: float) -> None:
        for miner in self.p.miners:
            self.g.put(row[None, :], self.flows.units[miner.id][:, self.t], sign * miner.power_w[:, None] * KILO)
        for k in self.others:
            self.g.put(row, self.flows.charge[k][self.t], sign)
            self.g.put(row, self.flows.discharge[k][self.t], -sign)

    def _stays(self, reached: Places, one_sided: Flags, bound: Floats) -> None:
        """What is reached stays reached while the battery can only go the same way: reached_t+1 ≥ reached_t."""
        after = one_sided[1:] & (np.diff(self.t) == 1) & (np.diff(bound) >= 0)
        slots = np.flatnonzero(after)
        if slots.size:
            row = self.g.rows(slots.size, lower=0.0)
            self.g.put(row, reached[slots + 1], 1.0)
            self.g.put(row, reached[slots], -1.0)
