"""What the end-to-end tests share."""

import pytest


@pytest.fixture(autouse=True)
def real_sockets(socket_enabled: None) -> None:
    """Let these tests talk to the process they start: the test plugin takes sockets away elsewhere."""
