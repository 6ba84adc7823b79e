"""Values as people write them ↔ inside units: one table per unit, of every spelling that is understood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from types import MappingProxyType
from typing import Final

from ..model.money import is_hundredth
from ..model.policy import Value
from .problem import Kind, NotUnderstoodError
from .times import read_windows, windows_told


def _times(factor: float) -> Callable[[float], float]:
    return lambda number: number * factor


def _fahrenheit(number: float) -> float:
    return (number - 32) * 5 / 9


@dataclass(frozen=True, slots=True)
class Unit:
    """A kind of value: how it is shown as an example, the spellings of its units, and how it is told.

    A value without a unit is understood only where `spellings` has the empty one.
    """

    example: str
    spellings: Mapping[str, Callable[[float], float]]
    told: Callable[[float], str]


def _power_told(watts: float) -> str:
    return f"{watts / 1000:g} kW" if abs(watts) >= 1000 else f"{watts:g} W"


FRACTION: Final = Unit(
    "60 %", {"%": _times(0.01), "percent": _times(0.01), "per cent": _times(0.01)}, lambda x: f"{round(100 * x, 2):g} %"
)
VOLTAGE: Final = Unit("50.0 V", {"v": _times(1), "volt": _times(1), "volts": _times(1)}, lambda x: f"{x:.1f} V")
POWER: Final = Unit(
    "5 kW",
    {"w": _times(1), "watt": _times(1), "watts": _times(1), "kw": _times(1000), "kilowatt": _times(1000)},
    _power_told,
)
HOURS: Final = Unit(
    "6 h",
    {name: _times(1) for name in ("h", "hour", "hours", "hrs")}
    | {name: _times(1 / 60) for name in ("min", "minute", "minutes")},
    lambda x: f"{round(x, 2):g} h",
)
TEMPERATURE: Final = Unit(
    "45 °C",
    {name: _times(1) for name in ("°c", "c", "degc", "degrees c", "celsius")}
    | dict.fromkeys(("°f", "f", "degf", "degrees f", "fahrenheit"), _fahrenheit),
    lambda x: f"{round(x, 1):g} °C",
)
COUNT: Final = Unit(
    "4", {"": _times(1), "starts": _times(1), "start": _times(1), "times": _times(1)}, lambda x: f"{x:g}"
)
# The currency's own name is cut off before the table is asked; ct is its hundredth.
PRICE: Final = Unit(
    "0.25 per kWh",
    {"per kwh": _times(1), "ct per kwh": _times(0.01), "per mwh": _times(0.001)},
    lambda x: f"{round(x, 4):g} per kWh",
)
ALLOWED: Final = Unit("no", {}, lambda x: "yes" if x else "no")
TIMES: Final = Unit("22:00-06:00", {}, str)

_WORDS: Final = MappingProxyType(
    dict.fromkeys(("yes", "true", "on", "allowed", "always"), True)
    | dict.fromkeys(("no", "false", "off", "not allowed", "never", "forbidden"), False)
)
_NUMBER: Final = re.compile(r"(?P<number>[+\-−]?\d{1,12}(?:[.,]\d{1,9})?)\s*(?P<unit>.*)", re.DOTALL)
_CURRENCY: Final = re.compile(r"^(?:[a-z]{3}|[€$£¥])$", re.IGNORECASE)
_LONGEST: Final = 200


def read_value(text: str, unit: Unit, *, currency: str | None = None) -> Value:
    """Return a value in inside units. Raises `NotUnderstoodError` for what is no value of this unit."""
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        raise NotUnderstoodError(Kind.WRONG_UNIT, value=f"{text[:40]}…", expected=unit.example)
    if unit is TIMES:
        return read_windows(text)
    if unit is ALLOWED:
        if text.casefold() not in _WORDS:
            raise NotUnderstoodError(Kind.WRONG_UNIT, value=text, expected="yes / no")
        return _WORDS[text.casefold()]
    number, spelled = _parts(text, unit, currency)
    if (convert := unit.spellings.get(spelled)) is None:
        raise NotUnderstoodError(Kind.WRONG_UNIT, value=text, expected=unit.example)
    return round(convert(number), 9)


def read_span(text: str, unit: Unit) -> tuple[float, float]:
    """Return both ends of `20-80 %` or `20 % to 80 %` in inside units."""
    ends = [part.strip() for part in re.split(r"\s+to\s+|\s*[–—-]\s*", text.strip()) if part.strip()]
    if len(ends) != 2:
        raise NotUnderstoodError(Kind.WRONG_UNIT, value=text[:40], expected="20-80 %")
    if re.fullmatch(r"[\d.,]+", ends[0]):
        ends[0] += re.sub(r"^[\d.,\s]+", "", ends[1])
    least, most = (read_value(end, unit) for end in ends)
    assert not isinstance(least, tuple)
    assert not isinstance(most, tuple)
    return float(least), float(most)


def _parts(text: str, unit: Unit, currency: str | None) -> tuple[float, str]:
    before = re.match(r"^[€$£¥]\s*", text)
    found = _NUMBER.fullmatch(text[before.end() :] if before else text)
    if found is None or (before and unit is not PRICE):
        raise NotUnderstoodError(Kind.WRONG_UNIT, value=text, expected=unit.example)
    number = float(found["number"].replace(",", ".").replace("−", "-"))
    spelled = found["unit"].strip().casefold()
    return number, _price_unit(text, spelled, currency) if unit is PRICE else spelled


def _price_unit(text: str, spelled: str, currency: str | None) -> str:
    """Return a price's unit without its currency, which must be the house's where it is a code."""
    money, slash, rest = spelled.replace(" per ", "/").removeprefix("per ").partition("/")
    money, rest = money.strip(), rest.strip()
    if not slash:
        money, rest = ("", money) if spelled.startswith("per ") else (money, "")
    if is_hundredth(money, currency):
        return f"ct per {rest}"
    if money and not _CURRENCY.match(money):
        return spelled
    if len(money) == 3 and currency and money.upper() != currency.upper():
        raise NotUnderstoodError(Kind.WRONG_UNIT, value=text, expected=f"0.25 {currency}/kWh")
    return f"per {rest}"


def value_told(value: Value, unit: Unit) -> str:
    """Return a value as people read it."""
    if isinstance(value, tuple):
        return windows_told(value)
    return unit.told(float(value))
