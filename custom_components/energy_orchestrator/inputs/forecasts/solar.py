"""Solar power in W: providers' forecasts, else sun and clouds, else the sun alone; corrected by how far each was off."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from ...learning.persistence import SOLAR
from ...learning.solar import departing, solar_bias
from ...model.curtailed import may_be_curtailed
from ...model.forecast import Forecast, Source
from ...model.horizon import Series
from ...model.readings import Trouble
from ...settings import Panels, Settings
from ..series import OnSlots, Spans, on_slots, samples
from ..sun import panel_power, sky_at
from .providers import over_horizon, spans_of
from .way import Ask, Basis, Home, SourceAnswer, Way, first, nothing
from .weather import clouds, weather

# Without any weather, the part of a clear sky's yield that an ordinary day brings.
_ORDINARY_DAY: Final = 0.6
_SUN_MIN: Final = 15


def solar_w(basis: Basis) -> Forecast:
    """Return the sun's power."""
    return first(basis, "solar_w", WAYS) or nothing(basis)


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


def _way(
    source: Source, make: Callable[[Basis], OnSlots | None], spread: tuple[float, float], ask: Ask[Any] | None = None
) -> Way:
    """Return a way to the sun whose series is corrected by how far it was off, and led over from what is measured."""

    def made(basis: Basis) -> OnSlots | None:
        told = make(basis)
        return None if told is None else _led(basis, _corrected(basis, source, told))

    return Way(source, made, ask, spread)


def _corrected(basis: Basis, source: Source, told: OnSlots) -> OnSlots:
    bias = solar_bias(basis.past, source, basis.horizon, basis.zone)
    return replace(
        told,
        values=told.values * bias.factors,
        most=None if told.most is None else told.most * np.maximum(1.0, bias.factors),
        lesson=bias.lesson,
        told=told.values,
    )


def _led(basis: Basis, made: OnSlots) -> OnSlots:
    """Return the sun as it shines now and lately: a ratio keeps night dark and sunset where it is."""
    measured, lately = basis.readings.solar_w.believed, None if made.lesson is None else made.lesson.lately
    now = None if measured is None else departing(measured, float(made.values[0]), float(made.values.max()))
    if now is not None and now < 0 and may_be_curtailed(basis.settings.site, basis.readings):
        now = None  # less of it says nothing
    if now is None and lately is None:
        return made
    departure = SOLAR.departure(basis.horizon, now, lately)
    return replace(made, values=made.values * (1 + departure), doubt=SOLAR.doubt(basis.horizon))


WAYS: Final = (
    _way(Source.ENERGY_DASHBOARD, _of_providers, (0.7, 1.2), _providers),
    _way(Source.SUN_AND_CLOUDS, _of_sun_and_clouds, (0.5, 1.35), weather),
    _way(Source.CLEAR_SKY, _of_the_sun, (0.3, 1.6)),
)
