"""From front matter to policies, and what is wrong with them."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from custom_components.energy_orchestrator.knowledge import rules, units
from custom_components.energy_orchestrator.knowledge.documents import read_document
from custom_components.energy_orchestrator.knowledge.policies import contradictions, read_policies, unknown_devices
from custom_components.energy_orchestrator.knowledge.problem import Fix, Kind, NotUnderstoodError
from custom_components.energy_orchestrator.knowledge.rules import REGISTRY, nearest
from custom_components.energy_orchestrator.knowledge.times import read_time
from custom_components.energy_orchestrator.model.policy import DateRange, Policy, Rule, When
from custom_components.energy_orchestrator.model.site import Window

from .helper_documents import document, kind, policies, problem, read, rule


def test_policies_stand_under_the_sections_that_explain_them() -> None:
    found = policies("""
policies:
  Miners:
    - rule: miner.start_soc
      value: 60 %
      device: S21
      when: 16:00-21:00
      days: mon-fri
    - miner.stop_soc: 40 %
  Battery:
    - rule: battery.range
      value: 20-80 %
""")
    start, stop, least, most = found
    assert (start.rule, start.value, start.device) == (Rule.MINER_START_SOC, 0.6, "S21")
    assert start.when == When(windows=(Window(time(16), time(21)),), weekdays=frozenset(range(5)))
    assert str(start.citation) == "House rules › Miners"
    assert (start.citation.file, start.citation.line) == ("house.md", 4)
    assert (stop.rule, stop.value) == (Rule.MINER_STOP_SOC, 0.4)
    assert (least.rule, least.value, most.rule, most.value) == (
        Rule.BATTERY_MIN_SOC,
        0.2,
        Rule.BATTERY_MAX_SOC,
        0.8,
    )
    assert str(most.citation) == "House rules › Battery"


def test_a_list_of_policies_finds_its_sections_by_name_or_by_what_it_is_about() -> None:
    named, found, none = policies("""
policies:
  - {rule: miner.start_soc, value: 60 %, section: battery}
  - {rule: miner.stop_soc, value: 40 %}
  - {rule: grid.export, value: no}
""")
    assert [str(p.citation) for p in (named, found, none)] == [
        "House rules › Battery",
        "House rules › Miners",
        "House rules",
    ]


def test_event_days_have_names() -> None:
    (storm,) = policies("""
events:
  Winter storm: 2026-12-01 to 2026-12-03, 2027-01-07
policies:
  Battery:
    - rule: battery.reserve_soc
      value: 80 %
      dates: winter storm
