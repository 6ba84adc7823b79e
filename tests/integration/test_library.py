"""The owner's documents in Home Assistant: read, watched, obeyed, and their mistakes told and mended."""

from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.energy_orchestrator import library as library_module, repairs
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.knowledge.problem import Kind
from custom_components.energy_orchestrator.library import ISSUE_PREFIX, STARTER, Library, library_of
from custom_components.energy_orchestrator.model.decision import MinerReason

from .house import MORNING, async_set_up_house, snapshot_of
from .mapped_site import RACK_ID
from .simulated_site import async_add_site, async_place

TEXTS: Final[dict[str, Any]] = json.loads(
    (Path(library_module.__file__).parent / "translations" / "en.json").read_text(encoding="utf-8")
)
QUIET: Final = """---
policies:
  Nights:
    - rule: miner.quiet_hours
      value: 00:00-24:00
      device: {device}
---
# Neighbours

## Nights

They sleep.
"""


@pytest.fixture(autouse=True)
async def repairs_there(hass: HomeAssistant) -> None:
    """Let what this integration depends on be there."""
    assert await async_setup_component(hass, "homeassistant", {})


def library(hass: HomeAssistant) -> Library:
    found = library_of(hass)
    assert found
    return found


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    return {
        key[1]: issue
        for key, issue in ir.async_get(hass).issues.items()
        if key[0] == DOMAIN and key[1].startswith(ISSUE_PREFIX)
    }


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 60) -> None:
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_starter_is_written_once(hass: HomeAssistant, knowledge_folder: Path) -> None:
    entry = await async_set_up_house(hass)
    starter = knowledge_folder / STARTER
    assert starter.read_text(encoding="utf-8").startswith("---\n# The rules of this house")
    assert len(library(hass).policies) == 6
    assert issues(hass) == {}
    starter.write_text("# Mine\n", encoding="utf-8")
    await hass.config_entries.async_reload(entry.entry_id)
    assert starter.read_text(encoding="utf-8") == "# Mine\n"
    starter.unlink()
    await hass.config_entries.async_reload(entry.entry_id)
    assert not starter.exists()
    assert library(hass).policies == ()


async def test_the_simulated_ranch_starts_without_a_word(hass: HomeAssistant) -> None:
    await async_place(hass)
    entry = await async_add_site(hass, "ranch")
    assert issues(hass) == {}
    plan = entry.runtime_data.orchestrator.data.plan
    assert plan
    own = {miner.name: miner.start_soc for miner in entry.runtime_data.orchestrator.settings.site.miners}
    names = {miner.id: miner.name for miner in entry.runtime_data.orchestrator.settings.site.miners}
    assert {names[task.id]: task.start_soc for task in plan.problem.miners} == own, "defaults give way"
    cited = {(names.get(c.device_id or ""), c.source) for c in plan.problem.citations if c.rule == "miner.start_soc"}
    assert cited == {("Tuned S19", "House rules › Miners")}


@pytest.mark.freeze_time(MORNING)  # with sun for the rack
async def test_a_change_is_in_force_within_a_minute_and_cited(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, knowledge_folder: Path
) -> None:
    entry = await async_set_up_house(hass)
    before = snapshot_of(entry)
    assert before.plan
    assert before.plan.running(RACK_ID).any()
    (knowledge_folder / "neighbours.md").write_text(QUIET.format(device="Rack"), encoding="utf-8")
    await pass_time(hass, freezer)
    after = snapshot_of(entry)
    assert after.plan
    assert not after.plan.running(RACK_ID).any()
    decision = after.decisions.miners[RACK_ID]
    assert decision.reason.code is MinerReason.OUTSIDE_WINDOW
    assert decision.reason.policies == ("Neighbours › Nights",)
    assert issues(hass) == {}
    (knowledge_folder / "neighbours.md").unlink()
    await pass_time(hass, freezer)
    again = snapshot_of(entry).plan
    assert again
    assert again.running(RACK_ID).any()


