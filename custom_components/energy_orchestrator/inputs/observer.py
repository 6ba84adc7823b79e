"""Observe: the mapped entities → one cycle's readings."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

import astral

from ..model.readings import (
    NOT_MAPPED,
    NOT_MAPPED_SWITCH,
    BatteryReadings,
    InverterReadings,
    MinerReadings,
    NamedTrouble,
    Reading,
    SiteReadings,
    Trouble,
)
from ..model.seen import Look, Seen
from ..model.site import Battery, Inverter, Miner
from ..settings import Settings
from .balance import Balance, Cause, Flow, Mismatch
from .battery import BatteryWatch
from .house import LoadSign, house_load, sum_of
from .miner import MinerWatch
from .pulse import Company, Pulse
from .quantities import SOC, TEMPERATURE, VOLTAGE, Quantity, generated, power
from .ratings import NIGHT_W, Ratings, battery_power_w, miner_hashrate, miner_power
from .recheck import Recheck
from .states import failed, read_number, read_switch, read_text
from .sums import Combine, negated, net, oldest, summed, unmapped
from .sun import is_down, is_night
from .zeros import Zeros

type Whereabouts = Callable[[], astral.Observer]
"""Returns where on earth the home is: it may be set anew while it is observed."""

_ASLEEP: Final = frozenset({Trouble.UNAVAILABLE, Trouble.UNKNOWN, Trouble.STALE})


class Observer:
    """Reads one site. It holds the last polls: what cannot follow from them is a glitch or doubted."""

    def __init__(self, look: Look, settings: Settings, place: Whereabouts, company: Company) -> None:
        self.settings = settings
        self.covered: tuple[NamedTrouble, ...] = ()
        """What is to be named beside the readings without a value, as of the last poll: another entity may stand in."""
        self._look = look
        self._place = place
        self._pulse = Pulse(look, company)
        self._ratings = Ratings.of(settings)
        self._batteries = {battery.id: BatteryWatch() for battery in settings.site.batteries}
        self._miners = {miner.id: MinerWatch() for miner in settings.site.miners}
        self._zeros = Zeros()
        self._load_sign = LoadSign(known=settings.entities.load_power_inverted)
        self._balance = Balance()
        self._rechecks: defaultdict[tuple[str, str | None], Recheck] = defaultdict(Recheck)
        self._unknown_since: dict[str, datetime] = {}
        self._last_on: dict[str, bool] = {}

    @property
    def mismatch(self) -> Mismatch | None:
        """What does not add up, and has not for long."""
        return self._balance.mismatch

    def observe(self, now: datetime) -> SiteReadings:
        """Return all readings of this moment."""
        settings = self.settings
        covered: list[NamedTrouble] = []
        self._pulse.begin()
        batteries = {battery.id: self._battery(battery, now, covered) for battery in settings.site.batteries}
        inverters = {inverter.id: self._inverter(inverter, now) for inverter in settings.site.inverters}
        miners = {miner.id: self._miner(miner, now, covered) for miner in settings.site.miners}
        readings = SiteReadings(at=now, batteries=batteries, inverters=inverters, miners=miners)
        self.covered = tuple(covered)
        return self._site(readings, now)

    def _number(
        self, entity_id: str | None, quantity: Quantity, now: datetime, own: timedelta | None = None
    ) -> Reading[float]:
        """Read a measurement. `own`: the limit of its device, after which silence means that it is dead."""

        def stale(state: Seen) -> bool:
            return self._pulse.stale(state, now, self.settings.stale_after, own)

        return read_number(self._look, entity_id, quantity, stale)

    def _flow(
        self,
        entity_id: str | None,
        back: str | None,
        limit_w: float,
        now: datetime,
        own: timedelta | None = None,
        *,
        inverted: bool,
    ) -> Reading[float]:
        """Read power that flows both ways, by one signed sensor or by two that are positive each. `back`: the other way."""
        if back is None:
            read = self._number(entity_id, power(limit_w), now, own)
            return negated(read) if inverted else read
        return summed([self._number(one, generated(limit_w), now, own) for one in (entity_id, back)], net)

    def _sun(self, entity_id: str | None, now: datetime) -> Reading[float]:
        """Read solar power: 0 W where the inverter is asleep."""
        read = self._number(entity_id, self._ratings.solar, now)
        return Reading(0.0, now, source=entity_id) if self._asleep(read, now) else self._solar(read, now)

    def _solar(self, read: Reading[float], now: datetime) -> Reading[float]:
        watts = read.value or 0.0
        odd = not self._ratings.solar_w.holds(watts) or (watts > NIGHT_W and is_night(self._place(), now))
        return self._rechecks["sun", read.source].judge(read, now, odd=odd)

    def _asleep(self, solar: Reading[float], now: datetime) -> bool:
        """Whether solar power is missing for want of sun: without it many inverters switch themselves off."""
        return solar.trouble in _ASLEEP and is_down(self._place(), now)

    def _battery(self, battery: Battery, now: datetime, covered: list[NamedTrouble]) -> BatteryReadings:
        mapped, watched = self.settings.batteries[battery.id], self._batteries[battery.id]
        limit_w, own = battery_power_w(battery), mapped.stale_after
        # At the edge + is discharging, inside + is charging.
        flow = self._flow(mapped.power, mapped.charge, limit_w, now, own, inverted=mapped.power_inverted)
        raw = BatteryReadings(
            soc=self._number(mapped.soc, SOC, now, own),
            power_w=negated(flow),
            voltage_v=self._number(mapped.voltage, VOLTAGE, now, own),
            temperature_c=self._number(mapped.temperature, TEMPERATURE, now, own),
        )
        read = watched.judge(battery, raw, now)
        read, named = watched.with_estimate(battery, read, now, mapped=mapped.soc is not None)
        covered.extend(named)
        return replace(read, soc=self._lasting(battery.id, read.soc, now))

    def _inverter(self, inverter: Inverter, now: datetime) -> InverterReadings:
        mapped = self.settings.inverters[inverter.id]
        meter, own = self._ratings.meter, mapped.stale_after
        solar = self._number(mapped.solar_power, self._ratings.solar, now, own)
        read = InverterReadings(
            mode=read_text(self._look, mapped.work_mode),
            solar_w=self._solar(solar, now),
            charge_power_w=self._number(mapped.charge_power, meter, now, own),
            discharge_power_w=self._number(mapped.discharge_power, meter, now, own),
            export_limit_w=self._number(mapped.export_limit, meter, now, own),
        )
        if not self._asleep(solar, now):
            return read
        read = replace(read, solar_w=Reading(0.0, now, source=mapped.solar_power))
        return read if self._drives_battery(inverter) else _at_rest(read)

    def _drives_battery(self, inverter: Inverter) -> bool:
        return any(battery.inverter_id == inverter.id for battery in self.settings.site.batteries) or any(
            mapped.controller == inverter.id for mapped in self.settings.batteries.values()
        )

    def _miner(self, miner: Miner, now: datetime, covered: list[NamedTrouble]) -> MinerReadings:
        mapped = self.settings.miners[miner.id]
        watts, hashes = miner_power(miner), miner_hashrate(miner)
        switches, away = self._switches(miner, now, covered)

        def several(entities: tuple[str, ...], quantity: Quantity, how: Combine) -> Reading[float]:
            if len(entities) == len(switches):
                entities = tuple(entity for index, entity in enumerate(entities) if index not in away)
            parts = [self._number(entity, quantity, now, mapped.stale_after) for entity in entities]
            return parts[0] if len(parts) == 1 else summed(parts, how)

        raw = MinerReadings(
            running=_running(switches, miner),
            power_w=several(mapped.power, watts, sum),
            power_limit_w=several(mapped.power_limits, watts, max),
            hashrate_ths=several(mapped.hashrate, hashes, sum),
            temperature_c=several(mapped.temperature, TEMPERATURE, max),
            interlock=self._interlock(miner.id, mapped.interlock, now),
        )
        read = self._miners[miner.id].judge(miner, raw, now)
        running = self._lasting(miner.id, read.running, now)
        return read if running is read.running else replace(read, running=running)

    def _switches(
        self, miner: Miner, now: datetime, covered: list[NamedTrouble]
    ) -> tuple[list[Reading[bool]], frozenset[int]]:
        """Read a miner's switches; a unit that is silent beside others does not keep those from their work.

        It counts as it was last seen, after the grace time as off. Returns with them which ones are away like that: what
        else those units would tell is not missed.
        """
        entities = self.settings.miners[miner.id].switches
        read = [read_switch(self._look, entity) for entity in entities]
        self._last_on |= {one.source: one.value for one in read if one.source is not None and one.value is not None}
        if all(one.value is None for one in read):
            return read, frozenset()
        away = set()
        for index, one in enumerate(read):
            lasting = self._lasting(entities[index], one, now)
            if lasting.value is not None:
                continue
            covered.append((miner.id, "running", lasting))
            if lasting.at is not None and now - lasting.at > self.settings.grace:
                away.add(index)
            last = False if index in away else self._last_on.get(entities[index])
            if last is not None:
                read[index] = Reading(last, now, source=entities[index])
        return read, frozenset(away)

    def _interlock(self, miner_id: str, entities: tuple[str, ...], now: datetime) -> Reading[bool]:
        """Return whether all of them are on: one that is off tells enough, one that is silent leaves it unknown."""
        seen = [read_switch(self._look, entity) for entity in entities]
        off = next((one for one in seen if one.value is False), None)
        silent = next((one for one in seen if one.value is None), None)
        told = off or silent or next(iter(seen), NOT_MAPPED_SWITCH)
        return self._lasting(f"{miner_id} interlock", told, now)

    def _site(self, readings: SiteReadings, now: datetime) -> SiteReadings:
        mapped, ratings = self.settings.entities, self._ratings
        grid = self._flow(
            mapped.grid_power, mapped.grid_export, ratings.meter.high, now, inverted=mapped.grid_power_inverted
        )
        if mapped.grid_power is None and not self.settings.site.grid.connected:
            grid = Reading(0.0, now)
        load = self._number(mapped.load_power, ratings.meter, now)
        no_load = load.value == 0
        load = self._load_sign.judge(negated(load) if mapped.load_power_inverted else load)
        read = replace(
            readings,
            solar_w=self._sun(mapped.solar_power, now),
            load_w=load,
            grid_w=grid,
            grid_there=read_switch(self._look, mapped.grid_there),
        )
        # Sun and grid may well be zero together; a house never is.
        site = {"solar_w": read.solar_w, "load_w": read.load_w, "grid_w": read.grid_w}
        glitch: dict[str, Any] = {**self._zeros.judge(site, now, least=3)}
        read = replace(read, **glitch)
        if mapped.solar_power is None:
            parts = [reading.solar_w for reading in readings.inverters.values()]
            read = replace(read, solar_w=summed([part for part in parts if not unmapped(part)], sum))
        read = self._balanced(read, now, no_load=no_load)
        return replace(read, load_w=house_load(self.settings, read, now))

    def _balanced(self, read: SiteReadings, now: datetime, *, no_load: bool) -> SiteReadings:
        """Doubt what leaves the balance alone, or reads what nothing here can give, until another poll tells so too.

        `no_load`: the house's own sensor reads exactly zero, which a house never is.
        """
        flows = sum_of(self.settings, read)
        jumped = self._balance.jumped(flows, now)
        self._balance.judge(flows, now)

        def judged(flow: Flow, reading: Reading[float], device_id: str | None = None) -> Reading[float]:
            mismatch = self.mismatch
            if mismatch is not None and mismatch.cause is Cause.FROZEN and mismatch.source == reading.source:
                return failed(Trouble.STALE, reading.source or "", mismatch.since)
            unusual = {Flow.GRID: self._ratings.grid_w, Flow.LOAD: self._ratings.load_w}.get(flow)
            odd = unusual is not None and reading.value is not None and not unusual.holds(reading.value)
            odd |= jumped == (flow, device_id) or (no_load and flow is Flow.LOAD)
            return self._rechecks[flow, device_id].judge(reading, now, odd=odd)

        return replace(
            read,
            solar_w=judged(Flow.SOLAR, read.solar_w),
            load_w=judged(Flow.LOAD, read.load_w),
            grid_w=judged(Flow.GRID, read.grid_w),
            batteries={
                key: replace(own, power_w=judged(Flow.BATTERY, own.power_w, key)) for key, own in read.batteries.items()
            },
        )

    def _lasting[T](self, device_id: str, reading: Reading[T], now: datetime) -> Reading[T]:
        """Let a trouble keep its beginning: an entity that is gone, or changes from one to another, has none of its own."""
        if reading.value is not None or reading.trouble is Trouble.NOT_MAPPED:
            self._unknown_since.pop(device_id, None)
            return reading
        first = self._unknown_since[device_id] = min(self._unknown_since.get(device_id, now), now)
        if reading.doubt is not None:
            return replace(reading, at=first)  # another entity may have stood in for it all the while
        return replace(reading, at=min(first, reading.at or first))


def _at_rest(read: InverterReadings) -> InverterReadings:
    """Return the readings of an inverter that only makes solar power and sleeps: what it does not tell, nobody misses."""
    silent: dict[str, Any] = {
        item.name: NOT_MAPPED for item in fields(read) if getattr(read, item.name).trouble in _ASLEEP
    }
    return replace(read, **silent)


def _running(switches: list[Reading[bool]], miner: Miner) -> Reading[int]:
    """Return the units that are on: known only when every switch is, or what it counts as."""
    if not switches:
        return Reading(None, trouble=Trouble.NOT_MAPPED)
    for switch in switches:
        if switch.trouble is not None:
            return Reading(None, switch.at, switch.trouble, switch.source)
    on = sum(1 for switch in switches if switch.value)
    return Reading(on * miner.units_per_switch(len(switches)), oldest(switches), source=switches[0].source)
