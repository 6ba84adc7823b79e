"""Hands on a plant: its points as entities, driven by the same calls as devices in Home Assistant, on its own clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
import re
from typing import Any, Final

from ..control.hands import Call, Issue
from ..model.seen import UNAVAILABLE, Seen
from ..settings import Settings
from .ahead import Ahead, hour_of, look_ahead
from .faults import Fault
from .plant import Plant
from .points import STEP_W, DrivenPoint, Point, Spot, entity_name, points_of, shown_at, text_of
from .stored import settings_on

# What a service tells a point.
TOLD: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "turn_on": lambda _: True,
    "turn_off": lambda _: False,
    "set_value": lambda data: data["value"],
    "select_option": lambda data: data["option"],
}


@dataclass(frozen=True, slots=True)
class PlantOrigin:
    """What brought a state about: our calls, a person, or the plant by itself."""

    id: str
    parent_id: str | None = None
    user_id: str | None = None


OURS: Final = PlantOrigin("ours")
A_PERSON: Final = PlantOrigin("person", user_id="person")
ITS_OWN: Final = PlantOrigin("plant")


@dataclass(slots=True, kw_only=True)
class PlantState:
    """What an entity of the plant shows. As in Home Assistant, a report that brings nothing new only moves one time on."""

    entity_id: str
    state: str
    attributes: Mapping[str, Any]
    last_changed: datetime
    last_updated: datetime
    last_reported: datetime
    context: PlantOrigin


@dataclass(eq=False, slots=True)
class _Timer:
    due: datetime
    act: Callable[[], None]


class PlantHands:
    """A plant to look at and to drive. Time passes only by `advance`; `issues` is what people are told."""

    def __init__(self, plant: Plant) -> None:
        self.plant: Final = plant
        self.ahead: Ahead = look_ahead(plant)
        self.issues: dict[str, Issue] = {}
        self._points = {self._entity_id(*place): place for place in points_of(plant.site, self.ahead)}
        self._states: dict[str, PlantState] = {}
        self._timers: list[_Timer] = []
        self.show()

    def settings(self, **options: Any) -> Settings:
        """Return the settings of the plant's site, mapped to its entities, with these options."""
        return settings_on(self.plant, self.ahead, self._entity_id, **options)

    # Time

    def advance(self, to: datetime) -> None:
        """Let time pass until `to`; whoever wanted to be called by then is, at their time. Then all devices report."""
        while due := [timer for timer in self._timers if timer.due <= to]:
            first = min(due, key=lambda timer: timer.due)
            self._cancel(first)
            self._pass_time(first.due)
            first.act()
        self._pass_time(to)

    def _pass_time(self, to: datetime) -> None:
        self.plant.advance(to)
        if hour_of(self.plant.now) != self.ahead.hour:
            self.ahead = look_ahead(self.plant)
        self.show()

    def show(self, driven: tuple[str, ...] = (), by: PlantOrigin = OURS) -> None:
        """Let every device report, but for one that is stuck; `driven` are entities that show what they were told `by`."""
        readings = self.plant.readings()
        stuck = {device for device in self.plant.devices if Fault.STALE in self.plant.faults(device)}
        for entity_id, (spot, point) in self._points.items():
            if spot.device in stuck and entity_id in self._states:
                continue
            source = shown_at(spot, readings, self.ahead)
            origin = by if entity_id in driven else ITS_OWN
            self._report(entity_id, text_of(point.value(source)), self._attributes(spot, point, source), origin)

    def _report(self, entity_id: str, state: str, attributes: Mapping[str, Any], origin: PlantOrigin) -> None:
        last = self._states.get(entity_id)
        self._states[entity_id] = _reported(last, entity_id, state, attributes, self.now(), origin)

    def _attributes(self, spot: Spot, point: Point[Any], source: object) -> dict[str, Any]:
        attributes = {**point.more(source)}
        if point.unit is not None:
            attributes["unit_of_measurement"] = point.unit.format(currency=self.plant.site.site.currency)
        if isinstance(point, DrivenPoint) and point.limits is not None:
            low, high = point.limits(self.plant, spot)
            attributes |= {"min": low, "max": high, "step": STEP_W}
        return attributes

    def _entity_id(self, spot: Spot, point: Point[Any]) -> str:
        name = entity_name(self.plant.site.site.name, self.plant.site, spot, point.key)
        return f"{point.domain}.{re.sub(r'[^a-z0-9]+', '_', name.lower())}"

    # Hands

    def now(self) -> datetime:
        """Return the plant's time."""
        return self.plant.now

    def look(self, entity_id: str) -> PlantState | None:
        """Return what an entity of the plant shows."""
        return self._states.get(entity_id)

    async def call(self, call: Call) -> None:
        """Tell points what to do; one that is unavailable is left out, as Home Assistant leaves it out.

        Raises `PlantError` where the plant refuses, and `LookupError` where there is nothing to tell.
        """
        self._tell(call, OURS)

    def by_hand(self, call: Call) -> None:
        """Let a person do the same, by name. Raises the same."""
        self._tell(call, A_PERSON)

    def _tell(self, call: Call, by: PlantOrigin) -> None:
        told = TOLD[call.service](call.data)
        for target in call.targets:
            spot, point = self._points[target]
            if not isinstance(point, DrivenPoint) or point.domain != call.domain:
                raise LookupError(f"{target} cannot be told to {call.domain}.{call.service}")
            if self._states[target].state != UNAVAILABLE:
                point.tell(self.plant, spot, told)
        self.show(call.targets, by)

    def ours(self, seen: Seen) -> bool:
        """Whether our own call brought a state about."""
        return seen.context.id == OURS.id

    def later(self, delay: timedelta, act: Callable[[], None]) -> Callable[[], None]:
        """Act once the plant has advanced by so much."""
        timer = _Timer(self.plant.now + delay, act)
        self._timers.append(timer)
        return partial(self._cancel, timer)

    def _cancel(self, timer: _Timer) -> None:
        if timer in self._timers:
            self._timers.remove(timer)

    def tell(self, issue: Issue) -> None:
        """Keep an issue."""
        self.issues[issue.id] = issue

    def clear(self, issue_id: str) -> None:
        """Drop an issue."""
        self.issues.pop(issue_id, None)

    def told(self, issue_id: str) -> bool:
        """Whether an issue is kept."""
        return issue_id in self.issues


def _reported(
    last: PlantState | None,
    entity_id: str,
    state: str,
    attributes: Mapping[str, Any],
    now: datetime,
    origin: PlantOrigin,
) -> PlantState:
    """Return the state after a report: what is as it was keeps its times and what brought it about."""
    if last is not None and (last.state, last.attributes) == (state, attributes):
        last.last_reported = now
        return last
    return PlantState(
        entity_id=entity_id,
        state=state,
        attributes=attributes,
        last_changed=last.last_changed if last is not None and last.state == state else now,
        last_updated=now,
        last_reported=now,
        context=origin,
    )
