"""The documents say what is there: links, scripts, files, actions, entities, versions, and nothing of this machine."""

from collections.abc import Iterator
from fnmatch import fnmatch
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "custom_components" / "energy_orchestrator"
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")
IGNORED = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split())]

# Every rule of the Integration Quality Scale, by tier.
BRONZE = """action-setup appropriate-polling brands common-modules config-flow-test-coverage config-flow
    dependency-transparency docs-actions docs-conditions docs-high-level-description docs-installation-instructions
    docs-removal-instructions docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data
    test-before-configure test-before-setup unique-config-entry"""
SILVER = """action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters
    entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage"""
GOLD = """devices diagnostics discovery discovery-update-info docs-data-update docs-examples docs-known-limitations
    docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices entity-category
    entity-device-class entity-disabled-by-default entity-translations exception-translations icon-translations
    reconfiguration-flow repair-issues stale-devices"""
PLATINUM = "async-dependency inject-websession strict-typing"
RULES = f"{BRONZE} {SILVER} {GOLD} {PLATINUM}".split()

_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_SCRIPT = re.compile(r"\bscript/[a-z][\w/.-]*\w")
_FILE = re.compile(r"`([\w./-]+\.(?:py|sh|json|yaml|txt|md))`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_VERSION = re.compile(r"^## \[(\d[^\]]*)\]", re.MULTILINE)
# Written so that this file does not match itself.
_OF_THIS_MACHINE = re.compile(r"(?<![\w.-])/(?:work|root|farm|home/[a-z]+)/")
_REGISTRY = re.compile(r"\"resolved\": *\"http|--(?:extra-)?index-url |(?:pypi\.python|pythonhosted|npmjs)\.org")


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Return what headings can be linked by."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def files() -> Iterator[Path]:
    """Yield the project's files: all but what is ignored."""
    for folder, folders, names in ROOT.walk():
        folders[:] = [name for name in folders if not ignored(name)]
        yield from (folder / name for name in names if not ignored(name))


def ignored(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in IGNORED)


def leads_somewhere(link: str, name: str) -> bool:
    """Tell whether a link of the document `name` leads to a file of the project, and to a heading in it."""
    path, _, anchor = link.partition("#")
    if path.startswith("https://"):
        return True
    if path and not (ROOT / path).is_file():
        return False
    return not anchor or anchor in anchors(document(path or name))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_and_images_lead_somewhere(name: str) -> None:
    links = ["".join(found) for found in _LINK.findall(document(name))]
    assert [link for link in links if not leads_somewhere(link, name)] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_scripts_and_files_named_are_there(name: str) -> None:
    text = document(name)
    there = [f"/{path.relative_to(ROOT).as_posix()}" for path in files()]
    named = {*_SCRIPT.findall(text), *_FILE.findall(text)}
    missing = [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in there)]
    assert [name for name in missing if not (ROOT / name).is_dir()] == []


def test_every_action_has_its_example() -> None:
    readme = document("README.md")
    actions = load_yaml_dict(str(ROOM / "services.yaml"))
    assert [name for name in actions if f"action: energy_orchestrator.{name}\n" not in readme] == []


def test_every_entity_is_in_the_table() -> None:
    readme = document("README.md").partition("## Entities")[2].partition("\n## ")[0]
    texts: dict[str, Any] = json.loads((ROOM / "translations" / "en.json").read_text(encoding="utf-8"))
    names = [
        text["name"]
        for platform in texts["entity"].values()
        for key, text in platform.items()
        if not key.startswith("simulated_")
    ]
    assert [name for name in names if name not in readme] == []


def test_quality_scale_names_every_rule() -> None:
    rules = load_yaml_dict(str(ROOM / "quality_scale.yaml"))["rules"]
    assert sorted(rules) == sorted(RULES)
    for name, rule in rules.items():
        if isinstance(rule, str):
            assert rule in {"done", "todo"}, f"{name} needs a comment"
        else:
            assert rule.keys() == {"status", "comment"}, name
            assert rule["status"] in {"done", "todo", "exempt"}, name
            assert len(rule["comment"]) > 10, name


def test_changelog_begins_with_the_version() -> None:
    version = json.loads((ROOM / "manifest.json").read_text(encoding="utf-8"))["version"]
    assert _VERSION.findall(document("CHANGELOG.md"))[0] == version


def test_brand_has_every_image() -> None:
    there = {path.name: path.read_bytes()[:24] for path in (ROOM / "brand").glob("*.png")}
    names = {f"{dark}{kind}{size}.png" for dark in ("", "dark_") for kind in ("icon", "logo") for size in ("", "@2x")}
    assert there.keys() == names
    for name, head in there.items():
        width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        times = 2 if "@2x" in name else 1
        assert height == (256 if "icon" in name else 128) * times, name
        assert width == height or "logo" in name, name


def test_nothing_of_this_machine_and_no_registry() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}: {match.group()}"
            for pattern in (_OF_THIS_MACHINE, _REGISTRY)
            for match in pattern.finditer(text)
        ]
    assert found == []


def test_the_hunt_finds_what_it_looks_for() -> None:
    assert _OF_THIS_MACHINE.search("see /" + "root/.cache")
    assert not _OF_THIS_MACHINE.search("docs/" + "work/x")
    assert _REGISTRY.search("https://files.python" + "hosted.org/x")
    assert not leads_somewhere("docs/no.png", "README.md")
    assert not leads_somewhere("#no-such-heading", "README.md")
    assert not leads_somewhere("ARCHITECTURE.md#no-such-heading", "README.md")
    assert leads_somewhere("ARCHITECTURE.md#the-house", "README.md")
    assert anchors("# First plan in five minutes\n## A, B & C") == {"first-plan-in-five-minutes", "a-b--c"}
    assert {path.name for path in files()} >= {"LICENSE", "README.md", "icon.svg"}
    assert ignored("__pycache__")
    assert not ignored("tests")
