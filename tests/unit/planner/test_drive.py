"""What a battery cannot be told it does by itself, and the plan is of the home as it will behave."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.horizon import uniform
from custom_components.energy_orchestrator.model.plan import Plan, PlanStatus, Schedule
from custom_components.energy_orchestrator.model.problem import BatteryTask, Problem
from custom_components.energy_orchestrator.model.site import EVERYTHING, NOTHING, Drive
from custom_components.energy_orchestrator.planner.clean import clean
from custom_components.energy_orchestrator.planner.energy_planner import baseline, plan, rule_based_plan
from custom_components.energy_orchestrator.planner.hourly import hourly
from custom_components.energy_orchestrator.planner.reasons import battery_mode, battery_set_point_w
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .houses import START, battery, day, house, inverter, miner, must_run, sun

SELF_CONSUMPTION, CHARGE, DISCHARGE, HOLD = BatteryMode
HOLDS = {"keep_from_charging": True, "keep_from_discharging": True}
DRIVES: dict[str, Drive] = {
    "nothing": NOTHING,
    "hold": replace(NOTHING, **HOLDS),
    "charge": replace(NOTHING, charge=True),
    "charge and hold": replace(NOTHING, charge=True, **HOLDS),
    "charge at a power": replace(NOTHING, charge=True, charge_power=True, keep_from_charging=True),
    "discharge": replace(NOTHING, discharge=True),
    "discharge at a power": replace(NOTHING, discharge=True, discharge_power=True, keep_from_discharging=True),
    "powers alone": replace(NOTHING, charge_power=True, discharge_power=True, **HOLDS),
    "charging power alone": replace(NOTHING, charge_power=True, keep_from_charging=True),
    "discharging power alone": replace(NOTHING, discharge_power=True, keep_from_discharging=True),
    "all modes, no powers": replace(EVERYTHING, charge_power=False, discharge_power=False),
    "all but discharge": replace(EVERYTHING, discharge=False),
    "all but charge": replace(EVERYTHING, charge=False),
    "all but hold": replace(EVERYTHING, keep_from_charging=False, keep_from_discharging=False),
}


def planned(drive: Drive = EVERYTHING, *, told: BatteryMode | None = None, hours: int = 0, **changes: Any) -> Plan:
    """Return the verified plan of a house with a battery of this drive; `of_battery` changes the battery."""
    task = replace(battery(**changes.pop("of_battery", {})), drive=drive)
    if told is not None:
        task = told_to(task, told, hours)
    made = plan(house(batteries=(task,), **changes))
    assert not violations(made.problem, made.schedule, made.shed)
    assert made.status in {PlanStatus.OPTIMAL, PlanStatus.RELAXED}
    return made


def told_to(task: BatteryTask, told: BatteryMode, slots: int) -> BatteryTask:
    """Return a battery that is told something in the first slots, as its owner's word is posed."""
    held = np.arange(task.max_charge_w.size) < slots
    return replace(
        task,
        told=np.array([[mode is told] for mode in BatteryMode]) & held,
        max_charge_w=np.where(held & (told in {DISCHARGE, HOLD}), 0.0, task.max_charge_w),
        max_discharge_w=np.where(held & (told in {CHARGE, HOLD}), 0.0, task.max_discharge_w),
    )


def power(made: Plan) -> Any:
    """Return the battery's power, W, + charging."""
    return made.schedule.battery_w["battery"]


def test_without_a_way_to_charge_nothing_is_bought_for_the_battery_and_no_saving_counted() -> None:
    dear_evening: dict[str, Any] = {"import_price": day(0.10, 0.50), "load_w": 1_000.0}
    able, unable = planned(**dear_evening), planned(NOTHING, **dear_evening)
    assert power(able).max() > 4_000
    assert power(unable).max() <= 0
    assert unable.cost.total > able.cost.total + 1
    assert baseline(unable).total == pytest.approx(unable.cost.total, abs=1e-3), "nothing to decide, nothing to save"


def test_by_itself_it_covers_the_house_until_it_is_at_its_floor() -> None:
    made = planned(NOTHING, import_price=day(0.10, 0.50), load_w=1_000.0)
    # 3 kWh above the floor give 2.85 kWh.
    assert power(made)[:3] == pytest.approx([-1_000, -1_000, -850], abs=0.01)
    assert made.schedule.soc["battery"][3:] == pytest.approx(0.2)
    assert made.schedule.grid_w[3:] == pytest.approx(1_000)


