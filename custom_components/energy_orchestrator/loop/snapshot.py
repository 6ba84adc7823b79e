"""What a cycle comes to and what it goes on from; a snapshot is the one thing entities, actions and answers read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from ..learning.past import Past
from ..model.decision import BatteryOverride, Decisions, MinerOverride, Override
from ..model.findings import NOTHING_FOUND, Findings, without_units
from ..model.forecast import Forecasts
from ..model.ledger import Ledger
from ..model.plan import Cost, Plan
from ..model.policy import Moment
from ..model.readings import SiteReadings
from ..model.site import Drive, Site
from ..planner.report import Report
from ..settings import Settings


class Failure(StrEnum):
    """Why the last planning failed: keys of the exceptions' texts."""

    SOC_UNKNOWN = "soc_unknown"
    PLANNING_FAILED = "planning_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What outlives a restart of the loop, as plain data: the day's account and the owner's words.

    `miner_overrides`, `battery_overrides`: all that stand, by id, those of later included. Once there was one per device,
    by the device's id.
    """

    ledger: Ledger = field(default_factory=Ledger)
    miner_overrides: Mapping[str, MinerOverride] = field(default_factory=dict)
    battery_overrides: Mapping[str, BatteryOverride] = field(default_factory=dict)

    @property
    def overrides(self) -> dict[str, Override]:
        """All words that stand, by id."""
        return {**self.miner_overrides, **self.battery_overrides}

    def overridden(self, overrides: Mapping[str, Override]) -> Remembered:
        """Return the same with these words in place of all."""
        return replace(
            self,
            miner_overrides={key: word for key, word in overrides.items() if isinstance(word, MinerOverride)},
            battery_overrides={key: word for key, word in overrides.items() if isinstance(word, BatteryOverride)},
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planned:
    """What one planning brought.

    `baseline`: what the same problem costs left alone with miners on surplus, what savings are measured against.
    `hours`: the plan told by the hour, as JSON.
    """

    forecasts: Forecasts
    plan: Plan
    report: Report
    baseline: Cost
    hours: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """One cycle's result; `planned` is None until the first plan stands.

    `past`: what house and sun gave in the last weeks.
    `miner_overrides`, `battery_overrides`: the owner's words in force at this moment, by device.
    `drives`: by battery id, what it can be told at this moment.
    `found`: what control has found out of the devices: people's doing, and what does not do what it is told.
    `failure`: why the last planning failed, None when it did not.
    `planless_since`: since when no plan has covered the moment, None where one does.
    """

    settings: Settings
    readings: SiteReadings
    remembered: Remembered
    past: Past
    decisions: Decisions
    planned: Planned | None = None
    failure: Failure | None = None
    planless_since: datetime | None = None
    miner_overrides: Mapping[str, MinerOverride] = field(default_factory=dict)
    battery_overrides: Mapping[str, BatteryOverride] = field(default_factory=dict)
    drives: Mapping[str, Drive] = field(default_factory=dict)
    found: Findings = NOTHING_FOUND

    @property
    def forecasts(self) -> Forecasts | None:
        """What the standing plan expects."""
        return self.planned.forecasts if self.planned else None

    @property
    def plan(self) -> Plan | None:
        """The standing plan."""
        return self.planned.plan if self.planned else None

    @property
    def report(self) -> Report | None:
        """The standing plan with its reasons."""
        return self.planned.report if self.planned else None

    @property
    def baseline(self) -> Cost | None:
        """What the home would cost left alone."""
        return self.planned.baseline if self.planned else None

    @property
    def hours(self) -> Sequence[Mapping[str, Any]]:
        """The standing plan by the hour, as JSON."""
        return self.planned.hours if self.planned else ()

    @property
    def ledger(self) -> Ledger:
        """What today came to so far."""
        return self.remembered.ledger

    @property
    def site(self) -> Site:
        """The site as it is now: without units that a person took out; one whose grid is known to be gone has none."""
        site = without_units(self.settings.site, self.found.units_off)
        if self.readings.grid_there.value is False:
            return replace(site, grid=replace(site.grid, connected=False))
        return site

    @property
    def at(self) -> datetime:
        """When the readings were taken."""
        return self.readings.at

    @property
    def slot(self) -> int | None:
        """Index of the plan's slot of this moment, None without a plan that covers it."""
        return self.plan.horizon.slot_at(self.at) if self.plan else None

    @property
    def moment(self) -> Moment:
        """What policies look at now: local time, the prices and temperatures of the present slot as far as known."""
        slot, forecasts = self.slot, self.forecasts
        known = forecasts is not None and slot is not None and slot < len(forecasts.import_price.expected)
        outdoors = forecasts.temperature_c if forecasts is not None and known else None
        cells = (battery.temperature_c.believed for battery in self.readings.batteries.values())
        return Moment(
            local=self.at.astimezone(ZoneInfo(self.settings.site.time_zone)),
            import_price=float(forecasts.import_price.expected[slot]) if forecasts is not None and known else None,
            export_price=float(forecasts.export_price.expected[slot]) if forecasts is not None and known else None,
            outdoor_c=None if outdoors is None else float(outdoors.expected[slot]),
            battery_c=tuple(c for c in cells if c is not None),
        )
