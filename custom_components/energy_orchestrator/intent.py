"""Intents: what a sentence file, a script or a language model may ask by name. Discovered by Home Assistant."""

from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, intent
import voluptuous as vol

from .assist.manager import ASSIST, Manager
from .assist.recognise import Match
from .assist.slots import DAYS, Slots
from .const import DOMAIN

INTENT_STATUS: Final = "EnergyOrchestratorStatus"
INTENT_PLAN: Final = "EnergyOrchestratorPlan"
INTENT_EXPLAIN: Final = "EnergyOrchestratorExplain"


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register the intents."""
    for handler in (StatusIntent(), PlanIntent(), ExplainIntent()):
        intent.async_register(hass, handler)


def manager_of(hass: HomeAssistant) -> Manager:
    """Return the first loaded site's manager."""
    entries = hass.config_entries.async_loaded_entries(DOMAIN)
    if not entries:
        raise intent.IntentHandleError("No Energy Orchestrator site is loaded", "no_site")
    manager: Manager = entries[0].runtime_data.assistant
    return manager


class _EnergyIntent(intent.IntentHandler):
    """An intent answered by the manager; `topic` is what is asked."""

    topic = "overview"
    platforms = {DOMAIN}  # noqa: RUF012 - as Home Assistant's own handlers have it

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Answer it."""
        slots = {name: slot["value"] for name, slot in self.async_validate_slots(intent_obj.slots).items()}
        manager = manager_of(intent_obj.hass)
        await manager.async_prepare(intent_obj.language)
        match = Match(self.topic, self.slots_of(manager, slots), frozenset(), 1.0, intent_obj.text_input or "")
        answer = await manager.async_answer(
            match, intent_obj.language, context=intent_obj.context, assistant=intent_obj.assistant or ASSIST
        )
        response = intent_obj.create_response()
        response.response_type = intent.IntentResponseType.QUERY_ANSWER
        response.async_set_speech(answer.spoken, extra_data=answer.told())
        return response

    def slots_of(self, manager: Manager, slots: dict[str, Any]) -> Slots:
        """Return the values asked with."""
        return Slots()


class StatusIntent(_EnergyIntent):
    """The present state of battery, sun, house and grid."""

    intent_type = INTENT_STATUS
    description = "Tells the battery level, solar power, house load and grid power of the home now"


class PlanIntent(_EnergyIntent):
    """The plan of a day."""

    intent_type = INTENT_PLAN
    description = "Tells the energy plan: when miners run and the battery charges, with expected energies and cost"
    topic = "plan_day"
    slot_schema = {vol.Optional("day"): vol.In(DAYS)}  # noqa: RUF012

    @override
    def slots_of(self, manager: Manager, slots: dict[str, Any]) -> Slots:
        """The day."""
        return Slots(day=slots.get("day"))


class ExplainIntent(_EnergyIntent):
    """Why a device does what it does."""

    intent_type = INTENT_EXPLAIN
    description = (
        "Explains why a miner or battery is on, off, charging or waiting, with numbers and the rules behind it"
    )
    topic = "explain"
    slot_schema = {vol.Required("device"): intent.non_empty_string, vol.Optional("time"): cv.time}  # noqa: RUF012

    @override
    def slots_of(self, manager: Manager, slots: dict[str, Any]) -> Slots:
        """The device and the time of day."""
        device_id = manager.device_named(slots["device"])
        if device_id is None:
            raise intent.IntentHandleError(f"There is no device {slots['device']!r}", "no_device")
        return Slots(devices=(device_id,), time=slots.get("time"))