async def test_it_can_be_searched_and_read_again_at_once(hass: HomeAssistant, knowledge_folder: Path) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(DOMAIN, "reload_knowledge", {}, blocking=True)
    await async_set_up_house(hass)
    (hit, *_) = await hass.async_add_executor_job(library(hass).search, "minimum battery SOC")
    assert (str(hit), hit.is_policy) == ("House rules › Battery", True)
    (knowledge_folder / "neighbours.md").write_text(QUIET.format(device="Miner A"), encoding="utf-8")
    told = await hass.services.async_call(DOMAIN, "reload_knowledge", {}, blocking=True, return_response=True)
    assert told
    assert told["documents"] == 2
    assert "Miner A must be quiet during 00:00–00:00. (Neighbours › Nights)" in told["policies"]  # type: ignore[operator]
    assert told["problems"] == []


async def test_mistakes_are_issues_with_file_and_line_and_go_with_them(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, knowledge_folder: Path
) -> None:
    entry = await async_set_up_house(hass)
    wrong = knowledge_folder / "wrong.md"
    wrong.write_text("---\npolicies:\n  - rule: miner.start_soc\n    value: 60 V\n---\n# Wrong\n", encoding="utf-8")
    await pass_time(hass, freezer)
    (issue,) = issues(hass).values()
    assert issue.translation_key == "knowledge_wrong_unit"
    assert not issue.is_fixable
    assert issue.translation_placeholders == {
        "file": "wrong.md",
        "line": "4",
        "rule": "miner.start_soc",
        "value": "60 V",
        "expected": "60 %",
    }
    wrong.unlink()
    await pass_time(hass, freezer)
    assert issues(hass) == {}
    wrong.write_bytes(b"\0")
    await pass_time(hass, freezer)
    assert len(issues(hass)) == 1
    await hass.config_entries.async_unload(entry.entry_id)
    assert issues(hass) == {}
    assert library_of(hass) is None


async def test_the_last_good_version_outlives_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, knowledge_folder: Path, hass_storage: dict[str, Any]
) -> None:
    knowledge_folder.mkdir()  # noqa: ASYNC240 - a test may wait
    file = knowledge_folder / "a.md"
    file.write_text(QUIET.format(device="Miner A"), encoding="utf-8")
    entry = await async_set_up_house(hass)
    file.write_text("---\npolicies: [\n---\n", encoding="utf-8")
    await pass_time(hass, freezer)
    assert len(library(hass).policies) == 1
    await hass.config_entries.async_reload(entry.entry_id)
    assert len(library(hass).policies) == 1
    assert [problem.kind for problem in library(hass).problems] == [Kind.BROKEN]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (QUIET.replace("quiet_hours", "quiet_huors").format(device="Miner A"), 4),
        (QUIET.format(device="Minr A"), 4),
        (QUIET.replace("policies:", "polices:").format(device="Miner A"), 2),
        (QUIET.replace("policies:", "Policies:").format(device="Miner A"), 2),
        (QUIET.replace("policies:", "regeln:").format(device="Miner A"), 2),
    ],
)
async def test_a_mistyped_name_can_be_mended(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, knowledge_folder: Path, text: str, line: int
) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    await async_set_up_house(hass)
    file = knowledge_folder / "a.md"
    file.write_text(text, encoding="utf-8")
    await pass_time(hass, freezer)
    ((issue_id, issue),) = issues(hass).items()
    assert issue.is_fixable
    assert (issue.translation_placeholders or {})["line"] == str(line)
    flow = await repairs.async_create_fix_flow(hass, issue_id, issue.data)
    flow.hass, flow.handler, flow.data = hass, DOMAIN, issue.data
    flow.context = {"issue_id": issue_id}
    form = await flow.async_step_init()  # type: ignore[attr-defined]
    assert form["type"] == "form"
    assert form["description_placeholders"] == issue.translation_placeholders
    done = await flow.async_step_confirm({})  # type: ignore[attr-defined]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert done["type"] == "create_entry"
    assert file.read_text(encoding="utf-8") == QUIET.format(device="Miner A")
    assert issues(hass) == {}
    assert library(hass).policies[0].device == "Miner A"
    late = await flow.async_step_confirm({})  # type: ignore[attr-defined]
    assert (late["type"], late["reason"]) == ("abort", "changed")


