"""The power fails the moment a person has spoken: the word holds when Home Assistant is back."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from demo_client import Client
from demo_home import DOMAIN, Home, async_add_site, async_until, free_port, prepare

# Home Assistant itself stores new entries and devices this late.
_STORED_S: Final = 12
_MINER: Final = "S21"


def test_a_persons_word_outlives_the_kill_that_follows_it(tmp_path: Path) -> None:
    place = prepare(tmp_path / "home", free_port())
    home = Home(place)
    try:
        with asyncio.Runner() as runner:
            runner.run(_async_begin(home))
            runner.run(_async_say(home, run=False, hours=2))
            home.kill()
            home = Home(place)
            told = runner.run(_async_told(home))
            lasts = datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["from"])
            assert (told["action"], lasts.total_seconds()) == ("stop", 7200)
    finally:
        home.stop_process()


async def _async_begin(home: Home) -> None:
    await home.async_wait()
    async with Client(home.place.url, home.token) as client:
        await home.async_running(client)
        await async_add_site(client, "ranch", None)
    await asyncio.sleep(_STORED_S)


async def _async_say(home: Home, *, run: bool, hours: int) -> None:
    async with Client(home.place.url, home.token) as client:
        devices = await client.call("config/device_registry/list")
        device_id = next(device["id"] for device in devices if device["name"] == _MINER)
        await client.act(DOMAIN, "override_miner", {"device_id": device_id, "run": run, "hours": hours})


async def _async_told(home: Home) -> Any:
    """Return what stands over the plan for the miner, once Home Assistant is back."""
    await home.async_wait()
    async with Client(home.place.url, home.token) as client:
        await home.async_running(client)

        async def listed() -> dict[str, Any]:
            answer = await client.act(DOMAIN, "list_overrides", answer=True)
            return {word["device"]: word for word in answer["overrides"]}

        return (await async_until(listed, 20, "A word"))[_MINER]
