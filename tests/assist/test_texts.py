"""Every language says the same things with the same values."""

from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml

from custom_components.energy_orchestrator.assist import language, wording
from custom_components.energy_orchestrator.assist.manager import ANSWERS
from custom_components.energy_orchestrator.assist.topics import FOLLOW_UPS, ROUTES
from custom_components.energy_orchestrator.model.decision import BatteryMode, BatteryReason, MinerReason
from custom_components.energy_orchestrator.model.site import Mode
from custom_components.energy_orchestrator.views import HealthZone

FOLDER = Path(language.__file__).parent
OTHERS = [code for code in language.LANGUAGES if code != language.FALLBACK]


def read(room: str, code: str) -> dict[str, Any]:
    """Return a language's file."""
    data: dict[str, Any] = yaml.safe_load((FOLDER / room / f"{code}.yaml").read_text(encoding="utf-8"))
    return data


def placeholders(text: str) -> list[tuple[str, str | None]]:
    """Return a text's placeholders with their kinds, in any order."""
    return sorted((name, spec) for _, name, spec, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("code", OTHERS)
def test_texts_have_the_same_keys_and_placeholders(code: str) -> None:
    english, other = read("texts", "en"), read("texts", code)
    assert other.keys() == english.keys()
    assert other["texts"].keys() == english["texts"].keys()
    for part in ("units", "money", "days"):
        assert other[part].keys() == english[part].keys()
    for key, text in english["texts"].items():
        assert placeholders(other["texts"][key]) == placeholders(text), key


@pytest.mark.parametrize("code", OTHERS)
def test_sentences_have_the_same_keys(code: str) -> None:
    english, other = read("sentences", "en"), read("sentences", code)
    assert other.keys() == english.keys()
    for part in ("words", "days", "units", "table"):
        assert other[part].keys() == english[part].keys(), part


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_every_topic_has_examples(code: str) -> None:
    examples = language.examples_of(code)
    assert examples.keys() == ROUTES.keys() - FOLLOW_UPS
    lines = [line for said in examples.values() for line in said]
    assert all(isinstance(line, str) and line for line in lines)
    folded = [language.fold(line) for line in lines if language.fold(line)]
    assert sorted(set(folded)) == sorted(folded), "a line stands twice"


def test_every_topic_has_an_answer() -> None:
    assert ANSWERS.keys() == ROUTES.keys()
    for code in language.LANGUAGES:
        assert read("sentences", code)["sentences"].keys() <= ROUTES.keys()


def test_every_reason_has_words() -> None:
    texts = read("texts", "en")["texts"]
    for reason in (*MinerReason, *BatteryReason):
        assert f"reason_{reason.value}" in texts
    for mode in (*BatteryMode, *Mode):
        assert f"mode_{mode.value}" in texts
    for zone in HealthZone:
        assert f"zone_{zone.value}" in texts


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_numbers_are_spoken_without_symbols(code: str) -> None:
    said = wording.load(code)
    texts: dict[str, dict[str, Any]] = {
        "as_percent": {"soc": 65.0},
        "as_kw": {"power_kw": 3.24},
        "balance_cost": {"value": 1.0},
        "price_worth": {"energy_price": 0.075},
        "mining_hours": {"hours": 0.5, "name": "S21"},
    }
    for key, values in texts.items():
        text = said.say(key, "EUR", **values)
        assert not set(text) & set("%€$"), text
    assert f"3{said.decimal}2" in said.say("as_kw", power_kw=3.24)
    assert "850" in said.say("as_kw", power_kw=0.851)


def test_plurals() -> None:
    said = wording.load("en")
    assert said.say("as_kw", power_kw=1.0) == "1 kilowatt"
    assert said.say("as_kw", power_kw=2.0) == "2 kilowatts"
    assert said.say("balance_cost", "EUR", value=1.0) == "a cost of 1 euro"
    assert said.say("balance_cost", "XAU", value=1.5) == "a cost of 1.5 XAU"


def test_languages_without_words_are_answered_in_english() -> None:
    assert language.load("ja").code == "en"
    assert wording.load("pt-BR").code == "en"
    assert language.load("de-AT").code == "de"
