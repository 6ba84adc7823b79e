"""State of charge and voltage of 48 V LiFePO4 (16 cells)."""

from typing import Final

import numpy as np

# Volts at rest → fraction.
_CURVE_V: Final = (45.0, 47.0, 50.0, 52.0, 54.5, 56.0)
_CURVE_SOC: Final = (0.0, 0.15, 0.4, 0.6, 0.8, 1.0)
# Outside this a reading is not one of a 48 V pack.
PLAUSIBLE_V: Final = (40.0, 60.0)
# What a pack with its cabling sags per ampere falls with its size: 0.1 Ω for one kWh is about 1 V at half the capacity
# per hour, 60 mV per cell.
_RESISTANCE_OHM_KWH: Final = 0.1


def rest_voltage(voltage_v: float, power_w: float, capacity_wh: float) -> float:
    """Return the voltage without load: less what charging (power + ) adds, plus what discharging takes."""
    current_a = power_w / voltage_v
    return voltage_v - current_a * _RESISTANCE_OHM_KWH * 1000 / capacity_wh


def voltage_from_soc(soc: float) -> float:
    """Return the voltage without load at a state of charge 0..1."""
    return float(np.interp(soc, _CURVE_SOC, _CURVE_V))


def soc_from_voltage(voltage_v: float, power_w: float, capacity_wh: float) -> float | None:
    """Return the fraction 0..1 that the voltage under this load stands for, None where it is not a 48 V pack's."""
    low, high = PLAUSIBLE_V
    if not low <= voltage_v <= high:
        return None
    return float(np.interp(rest_voltage(voltage_v, power_w, capacity_wh), _CURVE_V, _CURVE_SOC))
