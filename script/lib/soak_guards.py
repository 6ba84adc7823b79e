"""Guards that can be taken away: without one of them the soak has to find the promise it keeps broken."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from custom_components.energy_orchestrator.control import commands, dispatcher
from custom_components.energy_orchestrator.control.command import Stage
from custom_components.energy_orchestrator.control.dispatcher import Dispatcher
from custom_components.energy_orchestrator.control.obedience import Obedience
from custom_components.energy_orchestrator.control.persons import Persons
from custom_components.energy_orchestrator.control.writes import DeadBand
from custom_components.energy_orchestrator.inputs.doubt import Watch
from custom_components.energy_orchestrator.model.readings import Reading
from custom_components.energy_orchestrator.model.site import Mode
from custom_components.energy_orchestrator.planner.moment import battery_optimizer, protection
from custom_components.energy_orchestrator.planner.moment.circumstances import Circumstances

type _Change = tuple[object, str, Any]
"""Whose attribute is set to what."""


def _gate() -> list[_Change]:
    through = Dispatcher.async_dispatch

    async def dispatch(self: Dispatcher, decisions: Any, readings: Any, ledger: Any, mode: Mode) -> None:
        await through(self, decisions, readings, ledger, Mode.AUTOMATIC)

    return [(Dispatcher, "async_dispatch", dispatch)]


def _spacing() -> list[_Change]:
    """Also the dead band, which keeps most of what spacing would have to."""
    return [
        (dispatcher, "SPACING", dict.fromkeys(Stage, timedelta())),
        (Dispatcher, "_was_polled", lambda *_: True),
        (DeadBand, "worth_it", lambda *_: True),
    ]


def _giving_up() -> list[_Change]:
    return [(Obedience, "given_up", lambda *_: False)]


def _least_times() -> list[_Change]:
    return [
        (Circumstances, "hours_in_state", lambda *_: float("inf")),
        (commands, "_in_state", lambda *_: timedelta.max),
    ]


def _doubt() -> list[_Change]:
    def judge(_: Watch, reading: Reading[float], *_others: object) -> Reading[float]:
        return reading

    return [(Watch, "judge", judge)]


def _people() -> list[_Change]:
    return [(Persons, "notice", lambda *_: None)]


def _release() -> list[_Change]:
    async def release(_: Dispatcher) -> None:
        pass

    return [(Dispatcher, "async_release", release), (Dispatcher, "_hand_back", release)]


def _import_limit() -> list[_Change]:
    def nothing_over(*_: object) -> float:
        return 0.0

    return [(module, "over_import_w", nothing_over) for module in (battery_optimizer, protection)]


GUARDS: Final[Mapping[str, Callable[[], list[_Change]]]] = {
    "gate": _gate,
    "spacing": _spacing,
    "giving up": _giving_up,
    "least times": _least_times,
    "doubt": _doubt,
    "people": _people,
    "release": _release,
    "import limit": _import_limit,
}
"""Every guard that can be taken away, by name."""


@contextmanager
def without(guard: str | None) -> Iterator[None]:
    """Take a guard away for a while; None takes none."""
    with ExitStack() as changed:
        for whose, name, to in GUARDS[guard]() if guard is not None else ():
            changed.enter_context(patch.object(whose, name, to))
        yield