def test_by_itself_it_stores_all_surplus_until_it_is_full() -> None:
    made = planned(NOTHING, solar_w=3_500.0, export_price=day(0.40, 0.05))
    assert power(made)[:2] == pytest.approx([3_000, 3_000 * (5 - 2.85) / 2.85], abs=800)
    assert made.schedule.soc["battery"][2] == pytest.approx(1.0)
    assert made.schedule.grid_w[0] == pytest.approx(0.0, abs=0.01)


def test_where_it_can_hold_the_dear_hours_are_waited_for() -> None:
    dear_evening: dict[str, Any] = {"import_price": day(0.10, 0.50), "load_w": 1_000.0}
    made = planned(DRIVES["hold"], **dear_evening)
    assert power(made)[:12] == pytest.approx(0.0)
    assert power(made)[12:].sum() == pytest.approx(-2_850, abs=1)
    assert battery_mode(made, "battery", 0) is HOLD
    assert power(planned(DRIVES["discharging power alone"], **dear_evening))[:12] == pytest.approx(0.0)


def test_nothing_is_discharged_to_the_grid_that_cannot_be_told_to() -> None:
    selling: dict[str, Any] = {"export_price": day(0.05, 0.60), "import_price": day(0.10, 0.20)}
    assert planned(**selling).schedule.grid_w.min() < -2_000
    for name in ("nothing", "hold", "charge at a power", "all but discharge"):
        assert planned(DRIVES[name], **selling).schedule.grid_w.min() >= -0.01, name


def test_without_a_power_to_set_it_charges_as_fast_as_it_can_or_not_at_all() -> None:
    made = planned(DRIVES["all modes, no powers"], import_price=day(0.10, 0.50), load_w=1_000.0, max_import_w=7_000.0)
    bought = power(made)[power(made) > 1]
    full = made.schedule.soc["battery"][1:][power(made) > 1] > 1 - 1e-6
    assert bought.size
    assert ((bought > 4_999) | full).all()
    # A connection that cannot carry all of it carries none.
    narrow = planned(DRIVES["all modes, no powers"], import_price=day(0.10, 0.50), load_w=1_000.0, max_import_w=4_000.0)
    assert power(narrow).max() <= 5_000 * 0.5
    assert (power(narrow)[:11] <= 0.01).all()


def test_sun_is_sold_in_dear_hours_only_where_charging_can_be_kept_back() -> None:
    sold_early: dict[str, Any] = {"solar_w": 3_500.0, "export_price": day(0.40, 0.01), "import_price": 0.45}
    for name, sells in (("charging power alone", True), ("hold", True), ("nothing", False), ("discharge", False)):
        made = planned(DRIVES[name], of_battery={"initial_soc": 0.3}, **sold_early)
        assert (made.schedule.grid_w[0] < -2_500) == sells, name


def test_the_reserve_nobody_can_keep_is_not_called_shed() -> None:
    task: dict[str, Any] = {"reserve_soc": 0.45}
    made = planned(NOTHING, of_battery=task, load_w=1_000.0)
    assert made.schedule.soc["battery"].min() == pytest.approx(0.2)
    assert not made.shed
    drained = planned(
        NOTHING, of_battery={**task, "initial_soc": 0.9}, load_w=0.0, max_import_w=0.0, miners=(must_run(hours=3),)
    )
    assert drained.shed, "what a load drains could have been kept"


@pytest.mark.parametrize(
    ("told", "changes", "expected"),
    [
        (CHARGE, {"max_charge_w": 3_000.0}, [3_000, 2_263]),
        (CHARGE, {"max_charge_w": 2_000.0, "initial_soc": 0.2}, [2_000, 2_000, 2_000]),
        (DISCHARGE, {"max_discharge_w": 1_500.0}, [-1_500, -1_350]),
        (DISCHARGE, {"max_discharge_w": 4_000.0, "reserve_soc": 0.4}, [-950]),
        (HOLD, {}, [0, 0, 0]),
        (SELF_CONSUMPTION, {}, [-500, -500, -500]),
    ],
)
def test_the_owners_word_is_in_the_plan(told: BatteryMode, changes: dict[str, Any], expected: list[float]) -> None:
    made = planned(told=told, hours=3, of_battery={**changes}, import_price=day(0.30, 0.31))
    assert power(made)[: len(expected)] == pytest.approx(expected, abs=2)
    assert battery_mode(made, "battery", 0) is told
    assert (np.diff(made.schedule.soc["battery"])[: len(expected)] * 1e4 > 0).all() == (told is CHARGE)


