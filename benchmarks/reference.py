"""Solves files of the public problem format by a formulation of its own: `reference.py FILE…` compares with what they say.

It shares nothing with the planner, neither code nor the way things are put: each unit of a group is a miner of its own,
every direction is a choice, and no bound is tightened. So it is slow, and only for small problems; what it proves does not
rest on the planner being right. Series are read as the format describes them, powers in kW and energies in kWh.
"""

import argparse
from collections.abc import Iterator, Mapping
import json
import math
from pathlib import Path
import sys
from typing import Any

import highspy

GAP = 1e-5

type Data = Mapping[str, Any]


def optimum(data: Data) -> float:
    """Return the least cost of a problem whose wishes can all be granted. Raises `ValueError` where it has none."""
    return _Reference(data).solve()


class _Reference:
    """One problem as a modelling language would have it."""

    def __init__(self, data: Data) -> None:
        self.h = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor lacks annotations
        self.h.silent()
        self.data = data
        self.steps = range(len(data["import_price"]))
        self.hours = data["step_minutes"] / 60
        self.sun = [watts / 1000 for watts in data["pv_w"]]
        self.load = [watts / 1000 for watts in data["load_w"]]
        self.surplus = [max(0.0, sun - load) for sun, load in zip(self.sun, self.load, strict=True)]
        self.cost: list[Any] = []
        self.drawn: list[list[Any]] = [[] for _ in self.steps]
        self.soc: list[Any] | None = None  # at each boundary between steps, one more than steps
        self.most_drawn = self.most_in = self.most_out = 0.0

    def solve(self) -> float:
        charge, discharge = self._battery(self.data.get("battery") or {})
        for miner in self.data.get("miners") or []:
            for _ in range(miner.get("count") or 1):
                self._unit(miner)
        for load in self.data.get("deferrable_loads") or []:
            self._must_run(load)
        self._site(self.data.get("grid") or {}, charge, discharge)
        self.h.setOptionValue("mip_rel_gap", GAP)
        self.h.minimize(self.h.qsum(self.cost))
        if self.h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ValueError(f"no optimum: {self.h.getModelStatus()}")
        return float(self.h.getInfo().objective_function_value)

    def _power(self, most: float) -> Any:
        return self.h.addVariable(lb=0.0, ub=most)

    def _either(self, one: Any, most_one: float, other: Any, most_other: float) -> None:
        """Never both at once."""
        first = self.h.addBinary()
        self.h.addConstr(one <= most_one * first)
        self.h.addConstr(other <= most_other - most_other * first)

    def _site(self, grid: Data, charge: list[Any], discharge: list[Any]) -> None:
        limits = [math.inf if grid.get(key) is None else grid[key] / 1000 for key in ("max_import_w", "max_export_w")]
        for t in self.steps:
            most_bought = min(limits[0], self.load[t] + self.most_drawn + self.most_in)
            most_sold = min(limits[1], self.sun[t] + self.most_out)
            bought, sold, sun = self._power(most_bought), self._power(most_sold), self._power(self.sun[t])
            self._either(bought, most_bought, sold, most_sold)
            used = self.load[t] + self.h.qsum([*self.drawn[t], charge[t]])
            self.h.addConstr(sun + bought + discharge[t] == used + sold)
            if grid.get("grid_charging") is False:
                self.h.addConstr(charge[t] <= self.surplus[t])
            if grid.get("battery_export") is False:
                self.h.addConstr(sold <= self.surplus[t])
            self.cost.append(self.data["import_price"][t] * self.hours * bought)
            self.cost.append(-self.data["export_price"][t] * self.hours * sold)

    def _battery(self, battery: Data) -> tuple[list[Any], list[Any]]:
        """Return its powers. One found outside its range may only move towards it."""
        size = (battery.get("capacity_wh") or 0) / 1000
        if not size:
            nothing = [self._power(0.0) for _ in self.steps]
            return nothing, nothing
        most_in, most_out = battery["max_charge_ac_w"] / 1000, battery["max_discharge_ac_w"] / 1000
        self.most_in, self.most_out = most_in, most_out
        least, most, now = battery["min_soc"], battery["max_soc"], battery["initial_soc"]
        charge, discharge = [self._power(most_in) for _ in self.steps], [self._power(most_out) for _ in self.steps]
        soc = [self.h.addVariable(lb=now, ub=now), *(self.h.addVariable(lb=0.0, ub=1.0) for _ in self.steps)]
        for t in self.steps:
            stored, taken = battery["charge_eff"] * charge[t], discharge[t] * (1 / battery["discharge_eff"])
            self.h.addConstr(size * soc[t + 1] == size * soc[t] + self.hours * stored - self.hours * taken)
            self._either(charge[t], most_in, discharge[t], most_out)
            above, below = self.h.addBinary(), self.h.addBinary()
            if least <= now <= most:
                self.h.addConstr(above + below == 2)
            self.h.addConstr(soc[t + 1] >= least * above)
            self.h.addConstr(discharge[t] <= most_out * above)
            self.h.addConstr(soc[t + 1] <= 1 - (1 - most) * below)
            self.h.addConstr(charge[t] <= most_in * below)
            wear = battery.get("wear_per_kwh_throughput") or 0.0
            self.cost += [wear * self.hours * stored, wear * self.hours * taken]
        if battery.get("final_soc") is not None:
            self.h.addConstr(soc[-1] >= battery["final_soc"])
        worth = (battery.get("terminal_value_per_kwh") or 0.0) * size
        self.cost.append(worth * least - worth * soc[-1])
        self.soc = soc
        return charge, discharge

    def _unit(self, miner: Data) -> None:
        """One unit of a miner: at each step at one level or off."""
        levels = [(level["power_w"] / 1000, level.get("revenue_per_kwh") or 0.0) for level in miner["levels"]]
        self.most_drawn += max(kw for kw, _ in levels)
        at = [[self.h.addBinary() for _ in levels] for _ in self.steps]
        on = [self.h.qsum(at[t]) for t in self.steps]
        initial = miner.get("initial") or {}
        started = self._switches(miner, on, runs=bool(initial.get("on")), since=initial.get("steps_in_state"))
        windows = miner.get("windows") or [[0, len(self.steps)]]
        for t in self.steps:
            self.h.addConstr(on[t] <= (1 if any(start <= t < end for start, end in windows) else 0))
            for level, (kw, revenue) in zip(at[t], levels, strict=True):
                self.drawn[t].append(kw * level)
                self.cost.append(-revenue * kw * self.hours * level)
                needed = kw + (miner.get("surplus_margin_w") or 0.0) / 1000
                if miner.get("surplus_only") and self.surplus[t] < needed:
                    self.h.addConstr(level + 0.0 <= 0)
            self.cost.append((miner.get("start_cost") or 0.0) * started[t])
            if self.soc is not None:
                self.h.addConstr(self.soc[t] >= (miner.get("start_soc") or 0.0) * started[t])
                self.h.addConstr(self.soc[t + 1] >= (miner.get("stop_soc") or 0.0) * on[t])
        if miner.get("max_starts") is not None:
            self.h.addConstr(self.h.qsum(started) <= miner["max_starts"])
        self._hours(on, miner.get("min_hours") or 0.0, miner.get("max_hours"))

    def _must_run(self, load: Data) -> None:
        """A load of one power that runs exactly its hours, to the nearest step."""
        on = [1.0 * self.h.addBinary() for _ in self.steps]
        self._switches(load, on, runs=False, since=None)
        self.most_drawn += load["nominal_w"] / 1000
        for t in self.steps:
            self.drawn[t].append(load["nominal_w"] / 1000 * on[t])
        hours = round(load["hours"] / self.hours) * self.hours
        self._hours(on, hours, hours)

    def _hours(self, on: list[Any], least: float, most: float | None) -> None:
        ran = self.hours * self.h.qsum(on)
        self.h.addConstr(ran >= least - 1e-9)
        if most is not None:
            self.h.addConstr(ran <= most + 1e-9)

    def _switches(self, machine: Data, on: list[Any], *, runs: bool, since: float | None) -> list[Any]:
        """Return the starts. A start is followed by at least so many steps on, a stop by at least so many off."""
        starts, stops = [self.h.addBinary() for _ in self.steps], [self.h.addBinary() for _ in self.steps]
        for t in self.steps:
            before = on[t - 1] if t else 1.0 * runs
            self.h.addConstr(on[t] - before == starts[t] - stops[t])
            self.h.addConstr(starts[t] + stops[t] <= 1)
            for later in self._following(t, machine.get("min_on_steps") or 1):
                self.h.addConstr(on[later] >= 1.0 * starts[t])
            for later in self._following(t, machine.get("min_off_steps") or 1):
                self.h.addConstr(on[later] <= 1.0 - stops[t])
        left = (machine.get("min_on_steps" if runs else "min_off_steps") or 1) - (math.inf if since is None else since)
        for t in self._following(0, left):
            self.h.addConstr(on[t] == (1 if runs else 0))
        return starts

    def _following(self, t: int, steps: float) -> Iterator[int]:
        """Yield the steps from t on, so many of them as there are."""
        yield from (later for later in self.steps if t <= later < t + steps)


def main() -> int:
    """Print the optimum of each file beside the one it holds; 1 where they differ."""
    parser = argparse.ArgumentParser(prog="reference.py", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    differ = False
    for path in parser.parse_args().files:
        data = json.loads(path.read_text(encoding="utf-8"))
        held, found = (data.get("reference") or {}).get("optimal_cost"), optimum(data)
        same = held is not None and abs(held - found) <= 1e-4 * max(1.0, abs(found))
        differ |= not same
        print(f"{path.stem:<24} holds {held}  found {found:.6f}{'' if same else '  DIFFERS'}")
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
