"""Miners: ramp, limit, heat; and every fault that can be switched on."""

from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.simulation.faults import CommandRefusedError, Fault, UnknownUnitError
from custom_components.energy_orchestrator.simulation.plant import Plant
from custom_components.energy_orchestrator.simulation.readings import UnitReadout

from .conftest import SUMMER_NOON, MakePlant


def _after(plant: Plant, seconds: int) -> Plant:
    plant.advance(plant.now + timedelta(seconds=seconds))
    return plant


def _unit(plant: Plant, miner: str, unit: int = 0) -> tuple[float, float, float]:
    readout: UnitReadout = plant.readings().miners[miner][unit]
    assert readout.power_w is not None
    assert readout.hashrate_ths is not None
    assert readout.temperature_c is not None
    return readout.power_w, readout.hashrate_ths, readout.temperature_c


def test_the_s21_ramps_up_over_minutes_at_part_yield(make_plant: MakePlant) -> None:
    plant = make_plant()
    plant.switch_miner("s21", 0, on=True)
    assert plant.readings().miners["s21"][0].on
    half_minute, _, _ = _unit(_after(plant, 30), "s21")
    assert 0.3 * 3878 < half_minute < 0.7 * 3878
    power, hashrate, temperature = _unit(_after(plant, 90), "s21")
    assert power == pytest.approx(3878, rel=0.02)
    assert 0.35 * 235 < hashrate < 0.65 * 235
    _, hashrate, hot = _unit(_after(plant, 600), "s21")
    assert hashrate == pytest.approx(235, rel=0.08)
    assert hot > temperature + 5


def test_off_is_at_once_and_cools_slowly(make_plant: MakePlant) -> None:
    plant = _after(make_plant(), 60)
    hot = _unit(plant, "dump_load")[2]
    plant.switch_miner("dump_load", 0, on=False)
    power, hashrate, temperature = _unit(_after(plant, 1), "dump_load")
    assert power == hashrate == 0
    assert temperature > hot - 3
    assert _unit(_after(plant, 1800), "dump_load")[2] < hot - 30


def test_switching_on_what_runs_starts_no_new_ramp(make_plant: MakePlant) -> None:
    plant = _after(make_plant(), 60)
    plant.switch_miner("dump_load", 0, on=True)
    assert _unit(_after(plant, 1), "dump_load")[1] == pytest.approx(95, rel=0.08)


def test_lower_limits_mine_more_per_watt(make_plant: MakePlant) -> None:
    plant = make_plant()
    plant.switch_miner("tuned_s19", 0, on=True)
    per_watt = []
    for limit in (1600, 2000, 2400, 3250):
        plant.set_miner_power_limit("tuned_s19", 0, limit)
        power, hashrate, _ = _unit(_after(plant, 600), "tuned_s19")
        assert power == pytest.approx(limit, rel=0.02)
        per_watt.append(hashrate / power)
    assert per_watt == sorted(per_watt, reverse=True)


def test_units_of_a_group_switch_one_by_one(make_plant: MakePlant) -> None:
    plant = make_plant("fleet")
    before = _after(plant, 1).flows.miners_w
    plant.switch_miner("hall_b", 3, on=False)
    assert before - _after(plant, 1).flows.miners_w == pytest.approx(3250)
    assert [unit.on for unit in plant.readings().miners["hall_b"]].count(False) == 1


def test_an_unavailable_device_shows_nothing(make_plant: MakePlant) -> None:
    plant = make_plant()
    for device in plant.devices:
        plant.set_fault(device, Fault.UNAVAILABLE, on=True)
    readings = plant.readings()
    assert readings.battery.soc is None
    assert readings.inverter.work_mode is None
    assert readings.miners["dump_load"][0].on is None
    plant.set_fault("battery", Fault.UNAVAILABLE, on=False)
    assert plant.readings().battery.soc is not None
    assert plant.faults("battery") == frozenset()
    assert plant.faults("inverter") == {Fault.UNAVAILABLE}


def test_a_stale_device_stays_what_and_when_it_was(make_plant: MakePlant) -> None:
    plant = make_plant()
    plant.set_fault("battery", Fault.STALE, on=True)
    before = plant.readings().battery
    after = _after(plant, 3600).readings()
    assert after.battery == before
    assert after.battery.at == SUMMER_NOON
    assert after.inverter.at == SUMMER_NOON + timedelta(hours=1)
    plant.set_fault("battery", Fault.STALE, on=False)
    assert plant.readings().battery.at == plant.now


def test_a_zero_glitch_shows_zeros_and_off_while_the_truth_goes_on(make_plant: MakePlant) -> None:
    plant = make_plant()
    plant.set_fault("dump_load", Fault.ZERO_GLITCH, on=True)
    plant.set_fault("battery", Fault.ZERO_GLITCH, on=True)
    readings = _after(plant, 10).readings()
    unit = readings.miners["dump_load"][0]
    assert unit.on is False
    assert (unit.power_w, unit.hashrate_ths, unit.temperature_c) == (0, 0, 0)
    assert (readings.battery.soc, readings.battery.voltage_v) == (0, 0)
    assert plant.flows.miners_w == pytest.approx(3250)
    assert plant.soc > 0.5


def test_a_refused_command_changes_nothing(make_plant: MakePlant) -> None:
    plant = make_plant()
    plant.set_fault("dump_load", Fault.REFUSED_COMMAND, on=True)
    with pytest.raises(CommandRefusedError, match="dump_load") as error:
        plant.switch_miner("dump_load", 0, on=False)
    assert error.value.device == "dump_load"
    assert _after(plant, 5).flows.miners_w == pytest.approx(3250)
    plant.set_work_mode(BatteryMode.HOLD)  # the other devices are fine


def test_a_late_command_takes_effect_late_and_in_order(make_plant: MakePlant) -> None:
    plant = make_plant()
    plant.set_fault("inverter", Fault.LATE_COMMAND, on=True, late_s=45)
    plant.set_work_mode(BatteryMode.CHARGE)
    plant.set_work_mode(BatteryMode.HOLD)
    assert _after(plant, 44).readings().inverter.work_mode is BatteryMode.SELF_CONSUMPTION
    assert _after(plant, 1).readings().inverter.work_mode is BatteryMode.HOLD
    plant.set_charge_power(100)
    assert _after(plant, 3600).readings().inverter.charge_power_w == 100


def test_a_fault_needs_a_device(make_plant: MakePlant) -> None:
    with pytest.raises(UnknownUnitError, match="s9"):
        make_plant().set_fault("s9", Fault.STALE, on=True)


def test_sensors_are_noisy_and_off_is_zero(make_plant: MakePlant) -> None:
    plant = make_plant()
    seen = {_unit(_after(plant, 1), "dump_load")[0] for _ in range(30)}
    assert len(seen) > 10
    assert all(power == pytest.approx(3250, rel=0.02) for power in seen)
    assert _unit(plant, "s21")[:2] == (0, 0)
