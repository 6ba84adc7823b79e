"""Plans by the hour are made once, also for those who ask while others are made."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from custom_components.energy_orchestrator.assist.by_hour import ByHour
from custom_components.energy_orchestrator.model.whatif import WhatIf

AS_IT_IS, LARGER = WhatIf(), WhatIf(reserve_soc=0.5)


async def test_what_is_made_is_there_while_others_are_made() -> None:
    made: list[WhatIf] = []
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def plan(standing: Any, changes: Sequence[WhatIf], around: Any) -> list[str]:
        made.extend(changes)
        if LARGER in changes:
            begun.set()
            await may_end.wait()
        return [f"plan {change.reserve_soc}" for change in changes]

    orchestrator: Any = SimpleNamespace(questions=SimpleNamespace(async_by_hour=plan))
    standing: Any = SimpleNamespace()
    by_hour: Any = ByHour(orchestrator)
    both = asyncio.create_task(by_hour.async_plans(standing, AS_IT_IS, LARGER, AS_IT_IS))
    await begun.wait()
    assert await by_hour.async_plans(standing, AS_IT_IS) == ["plan None"]
    may_end.set()
    assert await both == ["plan None", "plan 0.5", "plan None"]
    assert made == [AS_IT_IS, LARGER]