""")
    assert storm.when.dates == (
        DateRange(date(2026, 12, 1), date(2026, 12, 3)),
        DateRange(date(2027, 1, 7), date(2027, 1, 7)),
    )


def test_the_starter_document_is_without_mistake_and_gives_way() -> None:
    path = Path(rules.__file__).parent / "starter.md"
    starter = read_document("house_rules.md", path.read_text(encoding="utf-8"))
    found = read_policies(starter, "EUR")
    assert found.problems == []
    assert {policy.rule: policy.value for policy in found.policies} == {
        Rule.BATTERY_CRITICAL_SOC: 0.2,
        Rule.BATTERY_MIN_SOC: 0.2,
        Rule.BATTERY_MIN_CHARGE_TEMPERATURE: 0,
        Rule.MINER_START_SOC: 0.6,
        Rule.MINER_STOP_SOC: 0.4,
        Rule.MINER_SURPLUS_MARGIN: 500,
    }
    assert all(policy.default and policy.citation.section in ("Battery", "Miners") for policy in found.policies)
    for name in rules.NAMES:
        assert f"`{name}`" in starter.sections[-1].text, "it lists every rule"


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [
        (units.FRACTION, "60 %", 0.6),
        (units.FRACTION, "60%", 0.6),
        (units.FRACTION, "12,5 percent", 0.125),
        (units.VOLTAGE, "50.0 V", 50),
        (units.POWER, "500 W", 500),
        (units.POWER, "3.5 kW", 3500),
        (units.HOURS, "6 h", 6),
        (units.HOURS, "90 min", 1.5),
        (units.TEMPERATURE, "-10 °C", -10),
        (units.TEMPERATURE, "50 °F", 10),
        (units.COUNT, "4", 4),
        (units.PRICE, "0.25 EUR/kWh", 0.25),
        (units.PRICE, "€0.25 per kWh", 0.25),
        (units.PRICE, "25 ct/kWh", 0.25),
        (units.PRICE, "25 cents per kWh", 0.25),
        (units.PRICE, "80 EUR/MWh", 0.08),
        (units.PRICE, "-0.02 per kWh", -0.02),
        (units.ALLOWED, "No", False),
        (units.ALLOWED, "allowed", True),
        (units.TIMES, "22-6", (Window(time(22), time(6)),)),
        (units.TIMES, "10:00–16:00, 8 pm to 24:00", (Window(time(10), time(16)), Window(time(20), time(0)))),
    ],
)
def test_values_are_read_as_people_write_them(unit: units.Unit, text: str, value: object) -> None:
    assert units.read_value(text, unit, currency="EUR") == value


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (units.FRACTION, "60"),
        (units.FRACTION, "60 V"),
        (units.FRACTION, "sixty percent"),
        (units.POWER, "5"),
        (units.POWER, "5 kWh"),
        (units.PRICE, "0.25"),
        (units.PRICE, "0.25 USD/kWh"),
        (units.PRICE, "0.25 EUR"),
        (units.POWER, "€5 kW"),
        (units.ALLOWED, "maybe"),
        (units.COUNT, "four"),
        (units.COUNT, "1e9"),
        (units.FRACTION, "60 %" * 100),
        (units.FRACTION, ".nan %"),
        (units.FRACTION, "inf %"),
    ],
)
def test_values_of_another_unit_are_refused(unit: units.Unit, text: str) -> None:
    with pytest.raises(NotUnderstoodError) as err:
        units.read_value(text, unit, currency="EUR")
    assert err.value.kind is Kind.WRONG_UNIT
    assert err.value.placeholders["expected"]


@pytest.mark.parametrize("text", ["25:00", "12:60", "noon", "13 pm", "", "1:2:3"])
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        read_time(text)


@pytest.mark.parametrize(
    ("front", "what", "line"),
    [
        ("policies:\n  - rule: miner.start_sok\n    value: 60 %", Kind.UNKNOWN_RULE, 3),
        ("policies:\n  - value: 60 %", Kind.UNKNOWN_RULE, 3),
        ("policies:\n  - rule: miner.start_soc\n    value: 60 V", Kind.WRONG_UNIT, 4),
        ("policies:\n  - rule: miner.start_soc\n    value: 140 %", Kind.IMPOSSIBLE, 4),
        ("policies:\n  - rule: miner.start_voltage\n    value: 12 V", Kind.IMPOSSIBLE, 4),
        ("policies:\n  - rule: miner.max_starts\n    value: 1.5", Kind.WRONG_UNIT, 4),
        ("policies:\n  - rule: battery.range\n    value: 80-20 %", Kind.IMPOSSIBLE, 4),
        ("policies:\n  - rule: miner.start_soc", Kind.NO_VALUE, 3),
        ("policies:\n  - rule: miner.start_soc\n    value: 60 %\n    when: tonight", Kind.WRONG_TIME, 5),
        ("policies:\n  - rule: battery.target_soc\n    value: 60 %", Kind.WRONG_TIME, 4),
        ("policies:\n  - rule: miner.start_soc\n    value: 60 %\n    dates: 2026-02-30", Kind.WRONG_TIME, 4),
        ("policies:\n  - rule: miner.start_soc\n    vlaue: 60 %", Kind.UNKNOWN_KEY, 4),
        ("policies:\n  Miner things:\n    - {rule: miner.start_soc, value: 60 %}", Kind.UNKNOWN_SECTION, 4),
        ("policies: all of them", Kind.MISPLACED, 2),
        ("policies:\n  - 60 %", Kind.MISPLACED, 3),
        ("policies:\n  Miners: 60 %", Kind.MISPLACED, 3),
        ("policies:\n  - rule: miner.start_soc\n   value: 60 %", Kind.BROKEN, 4),
        ("policies: [", Kind.BROKEN, 2),
        ("policies:\n  - rule: a\n    rule: b", Kind.BROKEN, 4),
        ("events:\n  storm: soon\npolicies: []", Kind.WRONG_TIME, 3),
        ("events: storm\npolicies: []", Kind.MISPLACED, 2),
    ],
)
def test_mistakes_are_told_with_their_line(front: str, what: Kind, line: int) -> None:
    found = problem(front)
    assert (found.kind, found.line, found.file) == (what, line, "house.md")


def test_a_mistake_leaves_the_other_policies() -> None:
    found = read("policies:\n  Miners:\n    - miner.start_soc: 60 V\n    - miner.stop_soc: 40 %")
    assert [policy.rule for policy in found.policies] == [Rule.MINER_STOP_SOC]
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("miner.start_sok", "miner.start_soc"),
        ("miner.startsoc", "miner.start_soc"),
        ("Miner Start SOC", "miner.start_soc"),
        ("battery.min-soc", "battery.min_soc"),
        ("quiet_hours", "miner.quiet_hours"),
        ("grid.max_imports", "grid.max_import"),
        ("coffee.strength", None),
        ("", None),
    ],
)
def test_the_nearest_rule_is_named(name: str, meant: str | None) -> None:
    assert nearest(name) == meant


def test_an_unknown_rule_can_be_renamed() -> None:
    found = problem("policies:\n  - rule: miner.start_sok\n    value: 60 %")
    assert found.fix == Fix("miner.start_sok", "miner.start_soc")
    assert problem("policies:\n  - rule: coffee.strength\n    value: 60 %").fix is None


# ---- YAML that would do harm


def test_bombs_are_refused() -> None:
    bomb = 'a: &a ["x","x"]\nb: &b [*a,*a]\npolicies: [*b,*b]'
    assert kind(bomb) is Kind.TOO_COMPLEX
    assert problem(bomb).line == 2
    assert kind("policies: *a") is Kind.TOO_COMPLEX
    assert kind("policies: " + "[" * 500) is Kind.TOO_COMPLEX
    assert kind("policies: " + "{a: " * 500) is Kind.TOO_COMPLEX
    assert kind("policies:\n" + "- 1\n" * 30_000) is Kind.TOO_COMPLEX
    assert kind("policies:\n  - {rule: grid.import, value: no}\n" + "#" * 70_000) is Kind.TOO_COMPLEX


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!!binary x", "!x y"])
def test_tags_are_refused(tag: str) -> None:
    assert kind(f"policies: {tag}") is Kind.TOO_COMPLEX


def test_escapes_beyond_unicode_are_a_mistake_and_no_crash() -> None:
    assert kind('policies: "\\UFFFFFFFF"') is Kind.BROKEN


def test_front_matter_of_other_tools_is_no_business_of_ours() -> None:
    assert read("layout: post\ntags: &t [a]\nmore: *t").problems == []
    assert read_document("a.md", "---\njust a line above\n").front is None
    assert read_document("a.md", "").sections == ()


def test_front_matter_that_is_not_closed_is_read_to_the_end() -> None:
    found = read_policies(read_document("a.md", "---\npolicies:\n  - {rule: grid.export, value: no}\n"), None)
    assert [policy.rule for policy in found.policies] == [Rule.GRID_EXPORT]


def test_headings_in_code_are_no_sections() -> None:
    read_ = document("policies: []", body="# A\n\n```\n# not one\n```\n\n## B ##\ntext\n")
    assert [(section.heading, section.line) for section in read_.sections] == [("A", 4), ("B", 10)]
    assert read_.title == "A"


# ---- What does not go together


def both(one: tuple[Policy, ...], other: tuple[Policy, ...]) -> list[str]:
    return [found.placeholders["other_rule"] for found in contradictions((*one, *other))]


def test_different_values_for_the_same_time_contradict_and_name_both_places() -> None:
    one = policies("policies:\n  - {rule: miner.start_soc, value: 60 %}", file="a.md")
    other = policies("policies:\n  - {rule: miner.start_soc, value: 70 %, when: 10-16}", file="b.md")
    looser = policies("policies:\n  - {rule: miner.start_soc, value: 50 %, when: 10-16}", file="b.md")
    assert list(contradictions((*one, *other))) == [], "a stricter one for some of the time tightens"
    (found,) = contradictions((*one, *looser))
    assert (found.kind, found.file, found.line) == (Kind.CONTRADICTION, "b.md", 3)
    assert found.placeholders["other_file"] == "a.md"
    assert found.placeholders["value"] == "50 %"
    assert found.placeholders["other_value"] == "60 %"


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ({"value": "60 %"}, {"value": "60 %"}, False),
        ({"value": "60 %"}, {"value": "70 %"}, True),
        ({"value": "60 %"}, {"value": "70 %", "device": "S21"}, False),
        ({"value": "60 %"}, {"value": "50 %", "device": "S21"}, True),
        ({"value": "60 %", "device": "S19"}, {"value": "50 %", "device": "S21"}, False),
        ({"value": "60 %", "device": "s21"}, {"value": "50 %", "device": "S21"}, True),
        ({"value": "60 %", "when": "10-16"}, {"value": "50 %", "when": "16-20"}, False),
        ({"value": "60 %", "when": "10-17"}, {"value": "50 %", "when": "16-20"}, True),
        ({"value": "60 %", "days": "mon-fri"}, {"value": "50 %", "days": "weekends"}, False),
        ({"value": "60 %", "when": "22-2", "days": "fri"}, {"value": "50 %", "when": "0-1", "days": "sat"}, True),
        ({"value": "60 %", "months": "nov-feb"}, {"value": "50 %", "months": "jun"}, False),
        ({"value": "60 %", "dates": "2026-12-24"}, {"value": "50 %", "dates": "2026-12-25"}, False),
        ({"value": "60 %"}, {"value": "80 %", "dates": "2026-12-25"}, False),
        ({"value": "60 %", "default": "yes"}, {"value": "50 %"}, False),
    ],
)
def test_when_two_policies_contradict(one: dict[str, str], other: dict[str, str], contradict: bool) -> None:
    first, second = (rule("miner.start_soc", **fields) for fields in (one, other))
    assert bool(both(first, second)) is contradict
    assert bool(both(second, first)) is contradict


def test_hours_add_up_and_limits_must_not_cross() -> None:
    assert both(rule("miner.quiet_hours", "22-6"), rule("miner.quiet_hours", "12-14")) == []
    assert both(rule("battery.min_soc", "50 %"), rule("battery.max_soc", "40 %")) == ["battery.max_soc"]
    assert both(rule("miner.stop_soc", "50 %"), rule("miner.start_soc", "40 %")) == ["miner.start_soc"]
    assert both(rule("miner.min_hours", "5 h", when="0-12"), rule("miner.max_hours", "4 h", when="12-0")) == []


def test_unknown_devices_are_told_with_the_nearest_name() -> None:
    devices = {"miner": ("S21", "id-of-s21"), "battery": ("Battery",)}
    found = (
        *rule("miner.start_soc", "60 %", device="s 21"),
        *rule("miner.stop_soc", "40 %", device="id-of-s21"),
        *rule("miner.max_hours", "4 h", device="Battery"),
        *rule("battery.max_soc", "80 %", site="Ranhc"),
    )
    told = list(unknown_devices(found, devices, ("Ranch",)))
    assert [(p.placeholders["name"], p.fix.new if p.fix else None) for p in told] == [
        ("s 21", "S21"),
        ("Battery", None),
        ("Ranhc", "Ranch"),
    ]


# ---- When


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = When(windows=(Window(time(22), time(6)),), weekdays=frozenset({4}))
    assert friday_night.holds(datetime(2026, 11, 20, 23, tzinfo=UTC))  # a Friday
    assert friday_night.holds(datetime(2026, 11, 21, 5, 59, tzinfo=UTC))
    assert not friday_night.holds(datetime(2026, 11, 20, 5, tzinfo=UTC))
    assert not friday_night.holds(datetime(2026, 11, 21, 23, tzinfo=UTC))
    sunday_night = When(windows=(Window(time(22), time(6)),), weekdays=frozenset({6}))
    assert sunday_night.overlaps(When(windows=(Window(time(5), time(7)),), weekdays=frozenset({0})))
    assert When().covers(sunday_night)
    assert not sunday_night.covers(When())


@pytest.mark.parametrize("rule_id", REGISTRY)
def test_every_rule_is_one_plain_sentence_with_its_value(rule_id: str) -> None:
    kind_ = REGISTRY[rule_id]
    more = {"by": "07:00"} if rule_id == "battery.target_soc" else {"when": "16:00-21:00", "days": "weekends"}
    example = {"40-60": "50.0 V"}.get(f"{kind_.least:g}-{kind_.most:g}", kind_.unit.example)
    (policy,) = rule(rule_id, example, **more)
    sentence = kind_.sentence(policy)
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    assert "{" not in sentence
    if kind_.no is None:
        assert (units.value_told(policy.value, kind_.unit)) in sentence
    assert ("07:00" if "by" in more else "(16:00–21:00, on weekends)") in sentence


def test_a_sentence_names_the_device_and_the_exception() -> None:
    (policy,) = rule("miner.start_soc", "60 %", device="S21", default="yes")
    assert REGISTRY[policy.rule].sentence(policy) == (
        "S21 may start at a state of charge (SOC) of 60 % or more, unless its own setting says otherwise."
    )
