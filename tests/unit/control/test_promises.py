"""What the dispatcher promises, whatever is decided, whatever devices do, and whoever has a hand in it."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import settings as effort, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from custom_components.energy_orchestrator.control import AuditEntry, Outcome
from custom_components.energy_orchestrator.control.obedience import MOST_ATTEMPTS, SECOND_CHANCE
from custom_components.energy_orchestrator.control.writes import MOST_A_DAY
from custom_components.energy_orchestrator.mapping import MinerEntities
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.site import Mode

from .home import MODES, SELECT, WATTS, Device, Rig, with_inverter

SWITCH, MODE, POINT = "switch.miner", "select.mode", "number.charge"
RACK: Final = ("switch.unit_1", "switch.unit_2")
SWITCHES: Final = (SWITCH, *RACK)
DRIVEN: Final = (*SWITCHES, MODE)
SAFETY: Final = "emergency_stop"
RELEASED: Final = "released"
LEAST_GAP: Final = timedelta(seconds=30)
OFTEN: Final = timedelta(seconds=80)
POLLS: Final = (10, 30, 60, 300)


def texts(entity_id: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*MODES.values()]) if entity_id == MODE else st.sampled_from(["on", "off"])


class Promises(RuleBasedStateMachine):
    """One inverter, one miner and a rack of two, a dispatcher, faults and people."""

    def __init__(self) -> None:
        super().__init__()
        base = with_inverter(charge_power=POINT)
        miners = {"miner": MinerEntities(switches=(SWITCH,)), "fleet": MinerEntities(switches=RACK)}
        site = replace(base.site, miners=tuple(replace(m, count=min(m.count, 2)) for m in base.site.miners))
        self.settings = replace(base, miners=miners, site=site)
        devices = {entity: Device(truth="off") for entity in SWITCHES}
        devices[MODE] = Device(truth="Self use", attributes=SELECT)
        devices[POINT] = Device(truth="7000", attributes=WATTS)
        self.rig = Rig(devices, self.settings)
        self.rig.run(0)
        self.rig.run(0, "fleet")
        self.rig.order(BatteryMode.SELF_CONSUMPTION, 7000, BatteryReason.IDLE)
        self.words: dict[str, tuple[str, datetime]] = {}
        self.vain: dict[tuple[str, str], list[datetime]] = {}
        self.sent: dict[str, AuditEntry] = {}
        self.heard = 0
        self.days: Counter[tuple[str, object]] = Counter()

    # What happens

    @rule(units=st.integers(0, 2), miner=st.sampled_from(["miner", "fleet"]))
    def plan_a_miner(self, units: int, miner: str) -> None:
        """The plan wants so many units."""
        self.rig.run(min(units, 1 if miner == "miner" else 2), miner)

    @rule(miner=st.sampled_from(["miner", "fleet"]))
    def stop_for_safety(self, miner: str) -> None:
        """Safety stops a miner."""
        self.rig.run(0, miner, MinerReason.EMERGENCY_STOP)

    @rule(mode=st.sampled_from([*BatteryMode]), power_w=st.sampled_from([500.0, 1000.0, 1050.0, 3000.0, 7000.0]))
    def order(self, mode: BatteryMode, power_w: float) -> None:
        """The plan orders the battery."""
        self.rig.order(mode, power_w)

    @rule(entity=st.sampled_from([*DRIVEN, POINT]), every=st.sampled_from(POLLS), optimistic=st.booleans())
    def change_manners(self, entity: str, every: int, optimistic: bool) -> None:
        """An integration polls otherwise, or hopes."""
        self.rig.home.devices[entity].every = every
        self.rig.home.devices[entity].optimistic = optimistic

    @rule(entity=st.sampled_from([*DRIVEN, POINT]), fault=st.sampled_from(["deaf", "refuses", None]))
    def change_obedience(self, entity: str, fault: str | None) -> None:
        """A device breaks, or is mended."""
        device = self.rig.home.devices[entity]
        device.obeys = (lambda _: None) if fault == "deaf" else (lambda told: told)
        device.error = ValueError("busy") if fault == "refuses" else None

    @rule(entity=st.sampled_from(SWITCHES))
    def show_a_bad_poll(self, entity: str) -> None:
        """One poll shows a switch off that is on."""
        device = self.rig.home.devices[entity]
        self.rig.run(1)
        self.rig.run(2, "fleet")
        self._live(1200)
        if entity in self.words or self.rig.state(entity) != "on" or device.truth != "on":
            return
        manual = {
            *self.rig.dispatcher.manual(self.rig.home.now()),
            *self.rig.dispatcher.findings(self.rig.home.now()).taken,
        }
        device.truth = "off"
        self._live(device.every or 10)
        device.truth = "on"
        self._live(2 * (device.every or 10))
        now = self.rig.home.now()
        assert {*self.rig.dispatcher.manual(now), *self.rig.dispatcher.findings(now).taken} <= manual, (
            "a poll is no person"
        )

    @rule(entity=st.sampled_from(DRIVEN), data=st.data())
    def misread_what_a_person_did(self, entity: str, data: Any) -> None:
        """One poll shows something else than what a person left a device at."""
        device = self.rig.home.devices[entity]
        right, wrong = device.truth, data.draw(texts(entity))
        if entity not in self.words or right != self.words[entity][0]:
            return
        device.truth = wrong
        self._live(device.every or 10)
        if device.truth == wrong:
            device.truth = right

    @rule(entity=st.sampled_from(DRIVEN), optimistic=st.booleans())
    def wish_in_vain(self, entity: str, optimistic: bool) -> None:
        """A device does nothing of what it is told for an hour."""
        device = self.rig.home.devices[entity]
        device.obeys, device.optimistic, device.error = (lambda _: None), optimistic, None
        self._contradict(entity, device.truth)
        self._live(3600)
        device.obeys = lambda told: told

    @rule()
    def disagree(self) -> None:
        """The plan wants something else than people do."""
        for entity, (state, _) in self.words.items():
            self._contradict(entity, state)
        self._live(1800)

    def _contradict(self, entity: str, state: str) -> None:
        if entity == MODE:
            other = next(mode for mode, option in MODES.items() if option != state)
            self.rig.order(other)
        else:
            units = int(state != "on")
            self.rig.run(units if entity == SWITCH else 2 * units, "miner" if entity == SWITCH else "fleet")

    @rule(entity=st.sampled_from(DRIVEN), data=st.data())
    def press_a_button(self, entity: str, data: Any) -> None:
        """Somebody or something acts at the device itself."""
        state = data.draw(texts(entity))
        if state != self.rig.home.devices[entity].truth:
            self.words.pop(entity, None)
            self.rig.home.at_device(entity, state)

    @rule(entity=st.sampled_from(DRIVEN))
    def lose_a_device(self, entity: str) -> None:
        """A device is away for a minute."""
        truth = self.rig.home.devices[entity].truth
        self.words.pop(entity, None)
        self.rig.home.at_device(entity, "unavailable")
        self._live(60)
        if self.rig.home.devices[entity].truth == "unavailable":
            self.rig.home.at_device(entity, truth)

    @rule(entity=st.sampled_from(DRIVEN), data=st.data())
    def do_it_by_hand(self, entity: str, data: Any) -> None:
        """Somebody acts in Home Assistant."""
        device = self.rig.home.devices[entity]
        state = data.draw(texts(entity))
        if device.obeys(state) != state or device.error is not None or self.rig.state(entity) in {state, "unavailable"}:
            return
        device.optimistic = True  # it is shown under the person's name
        self.rig.home.by_hand(entity, state)
        self.words[entity] = state, self.rig.home.now()

    @rule(device=st.sampled_from(["miner", "fleet", "inverter", "battery", None]))
    def give_back(self, device: str | None) -> None:
        """Somebody gives a device back to the plan."""
        self.rig.dispatcher.forget_manual(device)
        given = DRIVEN if device is None else [*self.settings.driven(device)]
        self.words = {key: word for key, word in self.words.items() if key not in given}

    @rule()
    def restart(self) -> None:
        """Home Assistant restarts; only the log is kept."""
        self.rig.dispatcher.shutdown()
        self.rig.begin()
        self.vain.clear()
        self.sent.clear()

    @rule(mode=st.sampled_from([Mode.MONITOR, Mode.PAUSED]), minutes=st.sampled_from([1, 30]))
    def end_control_for_a_while(self, mode: Mode, minutes: float) -> None:
        """Control ends, and begins again."""
        self._live(10)
        just = {key for key, (_, at) in self.words.items() if self.rig.home.now() - at <= timedelta(seconds=60)}
        self.rig.release()
        self._check_released(just)
        self.words.clear()
        self.vain.clear()
        self.rig.mode = mode
        self._live(minutes * 60)
        self.rig.mode = Mode.AUTOMATIC
        self._live(10)

    @rule(minutes=st.sampled_from([0.5, 2, 10, 40, 300]))
    def let_time_pass(self, minutes: float) -> None:
        """Nothing else happens for a while."""
        self._live(minutes * 60)

    def _live(self, seconds: float) -> None:
        begun = self.rig.home.now()
        self.rig.live(seconds)
        self.keeps_what_it_promises()
        if self.rig.mode is Mode.AUTOMATIC:
            self._check_safety(begun)

    # What is promised

    def _check_safety(self, begun: datetime) -> None:
        """What must stop and still shows that it runs is told so every minute."""
        now = self.rig.home.now()
        for miner_id, switches in (("miner", (SWITCH,)), ("fleet", RACK)):
            for entity in switches:
                seen, last = self.rig.home.states[entity], self.sent.get(entity)
                shown = now - max(begun, seen.last_changed)
                if self.rig.miners[miner_id].reason.code is MinerReason.EMERGENCY_STOP and seen.state == "on":
                    assert shown <= OFTEN or (last is not None and now - last.at <= OFTEN), f"{entity} runs on"

    def _check_released(self, just: set[str]) -> None:
        """Who obeys is left safe, but for what a person has just done."""
        for entity in DRIVEN:
            device = self.rig.home.devices[entity]
            if device.error is None and device.obeys("x") == "x" and device.truth != "unavailable":
                safe = "Self use" if entity == MODE else "off"
                left = entity in just or (entity == MODE and POINT in just)
                assert left or device.truth == safe, f"{entity} was left at {device.truth}"

    @invariant()
    def keeps_what_it_promises(self) -> None:
        """Judge what was sent since the last look."""
        fresh, self.heard = self.rig.events[self.heard :], len(self.rig.events)
        for entry in fresh:
            if entry.outcome is Outcome.PENDING:
                self._check_sent(entry)
            elif entry.outcome is Outcome.SEEN and entry.problem is None and entry.entity_id in self.words:
                assert self.words[entry.entity_id][0] in entry.command

    def _check_sent(self, entry: AuditEntry) -> None:
        entity, at = entry.entity_id, entry.at
        if entry.reason == RELEASED:
            return
        assert self.rig.mode is Mode.AUTOMATIC, "nothing is sent in monitor or paused mode"
        last, self.sent[entity] = self.sent.get(entity), entry
        if entry.reason == SAFETY:
            self.words.pop(entity, None)
            return
        if last is not None and last.reason != SAFETY:
            assert at - last.at >= LEAST_GAP, "spacing"
        self.days[entity, at.date()] += 1
        assert self.days[entity, at.date()] <= MOST_A_DAY or "Self use" in entry.command or entry.command == "turn_off"
        if entity in self.words:
            state, since = self.words[entity]
            assert at >= since + self.settings.override, f"{state} by a person was undone after {at - since}"
        self._check_vain(entry)

    def _check_vain(self, entry: AuditEntry) -> None:
        """The same wish goes out again and again only where it was done meanwhile."""
        entity, device = entry.entity_id, self.rig.home.devices[entry.entity_id]
        if entity == POINT:
            return
        wish = (entity, entry.command)
        if device.error is None and device.obeys("x") == "x":
            self.vain.pop(wish, None)  # it does what it is told
            return
        tries = [when for when in self.vain.get(wish, []) if entry.at - when < SECOND_CHANCE - timedelta(minutes=1)]
        self.vain[wish] = [*tries, entry.at]
        assert len(self.vain[wish]) <= MOST_ATTEMPTS + 1, "given up after three"

    def teardown(self) -> None:
        """End it all."""
        self.rig.dispatcher.shutdown()
        assert self.rig.home.waiting == 0, "a timer is left"


TestPromises = Promises.TestCase
TestPromises.settings = effort(max_examples=30, stateful_step_count=30)
