"""What hassfest would check, and that every text, icon and field the code uses is there: read from the files alone."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.selector import validate_selector
from homeassistant.util.yaml import load_yaml_dict
import pytest
import voluptuous as vol

from custom_components.energy_orchestrator import (
    binary_sensor,
    button,
    calendar,
    calls,
    conversation,
    number,
    select,
    sensor,
    services,
    switch,
    system_health,
)
from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop.snapshot import Failure
from custom_components.energy_orchestrator.views import SITE

ROOM = Path(services.__file__).parent
TEXTS: dict[str, Any] = json.loads((ROOM / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((ROOM / "icons.json").read_text())
SERVICES: dict[str, Any] = load_yaml_dict(str(ROOM / "services.yaml"))
MANIFEST: dict[str, Any] = json.loads((ROOM / "manifest.json").read_text())

TABLES: dict[str, Any] = {
    "binary_sensor": binary_sensor.BINARY_SENSORS,
    "button": button.BUTTONS,
    "calendar": calendar.CALENDARS,
    "conversation": {SITE: (conversation.AGENT,)},
    "number": number.NUMBERS,
    "select": select.SELECTS,
    "sensor": sensor.SENSORS,
    "switch": switch.SWITCHES,
}
DESCRIPTIONS: list[tuple[str, EntityDescription]] = [
    (platform, description) for platform, table in TABLES.items() for rows in table.values() for description in rows
]
IDS = [f"{platform}-{description.key}" for platform, description in DESCRIPTIONS]

# Top-level parts a custom integration may have.
PARTS = {
    "title",
    "config",
    "config_subentries",
    "options",
    "entity",
    "device",
    "exceptions",
    "issues",
    "services",
    "selector",
    "triggers",
    "conditions",
    "system_health",
}


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text with the keys that lead to it."""
    if isinstance(node, dict):
        for key, child in node.items():
            yield from leaves(child, (*path, key))
    else:
        assert isinstance(node, str), path
        yield path, node


@pytest.mark.parametrize(("platform", "description"), DESCRIPTIONS, ids=IDS)
def test_entity_has_a_name_and_an_icon(platform: str, description: EntityDescription) -> None:
    key = description.translation_key
    assert key, "every entity is named by its translation key"
    texts = TEXTS["entity"][platform][key]
    assert texts["name"]
    assert description.device_class or key in ICONS["entity"].get(platform, {}), "no device class and no icon"
    options = getattr(description, "options", None)
    if options:
        assert set(texts["state"]) == set(options)


def test_keys_are_unique_per_device() -> None:
    for table in TABLES.values():
        for rows in table.values():
            keys = [description.key for description in rows]
            assert len(keys) == len(set(keys))


def test_no_text_or_icon_is_left_over() -> None:
    used: dict[str, set[str | None]] = {
        platform: {description.translation_key for rows in table.values() for description in rows}
        for platform, table in TABLES.items()
    }
    others = "".join(file.read_text() for file in (ROOM / "simulation").glob("*.py"))
    for part, keys in (("texts", TEXTS["entity"]), ("icons", ICONS["entity"])):
        for platform, entities in keys.items():
            left = {key for key in entities if key not in used.get(platform, set()) and f'"{key}"' not in others}
            assert not left, f"{part} of {platform} that nothing uses: {left}"


def test_icons_are_material_and_states_differ_from_the_default() -> None:
    for _, icon in leaves(ICONS):
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon)
    for platform, entities in ICONS["entity"].items():
        for key, icons in entities.items():
            states = icons.get("state", {})
            assert icons["default"] not in states.values(), f"{platform}.{key}"
            assert set(states) <= set(TEXTS["entity"][platform][key].get("state", ("on", "off")))


def test_texts_are_plain() -> None:
    assert set(TEXTS) <= PARTS
    for path, text in leaves(TEXTS):
        assert text == text.strip(), path
        assert text, path
        assert not re.search(r"https?://|www\.", text), f"{path}: a URL belongs in a placeholder"
        assert not re.search(r"</?[a-zA-Z][^>]*>", text), f"{path}: HTML"
        assert not re.search(r"'\{\w+\}'", text), f"{path}: quoted placeholder"
        assert "[%key:" not in text, path
        if "state" in path:
            assert re.fullmatch(r"[a-z0-9-_]+", path[-1]), path


