"""The actions, called as a person or an automation calls them."""

from datetime import datetime, timedelta
from itertools import pairwise
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator import services
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason

from .house import async_set_up_house, device_of, put, snapshot_of, state_of
from .mapped_site import BATTERY_ID, INVERTER_ID, MINER_ID, RACK_ID


@pytest.fixture
async def house(hass: HomeAssistant) -> MockConfigEntry:
    """The house with its first plan."""
    return await async_set_up_house(hass)


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Call an action that does not answer."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


async def ask(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Call an action and return its answer, which must be plain JSON."""
    answer = await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    assert answer
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    return dict(answer)


def device_id(hass: HomeAssistant, entry: MockConfigEntry, owner: str) -> str:
    """Return a device's id."""
    return device_of(hass, entry, owner).id


async def test_actions_exist_without_a_site(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services_for_domain(DOMAIN)) == set(services.ACTIONS)
    with pytest.raises(ServiceValidationError):
        await ask(hass, "get_plan")


async def test_plan_now_answers_with_the_sums(hass: HomeAssistant, house: MockConfigEntry) -> None:
    told = await ask(hass, "plan_now")
    plan = snapshot_of(house).plan
    assert plan
    assert told["status"] == plan.status.value
    assert told["currency"] == "EUR"
    assert told["cost"]["total"] == pytest.approx(plan.cost.total, abs=1e-3)
    await act(hass, "plan_now")


async def test_plan_now_fails_with_the_reason(hass: HomeAssistant, house: MockConfigEntry) -> None:
    put(hass, "sensor.battery_soc", "unavailable")
    put(hass, "sensor.battery_voltage", "unavailable")
    with pytest.raises(HomeAssistantError) as failed:
        await act(hass, "plan_now")
    assert failed.value.translation_key == "soc_unknown"


async def test_get_plan(hass: HomeAssistant, house: MockConfigEntry) -> None:
    told = await ask(hass, "get_plan", hours=2, config_entry_id=house.entry_id)
    snapshot = snapshot_of(house)
    assert snapshot.report
    rows = told["rows"]
    assert datetime.fromisoformat(rows[0]["start"]) == snapshot.report.rows[0].start
    assert all(now["end"] == following["start"] for now, following in pairwise(rows)), "to the second"
    assert rows[0]["start"] == dt_util.as_local(snapshot.at).isoformat(), "people read local time"
    until = snapshot.at + timedelta(hours=2)
    assert datetime.fromisoformat(rows[-1]["start"]) < until <= datetime.fromisoformat(rows[-1]["end"])
    assert [battery["device"] for battery in rows[0]["batteries"]] == ["House battery"]
    assert [miner["device"] for miner in rows[0]["miners"]] == ["Miner A", "Rack"]
    for told_row, row in zip(rows, snapshot.report.rows, strict=False):
        battery = told_row["batteries"][0]
        assert battery["power_kw"] == pytest.approx(-row.battery_w[BATTERY_ID] / 1000, abs=6e-4)
        assert battery["soc"] == pytest.approx(100 * row.soc[BATTERY_ID], abs=0.06)
        balance = told_row["solar_kw"] - told_row["curtailed_kw"] + told_row["grid_kw"] + battery["power_kw"]
        used = told_row["load_kw"] + sum(miner["power_kw"] for miner in told_row["miners"])
        assert balance == pytest.approx(used, abs=0.01)
    assert {run["kind"] for run in told["runs"]} <= {"mining", "charge", "discharge"}
    whole = await ask(hass, "get_plan", hours=48)
    assert len(whole["rows"]) > len((await ask(hass, "get_plan"))["rows"]) > len(rows)


async def test_get_plan_says_how_many_hours_it_has(
    hass: HomeAssistant, house: MockConfigEntry, subtests: pytest.Subtests
) -> None:
    for hours in (0, 49, float("nan")):
        with subtests.test(hours=hours), pytest.raises(ServiceValidationError) as refused:
            await ask(hass, "get_plan", hours=hours)
        assert refused.value.translation_key == "out_of_range"
        assert refused.value.translation_placeholders == {
            "field": "hours",
            "value": f"{hours:g}",
            "least": "1",
            "most": "48",
        }
        assert "give a number from 1 to 48" in str(refused.value)


async def test_get_plan_before_there_is_one(hass: HomeAssistant) -> None:
    await async_set_up_house(hass, mapped=False)
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, "get_plan")
    assert refused.value.translation_key == "soc_unknown"


