"""Pulse: how long a sensor may be silent, by its own pace, its owner's limit and the company it keeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.energy_orchestrator.inputs.pulse import ALONE, Circle, Company, Pulse

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
USUAL = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


@dataclass
class Shown:
    """What an entity shows."""

    entity_id: str
    state: str
    last_reported: datetime
    attributes: dict[str, Any] = field(default_factory=dict)
    last_changed: datetime = NOON
    last_updated: datetime = NOON
    context: Any = None


class Home:
    """Sensors that report, and a clock."""

    def __init__(self, company: Company = ALONE) -> None:
        self.now = NOON
        self.shown: dict[str, Shown] = {}
        self.pulse = Pulse(self.shown.get, company)

    def report(self, name: str, state: str = "1") -> None:
        """Let a sensor report."""
        self.shown[name] = Shown(name, state, self.now)

    def stale(self, name: str, own: timedelta | None = None) -> bool:
        """Look at a sensor."""
        self.pulse.begin()
        return self.pulse.stale(self.shown[name], self.now, USUAL, own)

    def lives(self, name: str, every: timedelta, times: int) -> bool:
        """Let a sensor report and be looked at; return whether it was ever taken for dead."""
        found = False
        for _ in range(times):
            self.report(name)
            for _ in range(int(every / MINUTE)):
                self.now += MINUTE
                found |= self.stale(name)
        return found


def together(*names: str) -> Company:
    """Return the company of one device."""

    def members(_: Circle) -> Iterable[str]:
        return names

    return Company(lambda name: ("device", "one") if name in names else None, members)


def test_a_sensor_that_reports_every_half_hour_is_learned_to_be_slow() -> None:
    home = Home(together("cloud"))
    assert home.lives("cloud", timedelta(minutes=30), 13), "nobody knows it yet"
    home.report("cloud")
    home.now += MINUTE
    home.stale("cloud")
    assert not home.lives("cloud", timedelta(minutes=30), 10)
    home.now += timedelta(minutes=95)
    assert home.stale("cloud"), "three of its reports are missing"


def test_a_quick_sensor_keeps_the_usual_limit_and_one_long_night_teaches_nothing() -> None:
    home = Home(together("quick"))
    home.lives("quick", MINUTE, 14)
    home.now += timedelta(hours=9)
    home.report("quick")
    assert not home.stale("quick")
    home.now += timedelta(minutes=14)
    assert not home.stale("quick")
    home.now += 2 * MINUTE
    assert home.stale("quick")


@pytest.mark.parametrize(("own", "silent", "dead"), [(60, 50, False), (60, 61, True), (2, 3, True), (2, 1, False)])
def test_the_owners_limit_counts_whatever_was_learned(own: int, silent: int, dead: bool) -> None:
    home = Home(together("sensor"))
    home.lives("sensor", timedelta(minutes=20), 14)
    home.report("sensor")
    home.now += silent * MINUTE
    assert home.stale("sensor", own * MINUTE) is dead


def test_the_owners_limit_ends_the_silence_of_a_template() -> None:
    home = Home()
    home.report("template")
    home.now += timedelta(hours=5)
    assert not home.stale("template")
    assert home.stale("template", timedelta(hours=1))


def test_each_is_judged_by_its_own_limit_though_they_keep_company() -> None:
    home = Home(together("slow", "quick"))
    home.lives("slow", timedelta(minutes=40), 14)
    home.report("quick")
    home.report("slow")
    home.now += timedelta(minutes=30)
    assert home.stale("quick")
    assert not home.stale("slow")
    home.report("quick")
    home.now += timedelta(minutes=14)
    assert not home.stale("quick")
    assert not home.stale("slow")
