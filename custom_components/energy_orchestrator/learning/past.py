"""The last four weeks by half hours: what house and sun gave, and what had been forecast of the sun. Learned from alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final, Self

import numpy as np

from ..model.curtailed import may_be_curtailed
from ..model.forecast import Forecast, Source
from ..model.horizon import Horizon, Series
from ..model.ledger import LONGEST_STEP
from ..model.readings import SiteReadings
from ..model.site import Site

STEP_S: Final = 1800
STEPS_PER_DAY: Final = 48
# Older half hours are forgotten.
KEPT: Final = 28 * STEPS_PER_DAY
# What had been forecast of a half hour is what was told so many half hours before: a provider that looks at the sky
# tells the next hour well, and plans are made of the rest.
LEAD: Final = 12
# A half hour that was seen for less than this part of it teaches nothing.
_ENOUGH: Final = 0.5
_MOST_W: Final = 1e7
_VERSION: Final = 1


def _none() -> Series:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class HalfHour:
    """A power over the half hour under way: for how long it was seen (s), and what it came to (Ws)."""

    seconds: float = 0.0
    energy_ws: float = 0.0

    def with_more(self, power_w: float | None, seconds: float) -> HalfHour:
        """Return it after further seconds at a power; one that is not known was not seen."""
        if power_w is None:
            return self
        return HalfHour(self.seconds + seconds, self.energy_ws + max(0.0, power_w) * seconds)

    @property
    def mean_w(self) -> float:
        """The mean power, NaN where too little was seen of it."""
        return self.energy_ws / self.seconds if self.seconds >= _ENOUGH * STEP_S else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """Mean powers in W, a row for each half hour from `begin` (s since 1970) on, NaN where not known; shapes (N,).

    `load_w`: house without miners. `solar_w`: not known either where it may have been curtailed. `told_w`: of the sun by
    who forecast it, as told six hours before; its last rows are of hours to come.
    `at`, `load`, `solar`, `curtailed`: when it was last added to, and the half hour that was under way then.
    """

    begin: int = 0
    load_w: Series = field(default_factory=_none)
    solar_w: Series = field(default_factory=_none)
    told_w: Mapping[Source, Series] = field(default_factory=dict)
    at: datetime | None = None
    load: HalfHour = HalfHour()
    solar: HalfHour = HalfHour()
    curtailed: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.load_w.size)

    def row(self, epoch: float) -> int:
        """Return the row of a moment, which need not be there."""
        return int((epoch - self.begin) // STEP_S)

    def lately(self, rows: Series, under_way: HalfHour, now: float) -> tuple[Series, Series]:
        """Return what was seen in the half hour before a moment's and in its own: Ws, and for how many s, shapes (2,)."""
        at = self.row(now)
        before = rows[at - 1] if 0 < at <= len(self) else np.nan
        seconds = 0.0 if np.isnan(before) else float(STEP_S)
        if self.at is None or self.row(self.at.timestamp()) != at:
            under_way = HalfHour()
        return np.array([np.nan_to_num(before) * seconds, under_way.energy_ws]), np.array([seconds, under_way.seconds])

    def as_json(self) -> dict[str, Any]:
        """Return what is over as JSON data, in whole W."""
        return {
            "version": _VERSION,
            "begin": self.begin,
            "load_w": _listed(self.load_w),
            "solar_w": _listed(self.solar_w),
            "told_w": {source.value: _listed(told) for source, told in self.told_w.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], now: datetime) -> Self:
        """Return what `as_json` gave; nothing of no data, or of another version's.

        Raises `AttributeError`, `KeyError`, `OverflowError`, `TypeError` or `ValueError` for other data, and for a past
        that has not been yet.
        """
        if not data or data["version"] != _VERSION:
            return cls()
        begin, load = int(data["begin"]), _series(data["load_w"])
        told = {Source(name): _series(listed) for name, listed in data["told_w"].items()}
        past = cls(begin=begin, load_w=load, solar_w=_series(data["solar_w"]), told_w=told)
        sizes = {series.size for series in (past.solar_w, *told.values())}
        if sizes - {len(past)} or begin % STEP_S or len(past) > past.row(now.timestamp()) + LEAD + 1:
            msg = "no past of half hours up to now"
            raise ValueError(msg)
        return past


