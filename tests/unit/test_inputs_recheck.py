"""Recheck: what is odd waits for another poll, harmful or harmless, and nothing else does."""

from datetime import UTC, datetime, timedelta

from custom_components.energy_orchestrator.inputs.recheck import Recheck
from custom_components.energy_orchestrator.model.readings import Doubt, Reading, Trouble

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


class Meter:
    """A sensor of power and a clock; over 10 kW is odd."""

    def __init__(self) -> None:
        self.now = NOON
        self.recheck = Recheck()

    def says(self, watts: float | None, *, after_s: float = 10, polled: bool = True) -> Reading[float]:
        """Let time pass and the sensor report; None: what cannot be at all."""
        self.now += timedelta(seconds=after_s)
        if polled:
            self.reported = self.now
        if watts is None:
            told = Reading[float](None, self.reported, Trouble.OUT_OF_RANGE, "sensor.power", Doubt(1e6))
        else:
            told = Reading(watts, self.reported, source="sensor.power")
        return self.recheck.judge(told, self.now, odd=(watts or 0) > 10_000)


def test_one_odd_poll_is_doubted_and_what_was_believed_holds() -> None:
    meter = Meter()
    assert meter.says(900).value == 900
    doubted = meter.says(40_000)
    assert (doubted.value, doubted.trouble, doubted.believed) == (None, Trouble.DOUBTED, 900)
    assert meter.says(950).value == 950


def test_another_poll_confirms_and_is_not_asked_for_again() -> None:
    meter = Meter()
    meter.says(900)
    meter.says(40_000)
    assert meter.says(40_100).value == 40_100
    assert meter.says(41_000).value == 41_000
    assert meter.says(900).value == 900
    assert meter.says(40_000).value is None


def test_what_reports_changes_only_is_believed_after_90_seconds() -> None:
    meter = Meter()
    meter.says(900)
    meter.says(40_000)
    assert meter.says(40_000, after_s=80, polled=False).value is None
    assert meter.says(40_000, after_s=15, polled=False).value == 40_000


def test_after_a_poll_gone_wrong_the_last_one_holds_for_a_while() -> None:
    meter = Meter()
    meter.says(900)
    garbled = meter.says(None)
    assert (garbled.trouble, garbled.believed) == (Trouble.OUT_OF_RANGE, 900)
    assert meter.says(None, after_s=90).believed is None


def test_the_first_report_is_rechecked_as_well() -> None:
    doubted = Meter().says(40_000)
    assert (doubted.trouble, doubted.believed) == (Trouble.DOUBTED, None)
