"""Numbers that cannot be are refused where they are entered, and hold nothing up where they are stored already."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.model.site import Mode

from .house import entity_id_of, orchestrator_of
from .mapped_site import BATTERY, BATTERY_ID, MINER, MINER_ID, SITE, entry_of_site

ODD: Final = [float("nan"), float("inf"), 1e308, "nan", "text", [None], None, {}, True]


def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return what the owner is told of such settings."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"impossible_settings_{entry.entry_id}")


@pytest.mark.parametrize("odd", ODD)
async def test_options_that_cannot_be_are_their_defaults(hass: HomeAssistant, mapped_states: None, odd: Any) -> None:
    keys = ("mode", "strategy", "interval_min", "stale_min", "grace_min", "override_h", "load_profile_w")
    entry = entry_of_site(**dict.fromkeys(keys, odd))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    settings = orchestrator_of(entry).settings
    assert (settings.mode, settings.override, settings.interval) == (
        Mode.MONITOR,
        timedelta(hours=4),
        timedelta(minutes=5),
    )
    told = issue_of(hass, entry)
    assert told is not None
    assert "override_h" in (told.translation_placeholders or {})["settings"]
    hass.config_entries.async_update_entry(entry, options={})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert orchestrator_of(entry).settings.mode is Mode.MONITOR
    assert issue_of(hass, entry) is None, "mended without a restart"
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e308, "nan", [None]])
async def test_what_a_device_cannot_have_is_its_default_or_named(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, odd: Any
) -> None:
    optional = {"reserve_soc_pct": odd, "min_soc_pct": odd, "wear_per_kwh": odd}
    hass.config_entries.async_update_subentry(
        mapped_entry, mapped_entry.subentries[BATTERY_ID], data={**BATTERY, **optional}
    )
    times = {"min_run_min": odd, "count": odd, "start_soc_pct": odd, "windows": [odd]}
    hass.config_entries.async_update_subentry(mapped_entry, mapped_entry.subentries[MINER_ID], data={**MINER, **times})
    roof = {"solar_tilt": odd, "solar_peak_kw": odd, "max_import_kw": odd}
    hass.config_entries.async_update_entry(mapped_entry, data={**SITE, **roof})
    assert await hass.config_entries.async_setup(mapped_entry.entry_id)
    assert issue_of(hass, mapped_entry) is not None
    (battery,) = orchestrator_of(mapped_entry).settings.site.batteries
    assert (battery.min_soc, battery.reserve_soc) == (0.2, 0.2)
    assert orchestrator_of(mapped_entry).settings.site.miners[0].min_run_h == 0.5


@pytest.mark.parametrize("key", ["capacity_kwh", "max_charge_kw"])
async def test_what_has_no_default_is_named_where_it_cannot_be(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, key: str
) -> None:
    subentry = mapped_entry.subentries[BATTERY_ID]
    hass.config_entries.async_update_subentry(mapped_entry, subentry, data={**BATTERY, key: float("nan")})
    assert not await hass.config_entries.async_setup(mapped_entry.entry_id)
    assert mapped_entry.state is ConfigEntryState.SETUP_ERROR
    assert key.partition("_")[0] in str(mapped_entry.error_reason_translation_placeholders)
    hass.config_entries.async_update_subentry(mapped_entry, subentry, data=BATTERY)
    assert await hass.config_entries.async_reload(mapped_entry.entry_id)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e308, "nan", [None], None, {}])
@pytest.mark.parametrize("key", ["override_h", "interval_min", "load_profile_w"])
async def test_the_form_of_options_refuses_them(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, key: str, odd: Any
) -> None:
    form = await hass.config_entries.options.async_init(mapped_entry.entry_id)
    entered = {"mode": "monitor", "strategy": "balanced", "load_profile_w": 500, key: odd}
    try:
        result = await hass.config_entries.options.async_configure(form["flow_id"], entered)
    except InvalidData:
        return
    assert result["type"] == "form"
    assert result["errors"]


@pytest.mark.parametrize(
    "entered",
    [
        {"levels": [None]},
        {"levels": ["text"]},
        {"levels": [[]]},
        {"levels": [{"power_w": None, "hashrate_ths": 1}]},
        {"levels": [{"power_w": 1e308, "hashrate_ths": 1}]},
        {"count": float("nan")},
        {"switches": [None]},
        {"interlock": [None]},
        {"times": {"windows": [None]}},
        {"times": {"windows": [{"from": None, "to": None}]}},
        {"times": {"min_run_min": 1e308}},
        {"conditions": {"start_soc_pct": float("nan")}},
    ],
)
async def test_the_form_of_a_miner_refuses_them(
    hass: HomeAssistant, mapped_entry: MockConfigEntry, entered: dict[str, Any]
) -> None:
    subentry_flow = hass.config_entries.subentries
    form = await subentry_flow.async_init((mapped_entry.entry_id, "miner"), context={"source": "user"})
    whole = {
        "name": "New",
        "levels": [{"power_w": 3000, "hashrate_ths": 100}],
        "advice_only": True,
        **{part: {} for part in ("conditions", "times", "worth")},
        **entered,
    }
    try:
        result = await subentry_flow.async_configure(form["flow_id"], whole)
    except InvalidData:
        return
    assert result["type"] == "form"
    assert result["errors"]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e308])
async def test_numbers_and_actions_refuse_them(hass: HomeAssistant, mapped_entry: MockConfigEntry, odd: float) -> None:
    assert await hass.config_entries.async_setup(mapped_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    number = entity_id_of(hass, "number", BATTERY_ID, "reserve")
    with pytest.raises((HomeAssistantError, vol.Invalid)):
        await hass.services.async_call("number", "set_value", {"entity_id": number, "value": odd}, blocking=True)
    assert mapped_entry.subentries[BATTERY_ID].data["reserve_soc_pct"] == 25
    with pytest.raises((HomeAssistantError, vol.Invalid)):
        await hass.services.async_call(DOMAIN, "simulate", {"extra_load_w": odd}, blocking=True, return_response=True)
