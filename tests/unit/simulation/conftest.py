"""Plants at well-known moments, and a small recorded series."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.series import RecordedSeries
from custom_components.energy_orchestrator.simulation.sites import SITES

SUMMER_NOON = datetime(2026, 6, 21, 11, tzinfo=UTC)
NIGHT = datetime(2026, 6, 21, 23, tzinfo=UTC)

type MakePlant = Callable[..., Plant]
type WriteSeries = Callable[..., Path]


@pytest.fixture
def make_plant() -> MakePlant:
    """Return a maker of plants of a ready-made site; nothing runs unless said."""

    def make(
        key: str = "ranch", start: datetime = SUMMER_NOON, *, seed: int = 1, series: RecordedSeries | None = None
    ) -> Plant:
        return Plant(SITES[key], start=start, seed=seed, series=series)

    return make


@pytest.fixture
def write_series(tmp_path: Path) -> WriteSeries:
    """Return a writer of series files: whole days of half hours, solar from 8 to 16 h UTC, load and price by the day."""

    def write(days: int = 3, *, invalid: frozenset[int] = frozenset(), header: str | None = None) -> Path:
        lines = [header or "start_utc,load_w,pv_w,pv_forecast_w,price_eur_per_kwh,valid"]
        start = datetime(2024, 4, 30, 22, tzinfo=UTC)  # midnight of May 1st in Berlin
        for n in range(48 * days):
            at, day = start + timedelta(minutes=30 * n), n // 48
            solar = 1000 * (day + 1) if 8 <= at.hour < 16 else 0
            valid = int(day not in invalid)
            lines.append(f"{at:%Y-%m-%dT%H:%MZ},{500 + 100 * day},{solar},{solar // 2},{0.05 + 0.01 * day:.5f},{valid}")
        path = tmp_path / "series.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
