"""Each mapped entity that gives no value → one repair issue that names it, says what is wrong and what to do."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN, LOGGER
from ..model.printable import printable
from ..model.readings import Doubt, NamedTrouble, SiteReadings, Trouble
from ..settings import Settings
from .balance import Cause, Mismatch
from .memory import SourceMemory

# A shorter trouble is not worth a word: integrations restart, radios miss a beat.
TROUBLE_LASTS: Final = timedelta(minutes=2)
_PROVIDER: Final = "solar_forecast"
# How people read what is doubted; inside a battery's power is + charging, what is told of it is how much.
_UNITS: Final[Mapping[str, tuple[float, str]]] = {
    "soc": (100, "{:.0f} %"),
    "voltage_v": (1, "{:.1f} V"),
    "temperature_c": (1, "{:.0f} °C"),
    "hashrate_ths": (1, "{:.1f} TH/s"),
    "running": (1, "{:.0f}"),
    **dict.fromkeys(("solar_w", "load_w", "grid_w", "power_w"), (1 / 1000, "{:.2f} kW")),
}
_MOST_NAMED: Final = 8


@callback
def report_troubles(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    settings: Settings,
    readings: SiteReadings,
    memory: SourceMemory,
    covered: tuple[NamedTrouble, ...],
    mismatch: Mismatch | None = None,
) -> None:
    """Create and clear the issues: one per troubled entity, once its trouble has lasted, until it is gone.

    `memory`: the entry's one `SourceMemory`, which keeps since when each trouble has been seen.
    `covered`: `Observer.covered`, the entities another one stands in for. `mismatch`: `Observer.mismatch`.
    """
    lasting = min(TROUBLE_LASTS, settings.grace)
    found: dict[str, NamedTrouble] = {}
    told = chain(readings.troubles(), covered, memory.troubles)
    for named in sorted(told, key=lambda named: named[0] is None):  # what a device names is the device's own
        reading = named[2]
        if reading.source is not None:
            found.setdefault(_issue_id(entry, reading.source), named)
    for issue_id, named in found.items():
        since = _since(memory, issue_id, named, readings.at)
        if readings.at - since >= lasting:
            _create(hass, entry, issue_id, named)
    for issue_id in memory.first_seen.keys() - found.keys():
        del memory.first_seen[issue_id]
    told_mismatch = _report_mismatch(hass, entry, mismatch)
    _clear(hass, entry, keep=set(found) | told_mismatch)


@callback
def report_impossible(hass: HomeAssistant, entry: ConfigEntry[Any], settings: list[tuple[str, str]]) -> None:
    """Tell of stored settings that cannot be, by the title of the site or device and the key; end it where there is none."""
    named = [printable(f"{title}: {key}") for title, key in settings]
    _tell_of_site(hass, entry, "impossible_settings", {"settings": ", ".join(named[:_MOST_NAMED])} if named else None)


@callback
def report_damage(hass: HomeAssistant, entry: ConfigEntry[Any], damaged: tuple[str, ...]) -> None:
    """Tell that some of what was remembered could not be read, where that is so."""
    _tell_of_site(hass, entry, "stored_damaged", {"count": str(len(damaged))} if damaged else None)


def _tell_of_site(hass: HomeAssistant, entry: ConfigEntry[Any], key: str, told: dict[str, str] | None) -> None:
    """Raise an issue of the whole site, or end it where there is nothing to tell."""
    issue_id = f"{key}_{entry.entry_id}"
    if told is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        is_persistent=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"site": printable(entry.title), **told},
    )


@callback
def clear_troubles(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete all of this entry's issues about readings."""
    _clear(hass, entry, keep=set())


def _since(memory: SourceMemory, issue_id: str, named: NamedTrouble, now: datetime) -> datetime:
    """Return since when it has been so: the first cycle that saw it, or earlier where the reading knows."""
    first = memory.first_seen.setdefault(issue_id, now)
    return first if named[2].at is None or named[2].trouble is Trouble.MISSING else min(first, named[2].at)


def _create(hass: HomeAssistant, entry: ConfigEntry[Any], issue_id: str, named: NamedTrouble) -> None:
    device_id, name, reading = named
    source, trouble = reading.source or "", reading.trouble
    subentry = entry.subentries.get(device_id) if device_id else None
    provider = hass.config_entries.async_get_entry(source) if name == _PROVIDER else None
    key = "solar_forecast_failed" if name == _PROVIDER else f"reading_{trouble}"
    if ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None:
        LOGGER.warning("%s gives no value: %s", provider.title if provider else source, trouble)
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        is_persistent=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={
            "entity": provider.title if provider else source,
            "device": subentry.title if subentry else entry.title,
            **_told(name, reading.doubt),
        },
    )


def _report_mismatch(hass: HomeAssistant, entry: ConfigEntry[Any], mismatch: Mismatch | None) -> set[str]:
    """Tell why what is measured does not add up. Returns the issue's id; a frozen sensor is named as out of date."""
    if mismatch is None or mismatch.cause is Cause.FROZEN:
        return set()
    issue_id = _issue_id(entry, f"mismatch_{mismatch.cause}_{mismatch.device_id or ''}")
    subentry = entry.subentries.get(mismatch.device_id) if mismatch.device_id else None
    if ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None:
        return {issue_id}  # the number of the moment it was found: it changes with every look
    LOGGER.warning("What is measured does not add up, by %.0f W: %s", mismatch.off_w, mismatch.cause)
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        is_persistent=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=f"mismatch_{mismatch.cause}",
        translation_placeholders={
            "device": subentry.title if subentry else entry.title,
            "entity": mismatch.source or "",
            "off": _in_words("load_w", abs(mismatch.off_w)),
        },
    )
    return {issue_id}


def _told(name: str, doubt: Doubt | None) -> dict[str, str]:
    """Return the values of a doubt, as people read them, and the entity that speaks against it."""
    if doubt is None:
        return {}
    told = {"told": _in_words(name, doubt.told)}
    against = doubt.against
    if against is None or against.value is None:
        return told
    return told | {"other": against.source or "", "other_told": _in_words("voltage_v", against.value)}


def _in_words(name: str, value: float) -> str:
    factor, text = _UNITS.get(name, (1, "{:g}"))
    return text.format(factor * value)


def _clear(hass: HomeAssistant, entry: ConfigEntry[Any], keep: set[str]) -> None:
    prefix = _issue_id(entry, "")
    issues = ir.async_get(hass).issues
    for domain, issue_id in [key for key in issues if key[0] == DOMAIN and key[1].startswith(prefix)]:
        if issue_id not in keep:
            LOGGER.info("%s is in order again", issue_id.removeprefix(prefix))
            ir.async_delete_issue(hass, domain, issue_id)


def _issue_id(entry: ConfigEntry[Any], source: str) -> str:
    return f"reading_{entry.entry_id}_{source}"
