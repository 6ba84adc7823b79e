"""What is sent is seen to last: each entity has its own time, and what never lasts is named and left in peace."""

from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.control import Outcome
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.site import Mode

from .home import SELECT, STEP_S, WATTS, Device, Rig, with_inverter, with_miner

MODE = "select.mode"
CHARGE, REST, HOLD = BatteryMode.CHARGE, BatteryMode.SELF_CONSUMPTION, BatteryMode.HOLD


def mode_select(**manners: object) -> Device:
    return Device(truth="Self use", attributes=SELECT, **manners)  # type: ignore[arg-type]


def deaf(_: str) -> None:
    """Do nothing."""


def charging(select: Device) -> Rig:
    rig = Rig({MODE: select}, with_inverter())
    rig.order(CHARGE)
    return rig


@pytest.mark.parametrize("every", [30, 60, 300, 900])
@pytest.mark.parametrize("known", [False, True])
def test_a_mode_that_its_next_poll_shows_is_written_once(every: int, known: bool) -> None:
    select = mode_select(every=every)
    rig = charging(select)
    if known:
        rig.order(REST)
        rig.live(5 * every)
        rig.order(CHARGE)
    rig.live(2 * every)
    assert select.told == ["Force charge"]
    assert rig.named == set()
    assert [entry.outcome for entry in rig.audit.entries] == [Outcome.CONFIRMED]


@pytest.mark.parametrize("every", [60, 300])
def test_one_that_its_polls_never_show_is_named_after_three_of_them(every: int) -> None:
    select = mode_select(every=every, obeys=deaf)
    rig = charging(select)
    rig.live(3 * every)
    assert len(select.writes) == 3
    assert rig.named == set()
    rig.live(2 * every)
    assert rig.home.issues[f"command_{MODE}"].key == "command_failed"
    assert {entry.problem for entry in rig.audit.entries} == {"not_shown"}


def test_one_that_reverts_at_each_poll_is_named_and_left_for_half_an_hour() -> None:
    select = mode_select(every=60, optimistic=True, obeys=deaf)
    rig = charging(select)
    rig.live(190)
    assert f"command_{MODE}" in rig.home.issues
    assert len(select.writes) == 3
    assert {entry.problem for entry in rig.audit.entries} == {"fell_back"}
    rig.live(25 * 60)
    assert len(select.writes) == 3
    rig.live(24 * 3600)
    assert len(select.writes) <= 3 + 48
    assert f"command_{MODE}" in rig.home.issues


def test_the_issue_ends_once_it_lasts_and_not_when_it_only_shows() -> None:
    select = mode_select(every=60, optimistic=True, obeys=deaf)
    rig = charging(select)
    rig.live(1000)
    select.obeys = lambda told: told
    rig.live(1000, lambda: rig.named.add(rig.state(MODE)))
    assert rig.state(MODE) == "Force charge"
    shown = select.writes[-1][0]
    assert f"command_{MODE}" not in rig.home.issues
    assert rig.home.now() - shown > timedelta(minutes=1)


def test_other_wishes_in_between_do_not_make_it_forget() -> None:
    """It keeps self-consumption and reverts a charge: every wish for a charge counts, whatever lies between."""
    select = mode_select(every=60, optimistic=True, obeys=lambda told: told if told == "Self use" else None)
    rig = charging(select)
    for _ in range(3):
        rig.order(CHARGE)
        rig.live(60)
        rig.order(HOLD, code=BatteryReason.SAVING_FOR_PEAK)
        rig.live(120)
        rig.order(REST)
        rig.live(300)
    assert f"command_{MODE}" in rig.home.issues


def test_no_other_wish_goes_out_before_the_poll() -> None:
    select = mode_select(every=300)
    rig = charging(select)
    rig.order(REST)
    rig.live(1500)
    rig.order(CHARGE)
    rig.live(60)
    rig.order(HOLD)
    rig.live(200)
    assert select.told == ["Force charge"]
    rig.live(120)
    assert select.told == ["Force charge", "Stand by"]


