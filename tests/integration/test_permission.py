"""Who may do what: a user may do through an action or an entity of ours what he may do to the devices himself."""

from typing import Any, Final

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.energy_orchestrator import services
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.control.commands import release_commands

from .house import MORNING, async_set_up_house, device_of, entity_id_of, orchestrator_of, snapshot_of
from .mapped_site import BATTERY_ID, MINER_ID, RACK_ID
from .users import MAY_ALL, READER, async_user, async_user_of

pytestmark = [
    pytest.mark.freeze_time(MORNING),
    # Home Assistant's own web server keeps its notes in a way that aiohttp advises against.
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]

# Every action that changes something, with the devices it is for. The others only tell.
ACTS: Final[dict[str, tuple[tuple[str, ...], dict[str, Any]]]] = {
    "override_miner": ((MINER_ID,), {"run": True, "hours": 1}),
    "override_battery": ((BATTERY_ID,), {"mode": "charge", "hours": 1}),
    "clear_override": ((RACK_ID,), {}),
    "plan_now": ((), {}),
    "reload_knowledge": ((), {}),
}
TELL: Final[dict[str, dict[str, Any]]] = {
    "get_plan": {},
    "list_overrides": {},
    "simulate": {"solar_percent": 50},
    "explain": {"device_id": MINER_ID},
    "ask": {"text": "how full is the battery"},
}
DRIVEN: Final = {
    MINER_ID: {"switch.miner_a", "number.miner_a_limit"},
    RACK_ID: {"switch.rack_1", "switch.rack_2"},
    BATTERY_ID: {
        "select.inverter_mode",
        "number.inverter_charge",
        "number.inverter_discharge",
        "number.inverter_export",
    },
}


@pytest.fixture
async def house(hass: HomeAssistant) -> MockConfigEntry:
    """The house with its first plan, in monitor mode, where one miner already stands by the owner's word."""
    entry = await async_set_up_house(hass)
    await act(hass, entry, "override_miner", Context(), (RACK_ID,), run=False)
    return entry


async def act(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, by: Context, devices: tuple[str, ...] = (), **data: Any
) -> None:
    """Call an action as a user."""
    if devices:
        data["device_id"] = [device_of(hass, entry, device).id for device in devices]
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=by)
    await hass.async_block_till_done(wait_background_tasks=True)


def standing(entry: MockConfigEntry) -> tuple[Any, ...]:
    """Return all that anybody can change."""
    snapshot = snapshot_of(entry)
    return (
        dict(snapshot.miner_overrides),
        dict(snapshot.battery_overrides),
        dict(entry.options),
        {key: dict(subentry.data) for key, subentry in entry.subentries.items()},
        id(snapshot.plan),
    )


def own(hass: HomeAssistant, device: str) -> str:
    """Return our entity for a device."""
    platform, key = ("number", "reserve") if device == BATTERY_ID else ("switch", "run")
    return entity_id_of(hass, platform, device, key)


def moved(hass: HomeAssistant, *devices: str) -> set[str]:
    """Return all that telling devices what to do moves."""
    return {entity_id for device in devices for entity_id in (own(hass, device), *DRIVEN[device])}


def test_every_action_is_tried() -> None:
    assert {*ACTS, *TELL} == set(services.ACTIONS)


@pytest.mark.parametrize("action", ACTS)
async def test_who_may_only_read_changes_nothing(hass: HomeAssistant, house: MockConfigEntry, action: str) -> None:
    devices, data = ACTS[action]
    before, reader = standing(house), await async_user(hass, READER)
    with pytest.raises(Unauthorized):
        await act(hass, house, action, reader, devices, **data)
    assert standing(house) == before


@pytest.mark.parametrize("group", [*MAY_ALL, None])
async def test_who_may_control_everything_acts(hass: HomeAssistant, house: MockConfigEntry, group: str | None) -> None:
    user = await async_user(hass, group) if group else Context()
    for action, (devices, data) in ACTS.items():
        before = standing(house)
        await act(hass, house, action, user, devices, **data)
        assert standing(house) != before or action == "reload_knowledge"


@pytest.mark.parametrize("action", TELL)
async def test_who_may_only_read_is_told(hass: HomeAssistant, house: MockConfigEntry, action: str) -> None:
    before, reader = standing(house), await async_user(hass, READER)
    data = TELL[action]
    if "device_id" in data:
        data = {**data, "device_id": device_of(hass, house, data["device_id"]).id}
    assert await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True, context=reader)
    assert standing(house) == before


@pytest.mark.parametrize("action", ["override_miner", "override_battery", "clear_override"])
async def test_a_device_takes_all_that_is_moved(hass: HomeAssistant, house: MockConfigEntry, action: str) -> None:
    devices, data = ACTS[action]
    needed, before = moved(hass, *devices), standing(house)
    for missing in sorted(needed):
        some = await async_user_of(hass, needed - {missing})
        with pytest.raises(Unauthorized) as refused:
            await act(hass, house, action, some, devices, **data)
        assert str(refused.value).endswith(f": {missing}")
        assert standing(house) == before
    await act(hass, house, action, await async_user_of(hass, needed), devices, **data)
    assert standing(house) != before


async def test_all_or_nothing(hass: HomeAssistant, house: MockConfigEntry) -> None:
    before, some = standing(house), await async_user_of(hass, moved(hass, MINER_ID))
    with pytest.raises(Unauthorized, match="Rack") as refused:
        await act(hass, house, "override_miner", some, (MINER_ID, RACK_ID), run=True)
    assert "Miner A" not in str(refused.value)
    with pytest.raises(Unauthorized, match="House battery"):
        await act(hass, house, "clear_override", some)
    assert standing(house) == before
    await act(hass, house, "override_miner", some, (MINER_ID,), run=True)
    assert snapshot_of(house).miner_overrides[MINER_ID].run


