"""Every form of ours in a real browser, submitted as it opens: what nobody chose is refused, and what is there is kept.

The frontend fills what is required and has no default by itself. What it makes up can only be seen in the frontend.
"""

import asyncio
from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any, Final

from demo_home import DOMAIN
from playwright.async_api import Locator, Page, expect
import pytest

import custom_components.energy_orchestrator as integration
from tests.e2e.browser import PATIENCE_MS, async_page, browser
from tests.e2e.conftest import Ranch

TEXTS: Final = json.loads((Path(integration.__file__).parent / "translations" / "en.json").read_text("utf-8"))
SAVED_S: Final = 1.5
"""Home Assistant writes its entries a second after a change."""

POWER: Final = {"unit_of_measurement": "W", "device_class": "power"}
MODES: Final = ["Zero export", "Force charge"]
STATES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "sensor.barn_price": ("0.31", {"unit_of_measurement": "EUR/kWh"}),
    "sensor.barn_soc": ("55", {"unit_of_measurement": "%", "device_class": "battery"}),
    "select.barn_mode": (MODES[0], {"options": MODES}),
    "switch.barn_miner": ("off", {}),
}
BY_TIME: Final = [
    {"from": "06:00:00", "to": "22:00:00", "price": 0.12},
    {"from": "22:00:00", "to": "06:00:00", "price": 0.05},
]
DEVICES: Final[dict[str, list[dict[str, Any]]]] = {
    "inverter": [
        {"name": "Barn inverter", "ac_limit_kw": 8, "work_mode": "select.barn_mode"},
        {"self_consumption": MODES[0], "charge": MODES[1]},
    ],
    "battery": [
        {
            "name": "Barn battery",
            "capacity_kwh": 10,
            "max_charge_kw": 4,
            "max_discharge_kw": 4,
            "soc": "sensor.barn_soc",
            "wear": {},
        }
    ],
    "miner": [
        {
            "name": "Barn miner",
            "levels": [{"power_w": 3000, "hashrate_ths": 90}],
            "switches": ["switch.barn_miner"],
            "conditions": {},
            "times": {"windows": [{"from": "08:00:00", "to": "20:00:00"}]},
            "worth": {},
        }
    ],
}

type Stored = dict[str, Any]