def test_the_word_stays_within_the_connection() -> None:
    charged = planned(told=CHARGE, hours=2, load_w=2_000.0, max_import_w=4_000.0)
    assert power(charged)[0] == pytest.approx(2_000)
    sold = planned(told=DISCHARGE, hours=2, max_export_w=1_000.0)
    assert power(sold)[0] == pytest.approx(-1_500)
    kept = planned(told=DISCHARGE, hours=2, battery_export=False)
    assert power(kept)[0] == pytest.approx(-500)


def test_one_told_to_charge_meanwhile_serves_no_miner() -> None:
    made = planned(told=CHARGE, hours=1, miners=(miner(earns=1.0),))
    assert power(made)[0] == pytest.approx(5_000)
    assert made.schedule.grid_w[0] == pytest.approx(8_500)


def _faulty(made: Plan, watts: list[float]) -> set[str]:
    """Return the limits a schedule breaks whose battery moves these powers in the first hours."""
    p, s = made.problem, made.schedule
    moved = power(made).copy()
    moved[: len(watts)] = watts
    task = p.batteries[0]
    stored = np.where(moved > 0, moved * task.charge_efficiency, moved / task.discharge_efficiency)
    soc = task.initial_soc + np.concatenate(([0.0], np.cumsum(stored))) / task.capacity_wh
    changed = Schedule(
        battery_w={"battery": moved}, soc={"battery": soc}, grid_w=s.grid_w + moved - power(made),
        solar_used_w=s.solar_used_w, unserved_w=s.unserved_w, units=s.units,
    )  # fmt: skip
    return {item.limit for item in violations(p, changed, ())}


def test_the_verifier_refuses_what_the_battery_would_not_do() -> None:
    rising: dict[str, Any] = {"import_price": day(0.30, 0.31)}
    by_itself = planned(NOTHING, solar_w=np.where(np.arange(24) < 1, 3_500.0, 0.0), **rising)
    assert "stores" in _faulty(by_itself, [1_000.0])
    assert "covers" in _faulty(by_itself, [3_000.0, 0.0])
    assert "charges_by_force" in _faulty(by_itself, [3_000.0, 500.0])
    assert "discharges_by_force" in _faulty(planned(NOTHING, **rising), [-2_000.0])
    assert "told_to_charge" in _faulty(planned(told=CHARGE, hours=1, **rising), [2_000.0])
    assert "told_to_discharge" in _faulty(planned(told=DISCHARGE, hours=1, **rising), [-600.0])
    assert not _faulty(by_itself, [])


def _as_the_inverter_does(made: Plan) -> list[float]:
    """Follow the modes and set-points of a plan as an inverter that knows only its meter; return the SOC at each boundary."""
    p, task, socs = made.problem, made.problem.batteries[0], [made.problem.batteries[0].initial_soc]
    drawn = sum((made.miner_w(m.id) for m in p.miners), np.zeros(len(p.horizon)))
    for t, hours in enumerate(p.horizon.hours):
        soc = socs[-1]
        surplus = float(p.solar_w[t] - p.load_w[t] - drawn[t])
        room = max(0.0, (task.max_soc[t] - soc) * task.capacity_wh / hours / task.charge_efficiency)
        left = max(0.0, (soc - task.min_soc[t]) * task.capacity_wh / hours * task.discharge_efficiency)
        most_in, most_out = min(task.max_charge_w[t], room), min(task.max_discharge_w[t], left)
        mode, set_w = battery_mode(made, "battery", t), battery_set_point_w(made, "battery", t)
        # A set-point that is not mapped is not heard.
        in_w = min(most_in, set_w) if task.drive.charge_power else most_in
        out_w = min(most_out, set_w) if task.drive.discharge_power else most_out
        moved = {
            SELF_CONSUMPTION: min(surplus, in_w) if surplus > 0 else -min(-surplus, most_out),
            CHARGE: in_w if task.drive.charge else np.nan,
            DISCHARGE: -out_w if task.drive.discharge else np.nan,
            HOLD: 0.0
            if task.drive.hold
            else (0.0 if task.drive.keep_from_charging else min(surplus, most_in))
            if surplus > 0
            else (0.0 if task.drive.keep_from_discharging else -min(-surplus, most_out)),
        }[mode]
        stored = moved * task.charge_efficiency if moved > 0 else moved / task.discharge_efficiency
        socs.append(soc + stored * hours / task.capacity_wh)
    return socs


