"""Faults that can be switched on, and the errors of commands that do not arrive."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LATE_S: Final = 30


class Fault(StrEnum):
    """What can go wrong with a device.

    `unavailable`: its readings are unknown. `stale`: they stay what and when they were. `zero_glitch`: they are all
    zero, as after a failed poll. `refused_command`: it takes no command. `late_command`: it takes them late.
    """

    UNAVAILABLE = "unavailable"
    STALE = "stale"
    ZERO_GLITCH = "zero_glitch"
    REFUSED_COMMAND = "refused_command"
    LATE_COMMAND = "late_command"


class PlantError(Exception):
    """A command the plant did not take."""


class CommandRefusedError(PlantError):
    """The device refused a command that was fine in itself."""

    def __init__(self, device: str) -> None:
        super().__init__(f"{device} refused the command")
        self.device = device


class OutOfRangeError(PlantError, ValueError):
    """A command outside what the device can do."""

    def __init__(self, what: str, value: float, low: float, high: float) -> None:
        super().__init__(f"{what} {value:g} is not within {low:g} to {high:g}")


class UnknownUnitError(PlantError, LookupError):
    """A device or unit that the site does not have."""


@dataclass(frozen=True, slots=True)
class ActiveFaults:
    """The faults of one device that are on; `late_s` is how late its commands take effect."""

    faults: frozenset[Fault] = frozenset()
    late_s: int = LATE_S
