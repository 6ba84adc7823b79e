"""Plans by the hour, each made once for a standing plan."""

import asyncio
from datetime import datetime

from ..loop.orchestrator import Orchestrator
from ..model.horizon import floor_to
from ..model.plan import Plan
from ..model.whatif import WhatIf


class ByHour:
    """A standing plan's problem planned by the hour, by the hour that keeps its slots and by what is changed."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self._orchestrator = orchestrator
        self._standing: Plan | None = None
        self._made: dict[datetime | None, dict[WhatIf, Plan]] = {}

    async def async_plans(self, standing: Plan, *changes: WhatIf, around: datetime | None = None) -> list[Plan]:
        """Return a plan with each of some changes; the hour `around` a time keeps its slots.

        Raises `HomeAssistantError` where it takes too long.
        """
        around = None if around is None else floor_to(around, 60)
        if self._standing is not standing:
            self._standing, self._made = standing, {}
        made = self._made.setdefault(around, {})

        async def keep(item: WhatIf) -> None:
            [made[item]] = await self._orchestrator.questions.async_by_hour(standing, [item], around)

        # Each is kept once it is made: whoever asks the same while others are made finds it.
        await asyncio.gather(*(keep(item) for item in dict.fromkeys(changes) if item not in made))
        return [made[item] for item in changes]