async def test_a_user_nobody_knows(hass: HomeAssistant, house: MockConfigEntry) -> None:
    before = standing(house)
    with pytest.raises(UnknownUser):
        await act(hass, house, "override_miner", Context(user_id="gone"), (MINER_ID,), run=True)
    assert standing(house) == before


async def test_nothing_is_driven_that_is_not_asked_for(hass: HomeAssistant, house: MockConfigEntry) -> None:
    """The entities that are checked are all that the dispatcher ever commands."""
    settings = orchestrator_of(house).settings
    assert {device: {*settings.driven(device)} for device in DRIVEN} == DRIVEN
    released = {command.entity_id for command in release_commands(settings, hass.states.get)}
    assert released <= {entity_id for entities in DRIVEN.values() for entity_id in entities}
    assert {"select.inverter_mode", "number.inverter_charge", "switch.miner_a"} <= released


def entities(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return a call of every entity of ours that can be told something."""
    site = entry.entry_id
    return {
        entity_id_of(hass, "select", site, "mode"): ("select_option", {"option": "paused"}),
        entity_id_of(hass, "select", site, "strategy"): ("select_option", {"option": "battery_care"}),
        entity_id_of(hass, "button", site, "plan_now"): ("press", {}),
        entity_id_of(hass, "number", BATTERY_ID, "reserve"): ("set_value", {"value": 33}),
        entity_id_of(hass, "number", MINER_ID, "start_soc"): ("set_value", {"value": 66}),
        entity_id_of(hass, "switch", MINER_ID, "run"): ("turn_on", {}),
        entity_id_of(hass, "button", RACK_ID, "end_override"): ("press", {}),
    }


async def call(hass: HomeAssistant, entity_id: str, service: str, by: Context, **data: Any) -> None:
    """Call an entity's service as a user."""
    domain = entity_id.partition(".")[0]
    await hass.services.async_call(domain, service, {"entity_id": entity_id, **data}, blocking=True, context=by)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_entities(hass: HomeAssistant, house: MockConfigEntry) -> None:
    reader, user = await async_user(hass, READER), await async_user(hass, MAY_ALL[-1])
    for entity_id, (service, data) in entities(hass, house).items():
        before = standing(house)
        with pytest.raises(Unauthorized):
            await call(hass, entity_id, service, reader, **data)
        assert standing(house) == before, entity_id
        await call(hass, entity_id, service, user, **data)
        assert standing(house) != before, entity_id


async def test_our_switch_is_no_way_around_the_devices(hass: HomeAssistant, house: MockConfigEntry) -> None:
    run, before = own(hass, MINER_ID), standing(house)
    some = await async_user_of(hass, {run})
    for service in ("turn_on", "turn_off", "toggle"):
        with pytest.raises(Unauthorized, match="Miner A"):
            await call(hass, run, service, some)
    assert standing(house) == before
    await call(hass, run, "turn_on", await async_user_of(hass, moved(hass, MINER_ID)))
    assert snapshot_of(house).miner_overrides[MINER_ID].run
    await call(hass, run, "turn_off", Context())
    assert not snapshot_of(house).miner_overrides[MINER_ID].run, "whoever called last is not whoever calls now"


async def test_control_takes_all_devices(hass: HomeAssistant, house: MockConfigEntry) -> None:
    """Into automatic and out of it, devices are switched; between the other modes none is."""
    mode = entity_id_of(hass, "select", house.entry_id, "mode")
    some = await async_user_of(hass, {mode, *moved(hass, MINER_ID, BATTERY_ID)})
    every = await async_user_of(hass, {mode, *moved(hass, MINER_ID, RACK_ID, BATTERY_ID)})
    await call(hass, mode, "select_option", some, option="paused")
    assert house.options["mode"] == "paused"
    with pytest.raises(Unauthorized, match="Rack"):
        await call(hass, mode, "select_option", some, option="automatic")
    assert house.options["mode"] == "paused"
    await call(hass, mode, "select_option", every, option="automatic")
    assert house.options["mode"] == "automatic"
    with pytest.raises(Unauthorized, match="Rack"):
        await call(hass, mode, "select_option", some, option="monitor")
    assert house.options["mode"] == "automatic"


async def test_the_app_is_told_why(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator, hass_read_only_access_token: str
) -> None:
    """As the app calls it: over the websocket, by a user of the group for reading alone."""
    before, client = standing(house), await hass_ws_client(hass, hass_read_only_access_token)
    calls = [(DOMAIN, action, data, devices) for action, (devices, data) in ACTS.items()]
    calls += [
        (entity_id.partition(".")[0], service, {"entity_id": entity_id, **data}, ())
        for entity_id, (service, data) in entities(hass, house).items()
    ]
    for number, (domain, service, data, devices) in enumerate(calls, start=1):
        named = {"device_id": [device_of(hass, house, device).id for device in devices]} if devices else {}
        await client.send_json(
            {"id": number, "type": "call_service", "domain": domain, "service": service, "service_data": data | named}
        )
        told = await client.receive_json()
        assert not told["success"], service
        if domain == DOMAIN:
            assert told["error"]["translation_key"] == "not_allowed"
            assert "You may not control" in told["error"]["message"]
    assert standing(house) == before
