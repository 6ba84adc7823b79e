"""Plans by the hour are made once, also for those who ask while they or others are made."""

import asyncio
from datetime import datetime
import threading
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.energy_orchestrator.loop import questions
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.model.whatif import WhatIf

from .house import async_set_up_house, snapshot_of
from .mapped_site import entry_of_site

AS_IT_IS, DEARER = WhatIf(), WhatIf(price_offset=0.05)


async def test_a_plan_is_made_once_whenever_it_is_asked_for(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await async_set_up_house(hass, entry_of_site())
    asked: Any = entry.runtime_data.orchestrator.questions
    standing = snapshot_of(entry).plan
    assert standing
    made: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def plan(problem: Problem, created: datetime, around: datetime | None) -> Any:
        name = "as it is" if problem is standing.problem else "dearer"
        made.append(name)
        if name == "dearer":
            begun.set()
            may_end.wait(60)
        return name

    monkeypatch.setattr(questions, "_by_hour", plan)
    monkeypatch.setattr(WhatIf, "applied", lambda self, problem: problem if self == AS_IT_IS else None)
    both = asyncio.create_task(asked.async_by_hour(standing, AS_IT_IS, DEARER, AS_IT_IS))
    await hass.async_add_executor_job(begun.wait, 60)
    assert await asked.async_by_hour(standing, AS_IT_IS) == ["as it is"], "while another one is made"
    late = [asyncio.create_task(asked.async_by_hour(standing, DEARER))]
    may_end.set()
    while not late[0].done():  # in each turn of the loop, up to the answer
        late.append(asyncio.create_task(asked.async_by_hour(standing, DEARER)))
        await asyncio.sleep(0)
    assert await both == ["as it is", "dearer", "as it is"]
    assert all(answer == ["dearer"] for answer in await asyncio.gather(*late))
    assert made == ["as it is", "dearer"]
