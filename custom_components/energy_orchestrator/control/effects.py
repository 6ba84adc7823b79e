"""Whether devices do what they show: a battery's power against its mode, a miner's draw against its switch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..model.decision import BatteryDecision, BatteryMode, Decisions
from ..model.readings import BatteryReadings, MinerReadings, Reading, SiteReadings, Trouble
from ..model.site import Battery, Drive, Miner
from ..settings import Settings

# A miner boots, tunes and warms up before it draws; a battery ramps.
MINER_RAMP: Final = timedelta(minutes=10)
BATTERY_RAMP: Final = timedelta(minutes=2)
# What contradicts an order is certain once measured again and again for so long after the ramp.
_CERTAIN: Final = timedelta(minutes=3)
# What does not do what it is told is planned without for so long, then tried again.
SET_ASIDE: Final = timedelta(minutes=30)
# A miner that draws less than this share of its lowest level does not mine.
_DRAWS: Final = 0.1
# A battery that gives less than this share of an order gives nothing, and one that moves more than so much is not held.
_GIVES: Final = 0.1
_MOVES: Final = 0.1
_LEAST_W: Final = 300.0
# So far from its limits a battery can take and give; nearer, its own management has the last word.
_ROOM_SOC: Final = 0.05
_ROOM_C: Final = 5.0


@dataclass(slots=True)
class _Watched:
    """An order (what it is, since when) and the reports that contradicted it. `aside`: when it was last set aside."""

    order: object
    since: datetime
    against: datetime | None = None
    aside: datetime | None = None


class Effects:
    """Judges each device by what it was ordered, since when, and what is measured. Names nothing that is not certain."""

    def __init__(self) -> None:
        self._watched: dict[str, _Watched] = {}

    def set_clock(self, by: timedelta) -> None:
        """Follow a clock that was set: an order stands as long as before."""
        for watched in self._watched.values():
            watched.since += by
            watched.against = watched.against and watched.against + by
            watched.aside = watched.aside and watched.aside + by

    def judge(
        self,
        settings: Settings,
        decisions: Decisions,
        readings: SiteReadings,
        drives: Mapping[str, Drive],
        *,
        shown: frozenset[str],
    ) -> None:
        """Take one more look. `shown`: ids of inverters that show what is decided for all of their batteries."""
        for miner in settings.site.miners:
            own = readings.miners.get(miner.id, MinerReadings())
            running = own.running.value
            if running is None:
                continue
            if not running:
                self._watched.pop(miner.id, None)  # who switches it off and on again has seen to it
                continue
            measured = own.hashrate_ths if own.power_w.value is None else own.power_w
            self._take(miner.id, running, measured, readings.at, ramp=MINER_RAMP, does=_mines(miner, own, running))
        for battery in settings.site.batteries:
            decision = decisions.batteries.get(battery.id)
            inverter_id = settings.batteries[battery.id].controller or ""
            own_battery = readings.batteries.get(battery.id, BatteryReadings())
            if decision is None or inverter_id not in shown:
                continue
            obeys = _obeys(battery, decision, own_battery, drives[battery.id], readings)
            self._take(battery.id, decision.mode, own_battery.power_w, readings.at, ramp=BATTERY_RAMP, does=obeys)

    def _take(
        self,
        device_id: str,
        order: object,
        measured: Reading[float],
        now: datetime,
        *,
        ramp: timedelta,
        does: bool | None,
    ) -> None:
        watched = self._watched.setdefault(device_id, _Watched(order, now))
        if watched.order != order:
            watched.order, watched.since, watched.against = order, now, None
        if does:
            watched.against = watched.aside = None
        if does is not False:
            watched.against = None
            return
        if measured.at is None or measured.at - watched.since < ramp:
            return
        watched.against = watched.against or measured.at
        again = watched.aside is None or now - watched.aside >= SET_ASIDE + ramp
        if measured.at - watched.against >= _CERTAIN and again:
            watched.aside = now

    def named(self) -> frozenset[str]:
        """Return the devices that have been found not to do what they show, until they do it."""
        return frozenset(key for key, watched in self._watched.items() if watched.aside is not None)

    def aside(self, now: datetime) -> dict[str, datetime]:
        """Return those of them that are planned without now, and until when."""
        return {
            key: watched.aside + SET_ASIDE
            for key, watched in self._watched.items()
            if watched.aside is not None and now - watched.aside < SET_ASIDE
        }

    def forget(self) -> None:
        """Begin afresh."""
        self._watched.clear()


def _mines(miner: Miner, own: MinerReadings, running: int) -> bool | None:
    """Whether what is on mines; None where nobody can say."""
    power_w, hashes = own.power_w.value, own.hashrate_ths.value
    if power_w is not None and power_w >= _DRAWS * running * miner.levels[0].power_w:
        return True
    if hashes:
        return True
    silent = [read.trouble for read in (own.power_w, own.hashrate_ths) if read.value is None]
    return False if len(silent) < 2 and all(trouble is Trouble.NOT_MAPPED for trouble in silent) else None


def _obeys(
    battery: Battery, decision: BatteryDecision, own: BatteryReadings, drive: Drive, readings: SiteReadings
) -> bool | None:
    """Whether a battery does what it is told; None where nobody can say, or where it may have its own reasons."""
    soc, power_w = own.soc.value, own.power_w.value
    if soc is None or power_w is None:
        return None
    if decision.mode is BatteryMode.HOLD:
        return _holds(battery, soc, power_w, drive)
    if decision.mode is BatteryMode.CHARGE:
        able = battery.min_soc <= soc < min(battery.max_soc, battery.taper_soc) - _ROOM_SOC and _is_warm(battery, own)
        return power_w >= _GIVES * decision.power_w if able and decision.power_w >= _LEAST_W else None
    if decision.mode is BatteryMode.DISCHARGE:
        if power_w > max(_LEAST_W, _MOVES * battery.max_charge_w):
            return False
        bought_w = readings.grid_w.value
        able = soc > max(battery.min_soc, battery.critical_soc) + 2 * _ROOM_SOC
        needed = bought_w is not None and bought_w >= _LEAST_W  # else it may have nowhere to give to
        return -power_w >= _GIVES * decision.power_w if able and needed and decision.power_w >= _LEAST_W else None
    return None


def _holds(battery: Battery, soc: float, power_w: float, drive: Drive) -> bool | None:
    """Whether a held battery rests; near its lower end its own management may charge it."""
    if power_w < 0:
        return -power_w <= max(_LEAST_W, _MOVES * battery.max_discharge_w) if drive.keep_from_discharging else None
    if not drive.keep_from_charging or soc < battery.min_soc + _ROOM_SOC:
        return None
    return power_w <= max(_LEAST_W, _MOVES * battery.max_charge_w)


def _is_warm(battery: Battery, own: BatteryReadings) -> bool:
    cells_c, most_c = own.temperature_c.value, battery.max_charge_temperature_c
    if cells_c is None:
        return own.temperature_c.trouble is Trouble.NOT_MAPPED
    return cells_c >= battery.min_charge_temperature_c + _ROOM_C and (most_c is None or cells_c <= most_c - _ROOM_C)
