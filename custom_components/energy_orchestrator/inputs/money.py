"""What a price's unit means: currency, its subunit, and per how much. Unknown ones are refused, never guessed."""

from typing import Final

from ..model.money import is_hundredth

_ENERGIES: Final = {"wh": 1e3, "kwh": 1.0, "mwh": 1e-3, "gwh": 1e-6}
# Symbols that several currencies share name each of them.
_SYMBOLS: Final = {
    "€": {"EUR"},
    "£": {"GBP"},
    "$": {"USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
    "zł": {"PLN"},
    "kč": {"CZK"},
    "ft": {"HUF"},
    "lei": {"RON"},
    "лв": {"BGN"},
    "₹": {"INR"},
    "¥": {"JPY", "CNY"},
    "₺": {"TRY"},
    "₴": {"UAH"},
    "r$": {"BRL"},
    "fr": {"CHF"},
    "fr.": {"CHF"},
}
_HASHES: Final = {"gh": 1e3, "th": 1.0, "ph": 1e-3, "eh": 1e-6}
_DAYS: Final = frozenset({"d", "day"})
# Beyond any price in any currency: a broken sensor.
MOST: Final = 1e4


def per_kwh(unit: str | None, currency: str) -> float | None:
    """Return what turns a price in `unit` into `currency` per kWh, None where the unit is not a price of that kind."""
    money, per, energy = (unit or "").replace(" ", "").casefold().rpartition("/")
    scale = _money_scale(money, currency)
    return scale * _ENERGIES[energy] if per and scale is not None and energy in _ENERGIES else None


def per_terahash_day(unit: str | None, currency: str) -> float | None:
    """Return what turns a hashprice in `unit` (like USD/PH/s/day) into `currency` per TH/s and day."""
    parts = (unit or "").replace(" ", "").casefold().split("/")
    if len(parts) == 4 and parts[2] == "s":
        del parts[2]
    if len(parts) != 3 or parts[1] not in _HASHES or parts[2] not in _DAYS:
        return None
    scale = _money_scale(parts[0], currency)
    return None if scale is None else scale * _HASHES[parts[1]]


def _money_scale(money: str, currency: str) -> float | None:
    if is_hundredth(money, currency):
        return 0.01
    own = currency.upper()
    return 1.0 if money.upper() == own or own in _SYMBOLS.get(money, ()) else None
