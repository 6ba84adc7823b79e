"""From site, readings, forecasts and the day so far to the planning problem: every wish becomes an array."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from ..model.decision import BatteryMode, BatteryOverride, MinerOverride
from ..model.forecast import Forecasts
from ..model.horizon import Horizon, Series
from ..model.ledger import Ledger, MinerState
from ..model.plan import Plan
from ..model.policy import Policy
from ..model.problem import MODES, BatteryTask, Budget, Flags, InverterTask, MinerTask, Problem
from ..model.readings import SiteReadings
from ..model.site import EVERYTHING, Battery, Drive, Grid, Miner, Site, Strategy, Window
from .rules.policies import Outlook, apply, cooling


class UnknownSocError(Exception):
    """No plan without the state of charge. `batteries` are the ids whose SOC is unknown."""

    def __init__(self, batteries: tuple[str, ...]) -> None:
        """Name the batteries."""
        super().__init__(f"state of charge unknown: {', '.join(batteries)}")
        self.batteries = batteries


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaning:
    """What a strategy changes: wear counts `wear_factor` times, the reserve grows, imports count dearer."""

    wear_factor: float = 1.0
    reserve_extra: float = 0.0
    import_aversion: float = 0.0


_LEANINGS = {
    Strategy.BALANCED: _Leaning(),
    Strategy.BATTERY_CARE: _Leaning(wear_factor=2.0, reserve_extra=0.1),
    Strategy.SELF_SUFFICIENCY: _Leaning(import_aversion=0.1),
}


def reserve_extra(strategy: Strategy) -> float:
    """Return what a strategy keeps in reserve above the owner's setting (0..1)."""
    return _LEANINGS[strategy].reserve_extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All the planner is told: what is, what is expected, what ran today, and the owner's overrides and policies.

    `miner_overrides`, `battery_overrides`: all words that stand, those of later included, none of a device over another.
    `drives`: by battery id, what it can be told; one that is not named does all it is told.
    `standing`: by battery id, the mode it was last told. `aside`: by id, until when a miner that is
    on but does not mine draws and earns nothing.
    """

    site: Site
    readings: SiteReadings
    forecasts: Forecasts
    horizon: Horizon
    ledger: Ledger
    last_plan: Plan | None = None
    miner_overrides: Mapping[str, MinerOverride] = field(default_factory=dict)
    battery_overrides: Mapping[str, BatteryOverride] = field(default_factory=dict)
    drives: Mapping[str, Drive] = field(default_factory=dict)
    standing: Mapping[str, BatteryMode] = field(default_factory=dict)
    aside: Mapping[str, datetime] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()


def pose(situation: Situation) -> Problem:
    """Return the problem to plan. Raises `UnknownSocError` where a battery's state of charge is unknown."""
    return apply(_own(situation), situation.site, situation.policies, _outlook(situation))


def _own(situation: Situation) -> Problem:
    """Return the problem as the devices' own settings have it."""
    site, forecasts, horizon = situation.site, situation.forecasts, situation.horizon
    unknown = tuple(b.id for b in site.batteries if _soc(situation, b) is None)
    if unknown:
        raise UnknownSocError(unknown)
    leaning = _LEANINGS[site.strategy]
    inverters = {inverter.id: index for index, inverter in enumerate(site.inverters)}
    return Problem(
        horizon=horizon,
        solar_w=forecasts.solar_w.expected,
        solar_low_w=forecasts.solar_w.low,
        solar_high_w=forecasts.solar_w.high,
        load_w=forecasts.load_w.expected,
        load_low_w=forecasts.load_w.low,
        load_high_w=forecasts.load_w.high,
        import_price=forecasts.import_price.expected,
        export_price=forecasts.export_price.expected,
        max_import_w=_flat(horizon, _limit(site.grid, site.grid.max_import_w)),
        max_export_w=_flat(horizon, _limit(site.grid, site.grid.max_export_w) if site.grid.export_allowed else 0.0),
        grid_charging=_always(horizon, value=site.grid.grid_charging),
        battery_export=_always(horizon, value=site.grid.battery_export),
        batteries=tuple(
            _battery_task(situation, b, leaning, inverters.get(b.inverter_id or "")) for b in site.batteries
        ),
        inverters=tuple(
            InverterTask(id=i.id, ac_limit_w=i.ac_limit_w, solar_share=i.solar_share) for i in site.inverters
        ),
        miners=tuple(_miner_task(situation, miner) for miner in site.miners),
        import_aversion=leaning.import_aversion,
        kept_miner_w=_kept(situation.last_plan, horizon),
        standing=dict(situation.standing),
    )


