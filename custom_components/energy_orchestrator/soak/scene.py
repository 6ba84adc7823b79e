"""What the judge is shown: the truth of a moment, what was told to a device, and what a person chose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ..model.decision import BatteryMode
from ..model.site import Mode

type ToldValue = str | float | bool
"""What an entity is told: an option, a power in W, or on and off."""


class Promise(StrEnum):
    """What is promised to the owner."""

    LEVEL = "no level below the lowest by our doing"
    IMPORT = "no import above the limit by our doing"
    RUNS = "no run or pause cut short but by protection"
    GATE = "nothing sent in monitor or paused"
    WRITES = "no more written than allowed"
    PEOPLE = "no person's choice undone early"
    FORCED = "no forced mode left standing"
    DOUBT = "nothing started, stopped or charged on a doubted reading"
    TIMERS = "no task or timer left"
    GOES_ON = "the loop goes on, whatever it reads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The truth of a moment, by the plant's clock. Powers in W, battery + is charging, grid + is import.

    `shown_grid_w`: what the meter last showed (at `shown_grid_at`), None while it lies.
    `spare_w`: what the panels give more than the house needs. `on`: each unit by its switch.
    `loop`: the mode the loop is in, None where none runs. `decided`: the battery's mode by its last decision.
    `lies`: entities that show what is not so, and whether their device has not been polled again since.
    `disobeys`: ids of devices that have lately not taken commands as they are meant; `level_known`: whether the level has
    been shown as it is for a while.
    """

    at: datetime
    soc: float
    battery_w: float
    grid_w: float
    shown_grid_w: float | None = None
    shown_grid_at: datetime | None = None
    spare_w: float = 0.0
    mode: BatteryMode = BatteryMode.SELF_CONSUMPTION
    on: Mapping[str, bool] = field(default_factory=dict)
    loop: Mode | None = Mode.AUTOMATIC
    decided: BatteryMode | None = None
    lies: Mapping[str, bool] = field(default_factory=dict)
    disobeys: frozenset[str] = frozenset()
    level_known: bool = True

    @property
    def in_control(self) -> bool:
        """Whether the loop drives the devices."""
        return self.loop is Mode.AUTOMATIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One entity told something by us: its new `value`, the `reason` by our own log, and how it stood in truth."""

    entity_id: str
    value: ToldValue
    reason: str
    scene: Scene

    @property
    def at(self) -> datetime:
        """When."""
        return self.scene.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person chose for an entity, and until when it counts. `asked`: of us, rather than done to the device."""

    entity_id: str
    value: ToldValue
    at: datetime
    until: datetime
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A promise broken: when, how long after the beginning, and in which words."""

    promise: Promise
    at: datetime
    words: str


@dataclass(slots=True)
class Record:
    """How often each promise was put to the test, and each time one was broken."""

    tests: dict[Promise, int] = field(default_factory=lambda: dict.fromkeys(Promise, 0))
    breaches: list[Breach] = field(default_factory=list)

    def tested(self, promise: Promise) -> None:
        """Count a test."""
        self.tests[promise] += 1

    def broken(self, promise: Promise, at: datetime, words: str) -> None:
        """Note a breach."""
        self.breaches.append(Breach(promise=promise, at=at, words=words))


SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
