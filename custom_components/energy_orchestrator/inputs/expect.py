"""Forecast: what the sources say → one series each over the horizon. There is always a series; troubles are named.

A source that fails gives way to the next best: a provider's last answer, the sun and the clouds, the sun alone, nothing
(zeros, `Source.NONE`); for prices the last published ones, then a price at which nothing is bought for a machine.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
import numpy as np

from ..const import LOGGER
from ..model.blend import blend, scale, solar_ratio
from ..model.forecast import Forecast, Forecasts, Source
from ..model.horizon import Horizon, Series
from ..model.readings import Reading, SiteReadings, Trouble
from ..model.seen import number_in, unit_of
from ..settings import Price, Settings
from .asking import Material, gather
from .forecasts.providers import over_horizon, spans_of
from .forecasts.tariff import daily_profile, time_of_use
from .forecasts.weather import clouds, temperatures
from .memory import SourceMemory
from .money import MOST, per_terahash_day
from .observer import NamedTrouble
from .prices.published import Published, published, with_now
from .series import OnSlots, Spans, extended, on_slots, samples
from .sun import panel_power, sky_at

# P10 and P90 as parts of what is expected, per source: how far off an ordinary day falls.
_SOLAR_SPREAD: Final = {
    Source.ENERGY_DASHBOARD: (0.7, 1.2),
    Source.SUN_AND_CLOUDS: (0.5, 1.35),
    Source.CLEAR_SKY: (0.3, 1.6),
}
_LOAD_SPREAD: Final = (0.7, 1.4)
# Without any weather, the part of a clear sky's yield that an ordinary day brings.
_ORDINARY_DAY: Final = 0.6
_SUN_MIN: Final = 15
# Where no price was ever known, energy from the grid is taken to cost at least this, and twice what mining could earn.
_DEAR: Final = 1.0


@dataclass(slots=True)
class _Work:
    """One cycle's maths, in the executor."""

    material: Material
    horizon: Horizon
    memory: SourceMemory
    zone: ZoneInfo
    troubles: list[NamedTrouble] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.material.settings


async def expect(
    hass: HomeAssistant,
    settings: Settings,
    readings: SiteReadings,
    horizon: Horizon,
    memory: SourceMemory | None = None,
) -> Forecasts:
    """Return what is expected over the horizon. Give the entry's one `memory`: it also holds the troubles afterwards."""
    memory = SourceMemory() if memory is None else memory
    material = await gather(hass, settings, readings)
    forecasts, troubles = await hass.async_add_executor_job(compute, material, horizon, memory)
    memory.troubles = troubles
    return forecasts


def compute(material: Material, horizon: Horizon, memory: SourceMemory) -> tuple[Forecasts, tuple[NamedTrouble, ...]]:
    """Return the forecasts and what was wrong with their sources."""
    work = _Work(material, horizon, memory, ZoneInfo(material.settings.site.time_zone), list(material.troubles))
    hashprice = _guarded(work, "hashprice", _hashprice)
    dear = partial(_unknown_import, hashprice=hashprice)
    settings = work.settings
    forecasts = Forecasts(
        solar_w=_blended_solar(work, _guarded(work, "solar_w", _solar)),
        load_w=_blended_load(work, _guarded(work, "load_w", _load)),
        import_price=_guarded(
            work, "import_price", lambda w: _price(w, "import_price", settings.import_price, max), dear
        ),
        export_price=_guarded(work, "export_price", lambda w: _price(w, "export_price", settings.export_price, min)),
        hashprice=hashprice,
        temperature_c=_known(_guarded(work, "temperature_c", _temperature)),
    )
    return forecasts, tuple(work.troubles)


def _guarded(
    work: _Work,
    name: str,
    make: Callable[[_Work], Forecast | None],
    otherwise: Callable[[_Work], Forecast] | None = None,
) -> Forecast:
    """Return the forecast; where its source gives nothing, or something nobody foresaw, one that says so."""
    try:
        made = make(work)
    except Exception:  # noqa: BLE001  # sources say what they like: the plan must still come
        LOGGER.exception("The forecast of %s failed", name)
        made = None
    if made is not None and bool(np.isfinite(made.expected).all()):
        return made
    return (otherwise or _nothing)(work)


def _nothing(work: _Work) -> Forecast:
    return Forecast(np.zeros(len(work.horizon)), Source.NONE, known_slots=0)


def _known(forecast: Forecast) -> Forecast | None:
    return None if forecast.source is Source.NONE else forecast


