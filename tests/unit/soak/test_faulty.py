"""Faulty hands: what a trial does to what is shown and to what is told, and that it ends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import pytest

from custom_components.energy_orchestrator.control.hands import Call
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.simulation.faults import PlantError
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES
from custom_components.energy_orchestrator.soak.faulty import FaultyHands, Poll
from custom_components.energy_orchestrator.soak.trials import Befalling, Trial, befallings

NOON: Final = datetime(2026, 6, 20, 10, tzinfo=UTC)
NAME: Final = "ranch_{}_simulated_{}"
SOC, VOLTAGE = (f"sensor.{NAME.format('battery', key)}" for key in ("soc", "voltage"))
GRID, SOLAR = (f"sensor.{NAME.format('inverter', key)}" for key in ("grid_power", "solar_power"))
SWITCH: Final = f"switch.{NAME.format('s21', 'switch')}"
MODE: Final = f"select.{NAME.format('inverter', 'work_mode')}"
POINT: Final = f"number.{NAME.format('inverter', 'charge_power')}"


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # chance, and no secret


def hands(after_command: str = "truth", every_s: int = 10) -> FaultyHands:
    """Return hands on the ranch, polled so often."""
    found = FaultyHands(Plant(SITES["ranch"], start=NOON), chance(1))
    for device in found.polls:
        found.polls[device] = Poll(every_s, after_command)
    found.advance(NOON + timedelta(seconds=every_s))
    return found


def befall(home: FaultyHands, trial: Trial, device: str, *, minutes: float = 5) -> None:
    lasts = timedelta(minutes=minutes)
    home.begin(Befalling(trial=trial, device=device, at=home.plant.now, lasts=lasts, chance=0.2))


def after(home: FaultyHands, seconds: float) -> None:
    home.advance(home.now() + timedelta(seconds=seconds))
    home.end()


def shown(home: FaultyHands, entity: str) -> str:
    seen = home.look(entity)
    assert seen is not None
    return seen.state


async def tell(home: FaultyHands, entity: str, **data: str | float) -> None:
    domain = entity.partition(".")[0]
    service = {"switch": "turn_on", "select": "select_option", "number": "set_value"}[domain]
    await home.call(Call(domain=domain, service=service, targets=(entity,), data=data))


@pytest.mark.parametrize(
    ("trial", "device", "entity", "lie"),
    [
        (Trial.ZERO_POLL, "battery", SOC, "0"),
        (Trial.JUMP, "battery", SOC, "11.0"),
    ],
)
def test_what_lasts_a_poll_is_over_with_the_next(trial: Trial, device: str, entity: str, lie: str) -> None:
    home = hands(every_s=60)
    truth = shown(home, entity)
    befall(home, trial, device)
    after(home, 10)
    assert (shown(home, entity), home.lies(entity)) == (truth, None), "not polled yet"
    after(home, 50)
    assert shown(home, entity) == lie
    assert home.lies(entity) is not None
    after(home, 60)
    assert shown(home, entity).partition(".")[0] == truth.partition(".")[0]
    assert home.active == []


@pytest.mark.parametrize(
    ("trial", "holds"),
    [
        (Trial.ZERO_LEVEL, lambda told, _: told == "0"),
        (Trial.UNAVAILABLE, lambda told, _: told == "unavailable"),
        (Trial.SILENT, lambda told, before: told == before),
    ],
)
def test_what_lasts_minutes_lasts_them(trial: Trial, holds: Callable[[str, str], bool]) -> None:
    home = hands()
    before = shown(home, SOC)
    befall(home, trial, "battery", minutes=5)
    for _ in range(29):
        after(home, 10)
        assert holds(shown(home, SOC), before)
    after(home, 10)
    after(home, 10)
    assert float(shown(home, SOC)) == pytest.approx(100 * home.plant.soc, abs=0.1)
    assert home.lies(SOC) is None


async def test_a_command_is_seen_at_once_at_the_poll_or_as_it_was_wished() -> None:
    for how, at_once in (("truth", "charge"), ("wish", "charge"), ("nothing", "self_consumption")):
        home = hands(how, every_s=60)
        await tell(home, MODE, option="charge")
        assert shown(home, MODE) == at_once
        after(home, 60)
        assert shown(home, MODE) == "charge"


async def test_a_command_is_refused_lost_late_or_undone() -> None:
    def mode(home: FaultyHands) -> BatteryMode:
        return home.plant.kept().mode

    for trial, at_once, at_last in (
        (Trial.LOST, BatteryMode.SELF_CONSUMPTION, BatteryMode.SELF_CONSUMPTION),
        (Trial.LATE, BatteryMode.SELF_CONSUMPTION, BatteryMode.CHARGE),
        (Trial.REVERTED, BatteryMode.CHARGE, BatteryMode.SELF_CONSUMPTION),
    ):
        home = hands()
        befall(home, trial, "inverter")
        await tell(home, MODE, option="charge")
        assert mode(home) is at_once, trial
        after(home, 40)
        assert mode(home) is at_last, trial
    home = hands()
    befall(home, Trial.REFUSED, "inverter")
    with pytest.raises(PlantError):
        await tell(home, MODE, option="charge")
    home = hands()
    befall(home, Trial.SLOW, "inverter")
    with pytest.raises(TimeoutError):
        await tell(home, MODE, option="charge")
    after(home, 30)
    assert mode(home) is BatteryMode.CHARGE


async def test_a_set_point_is_misunderstood_and_an_offer_withdrawn() -> None:
    home = hands()
    befall(home, Trial.MISUNDERSTOOD, "inverter")
    await tell(home, POINT, value=5000.0)
    assert home.plant.kept().charge_w == pytest.approx(3700)
    befall(home, Trial.OPTION_GONE, "inverter")
    befall(home, Trial.POINT_GONE, "inverter")
    after(home, 10)
    seen = home.look(MODE)
    assert seen is not None
    assert seen.attributes["options"] == ["self_consumption", "discharge", "hold"]
    assert shown(home, POINT) == "unavailable"


async def test_a_person_is_told_from_us_and_a_process_that_dies_forgets() -> None:
    home = hands()
    home.by_person(SWITCH, True, in_home_assistant=True)
    seen = home.look(SWITCH)
    assert seen is not None
    assert (seen.state, seen.context.user_id, home.ours(seen)) == ("on", "person", False)
    home.later(timedelta(minutes=1), lambda: pytest.fail("it had died"))
    assert home.waiting == 1
    home.reboot()
    assert home.waiting == 0
    assert shown(home, SWITCH) == "unavailable"
    home.cut_power()
    after(home, 90)
    assert shown(home, SWITCH) == "off"


def test_a_clock_that_is_set_wrong_moves_no_time() -> None:
    home = hands()
    home.clock_off = timedelta(hours=1)
    begun = home.plant.now
    after(home, 60)
    assert (home.plant.now - begun, home.now() - begun) == (timedelta(minutes=1), timedelta(hours=1, minutes=1))


def test_trials_are_drawn_by_the_seed_and_all_kinds_come() -> None:
    def drawn(seed: int) -> list[Befalling]:
        return list(befallings(SITES["ranch"], chance(seed), NOON, 60))

    assert drawn(3) == drawn(3) != drawn(4)
    assert {one.trial for one in drawn(3)} == {*Trial}
    assert list(befallings(SITES["home"], chance(3), NOON, 60, only=[Trial.SWITCHED])) == []
