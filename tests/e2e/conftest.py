"""What the end-to-end tests share: one real Home Assistant, started and set up as the demo does."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from demo_client import Client
from demo_home import (
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
