"""What sources said last is stored as plain data and read back, but for what is long past."""

from datetime import UTC, datetime, timedelta
import json

from custom_components.energy_orchestrator.inputs.memory import SourceMemory
from custom_components.energy_orchestrator.inputs.series import Spans

NOW = datetime(2026, 6, 21, 10, tzinfo=UTC)


def _hours(*ago: float) -> Spans:
    ends = [(NOW - timedelta(hours=h)).timestamp() for h in ago]
    return Spans.of([(end - 3600, end, 0.1 + h) for h, end in zip(ago, ends, strict=True)])


def test_what_was_said_is_read_back() -> None:
    memory = SourceMemory("EUR", {"sensor.price": _hours(-1, -2, 3)}, {"roof": _hours(-5)})
    again = SourceMemory.salvaged(json.loads(json.dumps(memory.as_json())), NOW)[0]
    assert again.currency == "EUR"
    assert again.prices["sensor.price"].rows() == memory.prices["sensor.price"].rows()
    assert again.solar["roof"].rows() == memory.solar["roof"].rows()


def test_what_is_long_past_is_forgotten() -> None:
    memory = SourceMemory("EUR", {"sensor.price": _hours(-1, 47, 49), "sensor.gone": _hours(49)})
    again = SourceMemory.salvaged(memory.as_json(), NOW)[0]
    assert again.prices.keys() == {"sensor.price"}
    assert again.prices["sensor.price"].rows() == _hours(-1, 47).rows()


def test_nothing_stored_is_nothing_known() -> None:
    assert SourceMemory.salvaged({}, NOW)[0] == SourceMemory()


def test_a_price_in_another_currency_is_no_price() -> None:
    memory = SourceMemory("EUR", {"sensor.price": _hours(-1)}, {"roof": _hours(-1)})
    memory.reckon_in("EUR")
    assert memory.prices
    memory.reckon_in("SEK")
    assert not memory.prices
    assert memory.solar
