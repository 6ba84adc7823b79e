"""Documents and policies for tests."""

from custom_components.energy_orchestrator.knowledge.documents import Document, read_document
from custom_components.energy_orchestrator.knowledge.policies import Read, read_policies
from custom_components.energy_orchestrator.knowledge.problem import Kind, KnowledgeProblem
from custom_components.energy_orchestrator.model.policy import Policy

# What manuals of such devices talk about.
WORDS = [
    "battery",
    "SOC",
    "state",
    "of",
    "charge",
    "minimum",
    "maximum",
    "level",
    "voltage",
    "inverter",
    "charging",
    "discharging",
    "parameter",
    "setting",
    "default",
    "range",
    "mode",
    "menu",
    "display",
    "cable",
    "fuse",
    "temperature",
    "warning",
    "caution",
    "installation",
    "LiFePO4",
    "lithium",
    "cell",
    "BMS",
    "shunt",
    "grid",
    "export",
    "import",
    "solar",
    "panel",
    "string",
    "MPPT",
    "connect",
    "terminal",
    "torque",
    "ground",
    "ventilation",
    "alarm",
    "fault",
    "code",
    "reset",
    "firmware",
    "miner",
    "hashrate",
    "fan",
    "noise",
    "power",
    "supply",
    "the",
    "a",
    "is",
    "of",
    "to",
    "and",
    "must",
    "should",
    "when",
    "below",
    "above",
    "before",
    "after",
]

BODY = """
# House rules

Prose.

## Battery

About the battery.

## Miners

About the miners.
"""


def document(front: str, *, file: str = "house.md", body: str = BODY) -> Document:
    """Return a document with this front matter."""
    return read_document(file, f"---\n{front.strip(chr(10))}\n---\n{body}")


def read(front: str, **more: str) -> Read:
    """Return what the front matter says, in a house that reckons in euros."""
    return read_policies(document(front, **more), "EUR")


def policies(front: str, **more: str) -> tuple[Policy, ...]:
    """Return the policies of front matter without a mistake."""
    found = read(front, **more)
    assert found.problems == []
    return tuple(found.policies)


def rule(rule_id: str, value: str, **more: str) -> tuple[Policy, ...]:
    """Return one policy."""
    fields = "".join(f"\n      {key}: {text}" for key, text in more.items())
    section = "Miners" if rule_id.startswith("miner") else "Battery"
    return policies(f"policies:\n  {section}:\n    - rule: {rule_id}\n      value: {value}{fields}")


def problem(front: str) -> KnowledgeProblem:
    """Return the one problem of front matter."""
    (found,) = read(front).problems
    return found


def kind(front: str) -> Kind:
    """Return what is wrong with front matter."""
    return problem(front).kind
