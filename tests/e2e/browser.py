"""The browser in which the end-to-end tests open Home Assistant's frontend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import shutil

from playwright.async_api import Page, async_playwright
import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Looked for after the one that CHROMIUM names, and before the one that script/setup brings."""

# A page on the loopback only: nothing of the browser's own goes out, and nothing that a page would fetch elsewhere.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
WIDTH, HEIGHT = 450, 900
PATIENCE_MS = 30_000


@asynccontextmanager
async def async_page(executable: str) -> AsyncIterator[Page]:
    """Open a page in a browser of its own."""
    async with async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield await opened.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
        finally:
            await opened.close()


def browser() -> str:
    """Return the browser there is; without one skip these tests, but not in CI."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    brought = cache / "energy-orchestrator" / "browser" / "chromium"
    names = (os.environ.get("CHROMIUM", ""), *BROWSERS, str(brought))
    if found := next((path for name in names if (path := shutil.which(name))), None):
        return found
    missing = "no browser here: install Chromium, or name one in CHROMIUM, to have these tests run"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
