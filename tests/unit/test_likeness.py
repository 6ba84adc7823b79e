"""The classifier by itself: it learns, the same every time, and takes anything."""

from hypothesis import given, strategies as st
import pytest

from custom_components.energy_orchestrator.assist.likeness import Likeness

LINES = [
    ("fruit", {"red": 1.0, "apple": 1.0, "eat": 0.5}),
    ("fruit", {"yellow": 1.0, "banana": 1.0, "eat": 0.5}),
    ("fruit", {"eat": 1.0, "pear": 1.0}),
    ("car", {"red": 1.0, "drive": 1.0, "fast": 0.5}),
    ("car", {"blue": 1.0, "drive": 1.0}),
]


def best(likeness: Likeness, features: dict[str, float]) -> str:
    scores = likeness.scores(features)
    return max(scores, key=lambda topic: scores[topic])


def test_lines_are_like_their_topic() -> None:
    likeness = Likeness.learn(LINES)
    assert [best(likeness, features) for _, features in LINES] == [topic for topic, _ in LINES]
    assert best(likeness, {"drive": 1.0, "yellow": 0.2}) == "car"


def test_it_is_the_ridge_regression() -> None:
    """Two lines that share nothing: each multiplier is 1 / (1 + ridge), and nothing is like the other."""
    scores = Likeness.learn([("a", {"x": 2.0}), ("b", {"y": 1.0})]).scores({"x": 5.0})
    assert scores["a"] == pytest.approx(1 / 1.3, abs=1e-5)
    assert scores["b"] == pytest.approx(0.0)


def test_what_is_rare_counts_for_more() -> None:
    likeness = Likeness.learn(LINES)
    assert best(likeness, {"red": 1.0, "apple": 1.0}) == "fruit"
    assert best(likeness, {"red": 1.0, "drive": 1.0}) == "car"


def test_it_is_the_same_every_time() -> None:
    features = {"eat": 1.0, "red": 1.0}
    assert Likeness.learn(LINES).scores(features) == Likeness.learn(LINES).scores(features)


@given(st.dictionaries(st.text(max_size=5), st.floats(0, 10), max_size=8))
def test_unknown_features_count_for_nothing(features: dict[str, float]) -> None:
    likeness = Likeness.learn(LINES)
    strange = {f"?{name}": value for name, value in features.items()}
    assert set(likeness.scores(strange).values()) == {0.0}
    assert likeness.scores(features).keys() == {"fruit", "car"}