def _soc(situation: Situation, battery: Battery) -> float | None:
    readings = situation.readings.batteries.get(battery.id)
    return readings.soc.believed if readings else None


def _limit(grid: Grid, limit_w: float | None) -> float:
    if not grid.connected:
        return 0.0
    return float("inf") if limit_w is None else limit_w


def _battery_task(situation: Situation, battery: Battery, leaning: _Leaning, inverter: int | None) -> BatteryTask:
    horizon = situation.horizon
    soc = _soc(situation, battery)
    assert soc is not None, "pose() has checked it"  # for the type checker
    drive = situation.drives.get(battery.id, EVERYTHING)
    told = np.zeros((len(MODES), len(horizon)), dtype=np.bool_)
    most_charge, most_discharge = _flat(horizon, battery.max_charge_w), _flat(horizon, battery.max_discharge_w)
    for word, slots in _told(situation, battery.id, situation.battery_overrides.values()):
        if drive.can(word.mode):
            told[MODES.index(word.mode)] |= slots
            most_charge[slots], most_discharge[slots] = _told_limits(battery, word)
    reserve = min(battery.max_soc, battery.reserve_soc + leaning.reserve_extra)
    return BatteryTask(
        id=battery.id,
        capacity_wh=battery.capacity_wh,
        initial_soc=soc,
        max_charge_w=np.where(_warm_enough(situation, battery), np.minimum(most_charge, drive.most_charge_w), 0.0),
        max_discharge_w=np.minimum(most_discharge, drive.most_discharge_w),
        min_soc=_flat(horizon, battery.min_soc),
        max_soc=_flat(horizon, battery.max_soc),
        reserve_soc=_flat(horizon, reserve),
        charge_efficiency=battery.charge_efficiency,
        discharge_efficiency=battery.discharge_efficiency,
        wear_per_kwh=battery.wear_per_kwh * leaning.wear_factor,
        taper_soc=battery.taper_soc,
        taper_floor=battery.taper_floor,
        inverter=inverter,
        drive=drive,
        told=told if told.any() else None,
    )


def _told[O: (MinerOverride, BatteryOverride)](
    situation: Situation, device_id: str, words: Iterable[O]
) -> Iterator[tuple[O, Flags]]:
    """Yield the owner's words for a device, each with the slots it reaches: those that begin while it holds.

    Nothing is done before its time, then; of the present slot it is the moment that counts.
    """
    own = [word for word in words if word.device_id == device_id]
    if not own:
        return
    horizon, now = situation.horizon, situation.readings.at
    moments = horizon.epochs()[:-1].astype(np.float64)
    if (present := horizon.slot_at(now)) is not None:
        moments[present] = now.timestamp()
    for word in own:
        begun = -np.inf if word.since is None else word.since.timestamp()
        slots = (begun <= moments) & (moments < word.until.timestamp())
        if slots.any():
            yield word, slots