class Forms:
    """The page of the integration, and the dialog of a flow on it."""

    def __init__(self, ranch: Ranch, page: Page) -> None:
        self.ranch = ranch
        self.page = page
        self.dialog = page.locator("dialog-data-entry-flow")

    def run(self, asked: Any) -> Any:
        """Wait for an answer."""
        return self.ranch.run(asked)

    async def _row(self, site: str) -> Locator:
        """Load the page anew, for a dialog that holds changes does not let go of it; return the row of a site."""
        await self.page.goto(f"{self.ranch.home.place.url}/config/integrations/integration/{DOMAIN}")
        return self.page.locator("ha-config-entry-row").filter(has_text=site).first

    async def new_site(self, choice: str) -> None:
        """Begin to add a site."""
        await self._row("")
        await self.page.get_by_role("button", name="Add hub").click(timeout=PATIENCE_MS)
        await self.choose(choice)

    async def choose(self, choice: str) -> None:
        """Choose from a menu."""
        await self.dialog.get_by_text(choice, exact=True).click(timeout=PATIENCE_MS)
        await self._shown()

    async def of_site(self, site: str, item: str, choice: str | None = None) -> None:
        """Open a form by the menu of a site, and what that offers."""
        row = await self._row(site)
        await row.get_by_label("Menu").first.click(timeout=PATIENCE_MS)
        await row.locator("ha-dropdown-item").filter(has_text=item).first.click()
        await (self.choose(choice) if choice else self._shown())

    async def by_button(self, site: str, label: str, device: str | None = None) -> None:
        """Open a form by the button of a site, or of a device of it."""
        row = await self._row(site)
        if device:
            row = row.locator("ha-config-sub-entry-row").filter(has_text=device).first
        await row.get_by_label(label).first.click(timeout=PATIENCE_MS)
        await self._shown()

    async def _shown(self) -> None:
        await expect(self.dialog.locator("step-flow-form")).to_be_visible(timeout=PATIENCE_MS)

    async def submit(self) -> dict[str, Any]:
        """Submit; return what Home Assistant answers, once what it answers is shown."""
        async with self.page.expect_response(
            lambda told: told.request.method == "POST" and "/flow/" in told.url, timeout=PATIENCE_MS
        ) as told:
            await self.dialog.locator("ha-dialog-footer ha-button[slot=primaryAction]").click(timeout=PATIENCE_MS)
        answer: dict[str, Any] = await (await told.value).json()
        assert "type" in answer, answer
        if answer["type"] == "form":
            await expect(self.dialog.locator("ha-alert")).to_have_count(
                len(answer["errors"] or {}), timeout=PATIENCE_MS
            )
        return answer

    async def refused(self, texts: dict[str, Any]) -> dict[str, str]:
        """Submit, see that every error is shown in its words, and return the errors by their fields."""
        answer = await self.submit()
        assert answer["type"] == "form", answer
        placeholders = answer["description_placeholders"] or {}
        shown = await self.dialog.locator("ha-alert").all_inner_texts()
        errors: dict[str, str] = answer["errors"]
        assert sorted(shown) == sorted(texts["error"][error].format(**placeholders) for error in errors.values())
        return errors

    async def kept(self) -> None:
        """Submit, and see that this ends well."""
        answer = await self.submit()
        assert (answer["type"], answer.get("reason")) in {("abort", "reconfigure_successful"), ("create_entry", None)}

    async def add_row(self) -> None:
        """Add a row to the import price's table as it is offered."""
        await self.choice(0).locator("ha-selector-object ha-button").last.click()
        row = self.page.locator("dialog-form")
        await row.locator("ha-button[slot=primaryAction]").click(timeout=PATIENCE_MS)
        await expect(row.locator("ha-dialog")).to_be_hidden(timeout=PATIENCE_MS)

    def choice(self, number: int) -> Locator:
        """Return one of the values of the form that can be told in several ways."""
        return self.dialog.locator("ha-selector-choose").nth(number)

    def stored(self) -> dict[str, Stored]:
        """Return what is stored of each site, by its name."""
        self.run(asyncio.sleep(SAVED_S))
        file = self.ranch.home.place.folder / ".storage" / "core.config_entries"
        return {
            entry["title"]: {
                "data": entry["data"],
                "options": entry["options"],
                "devices": {device["title"]: device["data"] for device in entry["subentries"]},
            }
            for entry in json.loads(file.read_text("utf-8"))["data"]["entries"]
            if entry["domain"] == DOMAIN
        }

    async def remove(self, site: str) -> None:
        """Remove a site, if it is there."""
        for entry in await self.ranch.client.call("config_entries/get", domain=DOMAIN):
            if entry["title"] == site:
                await self.ranch.client.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")


