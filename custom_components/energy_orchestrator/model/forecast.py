"""What is expected over the horizon."""

from dataclasses import dataclass
from enum import StrEnum

from .horizon import Series


class Source(StrEnum):
    """Where a forecast came from."""

    ENERGY_DASHBOARD = "energy_dashboard"
    SUN_AND_CLOUDS = "sun_and_clouds"
    CLEAR_SKY = "clear_sky"
    FIXED = "fixed"
    TIME_OF_USE = "time_of_use"
    ENTITY = "entity"
    LEARNED = "learned"
    PROFILE = "profile"
    MEASURED = "measured"
    NONE = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """One series over the horizon, shape (T,): `expected` (P50), with `low` (P10) and `high` (P90) where known.

    `known_slots` is how many slots from the start the source itself covered; the rest was extended.
    `days` is how many days of this home's past it rests on, and `told` what the source said before it was corrected by
    them; None for a series that the past says nothing of.
    """

    expected: Series
    source: Source
    low: Series | None = None
    high: Series | None = None
    known_slots: int | None = None
    days: int | None = None
    told: Series | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecasts:
    """Everything the plan needs to expect, one series each.

    `solar_w`, `load_w` (house without miners): W. `import_price`, `export_price`: currency per kWh.
    `temperature_c`: of the batteries. `hashprice`: currency per TH/s and day (revenue net of pool fee).
    """

    solar_w: Forecast
    load_w: Forecast
    import_price: Forecast
    export_price: Forecast
    hashprice: Forecast
    temperature_c: Forecast | None = None
