"""The batteries' temperature in °C."""

from typing import Final

from ...model.forecast import Forecast, Source
from ..series import OnSlots, extended
from .way import Basis, Way, first
from .weather import temperatures, weather


def temperature_c(basis: Basis) -> Forecast | None:
    """Return the temperature of the coldest battery, None where it is not known."""
    return first(basis, "temperature_c", WAYS)


def _of_weather(basis: Basis) -> OnSlots | None:
    """Return outdoors as forecast, shifted by how much warmer the coldest battery is now.

    Without a measured battery there is none: an indoor battery does not freeze with the garden.
    """
    told = basis.said(weather)
    measured = [
        battery.temperature_c.believed
        for battery in basis.readings.batteries.values()
        if battery.temperature_c.believed is not None
    ]
    if told is None or not measured:
        return None
    outdoors = extended(temperatures(told.rows, told.unit, basis.zone), basis.horizon, basis.zone)
    shift = min(measured) - float(outdoors.values[0])
    return OnSlots(outdoors.values + shift, outdoors.known_slots)


WAYS: Final = (Way(Source.ENTITY, _of_weather, ask=weather),)
