"""What a plant keeps across a restart: plain values, to be stored as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model.decision import BatteryMode


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUnit:
    """One miner unit: switched on or off, and its power limit in W."""

    on: bool
    limit_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The plant at `at` (aware): stored energy in Wh, set-points in W, and the miners' units by the miner's id."""

    at: datetime
    stored_wh: float
    battery_c: float
    mode: BatteryMode
    charge_w: float
    discharge_w: float
    export_limit_w: float
    miners: Mapping[str, tuple[KeptUnit, ...]]