def _some_house(seed: int, drive: Drive) -> Problem:
    dice = np.random.default_rng(seed)
    slots = 36
    task = replace(
        battery(slots, initial_soc=float(dice.uniform(0.2, 1)), max_charge_w=float(dice.uniform(2e3, 6e3))), drive=drive
    )
    return replace(
        house(slots),
        horizon=uniform(START, 30, slots),
        solar_w=np.roll(sun(slots, peak_w=float(dice.uniform(0, 9e3))), int(dice.integers(slots))),
        load_w=dice.gamma(2, 400, slots),
        import_price=np.round(dice.uniform(0.05, 0.5, slots), 2),
        export_price=np.round(dice.uniform(-0.05, 0.35, slots), 2),
        batteries=(task,),
        miners=(miner(slots, earns=0.2, min_run_h=1, min_pause_h=0.5, start_cost=0.02),) if seed % 2 else (),
    )


@pytest.mark.parametrize("name", DRIVES)
def test_an_inverter_that_follows_the_plan_lives_the_plan(name: str, subtests: pytest.Subtests) -> None:
    for seed in range(2):
        made = plan(_some_house(seed, DRIVES[name]), time_limit_s=2, gap=2e-3)
        with subtests.test(seed=seed):
            assert made.status in {PlanStatus.OPTIMAL, PlanStatus.FEASIBLE, PlanStatus.RELAXED}
            assert _as_the_inverter_does(made) == pytest.approx(made.schedule.soc["battery"], abs=5e-3)


@pytest.mark.parametrize("name", DRIVES)
def test_the_rules_keep_to_what_can_be_told(name: str) -> None:
    for seed in range(12):
        made = rule_based_plan(_some_house(seed, DRIVES[name]))
        assert made.status is PlanStatus.FALLBACK
        assert not violations(made.problem, made.schedule, made.shed)


def test_less_to_tell_never_costs_less() -> None:
    for seed in range(4):
        all_of_it = plan(_some_house(seed, EVERYTHING), gap=1e-6).cost.total
        for name in ("nothing", "hold", "all but discharge"):
            some = plan(_some_house(seed, DRIVES[name]), time_limit_s=2, gap=1e-3)
            # The worth of what is left at the end is each plan's own: compare what was paid for the same end.
            assert some.cost.total >= all_of_it - 1e-3 - 1e-3 * abs(all_of_it), name


@pytest.mark.parametrize("drive", ["nothing", "charge"])
def test_behind_a_narrow_inverter_the_sun_it_cannot_let_through_is_stored(drive: str) -> None:
    task = battery(capacity_wh=40_000, max_charge_w=8_000, inverter=0)
    made = plan(
        house(
            solar_w=9_000.0, load_w=6_000.0, inverters=(inverter(ac_limit_w=4_000),),
            batteries=(replace(task, drive=DRIVES[drive]),),
        )
    )  # fmt: skip
    assert made.status in {PlanStatus.OPTIMAL, PlanStatus.RELAXED}
    assert power(made)[0] == pytest.approx(5_000)
    assert made.schedule.grid_w[0] == pytest.approx(2_000)
    assert not violations(made.problem, made.schedule, made.shed)


def test_a_battery_that_covers_by_itself_also_feeds_one_that_is_told_to_charge() -> None:
    told = told_to(battery(capacity_wh=40_000, initial_soc=0.3), CHARGE, 2)
    covers = replace(battery(capacity_wh=40_000, initial_soc=0.8, max_discharge_w=2_000), id="covers", drive=NOTHING)
    made = rule_based_plan(house(batteries=(told, covers), load_w=400.0, max_import_w=1_000.0))
    assert made.status is PlanStatus.FALLBACK
    assert made.schedule.battery_w["covers"][0] == pytest.approx(-2_000)
    assert made.schedule.battery_w["battery"][0] == pytest.approx(2_600), (
        "what both leave: 1000 bought, 400 for the house"
    )
    assert not violations(made.problem, made.schedule, made.shed)


def test_hours_keep_what_the_owner_says() -> None:
    problem = replace(_some_house(1, EVERYTHING), miners=())
    task: BatteryTask = told_to(problem.batteries[0], CHARGE, 4)
    made = plan(hourly(clean(replace(problem, batteries=(task,)))))
    assert [*made.problem.batteries[0].told_to(CHARGE)[:3]] == [True, True, False]
    assert not violations(made.problem, made.schedule, made.shed)
