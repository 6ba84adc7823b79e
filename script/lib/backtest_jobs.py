"""Plays (week, runner) jobs on all cores, keeps each result, and goes on from what was kept.

What is kept is found again only by the same series, site and terms, played by the same code.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
import json
from multiprocessing import get_context
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
import signal
import sys
from time import monotonic
from typing import Protocol, TextIO

from pure import ROOT

from custom_components.energy_orchestrator.backtest.play import PLANNERS, Played, Terms, play
from custom_components.energy_orchestrator.backtest.span import RecordedSpan
from custom_components.energy_orchestrator.model.codec import decode, encode

_CODE = ROOT / "custom_components" / "energy_orchestrator"
_LIBRARIES = ("highspy", "numpy")
# What planning takes against what playing without it takes, in the progress shown.
_PLANNING_TAKES = 20
_LOOK_S = 1.0
_TELL_EVERY_S = 30.0
_BAR = 40


@dataclass(frozen=True, slots=True)
class Job:
    """A week, by one who runs it."""

    span: RecordedSpan
    runner: str

    @property
    def effort(self) -> int:
        """How long it takes, roughly."""
        return self.span.days * (_PLANNING_TAKES if self.runner in PLANNERS else 1)

    @property
    def name(self) -> str:
        """What its result is kept as."""
        return f"{self.span.first}+{self.span.days} {self.runner}.json"


def fingerprint(series: Path, site: object, terms: Terms) -> str:
    """Return a name for all that a result depends on but its week and its runner."""
    seen = sha256(series.read_bytes())
    for file in sorted(_CODE.rglob("*.py")):
        seen.update(file.read_bytes())
    seen.update(repr((site, terms, [version(name) for name in _LIBRARIES])).encode())
    return seen.hexdigest()[:16]


def played(
    jobs: Sequence[Job], terms: Terms, *, kept_in: Path, processes: int, progress: Progress
) -> Mapping[str, Played]:
    """Return what each job came to, by its name; what was kept is not played again. An interruption keeps what is done."""
    kept_in.mkdir(parents=True, exist_ok=True)
    results = {job.name: kept for job in jobs if (kept := _kept(kept_in / job.name)) is not None}
    # The longest first, so that no core is left with one at the end.
    open_jobs = sorted((job for job in jobs if job.name not in results), key=lambda job: -job.effort)
    if not open_jobs:
        return results
    context = get_context("spawn")
    shares: SynchronizedArray[float] = context.Array("d", len(open_jobs))
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(shares,)) as pool:
        running: dict[Future[Played], Job] = {
            pool.submit(_play, index, job, terms): job for index, job in enumerate(open_jobs)
        }
        try:
            while running:
                done, _ = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                for future in done:
                    job = running.pop(future)
                    results[job.name] = future.result()
                    _keep(kept_in / job.name, results[job.name])
                progress.show(open_jobs, shares[:], left=len(running))
        except BaseException:
            pool.terminate_workers()
            raise
    return results


_SHARES: list[SynchronizedArray[float]] = []


def _begin(shares: SynchronizedArray[float]) -> None:
    """Let this process tell how far it is. An interruption is for whoever started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _SHARES[:] = [shares]


def _play(index: int, job: Job, terms: Terms) -> Played:
    (shares,) = _SHARES

    def told(share: float) -> None:
        shares[index] = share

    return play(job.span, job.runner, terms, told=told)


def _kept(file: Path) -> Played | None:
    try:
        return decode(Played, json.loads(file.read_text(encoding="utf-8")))
    except OSError, ValueError:
        return None


def _keep(file: Path, result: Played) -> None:
    partial = file.with_suffix(".part")
    partial.write_text(json.dumps(encode(result)), encoding="utf-8")
    partial.replace(file)


class Effort(Protocol):
    """Something that takes long."""

    @property
    def effort(self) -> float:
        """How long it takes, roughly, in any unit."""
        ...


class Progress:
    """Says on a stream how far all is: a bar where it is a terminal, now and then a line elsewhere."""

    def __init__(self, stream: TextIO = sys.stderr, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._begun = self._told = clock()

    def show(self, jobs: Sequence[Effort], shares: Sequence[float], *, left: int) -> None:
        """Say how much of the jobs is done."""
        now = self._clock()
        whole = sum(job.effort for job in jobs)
        share = sum(job.effort * part for job, part in zip(jobs, shares, strict=True)) / whole
        words = f"{share:4.0%}, {left} of {len(jobs)} to go, {now - self._begun:.0f} s"
        if self._stream.isatty():
            bar = "█" * round(_BAR * share)
            self._stream.write(f"\r{bar:░<{_BAR}} {words} " + ("" if left else "\n"))
        elif now - self._told >= _TELL_EVERY_S:
            self._told = now
            self._stream.write(f"{words}\n")
        self._stream.flush()
