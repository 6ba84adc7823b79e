"""From site, readings and forecasts to the planning problem."""

from dataclasses import replace
from datetime import time, timedelta

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryOverride, MinerOverride
from custom_components.energy_orchestrator.model.horizon import tiered, uniform
from custom_components.energy_orchestrator.model.ledger import MinerState
from custom_components.energy_orchestrator.model.site import NOTHING, Grid, MinerLevel, Strategy, Window
from custom_components.energy_orchestrator.model.whatif import WhatIf
from custom_components.energy_orchestrator.planner import energy_planner
from custom_components.energy_orchestrator.planner.pose import UnknownSocError, pose
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .house import BATTERY, DUMP, NOON, S21, SITE, forecasts, ledger, plan, readings, situation, unknown


def test_without_a_state_of_charge_there_is_no_problem_to_plan() -> None:
    with pytest.raises(UnknownSocError) as err:
        pose(situation(readings=readings(soc=unknown())))
    assert err.value.batteries == ("battery",)


def test_revenue_per_kwh_follows_hashprice_and_efficiency() -> None:
    task = pose(situation()).miners[0]
    # 0.05 per TH/s and day, 190 TH/s from 3 kW: 9.50 a day from 72 kWh
    assert task.value_per_kwh[0, 0] == pytest.approx(9.5 / 72)


def test_windows_are_local_and_may_span_midnight() -> None:
    night = replace(S21, windows=(Window(time(22), time(6)),))
    allowed = pose(situation(replace(SITE, miners=(night, DUMP)))).miners[0].allowed
    # NOON is 12:00 in Berlin: slots 10 (22:00) to 17 (05:00)
    assert np.flatnonzero(allowed).tolist() == list(range(10, 18))


def test_what_was_used_today_counts_and_tomorrow_is_fresh() -> None:
    miner = replace(S21, max_hours_per_day=6, max_starts_per_day=3, min_hours_per_day=4)
    used = ledger(s21=MinerState(since=NOON, hours_today=5, starts_today=2))
    today, tomorrow = pose(situation(replace(SITE, miners=(miner, DUMP)), ledger=used)).miners[0].budgets
    assert (today.max_hours, today.max_starts, today.min_hours) == (1, 1, 0)
    assert (tomorrow.max_hours, tomorrow.max_starts) == (6, 3)
    assert today.slots.sum() == 12
    assert tomorrow.min_hours == 0  # only half of tomorrow is in this horizon


def test_cold_slots_take_no_charge() -> None:
    cold = pose(situation(forecasts=forecasts(uniform(NOON, 60, 24), temperature_c=-2))).batteries[0]
    assert np.all(cold.max_charge_w == 0)
    warm_now = pose(
        situation(forecasts=forecasts(uniform(NOON, 60, 24), temperature_c=-2), readings=readings(battery_c=5))
    ).batteries[0]
    assert warm_now.max_charge_w[0] == 5000
    assert warm_now.max_charge_w[2] == 0


def test_off_grid_neither_buys_nor_sells() -> None:
    problem = pose(situation(replace(SITE, grid=Grid(connected=False))))
    assert np.all(problem.max_import_w == 0)
    assert np.all(problem.max_export_w == 0)


def test_no_limit_is_infinite_and_no_export_is_none() -> None:
    problem = pose(situation(replace(SITE, grid=Grid(export_allowed=False))))
    assert np.all(np.isinf(problem.max_import_w))
    assert np.all(problem.max_export_w == 0)


@pytest.mark.parametrize(
    ("strategy", "reserve", "wear", "aversion"),
    [
        (Strategy.BALANCED, 0.25, 0.01, 0),
        (Strategy.BATTERY_CARE, 0.35, 0.02, 0),
        (Strategy.SELF_SUFFICIENCY, 0.25, 0.01, 0.1),
    ],
)
def test_the_strategy_leans(strategy: Strategy, reserve: float, wear: float, aversion: float) -> None:
    problem = pose(situation(replace(SITE, strategy=strategy)))
    assert problem.batteries[0].reserve_soc[0] == pytest.approx(reserve)
    assert problem.batteries[0].wear_per_kwh == pytest.approx(wear)
    assert problem.import_aversion == aversion


def test_an_order_to_run_lifts_the_miners_own_rules_for_its_time() -> None:
    word = MinerOverride(miner_id="dump", run=True, until=NOON + timedelta(hours=2))
    task = pose(situation(miner_overrides={"dump": word})).miners[1]
    assert task.on_surplus.tolist()[:3] == [False, False, True]
    assert task.budgets[-1].min_hours == 2
    assert task.budgets[-1].slots.sum() == 2


def test_an_order_to_stop_forbids_its_time_only() -> None:
    word = MinerOverride(miner_id="s21", run=False, until=NOON + timedelta(hours=2))
    allowed = pose(situation(miner_overrides={"s21": word})).miners[0].allowed
    assert not allowed[:2].any()
    assert allowed[2:].all()


