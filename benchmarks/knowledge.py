"""How long searching and loading the knowledge folder take: 200 documents of a manual's size.

Run on its own: `.venv/demo/bin/python benchmarks/knowledge.py`, or `measure()` from another benchmark.
"""

from pathlib import Path
import random
import sys
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "script" / "lib"))

import pure  # noqa: F401

from custom_components.energy_orchestrator.knowledge import rules
from custom_components.energy_orchestrator.knowledge.search import Index
from custom_components.energy_orchestrator.knowledge.shelf import Shelf
from tests.unit.knowledge.helper_documents import WORDS

DOCUMENTS: Final = 200
QUESTIONS: Final = (
    "minimum battery SOC",
    "What is the miner SOC threshold policy?",
    "when may the battery be charged from the grid",
    "fault code inverter fan alarm",
    "how do I reset the BMS",
    "export limit",
    "what is the lowest state of charge of the battery before the miners stop",
    "cable torque of the terminals",
)


def _manual(number: int, size: int) -> str:
    dice = random.Random(number)
    # A vocabulary like a language's: a few words everywhere, many rarely.
    rare = [f"{dice.choice(WORDS)}{dice.randrange(2000)}" for _ in range(400)]
    parts, length = [f"# Manual {number}\n"], 0
    while length < size:
        words = [dice.choice(WORDS) if dice.random() < 0.6 else dice.choice(rare) for _ in range(200)]
        parts.append(f"\n## {' '.join(words[:4]).capitalize()}\n\n{' '.join(words)}.\n")
        length += len(parts[-1])
    return "".join(parts)


def measure(documents: int = DOCUMENTS, size: int = 20_000, rounds: int = 40) -> dict[str, Any]:
    """Return the times in ms: search at the median and the 95th percentile, reading the folder, looking for changes."""
    with TemporaryDirectory() as folder:
        for number in range(documents - 1):
            (Path(folder) / f"manual_{number}.md").write_text(_manual(number, size), encoding="utf-8")
        starter = Path(rules.__file__).parent / "starter.md"
        (Path(folder) / "house_rules.md").write_bytes(starter.read_bytes())
        shelf = Shelf(Path(folder), "EUR")
        begun = perf_counter()
        shelf.refresh()
        index = Index(shelf.documents, shelf.policies)
        load_s = perf_counter() - begun
        begun = perf_counter()
        shelf.refresh()
        look_s = perf_counter() - begun
    took, first = [], 0
    for _ in range(rounds):
        for question in QUESTIONS:
            begun = perf_counter()
            hits = index.search(question)
            took.append(perf_counter() - begun)
            first += question == QUESTIONS[0] and hits[0].is_policy
    took.sort()
    return {
        "documents": documents,
        "megabytes": round(documents * size / 1e6, 1),
        "search_median_ms": round(1e3 * took[len(took) // 2], 1),
        "search_p95_ms": round(1e3 * took[int(0.95 * len(took))], 1),
        "load_and_index_ms": round(1e3 * load_s),
        "look_for_changes_ms": round(1e3 * look_s, 1),
        "policy_first": first == rounds,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:22} {value}")
