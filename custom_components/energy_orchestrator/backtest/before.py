"""What a home would have learned from the recorded days before those that are played."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ..learning.past import KEPT, LEAD, STEP_S, Past
from ..model.forecast import Source
from ..model.horizon import Series
from ..simulation.environment import scaled
from ..simulation.series import RecordedSeries
from ..simulation.sites import SimulatedSite

_DAYS: Final = KEPT * STEP_S // 86400


def past_before(series: RecordedSeries, site: SimulatedSite, first: date) -> Past:
    """Return the past of a site that lived in the recorded house, up to the local midnight at which a day begins.

    Days that are not whole and valid are not known.
    """
    zone = ZoneInfo(site.place.time_zone)
    start = int(datetime.combine(first, time(), zone).timestamp())
    begin = int(datetime.combine(first - timedelta(days=_DAYS), time(), zone).timestamp())
    begin = max(begin, start - KEPT * STEP_S)
    parts_min = min(series.step_min, STEP_S // 60)
    recorded = dict(zip(series.dates, series.days, strict=True))

    def at(epoch: int) -> Series:
        """Return load, sun and the sun as told."""
        local = datetime.fromtimestamp(epoch, zone)
        day = recorded.get(local.date())
        if day is None:
            return np.full(3, np.nan)
        minutes = range(60 * local.hour + local.minute, 60 * local.hour + local.minute + STEP_S // 60, parts_min)
        steps = [scaled(day[minute // series.step_min], site) for minute in minutes]
        rows = np.array([(step.load_w, step.solar_w, step.solar_forecast_w) for step in steps])
        mean: Series = rows.mean(axis=0)
        return mean

    epochs = range(begin, start + (LEAD + 1) * STEP_S, STEP_S)
    load_w, solar_w, told_w = np.array([at(epoch) for epoch in epochs]).T
    to_come = np.array(epochs) >= start
    return Past(
        begin=begin,
        load_w=np.where(to_come, np.nan, load_w),
        solar_w=np.where(to_come, np.nan, solar_w),
        told_w={Source.ENERGY_DASHBOARD: told_w},
    )
