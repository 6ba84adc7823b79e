"""What the end-to-end tests share: one real Home Assistant, started and set up as the demo does."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
import socket
import subprocess
import sys
from typing import Any

from demo_client import Client
from demo_home import (
    ROOT,
    Home,
    async_add_site,
    async_entities,
    async_let_assist_ask,
    async_set_energy_dashboard,
    async_until,
    prepare,
)
import pytest


@dataclass(frozen=True)
class Ranch:
    """A running Home Assistant with the simulated ranch; `run` waits for what is asked of it."""

    home: Home
    runner: asyncio.Runner
    client: Client
    entry_id: str
    entities: dict[str, str]
    """The entry's entities by their unique ids without the entry's own."""

    def run(self, asked: Any) -> Any:
        """Wait for an answer."""
        return self.runner.run(asked)

    def state(self, key: str) -> str:
        """Return the state of one of the entry's entities."""
        state: str = self.run(self.client.states())[self.entities[key]]["state"]
        return state

    def planned(self) -> dict[str, Any]:
        """Wait for a plan; return every state."""

        async def states() -> dict[str, Any]:
            found = await self.client.states()
            # By day the solver may not prove in its time that nothing is better.
            return found if found[self.entities["plan_status"]]["state"] in {"optimal", "feasible"} else {}

        found: dict[str, Any] = self.run(async_until(states, 60, "A plan"))
        return found


@pytest.fixture(autouse=True)
def real_sockets(socket_enabled: None) -> None:
    """Let these tests talk to the process they start: the test plugin takes sockets away elsewhere."""


# At the ranch's noon miners are switched; in the home's evening all stands as planned from the first.
RUNS = {
    "ranch": ("--hour", "12", "--ask", "why is the dump load off"),
    "home": ("--hour", "18"),
    "fleet": ("--hour", "3"),
}


@pytest.fixture(scope="session", autouse=True)
def demos() -> Iterator[dict[str, Future[subprocess.CompletedProcess[str]]]]:
    """Run the demo of every site once, two at a time, while the other tests go on: they mostly wait."""
    import pytest_socket

    pytest_socket.enable_socket()
    with ExitStack() as stack:
        free = [stack.enter_context(socket.socket()) for _ in RUNS]
        for probe in free:
            probe.bind(("127.0.0.1", 0))
        ports = [str(probe.getsockname()[1]) for probe in free]

    def once(port: str, site: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "script/lib/demo.py", "--once", "--site", site, "--port", port, *RUNS[site]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    pool = ThreadPoolExecutor(2)
    yield {site: pool.submit(once, port, site) for site, port in zip(RUNS, ports, strict=True)}
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def ranch() -> Iterator[Ranch]:
    """Start Home Assistant, add the ranch, and turn control on."""
    import pytest_socket

    pytest_socket.enable_socket()
    home = Home(prepare())
    try:
        # A runner of one's own: the plugin's loops live as long as one test.
        with asyncio.Runner() as runner:
            runner.run(home.async_wait())
            client = Client(home.place.url, home.token)
            runner.run(client.__aenter__())
            try:
                runner.run(home.async_running(client))
                entry_id = runner.run(async_add_site(client, "ranch", None))
                entities = runner.run(async_entities(client, entry_id))
                runner.run(async_set_energy_dashboard(client, entry_id, entities))
                runner.run(async_let_assist_ask(client, entities))
                yield Ranch(home, runner, client, entry_id, entities)
            finally:
                runner.run(client.__aexit__(None, None, None))
    finally:
        home.stop_process()
        home.remove()
