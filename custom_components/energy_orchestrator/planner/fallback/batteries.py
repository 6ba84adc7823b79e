"""What the batteries do by the rules in a slot, and what is then bought and sold, left on the roof, or not served."""

from dataclasses import dataclass

import numpy as np

from ...model.horizon import Series
from ...model.problem import BatteryTask, Problem
from ..conduct import LEAST_FORCED_W, Conduct
from .levels import CRITICAL_SOC, START_SOC, STOP_SOC

CHEAP_QUANTILE = 0.25


def panels_w(problem: Problem, solar_w: Series) -> Series:
    """Return the solar power that comes through the inverters with the batteries at rest, W, shaped as `solar_w`."""
    if not problem.inverters:
        return solar_w
    free = max(0.0, 1 - sum(i.solar_share for i in problem.inverters)) * solar_w
    through = [np.minimum(i.solar_share * solar_w, i.ac_limit_w) for i in problem.inverters]
    return np.minimum(solar_w, sum(through, free))


def most_tapered_w(b: BatteryTask, t: int, hours: float, stored: Series | float) -> Series:
    """Return the power, W, at which a slot that begins with `stored` Wh ends just at the tapered limit."""
    limit = float(b.max_charge_w[t])
    if b.taper_soc >= 1 or b.taper_floor >= 1:
        return np.full_like(stored, limit, dtype=np.float64)
    slope = limit * (1 - b.taper_floor) / (1 - b.taper_soc)
    over = np.asarray(stored) / b.capacity_wh - b.taper_soc
    limited = (limit - slope * over) / (1 + slope * hours * b.charge_efficiency / b.capacity_wh)
    return np.asarray(np.maximum(0.0, limited))


@dataclass(frozen=True, slots=True)
class Powers:
    """One slot's, W: of each battery (+ charging), the grid (+ import), solar used and load unserved."""

    batteries: list[float]
    grid: float
    solar: float
    unserved: float


