"""The folder of documents as it is in force: read again where it changed, broken files at their last good version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import os
from pathlib import Path
import stat
from typing import Final

from ..model.policy import Policy
from ..model.printable import printable
from .documents import Document, read_document
from .policies import Read, contradictions, read_policies
from .problem import Kind, KnowledgeProblem

LARGEST_BYTES: Final = 512 * 1024
MOST_FILES: Final = 500
MOST_BYTES: Final = 32 * 1024 * 1024
LONGEST_NAME: Final = 120
_ENDINGS: Final = (".md", ".markdown")

type Inode = tuple[int, int]

type Stamp = tuple[int, int, int]
"""What tells that a file is the same: time of change in ns, size, inode."""


@dataclass(slots=True)
class _File:
    """One file as it was last read: its document (None where it is none) and what it says."""

    stamp: Stamp
    document: Document | None
    read: Read


@dataclass(slots=True)
class Shelf:
    """All documents of a folder. Blocking: use it off the event loop, from one thread at a time.

    `good`: per file, the text of its last version without a mistake, to be kept over restarts. `place`: which folder it
    was (device and inode), for an unmounted share leaves another, empty one behind.
    """

    folder: Path
    currency: str | None = None
    good: dict[str, str] = field(default_factory=dict)
    place: Inode | None = None
    _files: dict[str, _File] = field(default_factory=dict)
    _refused: list[KnowledgeProblem] = field(default_factory=list)
    _paths: dict[str, Path] = field(default_factory=dict)

    def refresh(self) -> bool:
        """Read what changed since the last time; return whether anything did."""
        if self._is_gone():
            return self._hold()
        found, refused = self._look()
        changed = refused != self._refused or found.keys() != self._files.keys()
        self._refused = refused
        for name in self._files.keys() - found.keys():
            del self._files[name]
            self.good.pop(name, None)
        for name, stamp in found.items():
            if name not in self._files or self._files[name].stamp != stamp:
                self._files[name] = self._read(name, stamp)
                changed = True
        return changed

    def _is_gone(self) -> bool:
        """Whether the folder with the documents is away: nobody removes all of them by removing the folder."""
        here = _place(self.folder)
        if here is None:
            return bool(self._files or self.good)
        if self.place not in (None, here) and (self._files or self.good) and not any(_walk(self.folder)):
            return True
        self.place = here
        return False

    def _hold(self) -> bool:
        """Leave in force what was; return whether that changes anything."""
        lost = KnowledgeProblem(str(self.folder), 0, Kind.FOLDER_GONE, {})
        missing = [name for name in self.good if name not in self._files]
        for name in missing:
            document = read_document(name, self.good[name])
            self._files[name] = _File((0, 0, 0), document, read_policies(document, self.currency))
        changed = bool(missing) or self._refused != [lost]
        self._refused = [lost]
        return changed

    def accept(self) -> None:
        """Take the folder as it is, empty or not, where there is one."""
        self.place = _place(self.folder) or self.place

    def path_of(self, name: str) -> Path:
        """Return where a document lies; its name is made printable."""
        return self._paths.get(name, self.folder / name)

    def forget_stamps(self) -> None:
        """Have every file read again at the next `refresh`."""
        for file in self._files.values():
            file.stamp = (0, 0, 0)

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document, by file name."""
        found = (self._files[name].document for name in sorted(self._files))
        return tuple(document for document in found if document is not None)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Every policy in force, by file name and line."""
        return tuple(policy for name in sorted(self._files) for policy in self._in_force(name))

    @property
    def problems(self) -> tuple[KnowledgeProblem, ...]:
        """Everything that is wrong, by file name and line."""
        told = (problem for name in sorted(self._files) for problem in self._files[name].read.problems)
        return (*self._refused, *told, *contradictions(self.policies))

    def _in_force(self, name: str) -> list[Policy]:
        """The policies of a file: as it stands, or, where it has a mistake, as its last good version had them."""
        file = self._files[name]
        if not any(problem.breaks for problem in file.read.problems) or name not in self.good:
            return file.read.policies
        return read_policies(read_document(name, self.good[name]), self.currency).policies

    def _look(self) -> tuple[dict[str, Stamp], list[KnowledgeProblem]]:
        """Return the files that may be read, and those that must not."""
        found: dict[str, Stamp] = {}
        refused: list[KnowledgeProblem] = []
        inside = self.folder.resolve()
        total = 0
        self._paths = {}
        for told, path in _walk(self.folder):
            name = self._named(told, path)
            problem = None
            try:
                if not path.resolve().is_relative_to(inside):
                    problem = Kind.OUTSIDE
                else:
                    seen = path.stat()
                    total += seen.st_size
                    if not stat.S_ISREG(seen.st_mode):
                        problem = Kind.UNREADABLE
                    elif seen.st_size > LARGEST_BYTES:
                        problem = Kind.TOO_LARGE
                    elif len(found) >= MOST_FILES or total > MOST_BYTES:
                        problem = Kind.TOO_MANY
                    else:
                        found[name] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
            except OSError, RuntimeError:  # gone meanwhile, not permitted, or links in a circle
                problem = Kind.UNREADABLE
            if problem is not None:
                refused.append(KnowledgeProblem(name, 0, problem, {"largest": f"{LARGEST_BYTES // 1024} KB"}))
                if problem is Kind.TOO_MANY:
                    break
        return found, refused

    def _named(self, told: str, path: Path) -> str:
        """Return the name a document goes by: fit to be shown, and no other's."""
        name = plain = printable(told, LONGEST_NAME)
        number = 2
        while name in self._paths:
            name, number = f"{plain} ({number})", number + 1
        self._paths[name] = path
        return name

    def _read(self, name: str, stamp: Stamp) -> _File:
        try:
            with self.path_of(name).open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
            if b"\0" in data:
                raise UnicodeDecodeError("utf-8", data[:1], 0, 1, "binary")
            document = read_document(name, data.decode("utf-8"))
        except UnicodeDecodeError:
            return self._broken(name, stamp, Kind.NOT_TEXT)
        except OSError:
            return self._broken(name, stamp, Kind.UNREADABLE)
        read = read_policies(document, self.currency)
        if not any(problem.breaks for problem in read.problems):
            if read.policies:
                self.good[name] = data.decode("utf-8")
            else:
                self.good.pop(name, None)
        return _File(stamp, document, read)

    @staticmethod
    def _broken(name: str, stamp: Stamp, kind: Kind) -> _File:
        return _File(stamp, None, Read(problems=[KnowledgeProblem(name, 0, kind, {})]))


def _place(folder: Path) -> Inode | None:
    try:
        seen = folder.stat()
    except OSError:
        return None
    return (seen.st_dev, seen.st_ino) if stat.S_ISDIR(seen.st_mode) else None


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each Markdown file's path within the folder; linked folders are not entered, hidden things not seen."""
    for here, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(_ENDINGS) and not name.startswith("."):
                path = Path(here) / name
                yield path.relative_to(folder).as_posix(), path


def restored(good: object) -> dict[str, str]:
    """Return what was kept of good versions, without what is not text."""
    if not isinstance(good, Mapping):
        return {}
    return {name: text for name, text in good.items() if isinstance(text, str) and len(text) <= LARGEST_BYTES}
