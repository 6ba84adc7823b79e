"""Weeks of a made-up house, to learn from."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from custom_components.energy_orchestrator.learning.past import LEAD, STEP_S, Past
from custom_components.energy_orchestrator.model.forecast import Source
from custom_components.energy_orchestrator.model.horizon import Series

BERLIN: Final = ZoneInfo("Europe/Berlin")
MONDAY: Final = datetime(2026, 6, 15, tzinfo=BERLIN)
TOLD_BY: Final = Source.ENERGY_DASHBOARD

type Watts = Callable[[datetime], float]


def nothing(_: datetime) -> float:
    return 0.0


def past_of(days: int, *, load: Watts = nothing, solar: Watts = nothing, told: Watts = nothing, to: datetime) -> Past:
    """Return the past of whole days up to a moment, local time."""
    begin = int((to - timedelta(days=days)).timestamp())
    epochs = range(begin, int(to.timestamp()) + (LEAD + 1) * STEP_S, STEP_S)
    local = [datetime.fromtimestamp(epoch, BERLIN) for epoch in epochs]
    to_come = np.array([when >= to for when in local])

    def rows(of: Watts) -> Series:
        return np.array([of(when) for when in local])

    return Past(
        begin=begin,
        load_w=np.where(to_come, np.nan, rows(load)),
        solar_w=np.where(to_come, np.nan, rows(solar)),
        told_w={TOLD_BY: rows(told)},
    )
