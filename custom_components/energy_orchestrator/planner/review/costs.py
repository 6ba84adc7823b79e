"""What exactly this schedule costs: money counted from what is scheduled, never from what a solver claims."""

import numpy as np

from ...model.plan import Cost, Schedule
from ...model.problem import Problem


def cost_of(problem: Problem, schedule: Schedule) -> Cost:
    """Return the cost of a schedule for a problem whose terminal values are known (None counts as nothing)."""
    hours = problem.horizon.hours
    grid_kwh = schedule.grid_w / 1e3 * hours
    wear = stored = starts = mining = heat = 0.0
    for battery in problem.batteries:
        power = schedule.battery_w[battery.id]
        into = np.maximum(0.0, power) * battery.charge_efficiency
        out = np.maximum(0.0, -power) / battery.discharge_efficiency
        wear += battery.wear_per_kwh * float(((into + out) / 1e3 * hours).sum())
        left = float(schedule.soc[battery.id][-1] - battery.min_soc[-1]) * battery.capacity_wh / 1e3
        stored += left * (battery.terminal_value_per_kwh or 0.0)
    for miner in problem.miners:
        units = schedule.units[miner.id]
        running = units.sum(axis=0)
        starts += miner.start_cost * float(np.maximum(0, np.diff(running, prepend=miner.running)).sum())
        kwh = units * miner.power_w[:, None] / 1e3 * hours
        wanted = 0.0 if miner.heat_per_kwh is None else float((kwh * miner.heat_per_kwh).sum())
        mining += float((kwh * miner.value_per_kwh).sum()) - wanted
        heat += wanted
    return Cost(
        imported=float((np.maximum(0.0, grid_kwh) * problem.import_price).sum()),
        exported=float((np.maximum(0.0, -grid_kwh) * problem.export_price).sum()),
        wear=wear,
        starts=starts,
        mining=mining,
        heat=heat,
        stored=stored,
    )
