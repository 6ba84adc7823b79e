"""The actions: plan now, read the plan, ask what if, and put the owner's word over the plan or take it back."""

from datetime import datetime, timedelta
import math
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from . import permission, telling
from .calls import (
    ATTR_CAPACITY_KWH,
    ATTR_CONVERSATION,
    ATTR_DEVICE,
    ATTR_EXTRA_LOAD_FROM,
    ATTR_EXTRA_LOAD_UNTIL,
    ATTR_EXTRA_LOAD_W,
    ATTR_HOURS,
    ATTR_LANGUAGE,
    ATTR_LOAD_PERCENT,
    ATTR_MINERS_OFF,
    ATTR_PRICE_OFFSET,
    ATTR_RESERVE_SOC,
    ATTR_SOLAR_PERCENT,
    ATTR_TEXT,
    ATTR_TIME,
    DEVICES,
    NUMBER,
    PLAN_HOURS,
    SITE_FIELDS,
    SiteAction,
    device_of,
    devices_of,
    entry_of,
    moment_of,
    number_of,
    number_or,
)
from .const import DOMAIN, SUBENTRY_MINER
from .library import library_of
from .loop.orchestrator import Orchestrator
from .loop.snapshot import Snapshot
from .model.difference import told_difference, uncertainty
from .model.plan import Plan
from .model.whatif import WhatIf
from .overriding import OVERRIDE_ACTIONS
from .runtime import EnergyConfigEntry, Runtime
from .settings import Settings

DEFAULT_PLAN_HOURS: Final = 24.0


async def async_plan_now(orchestrator: Orchestrator) -> Snapshot:
    """Run a whole cycle and return what it brought; raise where it brought no plan."""
    await orchestrator.async_plan_now()
    snapshot = orchestrator.data
    if not orchestrator.last_update_success or snapshot.failure or snapshot.plan is None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=snapshot.failure or "no_plan_yet")
    return snapshot


async def _plan_now(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    orchestrator = entry_of(hass, call).runtime_data.orchestrator
    await permission.async_check(hass, call.context, permission.of_planning(orchestrator))
    snapshot = await async_plan_now(orchestrator)
    return telling.plan_told(snapshot.plan, snapshot.settings) if snapshot.plan else None


async def _get_plan(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    entry = entry_of(hass, call)
    hours = number_or(call, ATTR_HOURS, DEFAULT_PLAN_HOURS)
    snapshot = entry.runtime_data.orchestrator.data
    if snapshot.plan is None or snapshot.report is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=snapshot.failure or "no_plan_yet")
    return {
        **telling.plan_told(snapshot.plan, snapshot.settings),
        "rows": telling.rows_told(snapshot, hours),
        "runs": [telling.run_told(run, snapshot.settings) for run in telling.runs(snapshot.report)],
    }


async def _simulate(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    entry = entry_of(hass, call)
    orchestrator = entry.runtime_data.orchestrator
    off = devices_of(hass, call, SUBENTRY_MINER, ATTR_MINERS_OFF)
    if elsewhere := [device.name for device in off if device.orchestrator is not orchestrator]:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="device_of_other_site",
            translation_placeholders={"device": ", ".join(elsewhere), "site": entry.title},
        )
    reserve = number_of(call, ATTR_RESERVE_SOC)
    changes = WhatIf(
        solar_factor=number_or(call, ATTR_SOLAR_PERCENT, 100.0) / 100,
        load_factor=number_or(call, ATTR_LOAD_PERCENT, 100.0) / 100,
        extra_load_w=number_or(call, ATTR_EXTRA_LOAD_W, 0.0),
        extra_load_span=_span(call, orchestrator.data.at),
        capacity_factor=_capacity_factor(call, orchestrator.settings),
        price_offset=number_or(call, ATTR_PRICE_OFFSET, 0.0),
        reserve_soc=None if reserve is None else reserve / 100,
        miners_off=frozenset(device.id for device in off),
    )
    # Both from this moment's readings: the standing plan may be minutes old and would differ by that alone.
    return compared(*await orchestrator.questions.async_simulate(changes), orchestrator.settings)


def _span(call: ServiceCall, now: datetime) -> tuple[datetime, datetime] | None:
    """Return from when to when the extra load is there, None for always."""
    start, end = (moment_of(call, key) for key in (ATTR_EXTRA_LOAD_FROM, ATTR_EXTRA_LOAD_UNTIL))
    if start is None and end is None:
        return None
    start, end = start or now, end or now + timedelta(hours=PLAN_HOURS.most)
    if start >= end:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="ends_before_it_begins")
    return start, end


