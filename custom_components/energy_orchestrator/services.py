"""The actions: plan now, read the plan, ask what if, and put the owner's word over the plan or take it back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
import math
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr, service
from homeassistant.util import dt as dt_util
import voluptuous as vol

from . import permission, telling
from .const import DOMAIN, SUBENTRY_BATTERY, SUBENTRY_INVERTER, SUBENTRY_MINER
from .library import library_of
from .loop.orchestrator import Orchestrator
from .loop.snapshot import Snapshot
from .model.decision import BatteryMode
from .model.difference import told_difference, uncertainty
from .model.plan import Plan
from .model.site import Battery, Miner
from .model.whatif import WhatIf
from .runtime import EnergyConfigEntry, Runtime
from .settings import Settings

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

DEFAULT_PLAN_HOURS: Final = 24.0


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

_NUMBER = vol.Coerce(float)
_DEVICES = vol.All(cv.ensure_list, [cv.string])
_SITE = {vol.Optional(ATTR_ENTRY): cv.string}


async def async_plan_now(orchestrator: Orchestrator) -> Snapshot:
    """Run a whole cycle and return what it brought; raise where it brought no plan."""
    await orchestrator.async_plan_now()
    snapshot = orchestrator.data
    if not orchestrator.last_update_success or snapshot.failure or snapshot.plan is None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=snapshot.failure or "no_plan_yet")
    return snapshot


async def _plan_now(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    orchestrator = _entry(hass, call).runtime_data.orchestrator
    await permission.async_check(hass, call.context, permission.of_planning(orchestrator))
    snapshot = await async_plan_now(orchestrator)
    return telling.plan_told(snapshot.plan, snapshot.settings) if snapshot.plan else None


async def _get_plan(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    entry = _entry(hass, call)
    hours = _number_or(call, ATTR_HOURS, DEFAULT_PLAN_HOURS)
    snapshot = entry.runtime_data.orchestrator.data
    if snapshot.plan is None or snapshot.report is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=snapshot.failure or "no_plan_yet")
    return {
        **telling.plan_told(snapshot.plan, snapshot.settings),
        "rows": telling.rows_told(snapshot, hours),
        "runs": [telling.run_told(run, snapshot.settings) for run in telling.runs(snapshot.report)],
    }


async def _simulate(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    entry = _entry(hass, call)
    orchestrator = entry.runtime_data.orchestrator
    off = _devices(hass, call, SUBENTRY_MINER, ATTR_MINERS_OFF)
    if elsewhere := [device.name for device in off if device.orchestrator is not orchestrator]:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="device_of_other_site",
            translation_placeholders={"device": ", ".join(elsewhere), "site": entry.title},
        )
    reserve = _number(call, ATTR_RESERVE_SOC)
    changes = WhatIf(
        solar_factor=_number_or(call, ATTR_SOLAR_PERCENT, 100.0) / 100,
        load_factor=_number_or(call, ATTR_LOAD_PERCENT, 100.0) / 100,
        extra_load_w=_number_or(call, ATTR_EXTRA_LOAD_W, 0.0),
        extra_load_span=_span(call, orchestrator.data.at),
        capacity_factor=_capacity_factor(call, orchestrator.settings),
        price_offset=_number_or(call, ATTR_PRICE_OFFSET, 0.0),
        reserve_soc=None if reserve is None else reserve / 100,
        miners_off=frozenset(device.id for device in off),
    )
    # Both from this moment's readings: the standing plan may be minutes old and would differ by that alone.
    return compared(*await orchestrator.questions.async_simulate(changes), orchestrator.settings)


def _span(call: ServiceCall, now: datetime) -> tuple[datetime, datetime] | None:
    """Return from when to when the extra load is there, None for always."""
    given = [call.data.get(key) for key in (ATTR_EXTRA_LOAD_FROM, ATTR_EXTRA_LOAD_UNTIL)]
    if given == [None, None]:
        return None
    start, end = (None if when is None else dt_util.as_utc(when) for when in given)
    start, end = start or now, end or now + timedelta(hours=PLAN_HOURS.most)
    if start >= end:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="ends_before_it_begins")
    return start, end


def _capacity_factor(call: ServiceCall, settings: Settings) -> float:
    """Return how many times as large all batteries together would be."""
    wanted_kwh = _number(call, ATTR_CAPACITY_KWH)
    if wanted_kwh is None:
        return 1.0
    capacity_wh = sum(battery.capacity_wh for battery in settings.site.batteries)
    if not capacity_wh:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_battery")
    return 1000 * wanted_kwh / capacity_wh


def compared(present: Plan, changed: Plan, settings: Settings) -> dict[str, Any]:
    """Return two plans for the same hours side by side, and changed minus present.

    A total that differs by no more than the plans' own `uncertainty` (None: not known) differs by 0.
    """
    told = {"present": telling.plan_told(present, settings), "changed": telling.plan_told(changed, settings)}
    sums = ("cost", "energy_kwh", "miner_hours")
    difference = {
        part: {
            name: round(told["changed"][part].get(name, 0.0) - value, 4)
            for name, value in told["present"][part].items()
        }
        for part in sums
    }
    if not told_difference(present, changed):
        difference["cost"]["total"] = 0.0
    blur = uncertainty(present, changed)
    return {**told, "difference": difference, "uncertainty": round(blur, 4) if math.isfinite(blur) else None}


async def _override_miner(hass: HomeAssistant, call: ServiceCall) -> None:
    hours, power_w = _number(call, ATTR_HOURS), _number(call, ATTR_POWER_W)
    devices = _devices(hass, call, SUBENTRY_MINER)
    await _async_check_devices(hass, call, devices)
    for device in devices:
        _check_miner_power(device.miner, power_w)
    for device in devices:
        await device.orchestrator.async_override_miner(
            device.id, run=call.data[ATTR_RUN], hours=device.override_hours(hours), power_w=power_w
        )


async def _override_battery(hass: HomeAssistant, call: ServiceCall) -> None:
    mode = BatteryMode(call.data[ATTR_MODE])
    hours, power_kw = _number(call, ATTR_HOURS), _number(call, ATTR_POWER_KW)
    power_w = None if power_kw is None else 1000 * power_kw
    devices = _devices(hass, call, SUBENTRY_BATTERY)
    await _async_check_devices(hass, call, devices)
    for device in devices:
        _check_battery_power(device.battery, mode, power_w)
        device.orchestrator.check_drivable(device.id, mode, power_w)
    for device in devices:
        await device.orchestrator.async_override_battery(
            device.id, mode, hours=device.override_hours(hours), power_w=power_w
        )


async def _clear_override(hass: HomeAssistant, call: ServiceCall) -> None:
    if ATTR_DEVICE not in call.data:
        orchestrator = _entry(hass, call).runtime_data.orchestrator
        await permission.async_check(hass, call.context, permission.of_devices(orchestrator))
        await orchestrator.async_clear_override(None)
        return
    devices = _devices(hass, call, None)
    await _async_check_devices(hass, call, devices)
    for device in devices:
        await device.orchestrator.async_clear_override(device.id)


async def _reload_knowledge(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    library = library_of(hass)
    if library is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_library")
    # Documents that have changed are rules from then on, and every site plans anew with them.
    entries: list[EnergyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        moved = permission.of_planning(entry.runtime_data.orchestrator)
        await permission.async_check(hass, call.context, moved)
    await library.async_reload()
    return {
        "documents": len(library.documents),
        "policies": [*library.sentences],
        "problems": [
            {"file": problem.file, "line": problem.line, "problem": problem.kind.value, **problem.placeholders}
            for problem in library.problems
        ],
    }


async def _ask(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    assistant = _entry(hass, call).runtime_data.assistant
    reply = await assistant.async_ask(
        call.data[ATTR_TEXT],
        code=call.data.get(ATTR_LANGUAGE, hass.config.language),
        context=call.context,
        conversation_id=call.data.get(ATTR_CONVERSATION),
        may_act=True,
    )
    return reply.told()


async def _explain(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    device = _device(hass, call.data[ATTR_DEVICE], None)
    runtime: Runtime = device.orchestrator.config_entry.runtime_data
    answer = await runtime.assistant.async_explain(
        device.id,
        code=call.data.get(ATTR_LANGUAGE, hass.config.language),
        context=call.context,
        at=call.data.get(ATTR_TIME),
    )
    return answer.told()


@dataclass(frozen=True, slots=True)
class _Action:
    """An action: its handler, what it takes, and whether it answers."""

    handler: Callable[[HomeAssistant, ServiceCall], Awaitable[ServiceResponse]]
    fields: dict[Any, Any]
    response: SupportsResponse = SupportsResponse.NONE


ACTIONS: Final[dict[str, _Action]] = {
    "plan_now": _Action(_plan_now, _SITE, SupportsResponse.OPTIONAL),
    "get_plan": _Action(_get_plan, {**_SITE, vol.Optional(ATTR_HOURS): _NUMBER}, SupportsResponse.ONLY),
    "simulate": _Action(
        _simulate,
        {
            **_SITE,
            vol.Optional(ATTR_SOLAR_PERCENT): _NUMBER,
            vol.Optional(ATTR_LOAD_PERCENT): _NUMBER,
            vol.Optional(ATTR_EXTRA_LOAD_W): _NUMBER,
            vol.Optional(ATTR_EXTRA_LOAD_FROM): cv.datetime,
            vol.Optional(ATTR_EXTRA_LOAD_UNTIL): cv.datetime,
            vol.Optional(ATTR_CAPACITY_KWH): _NUMBER,
            vol.Optional(ATTR_PRICE_OFFSET): _NUMBER,
            vol.Optional(ATTR_RESERVE_SOC): _NUMBER,
            vol.Optional(ATTR_MINERS_OFF): _DEVICES,
        },
        SupportsResponse.ONLY,
    ),
    "ask": _Action(
        _ask,
        {
            **_SITE,
            vol.Required(ATTR_TEXT): cv.string,
            vol.Optional(ATTR_LANGUAGE): cv.string,
            vol.Optional(ATTR_CONVERSATION): cv.string,
        },
        # Not ONLY, which declares that nothing is changed: it takes commands too.
        SupportsResponse.OPTIONAL,
    ),
    "explain": _Action(
        _explain,
        {
            vol.Required(ATTR_DEVICE): cv.string,
            vol.Optional(ATTR_TIME): cv.time,
            vol.Optional(ATTR_LANGUAGE): cv.string,
        },
        SupportsResponse.ONLY,
    ),
    "override_miner": _Action(
        _override_miner,
        {
            vol.Required(ATTR_DEVICE): _DEVICES,
            vol.Required(ATTR_RUN): cv.boolean,
            vol.Optional(ATTR_HOURS): _NUMBER,
            vol.Optional(ATTR_POWER_W): _NUMBER,
        },
    ),
    "override_battery": _Action(
        _override_battery,
        {
            vol.Required(ATTR_DEVICE): _DEVICES,
            vol.Required(ATTR_MODE): vol.In([mode.value for mode in BatteryMode]),
            vol.Optional(ATTR_HOURS): _NUMBER,
            vol.Optional(ATTR_POWER_KW): _NUMBER,
        },
    ),
    "reload_knowledge": _Action(_reload_knowledge, {}, SupportsResponse.OPTIONAL),
    "clear_override": _Action(_clear_override, {**_SITE, vol.Optional(ATTR_DEVICE): _DEVICES}),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, action in ACTIONS.items():

        async def handle(call: ServiceCall, action: _Action = action) -> ServiceResponse:
            return await action.handler(hass, call)

        hass.services.async_register(
            DOMAIN, name, handle, schema=vol.Schema(action.fields), supports_response=action.response
        )


@dataclass(frozen=True, slots=True)
class _Device:
    """A device an action is for."""

    id: str
    name: str
    orchestrator: Orchestrator

    @property
    def miner(self) -> Miner:
        return next(miner for miner in self.orchestrator.settings.site.miners if miner.id == self.id)

    @property
    def battery(self) -> Battery:
        return next(battery for battery in self.orchestrator.settings.site.batteries if battery.id == self.id)

    def override_hours(self, asked: float | None) -> float:
        """Return how long the owner's word stands: as asked, or the site's option."""
        return self.orchestrator.settings.override.total_seconds() / 3600 if asked is None else asked


def _entry(hass: HomeAssistant, call: ServiceCall) -> EnergyConfigEntry:
    """Return the site asked for, or the only one."""
    entry: EnergyConfigEntry = service.async_get_config_entry(hass, DOMAIN, call.data.get(ATTR_ENTRY))
    return entry


NOT_OF_KIND: Final = {
    SUBENTRY_MINER: "not_a_miner",
    SUBENTRY_BATTERY: "not_a_battery",
    None: "not_a_device",
}


def _devices(hass: HomeAssistant, call: ServiceCall, kind: str | None, key: str = ATTR_DEVICE) -> list[_Device]:
    """Return the devices an action names; `kind` is the subentry type they must be of, None for any."""
    return [_device(hass, device_id, kind) for device_id in call.data.get(key, [])]


def _device(hass: HomeAssistant, device_id: str, kind: str | None) -> _Device:
    device = dr.async_get(hass).async_get(device_id)
    own = {value for domain, value in device.identifiers if domain == DOMAIN} if device else set()
    kinds = {kind} if kind else {SUBENTRY_BATTERY, SUBENTRY_INVERTER, SUBENTRY_MINER}
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        for subentry in entry.subentries.values():
            if subentry.subentry_id in own and subentry.subentry_type in kinds:
                return _Device(subentry.subentry_id, subentry.title, entry.runtime_data.orchestrator)
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=NOT_OF_KIND[kind],
        translation_placeholders={"device": (device.name_by_user or device.name if device else None) or device_id},
    )


async def _async_check_devices(hass: HomeAssistant, call: ServiceCall, devices: Sequence[_Device]) -> None:
    """Let pass who may control all of the devices: where one of them is refused, nothing is done to any."""
    moved = [item for device in devices for item in permission.of_devices(device.orchestrator, (device.id,))]
    await permission.async_check(hass, call.context, moved)


def _number_or(call: ServiceCall, key: str, default: float) -> float:
    """Return a number of an action within its span, or the default where it is not given."""
    value = _number(call, key)
    return default if value is None else value


def _number(call: ServiceCall, key: str) -> float | None:
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
