"""Who else could run a plant: nobody, and the plain automation that people write today. What a plan must beat.

They are held to what a plan is held to: the inverter they run on stops by itself at the owner's reserve. Else they would be
paid for draining what the owner wants kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from ..model.decision import BatteryMode
from ..simulation.plant import Plant

# A miner starts once the panels give so much more than house and miners for so long, and stops once the grid gives so
# much for so long; where there is no grid, once the battery, which makes it, does.
SPARE_W: Final = 500.0
SPARE_FOR: Final = timedelta(minutes=15)
BOUGHT_W: Final = 200.0
BOUGHT_FOR: Final = timedelta(minutes=7)


class Runner(Protocol):
    """Runs a plant from its moment on, in steps."""

    async def begin(self) -> None:
        """Take the plant over."""

    async def step(self, by: timedelta) -> None:
        """Let time pass, and do what is to be done."""


class LeftAlone:
    """The inverter in self-consumption, every miner off."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    async def begin(self) -> None:
        """Switch all miners off."""
        self._plant.set_work_mode(BatteryMode.SELF_CONSUMPTION)
        for miner in self._plant.site.site.miners:
            for unit in range(miner.count):
                self._plant.switch_miner(miner.id, unit, on=False)

    async def step(self, by: timedelta) -> None:
        """Let time pass."""
        self._plant.advance(self._plant.now + by)


@dataclass(slots=True)
class _Lasting:
    """Since when something holds."""

    since: datetime | None = None

    def for_long(self, now: datetime, long: timedelta, *, holds: bool) -> bool:
        """Whether it has held for so long; begins again where it does not hold, and after it did."""
        if not holds:
            self.since = None
            return False
        self.since = self.since or now
        if now - self.since < long:
            return False
        self.since = None
        return True


@dataclass(slots=True)
class OnSurplus(LeftAlone):
    """Self-consumption, and miners on surplus: the highest priority first, one unit at a time."""

    _plant: Plant
    _spare: _Lasting = field(default_factory=_Lasting)
    _bought: _Lasting = field(default_factory=_Lasting)

    async def step(self, by: timedelta) -> None:
        """Let time pass, then start or stop a unit."""
        plant = self._plant
        plant.advance(plant.now + by)
        flows = plant.flows
        units = [
            (miner, unit, on)
            for miner in sorted(plant.site.site.miners, key=lambda miner: miner.priority)
            for unit, on in enumerate(plant.units_on(miner.id))
        ]
        for miner, unit, on in units:
            if on and miner.stop_soc is not None and plant.soc < miner.stop_soc:
                plant.switch_miner(miner.id, unit, on=False)
        running = [(miner, unit) for miner, unit, on in units if on]
        bought_w = flows.import_w if plant.site.site.grid.connected else flows.discharge_w
        if self._bought.for_long(plant.now, BOUGHT_FOR, holds=bool(running) and bought_w > BOUGHT_W):
            miner, unit = running[-1]
            plant.switch_miner(miner.id, unit, on=False)
        resting = [(miner, unit) for miner, unit, on in units if not on]
        spare_w = flows.solar_w + flows.curtailed_w - flows.house_w - flows.miners_w
        able = next((one for one in resting if _may_start(one[0].start_soc, plant.soc)), None)
        spare = able is not None and spare_w >= able[0].max_power_w / able[0].count + SPARE_W
        if self._spare.for_long(plant.now, SPARE_FOR, holds=spare) and able is not None:
            plant.switch_miner(able[0].id, able[1], on=True)


def _may_start(start_soc: float | None, soc: float) -> bool:
    return start_soc is None or soc >= start_soc


RIVALS: Final[dict[str, Callable[[Plant], Runner]]] = {"left alone": LeftAlone, "on surplus": OnSurplus}
"""Who else could run a plant, by name."""
