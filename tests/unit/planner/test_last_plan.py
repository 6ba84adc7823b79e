"""What the last plan said of the miners makes the next one sooner, and never a worse one."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.generator import START, ranch_miners, site
from custom_components.energy_orchestrator.model.horizon import Series, uniform
from custom_components.energy_orchestrator.model.plan import Plan, PlanStatus
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.energy_planner import GAP, plan, valued
from custom_components.energy_orchestrator.planner.programme import highs
from custom_components.energy_orchestrator.planner.programme.build import Programme, build
from custom_components.energy_orchestrator.planner.programme.directions import one_way_where_it_pays
from custom_components.energy_orchestrator.planner.programme.last_plan import near_last_plan
from custom_components.energy_orchestrator.planner.programme.wishes import wish_prices


@pytest.fixture(scope="module")
def ranch() -> Problem:
    horizon = uniform(START, 30, 48)
    dice = np.random.default_rng(7)
    miners = ranch_miners(horizon)
    return valued(site(dice, horizon, solar_kw=14.6, battery_kwh=48, battery_kw=12, miners=miners))


@pytest.fixture(scope="module")
def made(ranch: Problem) -> Plan:
    return plan(ranch)


def programme(problem: Problem) -> Programme:
    return build(problem, one_way_where_it_pays(problem))


def kept(made: Plan, hours_later: float = 0.0) -> dict[str, Series]:
    """Return what a plan says of its miners, moved to later hours."""
    slots = round(hours_later * 2)
    return {miner.id: np.roll(made.miner_w(miner.id), slots) for miner in made.problem.miners}


def test_a_plan_that_stands_is_where_the_next_one_starts(ranch: Problem, made: Plan) -> None:
    again = replace(ranch, kept_miner_w=kept(made))
    laid = programme(again)
    near = near_last_plan(laid, again, 8.0)
    best = highs.solve(laid.matrix, time_limit_s=8.0, gap=GAP)
    assert near is not None
    assert best is not None
    assert laid.matrix.cost @ near == pytest.approx(best.objective, rel=2 * GAP)


@pytest.mark.parametrize("hours_later", [0.5, 2, 12])
def test_a_last_plan_however_wrong_makes_none_worse(ranch: Problem, made: Plan, hours_later: float) -> None:
    again = replace(ranch, kept_miner_w=kept(made, hours_later))
    found = plan(again)
    moved = sum(np.abs(made.miner_w(key) - kept_w) @ again.horizon.hours for key, kept_w in again.kept_miner_w.items())
    # What differing from the last plan is charged: the plan made without one is still to be had for it.
    differing = wish_prices(again).kept * moved / 1e3
    assert found.status is PlanStatus.OPTIMAL
    assert found.cost.total <= made.cost.total + differing + 2 * GAP * abs(made.cost.total)


def test_without_a_last_plan_there_is_nothing_near(ranch: Problem) -> None:
    assert near_last_plan(programme(ranch), ranch, 8.0) is None


def test_nothing_good_is_near_a_plan_that_ran_everything(ranch: Problem) -> None:
    always = {miner.id: np.full(48, float(miner.power_w[-1])) for miner in ranch.miners}
    dear = replace(ranch, import_price=ranch.import_price * 3, kept_miner_w=always)
    assert near_last_plan(programme(dear), dear, 8.0) is None
