"""What is seen of a plant that is run by hand: runs, pauses, levels, and which of them break a promise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from custom_components.energy_orchestrator.backtest.witness import Witness, Witnessed
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES

NIGHT: Final = datetime(2026, 6, 21, 23, tzinfo=UTC)

type Switch = Callable[[Plant], None]


def on(plant: Plant) -> None:
    plant.switch_miner("s21", 0, on=True)


def off(plant: Plant) -> None:
    plant.switch_miner("s21", 0, on=False)


def watched(*done: tuple[int, Switch]) -> Witnessed:
    """Return what is seen of the ranch until four hours are over, doing things at their minute."""
    plant = Plant(replace(SITES["ranch"], running=(), cutoff_soc=0.2), start=NIGHT)
    witness = Witness(plant)
    for minute in range(0, 240, 5):
        for at, switch in done:
            if at == minute:
                switch(plant)
        witness.look()
        plant.advance(NIGHT + timedelta(minutes=minute + 5))
    witness.look()
    return witness.witnessed()


@pytest.mark.parametrize(
    ("switched", "starts", "hours", "cut"),
    [
        (((0, on), (60, off)), 1, 1.0, (0, 0)),
        (((0, on), (55, off)), 1, 55 / 60, (1, 0)),
        (((0, on), (60, off), (90, on)), 2, 3.5, (0, 0)),
        (((0, on), (60, off), (85, on)), 2, 215 / 60, (0, 1)),
        # Who looks does not know for how long it has rested.
        (((15, on),), 1, 3.75, (0, 0)),
    ],
)
def test_runs_and_pauses_are_measured(
    switched: tuple[tuple[int, Switch], ...], starts: int, hours: float, cut: tuple[int, int]
) -> None:
    """The S21 runs for an hour at least, and rests for half an hour."""
    seen = watched(*switched)
    assert seen.starts == {"s21": starts, "tuned_s19": 0, "dump_load": 0}
    assert seen.hours["s21"] == pytest.approx(hours)
    assert (seen.cut_runs, seen.cut_pauses) == cut
    assert seen.broken == any(cut)


def test_a_level_is_missed_once_it_was_reached() -> None:
    ranch = replace(SITES["ranch"], running=())
    for begins, minutes in ((0.25, 60), (0.15, 0)):
        plant = Plant(replace(ranch, initial_soc=begins), start=NIGHT)
        witness = Witness(plant)
        plant.set_work_mode(BatteryMode.DISCHARGE)
        plant.set_discharge_power(12_000)
        for minute in range(60):
            plant.advance(NIGHT + timedelta(minutes=minute + 1))
            witness.look()
        seen = witness.witnessed()
        assert seen.lowest_soc == pytest.approx(0.1, abs=0.001)
        # From 25 % to 19 % it takes a quarter of an hour.
        assert seen.below_reserve_min == pytest.approx(minutes and 46, abs=2)
        assert seen.below_min_min == seen.below_reserve_min
