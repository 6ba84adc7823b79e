"""Weather, house and prices of some days, drawn by a seed: clouds, kettles, a car that charges, prices below zero."""

from dataclasses import replace
from datetime import date, timedelta
from math import exp, pi, sin
from random import Random
from typing import Final

from ..simulation.series import Recorded, RecordedSeries
from ..simulation.sites import SimulatedSite

_STEP_MIN: Final = 5
_STEPS: Final = 24 * 60 // _STEP_MIN
# A car draws so much and a connection is chosen so narrow that its limit is met now and then.
_CAR_W: Final = (3_700.0, 7_400.0, 11_000.0)
_CONNECTION: Final = (0.6, 0.8, 1.0)


def drawn_site(site: SimulatedSite, chance: Random) -> SimulatedSite:
    """Return the site with a connection, a level and a cutoff of its own."""
    grid = site.site.grid
    if grid.connected and grid.max_import_w is not None:
        grid = replace(grid, max_import_w=chance.choice(_CONNECTION) * grid.max_import_w)
    return replace(
        site,
        site=replace(site.site, grid=grid),
        initial_soc=chance.uniform(0.22, 0.95),
        cutoff_soc=chance.choice((0.05, 0.1)),
        # A series below is of this very house and roof.
        recorded_house_scale=1.0,
        recorded_roof_w=site.peak_w,
    )


def drawn_series(site: SimulatedSite, chance: Random, first: date, days: int) -> RecordedSeries:
    """Return some days from one on, and two more to look ahead to."""
    dates = tuple(first + timedelta(days=n) for n in range(days + 2))
    base_w = site.yearly_kwh * 1000 / 8760
    day_of = {day.toordinal() % len(dates): day for day in dates}
    return RecordedSeries(_STEP_MIN, dates, tuple(_day(site, chance, day_of[n], base_w) for n in range(len(dates))))


def _day(site: SimulatedSite, chance: Random, day: date, base_w: float) -> tuple[Recorded, ...]:
    season = sin(2 * pi * (day.timetuple().tm_yday - 80) / 365)
    half_day_h, clear = 6 + 2 * season, chance.uniform(0.15, 0.85) * (0.8 + 0.2 * season)
    told = clear * exp(chance.gauss(0, 0.25))
    market, swing = chance.gauss(0.08, 0.03), chance.uniform(0.02, 0.15)
    car_from = chance.randrange(_STEPS) if chance.random() < 0.4 else _STEPS
    car_to, car_w = car_from + chance.randrange(6, 36), chance.choice(_CAR_W)
    cloud, steps = 0.0, []
    for step in range(_STEPS):
        hour = step * _STEP_MIN / 60
        height = max(0.0, sin(pi / 2 * (1 - abs(hour - 12.5) / half_day_h))) if abs(hour - 12.5) < half_day_h else 0.0
        cloud = 0.8 * cloud + chance.gauss(0, 0.2)
        load_w = base_w * (0.6 + 0.5 * sin(pi * (hour - 6) / 18) ** 2) * exp(chance.gauss(0, 0.2))
        if chance.random() < 0.04:
            load_w += chance.uniform(1_000, 3_000)
        if car_from <= step < car_to and site.site.grid.connected:
            load_w += car_w
        steps.append(
            Recorded(
                load_w=load_w,
                solar_w=site.peak_w * height * min(1.0, max(0.05, clear * (1 + cloud))),
                solar_forecast_w=site.peak_w * height * min(1.0, told),
                price=market + swing * (sin(pi * (hour - 14) / 6) * (hour > 14) - 0.8 * height * clear),
            )
        )
    return tuple(steps)
