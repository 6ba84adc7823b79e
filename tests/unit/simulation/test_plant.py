"""The plant: energy, commands, limits, time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.simulation.faults import OutOfRangeError, UnknownUnitError
from custom_components.energy_orchestrator.simulation.meters import Meters
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.sites import SITES, SimulatedSite

from .conftest import NIGHT, SUMMER_NOON, MakePlant

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def _with_grid(site: SimulatedSite, **changes: object) -> SimulatedSite:
    grid = replace(site.site.grid, **changes)  # type: ignore[arg-type]
    return replace(site, site=replace(site.site, grid=grid))


def _assert_conserved(meters: Meters) -> None:
    sources = meters.solar_wh + meters.discharge_wh + meters.import_wh
    uses = meters.house_wh + meters.miners_wh + meters.charge_wh + meters.export_wh
    assert uses == pytest.approx(sources, rel=1e-3, abs=1e-3)
    kept = meters.stored_wh + meters.loss_wh
    assert kept == pytest.approx(meters.charge_wh - meters.discharge_wh, rel=1e-3, abs=1e-3)
    assert meters.loss_wh >= 0


SITE_VARIANTS = (
    *SITES.values(),
    _with_grid(SITES["ranch"], connected=False),
    _with_grid(SITES["ranch"], max_import_w=None, max_export_w=None),
    _with_grid(SITES["fleet"], export_allowed=False),
    replace(_with_grid(SITES["home"], max_import_w=300.0, connected=True), initial_soc=0.0),
    replace(SITES["ranch"], initial_soc=1.0, running=("s21", "tuned_s19", "dump_load")),
)

share = st.floats(0, 1)


@st.composite
def _orders(draw: st.DrawFn) -> Callable[[Plant], None]:
    """Return one random command."""
    kind = draw(st.sampled_from(["mode", "charge", "discharge", "export", "switch", "limit"]))
    mode, part, on = draw(st.sampled_from(list(BatteryMode))), draw(share), draw(st.booleans())

    def carry_out(plant: Plant) -> None:
        battery, miners = plant.site.battery, plant.site.site.miners
        miner = miners[int(part * (len(miners) - 1))] if miners else None
        unit = int(part * (miner.count - 1)) if miner else 0
        match kind:
            case "mode":
                plant.set_work_mode(mode)
            case "charge":
                plant.set_charge_power(part * battery.max_charge_w)
            case "discharge":
                plant.set_discharge_power(part * battery.max_discharge_w)
            case "export":
                plant.set_export_limit(part * plant.max_export_w)
            case "switch" if miner:
                plant.switch_miner(miner.id, unit, on=on)
            case "limit" if miner:
                low, high = miner.levels[0].power_w, miner.levels[-1].power_w
                plant.set_miner_power_limit(miner.id, unit, low + part * (high - low))

    return carry_out


@settings(max_examples=50)
@given(
    site=st.sampled_from(SITE_VARIANTS),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
    seed=st.integers(0, 2**32),
    orders=st.lists(st.tuples(_orders(), st.integers(1, 3 * 3600)), min_size=1, max_size=8),
)
def test_energy_is_conserved_and_limits_hold(
    site: SimulatedSite, start: datetime, seed: int, orders: list[tuple[Callable[[Plant], None], int]]
) -> None:
    plant = Plant(site, start=start.replace(tzinfo=UTC), seed=seed)
    for order, seconds in orders:
        order(plant)
        plant.advance(plant.now + timedelta(seconds=seconds))
        flows, inverter = plant.flows, plant.readings().inverter
        assert 0 <= plant.soc <= 1
        assert min(flows.solar_w, flows.charge_w, flows.discharge_w, flows.import_w, flows.export_w) >= 0
        assert flows.charge_w * flows.discharge_w == 0
        assert flows.import_w * flows.export_w == 0
        assert inverter.export_limit_w is not None
        assert flows.export_w <= inverter.export_limit_w + 1e-3
        assert abs(flows.solar_w + flows.discharge_w - flows.charge_w) <= site.inverter.ac_limit_w + 1e-3
        assert flows.import_w <= 1.45 * plant.max_import_w + 1e-3
        if not site.site.grid.connected:
            assert flows.import_w == flows.export_w == 0
    _assert_conserved(plant.meters)


def test_a_night_without_sun_gives_no_solar_power(make_plant: MakePlant) -> None:
    plant = make_plant(start=NIGHT)
    plant.advance(NIGHT + HOUR)
    assert plant.meters.solar_wh == 0
    assert plant.readings().inverter.solar_w == 0


def test_self_consumption_stores_surplus_up_to_the_set_point(make_plant: MakePlant) -> None:
    plant = make_plant("home")
    plant.set_charge_power(1000)
    plant.advance(SUMMER_NOON + MINUTE)
    assert plant.flows.charge_w == pytest.approx(1000)
    assert plant.flows.export_w > 0
    assert plant.flows.import_w == 0


def test_self_consumption_covers_the_house_at_night(make_plant: MakePlant) -> None:
    plant = make_plant("home", NIGHT)
    plant.advance(NIGHT + MINUTE)
    assert plant.flows.discharge_w == pytest.approx(plant.flows.house_w)
    assert plant.flows.grid_w == pytest.approx(0)


def test_hold_leaves_the_battery_alone(make_plant: MakePlant) -> None:
    plant = make_plant("home", NIGHT)
    before = plant.soc
    plant.set_work_mode(BatteryMode.HOLD)
    plant.advance(NIGHT + HOUR)
    assert plant.soc == before
    assert plant.meters.import_wh == pytest.approx(plant.meters.house_wh)


def test_charge_imports(make_plant: MakePlant) -> None:
    plant = make_plant("home", NIGHT)
    plant.set_work_mode(BatteryMode.CHARGE)
    plant.set_charge_power(3000)
    plant.advance(NIGHT + MINUTE)
    assert plant.flows.import_w == pytest.approx(3000 + plant.flows.house_w)
    assert plant.readings().battery.power_w == pytest.approx(3000, rel=0.02)


def test_charging_leaves_the_connection_its_room(make_plant: MakePlant) -> None:
    plant = make_plant("ranch", NIGHT)
    for miner in ("s21", "tuned_s19"):
        plant.switch_miner(miner, 0, on=True)
    plant.set_work_mode(BatteryMode.CHARGE)
    plant.advance(NIGHT + 10 * MINUTE)
    assert plant.flows.import_w == pytest.approx(15_000)
    assert 0 < plant.flows.charge_w < 12_000


def test_discharge_exports_down_to_the_cut_off(make_plant: MakePlant) -> None:
    plant = make_plant("home", NIGHT)
    plant.set_work_mode(BatteryMode.DISCHARGE)
    plant.set_discharge_power(4000)
    plant.advance(NIGHT + MINUTE)
    assert plant.flows.export_w == pytest.approx(4000 - plant.flows.house_w)
    plant.advance(NIGHT + 3 * HOUR)
    assert plant.soc == pytest.approx(plant.site.cutoff_soc, abs=1e-6)
    assert plant.flows.import_w > 0


def test_the_export_limit_curtails_solar_and_stops_discharge(make_plant: MakePlant) -> None:
    plant = make_plant("home")
    plant.set_work_mode(BatteryMode.HOLD)
    plant.set_export_limit(500)
    plant.advance(SUMMER_NOON + MINUTE)
    assert plant.flows.export_w == pytest.approx(500)
    assert plant.flows.curtailed_w > 0
    plant.set_work_mode(BatteryMode.DISCHARGE)
    plant.advance(SUMMER_NOON + 2 * MINUTE)
    assert plant.flows.discharge_w == 0


def test_without_a_grid_the_battery_fills_the_gap_and_then_nothing_does() -> None:
    site = replace(_with_grid(SITES["home"], connected=False), initial_soc=0.12)
    plant = Plant(site, start=NIGHT)
    plant.set_work_mode(BatteryMode.HOLD)
    plant.advance(NIGHT + MINUTE)
    assert plant.flows.discharge_w == pytest.approx(plant.flows.house_w)
    plant.advance(NIGHT + 3 * HOUR)
    assert plant.flows.house_w == 0
    assert plant.meters.unserved_wh > 0


def test_an_overloaded_connection_is_seen_and_counted(make_plant: MakePlant) -> None:
    plant = make_plant("fleet", NIGHT)
    for unit in range(40):
        plant.switch_miner("hall_a", unit, on=True)
    plant.set_work_mode(BatteryMode.HOLD)
    plant.advance(NIGHT + 10 * MINUTE)
    assert plant.flows.import_w == pytest.approx(1.45 * 120_000)
    assert plant.meters.over_limit_wh > 0
    assert plant.flows.unserved_w > 0


def test_a_full_battery_takes_less_and_less(make_plant: MakePlant) -> None:
    plant = Plant(replace(SITES["home"], initial_soc=0.96), start=NIGHT)
    plant.set_work_mode(BatteryMode.CHARGE)
    plant.advance(NIGHT + MINUTE)
    first = plant.flows.charge_w
    plant.advance(NIGHT + 5 * MINUTE)
    assert plant.flows.charge_w < first < plant.site.battery.max_charge_w
    plant.advance(NIGHT + 3 * HOUR)
    assert plant.soc == pytest.approx(1)
    assert plant.flows.charge_w == pytest.approx(0, abs=1e-3)


def test_a_frozen_battery_takes_no_charge(make_plant: MakePlant) -> None:
    site = SITES["home"]
    arctic = replace(site.climate, mean_c=-35.0)
    plant = Plant(replace(site, climate=arctic), start=datetime(2026, 1, 15, 11, tzinfo=UTC))
    plant.set_work_mode(BatteryMode.CHARGE)
    plant.advance(plant.now + MINUTE)
    assert plant.flows.charge_w == 0
    temperature = plant.readings().battery.temperature_c
    assert temperature is not None
    assert temperature < 0


def test_voltage_follows_the_curve_and_sags_under_load(make_plant: MakePlant) -> None:
    plant = make_plant("ranch", NIGHT)
    plant.switch_miner("dump_load", 0, on=False)
    plant.set_work_mode(BatteryMode.HOLD)
    plant.advance(NIGHT + MINUTE)
    rest = plant.readings().battery.voltage_v
    plant.set_work_mode(BatteryMode.DISCHARGE)
    plant.advance(NIGHT + 2 * MINUTE)
    loaded = plant.readings().battery.voltage_v
    assert rest is not None
    assert loaded is not None
    assert rest == pytest.approx(51.5, abs=0.1)
    assert 0.8 < rest - loaded < 1.6


def test_the_battery_warms_by_its_losses(make_plant: MakePlant) -> None:
    plant, resting = make_plant("home", NIGHT), make_plant("home", NIGHT)
    resting.set_work_mode(BatteryMode.HOLD)
    plant.set_work_mode(BatteryMode.CHARGE)
    for each in (plant, resting):
        each.advance(NIGHT + HOUR)
    warm, cool = plant.readings().battery.temperature_c, resting.readings().battery.temperature_c
    assert warm is not None
    assert cool is not None
    assert warm > cool + 1


def test_every_site_begins_with_what_it_says() -> None:
    for key, site in SITES.items():
        plant = Plant(site, start=SUMMER_NOON)
        readings = plant.readings()
        assert site.key == key
        assert readings.battery.soc == pytest.approx(0.55)
        running = {miner for miner, units in readings.miners.items() if all(unit.on for unit in units)}
        assert running == set(site.running)
        assert plant.devices == ("battery", "inverter", *(miner.id for miner in site.site.miners))


def test_commands_outside_their_range_are_not_taken(make_plant: MakePlant) -> None:
    plant = make_plant()
    refused: list[Callable[[], None]] = [
        lambda: plant.set_charge_power(12_001),
        lambda: plant.set_discharge_power(-1),
        lambda: plant.set_export_limit(15_001),
        lambda: plant.set_charge_power(float("nan")),
        lambda: plant.set_miner_power_limit("tuned_s19", 0, 1500),
    ]
    for command in refused:
        with pytest.raises(OutOfRangeError, match="is not within"):
            command()
    for unit in (-1, 1):
        with pytest.raises(UnknownUnitError, match="no unit"):
            plant.switch_miner("s21", unit, on=True)
    with pytest.raises(UnknownUnitError, match="no unit"):
        plant.switch_miner("s9", 0, on=True)


def test_time_never_runs_backwards(make_plant: MakePlant) -> None:
    plant = make_plant()
    plant.advance(SUMMER_NOON + MINUTE)
    before = plant.meters
    plant.advance(SUMMER_NOON)
    assert plant.now == SUMMER_NOON + MINUTE
    assert plant.meters == before


def test_the_same_seed_does_the_same_however_time_is_cut(make_plant: MakePlant) -> None:
    by_second, by_cut = make_plant(), make_plant()
    cuts = (1, 7, 60, 113, 120, 181, 300)
    for second in range(1, 301):
        by_second.advance(SUMMER_NOON + timedelta(seconds=second))
    for second in cuts:
        by_cut.advance(SUMMER_NOON + timedelta(seconds=second))
    assert by_cut.readings() == by_second.readings()
    assert by_cut.meters == by_second.meters


def test_long_gaps_end_where_short_ones_do(make_plant: MakePlant) -> None:
    short, gap = make_plant(), make_plant()
    for n in range(1, 12 * 12 + 1):
        short.advance(SUMMER_NOON + n * timedelta(minutes=5))
    gap.advance(SUMMER_NOON + 12 * HOUR)
    assert gap.soc == pytest.approx(short.soc, abs=2e-3)
    assert gap.meters.solar_wh == pytest.approx(short.meters.solar_wh, rel=2e-3)
    gap.advance(SUMMER_NOON + timedelta(days=10))
    _assert_conserved(gap.meters)


def test_another_seed_is_another_day(make_plant: MakePlant) -> None:
    plants = [make_plant(seed=seed) for seed in (1, 1, 2)]
    for plant in plants:
        plant.advance(SUMMER_NOON + HOUR)
    assert plants[0].readings() == plants[1].readings()
    assert plants[0].meters.solar_wh != plants[2].meters.solar_wh


def test_money_is_counted_at_the_published_prices(make_plant: MakePlant) -> None:
    plant = make_plant("home", NIGHT)
    plant.set_work_mode(BatteryMode.HOLD)
    plant.advance(NIGHT + HOUR)
    price = next(hour.price for hour in plant.import_prices().today if hour.start == NIGHT)
    assert plant.meters.import_cost == pytest.approx(plant.meters.import_wh / 1000 * price)
    assert plant.meters.export_revenue == 0


def test_a_site_the_plant_cannot_be_is_refused() -> None:
    ranch = SITES["ranch"]
    with pytest.raises(ValueError, match="one battery"):
        replace(ranch, site=replace(ranch.site, batteries=()))
    with pytest.raises(ValueError, match="hybrid inverter"):
        replace(ranch, site=replace(ranch.site, batteries=(replace(ranch.battery, inverter_id=None),)))
    with pytest.raises(ValueError, match="s9"):
        replace(ranch, running=("s9",))


def test_steps_after_a_gap_align_to_the_clock(make_plant: MakePlant) -> None:
    start = SUMMER_NOON + timedelta(seconds=2)
    once, twice = make_plant(start=start), make_plant(start=start)
    once.advance(start + timedelta(seconds=298))
    twice.advance(start + timedelta(seconds=148))
    twice.advance(start + timedelta(seconds=298))
    assert once.readings() == twice.readings()
    assert once.meters == twice.meters


def test_panels_behind_a_smaller_inverter_are_curtailed_or_stored(make_plant: MakePlant) -> None:
    plant = make_plant("fleet")
    plant.set_work_mode(BatteryMode.HOLD)
    plant.advance(SUMMER_NOON + MINUTE)
    assert plant.flows.solar_w == pytest.approx(150_000)
    assert plant.flows.curtailed_w > 10_000
    for unit in range(40):
        plant.switch_miner("hall_a", unit, on=True)
    plant.set_work_mode(BatteryMode.SELF_CONSUMPTION)
    plant.advance(SUMMER_NOON + 10 * MINUTE)
    assert plant.flows.solar_w - plant.flows.charge_w == pytest.approx(150_000)
    assert plant.flows.charge_w > 10_000
    assert plant.flows.import_w > 0


def test_both_ways_through_the_cells_cost_their_share(make_plant: MakePlant) -> None:
    plant = make_plant("home", NIGHT)
    for mode, efficiency in ((BatteryMode.CHARGE, 0.95), (BatteryMode.DISCHARGE, 1 / 0.95)):
        plant.set_work_mode(mode)
        plant.set_charge_power(2000)
        plant.set_discharge_power(2000)
        before = plant.soc
        plant.advance(plant.now + HOUR)
        assert abs(plant.soc - before) * 10_000 == pytest.approx(2000 * efficiency)
