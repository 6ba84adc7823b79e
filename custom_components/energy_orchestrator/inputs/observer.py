"""Observe: the mapped entities → one cycle's readings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

import astral

from ..model.chemistry import soc_from_voltage
from ..model.readings import (
    NOT_MAPPED,
    NOT_MAPPED_SWITCH,
    BatteryReadings,
    Doubt,
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
from .doubt import CONFIRMED_AFTER, Stillness, Watch, level_pace, voltage_pace
from .pulse import Company, Pulse
from .quantities import SOC, TEMPERATURE, VOLTAGE, Quantity, generated, hashrate, power
from .states import failed, read_number, read_switch, read_text
from .sun import is_down

type Whereabouts = Callable[[], astral.Observer]
"""Returns where on earth the home is: it may be set anew while it is observed."""

type Combine = Callable[[list[float]], float]

# A poll that read nothing but zeros is not believed before it has lasted this long.
GLITCH_LASTS: Final = timedelta(seconds=90)
_SITE: Final = "site"
_ASLEEP: Final = frozenset({Trouble.UNAVAILABLE, Trouble.UNKNOWN, Trouble.STALE})


@dataclass(frozen=True, slots=True)
class _Ranges:
    """What this site's meters can possibly show, from its own ratings with room for overload and oversized panels."""

    meter: Quantity
    solar: Quantity

    @classmethod
    def of(cls, settings: Settings) -> _Ranges:
        site, panels = settings.site, settings.panels
        peak_w = panels.peak_w if panels else 0.0
        rated_w = sum(
            (
                *(battery.max_charge_w + battery.max_discharge_w for battery in site.batteries),
                *(inverter.ac_limit_w for inverter in site.inverters),
                *(miner.max_power_w for miner in site.miners),
                *(limit for limit in (site.grid.max_import_w, site.grid.max_export_w) if limit is not None),
                peak_w,
            )
        )
        solar_w = max(2 * peak_w, 3 * sum(inverter.ac_limit_w for inverter in site.inverters)) or 1e6
        return cls(meter=power(3 * (100e3 + rated_w)), solar=generated(solar_w + 1000))


@dataclass(slots=True)
class _Watched:
    """What one battery's sensors told before, to tell what they tell now by; `glitch`: what a poll of zeros is held by."""

    level: Watch = field(default_factory=Watch)
    voltage: Watch = field(default_factory=Watch)
    stillness: Stillness = field(default_factory=Stillness)
    glitch: Doubt | None = None


