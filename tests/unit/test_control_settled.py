"""What a device makes of a number is its answer, where it is no more than was asked and comes of the asking."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import State
import pytest

from custom_components.energy_orchestrator.control.command import Command, Stage, Why, is_within, power_command
from custom_components.energy_orchestrator.control.settled import Settled

NOW = datetime(2026, 6, 21, 10, tzinfo=UTC)
WATTS = {"unit_of_measurement": "W", "min": 0, "max": 10000, "step": 1}


class Number:
    """A number entity that shows what it likes."""

    def __init__(self, shows: object) -> None:
        self.shows = shows

    def __call__(self, entity_id: str) -> State:
        """Look it up."""
        return State(entity_id, str(self.shows), WATTS)

    def asked(self, watts: float, settled: Settled, stage: Stage = Stage.POWER_LIMIT) -> Command:
        """Return the command that asks it for a power."""
        command = power_command(self, "number.x", watts, device_id="m", stage=stage, why=Why(reason="idle"))
        assert command
        return settled.accepting(command)


def answered(before: object, watts: float, shown: object, stage: Stage = Stage.POWER_LIMIT) -> bool:
    """Whether a power is done once the time of its write is up, by what is shown then."""
    number, settled = Number(before), Settled()
    command = number.asked(watts, settled, stage)
    number.shows = shown
    settled.note(command, number, NOW)
    assert number.asked(watts, settled, stage).done(number) == command.done(number)
    return command.done(number)


@pytest.mark.parametrize(
    ("before", "shown", "done"),
    [
        (2223, 3068, True),  # a preset
        (0, 100, True),  # the most it gives now
        (3068, 3068, True),  # the preset stands already
        (1900, 1900, False),  # as it was, and far from what was asked: it did not listen
        (2223, 3425, False),
        (2223, 0, False),
        (2223, "unknown", False),
        ("unknown", 1900, True),
        (2223, -3000, False),
        (2223, "nan", False),
    ],
)
def test_what_comes_of_asking_for_3250_watts(before: object, shown: object, done: bool) -> None:
    assert answered(before, 3250, shown) is done


@pytest.mark.parametrize(("shown", "done"), [(3250, True), (3217, True), (3350, False)])
def test_a_set_point_may_be_rounded_up_by_a_hundredth_of_the_most(shown: float, done: bool) -> None:
    assert answered(500, 3217, shown, Stage.SET_POINT) is done


def test_a_device_that_rounds_up_is_asked_for_less() -> None:
    number, settled = Number(1600), Settled()
    for watts, asked, shown in ((3250, 3250, 3300), (3250, 3200, 3200), (3210, 3160, 3200), (3290, 3240, 3200)):
        command = number.asked(watts, settled)
        assert command.call.data["value"] == asked
        number.shows = shown
        settled.note(command, number, NOW)
        assert number.asked(watts, settled).done(number) is (shown <= watts)
        assert is_within(number.asked(watts, settled), number) is (shown <= watts)
    # what ends far above was not rounded
    deaf = Number(9000)
    for _ in range(3):
        command = deaf.asked(3250, Settled())
        assert command.call.data["value"] == 3250


def test_a_deaf_device_near_what_is_asked_is_not_asked_for_ever_less() -> None:
    number, settled = Number(3300), Settled()
    asked = []
    for _ in range(20):
        command = number.asked(3250, settled)
        asked.append(float(command.call.data["value"]))
        settled.note(command, number, NOW)
    assert len({*asked}) <= 4
    assert min(asked) >= 3000
    assert not number.asked(3250, settled).done(number)


def test_nothing_means_nothing() -> None:
    assert not answered(3000, 0, 40, Stage.SET_POINT)
    assert answered(3000, 0, 0, Stage.SET_POINT)


def test_what_stands_below_and_came_of_nothing_we_asked_is_raised() -> None:
    assert not Number(1900).asked(3250, Settled()).done(Number(1900))


def test_an_answer_holds_for_all_between_it_and_what_was_asked() -> None:
    number, settled = Number(2223), Settled()
    command = number.asked(3250, settled)
    number.shows = 3068
    settled.note(command, number, NOW)
    assert [
        watts for watts in (3000, 3067, 3068, 3100, 3250, 3251, 3425) if number.asked(watts, settled).done(number)
    ] == [
        3068,
        3100,
        3250,
    ]
    number.shows = 2800  # not its answer any more
    assert not number.asked(3250, settled).done(number)


def test_a_better_answer_takes_the_place_of_another() -> None:
    number, settled = Number(500), Settled()
    for shown in (1000, 3200):
        command = number.asked(3250, settled)
        number.shows = shown
        settled.note(command, number, NOW)
    number.shows = 1000
    assert not number.asked(3250, settled).done(number)


@pytest.mark.parametrize(("shown", "holds_h"), [(3068, 24), (1500, 1)])
def test_what_a_device_takes_is_asked_anew_in_time(shown: float, holds_h: float) -> None:
    number, settled = Number(500), Settled()
    command = number.asked(3250, settled)
    number.shows = shown
    settled.note(command, number, NOW)
    settled.forget(NOW + timedelta(hours=holds_h, minutes=-1))
    assert number.asked(3250, settled).done(number)
    settled.forget(NOW + timedelta(hours=holds_h, minutes=1))
    assert not number.asked(3250, settled).done(number)


def test_a_day_of_wishes_does_not_pile_up() -> None:
    number, settled = Number(0), Settled()
    for watts in range(1000, 9000, 10):
        command = number.asked(watts, settled)
        number.shows = watts - 2
        settled.note(command, number, NOW)
    kept: dict[str, Any] = settled._answers
    assert len(kept["number.x"]) == 20


def test_what_was_given_up_gets_another_chance() -> None:
    settled = Settled()
    settled.give_up("number.x", NOW)
    settled.forget(NOW + timedelta(minutes=29))
    assert settled.given_up("number.x")
    settled.forget(NOW + timedelta(minutes=31))
    assert not settled.given_up("number.x")
