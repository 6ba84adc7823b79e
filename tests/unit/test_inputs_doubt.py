"""Doubt: what a sensor cannot have come to is believed after a second poll, and what it can at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.energy_orchestrator.inputs.doubt import Watch
from custom_components.energy_orchestrator.inputs.frozen import Contrary, Stillness
from custom_components.energy_orchestrator.inputs.pace import CELL_PACE, CHIP_PACE, level_pace, voltage_pace
from custom_components.energy_orchestrator.model.readings import Reading, Trouble
from custom_components.energy_orchestrator.model.site import Battery

BATTERY = Battery(id="battery", name="Battery", capacity_wh=15_000, max_charge_w=5000, max_discharge_w=5000)
NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


class Sensor:
    """A level's sensor under watch, and a clock."""

    def __init__(
        self, battery: Battery = BATTERY, *, power_w: float | None = None, volts_say: float | None = None
    ) -> None:
        self.battery, self.power_w, self.volts_say = battery, power_w, volts_say
        self.now = self.reported = NOON
        self.watch = Watch()

    def says(self, level: float, *, after_s: float = 10) -> Reading[float]:
        """Let time pass and the sensor report."""
        self.now += timedelta(seconds=after_s)
        self.reported = self.now
        return self._judged(Reading(level, self.reported, source="sensor.soc"))

    def stands(self, level: float, *, after_s: float = 10) -> Reading[float]:
        """Let time pass in which the sensor reports nothing."""
        self.now += timedelta(seconds=after_s)
        return self._judged(Reading(level, self.reported, source="sensor.soc"))

    def is_gone(self, *, after_s: float = 10) -> Reading[float]:
        """Let the sensor be unavailable."""
        self.now += timedelta(seconds=after_s)
        return self._judged(Reading(None, self.now, Trouble.UNAVAILABLE, "sensor.soc"))

    def _judged(self, reading: Reading[float]) -> Reading[float]:
        return self.watch.judge(reading, self.now, level_pace(self.battery, self.power_w), self.volts_say)


@pytest.mark.parametrize("glitch", [0.0, 0.1, 0.5, 0.7, 1.0])
def test_one_poll_of_a_jump_is_doubted_whether_it_does_harm_or_not(glitch: float) -> None:
    sensor = Sensor()
    assert sensor.says(0.62).value == 0.62
    doubted = sensor.says(glitch)
    assert (doubted.value, doubted.trouble, doubted.held) == (None, Trouble.DOUBTED, True)
    assert doubted.believed == pytest.approx(0.62)
    assert doubted.doubt is not None
    assert doubted.doubt.told == glitch
    assert sensor.says(0.62).value == 0.62


@pytest.mark.parametrize("level", [0.12, 1.0])
def test_a_second_poll_confirms(level: float) -> None:
    sensor = Sensor()
    sensor.says(0.62)
    assert sensor.says(level).value is None
    assert sensor.says(level).value == level
    assert sensor.says(level).value == level


def test_what_only_reports_changes_is_believed_after_90_seconds() -> None:
    sensor = Sensor()
    sensor.says(0.62)
    assert sensor.says(0.12).value is None
    assert sensor.stands(0.12, after_s=80).value is None
    assert sensor.stands(0.12, after_s=10).value == 0.12


def test_a_poll_every_five_minutes_is_waited_for() -> None:
    sensor = Sensor()
    for _ in range(4):
        sensor.says(0.62, after_s=300)
    assert sensor.says(0.0, after_s=300).value is None
    assert sensor.stands(0.0, after_s=100).held
    assert sensor.stands(0.0, after_s=190).held
    assert sensor.says(0.62).value == 0.62


@pytest.mark.parametrize("step", [0.01, 0.05])
def test_steps_of_a_sensor_are_no_jumps(step: float) -> None:
    """A battery empties at full power, read in whole steps every ten seconds."""
    sensor = Sensor(power_w=-5000)
    level = 0.9
    while level > 0.1:
        level -= 5000 / 0.95 / 15_000 / 360
        assert sensor.says(round(level / step) * step).trouble is None


def test_a_small_battery_falls_fast_under_a_big_load_and_is_believed_at_once() -> None:
    sensor = Sensor(Battery(id="b", name="B", capacity_wh=2500, max_charge_w=2500, max_discharge_w=5000), power_w=-5000)
    sensor.says(0.30)
    for level in (0.26, 0.21, 0.17):
        assert sensor.says(level, after_s=60).value == level


