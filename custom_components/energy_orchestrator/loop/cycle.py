"""The order of the loop: observe → forecast → plan → decide, as functions of what is read, set and remembered.

What runs them owns the clock, the threads and what is remembered: Home Assistant's coordinator (`orchestrator.py`), or
a plant in simulated time (`backtest/run.py`). One cycle is

    snapshot = observed(observer.observe(now), settings, remembered, past, last, ...)
    snapshot = replace(snapshot, planned=planned(situation(snapshot, policies, forecasts), forecasts))
    snapshot = decided(snapshot, policies)

and between the cycles, where something changed, the first and the last of these alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from ..learning.past import Past, learn
from ..model.decision import Decisions, MinerReason, Override
from ..model.findings import NOTHING_FOUND, Findings
from ..model.forecast import Forecasts
from ..model.horizon import tiered
from ..model.ledger import Prices, advance, with_sheds
from ..model.override import holding, laid_over, not_over
from ..model.plan import Plan
from ..model.policy import Policy
from ..model.problem import Problem
from ..model.readings import SiteReadings, Trouble
from ..model.site import EVERYTHING, NOTHING, Battery, Drive
from ..planner.calm import calm_plan
from ..planner.energy_planner import baseline
from ..planner.moment.battery_optimizer import decide_battery
from ..planner.moment.circumstances import Circumstances
from ..planner.moment.miner_coordinator import decide_miners
from ..planner.pose import Situation, pose
from ..planner.report import report
from ..planner.rules.in_force import in_force
from ..settings import Settings
from .snapshot import Failure, Planned, Remembered, Snapshot

# A SOC further from the plan than this is more than forecasts explain.
SOC_BAND: Final = 0.05
# A cycle begins this long after the clock's boundary, so that it lies in the new slot.
AFTER_BOUNDARY: Final = timedelta(seconds=1)
# What asks for a plan while one is being made, or has just been, waits this long.
REPLAN_COOLDOWN: Final = timedelta(seconds=10)
# So long after a restart a battery's level may be on its way.
LEVEL_COMES: Final = timedelta(minutes=2)
# Readings are shown at least this often between the plans.
PUBLISH_EVERY: Final = timedelta(seconds=30)


def until_next(now: datetime, interval: timedelta) -> timedelta:
    """Return how long after a cycle the next one is due, by the clock."""
    return interval - timedelta(seconds=now.timestamp() % interval.total_seconds()) + AFTER_BOUNDARY


def observed(
    readings: SiteReadings,
    settings: Settings,
    remembered: Remembered,
    past: Past,
    last: Snapshot | None,
    *,
    switched: Mapping[str, Override] | None,
    drives: Mapping[str, Drive],
    found: Findings = NOTHING_FOUND,
) -> Snapshot:
    """Return a snapshot of new readings, ledger and past moved on to them; plan and decisions are those of the last.

    `switched`: what people switched at the devices themselves, by device; it counts like what they asked us for, the later
    word wins, and it ends where they or the device took it back. None where nobody watches. `drives`: what each battery
    can be told now. `found`: what else control has found out of the devices.
    """
    remembered = heard(without_expired(remembered, readings), switched, readings.at)
    decisions = last.decisions if last else Decisions(at=readings.at)
    ledger = with_sheds(
        advance(remembered.ledger, settings.site, readings, prices_now(last)),
        {key: decision.shed_at for key, decision in decisions.miners.items()},
    )
    expected = None if last is None or last.forecasts is None else last.forecasts.solar_w
    horizon = None if last is None or last.plan is None else last.plan.horizon
    return Snapshot(
        settings=settings,
        readings=readings,
        remembered=replace(remembered, ledger=ledger),
        past=learn(past, settings.site, readings, expected, horizon),
        decisions=decisions,
        planned=last.planned if last else None,
        failure=last.failure if last else None,
        planless_since=last.planless_since if last else None,
        miner_overrides=holding(remembered.miner_overrides, readings.at),
        battery_overrides=holding(remembered.battery_overrides, readings.at),
        drives=drives,
        found=found,
    )


def situation(
    snapshot: Snapshot, policies: Sequence[Policy], forecasts: Forecasts, *, afresh: bool = False
) -> Situation:
    """Return what is planned from; `afresh`: without leaning to the plan that stands."""
    return Situation(
        site=snapshot.site,
        readings=snapshot.readings,
        forecasts=forecasts,
        horizon=tiered(snapshot.at),
        ledger=snapshot.ledger,
        last_plan=None if afresh else snapshot.plan,
        miner_overrides=snapshot.remembered.miner_overrides,
        battery_overrides=snapshot.remembered.battery_overrides,
        drives={key: NOTHING if key in snapshot.found.aside else drive for key, drive in snapshot.drives.items()},
        aside=snapshot.found.aside,
        standing={key: decision.mode for key, decision in snapshot.decisions.batteries.items()},
        policies=tuple(policies),
    )


class Planner(Protocol):
    """Whoever makes a plan of a problem."""

    def __call__(self, problem: Problem, *, created: datetime) -> Plan:
        """Return the plan."""


def planned(posed: Situation, planner: Planner | None = None) -> Planned:
    """Return the plan of a situation (seconds of a core). Raises `UnknownSocError` where no level is believed.

    `planner`: who makes it, where that is not `calm_plan`.
    """
    made = (planner or calm_plan)(pose(posed), created=posed.readings.at)
    return Planned(forecasts=posed.forecasts, plan=made, report=report(made), baseline=baseline(made))


def decided(snapshot: Snapshot, policies: Sequence[Policy]) -> Snapshot:
    """Turn the plan's present slot and the readings into decisions."""
    rules = in_force(snapshot.site, policies, snapshot.moment)
    site, readings, last = rules.site, snapshot.readings, snapshot.decisions
    planless_since = _planless_since(snapshot)
    batteries = {
        battery.id: decide_battery(
            site,
            battery,
            readings,
            snapshot.plan,
            snapshot.battery_overrides.get(battery.id),
            rules,
            snapshot.drives.get(battery.id, EVERYTHING),
            last.batteries.get(battery.id),
        )
        for battery in site.batteries
        if not _just_begun(snapshot, battery)
    }
    miners = decide_miners(
        Circumstances(
            site=site,
            readings=readings,
            ledger=snapshot.ledger,
            plan=snapshot.plan,
            overrides=snapshot.miner_overrides,
            grace=snapshot.settings.grace,
            rules=rules,
            last=last.miners,
            idle=frozenset(snapshot.found.aside),
            planless_since=planless_since,
        )
    )
    decisions = Decisions(at=readings.at, batteries=batteries, miners=miners)
    return replace(snapshot, planless_since=planless_since, decisions=decisions)