class Batteries:
    """All batteries as the day goes by. `stored`: Wh in each at the beginning of the slot.

    `bought`: whether power was bought for them since the panels last gave more than the house needs.
    """

    def __init__(self, problem: Problem) -> None:
        """Begin with what they hold now."""
        self.p = problem
        self.h = problem.horizon.hours
        self.panels_w = panels_w(problem, problem.solar_w)
        self.surplus_w = problem.surplus_w
        self.cheap = problem.import_price <= np.quantile(problem.import_price, CHEAP_QUANTILE)
        self.bought = False
        self.conducts = [Conduct.of(problem, battery) for battery in problem.batteries]
        self.stored = [b.initial_soc * b.capacity_wh for b in problem.batteries]
        self.capacity = sum(b.capacity_wh for b in problem.batteries)

    def soc(self) -> float | None:
        """Return all that is stored as a fraction of all capacity, None without a battery."""
        return sum(self.stored) / self.capacity if self.capacity > 0 else None

    def drawable_w(self, t: int) -> float:
        """Return what all of them together can give the house and the miners in a slot."""
        return sum(self._limits_w(t, k, floor=self.floor(k, t))[1] for k in range(len(self.p.batteries)))

    def stored_after(self, t: int, powers: Powers) -> float:
        """Return what all of them hold at the end of a slot, Wh."""
        return sum(self.stored[k] + self._stored_wh(t, k, power) for k, power in enumerate(powers.batteries))

    def follow(self, t: int, powers: Powers) -> None:
        """Move on to the end of a slot."""
        for k, power in enumerate(powers.batteries):
            self.stored[k] += self._stored_wh(t, k, power)
        if powers.grid > LEAST_FORCED_W and sum(powers.batteries) > LEAST_FORCED_W:
            self.bought = True
        elif self.surplus_w[t] > 0:
            self.bought = False

    def dispatch(self, t: int, miners_w: float) -> Powers:
        """Return what flows in a slot in which the miners draw so much."""
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
        net -= self._topped_up(t, powers, net + float(p.max_import_w[t]), may_charge)
        short = -net - float(p.max_import_w[t])
        if short > 0 and miners_w <= 0:
            short = self._drain(t, powers, short)
        unserved = min(max(0.0, short), float(p.load_w[t])) if miners_w <= 0 else 0.0
        use = float(p.load_w[t]) - unserved + miners_w + sum(powers)
        most_export = float(p.max_export_w[t] if p.battery_export[t] else min(p.max_export_w[t], self.surplus_w[t]))
        solar = min(float(self.panels_w[t]) + sum(behind), max(0.0, use + most_export))
        return Powers(powers, use - solar, solar, unserved)

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
        most_charge, most_discharge = self._limits_w(t, k, floor=self.floor(k, t))
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
        most_charge, to_reserve = self._limits_w(t, k, floor=self.floor(k, t), into=into)
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

    def _topped_up(self, t: int, powers: list[float], room: float, may_charge: float) -> float:
        """Let those that are told to charge take what the others and then the connection have left; return the latter's, W.

        `room` is what may still be bought. A battery that covers by itself also covers what another one is told to take.
        """
        bought = 0.0
        for k in (k for k, may in enumerate(self.conducts) if may.must_charge[t]):
            more = max(0.0, min(may_charge, self._limits_w(t, k, floor=0.0)[0] - powers[k]))
            for other, may in enumerate(self.conducts):
                if may.must_charge[t] or may.must_discharge[t] or powers[other] > 0 or not may.bound[t]:
                    continue
                if may.keep_from_discharging[t] and not powers[other]:
                    continue  # it rests
                floor = float(self.p.batteries[other].min_soc[t])
                moved = min(more, max(0.0, self._limits_w(t, other, floor=floor)[1] + powers[other]))
                powers[k], powers[other], more = powers[k] + moved, powers[other] - moved, more - moved
            moved = min(more, max(0.0, room))
            powers[k], room, bought = powers[k] + moved, room - moved, bought + moved
        return bought

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
        wanted = (self.charged_to(t, k, soc) - soc) * b.capacity_wh / self.h[t] / b.charge_efficiency
        return max(0.0, wanted) if self.p.grid_charging[t] else 0.0

    def charged_to(self, t: int, k: int, soc: float) -> float:
        """Return the SOC up to which the grid charges in a slot: a critical battery at any price, a low one if it pays."""
        if soc < STOP_SOC and self.cheap[t] and self._pays_to_store(t, k):
            return START_SOC
        return STOP_SOC if soc < max(CRITICAL_SOC, self.floor(k, t)) else 0.0

    def _pays_to_store(self, t: int, k: int) -> bool:
        """Whether a kWh bought now costs less, losses and wear counted, than the one the house would buy later."""
        b = self.p.batteries[k]
        lost = self.p.import_price[t] / (b.charge_efficiency * b.discharge_efficiency)
        return bool(lost + 2 * b.wear_per_kwh / b.discharge_efficiency < self._replaced_price(t))

    def _replaced_price(self, t: int) -> float:
        """Return what the house pays on the mean where power is dearer, until the sun covers it again; 0 where it is not."""
        p, covered = self.p, np.flatnonzero(self.panels_w[t + 1 :] >= self.p.load_w[t + 1 :])
        night = slice(t + 1, t + 1 + int(covered[0]) if covered.size else None)
        price, needed_wh = p.import_price[night], (p.load_w[night] - self.panels_w[night]) * self.h[night]
        dearer = price > p.import_price[t]
        return float(np.average(price[dearer], weights=needed_wh[dearer])) if dearer.any() else 0.0

    def floor(self, k: int, t: int) -> float:
        """Return the SOC the house and the miners do not take a battery below: its reserve where it can be kept there."""
        b, may = self.p.batteries[k], self.conducts[k]
        kept = may.keep_from_discharging[t] or may.must_discharge[t] or not may.bound[t]
        return float(max(b.min_soc[t], b.reserve_soc[t]) if kept else b.min_soc[t])

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
        charge = min(charge, float(most_tapered_w(b, t, float(self.h[t]), stored)))
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

    def _stored_wh(self, t: int, k: int, power: float) -> float:
        b = self.p.batteries[k]
        stored_w = power * b.charge_efficiency if power > 0 else power / b.discharge_efficiency
        return stored_w * float(self.h[t])
