"""Seeded problems: a set of plausible sites for the benchmark, and anything at all for the fuzz."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
import math

import numpy as np
import numpy.typing as npt

from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.horizon import Horizon, Series, tiered, uniform
from custom_components.energy_orchestrator.model.problem import (
    MODES,
    BatteryTask,
    Budget,
    InverterTask,
    MinerTask,
    Problem,
)
from custom_components.energy_orchestrator.model.site import EVERYTHING, NOTHING, Drive

START = datetime(2026, 6, 1, tzinfo=UTC)
type Dice = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A problem with a name to find it again by."""

    name: str
    problem: Problem


def benchmark_set() -> list[Named]:
    """Return the project's own problems: a ranch, a home and a fleet, on uniform and tiered horizons."""
    dice = np.random.default_rng(2026)
    day = uniform(START, 15, 96)
    now = tiered(START + timedelta(hours=13, minutes=10))
    return [
        Named("own_home_24h", site(dice, day, solar_kw=8, battery_kwh=10, battery_kw=6)),
        Named("own_home_tiered_48h", site(dice, now, solar_kw=8, battery_kwh=10, battery_kw=6)),
        Named("own_ranch_24h", site(dice, day, solar_kw=14.6, battery_kwh=48, battery_kw=12, miners=ranch_miners(day))),
        Named(
            "own_ranch_tiered_48h",
            site(dice, now, solar_kw=14.6, battery_kwh=48, battery_kw=12, miners=ranch_miners(now)),
        ),
        Named(
            "own_ranch_winter_tiered_48h",
            site(dice, now, solar_kw=4, battery_kwh=48, battery_kw=12, miners=ranch_miners(now), dear=2.0),
        ),
        Named(
            "own_fleet_tiered_48h",
            site(dice, now, solar_kw=120, battery_kwh=400, battery_kw=150, miners=fleet_miners(now)),
        ),
        Named(
            "own_off_grid_tiered_48h",
            site(
                dice,
                now,
                solar_kw=14.6,
                battery_kwh=48,
                battery_kw=12,
                miners=ranch_miners(now),
                import_w=0,
                export_w=0,
            ),
        ),
    ]


def site(
    dice: Dice,
    horizon: Horizon,
    *,
    solar_kw: float,
    battery_kwh: float,
    battery_kw: float,
    miners: tuple[MinerTask, ...] = (),
    import_w: float = math.inf,
    export_w: float = math.inf,
    dear: float = 1.0,
) -> Problem:
    """Return a sunny day or two with a dear evening and a cheap noon, as a household sees it."""
    slots = len(horizon)
    clock = (horizon.edges_h[:-1] + horizon.start.hour + horizon.start.minute / 60) % 24
    clouds = np.clip(dice.normal(0.75, 0.2, slots), 0.1, 1.0)
    solar = solar_kw * 1e3 * np.maximum(0.0, np.sin((clock - 6) / 12 * np.pi)) ** 1.3 * clouds
    load = 350 + 900 * np.exp(-((clock - 19) ** 2) / 6) + dice.gamma(1.2, 250, slots)
    price = dear * (0.24 + 0.1 * np.exp(-((clock - 19) ** 2) / 5) - 0.08 * np.exp(-((clock - 13) ** 2) / 8))
    every = np.ones(slots)
    battery = BatteryTask(
        id="battery",
        capacity_wh=battery_kwh * 1e3,
        initial_soc=0.45,
        max_charge_w=battery_kw * 1e3 * every,
        max_discharge_w=battery_kw * 1e3 * every,
        min_soc=0.2 * every,
        max_soc=every,
        reserve_soc=0.25 * every,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        wear_per_kwh=0.01,
        taper_soc=0.95,
        taper_floor=0.2,
        inverter=0,
    )
    return Problem(
        horizon=horizon,
        solar_w=solar,
        solar_low_w=0.7 * solar,
        load_w=load,
        import_price=price,
        export_price=0.08 * every,
        max_import_w=every * min(import_w, 15_000 if solar_kw < 100 else 120_000),
        max_export_w=every * min(export_w, 15_000 if solar_kw < 100 else 200_000),
        grid_charging=every > 0,
        battery_export=every > 0,
        batteries=(battery,),
        inverters=(InverterTask(id="inverter", ac_limit_w=max(15e3, 1.1 * battery_kw * 1e3)),),
        miners=miners,
    )


