"""What was stored and is damaged is forgotten alone: setting up goes on, and nothing absurd comes back."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
import json
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.inputs.memory import SourceMemory
from custom_components.energy_orchestrator.loop.cycle import without_expired
from custom_components.energy_orchestrator.loop.memory import Memory, StoredDay
from custom_components.energy_orchestrator.model.codec import encode
from custom_components.energy_orchestrator.model.decision import BatteryOverride, MinerOverride
from custom_components.energy_orchestrator.model.ledger import Prices, advance
from custom_components.energy_orchestrator.model.plausible import LONGEST_WORD, plausible
from custom_components.energy_orchestrator.model.readings import SiteReadings
from custom_components.energy_orchestrator.model.salvage import salvaged
from tests.unit.decisions.house import SITE

from .house import orchestrator_of
from .mapped_site import BATTERY_ID, MINER_ID, RACK_ID

NOW: Final = datetime(2026, 6, 20, 8, tzinfo=UTC)
LATER: Final = (NOW + timedelta(hours=2)).isoformat()
GOOD: Final = MappingProxyType(
    {
        "remembered": {
            "ledger": {
                "day": "2026-06-20",
                "at": NOW.isoformat(),
                "import_cost": 1.5,
                "solar_wh": 2000.0,
                "miners": {
                    MINER_ID: {"running": 1, "since": NOW.isoformat(), "hours_today": 3.0, "starts_today": 2},
                    RACK_ID: {"running": 0, "since": None, "hours_today": 1.0},
                },
            },
            "miner_overrides": {
                MINER_ID: {"miner_id": MINER_ID, "run": True, "until": LATER, "power_w": 1600.0},
                RACK_ID: {"miner_id": RACK_ID, "run": False, "until": LATER, "power_w": None},
            },
            "battery_overrides": {BATTERY_ID: {"battery_id": BATTERY_ID, "mode": "hold", "until": LATER}},
        },
        "audit": [
            {
                "at": NOW.isoformat(),
                "device_id": MINER_ID,
                "entity_id": "switch.miner_a",
                "command": command,
                "reason": "profitable",
                "numbers": {"soc": 0.5},
                "policies": [],
                "outcome": "confirmed",
            }
            for command in ("turn_on", "turn_off")
        ],
        "sources": {
            "currency": "EUR",
            "prices": {
                name: [[NOW.timestamp(), NOW.timestamp() + 3600, 0.3]] for name in ("sensor.price", "sensor.hashprice")
            },
            "solar": {},
        },
    }
)

type Damage = Callable[[dict[str, Any]], object]


def at(path: str, value: object) -> Damage:
    """Return what puts a value in a place."""
    *way, last = path.split("/")

    def put(data: Any) -> None:
        for key in way:
            data = data[int(key) if isinstance(data, list) else key]
        data[int(last) if isinstance(data, list) else last] = value

    return put


LEDGER, WORD = "remembered/ledger", f"remembered/miner_overrides/{MINER_ID}"
STATE: Final = f"{LEDGER}/miners/{MINER_ID}"
# Each damage, and where it is told; all else is as it was.
DAMAGES: Final[tuple[tuple[str, object, str], ...]] = (
    (f"{LEDGER}/at", "2026-06-20T08:00:00", "remembered.ledger.at"),
    (f"{LEDGER}/at", "9999-12-31T23:59:59+00:00", "remembered.ledger.at"),
    (f"{LEDGER}/at", 7, "remembered.ledger.at"),
    (f"{LEDGER}/day", "yesterday", "remembered.ledger.day"),
    (f"{LEDGER}/day", "9999-01-01", "remembered.ledger.day"),
    (f"{LEDGER}/import_cost", "a lot", "remembered.ledger.import_cost"),
    (f"{LEDGER}/import_cost", "nan", "remembered.ledger.import_cost"),
    (f"{LEDGER}/import_cost", None, "remembered.ledger.import_cost"),
    (f"{LEDGER}/solar_wh", 1e300, "remembered.ledger.solar_wh"),
    (f"{LEDGER}/miners", "none", "remembered.ledger.miners"),
    (f"{STATE}/since", "2026-06-20T08:00:00", f"remembered.ledger.miners.{MINER_ID}.since"),
    (f"{STATE}/running", True, f"remembered.ledger.miners.{MINER_ID}.running"),
    (f"{STATE}/running", -1, f"remembered.ledger.miners.{MINER_ID}.running"),
    (f"{STATE}/hours_today", -2.0, f"remembered.ledger.miners.{MINER_ID}.hours_today"),
    (f"{STATE}/starts_today", 2.5, f"remembered.ledger.miners.{MINER_ID}.starts_today"),
    (STATE, [], f"remembered.ledger.miners.{MINER_ID}"),
    (LEDGER, None, "remembered.ledger"),
    ("remembered", "text", "remembered"),
    (f"{WORD}/until", "9999-12-31T00:00:00+00:00", f"remembered.miner_overrides.{MINER_ID}"),
    (f"{WORD}/until", "2026-06-20T10:00:00", f"remembered.miner_overrides.{MINER_ID}"),
    (f"{WORD}/power_w", 1e9, f"remembered.miner_overrides.{MINER_ID}.power_w"),
    (f"{WORD}/power_w", "inf", f"remembered.miner_overrides.{MINER_ID}.power_w"),
    (f"{WORD}/run", "yes", f"remembered.miner_overrides.{MINER_ID}"),
    (WORD, {}, f"remembered.miner_overrides.{MINER_ID}"),
    (f"remembered/battery_overrides/{BATTERY_ID}/mode", "explode", f"remembered.battery_overrides.{BATTERY_ID}"),
    ("remembered/battery_overrides", [1, 2], "remembered.battery_overrides"),
    ("audit", {}, "audit"),
    ("audit/0", None, "audit.0"),
    ("audit/0/at", "2026-06-20T08:00:00", "audit.0"),
    ("audit/0/numbers", "text", "audit.0.numbers"),
    ("audit/0/policies", "text", "audit.0.policies"),
    ("sources", [3], "sources.*"),
    ("sources/currency", None, "sources.*"),
    ("sources/prices/sensor.price", "text", "sources.prices.sensor.price"),
    ("sources/prices/sensor.price/0", [1, 2], "sources.prices.sensor.price"),
    ("sources/prices/sensor.price/0/1", 1e18, "sources.prices.sensor.price"),
    ("past", {"version": 1, "begin": "x"}, "past"),
    ("past", [1], "past"),
    ("past", {"version": 1, "begin": 1e308, "load_w": [], "solar_w": [], "told_w": {}}, "past"),
)


def stored(hass_storage: dict[str, Any], data: object, **more: object) -> None:
    """Let something lie in the store of a site."""
    key = f"{DOMAIN}.site"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data, **more}


@pytest.mark.freeze_time(NOW)
@pytest.mark.parametrize(("place", "value", "told"), DAMAGES)
async def test_what_is_damaged_is_forgotten_alone(
    hass: HomeAssistant, hass_storage: dict[str, Any], place: str, value: object, told: str
) -> None:
    good, data = Memory(hass, "site"), deepcopy(dict(GOOD))
    stored(hass_storage, deepcopy(data))
    await good.async_load()
    assert not good.damaged
    at(place, value)(data)
    stored(hass_storage, data)
    memory = Memory(hass, "site")
    await memory.async_load()
    assert memory.damaged == (told,)
    kept, was = memory._data(), good._data()
    _forget(kept, told)
    _forget(was, told)
    assert json.dumps(kept) == json.dumps(was)


def _forget(data: Any, told: str) -> None:
    """Take a place out of stored data; the items of a list, and of sources, by their names."""
    way = told.replace("sensor.", "sensor_").split(".")
    for step in way[:-1]:
        data = data[int(step)] if isinstance(data, list) else data[step]
    last = way[-1].replace("sensor_", "sensor.")
    if last == "*":
        data.clear()
    elif isinstance(data, list):
        data[:] = data[-1:]
    else:
        data.pop(last, None)


@pytest.mark.freeze_time(NOW)
async def test_what_a_later_version_adds_is_no_damage(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    data = deepcopy(dict(GOOD))
    at(f"{STATE}/mood", "good")(data)
    at("weather", [1])(data)
    stored(hass_storage, data)
    memory = Memory(hass, "site")
    await memory.async_load()
    assert not memory.damaged
    assert memory.remembered.ledger.miners[MINER_ID].hours_today == 3.0


@pytest.mark.parametrize("store", ["site", "knowledge"])
@pytest.mark.parametrize(
    "lies",
    [
        {"version": 99, "minor_version": 1, "data": {"remembered": {}}},
        {"version": "new", "data": {}},
        {"version": 1, "minor_version": 1, "data": [1]},
        {"version": 1, "minor_version": 1, "data": {"good": [1], "remembered": 7, "audit": 7}},
        {"something": "else"},
        [1, 2],
        None,
    ],
)
async def test_whatever_lies_in_the_store_setting_up_goes_on(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, hass_storage: dict[str, Any], store: str, lies: Any
) -> None:
    hass_storage[f"{DOMAIN}.{mapped_entry.entry_id if store == 'site' else store}"] = lies
    assert await hass.config_entries.async_setup(mapped_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mapped_entry.state is ConfigEntryState.LOADED
    assert orchestrator_of(mapped_entry).data.plan is not None
    told = ir.async_get(hass).async_get_issue(DOMAIN, f"stored_damaged_{mapped_entry.entry_id}")
    assert (told is not None) is (store == "site")


# Any damage at all

ODD: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [1e9, 1e308, -1e30, 2**70, "9999-12-31T00:00:00+00:00", "2026-06-20T08:00:00", "nan", "inf", "0001-01-01"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def places(data: Any, path: str = "") -> list[str]:
    """List every place of stored data."""
    found = [path] if path else []
    rows = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in rows:
        found += places(value, f"{path}/{key}".removeprefix("/"))
    return found


@settings(max_examples=400, deadline=None)
@given(damages=st.lists(st.tuples(st.sampled_from(places(dict(GOOD))), ODD), min_size=1, max_size=4))
def test_no_damage_stops_the_loop_or_brings_anything_absurd(damages: list[tuple[str, object]]) -> None:
    data = deepcopy(dict(GOOD))
    for place, value in damages:
        try:
            at(place, value)(data)
        except IndexError, KeyError, TypeError, ValueError, AttributeError:
            continue  # gone with an earlier damage
    day, _ = salvaged(StoredDay, data, plausible(NOW))
    SourceMemory.salvaged(data.get("sources"), NOW)
    remembered = without_expired(day.remembered, SiteReadings(at=NOW))
    moved = advance(remembered.ledger, SITE, SiteReadings(at=NOW), Prices())
    assert json.dumps(encode(moved))
    for state in moved.miners.values():
        assert 0 <= state.running <= 1000
        assert 0 <= state.hours_today < 1e5
    words: list[MinerOverride | BatteryOverride] = [*remembered.miner_overrides.values()]
    for word in (*words, *remembered.battery_overrides.values()):
        assert NOW < word.until <= NOW + LONGEST_WORD
        assert word.power_w is None or 0 <= word.power_w <= 1e7
    for entry in day.audit:
        assert json.dumps(entry.as_json())
        assert NOW - entry.at >= timedelta(days=-2)