def test_every_problem_has_its_text_with_the_placeholders_it_gets() -> None:
    texts = TEXTS["issues"]
    given = {
        Kind.MANY: {"count"},
        Kind.TOO_LARGE: {"largest"},
        Kind.BROKEN: {"detail"},
        Kind.TOO_COMPLEX: {"detail"},
        Kind.MISPLACED: {"name", "expected"},
        Kind.STRAY_KEY: {"name", "expected"},
        Kind.NOT_AT_TOP: {"rule"},
        Kind.ALSO_BELOW: {"rule"},
        Kind.UNKNOWN_KEY: {"name", "expected"},
        Kind.UNKNOWN_RULE: {"name", "expected"},
        Kind.UNKNOWN_DEVICE: {"name", "rule", "expected"},
        Kind.UNKNOWN_SECTION: {"name", "expected"},
        Kind.NO_VALUE: {"rule", "expected"},
        Kind.WRONG_UNIT: {"rule", "value", "expected"},
        Kind.IMPOSSIBLE: {"rule", "value", "least", "most"},
        Kind.WRONG_TIME: {"value", "expected"},
        Kind.CONTRADICTION: {"rule", "value", "other_rule", "other_value", "other_file", "other_line"},
    }
    for kind in Kind:
        keys = [f"{ISSUE_PREFIX}{kind}"]
        if kind in (Kind.UNKNOWN_RULE, Kind.UNKNOWN_DEVICE, Kind.STRAY_KEY):
            keys.append(f"{keys[0]}_fixable")
        for key in keys:
            assert set(re.findall(r"\{(\w+)\}", json.dumps(texts[key]))) <= {"file", "line"} | given.get(kind, set()), (
                key
            )
    known = {f"{ISSUE_PREFIX}{kind}{end}" for kind in Kind for end in ("", "_fixable")}
    assert {key for key in texts if key.startswith(ISSUE_PREFIX)} <= known


async def test_two_sites_share_the_library(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    first = await async_set_up_house(hass)
    second = MockConfigEntry(domain=DOMAIN, title="Shed", data=dict(first.data))
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert library(hass) is second.runtime_data.orchestrator.library
    await hass.config_entries.async_unload(first.entry_id)
    assert library(hass).policies
    await hass.config_entries.async_unload(second.entry_id)
    assert library_of(hass) is None


def _make(folder: Path) -> None:
    folder.mkdir()


def _move(folder: Path, to: Path) -> None:
    folder.rename(to)


def _is_there(folder: Path) -> bool:
    return folder.exists()


async def test_a_share_that_is_away_takes_no_rule_with_it(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, knowledge_folder: Path, tmp_path: Path
) -> None:
    _make(knowledge_folder)
    (knowledge_folder / "neighbours.md").write_text(QUIET.format(device="Rack"), encoding="utf-8")
    entry = await async_set_up_house(hass)
    _move(knowledge_folder, tmp_path / "away")
    await pass_time(hass, freezer)
    assert len(library(hass).policies) == 1
    assert [issue.translation_key for issue in issues(hass).values()] == ["knowledge_folder_gone"]
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert len(library(hass).policies) == 1, "over a restart too"
    assert not _is_there(knowledge_folder), "nothing is put in its place"
    _move(tmp_path / "away", knowledge_folder)
    await pass_time(hass, freezer)
    assert (len(library(hass).policies), issues(hass)) == (1, {})


async def test_a_file_full_of_mistakes_is_a_handful_of_issues(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, knowledge_folder: Path
) -> None:
    _make(knowledge_folder)
    rows = "\n".join(f"  - {{rule: coffee.{number}, value: 3}}" for number in range(10_000))
    (knowledge_folder / "bad.md").write_text(f"---\npolicies:\n{rows[:400_000]}\n---\n# Bad\n", encoding="utf-8")
    (knowledge_folder / "odd\n\x1b<b>name.md").write_text("---\npolicies: [\n---\n", encoding="utf-8")
    await async_set_up_house(hass)
    assert 1 <= len(issues(hass)) <= 10
    for issue_id, issue in issues(hass).items():
        assert issue_id.isprintable()
        assert all(text.isprintable() for text in (issue.translation_placeholders or {}).values())
