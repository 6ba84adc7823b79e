"""A snapshot as the cards read it: plain JSON in people's units, devices by id, slots as columns.

It is what the action `get_plan` answers with its rows as columns, and what is true at this moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .. import telling
from ..assist import because
from ..assist.wording import Wording
from ..const import DOMAIN
from ..loop.snapshot import Snapshot
from ..model.decision import MinerAction, Reason
from ..model.forecast import Forecast
from ..model.plan import Plan
from ..model.site import Battery, Miner, Site
from ..planner.report import Row
from ..runtime import EnergyConfigEntry

NEXT_CHANGES: Final = 3


@dataclass(frozen=True, slots=True)
class Registered:
    """What Home Assistant has of a site: its devices and entities, by the ids of ours (the entry's for the site)."""

    devices: Mapping[str, str]
    entities: Mapping[str, Mapping[str, str]]


@callback
def registered(hass: HomeAssistant, entry: EnergyConfigEntry) -> Registered:
    """Look them up."""
    devices = {
        own: device.id
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for domain, own in device.identifiers
        if domain == DOMAIN
    }
    entities: dict[str, dict[str, str]] = {own: {} for own in (entry.entry_id, *entry.subentries)}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        own, _, key = entity.unique_id.partition("_")
        if own in entities and not entity.disabled:
            entities[own][key] = entity.entity_id
    return Registered(devices, entities)


def site_shown(entry: EnergyConfigEntry, known: Registered) -> dict[str, Any]:
    """Return what a site is and has."""
    return {
        "entry_id": entry.entry_id,
        "title": entry.title,
        "state": entry.state.value,
        "entities": known.entities.get(entry.entry_id, {}),
        "devices": [
            {
                "id": key,
                "kind": subentry.subentry_type,
                "name": subentry.title,
                "device_id": known.devices.get(key),
                "entities": known.entities.get(key, {}),
            }
            for key, subentry in entry.subentries.items()
        ],
    }


def moment_shown(snapshot: Snapshot, site: Mapping[str, Any], wording: Wording, plan: Any) -> dict[str, Any]:
    """Return a snapshot in one language, with what the site is (`site_shown`) and the plan (`plan_shown`, or its JSON)."""
    settings = snapshot.settings
    return {
        **site,
        "at": telling.local_iso(snapshot.at),
        "mode": settings.mode.value,
        "strategy": settings.site.strategy.value,
        "currency": settings.site.currency,
        "interval_s": settings.interval.total_seconds(),
        "max_import_kw": _kilo(settings.site.grid.max_import_w),
        "devices": [
            device | _limits(snapshot, device["id"]) | {"writes_today": _writes(snapshot, device["id"])}
            for device in site["devices"]
        ],
        "measured": _measured(snapshot),
        "decisions": [*_decisions(snapshot, wording)],
        "changes": [
            {
                "device": action.device_id,
                "at": telling.local_iso(action.at),
                "what": wording.say(f"act_{action.verb}", name=settings.site.names[action.device_id]),
                **_why(action.reason, wording, settings.site.currency),
            }
            for action in telling.actions_ahead(snapshot)[:NEXT_CHANGES]
        ],
        "overrides": [*_overrides(snapshot, wording)],
        "health": _health(snapshot),
        "plan": plan,
    }


def _limits(snapshot: Snapshot, device_id: str) -> dict[str, Any]:
    """Return what a device can do."""
    site = snapshot.settings.site
    devices: dict[str, Battery | Miner] = {battery.id: battery for battery in site.batteries}
    devices |= {miner.id: miner for miner in site.miners}
    match device := devices.get(device_id):
        case Battery():
            return {
                "capacity_kwh": telling.kilo(device.capacity_wh),
                "min_soc": telling.percent(device.min_soc),
                "max_soc": telling.percent(device.max_soc),
                "reserve_soc": telling.percent(device.reserve_soc),
            }
        case Miner():
            return {
                "count": device.count,
                "least_kw": telling.kilo(device.levels[0].power_w),
                "most_kw": telling.kilo(device.levels[-1].power_w * device.count),
            }
    return {}


def _writes(snapshot: Snapshot, device_id: str) -> int:
    """Return how often a device was told something today; a battery's are its inverter's."""
    return sum(snapshot.found.writes.get(entity, 0) for entity in snapshot.settings.driven(device_id))


def _kilo(power_w: float | None) -> float | None:
    return None if power_w is None else telling.kilo(power_w)


def _measured(snapshot: Snapshot) -> dict[str, Any]:
    readings = snapshot.readings
    return {
        "solar_kw": _kilo(readings.solar_w.value),
        "load_kw": _kilo(readings.load_w.value),
        "grid_kw": _kilo(readings.grid_w.value),
        "batteries": {
            key: {
                "soc": telling.percent(battery.soc.believed),
                "power_kw": None if battery.power_w.value is None else telling.kilo(-battery.power_w.value),
            }
            for key, battery in readings.batteries.items()
        },
        "miners": {
            key: {"units": miner.running.value, "power_kw": _kilo(miner.power_w.value)}
            for key, miner in readings.miners.items()
        },
    }


def _why(reason: Reason[Any], wording: Wording, currency: str) -> dict[str, Any]:
    """Return a reason: its code, in one sentence, with its numbers in another, and the rules behind it."""
    return {
        "reason": reason.code.value,
        "why": because.sentence(wording, reason),
        "numbers": because.with_numbers(wording, reason, currency),
        "policies": list(reason.policies),
    }


# What is told of a miner that is to stop, where it is told of a time.
_SAID: Final = {"stop": "stand"}
_DOES: Final = {MinerAction.RUN: "run", MinerAction.STOP: "stand"}


def _decisions(snapshot: Snapshot, wording: Wording) -> Any:
    """Yield what each device does now, and why."""
    site = snapshot.settings.site
    for key, battery in snapshot.decisions.batteries.items():
        if key in site.names:
            yield {
                "device": key,
                "does": battery.mode.value,
                "what": wording.say(f"act_{battery.mode.value}", name=site.names[key]),
                "power_kw": telling.kilo(battery.power_w),
                "target_soc": telling.percent(battery.target_soc),
                **_why(battery.reason, wording, site.currency),
            }
    for key, miner in snapshot.decisions.miners.items():
        if key not in site.names:
            continue
        running = snapshot.readings.miners[key].running.value if key in snapshot.readings.miners else None
        does = "run" if miner.waits_turn else _DOES.get(miner.action) or ("run" if running else "stand")
        what = wording.say(f"act_{does}", name=site.names[key])
        if running is not None and (running > 0) is not (does == "run"):
            # It is not as it should be, yet or because nothing is switched.
            what = f"{site.names[key]}: {wording.texts[f'should_{does}'].rstrip('.')}"
        yield {
            "device": key,
            "does": does,
            "what": what,
            "power_kw": telling.kilo(miner.power_w * miner.units),
            "units": miner.units,
            "until": telling.local_iso(miner.until) if miner.until else None,
            **_why(miner.reason, wording, site.currency),
        }


def _overrides(snapshot: Snapshot, wording: Wording) -> Any:
    """Yield the owner's words over the plan, those of later included."""
    names, words = snapshot.settings.site.names, snapshot.remembered.overrides
    for told in telling.overrides_told(snapshot):
        device = words[told["id"]].device_id
        if device in names:
            does = _SAID.get(told["action"], told["action"])
            yield told | {"device": device, "does": does, "what": wording.say(f"act_{does}", name=names[device])}


def _health(snapshot: Snapshot) -> dict[str, Any]:
    """Return what is wrong: codes and entities, which the cards have words for."""
    plan, since = snapshot.plan, snapshot.planless_since
    return {
        "status": plan.status.value if plan else None,
        "created": telling.local_iso(plan.created) if plan else None,
        "failure": snapshot.failure.value if snapshot.failure else None,
        "planless_since": telling.local_iso(since) if since else None,
        "troubles": [
            {
                "device": device,
                "reading": name,
                "entity_id": reading.source,
                "trouble": reading.trouble.value if reading.trouble else None,
            }
            for device, name, reading in snapshot.readings.troubles()
        ],
        "aside": [
            {"device": device, "until": telling.local_iso(until)}
            for device, until in snapshot.found.aside.items()
            if until > snapshot.at
        ],
    }


def plan_shown(snapshot: Snapshot) -> dict[str, Any] | None:
    """Return the standing plan from now on: its sums, its runs, and its slots as columns; None without one.

    It grows with slots and devices: make it off the event loop, once for each plan.
    """
    if snapshot.plan is None or snapshot.report is None:
        return None
    rows = [row for row in snapshot.report.rows if telling.row_end(row) > snapshot.at]
    return {
        **telling.plan_told(snapshot.plan, snapshot.settings),
        "runs": [telling.run_told(run, snapshot.settings) for run in telling.runs(snapshot.report)],
        "slots": slots_shown(rows, snapshot.settings.site) | _bands(snapshot, len(rows)),
    }


def slots_shown(rows: Sequence[Row], site: Site) -> dict[str, Any]:
    """Return the rows of `get_plan` as columns; times are seconds since 1970.

    Column by column, for a row has a cell for each of a hundred miners: whole rows are ten times the work.
    """
    return {
        "start": [int(row.start.timestamp()) for row in rows],
        "end": [int(telling.row_end(row).timestamp()) for row in rows],
        "solar_kw": [telling.kilo(row.solar_w) for row in rows],
        "curtailed_kw": [telling.kilo(row.curtailed_w) for row in rows],
        "load_kw": [telling.kilo(row.load_w) for row in rows],
        "grid_kw": [telling.kilo(row.grid_w) for row in rows],
        "import_price": [telling.price(row.import_price) for row in rows],
        "export_price": [telling.price(row.export_price) for row in rows],
        "energy_price": [telling.price(row.energy_price) for row in rows],
        "batteries": {
            key: {
                "power_kw": [telling.kilo(-row.battery_w[key]) for row in rows],
                "soc": [telling.percent(row.soc[key]) for row in rows],
                "mode": [row.battery_modes[key].value for row in rows],
            }
            for key in (battery.id for battery in site.batteries)
            if all(key in row.battery_w for row in rows)
        },
        "miners": {
            key: {
                "power_kw": [telling.kilo(row.miner_w[key]) for row in rows],
                "units": [row.miner_units[key] for row in rows],
            }
            for key in (miner.id for miner in site.miners)
            if all(key in row.miner_w for row in rows)
        },
    }


def _bands(snapshot: Snapshot, slots: int) -> dict[str, list[float]]:
    """Return P10 and P90 of sun and load over the last slots, where they are known."""
    forecasts = snapshot.forecasts
    if forecasts is None:
        return {}
    series: dict[str, Forecast] = {"solar": forecasts.solar_w, "load": forecasts.load_w}
    return {
        f"{name}_{bound}_kw": [telling.kilo(float(value)) for value in values[-slots:]]
        for name, forecast in series.items()
        for bound, values in (("low", forecast.low), ("high", forecast.high))
        if values is not None and slots
    }


def slot_shown(snapshot: Snapshot, at: datetime, wording: Wording) -> dict[str, Any] | None:
    """Return why each device does in the plan's slot of a moment what it does, None outside the plan."""
    row = telling.row_at(snapshot, at)
    if row is None:
        return None
    site = snapshot.settings.site
    devices: list[tuple[str, str, Reason[Any]]] = [
        *((key, mode.value, row.battery_reasons[key]) for key, mode in row.battery_modes.items()),
        *((key, "run" if units else "stand", row.miner_reasons[key]) for key, units in row.miner_units.items()),
    ]
    return {
        "start": int(row.start.timestamp()),
        "end": int(telling.row_end(row).timestamp()),
        "devices": [
            {
                "device": key,
                "what": wording.say(f"act_{does}", name=site.names.get(key, key)),
                **_why(reason, wording, site.currency),
            }
            for key, does, reason in devices
        ],
    }


def both_shown(present: Plan, changed: Plan) -> dict[str, Any]:
    """Return two plans for the same slots: the level of all batteries (% at a slot's end), grid and miners in kW."""

    def one(plan: Plan) -> dict[str, Any]:
        miners = [plan.miner_w(task.id) for task in plan.problem.miners]
        levels = [telling.percent(plan.site_soc(slot + 1)) for slot in range(len(plan.horizon))]
        return {
            "soc": levels if plan.problem.batteries else None,
            "grid_kw": [telling.kilo(float(power_w)) for power_w in plan.schedule.grid_w],
            "miners_kw": [telling.kilo(float(power_w)) for power_w in sum(miners, 0 * plan.schedule.grid_w)],
        }

    edges = [int(edge) for edge in present.horizon.epochs()]
    return {"start": edges[:-1], "end": edges[1:], "present": one(present), "changed": one(changed)}
