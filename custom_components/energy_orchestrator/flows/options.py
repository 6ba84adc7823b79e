"""The options: how the site is run, not what it is."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import ConversationAgentSelector, TimeSelector

from .. import const as c
from ..model.site import Mode, Strategy
from ..settings import DEFAULT_OPTIONS
from .forms import FIXED, TABLE, Fields, Form, choose, needed, number, optional, options, preset, table
from .tables import profile_of, profile_rows

_TIMES: Final = {
    c.CONF_INTERVAL_MIN: number("min", low=1, high=60),
    c.CONF_STALE_MIN: number("min", low=1, high=1440),
    c.CONF_GRACE_MIN: number("min", low=0, high=240),
    c.CONF_OVERRIDE_H: number("h", low=0.25, high=168),
}


def _form() -> Form:
    def _set(key: str) -> Any:
        return preset(key, DEFAULT_OPTIONS[key])

    watts = number("W", low=0, high=1_000_000)
    rows = table(
        "load_table", {c.ROW_FROM: TimeSelector(), c.ROW_POWER_W: watts}, label=c.ROW_FROM, description=c.ROW_POWER_W
    )
    fields: Fields = {
        _set(c.CONF_MODE): options(c.CONF_MODE, Mode),
        _set(c.CONF_STRATEGY): options(c.CONF_STRATEGY, Strategy),
        needed(c.CONF_LOAD_PROFILE_W): choose("load_profile", {FIXED: watts, TABLE: rows}),
    }
    times = {_set(key): selector for key, selector in _TIMES.items()}
    return Form(fields | times | {optional(c.CONF_FALLBACK_AGENT): ConversationAgentSelector()})


class OptionsSteps(OptionsFlow):
    """One form for all of them. The entry's update listener acts on a change."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show and store the options."""
        form = _form()
        if user_input is None:
            return form.show(self, "init", self._before())
        values = form.flat(user_input)
        if problems := form.problems(values):
            return form.show(self, "init", values, problems)
        profile = profile_of(c.CONF_LOAD_PROFILE_W, values[c.CONF_LOAD_PROFILE_W])
        if not isinstance(profile, list):
            return form.show(self, "init", values, [profile])
        return self.async_create_entry(data={**values, c.CONF_LOAD_PROFILE_W: profile})

    def _before(self) -> Mapping[str, Any]:
        stored = {**DEFAULT_OPTIONS, **self.config_entry.options}
        return {**stored, c.CONF_LOAD_PROFILE_W: profile_rows(stored[c.CONF_LOAD_PROFILE_W])}
