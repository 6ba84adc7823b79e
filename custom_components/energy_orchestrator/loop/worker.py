"""Solving in threads of our own, and questions that are asked twice.

Home Assistant's shared executor is everyone's, for jobs that mostly wait. A plan takes a core for seconds, and every
thread that ever solved keeps memory for it. So all sites of a Home Assistant share one thread for the plans of their
loops and one for people's questions, which thus never wait for a loop's plan, nor the other way round.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
import ctypes
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..planner.programme.highs import stopped_by

# A solve that is stopped ends within milliseconds; its thread is waited for this long at most.
ENDS_WITHIN_S: Final = 2.0


@dataclass(slots=True, eq=False)
class _Thread:
    """A thread and the workers that use it; the last of them ends it."""

    pool: ThreadPoolExecutor
    users: set[Worker] = field(default_factory=set)


_THREADS: Final[HassKey[dict[str, _Thread]]] = HassKey(f"{DOMAIN}.threads")


class WorkerStoppedError(HomeAssistantError):
    """The site is being unloaded: what was being worked out will not come."""

    def __init__(self) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key="site_unloaded")


class Worker:
    """One site's work in the thread of a name, which does one job after another."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        self._hass = hass
        self._name = name
        self._jobs: dict[asyncio.Future[Any], Event] = {}
        self._closed = False

    async def async_do[T](self, work: Callable[[], T]) -> T:
        """Return what the work returns. It is stopped where its asker is cancelled.

        Raises `WorkerStoppedError` after or during shutdown.
        """
        if self._closed:
            raise WorkerStoppedError
        stop = Event()
        job = asyncio.wrap_future(self._thread().pool.submit(_run, work, stop))
        self._jobs[job] = stop
        try:
            return await job
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            raise WorkerStoppedError from None  # it is the job that was cancelled
        finally:
            stop.set()
            del self._jobs[job]

    async def async_shutdown(self) -> None:
        """Stop the site's work; the last site's shutdown ends the thread."""
        self._closed = True
        for job, stop in self._jobs.items():
            stop.set()
            job.cancel()
        threads = self._hass.data.get(_THREADS, {})
        thread = threads.get(self._name)
        if thread is None or self not in thread.users:
            return
        thread.users.remove(self)
        if thread.users:
            return
        del threads[self._name]
        ended = self._hass.async_add_executor_job(partial(thread.pool.shutdown, cancel_futures=True))
        await asyncio.wait([ended], timeout=ENDS_WITHIN_S)

    def _thread(self) -> _Thread:
        """Return the thread of the name, begun with the first work in it."""
        threads = self._hass.data.setdefault(_THREADS, {})
        thread = threads.get(self._name)
        if thread is None:
            pool = ThreadPoolExecutor(1, thread_name_prefix=f"{DOMAIN}_{self._name}")
            thread = threads[self._name] = _Thread(pool)
        thread.users.add(self)
        return thread


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _run[T](work: Callable[[], T], stop: Event) -> T:
    try:
        with stopped_by(stop):
            return work()
    finally:
        _give_back()


def _malloc_trim() -> Callable[[int], Any] | None:
    """Return glibc's function; musl and other systems have none, and give memory back by themselves."""
    try:
        trim: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except AttributeError, OSError, TypeError:
        return None
    return trim


_TRIM: Final = _malloc_trim()


def _give_back() -> None:
    """Give the memory that solving took back to the system: glibc would keep it for this thread, a hundred MB or two."""
    if _TRIM is not None:
        _TRIM(0)


@dataclass(slots=True, eq=False)
class _Shared:
    task: asyncio.Task[Any]
    waiting: int = 0


class Twins:
    """Answers that are on their way: who asks the same meanwhile waits for the same."""

    def __init__(self, begin: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]) -> None:
        """Give the function that makes a task."""
        self._begin = begin
        self._pending: dict[Hashable, _Shared] = {}

    async def async_answer[T](self, key: Hashable, answer: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the answer for a key. It is given up once everybody has stopped waiting for it."""
        shared = self._pending.get(key)
        if shared is None:
            shared = self._pending[key] = _Shared(self._begin(answer()))
            shared.task.add_done_callback(_retrieve)
        shared.waiting += 1
        try:
            await asyncio.wait([shared.task])
        finally:
            shared.waiting -= 1
            if not shared.waiting:
                shared.task.cancel()
                del self._pending[key]
        if shared.task.cancelled():
            raise WorkerStoppedError
        found: T = shared.task.result()
        return found


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Look at how it ended: where nobody waits any more, nobody else would."""
    if not task.cancelled():
        task.exception()


@asynccontextmanager
async def in_time(seconds: float) -> AsyncGenerator[None]:
    """Give up what takes longer, waiting included, with a `HomeAssistantError`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="no_answer_in_time",
            translation_placeholders={"seconds": f"{seconds:g}"},
        ) from err
