"""What the house uses without miners: its meter, or what sun, grid and batteries leave."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..model.readings import NOT_MAPPED, Doubt, MinerReadings, Reading, SiteReadings, Trouble
from ..model.site import Miner
from ..settings import Settings
from .balance import Flow, Measured, Sum
from .states import failed
from .sums import negated, rest, summed, unmapped

# A clamp around next to nothing reads some watts below zero; a house that was seen at work lags by more.
_NOISE_W: Final = 50.0
_LAG_W: Final = 250.0


@dataclass(slots=True)
class LoadSign:
    """Which sign a load's sensor counts by: some count all that is used below zero.

    A house uses and never makes, so one that was only ever seen below zero counts so. `known`: the owner has said it.
    """

    known: bool = False
    _below: bool = False

    def judge(self, reading: Reading[float]) -> Reading[float]:
        """Return the load, W ≥ 0; no value where it goes below zero and has not always."""
        watts = reading.value
        if watts is None:
            return reading
        if watts > _LAG_W:
            self.known, self._below = True, False
        if self.known and watts < -_LAG_W:
            return replace(failed(Trouble.NEGATIVE, reading.source or "", reading.at), doubt=Doubt(watts))
        self._below |= not self.known and watts < -_NOISE_W
        return replace(reading, value=max(0.0, -watts if self._below else watts))


def house_load(settings: Settings, read: SiteReadings, now: datetime) -> Reading[float]:
    """Return the house without miners."""
    mapped = settings.entities
    if mapped.load_power is not None:
        total, includes_miners = read.load_w, mapped.load_includes_miners
    else:
        total, includes_miners = _left(settings, read, now), True
    parts = [_draw(miner, read.miners[miner.id], now) for miner in settings.site.miners]
    return summed([total, *parts], rest) if includes_miners and not unmapped(total) else total


def _left(settings: Settings, read: SiteReadings, now: datetime) -> Reading[float]:
    """Return all consumption: what comes from the grid, the sun and the batteries. No house makes power: that is doubted."""
    sources = [read.grid_w, _sun(settings, read, now), *(negated(own.power_w) for own in read.batteries.values())]
    if any(unmapped(source) for source in sources):
        return NOT_MAPPED
    total, flows = summed(sources, sum), sum_of(settings, read)
    if total.value is None:
        return total
    if flows is not None and not flows.fits(total.value):
        return Reading(None, now, Trouble.DOUBTED, doubt=Doubt(total.value))
    return replace(total, value=max(0.0, total.value))


def sum_of(settings: Settings, read: SiteReadings) -> Sum | None:
    """Return what flows, as measured; None where one of the flows is not known."""
    mapped = settings.entities
    flows: list[tuple[Flow, str | None, Reading[float]]] = [
        (Flow.GRID, None, read.grid_w),
        (Flow.SOLAR, None, _sun(settings, read, read.at)),
    ]
    flows += [(Flow.BATTERY, key, negated(own.power_w)) for key, own in read.batteries.items()]
    if mapped.load_power is not None:
        flows.append((Flow.LOAD, None, negated(read.load_w)))
    found = [
        Measured(flow, reading.value, key, reading.source) for flow, key, reading in flows if reading.value is not None
    ]
    miners = [_measured(read.miners[miner.id]) for miner in settings.site.miners]
    if len(found) < len(flows) or (None in miners and not mapped.load_includes_miners):
        return None
    return Sum(tuple(found), sum(watts or 0.0 for watts in miners), with_miners=mapped.load_includes_miners)


def _sun(settings: Settings, read: SiteReadings, now: datetime) -> Reading[float]:
    no_panels = settings.panels is None and not settings.site.inverters
    return Reading(0.0, now) if unmapped(read.solar_w) and no_panels else read.solar_w


def _measured(read: MinerReadings) -> float | None:
    """Return what a miner is measured to draw: nothing where it is off."""
    return 0.0 if read.power_w.value is None and read.running.value == 0 else read.power_w.value


def _draw(miner: Miner, read: MinerReadings, now: datetime) -> Reading[float]:
    """Return what a miner draws: measured, else its limit or highest level for each unit that runs."""
    if not unmapped(read.power_w) or unmapped(read.running):
        return Reading(0.0, now) if unmapped(read.power_w) else read.power_w
    running = read.running
    highest = miner.levels[-1].power_w
    limit = read.power_limit_w.value
    each = highest if limit is None else min(limit, highest)
    if running.value is None:
        assert running.trouble is not None, "a reading has either a value or a trouble"
        believed = running.believed
        doubt = None if believed is None else Doubt(0.0, believed * each)
        return Reading(None, running.at, running.trouble, running.source, doubt)
    return Reading(running.value * each, running.at, source=running.source)
