"""Setting up a site, one's own or a simulated one, and changing it later. The forms are in `flows/`."""

from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow

from .const import CONF_CONNECTED, CONF_IMPORT_PRICE, CONF_SIMULATED_SITE, DOMAIN
from .flows.devices import DEVICE_FLOWS
from .flows.forms import FieldProblem, sound
from .flows.options import OptionsSteps
from .flows.simulated import async_simulated_data, simulated_devices, simulated_form
from .flows.site import MAIN_SENSORS, SITE_STEPS
from .simulation.sites import SITES


class EnergyOrchestratorFlow(ConfigFlow, domain=DOMAIN):
    """One site. Its battery, inverter and miners are subentries, added and changed by flows of their own."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing entered."""
        self._entered: dict[str, Any] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> OptionsFlow:
        """Return the options flow."""
        return OptionsSteps()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry[Any]) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the kinds of devices."""
        return DEVICE_FLOWS

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose between a site of one's own and a simulated one."""
        return self.async_show_menu(step_id="user", menu_options=["site", "simulated"])

    async def async_step_simulated(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose a ready-made site; it comes with its devices."""
        form = simulated_form()
        if user_input is None:
            return form.show(self, "simulated", {})
        values = form.flat(user_input)
        if problems := form.problems(values):
            return form.show(self, "simulated", values, problems)
        simulated = SITES[values[CONF_SIMULATED_SITE]]
        await self.async_set_unique_id(f"simulated_{simulated.key}")
        self._abort_if_unique_id_configured()
        data = await async_simulated_data(self.hass, values)
        if isinstance(data, FieldProblem):
            return form.show(self, "simulated", values, [data])
        return self.async_create_entry(title=simulated.site.name, data=data, subentries=simulated_devices(simulated))

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose what to change; of a simulated site that is its connection."""
        if CONF_SIMULATED_SITE in self._get_reconfigure_entry().data:
            return await self.async_step_site()
        return self.async_show_menu(step_id="reconfigure", menu_options=[*SITE_STEPS])

    async def async_step_site(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Name the site and say what its connection can carry and may be used for."""
        return await self._async_site_step("site", user_input)

    async def async_step_prices(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say what energy costs, and what it and mining bring."""
        return await self._async_site_step("prices", user_input)

    async def async_step_readings(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Map the site's own sensors, and describe the roof."""
        return await self._async_site_step("readings", user_input)

    async def _async_site_step(self, step_id: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        step, known = SITE_STEPS[step_id], self._known()
        form = step.form(known)
        if user_input is None:
            return form.show(self, step_id, known)
        values = form.flat(user_input)
        missing = form.problems(values)
        if problems := [*missing, *step.problems(self.hass, sound(values, missing))]:
            return form.show(self, step_id, values, problems)
        self._abort_if_known_elsewhere(values)
        self._entered = form.others(known) | values
        return await self._async_after(step_id)

    async def _async_after(self, step_id: str) -> ConfigFlowResult:
        """Store a change at once, unless it brings up what was not asked before; a new site goes on to its next step."""
        data = {key: value for key, value in self._entered.items() if key != CONF_NAME}
        title = self._entered[CONF_NAME]
        if self.source == SOURCE_RECONFIGURE:
            if self._newly_connected():
                return await self._async_site_step("prices", None)
            return self.async_update_and_abort(self._get_reconfigure_entry(), title=title, data=data)
        following = [*SITE_STEPS, None][[*SITE_STEPS].index(step_id) + 1]
        if following:
            return await self._async_site_step(following, None)
        return self.async_create_entry(title=title, data=data)

    def _newly_connected(self) -> bool:
        """Whether the site buys from now on, at a price that nobody has told: off-grid it is not asked for."""
        entered = self._entered
        return entered[CONF_CONNECTED] and not entered.keys() & {CONF_IMPORT_PRICE, CONF_SIMULATED_SITE}

    def _known(self) -> dict[str, Any]:
        if self.source == SOURCE_RECONFIGURE and not self._entered:
            entry = self._get_reconfigure_entry()
            return {CONF_NAME: entry.title, **entry.data}
        return self._entered

    def _abort_if_known_elsewhere(self, values: dict[str, Any]) -> None:
        """Refuse a second site of the same name or with the same main sensors."""
        others = [e for e in self._async_current_entries() if e.entry_id != self.context.get("entry_id")]
        name = values.get(CONF_NAME, "").casefold()
        if any(entry.title.casefold() == name for entry in others):
            raise AbortFlow("already_configured")
        if sensors := {key: values[key] for key in MAIN_SENSORS if key in values}:
            self._async_abort_entries_match(sensors)
