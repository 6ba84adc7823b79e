"""The owner's policies laid over a planning problem, slot by slot, each with where it is written.

Every slot sees the site as it will be in force then (`in_force`), so that the plan and the protection of the moment obey
the very same limits. Nothing is loosened: arrays only ever get tighter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ...model.horizon import Horizon, Series
from ...model.policy import Moment, Policy, Rule
from ...model.problem import BatteryTask, Budget, Cited, Flags, MinerTask, Problem
from ...model.site import Battery, Miner, Site
from .in_force import InForce, active, compiled

# Rules that ask for a state of charge count at the end of a slot, as the plan's own.
_AT_THE_END = (Rule.BATTERY_TARGET_SOC,)
_STEP_MIN = 5
COOLING_H = 0.25
"""How long a miner that is too hot is taken to cool: nobody forecasts it, and the next plan sees it again."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """What policies look at over the horizon, shapes (T,): temperatures in °C outdoors and of each battery by its id.

    `miner_c`: the temperature of each miner now, °C, None where it is unknown. `used_h`: per miner id, hours per unit run
    today.
    """

    outdoor_c: Series | None = None
    battery_c: Mapping[str, Series] | None = None
    miner_c: Mapping[str, float | None] | None = None
    used_h: Mapping[str, float] | None = None


def apply(problem: Problem, site: Site, policies: tuple[Policy, ...], outlook: Outlook) -> Problem:
    """Return the problem of `site` with its policies laid over it, and the citations of those that shape it."""
    if not policies:
        return problem
    return _Over(problem, site, policies, outlook).problem()


class _Over:
    """One problem under policies."""

    def __init__(self, problem: Problem, site: Site, policies: tuple[Policy, ...], outlook: Outlook) -> None:
        self.p = problem
        self.site = site
        self.outlook = outlook
        self.zone = ZoneInfo(site.time_zone)
        self.slots = len(problem.horizon)
        self.policies = policies
        known: dict[tuple[int, ...], InForce] = {}
        self.at: list[InForce] = []
        self.holding: list[frozenset[int]] = []
        for slot, moment in enumerate(self._moments()):
            holding = self._holding(slot, moment)
            # What bars hours of the day depends on the time itself, all else on which policies hold.
            barred = any(p.rule in (Rule.MINER_ALLOWED_HOURS, Rule.MINER_QUIET_HOURS) for p in holding)
            ids = tuple(id(policy) for policy in holding)
            key = (*ids, moment.local.hour * 60 + moment.local.minute) if barred else ids
            if key not in known:
                known[key] = compiled(site, holding, moment)
            self.at.append(known[key])
            self.holding.append(frozenset(ids))

    def _moments(self) -> Iterator[Moment]:
        batteries = self.outlook.battery_c or {}
        for slot, start in enumerate(self.p.horizon.starts):
            yield Moment(
                local=start.astimezone(self.zone),
                import_price=float(self.p.import_price[slot]),
                export_price=float(self.p.export_price[slot]),
                outdoor_c=None if self.outlook.outdoor_c is None else float(self.outlook.outdoor_c[slot]),
                battery_c=tuple(float(c[slot]) for c in batteries.values() if np.isfinite(c[slot])),
            )

    def _holding(self, slot: int, moment: Moment) -> tuple[Policy, ...]:
        late = replace(moment, local=moment.local + timedelta(hours=float(self.p.horizon.hours[slot])))
        at_start = active([p for p in self.policies if p.rule not in _AT_THE_END], self.site, moment)
        return (*at_start, *active([p for p in self.policies if p.rule in _AT_THE_END], self.site, late))

    def problem(self) -> Problem:
        """Return the problem under the policies."""
        p = self.p
        wished = self._series(lambda now: np.inf if now.max_import_w is None else now.max_import_w)
        export = self._series(
            lambda now: _limit(now.site.grid.max_export_w) if now.site.grid.export_allowed else 0.0,
        )
        return replace(
            p,
            max_export_w=np.minimum(p.max_export_w, export),
            grid_charging=p.grid_charging & self._flags(lambda now: now.site.grid.grid_charging),
            battery_export=p.battery_export & self._flags(lambda now: now.site.grid.battery_export),
            wished_import_w=wished if bool((wished < p.max_import_w).any()) else None,
            batteries=tuple(self._battery(index, task) for index, task in enumerate(p.batteries)),
            miners=tuple(self._miner(index, task) for index, task in enumerate(p.miners)),
            citations=tuple(self._citations()),
        )

    def _series(self, value: Callable[[InForce], float]) -> Series:
        return np.array([value(now) for now in self.at], dtype=np.float64)

    def _flags(self, value: Callable[[InForce], bool]) -> Flags:
        return np.array([value(now) for now in self.at], dtype=np.bool_)

    def _battery(self, index: int, task: BatteryTask) -> BatteryTask:
        def at(now: InForce) -> Battery:
            return now.site.batteries[index]

        temperature = (self.outlook.battery_c or {}).get(task.id)
        fit = np.ones(self.slots, dtype=np.bool_)
        if temperature is not None:
            least = self._series(lambda now: at(now).min_charge_temperature_c)
            most = self._series(lambda now: _limit(at(now).max_charge_temperature_c))
            fit = ~(temperature < least) & ~(np.isfinite(temperature) & (temperature > most))
        return replace(
            task,
            max_charge_w=np.where(fit, task.max_charge_w, 0.0),
            min_soc=np.maximum(task.min_soc, self._series(lambda now: at(now).min_soc)),
            max_soc=np.minimum(task.max_soc, self._series(lambda now: at(now).max_soc)),
            reserve_soc=np.maximum(task.reserve_soc, self._series(lambda now: at(now).reserve_soc)),
        )

    def _miner(self, index: int, task: MinerTask) -> MinerTask:
        own, told = self.site.miners[index], self._told(task.id)

        def at(now: InForce) -> Miner:
            return now.site.miners[index]

        guards = [now.guard(task.id) for now in self.at]
        hours = np.array([guard.hours for guard in guards], dtype=np.bool_)
        allowed = (
            task.allowed & (hours | told) & np.array([guard.interlock is None for guard in guards], dtype=np.bool_)
        )
        surplus = self._flags(lambda now: at(now).surplus_only)
        margin_w = max(task.surplus_margin_w, *(at(now).surplus_margin_w for now in self.at))
        if surplus.any() and not surplus.all():
            # By time: only where the surplus carries all of it, at any level.
            allowed &= ~surplus | told | (self.p.surplus_w >= own.max_power_w + margin_w)
        heat = self._series(lambda now: at(now).heat_value_per_kwh)
        margin = np.array([guard.profit_margin or 0.0 for guard in guards])
        starts = self._series(lambda now: at(now).start_soc or 0.0)
        stops = self._series(lambda now: max(at(now).stop_soc or 0.0, _critical(now)))
        hot = cooling(self.p.horizon, (self.outlook.miner_c or {}).get(task.id), at(self.at[0]).max_temperature_c)
        return replace(
            task,
            allowed=allowed if hot is None else allowed & ~hot,
            cooling=hot,
            priority=at(self.at[0]).priority,
            surplus_only=task.surplus_only or bool(surplus.all()),
            surplus_margin_w=margin_w,
            start_soc=_all_the_time(starts),
            stop_soc=_all_the_time(stops),
            start_soc_at=starts if np.ptp(starts) else None,
            stop_soc_at=stops if np.ptp(stops) else None,
            value_per_kwh=task.value_per_kwh + (heat - own.heat_value_per_kwh),
            heat_per_kwh=heat if heat.any() else None,
            margin_per_kwh=margin if margin.any() else None,
            budgets=(*self._whole_days(index, task), *self._parts_of_days(index, task)),
        )

    def _told(self, miner_id: str | None) -> Flags:
        """Return the slots in which a miner runs by its owner's word, which goes over its own rules."""
        tasks = (task.told_to_run for task in self.p.miners if task.id == miner_id)
        told = next(tasks, None)
        return np.zeros(self.slots, dtype=np.bool_) if told is None else told

    def _whole_days(self, index: int, task: MinerTask) -> Iterator[Budget]:
        """Tighten the day's budgets by what holds all through them."""
        own, used = self.site.miners[index], (self.outlook.used_h or {}).get(task.id, 0.0)
        for number, budget in enumerate(task.budgets):
            of_day = [self.at[slot].site.miners[index] for slot in np.flatnonzero(budget.slots)]
            if not of_day:
                yield budget
                continue
            gone = used if number == 0 else 0.0
            most = max(m.max_hours_per_day for m in of_day)
            least = min(m.min_hours_per_day for m in of_day)
            starts = [m.max_starts_per_day for m in of_day if m.max_starts_per_day is not None]
            told = budget.slots & self._told(task.id)
            most_h = max(0.0, most - gone, float(self.p.horizon.hours[told].sum()))
            whole = float(self.p.horizon.hours[budget.slots].sum())
            owed = min(max(0.0, least - gone), whole) if number == 0 or whole > 23 - 1e-6 else 0.0
            yield replace(
                budget,
                max_hours=_lower(budget.max_hours, most_h if most < own.max_hours_per_day else None),
                min_hours=max(budget.min_hours, owed) if least > own.min_hours_per_day else budget.min_hours,
                max_starts=self._starts(budget, own, starts, least=int(told.any())),
            )

    @staticmethod
    def _starts(budget: Budget, own: Miner, starts: list[int], *, least: int) -> int | None:
        """Return the starts left: fewer by as much as the policy allows fewer than the miner itself."""
        if not starts or (own.max_starts_per_day is not None and min(starts) >= own.max_starts_per_day):
            return budget.max_starts
        if budget.max_starts is None or own.max_starts_per_day is None:
            return max(least, min(starts))
        return max(least, budget.max_starts - (own.max_starts_per_day - min(starts)))

    def _parts_of_days(self, index: int, task: MinerTask) -> Iterator[Budget]:
        """Budgets of their own for hours that a policy counts during a part of the day."""
        own = self.site.miners[index]
        for policy in self.policies:
            if policy.rule not in (Rule.MINER_MIN_HOURS, Rule.MINER_MAX_HOURS) or not policy.when.windows:
                continue
            if not policy.is_about(own.id, own.name):
                continue
            held = np.array([id(policy) in holding for holding in self.holding], dtype=np.bool_)
            for number, budget in enumerate(task.budgets):
                slots = budget.slots & held & ~self._told(task.id)
                if not slots.any() or not (budget.slots & ~held).any():
                    continue
                gone = self._run_so_far(policy, task) if number == 0 else 0.0
                left, room = max(0.0, policy.number - gone), float(self.p.horizon.hours[slots & task.allowed].sum())
                if policy.rule is Rule.MINER_MIN_HOURS:
                    yield Budget(slots=slots, min_hours=min(left, room))
                else:
                    yield Budget(slots=slots, max_hours=left)

    def _run_so_far(self, policy: Policy, task: MinerTask) -> float:
        """Return the hours a miner can have run today while a policy held: at most that long, at most what it ran."""
        now = self.p.horizon.start.astimezone(self.zone)
        steps = int((now.hour * 60 + now.minute) / _STEP_MIN)
        held = sum(policy.when.holds(now - timedelta(minutes=_STEP_MIN * step)) for step in range(1, steps + 1))
        return min((self.outlook.used_h or {}).get(task.id, 0.0), held * _STEP_MIN / 60)

    def _citations(self) -> Iterator[Cited]:
        flags: dict[tuple[str | None, Rule, str, float | None], Flags] = {}
        alike: dict[int, list[int]] = {}
        for slot, now in enumerate(self.at):
            alike.setdefault(id(now), []).append(slot)
        for slots in alike.values():
            for (device, rule), policies in self.at[slots[0]].sources.items():
                for policy in policies:
                    value = None if isinstance(policy.value, tuple) else policy.number
                    key = (device, rule, str(policy.citation), value)
                    flags.setdefault(key, np.zeros(self.slots, dtype=np.bool_))[slots] = True
        for (device, rule, source, value), held in flags.items():
            bitten = held & self._beyond(device, rule, value) & ~self._told(device)
            if bitten.any():
                yield Cited(rule=rule, device_id=device, source=source, slots=bitten, value=value)

    def _beyond(self, device: str | None, rule: Rule, value: float | None) -> Flags:
        """Slots in which a device's temperature is beyond a rule's limit; all for any other rule."""
        if rule is Rule.MINER_MAX_TEMPERATURE:
            hot = cooling(self.p.horizon, (self.outlook.miner_c or {}).get(device or ""), value)
            return np.zeros(self.slots, dtype=np.bool_) if hot is None else hot
        temperature = (self.outlook.battery_c or {}).get(device or "")
        if rule is Rule.BATTERY_MIN_CHARGE_TEMPERATURE and temperature is not None and value is not None:
            return np.asarray(temperature < value, dtype=np.bool_)
        if rule is Rule.BATTERY_MAX_CHARGE_TEMPERATURE and temperature is not None and value is not None:
            return np.asarray(temperature > value, dtype=np.bool_)
        return np.ones(self.slots, dtype=np.bool_)


def cooling(horizon: Horizon, temperature_c: float | None, most_c: float | None) -> Flags | None:
    """Return the slots in which a miner that is hotter than it may be still cools, None where it is not (known to be)."""
    if temperature_c is None or most_c is None or not temperature_c > most_c:
        return None
    return np.asarray(horizon.edges_h[:-1] < COOLING_H, dtype=np.bool_)


def _critical(now: InForce) -> float:
    """Return the stored fraction below which every miner stops for the battery's sake, where it lies within a range."""
    return max((b.critical_soc for b in now.site.batteries if b.critical_soc > b.min_soc), default=0.0)


def _limit(value: float | None) -> float:
    return np.inf if value is None else value


def _lower(one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return min(known) if known else None


def _all_the_time(levels: Series) -> float | None:
    """Return the level that holds in every slot; where it differs by time, the highest."""
    return float(levels.max()) or None