def ranch_miners(horizon: Horizon) -> tuple[MinerTask, ...]:
    """Return the ranch's three: one that earns at most hours, a dump load, and one with three levels."""
    every = np.ones(len(horizon))
    return (
        MinerTask(
            id="s21",
            power_w=np.array([3878.0]),
            value_per_kwh=0.134 * every[None, :],
            allowed=every > 0,
            priority=1,
            min_run_h=1,
            min_pause_h=0.5,
            start_cost=0.06,
            start_soc=0.4,
            stop_soc=0.25,
        ),
        MinerTask(
            id="dump_load",
            power_w=np.array([3250.0]),
            value_per_kwh=0.065 * every[None, :],
            allowed=every > 0,
            min_run_h=1,
            min_pause_h=0.5,
            start_cost=0.05,
            surplus_only=True,
            surplus_margin_w=500,
            budgets=tuple(Budget(slots=day, max_starts=4) for day in days(horizon)),
        ),
        MinerTask(
            id="tuned_s19",
            power_w=np.array([1600.0, 2400.0, 3250.0]),
            value_per_kwh=np.array([[0.088], [0.078], [0.066]]) * every,
            allowed=every > 0,
            min_run_h=1,
            min_pause_h=0.5,
            start_cost=0.05,
            start_soc=0.6,
            stop_soc=0.4,
        ),
    )


def fleet_miners(horizon: Horizon) -> tuple[MinerTask, ...]:
    """Return two groups of identical units."""
    every = np.ones(len(horizon))
    return tuple(
        MinerTask(
            id=name,
            power_w=np.array([power]),
            value_per_kwh=value * every[None, :],
            allowed=every > 0,
            count=count,
            min_run_h=1,
            min_pause_h=0.5,
            start_cost=0.06,
        )
        for name, power, value, count in (("hall_a", 3500.0, 0.12, 40), ("hall_b", 3250.0, 0.065, 25))
    )


def days(horizon: Horizon) -> list[npt.NDArray[np.bool_]]:
    """Return the slots of each day (UTC) of the horizon."""
    dates = np.array([when.toordinal() for when in horizon.starts])
    return [dates == date for date in np.unique(dates)]


def anything(seed: int) -> Problem:
    """Return a problem of any kind: odd prices, states, sizes and wishes that contradict each other."""
    problem = _Anything(np.random.default_rng(seed)).problem()
    # Rolled apart, so that the seeds of before stay what they were in all else.
    dice = np.random.default_rng([seed, 1])
    return replace(problem, batteries=tuple(_driven(dice, battery) for battery in problem.batteries))


def _driven(dice: Dice, battery: BatteryTask) -> BatteryTask:
    """Half do all they are told, some nothing, some a part; and some are told something for the first slots."""
    names = [item.name for item in fields(Drive) if item.type is bool]
    kind = dice.choice(["everything", "nothing", "something"], p=[0.5, 0.2, 0.3])
    drives = {"everything": EVERYTHING, "nothing": NOTHING}
    drive = drives.get(kind) or Drive(**{name: bool(dice.random() < 0.5) for name in names})
    battery = replace(battery, drive=drive)
    possible = [mode for mode in BatteryMode if drive.can(mode)]
    if dice.random() > 0.15:
        return battery
    told, slots = possible[int(dice.integers(len(possible)))], battery.max_charge_w.size
    held = np.arange(slots) < int(dice.integers(slots + 1))
    return replace(
        battery,
        told=np.array([[mode is told] for mode in MODES]) & held,
        max_charge_w=np.where(held & (told in {BatteryMode.DISCHARGE, BatteryMode.HOLD}), 0.0, battery.max_charge_w),
        max_discharge_w=np.where(held & (told in {BatteryMode.CHARGE, BatteryMode.HOLD}), 0.0, battery.max_discharge_w),
    )