def _unknown_import(work: _Work, hashprice: Forecast) -> Forecast:
    """Return a price so dear that no grid power is bought for a machine, flat so that nothing is moved about for it."""
    per_ths_day = float(hashprice.expected.max())
    earned = max(
        (
            level.hashrate_ths * per_ths_day / 24 / (level.power_w / 1000) + miner.heat_value_per_kwh
            for miner in work.settings.site.miners
            for level in miner.levels
        ),
        default=0.0,
    )
    return Forecast(np.full(len(work.horizon), max(_DEAR, 2 * earned)), Source.NONE, known_slots=0)


# Solar


def _solar(work: _Work) -> Forecast | None:
    return _solar_of_providers(work) or _solar_of_the_sun(work)


def _solar_of_providers(work: _Work) -> Forecast | None:
    """Return the sum of all providers: each its answer, else its last one. One that never answered spoils the sum."""
    parts: list[OnSlots] = []
    silent = False
    for entry_id, answer in work.material.solar.items():
        spans = spans_of(answer, work.zone) if answer else Spans.of(())
        if len(spans):
            work.memory.solar[entry_id] = spans
        else:
            work.troubles.append(_trouble("solar_forecast", entry_id, Trouble.UNAVAILABLE))
        remembered = work.memory.solar.get(entry_id)
        if remembered is None or remembered.ends[-1] < work.horizon.start.timestamp():
            silent = True
        else:
            parts.append(over_horizon(remembered, work.horizon, work.zone))
    if not parts or (silent and work.settings.panels is not None):
        return None
    expected = np.sum([part.values for part in parts], axis=0)
    return _spread(expected, Source.ENERGY_DASHBOARD, min(part.known_slots for part in parts))


def _solar_of_the_sun(work: _Work) -> Forecast | None:
    panels = work.settings.panels
    if panels is None:
        return None
    cut = samples(work.horizon, _SUN_MIN, work.zone)
    sky = sky_at(work.material.observer, cut.at)

    def power(cover: Series) -> Series:
        return cut.mean(panel_power(sky, cover, panels.peak_w, panels.tilt, panels.azimuth))

    clear = power(np.zeros(len(cut.at)))
    cover = on_slots(clouds(work.material.weather, work.zone), work.horizon)
    known = ~np.isnan(cover.values)
    if not known.any():
        return _spread(clear * _ORDINARY_DAY, Source.CLEAR_SKY, len(work.horizon))
    clouded = power(np.nan_to_num(cover.values)[cut.slots])
    expected = np.where(known, clouded, clear * _ORDINARY_DAY)
    return _spread(expected, Source.SUN_AND_CLOUDS, cover.known_slots, most=clear)


def _spread(expected: Series, source: Source, known_slots: int, most: Series | None = None) -> Forecast:
    low, high = _SOLAR_SPREAD[source]
    above = expected * high
    return Forecast(
        expected,
        source,
        low=expected * low,
        high=above if most is None else np.maximum(expected, np.minimum(above, most)),
        known_slots=known_slots,
    )


def _blended_solar(work: _Work, forecast: Forecast) -> Forecast:
    measured = work.material.readings.solar_w.value
    if measured is None or forecast.source is Source.NONE:
        return forecast
    ratio = solar_ratio(forecast.expected, measured, only_up=_may_be_curtailed(work.settings, work.material.readings))
    return _each(forecast, lambda series: scale(series, ratio, work.horizon))


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


# Load


def _load(work: _Work) -> Forecast | None:
    expected = daily_profile(work.settings.load_profile_w, work.horizon, work.zone)
    if expected is None:
        return None
    low, high = _LOAD_SPREAD
    return Forecast(expected, Source.PROFILE, low=expected * low, high=expected * high, known_slots=len(work.horizon))


def _blended_load(work: _Work, forecast: Forecast) -> Forecast:
    measured = work.material.readings.load_w.value
    if measured is None:
        return forecast
    blended = _each(forecast, lambda series: blend(series, measured, work.horizon))
    return replace(blended, source=Source.MEASURED) if forecast.source is Source.NONE else blended


def _each(forecast: Forecast, change: Callable[[Series], Series]) -> Forecast:
    low, high = forecast.low, forecast.high
    return replace(
        forecast,
        expected=change(forecast.expected),
        low=None if low is None else change(low),
        high=None if high is None else change(high),
    )


# Prices


