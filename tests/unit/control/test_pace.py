"""How often an entity is polled is learned from its reports, and what is waited for follows from it."""

from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.model.pace import Cadence

from .home import START


def heard(*seconds: float) -> timedelta | None:
    """Return the pace learned from reports at these times."""
    cadence = Cadence()
    for second in seconds:
        cadence.hear(START + timedelta(seconds=second))
    return cadence.every


@pytest.mark.parametrize("every", [5, 60, 300, 900])
def test_a_poll_is_learned_from_four_reports(every: int) -> None:
    assert heard(*(every * n for n in range(4))) == timedelta(seconds=every)
    assert heard(*(every * n for n in range(3))) is None


def test_a_poll_that_is_seen_only_now_and_then_is_learned_all_the_same() -> None:
    assert heard(0, 60, 180, 240, 420, 480) == timedelta(seconds=60)


def test_what_reports_when_it_has_something_to_say_has_no_pace() -> None:
    assert heard(0, 4, 31, 90, 400, 1800, 9000) is None


def test_reports_that_belong_together_are_one() -> None:
    assert heard(0, 0.1, 0.3, 60, 60.1, 60.3, 120, 120.2, 180) == pytest.approx(
        timedelta(seconds=60), abs=timedelta(seconds=1)
    )


def test_the_same_report_twice_tells_nothing() -> None:
    assert heard(0, 60, 60, 60, 60) is None