async def test_simulate(hass: HomeAssistant, house: MockConfigEntry) -> None:
    before = snapshot_of(house).plan
    told = await ask(
        hass,
        "simulate",
        solar_percent=0,
        load_percent=200,
        extra_load_w=100,
        price_offset=0.05,
        reserve_soc=50,
        miners_off=[device_id(hass, house, MINER_ID), device_id(hass, house, RACK_ID)],
    )
    present, changed, difference = told["present"], told["changed"], told["difference"]
    assert changed["energy_kwh"]["solar"] == 0
    assert changed["energy_kwh"]["miners"] == 0
    assert set(changed["miner_hours"].values()) == {0}
    assert changed["cost"]["total"] > present["cost"]["total"]
    for part in ("cost", "energy_kwh", "miner_hours"):
        for name, value in difference[part].items():
            assert value == pytest.approx(changed[part][name] - present[part][name], abs=1e-3)
    hours = 48
    assert changed["energy_kwh"]["load"] == pytest.approx(2 * present["energy_kwh"]["load"] + 0.1 * hours, rel=0.02)
    assert snapshot_of(house).plan is before, "a question changes nothing"


async def test_simulate_an_extra_load_at_a_time(hass: HomeAssistant, house: MockConfigEntry) -> None:
    begins = dt_util.utcnow() + timedelta(hours=6)
    times = {"extra_load_from": begins, "extra_load_until": begins + timedelta(hours=2)}
    told = await ask(hass, "simulate", extra_load_w=5000, **times)
    assert told["difference"]["energy_kwh"]["load"] == pytest.approx(10, abs=0.01)
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, "simulate", extra_load_w=5000, extra_load_from=begins, extra_load_until=begins)
    assert refused.value.translation_key == "ends_before_it_begins"


async def test_simulate_another_battery(hass: HomeAssistant, house: MockConfigEntry) -> None:
    told = await ask(hass, "simulate", capacity_kwh=30)
    assert told["difference"]["cost"]["total"] < 0
    other = await async_set_up_house(hass, MockConfigEntry(domain=DOMAIN, title="Cabin"))
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, "simulate", config_entry_id=other.entry_id, capacity_kwh=30)
    assert refused.value.translation_key == "no_battery"


async def test_simulate_without_changes_differs_in_nothing(hass: HomeAssistant, house: MockConfigEntry) -> None:
    told = await ask(hass, "simulate")
    assert {abs(value) for part in told["difference"].values() for value in part.values()} == {0}


async def test_simulate_refuses_what_cannot_be(
    hass: HomeAssistant, house: MockConfigEntry, subtests: pytest.Subtests
) -> None:
    for field, value in {
        "solar_percent": -1,
        "load_percent": 301,
        "extra_load_w": -5,
        "price_offset": 11,
        "capacity_kwh": 0,
        "reserve_soc": 101,
    }.items():
        with subtests.test(field=field), pytest.raises(ServiceValidationError) as refused:
            await ask(hass, "simulate", **{field: value})
        assert refused.value.translation_placeholders
        assert refused.value.translation_placeholders["field"] == field


async def test_simulate_takes_miners_of_its_own_site(hass: HomeAssistant, house: MockConfigEntry) -> None:
    other = await async_set_up_house(hass, MockConfigEntry(domain=DOMAIN, title="Cabin"))
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, "simulate", config_entry_id=other.entry_id, miners_off=[device_id(hass, house, MINER_ID)])
    assert refused.value.translation_key == "device_of_other_site"
    with pytest.raises(ServiceValidationError):
        await ask(hass, "get_plan")  # of which of the two?