@pytest.fixture(scope="module")
def forms(ranch: Ranch) -> Iterator[Forms]:
    """Open the browser there is; leave the home as it was."""
    page = async_page(browser())
    opened = Forms(ranch, ranch.run(page.__aenter__()))
    try:
        yield opened
    finally:
        for site in ("Farm", "Barn"):
            ranch.run(opened.remove(site))
        ranch.run(page.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def barn(forms: Forms) -> dict[str, Stored]:
    """Add a site of one's own with a device of each kind; return what is stored of each site."""
    client = forms.ranch.client

    async def add() -> None:
        for entity, (state, attributes) in STATES.items():
            await client.post(f"/api/states/{entity}", {"state": state, "attributes": attributes})
        prices = {"import_price": "sensor.barn_price", "export_price": BY_TIME, "hashprice": 0.05}
        site: list[dict[str, Any]] = [
            {"next_step_id": "site"},
            {"name": "Barn"},
            prices,
            {"roof": {"solar_peak_kw": 6}},
        ]
        entry_id = (await fill("flow", DOMAIN, site))["result"]["entry_id"]
        for kind, steps in DEVICES.items():
            await fill("subentries/flow", [entry_id, kind], steps)

    async def fill(flow: str, handler: Any, steps: list[dict[str, Any]]) -> dict[str, Any]:
        path = f"/api/config/config_entries/{flow}"
        answer: dict[str, Any] = await client.post(path, {"handler": handler})
        for step in steps:
            answer = await client.post(f"{path}/{answer['flow_id']}", step)
        assert answer["type"] == "create_entry", answer
        return answer

    forms.run(add())
    return forms.stored()


def test_a_simulated_site_is_chosen(forms: Forms) -> None:
    async def submit() -> None:
        await forms.new_site("A simulated site")
        assert await forms.refused(TEXTS["config"]) == {"simulated_site": "no_simulated_site"}

    forms.run(submit())
    assert forms.stored().keys() == {"Ranch"}


def test_a_site_of_ones_own_has_prices_that_somebody_told(forms: Forms) -> None:
    untold = {key: f"no_{key}" for key in ("import_price", "export_price", "hashprice")}

    async def submit() -> None:
        texts = TEXTS["config"]
        await forms.new_site("My own site")
        assert await forms.refused(texts) == {"name": "name_empty"}
        await forms.dialog.locator("ha-selector-text input").fill("Farm")
        assert (await forms.submit())["step_id"] == "prices"
        assert await forms.refused(texts) == untold
        await forms.choice(0).locator("ha-button[value=entity]").click()
        assert await forms.refused(texts) == untold
        await forms.choice(0).locator("ha-button[value=table]").click()
        await forms.add_row()
        assert await forms.refused(texts) == {**untold, "import_price": "price_table_incomplete"}
        # A price of 0 is one where somebody enters it.
        await forms.choice(0).locator("ha-button[value=fixed]").click()
        for number, price in enumerate(("0", "0.08", "0")):
            await forms.choice(number).locator("input").fill(price)
        assert (await forms.submit())["step_id"] == "readings"
        await forms.kept()

    forms.run(submit())
    assert forms.stored()["Farm"]["data"] == {
        "connected": True,
        "export_allowed": True,
        "grid_charging": True,
        "battery_export": True,
        "import_price": 0,
        "export_price": 0.08,
        "hashprice": 0,
        "load_includes_miners": True,
        "load_power_inverted": False,
        "grid_power_inverted": False,
        "solar_tilt": 30,
        "solar_azimuth": 180,
    }
    forms.run(forms.remove("Farm"))


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        (
            "battery",
            {
                "name": "name_empty",
                "capacity_kwh": "no_capacity_kwh",
                "max_charge_kw": "no_max_charge_kw",
                "max_discharge_kw": "no_max_discharge_kw",
                "soc": "soc_or_voltage",
            },
        ),
        ("inverter", {"name": "name_empty", "ac_limit_kw": "no_ac_limit_kw"}),
        ("miner", {"name": "name_empty", "levels": "invalid_levels", "switches": "switch_needed"}),
    ],
)
def test_a_device_is_what_somebody_said(
    forms: Forms, barn: dict[str, Stored], kind: str, errors: dict[str, str]
) -> None:
    texts = TEXTS["config_subentries"][kind]

    async def submit() -> None:
        await forms.of_site("Barn", texts["initiate_flow"]["user"])
        assert await forms.refused(texts) == errors

    forms.run(submit())
    assert forms.stored() == barn


def test_no_option_of_an_inverter_is_its_safe_one_unless_somebody_says_so(
    forms: Forms, barn: dict[str, Stored]
) -> None:
    texts = TEXTS["config_subentries"]["inverter"]

    async def options(named: list[str]) -> None:
        attributes = {"options": named}
        await forms.ranch.client.post("/api/states/select.barn_mode", {"state": named[0], "attributes": attributes})

    async def submit() -> None:
        await options(["Selling First", "Zero Export To CT"])
        await forms.by_button("Barn", texts["initiate_flow"]["reconfigure"], "Barn inverter")
        assert (await forms.submit())["step_id"] == "modes"
        assert await forms.refused(texts) == {"self_consumption": "no_self_consumption"}
        await options(MODES)

    forms.run(submit())
    assert forms.stored() == barn


def test_what_is_changed_by_nobody_stays_as_it_is(forms: Forms, barn: dict[str, Stored]) -> None:
    async def submit() -> None:
        for part in TEXTS["config"]["step"]["reconfigure"]["menu_options"].values():
            await forms.of_site("Barn", "Reconfigure", part)
            await forms.kept()
        for kind, steps in DEVICES.items():
            label = TEXTS["config_subentries"][kind]["initiate_flow"]["reconfigure"]
            await forms.by_button("Barn", label, steps[0]["name"])
            for _ in steps[1:]:
                assert (await forms.submit())["type"] == "form"
            await forms.kept()
        await forms.of_site("Ranch", "Reconfigure")
        await forms.kept()
        await forms.by_button("Ranch", "Reconfigure battery")
        await forms.kept()

    forms.run(submit())
    assert forms.stored() == barn


def test_options_begin_with_what_holds(forms: Forms, barn: dict[str, Stored]) -> None:
    async def submit() -> None:
        await forms.by_button("Barn", "Configure")
        await forms.kept()

    forms.run(submit())
    assert forms.stored()["Barn"] == {
        **barn["Barn"],
        "options": {
            "mode": "monitor",
            "strategy": "balanced",
            "load_profile_w": [500],
            "interval_min": 5,
            "stale_min": 15,
            "grace_min": 10,
            "override_h": 4,
        },
    }