def test_a_ramp_of_small_steps_is_doubted_all_the_same() -> None:
    """A filter makes a slope of a glitch: no battery at rest loses 30 % in a minute."""
    sensor = Sensor(power_w=-100)
    sensor.says(0.62)
    assert any(sensor.says(0.62 - 0.05 * n).trouble is Trouble.DOUBTED for n in range(1, 6))


def test_noise_is_never_doubted() -> None:
    sensor = Sensor(power_w=0)
    for level in (0.5, 0.52, 0.5, 0.48, 0.5, 0.53, 0.49, 0.5) * 5:
        assert sensor.says(level).value == level


def test_an_hour_away_leaves_room_for_an_hours_work() -> None:
    sensor = Sensor()
    sensor.says(0.8)
    sensor.is_gone(after_s=3600)
    assert sensor.says(0.55).value == 0.55


@pytest.mark.parametrize("away", [False, True])
def test_the_first_zero_of_an_integration_is_confirmed_first(away: bool) -> None:
    sensor = Sensor()
    if away:
        sensor.says(0.3)
        sensor.is_gone(after_s=4 * 3600)
    assert sensor.says(0.0).trouble is Trouble.DOUBTED
    assert sensor.says(0.3).value == 0.3


def test_a_level_on_its_own_may_arrive_anywhere_else() -> None:
    assert Sensor().says(0.03).value == 0.03


def test_the_voltage_confirms_at_once() -> None:
    sensor = Sensor(volts_say=0.10)
    sensor.says(0.40)
    assert sensor.says(0.12).value == 0.12


def test_a_level_the_voltage_contradicts_is_never_confirmed_and_the_voltage_counts() -> None:
    sensor = Sensor(volts_say=0.66)
    sensor.says(0.62)
    polls = [sensor.says(0.0) for _ in range(360)]
    assert all(poll.value is None for poll in polls)
    assert polls[5].trouble is Trouble.DOUBTED
    assert {poll.trouble for poll in polls[9:]} == {Trouble.CONTRADICTED}
    assert not polls[9].held
    sensor.volts_say = None  # gone: that is no word for the level
    assert sensor.says(0.0).value is None
    sensor.volts_say = 0.66
    assert sensor.says(0.62).value == 0.62


def test_a_battery_that_came_down_step_by_step_is_believed_against_a_flat_curve() -> None:
    sensor = Sensor(power_w=-3000, volts_say=0.66)
    level = 0.62
    sensor.says(level)
    while level > 0.02:
        level -= 3000 / 0.95 / 15_000 / 60
        assert sensor.says(level, after_s=60).value == level


def test_a_level_that_hides_an_empty_battery_gives_way_to_its_voltage() -> None:
    sensor = Sensor(volts_say=0.6)
    sensor.says(0.62)
    sensor.volts_say = 0.05
    assert sensor.says(0.62).held
    assert sensor.says(0.62, after_s=90).trouble is Trouble.CONTRADICTED


def test_what_is_believed_goes_on_by_what_is_measured() -> None:
    sensor = Sensor(power_w=-3000)
    sensor.says(0.62)
    assert sensor.says(0.0, after_s=60).believed == pytest.approx(0.62 - 3000 / 0.95 / 15_000 / 60)


def test_a_level_that_settles_nowhere_becomes_unknown() -> None:
    sensor = Sensor()
    sensor.says(0.62)
    polls = [sensor.says(level) for _ in range(40) for level in (0.0, 0.35)]
    assert all(poll.value is None for poll in polls)
    assert polls[-1].believed is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_no_single_poll_moves_the_level_further_than_the_battery_can(levels: list[float]) -> None:
    sensor = Sensor()
    believed = sensor.says(levels[0]).value
    for level in levels[1:]:
        for _ in range(2):  # each is seen once, then the truth again
            told = sensor.says(level).value
            if told is not None and believed is not None:
                assert abs(told - believed) <= 0.12 + 1e-6
            believed = sensor.says(levels[0]).value if believed is not None else believed


def test_the_voltage_may_sag_but_not_vanish() -> None:
    watch, now = Watch(), NOON

    def says(volts: float) -> Reading[float]:
        nonlocal now
        now += timedelta(seconds=10)
        return watch.judge(Reading(volts, now, source="sensor.volts"), now, voltage_pace(volts))

    for volts in (53.1, 50.2, 49.0, 53.0, 52.9):
        assert says(volts).value == volts
    assert says(0.0).trouble is Trouble.DOUBTED
    assert says(52.9).value == 52.9


