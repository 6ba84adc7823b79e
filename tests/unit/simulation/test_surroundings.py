"""Sun, weather, household, market: the computed environment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean, pstdev
from zoneinfo import ZoneInfo

import pytest

from custom_components.energy_orchestrator.simulation.environment import ComputedEnvironment
from custom_components.energy_orchestrator.simulation.household import household_power, profile
from custom_components.energy_orchestrator.simulation.market import Tariff, hours_of, synthetic_price
from custom_components.energy_orchestrator.simulation.noise import SmoothNoise, normal, uniform
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES
from custom_components.energy_orchestrator.simulation.sun import PanelField, Place, clear_sky, panel_power, position
from custom_components.energy_orchestrator.simulation.weather import Weather

from .conftest import SUMMER_NOON, MakePlant

BERLIN = ZoneInfo("Europe/Berlin")
PLACE = SITES["ranch"].place
SOUTH = PanelField(1000, 30, 180)
HOUR = timedelta(hours=1)


def test_the_sun_stands_where_almanacs_say() -> None:
    # At the June solstice the noon elevation is 90° − latitude + 23.44°.
    sun = position(Place(48.0, 15.0, "UTC"), datetime(2026, 6, 21, 11, 2, tzinfo=UTC))
    assert sun.cos_zenith == pytest.approx(0.9096, abs=0.002)
    assert sun.azimuth == pytest.approx(180, abs=1.5)
    assert position(PLACE, datetime(2026, 12, 21, 23, tzinfo=UTC)).cos_zenith < 0


def test_light_falls_with_clouds_and_ends_at_the_horizon() -> None:
    noon = position(PLACE, SUMMER_NOON)
    assert 800 < clear_sky(noon) < 1000
    powers = [panel_power(noon, cover, SOUTH, 20) for cover in (0, 0.3, 0.6, 0.9, 1)]
    assert powers == sorted(powers, reverse=True)
    assert 650 < powers[0] < 900
    assert panel_power(replace(noon, cos_zenith=-0.01), 0, SOUTH, 20) == 0
    assert panel_power(replace(noon, cos_zenith=0.01), 0, SOUTH, 20) < 20


def test_panels_give_more_where_they_face_the_sun_and_when_cold() -> None:
    morning = position(PLACE, datetime(2026, 6, 21, 6, tzinfo=UTC))
    east, west = (panel_power(morning, 0.1, PanelField(1000, 35, azimuth), 20) for azimuth in (90, 270))
    assert east > 3 * west
    assert panel_power(morning, 0.1, SOUTH, 0) > panel_power(morning, 0.1, SOUTH, 35)


def test_a_year_of_sun_yields_what_such_a_roof_does() -> None:
    yields = []
    for seed in (1, 2, 3):
        environment = ComputedEnvironment(SITES["ranch"], PLACE, seed)
        start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
        yields.append(
            fmean(environment.at(start + 3600 * (n + 0.5)).solar_w for n in range(0, 8760, 2)) * 8.76 / 14_600
        )
    assert all(0.95 < y < 1.3 for y in yields)  # MWh per kWp


def test_clouds_are_a_smooth_function_of_time() -> None:
    weather = Weather(7)
    start = SUMMER_NOON.timestamp()
    covers = [weather.cloud_cover(start + 10 * n) for n in range(2000)]
    assert all(0 <= cover <= 1 for cover in covers)
    assert max(abs(b - a) for a, b in pairwise(covers)) < 0.05
    assert covers[0] == Weather(7).cloud_cover(start) != Weather(8).cloud_cover(start)


def test_seasons_follow_the_hemisphere() -> None:
    july, january = (datetime(2026, month, 15, 14, tzinfo=UTC).timestamp() for month in (7, 1))
    north, south = Weather(1, 48), Weather(1, -35)
    assert north.temperature(july) > north.temperature(january) + 8
    assert south.temperature(july) < south.temperature(january) - 8


def test_the_solar_forecast_is_honest_about_its_error() -> None:
    inside, errors_near, errors_far = [], [], []
    for seed in range(8):
        environment = ComputedEnvironment(SITES["ranch"], PLACE, seed)
        plant = Plant(SITES["ranch"], start=datetime(2026, 6, 1 + seed, tzinfo=UTC), seed=seed)
        forecast = plant.solar_forecast(plant.now, plant.now + timedelta(hours=48))
        plant.advance(plant.now + timedelta(hours=34))
        later = {hour.start: hour for hour in plant.solar_forecast(plant.now, plant.now + timedelta(hours=14))}
        for hour in forecast:
            seconds = hour.start.timestamp()
            truth = fmean(environment.at(seconds + 180 * n + 90).solar_w for n in range(20))
            assert hour.low_wh <= hour.expected_wh <= hour.high_wh
            if truth > 1500:
                inside.append(hour.low_wh - 1 <= truth <= hour.high_wh + 1)
                if hour.start in later:
                    errors_far.append(abs(hour.expected_wh - truth))
                    errors_near.append(abs(later[hour.start].expected_wh - truth))
    assert 0.7 < fmean(inside) < 0.9
    assert fmean(errors_near) < 0.8 * fmean(errors_far)


def test_the_forecast_has_an_entry_for_every_clock_hour(make_plant: MakePlant) -> None:
    plant = make_plant(start=SUMMER_NOON + timedelta(minutes=20))
    hours = plant.forecast_wh(plant.now, plant.now + timedelta(hours=2))
    assert list(hours) == [plant.now, SUMMER_NOON + HOUR, SUMMER_NOON + 2 * HOUR]
    assert all(wh > 0 for wh in hours.values())
    assert plant.forecast_wh(plant.now, plant.now) == {}


def test_h25_adds_up_to_the_yearly_consumption() -> None:
    start = datetime(2026, 1, 1)  # noqa: DTZ001  # wall clock
    kwh = sum(household_power(start + timedelta(minutes=15 * n), 4000) for n in range(365 * 96)) / 4000
    assert kwh == pytest.approx(4000, rel=0.02)
    assert len(profile()) == 36
    assert {len(quarters) for quarters in profile().values()} == {96}


def test_h25_knows_the_day_of_the_week_and_the_season() -> None:
    evening = datetime(2026, 1, 14, 19, tzinfo=BERLIN)
    assert household_power(evening, 4000) > 1.5 * household_power(evening.replace(hour=3), 4000)
    assert household_power(evening, 4000) > household_power(evening.replace(month=7), 4000)
    friday, saturday, sunday = (household_power(datetime(2026, 5, day, 11), 4000) for day in (8, 9, 10))  # noqa: DTZ001
    assert len({friday, saturday, sunday}) == 3


def test_a_single_house_strays_from_the_standard_but_not_in_the_mean() -> None:
    environment = ComputedEnvironment(SITES["home"], PLACE, 3)
    start = datetime(2026, 3, 2, tzinfo=BERLIN)
    ratios = []
    for n in range(0, 60 * 24 * 28, 7):
        at = start + timedelta(minutes=n)
        ratios.append(environment.at(at.timestamp()).house_w / household_power(at.astimezone(BERLIN), 4000))
    assert fmean(ratios) == pytest.approx(1, abs=0.05)
    assert 0.15 < pstdev(ratios) < 0.5


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_days_of_the_clock_change_have_their_hours(make_plant: MakePlant, day: date, hours: int) -> None:
    starts = hours_of(day, BERLIN)
    assert len(starts) == hours
    assert starts[0].astimezone(BERLIN).time().isoformat() == "00:00:00"
    plant = make_plant("home", starts[0] - timedelta(hours=9))
    assert [hour.start for hour in plant.import_prices().tomorrow] == starts
    plant.advance(starts[-1] + HOUR)
    today = plant.import_prices().today
    assert today[0].start == starts[-1] + HOUR


def test_prices_of_tomorrow_come_at_one(make_plant: MakePlant) -> None:
    one = datetime(2026, 6, 21, 13, tzinfo=BERLIN)
    plant = make_plant(start=one - timedelta(seconds=1))
    assert plant.import_prices().tomorrow == ()
    plant.advance(one)
    tomorrow = plant.import_prices().tomorrow
    assert len(tomorrow) == 24
    plant.advance(one + timedelta(hours=12))
    assert plant.import_prices().today == tomorrow


def test_prices_peak_in_the_evening_and_are_cheap_at_noon() -> None:
    days, below_zero = [], 0
    for n in range(60):
        plant = Plant(SITES["fleet"], start=datetime(2026, 6, 22, tzinfo=BERLIN) + timedelta(days=n))
        days.append([hour.price for hour in plant.import_prices().today])
        below_zero += min(plant.export_prices().today, key=lambda hour: hour.price).price < 0
    evening, noon, night = (fmean(day[hour] for day in days) for hour in (19, 13, 3))
    assert evening > night > noon
    assert 0 < below_zero < 40


def test_sunny_sundays_are_cheaper_than_grey_workdays() -> None:
    sunday, monday = datetime(2026, 6, 21, 13, tzinfo=BERLIN), datetime(2026, 6, 22, 13, tzinfo=BERLIN)
    cheap = [synthetic_price(sunday, seed=seed, sunshine=0.9, sun_height=0.9) for seed in range(20)]
    dear = [synthetic_price(monday, seed=seed, sunshine=0.1, sun_height=0.9) for seed in range(20)]
    assert fmean(cheap) < 0 < fmean(dear)


def test_tariffs() -> None:
    assert Tariff(fixed=0.08).price(0.3) == 0.08
    assert Tariff(add=0.1345, factor=1.19).price(0.06382) == 0.236


def test_noise_depends_on_seed_channel_and_moment_only() -> None:
    numbers = [normal(1, "a", n) for n in range(4000)]
    assert fmean(numbers) == pytest.approx(0, abs=0.06)
    assert pstdev(numbers) == pytest.approx(1, abs=0.05)
    assert uniform(1, "a", 5) == uniform(1, "a", 5)
    assert len({uniform(1, "a", 5), uniform(2, "a", 5), uniform(1, "b", 5), uniform(1, "a", -5)}) == 4
    smooth = [SmoothNoise(1, "a", 60).at(7.0 * n) for n in range(20_000)]
    assert pstdev(smooth) == pytest.approx(1, abs=0.08)


def test_clouds_are_told_for_now_and_any_other_moment(make_plant: MakePlant) -> None:
    plant = make_plant()
    assert plant.cloud_forecast(plant.now) == plant.cloud_forecast(SUMMER_NOON)
    assert plant.cloud_forecast(SUMMER_NOON) != plant.cloud_forecast(SUMMER_NOON + 6 * HOUR)
