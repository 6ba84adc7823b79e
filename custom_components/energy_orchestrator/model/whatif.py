"""Changes to a planning problem, to see what they would bring."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from .horizon import Horizon, Series
from .problem import BatteryTask, MinerTask, Problem

type Between = tuple[datetime, datetime]
"""From, to (aware)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What is different: factors on the series, an offset on prices in currency per kWh, miners kept off.

    `reserve_soc` replaces every battery's reserve (0..1); `extra_load_w` is added to the house. `solar_span` and
    `extra_load_span` bound the sun's factor and the extra load to a time, None for the whole horizon.
    `capacity_factor` makes every battery that many times as large and strong, as full at the start as it is now.
    `start_soc` replaces the start level of miners that have one (0..1, by id).
    """

    solar_factor: float = 1.0
    solar_span: Between | None = None
    load_factor: float = 1.0
    extra_load_w: float = 0.0
    extra_load_span: Between | None = None
    price_offset: float = 0.0
    reserve_soc: float | None = None
    capacity_factor: float = 1.0
    miners_off: frozenset[str] = frozenset()
    start_soc: frozenset[tuple[str, float]] = frozenset()

    def applied(self, problem: Problem) -> Problem:
        """Return the problem as it would be."""
        sun = 1 + (self.solar_factor - 1) * share_within(problem.horizon, self.solar_span)
        extra_w = self.extra_load_w * share_within(problem.horizon, self.extra_load_span)
        return replace(
            problem,
            solar_w=problem.solar_w * sun,
            solar_low_w=None if problem.solar_low_w is None else problem.solar_low_w * sun,
            load_w=problem.load_w * self.load_factor + extra_w,
            import_price=problem.import_price + self.price_offset,
            batteries=tuple(self._battery(battery) for battery in problem.batteries),
            miners=tuple(self._miner(miner) for miner in problem.miners),
        )

    def _miner(self, miner: MinerTask) -> MinerTask:
        miner = replace(miner, allowed=miner.allowed & (miner.id not in self.miners_off))
        level = dict(self.start_soc).get(miner.id)
        if level is None or miner.start_rule is None:
            return miner
        return replace(miner, start_soc=level, start_soc_at=None)

    def _battery(self, battery: BatteryTask) -> BatteryTask:
        battery = replace(
            battery,
            capacity_wh=battery.capacity_wh * self.capacity_factor,
            max_charge_w=battery.max_charge_w * self.capacity_factor,
            max_discharge_w=battery.max_discharge_w * self.capacity_factor,
        )
        if self.reserve_soc is None:
            return battery
        return replace(battery, reserve_soc=np.clip(self.reserve_soc, battery.min_soc, battery.max_soc))


def share_within(horizon: Horizon, span: Between | None) -> Series:
    """Return the part of each slot that lies within a time, 0..1, shape (T,); all of it without one."""
    if span is None:
        return np.ones(len(horizon))
    start_h, end_h = ((at - horizon.start).total_seconds() / 3600 for at in span)
    edges_h = horizon.edges_h
    overlap_h = np.minimum(edges_h[1:], end_h) - np.maximum(edges_h[:-1], start_h)
    return np.asarray(np.maximum(0.0, overlap_h) / horizon.hours, dtype=np.float64)
