"""What the manager reads before it can answer, read in the background where a site starts."""

import asyncio
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

from homeassistant.core import HomeAssistant
import pytest

from custom_components.energy_orchestrator.assist import manager
from custom_components.energy_orchestrator.assist.manager import Manager


async def test_a_site_that_goes_takes_no_other_along(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = Event()
    monkeypatch.setattr(manager, "learned", read.wait)
    first, second = (
        hass.async_create_background_task(Manager(cast("Any", SimpleNamespace(hass=hass))).async_prepare("en"), name)
        for name in ("stays", "goes")
    )
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    read.set()
    await first
    assert second.cancelled()
    assert not caplog.records
