"""Miners count on less sun than is expected where buying in its place costs more than mining earns."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.calm import calm_plan
from custom_components.energy_orchestrator.planner.caution import cautious
from custom_components.energy_orchestrator.planner.energy_planner import plan
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import battery, house, miner, sun


def mining(earns: float = 0.134, **changes: Any) -> Problem:
    """Return a miner on 10 kWh and a day of sun that may bring half as much, or half as much again."""
    roof = sun(peak_w=4_000)
    usual: dict[str, Any] = {
        "solar_w": roof, "solar_low_w": roof * 0.5, "solar_high_w": roof * 1.5, "load_w": 800,
        "load_low_w": 600, "load_high_w": 1_200, "batteries": (battery(initial_soc=0.8, terminal_value_per_kwh=0.1),),
        "miners": (miner(earns=earns),),
    }  # fmt: skip
    return house(**usual | changes)


def test_as_likely_to_run_short_as_it_costs() -> None:
    """(0.19 − 0.08) / (0.30 − 0.08) is one half: then what is expected is what is counted on; dearer power is feared more."""
    even = mining(earns=0.19)
    assert cautious(even).solar_w == pytest.approx(even.solar_w)
    feared = [cautious(mining(import_price=price)).solar_w.sum() for price in (0.25, 0.30, 0.45)]
    assert feared == sorted(feared, reverse=True)
    assert mining().solar_low_w is not None
    assert mining().solar_low_w.sum() <= feared[-1] < feared[0] < mining().solar_w.sum()  # type: ignore[union-attr]  # it is given


@pytest.mark.parametrize(
    "sure",
    [
        {"miners": ()},
        {"earns": 0.31},
        {"earns": 0.07},
        {"batteries": ()},
        {"max_import_w": 0.0},
        {"solar_low_w": None, "load_high_w": None},
    ],
    ids=[
        "no miner",
        "earns more than power costs",
        "earns less than it sells for",
        "no battery",
        "no grid",
        "no spread",
    ],
)
def test_nothing_is_feared_without_reason(sure: dict[str, Any]) -> None:
    problem = mining(**sure)
    assert (cautious(problem).solar_w == problem.solar_w).all()
    assert (cautious(problem).load_w == problem.load_w).all()


def test_less_is_mined_of_uncertain_sun() -> None:
    problem = mining()
    sure = replace(problem, solar_low_w=None, solar_high_w=None, load_low_w=None, load_high_w=None)
    assert calm_plan(problem).miner_w("miner").sum() < plan(sure).miner_w("miner").sum()


def test_the_plan_is_told_for_what_is_expected() -> None:
    problem = mining()
    made = calm_plan(problem)
    assert made.problem.solar_w == pytest.approx(problem.solar_w)
    assert not violations(made.problem, made.schedule, made.shed)
    assert np.isfinite(made.cost.total)
