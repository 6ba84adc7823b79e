"""Answers from this moment's readings and today's account."""

from collections.abc import Callable, Mapping
from typing import Final

from ..views import BatteryView, MinerView
from .question import Answer, Question, Told

# Below this a power is nothing to speak of.
_REST_KW: Final = 0.02


def battery_level(question: Question) -> Answer:
    """Say how full the batteries are, and how good that is."""
    told = question.told()
    for view in _batteries(question, told):
        if view.soc is None:
            told.say("unknown_reading", what=question.name(view.battery))
            continue
        told.say("battery_level", name=question.name(view.battery), soc=view.soc)
        if view.zone:
            told.say(f"zone_{view.zone.value}")
        _doubt(told, view)
        told.readings_source(view.readings.soc.source)
    return told.answer()


def _doubt(told: Told, view: BatteryView) -> None:
    """Say what the sensor tells instead, where that is not believed."""
    if view.doubted_soc is not None:
        told.say("level_doubted", doubted=view.doubted_soc)


def battery_power(question: Question) -> Answer:
    """Say what the batteries do and why."""
    told = question.told()
    for view in _batteries(question, told):
        if (power_w := view.power_w) is None:
            told.say("unknown_reading", what=question.name(view.battery))
            continue
        power_kw = power_w / 1000
        key = (
            "battery_idle"
            if abs(power_kw) < _REST_KW
            else ("battery_discharging" if power_kw > 0 else "battery_charging")
        )
        told.say(key, name=question.name(view.battery), power_kw=abs(power_kw))
        told.readings_source(view.readings.power_w.source)
        if view.decision:
            told.reason(view.decision.reason).plan_source()
    return told.answer()


def battery_temperature(question: Question) -> Answer:
    """Say how warm the batteries are."""
    told = question.told()
    for view in _batteries(question, told):
        reading = view.readings.temperature_c
        if reading.value is None or view.battery is None:
            told.say("unknown_reading", what=question.wording.texts["temperature"])
            continue
        told.say("battery_temperature", name=question.name(view.battery), temperature=reading.value)
        told.say("too_cold_below", limit=view.battery.min_charge_temperature_c).readings_source(reading.source)
    return told.answer()


def _batteries(question: Question, told: Told) -> list[BatteryView]:
    if not question.batteries:
        told.say("no_device", kind=question.wording.texts["kind_battery"])
    return question.batteries


def _miners(question: Question, told: Told) -> list[MinerView]:
    if not question.miners:
        told.say("no_device", kind=question.wording.texts["kind_miner"])
    return question.miners


def _power_now(question: Question, told: Told, name: str) -> float | None:
    """Return a power of the site in kW; say so where nobody knows it."""
    reading = getattr(question.snapshot.readings, f"{name}_w")
    if reading.value is None:
        told.say("unknown_reading", what=question.wording.texts[f"series_{name}"])
        return None
    told.readings_source(reading.source)
    return float(reading.value) / 1000


def solar_now(question: Question) -> Answer:
    """Say what the panels give."""
    return _solar(question.told()).answer()


def _solar(told: Told) -> Told:
    power_kw = _power_now(told.question, told, "solar")
    return told if power_kw is None else told.say("solar_now", power_kw=power_kw)


def load_now(question: Question) -> Answer:
    """Say what the house uses."""
    return _load(question.told()).answer()


def _load(told: Told) -> Told:
    power_kw = _power_now(told.question, told, "load")
    return told if power_kw is None else told.say("load_now", power_kw=power_kw)


def grid_now(question: Question) -> Answer:
    """Say what comes from or goes to the grid."""
    return _grid(question.told()).answer()


def _grid(told: Told) -> Told:
    power_kw = _power_now(told.question, told, "grid")
    if power_kw is None:
        return told
    key = "grid_rest" if abs(power_kw) < _REST_KW else ("grid_import" if power_kw > 0 else "grid_export")
    return told.say(key, power_kw=abs(power_kw))


def solar_today(question: Question) -> Answer:
    """Say what the panels gave today."""
    figure, told = question.site.expected_solar, question.told()
    if figure is None:
        return told.say("no_plan").answer()
    told.say("solar_today", energy_kwh=figure.so_far / 1000, expected_kwh=figure.total / 1000)
    return told.source("source_ledger").plan_source().answer()


def load_today(question: Question) -> Answer:
    """Say what the house used today."""
    figure, told = question.site.expected_load, question.told()
    if figure is None:
        return told.say("no_plan").answer()
    told.say("load_today", energy_kwh=figure.so_far / 1000, expected_kwh=figure.total / 1000)
    return told.source("source_ledger").plan_source().answer()


def grid_today(question: Question) -> Answer:
    """Say what was bought and sold today."""
    ledger = question.snapshot.ledger
    told = question.told().say(
        "grid_today", imported_kwh=ledger.imported_wh / 1000, exported_kwh=ledger.exported_wh / 1000
    )
    return told.source("source_ledger").answer()