class Observer:
    """Reads one site. It holds the last polls: what cannot follow from them is a glitch or doubted."""

    def __init__(self, look: Look, settings: Settings, place: Whereabouts, company: Company) -> None:
        self.settings = settings
        self.covered: tuple[NamedTrouble, ...] = ()
        """Mapped entities without a value whose reading another entity stands in for, as of the last poll."""
        self._look = look
        self._place = place
        self._pulse = Pulse(look, company)
        self._ranges = _Ranges.of(settings)
        self._watched: dict[str, _Watched] = {}
        self._alive: dict[str, bool] = {}
        self._zero_since: dict[str, datetime] = {}
        self._unknown_since: dict[str, datetime] = {}

    def observe(self, now: datetime) -> SiteReadings:
        """Return all readings of this moment."""
        settings = self.settings
        covered: list[NamedTrouble] = []
        self._pulse.begin()
        batteries = {battery.id: self._battery(battery, now, covered) for battery in settings.site.batteries}
        inverters = {inverter.id: self._inverter(inverter, now) for inverter in settings.site.inverters}
        miners = {miner.id: self._miner(miner, now) for miner in settings.site.miners}
        readings = SiteReadings(at=now, batteries=batteries, inverters=inverters, miners=miners)
        self.covered = tuple(covered)
        return self._site(readings, now)

    def _number(self, entity_id: str | None, quantity: Quantity, now: datetime) -> Reading[float]:
        def stale(state: Seen) -> bool:
            return self._pulse.stale(state, now, self.settings.stale_after)

        return read_number(self._look, entity_id, quantity, stale)

    def _sun(self, entity_id: str | None, now: datetime) -> Reading[float]:
        """Read solar power: 0 W where the inverter is asleep."""
        read = self._number(entity_id, self._ranges.solar, now)
        return Reading(0.0, now, source=entity_id) if self._asleep(read, now) else read

    def _asleep(self, solar: Reading[float], now: datetime) -> bool:
        """Whether solar power is missing for want of sun: without it many inverters switch themselves off."""
        return solar.trouble in _ASLEEP and is_down(self._place(), now)

    def _battery(self, battery: Battery, now: datetime, covered: list[NamedTrouble]) -> BatteryReadings:
        mapped = self.settings.batteries[battery.id]
        limit_w = 2 * max(battery.max_charge_w, battery.max_discharge_w) + 1000
        flow = self._number(mapped.power, power(limit_w), now)
        read = BatteryReadings(
            soc=self._number(mapped.soc, SOC, now),
            # At the edge + is discharging, inside + is charging.
            power_w=flow if mapped.power_inverted else _negated(flow),
            voltage_v=self._number(mapped.voltage, VOLTAGE, now),
            temperature_c=self._number(mapped.temperature, TEMPERATURE, now),
        )
        watched = self._watched.setdefault(battery.id, _Watched())
        read = self._with_doubts(battery, read, watched, now)
        if read.soc.value is None and mapped.voltage is not None and not _waits(read.soc, now):
            estimate = _soc_estimate(battery, read)
            if mapped.soc is not None and estimate.value is not None:
                covered.append((battery.id, "soc", read.soc))
            if mapped.soc is None or estimate.value is not None:
                read = replace(read, soc=replace(estimate, doubt=read.soc.doubt or estimate.doubt))
        return replace(read, soc=self._lasting(battery.id, read.soc, now))

    def _with_doubts(self, battery: Battery, raw: BatteryReadings, watched: _Watched, now: datetime) -> BatteryReadings:
        """Return what is believed of a battery's numbers. Each is judged by what it read, glitch or not."""
        pace = level_pace(battery, raw.power_w.value)
        volts = raw.voltage_v.value
        voltage = watched.voltage.judge(raw.voltage_v, now, voltage_pace(volts or 0.0))
        if watched.stillness.frozen(raw.soc.value, now, pace.drift):
            raw = replace(raw, soc=failed(Trouble.STALE, raw.soc.source or "", None))
        estimate = _soc_estimate(battery, replace(raw, voltage_v=voltage))
        soc = watched.level.judge(raw.soc, now, pace, estimate.value)
        if soc.trouble is Trouble.CONTRADICTED and soc.doubt is not None:
            soc = replace(soc, doubt=replace(soc.doubt, against=voltage))
        read = self._without_glitch(battery.id, raw, ("soc", "power_w", "voltage_v", "temperature_c"), now)
        glitch = read.soc.trouble is Trouble.ZERO_GLITCH
        watched.glitch = (watched.glitch or soc.doubt) if glitch else None
        return replace(
            read,
            soc=replace(read.soc, doubt=watched.glitch) if glitch else soc,
            voltage_v=voltage if read.voltage_v.value is not None else read.voltage_v,
        )

    def _inverter(self, inverter: Inverter, now: datetime) -> InverterReadings:
        mapped = self.settings.inverters[inverter.id]
        solar = self._number(mapped.solar_power, self._ranges.solar, now)
        read = InverterReadings(
            mode=read_text(self._look, mapped.work_mode),
            solar_w=solar,
            charge_power_w=self._number(mapped.charge_power, self._ranges.meter, now),
            discharge_power_w=self._number(mapped.discharge_power, self._ranges.meter, now),
            export_limit_w=self._number(mapped.export_limit, self._ranges.meter, now),
        )
        if not self._asleep(solar, now):
            return read
        read = replace(read, solar_w=Reading(0.0, now, source=mapped.solar_power))
        return read if self._drives_battery(inverter) else _at_rest(read)

    def _drives_battery(self, inverter: Inverter) -> bool:
        return any(battery.inverter_id == inverter.id for battery in self.settings.site.batteries) or any(
            mapped.controller == inverter.id for mapped in self.settings.batteries.values()
        )

    def _miner(self, miner: Miner, now: datetime) -> MinerReadings:
        mapped = self.settings.miners[miner.id]
        most_ths = max(level.hashrate_ths for level in miner.levels) * miner.count
        watts = generated(2 * miner.max_power_w + 500)
        units = [self._number(entity, watts, now) for entity in mapped.power_limits]
        switches = [read_switch(self._look, entity) for entity in mapped.switches]
        heat = [self._number(entity, TEMPERATURE, now) for entity in mapped.temperature]
        read = MinerReadings(
            running=self._lasting(miner.id, _running(switches, miner), now),
            power_w=_combined([self._number(entity, watts, now) for entity in mapped.power], sum),
            power_limit_w=_combined(units, max),
            hashrate_ths=_combined(
                [self._number(entity, hashrate(3 * most_ths + 1), now) for entity in mapped.hashrate], sum
            ),
            temperature_c=_combined(heat, max),
            interlock=self._interlock(miner.id, mapped.interlock, now),
        )
        if not read.running.value:
            return read  # at rest, zeros are what a miner reads
        return self._without_glitch(miner.id, read, ("power_w", "hashrate_ths", "temperature_c"), now)

    def _interlock(self, miner_id: str, entities: tuple[str, ...], now: datetime) -> Reading[bool]:
        """Return whether all of them are on: one that is off tells enough, one that is silent leaves it unknown."""
        seen = [read_switch(self._look, entity) for entity in entities]
        off = next((one for one in seen if one.value is False), None)
        silent = next((one for one in seen if one.value is None), None)
        told = off or silent or next(iter(seen), NOT_MAPPED_SWITCH)
        return self._lasting(f"{miner_id} interlock", told, now)

    def _site(self, readings: SiteReadings, now: datetime) -> SiteReadings:
        mapped, ranges = self.settings.entities, self._ranges
        grid = self._number(mapped.grid_power, ranges.meter, now)
        if mapped.grid_power is None and not self.settings.site.grid.connected:
            grid = Reading(0.0, now)
        read = replace(
            readings,
            solar_w=self._sun(mapped.solar_power, now),
            load_w=self._number(mapped.load_power, ranges.meter, now),
            grid_w=_negated(grid) if mapped.grid_power_inverted else grid,
            grid_there=read_switch(self._look, mapped.grid_there),
        )
        # Sun and grid may well be zero together; a house never is.
        read = self._without_glitch(_SITE, read, ("solar_w", "load_w", "grid_w"), now, least=3)
        if mapped.solar_power is None:
            parts = [reading.solar_w for reading in readings.inverters.values()]
            read = replace(read, solar_w=_combined([part for part in parts if not _unmapped(part)], sum))
        return replace(read, load_w=self._house_load(read, now))

    def _house_load(self, read: SiteReadings, now: datetime) -> Reading[float]:
        """Return the house without miners: its meter, or what the balance of the others leaves."""
        mapped = self.settings.entities
        if mapped.load_power is not None:
            total, includes_miners = read.load_w, mapped.load_includes_miners
        else:
            total, includes_miners = self._balance(read, now), True
        parts = [self._miner_draw(miner, read.miners[miner.id], now) for miner in self.settings.site.miners]
        return _combined([total, *parts], _rest) if includes_miners and not _unmapped(total) else total

    def _balance(self, read: SiteReadings, now: datetime) -> Reading[float]:
        """Return all consumption: what comes from the grid, the sun and the batteries."""
        no_panels = self.settings.panels is None and not self.settings.site.inverters
        solar = Reading(0.0, now) if _unmapped(read.solar_w) and no_panels else read.solar_w
        sources = [read.grid_w, solar, *(_negated(battery.power_w) for battery in read.batteries.values())]
        return NOT_MAPPED if any(_unmapped(source) for source in sources) else _combined(sources, _at_least_zero)

    def _miner_draw(self, miner: Miner, read: MinerReadings, now: datetime) -> Reading[float]:
        """Return what a miner draws: measured, else its limit or highest level for each unit that runs."""
        if not _unmapped(read.power_w) or _unmapped(read.running):
            return Reading(0.0, now) if _unmapped(read.power_w) else read.power_w
        if read.running.value is None:
            assert read.running.trouble is not None, "a reading has either a value or a trouble"
            return Reading(None, read.running.at, read.running.trouble, read.running.source)
        highest = miner.levels[-1].power_w
        limit = read.power_limit_w.value
        each = highest if limit is None else min(limit, highest)
        return Reading(read.running.value * each, read.running.at, source=read.running.source)

    def _lasting[T](self, device_id: str, reading: Reading[T], now: datetime) -> Reading[T]:
        """Let a trouble keep its beginning: an entity that is gone, or changes from one to another, has none of its own."""
        if reading.value is not None or reading.trouble is Trouble.NOT_MAPPED:
            self._unknown_since.pop(device_id, None)
            return reading
        first = self._unknown_since[device_id] = min(self._unknown_since.get(device_id, now), now)
        if reading.doubt is not None:
            return replace(reading, at=first)  # another entity may have stood in for it all the while
        return replace(reading, at=min(first, reading.at or first))

    def _without_glitch[R: (BatteryReadings, MinerReadings, SiteReadings)](
        self, device_id: str, read: R, names: tuple[str, ...], now: datetime, least: int = 2
    ) -> R:
        """Return the readings with the numbers taken out while they have only just all become zero."""
        own = {item.name for item in fields(read)}
        numbers = {name: getattr(read, name) for name in names if name in own}
        known = {name: reading for name, reading in numbers.items() if reading.source and reading.value is not None}
        alive = any(reading.value for reading in known.values())
        if alive or len(known) < least:
            self._alive[device_id] = alive or self._alive.get(device_id, False)
            self._zero_since.pop(device_id, None)
            return read
        since = self._zero_since.get(device_id)
        if since is None:
            if not self._alive.get(device_id):
                return read
            since = self._zero_since[device_id] = now
        if now - since > GLITCH_LASTS:
            self._alive[device_id] = False
            del self._zero_since[device_id]
            return read
        glitch: dict[str, Any] = {
            name: failed(Trouble.ZERO_GLITCH, reading.source, since) for name, reading in known.items()
        }
        return replace(read, **glitch)


