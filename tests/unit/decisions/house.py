"""A small house to try decisions on: one battery, one inverter, two miners, and a plan written by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from custom_components.energy_orchestrator.model.decision import BatteryDecision, BatteryOverride
from custom_components.energy_orchestrator.model.forecast import Forecast, Forecasts, Source
from custom_components.energy_orchestrator.model.horizon import Horizon, Series, uniform
from custom_components.energy_orchestrator.model.ledger import Ledger, MinerState
from custom_components.energy_orchestrator.model.plan import Cost, Plan, PlanStatus, Schedule
from custom_components.energy_orchestrator.model.readings import (
    NOT_MAPPED,
    BatteryReadings,
    Doubt,
    MinerReadings,
    Reading,
    SiteReadings,
    Trouble,
)
from custom_components.energy_orchestrator.model.site import (
    EVERYTHING,
    Battery,
    Drive,
    Grid,
    Inverter,
    Miner,
    MinerLevel,
    Site,
)
from custom_components.energy_orchestrator.planner.moment import battery_optimizer
from custom_components.energy_orchestrator.planner.pose import Situation, pose
from custom_components.energy_orchestrator.planner.rules.in_force import InForce

NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)  # 12:00 in Berlin

BATTERY = Battery(
    id="battery",
    name="Battery",
    capacity_wh=10_000,
    max_charge_w=5_000,
    max_discharge_w=5_000,
    min_soc=0.2,
    reserve_soc=0.25,
    inverter_id="inverter",
)
S21 = Miner(
    id="s21",
    name="S21",
    levels=(MinerLevel(3000, 190),),
    priority=1,
    start_soc=0.6,
    stop_soc=0.4,
)
DUMP = Miner(
    id="dump",
    name="Dump load",
    levels=(MinerLevel(2000, 60),),
    priority=2,
    start_soc=None,
    stop_soc=None,
    surplus_only=True,
)
SITE = Site(
    name="House",
    currency="EUR",
    time_zone="Europe/Berlin",
    grid=Grid(max_import_w=9_000, max_export_w=9_000),
    batteries=(BATTERY,),
    inverters=(Inverter(id="inverter", name="Inverter", ac_limit_w=8_000),),
    miners=(S21, DUMP),
)


def known[T](value: T) -> Reading[T]:
    """Return a fresh reading."""
    return Reading(value, at=NOON)


def unknown(minutes: float = 0) -> Reading[float]:
    """Return a reading that has been unavailable for some minutes."""
    return Reading(None, at=NOON - timedelta(minutes=minutes), trouble=Trouble.UNAVAILABLE)


def doubted(told: float, believed: float = 0.7) -> Reading[float]:
    """Return a SOC that is not believed."""
    return Reading(None, at=NOON, trouble=Trouble.DOUBTED, doubt=Doubt(told, believed))


def readings(
    *,
    soc: Reading[float] | float = 0.7,
    running: dict[str, Reading[int] | int] | None = None,
    solar_w: float = 6_000,
    load_w: float = 500,
    grid_w: float = 0,
    battery_c: float | None = None,
    miner_c: float | None = None,
) -> SiteReadings:
    """Return readings of NOON; numbers become known readings."""
    states = {"s21": 0, "dump": 0, **(running or {})}
    return SiteReadings(
        at=NOON,
        solar_w=known(solar_w),
        load_w=known(load_w),
        grid_w=known(grid_w),
        batteries={
            "battery": BatteryReadings(
                soc=soc if isinstance(soc, Reading) else known(soc),
                **({} if battery_c is None else {"temperature_c": known(battery_c)}),
            )
        },
        miners={
            key: MinerReadings(
                running=state if isinstance(state, Reading) else known(state),
                temperature_c=NOT_MAPPED if miner_c is None else known(miner_c),
            )
            for key, state in states.items()
        },
    )


def forecasts(horizon: Horizon, *, solar_w: float = 6_000, temperature_c: float = 20) -> Forecasts:
    """Return flat forecasts."""

    def flat(value: float) -> Forecast:
        return Forecast(np.full(len(horizon), float(value)), Source.FIXED)

    return Forecasts(
        solar_w=flat(solar_w),
        load_w=flat(500),
        import_price=flat(0.30),
        export_price=flat(0.08),
        hashprice=flat(0.05),
        temperature_c=flat(temperature_c),
    )


def ledger(**states: MinerState) -> Ledger:
    """Return a ledger of NOON with the given miner states; miners not named have rested long."""
    rested = MinerState(since=NOON - timedelta(hours=5))
    return Ledger(day=NOON.date(), at=NOON, miners={"s21": rested, "dump": rested, **states})


def situation(site: Site = SITE, **changes: object) -> Situation:
    """Return the situation of NOON, 24 hours ahead."""
    horizon = uniform(NOON, 60, 24)
    default = Situation(site=site, readings=readings(), forecasts=forecasts(horizon), horizon=horizon, ledger=ledger())
    return replace(default, **changes)  # type: ignore[arg-type]  # a test names fields of Situation


def plan(
    *,
    running: dict[str, list[int]] | None = None,
    battery_w: list[float] | None = None,
    grid_w: list[float] | None = None,
    site: Site = SITE,
    energy_price: float = 0.08,
    **changes: object,
) -> Plan:
    """Return a plan written by hand: lists say the first slots, the rest stands still."""
    problem = pose(situation(site, **changes))
    slots = len(problem.horizon)

    def filled(head: Sequence[float] | None) -> Series:
        return np.array([*(head or []), *[0.0] * (slots - len(head or []))])

    power_w = filled(battery_w)
    soc = 0.7 + np.concatenate(([0.0], np.cumsum(power_w))) / 10_000
    return Plan(
        created=NOON,
        problem=problem,
        schedule=Schedule(
            battery_w={"battery": power_w},
            soc={"battery": soc},
            grid_w=filled(grid_w),
            solar_used_w=problem.solar_w,
            unserved_w=np.zeros(slots),
            units={
                task.id: filled((running or {}).get(task.id)).astype(np.int64)[np.newaxis, :] for task in problem.miners
            },
        ),
        status=PlanStatus.OPTIMAL,
        energy_price=np.full(slots, energy_price),
        cost=Cost(),
    )


def decide_battery(
    seen: SiteReadings,
    planned: Plan | None,
    word: BatteryOverride | None = None,
    *,
    site: Site = SITE,
    drive: Drive = EVERYTHING,
    last: BatteryDecision | None = None,
) -> BatteryDecision:
    """Return what the battery does without policies, driven in every way unless said otherwise."""
    return battery_optimizer.decide_battery(
        site, BATTERY, seen, planned, word, rules=InForce(site=site), drive=drive, last=last
    )