def price_now(question: Question) -> Answer:
    """Say what a kWh costs, pays and is worth."""
    row, told = question.site.row, question.told()
    if row is None:
        return told.say("no_plan").answer()
    told.say("price_now", import_price=row.import_price, export_price=row.export_price)
    return told.say("price_worth", energy_price=row.energy_price).plan_source().answer()


def cost_today(question: Question) -> Answer:
    """Say what the grid costs today."""
    told = question.told().say("cost_today", cost_so_far=question.site.cost_so_far).source("source_ledger")
    if (expected := question.site.expected_cost) is not None:
        told.say("cost_expected", cost_expected=expected.total).plan_source()
    return told.answer()


def saving(question: Question) -> Answer:
    """Say what the plan saves against a home left alone."""
    told, plan, saved = question.told(), question.snapshot.plan, question.site.saving
    baseline = question.snapshot.baseline
    if plan is None or saved is None or baseline is None:
        return told.say("no_plan").answer()
    told.better(
        "saving",
        saved,
        until=plan.horizon.end,
        plan=told.balance("plan_cost", plan.cost.total),
        alone=told.balance("left_alone_cost", baseline.total),
    )
    return told.plan_source().answer()


def revenue_today(question: Question) -> Answer:
    """Say what the miners earned today."""
    told = question.told()
    if not (views := _miners(question, told)):
        return told.answer()
    one = len(views) == 1
    told.say(
        "revenue_today",
        name=question.name(views[0].miner) if one else question.wording.texts["miners"].capitalize(),
        revenue=sum(view.today.revenue_today for view in views),
        energy_kwh=sum(view.today.energy_wh_today for view in views) / 1000,
    )
    return told.source("source_ledger").answer()


def mining_hours(question: Question) -> Answer:
    """Say how long each miner ran today."""
    told = question.told()
    for view in _miners(question, told):
        told.say("mining_hours", name=question.name(view.miner), hours=view.hours_today)
    return told.source("source_ledger").answer()


def miners_now(question: Question) -> Answer:
    """Say which miners run; of one, why."""
    told = question.told()
    views = _miners(question, told)
    if not views:
        return told.answer()
    if len(views) == 1 and question.match.slots.devices:
        view = views[0]
        if view.running is None:
            return told.say("unknown_reading", what=question.name(view.miner)).answer()
        told.say("miner_on" if view.running else "miner_off", name=question.name(view.miner))
        told.fact("running", float(view.units_running or 0))
        if view.decision:
            told.reason(view.decision.reason).plan_source()
        return told.readings_source().answer()
    running = [view for view in views if view.running]
    units = sum(view.units_running or 0 for view in views)
    count = sum(view.count for view in views)
    told.fact("running", units)
    if running:
        names = question.wording.joined(question.name(view.miner) for view in running)
        told.say("miners_running", running=units, count=count, names=names)
    else:
        told.say("miners_none", count=count)
    for view in views:
        if view.running is None:
            told.say("unknown_reading", what=question.name(view.miner))
    return told.readings_source().answer()


def mode_now(question: Question) -> Answer:
    """Say whether decisions are carried out."""
    mode = question.snapshot.settings.mode.value
    told = question.told().say(f"mode_{mode}")
    told.fact("mode", mode)
    return told.source("source_settings", device=question.snapshot.settings.site.name).answer()


def overview(question: Question) -> Answer:
    """Say everything that matters in four sentences."""
    told = question.told()
    for view in _batteries(question, told):
        if view.soc is not None:
            told.say("battery_level", name=question.name(view.battery), soc=view.soc)
            _doubt(told, view)
    for name, part in (("solar", _solar), ("load", _load), ("grid", _grid)):
        value = getattr(question.snapshot.readings, f"{name}_w").value
        part(told)
        if value is not None:
            told.fact(f"{name}_kw", value / 1000)
    for miner in question.miners:
        if miner.running is not None:
            told.add("miner_on" if miner.running else "miner_off", name=question.name(miner.miner))
    return told.answer()


ANSWERS: Final[Mapping[str, Callable[[Question], Answer]]] = {
    "battery_level": battery_level,
    "battery_power": battery_power,
    "battery_health": battery_level,
    "battery_temperature": battery_temperature,
    "solar_now": solar_now,
    "solar_today": solar_today,
    "load_now": load_now,
    "load_today": load_today,
    "grid_now": grid_now,
    "grid_today": grid_today,
    "price_now": price_now,
    "cost_today": cost_today,
    "saving": saving,
    "revenue_today": revenue_today,
    "mining_hours": mining_hours,
    "miners_now": miners_now,
    "mode_now": mode_now,
    "overview": overview,
}
