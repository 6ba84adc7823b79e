"""What a call of an action says: which site, which devices, and numbers and times within what they may be."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr, service
from homeassistant.util import dt as dt_util
import voluptuous as vol

from . import permission
from .const import DOMAIN, SUBENTRY_BATTERY, SUBENTRY_INVERTER, SUBENTRY_MINER
from .loop.orchestrator import Orchestrator
from .model.site import Battery, Miner
from .runtime import EnergyConfigEntry

ATTR_ENTRY: Final = "config_entry_id"
ATTR_DEVICE: Final = "device_id"
ATTR_HOURS: Final = "hours"
ATTR_RUN: Final = "run"
ATTR_MODE: Final = "mode"
ATTR_POWER_W: Final = "power_w"
ATTR_POWER_KW: Final = "power_kw"
ATTR_SOLAR_PERCENT: Final = "solar_percent"
ATTR_LOAD_PERCENT: Final = "load_percent"
ATTR_EXTRA_LOAD_W: Final = "extra_load_w"
ATTR_EXTRA_LOAD_FROM: Final = "extra_load_from"
ATTR_EXTRA_LOAD_UNTIL: Final = "extra_load_until"
ATTR_CAPACITY_KWH: Final = "capacity_kwh"
ATTR_PRICE_OFFSET: Final = "price_offset"
ATTR_RESERVE_SOC: Final = "reserve_soc"
ATTR_MINERS_OFF: Final = "miners_off"
ATTR_TEXT: Final = "text"
ATTR_LANGUAGE: Final = "language"
ATTR_CONVERSATION: Final = "conversation_id"
ATTR_TIME: Final = "time"
ATTR_FROM: Final = "from"
ATTR_UNTIL: Final = "until"
ATTR_OVERRIDE: Final = "override_id"


@dataclass(frozen=True, slots=True)
class SiteAction:
    """An action: its handler, what it takes, and whether it answers."""

    handler: Callable[[HomeAssistant, ServiceCall], Awaitable[ServiceResponse]]
    fields: dict[Any, Any]
    response: SupportsResponse = SupportsResponse.NONE


@dataclass(frozen=True, slots=True)
class Span:
    """What a number of an action may be, both ends included; services.yaml shows the same."""

    least: float
    most: float


PLAN_HOURS: Final = Span(1, 48)
OVERRIDE_HOURS: Final = Span(0.25, 48)
SPANS: Final[dict[str, dict[str, Span]]] = {
    "get_plan": {ATTR_HOURS: PLAN_HOURS},
    "simulate": {
        ATTR_SOLAR_PERCENT: Span(0, 300),
        ATTR_LOAD_PERCENT: Span(0, 300),
        ATTR_EXTRA_LOAD_W: Span(0, 100_000),
        ATTR_CAPACITY_KWH: Span(0.1, 100_000),
        ATTR_PRICE_OFFSET: Span(-10, 10),
        ATTR_RESERVE_SOC: Span(0, 100),
    },
    "override_miner": {ATTR_HOURS: OVERRIDE_HOURS, ATTR_POWER_W: Span(1, 1_000_000)},
    "override_battery": {ATTR_HOURS: OVERRIDE_HOURS, ATTR_POWER_KW: Span(0, 10_000)},
}

NUMBER: Final = vol.Coerce(float)
DEVICES: Final = vol.All(cv.ensure_list, [cv.string])
SITE_FIELDS: Final = {vol.Optional(ATTR_ENTRY): cv.string}


@dataclass(frozen=True, slots=True)
class SiteDevice:
    """A device an action is for."""

    id: str
    name: str
    orchestrator: Orchestrator

    @property
    def miner(self) -> Miner:
        """The miner it is."""
        return next(miner for miner in self.orchestrator.settings.site.miners if miner.id == self.id)

    @property
    def battery(self) -> Battery:
        """The battery it is."""
        return next(battery for battery in self.orchestrator.settings.site.batteries if battery.id == self.id)


def entry_of(hass: HomeAssistant, call: ServiceCall) -> EnergyConfigEntry:
    """Return the site asked for, or the only one."""
    entry: EnergyConfigEntry = service.async_get_config_entry(hass, DOMAIN, call.data.get(ATTR_ENTRY))
    return entry


NOT_OF_KIND: Final = {
    SUBENTRY_MINER: "not_a_miner",
    SUBENTRY_BATTERY: "not_a_battery",
    None: "not_a_device",
}


def devices_of(hass: HomeAssistant, call: ServiceCall, kind: str | None, key: str = ATTR_DEVICE) -> list[SiteDevice]:
    """Return the devices an action names; `kind` is the subentry type they must be of, None for any."""
    return [device_of(hass, device_id, kind) for device_id in call.data.get(key, [])]


def device_of(hass: HomeAssistant, device_id: str, kind: str | None) -> SiteDevice:
    """Return a device of a site by its id in the registry; `kind` as for `devices_of`."""
    device = dr.async_get(hass).async_get(device_id)
    own = {value for domain, value in device.identifiers if domain == DOMAIN} if device else set()
    kinds = {kind} if kind else {SUBENTRY_BATTERY, SUBENTRY_INVERTER, SUBENTRY_MINER}
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        for subentry in entry.subentries.values():
            if subentry.subentry_id in own and subentry.subentry_type in kinds:
                return SiteDevice(subentry.subentry_id, subentry.title, entry.runtime_data.orchestrator)
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=NOT_OF_KIND[kind],
        translation_placeholders={"device": (device.name_by_user or device.name if device else None) or device_id},
    )


async def async_check_devices(hass: HomeAssistant, call: ServiceCall, devices: Sequence[SiteDevice]) -> None:
    """Let pass who may control all of the devices: where one of them is refused, nothing is done to any."""
    moved = [item for device in devices for item in permission.of_devices(device.orchestrator, (device.id,))]
    await permission.async_check(hass, call.context, moved)


def number_or(call: ServiceCall, key: str, default: float) -> float:
    """Return a number of an action within its span, or the default where it is not given."""
    value = number_of(call, key)
    return default if value is None else value


def number_of(call: ServiceCall, key: str) -> float | None:
    """Return a number of an action within its span, None where it is not given."""
    value: float | None = call.data.get(key)
    if value is None:
        return None
    span = SPANS[call.service][key]
    if not span.least <= value <= span.most:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="out_of_range",
            translation_placeholders={
                "field": key,
                "value": f"{value:g}",
                "least": f"{span.least:g}",
                "most": f"{span.most:g}",
            },
        )
    return value


def moment_of(call: ServiceCall, key: str) -> datetime | None:
    """Return a time of an action in UTC, of the home's time zone where it names none; None where it is not given."""
    given: datetime | None = call.data.get(key)
    try:
        return None if given is None else dt_util.as_utc(given)
    except OverflowError:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_such_time",
            translation_placeholders={"field": key, "value": str(given)},
        ) from None