def test_descriptions_of_form_fields_belong_to_fields() -> None:
    def steps(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "data_description" in node:
                yield node
            for child in node.values():
                yield from steps(child)

    for part in ("config", "options", "config_subentries"):
        for step in steps(TEXTS.get(part, {})):
            assert set(step["data_description"]) <= set(step.get("data", {})), step


def test_subentries_have_what_their_menus_need() -> None:
    for kind, texts in TEXTS.get("config_subentries", {}).items():
        assert texts["entry_type"], kind
        assert texts["initiate_flow"]["user"], kind


def test_every_action_is_described() -> None:
    assert set(SERVICES) == set(services.ACTIONS) == set(TEXTS["services"]) == set(ICONS["services"])
    for name, action in services.ACTIONS.items():
        fields = {str(key.schema): isinstance(key, vol.Required) for key in action.fields}
        shown = SERVICES[name]["fields"]
        texts = TEXTS["services"][name]
        assert texts["name"]
        assert texts["description"]
        assert set(shown) == set(fields) == set(texts["fields"]), name
        for field, required in fields.items():
            assert shown[field].get("required", False) is required, (name, field)
            assert set(texts["fields"][field]) == {"name", "description"}, (name, field)
            validate_selector(shown[field]["selector"])


def test_numbers_of_actions_are_bounded_alike_in_form_and_code() -> None:
    for name, spans in calls.SPANS.items():
        for field, span in spans.items():
            shown = SERVICES[name]["fields"][field]["selector"]["number"]
            assert (shown["min"], shown["max"]) == (span.least, span.most), (name, field)
        bounded = {field for field, shown in SERVICES[name]["fields"].items() if "number" in shown["selector"]}
        assert bounded == set(spans), name


def test_selects_of_actions_are_translated() -> None:
    for action in SERVICES.values():
        for field in action["fields"].values():
            if chosen := field["selector"].get("select"):
                assert set(TEXTS["selector"][chosen["translation_key"]]["options"]) == set(chosen["options"])


def _raised() -> Iterator[tuple[str, set[str] | None]]:
    """Yield key and placeholders (None: not written out there) of every translated exception the code raises."""
    for path in ROOM.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith(("Error", "NotReady", "Failed")):
                continue
            given = {word.arg: word.value for word in call.keywords}
            if "translation_key" not in given:
                continue
            placeholders = given.get("translation_placeholders", ast.Dict([], []))
            names = (
                {str(key.value) for key in placeholders.keys if isinstance(key, ast.Constant)}
                if isinstance(placeholders, ast.Dict)
                else None
            )
            for key in ast.walk(given["translation_key"]):
                if isinstance(key, ast.Constant):
                    yield str(key.value), names


def test_every_exception_has_its_message() -> None:
    raised = list(_raised())
    assert raised
    for key, placeholders in raised:
        assert key in TEXTS["exceptions"], f"no message for {key}"
        if placeholders is not None:
            assert set(re.findall(r"\{(\w+)\}", TEXTS["exceptions"][key]["message"])) == placeholders, key
    for key in calls.NOT_OF_KIND.values():
        assert set(re.findall(r"\{(\w+)\}", TEXTS["exceptions"][key]["message"])) == {"device"}, key


def test_failures_of_planning_have_messages() -> None:
    assert {failure.value for failure in Failure} <= set(TEXTS["exceptions"])


def test_system_health_is_translated() -> None:
    source = Path(system_health.__file__).read_text()
    assert set(TEXTS["system_health"]["info"]) == set(re.findall(r'^        "(\w+)": ', source, re.MULTILINE))


def test_manifest_is_in_order() -> None:
    keys = list(MANIFEST)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert MANIFEST["domain"] == DOMAIN == ROOM.name
    assert MANIFEST["config_flow"] is True
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])
    assert MANIFEST["iot_class"] == "calculated"
    for key in ("documentation", "issue_tracker", "codeowners", "integration_type", "requirements"):
        assert MANIFEST[key], key
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", requirement) for requirement in MANIFEST["requirements"])