def _told_limits(battery: Battery, told: BatteryOverride) -> tuple[float, float]:
    """Return the most it charges and discharges while its owner's word holds, W."""
    limits = battery.max_charge_w, battery.max_discharge_w
    if told.mode is BatteryMode.SELF_CONSUMPTION:
        return limits
    charge, discharge = (limit if told.power_w is None else min(limit, told.power_w) for limit in limits)
    return {
        BatteryMode.CHARGE: (charge, 0.0),
        BatteryMode.DISCHARGE: (0.0, discharge),
        BatteryMode.HOLD: (0.0, 0.0),
    }[told.mode]


def _warm_enough(situation: Situation, battery: Battery) -> Flags:
    """Slots in which the battery may take charge."""
    temperature = _temperature(situation, battery)
    most = np.inf if battery.max_charge_temperature_c is None else battery.max_charge_temperature_c
    return np.isnan(temperature) | (temperature >= battery.min_charge_temperature_c) & (temperature <= most)


def _temperature(situation: Situation, battery: Battery) -> Series:
    """The battery's temperature in °C: its own for the next hours, the forecast later, NaN where neither is known."""
    expected = situation.forecasts.temperature_c
    count = len(situation.horizon)
    temperature = np.full(count, np.nan) if expected is None else expected.expected.copy()
    readings = situation.readings.batteries.get(battery.id)
    if readings is not None and readings.temperature_c.believed is not None:
        # The cells follow the air slowly: what is measured holds for the first hours.
        temperature[situation.horizon.edges_h[:-1] < 2] = readings.temperature_c.believed
    return temperature


def _outlook(situation: Situation) -> Outlook:
    outdoors = situation.forecasts.temperature_c
    return Outlook(
        outdoor_c=None if outdoors is None else outdoors.expected,
        battery_c={battery.id: _temperature(situation, battery) for battery in situation.site.batteries},
        miner_c={miner.id: _miner_c(situation, miner) for miner in situation.site.miners},
        used_h={
            miner.id: situation.ledger.miners.get(miner.id, MinerState()).hours_today / miner.count
            for miner in situation.site.miners
        },
    )


def _miner_c(situation: Situation, miner: Miner) -> float | None:
    readings = situation.readings.miners.get(miner.id)
    return None if readings is None else readings.temperature_c.believed


def _miner_task(situation: Situation, miner: Miner) -> MinerTask:
    horizon, now = situation.horizon, situation.readings.at
    zone = ZoneInfo(situation.site.time_zone)
    state = situation.ledger.miners.get(miner.id, MinerState())
    power_w = np.array([level.power_w for level in miner.levels], dtype=np.float64)
    running, standing = np.zeros((2, len(horizon)), dtype=np.bool_)
    barred = np.zeros((power_w.size, len(horizon)), dtype=np.bool_)
    for word, slots in _told(situation, miner.id, situation.miner_overrides.values()):
        (running if word.run else standing)[slots] = True
        if word.run:
            barred |= (np.arange(power_w.size) != _asked_level(power_w, word))[:, None] & slots
    # The owner's word goes over the miner's own rules, never over an emergency (miner coordinator).
    allowed = (_in_windows(horizon, miner.windows, zone) | running) & ~standing
    idle_until = situation.aside.get(miner.id)
    if idle_until is not None:
        idle = np.array([start < idle_until for start in horizon.starts])
        allowed, running = allowed & ~idle, running & ~idle
    hot = cooling(horizon, _miner_c(situation, miner), miner.max_temperature_c)
    budgets = _budgets(horizon, miner, state, zone, running)
    if running.any():
        budgets = (*budgets, Budget(slots=running, min_hours=float(horizon.hours[running].sum())))
    since_h = float("inf") if state.since is None else max(0.0, (now - state.since).total_seconds() / 3600)
    # What is told now does not wait for a run or a pause to be over.
    told_otherwise = bool((running[0] and state.running < miner.count) or (standing[0] and state.running))
    return MinerTask(
        id=miner.id,
        power_w=power_w,
        value_per_kwh=_value_per_kwh(miner, situation.forecasts.hashprice.expected),
        heat_per_kwh=np.full(len(horizon), miner.heat_value_per_kwh) if miner.heat_value_per_kwh else None,
        allowed=allowed if hot is None else allowed & ~hot,
        cooling=hot,
        count=miner.count,
        priority=miner.priority,
        min_run_h=miner.min_run_h,
        min_pause_h=miner.min_pause_h,
        start_cost=miner.start_cost,
        budgets=budgets,
        start_soc=miner.start_soc,
        stop_soc=miner.stop_soc,
        surplus_only=miner.surplus_only,
        surplus_margin_w=miner.surplus_margin_w,
        barred=barred if barred.any() else None,
        told_to_run=running if running.any() else None,
        told_to_stand=standing if standing.any() else None,
        running=state.running if idle_until is None else 0,
        in_state_h=float("inf") if told_otherwise or idle_until is not None else since_h,
    )


