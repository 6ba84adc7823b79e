"""What miners are told to do now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.model.decision import MinerAction, MinerDecision, MinerOverride, MinerReason
from custom_components.energy_orchestrator.model.horizon import uniform
from custom_components.energy_orchestrator.model.ledger import MinerState
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.readings import Reading, SiteReadings, Trouble
from custom_components.energy_orchestrator.model.site import Grid, Site
from custom_components.energy_orchestrator.planner.moment.circumstances import Circumstances
from custom_components.energy_orchestrator.planner.moment.miner_coordinator import decide_miners
from custom_components.energy_orchestrator.planner.rules.in_force import InForce

from .house import DUMP, NOON, S21, SITE, decide_battery, doubted, forecasts, known, ledger, plan, readings, unknown

GRACE = timedelta(minutes=10)


def decide(planned: Plan | None, miner: str = "s21", **changes: object) -> MinerDecision:
    """Decide at NOON."""
    now = Circumstances(
        site=SITE,
        readings=readings(),
        ledger=ledger(),
        plan=planned,
        overrides={},
        grace=GRACE,
        rules=InForce(site=SITE),
    )
    return decide_miners(replace(now, **changes))[miner]  # type: ignore[arg-type]  # a test names fields


def test_a_miner_the_plan_runs_is_started() -> None:
    decision = decide(plan(running={"s21": [1, 1]}))
    assert (decision.action, decision.units, decision.power_w) == (MinerAction.RUN, 1, 3000)
    assert decision.reason.code is MinerReason.PROFITABLE
    assert decision.until == NOON + timedelta(hours=2)


def test_a_miner_the_plan_rests_is_stopped_with_its_numbers() -> None:
    decision = decide(plan(energy_price=0.20), readings=readings(running={"s21": 1}))
    assert (decision.action, decision.units) == (MinerAction.STOP, 0)
    assert decision.reason.numbers["energy_price"] == pytest.approx(0.20)
    assert decision.reason.numbers["revenue_per_kwh"] == pytest.approx(0.05 * 190 / 3 / 24)


def test_a_critical_battery_stops_every_miner_whatever_plan_and_owner_say() -> None:
    force = {"s21": MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=1))}
    for miner in ("s21", "dump"):
        decision = decide(
            plan(running={"s21": [1], "dump": [1]}),
            miner,
            readings=readings(soc=0.19, running={"s21": 1, "dump": 1}),
            overrides=force,
        )
        assert decision.action is MinerAction.STOP
        assert decision.reason.code is MinerReason.EMERGENCY_STOP


def test_below_its_stop_soc_a_miner_stops_within_its_minimum_run() -> None:
    just_started = ledger(s21=MinerState(running=1, since=NOON - timedelta(minutes=1)))
    decision = decide(plan(running={"s21": [1]}), readings=readings(soc=0.39, running={"s21": 1}), ledger=just_started)
    assert decision.action is MinerAction.STOP
    assert decision.reason.code is MinerReason.BELOW_STOP_SOC
    assert decision.reason.numbers == {"soc": 0.39, "stop_soc": 0.4}


def test_between_stop_and_start_soc_a_miner_goes_on_but_does_not_start() -> None:
    planned = plan(running={"s21": [1]})
    assert decide(planned, readings=readings(soc=0.5, running={"s21": 1})).action is MinerAction.RUN
    standing = decide(planned, readings=readings(soc=0.5))
    assert standing.units == 0
    assert standing.reason.code is MinerReason.SOC_TOO_LOW


def test_a_hot_miner_stops() -> None:
    site = replace(SITE, miners=(replace(S21, max_temperature_c=70.0), DUMP))
    decision = decide(
        plan(running={"s21": [1]}, site=site), site=site, readings=readings(running={"s21": 1}, miner_c=71)
    )
    assert decision.reason.code is MinerReason.TOO_HOT
    assert decision.units == 0


@pytest.mark.parametrize(("minutes", "action"), [(5, MinerAction.HOLD), (11, MinerAction.STOP)])
def test_an_unknown_soc_starts_nothing_and_after_the_grace_time_stops_all(minutes: float, action: MinerAction) -> None:
    planned = plan(running={"s21": [1], "dump": [1]})
    running = decide(planned, readings=readings(soc=unknown(minutes), running={"s21": 1}))
    assert running.action is action
    assert running.units == (1 if action is MinerAction.HOLD else 0)
    assert running.reason.code is MinerReason.UNKNOWN_STATE
    standing = decide(planned, readings=readings(soc=unknown(minutes)))
    assert standing.units == 0


def test_a_miner_of_unknown_state_is_not_started() -> None:
    gone = replace(unknown(2), value=None)
    decision = decide(plan(running={"s21": [1]}), readings=readings(running={"s21": gone}))  # type: ignore[dict-item]
    assert (decision.action, decision.units) == (MinerAction.HOLD, 0)


def test_without_a_plan_nothing_runs() -> None:
    assert decide(None, readings=readings(running={"s21": 1})).action is MinerAction.STOP


@pytest.mark.parametrize(("minutes", "action"), [(9, MinerAction.HOLD), (11, MinerAction.STOP)])
def test_what_runs_waits_for_a_plan_through_the_grace_time(minutes: int, action: MinerAction) -> None:
    since = NOON - timedelta(minutes=minutes)
    decision = decide(None, readings=readings(running={"s21": 1}), planless_since=since)
    assert decision.action is action
    assert decision.reason.numbers == {"minutes": minutes}


@pytest.mark.parametrize("told", [0.0, 0.39, 1.0])
def test_while_a_level_is_doubted_nothing_starts_and_nothing_stops(told: float) -> None:
    unsure = readings(soc=doubted(told), running={"s21": 1})
    ran = decide(plan(running={"s21": [1]}), readings=readings(running={"s21": 1}))
    assert decide(plan(), readings=unsure, last={"s21": ran}) == ran
    assert decide(plan(), readings=unsure).action is MinerAction.HOLD
    resting = readings(soc=doubted(told))
    started = decide(plan(running={"s21": [1]}), readings=resting, last={"s21": ran})
    assert (started.action, started.units) == (MinerAction.HOLD, 0)


def test_a_doubt_shields_from_no_other_danger_and_no_word_to_stop() -> None:
    ran = decide(plan(running={"s21": [1]}), readings=readings(running={"s21": 1}))
    unsure = readings(soc=doubted(0), running={"s21": 1}, miner_c=90)
    cool = replace(SITE, miners=tuple(replace(miner, max_temperature_c=80) for miner in SITE.miners))
    hot = decide(plan(), site=cool, readings=unsure, last={"s21": ran})
    assert hot.reason.code is MinerReason.TOO_HOT
    off = {"s21": MinerOverride(miner_id="s21", run=False, until=NOON + timedelta(hours=1))}
    stopped = decide(plan(), readings=unsure, last={"s21": ran}, overrides=off)
    assert (stopped.action, stopped.reason.code) == (MinerAction.STOP, MinerReason.MANUAL)
    on = {"s21": MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=1))}
    assert decide(plan(), readings=readings(soc=doubted(0)), overrides=on).units == 0


def test_a_miner_that_just_stopped_rests_first() -> None:
    just_stopped = ledger(s21=MinerState(since=NOON - timedelta(minutes=5)))
    decision = decide(plan(running={"s21": [1]}), ledger=just_stopped)
    assert decision.units == 0
    assert decision.reason.code is MinerReason.MIN_PAUSE


def test_a_miner_that_just_started_runs_its_least_time() -> None:
    just_started = ledger(s21=MinerState(running=1, since=NOON - timedelta(minutes=5)))
    decision = decide(plan(), readings=readings(running={"s21": 1}), ledger=just_started)
    assert (decision.action, decision.units) == (MinerAction.RUN, 1)
    assert decision.reason.code is MinerReason.MIN_RUN


def test_a_surplus_miner_waits_for_measured_surplus_and_its_margin() -> None:
    planned = plan(running={"dump": [1]})
    assert decide(planned, "dump", readings=readings(solar_w=3_000)).units == 1
    short = decide(planned, "dump", readings=readings(solar_w=2_900))
    assert short.units == 0
    assert short.reason.code is MinerReason.NO_SURPLUS
    assert short.reason.numbers == {"surplus_w": 2_400, "needed_w": 2_500}


def test_a_surplus_miner_without_a_solar_reading_does_not_start() -> None:
    blind = replace(readings(), solar_w=unknown())
    assert decide(plan(running={"dump": [1]}), "dump", readings=blind).units == 0


@pytest.mark.parametrize("lost", ["grid_w", "load_w"])
def test_while_the_meter_is_silent_nothing_starts_and_what_runs_goes_on(lost: str) -> None:
    planned = plan(running={"s21": [1]})
    blind = replace(readings(), **{lost: unknown()})  # type: ignore[arg-type]  # a test names fields
    assert decide(planned, readings=blind).reason.code is MinerReason.UNKNOWN_STATE
    assert decide(planned, readings=blind).units == 0
    going = replace(readings(running={"s21": 1}), **{lost: unknown()})  # type: ignore[arg-type]
    assert decide(planned, readings=going).units == 1


def test_the_import_limit_holds_for_the_sum_of_starts() -> None:
    planned = plan(running={"s21": [1], "dump": [1]})
    tight = readings(grid_w=5_000)
    assert decide(planned, "s21", readings=tight).units == 1
    later = decide(planned, "dump", readings=tight)
    assert later.units == 0
    assert later.reason.code is MinerReason.IMPORT_LIMIT


def test_over_the_import_limit_the_last_in_priority_stops_first() -> None:
    planned = plan(running={"s21": [1], "dump": [1]})
    over = readings(grid_w=9_500, running={"s21": 1, "dump": 1})
    assert decide(planned, "s21", readings=over).units == 1
    stopped = decide(planned, "dump", readings=over)
    assert stopped.units == 0
    assert stopped.reason.code is MinerReason.IMPORT_LIMIT
    assert stopped.reason.numbers["excess_w"] == 500
    far_over = readings(grid_w=12_000, running={"s21": 1, "dump": 1})
    assert decide(planned, "s21", readings=far_over).units == 0


def test_a_charging_battery_gives_way_before_miners() -> None:
    planned = plan(running={"dump": [1]}, battery_w=[4000], grid_w=[9000])
    over = readings(grid_w=9_500, running={"dump": 1})
    charging = replace(over, batteries={"battery": replace(over.batteries["battery"], power_w=known(4000.0))})
    assert decide(planned, "dump", readings=charging).units == 1
    assert decide_battery(charging, planned).power_w == 3500


def test_a_surplus_group_needs_surplus_for_all_its_units() -> None:
    site = replace(SITE, miners=(S21, replace(DUMP, count=3)))
    planned = plan(running={"dump": [3]}, site=site)
    assert decide(planned, "dump", site=site, readings=readings(solar_w=7_000)).units == 3
    assert decide(planned, "dump", site=site, readings=readings(solar_w=6_000)).units == 0


def test_off_grid_no_import_limit_is_asked() -> None:
    site = replace(SITE, grid=Grid(connected=False))
    assert decide(plan(running={"s21": [1]}, site=site), site=site).units == 1


def test_starts_of_the_day_are_counted() -> None:
    used_up = ledger(s21=MinerState(since=NOON - timedelta(hours=1), starts_today=6))
    decision = decide(plan(running={"s21": [1]}), ledger=used_up)
    assert decision.reason.code is MinerReason.DAY_LIMIT


@pytest.mark.parametrize("run", [True, False])
def test_the_owners_word_goes_over_the_plan_until_it_ends(run: bool) -> None:
    planned = plan(running={"s21": [0 if run else 1]})
    word = MinerOverride(miner_id="s21", run=run, until=NOON + timedelta(minutes=1))
    decision = decide(planned, overrides={"s21": word})
    assert decision.units == int(run)
    assert decision.reason.code is MinerReason.MANUAL
    over = decide(planned, overrides={"s21": replace(word, until=NOON)})
    assert over.units == int(not run)


def test_a_group_starts_the_units_planned() -> None:
    site = replace(SITE, miners=(replace(S21, count=3), DUMP))
    planned = plan(running={"s21": [2]}, site=site)
    decision = decide(planned, site=site, readings=readings(running={"s21": known(1)}))
    assert (decision.units, decision.power_w) == (2, 3000)


# Where the panels are curtailed to what is used

ISLAND = replace(SITE, grid=Grid(connected=False))
SHUT = replace(SITE, grid=Grid(max_import_w=9_000, max_export_w=2_000))


def curtailed(
    solar_w: float = 500, *, soc: float = 1.0, battery_w: float = 0, grid_w: float = 0, **running: int
) -> SiteReadings:
    """Return readings of a house that draws 500 W."""
    seen = readings(solar_w=solar_w, soc=soc, grid_w=grid_w, running=dict(running))
    full = replace(seen.batteries["battery"], power_w=known(battery_w))
    return replace(seen, batteries={"battery": full})


def sunny(site: Site, solar_w: float = 6_000, *, units: int = 1) -> Plan:
    """Return a plan that runs the dump load on a sun of so much."""
    return plan(running={"dump": [units]}, site=site, forecasts=forecasts(uniform(NOON, 60, 24), solar_w=solar_w))


@pytest.mark.parametrize(
    ("site", "seen"),
    [
        pytest.param(ISLAND, curtailed(), id="off the grid, full"),
        pytest.param(ISLAND, curtailed(2_400, soc=0.99, battery_w=1_900), id="off the grid, nearly full"),
        pytest.param(SHUT, curtailed(2_500, grid_w=-2_000, soc=0.5), id="as much is exported as may be"),
        pytest.param(replace(SITE, grid=Grid(export_allowed=False)), curtailed(), id="nothing may be exported"),
    ],
)
def test_a_surplus_miner_starts_on_the_sun_that_is_curtailed_away(site: Site, seen: SiteReadings) -> None:
    assert decide(sunny(site), "dump", site=site, readings=seen).units == 1
    idle = decide(sunny(site, units=0), "dump", site=site, readings=seen)
    assert idle.units == 0, "only where the plan wants it"
    short = decide(sunny(site, 2_900), "dump", site=site, readings=seen)
    assert (short.units, short.reason.code) == (0, MinerReason.NO_SURPLUS), "only as much as is expected"


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(curtailed(1_500, soc=0.7, battery_w=1_000), id="the battery takes all there is"),
        pytest.param(curtailed(200, battery_w=-300), id="the battery gives what the sun does not"),
    ],
)
def test_a_sun_that_is_seen_whole_is_not_hoped_for(seen: SiteReadings) -> None:
    assert decide(sunny(ISLAND), "dump", site=ISLAND, readings=seen).reason.code is MinerReason.NO_SURPLUS


def test_off_the_grid_nothing_starts_on_hope_that_the_battery_could_not_carry() -> None:
    weak = replace(ISLAND, batteries=(replace(SITE.batteries[0], max_discharge_w=2_000),))
    assert decide(sunny(weak), "dump", site=weak, readings=curtailed()).reason.code is MinerReason.NO_SURPLUS
    assert decide(sunny(weak), "dump", site=weak, readings=curtailed(1_000)).units == 1


@pytest.mark.parametrize(("runs", "waits_h"), [(1, 0.5), (2, 1.0), (3, 2.0)])
def test_after_runs_without_sun_hope_waits_twice_as_long_each_time(runs: int, waits_h: float) -> None:
    def after(hours: float, seen: SiteReadings) -> int:
        rested = MinerState(since=NOON - timedelta(hours=hours), sunless_runs=runs)
        return decide(sunny(ISLAND), "dump", site=ISLAND, readings=seen, ledger=ledger(dump=rested)).units

    assert after(waits_h - 0.01, curtailed()) == 0
    assert after(waits_h + 0.01, curtailed()) == 1
    assert after(waits_h - 0.01, curtailed(4_000, battery_w=3_500)) == 1, "a sun that is measured need not be hoped for"


@pytest.mark.parametrize(("ran_h", "reason"), [(0.4, MinerReason.MIN_RUN), (0.6, MinerReason.NO_SURPLUS)])
def test_a_run_that_the_sun_does_not_carry_ends_with_its_least_time(ran_h: float, reason: MinerReason) -> None:
    def going(seen: SiteReadings, sunless_h: float) -> MinerDecision:
        state = MinerState(running=1, since=NOON - timedelta(hours=ran_h), sunless_h=sunless_h)
        return decide(sunny(ISLAND), "dump", site=ISLAND, readings=seen, ledger=ledger(dump=state))

    dark = curtailed(700, battery_w=-1_800, dump=1)
    assert going(dark, 0.2).reason.code is reason
    assert going(dark, 0.2).units == (reason is MinerReason.MIN_RUN)
    assert going(dark, -1.0).units == 1, "a cloud ends no run that the sun has carried"
    assert going(curtailed(2_500, dump=1), 0.2).units == 1, "the sun is back"


def test_of_a_group_runs_on_what_the_sun_carries() -> None:
    site = replace(ISLAND, miners=(S21, replace(DUMP, count=3)))
    state = MinerState(running=3, since=NOON - timedelta(hours=1), sunless_h=0.2)
    seen = curtailed(4_700, battery_w=-1_800, dump=3)
    decision = decide(sunny(site, 9_000, units=3), "dump", site=site, readings=seen, ledger=ledger(dump=state))
    assert (decision.units, decision.reason.code) == (2, MinerReason.NO_SURPLUS)


def test_a_miner_that_is_on_and_does_not_mine_is_left_as_it_is_but_for_safety_and_people() -> None:
    dead = readings(running={"s21": 1})
    decision = decide(plan(), readings=dead, idle=frozenset({"s21"}))
    assert (decision.action, decision.reason.code) == (MinerAction.HOLD, MinerReason.NOT_MINING)
    off = MinerOverride(miner_id="s21", run=False, until=NOON + timedelta(hours=1))
    assert decide(plan(), readings=dead, idle=frozenset({"s21"}), overrides={"s21": off}).action is MinerAction.STOP
    critical = readings(soc=0.19, running={"s21": 1})
    assert decide(plan(), readings=critical, idle=frozenset({"s21"})).reason.code is MinerReason.EMERGENCY_STOP


# Protection: in which order, how much, and when it is over


def group(count: int = 3, **changes: object) -> Site:
    """Return the house with a group of dump loads."""
    return replace(SITE, miners=(S21, replace(DUMP, count=count, surplus_only=False, **changes)))  # type: ignore[arg-type]


def test_of_equal_priority_the_least_efficient_stops_first() -> None:
    site = replace(SITE, miners=(replace(DUMP, priority=1, surplus_only=False), S21))
    planned = plan(running={"s21": [1], "dump": [1]}, site=site)
    over = readings(grid_w=9_500, running={"s21": 1, "dump": 1})
    assert decide(planned, "dump", site=site, readings=over).units == 0
    assert decide(planned, "s21", site=site, readings=over).units == 1


def test_of_a_group_no_more_units_stop_than_it_takes() -> None:
    site = group()
    planned = plan(running={"dump": [3]}, site=site)
    decision = decide(planned, "dump", site=site, readings=readings(grid_w=11_500, running={"dump": 3}))
    assert (decision.units, decision.reason.code) == (1, MinerReason.IMPORT_LIMIT)


def test_until_the_meter_reports_again_nothing_more_is_shed() -> None:
    planned = plan(running={"s21": [1], "dump": [1]})
    over = readings(grid_w=9_500, running={"s21": 1, "dump": 1})
    shed = decide(planned, "dump", readings=over)
    ran = decide(planned, readings=over)
    last = {"dump": shed, "s21": ran}
    off = replace(over, at=NOON + timedelta(seconds=2), miners={**over.miners, "dump": readings().miners["dump"]})
    assert decide(planned, readings=off, last=last).units == 1
    new = replace(off, grid_w=replace(off.grid_w, at=NOON + timedelta(seconds=1)))
    assert decide(planned, readings=new, last=last).units == 0
    late = replace(off, at=NOON + timedelta(seconds=9))
    assert decide(planned, readings=late, last=last).units == 0


def test_what_was_shed_comes_back_after_a_while_and_with_room_to_spare() -> None:
    planned = plan(running={"s21": [1]})
    hot = decide(planned, readings=readings(grid_w=10_000, running={"s21": 1}))

    def back(minutes: float, grid_w: float) -> MinerDecision:
        """Decide some minutes later, the shortest pause being over."""
        seen = replace(readings(grid_w=grid_w), at=NOON + timedelta(minutes=minutes))
        return decide(planned, readings=seen, last={"s21": hot})

    assert back(4, 0).reason.code is MinerReason.MIN_PAUSE
    assert back(6, 5_800).reason.code is MinerReason.IMPORT_LIMIT, "it would be over again with the next kettle"
    assert back(6, 5_500).units == 1
    fresh = decide(planned, readings=readings(grid_w=5_800))
    assert fresh.units == 1, "what was not shed needs no such margin"


@pytest.mark.parametrize("restarted", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(
    "danger", [readings(grid_w=12_100, running={"s21": 1}), readings(soc=0.19, running={"s21": 1})]
)
def test_a_persons_word_cuts_the_rest_after_protection_short_only_when_said_again(
    danger: SiteReadings, restarted: bool
) -> None:
    """Its shortest pause is a quarter of an hour; after any danger it is five minutes until it may come back."""
    said = MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=4), since=NOON - timedelta(hours=1))
    shed = decide(plan(), readings=danger, overrides={"s21": said})
    assert (shed.units, shed.shed_at) == (0, NOON)
    told = {} if restarted else {"s21": shed}
    stopped = ledger(s21=MinerState(since=NOON, shed_at=NOON))

    def back(minutes: float, word: MinerOverride) -> MinerDecision:
        seen = replace(readings(), at=NOON + timedelta(minutes=minutes))
        return decide(plan(), readings=seen, ledger=stopped, last=told, overrides={"s21": word})

    again = replace(said, since=NOON + timedelta(minutes=1))
    assert back(4, again).reason.code is MinerReason.MIN_PAUSE
    assert back(6, again).units == 1
    waits = back(14, said)
    assert (waits.units, waits.reason.code) == (0, MinerReason.MIN_PAUSE)
    assert waits.shed_at == NOON
    assert back(15, said).units == 1


def test_what_was_stopped_in_the_dark_rests_as_well_before_an_earlier_word_counts() -> None:
    said = {"s21": MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=4))}
    stopped = decide(plan(), readings=readings(soc=unknown(11), running={"s21": 1}), overrides=said)
    assert (stopped.units, stopped.reason.code) == (0, MinerReason.UNKNOWN_STATE)
    seen = replace(readings(), at=NOON + timedelta(minutes=6))
    rests = ledger(s21=MinerState(since=NOON))
    waits = decide(plan(), readings=seen, ledger=rests, last={"s21": stopped}, overrides=said)
    assert (waits.units, waits.reason.code) == (0, MinerReason.MIN_PAUSE)


def test_a_hot_miner_comes_back_when_it_is_clearly_cooler() -> None:
    site = replace(SITE, miners=(replace(S21, max_temperature_c=70.0), DUMP))
    planned = plan(running={"s21": [1]}, site=site)
    hot = decide(planned, site=site, readings=readings(running={"s21": 1}, miner_c=71))
    later = replace(readings(miner_c=66), at=NOON + timedelta(minutes=6))
    assert decide(planned, site=site, readings=later, last={"s21": hot}).reason.code is MinerReason.TOO_HOT
    cool = replace(readings(miner_c=64), at=NOON + timedelta(minutes=6))
    assert decide(planned, site=site, readings=cool, last={"s21": hot}).units == 1


def test_a_persons_word_starts_nothing_the_connection_cannot_carry() -> None:
    word = {"s21": MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=1))}
    full = decide(plan(), readings=readings(grid_w=6_500), overrides=word)
    assert (full.units, full.reason.code) == (0, MinerReason.IMPORT_LIMIT)
    assert decide(plan(), readings=readings(grid_w=5_500), overrides=word).units == 1


def test_two_miners_do_not_start_on_the_same_surplus() -> None:
    other = replace(DUMP, id="s21", name="Other", priority=1, levels=S21.levels)
    site = replace(SITE, miners=(other, DUMP))
    planned = plan(running={"s21": [1], "dump": [1]}, site=site)
    started = {"s21": MinerState(running=1, since=NOON - timedelta(minutes=1))}
    seen = readings(solar_w=5_000, running={"s21": 1})
    second = decide(planned, "dump", site=site, readings=seen, ledger=ledger(**started))
    assert (second.units, second.reason.numbers["surplus_w"]) == (0, 1_500)
    plenty = readings(solar_w=6_500, running={"s21": 1})
    assert decide(planned, "dump", site=site, readings=plenty, ledger=ledger(**started)).units == 1


def test_starts_come_one_after_another() -> None:
    site = group(1)
    planned = plan(running={"s21": [1], "dump": [1]}, site=site)
    first, second = (decide(planned, who, site=site) for who in ("s21", "dump"))
    assert (first.units, first.starting_since) == (1, NOON)
    assert (second.units, second.reason.code) == (0, MinerReason.WAITS_TURN)

    def then(seconds: float) -> MinerDecision:
        """Decide while the first does not show that it was started."""
        seen = replace(readings(), at=NOON + timedelta(seconds=seconds))
        return decide(planned, "dump", site=site, readings=seen, last={"s21": first, "dump": second})

    assert then(9).units == 0
    assert then(10).units == 1, "what never starts holds up nobody"
    runs = ledger(s21=MinerState(running=1, since=NOON))
    shown = replace(readings(running={"s21": 1}), at=NOON + timedelta(seconds=5))
    assert decide(planned, "dump", site=site, readings=shown, ledger=runs, last={"s21": first}).units == 0


def test_a_persons_word_waits_for_no_start_but_one_of_theirs() -> None:
    site = group(1)
    planned = plan(running={"s21": [1]}, site=site)
    word = MinerOverride(miner_id="dump", run=True, until=NOON + timedelta(hours=1))
    one = decide(planned, "dump", site=site, overrides={"dump": word})
    assert (one.units, one.reason.code) == (1, MinerReason.MANUAL)
    both = {"dump": word, "s21": replace(word, miner_id="s21")}
    assert decide(planned, "s21", site=site, overrides=both).units == 1
    assert decide(planned, "dump", site=site, overrides=both).reason.code is MinerReason.WAITS_TURN


@pytest.mark.parametrize(
    ("pump", "minutes", "running", "units", "reason"),
    [
        (True, 0, 1, 1, MinerReason.PROFITABLE),
        (False, 0, 1, 0, MinerReason.INTERLOCK),
        (None, 0.4, 1, 1, MinerReason.PROFITABLE),
        (None, 0.6, 1, 0, MinerReason.INTERLOCK),
        (None, 0.4, 0, 0, MinerReason.UNKNOWN_STATE),
    ],
)
def test_what_must_be_on_for_a_miner(
    pump: bool | None, minutes: float, running: int, units: int, reason: MinerReason
) -> None:
    seen = readings(running={"s21": running})
    silent: Reading[bool] = Reading(None, NOON - timedelta(minutes=minutes), Trouble.UNAVAILABLE)
    read = replace(seen.miners["s21"], interlock=silent if pump is None else known(pump))
    seen = replace(seen, miners={**seen.miners, "s21": read})
    forced = {"s21": MinerOverride(miner_id="s21", run=True, until=NOON + timedelta(hours=1))}
    decision = decide(plan(running={"s21": [1]}), readings=seen)
    assert (decision.units, decision.reason.code) == (units, reason)
    assert decide(plan(), readings=seen, overrides=forced).units == units


def test_without_the_grid_runs_what_sun_and_battery_carry() -> None:
    """The battery gives 5 kW; its inverter and a pump are not asked."""
    site = group(1)
    planned = plan(running={"s21": [1], "dump": [1]}, site=site)

    def without_grid(solar_w: float, *, soc: float = 0.7, **running: int) -> tuple[MinerDecision, MinerDecision]:
        seen = replace(readings(solar_w=solar_w, soc=soc, running=dict(running)), grid_there=known(False))
        return decide(planned, "s21", site=site, readings=seen), decide(planned, "dump", site=site, readings=seen)

    first, second = without_grid(0, s21=1, dump=1)
    assert (first.units, second.units, second.reason.code) == (1, 0, MinerReason.GRID_LOST)
    assert [decision.units for decision in without_grid(1_000, s21=1, dump=1)] == [1, 1]
    assert [decision.units for decision in without_grid(0, soc=0.2, s21=1, dump=1)] == [0, 0]
    started, waiting = without_grid(2_000, dump=1)
    assert (started.units, started.reason.code, waiting.units) == (1, MinerReason.PROFITABLE, 1)
    assert without_grid(400, dump=1)[0].reason.code is MinerReason.GRID_LOST