def learn(past: Past, site: Site, readings: SiteReadings, solar: Forecast | None, horizon: Horizon | None) -> Past:
    """Return the past moved on to the readings' time.

    Power read now is taken for the time since the last readings, as in the ledger; what has no value teaches nothing.
    `solar` on `horizon`: what is expected of the sun by now, for the half hours to come.
    """
    now, last = readings.at, past.at or readings.at
    if now < last:
        return past  # the clock was set back
    step, lasted = _step(now), now - last if now - last <= LONGEST_STEP else timedelta()
    within = min(lasted.total_seconds(), now.timestamp() - step)
    if past.at is None or _step(past.at) != step:
        past = _with_more(past, site, readings, lasted.total_seconds() - within)
        past = _noted(_turned(past, step), step + LEAD * STEP_S, solar, horizon)
    return replace(_with_more(past, site, readings, within), at=now)


def _step(when: datetime) -> int:
    return int(when.timestamp() // STEP_S) * STEP_S


def _with_more(past: Past, site: Site, readings: SiteReadings, seconds: float) -> Past:
    return replace(
        past,
        load=past.load.with_more(readings.load_w.value, seconds),
        solar=past.solar.with_more(readings.solar_w.value, seconds),
        curtailed=past.curtailed or may_be_curtailed(site, readings),
    )


def _turned(past: Past, step: int) -> Past:
    """Return the past with the half hour that was under way as a row, and rows as far as beyond `step` as are told."""
    load_w, solar_w = past.load_w.copy(), past.solar_w.copy()
    if past.at is not None:
        row = past.row(past.at.timestamp())
        load_w[row] = past.load.mean_w
        solar_w[row] = np.nan if past.curtailed else past.solar.mean_w
    oldest = step - KEPT * STEP_S
    begin = max(past.begin, oldest) if len(past) else step
    if past.row(begin) >= len(past):
        begin = step  # all of it is long gone
    rows = (step - begin) // STEP_S + LEAD + 1

    def cut(series: Series) -> Series:
        kept = series[past.row(begin) :]
        return np.concatenate([kept, np.full(rows - kept.size, np.nan)])

    told = {source: cut(told) for source, told in past.told_w.items()}
    return Past(
        begin=begin,
        load_w=cut(load_w),
        solar_w=cut(solar_w),
        told_w={source: series for source, series in told.items() if not np.isnan(series).all()},
    )


def _noted(past: Past, step: int, solar: Forecast | None, horizon: Horizon | None) -> Past:
    """Return the past with what the sun's source tells of the half hour from `step` on, as far as it tells it itself."""
    if solar is None or solar.told is None or horizon is None:
        return past
    edges, known = horizon.epochs(), len(horizon) if solar.known_slots is None else solar.known_slots
    if step < edges[0] or step + STEP_S > edges[known]:
        return past
    energy = np.concatenate(([0.0], np.cumsum(solar.told * horizon.hours)))
    first, last = np.interp([step, step + STEP_S], edges, energy)
    series = past.told_w.get(solar.source, np.full(len(past), np.nan)).copy()
    series[past.row(step)] = (last - first) * 3600 / STEP_S
    return replace(past, told_w={**past.told_w, solar.source: series})


def _listed(series: Series) -> list[int | None]:
    return [round(watts) if isfinite(watts) else None for watts in series.tolist()]


def _series(listed: list[float | None]) -> Series:
    series = np.array([np.nan if watts is None else float(watts) for watts in listed])
    if series.size > KEPT + LEAD + 1 or bool(((series < 0) | (series > _MOST_W)).any()):
        msg = "no powers of half hours"
        raise ValueError(msg)
    return series
