"""Find the values in an utterance: devices, days, times, amounts. Each is replaced by a mark, so templates stay short."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import time
from functools import cache
import re
from typing import Any, Final

from .language import MARKS, Language, fold

# What forms and tools may name.
DAYS: Final = ("now", "today", "tonight", "tomorrow", "yesterday")
# Days behind us; a day of the week may be one.
PAST: Final = frozenset({"yesterday", "before_yesterday", "last_night"})
# A unit's mark, slot and factor.
_UNITS: Final[Mapping[str, tuple[str, str, float]]] = {
    "kilowatthour": ("energy", "energy_kwh", 1.0),
    "watthour": ("energy", "energy_kwh", 0.001),
    "kilowatt": ("power", "power_w", 1000.0),
    "watt": ("power", "power_w", 1.0),
    "percent": ("percent", "percent", 1.0),
    "hour": ("hours", "hours", 1.0),
    "minute": ("hours", "hours", 1 / 60),
    "cent": ("price", "price", 0.01),
    "money": ("price", "price", 1.0),
}
_MARKED: Final = re.compile(r"\bxdevice(\d+)\b")
# "Tonight at 10" is in the evening, "tonight at 3" is not.
_SMALL_HOURS: Final = 5
# "By 10 cents" is no time of day.
_NO_CLOCK: Final = r"(?:%|\w*watt|kw|w\b|cent|ct\b|euro|dollar|min|hour|stunde|uren|h\b(?! \d))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What was named. `devices` are ids; powers in W, energy in kWh, `percent` 0..100, `price` in currency."""

    devices: tuple[str, ...] = ()
    day: str | None = None
    time: time | None = None
    power_w: float | None = None
    energy_kwh: float | None = None
    percent: float | None = None
    hours: float | None = None
    price: float | None = None

    def named(self) -> dict[str, Any]:
        """Return what is there."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}


@dataclass(frozen=True, slots=True)
class NamedDevice:
    """A device people may name: `kind` battery, inverter or miner; `rank` its number among its kind, from 1."""

    id: str
    name: str
    kind: str
    rank: int


@dataclass(frozen=True, slots=True)
class Spotted:
    """The utterance with marks for values, and the values."""

    text: str
    slots: Slots
    kinds: frozenset[str]


@cache
def _name_patterns(names: tuple[str, ...], *, spelled: bool) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Return how each name is said: in full, or by a word with a digit that no other name has."""
    folded = [fold(name) for name in names]
    said = [(index, name) for index, name in enumerate(folded) if name]
    for index, name in enumerate(folded):
        for word in name.split():
            alone = sum(word in other.split() for other in folded) == 1
            if alone and word != name and re.search(r"[a-z]\d|\d[a-z]", word):
                said.append((index, word))
    if spelled:
        apart = [(index, re.sub(r"(?<=[a-z])(?=\d)", " ", name)) for index, name in said]
        said = [item for item in apart if item not in said]
    said.sort(key=lambda item: -len(item[1]))
    return tuple((index, re.compile(rf"\b{re.escape(name)}(?!\w)")) for index, name in said)


def spot(folded: str, language: Language, devices: tuple[NamedDevice, ...]) -> Spotted:
    """Find all values in folded text."""
    found: dict[str, Any] = {}
    text = f" {folded} "
    if since := re.search(language.any_of("since_midnight"), text):
        found["day"] = "today"
        text = text.replace(since.group(), " ")
    text = marked(text, language, devices)
    named = [devices[int(place)] for place in _MARKED.findall(text)]
    text = _MARKED.sub("xdevice", text)
    text = _time(text, language, found)
    text = _ones(text, language)
    for unit, unit_pattern in language.units:
        mark, slot, factor = _UNITS[unit]
        if match := unit_pattern.search(text):
            before = found.get(slot, 0.0) if slot == "hours" else 0.0  # "1 hour and 30 minutes"
            found[slot] = before + float(match.group(1)) * factor
            text = unit_pattern.sub(f" x{mark} ", text)
    for day, pattern in language.days:
        if pattern.search(text):
            found["day"] = day if day != "now" else found.get("day", day)
            text = pattern.sub(" ", text)
    nightly = found.get("day") in ("tonight", "last_night") and not found.get("sure")
    if (at := found.get("time")) and _SMALL_HOURS < at.hour < 12 and nightly:
        found["time"] = at.replace(hour=at.hour + 12)
    found.pop("sure", None)
    text = re.sub(r"\b\d+(?:[.:]\d+)?\b", " xnumber ", text)
    ordered = tuple(dict.fromkeys(device.id for device in named))
    return Spotted(
        re.sub(r"\s+", " ", text).strip(),
        Slots(devices=ordered, **found),
        frozenset(device.kind for device in named),
    )


