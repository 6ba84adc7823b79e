"""The judge of the soak: for each promise a short history that keeps it and one that breaks it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from custom_components.energy_orchestrator.control.writes import MOST_A_DAY
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.site import Mode
from custom_components.energy_orchestrator.simulation.hands import PlantHands
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES
from custom_components.energy_orchestrator.soak.judge import Judge
from custom_components.energy_orchestrator.soak.scene import Choice, Promise, Scene, ToldValue, Write

START: Final = datetime(2026, 4, 22, 6, tzinfo=UTC)
SETTINGS: Final = PlantHands(Plant(SITES["ranch"], start=START)).settings()
(S21,) = SETTINGS.miners["s21"].switches
(DUMP_LOAD,) = SETTINGS.miners["dump_load"].switches
(S19_LIMIT,) = SETTINGS.miners["tuned_s19"].power_limits
INVERTER: Final = SETTINGS.inverters["inverter"]
MODE: Final = INVERTER.work_mode or ""
CHARGE_POWER: Final = INVERTER.charge_power or ""
SOC: Final = SETTINGS.batteries["battery"].soc or ""
METER: Final = SETTINGS.entities.grid_power or ""
OFF: Final[Mapping[str, bool]] = {S21: False, DUMP_LOAD: False}
ON: Final[Mapping[str, bool]] = {S21: True, DUMP_LOAD: False}
CHARGE, DISCHARGE, SELF = BatteryMode.CHARGE, BatteryMode.DISCHARGE, BatteryMode.SELF_CONSUMPTION

type History = Callable[[Case], None]


class Case:
    """A home whose history is told in sentences; time stands in seconds since its start."""

    def __init__(self) -> None:
        self.judge = Judge(SETTINGS)
        self.truth: dict[str, Any] = {"soc": 0.5, "battery_w": 0.0, "grid_w": 0.0, "on": OFF}

    def scene(self, second: float) -> Scene:
        """Return how it stands then."""
        return Scene(at=START + timedelta(seconds=second), **self.truth)

    def is_so(self, *seconds: float, **truth: Any) -> None:
        """Be so from now on, as seen at these seconds."""
        self.truth |= truth
        for second in seconds:
            self.judge.look(self.scene(second))

    def told(self, second: float, entity: str, value: ToldValue, reason: str = "profitable") -> None:
        """Tell an entity something."""
        self.judge.sent(Write(entity_id=entity, value=value, reason=reason, scene=self.scene(second)))

    def chosen(self, second: float, entity: str, value: ToldValue, hours: float = 4, *, asked: bool = False) -> None:
        """Let a person choose."""
        at = START + timedelta(seconds=second)
        self.judge.chose(Choice(entity_id=entity, value=value, at=at, until=at + timedelta(hours=hours), asked=asked))


def minutes(*at: float) -> list[float]:
    return [60 * minute for minute in at]


def low(until: float, **truth: Any) -> History:
    def history(home: Case) -> None:
        home.is_so(0, soc=0.21, on=ON, battery_w=-3000)
        home.is_so(*minutes(*range(1, int(until))), soc=0.18, **truth)

    return history


def drained_by_force(home: Case) -> None:
    home.told(0, MODE, "discharge")
    home.is_so(*minutes(*range(12)), soc=0.18, battery_w=-3000, mode=DISCHARGE, decided=DISCHARGE)


def over(until: float, shown_w: float = 16_000.0, **truth: Any) -> History:
    def history(home: Case) -> None:
        home.is_so(0, on=ON, grid_w=12_000, shown_grid_w=12_000, shown_grid_at=START)
        later = START + timedelta(seconds=5)
        home.is_so(*range(5, int(until), 5), grid_w=16_000, shown_grid_w=shown_w, shown_grid_at=later, **truth)

    return history


def shed_in_time(home: Case) -> None:
    over(11)(home)
    home.told(11, S21, False, "import_limit")
    home.is_so(15, 20, 25, 30, grid_w=12_000, on=OFF)


def switched_after(minute: float, *, on: bool, reason: str = "profitable") -> History:
    def history(home: Case) -> None:
        home.is_so(0, on=OFF if on else ON)
        home.is_so(60, on=ON if on else OFF)
        home.told(60 * minute, S21, not on, reason)

    return history


def sent_in(mode: Mode, reason: str) -> History:
    def history(home: Case) -> None:
        home.is_so(0, loop=mode)
        home.told(5, MODE, "self_consumption", reason)

    return history


def written(*seconds: float, reason: str = "profitable", alike: bool = False) -> History:
    def history(home: Case) -> None:
        for number, second in enumerate(seconds):
            home.told(second, CHARGE_POWER, 1000.0 if alike else 1000.0 + 50 * number, reason)

    return history


def overruled(minute: float, value: ToldValue, entity: str = S21, reason: str = "profitable", **how: Any) -> History:
    def history(home: Case) -> None:
        home.chosen(0, entity, not value if isinstance(value, bool) else "hold", **how)
        home.told(60 * minute, entity, value, reason)

    return history


def let_go_after(second: float) -> History:
    def history(home: Case) -> None:
        home.is_so(0, on=ON)
        home.chosen(0, S21, True)
        home.judge.let_go(START + timedelta(seconds=second))
        home.told(second, S21, False, "released")

    return history


def forced(*at_minutes: float, **truth: Any) -> History:
    def history(home: Case) -> None:
        home.told(0, MODE, "charge")
        home.is_so(10, mode=CHARGE, decided=CHARGE, battery_w=5000)
        home.is_so(*minutes(*at_minutes), **truth)

    return history


def chosen_by_hand(home: Case) -> None:
    forced(1)(home)
    home.chosen(70, MODE, "charge")
    home.is_so(*minutes(2, 10, 20, 30), decided=SELF)


def stopped_at(level: float, *, fresh: bool, reason: str = "below_stop_soc") -> History:
    def history(home: Case) -> None:
        home.is_so(0, on=ON, soc=level, lies={SOC: fresh})
        home.told(5, S21, False, reason)

    return history


def started_at(level: float) -> History:
    def history(home: Case) -> None:
        home.is_so(0, soc=level, lies={SOC: True})
        home.told(5, S21, True)

    return history


def surplus(watts: float) -> History:
    def history(home: Case) -> None:
        home.is_so(0, spare_w=watts, lies={METER: True})
        home.told(5, DUMP_LOAD, True, "surplus")

    return history


def shed_at(watts: float) -> History:
    def history(home: Case) -> None:
        home.is_so(0, on=ON, grid_w=watts, lies={METER: True})
        home.told(5, S21, False, "import_limit")

    return history


def charged_though_full(until: int, **truth: Any) -> History:
    def history(home: Case) -> None:
        home.told(0, MODE, "charge", "at_reserve")
        home.is_so(
            *minutes(*range(1, until)), mode=CHARGE, decided=CHARGE, **{"soc": 0.95, "lies": {SOC: False}} | truth
        )

    return history


def noticed(*, person: bool) -> History:
    def history(home: Case) -> None:
        if person:
            home.judge.acted(S21, START)
        home.judge.noticed(S21, START + timedelta(seconds=30))

    return history


def ended(timers: int, tasks: int) -> History:
    return lambda home: home.judge.stopped(START, timers=timers, tasks=tasks)


KEPT: Final[tuple[tuple[Promise, History], ...]] = (
    (Promise.LEVEL, low(5)),
    (Promise.LEVEL, low(30, on=OFF)),
    (Promise.LEVEL, low(30, battery_w=500)),
    (Promise.LEVEL, low(30, loop=None)),
    (Promise.LEVEL, low(30, level_known=False)),
    (Promise.LEVEL, low(30, disobeys=frozenset({"s21"}))),
    (Promise.IMPORT, over(15)),
    (Promise.IMPORT, over(60, shown_w=14_000.0)),
    (Promise.IMPORT, over(60, on=OFF)),
    (Promise.IMPORT, over(60, disobeys=frozenset({"s21"}))),
    (Promise.IMPORT, shed_in_time),
    (Promise.RUNS, switched_after(61, on=True)),
    (Promise.RUNS, switched_after(10, on=True, reason="below_stop_soc")),
    (Promise.RUNS, switched_after(31, on=False)),
    (Promise.GATE, sent_in(Mode.AUTOMATIC, "profitable")),
    (Promise.GATE, sent_in(Mode.PAUSED, "released")),
    (Promise.WRITES, written(0, 30, 60)),
    (Promise.WRITES, written(0, 5, reason="import_limit")),
    (Promise.WRITES, written(0, 30, 60, alike=True)),
    (Promise.WRITES, written(0, 900, 1800, 2700, alike=True)),
    (Promise.WRITES, written(*range(0, 240 * MOST_A_DAY, 240))),
    (Promise.PEOPLE, overruled(241, True)),
    (Promise.PEOPLE, overruled(10, True, reason="import_limit")),
    (Promise.PEOPLE, let_go_after(120)),
    (Promise.FORCED, forced(1, 8, decided=SELF)),
    (Promise.FORCED, forced(1, 20, 60)),
    (Promise.FORCED, forced(1, 1.9, loop=Mode.PAUSED)),
    (Promise.FORCED, forced(1, 20, 60, loop=Mode.PAUSED, mode=SELF)),
    (Promise.FORCED, forced(1, 20, 60, decided=SELF, disobeys=frozenset({"inverter"}))),
    (Promise.FORCED, chosen_by_hand),
    (Promise.DOUBT, stopped_at(0.24, fresh=True)),
    (Promise.DOUBT, stopped_at(0.6, fresh=False)),
    (Promise.DOUBT, started_at(0.45)),
    (Promise.DOUBT, surplus(4000)),
    (Promise.DOUBT, shed_at(16_000)),
    (Promise.DOUBT, charged_though_full(9)),
    (Promise.DOUBT, charged_though_full(60, lies={})),
    (Promise.DOUBT, noticed(person=True)),
    (Promise.TIMERS, ended(0, 0)),
    (Promise.GOES_ON, lambda home: home.judge.looped()),
)
BROKEN: Final[tuple[tuple[Promise, History], ...]] = (
    (Promise.LEVEL, low(12)),
    (Promise.LEVEL, drained_by_force),
    (Promise.IMPORT, over(25)),
    (Promise.RUNS, switched_after(50, on=True)),
    (Promise.RUNS, switched_after(20, on=False)),
    (Promise.RUNS, switched_after(20, on=False, reason="manual")),
    (Promise.GATE, sent_in(Mode.PAUSED, "profitable")),
    (Promise.GATE, sent_in(Mode.MONITOR, "at_reserve")),
    (Promise.WRITES, written(0, 20)),
    (Promise.WRITES, written(0, 30, 60, 90, alike=True)),
    (Promise.WRITES, written(*range(0, 60 * 16, 60), reason="at_reserve")),
    (Promise.WRITES, written(*range(0, 240 * MOST_A_DAY + 1, 240))),
    (Promise.PEOPLE, overruled(10, True)),
    (Promise.PEOPLE, overruled(100, False, reason="manual")),
    (Promise.PEOPLE, overruled(10, "charge", MODE)),
    (Promise.PEOPLE, overruled(10, "charge", MODE, hours=1, asked=True)),
    (Promise.PEOPLE, let_go_after(20)),
    (Promise.FORCED, forced(1, 13, decided=SELF)),
    (Promise.FORCED, forced(1, 13, decided=DISCHARGE)),
    (Promise.FORCED, forced(1, 4, loop=Mode.PAUSED)),
    (Promise.DOUBT, stopped_at(0.6, fresh=True)),
    (Promise.DOUBT, stopped_at(0.6, fresh=True, reason="emergency_stop")),
    (Promise.DOUBT, started_at(0.3)),
    (Promise.DOUBT, surplus(500)),
    (Promise.DOUBT, shed_at(9_000)),
    (Promise.DOUBT, charged_though_full(15)),
    (Promise.DOUBT, noticed(person=False)),
    (Promise.TIMERS, ended(1, 0)),
    (Promise.TIMERS, ended(0, 1)),
    (Promise.GOES_ON, lambda home: home.judge.fell(START, ValueError("no number"))),
)


@pytest.mark.parametrize(("promise", "history"), KEPT)
def test_what_keeps_a_promise_is_no_breach(promise: Promise, history: History) -> None:
    home = Case()
    history(home)
    assert home.judge.record.breaches == []


@pytest.mark.parametrize(("promise", "history"), BROKEN)
def test_what_breaks_a_promise_is_found_once(promise: Promise, history: History) -> None:
    home = Case()
    history(home)
    assert [breach.promise for breach in home.judge.record.breaches] == [promise]


def test_every_promise_can_be_kept_and_broken() -> None:
    assert {promise for promise, _ in KEPT} == {promise for promise, _ in BROKEN} == {*Promise}


@pytest.mark.parametrize(
    ("promise", "history"),
    [
        (Promise.LEVEL, low(2)),
        (Promise.IMPORT, over(10)),
        (Promise.RUNS, switched_after(61, on=True)),
        (Promise.GATE, sent_in(Mode.PAUSED, "released")),
        (Promise.WRITES, written(0, 60)),
        (Promise.PEOPLE, overruled(241, True)),
        (Promise.FORCED, forced(1, decided=SELF)),
        (Promise.DOUBT, lambda home: home.judge.lied()),
        (Promise.TIMERS, ended(0, 0)),
        (Promise.GOES_ON, lambda home: home.judge.looped()),
    ],
)
def test_each_test_of_a_promise_is_counted(promise: Promise, history: History) -> None:
    home = Case()
    history(home)
    assert home.judge.record.tests[promise] == 1