def test_safety_waits_for_no_poll_and_never_gives_up() -> None:
    select = mode_select(every=900, obeys=deaf)
    rig = charging(select)
    rig.live(120)
    rig.order(HOLD, code=BatteryReason.TOO_COLD)
    rig.live(3600)
    gaps = [after - before for (before, _), (after, _) in zip(select.writes[1:], select.writes[2:], strict=False)]
    assert select.told[1] == "Stand by"
    assert max(gaps) <= timedelta(minutes=1, seconds=STEP_S)
    assert len(select.writes) >= 59


def test_a_persons_new_wish_goes_at_once_but_is_not_repeated_before_the_poll() -> None:
    select = mode_select(every=300)
    rig = charging(select)
    rig.order(REST)
    rig.live(1510)
    rig.order(CHARGE)
    rig.live(20)
    rig.order(BatteryMode.DISCHARGE, code=BatteryReason.MANUAL)
    rig.live(250)
    assert select.told == ["Force charge", "Force discharge"]


def test_a_miner_that_falls_back_is_not_started_four_times_an_hour() -> None:
    switch = Device(truth="off", optimistic=True, obeys=deaf)
    rig = Rig({"switch.miner": switch}, with_miner())
    rig.run(1)
    rig.live(24 * 3600)
    assert "command_switch.miner" in rig.home.issues
    assert len(switch.writes) <= 3 + 46
    assert rig.dispatcher.manual(rig.home.now()) == {}


@pytest.mark.parametrize(("optimistic", "every"), [(True, 10), (False, 60)])
def test_a_preset_under_the_wish_is_what_the_device_can_do(optimistic: bool, every: int) -> None:
    presets = (2223, 2800, 3068, 3425)
    limit = Device(
        truth="2223",
        every=every,
        optimistic=optimistic,
        obeys=lambda told: str(max(preset for preset in presets if preset <= float(told))),
        attributes=WATTS,
    )
    switch = Device(truth="off")
    rig = Rig({"switch.miner": switch, "number.limit": limit}, with_miner(limit="number.limit"))
    rig.run(1)
    rig.live(3600)
    assert len(limit.writes) == 1
    assert rig.state("switch.miner") == "on"
    assert rig.named == set()


def test_a_limit_that_ends_above_the_wish_is_no_answer() -> None:
    limit = Device(truth="3400", every=10, obeys=lambda _: "3425", attributes=WATTS)
    rig = Rig({"switch.miner": Device(truth="on"), "number.limit": limit}, with_miner(limit="number.limit"))
    rig.run(1)
    rig.live(600)
    assert "command_number.limit" in rig.home.issues


def test_a_stop_for_safety_is_sent_again_while_it_is_not_shown() -> None:
    switch = Device(truth="on", every=300, obeys=deaf)
    rig = Rig({"switch.miner": switch}, with_miner())
    rig.run(0, code=MinerReason.EMERGENCY_STOP)
    rig.live(600)
    assert 9 <= len(switch.writes) <= 11


def test_nothing_is_left_waiting_after_the_end() -> None:
    rig = charging(mode_select(every=300))
    rig.live(30)
    rig.release()
    rig.dispatcher.shutdown()
    assert rig.home.waiting == 0


def test_an_inverter_that_has_lost_its_way_back_is_named_when_control_ends_until_it_is_back() -> None:
    select = mode_select(optimistic=True)
    rig = charging(select)
    rig.live(60)
    select.attributes = rig.home.states[MODE].attributes = {"options": ["Force charge", "General"]}
    rig.release()
    rig.dispatcher.shutdown()
    issue = rig.home.issues[f"command_{MODE}"]
    assert (issue.key, issue.fills["command"]) == ("command_blocked", "select_option Self use")
    assert select.told == ["Force charge"]
    rig.mode = Mode.MONITOR
    rig.live(60)
    assert f"command_{MODE}" in rig.home.issues
    rig.home.at_device(MODE, "Self use")
    rig.live(60)
    assert rig.home.issues == {}
