"""What the version before left behind loads: config entries, stored days, entity ids, diagnostics downloads."""

from collections.abc import AsyncGenerator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
import json
from pathlib import Path
import re
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import replay

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.diagnostics import async_get_config_entry_diagnostics
from custom_components.energy_orchestrator.library import library_of
from custom_components.energy_orchestrator.model.codec import encode
from custom_components.energy_orchestrator.planner.energy_planner import GAP

from .house import async_set_up_house, put, state_of
from .mapped_site import MINER_ID, set_states
from .simulated_site import async_leave

STORED: Final = Path(__file__).parents[1] / "stored"
LEFT: Final = MappingProxyType(
    {name: json.loads((STORED / f"{name}.json").read_text(encoding="utf-8")) for name in ("farm", "ranch")}
)

# What the farm's devices showed when the power went.
SHOWN: Final = MappingProxyType(
    {
        "switch.miner_a": "on",
        "number.miner_a_limit": "3250",
        "sensor.miner_a_power": "3240",
        "switch.rack_1": "on",
        "select.inverter_mode": "Force charge",
    }
)


farm: Final = pytest.param("farm", marks=pytest.mark.freeze_time(LEFT["farm"]["moment"]))
ranch: Final = pytest.param("ranch", marks=pytest.mark.freeze_time(LEFT["ranch"]["moment"]))
in_each = pytest.mark.parametrize("home", [farm, ranch], indirect=True)
in_the_farm = pytest.mark.parametrize("home", [farm], indirect=True)
in_the_ranch = pytest.mark.parametrize("home", [ranch], indirect=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A home after the update: what was left of it, and its diagnostics now."""

    left: Mapping[str, Any]
    entry: MockConfigEntry
    told: Mapping[str, Any]

    def stored(self, suffix: str = "") -> Any:
        """Return what was left in one of the entry's stores."""
        return self.left["storage"][f"{DOMAIN}.{self.entry.entry_id}{suffix}"]["data"]


@pytest.fixture
async def home(
    hass: HomeAssistant, hass_storage: dict[str, Any], knowledge_folder: Path, request: pytest.FixtureRequest
) -> AsyncGenerator[Home]:
    """Start a home at the very moment at which it was left; in the farm, the owner broke a document meanwhile."""
    left = LEFT[request.param]
    given = deepcopy(left)
    hass_storage.update(given["storage"])
    if request.param == "farm":
        _break_document(knowledge_folder)
        set_states(hass)
        for entity_id, state in SHOWN.items():
            put(hass, entity_id, state)
    entry = await async_set_up_house(hass, _entry_of(given["entry"]), mapped=False)
    yield Home(left=left, entry=entry, told=await async_get_config_entry_diagnostics(hass, entry))
    await async_leave(hass)


def _break_document(folder: Path) -> None:
    folder.mkdir()
    (folder / "neighbours.md").write_text("---\npolicies: [\n---\n", encoding="utf-8")


def _entry_of(stored: Mapping[str, Any]) -> MockConfigEntry:
    taken = ("domain", "entry_id", "title", "unique_id", "data", "options", "version", "minor_version", "source")
    return MockConfigEntry(**{key: stored[key] for key in taken}, subentries_data=stored["subentries"])


@in_each
def test_the_entry_loads_as_it_was(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    assert home.entry.state is ConfigEntryState.LOADED
    kept = home.entry.as_dict()
    for key in ("data", "options", "subentries", "version", "minor_version"):
        assert kept[key] == home.left["entry"][key], key
    assert home.told["failure"] is None
    assert home.told["plan"] is not None
    assert not [record for record in caplog.get_records("setup") if "cannot be read" in record.message]


@in_each
def test_every_entity_keeps_its_id(hass: HomeAssistant, home: Home) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), home.entry.entry_id)
    now = {entity.entity_id: entity.unique_id for entity in entities}
    assert {entity_id: now.get(entity_id) for entity_id in home.left["entities"]} == home.left["entities"]


@in_each
def test_the_day_goes_on(home: Home) -> None:
    remembered = home.stored()["remembered"]
    told, kept = home.told["ledger"], remembered["ledger"]
    assert {**told, "miners": {}} == {**kept, "miners": {}}
    for miner_id, state in kept["miners"].items():
        assert told["miners"][miner_id].items() >= state.items()
    overrides = remembered["miner_overrides"] | remembered["battery_overrides"]
    # There was one per device, that had begun, and nobody knows whether by hand.
    begun = {"since": None, "by_hand": False}
    assert home.told["overrides"] == {device_id: word | begun for device_id, word in overrides.items()}
    decisions = home.told["decisions"]["miners"] | home.told["decisions"]["batteries"]
    assert {decisions[device_id]["reason"]["code"] for device_id in overrides} == {"manual"}


@in_each
def test_the_audit_log_goes_on(home: Home) -> None:
    rows = [
        # What was under way was never read back.
        {**row, "outcome": "failed"} if row["outcome"] == "pending" else row
        for row in home.stored()["audit"]
    ]
    assert {"confirmed", "failed", "not_sent"} <= {row["outcome"] for row in rows}
    assert home.told["audit"][: len(rows)] == rows


@in_the_farm
def test_entities_tell_the_day(hass: HomeAssistant, home: Home) -> None:
    remembered = home.stored()["remembered"]
    ledger = remembered["ledger"]
    cost = float(state_of(hass, "sensor", home.entry.entry_id, "cost_today").state)
    assert cost == pytest.approx(ledger["import_cost"] - ledger["export_income"], abs=1e-3)
    miner = ledger["miners"][MINER_ID]
    hours = state_of(hass, "sensor", MINER_ID, "hours_today")
    assert float(hours.state) == pytest.approx(miner["hours_today"], abs=1e-3)
    assert hours.attributes["starts"] == miner["starts_today"]
    until = state_of(hass, "sensor", MINER_ID, "decision").attributes["override_until"]
    assert datetime.fromisoformat(until) == datetime.fromisoformat(remembered["miner_overrides"][MINER_ID]["until"])


@in_the_farm
def test_the_last_good_document_holds(hass: HomeAssistant, home: Home) -> None:
    library = library_of(hass)
    assert library
    (policy,) = library.policies
    assert (policy.rule, policy.device) == ("miner.quiet_hours", "Rack")
    assert [problem.file for problem in library.problems] == ["neighbours.md"]


@in_the_ranch
def test_the_plant_goes_on(home: Home) -> None:
    simulation = home.entry.runtime_data.simulation
    kept: Any = encode(simulation.plant.kept())
    # Its modes and switches are the loop's again already.
    for key in ("stored_wh", "battery_c", "charge_w", "discharge_w", "export_limit_w"):
        assert kept[key] == home.stored(".plant")[key], key


@pytest.mark.parametrize("name", ["farm", "ranch"])
def test_a_download_is_planned_again(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not replay.replay(STORED / f"{name}_diagnostics.json", 30.0)
    saved, now = (float(cost) for cost in re.findall(r" cost (\S+) ", capsys.readouterr().out))
    assert now == pytest.approx(saved, rel=GAP, abs=1e-3)
