"""λ: what one more kWh is worth in a slot, in money that can be checked by planning with it."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.energy_planner import plan

from .houses import battery, day, house, miner, sun


def dearer_by_a_kwh(problem: Problem, slot: int, kwh: float = 1e-3) -> float:
    """Return the rise in cost per kWh more load in a slot."""
    load = problem.load_w.copy()
    load[slot] += kwh * 1000 / problem.horizon.hours[slot]
    return (plan(replace(problem, load_w=load)).cost.total - plan(problem).cost.total) / kwh


def test_it_is_the_import_price_while_importing() -> None:
    assert plan(house()).energy_price == pytest.approx(np.full(24, 0.30), abs=1e-4)


def test_it_is_the_export_price_while_exporting() -> None:
    assert plan(house(solar_w=3_000)).energy_price == pytest.approx(np.full(24, 0.08), abs=1e-4)


def test_it_is_nothing_while_solar_is_thrown_away() -> None:
    assert plan(house(solar_w=3_000, max_export_w=0)).energy_price == pytest.approx(np.zeros(24), abs=1e-4)


def test_a_stored_kwh_carries_its_price_across_the_day() -> None:
    made = plan(house(import_price=day(0.10, 0.40), load_w=3_000, batteries=(battery(),)))
    # Full at noon, empty at night: one more kWh is bought at once, cheap or dear.
    assert made.energy_price[3] == pytest.approx(0.10, abs=1e-3)
    assert made.energy_price[20] == pytest.approx(0.40, abs=1e-3)


@pytest.mark.parametrize("slot", [0, 5, 11, 12, 19, 23])
@pytest.mark.parametrize("mining", [False, True])
def test_one_more_kwh_costs_what_it_says(slot: int, mining: bool) -> None:
    problem = house(
        solar_w=sun(peak_w=5_000) + 37 * np.arange(24),
        import_price=np.round(0.2 + 0.1 * np.sin(np.arange(24) * 1.7), 3),
        batteries=(battery(terminal_value_per_kwh=0.11),),
        miners=(miner(earns=0.134, min_run_h=2, start_cost=0.02),) if mining else (),
    )
    price = plan(problem).energy_price[slot]
    more, less = dearer_by_a_kwh(problem, slot), dearer_by_a_kwh(problem, slot, -1e-3)
    # At a kink the price lies between what one more costs and one less saves.
    assert min(more, less) - 2e-3 <= price <= max(more, less) + 2e-3
