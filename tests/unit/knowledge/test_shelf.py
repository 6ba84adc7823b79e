"""The folder of documents: what is read, what is refused, and that nothing in it can do harm."""

import os
from pathlib import Path
import time

from hypothesis import HealthCheck, example, given, settings, strategies as st
import pytest

from custom_components.energy_orchestrator.knowledge.documents import read_document
from custom_components.energy_orchestrator.knowledge.policies import contradictions, read_policies
from custom_components.energy_orchestrator.knowledge.problem import Kind
from custom_components.energy_orchestrator.knowledge.search import Index
from custom_components.energy_orchestrator.knowledge.shelf import LARGEST_BYTES, Shelf, restored

RULES = "---\npolicies:\n  Miners:\n    - {rule: miner.start_soc, value: %s}\n---\n# House\n\n## Miners\n\nText.\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "knowledge")


def put(shelf: Shelf, name: str, text: str | bytes) -> None:
    path = shelf.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    shelf.forget_stamps()


def values(shelf: Shelf) -> list[object]:
    return [policy.value for policy in shelf.policies]


def kinds(shelf: Shelf) -> list[Kind]:
    return [problem.kind for problem in shelf.problems]


def test_changes_are_seen_and_only_those(shelf: Shelf) -> None:
    assert not shelf.refresh()
    put(shelf, "deep/house.md", RULES % "60 %")
    assert shelf.refresh()
    assert values(shelf) == [0.6]
    assert shelf.policies[0].citation.file == "deep/house.md"
    assert not shelf.refresh()
    put(shelf, "deep/house.md", RULES % "70 %")
    assert shelf.refresh()
    assert values(shelf) == [0.7]
    (shelf.folder / "deep" / "house.md").unlink()
    assert shelf.refresh()
    assert values(shelf) == []
    assert shelf.documents == ()


def test_a_broken_file_keeps_its_last_good_version(shelf: Shelf) -> None:
    put(shelf, "house.md", RULES % "60 %")
    shelf.refresh()
    put(shelf, "house.md", (RULES % "70 %").replace("policies:", "policies: ["))
    shelf.refresh()
    assert kinds(shelf) == [Kind.BROKEN]
    assert values(shelf) == [0.6]
    put(shelf, "house.md", b"\xff\xfe no text")
    shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([Kind.NOT_TEXT], [0.6])
    # Over a restart too.
    again = Shelf(shelf.folder, good=restored({**shelf.good, "other.md": 7}))
    again.refresh()
    assert values(again) == [0.6]
    put(shelf, "house.md", RULES % "55 %")
    shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([], [0.55])


def test_without_a_last_good_version_the_good_policies_hold(shelf: Shelf) -> None:
    put(shelf, "house.md", (RULES % "60 %").replace("---\n# House", "    - {rule: coffee, value: 3}\n---\n# House"))
    shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([Kind.UNKNOWN_RULE], [0.6])


def test_contradictions_between_files_are_told_and_both_stay(shelf: Shelf) -> None:
    put(shelf, "a.md", RULES % "60 %")
    put(shelf, "b.md", RULES % "70 %")
    shelf.refresh()
    assert kinds(shelf) == [Kind.CONTRADICTION]
    assert values(shelf) == [0.6, 0.7]


def test_what_is_no_document_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(RULES % "1 %")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "more.md").write_text(RULES % "2 %")
    put(shelf, "fine.md", RULES % "60 %")
    put(shelf, "large.md", "x" * 1_000_000)
    put(shelf, "binary.md", b"\x89PNG\r\n\x1a\n\0\0\0")
    put(shelf, "latin.md", "Übermäßig".encode("latin-1"))
    put(shelf, "note.txt", RULES % "3 %")
    put(shelf, ".hidden.md", RULES % "4 %")
    (shelf.folder / "link.md").symlink_to(secret)
    (shelf.folder / "linked").symlink_to(tmp_path / "elsewhere")
    (shelf.folder / "circle.md").symlink_to(shelf.folder / "circle.md")
    (shelf.folder / "inside.md").symlink_to(shelf.folder / "fine.md")
    os.mkfifo(shelf.folder / "pipe.md")
    shelf.refresh()
    told = {problem.file: problem.kind for problem in shelf.problems}
    assert told == {
        "large.md": Kind.TOO_LARGE,
        "binary.md": Kind.NOT_TEXT,
        "latin.md": Kind.NOT_TEXT,
        "link.md": Kind.OUTSIDE,
        "circle.md": Kind.UNREADABLE,
        "pipe.md": Kind.UNREADABLE,
    }
    assert {policy.value for policy in shelf.policies} == {0.6}
    assert LARGEST_BYTES < 1_000_000


def test_there_is_an_end_to_files(shelf: Shelf) -> None:
    for number in range(503):
        put(shelf, f"{number:04}.md", "# A\n")
    shelf.refresh()
    assert kinds(shelf) == [Kind.TOO_MANY]
    assert len(shelf.documents) == 500


