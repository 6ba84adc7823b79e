"""What each device should do now, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class BatteryMode(StrEnum):
    """What a battery is told to do; the words every inverter profile translates from.

    Self-consumption stores surplus and covers the house by itself; `charge` and `discharge` follow a set-point and may
    use the grid; `hold` neither charges nor discharges.
    """

    SELF_CONSUMPTION = "self_consumption"
    CHARGE = "charge"
    DISCHARGE = "discharge"
    HOLD = "hold"


class MinerAction(StrEnum):
    """What a miner is told to do; `hold` leaves it as it is."""

    RUN = "run"
    STOP = "stop"
    HOLD = "hold"


class MinerReason(StrEnum):
    """Why a miner runs or does not."""

    PROFITABLE = "profitable"
    WHOLE_RUN_PAYS = "whole_run_pays"
    SURPLUS = "surplus"
    HEAT_WANTED = "heat_wanted"
    LEAST_HOURS = "least_hours"
    UNPROFITABLE = "unprofitable"
    START_NOT_WORTH = "start_not_worth"
    SAVING_FOR_PEAK = "saving_for_peak"
    SOC_TOO_LOW = "soc_too_low"
    BELOW_STOP_SOC = "below_stop_soc"
    NO_SURPLUS = "no_surplus"
    OUTSIDE_WINDOW = "outside_window"
    MIN_RUN = "min_run"
    MIN_PAUSE = "min_pause"
    DAY_LIMIT = "day_limit"
    IMPORT_LIMIT = "import_limit"
    GRID_LOST = "grid_lost"
    INTERLOCK = "interlock"
    WAITS_TURN = "waits_turn"
    TOO_HOT = "too_hot"
    TOO_COLD = "too_cold"
    NOT_MINING = "not_mining"
    MANUAL = "manual"
    EMERGENCY_STOP = "emergency_stop"
    UNKNOWN_STATE = "unknown_state"


class BatteryReason(StrEnum):
    """Why a battery charges, discharges or rests."""

    STORING_SURPLUS = "storing_surplus"
    CHARGING_CHEAP = "charging_cheap"
    RECOVERING = "recovering"
    COVERING_LOAD = "covering_load"
    SELLING = "selling"
    SAVING_FOR_PEAK = "saving_for_peak"
    EXPORT_PAYS_MORE = "export_pays_more"
    FULL = "full"
    AT_RESERVE = "at_reserve"
    IDLE = "idle"
    TOO_COLD = "too_cold"
    TOO_HOT = "too_hot"
    IMPORT_LIMIT = "import_limit"
    MANUAL = "manual"
    EMERGENCY_STOP = "emergency_stop"
    UNKNOWN_STATE = "unknown_state"


def worth_per_kwh(numbers: Mapping[str, float]) -> float | None:
    """Return what a kWh is worth to a miner by a reason's numbers: its revenue, with the heat where that is wanted."""
    return numbers.get("worth_per_kwh", numbers.get("revenue_per_kwh"))


@dataclass(frozen=True, slots=True)
class Reason[C: StrEnum]:
    """A code, the numbers it rests on by name, and the policies (`document › section`) that shaped it.

    Numbers keep inside units: W, Wh, h, fractions, currency per kWh. Names say what they are: `energy_price`,
    `revenue_per_kwh` (what mining earns), `worth_per_kwh` (with wanted heat, where there is any), `soc`, `start_soc`, `stop_soc`, `surplus_w`, `needed_w`, `hours_left`, `temperature_c`.
    """

    code: C
    numbers: Mapping[str, float] = field(default_factory=dict)
    policies: tuple[str, ...] = ()

    @property
    def worth_per_kwh(self) -> float | None:
        """What a kWh is worth to a miner, wanted heat included; None where the reason does not rest on it."""
        return worth_per_kwh(self.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryDecision:
    """What a battery does now. `power_w` ≥ 0 on the AC side: the set-point, or for self-consumption the most it charges.

    `target_soc` is where the plan takes it by the end of the present run of the same mode (0..1).
    `export_limit_w`: the most the site may export now where the plan curtails, None for no limit.
    `since`: since when mode and power have been these, None where nobody knows.
    """

    battery_id: str
    mode: BatteryMode
    power_w: float
    reason: Reason[BatteryReason]
    target_soc: float | None = None
    export_limit_w: float | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerDecision:
    """What a miner or group does now: `units` run at `power_w` each (per unit, 0 when none runs).

    `until` is when the plan next changes it, None for not within the horizon.
    `shed_at`: when protection last stopped it, or kept it from running after that; None once it may run again.
    `starting_since`: since when a start has been due that its device does not show yet, None where none is.
    """

    miner_id: str
    action: MinerAction
    units: int
    power_w: float
    reason: Reason[MinerReason]
    until: datetime | None = None
    shed_at: datetime | None = None
    starting_since: datetime | None = None

    @property
    def waits_turn(self) -> bool:
        """Whether it starts in a moment, after another one."""
        return self.reason.code is MinerReason.WAITS_TURN


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """All decisions of one cycle, by device id."""

    at: datetime
    batteries: Mapping[str, BatteryDecision] = field(default_factory=dict)
    miners: Mapping[str, MinerDecision] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The owner's word over the plan, from `since` (None: it has long begun) up to `until`.

    `by_hand`: a person switched the device itself; else it was asked of us.
    """

    until: datetime
    power_w: float | None = None
    since: datetime | None = None
    by_hand: bool = False

    def begun(self, at: datetime) -> bool:
        """Whether its time has come by a moment."""
        return self.since is None or self.since <= at

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.begun(at) and at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerOverride(Word):
    """To run at `power_w` per unit (None: highest level), or to stop."""

    miner_id: str
    run: bool

    @property
    def device_id(self) -> str:
        """The miner."""
        return self.miner_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryOverride(Word):
    """What a battery is to do; `power_w` ≥ 0, None for the battery's limit."""

    battery_id: str
    mode: BatteryMode

    @property
    def device_id(self) -> str:
        """The battery."""
        return self.battery_id


type Override = MinerOverride | BatteryOverride
"""One word of the owner's."""