def _soc_estimate(battery: Battery, read: BatteryReadings) -> Reading[float]:
    """Return the SOC from voltage. Where power is measured it must be known: under load the voltage alone misleads."""
    voltage, load = read.voltage_v, read.power_w
    if voltage.believed is None:
        return voltage
    if load.value is None and not _unmapped(load):
        return load

    def level(volts: float) -> float | None:
        return soc_from_voltage(volts, load.value or 0.0, battery.capacity_wh)

    soc, source = level(voltage.believed), voltage.source or ""
    if soc is None:
        return failed(Trouble.OUT_OF_RANGE, source, voltage.at)
    if voltage.doubt is not None:
        told = level(voltage.doubt.told) if voltage.doubt.told else None
        return replace(voltage, doubt=Doubt(told or 0.0, soc))
    return Reading(soc, voltage.at, source=source)


def _waits(soc: Reading[float], now: datetime) -> bool:
    """Whether a doubt is to be settled before the voltage may stand in."""
    young = soc.trouble is Trouble.DOUBTED and soc.at is not None and now - soc.at < CONFIRMED_AFTER
    return soc.held or young


def _at_rest(read: InverterReadings) -> InverterReadings:
    """Return the readings of an inverter that only makes solar power and sleeps: what it does not tell, nobody misses."""
    silent: dict[str, Any] = {
        item.name: NOT_MAPPED for item in fields(read) if getattr(read, item.name).trouble in _ASLEEP
    }
    return replace(read, **silent)


