"""The owner's words over the plan: several at once and of later, what is in force when, and which slots they reach."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st
import numpy as np
import pytest

from custom_components.energy_orchestrator.loop.cycle import heard
from custom_components.energy_orchestrator.loop.snapshot import Remembered
from custom_components.energy_orchestrator.model.codec import decode, encode
from custom_components.energy_orchestrator.model.decision import (
    BatteryMode,
    BatteryOverride,
    MinerOverride,
    MinerReason,
    Override,
)
from custom_components.energy_orchestrator.model.horizon import tiered
from custom_components.energy_orchestrator.model.ledger import MinerState
from custom_components.energy_orchestrator.model.override import holding, id_of, laid_over, next_turn
from custom_components.energy_orchestrator.model.policy import Citation, Policy, Rule
from custom_components.energy_orchestrator.planner import energy_planner
from custom_components.energy_orchestrator.planner.pose import pose
from custom_components.energy_orchestrator.planner.reasons import miner_reason
from custom_components.energy_orchestrator.planner.review.verifier import violations

from .house import BATTERY, DUMP, NOON, S21, SITE, forecasts, ledger, readings, situation

MINUTES = st.integers(-600, 3000)


@st.composite
def words(draw: st.DrawFn) -> list[Override]:
    """Draw what somebody says one after the other, of two miners and a battery."""
    said: list[Override] = []
    for _ in range(draw(st.integers(0, 8))):
        device = draw(st.sampled_from(["s21", "dump", BATTERY.id]))
        since, lasts = draw(MINUTES), draw(st.integers(1, 900))
        begins = (draw(st.booleans()) and None) or NOON + timedelta(minutes=since)
        until = NOON + timedelta(minutes=since + lasts)
        if device == BATTERY.id:
            mode = draw(st.sampled_from(list(BatteryMode)))
            said.append(BatteryOverride(battery_id=device, mode=mode, since=begins, until=until))
        else:
            said.append(MinerOverride(miner_id=device, run=draw(st.booleans()), since=begins, until=until))
    return said


def standing(said: list[Override]) -> dict[str, Override]:
    found: dict[str, Override] = {}
    for word in said:
        found = laid_over(found, [word])
    return found


def remembered(said: list[Override]) -> Remembered:
    return Remembered().overridden(standing(said))


def what(word: Override | None) -> object:
    """Return what a word asks for."""
    return None if word is None else word.run if isinstance(word, MinerOverride) else word.mode


@given(words(), st.lists(MINUTES, max_size=20))
def test_of_two_words_for_a_time_the_later_holds(said: list[Override], minutes: list[int]) -> None:
    kept = standing(said)
    for at in (NOON + timedelta(minutes=minute) for minute in minutes):
        for device_id in ("s21", "dump", BATTERY.id):
            last = next((word for word in reversed(said) if word.device_id == device_id and word.holds(at)), None)
            held = [word for word in kept.values() if word.device_id == device_id and word.holds(at)]
            assert [*map(what, held)] == ([] if last is None else [what(last)])
    assert all(word.since is None or word.since < word.until for word in kept.values())


@given(words())
def test_what_is_ended_gives_its_time_to_the_plan(said: list[Override]) -> None:
    kept = standing(said)
    for key, word in kept.items():
        at = word.until - timedelta(seconds=1)
        rest = {other: left for other, left in kept.items() if other != key}
        assert word.device_id not in {left.device_id for left in rest.values() if left.holds(at)}


@given(words(), MINUTES)
def test_a_turn_is_when_another_word_is_in_force(said: list[Override], minute: int) -> None:
    kept, at = standing(said), NOON + timedelta(minutes=minute)
    turn = next_turn(kept.values(), at)
    moments = [at + timedelta(minutes=step) for step in range(0, 5000, 7)]
    for moment in moments if turn is None else [moment for moment in moments if moment < turn]:
        assert {key for key, word in kept.items() if word.holds(moment)} == {
            key for key, word in kept.items() if word.holds(at)
        }


@given(words())
def test_they_are_stored_as_they_are(said: list[Override]) -> None:
    kept = remembered(said)
    assert decode(Remembered, encode(kept)) == kept


def test_one_per_device_of_an_earlier_version_is_read() -> None:
    stored = {
        "miner_overrides": {"s21": {"miner_id": "s21", "run": False, "until": NOON.isoformat(), "power_w": None}},
        "battery_overrides": {
            "battery": {"battery_id": "battery", "mode": "hold", "until": NOON.isoformat(), "power_w": None}
        },
    }
    kept = decode(Remembered, stored)
    assert {*holding(kept.miner_overrides, NOON - timedelta(days=9))} == {"s21"}
    assert {*holding(kept.battery_overrides, NOON - timedelta(seconds=1))} == {"battery"}
    assert not holding(kept.battery_overrides, NOON)


def test_what_people_switch_themselves_is_a_word_of_theirs() -> None:
    asked = MinerOverride(miner_id="s21", run=True, since=NOON - timedelta(hours=1), until=NOON + timedelta(hours=5))
    by_hand = MinerOverride(miner_id="s21", run=False, until=NOON + timedelta(hours=4))
    hold = BatteryOverride(battery_id=BATTERY.id, mode=BatteryMode.HOLD, until=NOON + timedelta(hours=4))
    once = heard(remembered([asked]), {"s21": by_hand, BATTERY.id: hold}, NOON)
    told = {(word.device_id, what(word), word.by_hand, word.since) for word in once.overrides.values()}
    assert told == {
        ("s21", True, False, asked.since),
        ("s21", False, True, NOON),
        ("s21", True, False, NOON + timedelta(hours=4)),
        (BATTERY.id, BatteryMode.HOLD, True, NOON),
    }
    again = heard(once, {"s21": by_hand, BATTERY.id: hold}, NOON + timedelta(minutes=5))
    assert again is once, "it is told in every cycle"
    back = heard(again, {"s21": replace(by_hand, run=True, until=NOON + timedelta(hours=6))}, NOON + timedelta(hours=2))
    assert what(holding(back.miner_overrides, NOON + timedelta(hours=5))["s21"]) is True


# In the plan


@given(words(), st.integers(0, 59 * 60))
def test_the_slots_a_word_reaches_begin_while_it_holds(said: list[Override], seconds: int) -> None:
    now = NOON + timedelta(seconds=seconds)
    horizon, kept = tiered(now), remembered(said)
    problem = pose(
        situation(
            horizon=horizon,
            readings=replace(readings(), at=now),
            forecasts=forecasts(horizon),
            miner_overrides=kept.miner_overrides,
            battery_overrides=kept.battery_overrides,
        )
    )
    for slot, start in enumerate(horizon.starts):
        at = max(start, now)
        battery = holding(kept.battery_overrides, at).get(BATTERY.id)
        assert problem.batteries[0].told_at(slot) == what(battery)
        for task in problem.miners:
            word = holding(kept.miner_overrides, at).get(task.id)
            running = task.told_to_run is not None and bool(task.told_to_run[slot])
            stands = task.told_to_stand is not None and bool(task.told_to_stand[slot])
            assert (running, stands) == (what(word) is True, what(word) is False)
            assert bool(task.allowed[slot]) is not stands


def later(first: int, last: int, **more: object) -> dict[str, MinerOverride]:
    """Return a word for the dump load between two hours from noon."""
    begins, ends = (NOON + timedelta(hours=hour) for hour in (first, last))
    word = MinerOverride(miner_id="dump", since=begins, until=ends, run=True, **more)  # type: ignore[arg-type]
    return {id_of(word): word}


def test_a_later_word_shapes_the_plan_in_its_time_only() -> None:
    """It runs in the dark, where it never would; before and after it keeps to its own rules."""
    dark = situation(forecasts=forecasts(situation().horizon, solar_w=0), miner_overrides=later(3, 5))
    made = energy_planner.plan(pose(dark))
    assert not violations(made.problem, made.schedule, made.shed)
    assert np.flatnonzero(made.running("dump")).tolist() == [3, 4]
    codes = [miner_reason(made, "dump", slot).code for slot in range(6)]
    assert codes[3:5] == [MinerReason.MANUAL] * 2
    assert MinerReason.MANUAL not in codes[:3] + codes[5:]


def test_a_later_word_to_stand_is_the_reason_to_stand() -> None:
    word = MinerOverride(miner_id="s21", run=False, since=NOON + timedelta(hours=2), until=NOON + timedelta(hours=4))
    made = energy_planner.plan(pose(situation(miner_overrides={id_of(word): word})))
    assert made.running("s21")[:6].tolist() == [1, 1, 0, 0, 1, 1]
    assert {miner_reason(made, "s21", slot).code for slot in (2, 3)} == {MinerReason.MANUAL}


def test_least_runs_and_pauses_hold_around_a_word() -> None:
    slow = replace(S21, min_run_h=2, min_pause_h=2)
    site = replace(SITE, miners=(slow, DUMP))
    word = MinerOverride(miner_id="s21", run=False, since=NOON + timedelta(hours=3), until=NOON + timedelta(hours=4))
    made = energy_planner.plan(pose(situation(site, miner_overrides={id_of(word): word})))
    assert not violations(made.problem, made.schedule, made.shed)
    assert np.flatnonzero(made.running("s21")[:8] == 0).tolist() in ([2, 3], [3, 4])


def test_a_word_of_now_waits_for_no_run_or_pause() -> None:
    slow = replace(S21, min_run_h=2, min_pause_h=2)
    site = replace(SITE, miners=(slow, DUMP))
    for run, running in ((True, 0), (False, 1)):
        word = MinerOverride(miner_id="s21", run=run, until=NOON + timedelta(hours=3))
        ran = ledger(s21=MinerState(running=running, since=NOON - timedelta(minutes=6)))
        posed = pose(
            situation(site, ledger=ran, readings=readings(running={"s21": running}), miner_overrides={"s21": word})
        )
        made = energy_planner.plan(posed)
        assert made.running("s21")[:3].tolist() == [int(run)] * 3
        assert not made.shed


def test_two_words_for_a_battery_each_have_their_mode_and_power() -> None:
    one = BatteryOverride(battery_id=BATTERY.id, mode=BatteryMode.HOLD, until=NOON + timedelta(hours=1))
    two = BatteryOverride(
        battery_id=BATTERY.id,
        mode=BatteryMode.CHARGE,
        since=NOON + timedelta(hours=2),
        until=NOON + timedelta(hours=3),
        power_w=1_500,
    )
    posed = pose(situation(readings=readings(soc=0.3), battery_overrides={id_of(word): word for word in (one, two)}))
    made = energy_planner.plan(posed)
    assert not violations(made.problem, made.schedule, made.shed)
    power = made.schedule.battery_w[BATTERY.id]
    assert power[0] == pytest.approx(0)
    assert power[2] == pytest.approx(1_500)
    task = made.problem.batteries[0]
    assert [task.told_at(slot) for slot in range(4)] == [BatteryMode.HOLD, None, BatteryMode.CHARGE, None]


def test_a_written_rule_binds_outside_a_word() -> None:
    """The owner's word for some hours goes over a rule about the miner's hours, and the rule holds for the rest."""
    rule = Policy(
        rule=Rule.MINER_START_SOC,
        value=0.9,
        device="Dump load",
        citation=Citation("rules.md", "Miners", 1),
    )
    posed = pose(replace(situation(miner_overrides=later(3, 5)), policies=(rule,)))
    start = posed.miners[1].start_rule
    assert isinstance(start, np.ndarray)
    assert start[2:6].tolist() == [0.9, 0, 0, 0.9]