async def test_override_miner_and_clear(hass: HomeAssistant, house: MockConfigEntry) -> None:
    miners = [device_id(hass, house, MINER_ID), device_id(hass, house, RACK_ID)]
    await act(hass, "override_miner", device_id=miners, run=True)
    overrides = snapshot_of(house).miner_overrides
    assert {key: (o.run, o.power_w) for key, o in overrides.items()} == {MINER_ID: (True, None), RACK_ID: (True, None)}
    assert {o.until for o in overrides.values()} == {dt_util.utcnow() + timedelta(hours=4)}
    assert state_of(hass, "sensor", MINER_ID, "decision").state == MinerReason.MANUAL
    await act(hass, "override_miner", device_id=miners[0], run=True, hours=1.5, power_w=1600)
    override = snapshot_of(house).miner_overrides[MINER_ID]
    assert (override.power_w, override.until) == (1600, dt_util.utcnow() + timedelta(hours=1.5))
    await act(hass, "clear_override", device_id=miners[0])
    assert set(snapshot_of(house).miner_overrides) == {RACK_ID}
    await act(hass, "clear_override")
    assert not snapshot_of(house).miner_overrides
    assert state_of(hass, "sensor", MINER_ID, "decision").state != MinerReason.MANUAL


async def test_override_battery(hass: HomeAssistant, house: MockConfigEntry) -> None:
    battery = device_id(hass, house, BATTERY_ID)
    await act(hass, "override_battery", device_id=battery, mode="charge", hours=2, power_kw=5)
    override = snapshot_of(house).battery_overrides[BATTERY_ID]
    assert (override.mode, override.power_w) == (BatteryMode.CHARGE, 5000)
    assert state_of(hass, "sensor", BATTERY_ID, "recommended_mode").state == BatteryMode.CHARGE
    assert state_of(hass, "sensor", BATTERY_ID, "mode_reason").state == BatteryReason.MANUAL
    await act(hass, "override_battery", device_id=battery, mode="hold")
    assert snapshot_of(house).battery_overrides[BATTERY_ID].power_w is None
    await act(hass, "clear_override", device_id=[battery])
    assert not snapshot_of(house).battery_overrides


REFUSED: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("override_miner", BATTERY_ID, {"run": True}, "not_a_miner"),
    ("override_battery", MINER_ID, {"mode": "hold"}, "not_a_battery"),
    ("override_miner", MINER_ID, {"run": True, "hours": 0.1}, "out_of_range"),
    ("override_miner", MINER_ID, {"run": True, "power_w": 1000}, "miner_power"),
    ("override_miner", RACK_ID, {"run": True, "power_w": 7000}, "miner_power"),
    ("override_battery", BATTERY_ID, {"mode": "charge", "power_kw": 6}, "battery_power"),
    ("override_battery", BATTERY_ID, {"mode": "discharge", "power_kw": 5.1}, "battery_power"),
    ("override_battery", BATTERY_ID, {"mode": "hold", "power_kw": 1}, "mode_takes_no_power"),
    ("override_battery", BATTERY_ID, {"mode": "charge", "power_kw": -1}, "out_of_range"),
)


async def test_what_cannot_be_is_refused_with_what_to_do(
    hass: HomeAssistant, house: MockConfigEntry, subtests: pytest.Subtests
) -> None:
    for action, owner, data, key in REFUSED:
        with subtests.test(action=action, data=data), pytest.raises(ServiceValidationError) as refused:
            await act(hass, action, device_id=device_id(hass, house, owner), **data)
        assert refused.value.translation_key == key
        assert "{" not in str(refused.value)
    assert not snapshot_of(house).miner_overrides
    assert not snapshot_of(house).battery_overrides


async def test_one_wrong_device_stops_the_whole_action(hass: HomeAssistant, house: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError):
        await act(hass, "override_miner", device_id=[device_id(hass, house, MINER_ID), "nowhere"], run=True)
    assert not snapshot_of(house).miner_overrides


async def test_the_site_is_not_one_of_its_devices(hass: HomeAssistant, house: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "clear_override", device_id=device_id(hass, house, house.entry_id))
    assert refused.value.translation_key == "not_a_device"
    assert refused.value.translation_placeholders == {"device": "Farm"}
    await act(hass, "clear_override", device_id=device_id(hass, house, INVERTER_ID))
