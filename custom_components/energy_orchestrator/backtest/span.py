"""A span of a recorded series on a ready-made site, and its weeks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ..simulation.plant import Plant
from ..simulation.series import RecordedSeries
from ..simulation.sites import SimulatedSite

_WEEK: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSpan:
    """Whole days of a series from one on, on a site."""

    site: SimulatedSite
    series: RecordedSeries
    first: date
    days: int

    def __post_init__(self) -> None:
        """Raise `ValueError` where the series does not hold the days, whole and valid, and one more to look ahead to."""
        if self.days < 1:
            raise ValueError("a span has one day at least")
        if self.first not in self.series.dates:
            raise ValueError(f"{self.first} is no whole valid day of the series")
        if self._at + self.days >= len(self.series.dates):
            raise ValueError(f"the series ends less than {self.days + 1} whole days after {self.first}")

    @property
    def start(self) -> datetime:
        """Local midnight of the first day."""
        return datetime.combine(self.first, time(), ZoneInfo(self.site.place.time_zone))

    @property
    def end(self) -> datetime:
        """Local midnight after the last day, in UTC."""
        return (self.start + timedelta(days=self.days)).astimezone(UTC)

    def plant(self, *, cutoff_at_reserve: bool = False) -> Plant:
        """Return the plant at the span's start: the first day is the first, whatever its place in the series.

        `cutoff_at_reserve`: the inverter itself stops at the owner's reserve. Not without a grid, where the house would
        stay dark.
        """
        days = self.series.days
        turned = (self._at - self.first.toordinal()) % len(days)
        site = self.site
        if cutoff_at_reserve and site.site.grid.connected:
            site = replace(site, cutoff_soc=max(site.cutoff_soc, site.battery.reserve_soc))
        return Plant(site, start=self.start, series=replace(self.series, days=days[turned:] + days[:turned]))

    def weeks(self) -> Iterator[RecordedSpan]:
        """Cut it into weeks, each afresh; the last may be shorter."""
        for begun in range(0, self.days, _WEEK):
            yield replace(self, first=self.series.dates[self._at + begun], days=min(_WEEK, self.days - begun))

    @property
    def _at(self) -> int:
        return self.series.dates.index(self.first)


def most_days(series: RecordedSeries, first: date) -> int:
    """Return how many days can be played from one on: the last is only looked ahead to."""
    return len(series.dates) - series.dates.index(first) - 1
