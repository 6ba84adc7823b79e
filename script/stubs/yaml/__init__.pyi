# What the integration uses of PyYAML: for the owner's documents composing a tree of text, for our own files safe_load.
from collections.abc import Iterator
from typing import Any

class Mark:
    line: int
    column: int

class YAMLError(Exception): ...

class MarkedYAMLError(YAMLError):
    problem: str | None
    problem_mark: Mark | None
    context_mark: Mark | None

class Event:
    start_mark: Mark

class AliasEvent(Event): ...
class CollectionStartEvent(Event): ...
class CollectionEndEvent(Event): ...

class Node:
    value: Any
    start_mark: Mark

class ScalarNode(Node):
    value: str

class SequenceNode(Node):
    value: list[Node]

class MappingNode(Node):
    value: list[tuple[Node, Node]]

class BaseLoader: ...

def parse(stream: str, Loader: type[BaseLoader]) -> Iterator[Event]: ...
def compose(stream: str, Loader: type[BaseLoader]) -> Node | None: ...
def safe_load(stream: str | bytes) -> Any: ...
