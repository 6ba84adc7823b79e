"""Whether what is measured adds up: what sun, grid and batteries give is what house and miners take.

One poll that breaks the sum is doubted; a sum that does not add up for ten minutes has a cause that people can mend, and
the cause is found by trying: a single sign turned round, the miners counted in or out, a sensor that stands still.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# What does not add up for so long is no lag of a meter.
MISMATCH_LASTS: Final = timedelta(minutes=10)
# A jump that is still there after so long is none.
_JUMP_LASTS: Final = timedelta(seconds=90)
# Meters err, inverters lose some percent, and meters of one moment are seconds apart: more of that in a single look.
_OFF_W: Final = 500.0
_OFF: Final = 0.1
# What nothing explains is named only where it is more than a wallbox that the load does not see.
_UNEXPLAINED_W: Final = 1000.0
_UNEXPLAINED: Final = 0.35
_JUMP_W: Final = 2000.0
_JUMP: Final = 0.2


class Cause(StrEnum):
    """Why a sum does not add up."""

    GRID_SIGN = "grid_sign"
    BATTERY_SIGN = "battery_sign"
    MINERS_IN_LOAD = "miners_in_load"
    FROZEN = "frozen"
    LOAD_BELOW_ZERO = "load_below_zero"
    UNKNOWN = "unknown"


class Flow(StrEnum):
    """What flows."""

    SOLAR = "solar_w"
    LOAD = "load_w"
    GRID = "grid_w"
    BATTERY = "power_w"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured flow: W, + into the house. `device_id`: None for the site's own."""

    flow: Flow
    watts: float
    device_id: str | None = None
    source: str | None = None

    @property
    def key(self) -> tuple[Flow, str | None]:
        """What it is, whatever it reads."""
        return self.flow, self.device_id


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A cause, the device and entity it lies with (None: the site; not one alone), since when, and what is missing, W."""

    cause: Cause
    since: datetime
    off_w: float
    device_id: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """All flows of one moment. Without a meter of the load among them they must come to what it is: 0 or more.

    `miners_w`: what the miners are measured to draw; `with_miners`: whether the load's meter counts them.
    """

    flows: tuple[Measured, ...]
    miners_w: float = 0.0
    with_miners: bool = True

    @property
    def total_w(self) -> float:
        """What is left over."""
        return sum(one.watts for one in self.flows) - (0.0 if self.with_miners or not self.metered else self.miners_w)

    @property
    def metered(self) -> bool:
        """Whether the load is measured, and not what is left."""
        return any(one.flow is Flow.LOAD for one in self.flows)

    @property
    def throughput_w(self) -> float:
        """What flows through the house, as far as the signs are right."""
        return (sum(abs(one.watts) for one in self.flows) + (0.0 if self.with_miners else self.miners_w)) / 2

    @property
    def tolerance_w(self) -> float:
        """What may be left over."""
        return _OFF_W + _OFF * self.throughput_w

    def fits(self, total_w: float) -> bool:
        """Whether a total is what it should be."""
        return total_w >= -self.tolerance_w and (total_w <= self.tolerance_w or not self.metered)

    def causes(self) -> set[tuple[Cause, str | None]]:
        """Return what would make it add up if it were put right, each by itself."""
        turned = {Flow.GRID: Cause.GRID_SIGN, Flow.BATTERY: Cause.BATTERY_SIGN}
        found = {
            (turned[one.flow], one.device_id)
            for one in self.flows
            if one.flow in turned and self.fits(self.total_w - 2 * one.watts)
        }
        counted_w = self.miners_w if not self.with_miners else -self.miners_w
        if self.metered and self.fits(self.total_w + counted_w):
            found.add((Cause.MINERS_IN_LOAD, None))
        return found


@dataclass(slots=True)
class _Off:
    """A sum that does not add up: since when, what may be the cause throughout, and who has moved."""

    since: datetime
    causes: set[tuple[Cause, str | None]]
    began: dict[tuple[Flow, str | None], float]
    moved: set[tuple[Flow, str | None]] = field(default_factory=set)


@dataclass(slots=True)
class Balance:
    """The sums of one site over time. `mismatch`: what is to be named."""

    mismatch: Mismatch | None = None
    _off: _Off | None = None
    _fitted: Mapping[tuple[Flow, str | None], float] | None = None
    _jumped_since: datetime | None = None

    def jumped(self, flows: Sum | None, now: datetime) -> tuple[Flow, str | None] | None:
        """Return the one flow that alone has left a balance all were in a moment ago; None where there is none."""
        if flows is None or not flows.metered:
            self._fitted = None
            return None
        watts = {one.key: one.watts for one in flows.flows}
        most_w = _JUMP_W + _JUMP * flows.throughput_w
        if abs(flows.total_w) <= most_w:
            self._fitted, self._jumped_since = watts, None
            return None
        if self._fitted is None or self._fitted.keys() != watts.keys():
            return None
        self._jumped_since = self._jumped_since or now
        if now - self._jumped_since >= _JUMP_LASTS:
            self._fitted = None
            return None
        moved = [key for key, value in watts.items() if abs(value - self._fitted[key]) > _JUMP_W / 2]
        if len(moved) != 1:
            return None
        (key,) = moved
        clouded = key[0] is Flow.SOLAR and 0 < watts[key] < self._fitted[key]  # seen by its own meter first
        return None if clouded else key

    def judge(self, flows: Sum | None, now: datetime) -> None:
        """Notice what does not add up, and for how long."""
        if flows is None:
            self._off = None
            return
        if flows.fits(flows.total_w):
            self._off = None
            if self.mismatch is not None and _tells(self.mismatch, flows):
                self.mismatch = None
            return
        watts = {one.key: one.watts for one in flows.flows}
        causes = flows.causes()
        if self._off is None or self._off.began.keys() != watts.keys():
            self._off = _Off(now, causes, watts)
        self._off.causes &= causes
        self._off.moved |= {key for key, value in watts.items() if value != self._off.began[key]}
        if self.mismatch is not None and self.mismatch.cause is Cause.FROZEN and not self._stands(flows):
            self.mismatch = None
        if now - self._off.since >= MISMATCH_LASTS:
            self.mismatch = _named(self._off, flows) or self.mismatch

    def _stands(self, flows: Sum) -> bool:
        """Whether what was named as frozen has not moved since."""
        moved = self._off.moved if self._off is not None else set()
        return any(
            self.mismatch is not None and one.source == self.mismatch.source and one.key not in moved
            for one in flows.flows
        )


def _named(off: _Off, flows: Sum) -> Mismatch | None:
    """Return the one cause that would explain it all the while, or that there is none; None where it is no matter."""
    if len(off.causes) == 1:
        cause, device_id = next(iter(off.causes))
        flow = {Cause.GRID_SIGN: Flow.GRID, Cause.BATTERY_SIGN: Flow.BATTERY}.get(cause, Flow.LOAD)
        found = [one for one in flows.flows if one.key == (flow, device_id)]
        return Mismatch(cause, off.since, flows.total_w, device_id, _source(found))
    frozen = [one for one in flows.flows if one.watts and one.key not in off.moved]
    if not off.causes and len(frozen) == 1 and len(off.moved) > 1:
        return Mismatch(Cause.FROZEN, off.since, flows.total_w, frozen[0].device_id, frozen[0].source)
    if not flows.metered:
        return Mismatch(Cause.LOAD_BELOW_ZERO, off.since, flows.total_w)
    unexplained = abs(flows.total_w) > _UNEXPLAINED_W + _UNEXPLAINED * flows.throughput_w
    return Mismatch(Cause.UNKNOWN, off.since, flows.total_w) if unexplained else None


def _source(found: Iterable[Measured]) -> str | None:
    return next((one.source for one in found), None)


def _tells(mismatch: Mismatch, flows: Sum) -> bool:
    """Whether a sum that adds up says that a cause is gone: while next to nothing flows there, it would in any case."""
    flow = {Cause.GRID_SIGN: Flow.GRID, Cause.BATTERY_SIGN: Flow.BATTERY}.get(mismatch.cause)
    if flow is not None:
        watts = [one.watts for one in flows.flows if one.key == (flow, mismatch.device_id)]
        return any(abs(one) > flows.tolerance_w for one in watts)
    return mismatch.cause is not Cause.MINERS_IN_LOAD or flows.miners_w > flows.tolerance_w
