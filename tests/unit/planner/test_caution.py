"""Miners count on less sun than is expected where buying in its place costs more than mining earns."""

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


def test_a_miner_rests_on_power_that_may_have_to_be_bought_back() -> None:
    """On the likeliest day there is power to mine with; on a dull one the house buys it back for twice as much."""
    dull = mining(load_high_w=1_500, solar_low_w=sun(peak_w=4_000) * 0.3)
    careful, expected = cautious(dull), plan(dull)
    assert careful.solar_w.sum() < dull.solar_w.sum()
    assert careful.load_w.sum() > dull.load_w.sum()
    assert calm_plan(dull).miner_w("miner").sum() < expected.miner_w("miner").sum()


def test_where_every_course_has_sun_to_spare_nothing_is_feared() -> None:
    roof = np.roll(sun(peak_w=20_000), -10)
    spare = mining(solar_w=roof, solar_low_w=roof * 0.8, solar_high_w=roof * 1.2)
    assert cautious(spare) is spare


@pytest.mark.parametrize(
    "sure",
    [
        {"miners": ()},
        {"batteries": ()},
        {"max_import_w": 0.0},
        {"solar_low_w": None, "load_high_w": None},
    ],
    ids=[
        "no miner",
        "no battery",
        "no grid",
        "no spread",
    ],
)
def test_nothing_is_feared_without_reason(sure: dict[str, Any]) -> None:
    problem = mining(**sure)
    assert (cautious(problem).solar_w == problem.solar_w).all()
    assert (cautious(problem).load_w == problem.load_w).all()


def test_the_plan_is_told_for_what_is_expected() -> None:
    problem = mining()
    made = calm_plan(problem)
    assert made.problem.solar_w == pytest.approx(problem.solar_w)
    assert not violations(made.problem, made.schedule, made.shed)
    assert np.isfinite(made.cost.total)
