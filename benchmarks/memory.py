"""Memory and manners of a running ranch: `script/memory` prints both.

Memory is the resident set of a real Home Assistant process with the ready-made ranch, over the same Home Assistant
without the integration: after some plans, and after as many in another process with what-ifs asked among them.
Manners are how long another's request waits while questions are solved: one that the event loop answers, and one that
needs a job of Home Assistant's shared executor (a file that is served).
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
import sys
import time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "script/lib"))

from demo_client import Client, CommandError
from demo_home import DOMAIN, Home, async_add_site, async_entities, async_set_energy_dashboard, async_until, prepare

PLANS = 40
WHAT_IFS = 10
BURSTS = (10, 30)
SETTLE_S = 5.0
PING_EVERY_S = 0.02
PLANNED_S = 180.0
_SERVED = "ping.json"


@dataclass(slots=True)
class Waits:
    """How long each of some requests took, in seconds."""

    seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        """Tell the median and the longest."""
        ranked = sorted(self.seconds)
        return f"{1000 * ranked[len(ranked) // 2]:.0f} ms, at most {1000 * ranked[-1]:.0f} ms"


def main() -> None:
    """Run the three processes, one after the other."""
    arguments = _arguments()
    bare = asyncio.run(_async_bare())
    print(f"without the integration          {bare:5.0f} MB")
    plans, _ = asyncio.run(_async_ranch(arguments.site, arguments.plans, 0))
    print(f"after {arguments.plans} plans                   {plans:5.0f} MB, over it {plans - bare:4.0f} MB")
    asked, bursts = asyncio.run(_async_ranch(arguments.site, arguments.plans, arguments.what_ifs, BURSTS))
    print(f"with {arguments.what_ifs} what-ifs among them       {asked:5.0f} MB, over it {asked - bare:4.0f} MB")
    print("\n".join(bursts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/memory", description=__doc__)
    parser.add_argument("--site", default="ranch", help="the simulated site (default: %(default)s)")
    parser.add_argument("--plans", type=int, default=PLANS)
    parser.add_argument("--what-ifs", type=int, default=WHAT_IFS)
    return parser.parse_args()


@contextmanager
def _home() -> Iterator[Home]:
    place = prepare()
    served = place.folder / "www" / _SERVED
    served.parent.mkdir()
    served.write_text("{}")
    home = Home(place)
    try:
        yield home
    finally:
        home.stop_process()
        home.remove()


async def _async_bare() -> float:
    with _home() as home:
        await home.async_wait()
        async with Client(home.place.url, home.token) as client:
            await home.async_running(client)
            await client.states()
            await asyncio.sleep(SETTLE_S)
            return home.resident_mb()


async def _async_ranch(site: str, plans: int, what_ifs: int, bursts: tuple[int, ...] = ()) -> tuple[float, list[str]]:
    """Return the memory after all plans, in MB, and a line for each burst of questions."""
    with _home() as home:
        await home.async_wait()
        async with Client(home.place.url, home.token) as client:
            await home.async_running(client)
            entry_id = await async_add_site(client, site, None)
            entities = await async_entities(client, entry_id)
            await async_set_energy_dashboard(client, entry_id, entities)

            async def planned() -> bool:
                try:
                    await client.act(DOMAIN, "plan_now", {"config_entry_id": entry_id})
                except CommandError:
                    return False  # its devices are not there yet
                return True

            await async_until(planned, PLANNED_S, "A plan")
            for number in range(1, plans + 1):
                await client.act(DOMAIN, "plan_now", {"config_entry_id": entry_id})
                if what_ifs and number % max(1, plans // what_ifs) == 0:
                    text = f"What if the battery were {number + 10} kWh?"
                    await client.act(DOMAIN, "ask", {"config_entry_id": entry_id, "text": text}, answer=True)
            await asyncio.sleep(SETTLE_S)
            resident = home.resident_mb()
            return resident, [await _async_burst(home, client, entry_id, count) for count in bursts]


async def _async_burst(home: Home, client: Client, entry_id: str, count: int) -> str:
    """Ask many different questions at once, and meanwhile for something else again and again."""

    async def simulate(number: int) -> None:
        await client.act(DOMAIN, "simulate", {"config_entry_id": entry_id, "load_percent": 50 + number}, answer=True)

    begun = time.monotonic()
    asked = asyncio.gather(*(simulate(number) for number in range(count)), return_exceptions=True)
    async with Client(home.place.url, home.token) as other:
        loop, executor = await asyncio.gather(
            _async_waits(lambda: other.call("get_config"), asked),
            _async_waits(lambda: other.get(f"/local/{_SERVED}"), asked),
        )
    answers = await asked
    taken_s = time.monotonic() - begun
    refused = sum(isinstance(answer, CommandError | TimeoutError) for answer in answers)
    return (
        f"{count} simulate at once: {taken_s:.1f} s, {refused} gave up; {home.resident_mb():.0f} MB\n"
        f"  the event loop answered in    {loop}\n  the shared executor served in {executor}"
    )


async def _async_waits(ask: Callable[[], Awaitable[object]], until: asyncio.Future[Any]) -> Waits:
    waits = Waits()
    while not until.done() or not waits.seconds:
        begun = time.monotonic()
        await ask()
        waits.seconds.append(time.monotonic() - begun)
        await asyncio.sleep(PING_EVERY_S)
    return waits


if __name__ == "__main__":
    main()
