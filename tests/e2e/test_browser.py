"""The Assist dialog in a real browser: what it says must be what plan and readings say, fetched apart from it.

`SCREENSHOTS=folder script/test tests/e2e/test_browser.py` keeps the picture.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
import os
from pathlib import Path
import re
import shutil
from typing import Any

from demo_home import DOMAIN, async_until
from playwright.async_api import ConsoleMessage, Page, async_playwright, expect
import pytest

from tests.e2e.conftest import Ranch

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A page on the loopback only: nothing of the browser's own goes out.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 30_000
NIGHT = (18, 8)
"""What counts as tonight, by the clock."""

type Row = dict[str, Any]


class Dialog:
    """The open Assist dialog."""

    def __init__(self, ranch: Ranch, page: Page) -> None:
        self.ranch = ranch
        self.page = page
        self.troubles: list[str] = []
        self._said = page.locator("ha-assist-chat .message.hass ha-markdown-element")
        page.on("console", self._listen)

    def _listen(self, line: ConsoleMessage) -> None:
        """Keep errors that are about this integration; the frontend has some of its own."""
        told = f"{line.text} ({line.location['url']})"
        if line.type == "error" and DOMAIN in told:
            self.troubles.append(told)

    async def open(self) -> None:
        """Open it as the button in the header does."""
        await self.page.goto(f"{self.ranch.home.place.url}/home/overview?conversation=1")
        await expect(self._said).to_have_count(1, timeout=PATIENCE_MS)

    async def _ask(self, text: str) -> str:
        known = await self._said.count()
        box = self.page.locator("ha-assist-chat input")
        await box.fill(text)
        await box.press("Enter")
        await expect(self._said).to_have_count(known + 1, timeout=PATIENCE_MS)
        await expect(self._said.last).to_contain_text(".", timeout=PATIENCE_MS)
        return await self._said.last.inner_text()

    def ask(self, text: str) -> tuple[str, dict[str, Any]]:
        """Type a question; return the answer that is shown, and the plan that stood before and after it."""
        while True:
            before = self.plan()
            answer = self.ranch.run(self._ask(text))
            if self.plan()["created"] == before["created"]:
                return answer, before

    def plan(self) -> dict[str, Any]:
        """Fetch the plan that stands."""
        told: dict[str, Any] = self.ranch.run(self.ranch.client.act(DOMAIN, "get_plan", {"hours": 48}, answer=True))
        return told


@asynccontextmanager
async def _async_page(executable: str) -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield await browser.new_page(viewport={"width": 440, "height": 900}, locale="en-GB")
        finally:
            await browser.close()


@pytest.fixture(scope="module")
def dialog(ranch: Ranch) -> Iterator[Dialog]:
    """Open the dialog in the browser there is."""
    executable = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if executable is None:
        pytest.skip("no browser here: install Chromium to have these tests run")
    page = _async_page(executable)
    try:
        opened = Dialog(ranch, ranch.run(page.__aenter__()))
        ranch.run(opened.open())
        yield opened
    finally:
        ranch.run(page.__aexit__(None, None, None))


def _numbers(pattern: str, answer: str) -> list[float]:
    found = re.search(pattern, answer)
    assert found, (pattern, answer)
    return [float(group) for group in found.groups()]


def _at(row: Row, key: str = "start") -> datetime:
    return datetime.fromisoformat(row[key])


def _tonight(plan: dict[str, Any]) -> list[tuple[Row, float]]:
    """Return the rows of tonight, each with its hours within it."""
    now = datetime.now(_at(plan["rows"][0]).tzinfo)
    start = max(now, now.replace(hour=NIGHT[0], minute=0, second=0, microsecond=0))
    end = (now + timedelta(days=1)).replace(hour=NIGHT[1], minute=0, second=0, microsecond=0)
    within = [(row, (min(_at(row, "end"), end) - max(_at(row), start)) / timedelta(hours=1)) for row in plan["rows"]]
    return [(row, hours) for row, hours in within if hours > 0]


def test_readings(dialog: Dialog, ranch: Ranch) -> None:
    async def planned() -> bool:
        states = await ranch.client.states()
        return bool(states[ranch.entities["plan_status"]]["state"] == "optimal")

    ranch.run(async_until(planned, 60, "A plan"))
    answer, _ = dialog.ask("What is the battery level?")
    assert _numbers(r"at (\d+) percent", answer) == [round(float(ranch.state("battery_soc")))]


def test_prices(dialog: Dialog, ranch: Ranch) -> None:
    answer, plan = dialog.ask("What does electricity cost now?")
    buy, sell, worth = _numbers(r"costs ([\d.]+) cents to buy and pays ([\d.]+) cents.* worth ([\d.]+) cents", answer)
    assert buy == pytest.approx(100 * float(ranch.state("surroundings_import_price")), abs=0.06)
    assert sell == pytest.approx(100 * float(ranch.state("surroundings_export_price")), abs=0.06)
    assert worth == pytest.approx(100 * plan["rows"][0]["energy_price"], abs=0.06)


def test_the_miners_tonight(dialog: Dialog) -> None:
    answer, plan = dialog.ask("Should we run the miners tonight?")
    rows = _tonight(plan)
    for miner in ("S21", "Tuned S19", "Dump load"):
        ran = [hours for row, hours in rows for m in row["miners"] if m["device"] == miner and m["units"]]
        if not ran:
            assert f"{miner} does not run tonight" in answer
        elif sum(ran) >= 1:
            (told,) = _numbers(rf"{miner}[^.]*? ([\d.]+) hours?", answer)
            assert told == pytest.approx(sum(ran), abs=0.06)


def test_rules(dialog: Dialog, ranch: Ranch) -> None:
    answer, _ = dialog.ask("What is the minimum SOC threshold?")
    (document,) = (ranch.home.place.folder / DOMAIN / "knowledge").glob("*.md")
    (written,) = _numbers(r"rule: battery\.min_soc\s+value: (\d+) %", document.read_text(encoding="utf-8"))
    least, reserve = _numbers(r"between (\d+) percent and .* with (\d+) percent in reserve", answer)
    assert least == written
    key = next(key for key in ranch.entities if key.endswith("_reserve"))
    assert reserve == float(ranch.state(key))


def test_why(dialog: Dialog, ranch: Ranch) -> None:
    answer, plan = dialog.ask("Why is the dump load off?")
    row = plan["rows"][0]
    (miner,) = (m for m in row["miners"] if m["device"] == "Dump load")
    (worth,) = _numbers(r"worth ([\d.]+) cents", answer)
    assert worth == pytest.approx(100 * row["energy_price"], abs=0.06)
    if miner["reason"] == "no_surplus":
        (needed,) = _numbers(r"([\d.]+) kilowatts are needed", answer)
        assert needed == pytest.approx(3.25 + 0.5, abs=0.06)  # what it draws, and its margin


def test_what_if(dialog: Dialog) -> None:
    answer, plan = dialog.ask("What if tomorrow is cloudy?")
    kind, present = re.search(r"instead of a (gain|cost) of ([\d.]+) euros", answer).groups()  # type: ignore[union-attr]
    assert float(present) * (1 if kind == "cost" else -1) == pytest.approx(plan["cost"]["total"], abs=0.006)
    changed_kind, changed, difference, direction = re.search(  # type: ignore[union-attr]
        r"come to a (gain|cost) of ([\d.]+) euros.*: ([\d.]+) euros (better|worse)", answer
    ).groups()
    cost = float(changed) * (1 if changed_kind == "cost" else -1)
    assert float(difference) == pytest.approx(abs(cost - plan["cost"]["total"]), abs=0.011)
    assert (direction == "worse") is (cost > plan["cost"]["total"])


def test_it_is_to_be_seen(dialog: Dialog, tmp_path: Path) -> None:
    shot = Path(os.environ.get("SCREENSHOTS") or tmp_path).resolve() / "assist.png"
    shot.write_bytes(dialog.ranch.run(dialog.page.screenshot(animations="disabled")))
    assert shot.stat().st_size > 20_000
    assert dialog.troubles == []
