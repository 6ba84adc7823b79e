"""Why, and what would change it: told only where a plan made with it does so."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.assist.recognise import Match
from custom_components.energy_orchestrator.assist.slots import Slots
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop import questions
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.model.whatif import WhatIf
from custom_components.energy_orchestrator.planner.energy_planner import plan
from tests.integration.house import MORNING, async_set_up_house, device_of, put, snapshot_of
from tests.integration.mapped_site import (
    BATTERY,
    BATTERY_ID,
    INVERTER,
    INVERTER_ID,
    MINER,
    MINER_ID,
    RACK,
    RACK_ID,
    SITE,
)

from .corpus import LANGUAGES

# What is explained here comes of the sun ahead.
pytestmark = pytest.mark.freeze_time(MORNING)

SECOND_ID: Final = "01J0BATTERY00000000000000B"
BANKS: Final = ("Bank A", "Bank B")


async def site(
    hass: HomeAssistant,
    *,
    batteries: Sequence[tuple[str, dict[str, Any]]] = ((BATTERY_ID, {}),),
    miner: dict[str, Any] | None = None,
    rack: bool = True,
    data: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    **states: Any,
) -> MockConfigEntry:
    """Set the ranch up with other batteries, another S21, other prices or readings."""
    assert await async_setup_component(hass, "homeassistant", {})
    hass.config.currency = "EUR"
    devices = [
        ("inverter", INVERTER_ID, "Hybrid", INVERTER),
        *(
            ("battery", key, name, {**BATTERY, **changes})
            for name, (key, changes) in zip(BANKS, batteries, strict=False)
        ),
        ("miner", MINER_ID, "S21", {**MINER, **(miner or {})}),
        *([("miner", RACK_ID, "Dump load", RACK)] if rack else []),
    ]
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Ranch",
        data={**SITE, **(data or {})},
        options=options or {},
        subentries_data=[
            ConfigSubentryDataWithId(data=values, subentry_id=key, subentry_type=kind, title=title, unique_id=None)
            for kind, key, title, values in devices
        ],
    )
    return await async_set_up_house(hass, entry, **states)


async def explained(entry: MockConfigEntry, device: str, code: str = "en", at: Any = None) -> dict[str, Any]:
    """Explain a device as every door does."""
    answer = await entry.runtime_data.assistant.async_explain(device, code=code, context=Context(), at=at)
    told: dict[str, Any] = answer.told()
    return told


def plan_of(entry: MockConfigEntry) -> Plan:
    """Return the standing plan."""
    standing = snapshot_of(entry).plan
    assert standing
    return standing


async def test_a_smaller_reserve_would_start_it(hass: HomeAssistant) -> None:
    entry = await site(hass, batteries=((BATTERY_ID, {"reserve_soc_pct": 60.0}),), battery_soc="45")
    standing = plan_of(entry)
    assert not standing.running(RACK_ID)[0]
    told = await explained(entry, RACK_ID)
    reserve = told["facts"]["reserve"]
    assert 15 <= reserve < 60
    assert reserve % 5 == 0
    assert f"Or now if the reserve were {reserve:g} percent." in told["answer"]
    assert datetime.fromisoformat(told["facts"]["at"]) > snapshot_of(entry).at, "when it would start as it is"
    # The whole plan, made here with that reserve, starts it now; with the next higher one it does not.
    made = plan(WhatIf(reserve_soc=reserve / 100).applied(standing.problem))
    assert made.running(RACK_ID)[0]
    higher = plan(WhatIf(reserve_soc=reserve / 100 + 0.05).applied(standing.problem))
    assert not higher.running(RACK_ID)[0]
    for code in LANGUAGES[1:]:
        other = await explained(entry, RACK_ID, code)
        assert other["facts"]["reserve"] == reserve
        assert f"{reserve:g}" in other["answer"]


async def test_few_plans_are_made_once(hass: HomeAssistant) -> None:
    entry = await site(hass, batteries=((BATTERY_ID, {"reserve_soc_pct": 80.0}),), battery_soc="45")
    made: list[Problem] = []
    by_hour = questions._by_hour

    def counted(problem: Problem, *more: Any) -> Plan:
        made.append(problem)
        return by_hour(problem, *more)

    with patch.object(questions, "_by_hour", counted):
        first = await explained(entry, RACK_ID)
        assert "reserve" in first["facts"]
        assert 2 <= len(made) <= 5, "as it is, and four reserves at most"
        assert all((problem.batteries[0].reserve_soc >= 0.15).all() for problem in made), "hard limits stay"
        count = len(made)
        assert (await explained(entry, RACK_ID))["facts"] == first["facts"]
        assert len(made) == count


async def test_a_reserve_that_does_not_bind_is_not_told(hass: HomeAssistant) -> None:
    entry = await site(hass, data={"import_price": 0.31})
    assert (plan_of(entry).schedule.soc[BATTERY_ID] > 0.27).all()
    with patch.object(questions, "_by_hour", side_effect=AssertionError("nothing to plan")):
        for hour in (11, 15, 19, 23):
            told = await explained(entry, MINER_ID, at=time(hour))
            assert "reserve" not in told["facts"]


async def test_battery_care_tells_the_reserve_as_it_would_be_set(hass: HomeAssistant) -> None:
    entry = await site(
        hass,
        batteries=((BATTERY_ID, {"reserve_soc_pct": 50.0}),),
        options={"strategy": "battery_care"},
        battery_soc="45",
    )
    standing = plan_of(entry)
    assert standing.problem.batteries[0].reserve_soc.max() == pytest.approx(0.6)
    told = await explained(entry, RACK_ID)
    reserve = told["facts"]["reserve"]
    assert reserve < 50
    kept = WhatIf(reserve_soc=reserve / 100 + 0.1).applied(standing.problem)
    assert plan(kept).running(RACK_ID)[0]


async def test_a_lower_start_level_would_start_it(hass: HomeAssistant) -> None:
    levels = {"start_soc_pct": 70.0, "levels": [{"power_w": 1600.0, "hashrate_ths": 190.0}]}
    entry = await site(hass, miner=levels, rack=False, battery_soc="62.6")
    standing = plan_of(entry)
    assert not standing.running(MINER_ID)[0]
    told = await explained(entry, MINER_ID)
    assert told["facts"]["start_soc"] == 70
    assert "Or now if the start level were 62 percent or lower." in told["answer"], "what it has, rounded down"
    made = plan(WhatIf(start_soc=frozenset({(MINER_ID, 0.62)})).applied(standing.problem))
    assert made.running(MINER_ID)[0]


async def test_a_start_level_that_would_not_help_is_not_told(hass: HomeAssistant) -> None:
    # Below its stop level there is no start; the other miner's start is no concern of this one.
    levels = {"start_soc_pct": 70.0, "stop_soc_pct": 65.0, "levels": [{"power_w": 1600.0, "hashrate_ths": 190.0}]}
    entry = await site(hass, miner=levels, rack=False, battery_soc="62.6")
    told = await explained(entry, MINER_ID)
    assert told["facts"]["running"] == 0
    assert "start level were" not in told["answer"]


async def test_a_battery_says_until_when_and_what_comes_next(hass: HomeAssistant) -> None:
    entry = await site(hass)
    report = snapshot_of(entry).report
    assert report
    told = await explained(entry, BATTERY_ID, at=time(22))
    until = datetime.fromisoformat(told["facts"]["until"])
    asked = datetime.fromisoformat(told["facts"]["explained_at"])
    power_w = [row.battery_w[BATTERY_ID] for row in report.rows if asked <= row.start < until + timedelta(minutes=15)]
    assert all(watts < -20 for watts in power_w[:-1]), "all the time until then"
    assert power_w[-1] > -20, "and not longer"
    last = next(row for row in report.rows if row.start + timedelta(hours=row.hours) == until)
    assert told["facts"]["target_soc"] == pytest.approx(100 * last.soc[BATTERY_ID], abs=0.01)


async def test_a_battery_at_rest_says_what_it_does_next(hass: HomeAssistant) -> None:
    entry = await site(hass, batteries=((BATTERY_ID, {"reserve_soc_pct": 80.0}),), battery_soc="62")
    report = snapshot_of(entry).report
    assert report
    resting = next(row for row in report.rows if abs(row.battery_w[BATTERY_ID]) < 1 and row.start.hour in (5, 6, 7, 8))
    moving = next(row for row in report.rows if row.start > resting.start and abs(row.battery_w[BATTERY_ID]) > 20)
    told = await explained(entry, BATTERY_ID, at=dt_util.as_local(resting.start).time())
    assert datetime.fromisoformat(told["facts"]["at"]) == moving.start
    verb = "charges" if moving.battery_w[BATTERY_ID] > 0 else "discharges"
    assert f"Bank A {verb}." in told["answer"]


async def test_a_miner_whose_state_is_unknown(hass: HomeAssistant) -> None:
    entry = await site(hass)
    hass.states.async_set("switch.miner_a", "unavailable")
    put(hass, "sensor.miner_a_power", "unavailable")
    put(hass, "sensor.miner_a_hashrate", "unavailable")
    await entry.runtime_data.orchestrator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    told = await explained(entry, MINER_ID)
    assert told["route"] == "explain"
    assert "S21" in told["answer"]
    answer = await entry.runtime_data.assistant.async_answer(
        Match("miners_now", Slots(devices=(MINER_ID,)), frozenset(), 1.0, ""), "en", context=Context()
    )
    assert answer.spoken == "There is no reading of S21 right now."


async def test_the_action_and_the_tool_tell_the_same(hass: HomeAssistant) -> None:
    entry = await site(hass, batteries=((BATTERY_ID, {"reserve_soc_pct": 60.0}),), battery_soc="45")
    told = await explained(entry, RACK_ID)
    called = await hass.services.async_call(
        DOMAIN,
        "explain",
        {"device_id": device_of(hass, entry, RACK_ID).id},
        blocking=True,
        return_response=True,
    )
    assert called == told
    asked = await hass.services.async_call(
        DOMAIN, "ask", {"text": "why is the dump load off"}, blocking=True, return_response=True
    )
    assert asked
    assert asked["answer"] == told["answer"]


async def test_several_batteries_are_each_explained(hass: HomeAssistant) -> None:
    entry = await site(hass, batteries=((BATTERY_ID, {}), (SECOND_ID, {"capacity_kwh": 5.0})))
    manager = entry.runtime_data.assistant
    match = Match("explain", Slots(), frozenset({"battery"}), 1.0, "")
    told = await manager.async_answer(match, "en", context=Context())
    assert "Bank A" in told.spoken
    assert "Bank B" in told.spoken