@pytest.mark.parametrize(
    ("mode", "charge_w", "discharge_w"),
    [(BatteryMode.HOLD, 0, 0), (BatteryMode.CHARGE, 5000, 0), (BatteryMode.DISCHARGE, 0, 5000)],
)
def test_an_order_to_a_battery_forbids_the_opposite(mode: BatteryMode, charge_w: float, discharge_w: float) -> None:
    word = BatteryOverride(battery_id=BATTERY.id, mode=mode, until=NOON + timedelta(hours=1))
    task = pose(situation(battery_overrides={BATTERY.id: word})).batteries[0]
    assert (task.max_charge_w[0], task.max_discharge_w[0]) == (charge_w, discharge_w)
    assert (task.max_charge_w[1], task.max_discharge_w[1]) == (5000, 5000)


def test_the_last_plan_is_kept_on_the_new_slots() -> None:
    last = plan(running={"s21": [0, 1, 1]})
    horizon = uniform(NOON + timedelta(hours=1), 30, 60)
    later = pose(situation(last_plan=last, horizon=horizon, forecasts=forecasts(horizon)))
    assert later.kept_miner_w["s21"][:5].tolist() == [3000, 3000, 3000, 3000, 0]
    assert np.isnan(later.kept_miner_w["s21"][-1])


def test_what_if_changes_only_what_it_names() -> None:
    problem = pose(situation())
    changed = WhatIf(solar_factor=0.5, price_offset=0.1, reserve_soc=0.5, miners_off=frozenset({"s21"})).applied(
        problem
    )
    assert changed.solar_w[0] == 3000
    assert changed.import_price[0] == pytest.approx(0.4)
    assert changed.batteries[0].reserve_soc[0] == 0.5
    assert not changed.miners[0].allowed.any()
    assert changed.miners[1].allowed.all()
    assert np.array_equal(changed.load_w, problem.load_w)


def test_the_tiered_horizon_aligns_to_the_clock() -> None:
    assert len(tiered(NOON)) == 152
    horizon = tiered(NOON + timedelta(minutes=7, seconds=13))
    assert horizon.start == NOON + timedelta(minutes=5)
    lengths = np.round(horizon.hours * 60).astype(int)
    assert set(lengths) == {5, 15, 30}
    for start, minutes in zip(horizon.starts, lengths, strict=True):
        assert start.minute % int(minutes) == 0
    assert horizon.end - horizon.start >= timedelta(hours=48)


@pytest.mark.parametrize(("asked", "level"), [(None, 2), (3_000.0, 2), (2_000.0, 1), (2_500.0, 1), (1_000.0, 0)])
def test_a_miner_runs_at_the_power_its_owner_asks_for(asked: float | None, level: int) -> None:
    tuned = replace(S21, levels=(MinerLevel(1000, 70), MinerLevel(2000, 130), MinerLevel(3000, 190)))
    word = MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=3), power_w=asked)
    problem = pose(situation(replace(SITE, miners=(tuned, DUMP)), miner_overrides={"s21": word}))
    made = energy_planner.plan(problem)
    assert not violations(made.problem, made.schedule, made.shed)
    units = made.schedule.units["s21"]
    assert units[level, :3].tolist() == [1, 1, 1]
    assert units[:, :3].sum() == 3


@pytest.mark.parametrize(
    ("mode", "power_w", "limits"),
    [
        (BatteryMode.CHARGE, 2_000.0, (2_000, 0)),
        (BatteryMode.DISCHARGE, None, (0, 5_000)),
        (BatteryMode.HOLD, None, (0, 0)),
        (BatteryMode.SELF_CONSUMPTION, None, (5_000, 5_000)),
    ],
)
def test_the_owners_word_is_posed_with_its_power(
    mode: BatteryMode, power_w: float | None, limits: tuple[float, float]
) -> None:
    word = BatteryOverride(battery_id=BATTERY.id, mode=mode, until=NOON + timedelta(hours=2), power_w=power_w)
    task = pose(situation(battery_overrides={BATTERY.id: word})).batteries[0]
    assert task.told_to(mode).tolist()[:3] == [True, True, False]
    assert (task.max_charge_w[0], task.max_discharge_w[0]) == limits
    unable = pose(situation(battery_overrides={BATTERY.id: word}, drives={BATTERY.id: NOTHING})).batteries[0]
    assert (unable.told is None) == (mode is not BatteryMode.SELF_CONSUMPTION)
    assert unable.drive == NOTHING


def test_a_miner_that_does_not_mine_is_planned_without_until_it_is_tried_again() -> None:
    running = ledger(s21=MinerState(running=1, since=NOON - timedelta(hours=1)))
    posed = replace(situation(ledger=running), aside={"s21": NOON + timedelta(hours=2)})
    idle, other = pose(posed).miners
    assert idle.running == 0
    assert np.flatnonzero(~idle.allowed).tolist() == [0, 1]
    assert other.allowed.all()
