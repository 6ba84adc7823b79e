"""No rule that someone wrote is silently out of force, and no note of another kind is taken for rules."""

from pathlib import Path

import pytest

from custom_components.energy_orchestrator.knowledge.documents import read_document
from custom_components.energy_orchestrator.knowledge.policies import Read, read_policies
from custom_components.energy_orchestrator.knowledge.problem import Fix, Kind
from custom_components.energy_orchestrator.knowledge.shelf import Shelf
from custom_components.energy_orchestrator.model.policy import Rule

from .helper_documents import problem, read
from .test_shelf import kinds, put, values

RULE = "  - rule: miner.start_soc\n    value: 60 %\n"
BESIDE = "policies:\n  - {rule: miner.stop_soc, value: 40 %}\n"


def read_text(text: str) -> Read:
    return read_policies(read_document("house.md", text), "EUR")


NEAR = [
    *(
        "polices",
        "policys",
        "policy",
        "Policies",
        "POLICIES",
        "policeis",
        "plicies",
        "pollicies",
        "polícies",
        "policíes",
    ),
    *(
        "rules",
        "Rules",
        "rule",
        "house rules",
        "house_rules",
        "regeln",
        "Regeln",
        "règles",
        "regles",
        "reglas",
        "regels",
    ),
]


@pytest.mark.parametrize("key", NEAR)
def test_a_key_near_ours_is_told_where_it_stands_and_can_be_put_right(key: str) -> None:
    found = problem(f"title: House\n{key}:\n{RULE}")
    assert (found.kind, found.file, found.line) == (Kind.STRAY_KEY, "house.md", 3)
    assert found.placeholders == {"name": key, "expected": "policies:"}
    assert found.fix == Fix(key, "policies")


@pytest.mark.parametrize("key", NEAR)
@pytest.mark.parametrize("front", [BESIDE + "KEY:\n" + RULE, "KEY:\n" + RULE + BESIDE])
def test_it_is_told_beside_a_right_key_as_well_and_that_ones_rules_hold(key: str, front: str) -> None:
    found = read(front.replace("KEY", key))
    assert [policy.rule for policy in found.policies] == [Rule.MINER_STOP_SOC]
    (told,) = found.problems
    assert (told.kind, told.line, told.fix) == (Kind.STRAY_KEY, 2 + front.split("\n").index("KEY:"), None)


@pytest.mark.parametrize(
    "front",
    [
        "energie:\n" + RULE,
        "energy_orchestrator:\n  policies:\n  - {rule: grid.export, value: no}",
        "Miners:\n  - miner.start_soc: 60 %",
        "miner.start_soc: 60 %",
        "note:\n  - miner.start_sok: 60 %",
        "tags:\n  - {id: battery.reserve_soc, value: 80 %}",
        "note: 'miner.quiet_hours: 22-6'",
        "note: |\n  policies:\n    - rule: miner.quiet_hours\n      value: 22-6",
        "things:\n  - rule: coffee\n    value: strong",
    ],
)
@pytest.mark.parametrize("before", ["", BESIDE])
def test_rules_under_any_other_key_are_told(front: str, before: str) -> None:
    (found,) = read(before + front).problems
    assert (found.kind, found.line) == (Kind.STRAY_KEY, 2 + before.count("\n"))
    assert (found.placeholders["expected"], found.fix) == ("policies:", None)


def test_days_under_a_key_near_ours_are_told() -> None:
    found = problem("evnets:\n  storm: 2026-12-01")
    assert (found.kind, found.fix) == (Kind.STRAY_KEY, Fix("evnets", "events"))


@pytest.mark.parametrize(
    "front",
    [
        "date: 2026-11-20",
        "aliases: [House, Rules of the house]\ntags: [rules, policy, miner.start_soc]\ncssclass: wide",
        "title: Rules\nauthor: A. Person\nlang: en\ndescription: >\n  What the policies of this house are.",
        "layout: post\ncategories: [energy, rules]\npermalink: /rules/\npublished: true\nslug: rules",
        "weight: 10\nmenu: {main: {identifier: rules, weight: 5}}\nparams: {toc: true}\ncascade: [{type: docs}]",
        "cssclasses:\n  - a\nup: '[[Policies]]'\nrelated:\n  - '[[Battery]]'\nrating: 5\npolitics: no\nroles: [a]",
        "id: 12\nvalue: 3\nname: S21\nurl: https://example.com/policies\nevent: Birthday\nrules: be kind",
        "params:\n  - {id: soc, value: 60}\n  - {id: start, value: 3}\nminer: S21\nbattery: {min: 20 %}",
        "grid: {columns: 3}\ngrid.columns: 3\nminer.firmware: 2.1\nbattery.chemistry: LiFePO4",
        "- just\n- a list",
        "layout: post\ntags: &t [a]\nmore: *t",
        "title: 'unfinished",
    ],
)
def test_a_notes_own_keys_are_no_business_of_ours(front: str) -> None:
    assert read(front).problems == []
    beside = read(front + "\n" + BESIDE) if front[0] != "-" and "&t" not in front and "'unf" not in front else None
    assert beside is None or (beside.problems == [] and len(beside.policies) == 1)


