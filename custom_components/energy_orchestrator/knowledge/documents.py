"""Markdown documents: front matter, title and sections, each with its line."""

from dataclasses import dataclass
from pathlib import PurePosixPath
import re
from typing import Final

_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_LONGEST_HEADING: Final = 200


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the text below it up to the next heading. `heading` "" is what stands before the first."""

    heading: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file. `front` is its front matter without the fences, which begins on `front_line`; None where there is none."""

    file: str
    title: str
    sections: tuple[Section, ...]
    front: str | None = None
    front_line: int = 2

    @property
    def rules(self) -> bool:
        """Whether its front matter speaks of policies at all; other tools keep other things there."""
        return (
            self.front is not None and re.search(r"^\s*[\"']?(policies|events)\b", self.front, re.MULTILINE) is not None
        )


def read_document(file: str, text: str) -> Document:
    """Return a document. Any text is one."""
    lines = text.removeprefix("\ufeff").splitlines()
    front, body_at = _front(lines)
    sections = tuple(_sections(lines, body_at))
    named = [section.heading for section in sections if section.heading]
    return Document(
        file=file,
        title=_title(lines, body_at, named, file),
        sections=sections,
        front=front,
    )


def _front(lines: list[str]) -> tuple[str | None, int]:
    """Return the front matter and the index of the first line after it. One that is never closed is all there is."""
    if not lines or lines[0].rstrip() != "---":
        return None, 0
    for index in range(1, len(lines)):
        if lines[index].rstrip() in ("---", "..."):
            return "\n".join(lines[1:index]), index + 1
    front = "\n".join(lines[1:])
    return (front, len(lines)) if re.search(r"^policies:", front, re.MULTILINE) else (None, 0)


def _title(lines: list[str], body_at: int, named: list[str], file: str) -> str:
    for line in lines[body_at:]:
        if (found := _HEADING.match(line)) and len(found[1]) == 1 and found[2]:
            return found[2][:_LONGEST_HEADING]
    del named
    return PurePosixPath(file).stem.replace("_", " ").replace("-", " ").strip().capitalize() or file


def _sections(lines: list[str], body_at: int) -> list[Section]:
    found: list[Section] = []
    heading, at, text = "", body_at + 1, list[str]()
    fence: str | None = None
    for number, line in enumerate(lines[body_at:], start=body_at + 1):
        mark = _FENCE.match(line)
        if mark and (fence is None or (mark[1][0] == fence[0] and len(mark[1]) >= len(fence))):
            fence = None if fence else mark[1]
        title = None if fence else _HEADING.match(line)
        if title is None:
            text.append(line)
            continue
        if heading or any(part.strip() for part in text):
            found.append(Section(heading, at, "\n".join(text).strip()))
        heading, at, text = title[2][:_LONGEST_HEADING], number, []
    if heading or any(part.strip() for part in text):
        found.append(Section(heading, at, "\n".join(text).strip()))
    return found