def _planless_since(snapshot: Snapshot) -> datetime | None:
    """Return since when there might have been a plan and is none: while no level is known, nobody can make one."""
    if snapshot.slot is not None:
        return None
    if snapshot.planless_since is None or not soc_known(snapshot):
        return snapshot.at
    return snapshot.planless_since


def _just_begun(snapshot: Snapshot, battery: Battery) -> bool:
    """Whether nothing was decided for it yet and its level is not there yet: its inverter stays as it was left."""
    soc = snapshot.readings.batteries[battery.id].soc
    return (
        battery.id not in snapshot.decisions.batteries
        and soc.believed is None
        and soc.doubt is None
        and soc.trouble is not Trouble.NOT_MAPPED
        and snapshot.at - (soc.at or snapshot.at) < LEVEL_COMES
    )


# What a change of readings means


def endangered(snapshot: Snapshot) -> Decisions:
    """Return the decisions by which protection stops what runs now: they are carried out before anything else."""
    miners = {
        key: decision
        for key, decision in snapshot.decisions.miners.items()
        if decision.shed_at == snapshot.at and decision.units < (snapshot.readings.miners[key].running.believed or 0)
    }
    return Decisions(at=snapshot.at, miners=miners)


def is_unsettled(snapshot: Snapshot) -> bool:
    """Whether something changes by itself in seconds: a start waits its turn, an interlock is silent."""
    return any(
        decision.reason.code is MinerReason.WAITS_TURN for decision in snapshot.decisions.miners.values()
    ) or any(
        own.interlock.value is None and own.interlock.trouble is not Trouble.NOT_MAPPED
        for own in snapshot.readings.miners.values()
    )


