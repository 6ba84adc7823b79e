"""What cards get over Home Assistant's websocket: how a site stands, live, over reloads, and only for who may read it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.auth.models import Group
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop.snapshot import Snapshot
from custom_components.energy_orchestrator.model.findings import Findings
from custom_components.energy_orchestrator.web.cards import MODULE, URL
from custom_components.energy_orchestrator.web.feed import FEEDS
from custom_components.energy_orchestrator.web.shown import plan_shown

from .house import MORNING, async_set_up_house, device_of, entity_id_of, orchestrator_of, put, snapshot_of
from .mapped_site import BATTERY_ID, INVERTER_ID, MINER_ID, RACK_ID, entry_of_site

pytestmark = [
    pytest.mark.freeze_time(MORNING),
    # Home Assistant's own web server keeps its notes in a way that aiohttp advises against.
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]

type Told = dict[str, Any]


@pytest.fixture
async def house(hass: HomeAssistant) -> MockConfigEntry:
    """The house with its first plan."""
    return await async_set_up_house(hass)


async def subscribe(client: MockHAClientWebSocket, **asked: Any) -> Callable[[], Awaitable[Told]]:
    """Subscribe; return what waits for the next message."""
    await client.send_json_auto_id({"type": f"{DOMAIN}/subscribe", **asked})
    answer = await client.receive_json()
    assert answer["success"], answer
    iden = answer["id"]

    async def following() -> Told:
        async with asyncio.timeout(10):
            told = await client.receive_json()
        assert (told["type"], told["id"]) == ("event", iden), told
        event: Told = told["event"]
        return event

    return following


async def refused(client: MockHAClientWebSocket, **asked: Any) -> str:
    """Ask for what is refused; return the code of the error."""
    await client.send_json_auto_id(asked)
    answer = await client.receive_json()
    assert not answer["success"]
    code: str = answer["error"]["code"]
    return code


async def test_a_subscriber_is_told_how_things_stand(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    following = await subscribe(await hass_ws_client(hass))
    told = await following()
    assert (told["title"], told["state"], told["mode"], told["currency"]) == ("Farm", "loaded", "monitor", "EUR")
    assert told["measured"]["solar_kw"] == 6.2
    assert told["measured"]["grid_kw"] == -1.3
    assert told["measured"]["batteries"][BATTERY_ID] == {"soc": 62, "power_kw": -3}, "+ is discharging, as people see"
    devices = {device["id"]: device for device in told["devices"]}
    assert list(devices) == [INVERTER_ID, BATTERY_ID, MINER_ID, RACK_ID]
    assert devices[MINER_ID]["device_id"] == device_of(hass, house, MINER_ID).id, "what actions take"
    assert devices[BATTERY_ID]["entities"]["soc"] == entity_id_of(hass, "sensor", BATTERY_ID, "soc")
    assert told["entities"]["mode"] == entity_id_of(hass, "select", house.entry_id, "mode")
    assert devices[BATTERY_ID]["reserve_soc"] == 25
    assert devices[RACK_ID]["most_kw"] == 7
    assert told["health"]["troubles"] == []
    assert told["overrides"] == []


async def test_the_slots_are_the_rows_of_get_plan(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    told = await (await subscribe(await hass_ws_client(hass)))()
    answer: Any = await hass.services.async_call(DOMAIN, "get_plan", {"hours": 48}, blocking=True, return_response=True)
    rows = answer["rows"]
    slots = told["plan"]["slots"]
    assert len(slots["start"]) == len(rows) > 140
    for name in ("solar_kw", "load_kw", "grid_kw", "import_price", "energy_price"):
        assert slots[name] == [row[name] for row in rows]
    assert slots["batteries"][BATTERY_ID]["soc"] == [row["batteries"][0]["soc"] for row in rows]
    assert slots["miners"][RACK_ID]["units"] == [row["miners"][1]["units"] for row in rows]
    assert slots["end"][:-1] == slots["start"][1:]
    assert all(low <= high for low, high in zip(slots["solar_low_kw"], slots["solar_high_kw"], strict=True))
    assert {run["id"] for run in told["plan"]["runs"]} <= {BATTERY_ID, MINER_ID, RACK_ID}


async def test_every_decision_says_why_in_the_readers_language(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    english = await (await subscribe(client, language="en-GB"))()
    german = await (await subscribe(client, language="de"))()
    assert [decision["device"] for decision in english["decisions"]] == [BATTERY_ID, MINER_ID, RACK_ID]
    battery = english["decisions"][0]
    assert battery["what"].startswith("House battery ")
    assert battery["why"].endswith(".")
    assert "the battery is at 62 percent" in battery["numbers"]
    assert "die Batterie" in german["decisions"][0]["numbers"]
    assert german["decisions"][0]["reason"] == battery["reason"]
    changes = english["changes"]
    assert 0 < len(changes) <= 3
    assert changes == sorted(changes, key=lambda change: change["at"])
    assert all(change["what"] and change["why"] for change in changes)


async def test_a_new_snapshot_is_told_at_once_and_the_plan_made_json_once(
    hass: HomeAssistant,
    house: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Snapshot] = []

    def counted(snapshot: Snapshot) -> dict[str, Any] | None:
        made.append(snapshot)
        return plan_shown(snapshot)

    monkeypatch.setattr("custom_components.energy_orchestrator.web.feed.plan_shown", counted)
    client = await hass_ws_client(hass)
    following = await subscribe(client)
    first = await following()
    again = await subscribe(client)
    assert await again() == first, "from what is made already"
    await hass.services.async_call(
        DOMAIN,
        "override_miner",
        {"device_id": device_of(hass, house, RACK_ID).id, "run": False, "hours": 2},
        blocking=True,
    )
    told = await following()
    assert [(word["device"], word["does"], word["what"]) for word in told["overrides"]] == [
        (RACK_ID, "stand", "Rack stays off")
    ]
    word = told["overrides"][0]
    assert (word["until"], word["in_force"]) == ("2026-06-20T12:00:00+02:00", True)
    assert len(made) <= 2, "once for each plan"


async def test_what_is_not_as_it_should_be_is_not_told_as_if_it_were(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    following = await subscribe(await hass_ws_client(hass))
    told = await following()
    said = "Rack: By the plan it should run now"
    assert next(one["what"] for one in told["decisions"] if one["device"] == RACK_ID) == said, (
        "in monitor mode it is off"
    )
    for unit in (1, 2):
        hass.states.async_set(f"switch.rack_{unit}", "on")
    await orchestrator_of(house).async_plan_now()
    while (rack := next(one for one in told["decisions"] if one["device"] == RACK_ID))["what"] == said:
        told = await following()
    assert rack["what"] == "Rack runs"


async def test_what_control_has_found_is_told(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    loop = orchestrator_of(house)
    until = snapshot_of(house).at + timedelta(hours=1)
    found = Findings(
        aside={MINER_ID: until}, writes={"number.miner_a_limit": 3, "switch.miner_a": 2, "switch.other": 9}
    )
    loop.data = replace(loop.data, found=found)
    told = await (await subscribe(await hass_ws_client(hass)))()
    assert told["health"]["aside"] == [{"device": MINER_ID, "until": "2026-06-20T11:00:00+02:00"}]
    writes = {device["id"]: device["writes_today"] for device in told["devices"]}
    assert writes == {INVERTER_ID: 0, BATTERY_ID: 0, MINER_ID: 5, RACK_ID: 0}


async def test_a_subscription_outlives_a_reload(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    following = await subscribe(await hass_ws_client(hass))
    assert (await following())["plan"]
    before = orchestrator_of(house)
    assert await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert orchestrator_of(house) is not before
    told = await following()
    while not (told["state"] == "loaded" and told["plan"]):
        told = await following()
    put(hass, "sensor.battery_soc", "63")
    await orchestrator_of(house).async_plan_now()
    while told["measured"]["batteries"][BATTERY_ID]["soc"] != 63:
        told = await following()


async def test_a_site_that_is_unloaded_or_removed_says_so(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    following = await subscribe(await hass_ws_client(hass))
    told = await following()
    await hass.config_entries.async_unload(house.entry_id)
    while told["state"] != "not_loaded":
        told = await following()
    assert "plan" not in told
    await hass.config_entries.async_remove(house.entry_id)
    while told["state"] != "removed":
        told = await following()


async def test_nothing_is_made_for_nobody(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": f"{DOMAIN}/subscribe"})
    iden = (await client.receive_json())["id"]
    await client.receive_json()
    assert house.entry_id in hass.data[FEEDS]
    await client.send_json_auto_id({"type": "unsubscribe_events", "subscription": iden})
    assert (await client.receive_json())["success"]
    assert hass.data[FEEDS] == {}


async def test_without_a_plan_the_reason_is_told(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> None:
    await async_set_up_house(hass, mapped=False)
    told = await (await subscribe(await hass_ws_client(hass)))()
    assert told["plan"] is None
    assert told["health"]["failure"] == "soc_unknown"
    assert told["measured"]["solar_kw"] is None, "never a made-up 0"
    assert {trouble["entity_id"] for trouble in told["health"]["troubles"]} >= {"sensor.battery_soc"}


async def test_a_slot_says_why(hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator) -> None:
    client = await hass_ws_client(hass)
    report = snapshot_of(house).report
    assert report
    row = report.rows[20]
    await client.send_json_auto_id({"type": f"{DOMAIN}/slot", "at": row.start.timestamp() + 1, "language": "nl"})
    told = (await client.receive_json())["result"]
    assert told["start"] == int(row.start.timestamp())
    assert [(one["device"], one["reason"]) for one in told["devices"]] == [
        (BATTERY_ID, row.battery_reasons[BATTERY_ID].code.value),
        (MINER_ID, row.miner_reasons[MINER_ID].code.value),
        (RACK_ID, row.miner_reasons[RACK_ID].code.value),
    ]
    assert all(one["why"].endswith(".") and one["numbers"] for one in told["devices"])
    for outside in (0, 1e18, -1e30):
        await client.send_json_auto_id({"type": f"{DOMAIN}/slot", "at": outside})
        assert (await client.receive_json())["result"] is None


async def test_what_if_draws_both_plans(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    before = snapshot_of(house).plan
    changes = {"solar_percent": 50, "extra_load_w": 500, "reserve_soc": 40, "miners_off": [MINER_ID, RACK_ID]}
    await client.send_json_auto_id({"type": f"{DOMAIN}/what_if", **changes})
    async with asyncio.timeout(60):
        told = (await client.receive_json())["result"]
    slots = told["slots"]
    hours = [(end - start) / 3600 for start, end in zip(slots["start"], slots["end"], strict=True)]
    assert sum(hours) == pytest.approx(48, abs=0.6)
    for name in ("present", "changed"):
        bought = sum(max(0, kw) * length for kw, length in zip(slots[name]["grid_kw"], hours, strict=True))
        assert bought == pytest.approx(told[name]["energy_kwh"]["import"], abs=0.1)
    assert set(slots["changed"]["miners_kw"]) == {0}
    assert slots["changed"]["soc"] != slots["present"]["soc"]
    assert told["difference"]["cost"]["total"] > 0
    assert snapshot_of(house).plan is before, "a question changes nothing"
    assert await refused(client, type=f"{DOMAIN}/what_if", solar_percent=301) == "invalid_format"


async def test_what_if_without_a_plan_says_why(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> None:
    await async_set_up_house(hass, mapped=False)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": f"{DOMAIN}/what_if", "solar_percent": 50})
    assert (await client.receive_json())["error"]["translation_key"] == "no_plan_yet"


async def test_sites_are_listed(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": f"{DOMAIN}/sites"})
    (site,) = (await client.receive_json())["result"]
    assert (site["entry_id"], site["title"], site["state"]) == (house.entry_id, "Farm", "loaded")
    assert [(device["kind"], device["name"]) for device in site["devices"]] == [
        ("inverter", "Hybrid"),
        ("battery", "House battery"),
        ("miner", "Miner A"),
        ("miner", "Rack"),
    ]
    assert site["entities"]["mode"] == entity_id_of(hass, "select", house.entry_id, "mode")


async def test_which_of_several_sites_must_be_said(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    assert await refused(client, type=f"{DOMAIN}/subscribe", entry_id="nonsense") == "not_found"
    entry_of_site().add_to_hass(hass)
    assert await refused(client, type=f"{DOMAIN}/subscribe") == "not_found"
    assert (await (await subscribe(client, entry_id=house.entry_id))())["title"] == "Farm"


async def test_who_may_only_read_reads(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: WebSocketGenerator, hass_read_only_access_token: str
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    assert (await (await subscribe(client))())["plan"]


async def test_who_may_not_read_is_told_nothing(
    hass: HomeAssistant,
    house: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_user: MockUser,
    hass_read_only_access_token: str,
) -> None:
    elsewhere = Group(name="kitchen", policy={"entities": {"entity_ids": {"light.kitchen": True}}}, id="kitchen")
    hass_read_only_user.groups = [elsewhere]
    hass_read_only_user.invalidate_cache()
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for command, more in (("subscribe", {}), ("slot", {"at": 0}), ("what_if", {})):
        assert await refused(client, type=f"{DOMAIN}/{command}", **more) == "unauthorized"
    await client.send_json_auto_id({"type": f"{DOMAIN}/sites"})
    assert (await client.receive_json())["result"] == []


async def test_every_page_loads_the_cards(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeassistant.components.onboarding.async_is_onboarded", lambda hass: True)
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, DOMAIN, {})
    client: TestClient[Any, Any] = await hass_client_no_auth()
    page = await (await client.get("/lovelace")).text()
    version = sha256(MODULE.read_bytes()).hexdigest()[:12]
    assert f"{URL}?v={version}" in page
    module = await client.get(f"{URL}?v={version}")
    assert module.status == 200
    assert "javascript" in module.headers["Content-Type"]
    assert "max-age" in module.headers["Cache-Control"]


async def test_a_home_without_a_frontend_does_without_cards(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert "frontend" not in hass.config.components
