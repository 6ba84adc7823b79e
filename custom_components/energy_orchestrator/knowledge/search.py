"""Search over the owner's documents: SQLite FTS5 in memory, section-sized hits, policies before prose."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
import heapq
import math
import re
import sqlite3
from threading import Lock
from typing import Final

from ..model.policy import Policy
from .documents import Document, Section
from .rules import REGISTRY

# Words for the same thing; a question for one finds all. Phrases are understood too.
_SAME: Final = (
    ("soc", "state of charge", "battery level", "charge level", "battery percentage"),
    ("minimum", "min", "lowest", "least", "floor", "low"),
    ("maximum", "max", "highest", "most", "ceiling"),
    ("threshold", "limit", "level", "setpoint"),
    ("miner", "asic", "rig", "mining"),
    ("reserve", "backup", "outage"),
    ("start", "begin", "switch on", "turn on"),
    ("stop", "pause", "switch off", "turn off", "shut down"),
    ("import", "buy", "purchase"),
    ("export", "sell", "feed in"),
    ("policy", "rule"),
    ("quiet", "silent", "noise"),
    ("solar", "pv", "photovoltaic", "panels"),
    ("surplus", "excess"),
    ("profit", "profitability", "margin"),
    ("critical", "emergency"),
    ("cold", "freezing", "frost"),
    ("temperature", "heat", "hot"),
)
_STOP_WORDS: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "at",
        "be",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "go",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "may",
        "me",
        "much",
        "must",
        "my",
        "of",
        "on",
        "or",
        "our",
        "s",
        "should",
        "so",
        "tell",
        "that",
        "the",
        "there",
        "this",
        "to",
        "was",
        "we",
        "what",
        "whats",
        "when",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
        "your",
    ]
)
_MOST_WORDS: Final = 12
_LONGEST_QUERY: Final = 500
_MOST_HITS: Final = 50
_LONGEST_EXCERPT: Final = 400
# A word in the heading, or in what a policy is about, counts this much more; a policy this much more than prose.
_IN_HEADING: Final = 1.0
_POLICY_BOOST: Final = 1.6
_OF_RANK: Final = 0.2
_CHUNK: Final = 3_000
_MATCHING: Final = "SELECT rowid FROM sections WHERE sections MATCH ?"
_RANKED: Final = """SELECT rowid, title, heading, line, policy, bm25(sections, 2, 4, 4, 1) FROM sections
    WHERE sections MATCH ? ORDER BY rank LIMIT ?"""
_ROW: Final = "SELECT rowid, title, heading, line, policy, 0.0 FROM sections WHERE rowid = ?"
_EXCERPT: Final = """SELECT snippet(sections, 3, '', '', '…', 40) FROM sections
    WHERE sections MATCH ? AND rowid = ?"""
_CANDIDATES: Final = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that answers: where, the part that matches, how well (higher is better), its first line."""

    document: str
    section: str
    excerpt: str
    score: float
    line: int
    is_policy: bool

    def __str__(self) -> str:
        """Return `document › section`."""
        return f"{self.document} › {self.section}" if self.section else self.document


