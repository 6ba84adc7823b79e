"""Miners: how their power, yield and heat follow switching. A group is one object; arrays hold one number per unit."""

from collections.abc import Sequence
from math import exp
from typing import Final

import numpy as np
import numpy.typing as npt

from ..model.horizon import Series
from ..model.site import Miner

RAMP_S: Final = 240.0
"""From switching on to full yield: boards heat up and chips are tuned (FIELD: 3 to 5 minutes at about half yield)."""
_POWER_RAMP_S: Final = 60.0  # from nothing to the highest level: the supply is at full power long before the yield is
# Boards run some 45 K above the air at the highest level (hot at 65 °C and shut down at 70 °C by LuxOS' defaults).
_RISE_K: Final = 45.0
_WARMING_S: Final = 300.0


class Machines:
    """The units of one miner: on or off, power limit, and what follows: `total_w` at the wall, `total_ths` hashed."""

    def __init__(self, miner: Miner, *, running: bool, air_c: float) -> None:
        self.miner = miner
        self._level_w = np.array([level.power_w for level in miner.levels])
        self._level_ths = np.array([level.hashrate_ths for level in miner.levels])
        self.on: npt.NDArray[np.bool_] = np.full(miner.count, running)
        self.limit_w: Series = np.full(miner.count, self.highest_w)
        # Those that run at the start have been running for long.
        self.power_w: Series = np.where(self.on, self.limit_w, 0.0)
        self._on_for_s: Series = np.where(self.on, RAMP_S, 0.0)
        self.board_c: Series = air_c + _RISE_K * self.power_w / self.highest_w
        self.total_w = float(self.power_w.sum())
        self.total_ths = float(self.hashrate_ths.sum())
        self._settled = True

    @property
    def lowest_w(self) -> float:
        """Lowest power limit per unit, W."""
        return float(self._level_w[0])

    @property
    def highest_w(self) -> float:
        """Highest power limit per unit, W."""
        return float(self._level_w[-1])

    @property
    def hashrate_ths(self) -> Series:
        """Hashrate per unit, TH/s: by power between the levels, and less during the ramp (half of it on average)."""
        full = np.interp(self.power_w, self._level_w, self._level_ths)
        below = np.minimum(1.0, self.power_w / self.lowest_w)
        return np.asarray(full * below * self._on_for_s / RAMP_S, dtype=np.float64)

    def switch(self, unit: int, *, on: bool) -> None:
        """Switch one unit; switching on what is on changes nothing. Off is at once: firmware pauses hashing."""
        if self.on[unit] != on:
            self.on[unit] = on
            self._on_for_s[unit] = 0.0
            self._settled = False
            if not on:
                self.power_w[unit] = 0.0

    def set_limit(self, unit: int, power_w: float) -> None:
        """Set one unit's power limit; a running unit moves there without a restart (as BraiinsOS does since 23.03)."""
        self.limit_w[unit] = power_w
        self._settled = False

    def restore(self, units: Sequence[tuple[bool, float]], air_c: float) -> None:
        """Be as these units (on, power limit in W) were; units beyond the miner's count are left out."""
        for unit, (on, limit_w) in enumerate(units[: self.miner.count]):
            self.on[unit] = on
            self.limit_w[unit] = min(self.highest_w, max(self.lowest_w, limit_w))
        self.power_w = np.where(self.on, self.limit_w, 0.0)
        self._on_for_s = np.where(self.on, RAMP_S, 0.0)
        self.board_c = air_c + _RISE_K * self.power_w / self.highest_w
        self.total_w = float(self.power_w.sum())
        self.total_ths = float(self.hashrate_ths.sum())
        self._settled = True

    def step(self, step_s: float, air_c: float) -> None:
        """Let `step_s` seconds pass in the air of their room."""
        if not self._settled:
            target = np.where(self.on, self.limit_w, 0.0)
            change = self.highest_w / _POWER_RAMP_S * step_s
            self.power_w += np.clip(target - self.power_w, -change, change)
            self._on_for_s = np.where(self.on, np.minimum(RAMP_S, self._on_for_s + step_s), 0.0)
            ramped = self._on_for_s[self.on] >= RAMP_S
            self.total_w = float(self.power_w.sum())
            self.total_ths = float(self.hashrate_ths.sum())
            self._settled = bool((self.power_w == target).all() and ramped.all())
        goal_c = air_c + _RISE_K / self.highest_w * self.power_w
        self.board_c += (goal_c - self.board_c) * (1 - exp(-step_s / _WARMING_S))
