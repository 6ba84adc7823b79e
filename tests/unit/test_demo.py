"""The demo's place: where it is the hour that was asked for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from demo_home import where_it_is
import pytest


@pytest.mark.parametrize("utc_hour", range(24))
def test_every_hour_is_somewhere(utc_hour: int) -> None:
    now = datetime(2026, 11, 26, utc_hour, 35, tzinfo=UTC)
    for hour in range(24):
        longitude, time_zone = where_it_is(hour, utc_hour)
        assert now.astimezone(ZoneInfo(time_zone)).hour == hour
        assert -180 <= longitude <= 180
        # The sun stands there as the clock says.
        assert (now + timedelta(hours=longitude / 15)).hour == hour