class Index:
    """An index of documents. Searching is safe from any thread; to change what is in it, make another."""

    def __init__(self, documents: Iterable[Document] = (), policies: Iterable[Policy] = ()) -> None:
        """Index every section, and every policy under its section."""
        self._lock = Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        self._base.execute(
            "CREATE VIRTUAL TABLE sections USING fts5(title, heading, about, body, line UNINDEXED, policy UNINDEXED,"
            " tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        rows = [row for document in documents for row in _sections(document)]
        rows += [_policy(policy) for policy in policies]
        self._base.executemany("INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._base.commit()
        self._count = len(rows)

    def search(self, query: str, limit: int = 5) -> list[Hit]:
        """Return the best sections for a question in plain words. Nothing in it is a command to the database."""
        groups = _groups(query)
        if not groups or limit <= 0:
            return []
        everything = " OR ".join(groups)
        with self._lock:
            scores = self._scores(groups)
            best = [self._row(row) for row in heapq.nlargest(_CANDIDATES, scores, key=scores.__getitem__)]
            ranked = {row: -rank for row, *_, rank in self._base.execute(_RANKED, (everything, _CANDIDATES))}
            most = max(ranked.values(), default=0.0) or 1.0
            marks = {
                row: (_POLICY_BOOST if policy else 1.0) * scores[row] + _OF_RANK * max(0.0, ranked.get(row, 0.0)) / most
                for row, _, _, _, policy in best
            }
            best.sort(key=lambda found: (-marks[found[0]], found[0]))
            return self._hits(best, marks, everything, min(limit, _MOST_HITS))

    def close(self) -> None:
        """Let go of the memory; nothing can be found any more."""
        with self._lock:
            self._base.close()

    def __del__(self) -> None:
        self._base.close()

    def _scores(self, groups: list[str]) -> dict[int, float]:
        """Return how much of the question each row answers, rare words counting more; 1 is all of it in the heading."""
        scores: dict[int, float] = {}
        total = 0.0
        for group in groups:
            rows = [row for (row,) in self._base.execute(_MATCHING, (group,))]
            if not rows:
                continue
            worth = math.log(1 + self._count / len(rows))
            total += worth * (1 + _IN_HEADING)
            for row in rows:
                scores[row] = scores.get(row, 0.0) + worth
            for (row,) in self._base.execute(_MATCHING, (f"{{heading about}} : {group}",)):
                scores[row] += worth * _IN_HEADING
        return {row: score / total for row, score in scores.items()}

    def _row(self, row: int) -> tuple[int, str, str, int, int]:
        found = self._base.execute(_ROW, (row,)).fetchone()
        return found[0], found[1], found[2], int(found[3]), int(found[4])

    def _hits(
        self, rows: list[tuple[int, str, str, int, int]], marks: dict[int, float], match: str, limit: int
    ) -> list[Hit]:
        """Return a hit per section; further policies of a section add their sentences to its first."""
        found: dict[tuple[str, str], Hit] = {}
        for row, title, heading, line, policy in rows:
            first = found.get((title, heading))
            if first is None and len(found) == limit:
                continue
            if first is not None and not (policy and first.is_policy and len(first.excerpt) < _LONGEST_EXCERPT):
                continue
            (excerpt,) = self._base.execute(_EXCERPT, (match, row)).fetchone()
            text = _one_line(excerpt)
            hit = first or Hit(title, heading, text, round(marks[row], 6), line, bool(policy))
            found[title, heading] = hit if first is None else replace(hit, excerpt=f"{hit.excerpt} {text}")
        return list(found.values())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sections(document: Document) -> Iterator[tuple[str, str, str, str, int, int]]:
    """Yield the document's sections as rows; long ones in parts."""
    for section in document.sections:
        for line, part in _chunks(section):
            yield document.title, section.heading, "", part, line, 0


def _policy(policy: Policy) -> tuple[str, str, str, str, int, int]:
    """Return a policy as a row of its own: what it is about, and its sentence."""
    kind, where = REGISTRY[policy.rule], policy.citation
    about = f"policy {kind.about} {kind.id.replace('.', ' ').replace('_', ' ')} {policy.device or ''}"
    return where.document, where.section, about, kind.sentence(policy), where.line, 1


def _chunks(section: Section) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of parts that break at lines, and within a line only where that is longer than a part."""
    part: list[str] = []
    size, begun = 0, section.line
    for number, line in enumerate(section.text.splitlines(), start=section.line + 1):
        for piece in (line[at : at + _CHUNK] for at in range(0, max(1, len(line)), _CHUNK)):
            if size + len(piece) > _CHUNK and part:
                yield begun, "\n".join(part)
                part, size, begun = [], 0, number
            part.append(piece)
            size += len(piece)
    yield begun, "\n".join(part)


def _groups(query: str) -> list[str]:
    """Return one FTS5 expression per word of the question: the word or what means the same, all of it quoted."""
    words = re.findall(r"[^\W_]+", query[:_LONGEST_QUERY].casefold())
    text = f" {' '.join(words)} "
    found: dict[str, None] = {}
    for same in _SAME:
        for phrase in same:
            if " " in phrase and f" {phrase} " in text:
                text = text.replace(f" {phrase} ", f" {same[0]} ")
    for word in text.split():
        if word in _STOP_WORDS:
            continue
        alike = next((same for same in _SAME if word in same or word.removesuffix("s") in same), ())
        found["(" + " OR ".join(f'"{other}"' for other in dict.fromkeys((word, *alike))) + ")"] = None
        if len(found) == _MOST_WORDS:
            break
    return list(found)
