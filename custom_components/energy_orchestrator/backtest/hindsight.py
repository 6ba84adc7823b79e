"""The best that could have been: one plan over a whole span, made on the truth, and a proof of what none can beat.

None, that is, who keeps the owner's rules on the means of the series' own steps. Who acts within a step, or lets a miner that
may use surplus only run through a short cloud, can come out a little below.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..model.amounts import mined
from ..model.forecast import Forecasts
from ..model.horizon import Series, uniform
from ..model.plan import Plan
from ..model.problem import Problem
from ..planner.energy_planner import plan, valued
from ..planner.pose import Situation, pose
from .account import Account
from .span import RecordedSpan
from .truth import Truth, certain
from .witness import Witnessed

_GAP = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """What the best schedule comes to. `bound`: no bill that keeps the owner's wishes is below; None where not proven."""

    account: Account
    witnessed: Witnessed
    bound: float | None
    status: str
    took_s: float


def worth_of_stored(span: RecordedSpan, now: Situation, truth: Truth) -> float:
    """Return what a kWh left in the battery is worth to everybody, currency.

    It is what it is worth at the end of the best plan for the truth (`values.with_terminal_values`): what the last kWh
    costs in a span that ends as it was a day before. Without a grid it is worth nothing in money.
    """
    if not span.site.site.grid.connected:
        return 0.0
    (battery,) = valued(_posed(span, now, truth)).batteries
    return battery.terminal_value_per_kwh or 0.0


def hindsight(span: RecordedSpan, now: Situation, truth: Truth, *, worth: float, time_limit_s: float) -> Hindsight:
    """Plan a whole span in the steps of its series (as long as the limit lets), from what the loop sees at its start.

    `worth`: of a kWh left in the battery.
    """
    problem = _posed(span, now, truth)
    problem = replace(
        problem, batteries=tuple(replace(battery, terminal_value_per_kwh=worth) for battery in problem.batteries)
    )
    made = plan(problem, created=now.readings.at, time_limit_s=time_limit_s, gap=_GAP)
    account = _account(span, made, worth)
    return Hindsight(
        account=account,
        witnessed=_witnessed(span, made),
        bound=None if made.bound is None else account.bill - (made.cost.total - made.bound),
        status=made.status.value,
        took_s=made.timing.total,
    )


def _posed(span: RecordedSpan, now: Situation, truth: Truth) -> Problem:
    """Return the loop's problem on the truth."""
    minutes = span.series.step_min
    horizon = uniform(span.start, minutes, round((span.end - span.start).total_seconds() / 60 / minutes))
    imports, exports = truth.prices(horizon)
    hashprice = np.full(len(horizon), now.forecasts.hashprice.expected[0])
    expected = Forecasts(
        solar_w=certain(truth.solar_w(horizon)),
        load_w=certain(truth.load_w(horizon)),
        import_price=certain(imports),
        export_price=certain(exports),
        hashprice=certain(hashprice),
    )
    return pose(replace(now, horizon=horizon, forecasts=expected))


def _account(span: RecordedSpan, made: Plan, worth: float) -> Account:
    """Count the schedule as a plant's meters would."""
    schedule, hours, battery = made.schedule, made.horizon.hours, span.site.battery

    def kwh(power_w: Series) -> float:
        return float((np.maximum(0.0, power_w) * hours).sum()) / 1000

    battery_w, soc = schedule.battery_w[battery.id], schedule.soc[battery.id]
    hashed_ths_h = sum(
        float((np.array([level.hashrate_ths for level in miner.levels]) @ schedule.units[miner.id] * hours).sum())
        for miner in span.site.site.miners
    )
    return Account(
        days=span.days,
        bought=made.cost.imported,
        sold=made.cost.exported,
        mined=mined(hashed_ths_h, span.site.hashprice),
        wear=made.cost.wear,
        start_costs=made.cost.starts,
        kept=float(soc[-1] - soc[0]) * battery.capacity_wh / 1000 * worth,
        imported_kwh=kwh(schedule.grid_w),
        exported_kwh=kwh(-schedule.grid_w),
        solar_kwh=kwh(schedule.solar_used_w),
        curtailed_kwh=kwh(made.curtailed_w),
        miners_kwh=sum(kwh(made.miner_w(miner.id)) for miner in span.site.site.miners),
        cycles=kwh(-battery_w) * 1000 / battery.capacity_wh,
        unserved_kwh=kwh(schedule.unserved_w),
    )


def _witnessed(span: RecordedSpan, made: Plan) -> Witnessed:
    running = {miner.id: made.running(miner.id) for miner in made.problem.miners}
    begun = {miner.id: miner.running for miner in made.problem.miners}
    return Witnessed(
        lowest_soc=float(made.schedule.soc[span.site.battery.id].min()),
        starts={key: int(np.maximum(0, np.diff(units, prepend=begun[key])).sum()) for key, units in running.items()},
        hours={key: float((units * made.horizon.hours).sum()) for key, units in running.items()},
    )
