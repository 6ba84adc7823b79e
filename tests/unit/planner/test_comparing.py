"""What is told of two plans: never what only the planner's own stopping explains."""

from dataclasses import replace
import math

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.energy_orchestrator.model.difference import (
    SAME_MONEY,
    gap_of,
    told_difference,
    told_saving,
    uncertainty,
)
from custom_components.energy_orchestrator.model.horizon import Series
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.model.whatif import WhatIf
from custom_components.energy_orchestrator.planner.comparing import exchanged
from custom_components.energy_orchestrator.planner.energy_planner import plan, rule_based_plan, valued
from custom_components.energy_orchestrator.planner.hourly import hourly

from .houses import battery, budget, house, miner

SLOTS = 16
# As coarse as a busy machine may leave a plan; the finer it is, the more can be told.
GAPS = st.sampled_from([0.3, 0.05, 1e-3])
PRICES = st.sampled_from([0.05, 0.1, 0.13, 0.2, 0.3, 0.6])


def series(values: st.SearchStrategy[float]) -> st.SearchStrategy[Series]:
    return st.lists(values, min_size=SLOTS, max_size=SLOTS).map(np.array)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a site whose miners, starts and least hours leave the solver a gap."""
    own = battery(
        SLOTS, initial_soc=draw(st.sampled_from([0.2, 0.5, 0.9])), terminal_value_per_kwh=None, reserve_soc=0.3
    )
    miners = [
        replace(
            miner(
                SLOTS, earns=draw(PRICES), min_run_h=draw(st.sampled_from([0.0, 1.5])), start_cost=0.05,
                budgets=(budget(SLOTS, max_hours=draw(st.sampled_from([2.0, 6.0])), max_starts=2),),
                surplus_only=draw(st.booleans()),
            ),
            id=f"miner {number}",
        )
        for number in range(2)
    ]  # fmt: skip
    return house(
        SLOTS, minutes=30, import_price=draw(series(PRICES)), export_price=0.04,
        solar_w=draw(series(st.sampled_from([0.0, 1_000.0, 4_000.0, 9_000.0]))), max_import_w=7_000.0,
        grid_charging=draw(st.sampled_from([np.zeros(SLOTS, dtype=np.bool_), np.ones(SLOTS, dtype=np.bool_)])),
        batteries=(own,), miners=tuple(miners),
    )  # fmt: skip


def differ(problem: Problem, change: WhatIf, gap: float, *, by_hour: bool) -> float:
    """Plan both as the product does, only that the solver stops earlier, and return what is told."""
    posed = hourly(valued(problem)) if by_hour else valued(problem)
    changed = change.applied(valued(problem))
    both = exchanged(plan(posed, gap=gap), plan(hourly(changed) if by_hour else changed, gap=gap))
    return told_difference(*both)


@settings(deadline=None, max_examples=20)
@given(problem=problems(), gap=GAPS, cents=st.sampled_from([0.001, 0.01, 0.1]), by_hour=st.booleans())
def test_dearer_power_is_no_gain_and_cheaper_power_no_loss(
    problem: Problem, gap: float, cents: float, by_hour: bool
) -> None:
    assert differ(problem, WhatIf(price_offset=cents), gap, by_hour=by_hour) >= 0
    assert differ(problem, WhatIf(price_offset=-cents / 2), gap, by_hour=by_hour) <= 0


@settings(deadline=None, max_examples=20)
@given(problem=problems(), gap=GAPS, more=st.sampled_from([1.01, 1.3]), by_hour=st.booleans())
def test_more_sun_is_no_loss_and_less_no_gain(problem: Problem, gap: float, more: float, by_hour: bool) -> None:
    assert differ(problem, WhatIf(solar_factor=more), gap, by_hour=by_hour) <= 0
    assert differ(problem, WhatIf(solar_factor=1 / more), gap, by_hour=by_hour) >= 0


@settings(deadline=None, max_examples=15)
@given(problem=problems(), gap=GAPS, by_hour=st.booleans())
def test_what_is_forbidden_is_no_gain_and_what_changes_nothing_nothing(
    problem: Problem, gap: float, by_hour: bool
) -> None:
    assert differ(problem, WhatIf(miners_off=frozenset({"miner 0"})), gap, by_hour=by_hour) >= 0
    assert differ(problem, WhatIf(reserve_soc=0.5), gap, by_hour=by_hour) >= 0
    assert differ(problem, WhatIf(), gap, by_hour=by_hour) == 0


def costing(made: Plan, total: float, gap: float | None) -> Plan:
    cost = replace(made.cost, imported=made.cost.imported + total - made.cost.total)
    return replace(made, cost=cost, bound=None if gap is None else total - gap)


@pytest.mark.parametrize(
    ("present", "changed", "told"),
    [
        ((10.0, 0.0), (10.3, 0.2), 0.3),
        ((10.0, 0.0), (10.3, 0.4), 0.0),
        ((10.0, 0.4), (10.3, 0.2), 0.3),
        ((10.0, 0.2), (9.7, 0.4), -0.3),
        ((10.0, 0.4), (9.7, 0.0), 0.0),
        ((10.0, 0.0), (10.004, 0.0), 0.0),
        ((10.0, None), (9.0, 0.0), 0.0),
        ((10.0, 0.0), (12.0, None), 0.0),
    ],
)
def test_a_loss_must_exceed_the_changed_plans_gap_and_a_gain_the_present_ones(
    present: tuple[float, float | None], changed: tuple[float, float | None], told: float
) -> None:
    made = plan(house(4))
    both = costing(made, *present), costing(made, *changed)
    assert told_difference(*both) == pytest.approx(told)
    assert uncertainty(*both) >= SAME_MONEY


def test_a_large_difference_is_told_whatever_the_sign() -> None:
    problem = valued(house(SLOTS, solar_w=3_000.0, load_w=2_000.0, batteries=(battery(SLOTS),)))
    for change, sign in ((WhatIf(price_offset=0.2, solar_factor=0.0), 1), (WhatIf(solar_factor=1.5), -1)):
        made = exchanged(plan(problem), plan(change.applied(problem)))
        told = told_difference(*made)
        assert math.copysign(1, told) == sign
        assert told == pytest.approx(made[1].cost.total - made[0].cost.total)


def test_a_plan_behind_the_rules_by_its_own_gap_is_level_with_them() -> None:
    made = costing(plan(house(4)), 10.0, 0.2)
    assert told_saving(made, 9.9) == 0
    assert told_saving(made, 9.7) == pytest.approx(-0.3)
    assert told_saving(made, 10.1) == pytest.approx(0.1), "the plan is a schedule, and so much cheaper"
    assert told_saving(rule_based_plan(house(4)), 0.0) < 0, "rules have no gap to hide behind"
    assert gap_of(rule_based_plan(house(4))) == math.inf


def test_each_plan_takes_what_was_found_for_the_other() -> None:
    prices = np.where(np.arange(SLOTS) < SLOTS // 2, 0.05, 0.6)
    problem = valued(house(SLOTS, import_price=prices, batteries=(battery(SLOTS, initial_soc=0.2),)))
    dearer = WhatIf(price_offset=0.01).applied(problem)
    poor, good = rule_based_plan(problem), plan(dearer)
    assert poor.cost.total > good.cost.total, "as they stand, dearer power would be a gain"
    present, changed = exchanged(poor, good)
    assert present.schedule is good.schedule
    assert present.cost.total < changed.cost.total == good.cost.total
    # Not where the other's schedule is not allowed: there is no sun to use.
    sunny = plan(replace(problem, solar_w=np.full(SLOTS, 5_000.0)))
    assert exchanged(poor, sunny) == (poor, sunny)