def digest(text: str) -> None:
    """Do all that is done with a document."""
    document = read_document("any.md", text)
    read = read_policies(document, "EUR")
    list(contradictions(read.policies))
    index = Index([document], read.policies)
    index.search(text[:300])
    index.close()


WORDS = st.sampled_from(
    [
        "policies:",
        "events:",
        "- rule:",
        " miner.start_soc",
        "value:",
        " 60 %",
        "when:",
        "16:00-21:00",
        "---",
        "\n",
        "  ",
        "&a",
        "*a",
        "!!python/name:os.system",
        "[",
        "{",
        "}",
        "]",
        '"',
        "'",
        "|",
        ">",
        "? ",
        ": ",
        "#",
        "\t",
        "\x85",
        "\u2028",
    ]
)


@settings(max_examples=150, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.text(), st.lists(WORDS, max_size=60).map("".join).map(lambda text: f"---\npolicies:\n{text}\n---\n# A\n")
    )
)
@example("---\npolicies:\n  - {rule: grid.import, value: \0}\n---")
@example("---\n" + "policies: " + "[" * 4000 + "\n---\n")
@example("---\npolicies:\n" + " " * 5000 + "- a\n---\n")
@example("---\npolicies: " + "\\" * 5000 + "\n---\n")
@example("---\npolicies:\n  - rule: battery.range\n    value: 9999999999999-1 %\n---\n")
@example("# " + "#" * 10_000)
@example("---\npolicies:\n  - {rule: miner.quiet_hours, value: " + "1-2, " * 2000 + "}\n---\n")
def test_no_text_does_harm(text: str) -> None:
    digest(text)


@settings(max_examples=60, deadline=2_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2_000))
def test_no_bytes_do_harm(shelf: Shelf, data: bytes) -> None:
    put(shelf, "any.md", data)
    shelf.refresh()
    assert all(problem.file == "any.md" for problem in shelf.problems)


@pytest.mark.parametrize(
    "unit", ["[", "{a: ", "- ", "a: b\n", "- - - a\n", '"', "? ", "'x' : ", "| \n", "é", "#", "`", "* ", "\n# "]
)
def test_the_largest_files_are_read_in_time(unit: str) -> None:
    begun = time.perf_counter()
    digest("---\npolicies:\n  " + unit * (60_000 // len(unit)) + "\n---\n# A\n")
    digest("# A\n" + unit * (LARGEST_BYTES // len(unit)))
    assert time.perf_counter() - begun < 20


def test_rules_outlive_a_folder_that_is_away(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "house.md", RULES % "60 %")
    shelf.refresh()
    shelf.folder.rename(tmp_path / "share")
    assert shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([Kind.FOLDER_GONE], [0.6])
    assert not shelf.refresh()
    shelf.folder.mkdir()  # the empty place where a share was mounted
    shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([Kind.FOLDER_GONE], [0.6])
    again = Shelf(shelf.folder, good=restored(shelf.good), place=shelf.place)
    again.refresh()
    assert (kinds(again), values(again)) == ([Kind.FOLDER_GONE], [0.6]), "over a restart too"
    shelf.folder.rmdir()
    (tmp_path / "share").rename(shelf.folder)
    assert shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([], [0.6])


def test_documents_that_are_taken_out_are_no_rules_any_more(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "house.md", RULES % "60 %")
    shelf.refresh()
    (shelf.folder / "house.md").unlink()
    shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([], [])
    put(shelf, "house.md", RULES % "60 %")
    shelf.refresh()
    shelf.folder.rename(tmp_path / "old")
    shelf.folder.mkdir()
    shelf.refresh()
    assert values(shelf) == [0.6]
    shelf.accept()  # the owner says that this is how it is
    shelf.refresh()
    assert (kinds(shelf), values(shelf)) == ([], [])


@pytest.mark.parametrize(
    "name",
    [
        b"line\nbreak\x07.md",
        b"sur\xff\xferogate.md",
        b"<img src=x onerror=alert(1)>.md",
        b"[click](x) `code` **bold**.md",
        b"{placeholder}.md",
        "\u202eright to left.md".encode(),
        b"n" * 250 + b".md",
    ],
)
def test_a_name_is_made_fit_to_be_shown(shelf: Shelf, name: bytes) -> None:
    shelf.folder.mkdir()
    path = os.path.join(os.fsencode(shelf.folder), name)  # noqa: PTH118 - bytes
    for number, odd in enumerate((path, path[:-4] + b"\x01.md")):
        with open(odd, "wb") as file:  # noqa: PTH123
            file.write((RULES % f"{60 + number} %").encode())
    shelf.refresh()
    assert sorted(map(str, values(shelf))) == ["0.6", "0.61"]
    for policy in shelf.policies:
        told = policy.citation.file
        assert told.isprintable()
        assert told.encode()
        assert len(told) <= 125
        assert not set(told) & set("<>[]`*|\\{}")
        assert shelf.path_of(told).exists()
        assert str(policy.citation).encode()
