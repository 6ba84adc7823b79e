"""Search: the policy before any manual, and no question a command to the database."""

import random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.energy_orchestrator.knowledge.documents import Document, read_document
from custom_components.energy_orchestrator.knowledge.policies import read_policies
from custom_components.energy_orchestrator.knowledge.search import Index

from .helper_documents import WORDS, document


def manual(number: int, size: int) -> Document:
    """Return prose like a manual's, with headings about the very same things."""
    dice = random.Random(number)  # noqa: S311 - prose
    parts = [f"# Manual of inverter {number}\n"]
    length = 0
    while length < size:
        heading = " ".join(dice.choices(WORDS, k=4)).capitalize()
        prose = ". ".join(" ".join(dice.choices(WORDS, k=12)).capitalize() for _ in range(25))
        parts.append(f"\n## {heading}\n\n{prose}.\n")
        length += len(parts[-1])
    parts.append(
        "\n## Minimum SOC\n\nThe minimum battery SOC of the inverter can be set from 5 to 50 %. Default 10 %.\n"
    )
    return read_document(f"manual_{number}.md", "".join(parts))


@pytest.fixture(scope="module")
def index() -> Index:
    rules = document("""
policies:
  Battery:
    - {rule: battery.min_soc, value: 25 %}
    - {rule: battery.reserve_soc, value: 30 %}
  Miners:
    - {rule: miner.start_soc, value: 60 %}
    - {rule: miner.stop_soc, value: 40 %}
    - {rule: miner.quiet_hours, value: "22:00-06:00", device: S21}
    - {rule: grid.max_charge_price, value: 0.15 per kWh}
""")
    manuals = [manual(number, 40_000) for number in range(10)]
    return Index([*manuals[:5], rules, *manuals[5:]], read_policies(rules, None).policies)


@pytest.mark.parametrize(
    ("question", "section", "says"),
    [
        ("minimum battery SOC", "Battery", "25 %"),
        ("What is the minimum SOC threshold?", "Battery", "25 %"),
        ("what is the lowest state of charge of the battery", "Battery", "25 %"),
        ("how low may the battery level go", "Battery", "25 %"),
        ("What is the miner SOC threshold policy?", "Miners", "60 %"),
        ("when do miners start", "Miners", "60 %"),
        ("quiet hours of the S21", "Miners", "22:00–06:00"),
        ("backup reserve", "Battery", "30 %"),
        ("price limit for charging from the grid", "Miners", "0.15"),
    ],
)
def test_the_policy_comes_before_any_manual(index: Index, question: str, section: str, says: str) -> None:
    hits = index.search(question)
    assert (hits[0].document, hits[0].section, hits[0].is_policy) == ("House rules", section, True)
    assert says in hits[0].excerpt
    assert str(hits[0]) == f"House rules › {section}"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_manuals_are_found_with_section_and_line(index: Index) -> None:
    hits = index.search("manual of inverter 7 minimum SOC", 20)
    hit = next(hit for hit in hits if str(hit) == "Manual of inverter 7 › Minimum SOC")
    assert not hit.is_policy
    assert hit.line > 1
    assert "5 to 50 %" in hit.excerpt
    assert len({(hit.document, hit.section) for hit in index.search("battery", 20)}) == 20, "one hit per section"


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "'; DROP TABLE sections; --",
        '" OR 1=1',
        "NEAR(battery soc, 2)",
        "heading : battery",
        "battery AND NOT soc",
        "soc*",
        "^battery",
        "{heading} : x",
        "(" * 1000,
        "battery " * 10_000,
        "\0",
        "\U0001d505attery",
        "什么是电池",
    ],
)
def test_no_question_is_a_command(index: Index, question: str) -> None:
    index.search(question)
    assert index.search("minimum battery SOC")[0].section == "Battery"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.integers(-3, 100))
def test_any_question_is_answered(index: Index, question: str, limit: int) -> None:
    assert len(index.search(question, limit)) <= max(0, limit)


def test_an_empty_index_finds_nothing() -> None:
    empty = Index()
    assert empty.search("battery") == []
    empty.close()
    empty.close()