def _running(switches: list[Reading[bool]], miner: Miner) -> Reading[int]:
    """Return the units that are on: known only when every switch is."""
    if not switches:
        return Reading(None, trouble=Trouble.NOT_MAPPED)
    for switch in switches:
        if switch.trouble is not None:
            return Reading(None, switch.at, switch.trouble, switch.source)
    on = sum(1 for switch in switches if switch.value)
    return Reading(on * miner.units_per_switch(len(switches)), _oldest(switches), source=switches[0].source)


def _combined(parts: list[Reading[float]], how: Combine) -> Reading[float]:
    """Return one reading of several; the first trouble of any is its trouble."""
    if not parts:
        return NOT_MAPPED
    for part in parts:
        if part.trouble is not None:
            return part
    values = [part.value for part in parts if part.value is not None]
    source = next((part.source for part in parts if part.source), None)
    return Reading(float(how(values)), _oldest(parts), source=source)


def _rest(values: Iterable[float]) -> float:
    """Return the first less all others, never below zero."""
    first, *others = values
    return max(0.0, first - sum(others))


def _at_least_zero(values: Iterable[float]) -> float:
    return max(0.0, sum(values))


def _oldest(readings: Iterable[Reading[float]] | Iterable[Reading[bool]]) -> datetime | None:
    return min((reading.at for reading in readings if reading.at is not None), default=None)


def _negated(reading: Reading[float]) -> Reading[float]:
    return reading if reading.value is None else replace(reading, value=-reading.value)


def _unmapped(reading: Reading[float] | Reading[int]) -> bool:
    return reading.trouble is Trouble.NOT_MAPPED
