"""The owner's words over the plan in a home: for later, several at once, on the device, in the calendar, and ended."""

from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.model.decision import (
    BatteryMode,
    BatteryOverride,
    BatteryReason,
    MinerOverride,
    MinerReason,
)

from .house import async_set_up_house, device_of, entity_id_of, orchestrator_of, snapshot_of, state_of
from .mapped_site import BATTERY_ID, MINER_ID, RACK_ID
from .users import READER, async_user


@pytest.fixture
async def house(hass: HomeAssistant) -> MockConfigEntry:
    """The house with its first plan."""
    return await async_set_up_house(hass)


def at(hours: float) -> datetime:
    """Return a time so many hours from now."""
    return dt_util.utcnow() + timedelta(hours=hours)


async def override(hass: HomeAssistant, entry: MockConfigEntry, owner: str, **data: Any) -> None:
    """Call the action that overrides a device, without waiting for a new plan."""
    name = "override_battery" if owner == BATTERY_ID else "override_miner"
    data["device_id"] = device_of(hass, entry, owner).id
    await hass.services.async_call(DOMAIN, name, data, blocking=True)


async def clear(hass: HomeAssistant, context: Context | None = None, **data: Any) -> None:
    await hass.services.async_call(DOMAIN, "clear_override", data, blocking=True, context=context)


async def listed(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return what stands over the plan, as the action lists it."""
    answer: Any = await hass.services.async_call(DOMAIN, "list_overrides", {}, blocking=True, return_response=True)
    overrides: list[dict[str, Any]] = answer["overrides"]
    return overrides


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, to: datetime) -> None:
    freezer.move_to(to)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_word_of_later_waits_for_its_time(
    hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It begins and ends on the second, between the plans, and is in the plan before."""
    begins, ends = at(1) + timedelta(minutes=1, seconds=20), at(2) + timedelta(minutes=2, seconds=40)
    await override(hass, house, BATTERY_ID, mode="hold", **{"from": begins, "until": ends})
    await hass.async_block_till_done(wait_background_tasks=True)
    snapshot = snapshot_of(house)
    assert not snapshot.battery_overrides
    assert snapshot.decisions.batteries[BATTERY_ID].reason.code is not BatteryReason.MANUAL
    assert snapshot.report
    told = [row for row in snapshot.report.rows if row.battery_reasons[BATTERY_ID].code is BatteryReason.MANUAL]
    assert begins <= told[0].start < begins + timedelta(minutes=15)
    assert told[-1].start < ends
    assert {row.battery_modes[BATTERY_ID] for row in told} == {BatteryMode.HOLD}
    await pass_time(hass, freezer, begins - timedelta(seconds=1))
    assert snapshot_of(house).decisions.batteries[BATTERY_ID].reason.code is not BatteryReason.MANUAL
    await pass_time(hass, freezer, begins)
    assert snapshot_of(house).decisions.batteries[BATTERY_ID].reason.code is BatteryReason.MANUAL
    assert state_of(hass, "sensor", BATTERY_ID, "recommended_mode").state == BatteryMode.HOLD
    await pass_time(hass, freezer, ends)
    assert snapshot_of(house).decisions.batteries[BATTERY_ID].reason.code is not BatteryReason.MANUAL
    assert not orchestrator_of(house).memory.remembered.overrides


async def test_several_are_listed_and_ended_one_by_one(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await override(hass, house, MINER_ID, run=True, hours=2, power_w=1600)
    await override(hass, house, MINER_ID, run=False, **{"from": at(5), "until": at(7)})
    await override(hass, house, BATTERY_ID, mode="charge", power_kw=2, **{"from": at(3), "hours": 1})
    told = await listed(hass)
    seen = [(item["device"], item["action"], item["power_kw"], item["in_force"], item["said"]) for item in told]
    assert seen == [
        ("Miner A", "run", 1.6, True, "asked"),
        ("House battery", "charge", 2.0, False, "asked"),
        ("Miner A", "stop", None, False, "asked"),
    ]
    spans = [(datetime.fromisoformat(item["from"]), datetime.fromisoformat(item["until"])) for item in told]
    assert spans == [(at(0), at(2)), (at(3), at(4)), (at(5), at(7))]
    await clear(hass, override_id=told[2]["id"])
    assert [item["id"] for item in await listed(hass)] == [told[0]["id"], told[1]["id"]]
    await clear(hass, override_id=[told[0]["id"], told[1]["id"]])
    assert await listed(hass) == []
    assert snapshot_of(house).decisions.miners[MINER_ID].reason.code is not MinerReason.MANUAL


async def test_of_two_for_a_time_the_later_word_holds(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await override(hass, house, MINER_ID, run=False, hours=8)
    await override(hass, house, MINER_ID, run=True, **{"from": at(2), "until": at(3)})
    told = await listed(hass)
    spans = [(item["action"], datetime.fromisoformat(item["until"])) for item in told]
    assert spans == [("stop", at(2)), ("run", at(3)), ("stop", at(8))]
    await clear(hass, override_id=told[1]["id"])
    assert [item["action"] for item in await listed(hass)] == ["stop", "stop"], "its time is the plan's"
    await clear(hass, device_id=device_of(hass, house, MINER_ID).id)
    assert await listed(hass) == []


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"hours": 1, "until": timedelta(hours=2)}, "override_ends_twice"),
    ({"until": timedelta(hours=-1)}, "override_over"),
    ({"until": timedelta()}, "override_over"),
    ({"from": timedelta(hours=2), "until": timedelta(hours=1)}, "override_ends_before"),
    ({"from": timedelta(hours=2), "until": timedelta(hours=2)}, "override_ends_before"),
    ({"until": timedelta(days=31)}, "override_too_far"),
    ({"from": timedelta(days=31)}, "override_too_far"),
    ({"from": datetime(1, 1, 1)}, "no_such_time"),  # noqa: DTZ001 - as a form gives it, of the home's time zone
)


