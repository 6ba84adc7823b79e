"""People first: what they do themselves is told from polls, echoes and refusals, and is left as they left it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.control import Audit, Outcome
from custom_components.energy_orchestrator.control.units import without_taken
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.readings import MinerReadings, Reading, SiteReadings
from custom_components.energy_orchestrator.model.seen import UNAVAILABLE
from custom_components.energy_orchestrator.model.site import Mode

from .home import ITSELF, MODES, SELECT, WATTS, Device, Rig, with_inverter, with_miner, with_rack

SWITCH, MODE, POINT, LIMIT = "switch.miner", "select.mode", "number.charge", "number.limit"
OVERRIDE = timedelta(hours=4)


def running(*, every: float | None = 10, optimistic: bool = True, **mapped: object) -> Rig:
    """Return a miner that was started an hour ago and mines."""
    rig = Rig({SWITCH: Device(truth="off", every=every, optimistic=optimistic)}, with_miner(**mapped))  # type: ignore[arg-type]
    rig.run(1)
    rig.live(3600)
    assert rig.state(SWITCH) == "on"
    return rig


def seen(rig: Rig) -> list[tuple[str, str]]:
    """Return what the audit log says of people."""
    return [(entry.entity_id, entry.command) for entry in rig.audit.entries if entry.outcome is Outcome.SEEN]


def charging(**entities: str) -> Rig:
    devices = {MODE: Device(truth="Self use", attributes=SELECT, optimistic=True)}
    devices |= {entity: Device(truth="0", attributes=WATTS, optimistic=True) for entity in entities.values()}
    rig = Rig(devices, with_inverter(**entities))
    rig.order(BatteryMode.CHARGE)
    rig.live(1800)
    assert rig.state(MODE) == "Force charge"
    return rig


# Signed: somebody in Home Assistant


def test_somebodys_switching_counts_at_once_and_for_the_override_time() -> None:
    rig = running()
    rig.home.by_hand(SWITCH, "off")
    off_at = rig.home.now()
    [override] = rig.dispatcher.manual(rig.home.now()).values()
    assert (override.run, override.until) == (False, off_at + OVERRIDE)
    rig.live(OVERRIDE.total_seconds() - 10)
    assert rig.state(SWITCH) == "off"
    assert seen(rig) == [(SWITCH, "turn_off")]
    rig.live(60)
    assert rig.state(SWITCH) == "on"


def test_the_later_of_two_words_counts() -> None:
    rig = running()
    rig.home.by_hand(SWITCH, "off")
    rig.live(600)
    rig.home.by_hand(SWITCH, "on")
    rig.run(0)
    rig.live(3600)
    assert rig.dispatcher.manual(rig.home.now())["miner"].run
    assert rig.state(SWITCH) == "on"


def test_safety_does_not_ask() -> None:
    rig = running()
    rig.run(0)
    rig.live(60)
    rig.home.by_hand(SWITCH, "on")
    rig.live(60)
    rig.run(0, code=MinerReason.EMERGENCY_STOP)
    rig.live(10)
    assert rig.state(SWITCH) == "off"


def test_what_is_given_back_is_the_plans_at_once_and_after_a_restart() -> None:
    rig = running()
    rig.home.by_hand(SWITCH, "off")
    rig.live(1000)
    rig.dispatcher.forget_manual("miner")
    assert rig.dispatcher.manual(rig.home.now()) == {}
    rig.begin()
    rig.live(10)
    assert rig.dispatcher.manual(rig.home.now()) == {}
    assert rig.state(SWITCH) == "on"


def test_a_person_right_after_a_restart_counts_though_nothing_was_commanded_yet() -> None:
    rig = running()
    rig.begin()
    rig.home.by_hand(SWITCH, "off")
    rig.live(1800)
    assert rig.state(SWITCH) == "off"
    assert not rig.dispatcher.manual(rig.home.now())["miner"].run


def test_a_persons_word_outlives_a_restart() -> None:
    rig = running()
    rig.home.by_hand(SWITCH, "off")
    rig.live(600)
    stored = [*rig.audit.entries]
    rig.audit = Audit(rig.events.append)
    rig.audit.load(stored)
    rig.begin()
    rig.live(3600)
    assert rig.state(SWITCH) == "off"
    assert rig.dispatcher.manual(rig.home.now())["miner"].until - rig.home.now() < OVERRIDE - timedelta(hours=1)


def test_what_was_switched_before_control_began_is_nothing_against_it() -> None:
    rig = Rig({SWITCH: Device(truth="off")}, with_miner())
    rig.mode = Mode.MONITOR
    rig.live(60)
    rig.home.by_hand(SWITCH, "on")
    rig.live(3600)
    rig.mode = Mode.AUTOMATIC
    rig.run(0)
    rig.live(60)
    assert rig.state(SWITCH) == "off"


def test_a_device_that_refuses_a_person_is_no_persons() -> None:
    rig = running(every=60)
    rig.run(0)
    rig.live(600)
    rig.home.devices[SWITCH].obeys = lambda _: None
    rig.home.by_hand(SWITCH, "on")
    rig.live(30)
    assert rig.dispatcher.manual(rig.home.now())["miner"].run
    rig.live(120)
    assert rig.dispatcher.manual(rig.home.now()) == {}


# Unsigned: a button at the device, or only a poll


@pytest.mark.parametrize("every", [10, 60, 300])
def test_one_bad_poll_is_no_person_and_nothing_is_sent_for_it(every: int) -> None:
    rig = running(every=every)
    rig.live(4 * every)
    writes = len(rig.home.devices[SWITCH].writes)
    rig.home.at_device(SWITCH, "off")
    rig.live(every)
    rig.home.at_device(SWITCH, "on")
    rig.live(1800)
    assert seen(rig) == []
    assert len(rig.home.devices[SWITCH].writes) == writes


@pytest.mark.parametrize("every", [10, 60])
def test_a_start_that_is_refused_at_the_first_poll_is_no_person(every: int) -> None:
    rig = Rig({SWITCH: Device(truth="off", every=every, optimistic=True, obeys=lambda _: None)}, with_miner())
    rig.run(1)
    rig.live(7200)
    assert seen(rig) == []


@pytest.mark.parametrize(("power_w", "counts"), [(None, True), (0, True), (3200, False)])
def test_a_button_counts_once_it_lasts_and_the_power_agrees(power_w: float | None, counts: bool) -> None:
    rig = running(power=() if power_w is None else ("sensor.power",))
    if power_w is not None:
        rig.measured["miner_power_w"] = power_w
    rig.home.at_device(SWITCH, "off")
    rig.live(60)
    assert rig.dispatcher.manual(rig.home.now()) == {}
    rig.live(60)
    assert ("miner" in rig.dispatcher.manual(rig.home.now())) is counts


def test_a_miner_that_is_started_at_the_device_has_time_to_draw() -> None:
    rig = running(power=("sensor.power",))
    rig.run(0)
    rig.live(3600)
    rig.measured["miner_power_w"] = 20
    rig.home.at_device(SWITCH, "on")
    rig.live(300)
    rig.measured["miner_power_w"] = 3200
    rig.live(600)
    assert rig.dispatcher.manual(rig.home.now())["miner"].run
    assert rig.state(SWITCH) == "on"


def test_what_comes_back_from_being_away_is_no_person() -> None:
    rig = running()
    rig.home.at_device(SWITCH, "unavailable")
    rig.live(60)
    rig.home.at_device(SWITCH, "off")
    rig.live(600)
    assert seen(rig) == []


# What a person did outlives what is shown wrongly for a moment, and a restart


def misread(rig: Rig, entity: str, wrong: str) -> None:
    """Let one poll show something else than the device does."""
    device = rig.home.devices[entity]
    right, device.truth = device.truth, wrong
    rig.live(device.every or 0)
    device.truth = right


@pytest.mark.parametrize("every", [10, 60, 300])
@pytest.mark.parametrize("after_s", [10, 600, 3000])
def test_one_bad_poll_does_not_undo_what_somebody_did(every: int, after_s: int) -> None:
    rig = running(every=every)
    rig.live(4 * every)
    rig.home.by_hand(SWITCH, "off")
    rig.live(after_s)
    misread(rig, SWITCH, "on")
    rig.live(3000)
    assert not rig.dispatcher.manual(rig.home.now())["miner"].run
    assert rig.home.devices[SWITCH].told == ["on"]


@pytest.mark.parametrize("after_s", [10, 600])
@pytest.mark.parametrize(("chosen", "wrong"), [("Stand by", "Self use"), ("Self use", "Force charge")])
def test_one_bad_poll_does_not_undo_a_mode_that_somebody_chose(after_s: int, chosen: str, wrong: str) -> None:
    rig = charging()
    rig.home.by_hand(MODE, chosen)
    rig.live(after_s)
    misread(rig, MODE, wrong)
    rig.live(3000)
    assert rig.home.devices[MODE].told == ["Force charge"]
    assert [*rig.dispatcher.manual_batteries(rig.home.now())] == ["battery"]


@pytest.mark.parametrize("shown", ["on", "unavailable"])
def test_a_word_outlives_a_restart_after_which_the_device_is_misread_or_away_at_first(shown: str) -> None:
    rig = running()
    rig.home.by_hand(SWITCH, "off")
    rig.live(600)
    rig.home.devices[SWITCH].truth = shown
    rig.home.step()
    rig.home.devices[SWITCH].truth = "off"
    rig.begin()
    rig.live(3600)
    assert not rig.dispatcher.manual(rig.home.now())["miner"].run
    assert rig.home.devices[SWITCH].told == ["on"]


def test_what_was_changed_while_nobody_watched_is_no_persons_word() -> None:
    rig = running()
    rig.home.by_hand(SWITCH, "off")
    rig.live(600)
    rig.home.at_device(SWITCH, "on")
    rig.home.step()
    rig.begin()
    rig.live(3600)
    assert rig.dispatcher.manual(rig.home.now()) == {}


@pytest.mark.parametrize("signed", [True, False])
def test_what_was_never_told_anything_is_a_persons_too(signed: bool) -> None:
    """The miner rested when control began, as was decided."""
    rig = Rig({SWITCH: Device(truth="off", optimistic=True)}, with_miner())
    rig.run(0)
    rig.live(1800)
    (rig.home.by_hand if signed else rig.home.at_device)(SWITCH, "on")
    rig.live(3600)
    assert rig.dispatcher.manual(rig.home.now())["miner"].run
    assert rig.home.devices[SWITCH].told == []


def test_a_miner_whose_limit_is_set_as_its_press_shows_is_a_persons_still() -> None:
    limit = Device(truth="1600", attributes=WATTS, optimistic=True)
    rig = Rig({SWITCH: Device(truth="off"), LIMIT: limit}, with_miner(limit=LIMIT))
    rig.run(0)
    rig.live(1800)
    rig.home.at_device(SWITCH, "on")
    rig.home.step()
    rig.run(1)
    rig.live(600)
    rig.run(0)
    rig.live(3600)
    assert rig.state(SWITCH) == "on"
    assert limit.told == ["3250.0"]


def test_a_mode_chosen_at_an_inverter_that_was_never_told_anything_is_a_persons() -> None:
    rig = Rig({MODE: Device(truth="Self use", attributes=SELECT)}, with_inverter())
    rig.measured["battery_power_w"] = 2000
    rig.order(BatteryMode.SELF_CONSUMPTION, 7000)
    rig.live(1800)
    rig.home.at_device(MODE, "Force charge")
    rig.live(3600)
    assert rig.dispatcher.manual_batteries(rig.home.now())["battery"].mode is BatteryMode.CHARGE
    assert rig.home.devices[MODE].told == []


def test_switching_that_shows_only_after_a_restart_is_a_persons() -> None:
    rig = running(optimistic=False)
    rig.home.by_hand(SWITCH, "off")
    rig.begin()
    rig.live(2400)
    assert not rig.dispatcher.manual(rig.home.now())["miner"].run
    assert rig.home.devices[SWITCH].told == ["on"]


# Single units of a group


def rack() -> tuple[Rig, list[str]]:
    ids = [f"switch.unit_{n}" for n in (1, 2, 3)]
    rig = Rig({entity: Device(truth="off", optimistic=True) for entity in ids}, with_rack())
    rig.run(3, "fleet")
    rig.live(3600)
    return rig, ids


@pytest.mark.parametrize("signed", [True, False])
def test_a_unit_that_a_person_takes_out_stays_out(signed: bool) -> None:
    rig, ids = rack()
    (rig.home.by_hand if signed else rig.home.at_device)(ids[1], "off")
    rig.live(3 * 3600)
    assert [rig.state(entity) for entity in ids] == ["on", "off", "on"]
    found = rig.dispatcher.findings(rig.home.now())
    assert [*found.taken] == [ids[1]]
    assert found.units_off == {"fleet": 1}
    assert rig.dispatcher.manual(rig.home.now()) == {}
    rig.live(3700)
    assert rig.state(ids[1]) == "on"


def test_the_others_do_what_is_decided() -> None:
    rig, ids = rack()
    rig.home.by_hand(ids[0], "off")
    rig.run(1, "fleet")
    rig.live(3600)
    assert [rig.state(entity) for entity in ids] == ["off", "on", "off"]


def test_a_unit_that_a_person_keeps_running_is_one_of_those_decided() -> None:
    rig, ids = rack()
    rig.run(0, "fleet")
    rig.live(3600)
    rig.home.by_hand(ids[2], "on")
    rig.run(1, "fleet")
    rig.live(3600)
    assert [rig.state(entity) for entity in ids] == ["off", "off", "on"]
    rig.run(0, "fleet", MinerReason.EMERGENCY_STOP)
    rig.live(20)
    assert [rig.state(entity) for entity in ids] == ["off", "off", "off"]


def test_the_others_run_while_one_unit_is_away() -> None:
    rig, ids = rack()
    rig.run(0, "fleet")
    rig.live(3600)
    rig.home.at_device(ids[0], UNAVAILABLE)
    rig.live(60)
    rig.run(2, "fleet")
    rig.live(3600)
    assert [rig.state(entity) for entity in ids] == [UNAVAILABLE, "on", "on"]


def test_a_unit_that_is_only_not_seen_is_one_of_those_that_run() -> None:
    rig, ids = rack()
    rig.run(2, "fleet")
    rig.home.at_device(ids[0], UNAVAILABLE)
    rig.home.show(ids[0], ITSELF)
    for counted, others in ((3, 1), (2, 2)):
        readings = SiteReadings(at=rig.home.now(), miners={"fleet": MinerReadings(running=Reading(counted))})
        mapped, rest = without_taken(rig.settings, rig.decisions, lambda _: False, rig.home.look, readings)
        assert mapped.miners["fleet"].switches == (ids[1], ids[2])
        assert rest.miners["fleet"].units == others


def test_a_whole_rack_is_the_miner() -> None:
    rig, ids = rack()
    for entity in ids:
        rig.home.by_hand(entity, "off")
    found = rig.dispatcher.manual(rig.home.now())
    assert not found["fleet"].run
    assert rig.dispatcher.findings(rig.home.now()).units_off == {}


# Limits, modes and set-points


@pytest.mark.parametrize(("set_w", "power_w"), [(1800, 1800.0), (0, None)])
def test_a_mode_chosen_by_hand_is_the_batterys_for_the_override_time(set_w: int, power_w: float | None) -> None:
    rig = charging(discharge_power="number.discharge")
    rig.home.at_device("number.discharge", str(set_w))
    rig.live(20)
    rig.home.by_hand(MODE, "Force discharge")
    [override] = rig.dispatcher.manual_batteries(rig.home.now()).values()
    assert (override.mode, override.power_w) == (BatteryMode.DISCHARGE, power_w)
    assert rig.dispatcher.findings(rig.home.now()).taken == {}
    rig.live(3600)
    assert rig.state(MODE) == "Force discharge"
    rig.dispatcher.forget_manual("battery")
    rig.live(60)
    assert rig.state(MODE) == "Force charge"


def test_an_option_that_stands_for_no_mode_is_left_alone() -> None:
    rig = charging()
    rig.home.by_hand(MODE, "Back-up")
    rig.live(3600)
    assert rig.state(MODE) == "Back-up"
    assert rig.dispatcher.manual_batteries(rig.home.now()) == {}
    assert [*rig.dispatcher.findings(rig.home.now()).taken] == [MODE]


def test_a_set_point_and_a_limit_set_by_hand_are_left_alone() -> None:
    rig = charging(charge_power=POINT)
    rig.home.by_hand(POINT, "1500")
    rig.live(3600)
    assert rig.state(POINT) == "1500"
    assert [*rig.dispatcher.findings(rig.home.now()).taken] == [POINT]
    limit = Device(truth="1600", attributes=WATTS, optimistic=True)
    rig = Rig({SWITCH: Device(truth="off"), LIMIT: limit}, with_miner(limit=LIMIT))
    rig.run(1)
    rig.live(3600)
    rig.home.by_hand(LIMIT, "2000")
    rig.live(3600)
    assert rig.state(LIMIT) == "2000"


def test_a_mode_that_lapses_into_self_consumption_is_given_again_and_no_persons() -> None:
    rig = charging()
    rig.home.at_device(MODE, "Self use")
    rig.live(60)
    assert rig.state(MODE) == "Force charge"
    assert seen(rig) == []


@pytest.mark.parametrize(("power_w", "counts"), [(-2000, True), (2500, False)])
def test_a_mode_chosen_at_the_inverter_counts_where_the_battery_follows_it(power_w: float, counts: bool) -> None:
    rig = charging()
    rig.measured["battery_power_w"] = power_w
    rig.home.at_device(MODE, "Force discharge")
    rig.live(60)
    assert rig.dispatcher.manual_batteries(rig.home.now()) == {}
    rig.live(300)
    assert ("battery" in rig.dispatcher.manual_batteries(rig.home.now())) is counts
    assert rig.state(MODE) == ("Force discharge" if counts else "Force charge")


@pytest.mark.parametrize(("soc", "counts"), [(0.6, True), (1.0, False), (0.2, False)])
def test_rest_is_a_sign_of_a_hold_only_where_the_battery_could_move(soc: float, counts: bool) -> None:
    """An inverter that falls back to a mode of its own has a full battery at rest as well."""
    rig = charging()
    rig.measured |= {"battery_power_w": 0, "battery_soc": soc}
    rig.home.at_device(MODE, "Stand by")
    rig.live(360)
    assert ("battery" in rig.dispatcher.manual_batteries(rig.home.now())) is counts


def test_a_number_that_its_mode_zeroes_is_set_again() -> None:
    """Entering the mode sets its power to nothing, long after that power was set."""
    rig = charging(charge_power=POINT)
    rig.order(BatteryMode.SELF_CONSUMPTION, 3000)
    rig.live(3600)
    mode = rig.home.devices[MODE]

    def enter(told: str) -> str:
        rig.home.at_device(POINT, "0")
        return told

    mode.obeys = enter
    rig.order(BatteryMode.CHARGE, 3000)
    rig.live(120)
    assert (rig.state(MODE), float(rig.state(POINT))) == ("Force charge", 3000)
    assert seen(rig) == []


# The end of control


def test_what_was_switched_within_moments_of_the_end_stays_so_and_the_log_says_it() -> None:
    rig = running()
    rig.run(0)
    rig.live(600)
    rig.home.by_hand(SWITCH, "on")
    rig.live(30)
    rig.release()
    rig.mode = Mode.MONITOR
    rig.live(600)
    assert rig.state(SWITCH) == "on"
    assert [entry.problem for entry in rig.audit.entries if entry.outcome is Outcome.SEEN] == [None, "left_as_it_is"]


def test_what_was_switched_before_that_is_left_safe() -> None:
    rig = running()
    rig.run(0)
    rig.live(600)
    rig.home.by_hand(SWITCH, "on")
    rig.live(90)
    rig.release()
    assert rig.state(SWITCH) == "off"


def test_an_inverter_whose_mode_was_just_chosen_stays_in_it_but_no_other() -> None:
    rig = charging(charge_power=POINT)
    rig.home.by_hand(MODE, "Stand by")
    rig.release()
    assert (rig.state(MODE), float(rig.state(POINT))) == ("Stand by", 3000)
    rig = charging(charge_power=POINT)
    rig.release()
    assert rig.state(MODE) == "Self use"


def test_control_that_has_ended_forgets_who_did_what() -> None:
    rig = running()
    rig.home.by_hand(SWITCH, "off")
    rig.live(60)
    rig.mode = Mode.MONITOR
    rig.live(10)
    assert rig.dispatcher.manual(rig.home.now()) == {}
    assert rig.dispatcher.findings(rig.home.now()).taken == {}


def test_a_battery_behind_two_is_given_its_share() -> None:
    settings = with_inverter(charge_power=POINT)
    [own] = settings.site.batteries
    batteries = (own, replace(own, id="second", max_charge_w=own.max_charge_w / 2))
    mapped = {key: replace(settings.batteries["battery"]) for key in ("battery", "second")}
    settings = replace(settings, site=replace(settings.site, batteries=batteries), batteries=mapped)
    devices = {
        MODE: Device(truth=MODES[BatteryMode.HOLD], attributes=SELECT, optimistic=True),
        POINT: Device(truth="3000", attributes=WATTS),
    }
    rig = Rig(devices, settings)
    rig.order(BatteryMode.HOLD, code=BatteryReason.SAVING_FOR_PEAK)
    rig.live(60)
    rig.home.by_hand(MODE, "Force charge")
    rig.live(60)
    found = rig.dispatcher.manual_batteries(rig.home.now())
    assert [override.power_w for override in found.values()] == [2000, 1000]
