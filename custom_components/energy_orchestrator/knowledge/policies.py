"""From a document's front matter to policies, and what is wrong with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
import difflib
from typing import Any, Final

from ..model.policy import ADDING_UP, Citation, DateRange, Policy, Rule, When, is_stricter, same_name
from . import front_matter, meant, rules, units
from .documents import Document
from .front_matter import BrokenError, Item
from .problem import Fix, Kind, KnowledgeProblem, NotUnderstoodError
from .times import read_dates, read_months, read_weekdays, read_windows, target_window

_KEYS: Final = (
    "rule",
    "value",
    "device",
    "site",
    "when",
    "by",
    "days",
    "months",
    "dates",
    "section",
    "default",
    "note",
)


@dataclass(slots=True)
class Read:
    """What a document's front matter says."""

    policies: list[Policy] = field(default_factory=list)
    problems: list[KnowledgeProblem] = field(default_factory=list)


def read_policies(document: Document, currency: str | None) -> Read:
    """Return a document's policies; each that is wrong is a problem instead, and the others are read all the same."""
    return _Reader(document, currency).read()


class _Reader:
    """One document."""

    def __init__(self, document: Document, currency: str | None) -> None:
        self.document = document
        self.currency = currency
        self.result = Read()
        self.events: dict[str, tuple[DateRange, ...]] = {}

    def read(self) -> Read:
        self._front(self.document.front or "")
        self._below()
        return self.result

    def _front(self, text: str) -> None:
        try:
            top = front_matter.read(text)
        except BrokenError as err:
            if meant.speaks_of_rules(text):  # what other tools keep there is no business of ours
                self._problem(err.line, err.kind, err.placeholders)
            return
        if not isinstance(top.value, dict):
            if meant.holds_rules(top):
                self._problem(top.line, Kind.MISPLACED, {"name": meant.POLICIES, "expected": "policies:"})
            return
        self._stray_keys(top.value)
        self._events(top.value.get(meant.EVENTS))
        self._groups(top.value.get(meant.POLICIES))

    def _stray_keys(self, top: Mapping[str, Item]) -> None:
        """Tell of keys under which something of ours stands and is not read."""
        for key, item in top.items():
            if key in (meant.POLICIES, meant.EVENTS) or (wanted := meant.meant_key(key, item)) is None:
                continue
            fix = Fix(key, wanted) if meant.near_key(key) and wanted not in top else None
            self._problem(item.key_line, Kind.STRAY_KEY, {"name": _short(key), "expected": f"{wanted}:"}, fix)

    def _below(self) -> None:
        """Tell of the first rule that is written out below the front matter, where none is read."""
        first = next(meant.written(self.document.body), None)
        if first is None:
            return
        line, name = first
        self.result.problems.append(
            KnowledgeProblem(
                self.document.file,
                line + self.document.body_line - 1,
                Kind.ALSO_BELOW if self.result.policies else Kind.NOT_AT_TOP,
                {"rule": _short(name)},
            )
        )

    def _problem(self, line: int, kind: Kind, placeholders: Mapping[str, str], fix: Fix | None = None) -> None:
        at = line + self.document.front_line - 1
        self.result.problems.append(KnowledgeProblem(self.document.file, at, kind, placeholders, fix))

    def _events(self, item: Item | None) -> None:
        if item is None or item.value == "":
            return
        if not isinstance(item.value, dict):
            self._problem(item.line, Kind.MISPLACED, {"name": "events", "expected": "storm: 2026-12-01 to 2026-12-03"})
            return
        for name, days in item.value.items():
            try:
                self.events[name] = read_dates(_listed(days))
            except NotUnderstoodError as err:
                self._problem(days.line, err.kind, err.placeholders)

    def _groups(self, item: Item | None) -> None:
        """Policies as one list, or as a list under each section's heading."""
        if item is None or item.value == "":
            return
        groups = item.value.items() if isinstance(item.value, dict) else [(None, item)]
        for section, listed in groups:
            if not isinstance(listed.value, list):
                self._problem(
                    listed.line,
                    Kind.MISPLACED,
                    {"name": section or "policies", "expected": "- rule: miner.start_soc"},
                )
                continue
            for entry in listed.value:
                self._entry(entry, section)

    def _entry(self, entry: Item, section: str | None) -> None:
        if not isinstance(entry.value, dict):
            self._problem(entry.line, Kind.MISPLACED, {"name": "policies", "expected": "- rule: miner.start_soc"})
            return
        fields = dict(entry.value)
        short = [key for key in fields if "." in key and key not in _KEYS]
        if "rule" not in fields and len(short) == 1:  # `- miner.start_soc: 60 %`
            value = fields.pop(short[0])
            fields |= {"rule": Item(short[0], value.line), "value": value}
        for key, item in fields.items():
            if key not in _KEYS:
                close = difflib.get_close_matches(key, _KEYS, n=1)
                self._problem(
                    item.line,
                    Kind.UNKNOWN_KEY,
                    {"name": _short(key), "expected": close[0] if close else ", ".join(_KEYS)},
                )
                return
        name = fields["rule"].text.strip() if "rule" in fields else ""
        line = fields["rule"].line if "rule" in fields else entry.line
        if name not in rules.NAMES:
            self._unknown_rule(line, name)
            return
        if "value" not in fields or fields["value"].value in ("", [], {}):
            self._problem(line, Kind.NO_VALUE, {"rule": name, "expected": _example(name)})
            return
        try:
            self.result.policies.extend(self._policies(name, line, fields, section))
        except NotUnderstoodError as err:
            at = fields.get(_WHERE.get(err.kind, "value"), fields["value"]).line
            self._problem(at, err.kind, {"rule": name, **err.placeholders})

    def _unknown_rule(self, line: int, name: str) -> None:
        close = rules.nearest(name) if name else None
        fix = Fix(name, close) if close else None
        self._problem(
            line, Kind.UNKNOWN_RULE, {"name": _short(name) or "?", "expected": close or ", ".join(rules.NAMES[:5])}, fix
        )

    def _policies(self, name: str, line: int, fields: Mapping[str, Item], section: str | None) -> Iterator[Policy]:
        written = _listed(fields["value"])
        common: dict[str, Any] = {
            "citation": self._citation(name, line, fields, section),
            "device": _name(fields, "device"),
            "site": _name(fields, "site"),
            "when": self._when(name, fields),
            "default": "default" in fields and bool(units.read_value(fields["default"].text, units.ALLOWED)),
        }
        if name == rules.BATTERY_RANGE:
            least, most = units.read_span(written, units.FRACTION)
            if not 0 <= least < most <= 1:
                raise NotUnderstoodError(Kind.IMPOSSIBLE, value=written, least="0 %", most="100 %")
            yield Policy(rule=Rule.BATTERY_MIN_SOC, value=least, **common)
            yield Policy(rule=Rule.BATTERY_MAX_SOC, value=most, **common)
            return
        kind = rules.REGISTRY[name]
        value = units.read_value(written, kind.unit, currency=self.currency)
        if isinstance(value, float) and not kind.least <= value <= kind.most:
            raise NotUnderstoodError(
                Kind.IMPOSSIBLE,
                value=_short(written),
                least=kind.unit.told(kind.least),
                most=kind.unit.told(kind.most),
            )
        if kind.unit is units.COUNT and isinstance(value, float) and value != int(value):
            raise NotUnderstoodError(Kind.WRONG_UNIT, value=_short(written), expected=kind.unit.example)
        yield Policy(rule=kind.rule, value=value, **common)

    def _when(self, name: str, fields: Mapping[str, Item]) -> When:
        found: dict[str, Any] = {}
        readers: dict[str, tuple[str, Callable[[str], Any]]] = {
            "when": ("windows", read_windows),
            "days": ("weekdays", read_weekdays),
            "months": ("months", read_months),
            "dates": ("dates", lambda text: read_dates(text, self.events)),
        }
        for key, (attribute, read) in readers.items():
            if key in fields:
                found[attribute] = read(_listed(fields[key]))
        if name == Rule.BATTERY_TARGET_SOC:
            if "by" not in fields or "when" in fields:
                raise NotUnderstoodError(Kind.WRONG_TIME, value=f"{name} without a time", expected="by: 07:00")
            found["windows"] = (target_window(fields["by"].text),)
        elif "by" in fields:
            raise NotUnderstoodError(
                Kind.WRONG_TIME, value=f"by: {_short(fields['by'].text)}", expected="when: 16:00-21:00"
            )
        return When(**found)

    def _citation(self, name: str, line: int, fields: Mapping[str, Item], group: str | None) -> Citation:
        """Cite the section that is named, or else the first whose heading speaks of what the rule is about."""
        headings = [section.heading for section in self.document.sections if section.heading]
        at = line + self.document.front_line - 1
        wanted = fields["section"].text if "section" in fields else group
        if wanted:
            known = next((heading for heading in headings if same_name(heading, wanted)), None)
            if known is None:
                close = difflib.get_close_matches(wanted, headings, n=1)
                self._problem(
                    line, Kind.UNKNOWN_SECTION, {"name": _short(wanted), "expected": close[0] if close else "?"}
                )
            return Citation(self.document.title, known or _short(wanted), at, self.document.file)
        kind = name.partition(".")[0]
        speaking = (heading for heading in headings[1:] if kind in heading.casefold())
        return Citation(self.document.title, next(speaking, ""), at, self.document.file)


