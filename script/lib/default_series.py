"""The series that `script/backtest` plays where it is given none: a year of one home, from packages of its environment alone.

- Weather: the German weather service's measurements of 2023 at Aachen, global and diffuse irradiance, air and wind every ten
  minutes, as the package hisim ships them (source: Deutscher Wetterdienst).
- Solar: pvlib's model of a roof of that place in that weather.
- Solar forecast: what a forecaster knows of the roof's clear share, with seeded errors (`forecast_w`).
- Load: the household profile H0-G of the package simbench (SimBench, Open Database License), quarter hours of one household
  in 2016, laid on the same weekdays of 2023 and scaled to the house that the ready-made sites expect.
- Price: the simulation's day-ahead market, seeded, with cheap noons where the measured day was sunny.

Weather, load and price are of three sources: each is as it is, their pairing is not. The same packages make the same file.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from inspect import getsource
from math import exp
import os
from pathlib import Path
import sys
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant
import pvlib

from custom_components.energy_orchestrator.model.horizon import Series
from custom_components.energy_orchestrator.simulation import market, noise
from custom_components.energy_orchestrator.simulation.series import RECORDED_IN
from custom_components.energy_orchestrator.simulation.sites import RECORDED_ROOF_W
from custom_components.energy_orchestrator.simulation.sun import Place, position

CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "energy-orchestrator"
_SEED: Final = 2023
_ZONE: Final = ZoneInfo(RECORDED_IN)
_PACKAGES: Final = ("hisim", "numpy", "pvlib", "simbench")

_WEATHER: Final = ("hisim", "inputs/weather/dwd_10min_data/dwd_10min_2023-2024_Aachen_6.08_50.77.csv")
_PLACE: Final = Place(50.775, 6.083, RECORDED_IN)
_MEASURED_FOR: Final = timedelta(minutes=10)  # up to the time that a measurement bears

_TILT: Final = 30.0
_AZIMUTH: Final = 180.0
_PER_KELVIN: Final = -0.0037  # what crystalline silicon loses of its power
_THROUGH_CLOUDS: Final = 0.25
_LOST: Final = 0.11  # by wiring, dirt, mismatch and the inverter
_ALBEDO: Final = 0.2

_LOAD: Final = ("simbench", "networks/1-complete_data-mixed-all-0-sw/LoadProfile.csv")
_HOUSEHOLD: Final = "H0-G_pload"
_YEARLY_WH: Final = 5_650_000.0  # the ranch takes it × 1.6, and the home × 0.7
_LOAD_BEGINS: Final = date(2016, 1, 1)
_WEEKS: Final = 52

# A real forecast of a roof reads low in all and late in the day, misses whole days and hours, and does not see single clouds.
_READS: Final = 0.88
_SKEW_PER_HOUR: Final = -0.03
_MISSED_DAY: Final = 0.22
_MISSED_HOURS: Final = 0.24
_HOURS_S: Final = 3 * 3600.0
_SEEN_STEPS: Final = 7
_TRUST: Final = 0.7  # of what is seen, against what the month is like
_DAWN: Final = 0.03  # of the roof's peak: clear light below it tells nothing of clouds


@dataclass(frozen=True, slots=True)
class Sky:
    """What was measured in whole half hours: irradiance in W/m² (global and diffuse), air in °C, wind in m/s.

    `middles` are those of the measurements, and `sun` is where it stood then.
    """

    middles: pd.DatetimeIndex
    sun: pd.DataFrame
    ghi: Series
    dhi: Series
    air_c: Series
    wind: Series


def default_series(folder: Path = CACHE) -> Path:
    """Return the file, made where it is not there (some seconds). Its name changes with what it is made by."""
    made_by = [getsource(module) for module in (sys.modules[__name__], market, noise)]
    made_by += [f"{name} {version(name)}" for name in _PACKAGES]
    path = folder / f"default-series-{sha256('\n'.join(made_by).encode()).hexdigest()[:12]}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        _write(part)
        part.replace(path)
    return path


def _write(path: Path) -> None:
    measured = sky()
    solar = half_hours(roof_w(measured))
    clear = half_hours(clear_roof_w(measured))
    starts = [when.to_pydatetime() for when in measured.middles[::3] - _MEASURED_FOR / 2]
    columns = (load_w(starts), solar, forecast_w(starts, solar, clear), prices(starts, solar, clear))
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("start_utc", "load_w", "pv_w", "pv_forecast_w", "price_eur_per_kwh", "valid"))
        for start, house, sun, expected, cost in zip(starts, *columns, strict=True):
            rows.writerow((start.isoformat(), f"{house:.0f}", f"{sun:.0f}", f"{expected:.0f}", f"{cost:.5f}", 1))


def sky() -> Sky:
    """Read the weather."""
    columns = np.genfromtxt(_packaged(*_WEATHER), delimiter=",", skip_header=2, names=True)
    columns = columns[1:-2]  # the first ends the year before, the last two begin a half hour
    ends = pd.to_datetime({name: columns[name] for name in ("year", "month", "day", "hour", "minute")}, utc=True)
    middles = pd.DatetimeIndex(ends) - _MEASURED_FOR / 2
    return Sky(
        middles=middles,
        sun=pvlib.solarposition.get_solarposition(middles, _PLACE.latitude, _PLACE.longitude),
        ghi=columns["global_irradiance"],
        dhi=columns["diffuse_irradiance"],
        air_c=columns["temperature"],
        wind=columns["wind_speed"],
    )


def roof_w(sky: Sky) -> Series:
    """Return what the roof gives in W."""
    return _roof_w(sky, pvlib.irradiance.complete_irradiance(sky.sun.apparent_zenith, ghi=sky.ghi, dhi=sky.dhi))


def clear_roof_w(sky: Sky) -> Series:
    """Return what the roof would give in W under a sky without a cloud, in the same air."""
    return _roof_w(sky, pvlib.clearsky.simplified_solis(sky.sun.apparent_elevation))


def _roof_w(sky: Sky, light: pd.DataFrame) -> Series:
    onto = pvlib.irradiance.get_total_irradiance(
        _TILT,
        _AZIMUTH,
        sky.sun.apparent_zenith,
        sky.sun.azimuth,
        np.minimum(np.nan_to_num(light.dni), 1100.0),  # at a low sun the quotient means nothing
        light.ghi,
        light.dhi,
        dni_extra=pvlib.irradiance.get_extra_radiation(sky.middles),
        albedo=_ALBEDO,
        model="haydavies",
    ).poa_global.fillna(0.0)
    cells_c = pvlib.temperature.faiman(onto, sky.air_c, sky.wind)
    power = pvlib.pvsystem.pvwatts_dc(onto, cells_c, RECORDED_ROOF_W, _PER_KELVIN)
    power_w: Series = np.clip(power.to_numpy() * (1 - _LOST), 0.0, RECORDED_ROOF_W)
    return power_w


def half_hours(series: Series) -> Series:
    """Return the means of half hours of what is in steps of ten minutes."""
    means: Series = series.reshape(-1, 3).mean(axis=1)
    return means


def forecast_w(starts: list[datetime], solar: Series, clear: Series) -> Series:
    """Return what was said of each half hour the day before, in W.

    The forecaster sees the roof's clear share over hours, not clouds; leans to what the month is like; misses days and
    hours; and reads low, the more so the later in the day.
    """
    seen = np.ones(_SEEN_STEPS)
    share = np.convolve(solar, seen, "same") / np.maximum(np.convolve(clear, seen, "same"), _DAWN * RECORDED_ROOF_W)
    months = np.array([start.month for start in starts])
    usual = np.array([solar[months == month].sum() / clear[months == month].sum() for month in range(1, 13)])
    share = _TRUST * share + (1 - _TRUST) * usual[months - 1]
    hours = noise.SmoothNoise(_SEED, "missed hours", _HOURS_S)
    errors = np.array([_error(start, hours) for start in starts])
    expected: Series = np.minimum(share * errors, 1.0) * clear
    return expected


def _error(start: datetime, hours: noise.SmoothNoise) -> float:
    local = start.astimezone(_ZONE)
    missed = _MISSED_DAY * noise.normal(_SEED, "missed day", local.toordinal())
    missed += _MISSED_HOURS * hours.at(start.timestamp())
    return _READS * (1 + _SKEW_PER_HOUR * (local.hour + local.minute / 60 - 12.5)) * exp(missed)


def load_w(starts: list[datetime]) -> Series:
    """Return the house's load in W: its weeks begin on the same weekday, and begin again after the last."""
    measured = _household_w()
    clock = [start.astimezone(_ZONE) for start in starts]
    year = clock[0].date()
    shift = (year.weekday() - _LOAD_BEGINS.weekday()) % 7
    days = [((local.date() - year).days + shift) % (7 * _WEEKS) for local in clock]
    steps = [48 * day + 2 * local.hour + local.minute // 30 for day, local in zip(days, clock, strict=True)]
    return measured[steps]


def _household_w() -> Series:
    """Return the household's half hours, W, from its first midnight on.

    Row after row is the household's own clock: the file's times leave an hour out in March, while its mornings stay
    where they are.
    """
    path = _packaged(*_LOAD)
    with path.open(encoding="utf-8") as file:
        column = file.readline().rstrip("\n").split(";").index(_HOUSEHOLD)
    quarters = np.loadtxt(path, delimiter=";", skiprows=1, usecols=column)
    halves: Series = quarters.reshape(-1, 2).mean(axis=1)
    return halves * (_YEARLY_WH / 8760 / float(halves.mean()))


def prices(starts: list[datetime], solar: Series, clear: Series) -> list[float]:
    """Return the market's price in the hour of each half hour, per kWh."""
    clock = [start.astimezone(_ZONE) for start in starts]
    days = np.array([local.toordinal() for local in clock])
    weather = {day: (_sunshine(solar[days == day], clear[days == day]), _height(day)) for day in set(days.tolist())}
    return [
        market.synthetic_price(local, seed=_SEED, sunshine=weather[day][0], sun_height=weather[day][1])
        for local, day in zip(clock, days.tolist(), strict=True)
    ]


def _sunshine(solar: Series, clear: Series) -> float:
    """Return the clear share of a day's sky: what comes through in spite of clouds is none of it."""
    return float(np.clip((solar.sum() / max(clear.sum(), 1.0) - _THROUGH_CLOUDS) / (1 - _THROUGH_CLOUDS), 0.0, 1.0))


def _height(day: int) -> float:
    return position(_PLACE, datetime.combine(date.fromordinal(day), time(12), _ZONE)).cos_zenith


def _packaged(package: str, file: str) -> Path:
    """Return a file of a package without importing it: what its code needs is not in the environment."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0]) / file
