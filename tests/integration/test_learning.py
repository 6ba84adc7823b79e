"""What the loop learns: from its own readings, over a restart, and told where it is used."""

from datetime import timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.learning.past import LEAD, Past
from custom_components.energy_orchestrator.loop import cycle
from custom_components.energy_orchestrator.planner.energy_planner import rule_based_plan

from .house import async_set_up_house, put, snapshot_of, state_of
from .mapped_site import entry_of_site

HALF_HOUR: Final = timedelta(minutes=30)
DAYS: Final = 7


@pytest.fixture(autouse=True)
def by_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan in milliseconds: what is tested is the learning."""
    monkeypatch.setattr(cycle, "calm_plan", lambda problem, *, created: rule_based_plan(problem, created=created))


def kept(hass_storage: dict[str, Any], entry: MockConfigEntry) -> dict[str, Any]:
    """Return what is stored of the entry."""
    data: dict[str, Any] = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    return data


def left(hass_storage: dict[str, Any], entry: MockConfigEntry, **changes: Any) -> None:
    """Let an earlier run have left a week in which the house drew 1234 W, by day and night."""
    begin = int((dt_util.utcnow() - timedelta(days=DAYS)).timestamp()) // 1800 * 1800
    watts = [1234] * 48 * DAYS + [None] * (LEAD + 1)
    past = {"version": 1, "begin": begin, "load_w": watts, "solar_w": watts, "told_w": {}, **changes}
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = {
        "version": 1,
        "minor_version": 1,
        "key": f"{DOMAIN}.{entry.entry_id}",
        "data": {"remembered": {"ledger": {"imported_wh": 555.0}}, "audit": [], "past": past},
    }


async def live(hass: HomeAssistant, freezer: FrozenDateTimeFactory, lasts: timedelta, load_w: str) -> None:
    """Let the house draw so much for a time, and its meter report it."""
    until = dt_util.utcnow() + lasts
    while dt_util.utcnow() < until:
        freezer.tick(timedelta(minutes=15))
        put(hass, "sensor.house_power", load_w)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.freeze_time("2026-06-10T10:00:00Z")
async def test_what_was_read_outlives_a_restart(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    entry = await async_set_up_house(hass, entry_of_site(interval_min=60))
    await live(hass, freezer, 2 * HALF_HOUR, "1500")
    assert await hass.config_entries.async_unload(entry.entry_id)
    stored = kept(hass_storage, entry)["past"]
    assert stored["load_w"][:2] == [1500, 1500]
    freezer.tick(timedelta(minutes=1))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await live(hass, freezer, HALF_HOUR, "700")
    assert await hass.config_entries.async_unload(entry.entry_id)
    again = Past.from_json(kept(hass_storage, entry)["past"], dt_util.utcnow())
    assert again.load_w[:3].tolist() == [1500, 1500, 700]


async def test_a_week_is_expected_again_and_told(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    entry = entry_of_site()
    left(hass_storage, entry)
    await async_set_up_house(hass, entry)
    source = state_of(hass, "sensor", entry.entry_id, "load_w_source")
    assert source.state == "learned"
    assert source.attributes["learned_days"] >= DAYS - 1
    forecasts = snapshot_of(entry).forecasts
    assert forecasts is not None
    assert forecasts.load_w.expected[-1] == pytest.approx(1234, rel=0.15), "and not the 500 W that are typed"
    assert state_of(hass, "sensor", entry.entry_id, "solar_w_source").attributes["learned_days"] == 0


@pytest.mark.parametrize("changes", [{"load_w": [-1] * 9}, {"begin": "long ago"}, {"told_w": {"no source": []}}])
async def test_an_absurd_past_is_begun_anew_and_takes_nothing_with_it(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, changes: dict[str, Any]
) -> None:
    entry = entry_of_site()
    left(hass_storage, entry, **changes)
    await async_set_up_house(hass, entry)
    assert state_of(hass, "sensor", entry.entry_id, "load_w_source").state == "profile"
    assert "learning begins anew" in caplog.text
    assert "The stored day cannot be read" not in caplog.text