_WHERE: Final = {Kind.WRONG_TIME: "when"}


def _listed(item: Item) -> str:
    """Return text, or a list of texts as one."""
    if isinstance(item.value, list):
        return ", ".join(child.text for child in item.value)
    return item.text


def _name(fields: Mapping[str, Item], key: str) -> str | None:
    return fields[key].text.strip()[:100] or None if key in fields else None


def _short(text: str) -> str:
    return " ".join(text.split())[:60].replace("{", "(").replace("}", ")")


def _example(name: str) -> str:
    return "20-80 %" if name == rules.BATTERY_RANGE else rules.REGISTRY[name].unit.example


# ---- What does not go together


def contradictions(policies: Iterable[Policy]) -> Iterator[KnowledgeProblem]:
    """Yield a problem per pair of policies of which one can never have its way, naming both places.

    A stricter policy for one device or for some of the time is no contradiction: it tightens. A looser one is.
    """
    by_rule: dict[Rule, list[Policy]] = {}
    for policy in policies:
        if policy.rule not in ADDING_UP and not policy.default:
            by_rule.setdefault(policy.rule, []).append(policy)
    for found in by_rule.values():
        for index, one in enumerate(found):
            for other in found[:index]:
                if _contradict(one, other):
                    yield _contradiction(one, other)
    yield from _crossed(by_rule)


