"""What entities show, as properties over the snapshot: one view per kind of device. A value not known is None."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from homeassistant.const import SUN_EVENT_SUNRISE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.sun import get_astral_event_next
from homeassistant.util import dt as dt_util

from . import telling
from .const import SUBENTRY_BATTERY, SUBENTRY_INVERTER, SUBENTRY_MINER
from .loop.snapshot import Snapshot
from .model.decision import BatteryDecision, BatteryMode, MinerAction, MinerDecision, Override
from .model.difference import gap_of, told_saving
from .model.forecast import Forecast
from .model.ledger import MinerState
from .model.readings import BatteryReadings, InverterReadings, MinerReadings, Reading
from .model.site import EVERYTHING, Battery, Inverter, Miner
from .planner.report import Row

SITE: Final = "site"
LOW_SOC: Final = 0.4
HIGH_SOC: Final = 0.8
NEXT_HOURS: Final = 24.0


class HealthZone(StrEnum):
    """How well a battery's state of charge does it."""

    CRITICAL = "critical"
    LOW = "low"
    HEALTHY = "healthy"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A sum over the local day: what the ledger counted and what the plan expects of the rest."""

    so_far: float
    remaining: float

    @property
    def total(self) -> float:
        """The whole day's."""
        return self.so_far + self.remaining