@pytest.mark.parametrize(("data", "key"), REFUSED)
async def test_a_time_that_cannot_be_is_refused_with_what_to_do(
    hass: HomeAssistant, house: MockConfigEntry, data: dict[str, Any], key: str
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    given = {name: dt_util.utcnow() + when if isinstance(when, timedelta) else when for name, when in data.items()}
    for owner, what in ((MINER_ID, {"run": True}), (BATTERY_ID, {"mode": "hold"})):
        with pytest.raises(ServiceValidationError) as refused:
            await override(hass, house, owner, **what, **given)
        assert refused.value.translation_key == key
        assert "{" not in str(refused.value)
    assert await listed(hass) == []


async def test_what_began_before_now_begins_now(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await override(hass, house, MINER_ID, run=True, **{"from": at(-3), "hours": 1})
    assert snapshot_of(house).miner_overrides[MINER_ID].until == at(1)


async def test_an_id_that_is_none_is_refused(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await override(hass, house, MINER_ID, run=True)
    (told,) = await listed(hass)
    rack = device_of(hass, house, RACK_ID).id
    for data in ({"override_id": ["nowhere", told["id"]]}, {"override_id": told["id"], "device_id": rack}):
        with pytest.raises(ServiceValidationError) as refused:
            await clear(hass, **data)
        assert refused.value.translation_key == "unknown_override"
    with pytest.raises(Unauthorized):
        await clear(hass, await async_user(hass, READER), override_id=told["id"])
    assert await listed(hass) == [told]


# On the device


async def test_the_device_shows_it_and_ends_it(
    hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    def shown(owner: str) -> tuple[str, str]:
        return (
            state_of(hass, "sensor", owner, "override_until").state,
            state_of(hass, "button", owner, "end_override").state,
        )

    assert shown(MINER_ID) == shown(BATTERY_ID) == (STATE_UNKNOWN, STATE_UNAVAILABLE)
    await override(hass, house, MINER_ID, run=False, hours=2)
    await override(hass, house, MINER_ID, run=True, **{"from": at(3), "hours": 1})
    await override(hass, house, BATTERY_ID, mode="charge", power_kw=2, hours=1)
    await hass.async_block_till_done(wait_background_tasks=True)
    miner, battery = (state_of(hass, "sensor", owner, "override_until") for owner in (MINER_ID, BATTERY_ID))
    assert datetime.fromisoformat(miner.state) == at(2)
    assert (miner.attributes["action"], miner.attributes["said"]) == ("stop", "asked")
    assert [item["action"] for item in miner.attributes["ahead"]] == ["run"]
    assert (battery.attributes["action"], battery.attributes["power_kw"]) == ("charge", 2.0)
    assert shown(RACK_ID) == (STATE_UNKNOWN, STATE_UNAVAILABLE)
    for owner in (MINER_ID, BATTERY_ID):
        button = entity_id_of(hass, "button", owner, "end_override")
        await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert shown(owner)[0] == STATE_UNKNOWN
        assert shown(owner)[1] == STATE_UNAVAILABLE
    assert [item["action"] for item in await listed(hass)] == ["run"], "what is for later stays"


async def test_who_may_not_control_the_device_does_not_end_it(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await override(hass, house, MINER_ID, run=False, hours=2)
    await hass.async_block_till_done(wait_background_tasks=True)
    button = entity_id_of(hass, "button", MINER_ID, "end_override")
    reader = await async_user(hass, READER)
    with pytest.raises(Unauthorized):
        await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True, context=reader)
    assert snapshot_of(house).miner_overrides


async def test_a_hand_at_the_device_is_shown_and_ended_alike(
    hass: HomeAssistant, house: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, hass_storage: dict[str, Any]
) -> None:
    orchestrator = orchestrator_of(house)
    by_hand: dict[str, Any] = {
        MINER_ID: MinerOverride(miner_id=MINER_ID, run=False, until=at(4)),
        BATTERY_ID: BatteryOverride(battery_id=BATTERY_ID, mode=BatteryMode.CHARGE, until=at(4)),
    }
    monkeypatch.setattr(orchestrator.dispatcher, "switched", lambda _: dict(by_hand))
    monkeypatch.setattr(orchestrator.dispatcher, "forget_manual", lambda key: by_hand.pop(key, None))
    await orchestrator.async_plan_now()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {(item["action"], item["said"]) for item in await listed(hass)} == {
        ("stop", "by_hand"),
        ("charge", "by_hand"),
    }
    assert snapshot_of(house).decisions.batteries[BATTERY_ID].mode is BatteryMode.CHARGE
    kept = hass_storage[f"{DOMAIN}.{house.entry_id}"]["data"]["remembered"]
    assert len(kept["miner_overrides"]) == len(kept["battery_overrides"]) == 1, "a power cut would not undo it"
    for owner in (MINER_ID, BATTERY_ID):
        assert state_of(hass, "sensor", owner, "override_until").attributes["said"] == "by_hand"
        button = entity_id_of(hass, "button", owner, "end_override")
        await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await orchestrator.async_plan_now()
    assert await listed(hass) == []
    assert not by_hand


async def test_a_hand_at_the_device_counts_while_we_are_in_control(hass: HomeAssistant, house: MockConfigEntry) -> None:
    """Who takes control back does by hand what nobody sees: an old hand would undo it once control is given again."""
    orchestrator = orchestrator_of(house)
    await orchestrator.async_set_option("mode", "automatic")
    await hass.async_block_till_done(wait_background_tasks=True)
    await orchestrator.async_override(
        MinerOverride(miner_id=MINER_ID, run=False, until=at(4), by_hand=True),
        MinerOverride(miner_id=RACK_ID, run=False, until=at(4)),
    )
    await orchestrator.async_set_option("mode", "monitor")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [item["device"] for item in await listed(hass)] == ["Rack"]


async def test_the_calendar_tells_the_owners_word(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await override(hass, house, MINER_ID, run=False, **{"from": at(30), "until": at(32)})
    await override(hass, house, BATTERY_ID, mode="charge", power_kw=2.5, hours=1)
    await hass.async_block_till_done(wait_background_tasks=True)
    calendar = entity_id_of(hass, "calendar", house.entry_id, "planned_runs")
    answer: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": calendar, "start_date_time": at(0).isoformat(), "end_date_time": at(48).isoformat()},
        blocking=True,
        return_response=True,
    )
    told = {event["summary"]: event for event in answer[calendar]["events"]}
    assert datetime.fromisoformat(told["Override: Miner A stands"]["start"]) == at(30)
    assert datetime.fromisoformat(told["Override: Miner A stands"]["end"]) == at(32)
    assert "2.5 kW" in told["Override: House battery charges"]["description"]
    starts = [datetime.fromisoformat(event["start"]) for event in answer[calendar]["events"]]
    assert starts == sorted(starts)


# What is stored, and when


async def test_a_word_is_stored_at_once(
    hass: HomeAssistant, house: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    def stored() -> dict[str, Any]:
        kept: dict[str, Any] = hass_storage[f"{DOMAIN}.{house.entry_id}"]["data"]["remembered"]["miner_overrides"]
        return kept

    await override(hass, house, MINER_ID, run=False, hours=3)
    assert [word["run"] for word in stored().values()] == [False]
    await override(hass, house, MINER_ID, run=True, hours=1)
    assert [word["run"] for word in stored().values()] == [False, True]
    await clear(hass)
    assert stored() == {}


async def test_words_outlive_a_restart(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await override(hass, house, MINER_ID, run=False, hours=3)
    await override(hass, house, MINER_ID, run=True, **{"from": at(5), "hours": 1})
    told = await listed(hass)
    await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await listed(hass) == told


async def test_hundreds_of_words_are_cheap(hass: HomeAssistant, house: MockConfigEntry) -> None:
    """One cycle's share of them in the event loop, where 5 ms are a long time."""
    orchestrator = orchestrator_of(house)
    words = [
        MinerOverride(miner_id=f"miner {number}", run=True, since=at(0), until=at(1 + number)) for number in range(300)
    ]
    await orchestrator.async_override(*words)
    before = orchestrator.memory.remembered
    took = []
    for _ in range(5):
        began = perf_counter()
        orchestrator._observe()
        took.append(perf_counter() - began)
    assert len(before.overrides) == 300
    assert min(took) < 0.005