def _price(work: _Work, name: str, price: Price, uncovered: Callable[[list[float]], float]) -> Forecast | None:
    """Return a price; hours that a table leaves out cost its dearest import, or bring its cheapest export."""
    if isinstance(price, str):
        return _published(work, name, price)
    count = len(work.horizon)
    if isinstance(price, tuple):
        if not price:
            return None
        expected = time_of_use(price, work.horizon, work.zone, uncovered([row.price for row in price]))
        return Forecast(expected, Source.TIME_OF_USE, known_slots=count)
    return Forecast(np.full(count, price), Source.FIXED, known_slots=count)


def _published(work: _Work, name: str, entity_id: str) -> Forecast | None:
    """Return an entity's prices, or its last ones: what was published stays true when its sensor falls silent."""
    state = work.material.prices.get(entity_id)
    trouble = _price_trouble(state)
    if state is not None and trouble is None:
        said = published(state.state, state.attributes, work.settings.site.currency, work.zone)
        trouble = said.trouble
        if trouble is None:
            work.memory.prices[entity_id] = _remember(said, work)
    remembered = work.memory.prices.get(entity_id)
    if remembered is None:
        work.troubles.append(_trouble(name, entity_id, trouble or Trouble.UNKNOWN, state))
        return None
    series = extended(remembered, work.horizon, work.zone)
    if trouble is None and series.known_slots == 0:
        trouble = Trouble.STALE  # it is there, but its prices have run out
    if trouble is not None:
        work.troubles.append(_trouble(name, entity_id, trouble, state))
    return Forecast(series.values, Source.ENTITY, known_slots=series.known_slots)


def _remember(said: Published, work: _Work) -> Spans:
    """Return what is published; of a plain number, that it holds for this slot."""
    now = work.material.now.timestamp()
    if len(said.spans):
        return with_now(said, now)
    first = float(work.horizon.epochs()[0]), float(work.horizon.epochs()[1])
    assert said.now is not None, "an entity says something or has a trouble"
    return Spans.of([(*first, said.now)])


def _price_trouble(state: State | None) -> Trouble | None:
    """Return why an entity tells no price. A price never ages: a tariff that does not change is not told again."""
    if state is None:
        return Trouble.MISSING
    return Trouble.UNAVAILABLE if state.state == STATE_UNAVAILABLE else None


def _hashprice(work: _Work) -> Forecast | None:
    price, count = work.settings.hashprice, len(work.horizon)
    if not isinstance(price, str):
        return Forecast(np.full(count, float(price)), Source.FIXED, known_slots=count)
    state = work.material.prices.get(price)
    trouble = _price_trouble(state)
    if state is not None and trouble is None:
        number = number_in(state.state)
        factor = per_terahash_day(unit_of(state), work.settings.site.currency)
        if factor is None:
            trouble = Trouble.WRONG_UNIT
        elif number is None:
            trouble = Trouble.UNKNOWN if state.state == STATE_UNKNOWN else Trouble.NOT_A_NUMBER
        elif not 0 <= number * factor <= MOST:
            trouble = Trouble.OUT_OF_RANGE
        else:
            first = float(work.horizon.epochs()[0]), float(work.horizon.epochs()[1])
            work.memory.prices[price] = Spans.of([(*first, number * factor)])
    if trouble is not None:
        work.troubles.append(_trouble("hashprice", price, trouble, state))
    remembered = work.memory.prices.get(price)
    if remembered is None:
        return None
    return Forecast(np.full(count, float(remembered.values[-1])), Source.ENTITY, known_slots=0 if trouble else 1)


# Temperature


def _temperature(work: _Work) -> Forecast | None:
    """Return the batteries' temperature: outdoors as forecast, shifted by how much warmer the coldest one is now.

    Without a measured battery there is none: an indoor battery does not freeze with the garden.
    """
    measured = [
        battery.temperature_c.value
        for battery in work.material.readings.batteries.values()
        if battery.temperature_c.value is not None
    ]
    rows, unit = work.material.weather, work.material.temperature_unit
    outdoors = extended(temperatures(rows, unit, work.zone), work.horizon, work.zone)
    if not measured or bool(np.isnan(outdoors.values).any()):
        return None
    shift = min(measured) - float(outdoors.values[0])
    return Forecast(outdoors.values + shift, Source.ENTITY, known_slots=outdoors.known_slots)


def _trouble(name: str, source: str, trouble: Trouble, state: State | None = None) -> NamedTrouble:
    since = None if state is None else state.last_reported if trouble is Trouble.STALE else state.last_changed
    return None, name, Reading[float](None, since, trouble, source)
