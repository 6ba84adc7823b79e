"""Changes to a planning problem, to see what they would bring."""

from dataclasses import dataclass, replace

import numpy as np

from .problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What is different: factors on the series, an offset on prices in currency per kWh, miners kept off.

    `reserve_soc` replaces every battery's reserve (0..1); `extra_load_w` is added to the house over the horizon.
    """

    solar_factor: float = 1.0
    load_factor: float = 1.0
    extra_load_w: float = 0.0
    price_offset: float = 0.0
    reserve_soc: float | None = None
    miners_off: frozenset[str] = frozenset()

    def applied(self, problem: Problem) -> Problem:
        """Return the problem as it would be."""
        return replace(
            problem,
            solar_w=problem.solar_w * self.solar_factor,
            solar_low_w=None if problem.solar_low_w is None else problem.solar_low_w * self.solar_factor,
            load_w=problem.load_w * self.load_factor + self.extra_load_w,
            import_price=problem.import_price + self.price_offset,
            batteries=tuple(
                battery
                if self.reserve_soc is None
                else replace(battery, reserve_soc=np.clip(self.reserve_soc, battery.min_soc, battery.max_soc))
                for battery in problem.batteries
            ),
            miners=tuple(
                replace(miner, allowed=miner.allowed & (miner.id not in self.miners_off)) for miner in problem.miners
            ),
        )
