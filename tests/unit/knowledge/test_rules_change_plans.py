"""For each type of rule: the plan without the policy breaks it, the plan with it does not, and the reason cites it.

The house has one battery of 10 kWh and two miners; its day is a sunny one with a dear evening, in hours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerOverride, MinerReason
from custom_components.energy_orchestrator.model.forecast import Forecast, Forecasts, Source
from custom_components.energy_orchestrator.model.horizon import Series, uniform
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.policy import Moment, Policy, Rule
from custom_components.energy_orchestrator.model.readings import SiteReadings
from custom_components.energy_orchestrator.model.site import EVERYTHING, Battery, Grid, Miner, MinerLevel, Site
from custom_components.energy_orchestrator.planner.energy_planner import plan, rule_based_plan
from custom_components.energy_orchestrator.planner.moment.battery_optimizer import decide_battery
from custom_components.energy_orchestrator.planner.moment.circumstances import Circumstances
from custom_components.energy_orchestrator.planner.moment.miner_coordinator import decide_miners
from custom_components.energy_orchestrator.planner.pose import Situation, pose
from custom_components.energy_orchestrator.planner.reasons import battery_reason, miner_reason
from custom_components.energy_orchestrator.planner.rules.in_force import in_force
from tests.unit.decisions.house import NOON, known, ledger, readings

from .helper_documents import rule

HOURS = 24
BATTERY = Battery(
    id="battery",
    name="Battery",
    capacity_wh=10_000,
    max_charge_w=5_000,
    max_discharge_w=5_000,
    min_soc=0.1,
    reserve_soc=0.1,
    critical_soc=0.1,
    wear_per_kwh=0.01,
)
S21 = Miner(
    id="s21",
    name="S21",
    levels=(MinerLevel(2000, 120),),
    priority=2,
    min_run_h=0,
    min_pause_h=0,
    start_cost=0,
    max_starts_per_day=None,
    start_soc=None,
    stop_soc=None,
)
SECOND = replace(S21, id="second", name="Second", priority=1)
SITE = Site(
    name="House",
    currency="EUR",
    time_zone="Europe/Berlin",
    grid=Grid(max_import_w=9_000, max_export_w=9_000),
    batteries=(BATTERY,),
    miners=(S21,),
)
# Noon to noon. Sun in the first six hours and the last four; the evening is dear, the night cheap.
SUN = [5000.0] * 6 + [0.0] * 14 + [3000.0] * 4
PRICES = [0.25] * 5 + [0.45] * 5 + [0.10] * 10 + [0.25] * 4


@dataclass(frozen=True, kw_only=True)
class Day:
    """The circumstances of a case; series are by hour from 12:00 local time."""

    sun: list[float] = field(default_factory=lambda: SUN)
    load_w: float = 500
    prices: list[float] = field(default_factory=lambda: PRICES)
    export: float | list[float] = 0.08
    hashprice: float = 0.05
    soc: float = 0.5
    outdoor_c: float = 20
    battery_c: float | None = None
    site: Site = SITE


def situation(day: Day, policies: tuple[Policy, ...], **more: Any) -> Situation:
    horizon = uniform(NOON, 60, HOURS)

    def series(values: Series | list[float] | float) -> Forecast:
        return Forecast(np.broadcast_to(np.asarray(values, dtype=np.float64), (HOURS,)).copy(), Source.FIXED)

    return Situation(
        site=day.site,
        readings=_readings(day),
        forecasts=Forecasts(
            solar_w=series(day.sun),
            load_w=series(day.load_w),
            import_price=series(day.prices),
            export_price=series(day.export),
            hashprice=series(day.hashprice),
            temperature_c=series(day.outdoor_c),
        ),
        horizon=horizon,
        ledger=ledger(),
        policies=policies,
        **more,
    )


def _readings(day: Day) -> SiteReadings:
    return replace(
        readings(soc=day.soc, battery_c=day.battery_c),
        miners={miner.id: replace(readings().miners["s21"], running=known(0)) for miner in day.site.miners},
    )


def planned(day: Day, policies: tuple[Policy, ...] = (), **more: Any) -> Plan:
    return plan(pose(situation(day, policies, **more)), created=NOON)


def runs(made: Plan, miner: str = "s21") -> Series:
    return np.asarray(made.running(miner), dtype=np.float64)


def soc(made: Plan) -> Series:
    """At the end of each hour."""
    return np.asarray(made.schedule.soc["battery"][1:], dtype=np.float64)


def imported(made: Plan) -> Series:
    return np.asarray(np.maximum(0.0, made.schedule.grid_w), dtype=np.float64)


def exported(made: Plan) -> Series:
    return np.asarray(np.maximum(0.0, -made.schedule.grid_w), dtype=np.float64)


def charged_from_grid(made: Plan) -> Series:
    """Charging beyond the surplus."""
    return np.asarray(np.maximum(0.0, made.schedule.battery_w["battery"] - made.problem.surplus_w), dtype=np.float64)


def starts(made: Plan) -> Series:
    return np.asarray(np.maximum(0.0, np.diff(runs(made), prepend=0.0)), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A rule, what shows that a plan breaks it (by how much, 0 is not at all), and the reason that cites it."""

    rule: Rule
    value: str
    breaks: Callable[[Plan], float]
    reason: MinerReason | BatteryReason
    day: Day = field(default_factory=Day)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The rule as the owner writes it."""
        return rule(self.rule.value, self.value, **self.more)


RICH = 0.12  # mining pays 0.30 per kWh
NO_SUN = [0.0] * HOURS
CASES = (
    Case(
        rule=Rule.BATTERY_MIN_SOC,
        value="45 %",
        breaks=lambda p: max(0.0, 0.45 - soc(p).min()),
        reason=BatteryReason.AT_RESERVE,
        day=Day(sun=NO_SUN, hashprice=0.001),
    ),
    Case(
        rule=Rule.BATTERY_MAX_SOC,
        value="70 %",
        breaks=lambda p: max(0.0, soc(p).max() - 0.7),
        reason=BatteryReason.FULL,
        day=Day(hashprice=0.001, load_w=1_000, export=[0.02] * 3 + [0.1] * 21),
    ),
    Case(
        rule=Rule.BATTERY_RESERVE_SOC,
        value="45 %",
        breaks=lambda p: max(0.0, 0.45 - soc(p).min()),
        reason=BatteryReason.AT_RESERVE,
        day=Day(sun=NO_SUN, hashprice=0.001),
    ),
    Case(
        rule=Rule.BATTERY_TARGET_SOC,
        value="90 %",
        more={"by": "07:00"},
        breaks=lambda p: max(0.0, 0.9 - soc(p)[18]),
        reason=BatteryReason.CHARGING_CHEAP,
        day=Day(sun=NO_SUN, prices=[0.2] * HOURS, hashprice=0.001),
    ),
    Case(
        rule=Rule.BATTERY_MIN_CHARGE_TEMPERATURE,
        value="5 °C",
        breaks=lambda p: np.maximum(0.0, p.schedule.battery_w["battery"]).max(),
        reason=BatteryReason.TOO_COLD,
        day=Day(outdoor_c=2, hashprice=0.001, load_w=1_500),
    ),
    Case(
        rule=Rule.BATTERY_MAX_CHARGE_TEMPERATURE,
        value="45 °C",
        breaks=lambda p: np.maximum(0.0, p.schedule.battery_w["battery"]).max(),
        reason=BatteryReason.TOO_HOT,
        day=Day(outdoor_c=50, hashprice=0.001, load_w=1_500),
    ),
    Case(
        rule=Rule.GRID_IMPORT,
        value="no",
        more={"when": "22:00-08:00"},
        breaks=lambda p: imported(p)[10:20].max(),
        reason=BatteryReason.COVERING_LOAD,
        day=Day(load_w=300, hashprice=0.001),
    ),
    Case(
        rule=Rule.GRID_EXPORT,
        value="no",
        breaks=lambda p: exported(p).max(),
        reason=BatteryReason.STORING_SURPLUS,
        day=Day(hashprice=0.001, soc=0.8),
    ),
    Case(
        rule=Rule.GRID_CHARGING,
        value="no",
        breaks=lambda p: charged_from_grid(p).max(),
        reason=BatteryReason.AT_RESERVE,
        day=Day(sun=NO_SUN, soc=0.1, hashprice=0.001, prices=[0.1] * 6 + [0.6] * 6 + [0.3] * 12),
    ),
    Case(
        rule=Rule.GRID_BATTERY_EXPORT,
        value="no",
        breaks=lambda p: np.maximum(0.0, exported(p) - p.problem.surplus_w).max(),
        reason=BatteryReason.IDLE,
        day=Day(sun=NO_SUN, export=0.3, prices=[0.1] * HOURS, load_w=0, hashprice=0.001),
    ),
    Case(
        rule=Rule.GRID_MAX_IMPORT,
        value="1 kW",
        breaks=lambda p: max(0.0, imported(p).max() - 1000),
        reason=MinerReason.IMPORT_LIMIT,
        day=Day(hashprice=RICH),
    ),
    Case(
        rule=Rule.GRID_MAX_EXPORT,
        value="1 kW",
        breaks=lambda p: max(0.0, exported(p).max() - 1000),
        reason=BatteryReason.STORING_SURPLUS,
        day=Day(hashprice=0.001, soc=0.8),
    ),
    Case(
        rule=Rule.GRID_MAX_IMPORT_PRICE,
        value="0.30 EUR/kWh",
        breaks=lambda p: imported(p)[5:10].max(),
        reason=MinerReason.IMPORT_LIMIT,
        day=Day(hashprice=0.25),
    ),
    Case(
        rule=Rule.GRID_MIN_EXPORT_PRICE,
        value="10 ct/kWh",
        breaks=lambda p: exported(p).max(),
        reason=BatteryReason.STORING_SURPLUS,
        day=Day(hashprice=0.001, soc=0.8),
    ),
    Case(
        rule=Rule.GRID_MAX_CHARGE_PRICE,
        value="0.15 per kWh",
        breaks=lambda p: charged_from_grid(p).max(),
        reason=BatteryReason.AT_RESERVE,
        day=Day(sun=NO_SUN, soc=0.1, hashprice=0.001, prices=[0.2] * 6 + [0.9] * 6 + [0.3] * 12),
    ),
    Case(
        rule=Rule.MINER_START_SOC,
        value="60 %",
        breaks=lambda p: max(0.0, max((0.6 - p.site_soc(t) for t in np.flatnonzero(starts(p))), default=0.0)),
        reason=MinerReason.SOC_TOO_LOW,
        day=Day(hashprice=RICH, sun=[3000.0] * HOURS, soc=0.4),
    ),
    Case(
        rule=Rule.MINER_STOP_SOC,
        value="45 %",
        breaks=lambda p: max(0.0, max((0.45 - p.site_soc(t + 1) for t in np.flatnonzero(runs(p))), default=0.0)),
        reason=MinerReason.BELOW_STOP_SOC,
        day=Day(hashprice=RICH, soc=0.3),
    ),
    Case(
        rule=Rule.MINER_EMERGENCY_SOC,
        value="45 %",
        breaks=lambda p: max(0.0, max((0.45 - p.site_soc(t + 1) for t in np.flatnonzero(runs(p))), default=0.0)),
        reason=MinerReason.BELOW_STOP_SOC,
        day=Day(hashprice=RICH, soc=0.3),
    ),
    Case(
        rule=Rule.MINER_START_VOLTAGE,
        value="52.0 V",  # 60 % on the curve
        breaks=lambda p: max(0.0, max((0.6 - p.site_soc(t) for t in np.flatnonzero(starts(p))), default=0.0)),
        reason=MinerReason.SOC_TOO_LOW,
        day=Day(hashprice=RICH, sun=[3000.0] * HOURS, soc=0.4),
    ),
    Case(
        rule=Rule.MINER_STOP_VOLTAGE,
        value="50.5 V",  # 45 %
        breaks=lambda p: max(0.0, max((0.45 - p.site_soc(t + 1) for t in np.flatnonzero(runs(p))), default=0.0)),
        reason=MinerReason.BELOW_STOP_SOC,
        day=Day(hashprice=RICH, soc=0.3),
    ),
    Case(
        rule=Rule.MINER_EMERGENCY_VOLTAGE,
        value="50.5 V",
        breaks=lambda p: max(0.0, max((0.45 - p.site_soc(t + 1) for t in np.flatnonzero(runs(p))), default=0.0)),
        reason=MinerReason.BELOW_STOP_SOC,
        day=Day(hashprice=RICH, soc=0.3),
    ),
    Case(
        rule=Rule.MINER_ALLOWED_HOURS,
        value="10:00-16:00",
        breaks=lambda p: runs(p)[4:22].sum(),
        reason=MinerReason.OUTSIDE_WINDOW,
        day=Day(hashprice=RICH),
    ),
    Case(
        rule=Rule.MINER_QUIET_HOURS,
        value="22:00-06:00",
        breaks=lambda p: runs(p)[10:18].sum(),
        reason=MinerReason.OUTSIDE_WINDOW,
        day=Day(hashprice=RICH),
    ),
    Case(
        rule=Rule.MINER_MIN_HOURS,
        value="3 h",
        breaks=lambda p: max(0.0, 3 - runs(p)[:12].sum()),
        reason=MinerReason.LEAST_HOURS,
        day=Day(hashprice=0.001),
    ),
    Case(
        rule=Rule.MINER_MAX_HOURS,
        value="2 h",
        breaks=lambda p: max(0.0, runs(p)[:12].sum() - 2),
        reason=MinerReason.DAY_LIMIT,
        day=Day(hashprice=RICH),
    ),
    Case(
        rule=Rule.MINER_MAX_STARTS,
        value="1",
        breaks=lambda p: max(0.0, starts(p)[:12].sum() - 1),
        reason=MinerReason.DAY_LIMIT,
        day=Day(
            hashprice=RICH,
            sun=NO_SUN,
            prices=[0.1, 0.9] * 12,
            site=replace(SITE, batteries=(replace(BATTERY, wear_per_kwh=2.0),)),
        ),
    ),
    Case(
        rule=Rule.MINER_PROFIT_MARGIN,
        value="25 ct/kWh",
        breaks=lambda p: max(
            0.0, max((0.25 - (0.3 - p.energy_price[t]) for t in np.flatnonzero(runs(p))), default=0.0)
        ),
        reason=MinerReason.UNPROFITABLE,
        day=Day(hashprice=RICH),
    ),
    Case(
        rule=Rule.MINER_SURPLUS_ONLY,
        value="yes",
        breaks=lambda p: (runs(p) * (p.problem.surplus_w < 2000)).sum(),
        reason=MinerReason.NO_SURPLUS,
        day=Day(hashprice=RICH),
    ),
    Case(
        rule=Rule.MINER_SURPLUS_MARGIN,
        value="3 kW",
        breaks=lambda p: (runs(p) * (p.problem.surplus_w < 5000)).sum(),
        reason=MinerReason.NO_SURPLUS,
        day=Day(hashprice=RICH, site=replace(SITE, miners=(replace(S21, surplus_only=True),))),
    ),
    Case(
        rule=Rule.MINER_HEAT_VALUE,
        value="0.90 per kWh",
        more={"when": "17:00-19:00"},
        breaks=lambda p: 2 - runs(p)[5:7].sum(),
        reason=MinerReason.HEAT_WANTED,
        day=Day(hashprice=0.01),
    ),
    Case(
        rule=Rule.MINER_MIN_OUTDOOR_TEMPERATURE,
        value="-5 °C",
        breaks=lambda p: runs(p).sum(),
        reason=MinerReason.TOO_COLD,
        day=Day(hashprice=RICH, outdoor_c=-8),
    ),
    Case(
        rule=Rule.MINER_MAX_OUTDOOR_TEMPERATURE,
        value="35 °C",
        breaks=lambda p: runs(p).sum(),
        reason=MinerReason.TOO_HOT,
        day=Day(hashprice=RICH, outdoor_c=38),
    ),
    Case(
        rule=Rule.MINER_MIN_BATTERY_TEMPERATURE,
        value="5 °C",
        breaks=lambda p: runs(p)[:2].sum(),
        reason=MinerReason.TOO_COLD,
        day=Day(hashprice=RICH, battery_c=3),
    ),
    Case(
        rule=Rule.MINER_MAX_BATTERY_TEMPERATURE,
        value="45 °C",
        breaks=lambda p: runs(p)[:2].sum(),
        reason=MinerReason.TOO_HOT,
        day=Day(hashprice=RICH, battery_c=47),
    ),
)
# Rules that take readings or a second miner to show in plan and protection: tested below.
OF_THE_MOMENT = {Rule.BATTERY_CRITICAL_SOC, Rule.MINER_MAX_TEMPERATURE, Rule.MINER_PRIORITY}


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | OF_THE_MOMENT == set(Rule)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.value)
def test_the_plan_obeys_and_the_reason_cites(case: Case) -> None:
    without, under = planned(case.day), planned(case.day, case.policies)
    assert case.breaks(without) > 1e-3, "the plan without it breaks it"
    assert case.breaks(under) <= 1e-6, "the plan with it does not"
    section = str(case.policies[0].citation)
    assert section in ("House rules › Battery", "House rules › Miners")
    told = [
        reason
        for slot in range(HOURS)
        for reason in (miner_reason(under, "s21", slot), battery_reason(under, "battery", slot))
        if reason.code is case.reason
    ]
    assert told, f"no slot is {case.reason}"
    assert any(section in reason.policies for reason in told)
    assert not any(
        reason.policies
        for slot in range(HOURS)
        for reason in (miner_reason(without, "s21", slot), battery_reason(without, "battery", slot))
    )


def circumstances(day: Day, policies: tuple[Policy, ...], made: Plan, **changes: Any) -> Circumstances:
    seen = changes.pop("readings", _readings(day))
    rules = in_force(day.site, policies, Moment(local=NOON + timedelta(hours=2), outdoor_c=day.outdoor_c))
    return Circumstances(
        site=rules.site,
        readings=seen,
        ledger=ledger(),
        plan=made,
        overrides=changes.pop("overrides", {}),
        grace=timedelta(minutes=10),
        rules=rules,
    )


def test_the_critical_level_stops_every_miner_and_charges() -> None:
    day, policies = Day(hashprice=RICH, soc=0.25), rule("battery.critical_soc", "30 %")
    made = planned(day)
    assert decide_miners(circumstances(day, (), made))["s21"].units == 1
    now = circumstances(day, policies, made)
    decision = decide_miners(now)["s21"]
    assert (decision.units, decision.reason.code) == (0, MinerReason.EMERGENCY_STOP)
    assert decision.reason.policies == ("House rules › Battery",)
    battery = decide_battery(now.site, now.site.batteries[0], now.readings, made, None, now.rules, EVERYTHING, None)
    assert (battery.mode, battery.reason.policies) == (BatteryMode.CHARGE, ("House rules › Battery",))


def test_the_plan_keeps_miners_off_below_the_critical_level() -> None:
    day, policies = Day(hashprice=RICH, soc=0.25, sun=NO_SUN), rule("battery.critical_soc", "30 %")
    free, bound = planned(day), planned(day, policies)
    assert (soc(free)[runs(free) > 0] < 0.3).any()
    assert (soc(bound)[runs(bound) > 0] >= 0.3 - 1e-6).all()
    slot = next(t for t in range(HOURS) if not runs(bound)[t] and runs(free)[t])
    assert miner_reason(bound, "s21", slot).policies == ("House rules › Battery",)


def test_no_wish_about_the_grid_keeps_a_critical_battery_from_charging() -> None:
    day = Day(soc=0.05)
    policies = (*rule("grid.import", "no"), *rule("grid.charging", "no"))
    now = circumstances(day, policies, planned(day))
    battery = decide_battery(now.site, now.site.batteries[0], now.readings, now.plan, None, now.rules, EVERYTHING, None)
    assert (battery.mode, battery.power_w) == (BatteryMode.CHARGE, 4_500)


def test_a_hot_miner_stops() -> None:
    day = Day(hashprice=RICH)
    made = planned(day)
    hot = _readings(day)
    hot = replace(hot, miners={"s21": replace(hot.miners["s21"], temperature_c=known(78.0))})
    assert decide_miners(circumstances(day, (), made, readings=hot))["s21"].units == 1
    policies = rule("miner.max_temperature", "75 °C")
    posed = replace(situation(day, policies), readings=hot)
    assert runs(plan(pose(replace(posed, policies=()))))[0] == 1
    cooling = plan(pose(posed))
    assert list(runs(cooling)[:2]) == [0, 1]  # cool by the next hour, as far as anybody knows
    reason = miner_reason(cooling, "s21", 0)
    assert (reason.code, reason.policies) == (MinerReason.TOO_HOT, ("House rules › Miners",))
    own = replace(posed, policies=(), site=replace(SITE, miners=(replace(S21, max_temperature_c=75.0),)))
    assert runs(plan(pose(own)))[0] == 0
    decision = decide_miners(circumstances(day, policies, made, readings=hot))["s21"]
    assert (decision.units, decision.reason.code) == (0, MinerReason.TOO_HOT)
    assert decision.reason.policies == ("House rules › Miners",)


def test_priority_decides_who_starts_where_only_one_can() -> None:
    site = replace(SITE, miners=(S21, SECOND), grid=Grid(max_import_w=2_500))
    day = Day(hashprice=RICH, site=site, sun=[8000.0] * HOURS)
    made = planned(day)
    assert runs(made)[0] == runs(made, "second")[0] == 1
    first = decide_miners(circumstances(day, (), made))
    assert (first["s21"].units, first["second"].units) == (0, 1)
    policies = rule("miner.priority", "5", device="Second")
    turned = decide_miners(circumstances(day, policies, made))
    assert (turned["s21"].units, turned["second"].units) == (1, 0)
    assert turned["second"].reason.code is MinerReason.IMPORT_LIMIT
    assert turned["second"].reason.policies == ("House rules › Miners",)


def test_priority_decides_among_equals_whom_the_plan_runs() -> None:
    site = replace(SITE, batteries=(), miners=(S21, SECOND), grid=Grid(max_import_w=2_600))
    day = Day(hashprice=RICH, site=site, sun=NO_SUN, prices=[0.1] * HOURS)
    policies = rule("miner.priority", "5", device="Second")
    free, bound = planned(day), planned(day, policies)
    assert (runs(free).sum(), runs(free, "second").sum()) == (0, HOURS)
    assert (runs(bound).sum(), runs(bound, "second").sum()) == (HOURS, 0)
    reason = miner_reason(bound, "second", 0)
    assert (reason.code, reason.policies) == (MinerReason.IMPORT_LIMIT, ("House rules › Miners",))


def test_priority_does_not_make_the_plan_run_one_that_earns_less() -> None:
    better = replace(SECOND, levels=(MinerLevel(2000, 123),), priority=9)
    site = replace(SITE, batteries=(), miners=(S21, better), grid=Grid(max_import_w=2_600))
    made = planned(Day(hashprice=RICH, site=site, sun=NO_SUN, prices=[0.1] * HOURS))
    assert (runs(made).sum(), runs(made, "second").sum()) == (0, HOURS)


def test_a_margin_also_binds_the_plan_by_rules() -> None:
    feed_in = [0.05] * 3 + [0.25] * 3 + [0.05] * 18
    day = Day(hashprice=0.11, site=replace(SITE, batteries=()), sun=[9000.0] * 6 + [0.0] * 18, export=feed_in)
    free = rule_based_plan(pose(situation(day, ())))
    bound = rule_based_plan(pose(situation(day, rule("miner.profit_margin", "0.1 EUR/kWh"))))
    assert free.problem.miners[0].value_per_kwh.max() == pytest.approx(0.275)
    assert list(runs(free)[:7]) == [1, 1, 1, 1, 1, 1, 0]
    assert list(runs(bound)[:7]) == [1, 1, 1, 0, 0, 0, 0]


def test_emergency_levels_go_over_the_owners_word_and_start_levels_do_not() -> None:
    day = Day(hashprice=RICH, soc=0.3)
    made = planned(day)
    force = {"s21": MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=3))}
    on = circumstances(day, rule("miner.stop_soc", "50 %"), made, overrides=force)
    assert decide_miners(on)["s21"].units == 1
    off = decide_miners(circumstances(day, rule("miner.emergency_soc", "35 %"), made, overrides=force))["s21"]
    assert (off.units, off.reason.code) == (0, MinerReason.EMERGENCY_STOP)
    assert off.reason.numbers == {"soc": 0.3, "emergency_soc": 0.35}


@pytest.mark.parametrize(
    ("rule_id", "code", "running"),
    [
        ("miner.start_voltage", MinerReason.SOC_TOO_LOW, 0),
        ("miner.stop_voltage", MinerReason.BELOW_STOP_SOC, 1),
        ("miner.emergency_voltage", MinerReason.EMERGENCY_STOP, 1),
    ],
)
def test_voltage_rules_see_the_voltage_at_rest(rule_id: str, code: MinerReason, running: int) -> None:
    day = Day(hashprice=RICH, soc=0.9)
    made = planned(day)
    seen = _readings(day)
    battery = seen.batteries["battery"]

    def at(voltage_v: float, power_w: float) -> SiteReadings:
        return replace(
            seen,
            batteries={"battery": replace(battery, voltage_v=known(voltage_v), power_w=known(power_w))},
            miners={"s21": replace(seen.miners["s21"], running=known(running))},
        )

    policies = rule(rule_id, "50.0 V")
    low = decide_miners(circumstances(day, policies, made, readings=at(49.5, 0)))["s21"]
    assert (low.units, low.reason.code, low.reason.policies) == (0, code, ("House rules › Miners",))
    # The same voltage under a load of 4 kW is 50.3 V at rest.
    assert decide_miners(circumstances(day, policies, made, readings=at(49.5, -4000)))["s21"].units == 1


def test_the_owners_word_goes_over_quiet_hours() -> None:
    day = Day(hashprice=RICH)
    policies = rule("miner.quiet_hours", "00:00-24:00")
    force = {"s21": MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=3))}
    made = planned(day, policies, miner_overrides=force)
    assert runs(made)[:3].sum() == 3
    quiet = decide_miners(circumstances(day, policies, planned(day)))["s21"]
    assert (quiet.units, quiet.reason.code) == (0, MinerReason.OUTSIDE_WINDOW)
    assert quiet.reason.policies == ("House rules › Miners",)
    assert decide_miners(circumstances(day, policies, made, overrides=force))["s21"].units == 1


def test_an_event_day_tightens_its_day_only() -> None:
    storm = rule("battery.reserve_soc", "80 %", dates="2026-06-02")
    made = planned(Day(hashprice=0.001), storm)
    assert soc(made)[12:].min() >= 0.8 - 1e-6  # from midnight
    assert made.problem.batteries[0].reserve_soc[:12].max() == pytest.approx(0.1)
    charging = [battery_reason(made, "battery", slot) for slot in range(12)]
    assert any("House rules › Battery" in reason.policies for reason in charging), "what leads there cites it too"


def test_a_start_level_by_time_holds_then() -> None:
    day = Day(hashprice=RICH, sun=[3000.0] * HOURS, soc=0.5)
    made = planned(day, rule("miner.start_soc", "95 %", when="12:00-16:00"))
    begun = np.flatnonzero(starts(made))
    assert all(made.site_soc(t) >= 0.95 - 1e-6 for t in begun if t < 4)
    assert made.site_soc(int(begun[0])) < 0.95
    reason = miner_reason(made, "s21", 0)
    assert (reason.code, reason.policies) == (MinerReason.SOC_TOO_LOW, ("House rules › Miners",))
    assert reason.numbers["start_soc"] == pytest.approx(0.95)


def test_the_house_is_served_where_a_wish_about_imports_cannot_be_had() -> None:
    day = Day(sun=NO_SUN, load_w=1_500, hashprice=0.001, soc=0.3)
    made = planned(day, rule("grid.import", "no"))
    assert made.schedule.unserved_w.max() == 0
    assert soc(made).min() >= 0.1 - 1e-6
    assert [shed.wish.value for shed in made.shed] == ["import_limit"]