def test_a_level_that_stands_while_energy_flows_is_frozen() -> None:
    stillness, now = Stillness(), NOON

    def minutes(count: int, level: float, power_w: float) -> bool:
        nonlocal now
        drift = level_pace(BATTERY, power_w).drift
        frozen = False
        for _ in range(count):
            now += timedelta(minutes=1)
            frozen = stillness.frozen(level, now, drift)
        return frozen

    assert not minutes(25, 0.62, 3000)  # 1.25 kWh of 15
    assert minutes(10, 0.62, 3000)
    assert not minutes(1, 0.63, 3000)
    assert not minutes(600, 1.0, 3000)  # full: what flows in goes to warmth
    assert not minutes(600, 0.5, 40)  # a meter's offset
    assert minutes(60, 1.0, -3000)


def test_a_zero_with_nothing_to_ask_is_believed_after_ten_minutes_and_named() -> None:
    sensor = Sensor()
    sensor.says(0.62)
    polls = [sensor.says(0.0) for _ in range(60)]
    assert all(poll.trouble is Trouble.DOUBTED and poll.held for poll in polls)
    assert sensor.watch.fallen_since is None
    assert sensor.says(0.0).value == 0.0
    assert sensor.watch.fallen_since == NOON + timedelta(seconds=20)
    assert sensor.says(0.05).value == 0.05
    assert sensor.watch.fallen_since is None


def test_a_battery_that_still_gives_is_not_empty() -> None:
    sensor = Sensor(power_w=-3000)
    sensor.says(0.62)
    assert all(sensor.says(0.0).value is None for _ in range(360))
    sensor.power_w = 0
    assert all(sensor.says(0.0).value is None for _ in range(59))
    assert sensor.says(0.0, after_s=30).value == 0.0


def test_a_zero_that_the_voltage_confirms_needs_no_time() -> None:
    sensor = Sensor(volts_say=0.08)
    sensor.says(0.20)
    assert sensor.says(0.0).value == 0.0
    assert sensor.watch.fallen_since is None


def test_a_battery_that_runs_empty_reads_zero_at_once() -> None:
    sensor = Sensor(power_w=-5000)
    sensor.says(0.03)
    assert sensor.says(0.0, after_s=60).value == 0.0


@pytest.mark.parametrize("told", [-40.0, -2.0, 60.0, 150.0])
def test_cells_do_not_change_by_many_degrees_in_a_poll(told: float) -> None:
    watch, now = Watch(), NOON

    def says(celsius: float, after_s: float = 60) -> Reading[float]:
        nonlocal now
        now += timedelta(seconds=after_s)
        return watch.judge(Reading(celsius, now, source="sensor.cells"), now, CELL_PACE)

    assert says(21).value == 21
    doubted = says(told)
    assert (doubted.trouble, doubted.believed) == (Trouble.DOUBTED, 21)
    assert says(21).value == 21
    for celsius in (18, 14, 9, 4, 0, -1, -3):
        assert says(celsius, after_s=600).value == celsius
    assert says(told - 25 if told < 0 else told).trouble is Trouble.DOUBTED
    assert says(told - 25 if told < 0 else told).value is not None


def test_a_miner_warms_within_a_minute_and_does_not_boil_in_ten_seconds() -> None:
    watch, now = Watch(), NOON

    def says(celsius: float) -> Reading[float]:
        nonlocal now
        now += timedelta(seconds=10)
        return watch.judge(Reading(celsius, now, source="sensor.chips"), now, CHIP_PACE)

    for celsius in (25, 40, 55, 66, 70, 71, 71):
        assert says(celsius).value == celsius
    assert says(150).believed == 71
    assert says(72).value == 72


def test_a_power_that_stands_to_the_watt_while_the_level_goes_the_other_way_is_frozen() -> None:
    contrary, now, level = Contrary(), NOON, 0.62

    def minutes(count: int, power_w: float, per_minute: float) -> bool:
        nonlocal now, level
        frozen = False
        for _ in range(count):
            now += timedelta(minutes=1)
            level += per_minute
            frozen = contrary.frozen(power_w, level, now)
        return frozen

    assert not minutes(9, 3000, -0.004)
    assert minutes(9, 3000, -0.004)
    assert not minutes(1, 2990, -0.004)
    assert not minutes(60, 2990, 0.004)  # at its limit a charge is even
    assert not minutes(60, 0, -0.004)
    assert not minutes(1, -3000, 0.3)  # a battery that recalibrates
    assert minutes(20, -3000, 0.003)
