"""The calendar of planned runs: miners, and batteries that charge or discharge."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from . import telling
from .entity import EnergyEntity, async_add_described
from .runtime import EnergyConfigEntry
from .telling import Run, RunKind
from .views import SITE, SiteView

PARALLEL_UPDATES = 0

CALENDARS: Final = {SITE: (CalendarEntityDescription(key="planned_runs", translation_key="planned_runs"),)}

_SUMMARY: Final[Mapping[RunKind, str]] = {
    RunKind.MINING: "{device} runs",
    RunKind.CHARGE: "{device} charges to {soc} %",
    RunKind.DISCHARGE: "{device} discharges to {soc} %",
}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the site's calendar."""
    async_add_described(entry, async_add_entities, PlannedRuns, CALENDARS)


class PlannedRuns(EnergyEntity[SiteView], CalendarEntity):
    """What the standing plan has in store."""

    _told: tuple[object, list[CalendarEvent]] | None = None

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """The run that is on, or else the next one."""
        now = dt_util.utcnow()
        return next((event for event in self._events() if event.end > now), None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """The runs that touch a span of time."""
        return [event for event in self._events() if event.start < end_date and event.end > start_date]

    def _events(self) -> list[CalendarEvent]:
        """Home Assistant asks several times per state; the runs are told once per plan."""
        report = self.coordinator.data.report
        if self._told is None or self._told[0] is not report:
            self._told = report, [self._event(run) for run in telling.runs(report)] if report else []
        return self._told[1]

    def _event(self, run: Run) -> CalendarEvent:
        settings = self.coordinator.data.settings
        device = settings.site.names[run.device_id]
        soc = "" if run.target_soc is None else f"{100 * run.target_soc:.0f}"
        units = f"{run.units} units, " if run.units is not None and run.units > 1 else ""
        return CalendarEvent(
            start=dt_util.as_local(run.start),
            end=dt_util.as_local(run.end),
            summary=_SUMMARY[run.kind].format(device=device, soc=soc),
            description=f"{units}{telling.kilo(run.power_w):g} kW, {telling.kilo(run.energy_wh):g} kWh: "
            f"{run.reason.code.value.replace('_', ' ')}",
            uid=f"{run.device_id}_{run.start:%Y%m%dT%H%M}",
        )
