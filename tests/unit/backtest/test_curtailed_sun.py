"""A house off the grid, whose panels are curtailed once its battery is full: what is planned mines on that sun."""

from dataclasses import replace
from datetime import date, timedelta
from math import pi, sin
from typing import Final

import pytest

from custom_components.energy_orchestrator.backtest import play as playing
from custom_components.energy_orchestrator.backtest.play import THIS, Terms, play
from custom_components.energy_orchestrator.backtest.span import RecordedSpan
from custom_components.energy_orchestrator.simulation.series import Recorded, RecordedSeries
from custom_components.energy_orchestrator.simulation.sites import SITES

FIRST: Final = date(2026, 5, 4)


def day(*, later: float) -> tuple[Recorded, ...]:
    """Return a day on which 7 kW are forecast for noon; it gives a third of that until ten, and from then on a share."""
    told = [max(0.0, 4000 * sin(pi * (hour - 6) / 12)) for hour in range(24)]
    return tuple(Recorded(400.0, (0.3 if hour < 10 else later) * sun, sun, 0.1) for hour, sun in enumerate(told))


def test_it_mines_on_the_sun_a_full_battery_leaves_on_the_roof_and_gives_up_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From ten on the first day the sun is all there, but not seen until something draws it; on the second it is not."""
    monkeypatch.setattr(playing, "STEP", timedelta(minutes=5))
    days = (day(later=1.0), day(later=0.1), day(later=1.0), day(later=1.0))
    series = RecordedSeries(60, tuple(FIRST + timedelta(days=n) for n in range(4)), days)
    full = replace(SITES["cabin"], initial_soc=1.0)
    played = play(RecordedSpan(site=full, series=series, first=FIRST, days=2), THIS, Terms(interval_min=120))
    assert played.trace is not None
    mined_h = [0.0, 0.0]
    for stretch in played.trace.stretches:
        mined_h[(stretch.start.date() - FIRST).days] += stretch.miners_w["dump_load"] / 1200 / 4
    assert mined_h[0] > 8, "it found the sun"
    assert mined_h[1] < 4.5, "it tries for half an hour each, and ever more seldom"
    assert played.starts <= 4
    assert played.witnessed.lowest_soc > 0.7
    assert not played.broken
