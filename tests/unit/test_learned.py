"""What is kept of the example lines is what they teach."""

from collections.abc import Iterator
from pathlib import Path
import shutil

import numpy as np
import pytest

from custom_components.energy_orchestrator.assist import learned
from custom_components.energy_orchestrator.assist.heard import Heard, hear
from custom_components.energy_orchestrator.assist.language import EXAMPLES, LANGUAGES, examples_of, load
from custom_components.energy_orchestrator.assist.learned import EXAMPLE_DEVICES, STEP, Learned
from custom_components.energy_orchestrator.assist.likeness import Likeness
from custom_components.energy_orchestrator.assist.recognise import _SURER, SURE, _most_like
from tests.assist.corpus import lines

STALE = "what the examples teach has changed: run script/learn"


@pytest.fixture(scope="module")
def kept() -> Learned:
    found = learned.kept()
    assert found is not None, STALE
    return found


@pytest.fixture(scope="module")
def now() -> Learned:
    return learned.learn({code: examples_of(code) for code in LANGUAGES})


def every_line() -> Iterator[Heard]:
    """Yield every line of the examples and the corpus, taken apart."""
    for code in LANGUAGES:
        for said in {line.say for line in lines(code)}:
            yield hear(said, load(code), EXAMPLE_DEVICES)


def test_what_is_kept_is_what_the_examples_teach_now(kept: Learned, now: Learned) -> None:
    assert kept.lines == now.lines, STALE
    assert kept.likeness.topics == now.likeness.topics, STALE
    assert kept.likeness.features == now.likeness.features, STALE
    assert np.allclose(kept.likeness.rarity, now.likeness.rarity), STALE
    # Half a step is rounding; the other half is left to how another machine adds up.
    assert np.abs(kept.likeness.weights - now.likeness.weights).max() <= STEP, STALE


def test_every_line_means_the_same_by_what_is_kept(kept: Learned, now: Learned) -> None:
    for heard in every_line():
        (topic, sure), (topic_now, sure_now) = (
            _most_like(heard, known.likeness.scores(heard.features)) for known in (kept, now)
        )
        assert topic == topic_now, heard.spotted.text
        assert sure == pytest.approx(sure_now, abs=10 * STEP), heard.spotted.text
        assert [sure < limit for limit in (SURE, _SURER)] == [sure_now < limit for limit in (SURE, _SURER)]


def test_the_same_is_the_same_file(kept: Learned, tmp_path: Path) -> None:
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    learned.keep(kept, first)
    again = learned.kept(first)
    assert again is not None
    learned.keep(again, second)
    assert first.read_bytes() == second.read_bytes()
    assert again.lines == kept.lines
    assert np.array_equal(again.likeness.weights, kept.likeness.weights)
    assert learned.KEPT.stat().st_size < 1_500_000


def test_what_was_learned_from_other_lines_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fresh = Learned({}, Likeness.learn([("status", {"battery": 1.0})]))
    monkeypatch.setattr(learned, "learn", lambda examples: fresh)
    assert learned.learned.__wrapped__() is not fresh, STALE
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    monkeypatch.setattr(learned, "EXAMPLES", tmp_path / "examples")
    assert learned.learned.__wrapped__() is not fresh, "the same lines elsewhere are the same lines"
    with (tmp_path / "examples" / "de.yaml").open("a", encoding="utf-8") as file:
        file.write("# one more word\n")
    assert learned.kept() is None
    assert learned.learned.__wrapped__() is fresh


def test_without_a_whole_file_it_is_learned(tmp_path: Path) -> None:
    path = tmp_path / "learned.npz"
    assert learned.kept(path) is None
    path.write_bytes(learned.KEPT.read_bytes()[:300_000])
    assert learned.kept(path) is None, "a file that is not whole is none"
