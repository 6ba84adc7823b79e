"""The owner's knowledge in Home Assistant: one folder for all sites, watched, indexed, its mistakes told as repairs."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, LOGGER
from .knowledge.documents import Document
from .knowledge.policies import unknown_devices
from .knowledge.problem import Kind, KnowledgeProblem
from .knowledge.rules import REGISTRY
from .knowledge.search import Hit, Index
from .knowledge.shelf import Inode, Shelf, restored
from .model.policy import Policy
from .stores import async_read, store_of

FOLDER: Final = ("energy_orchestrator", "knowledge")
STARTER: Final = "house_rules.md"
# Changes are found by looking: watching files would not see those made over a network share.
LOOK_EVERY: Final = timedelta(seconds=30)
ISSUE_PREFIX: Final = "knowledge_"
_LIBRARY: HassKey[Library] = HassKey(f"{DOMAIN}.library")
_MOST_PER_FILE: Final = 8
_LONGEST_RULE: Final = 12
"""Lines a rule has at most, the first of them its name."""


class Library:
    """All documents and policies of this Home Assistant. Policies and problems are those of the last look."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._shelf = Shelf(Path(hass.config.path(*FOLDER)))
        self._store = store_of(hass, "knowledge")
        self._index = Index()
        self._lock = asyncio.Lock()
        self._listeners: list[CALLBACK_TYPE] = []
        self._entries: set[str] = set()
        self._stop: CALLBACK_TYPE | None = None
        self._saved: dict[str, str] = {}
        self._saved_place: Inode | None = None
        self.policies: tuple[Policy, ...] = ()
        self.problems: tuple[KnowledgeProblem, ...] = ()
        self.documents: tuple[Document, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder of the documents."""
        return self._shelf.folder

    @property
    def sentences(self) -> list[str]:
        """Every policy as a sentence, with where it is written."""
        return [f"{REGISTRY[policy.rule].sentence(policy)} ({policy.citation})" for policy in self.policies]

    def search(self, query: str, limit: int = 5) -> list[Hit]:
        """Return the best sections for a question. Blocking, a few milliseconds: run it in the executor."""
        return self._index.search(query, limit)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` when policies have changed; return what ends that."""
        self._listeners.append(listener)

        @callback
        def remove() -> None:
            self._listeners.remove(listener)

        return remove

    async def async_reload(self) -> None:
        """Read every document again now."""
        async with self._lock:
            self._shelf.forget_stamps()
            await self._hass.async_add_executor_job(self._shelf.accept)
            await self._async_look()

    async def async_fix(self, file: str, line: int, old: str, new: str) -> bool:
        """Change one word of one line, as a fix flow asks; return whether the line still was as it was told."""
        async with self._lock:
            done = await self._hass.async_add_executor_job(_fix, self.folder, self._shelf.path_of(file), line, old, new)
            await self._async_look()
        return done

    async def async_open(self, entry: ConfigEntry[Any]) -> None:
        """Be there for a site: the first one opens the library, the last one to go closes it."""
        async with self._lock:
            if not self._entries:
                await self._async_begin()
            self._entries.add(entry.entry_id)
            self._tell()  # a new site brings devices
        entry.async_on_unload(lambda: self._leave(entry))

    async def _async_begin(self) -> None:
        self._shelf.currency = self._hass.config.currency
        stored, _ = await async_read(self._store)
        self._saved = restored(stored.get("good"))
        self._shelf.good = dict(self._saved)
        self._shelf.place = self._saved_place = _place_of(stored.get("place"))
        if not self._saved:  # else the folder is away, not yet to be made
            await self._hass.async_add_executor_job(_write_starter, self.folder)
        await self._async_look()
        self._stop = async_track_time_interval(
            self._hass, self._async_look_again, LOOK_EVERY, name=f"{DOMAIN} knowledge", cancel_on_shutdown=True
        )

    @callback
    def _leave(self, entry: ConfigEntry[Any]) -> None:
        self._entries.discard(entry.entry_id)
        if self._entries:
            return
        if self._stop is not None:
            self._stop()
            self._stop = None
        self._index.close()
        self._hass.data.pop(_LIBRARY, None)
        _show(self._hass, {})

    async def _async_look_again(self, _: datetime) -> None:
        if self._lock.locked():
            return
        async with self._lock:
            await self._async_look()

    async def _async_look(self) -> None:
        """Read what changed, take it over, and tell of it."""
        changed = await self._hass.async_add_executor_job(self._shelf.refresh)
        if changed:
            index = await self._hass.async_add_executor_job(Index, self._shelf.documents, self._shelf.policies)
            self._index = index  # searches under way keep the old one alive
            self.documents = self._shelf.documents
            if (self._shelf.good, self._shelf.place) != (self._saved, self._saved_place):
                self._saved, self._saved_place = dict(self._shelf.good), self._shelf.place
                await self._store.async_save({"good": self._saved, "place": self._saved_place})
        policies = self._shelf.policies
        if policies != self.policies:
            self.policies = policies
            LOGGER.debug("%d policies in force", len(policies))
            for listener in tuple(self._listeners):
                listener()
        self._tell()

    @callback
    def _tell(self) -> None:
        """Show the problems as they are, devices of all sites known by now."""
        devices: dict[str, list[str]] = {}
        sites: list[str] = []
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            sites.append(entry.title)
            for subentry in entry.subentries.values():
                devices.setdefault(subentry.subentry_type, []).extend((subentry.title, subentry.subentry_id))
        self.problems = (*self._shelf.problems, *unknown_devices(self.policies, devices, sites))
        _show(self._hass, {_issue_id(problem): problem for problem in _most_telling(self.problems)})


def library_of(hass: HomeAssistant) -> Library | None:
    """Return the library, None while no site is set up."""
    return hass.data.get(_LIBRARY)


async def async_open_library(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Library:
    """Return the library, opened for a site until that is unloaded."""
    if _LIBRARY not in hass.data:
        hass.data[_LIBRARY] = Library(hass)
    library = hass.data[_LIBRARY]
    await library.async_open(entry)
    return library


# ---- Repair issues


def _place_of(stored: object) -> Inode | None:
    if isinstance(stored, list) and len(stored) == len([one for one in stored if type(one) is int]) == 2:
        return stored[0], stored[1]
    return None


def _most_telling(problems: Iterable[KnowledgeProblem]) -> Iterator[KnowledgeProblem]:
    """Yield the first problems of each file, and of the others how many there are: the list is for people."""
    by_file: dict[str, list[KnowledgeProblem]] = {}
    for problem in problems:
        by_file.setdefault(problem.file, []).append(problem)
    for file, found in by_file.items():
        yield from found[:_MOST_PER_FILE]
        if len(found) > _MOST_PER_FILE:
            yield KnowledgeProblem(file, 0, Kind.MANY, {"count": str(len(found) - _MOST_PER_FILE)})


def _issue_id(problem: KnowledgeProblem) -> str:
    other = problem.placeholders.get("other_line", "")
    return f"{ISSUE_PREFIX}{problem.kind}_{problem.file}_{problem.line}_{other}"


@callback
def _show(hass: HomeAssistant, problems: dict[str, KnowledgeProblem]) -> None:
    """Create an issue per problem and delete those that are solved."""
    known = [key for key in ir.async_get(hass).issues if key[0] == DOMAIN and key[1].startswith(ISSUE_PREFIX)]
    for domain, issue_id in known:
        if issue_id not in problems:
            ir.async_delete_issue(hass, domain, issue_id)
    for issue_id, problem in problems.items():
        fix = problem.fix
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=fix is not None,
            is_persistent=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=f"{ISSUE_PREFIX}{problem.kind}{'_fixable' if fix else ''}",
            translation_placeholders={"file": problem.file, "line": str(problem.line), **problem.placeholders},
            data={"file": problem.file, "line": problem.line, "old": fix.old, "new": fix.new} if fix else None,
        )


# ---- Files, in the executor


def _write_starter(folder: Path) -> None:
    """Make the folder, with the starter document in it. A folder that is there is the owner's: nothing is written."""
    try:
        folder.mkdir(parents=True)
        text = (Path(__file__).parent / "knowledge" / "starter.md").read_text(encoding="utf-8")
        (folder / STARTER).write_text(text, encoding="utf-8")
    except FileExistsError:
        return
    except OSError as err:
        LOGGER.warning("The knowledge folder %s cannot be made: %s", folder, err)


def _fix(folder: Path, path: Path, number: int, old: str, new: str) -> bool:
    """Put `new` for `old` in the rule that begins at a line, where it stands once; the file is replaced in one step."""
    if not path.resolve().is_relative_to(folder.resolve()):
        return False
    try:
        lines = path.read_bytes().decode("utf-8").splitlines(keepends=True)
        rule = range(max(0, number - 1), min(len(lines), number - 1 + _LONGEST_RULE))
        at = next((index for index in rule if old and lines[index].count(old) == 1), None)
        if at is None:
            return False
        lines[at] = lines[at].replace(old, new)
        with NamedTemporaryFile("wb", dir=path.parent, prefix=".", delete=False) as written:
            written.write("".join(lines).encode("utf-8"))
        Path(written.name).chmod(path.stat().st_mode)
        Path(written.name).replace(path)
    except OSError, UnicodeDecodeError:
        return False
    return True