class _Anything:
    """Rolls the dice for each part."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.horizon = self._horizon()
        self.slots = len(self.horizon)
        self.every = np.ones(self.slots)

    def chance(self, share: float) -> bool:
        return bool(self.dice.random() < share)

    def between(self, low: float, high: float) -> float:
        return float(self.dice.uniform(low, high))

    def problem(self) -> Problem:
        solar = self._solar()
        load = self._load()
        bought, sold = self._prices()
        off_grid = self.chance(0.15)
        limit_in = 0.0 if off_grid else self._limit()
        limit_out = 0.0 if off_grid or self.chance(0.2) else self._limit()
        inverters = tuple(
            InverterTask(id=f"inverter{i}", ac_limit_w=self.between(500, 20_000), solar_share=self.between(0, 1))
            for i in range(int(self.dice.choice([0, 0, 1, 1, 2])))
        )
        miners = tuple(self._miner(i) for i in range(int(self.dice.choice([0, 0, 1, 1, 2, 2, 3, 4, 5, 8]))))
        return Problem(
            horizon=self.horizon,
            solar_w=solar,
            solar_low_w=solar * self.between(0, 1) if self.chance(0.4) else None,
            load_w=load,
            import_price=bought,
            export_price=sold,
            max_import_w=limit_in * self.every,
            max_export_w=limit_out * self.every,
            grid_charging=self._flags(),
            battery_export=self._flags(),
            batteries=tuple(self._battery(i, len(inverters)) for i in range(int(self.dice.choice([0, 1, 1, 1, 2, 3])))),
            inverters=inverters,
            miners=miners,
            import_aversion=self.between(0, 0.1) if self.chance(0.2) else 0.0,
            kept_miner_w={m.id: np.where(self.dice.random(self.slots) < 0.3, np.nan, m.power_w[0]) for m in miners[:1]}
            if self.chance(0.3)
            else {},
        )

    def _horizon(self) -> Horizon:
        if self.chance(0.3):
            lengths = self.dice.choice([5, 15, 30], size=int(self.dice.integers(1, 48)))
            return Horizon(START, np.sort(lengths) / 60)
        return uniform(START, float(self.dice.choice([5, 15, 30, 60])), int(self.dice.integers(1, 49)))

    def _solar(self) -> Series:
        kind = self.dice.choice(["none", "day", "noise", "absurd"], p=[0.2, 0.5, 0.25, 0.05])
        edges = self.horizon.edges_h[:-1]
        curve: dict[str, Series] = {
            "none": 0 * self.every,
            "day": self.between(1e3, 3e4) * np.maximum(0 * edges, np.sin(edges / max(edges[-1], 1) * np.pi)),
            "noise": np.asarray(self.dice.exponential(4e3, self.slots), dtype=np.float64),
        }
        return (
            curve[kind]
            if kind in curve
            else np.where(self.dice.random(self.slots) < 0.2, self.dice.choice([1e12, np.nan, -5e3, np.inf]), 2e3)
        )

    def _load(self) -> Series:
        load = self.dice.gamma(1.5, 600, self.slots)
        if self.chance(0.1):
            load = np.where(self.dice.random(self.slots) < 0.1, self.dice.choice([1e6, 1e12, np.nan, -800]), load)
        return load if self.chance(0.9) else 0 * load

    def _prices(self) -> tuple[Series, Series]:
        flat = self.between(-0.1, 0.4) * self.every
        noisy = self.dice.normal(0.15, 0.15, self.slots)
        bought = (flat, noisy, 0 * flat, np.round(noisy, 1))[int(self.dice.integers(4))]
        kinds = (
            0.08 * self.every,
            bought,
            bought - 0.05,
            bought + self.between(0, 0.1),
            self.dice.normal(0.1, 0.1, self.slots),
            -flat,
        )
        return bought, kinds[int(self.dice.integers(len(kinds)))]

    def _limit(self) -> float:
        return float(self.dice.choice([math.inf, 15_000, 4_000, self.between(0, 3_000)], p=[0.35, 0.4, 0.15, 0.1]))

    def _flags(self) -> npt.NDArray[np.bool_]:
        kind = int(self.dice.integers(4))
        return self.dice.random(self.slots) < 0.5 if kind == 0 else np.full(self.slots, kind != 1)

    def _battery(self, index: int, inverters: int) -> BatteryTask:
        least = self.between(0, 0.5)
        most = self.between(least, 1)
        power = float(self.dice.choice([0, self.between(100, 2e4)], p=[0.05, 0.95]))
        rising = self.chance(0.1)
        return BatteryTask(
            id=f"battery{index}",
            capacity_wh=float(self.dice.choice([0, self.between(500, 6e4)], p=[0.07, 0.93])),
            initial_soc=float(
                self.dice.choice(
                    [self.between(0, 1), self.between(least, most), -0.2, 1.4, np.nan], p=[0.4, 0.5, 0.04, 0.04, 0.02]
                )
            ),
            max_charge_w=power * self.every,
            max_discharge_w=power * self.between(0.2, 1) * self.every,
            min_soc=np.linspace(least, most, self.slots) if rising else least * self.every,
            max_soc=most * self.every,
            reserve_soc=self.between(0, 1) * self.every if self.chance(0.5) else 0 * self.every,
            charge_efficiency=float(self.dice.choice([1.0, 0.95, 0.7])),
            discharge_efficiency=float(self.dice.choice([1.0, 0.95, 0.7])),
            wear_per_kwh=float(self.dice.choice([0, 0.01, 0.05])),
            final_soc=self.between(0, 1) if self.chance(0.3) else None,
            terminal_value_per_kwh=None if self.chance(0.4) else self.between(0, 0.2),
            taper_soc=self.between(0.3, 1) if self.chance(0.4) else 1.0,
            taper_floor=self.between(0.05, 1),
            inverter=int(self.dice.integers(inverters)) if inverters and self.chance(0.7) else None,
        )

    def _miner(self, index: int) -> MinerTask:
        levels = np.sort(self.dice.uniform(300, 4e3, int(self.dice.choice([1, 1, 2, 3]))))
        count = int(self.dice.choice([1, 1, 1, 1, 5, 30]))
        allowed = self.every > 0
        if self.chance(0.2):
            allowed = (np.arange(self.slots) // max(1, int(self.dice.integers(1, 12)))) % 2 == 0
        stop = self.between(0, 0.8) if self.chance(0.5) else None
        least = self.between(0, 6) if self.chance(0.25) else 0.0
        budget = Budget(
            slots=self.every > 0 if self.chance(0.7) else np.arange(self.slots) < self.slots // 2,
            min_hours=least,
            max_hours=least + float(self.dice.choice([0, 3])) if self.chance(0.4) else None,
            max_starts=int(self.dice.integers(0, 4)) if self.chance(0.4) else None,
        )
        value = self.dice.normal(0.1, 0.08, (levels.size, 1 if self.chance(0.7) else self.slots)) * self.every
        return MinerTask(
            id=f"miner{index}",
            power_w=levels,
            value_per_kwh=value,
            allowed=allowed,
            count=count,
            priority=int(self.dice.integers(1, 11)),
            min_run_h=float(self.dice.choice([0, 0.25, 1, 3])),
            min_pause_h=float(self.dice.choice([0, 0.25, 0.5, 2])),
            start_cost=float(self.dice.choice([0, 0.05, 0.5])),
            budgets=(budget,) if self.chance(0.6) else (),
            start_soc=None if self.chance(0.5) else min(1.0, (stop or 0) + self.between(0, 0.3)),
            stop_soc=stop,
            surplus_only=self.chance(0.2),
            surplus_margin_w=self.between(0, 600),
            must_run=self.chance(0.15),
            running=int(self.dice.integers(0, count + 1)) if self.chance(0.5) else 0,
            in_state_h=float(self.dice.choice([0.0, 0.1, 0.5, 5.0, math.inf])),
        )
