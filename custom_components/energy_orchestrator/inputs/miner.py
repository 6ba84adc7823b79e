"""What is believed of a miner: one that reads zero throughout and off in one poll has not stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..model.readings import MinerReadings
from ..model.site import Miner
from .doubt import Watch
from .pace import CHIP_PACE
from .ratings import miner_usual
from .recheck import Recheck
from .zeros import Zeros, zeroed


@dataclass(slots=True)
class MinerWatch:
    """What one miner's sensors told before. `_units`: how many ran; `_switched`: off is not believed either."""

    zeros: Zeros = field(default_factory=Zeros)
    power: Recheck = field(default_factory=Recheck)
    warmth: Recheck = field(default_factory=Recheck)
    temperature: Watch = field(default_factory=Watch)
    _units: int = 0
    _switched: bool = False

    def judge(self, miner: Miner, raw: MinerReadings, now: datetime) -> MinerReadings:
        """Return what is believed of what it read."""
        temperature = self.warmth.judge(self.temperature.judge(raw.temperature_c, now, CHIP_PACE), now, odd=False)
        watts, hashes, units = raw.power_w.value, raw.hashrate_ths.value, raw.running.value
        hashing_on_nothing = watts == 0 and bool(hashes) and bool(units)
        odd = hashing_on_nothing or (watts is not None and not miner_usual(miner).holds(watts))
        flow = self.power.judge(raw.power_w, now, odd=odd)
        zeroed = self._zeroed(raw, now)
        if not zeroed and flow is raw.power_w and temperature is raw.temperature_c:
            return raw
        return replace(replace(raw, power_w=flow, temperature_c=temperature), **zeroed)

    def _zeroed(self, raw: MinerReadings, now: datetime) -> Mapping[str, Any]:
        """Return what to put in place of a failed poll's readings: its switch among them where it fell with all else."""
        units = raw.running.value
        fell = units == 0 and (self._units > 0 or self._switched)
        if not units and not fell:
            return self._rest()
        numbers = {"power_w": raw.power_w, "hashrate_ths": raw.hashrate_ths, "temperature_c": raw.temperature_c}
        began = self.zeros.since is None
        glitch = self.zeros.judge(numbers, now)
        if units:
            self._units, self._switched = units, False
            return glitch
        self._switched = bool(glitch) and (self._switched or began)
        if not self._switched:
            return self._rest()  # its switch was off by itself: zeros are what it reads then
        return {**glitch, "running": zeroed(raw.running, self.zeros.since or now, self._units)}

    def _rest(self) -> Mapping[str, Any]:
        """Take zeros for what they are: at rest they are what a miner reads."""
        self.zeros.rest()
        self._units = 0
        return {}
