"""What is measured now is led over into what is expected."""

from datetime import UTC, datetime
from typing import Final

import pytest

from custom_components.energy_orchestrator.learning.persistence import LOAD, SOLAR
from custom_components.energy_orchestrator.model.horizon import tiered, uniform

NOON: Final = datetime(2026, 6, 15, 10, tzinfo=UTC)
HALF_HOURS: Final = uniform(NOON, 30, 16)


def test_this_moment_gives_way_to_what_lasts() -> None:
    """One reading says what is drawn for some minutes, the last half hour what is drawn for an hour or two."""
    kettle = LOAD.departure(tiered(NOON), now=2000.0, lately=0.0)
    assert kettle[0] > 1700
    assert kettle[12] < 100
    oven = LOAD.departure(tiered(NOON), now=2000.0, lately=2000.0)
    assert oven[0] == pytest.approx(2000, rel=0.06)
    assert 400 < oven[12] < 700
    assert oven[-1] == pytest.approx(0, abs=1e-6)


def test_one_stands_in_for_the_other() -> None:
    assert LOAD.departure(HALF_HOURS, 500.0, None).tolist() == LOAD.departure(HALF_HOURS, 500.0, 500.0).tolist()
    assert LOAD.departure(HALF_HOURS, None, 500.0).tolist() == LOAD.departure(HALF_HOURS, 500.0, 500.0).tolist()
    assert LOAD.departure(HALF_HOURS, None, None).tolist() == [0.0] * 16


def test_clouds_stay_longer_than_a_kettle() -> None:
    assert (SOLAR.departure(HALF_HOURS, 1.0, 1.0) > LOAD.departure(HALF_HOURS, 1.0, 1.0)).all()


def test_what_is_measured_leaves_less_doubt_for_some_hours() -> None:
    doubt = SOLAR.doubt(HALF_HOURS)
    assert doubt[0] < 0.6
    assert doubt[-1] > 0.99
    assert sorted(doubt) == doubt.tolist()
