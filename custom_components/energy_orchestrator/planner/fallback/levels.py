"""The owner's default levels: fractions of what is stored."""

import numpy as np

from ...model.horizon import Series

CRITICAL_SOC, STOP_SOC, START_SOC = 0.2, 0.4, 0.6


def level(rule: Series | float | None, t: int, default: float) -> float:
    """Return a miner's start or stop level in a slot, the default where there is no such rule."""
    if rule is None:
        return default
    return float(rule[t]) if isinstance(rule, np.ndarray) else rule
