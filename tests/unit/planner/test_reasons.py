"""Why the plan runs a miner or lets it stand: the code and the numbers it rests on."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.decision import MinerReason, Reason
from custom_components.energy_orchestrator.planner.energy_planner import plan
from custom_components.energy_orchestrator.planner.reasons import miner_reason

from .houses import budget, house, miner, sun

CHEAP_HOUR = np.where(np.arange(24) == 3, 0.10, 0.30)


def _why(slot: int, price: Any = CHEAP_HOUR, solar_w: Any = 0.0, **task: Any) -> Reason[MinerReason]:
    problem = replace(house(import_price=price, solar_w=solar_w), miners=(miner(**task),))
    return miner_reason(plan(problem), "miner", slot)


def test_it_runs_where_a_kwh_earns_more_than_it_costs_and_stands_elsewhere() -> None:
    runs = _why(3, earns=0.2)
    assert runs.code is MinerReason.PROFITABLE
    assert runs.numbers == pytest.approx({"energy_price": 0.10, "revenue_per_kwh": 0.2}, abs=1e-5)
    assert _why(4, earns=0.2).code is MinerReason.UNPROFITABLE


def test_a_start_that_an_hour_does_not_pay_for() -> None:
    # An hour at 3 kW earns 0.30 above its price: a start for 0.40 is not worth it, one for 0.20 is.
    stands = _why(3, earns=0.2, start_cost=0.4)
    assert stands.code is MinerReason.START_NOT_WORTH
    assert stands.numbers == pytest.approx({"energy_price": 0.10, "revenue_per_kwh": 0.2, "start_cost": 0.4}, abs=1e-5)
    assert _why(3, earns=0.2, start_cost=0.2).code is MinerReason.PROFITABLE


def test_a_shortest_run_that_costs_more_than_its_best_hour_earns() -> None:
    assert _why(3, earns=0.12, min_run_h=3.0).code is MinerReason.START_NOT_WORTH
    assert _why(4, earns=0.25, min_run_h=3.0).code is MinerReason.MIN_RUN


def test_a_run_that_pays_only_as_a_whole() -> None:
    # Three hours at least: two of them earn 0.15 above their price, the first costs 0.05 more than it earns.
    price = np.select([np.arange(24) == 3, np.isin(np.arange(24), (4, 5))], [0.25, 0.05], 0.30)
    begins = _why(3, price=price, earns=0.2, min_run_h=3.0)
    assert begins.code is MinerReason.WHOLE_RUN_PAYS
    assert begins.numbers["min_run_h"] == 3.0
    assert _why(4, price=price, earns=0.2, min_run_h=3.0).code is MinerReason.PROFITABLE


def test_the_hours_of_the_day_are_used_up() -> None:
    early = np.where(np.arange(24) < 8, 0.09, 0.10)
    assert _why(7, price=early, earns=0.2, budgets=(budget(max_hours=8),)).code is MinerReason.PROFITABLE
    stands = _why(8, price=early, earns=0.2, budgets=(budget(max_hours=8),))
    assert stands.code is MinerReason.DAY_LIMIT
    assert stands.numbers["hours_left"] == pytest.approx(0.0)


def test_too_hot_to_run() -> None:
    cooling = np.arange(24) < 2
    stands = _why(1, price=0.10, earns=0.2, cooling=cooling, allowed=~cooling)
    assert stands.code is MinerReason.TOO_HOT
    assert _why(2, price=0.10, earns=0.2, cooling=cooling, allowed=~cooling).code is MinerReason.PROFITABLE


def test_only_from_surplus() -> None:
    peak = sun(peak_w=6_000)
    noon, night = int(peak.argmax()), 0
    runs = _why(noon, solar_w=peak, earns=0.2, surplus_only=True)
    assert runs.code is MinerReason.SURPLUS
    assert runs.numbers["surplus_w"] == pytest.approx(peak[noon] - 500)
    stands = _why(night, solar_w=peak, earns=0.2, surplus_only=True)
    assert (stands.code, stands.numbers["surplus_w"]) == (MinerReason.NO_SURPLUS, 0.0)
