"""Six small problems with their optimum, made from seeds: `python -m benchmarks.small_problems tests/problems` writes them.

Each is about one thing that a programme can get wrong. Their optimum is that of `reference.py`, which owes the planner
nothing.
"""

import argparse
from collections.abc import Callable, Mapping
import json
from math import cos, pi
from pathlib import Path
from random import Random
import sys
from typing import Any

from .reference import optimum

type Data = dict[str, Any]


def series(seed: int, *, steps: int, minutes: int, sun_w: float, load_w: float) -> Data:
    """Return a day or two of sun from six to eight, a house with two peaks, and a tariff that follows it."""
    random = Random(seed)
    clock = [step * minutes / 60 % 24 for step in range(steps)]

    def peak(at: float, hour: float, width: float) -> float:
        return max(0.0, cos(pi * (at - hour) / width)) ** 2 if abs(at - hour) < width / 2 else 0.0

    house = [load_w * (0.5 + peak(at, 8, 5) + 1.5 * peak(at, 19, 7)) * random.uniform(0.8, 1.2) for at in clock]
    price = [0.16 + 0.1 * peak(at, 8, 6) + 0.2 * peak(at, 19, 6) + random.uniform(-0.02, 0.02) for at in clock]
    return {
        "step_minutes": minutes,
        "import_price": [round(value, 4) for value in price],
        "export_price": [round(0.4 * value, 4) for value in price],
        "pv_w": [round(sun_w * peak(at, 13, 14) * random.uniform(0.7, 1.0)) for at in clock],
        "load_w": [round(value) for value in house],
    }


def battery(capacity_wh: float, **changes: Any) -> Data:
    """Return a battery that may charge and discharge in three hours."""
    return {
        "capacity_wh": capacity_wh,
        "min_soc": 0.2,
        "max_soc": 0.95,
        "initial_soc": 0.5,
        "final_soc": None,
        "max_charge_ac_w": round(capacity_wh / 3),
        "max_discharge_ac_w": round(capacity_wh / 3),
        "charge_eff": 0.95,
        "discharge_eff": 0.94,
        "wear_per_kwh_throughput": 0.01,
        "terminal_value_per_kwh": 0.12,
    } | changes


def miner(name: str, *levels: tuple[float, float], **changes: Any) -> Data:
    """Return a miner by its levels: W, and what a kWh earns there."""
    return {
        "name": name,
        "levels": [{"power_w": power_w, "revenue_per_kwh": revenue} for power_w, revenue in levels],
        "min_on_steps": 2,
        "min_off_steps": 1,
        "start_cost": 0.05,
    } | changes


def arbitrage() -> Data:
    """Bought cheap and used dear, at half hours, with wear and an end asked for."""
    data = series(41, steps=48, minutes=30, sun_w=0, load_w=900)
    return data | {"battery": battery(12000, final_soc=0.5, terminal_value_per_kwh=0.0)}


def levels_and_starts() -> Data:
    """Two miners with levels, shortest runs and pauses, costly starts, most hours and levels of charge."""
    one = miner("one", (1200, 0.13), (2400, 0.12), min_on_steps=4, min_off_steps=3, start_cost=0.3, max_starts=2)
    initial = {"on": True, "steps_in_state": 1}
    other = miner("other", (1800, 0.2), min_on_steps=3, max_hours=7, start_soc=0.6, stop_soc=0.4, initial=initial)
    washer = {"name": "washer", "nominal_w": 2000, "hours": 2, "min_on_steps": 2}
    data = series(42, steps=24, minutes=60, sun_w=6000, load_w=700)
    return data | {"battery": battery(10000), "miners": [one, other], "deferrable_loads": [washer]}


def nothing_sold() -> Data:
    """Nothing may be sold: what neither the house nor the battery takes is mined on surplus, or left on the roof."""
    rig = miner("surplus", (1000, 0.05), (2000, 0.045), surplus_only=True, surplus_margin_w=300, min_on_steps=3)
    data = series(43, steps=36, minutes=60, sun_w=8000, load_w=600)
    return data | {"battery": battery(9000), "grid": {"max_export_w": 0}, "miners": [rig]}


def sold_above_bought() -> Data:
    """For some hours selling brings more than buying costs: nothing may be bought to be sold in the same step."""
    data = series(44, steps=24, minutes=60, sun_w=4000, load_w=800)
    dear = {7, 8, 18, 19, 20}
    sold = [round(bought * (1.4 if step in dear else 0.5), 4) for step, bought in enumerate(data["import_price"])]
    grid = {"max_import_w": 6000, "max_export_w": 5000}
    return data | {"export_price": sold, "grid": grid, "battery": battery(10000), "miners": [miner("rig", (1500, 0.2))]}


def out_of_range() -> Data:
    """Nearly empty, and neither charged from the grid nor sold from: it recovers by the sun alone."""
    grid = {"grid_charging": False, "battery_export": False, "max_import_w": 5000}
    rig = miner("rig", (1000, 0.3), start_soc=0.5, stop_soc=0.3)
    data = series(45, steps=36, minutes=60, sun_w=5000, load_w=500)
    return data | {"grid": grid, "battery": battery(8000, initial_soc=0.07, final_soc=0.4), "miners": [rig]}


def group() -> Data:
    """Five identical miners, some of them on as the sun and the connection allow."""
    initial = {"on": False, "steps_in_state": 1}
    rigs = miner("rigs", (1100, 0.19), count=5, min_on_steps=3, min_off_steps=2, windows=[[2, 20]], initial=initial)
    data = series(46, steps=24, minutes=60, sun_w=7000, load_w=600)
    return data | {"grid": {"max_import_w": 4500, "max_export_w": 3000}, "battery": battery(6000), "miners": [rigs]}


PROBLEMS: Mapping[str, Callable[[], Data]] = {
    made.__name__: made for made in (arbitrage, levels_and_starts, nothing_sold, sold_above_bought, out_of_range, group)
}


def described(name: str) -> Data:
    """Return a problem as its file has it, but for the optimum."""
    made = PROBLEMS[name]
    return {"case": name, "note": made.__doc__, **made()}


def main() -> int:
    """Write the files."""
    parser = argparse.ArgumentParser(prog="small_problems", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name in PROBLEMS:
        data = described(name)
        data["reference"] = {"optimal_cost": round(optimum(data), 6)}
        (folder / f"{name}.json").write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
