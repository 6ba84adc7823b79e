"""What is to be seen of a faulty home from outside: the truth of the plant, and which of what is shown is not so."""

from datetime import datetime, timedelta
from typing import Final

from ..backtest.run import PlantLoop
from ..model.seen import number_in
from ..model.site import Mode
from .faulty import FaultyHands
from .scene import Scene

# As long as the dispatcher may take until what was refused is tried again, or what was not known is trusted again.
TRIED_AGAIN: Final = timedelta(minutes=36)
_TRUSTED_AGAIN: Final = timedelta(minutes=15)
# A level shown no further off than this is the truth: polls are up to five minutes apart.
_LEVEL_OFF: Final = 0.05


class Eyes:
    """Sees one home. It remembers which devices disobeyed lately, and since when the level has been shown as it is."""

    def __init__(self, hands: FaultyHands) -> None:
        self._hands = hands
        self._settings = hands.settings()
        self._disobeyed_at: dict[str, datetime] = {}
        self._level_from: datetime | None = hands.plant.now

    def see(self, loop: PlantLoop | None, mode: Mode) -> Scene:
        """Return how it stands; `loop` runs it in `mode`, None while none does."""
        plant, hands, settings = self._hands.plant, self._hands, self._settings
        now, battery_id, flows = plant.now, plant.site.battery.id, plant.flows
        for device in plant.devices:
            if hands.disobeys(device):
                self._disobeyed_at[device] = now
        lies = self._lies()
        grid = settings.entities.grid_power or ""
        meter = hands.look(grid)
        decision = loop.last.decisions.batteries.get(battery_id) if loop is not None and loop.began else None
        return Scene(
            at=now,
            soc=plant.soc,
            battery_w=flows.battery_w,
            grid_w=flows.grid_w,
            shown_grid_w=None if meter is None or grid in lies else number_in(meter.state),
            shown_grid_at=None if meter is None else meter.last_reported - hands.clock_off,
            spare_w=flows.solar_w + flows.curtailed_w - flows.house_w,
            mode=plant.kept().mode,
            on=self.on(),
            loop=None if loop is None else mode,
            decided=None if decision is None else decision.mode,
            lies=lies,
            disobeys=frozenset(key for key, at in self._disobeyed_at.items() if now - at < TRIED_AGAIN),
            level_known=self._level_known(now),
        )

    def on(self) -> dict[str, bool]:
        """Return which units are on in truth, by their switches."""
        return {
            switch: on
            for miner in self._hands.plant.site.site.miners
            for switch, on in zip(
                self._settings.miners[miner.id].switches, self._hands.plant.units_on(miner.id), strict=True
            )
        }

    def _lies(self) -> dict[str, bool]:
        if not self._hands.active:
            return {}
        found = ((entity, self._hands.lies(entity)) for entity in self._settings.mapped_entities())
        return {entity: lie.polled_at is None for entity, lie in found if lie is not None}

    def _level_known(self, now: datetime) -> bool:
        seen = self._hands.look(self._settings.batteries[self._hands.plant.site.battery.id].soc or "")
        told = None if seen is None else number_in(seen.state)
        if told is None or abs(told / 100 - self._hands.plant.soc) > _LEVEL_OFF:
            self._level_from = None
        elif self._level_from is None:
            self._level_from = now
        return self._level_from is not None and now - self._level_from >= _TRUSTED_AGAIN
