"""What can be: how fast each quantity moves, from what is known of its device."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from typing import Final, Self

from ..model.site import Battery

# Steps of 5 % and a point of error: BMS round, and meters lag behind the load.
_SOC_ROOM: Final = 0.06
# Meters err, cells age, and between two looks a load comes and goes.
_MARGIN: Final = 1.5
_UNSEEN: Final = 0.1
# Less than this part of a battery's power is a meter's offset, and no energy.
_OFFSET: Final = 0.02

# A load moves the voltage by some percent at once; at the knee it falls some percent in a minute.
_VOLTAGE_ROOM: Final = 0.1
_VOLTAGE_PER_H: Final = 6.0

# An integration that warms up, or hangs, reads 0 %: with nothing else to ask, only time tells it from an empty battery.
_EMPTY_LASTS: Final = timedelta(minutes=10)
# So does one that begins to tell its level in another unit, 0.62 for 62 %.
_NOTHING: Final = 0.01
# An empty battery gives nothing: one that gives more than this part of its power is not empty.
_GIVES: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a quantity can rise and fall (≥ 0) and how it drifts by what is measured (+ rising), per hour.

    `room` is for all that happens at once: steps of the sensor, its errors, other meters that lag. `reach` is the furthest
    it goes from one look to the next, however long that takes. It ends at `least` and `most`. `zero`: how long a
    zero that came by a jump must stand, or what is no further from it than `nothing`; None where it cannot be zero now.
    """

    rise: float
    fall: float
    room: float
    drift: float = 0.0
    least: float = -inf
    most: float = inf
    reach: float = inf
    zero: timedelta | None = timedelta()
    nothing: float = 0.0

    def widest(self, other: Self) -> Self:
        """Return a pace that allows what either does."""
        return replace(self, rise=max(self.rise, other.rise), fall=max(self.fall, other.fall))


def level_pace(battery: Battery, power_w: float | None) -> Pace:
    """Return how fast a battery's level can move: by its measured power, or by its ratings where that is not known."""
    into = battery.charge_efficiency / battery.capacity_wh
    out = 1 / (battery.discharge_efficiency * battery.capacity_wh)
    if power_w is None:
        charge_w, discharge_w, drift_w = battery.max_charge_w, battery.max_discharge_w, 0.0
    else:
        charge_w, discharge_w, drift_w = max(0.0, power_w), max(0.0, -power_w), power_w
        if abs(power_w) < _OFFSET * max(battery.max_charge_w, battery.max_discharge_w):
            drift_w = 0.0
    return Pace(
        rise=(_MARGIN * charge_w + _UNSEEN * battery.max_charge_w) * into,
        fall=(_MARGIN * discharge_w + _UNSEEN * battery.max_discharge_w) * out,
        room=_SOC_ROOM,
        drift=drift_w * (into if drift_w > 0 else out),
        least=0.0,
        most=1.0,
        zero=None if power_w is not None and power_w < -_GIVES * battery.max_discharge_w else _EMPTY_LASTS,
        nothing=_NOTHING,
    )


def voltage_pace(voltage_v: float) -> Pace:
    """Return how fast a voltage can move, from where it is."""
    per_h = _VOLTAGE_PER_H * voltage_v
    return Pace(rise=per_h, fall=per_h, room=_VOLTAGE_ROOM * voltage_v)


# Cells are heavy: a kelvin a minute is more than any current does. Chips come from the air's temperature to their own, or
# beyond it where a fan fails, within a minute, which is what many are polled by.
CELL_PACE: Final = Pace(rise=60, fall=60, room=10, reach=20)
"""How fast the temperature of a battery can move, °C."""
CHIP_PACE: Final = Pace(rise=2400, fall=2400, room=55, reach=50)
"""How fast the temperature of a miner can move, °C."""
