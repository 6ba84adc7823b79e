"""What if: the changes reach exactly the slots and devices they are for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.horizon import tiered, uniform
from custom_components.energy_orchestrator.model.problem import BatteryTask, Problem
from custom_components.energy_orchestrator.model.whatif import WhatIf, share_within

NOW = datetime(2026, 6, 20, 10, tzinfo=UTC)


@pytest.fixture
def problem() -> Problem:
    """Eight hours of one kilowatt of everything."""
    horizon = uniform(NOW, 60, 8)
    ones, flags = np.ones(8), np.ones(8, dtype=np.bool_)
    battery = BatteryTask(
        id="b",
        capacity_wh=10_000,
        initial_soc=0.5,
        max_charge_w=5000 * ones,
        max_discharge_w=5000 * ones,
        min_soc=0.1 * ones,
        max_soc=0.9 * ones,
        reserve_soc=0.2 * ones,
        charge_efficiency=1.0,
        discharge_efficiency=1.0,
        wear_per_kwh=0.0,
    )
    return Problem(
        horizon=horizon,
        solar_w=1000 * ones,
        load_w=1000 * ones,
        import_price=0.3 * ones,
        export_price=0.1 * ones,
        max_import_w=10_000 * ones,
        max_export_w=10_000 * ones,
        grid_charging=flags,
        battery_export=flags,
        batteries=(battery,),
    )


def test_nothing_changes_nothing(problem: Problem) -> None:
    same = WhatIf().applied(problem)
    assert np.array_equal(same.solar_w, problem.solar_w)
    assert np.array_equal(same.load_w, problem.load_w)


def test_a_cloudy_time_is_bounded(problem: Problem) -> None:
    span = (NOW + timedelta(hours=2), NOW + timedelta(hours=4, minutes=30))
    changed = WhatIf(solar_factor=0.5, solar_span=span).applied(replace(problem, solar_low_w=0.8 * problem.solar_w))
    assert changed.solar_w == pytest.approx([1000, 1000, 500, 500, 750, 1000, 1000, 1000])
    assert changed.solar_low_w == pytest.approx([800, 800, 400, 400, 600, 800, 800, 800])


def test_an_extra_load_keeps_its_energy(problem: Problem) -> None:
    span = (NOW + timedelta(minutes=45), NOW + timedelta(hours=2, minutes=15))
    changed = WhatIf(extra_load_w=11_000, extra_load_span=span).applied(problem)
    extra_wh = ((changed.load_w - problem.load_w) * problem.horizon.hours).sum()
    assert extra_wh == pytest.approx(11_000 * 1.5)


def test_a_larger_battery_is_as_full(problem: Problem) -> None:
    changed = WhatIf(capacity_factor=2.0, reserve_soc=0.95).applied(problem).batteries[0]
    assert changed.capacity_wh == 20_000
    assert changed.initial_soc == 0.5
    assert changed.max_charge_w == pytest.approx(np.full(8, 10_000))
    assert changed.reserve_soc == pytest.approx(np.full(8, 0.9)), "within the range"


def test_shares_of_uneven_slots() -> None:
    horizon = tiered(NOW)
    share = share_within(horizon, (NOW, horizon.end))
    assert share == pytest.approx(np.ones(len(horizon)))
    assert not share_within(horizon, (NOW - timedelta(days=2), NOW - timedelta(days=1))).any()
