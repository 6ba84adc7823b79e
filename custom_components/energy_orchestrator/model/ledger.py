"""What happened so far today: miner hours, starts and revenue, and what the grid has cost. It outlives restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .amounts import mined
from .readings import MinerReadings, SiteReadings
from .site import Miner, Site

# A longer silence than this says nothing about what ran meanwhile.
LONGEST_STEP = timedelta(minutes=30)
# No miner is switched off and on again within this: a poll of its switch was wrong.
BLINK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerState:
    """What a miner has done: units running, since when (None: unknown), and its use of this local day.

    For a group, hours are unit-hours and starts are unit-starts.
    `sunless_h`: by how many hours more the sun did not carry this run than it did. `sunless_runs`: how many runs in a row
    ended like that.
    `shed_at`: when protection last stopped it, or kept it from running after that; None once it may run again.
    """

    running: int = 0
    since: datetime | None = None
    hours_today: float = 0.0
    starts_today: int = 0
    energy_wh_today: float = 0.0
    revenue_today: float = 0.0
    sunless_h: float = 0.0
    sunless_runs: int = 0
    shed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The account of one local day up to `at`. Money in the site's currency; energies in Wh."""

    day: date | None = None
    at: datetime | None = None
    import_cost: float = 0.0
    export_income: float = 0.0
    imported_wh: float = 0.0
    exported_wh: float = 0.0
    solar_wh: float = 0.0
    load_wh: float = 0.0
    miners: Mapping[str, MinerState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices of this moment: currency per kWh, hashprice in currency per TH/s and day."""

    imported: float = 0.0
    exported: float = 0.0
    hashprice: float = 0.0


def advance(ledger: Ledger, site: Site, readings: SiteReadings, prices: Prices) -> Ledger:
    """Return the ledger moved on to the readings' time; the day turns at local midnight.

    Power read now is taken for the time since the last step; unknown readings add nothing.
    """
    now = readings.at
    today = now.astimezone(ZoneInfo(site.time_zone)).date()
    step = now - ledger.at if ledger.at is not None else timedelta()
    hours = step.total_seconds() / 3600 if timedelta() < step <= LONGEST_STEP else 0.0
    if ledger.day != today:
        ledger = Ledger(day=today, miners={k: _new_day(state) for k, state in ledger.miners.items()})
    grid_wh = (readings.grid_w.value or 0.0) * hours
    return replace(
        ledger,
        at=now,
        import_cost=ledger.import_cost + max(0.0, grid_wh) / 1000 * prices.imported,
        export_income=ledger.export_income + max(0.0, -grid_wh) / 1000 * prices.exported,
        imported_wh=ledger.imported_wh + max(0.0, grid_wh),
        exported_wh=ledger.exported_wh + max(0.0, -grid_wh),
        solar_wh=ledger.solar_wh + (readings.solar_w.value or 0.0) * hours,
        load_wh=ledger.load_wh + (readings.load_w.value or 0.0) * hours,
        miners={
            miner.id: state
            for miner in site.miners
            if (
                state := _advance_miner(
                    ledger.miners.get(miner.id),
                    miner,
                    readings,
                    hours,
                    prices.hashprice,
                )
            )
            is not None
        },
    )


def with_sheds(ledger: Ledger, shed_at: Mapping[str, datetime | None]) -> Ledger:
    """Return the ledger with when protection stopped miners, by id; of others it keeps what it knows."""
    return replace(
        ledger,
        miners={key: replace(state, shed_at=shed_at.get(key, state.shed_at)) for key, state in ledger.miners.items()},
    )


def _new_day(state: MinerState) -> MinerState:
    return MinerState(running=state.running, since=state.since, shed_at=state.shed_at)


def _advance_miner(
    state: MinerState | None, miner: Miner, seen: SiteReadings, hours: float, hashprice: float
) -> MinerState | None:
    readings = seen.miners.get(miner.id, MinerReadings())
    running = readings.running.value
    if running is None:
        return state  # one that was never seen is not in the account
    if state is None:  # first seen: how long it has been so, nobody knows
        return MinerState(running=running)
    level = miner.levels[-1]
    ran_h = min(state.running, running) * hours
    power_w = readings.power_w.value
    energy_wh = power_w * hours if power_w is not None else level.power_w * ran_h
    hashrate = readings.hashrate_ths.value
    mined_ths_h = hashrate * hours if hashrate is not None else level.hashrate_ths * ran_h
    return replace(
        state,
        running=running,
        since=state.since if running == state.running else seen.at,
        hours_today=state.hours_today + ran_h,
        starts_today=state.starts_today + _starts(state, running, seen.at),
        energy_wh_today=state.energy_wh_today + energy_wh,
        revenue_today=state.revenue_today + mined(mined_ths_h, hashprice),
        sunless_h=state.sunless_h + _sunless_h(miner, seen, hours) if running == state.running else 0.0,
        sunless_runs=state.sunless_runs if running == state.running else _sunless_runs(state),
    )


def _starts(state: MinerState, running: int, at: datetime) -> int:
    """Return how many units were started; what one poll showed to be off in between was not."""
    blinked = state.running == 0 and state.since is not None and at - state.since <= BLINK
    return 0 if blinked else max(0, running - state.running)


def short_of_sun(miner: Miner, readings: SiteReadings) -> bool | None:
    """Whether what runs of a miner draws clearly more than the sun leaves of the house; None where nobody knows."""
    own, solar_w, load_w = readings.miners.get(miner.id), readings.solar_w.value, readings.load_w.value
    if own is None or own.running.value is None or solar_w is None or load_w is None:
        return None
    power_w = own.power_w.value
    drawn_w = own.running.value * miner.levels[0].power_w if power_w is None else power_w
    return solar_w - load_w < 0.9 * drawn_w - 100


def _sunless_h(miner: Miner, readings: SiteReadings, hours: float) -> float:
    own, short = readings.miners[miner.id], short_of_sun(miner, readings)
    return 0.0 if short is None or not own.running.value else hours if short else -hours


def _sunless_runs(ended: MinerState) -> int:
    """Return the count when a run has ended, and when a pause has."""
    if not ended.running or ended.sunless_h == 0:
        return ended.sunless_runs
    return ended.sunless_runs + 1 if ended.sunless_h > 0 else 0
