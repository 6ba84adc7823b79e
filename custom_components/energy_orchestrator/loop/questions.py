"""Plans apart from the loop, for people who ask: what if. Nothing of it is published or done."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..model.horizon import floor_to
from ..model.plan import Plan
from ..model.problem import Problem
from ..model.whatif import WhatIf
from ..planner.comparing import exchanged
from ..planner.energy_planner import plan, valued
from ..planner.hourly import GAP as HOURLY_GAP, TIME_LIMIT_S as HOURLY_TIME_LIMIT_S, hourly
from ..planner.pose import Situation, UnknownSocError, pose, reserve_extra
from .snapshot import Snapshot
from .worker import Twins, Worker, in_time

# A question gives up after this long, waiting included: one in words, and one that takes two whole plans.
ANSWERED_WITHIN_S = 20.0
SIMULATED_WITHIN_S = 60.0
# A plan to compare is the best found in this time: ten people who ask at once are all answered. What a difference
# between two such plans cannot tell is not told.
SIMULATED_PLAN_S = 4.0

type Begin = Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]
"""Makes a task of an answer."""

type Situate = Callable[[Snapshot], Awaitable[Situation]]
"""Asks the sources again and returns what this moment is planned from, leaning to no plan."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Present:
    """A snapshot's problem and plan, with which plans of the same moment are compared."""

    snapshot: Snapshot
    problem: Problem
    plan: Plan


@dataclass(frozen=True, slots=True, eq=False)
class _Hourly:
    """Plans by the hour of a standing plan's problem, by what is changed and the hour that keeps its slots."""

    standing: Plan | None = None
    made: dict[tuple[WhatIf, datetime | None], Plan] = field(default_factory=dict)


class Questions:
    """One site's questions, in a thread of their own: no answer waits for a loop's plan, nor the other way round."""

    def __init__(self, hass: HomeAssistant, begin: Begin, published: Callable[[], Snapshot], situate: Situate) -> None:
        self._published = published
        self._situate = situate
        self._worker = Worker(hass, "questions")
        self._twins = Twins(begin)
        self._simulating = asyncio.Lock()
        self._present: _Present | None = None
        self._hourly = _Hourly()

    async def async_shutdown(self) -> None:
        """Stop what is being worked out."""
        await self._worker.async_shutdown()

    async def async_simulate(self, changes: WhatIf) -> tuple[Plan, Plan]:
        """Plan this moment as it is and with changes.

        What is left in the batteries is worth the same in both, as the present prices have it: with a worth of its own,
        dearer power would be a gain and cheaper power a loss on all that is stored. Raises `HomeAssistantError` where
        there is nothing to plan from yet, or where too much is asked at once.
        """
        if self._published().forecasts is None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_plan_yet")
        async with in_time(SIMULATED_WITHIN_S):
            return await self._twins.async_answer(changes, partial(self._async_simulate, changes))

    async def _async_simulate(self, changes: WhatIf) -> tuple[Plan, Plan]:
        # One at a time: these take seconds, and what is planned by the hour shall get in between.
        async with self._simulating:
            present = await self._async_as_it_is()
            problem = _changed(present.problem, changes, present.snapshot)
            changed = await self._worker.async_do(partial(_simulated, problem, present.plan.created))
            return await self.async_exchanged(present.plan, changed)

    async def _async_as_it_is(self) -> _Present:
        """Return the plan of this moment as it is, made once for a snapshot."""
        snapshot = self._published()
        if self._present is None or self._present.snapshot is not snapshot:
            situation = await self._situate(snapshot)
            try:
                problem, made = await self._worker.async_do(partial(_planned_as_it_is, situation))
            except UnknownSocError as err:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="soc_unknown") from err
            self._present = _Present(snapshot=snapshot, problem=problem, plan=made)
        return self._present

    async def async_exchanged(self, present: Plan, changed: Plan) -> tuple[Plan, Plan]:
        """Return two plans to be compared, each with what was found for the other where that is better.

        Raises `HomeAssistantError` where too much is asked at once.
        """
        async with in_time(ANSWERED_WITHIN_S):
            return await self._worker.async_do(partial(exchanged, present, changed))

    async def async_by_hour(self, standing: Plan, *changes: WhatIf, around: datetime | None = None) -> list[Plan]:
        """Return a standing plan's problem planned by the hour with each of some changes, each made once for a plan.

        Many times faster than `async_simulate`: for answers. The problem holds the standing plan's readings, forecasts
        and its worth of the energy left, so all these plans differ by their changes only; with its finer slots the
        standing plan differs from each of them. The hour `around` a time keeps its slots. Raises `HomeAssistantError`
        where too much is asked at once.
        """
        if self._hourly.standing is not standing:
            self._hourly = _Hourly(standing)
        kept = self._hourly.made
        around = None if around is None else floor_to(around, 60)

        async def made(item: WhatIf) -> Plan:
            if (item, around) not in kept:
                problem = _changed(standing.problem, item, self._published())
                kept[item, around] = await self._worker.async_do(partial(_by_hour, problem, standing.created, around))
            return kept[item, around]

        async with in_time(ANSWERED_WITHIN_S):
            return await asyncio.gather(
                *(self._twins.async_answer((standing, item, around), partial(made, item)) for item in changes)
            )


def _changed(problem: Problem, changes: WhatIf, snapshot: Snapshot) -> Problem:
    """Return a problem with changes; a reserve is what the owner would set, to which the strategy adds its own."""
    if changes.reserve_soc is not None:
        extra = reserve_extra(snapshot.settings.site.strategy)
        changes = replace(changes, reserve_soc=min(1.0, changes.reserve_soc + extra))
    return changes.applied(problem)


# In the thread


def _planned_as_it_is(situation: Situation) -> tuple[Problem, Plan]:
    problem = valued(pose(situation))
    return problem, _simulated(problem, situation.readings.at)


def _simulated(problem: Problem, created: datetime) -> Plan:
    return plan(problem, created=created, time_limit_s=SIMULATED_PLAN_S)


def _by_hour(problem: Problem, created: datetime, around: datetime | None) -> Plan:
    return plan(hourly(problem, around), created=created, time_limit_s=HOURLY_TIME_LIMIT_S, gap=HOURLY_GAP)
