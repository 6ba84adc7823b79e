"""Where power goes at one moment: the hybrid inverter's balance. All powers in W, none negative, AC side."""

from dataclasses import dataclass
from typing import Final

from ..model.decision import BatteryMode

# A main breaker carries its rating for good and more for a while; it trips within the hour at 1.45 times (IEC 60898-1).
# So a site can break its import limit and be seen doing it, but not beyond this.
_BREAKER: Final = 1.45
_NOTHING_W: Final = 1e-6  # what rounding leaves of a balance of 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds now. `charge_w`/`discharge_w`: what the battery can take or give; `import_w` is the connection's rating."""

    ac_w: float
    charge_w: float
    discharge_w: float
    import_w: float
    export_w: float
    connected: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPoints:
    """The inverter's work mode and its set-points in W."""

    mode: BatteryMode
    charge_w: float
    discharge_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFlows:
    """Powers that add up: solar + discharge + imported = house + miners + charge + exported.

    `curtailed_w` is what the panels could have given besides; `unserved_w` what house and miners asked for in vain
    (only where the breaker or an empty battery leaves no more).
    """

    solar_w: float = 0.0
    curtailed_w: float = 0.0
    charge_w: float = 0.0
    discharge_w: float = 0.0
    import_w: float = 0.0
    export_w: float = 0.0
    house_w: float = 0.0
    miners_w: float = 0.0
    unserved_w: float = 0.0

    @property
    def battery_w(self) -> float:
        """Battery power, + charging."""
        return self.charge_w - self.discharge_w

    @property
    def grid_w(self) -> float:
        """Grid power, + import."""
        return self.import_w - self.export_w

    @property
    def load_w(self) -> float:
        """What the inverter's own load meter shows: house and miners."""
        return self.house_w + self.miners_w


def balance(solar_w: float, house_w: float, miners_w: float, points: SetPoints, limits: Limits) -> PowerFlows:
    """Return the flows of this moment.

    The battery's part is chosen by the work mode; the grid takes the rest. Solar is curtailed where it has nowhere to
    go, and the battery never discharges into an export limit.
    """
    load_w = house_w + miners_w
    export_cap = limits.export_w if limits.connected else 0.0
    charge_w, discharge_w = _battery(solar_w, load_w, export_cap, points, limits)
    used_w = min(solar_w, limits.ac_w + charge_w - discharge_w, load_w + charge_w + export_cap - discharge_w)
    used_w = max(0.0, used_w)
    grid_w = load_w + charge_w - discharge_w - used_w
    import_cap = _BREAKER * limits.import_w if limits.connected else 0.0
    unserved_w = min(load_w, max(0.0, grid_w - import_cap))
    grid_w -= unserved_w
    if abs(grid_w) < _NOTHING_W:
        grid_w = 0.0
    served = 1 - unserved_w / load_w if load_w else 1.0
    return PowerFlows(
        solar_w=used_w,
        curtailed_w=solar_w - used_w,
        charge_w=charge_w,
        discharge_w=discharge_w,
        import_w=max(0.0, grid_w),
        export_w=max(0.0, -grid_w),
        house_w=house_w * served,
        miners_w=miners_w * served,
        unserved_w=unserved_w,
    )


def _battery(
    solar_w: float, load_w: float, export_cap: float, points: SetPoints, limits: Limits
) -> tuple[float, float]:
    """Return (charge, discharge) in W, one of them 0."""
    # Off the grid the battery makes the grid: whatever the mode, it fills the gap.
    mode = points.mode if limits.connected else BatteryMode.SELF_CONSUMPTION
    room_at_meter_w = max(0.0, limits.import_w - load_w + solar_w)
    solar_at_ac_w = min(solar_w, limits.ac_w)
    match mode:
        case BatteryMode.CHARGE:
            return min(points.charge_w, limits.charge_w, limits.ac_w + solar_w, room_at_meter_w), 0.0
        case BatteryMode.DISCHARGE:
            room_w = max(0.0, min(limits.ac_w - solar_at_ac_w, load_w + export_cap - solar_at_ac_w))
            return 0.0, min(points.discharge_w, limits.discharge_w, room_w)
        case BatteryMode.SELF_CONSUMPTION:
            # Panels behind a smaller inverter: what does not fit through it can still be stored.
            spare_w = max(solar_w - load_w, solar_w - limits.ac_w)
            if spare_w >= 0:
                return min(spare_w, points.charge_w, limits.charge_w), 0.0
            return 0.0, min(load_w - solar_w, limits.discharge_w, limits.ac_w - solar_w)
    return 0.0, 0.0
