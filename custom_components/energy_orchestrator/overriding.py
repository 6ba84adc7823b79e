"""The actions by which the owner puts a word over the plan, for now or for later, reads which there are, and ends them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from . import permission, telling
from .calls import (
    ATTR_DEVICE,
    ATTR_FROM,
    ATTR_HOURS,
    ATTR_MODE,
    ATTR_OVERRIDE,
    ATTR_POWER_KW,
    ATTR_POWER_W,
    ATTR_RUN,
    ATTR_UNTIL,
    DEVICES,
    NUMBER,
    SITE_FIELDS,
    SiteAction,
    SiteDevice,
    async_check_devices,
    devices_of,
    entry_of,
    moment_of,
    number_of,
)
from .const import DOMAIN, SUBENTRY_BATTERY, SUBENTRY_MINER
from .loop.orchestrator import Orchestrator
from .model.decision import BatteryMode, BatteryOverride, MinerOverride, Override
from .model.override import LONGEST_AHEAD
from .model.site import Battery, Miner
from .runtime import EnergyConfigEntry


async def _override_miner(hass: HomeAssistant, call: ServiceCall) -> None:
    power_w = number_of(call, ATTR_POWER_W)
    devices = devices_of(hass, call, SUBENTRY_MINER)
    await async_check_devices(hass, call, devices)
    for device in devices:
        _check_miner_power(device.miner, power_w)

    def word(device: SiteDevice) -> Override:
        since, until = _time(call, device)
        return MinerOverride(miner_id=device.id, run=call.data[ATTR_RUN], since=since, until=until, power_w=power_w)

    await _async_override(devices, word)


async def _override_battery(hass: HomeAssistant, call: ServiceCall) -> None:
    mode, power_kw = BatteryMode(call.data[ATTR_MODE]), number_of(call, ATTR_POWER_KW)
    power_w = None if power_kw is None else 1000 * power_kw
    devices = devices_of(hass, call, SUBENTRY_BATTERY)
    await async_check_devices(hass, call, devices)
    for device in devices:
        _check_battery_power(device.battery, mode, power_w)
        device.orchestrator.check_drivable(device.id, mode, power_w)

    def word(device: SiteDevice) -> Override:
        since, until = _time(call, device)
        return BatteryOverride(battery_id=device.id, mode=mode, since=since, until=until, power_w=power_w)

    await _async_override(devices, word)


async def _async_override(devices: Sequence[SiteDevice], word: Callable[[SiteDevice], Override]) -> None:
    """Say a word for each device; each site acts once."""
    words: dict[Orchestrator, list[Override]] = {}
    for device in devices:
        words.setdefault(device.orchestrator, []).append(word(device))
    for orchestrator, own in words.items():
        await orchestrator.async_override(*own)


def _time(call: ServiceCall, device: SiteDevice) -> tuple[datetime, datetime]:
    """Return from when to when a word is to hold: from now, for the site's override time, where nothing is said."""
    hours, since, until = number_of(call, ATTR_HOURS), moment_of(call, ATTR_FROM), moment_of(call, ATTR_UNTIL)
    now = dt_util.utcnow()
    since = now if since is None else max(now, since)
    if until is not None and hours is not None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="override_ends_twice")
    if until is not None and until <= now:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="override_over")
    if max(since, until or since) > now + LONGEST_AHEAD:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="override_too_far",
            translation_placeholders={"days": str(LONGEST_AHEAD.days)},
        )
    if until is not None and until <= since:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="override_ends_before")
    lasts = device.orchestrator.settings.override if hours is None else timedelta(hours=hours)
    return since, since + lasts if until is None else until


