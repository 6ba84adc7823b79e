"""A hundredth of a currency is the same in an entity's unit and in a document."""

import pytest

from custom_components.energy_orchestrator.inputs.money import per_kwh
from custom_components.energy_orchestrator.knowledge.problem import NotUnderstoodError
from custom_components.energy_orchestrator.knowledge.units import PRICE, read_value


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("ct", "EUR"),
        ("Cents", "AUD"),
        ("¢", "USD"),
        ("p", "GBP"),
        ("pence", "GBP"),
        ("Rp", "CHF"),
        ("öre", "SEK"),
        ("øre", "NOK"),
        ("gr", "PLN"),
        ("st", "BGN"),
    ],
)
def test_hundredths_are_read_everywhere(name: str, currency: str) -> None:
    assert per_kwh(f"{name}/kWh", currency) == 0.01
    assert read_value(f"25 {name}/kWh", PRICE, currency=currency) == 0.25


def test_a_rupiah_is_no_hundredth() -> None:
    assert per_kwh("Rp/kWh", "IDR") is None
    with pytest.raises(NotUnderstoodError):
        read_value("1500 Rp/kWh", PRICE, currency="IDR")
    assert read_value("25 Rp/kWh", PRICE) == 0.25
