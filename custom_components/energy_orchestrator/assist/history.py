"""Answers from the recorder: when, the most, the least, the mean and the energy of a series."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Final

from homeassistant.const import PERCENTAGE, UnitOfPower
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import DATA_INSTANCE, get_instance
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..model.seen import number_in
from ..model.units import celsius_of, watts_of
from .question import Answer, Question, Told

# First that is meant; a power without a name is the sun's.
_SERIES: Final = (
    ("temp", "temperature"),
    ("price", "price"),
    ("cheap", "price"),
    ("expensive", "price"),
    ("cost", "price"),
    ("soc", "soc"),
    ("battery", "soc"),
    ("load", "load"),
    ("import", "import"),
    ("export", "export"),
    ("grid", "grid"),
    ("solar", "solar"),
)
_KEYS: Final[Mapping[str, str]] = {
    "soc": "soc",
    "solar": "solar_power",
    "load": "load_power",
    "grid": "grid_power",
    "import": "grid_power",
    "export": "grid_power",
    "price": "import_price",
}
# No power, so no energy; one text for each of their values.
_NO_POWER: Final[Mapping[str, tuple[str, str]]] = {
    "soc": ("as_percent", "soc"),
    "price": ("as_price", "price"),
    "temperature": ("as_degrees", "temperature"),
}

# A state of exactly the beginning counts.
_JUST_BEFORE: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """A value from a moment on: W, %, °C, or currency per kWh."""

    at: datetime
    value: float


def series_of(question: Question) -> str:
    """Return the series that is asked about."""
    named = next((series for meaning, series in _SERIES if meaning in question.match.meanings), None)
    return named or ("soc" if question.match.slots.percent is not None else "solar")


def _entity(question: Question, series: str) -> str | None:
    """Return the entity that holds a series: ours, for its unit and sign are known, else the one that is mapped."""
    if series == "temperature":
        return next((view.readings.temperature_c.source for view in question.batteries), None)
    registry, key, settings = er.async_get(question.hass), _KEYS[series], question.snapshot.settings
    if series == "soc":
        owners = [view.device_id for view in question.batteries]
    elif series == "solar" and len(settings.inverters) > 1:
        return settings.entities.solar_power
    else:
        owners = [*settings.inverters, question.orchestrator.config_entry.entry_id]
    ids = (registry.async_get_entity_id("sensor", DOMAIN, f"{owner}_{key}") for owner in owners)
    return next((entity_id for entity_id in ids if entity_id), None)


async def _samples(question: Question, series: str, start: datetime, end: datetime) -> tuple[str, list[Sample]]:
    """Return the recorded values of a time, oldest first, and their entity."""
    entity_id = _entity(question, series)
    if entity_id is None or DATA_INSTANCE not in question.hass.data:
        return "", []
    states = await get_instance(question.hass).async_add_executor_job(
        partial(_read, question.hass, entity_id, start, min(end, question.now))
    )
    current = question.hass.states.get(entity_id)
    unit = current.attributes.get("unit_of_measurement") if current else None
    unit = None if series in ("soc", "price") else unit
    samples = [
        Sample(max(state.last_updated, start), value) for state in states if (value := _value(state, unit)) is not None
    ]
    if series in ("import", "export"):
        sign = 1 if series == "import" else -1
        samples = [Sample(sample.at, max(0.0, sign * sample.value)) for sample in samples]
    return entity_id, samples


def _read(hass: HomeAssistant, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
    from homeassistant.components.recorder.history import state_changes_during_period

    return state_changes_during_period(
        hass, start - _JUST_BEFORE, end, entity_id, no_attributes=True, include_start_time_state=True
    ).get(entity_id, [])


def _value(state: State, unit: str | None) -> float | None:
    value = number_in(state.state)
    if value is None or unit in (None, PERCENTAGE, UnitOfPower.WATT):
        return value
    celsius = celsius_of(value, unit)
    return watts_of(value, unit) if celsius is None else celsius


def _held(samples: Sequence[Sample], end: datetime) -> list[tuple[Sample, float]]:
    """Return each value with the hours it held."""
    ends = [sample.at for sample in samples[1:]] + [end]
    return [
        (sample, max(0.0, (until - sample.at).total_seconds() / 3600))
        for sample, until in zip(samples, ends, strict=True)
    ]


def _told_value(told: Told, series: str, value: float) -> str:
    if series in _NO_POWER:
        key, name = _NO_POWER[series]
        return told.text(key, **{name: value})
    return told.text("as_kw", power_kw=value / 1000)


def _name(told: Told, series: str, *, start: bool = True) -> str:
    name = told.question.wording.texts[f"series_{series}"]
    return name[:1].upper() + name[1:] if start else name


async def _asked(question: Question) -> tuple[Told, str, list[Sample], datetime]:
    """Fetch what is asked about; without history the answer says so."""
    told, series = question.told(), series_of(question)
    start, end = question.period()
    entity_id, samples = await _samples(question, series, start, end)
    if samples:
        told.source("source_recorder", entity=entity_id)
    else:
        told.say("no_history", what=_name(told, series, start=False))
    return told, series, samples, min(end, question.now)


async def crossing(question: Question) -> Answer:
    """Say when a value first passed a limit, or fell to it."""
    series, slots = series_of(question), question.match.slots
    limit = {"soc": slots.percent, "price": slots.price, "temperature": None}.get(series, slots.power_w)
    if limit is None:
        return question.told().say("past_unknown").answer()
    told, series, samples, _ = await _asked(question)
    if not samples:
        return told.answer()
    falls = "below" in question.match.meanings
    sign = -1 if falls else 1
    beyond = [sign * (sample.value - limit) >= 0 for sample in samples]
    # Where it was beyond from the beginning, it passed later, if at all.
    passed = next((index for index, (before, now) in enumerate(pairwise(beyond), 1) if now and not before), None)
    found = samples[passed] if passed else samples[0] if beyond[0] else None
    sample = found or max(samples, key=lambda sample: sign * sample.value)
    value = _told_value(told, series, sample.value)
    told.say(
        ("crossed" if found else "not_crossed") + ("_down" if falls else ""),
        series=_name(told, series),
        limit=_told_value(told, series, limit),
        at=sample.at,
        value=value,
    )
    return told.answer()


async def extreme(question: Question) -> Answer:
    """Say the highest or lowest value and when it was."""
    told, series, samples, _ = await _asked(question)
    if not samples:
        return told.answer()
    lowest = bool({"lowest", "how_low", "how_far", "down", "low", "cheap"} & question.match.meanings)
    sample = (min if lowest else max)(samples, key=lambda sample: sample.value)
    told.say(
        "extreme_lowest" if lowest else "extreme_highest",
        series=_name(told, series, start=False),
        value=_told_value(told, series, sample.value),
        at=sample.at,
    )
    return told.answer()


async def average(question: Question) -> Answer:
    """Say the mean over the time, each value by how long it held."""
    told, series, samples, end = await _asked(question)
    if not samples:
        return told.answer()
    held = _held(samples, end)
    hours = sum(hours for _, hours in held)
    mean = sum(sample.value * hours for sample, hours in held) / hours if hours else samples[-1].value
    told.say("average", series=_name(told, series), value=_told_value(told, series, mean), day=_day(question))
    return told.answer()


async def energy_past(question: Question) -> Answer:
    """Say the energy over the time."""
    if series_of(question) in _NO_POWER:
        return question.told().say("past_unknown").answer()
    told, series, samples, end = await _asked(question)
    if not samples:
        return told.answer()
    energy_wh = sum(sample.value * hours for sample, hours in _held(samples, end))
    told.say("energy_past", series=_name(told, series), energy_kwh=energy_wh / 1000, day=_day(question))
    return told.answer()


async def value_past(question: Question) -> Answer:
    """Say what a value was at a time."""
    told, series, at = question.told(), series_of(question), question.moment()
    if at is None or at > question.now:
        return told.say("no_history", what=_name(told, series, start=False)).answer()
    entity_id, samples = await _samples(question, series, at - timedelta(minutes=1), at + timedelta(seconds=1))
    if not samples:
        return told.say("no_history", what=_name(told, series, start=False)).answer()
    value = _told_value(told, series, samples[-1].value)
    told.say("value_past", series=_name(told, series), value=value, at=dt_util.as_utc(at))
    return told.source("source_recorder", entity=entity_id).answer()


def _day(question: Question) -> str:
    return question.wording.days[question.match.slots.day or "today"]


ANSWERS: Final[Mapping[str, Callable[[Question], Awaitable[Answer]]]] = {
    "crossing": crossing,
    "extreme": extreme,
    "average": average,
    "energy_past": energy_past,
    "value_past": value_past,
}
