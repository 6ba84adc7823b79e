"""The battery's mode from minute to minute: it changes where that pays, never among modes worth the same."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from tests.integration.simulated_site import async_add_site, async_leave, async_pass_time, async_place


async def test_a_morning_of_small_surplus_leaves_the_mode_alone(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    """House and sun are about even, and stored or sold is worth the same: it once changed every other minute."""
    freezer.move_to(datetime(2026, 4, 11, 6, 45, tzinfo=UTC))
    await async_place(hass)
    entry = await async_add_site(hass, "ranch")
    modes = []
    for _ in range(8):
        await async_pass_time(hass, freezer, timedelta(minutes=2))
        [decision] = entry.runtime_data.orchestrator.data.decisions.batteries.values()
        modes.append(decision.mode)
    await async_leave(hass)
    assert sum(one is not other for one, other in pairwise(modes)) <= 1