def marked(folded: str, language: Language, devices: tuple[NamedDevice, ...]) -> str:
    """Return folded text with numbers in digits and each device as `xdevice` and its place among the devices."""
    text = _named(_MARKED.sub(" ", f" {folded} "), devices)
    text = _half_hours(text, language)
    text = language.percent.sub(" % ", text)  # before "cent" is read as a number
    text = language.numbers.sub(lambda match: f" {language.number_of[match.group()]} ", text)
    text = re.sub(r"\s+", " ", text)
    return _ranked(_named(text, devices, spelled=True), language, devices)


def _named(text: str, devices: tuple[NamedDevice, ...], *, spelled: bool = False) -> str:
    """Find devices by their names; `spelled` where the ear took "S19" for "s 19"."""
    for index, pattern in _name_patterns(tuple(device.name for device in devices), spelled=spelled):
        text = pattern.sub(f" xdevice{index} ", text)
    return text


def _half_hours(text: str, language: Language) -> str:
    for phrase in language.phrases("half_hour"):
        text = re.sub(rf"\b{re.escape(phrase)}\b", f" 30 {language.phrases('minute_word')[0]} ", text)
    return text


def _ones(text: str, language: Language) -> str:
    """Read "an hour" as "1 hour"."""
    ones = language.any_of("one")
    hours = language.any_of("hour_word")
    return re.sub(rf"(?:{ones}) (?={hours})", "1 ", text)


def _ranked(text: str, language: Language, devices: tuple[NamedDevice, ...]) -> str:
    """Find "miner two", "the second miner"."""
    words = language.any_of("miner_word")
    ones = dict.fromkeys(language.phrases("number_one"), 1)
    ranks = {**language.ordinals, **ones}
    spelled = "|".join(rf"\b{re.escape(word)}\b" for word in sorted(ranks, key=len, reverse=True))
    span = "|".join((language.any_of("hour_word"), language.any_of("minute_word")))
    pattern = re.compile(
        rf"(?:{words}) (?:nummer |number |numero )?(\d\b|{spelled})(?! (?:{span}))|({spelled}) (?:{words})"
    )
    places = {device.rank: place for place, device in enumerate(devices) if device.kind == "miner"}

    def read(match: re.Match[str]) -> str:
        said = match.group(1) or match.group(2)
        place = places.get(int(said) if said.isdigit() else ranks[said])
        return match.group() if place is None else f" xdevice{place} "

    return pattern.sub(read, text)


def _time(text: str, language: Language, found: dict[str, Any]) -> str:
    for name, at_hour in (("noon", 12), ("midnight", 0)):
        pattern = re.compile(language.any_of(name))
        if pattern.search(text):
            found.update(time=time(at_hour), sure=True)
            return pattern.sub(" xtime ", text)
    at = language.any_of("at")
    late, early = language.any_of("pm"), language.any_of("am")
    clock = language.any_of("oclock")
    half = rf"(?P<pm>{late})|(?P<am>{early})"
    hour = r"(?P<h>[01]?\d|2[0-3])(?:(?::|\.| h | uhr | uur )(?P<m>[0-5]\d))?"
    for form in (
        rf"(?:{at}) {hour}(?: (?:{clock}))?(?: (?:{half}))?(?! ?{_NO_CLOCK})\b",
        rf"\b{hour} (?:{half})",
        rf"\b{hour} (?:{language.table['surely_clock']})\b",
        r"\b(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)\b(?P<pm>(?!))?(?P<am>(?!))?",
    ):
        if match := re.search(form, text):
            parts = match.groupdict()
            hours = int(parts["h"])
            if parts.get("pm") and hours < 12:
                hours += 12
            if parts.get("am") and hours == 12:
                hours = 0
            found.update(time=time(hours, int(parts.get("m") or 0)), sure=bool(parts.get("am")))
            return text[: match.start()] + " xtime " + text[match.end() :]
    return text


assert {mark for mark, _, _ in _UNITS.values()} <= set(MARKS)
