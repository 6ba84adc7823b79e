"""How the time of a plan grows with each size of a site, the others held: seeded sites, one thread for each solve."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import median
from threading import Event
from time import process_time

import numpy as np

from benchmarks.generator import START, fleet_miners, ranch_miners, site
from custom_components.energy_orchestrator.model.horizon import Horizon, tiered, uniform
from custom_components.energy_orchestrator.model.problem import MinerTask, Problem
from custom_components.energy_orchestrator.planner import energy_planner
from custom_components.energy_orchestrator.planner.programme import highs

SEEDS = 3
LESS_SUN = 0.97
TIERED = tiered(START.replace(hour=13, minute=10))
type Maker = Callable[[int], Problem]


def growth() -> None:
    """Print, for every size of every kind, how long plans took on a core, as the median (longest) of `SEEDS` sites.

    The first plan knows no other; the next is made with the first one standing, and a little less sun.
    """
    print("| what grows | size | first plan, s | next plan, s |\n| --- | --- | --- | --- |")
    with highs.stopped_by(Event()):
        for what, size, make in sizes():
            firsts, nexts = zip(*(seconds(make(seed)) for seed in range(SEEDS)), strict=True)
            print(f"| {what} | {size} | {_told(firsts)} | {_told(nexts)} |", flush=True)


def seconds(problem: Problem) -> tuple[float, float]:
    """Return how long a core is busy with a first plan and with the next."""
    begun = process_time()
    first = energy_planner.plan(problem)
    between = process_time()
    kept = {miner.id: first.miner_w(miner.id) for miner in problem.miners}
    energy_planner.plan(replace(problem, kept_miner_w=kept, solar_w=LESS_SUN * problem.solar_w))
    return between - begun, process_time() - between


def _told(took: Sequence[float]) -> str:
    return f"{median(took):.2f} ({max(took):.2f})"


def sizes() -> Iterator[tuple[str, str, Maker]]:
    """Yield what grows, how large it is, and what makes such a site of a seed."""
    for horizon in (uniform(START, 60, 48), uniform(START, 30, 96), TIERED, uniform(START, 15, 192)):
        yield "slots", str(len(horizon)), _ranch(ranch_miners(horizon), horizon)
    for count in (0, 1, 3, 6):
        yield "miners", str(count), _ranch(_many(count))
    for levels in (1, 3, 6):
        yield "levels of one miner", str(levels), _ranch((_levels(levels),))
    for count in (1, 2, 4):
        yield "groups of 25", str(count), _fleet(count)
    for count in (1, 2, 3):
        yield "batteries, no miner", str(count), _batteries(count)


def _ranch(miners: tuple[MinerTask, ...], horizon: Horizon = TIERED) -> Maker:
    return lambda seed: site(
        np.random.default_rng(seed), horizon, solar_kw=14.6, battery_kwh=48, battery_kw=12, miners=miners
    )


def _many(count: int) -> tuple[MinerTask, ...]:
    """Return the ranch's three over again, each a little worse than the one before."""
    kinds = ranch_miners(TIERED)
    return tuple(
        replace(
            kinds[i % 3],
            id=f"{kinds[i % 3].id}_{i}",
            value_per_kwh=kinds[i % 3].value_per_kwh * (1 - 0.02 * (i // 3)),
        )
        for i in range(count)
    )


def _levels(count: int) -> MinerTask:
    """Return a miner whose levels earn the less for a kWh the more they draw."""
    every = np.ones(len(TIERED))
    return replace(
        ranch_miners(TIERED)[2],
        power_w=np.linspace(1_600.0, 3_250.0, count),
        value_per_kwh=np.linspace(0.12, 0.08, count)[:, None] * every,
    )


def _fleet(count: int) -> Maker:
    kinds = fleet_miners(TIERED)
    groups = tuple(
        replace(kinds[i % 2], id=f"hall_{i}", count=25, start_soc=0.4, stop_soc=0.25 + 0.05 * i) for i in range(count)
    )
    return lambda seed: site(
        np.random.default_rng(seed), TIERED, solar_kw=120, battery_kwh=400, battery_kw=150, miners=groups
    )


def _batteries(count: int) -> Maker:
    """Return a home whose storage is shared out among batteries, each a little less efficient than the one before."""

    def make(seed: int) -> Problem:
        whole = site(np.random.default_rng(seed), TIERED, solar_kw=14.6, battery_kwh=48, battery_kw=12)
        one = whole.batteries[0]
        parts = tuple(
            replace(
                one,
                id=f"battery_{i}",
                capacity_wh=one.capacity_wh / count,
                max_charge_w=one.max_charge_w / count,
                max_discharge_w=one.max_discharge_w / count,
                charge_efficiency=one.charge_efficiency - 0.01 * i,
            )
            for i in range(count)
        )
        return replace(whole, batteries=parts)

    return make