def is_news(snapshot: Snapshot, last: Snapshot) -> bool:
    """Whether a snapshot takes the last one's place: devices or people would notice, or it is time to show readings again."""
    if acts(snapshot.decisions) != acts(last.decisions) or is_doubted(snapshot.readings) != is_doubted(last.readings):
        return True
    return snapshot.at - last.at >= PUBLISH_EVERY


def wants_plan(snapshot: Snapshot, last: Snapshot) -> bool:
    """Whether the standing plan is past use, what kept one from being made is over, or the grid has gone or come back."""
    turned = snapshot.site.grid.connected != last.site.grid.connected
    return turned or left_band(snapshot) or (snapshot.failure is Failure.SOC_UNKNOWN and soc_known(snapshot))


def left_band(snapshot: Snapshot) -> bool:
    """Whether a SOC is further from the plan than forecasts explain, or the plan's time is over."""
    made, slot = snapshot.plan, snapshot.slot
    if made is None or slot is None:
        return made is not None
    for battery_id, soc in made.schedule.soc.items():
        battery = snapshot.readings.batteries.get(battery_id)
        measured = battery.soc.value if battery else None
        low, high = sorted((soc[slot], soc[slot + 1]))
        if measured is not None and not low - SOC_BAND <= measured <= high + SOC_BAND:
            return True
    return False


def soc_known(snapshot: Snapshot) -> bool:
    """Whether a level is believed of every battery."""
    return all(battery.soc.believed is not None for battery in snapshot.readings.batteries.values())


def is_doubted(readings: SiteReadings) -> bool:
    """Whether something waits for another look to be believed."""
    return any(reading.held or reading.trouble is Trouble.DOUBTED for _, _, reading in readings.troubles())


def acts(decisions: Decisions) -> tuple[Any, ...]:
    """Return the part of the decisions that devices would notice."""
    return (
        {key: (d.mode, round(d.power_w, -1), d.export_limit_w) for key, d in decisions.batteries.items()},
        {key: (d.units, d.power_w) for key, d in decisions.miners.items()},
    )


def prices_now(snapshot: Snapshot | None) -> Prices:
    """Return what energy and hashes are worth in the present slot, as far as forecast."""
    if snapshot is None or snapshot.forecasts is None or snapshot.slot is None:
        return Prices()
    slot, forecasts = snapshot.slot, snapshot.forecasts
    return Prices(
        imported=float(forecasts.import_price.expected[slot]),
        exported=float(forecasts.export_price.expected[slot]),
        hashprice=float(forecasts.hashprice.expected[slot]),
    )


def without_expired(remembered: Remembered, readings: SiteReadings) -> Remembered:
    """Return what is remembered without overrides whose time is over."""
    return replace(
        remembered,
        miner_overrides=not_over(remembered.miner_overrides, readings.at),
        battery_overrides=not_over(remembered.battery_overrides, readings.at),
    )


def heard(remembered: Remembered, switched: Mapping[str, Override] | None, at: datetime) -> Remembered:
    """Return what is remembered with what people switched themselves; what of it is known by now stands as it is."""
    if switched is None:
        return remembered
    by_hand = {key: word for key, word in remembered.overrides.items() if word.by_hand and word.holds(at)}
    gone = {key for key, word in by_hand.items() if word.device_id not in switched}
    standing = {word.device_id: word for word in by_hand.values()}
    news = [
        replace(word, by_hand=True, since=word.since or at)
        for word in switched.values()
        if word.device_id not in standing or standing[word.device_id].until != word.until
    ]
    if not gone and not news:
        return remembered
    left = {key: word for key, word in remembered.overrides.items() if key not in gone}
    return remembered.overridden(laid_over(left, news))
