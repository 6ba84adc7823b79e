"""The Assist dialog in a real browser: each number shown is checked against plan, readings and rules fetched apart from it.

`SCREENSHOTS=folder script/test tests/e2e/test_browser.py` keeps the picture.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
import os
from pathlib import Path
import re
from typing import Any

from demo_home import DOMAIN, HAS_DIALOG
from playwright.async_api import ConsoleMessage, Error, Page, expect
import pytest

from custom_components.energy_orchestrator.simulation.sites import SITES
from tests.e2e.browser import HEIGHT, PATIENCE_MS, WIDTH, async_page, browser
from tests.e2e.conftest import Ranch

NIGHT = (18, 8)
"""What counts as tonight, by the clock."""
CLOUDY = 50
"""What is left of the sun where it is cloudy, percent."""
SITE = SITES["ranch"]
MINERS = {miner.name: miner for miner in SITE.site.miners}

PICTURED = 4
"""How many questions are in the picture that is kept."""
_HIDDEN = """(chat, last) => {
  const first = [...chat.querySelectorAll(".message")].at(-last).getBoundingClientRect();
  const above = first.top - chat.getBoundingClientRect().top + chat.scrollTop;
  return Math.round(chat.scrollHeight - chat.clientHeight - above) + 16;
}"""
"""How much taller than its frame the chat is from one of the last messages on."""

# A number as it is shown, and its unit: what it counts, in what, and how far off it may be for being rounded.
_SPOKEN = re.compile(r"(\d+:\d\d|\d+(?:\.\d+)?)(?: ([a-z-]+?)s?(?![a-z-]))?")
_UNITS = {
    "percent": ("percent", 1, 0.5),
    "cent": ("euro", 0.01, 0.0005),
    "euro": ("euro", 1, 0.005),
    "kilowatt": ("kilowatt", 1, 0.05),
    "watt": ("kilowatt", 0.001, 0.005),
    "kilowatt-hour": ("kilowatt-hour", 1, 0.05),
    "hour": ("hour", 1, 0.05),
    "minute": ("hour", 1 / 60, 1 / 60),
}
# What is fetched is rounded as well, at the fourth digit or finer.
_ROUNDED = 1e-4

type Row = dict[str, Any]
type Known = dict[str, Iterable[float | str]]
"""What may be spoken, by what it counts: a time of day as it is shown, all else as a number."""


def unknown(answer: str, known: Known) -> list[str]:
    """Return the numbers of an answer that are none of the known ones."""
    without_names = re.sub("|".join(MINERS), "", answer)
    found = [(match[0], match[1], match[2]) for match in _SPOKEN.finditer(without_names)]
    return [shown for shown, value, unit in found if not _known(value, unit, known)]


def _known(shown: str, unit: str | None, known: Known) -> bool:
    if ":" in shown:
        return shown in known.get("clock", ())
    if unit not in _UNITS:
        return False
    counted, factor, off = _UNITS[unit]
    return any(abs(float(shown) * factor - float(value)) <= off + _ROUNDED for value in known.get(counted, ()))


class Dialog:
    """The open Assist dialog."""

    def __init__(self, ranch: Ranch, page: Page) -> None:
        self.ranch = ranch
        self.page = page
        self.troubles: list[str] = []
        self._said = page.locator("ha-assist-chat .message.hass ha-markdown-element")
        page.on("console", self._listen)
        page.on("pageerror", self._failed)

    def _listen(self, line: ConsoleMessage) -> None:
        """Keep errors that are about this integration; the frontend has some of its own."""
        told = f"{line.text} ({line.location['url']})"
        if line.type == "error" and DOMAIN in told:
            self.troubles.append(told)

    def _failed(self, error: Error) -> None:
        if DOMAIN in (told := f"{error.message} {error.stack}"):
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
            after = self.plan()
            # Neither a new plan meanwhile nor another slot of it.
            if (after["created"], after["rows"][0]) == (before["created"], before["rows"][0]):
                return answer, before

    def plan(self) -> dict[str, Any]:
        """Fetch the plan that stands."""
        told: dict[str, Any] = self.ranch.run(self.ranch.client.act(DOMAIN, "get_plan", {"hours": 48}, answer=True))
        return told

    async def picture(self) -> bytes:
        """Return a picture of the last questions and answers, all of them whole."""
        chat = self.page.locator("ha-assist-chat .messages")
        await self.page.set_viewport_size(
            {"width": WIDTH, "height": HEIGHT + await chat.evaluate(_HIDDEN, 2 * PICTURED)}
        )
        await chat.evaluate("chat => chat.scrollTo({top: chat.scrollHeight, behavior: 'instant'})")
        return await self.page.screenshot(animations="disabled")


@pytest.fixture(scope="module")
def dialog(ranch: Ranch) -> Iterator[Dialog]:
    """Open the dialog in the browser there is, and have a plan from all that is known by now."""
    if not HAS_DIALOG:
        pytest.skip("no Assist dialog here: install a C compiler, remove .venv and run this again")
    page = async_page(browser())
    opened = Dialog(ranch, ranch.run(page.__aenter__()))
    try:
        ranch.run(opened.open())
        ranch.planned()
        ranch.run(ranch.client.act(DOMAIN, "plan_now", answer=True))
        yield opened
    finally:
        ranch.run(page.__aexit__(None, None, None))


def _at(row: Row, key: str = "start") -> datetime:
    return datetime.fromisoformat(row[key])


def _tonight(plan: dict[str, Any]) -> list[tuple[Row, float]]:
    """Return the rows of tonight, each with its hours within it."""
    now = datetime.now(_at(plan["rows"][0]).tzinfo)
    start = max(now, now.replace(hour=NIGHT[0], minute=0, second=0, microsecond=0))
    end = (now + timedelta(days=1)).replace(hour=NIGHT[1], minute=0, second=0, microsecond=0)
    within = [(row, (min(_at(row, "end"), end) - max(_at(row), start)) / timedelta(hours=1)) for row in plan["rows"]]
    return [(row, hours) for row, hours in within if hours > 0]


def _units(row: Row, miner: str) -> int:
    units: int = next(m["units"] for m in row["miners"] if m["device"] == miner)
    return units


def _clock(at: datetime) -> str:
    return f"{at.hour}:{at.minute:02d}"


def _behind(plan: dict[str, Any], row: Row, name: str) -> Known:
    """Return every number that may stand behind what a miner does in a slot."""
    miner = MINERS[name]
    earned = [SITE.hashprice * level.hashrate_ths / 24 / (level.power_w / 1000) for level in miner.levels]
    needed = [(level.power_w + (miner.surplus_margin_w if miner.surplus_only else 0)) / 1000 for level in miner.levels]
    surplus = max(0.0, row["solar_kw"] - row["load_kw"])
    day = [ahead["import_price"] for ahead in plan["rows"] if _at(row) <= _at(ahead) < _at(row) + timedelta(hours=24)]
    battery = [ahead["batteries"][0]["soc"] for ahead in plan["rows"][:2]]
    gaps = [row["energy_price"] - value for value in earned]
    runs = [run for run in plan["runs"] if run["device"] == name]
    return {
        "euro": [row["energy_price"], *earned, *gaps, max(day), miner.start_cost],
        "kilowatt": [surplus, *needed, *(each - surplus for each in needed), 15 - max(0.0, row["grid_kw"])],
        "percent": [level * 100 for level in (miner.start_soc, miner.stop_soc) if level is not None] + battery,
        "hour": [miner.min_run_h, miner.min_pause_h],
        "clock": [_clock(_at(run, key)) for run in runs for key in ("start", "end")] + [_clock(_at(plan, "end"))],
    }


def test_readings(dialog: Dialog, ranch: Ranch) -> None:
    answer, _ = dialog.ask("What is the battery level?")
    soc = float(ranch.state("battery_soc"))
    assert f"at {soc:.0f} percent" in answer
    assert unknown(answer, {"percent": [soc]}) == []


def test_prices(dialog: Dialog, ranch: Ranch) -> None:
    answer, plan = dialog.ask("What does electricity cost now?")
    buy, sell = (float(ranch.state(f"surroundings_{way}_price")) for way in ("import", "export"))
    worth = plan["rows"][0]["energy_price"]
    for text, price in (("costs", buy), ("pays", sell), ("worth", worth)):
        assert not unknown(answer[answer.index(text) :].split(" cents")[0] + " cents", {"euro": [price]}), text
    assert unknown(answer, {"euro": [buy, sell, worth]}) == []


def test_the_miners_tonight(dialog: Dialog) -> None:
    answer, plan = dialog.ask("Should we run the miners tonight?")
    rows = _tonight(plan)
    told = re.split(r"(?=Yes: |No: )", answer)[1:]
    assert len(told) == len(MINERS)
    for part, name in zip(told, MINERS, strict=True):
        running = [(row, hours) for row, hours in rows if _units(row, name)]
        assert part.startswith(f"Yes: {name} runs" if running else f"No: {name} does not run tonight")
        known = _behind(plan, (running or rows)[0][0], name)
        if running:
            hours = sum(hours for _, hours in running)
            assert unknown(part.split(" tonight")[0], {"hour": [hours]}) == []
            # A run is told from the beginning of the night, or from now on, to its end.
            now = datetime.now(_at(rows[0][0]).tzinfo)
            edges = [_clock(now - timedelta(minutes=ago)) for ago in (0, 1)]
            known |= {"hour": [*known["hour"], hours], "clock": [*known["clock"], *edges, *(f"{h}:00" for h in NIGHT)]}
        assert unknown(part, known) == []


def test_rules(dialog: Dialog, ranch: Ranch) -> None:
    answer, _ = dialog.ask("What is the minimum SOC threshold?")
    (document,) = (ranch.home.place.folder / DOMAIN / "knowledge").glob("*.md")
    written = re.search(r"rule: battery\.min_soc\s+value: (\d+) %", document.read_text(encoding="utf-8"))
    assert written
    reserve = float(ranch.state(next(key for key in ranch.entities if key.endswith("_reserve"))))
    assert f"between {written[1]} percent and {100 * SITE.battery.max_soc:.0f} percent" in answer
    assert f"{reserve:.0f} percent in reserve" in answer
    assert f"below {100 * SITE.battery.critical_soc:.0f} percent every miner stops" in answer
    assert len(_SPOKEN.findall(answer)) == 4


@pytest.mark.parametrize("name", ["Dump load", "S21"])
def test_why(dialog: Dialog, ranch: Ranch, name: str) -> None:
    answer, plan = dialog.ask(f"Why is the {name} off?")
    row = plan["rows"][0]
    states, key = ranch.run(ranch.client.states()), name.lower().replace(" ", "_")
    runs, should = states[ranch.entities[f"{key}_switch"]]["state"], states[f"binary_sensor.{key}_should_run"]["state"]
    assert answer.startswith(name)
    assert ("By the plan it should be off now" in answer) is ((runs, should) == ("on", "off"))
    assert unknown(answer, _behind(plan, row, name)) == []
    (worth,) = re.findall(r"worth ([\d.]+ cents)", answer)
    assert unknown(worth, {"euro": [row["energy_price"]]}) == []


def test_what_if(dialog: Dialog, ranch: Ranch) -> None:
    answer, plan = dialog.ask("What if tomorrow is cloudy?")
    assert f"{CLOUDY} percent of the sun" in answer
    both = re.search(
        r"come to a (gain|cost) of ([\d.]+) euros? instead of a (gain|cost) of ([\d.]+) euros?: "
        r"([\d.]+) euros? (better|worse)",
        answer,
    )
    assert both, answer
    changed, present = (float(both[n + 1]) * (1 if both[n] == "cost" else -1) for n in (1, 3))
    assert present == pytest.approx(plan["cost"]["total"], abs=0.006)
    difference = float(both[5]) * (1 if both[6] == "worse" else -1)
    assert difference == pytest.approx(changed - present, abs=0.011)
    # Worse than as it is, and not as bad as two cloudy days.
    cloudy = ranch.run(ranch.client.act(DOMAIN, "simulate", {"solar_percent": CLOUDY}, answer=True))
    assert 0 < difference < 1.02 * cloudy["difference"]["cost"]["total"] + 0.1
    # What moves besides, as the plan has it.
    lowest = min(float(ranch.state("battery_soc")), *(row["batteries"][0]["soc"] for row in plan["rows"]))
    behind: Known = {
        "kilowatt-hour": [plan["energy_kwh"]["import"]],
        "hour": [sum(plan["miner_hours"].values())],
        "percent": [lowest, plan["rows"][-1]["batteries"][0]["soc"]],
    }
    moved = re.findall(r"instead of (.*?(?:kilowatt-hour|hour|minute|percent)s?)\.", answer[both.end() :])
    assert moved, answer
    assert [figure for figure in moved if unknown(figure, behind)] == []


def test_it_is_to_be_seen(dialog: Dialog, tmp_path: Path) -> None:
    shot = Path(os.environ.get("SCREENSHOTS") or tmp_path).resolve() / "assist.png"
    shot.write_bytes(dialog.ranch.run(dialog.picture()))
    assert shot.stat().st_size > 20_000


def test_the_integrations_page_names_the_site(dialog: Dialog, ranch: Ranch) -> None:
    page = dialog.page

    async def shown() -> None:
        await page.goto(f"{ranch.home.place.url}/config/integrations/integration/{DOMAIN}")
        for text in ("Energy Orchestrator", "Ranch"):
            await expect(page.locator("ha-config-integration-page").get_by_text(text, exact=True).first).to_be_visible(
                timeout=PATIENCE_MS
            )

    ranch.run(shown())


def test_the_browser_holds_nothing_against_us(dialog: Dialog) -> None:
    assert dialog.troubles == []
