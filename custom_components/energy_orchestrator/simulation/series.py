"""A recorded series of a real house, replayed at today's clock time.

The file is a CSV with the columns start_utc, load_w, pv_w, pv_forecast_w, price_eur_per_kwh and valid (0/1), one row per
step of equal length. Only local days that are wholly there and wholly valid are replayed.
"""

from collections import defaultdict
import csv
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

_COLUMNS: Final = ("start_utc", "load_w", "pv_w", "pv_forecast_w", "price_eur_per_kwh", "valid")
_DAYLIGHT: Final = 0.05  # of the highest forecast: below it ratios say nothing
_MINUTES_PER_DAY: Final = 1440
RECORDED_IN: Final = "Europe/Berlin"
"""Whose wall clock the recorded days follow (the same in the record's two countries)."""


class SeriesError(ValueError):
    """A file that cannot be replayed; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One step: mean powers in W as measured, and the market's price per kWh."""

    load_w: float
    solar_w: float
    solar_forecast_w: float
    price: float


@dataclass(frozen=True)
class RecordedSeries:
    """The days that can be replayed, in their order, each with a `Recorded` per step of its wall clock."""

    step_min: int
    dates: tuple[date, ...]
    days: tuple[tuple[Recorded, ...], ...]

    def at(self, local: datetime) -> Recorded:
        """Return the step played at a local wall-clock time.

        Days follow one another as recorded and begin again after the last.
        """
        day = self.days[local.date().toordinal() % len(self.days)]
        return day[(60 * local.hour + local.minute) // self.step_min]

    @cached_property
    def forecast_band(self) -> tuple[float, float]:
        """P10 and P90 of what was measured per W forecast, over all daylight steps of the record."""
        steps = [step for day in self.days for step in day]
        forecast = np.array([step.solar_forecast_w for step in steps])
        measured = np.array([step.solar_w for step in steps])
        daylight = forecast > _DAYLIGHT * forecast.max(initial=0.0)
        if not daylight.any():
            return 1.0, 1.0
        low, high = np.quantile(measured[daylight] / forecast[daylight], (0.1, 0.9))
        return float(low), float(high)


def read_series(path: Path) -> RecordedSeries:
    """Read a file (blocking). Raises `SeriesError` for one that cannot be replayed."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise SeriesError(f"{path}: no column {', '.join(missing)}")
            rows = [_row(path, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SeriesError(f"{path}: {error}") from error
    step_min = _step_minutes(path, [start for start, _, _ in rows])
    days = _whole_days(rows, step_min)
    if not days:
        raise SeriesError(f"{path}: no local day is wholly there and valid")
    return RecordedSeries(step_min, tuple(days), tuple(days.values()))


def _row(path: Path, line: int, row: dict[str, str]) -> tuple[datetime, Recorded, bool]:
    try:
        start = datetime.fromisoformat(row["start_utc"])
        load, solar, forecast, price = (float(row[name]) for name in _COLUMNS[1:5])
        if start.tzinfo is None or not all(isfinite(x) for x in (load, solar, forecast, price)):
            raise ValueError("needs a time with zone and finite numbers")
    except (ValueError, TypeError) as error:
        raise SeriesError(f"{path}, line {line}: {error}") from error
    return start, Recorded(max(0.0, load), max(0.0, solar), max(0.0, forecast), price), row["valid"].strip() == "1"


def _step_minutes(path: Path, starts: list[datetime]) -> int:
    steps = {round((after - before).total_seconds() / 60) for before, after in pairwise(starts)}
    step = min(steps, default=0)
    if step <= 0 or _MINUTES_PER_DAY % step:
        raise SeriesError(f"{path}: steps must rise in time and divide a day")
    return step


def _whole_days(rows: list[tuple[datetime, Recorded, bool]], step_min: int) -> dict[date, tuple[Recorded, ...]]:
    zone = ZoneInfo(RECORDED_IN)
    steps: dict[date, dict[int, Recorded]] = defaultdict(dict)
    for start, recorded, valid in rows:
        local = start.astimezone(zone)
        if valid:
            steps[local.date()][(60 * local.hour + local.minute) // step_min] = recorded
    whole = _MINUTES_PER_DAY // step_min
    return {day: tuple(steps[day][n] for n in range(whole)) for day in sorted(steps) if len(steps[day]) == whole}