def _contradict(one: Policy, other: Policy) -> bool:
    if one.value == other.value or not _meet(one, other):
        return False
    strict, loose = (one, other) if is_stricter(one.rule, one.number, other.number) else (other, one)
    narrower = _narrower(strict, loose)
    return not narrower


def _meet(one: Policy, other: Policy) -> bool:
    """Whether two policies can be about the same device at the same time."""
    for a, b in ((one.device, other.device), (one.site, other.site)):
        if a is not None and b is not None and not same_name(a, b):
            return False
    return one.when.overlaps(other.when)


def _narrower(strict: Policy, loose: Policy) -> bool:
    """Whether the stricter is about a part of what the looser is about, which then holds for the rest."""
    device = loose.device is None and strict.device is not None
    time = loose.when.covers(strict.when) and not strict.when.covers(loose.when)
    within = (loose.device is None or strict.device is not None) and loose.when.covers(strict.when)
    return within and (device or time)


# The first must stay below the second.
_ORDERED: Final = (
    (Rule.BATTERY_MIN_SOC, Rule.BATTERY_MAX_SOC),
    (Rule.BATTERY_RESERVE_SOC, Rule.BATTERY_MAX_SOC),
    (Rule.BATTERY_TARGET_SOC, Rule.BATTERY_MAX_SOC),
    (Rule.MINER_STOP_SOC, Rule.MINER_START_SOC),
    (Rule.MINER_EMERGENCY_SOC, Rule.MINER_START_SOC),
    (Rule.MINER_STOP_VOLTAGE, Rule.MINER_START_VOLTAGE),
    (Rule.MINER_MIN_HOURS, Rule.MINER_MAX_HOURS),
)


def _crossed(by_rule: Mapping[Rule, list[Policy]]) -> Iterator[KnowledgeProblem]:
    for low, high in _ORDERED:
        for below in by_rule.get(low, ()):
            for above in by_rule.get(high, ()):
                if below.number > above.number and _meet(below, above):
                    yield _contradiction(below, above)


def _contradiction(one: Policy, other: Policy) -> KnowledgeProblem:
    return KnowledgeProblem(
        one.citation.file,
        one.citation.line,
        Kind.CONTRADICTION,
        {
            "rule": one.rule.value,
            "value": units.value_told(one.value, rules.REGISTRY[one.rule].unit),
            "other_rule": other.rule.value,
            "other_value": units.value_told(other.value, rules.REGISTRY[other.rule].unit),
            "other_file": other.citation.file,
            "other_line": str(other.citation.line),
        },
    )


def unknown_devices(
    policies: Iterable[Policy], devices: Mapping[str, Iterable[str]], sites: Iterable[str]
) -> Iterator[KnowledgeProblem]:
    """Yield a problem per policy about a device or site that is not there.

    `devices`: by kind (`battery`, `miner`), ids and names. The policy waits for its device to appear.
    """
    for policy in policies:
        asked = ((policy.device, tuple(devices.get(policy.rule.kind, ()))), (policy.site, tuple(sites)))
        for name, known in asked:
            if name is None or any(same_name(name, other) for other in known):
                continue
            close = difflib.get_close_matches(name.casefold(), {k.casefold(): k for k in known}, n=1, cutoff=0.6)
            meant = next((k for k in known if close and k.casefold() == close[0]), None)
            yield KnowledgeProblem(
                policy.citation.file,
                policy.citation.line,
                Kind.UNKNOWN_DEVICE,
                {"name": _short(name), "rule": policy.rule.value, "expected": meant or ", ".join(known[:8]) or "?"},
                Fix(name, meant) if meant else None,
            )