def _asked_level(power_w: Series, word: MinerOverride) -> int:
    """Return the level the owner asks for: the highest of no more power, or the highest of all."""
    asked_w = power_w[-1] if word.power_w is None else word.power_w
    return max(0, int(np.searchsorted(power_w, asked_w + 1e-6)) - 1)


def _value_per_kwh(miner: Miner, hashprice: Series) -> Series:
    """Worth of a kWh at each level, shape (L, T): what it mines, and wanted heat adds its value."""
    return np.array([level.revenue_per_kwh(hashprice) for level in miner.levels]) + miner.heat_value_per_kwh


def _budgets(horizon: Horizon, miner: Miner, state: MinerState, zone: ZoneInfo, told: Flags) -> tuple[Budget, ...]:
    """One budget per local day in the horizon; today's is what the miner has left, or what it is told to run."""
    days = np.array([start.astimezone(zone).date().toordinal() for start in horizon.starts])
    budgets = []
    for day in np.unique(days):
        slots = days == day
        today = day == days[0]
        used_h = state.hours_today / miner.count if today else 0.0
        used_starts = -(-state.starts_today // miner.count) if today else 0
        starts = miner.max_starts_per_day
        # A horizon holds part of its last day only: it owes no more hours there than the slots can hold.
        owed_h = min(max(0.0, miner.min_hours_per_day - used_h), float(horizon.hours[slots].sum()))
        told_h = float(horizon.hours[slots & told].sum())
        whole_day = today or float(horizon.hours[slots].sum()) > 23 - 1e-6
        budgets.append(
            Budget(
                slots=slots,
                min_hours=owed_h if whole_day else 0.0,
                max_hours=max(told_h, miner.max_hours_per_day - used_h) if miner.max_hours_per_day < 24 else None,
                max_starts=None if starts is None else max(int(told_h > 0), starts - used_starts),
            )
        )
    return tuple(budgets)


def _in_windows(horizon: Horizon, windows: tuple[Window, ...], zone: ZoneInfo) -> Flags:
    """Return the slots that begin within one of the daily windows of local time; all where there is no window."""
    if not windows:
        return _always(horizon, value=True)
    local = [start.astimezone(zone).time() for start in horizon.starts]
    return np.array([any(window.holds(at) for window in windows) for at in local], dtype=np.bool_)


def _kept(last: Plan | None, horizon: Horizon) -> dict[str, Series]:
    """Power per miner of the last plan on these slots, W; NaN beyond it."""
    if last is None:
        return {}
    slots = np.searchsorted(last.horizon.epochs(), horizon.epochs()[:-1], side="right") - 1
    covered = (slots >= 0) & (slots < len(last.horizon))
    within = np.clip(slots, 0, len(last.horizon) - 1)
    return {task.id: np.where(covered, last.miner_w(task.id)[within], np.nan) for task in last.problem.miners}


def _flat(horizon: Horizon, value: float) -> Series:
    return np.full(len(horizon), float(value))


def _always(horizon: Horizon, *, value: bool) -> Flags:
    return np.full(len(horizon), value, dtype=np.bool_)
