"""The cards in a real browser, on the dashboard that makes itself: what they show is what the plan says.

`SCREENSHOTS=folder script/test tests/e2e/test_cards.py` keeps pictures.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
import os
from pathlib import Path
import re
from typing import Any, Final

from demo_home import DOMAIN, ROOT, async_open_on_dashboard
from playwright.async_api import ConsoleMessage, Error, Locator, Page, ViewportSize, expect
import pytest

from tests.e2e.browser import PATIENCE_MS, async_page, browser
from tests.e2e.conftest import Ranch

AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDE: Final[ViewportSize] = {"width": 1400, "height": 1500}
NARROW: Final[ViewportSize] = {"width": 320, "height": 900}
MINER: Final = "S21"

# All elements of ours on the page, however deep.
_OURS: Final = """(() => {
  const found = [];
  const look = root => root.querySelectorAll("*").forEach(one => {
    if (one.localName.startsWith("energy-orchestrator-")) found.push(one);
    if (one.shadowRoot) look(one.shadowRoot);
  });
  look(document);
  return found;
})()"""
_FAULTS: Final = f"""async () => {{
  const faults = [];
  for (const card of {_OURS}) {{
    for (const one of (await axe.run(card)).violations) {{
      if (["serious", "critical"].includes(one.impact)) faults.push(`${{card.localName}}: ${{one.id}}`);
    }}
  }}
  return faults;
}}"""
_TOO_WIDE: Final = f"""() => {_OURS}.map(card => card.shadowRoot.querySelector("ha-card"))
  .filter(card => card.scrollWidth > card.clientWidth + 1).map(card => card.getRootNode().host.localName)"""


class Board:
    """The open dashboard."""

    def __init__(self, ranch: Ranch, page: Page) -> None:
        self.ranch = ranch
        self.page = page
        self.troubles: list[str] = []
        self.now = page.locator("energy-orchestrator-now-card")
        self.picture = page.locator("energy-orchestrator-plan-card .picture")
        self.reading = page.locator("energy-orchestrator-plan-card .reading")
        page.on("console", self._listen)
        page.on("pageerror", self._failed)

    def _listen(self, line: ConsoleMessage) -> None:
        told = f"{line.text} ({line.location['url']})"
        if line.type == "error" and DOMAIN in told:
            self.troubles.append(told)

    def _failed(self, error: Error) -> None:
        if "cards.js" in (told := f"{error.message} {error.stack}"):
            self.troubles.append(told)

    def run(self, asked: Any) -> Any:
        """Wait for an answer."""
        return self.ranch.run(asked)

    async def open(self, view: str = "overview") -> None:
        """Load the dashboard, as one who comes to it."""
        await self.page.goto(f"{self.ranch.home.place.url}/energy-orchestrator/{view}")

    async def at(self) -> float:
        """Return when the slot that is read begins."""
        return float(await self.picture.get_attribute("data-at") or 0)

    async def read(self) -> tuple[float, str]:
        """Return when the slot that is read begins, and what is said of it."""
        return await self.at(), await self.picture.get_attribute("aria-valuetext") or ""

    def plan(self) -> dict[str, Any]:
        """Fetch the plan that stands."""
        told: dict[str, Any] = self.run(self.ranch.client.act(DOMAIN, "get_plan", {"hours": 48}, answer=True))
        return told

    def device(self, name: str) -> Locator:
        """Return the card of a device."""
        title = self.page.get_by_role("heading", name=name, exact=True)
        return self.page.locator("energy-orchestrator-device-card").filter(has=title)

    def mode(self) -> str:
        """Return the mode that holds."""
        return self.ranch.state("mode")

    def keep(self, name: str) -> None:
        """Keep a picture of the page where one is asked for."""
        if folder := os.environ.get("SCREENSHOTS"):
            (Path(folder) / f"{name}.png").write_bytes(self.run(self.page.screenshot(animations="disabled")))


@pytest.fixture(scope="module")
def board(ranch: Ranch) -> Iterator[Board]:
    """Open the dashboard in the browser there is, once there is a plan."""
    page = async_page(browser())

    async def async_board() -> Board:
        """Listen to the page where its own loop runs."""
        return Board(ranch, await page.__aenter__())

    opened = ranch.run(async_board())
    try:
        ranch.run(async_open_on_dashboard(ranch.client, ranch.entry_id))
        ranch.planned()
        ranch.run(opened.page.set_viewport_size(WIDE))
        ranch.run(opened.open())
        ranch.run(expect(opened.picture).to_be_visible(timeout=PATIENCE_MS))
        yield opened
    finally:
        ranch.run(page.__aexit__(None, None, None))


@pytest.fixture(autouse=True)
def no_trouble(board: Board) -> Iterator[None]:
    """Fail a test whose page had an error of ours."""
    board.troubles.clear()
    yield
    assert board.troubles == []


def row_of(plan: dict[str, Any], at: float) -> dict[str, Any]:
    """Return the row of the plan that begins then."""
    rows: list[dict[str, Any]] = plan["rows"]
    return next(row for row in rows if datetime.fromisoformat(row["start"]).timestamp() == at)


def rounded(value: float, digits: int) -> str:
    """Write a number as a browser does, halves away from zero."""
    return f"{Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)}"


def kw(value: float) -> str:
    """Write a power as the cards do."""
    return f"{rounded(1000 * value, 0)} W" if abs(value) < 0.9995 else f"{rounded(value, 2)} kW"


def said_of(row: dict[str, Any]) -> list[str]:
    """Return what must be said of a slot."""
    battery = row["batteries"][0]
    miners = [f"{one['device']} {kw(one['power_kw']) if one['power_kw'] else 'off'}" for one in row["miners"]]
    return [
        f"Price {rounded(row['import_price'], 3)} EUR/kWh",
        f"Worth of energy {rounded(row['energy_price'], 3)} EUR/kWh",
        f"Sun {kw(row['solar_kw'])}",
        f"House {kw(row['load_kw'])}",
        f"{kw(abs(battery['power_kw'])) if abs(battery['power_kw']) >= 0.005 else '0 W'}, {rounded(battery['soc'], 0)} %",
        *miners,
    ]


def test_the_plan_is_read_by_keyboard_mouse_and_touch(board: Board) -> None:
    async def by_keys() -> tuple[float, str]:
        await board.picture.focus()
        for _ in range(6):
            await board.page.keyboard.press("PageUp")
        return await board.read()

    async def by_mouse() -> tuple[float, str]:
        box = await board.picture.bounding_box()
        assert box
        await board.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 150)
        return await board.read()

    starts = set()
    for read in (by_keys, by_mouse):
        while True:
            before = board.plan()
            at, said = board.run(read())
            if board.plan()["created"] == before["created"]:
                break
        starts.add(at)
        row = row_of(before, at)
        assert [part for part in said_of(row) if part not in said] == [], said
    assert len(starts) == 2
    first = board.reading.locator("li").first
    board.run(expect(first).to_contain_text("kilowatt-hour is worth", timeout=PATIENCE_MS))
    board.keep("plan")


def test_it_is_there_at_a_glance(board: Board) -> None:
    """A card like the one that is shown, drawn beside it: two days of slots, from what the page knows already."""
    milliseconds = board.run(
        board.page.locator("energy-orchestrator-plan-card").evaluate(
            """async shown => {
              let least = Infinity;
              for (let round = 0; round < 3; round += 1) {
                const card = document.createElement("energy-orchestrator-plan-card");
                card.setConfig({type: "custom:energy-orchestrator-plan-card", back_hours: 0});
                card.hass = shown.hass;
                const begun = performance.now();
                shown.parentNode.append(card);
                while (card.shadowRoot?.querySelectorAll("canvas").length !== 3) {
                  await new Promise(requestAnimationFrame);
                }
                least = Math.min(least, performance.now() - begun);
                card.remove();
              }
              return least;
            }"""
        )
    )
    assert milliseconds < 200


def test_the_home_opens_on_it(board: Board) -> None:
    async def come_in() -> None:
        await board.page.goto(f"{board.ranch.home.place.url}/")
        await expect(board.picture).to_be_visible(timeout=PATIENCE_MS)

    board.run(come_in())


def test_a_slot_is_read_with_its_reasons(board: Board) -> None:
    async def last() -> float:
        await board.picture.focus()
        await board.page.keyboard.press("End")
        return await board.at()

    at = board.run(last())
    told = board.run(board.ranch.client.call(f"{DOMAIN}/slot", at=at + 1))
    for one in told["devices"]:
        line = board.reading.locator("li").filter(has_text=f"{one['what']}.")
        board.run(expect(line).to_contain_text(one["why"], timeout=PATIENCE_MS))


def test_the_table_tells_the_same(board: Board) -> None:
    table = board.page.locator("energy-orchestrator-plan-card table")
    rows = board.run(table.locator("tbody tr").count())
    assert 48 <= rows <= 62
    assert board.run(table.evaluate("table => table.offsetParent.clientWidth")) <= 1, "read aloud, not seen"
    board.run(board.page.get_by_role("button", name="Show as table").click())
    board.run(expect(table).to_be_in_viewport(timeout=PATIENCE_MS))
    board.run(board.page.get_by_role("button", name="Hide table").click())


def test_the_mode_is_changed_automatic_only_when_confirmed(board: Board) -> None:
    stood = board.mode()

    async def reached(mode: str) -> None:
        checked = board.now.get_by_role("radio", name=mode)
        await expect(checked).to_have_attribute("aria-checked", "true", timeout=PATIENCE_MS)

    board.run(board.now.get_by_role("radio", name="Paused").click())
    board.run(reached("Paused"))
    assert board.mode() == "paused"
    board.run(board.now.get_by_role("radio", name="Automatic").click())
    board.run(board.now.get_by_role("button", name="Cancel").click())
    assert board.mode() == "paused"
    board.run(board.now.get_by_role("radio", name="Automatic").click())
    board.run(board.now.get_by_role("button", name="Turn on").click())
    board.run(reached("Automatic"))
    assert board.mode() == "automatic"
    board.run(
        board.ranch.client.act("select", "select_option", {"entity_id": board.ranch.entities["mode"], "option": stood})
    )


def test_an_override_is_made_and_ended(board: Board) -> None:
    board.run(board.device(MINER).get_by_role("button", name="Stop").click())
    word = board.now.locator("li").filter(has_text=f"{MINER} stays off, until")
    board.run(expect(word).to_contain_text("2 h left", timeout=PATIENCE_MS))
    board.run(expect(board.page.locator("energy-orchestrator-plan-card .track .word")).to_have_count(1))
    board.run(board.now.get_by_role("button", name=f"End the override of {MINER}").click())
    board.run(expect(word).to_have_count(0, timeout=PATIENCE_MS))


def test_an_override_of_later_is_dragged_over_a_lane(board: Board) -> None:
    lane = board.page.locator("energy-orchestrator-plan-card .lane").filter(has_text=MINER).first.locator(".track")
    card = board.page.locator("energy-orchestrator-plan-card")

    async def drag() -> None:
        await lane.scroll_into_view_if_needed()
        box = await lane.bounding_box()
        assert box
        middle = box["y"] + box["height"] / 2
        await board.page.mouse.move(box["x"] + 0.4 * box["width"], middle)
        await board.page.mouse.down()
        await board.page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=4)
        await board.page.mouse.up()
        await card.get_by_role("button", name="Stop", exact=True).click()
        await expect(lane.locator(".word")).to_have_count(1, timeout=PATIENCE_MS)

    async def words() -> list[dict[str, Any]]:
        told = await board.ranch.client.act(DOMAIN, "list_overrides", answer=True)
        return list(told["overrides"])

    board.run(drag())
    (word,) = board.run(words())
    begins, ends = (datetime.fromisoformat(word[key]) for key in ("from", "until"))
    assert (word["device"], word["action"], word["in_force"]) == (MINER, "stop", False)
    assert 8 <= (ends - begins).total_seconds() / 3600 <= 12, "a fifth of two days and a half at most"
    board.keep("override")
    board.run(lane.locator(".word").click())
    board.run(card.get_by_role("button", name="End").click())
    board.run(expect(lane.locator(".word")).to_have_count(0, timeout=PATIENCE_MS))
    assert board.run(words()) == []


def test_it_goes_on_after_a_reload_and_a_broken_connection(board: Board) -> None:
    created = board.plan()["created"]
    reload = f"/api/config/config_entries/entry/{board.ranch.entry_id}/reload"
    board.run(board.ranch.client.post(reload))
    board.run(board.page.evaluate("() => document.querySelector('home-assistant').hass.connection.reconnect(true)"))
    board.ranch.planned()
    made = board.plan()["created"]
    assert made > created
    card = board.page.locator("energy-orchestrator-plan-card")
    told = "card => card.place.plan && card.place.plan.created"

    async def shown() -> None:
        for _ in range(60):
            if (await card.evaluate(told) or "") >= made:
                return
            await asyncio.sleep(0.5)
        pytest.fail("the card does not show the new plan")

    board.run(shown())
    board.run(expect(board.picture).to_be_visible(timeout=PATIENCE_MS))
    board.run(expect(board.picture.locator("canvas")).to_have_count(3))


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", NARROW)])
def test_it_can_be_read_by_everyone(board: Board, scheme: Any, size: Any) -> None:
    axe = AXE.read_text(encoding="utf-8") if AXE.exists() else None

    async def look() -> tuple[list[str], list[str]]:
        await board.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await board.page.set_viewport_size(size)
        await board.open()
        await expect(board.picture).to_be_visible(timeout=PATIENCE_MS)
        await expect(board.device(MINER)).to_be_visible(timeout=PATIENCE_MS)
        faults: list[str] = []
        if axe is not None:
            await board.page.add_script_tag(content=axe)
            faults = await board.page.evaluate(_FAULTS)
        return faults, await board.page.evaluate(_TOO_WIDE)

    assert board.run(look()) == ([], [])
    board.keep(f"overview-{scheme}")


def test_in_german(board: Board) -> None:
    async def look() -> None:
        await board.page.set_viewport_size(WIDE)
        await board.page.evaluate("() => localStorage.setItem('selectedLanguage', '\"de\"')")
        await board.open()
        await expect(board.picture).to_have_attribute("aria-valuetext", re.compile(r"Preis 0,\d{3} EUR/kWh"))
        await expect(board.now).to_contain_text("Eine Kilowattstunde ist", timeout=PATIENCE_MS)
        await board.page.evaluate("() => localStorage.removeItem('selectedLanguage')")

    board.run(look())


@pytest.mark.parametrize("view", ["devices", "money"])
def test_every_view_is_made_of_cards_that_work(board: Board, view: str) -> None:
    async def look() -> int:
        await board.open(view)
        await expect(board.page.locator("hui-sections-view ha-card").first).to_be_visible(timeout=PATIENCE_MS)
        return await board.page.locator("hui-error-card, hui-warning").count()

    assert board.run(look()) == 0
    board.keep(view)


def test_what_if_tells_the_difference(board: Board) -> None:
    card = board.page.locator("energy-orchestrator-what-if-card")

    async def ask() -> tuple[dict[str, Any], str]:
        await board.page.set_viewport_size(WIDE)
        await board.open("money")
        await card.get_by_role("slider", name="Sun").fill("0", timeout=PATIENCE_MS)
        await card.get_by_role("button", name="Work it out").click()
        await expect(card).to_contain_text("EUR worse over ", timeout=2 * PATIENCE_MS)
        await expect(card.locator("canvas")).to_have_count(2)
        return await card.evaluate("card => card.answer"), await card.locator("table").inner_text()

    answer, told = board.run(ask())
    for plan in ("present", "changed"):
        assert f"{rounded(answer[plan]['energy_kwh']['import'], 1)} kWh" in told
        assert f"{rounded(min(answer['slots'][plan]['soc']), 0)} %" in told
    board.keep("what-if")


def test_the_cards_and_the_dashboard_are_offered(board: Board) -> None:
    offered = board.run(
        board.page.evaluate(
            """() => [
              window.customCards.filter(card => card.type.startsWith("energy-orchestrator")).map(card => card.name),
              window.customStrategies.map(strategy => strategy.type),
              ["now", "plan", "device", "what-if"].map(kind =>
                customElements.get(`energy-orchestrator-${kind}-card`).getConfigForm().schema[0].name),
            ]"""
        )
    )
    assert offered == [
        [f"Energy Orchestrator: {card}" for card in ("now", "plan", "device", "what if")],
        ["energy-orchestrator"],
        ["entry_id"] * 4,
    ]
