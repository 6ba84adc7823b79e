"""Balance: what does not add up for ten minutes is named by the one cause that explains it, and a lone jump is doubted."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.energy_orchestrator.inputs.balance import Balance, Cause, Flow, Measured, Mismatch, Sum

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


class House:
    """A house with panels, a battery and a miner, and sensors that may tell it wrongly."""

    def __init__(self, *, metered: bool = True) -> None:
        self.metered = metered
        self.with_miners = True
        self.sign = {"grid": 1, "battery": 1}
        self.frozen: dict[str, float] = {}
        self.miners_w = 0.0
        self.now = NOON
        self.balance = Balance()

    def sums(self, solar: float, used: float, battery: float) -> Sum:
        """Return what is measured. `used`: by the house without its miner; `battery`: + charging."""
        drawn = used + self.miners_w
        grid = drawn + battery - solar
        told = {"solar": solar, "grid": self.sign["grid"] * grid, "battery": -self.sign["battery"] * battery}
        told["load"] = -(drawn if self.with_miners else used)
        told |= self.frozen
        flows = [
            Measured(Flow.SOLAR, told["solar"], None, "sensor.solar"),
            Measured(Flow.GRID, told["grid"], None, "sensor.grid"),
            Measured(Flow.BATTERY, told["battery"], "battery", "sensor.battery"),
        ]
        if self.metered:
            flows.append(Measured(Flow.LOAD, told["load"], None, "sensor.load"))
        return Sum(tuple(flows), self.miners_w, with_miners=True)

    def minutes(self, count: int, solar: float, used: float, battery: float) -> Mismatch | None:
        """Let time pass; house and sun are restless."""
        for minute in range(count):
            self.now += timedelta(minutes=1)
            restless = self.sums(solar + 7 * minute % 40, used + 13 * minute % 90, battery + minute)
            self.balance.judge(restless, self.now)
        return self.balance.mismatch


def test_what_adds_up_is_never_named() -> None:
    house = House()
    assert house.minutes(60, 5000, 900, 3000) is None
    assert house.minutes(60, 0, 900, -900) is None
    assert house.minutes(60, 0, 12_000, 0) is None


@pytest.mark.parametrize(
    ("wrong", "solar", "battery", "cause", "source"),
    [
        ("grid", 6000, 1000, Cause.GRID_SIGN, "sensor.grid"),
        ("grid", 0, 0, Cause.GRID_SIGN, "sensor.grid"),
        ("battery", 5000, 3000, Cause.BATTERY_SIGN, "sensor.battery"),
        ("battery", 0, -1400, Cause.BATTERY_SIGN, "sensor.battery"),
    ],
)
def test_a_sign_the_wrong_way_round_is_told_by_trying(
    wrong: str, solar: float, battery: float, cause: Cause, source: str
) -> None:
    house = House()
    house.sign[wrong] = -1
    assert house.minutes(10, solar, 1800, battery) is None
    found = house.minutes(2, solar, 1800, battery)
    assert found is not None
    assert (found.cause, found.source) == (cause, source)


def test_a_cause_stays_until_the_flow_itself_says_that_it_is_gone() -> None:
    house = House()
    house.sign["battery"] = -1
    house.minutes(12, 5000, 900, 3000)
    found = house.minutes(60, 300, 900, 0)  # next to nothing flows there
    assert found is not None
    assert found.cause is Cause.BATTERY_SIGN
    house.sign["battery"] = 1
    assert house.minutes(2, 5000, 900, 3000) is None


def test_lags_of_some_minutes_are_no_cause() -> None:
    house = House()
    for _ in range(20):
        house.sign["grid"] = -1
        house.minutes(8, 0, 2000, 0)
        house.sign["grid"] = 1
        assert house.minutes(1, 0, 2000, 0) is None


def test_miners_counted_otherwise_than_set_are_told() -> None:
    house = House()
    house.miners_w, house.with_miners = 3250.0, False
    found = house.minutes(12, 5000, 900, 1000)
    assert found is not None
    assert found.cause is Cause.MINERS_IN_LOAD


def test_a_sensor_that_stands_still_while_all_else_moves_is_told() -> None:
    house = House()
    house.frozen = {"battery": -3000.0}
    found = house.minutes(12, 200, 900, 0)
    assert found is not None
    assert (found.cause, found.source, found.device_id) == (Cause.FROZEN, "sensor.battery", "battery")
    house.frozen = {"battery": -2500.0}
    found = house.minutes(1, 200, 900, 0)
    assert found is not None
    assert found.cause is Cause.UNKNOWN, "it is wrong still, but it moves"


def test_what_no_single_sign_explains_is_named_where_it_is_much() -> None:
    house = House()
    house.frozen = {"load": -5000.0, "solar": 900.0}
    found = house.minutes(12, 900, 700, 0)
    assert found is not None
    assert found.cause is Cause.UNKNOWN
    house = House()
    house.frozen = {"load": -1600.0}
    assert house.minutes(12, 4000, 700, 0) is None


def test_without_a_meter_of_the_load_it_must_not_be_below_zero() -> None:
    house = House(metered=False)
    assert house.minutes(30, 5000, 900, 3000) is None
    house.sign["battery"] = -1
    assert house.minutes(30, 5000, 900, 1000) is None  # a big load, for all anyone knows
    found = house.minutes(12, 0, 900, -2500)
    assert found is not None
    assert (found.cause, found.device_id) == (Cause.BATTERY_SIGN, "battery")
    house = House(metered=False)
    house.frozen = {"solar": 0.0, "grid": -4000.0, "battery": -100.0}
    found = house.minutes(12, 0, 900, 0)
    assert found is not None
    assert found.cause is Cause.GRID_SIGN


def test_the_one_flow_that_leaves_the_balance_is_told_and_a_real_change_is_not() -> None:
    house = House()
    assert house.balance.jumped(house.sums(5000, 900, 3000), NOON) is None
    for flow, watts, key in (
        ("grid", 20_000.0, (Flow.GRID, None)),
        ("solar", 0.0, (Flow.SOLAR, None)),
        ("load", -9000.0, (Flow.LOAD, None)),
        ("battery", 4000.0, (Flow.BATTERY, "battery")),
    ):
        house.frozen = {flow: watts}
        assert house.balance.jumped(house.sums(5000, 900, 3000), NOON) == key
    house.frozen = {}
    for solar, used in ((5000, 3900), (800, 900), (5000, 11_900)):  # a kettle, a cloud, a wallbox
        assert house.balance.jumped(house.sums(solar, used, 3000), NOON) is None


def test_a_jump_that_stays_is_none() -> None:
    house = House()
    house.balance.jumped(house.sums(0, 900, 0), NOON)
    house.frozen = {"grid": 9000.0}
    assert house.balance.jumped(house.sums(0, 900, 0), NOON) is not None
    assert house.balance.jumped(house.sums(0, 900, 0), NOON + timedelta(seconds=91)) is None
