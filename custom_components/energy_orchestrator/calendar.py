"""The calendar of planned runs, miners and batteries that charge or discharge, and of the owner's words over the plan."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import is_
from typing import Final, override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from . import telling
from .entity import EnergyEntity, async_add_described
from .model.decision import Override
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
_WORD: Final[Mapping[str, str]] = {
    "run": "Override: {device} runs",
    "stop": "Override: {device} stands",
    "charge": "Override: {device} charges",
    "discharge": "Override: {device} discharges",
    "hold": "Override: {device} is held",
    "self_consumption": "Override: {device} covers the house by itself",
}


async def async_setup_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the site's calendar."""
    async_add_described(entry, async_add_entities, PlannedRuns, CALENDARS)


class PlannedRuns(EnergyEntity[SiteView], CalendarEntity):
    """What the standing plan has in store, and what its owner has told it."""

    _told: tuple[tuple[object, ...], list[CalendarEvent]] = ((None, None, None), [])

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
        """Home Assistant asks several times per state; the runs are told once per plan, the words once they change."""
        snapshot = self.coordinator.data
        made_of = snapshot.report, snapshot.remembered.miner_overrides, snapshot.remembered.battery_overrides
        if not all(map(is_, self._told[0], made_of, strict=True)):
            events = [self._event(run) for run in telling.runs(snapshot.report)] if snapshot.report else []
            events += [self._word(key, word) for key, word in snapshot.remembered.overrides.items()]
            self._told = made_of, sorted(events, key=lambda event: event.start)
        return self._told[1]

    def _word(self, key: str, word: Override) -> CalendarEvent:
        snapshot = self.coordinator.data
        device = snapshot.settings.site.names.get(word.device_id, word.device_id)
        power = "" if word.power_w is None else f" {telling.kilo(word.power_w):g} kW."
        return CalendarEvent(
            start=dt_util.as_local(word.since or min(snapshot.at, word.until - timedelta(seconds=1))),
            end=dt_util.as_local(word.until),
            summary=_WORD[telling.deed_of(word)].format(device=device),
            description=("Switched by hand." if word.by_hand else "As you asked, whatever the plan says.") + power,
            uid=key,
        )

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