def _capacity_factor(call: ServiceCall, settings: Settings) -> float:
    """Return how many times as large all batteries together would be."""
    wanted_kwh = number_of(call, ATTR_CAPACITY_KWH)
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
    assistant = entry_of(hass, call).runtime_data.assistant
    reply = await assistant.async_ask(
        call.data[ATTR_TEXT],
        code=call.data.get(ATTR_LANGUAGE, hass.config.language),
        context=call.context,
        conversation_id=call.data.get(ATTR_CONVERSATION),
        may_act=True,
    )
    return reply.told()


async def _explain(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    device = device_of(hass, call.data[ATTR_DEVICE], None)
    runtime: Runtime = device.orchestrator.config_entry.runtime_data
    answer = await runtime.assistant.async_explain(
        device.id,
        code=call.data.get(ATTR_LANGUAGE, hass.config.language),
        context=call.context,
        at=call.data.get(ATTR_TIME),
    )
    return answer.told()


ACTIONS: Final[dict[str, SiteAction]] = {
    "plan_now": SiteAction(_plan_now, SITE_FIELDS, SupportsResponse.OPTIONAL),
    "get_plan": SiteAction(_get_plan, {**SITE_FIELDS, vol.Optional(ATTR_HOURS): NUMBER}, SupportsResponse.ONLY),
    "simulate": SiteAction(
        _simulate,
        {
            **SITE_FIELDS,
            vol.Optional(ATTR_SOLAR_PERCENT): NUMBER,
            vol.Optional(ATTR_LOAD_PERCENT): NUMBER,
            vol.Optional(ATTR_EXTRA_LOAD_W): NUMBER,
            vol.Optional(ATTR_EXTRA_LOAD_FROM): cv.datetime,
            vol.Optional(ATTR_EXTRA_LOAD_UNTIL): cv.datetime,
            vol.Optional(ATTR_CAPACITY_KWH): NUMBER,
            vol.Optional(ATTR_PRICE_OFFSET): NUMBER,
            vol.Optional(ATTR_RESERVE_SOC): NUMBER,
            vol.Optional(ATTR_MINERS_OFF): DEVICES,
        },
        SupportsResponse.ONLY,
    ),
    "ask": SiteAction(
        _ask,
        {
            **SITE_FIELDS,
            vol.Required(ATTR_TEXT): cv.string,
            vol.Optional(ATTR_LANGUAGE): cv.string,
            vol.Optional(ATTR_CONVERSATION): cv.string,
        },
        # Not ONLY, which declares that nothing is changed: it takes commands too.
        SupportsResponse.OPTIONAL,
    ),
    "explain": SiteAction(
        _explain,
        {
            vol.Required(ATTR_DEVICE): cv.string,
            vol.Optional(ATTR_TIME): cv.time,
            vol.Optional(ATTR_LANGUAGE): cv.string,
        },
        SupportsResponse.ONLY,
    ),
    **OVERRIDE_ACTIONS,
    "reload_knowledge": SiteAction(_reload_knowledge, {}, SupportsResponse.OPTIONAL),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, action in ACTIONS.items():

        async def handle(call: ServiceCall, action: SiteAction = action) -> ServiceResponse:
            return await action.handler(hass, call)

        hass.services.async_register(
            DOMAIN, name, handle, schema=vol.Schema(action.fields), supports_response=action.response
        )
