"""Markdown documents: front matter, title and sections, each with its line."""

from dataclasses import dataclass
from pathlib import PurePosixPath
import re
from typing import Final

from .meant import written

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
    """One file. `front` is its front matter without the fences, which begins on `front_line`; None where there is none.

    `body` is what stands below it, from `body_line` on.
    """

    file: str
    title: str
    sections: tuple[Section, ...]
    front: str | None
    front_line: int
    body: str
    body_line: int


def read_document(file: str, text: str) -> Document:
    """Return a document. Any text is one."""
    lines = text.removeprefix("\ufeff").splitlines()
    front, front_at, body_at = _front(lines)
    sections = tuple(_sections(lines, body_at))
    return Document(
        file=file,
        title=_title(lines, body_at, file),
        sections=sections,
        front=front,
        front_line=front_at + 1,
        body="\n".join(lines[body_at:]),
        body_line=body_at + 1,
    )


def _front(lines: list[str]) -> tuple[str | None, int, int]:
    """Return the front matter, and the indices of its first line and of the first line after it.

    Nothing but blank lines and comments may stand before it. One that is never closed is all there is.
    """
    opening = _opening(lines)
    if opening is None:
        return None, 0, 0
    at = opening + 1
    for index in range(at, len(lines)):
        if lines[index].rstrip() in ("---", "..."):
            return "\n".join(lines[at:index]), at, index + 1
    front = "\n".join(lines[at:])
    rules = re.search(r"^policies:", front, re.MULTILINE) or next(written(front), None)
    return (front, at, len(lines)) if rules else (None, 0, 0)


def _opening(lines: list[str]) -> int | None:
    """Return the index of the line that opens the front matter."""
    comment = False
    for index, line in enumerate(lines):
        text = line.strip()
        if not comment and line.rstrip() == "---":
            return index
        comment = comment or text.startswith("<!--")
        if text and not comment:
            return None
        if comment and "-->" in text:
            if not text.endswith("-->"):
                return None
            comment = False
    return None


def _title(lines: list[str], body_at: int, file: str) -> str:
    for line in lines[body_at:]:
        if (found := _HEADING.match(line)) and len(found[1]) == 1 and found[2]:
            return found[2][:_LONGEST_HEADING]
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
