"""What is believed of a battery: its level, voltage and temperature, and which of them speaks for another."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from ..model.chemistry import soc_from_voltage
from ..model.readings import BatteryReadings, Doubt, NamedTrouble, Reading, Trouble
from ..model.site import Battery
from .doubt import CONFIRMED_AFTER, Watch
from .frozen import Contrary, Stillness
from .pace import CELL_PACE, level_pace, voltage_pace
from .ratings import battery_usual
from .recheck import Recheck
from .states import failed
from .sums import unmapped
from .zeros import Zeros


@dataclass(slots=True)
class BatteryWatch:
    """What one battery's sensors told before, to tell what they tell now by."""

    zeros: Zeros = field(default_factory=Zeros)
    level: Watch = field(default_factory=Watch)
    voltage: Watch = field(default_factory=Watch)
    temperature: Watch = field(default_factory=Watch)
    warmth: Recheck = field(default_factory=Recheck)
    power: Recheck = field(default_factory=Recheck)
    stillness: Stillness = field(default_factory=Stillness)
    contrary: Contrary = field(default_factory=Contrary)
    _glitch: Doubt | None = None

    def judge(self, battery: Battery, raw: BatteryReadings, now: datetime) -> BatteryReadings:
        """Return what is believed of what it read. Each number is judged by what it read, glitch or not."""
        power = raw.power_w.value
        odd = power is not None and not battery_usual(battery).holds(power)
        flow = self.power.judge(raw.power_w, now, odd=odd)
        pace = level_pace(battery, flow.value)
        voltage = self.voltage.judge(raw.voltage_v, now, voltage_pace(raw.voltage_v.value or 0.0))
        temperature = self.warmth.judge(self.temperature.judge(raw.temperature_c, now, CELL_PACE), now, odd=False)
        level = raw.soc
        if self.stillness.frozen(level.value, now, pace.drift):
            level = failed(Trouble.STALE, level.source or "", None)
        estimate = _estimated(battery, replace(raw, power_w=flow, voltage_v=voltage))
        soc = self.level.judge(level, now, pace, estimate.value)
        if self.contrary.frozen(power, soc.value, now):
            flow = failed(Trouble.STALE, flow.source or "", None)
        if soc.trouble is Trouble.CONTRADICTED and soc.doubt is not None:
            soc = replace(soc, doubt=replace(soc.doubt, against=voltage))
        glitch = self.zeros.judge(
            {"soc": level, "power_w": raw.power_w, "voltage_v": raw.voltage_v, "temperature_c": raw.temperature_c}, now
        )
        self._glitch = (self._glitch or soc.doubt) if "soc" in glitch else None
        if "soc" in glitch:
            glitch["soc"] = replace(glitch["soc"], doubt=self._glitch)
        judged = {"soc": soc, "power_w": flow, "voltage_v": voltage, "temperature_c": temperature}
        return replace(raw, **(judged | glitch))

    def with_estimate(
        self, battery: Battery, read: BatteryReadings, now: datetime, *, mapped: bool
    ) -> tuple[BatteryReadings, tuple[NamedTrouble, ...]]:
        """Let the voltage stand in for a level that is not known; `mapped`: whether there is a level to miss.

        Returns with it what is to be named all the same: a level the voltage stands in for, or that fell to zero.
        """
        if self.level.fallen_since is not None and read.soc.value is not None:
            fallen = Reading[float](None, self.level.fallen_since, Trouble.FALLEN, read.soc.source, Doubt(0.0))
            return read, ((battery.id, "soc", fallen),)
        if read.soc.value is not None or unmapped(read.voltage_v) or _waits(read.soc, now):
            return read, ()
        estimate = _estimated(battery, read)
        if mapped and estimate.value is None:
            return read, ()
        named = ((battery.id, "soc", read.soc),) if mapped else ()
        return replace(read, soc=replace(estimate, doubt=read.soc.doubt or estimate.doubt)), named


def _estimated(battery: Battery, read: BatteryReadings) -> Reading[float]:
    """Return the SOC from voltage. Where power is measured it must be known: under load the voltage alone misleads."""
    voltage, load = read.voltage_v, read.power_w
    if voltage.believed is None:
        return voltage
    if load.believed is None and not unmapped(load):
        return replace(load, doubt=None)

    def level(volts: float) -> float | None:
        return soc_from_voltage(volts, load.believed or 0.0, battery.capacity_wh)

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
