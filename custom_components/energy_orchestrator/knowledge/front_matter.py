"""The front matter of a document as plain text, lists and mappings with their lines. Nothing in it can do harm.

Every scalar stays text: no date, no sixty-based time, no `no` that means false. Aliases, anchors and tags are refused, as
are depth and size beyond what a person writes.
"""

from dataclasses import dataclass
from typing import Final

import yaml

from .problem import Kind, NotUnderstoodError

LARGEST: Final = 64 * 1024
_DEEPEST: Final = 8
_MOST_EVENTS: Final = 20_000

type Plain = str | list["Item"] | dict[str, "Item"]


class BrokenError(NotUnderstoodError):
    """Front matter that cannot be read, at a line of it (1 is its first)."""

    def __init__(self, kind: Kind, line: int, **placeholders: str) -> None:
        """Keep the line."""
        super().__init__(kind, **placeholders)
        self.line = line


@dataclass(frozen=True, slots=True)
class Item:
    """A value and the line it begins on (1 is the first of the front matter). `key_line`: its key's, 0 without one."""

    value: Plain
    line: int
    key_line: int = 0

    @property
    def text(self) -> str:
        """The value where it is text, else nothing."""
        return self.value if isinstance(self.value, str) else ""


def read(text: str) -> Item:
    """Return front matter as items. Raises `BrokenError` for what is not plain, small YAML."""
    if len(text) > LARGEST:
        raise BrokenError(Kind.TOO_COMPLEX, 1, detail=f"more than {LARGEST // 1024} KB of rules")
    try:
        _check(text)
        node = yaml.compose(text, Loader=yaml.BaseLoader)  # builds a tree of text and constructs no objects
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        raise BrokenError(Kind.BROKEN, mark.line + 1 if mark else 1, detail=_plain(err.problem)) from err
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as err:
        if isinstance(err, BrokenError):
            raise
        raise BrokenError(Kind.BROKEN, 1, detail=_plain(str(err))) from err
    return Item("", 1) if node is None else _item(node)


def _plain(text: str | None) -> str:
    """One short line that a text for people may hold."""
    return " ".join((text or "not readable").split())[:120].replace("{", "(").replace("}", ")").replace("<", "(")


def _check(text: str) -> None:
    """Walk the events, before any tree is built, and refuse what could grow."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.BaseLoader)):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BrokenError(Kind.TOO_COMPLEX, line, detail="anchors and aliases (& and *) are not allowed")
        if getattr(event, "tag", None) not in (None, "!"):
            raise BrokenError(Kind.TOO_COMPLEX, line, detail="tags (!) are not allowed")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST or count > _MOST_EVENTS:
            raise BrokenError(Kind.TOO_COMPLEX, line, detail="nested too deeply, or too long")


def _item(node: yaml.Node, key_line: int = 0) -> Item:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Item([_item(child) for child in node.value], line, key_line)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Item] = {}
        for key, child in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in found:
                raise BrokenError(Kind.BROKEN, key.start_mark.line + 1, detail=f"{_plain(name)} stands here twice")
            found[name] = _item(child, key.start_mark.line + 1)
        return Item(found, line, key_line)
    return Item(str(node.value), line, key_line)