async def _list_overrides(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    return {"overrides": [*telling.overrides_told(entry_of(hass, call).runtime_data.orchestrator.data)]}


async def _clear_override(hass: HomeAssistant, call: ServiceCall) -> None:
    devices = devices_of(hass, call, None)
    if ATTR_OVERRIDE in call.data:
        await _async_end(hass, call, devices)
        return
    if ATTR_DEVICE not in call.data:
        orchestrator = entry_of(hass, call).runtime_data.orchestrator
        await permission.async_check(hass, call.context, permission.of_devices(orchestrator))
        await orchestrator.async_clear_override(None)
        return
    await async_check_devices(hass, call, devices)
    for device in devices:
        await device.orchestrator.async_clear_override(device.id)


async def _async_end(hass: HomeAssistant, call: ServiceCall, devices: Sequence[SiteDevice]) -> None:
    """End the words of the ids given, of the devices named or of any site: all of them or none."""
    named = {device.id for device in devices}
    found: dict[Orchestrator, set[str]] = {}
    moved: list[tuple[str, str]] = []
    for key in call.data[ATTR_OVERRIDE]:
        orchestrator, word = _said(hass, key)
        if named and word.device_id not in named:
            raise _unknown(key)
        found.setdefault(orchestrator, set()).add(key)
        if word.device_id in orchestrator.settings.site.names:
            moved.extend(permission.of_devices(orchestrator, (word.device_id,)))
    await permission.async_check(hass, call.context, moved)
    for orchestrator, keys in found.items():
        await orchestrator.overrides.async_end(keys)


def _said(hass: HomeAssistant, key: str) -> tuple[Orchestrator, Override]:
    entries: list[EnergyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for orchestrator in (entry.runtime_data.orchestrator for entry in entries):
        if (word := orchestrator.memory.remembered.overrides.get(key)) is not None:
            return orchestrator, word
    raise _unknown(key)


def _unknown(key: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key="unknown_override", translation_placeholders={"id": key}
    )


def _check_miner_power(miner: Miner, power_w: float | None) -> None:
    least, most = miner.levels[0].power_w, miner.levels[-1].power_w
    if power_w is not None and not least <= power_w <= most:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="miner_power",
            translation_placeholders={
                "device": miner.name,
                "value": f"{power_w:g}",
                "least": f"{least:g}",
                "most": f"{most:g}",
            },
        )


def _check_battery_power(battery: Battery, mode: BatteryMode, power_w: float | None) -> None:
    limits = {BatteryMode.CHARGE: battery.max_charge_w, BatteryMode.DISCHARGE: battery.max_discharge_w}
    if power_w is None:
        return
    if (limit_w := limits.get(mode)) is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="mode_takes_no_power")
    if power_w > limit_w:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="battery_power",
            translation_placeholders={
                "device": battery.name,
                "value": f"{power_w / 1000:g}",
                "most": f"{limit_w / 1000:g}",
            },
        )


_TIME: Final[dict[Any, Any]] = {
    vol.Optional(ATTR_FROM): cv.datetime,
    vol.Optional(ATTR_UNTIL): cv.datetime,
    vol.Optional(ATTR_HOURS): NUMBER,
}
OVERRIDE_ACTIONS: Final[dict[str, SiteAction]] = {
    "override_miner": SiteAction(
        _override_miner,
        {
            vol.Required(ATTR_DEVICE): DEVICES,
            vol.Required(ATTR_RUN): cv.boolean,
            **_TIME,
            vol.Optional(ATTR_POWER_W): NUMBER,
        },
    ),
    "override_battery": SiteAction(
        _override_battery,
        {
            vol.Required(ATTR_DEVICE): DEVICES,
            vol.Required(ATTR_MODE): vol.In([mode.value for mode in BatteryMode]),
            **_TIME,
            vol.Optional(ATTR_POWER_KW): NUMBER,
        },
    ),
    "list_overrides": SiteAction(_list_overrides, SITE_FIELDS, SupportsResponse.ONLY),
    "clear_override": SiteAction(
        _clear_override,
        {**SITE_FIELDS, vol.Optional(ATTR_DEVICE): DEVICES, vol.Optional(ATTR_OVERRIDE): DEVICES},
    ),
}
