"""Units are Home Assistant's: the same spellings, and the same numbers."""

from collections.abc import Callable

from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricPotentialConverter,
    PowerConverter,
    TemperatureConverter,
)
import pytest

from custom_components.energy_orchestrator.model.units import celsius_of, fraction_of, from_watts, volts_of, watts_of

VALUES = (-40.0, 0.0, 0.1, 3.0, 1234.567, float("inf"))


@pytest.mark.parametrize(
    ("read", "converter", "inside"),
    [
        (watts_of, PowerConverter, "W"),
        (volts_of, ElectricPotentialConverter, "V"),
        (celsius_of, TemperatureConverter, "°C"),
    ],
)
def test_every_unit_is_read_as_home_assistant_does(
    read: Callable[[float, str | None], float | None], converter: type[BaseUnitConverter], inside: str
) -> None:
    for unit in converter.VALID_UNITS:
        for value in VALUES:
            assert read(value, unit) == converter.convert(value, unit, inside)


def test_a_power_is_told_in_every_unit() -> None:
    for unit in PowerConverter.VALID_UNITS:
        for value in VALUES:
            assert from_watts(value, unit) == PowerConverter.convert(value, "W", unit)


@pytest.mark.parametrize("unit", [None, "", "kw", "Wh", "V ", "C", "ppm"])
@pytest.mark.parametrize("read", [watts_of, from_watts, volts_of, celsius_of, fraction_of])
def test_other_units_are_not_guessed(read: Callable[[float, str | None], float | None], unit: str | None) -> None:
    assert read(1.0, unit) is None


def test_a_part_is_told_in_percent() -> None:
    assert fraction_of(55, "%") == 0.55