TOP = f"---\npolicies:\n{RULE}---\n"
TEXT = "# House\n\nProse.\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TOP + TEXT, 3),
        ("\ufeff" + TOP + TEXT, 3),
        ("\n\n" + TOP + TEXT, 5),
        ("\ufeff\n" + TOP + TEXT, 4),
        ("<!-- Mine -->\n" + TOP + TEXT, 4),
        ("<!-- Mine\nsince May\n-->\n\n" + TOP + TEXT, 7),
        ((TOP + TEXT).replace("\n", "\r\n"), 3),
        ((TOP + TEXT).replace("\n", "\r"), 3),
        (TOP.removesuffix("---\n") + "...\n" + TEXT, 3),
        (TOP.removesuffix("---\n"), 3),
        ("---   \npolicies:\n" + RULE + "---\t\n" + TEXT, 3),
        ('---\n"policies" :\n' + RULE + "---\n" + TEXT, 3),
    ],
)
def test_the_top_of_a_file_is_found_however_it_was_saved(text: str, line: int) -> None:
    found = read_text(text)
    assert found.problems == []
    (policy,) = found.policies
    assert (policy.rule, policy.value, policy.citation.line) == (Rule.MINER_START_SOC, 0.6, line)


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (TOP.removesuffix("---\n") + TEXT, Kind.BROKEN, 7),
        (TOP.replace("  - rule", "\t- rule") + TEXT, Kind.BROKEN, 3),
        (TOP.replace("policies:", "polices:").replace("  - rule", "\t- rule") + TEXT, Kind.BROKEN, 3),
        (TOP.replace("policies:", "polices:").removesuffix("---\n"), Kind.STRAY_KEY, 2),
        (TOP.replace("policies:\n", "") + TEXT, Kind.MISPLACED, 2),
        (TOP.replace("policies:", "policies") + TEXT, Kind.BROKEN, 3),
        ("# House\n\n" + TOP, Kind.NOT_AT_TOP, 5),
        ("Prose.\n" + TOP + TEXT, Kind.NOT_AT_TOP, 4),
        ("----\n" + TOP.removeprefix("---\n") + TEXT, Kind.NOT_AT_TOP, 3),
        ("--- # rules\n" + TOP.removeprefix("---\n") + TEXT, Kind.NOT_AT_TOP, 3),
        (" " + TOP + TEXT, Kind.NOT_AT_TOP, 3),
        (TOP.removeprefix("---\n") + TEXT, Kind.NOT_AT_TOP, 2),
        ("---\ntitle: House\n---\n" + TOP + TEXT, Kind.NOT_AT_TOP, 6),
        ("---\ntitle: House\n---\n" + TEXT + f"\n```yaml\npolicies:\n{RULE}```\n", Kind.NOT_AT_TOP, 10),
        (TEXT + f"\n~~~\npolices:\n{RULE}~~~\n", Kind.NOT_AT_TOP, 7),
        (TEXT + "\n- miner.start_soc: 60 %\n", Kind.NOT_AT_TOP, 5),
        (TEXT + "\n> {rule: miner.start_soc, value: 60 %}\n", Kind.NOT_AT_TOP, 5),
        (TOP + TEXT + "\n```yaml\npolicies:\n  - grid.export: no\n```\n", Kind.ALSO_BELOW, 12),
        (TOP + "---\npolicies:\n  - battery.range: 20-80 %\n---\n", Kind.ALSO_BELOW, 8),
    ],
)
def test_rules_that_are_not_read_are_told_with_their_line(text: str, kind: Kind, line: int) -> None:
    (found,) = read_text(text).problems
    assert (found.kind, found.file, found.line) == (kind, "house.md", line)


@pytest.mark.parametrize(
    "body",
    [
        "A rule is written like this, for example:\n\n```yaml\npolicies:\n" + RULE + "```\n",
        "```yaml example\npolicies:\n" + RULE + "```\n",
        "<!--\npolicies:\n" + RULE + "-->\n",
        "# - rule: miner.start_soc\n#   value: 60 %\n",
        "- `miner.start_soc`: the level at which miners start\n- miner.stop_soc: where they stop, 40 % as a rule\n",
        "| rule | value |\n|---|---|\n| miner.start_soc | 60 % |\n",
        "Rule: be kind.\n\nSee also: miner.start_soc\nbattery.voltage: 52.0 V\nminer.power: 3 kW\n",
        "---\nA line above, and one below.\n\n---\npolicy: read it twice\n",
    ],
)
def test_talk_of_rules_and_examples_of_them_are_none(body: str) -> None:
    assert read_text(body).problems == []
    assert read_text(TOP + body).problems == []


def test_rules_that_slip_out_of_the_top_stay_in_force(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put(shelf, "house.md", TOP + TEXT)
    shelf.refresh()
    for slipped, kind in (
        ("Prose.\n" + TOP.replace("60", "50"), Kind.NOT_AT_TOP),
        (TOP.replace("policies", "polices"), Kind.STRAY_KEY),
    ):
        put(shelf, "house.md", slipped + TEXT)
        shelf.refresh()
        assert (kinds(shelf), values(shelf)) == ([kind], [0.6])
    put(shelf, "house.md", TOP.replace("60", "50") + "```yaml\nrule: grid.export\n```\n")
    shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([Kind.ALSO_BELOW], [0.5]), "what is at the top counts"