@dataclass(frozen=True, slots=True)
class View:
    """One device, or the site, at this moment."""

    hass: HomeAssistant
    snapshot: Snapshot
    device_id: str

    @property
    def exists(self) -> bool:
        """Whether the settings of this moment know the device."""
        return self.device_id in self.snapshot.settings.site.names

    @property
    def row(self) -> Row | None:
        """The plan's present slot."""
        return telling.row_at(self.snapshot, self.snapshot.at)

    def of_row(self, value: Callable[[Row], float]) -> float | None:
        """Return a value of the plan's present slot."""
        return None if self.row is None else value(self.row)

    def rows_until(self, end: datetime) -> Iterator[tuple[Row, float]]:
        """Yield the plan's rows from now to `end`, each with its hours in that time."""
        return telling.rows_within(self.snapshot, self.snapshot.at, end)

    @property
    def override(self) -> Override | None:
        """The owner's word in force now."""
        snapshot = self.snapshot
        return snapshot.miner_overrides.get(self.device_id) or snapshot.battery_overrides.get(self.device_id)

    @property
    def override_attributes(self) -> dict[str, Any]:
        """The word in force in full, and those of later."""
        words = self.snapshot.remembered.overrides.values()
        ahead = [word for word in words if word.device_id == self.device_id and not word.begun(self.snapshot.at)]
        return {
            **(telling.override_told(self.override) if self.override else {}),
            "ahead": [telling.override_told(word) for word in sorted(ahead, key=lambda word: word.until)],
        }

    @property
    def midnight(self) -> datetime:
        """When this local day began."""
        return dt_util.start_of_local_day(dt_util.as_local(self.snapshot.at))

    @property
    def next_midnight(self) -> datetime:
        """When this local day ends."""
        return dt_util.start_of_local_day(dt_util.as_local(self.snapshot.at).date() + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class SiteView(View):
    """The site as a whole."""

    @property
    def exists(self) -> bool:
        """A site is always there."""
        return True

    @property
    def solar_w(self) -> float | None:
        """Solar power measured now, W."""
        return self.snapshot.readings.solar_w.believed

    @property
    def load_w(self) -> float | None:
        """House load without miners measured now, W."""
        return self.snapshot.readings.load_w.believed

    @property
    def grid_w(self) -> float | None:
        """Grid power measured now, W, + import."""
        return self.snapshot.readings.grid_w.believed

    @property
    def next_action(self) -> str | None:
        """What the plan changes next and when; None without a plan."""
        if self.snapshot.plan is None:
            return None
        action = telling.next_action(self.snapshot)
        return telling.action_text(action, self.snapshot.settings, self.snapshot.at) if action else "No change planned"

    @property
    def next_action_attributes(self) -> dict[str, Any]:
        """The next action in parts."""
        action = telling.next_action(self.snapshot)
        if action is None:
            return {}
        return {
            "device": self.snapshot.settings.site.names[action.device_id],
            "action": action.verb,
            "at": telling.local_iso(action.at),
            **telling.reason_told(action.reason),
        }

    @property
    def plan_attributes(self) -> dict[str, Any]:
        """The standing plan in short, and by the hour."""
        snapshot = self.snapshot
        if snapshot.plan is None:
            return {"failure": snapshot.failure}
        told = telling.plan_told(snapshot.plan, snapshot.settings)
        return {
            **{key: told[key] for key in ("created", "end", "cost", "shed")},
            "failure": snapshot.failure,
            "seconds": round(snapshot.plan.timing.total, 3),
            "hours": snapshot.hours,
        }

    @property
    def saving(self) -> float | None:
        """What the plan costs less than a home left alone over the whole horizon, 0 where only its gap is between them."""
        snapshot = self.snapshot
        if snapshot.plan is None or snapshot.baseline is None:
            return None
        return told_saving(snapshot.plan, snapshot.baseline.total)

    @property
    def saving_attributes(self) -> dict[str, Any]:
        """What the saving is the difference of."""
        snapshot = self.snapshot
        if snapshot.plan is None or snapshot.baseline is None:
            return {}
        return {
            "plan_cost": round(snapshot.plan.cost.total, 4),
            "left_alone_cost": round(snapshot.baseline.total, 4),
            "uncertainty": None if snapshot.plan.bound is None else round(gap_of(snapshot.plan), 4),
            "until": telling.local_iso(snapshot.plan.horizon.end),
        }

    @property
    def cost_so_far(self) -> float:
        """What the grid has cost today, less what it paid."""
        return self.snapshot.ledger.import_cost - self.snapshot.ledger.export_income

    def day(self, so_far: float, power_w: Callable[[Row], float]) -> DayFigure | None:
        """Return a day's energy in Wh; None without a plan."""
        if self.snapshot.report is None:
            return None
        rest = sum(power_w(row) * hours for row, hours in self.rows_until(self.next_midnight))
        return DayFigure(so_far, rest)

    @property
    def expected_cost(self) -> DayFigure | None:
        """The grid's cost of the whole day, in the site's currency."""
        return self.day(self.cost_so_far, _cost_per_hour)

    @property
    def expected_solar(self) -> DayFigure | None:
        """What the panels give today, Wh."""
        return self.day(self.snapshot.ledger.solar_wh, lambda row: row.solar_w - row.curtailed_w)

    @property
    def expected_load(self) -> DayFigure | None:
        """What the house uses today without miners, Wh."""
        return self.day(self.snapshot.ledger.load_wh, lambda row: row.load_w)

    @property
    def expected_import(self) -> DayFigure | None:
        """What is bought today, Wh."""
        return self.day(self.snapshot.ledger.imported_wh, lambda row: max(0.0, row.grid_w))

    @property
    def expected_export(self) -> DayFigure | None:
        """What is sold today, Wh."""
        return self.day(self.snapshot.ledger.exported_wh, lambda row: max(0.0, -row.grid_w))

    def forecast(self, name: str) -> Forecast | None:
        """Return one of the forecasts by its name."""
        forecasts = self.snapshot.forecasts
        found: Forecast | None = getattr(forecasts, name) if forecasts else None
        return found

    def source(self, name: str) -> str | None:
        """Return where a forecast came from."""
        forecast = self.forecast(name)
        return forecast.source.value if forecast else None

    def source_attributes(self, name: str) -> dict[str, Any]:
        """Return on how many days of the past a series rests, and until when its source itself knew; the rest is extended."""
        forecast, plan = self.forecast(name), self.snapshot.plan
        if forecast is None:
            return {}
        found: dict[str, Any] = {} if forecast.days is None else {"learned_days": forecast.days}
        if plan is not None and forecast.known_slots is not None:
            known_h = float(plan.horizon.edges_h[min(forecast.known_slots, len(plan.horizon))])
            found["known_until"] = telling.local_iso(plan.horizon.start + timedelta(hours=known_h))
        return found

    @property
    def troubles(self) -> list[dict[str, Any]]:
        """Every mapped reading that has no value, and why."""
        known = self.snapshot.settings.site.names
        return [
            {
                "device": known.get(device) if device else None,
                "reading": name,
                "entity_id": reading.source,
                "trouble": reading.trouble.value if reading.trouble else None,
            }
            for device, name, reading in self.snapshot.readings.troubles()
        ]


def _cost_per_hour(row: Row) -> float:
    """Currency per hour: what is bought at the import price less what is sold at the export price."""
    return row.grid_w / 1000 * (row.import_price if row.grid_w > 0 else row.export_price)


@dataclass(frozen=True, slots=True)
class BatteryView(View):
    """One battery."""

    @property
    def battery(self) -> Battery | None:
        """What it is."""
        return _find(self.snapshot.settings.site.batteries, self.device_id)

    @property
    def readings(self) -> BatteryReadings:
        """What it measures."""
        return self.snapshot.readings.batteries.get(self.device_id) or BatteryReadings()

    @property
    def decision(self) -> BatteryDecision | None:
        """What it is to do now."""
        return self.snapshot.decisions.batteries.get(self.device_id)

    @property
    def soc(self) -> float | None:
        """State of charge, %; while its sensor is doubted, the one that is still believed: a chart keeps its line."""
        return telling.percent(self.readings.soc.believed)

    @property
    def doubted_soc(self) -> float | None:
        """What its sensor tells and nobody believes, %; None where it is believed."""
        doubt = self.readings.soc.doubt
        return telling.percent(doubt.told) if doubt else None

    @property
    def soc_attributes(self) -> dict[str, Any]:
        """What its sensor tells instead."""
        return {} if self.doubted_soc is None else {"doubted": self.doubted_soc}

    @property
    def power_w(self) -> float | None:
        """Measured power, W, + discharging."""
        return _turned(self.readings.power_w.believed)

    @property
    def planned_power_w(self) -> float | None:
        """Planned power of the present slot, W, + discharging."""
        return _turned(self.row.battery_w.get(self.device_id)) if self.row else None

    @property
    def target_soc(self) -> float | None:
        """Where the plan takes it by the end of the present run, %."""
        return telling.percent(self.decision.target_soc) if self.decision else None

    @property
    def zone(self) -> HealthZone | None:
        """The zone of its state of charge."""
        soc, battery = self.readings.soc.believed, self.battery
        if soc is None or battery is None:
            return None
        bounds = (
            (battery.critical_soc, HealthZone.CRITICAL),
            (LOW_SOC, HealthZone.LOW),
            (HIGH_SOC + 1e-9, HealthZone.HEALTHY),
        )
        return next((zone for bound, zone in bounds if soc < bound), HealthZone.HIGH)

    @property
    def sunrise(self) -> datetime | None:
        """The next sunrise, None where the sun does not rise for months."""
        try:
            return get_astral_event_next(self.hass, SUN_EVENT_SUNRISE, self.snapshot.at)
        except ValueError:
            return None

    @property
    def sunrise_soc(self) -> float | None:
        """State of charge at the next sunrise as planned, %."""
        plan, at = self.snapshot.plan, self.sunrise
        if plan is None or at is None or (soc := plan.schedule.soc.get(self.device_id)) is None:
            return None
        slot = plan.horizon.slot_at(at)
        if slot is None:
            return None
        edges_h = plan.horizon.edges_h
        part = ((at - plan.horizon.start).total_seconds() / 3600 - edges_h[slot]) / plan.horizon.hours[slot]
        return telling.percent(float(soc[slot] + part * (soc[slot + 1] - soc[slot])))

    @property
    def mode_attributes(self) -> dict[str, Any]:
        """Why it is told so, and whether it is the owner's word."""
        return (
            _decision_attributes(self.decision, self.override)
            | ({"power_kw": telling.kilo(self.decision.power_w)} if self.decision else {})
            | {"not_drivable": self.not_drivable}
            | _control_attributes(self.snapshot, self.device_id)
        )

    @property
    def not_drivable(self) -> list[str]:
        """Modes that nothing mapped brings it into; they are not planned."""
        drive = self.snapshot.drives.get(self.device_id, EVERYTHING)
        return [mode.value for mode in BatteryMode if not drive.can(mode)]


@dataclass(frozen=True, slots=True)
class InverterView(View):
    """One inverter. Load and grid are the site's: it is where people look for them."""

    @property
    def inverter(self) -> Inverter | None:
        """What it is."""
        return _find(self.snapshot.settings.site.inverters, self.device_id)

    @property
    def share(self) -> float:
        """Its part of the site's panels."""
        return self.inverter.solar_share if self.inverter else 0.0

    @property
    def solar_w(self) -> float | None:
        """Solar power measured now, W: its own, or the site's where it carries all panels and has no sensor."""
        readings = self.snapshot.readings.inverters.get(self.device_id) or InverterReadings()
        own: Reading[float] = readings.solar_w
        return self.snapshot.readings.solar_w.believed if own.believed is None and self.share == 1 else own.believed

    @property
    def planned_mode(self) -> BatteryMode | None:
        """The mode of the battery it carries out."""
        settings = self.snapshot.settings
        carried = [b.id for b in settings.site.batteries if b.inverter_id == self.device_id]
        carried += [key for key, entities in settings.batteries.items() if entities.controller == self.device_id]
        decisions = (self.snapshot.decisions.batteries.get(key) for key in carried)
        return next((decision.mode for decision in decisions if decision), None)


@dataclass(frozen=True, slots=True)
class MinerView(View):
    """One miner or group."""

    @property
    def miner(self) -> Miner | None:
        """What it is."""
        return _find(self.snapshot.settings.site.miners, self.device_id)

    @property
    def count(self) -> int:
        """Units in the group."""
        return self.miner.count if self.miner else 1

    @property
    def units_running(self) -> int | None:
        """Units measured as running."""
        units = (self.snapshot.readings.miners.get(self.device_id) or MinerReadings()).running.believed
        return None if units is None else int(units)

    @property
    def running(self) -> bool | None:
        """Whether any unit is measured as running."""
        return None if self.units_running is None else self.units_running > 0

    @property
    def decision(self) -> MinerDecision | None:
        """What it is to do now."""
        return self.snapshot.decisions.miners.get(self.device_id)

    @property
    def decision_attributes(self) -> dict[str, Any]:
        """The decision in full."""
        decision = self.decision
        if decision is None:
            return {}
        return {
            "action": decision.action.value,
            "units": decision.units,
            "power_w": round(decision.power_w, 1),
            "until": telling.local_iso(decision.until) if decision.until else None,
            **_decision_attributes(decision, self.override),
            **_control_attributes(self.snapshot, self.device_id),
        }

    @property
    def should_run(self) -> bool | None:
        """Whether it should run now; to hold is to stay as it is."""
        if self.decision is None:
            return None
        return {MinerAction.RUN: True, MinerAction.STOP: False}.get(self.decision.action, self.running)

    @property
    def next_start(self) -> datetime | None:
        """When the plan starts it next."""
        report, now = self.snapshot.report, self.snapshot.at
        mine = (run.start for run in report.miner_runs if run.miner_id == self.device_id) if report else ()
        return next((start for start in mine if start > now), None)

    @property
    def planned_hours(self) -> float | None:
        """Hours planned within the next 24, per unit."""
        if self.snapshot.report is None:
            return None
        ahead = self.rows_until(self.snapshot.at + timedelta(hours=NEXT_HOURS))
        return sum(row.miner_units.get(self.device_id, 0) * hours for row, hours in ahead) / self.count

    @property
    def today(self) -> MinerState:
        """What it did today."""
        return self.snapshot.ledger.miners.get(self.device_id) or MinerState()

    @property
    def hours_today(self) -> float:
        """Hours run today, per unit."""
        return self.today.hours_today / self.count

    @property
    def revenue_per_kwh(self) -> float | None:
        """What a kWh mines, currency: at the level planned for now, at its best one while it stands."""
        if self.row is not None and (reason := self.row.miner_reasons.get(self.device_id)) is not None:
            return reason.numbers["revenue_per_kwh"]
        snapshot, miner = self.snapshot, self.miner
        if snapshot.forecasts is None or snapshot.slot is None or miner is None:
            return None
        hashprice = float(snapshot.forecasts.hashprice.expected[snapshot.slot])
        return max(level.revenue_per_kwh(hashprice) for level in miner.levels)


VIEWS: Final[Mapping[str, type[View]]] = {
    SITE: SiteView,
    SUBENTRY_BATTERY: BatteryView,
    SUBENTRY_INVERTER: InverterView,
    SUBENTRY_MINER: MinerView,
}


def _find[D: (Battery, Inverter, Miner)](devices: tuple[D, ...], device_id: str) -> D | None:
    return next((device for device in devices if device.id == device_id), None)


def _turned(power_w: float | None) -> float | None:
    """Turn a battery's power to the sign people see, or back."""
    return None if power_w is None else -power_w + 0.0


def _decision_attributes(decision: Any, override: Override | None) -> dict[str, Any]:
    if decision is None:
        return {}
    return {
        **telling.reason_told(decision.reason),
        "override_until": telling.local_iso(override.until) if override else None,
    }


def _control_attributes(snapshot: Snapshot, device_id: str) -> dict[str, Any]:
    """How often its entities were written to today, and which are left as a person left them, until when."""
    found, driven = snapshot.found, [*snapshot.settings.driven(device_id)]
    return {
        "writes_today": {entity: found.writes[entity] for entity in driven if entity in found.writes},
        "left_alone_until": {
            entity: telling.local_iso(found.taken[entity]) for entity in driven if entity in found.taken
        },
    }
