"""The battery's cells: stored energy, losses, limits, temperature and voltage."""

from dataclasses import dataclass
from math import exp, sqrt
from typing import Final

from ..model.chemistry import voltage_from_soc
from ..model.site import Battery

# Inner resistance of a bank with its cables, for one kWh; banks stand in parallel, so it falls with size (48 kWh: 5 mΩ,
# which is 1.2 V at 12 kW). An assumption in the order of 16 prismatic cells of 0.3 mΩ with busbars and fuse.
_OHM_KWH: Final = 0.24
# 130 Wh per kg of pack and 1000 J/(kg·K), data-sheet values of LiFePO4 packs; half of all losses arise in the cells.
_HEAT_J_PER_K_WH: Final = 1000 / 130
_LOSS_IN_CELLS: Final = 0.5
_COOLING_S: Final = 4 * 3600.0
# It stands indoors: halfway between the air outside and a heated 15 °C.
_INDOORS_C: Final = 15.0


@dataclass(slots=True)
class Cells:
    """The state of one battery. Energy in Wh within the cells, temperature in °C."""

    battery: Battery
    cutoff_soc: float
    stored_wh: float
    temperature_c: float

    @property
    def soc(self) -> float:
        """State of charge, 0..1."""
        return self.stored_wh / self.battery.capacity_wh

    def charge_limit_w(self, step_s: float) -> float:
        """Return the most it takes for `step_s` seconds, W on the AC side: tapered near full, nothing when cold."""
        battery = self.battery
        if self.temperature_c < battery.min_charge_temperature_c:
            return 0.0
        room_w = max(0.0, battery.capacity_wh - self.stored_wh) * 3600 / step_s / battery.charge_efficiency
        return min(battery.max_charge_w * self._taper(), room_w)

    def discharge_limit_w(self, step_s: float) -> float:
        """Return the most it gives for `step_s` seconds, W on the AC side: nothing below the cut-off."""
        battery = self.battery
        above_wh = max(0.0, self.stored_wh - self.cutoff_soc * battery.capacity_wh)
        return min(battery.max_discharge_w, above_wh * 3600 / step_s * battery.discharge_efficiency)

    def step(self, charge_w: float, discharge_w: float, step_s: float, air_c: float) -> float:
        """Carry energy for `step_s` seconds; return what was lost on the way, Wh."""
        battery, hours = self.battery, step_s / 3600
        into_wh = charge_w * battery.charge_efficiency * hours
        out_wh = discharge_w / battery.discharge_efficiency * hours
        loss_wh = (charge_w - discharge_w) * hours - (into_wh - out_wh)
        self.stored_wh = min(battery.capacity_wh, max(0.0, self.stored_wh + into_wh - out_wh))
        self._warm(loss_wh / hours, step_s, air_c)
        return loss_wh

    def voltage(self, battery_w: float) -> float:
        """Return the terminal voltage in V at a power in W (+ charging): the curve and the drop over the resistance.

        V = V0 + R·I with I = P / V gives V = (V0 + √(V0² + 4·R·P)) / 2.
        """
        rest_v = voltage_from_soc(self.soc)
        ohm = _OHM_KWH / (self.battery.capacity_wh / 1000)
        return (rest_v + sqrt(max(0.0, rest_v**2 + 4 * ohm * battery_w))) / 2

    def _taper(self) -> float:
        battery = self.battery
        if self.soc <= battery.taper_soc or battery.taper_soc >= 1:
            return 1.0
        beyond = (self.soc - battery.taper_soc) / (1 - battery.taper_soc)
        return 1 - beyond * (1 - battery.taper_floor)

    def _warm(self, loss_w: float, step_s: float, air_c: float) -> None:
        """Newton's law of cooling toward the room, plus the heat of the losses."""
        watts_per_k = _HEAT_J_PER_K_WH * self.battery.capacity_wh / _COOLING_S
        goal_c = room_temperature(air_c) + _LOSS_IN_CELLS * loss_w / watts_per_k
        self.temperature_c += (goal_c - self.temperature_c) * (1 - exp(-step_s / _COOLING_S))


def room_temperature(air_c: float) -> float:
    """Return the temperature of the room the battery stands in, °C."""
    return (air_c + _INDOORS_C) / 2
