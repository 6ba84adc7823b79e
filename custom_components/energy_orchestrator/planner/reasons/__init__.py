"""Why the plan does what it does: a reason code with its numbers for any device and slot."""

from .battery import battery_mode, battery_reason, battery_set_point_w
from .miner import miner_reason

__all__ = ["battery_mode", "battery_reason", "battery_set_point_w", "miner_reason"]
