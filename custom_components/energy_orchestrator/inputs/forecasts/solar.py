"""Solar power in W: providers' forecasts, else sun and clouds, else the sun alone; led over from what is measured."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from ...model.blend import scale, solar_ratio
from ...model.forecast import Forecast, Source
from ...model.horizon import Series
from ...model.readings import SiteReadings, Trouble
from ...settings import Panels, Settings
from ..series import OnSlots, Spans, on_slots, samples
from ..sun import panel_power, sky_at
from .providers import over_horizon, spans_of
from .way import Basis, Home, SourceAnswer, Way, each, first, nothing
from .weather import clouds, weather

# Without any weather, the part of a clear sky's yield that an ordinary day brings.
_ORDINARY_DAY: Final = 0.6
_SUN_MIN: Final = 15


def solar_w(basis: Basis) -> Forecast:
    """Return the sun's power."""
    forecast = first(basis, "solar_w", WAYS)
    if forecast is None:
        return nothing(basis)
    measured = basis.readings.solar_w.value
    if measured is None:
        return forecast
    ratio = solar_ratio(forecast.expected, measured, only_up=_may_be_curtailed(basis.settings, basis.readings))
    return each(forecast, lambda series: scale(series, ratio, basis.horizon))


async def _providers(home: Home, _settings: Settings) -> SourceAnswer[Mapping[str, Mapping[str, object] | None]]:
    return SourceAnswer(await home.solar_forecasts())


def _of_providers(basis: Basis) -> OnSlots | None:
    """Return the sum of all providers: each its answer, else its last one. One that never answered spoils the sum."""
    parts: list[OnSlots] = []
    silent = False
    for entry_id, answer in (basis.said(_providers) or {}).items():
        spans = spans_of(answer, basis.zone) if answer else Spans.of(())
        if len(spans):
            basis.memory.solar[entry_id] = spans
        else:
            basis.lacks("solar_forecast", entry_id, Trouble.UNAVAILABLE)
        remembered = basis.memory.solar.get(entry_id)
        if remembered is None or remembered.ends[-1] < basis.horizon.start.timestamp():
            silent = True
        else:
            parts.append(over_horizon(remembered, basis.horizon, basis.zone))
    if not parts or (silent and basis.settings.panels is not None):
        return None
    expected = np.sum([part.values for part in parts], axis=0)
    return OnSlots(expected, min(part.known_slots for part in parts))


def _of_sun_and_clouds(basis: Basis) -> OnSlots | None:
    panels, told = basis.settings.panels, basis.said(weather)
    if panels is None or told is None:
        return None
    cover = on_slots(clouds(told.rows, basis.zone), basis.horizon)
    known = ~np.isnan(cover.values)
    if not known.any():
        return None
    power = _power(basis, panels)
    clear = power(np.zeros(len(basis.horizon)))
    clouded = power(np.nan_to_num(cover.values))
    return OnSlots(np.where(known, clouded, clear * _ORDINARY_DAY), cover.known_slots, most=clear)


def _of_the_sun(basis: Basis) -> OnSlots | None:
    if basis.settings.panels is None:
        return None
    clear = _power(basis, basis.settings.panels)(np.zeros(len(basis.horizon)))
    return OnSlots(clear * _ORDINARY_DAY, len(basis.horizon))


def _power(basis: Basis, panels: Panels) -> Callable[[Series], Series]:
    """Return what tells the panels' power under a cloud cover 0..1 of each slot."""
    cut = samples(basis.horizon, _SUN_MIN, basis.zone)
    sky = sky_at(basis.place, cut.at)
    return lambda cover: cut.mean(panel_power(sky, cover[cut.slots], panels.peak_w, panels.tilt, panels.azimuth))


def _may_be_curtailed(settings: Settings, readings: SiteReadings) -> bool:
    """Whether the sun could give more than is measured: nowhere to export to, or the batteries full."""
    grid = settings.site.grid
    limit_w = grid.max_export_w if grid.connected and grid.export_allowed else 0.0
    exported_w = None if readings.grid_w.value is None else -readings.grid_w.value
    if limit_w is None or (exported_w is not None and exported_w < 0.9 * limit_w - 100):
        return False
    full = [
        (soc := readings.batteries[battery.id].soc.believed) is None or soc >= battery.max_soc - 0.02
        for battery in settings.site.batteries
        if battery.id in readings.batteries
    ]
    return limit_w > 0 or all(full)


WAYS: Final = (
    Way(Source.ENERGY_DASHBOARD, _of_providers, ask=_providers, spread=(0.7, 1.2)),
    Way(Source.SUN_AND_CLOUDS, _of_sun_and_clouds, ask=weather, spread=(0.5, 1.35)),
    Way(Source.CLEAR_SKY, _of_the_sun, spread=(0.3, 1.6)),
)
