"""The standard household: BDEW's H25 load profile.

Figures: `bdew/h25.csv`, unchanged from the PyPI package demandlib 0.2.2 (`demandlib/bdew/bdew_data/h25.csv`, © oemof
developer group, MIT licence, beside it in `bdew/LICENSE`), which carries the profile that BDEW (Bundesverband der Energie-
und Wasserwirtschaft) published in 2025: kWh per quarter hour of a household of 1,000,000 kWh a year, by month and kind of
day (SA Saturday, FT Sunday and holiday, WT workday), to be multiplied by a polynomial of the day of the year.
Holidays differ by place and are taken as the weekday they fall on.
"""

import csv
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).parent / "bdew" / "h25.csv"
_PROFILE_KWH: Final = 1_000_000.0
_SATURDAY: Final = 5

type Profile = dict[tuple[int, str], tuple[float, ...]]
"""(month, kind of day) → kWh in each of the day's 96 quarter hours."""


@cache
def profile() -> Profile:
    """Read the figures (a file: the first call blocks for some milliseconds)."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    months, kinds, quarters = rows[0][1:], rows[1][1:], rows[2:]
    numbers = [1]
    for before, after in pairwise(months):
        numbers.append(numbers[-1] + (before != after))
    return {
        (number, kind): tuple(float(row[column]) for row in quarters)
        for column, (number, kind) in enumerate(zip(numbers, kinds, strict=True), start=1)
    }


def household_power(local: datetime, yearly_kwh: float) -> float:
    """Return the house load in W at a local wall-clock time, for a household of `yearly_kwh` a year."""
    quarter_kwh = profile()[local.month, _kind(local)][4 * local.hour + local.minute // 15]
    return 4000 * quarter_kwh * _dynamics(local.timetuple().tm_yday) * yearly_kwh / _PROFILE_KWH


def _kind(local: datetime) -> str:
    weekday = local.weekday()
    if weekday < _SATURDAY:
        return "WT"
    return "SA" if weekday == _SATURDAY else "FT"


def _dynamics(day: int) -> float:
    """Return BDEW's factor of the day of the year (more light and warmth needed in winter)."""
    return -3.92e-10 * day**4 + 3.2e-7 * day**3 - 7.02e-5 * day**2 + 0.0021 * day + 1.24
