"""What the hundredths of currencies are called, wherever a price is read."""

from collections.abc import Mapping
from typing import Final

_ANY: Final[frozenset[str]] = frozenset()
# A name that is something else elsewhere, as Rp is the rupiah, names its currencies.
_HUNDREDTHS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("c", "ct", "cts", "cent", "cents", "¢"), _ANY),
    **dict.fromkeys(("öre", "øre", "ore", "p", "pence", "gr", "st"), _ANY),
    "rp": frozenset({"CHF"}),
}


def is_hundredth(name: str, currency: str | None) -> bool:
    """Whether a name, in small letters, is a hundredth of a currency; of any where that is None."""
    whose = _HUNDREDTHS.get(name)
    return whose is not None and (not whose or currency is None or currency.upper() in whose)
