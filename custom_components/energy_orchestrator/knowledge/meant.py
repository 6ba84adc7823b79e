"""What was surely meant for a rule, though it stands where none is read: under another key, or away from the top."""

from collections.abc import Iterator
import difflib
from functools import lru_cache
import re
from typing import Final
import unicodedata

from ..model.policy import Rule
from . import rules, units
from .front_matter import Item
from .problem import NotUnderstoodError

POLICIES: Final = "policies"
EVENTS: Final = "events"

# Words for rules, without accents. Slips of the pen are found by likeness to our own two keys.
_SINGULAR: Final = "policy"
_RULES: Final = frozenset(
    {
        *(
            "rule",
            "rules",
            "houserules",
            "regel",
            "regeln",
            "hausregeln",
            "richtlinie",
            "richtlinien",
            "regle",
            "regles",
        ),
        *("politiques", "regla", "reglas", "politicas", "regels", "huisregels", "richtlijn", "richtlijnen"),
    }
)
_NEAR: Final = 0.8
_NEAR_NAME: Final = 0.85
_KINDS: Final = frozenset(rule.kind for rule in Rule)
_LONGEST_NAME: Final = 60

# One line that may be a rule: `- miner.start_soc: 60 %`, or the first of one that goes on below: `- rule: miner.start_soc`.
_WRITTEN: Final = re.compile(
    r"""^[ \t>*\[{"'-]*
    (?P<named>(?:rule|id|name|regel|r[eè]gle|regla)["']?[ \t]*:[ \t]*["']?)?
    (?P<name>[a-z]{1,20}\.[a-z_-]{1,40})["']?[ \t]*
    (?::[ \t]+["']?(?P<value>[^#"'}]{1,80})|[,}\]#]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_KEY: Final = re.compile(r"""^[ \t{]*["']?(?P<key>[^\W\d_][\w -]{0,30}?)["']?[ \t]*:""")
_FENCE: Final = re.compile(r"^ {0,3}(?:`{3,}|~{3,})(?P<info>.*)")
_EXAMPLE: Final = re.compile(r"example|e\.g\.|beispiel|z\. ?B\.|exemple|ejemplo|voorbeeld|bijv\.", re.IGNORECASE)


def near_key(key: str) -> str | None:
    """Return which of our two keys one is a slip of, or a word for; None for any other."""
    letters = _letters(key)
    if letters == _SINGULAR or letters in _RULES:
        return POLICIES
    near = difflib.get_close_matches(letters, (POLICIES, EVENTS), n=1, cutoff=_NEAR)
    return near[0] if near else None


def meant_key(key: str, value: Item) -> str | None:
    """Return which of our two keys a document's top-level key was surely meant to be; None for a note's own key.

    `key` is none of ours as it is written. Anything that holds rules belongs under `policies`.
    """
    if holds_rules(Item({key: value}, value.line)):
        return POLICIES
    near = near_key(key)
    if near == EVENTS:
        return near if isinstance(value.value, dict) else None
    own_word = _letters(key) in _RULES and isinstance(value.value, str)  # `rule: be kind`
    return None if own_word else near


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text[:_LONGEST_NAME]).casefold()
    return "".join(letter for letter in plain if letter.isalpha())


def holds_rules(item: Item) -> bool:
    """Whether a rule stands anywhere in it."""
    if isinstance(item.value, str):
        return next(written(item.value), None) is not None
    if isinstance(item.value, list):
        return any(holds_rules(child) for child in item.value)
    keys = {key.casefold() for key in item.value}
    named = any(_is_name(child.text) for child in item.value.values())
    if {"rule", "value"} <= keys or (named and len(keys) > 1):
        return True
    return any(
        (_is_name(key) and child.value not in ("", [], {})) or holds_rules(child) for key, child in item.value.items()
    )


def speaks_of_rules(text: str) -> bool:
    """Whether front matter that cannot be read was to hold rules, as far as its lines tell."""
    keys = {found["key"] for line in text.splitlines() if (found := _KEY.match(line))}
    return any(map(near_key, keys)) or next(written(text), None) is not None


def written(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line of a text (1 is its first) that writes a rule out, with the rule's name; examples are none."""
    for number, line in _said_in_earnest(text.splitlines()):
        found = _WRITTEN.match(line)
        if found and _is_name(found["name"]) and (found["named"] or _fits(found["name"], found["value"])):
            yield number, found["name"]


def _said_in_earnest(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines but for comments, and for fenced blocks that an example is announced for."""
    fenced = example = comment = False
    before = ""
    for number, line in enumerate(lines, start=1):
        if mark := _FENCE.match(line):
            fenced = not fenced
            example = fenced and _EXAMPLE.search(f"{before} {mark['info']}") is not None
        comment = comment or "<!--" in line
        if not example and not comment:
            yield number, line
        comment = comment and "-->" not in line
        before = line if line.strip() else before


@lru_cache(maxsize=1024)
def _is_name(text: str) -> bool:
    """Whether a text names a rule, or nearly."""
    name = text.strip().casefold().replace("-", "_")
    if name.partition(".")[0] not in _KINDS or len(name) > _LONGEST_NAME:
        return False
    return bool(difflib.get_close_matches(name, rules.NAMES, n=1, cutoff=_NEAR_NAME))


def _fits(name: str, value: str | None) -> bool:
    """Whether a value is one of the rule that a name means, so that this is no mere talk about the rule."""
    known = rules.nearest(name)
    if known is None or value is None:
        return False
    try:
        if known == rules.BATTERY_RANGE:
            units.read_span(value, units.FRACTION)
        else:
            units.read_value(value, rules.REGISTRY[known].unit)
    except NotUnderstoodError:
        return False
    return True
