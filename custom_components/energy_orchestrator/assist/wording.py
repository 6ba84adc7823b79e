"""Answers in people's words: texts per language, and numbers, money, times and plurals in one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final, override

from homeassistant.util import dt as dt_util
import yaml

from .language import FALLBACK, LANGUAGES, WEEKDAYS

_FOLDER: Final = Path(__file__).parent / "texts"
type Fact = float | str
type Spoken = float | str | datetime


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's texts and how it writes values."""

    code: str
    texts: Mapping[str, str]
    units: Mapping[str, str]
    money: Mapping[str, str]
    days: Mapping[str, str]
    weekdays: tuple[str, ...]
    decimal: str

    def say(self, key: str, currency: str = "", now: datetime | None = None, **values: Any) -> str:
        """Return a text with its values; a placeholder's ending says how a value is written: `{soc:percent}`."""
        return _Values(self, currency, now).vformat(self.texts[key], (), values)

    def number(self, value: float, digits: int) -> str:
        """Return a number without symbols; trailing zeros are left away."""
        text = f"{value:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return (text if text not in ("-0", "") else "0").replace(".", self.decimal)

    def counted(self, value: float, unit: str, digits: int) -> str:
        """Return a number with its unit in the right plural."""
        return f"{self.number(value, digits)} {self.plural(self.units[unit], value, digits)}"

    @staticmethod
    def plural(forms: str, value: float, digits: int) -> str:
        """Choose "one|many" by a number as it is shown."""
        one, _, many = forms.partition("|")
        return one if round(abs(value), digits) == 1 else (many or one)

    def joined(self, parts: Iterable[str]) -> str:
        """Join names or clauses: "a, b and c"."""
        *first, last = [*parts] or [""]
        return self.texts["and"].format(first=", ".join(first), last=last) if first else last

    def when(self, at: datetime, now: datetime | None, *, moment: bool = False) -> str:
        """Return a time of day, with its day where that is not today; a `moment` is one after "until"."""
        local = dt_util.as_local(at)
        clock = self.texts["clock"].format(h=f"{local.hour}", m=f"{local.minute:02d}")
        days = (local.date() - dt_util.as_local(now or at).date()).days
        if days == 0:
            return self.texts["moment_clock" if moment else "at_clock"].format(clock=clock)
        if day := {1: self.days["tomorrow"], -1: self.days["yesterday"]}.get(days):
            return self.texts["at_day_clock"].format(day=day, clock=clock)
        key = "moment_weekday_clock" if moment else "at_weekday_clock"
        weekday = self.weekdays[local.weekday()]
        day = weekday if abs(days) < len(self.weekdays) else f"{weekday}, {local:%Y-%m-%d},"
        return self.texts[key].format(day=day, clock=clock)


class _Values(Formatter):
    """Writes values by the name after the colon."""

    def __init__(self, wording: Wording, currency: str, now: datetime | None) -> None:
        self.wording, self.currency, self.now = wording, currency, now

    @override
    def format_field(self, value: Any, format_spec: str) -> str:
        writer = getattr(self, f"_{format_spec}", None) if format_spec else str
        assert writer is not None, f"no way to write {format_spec}"
        return str(writer(value))

    def _percent(self, value: float) -> str:
        return self.wording.counted(value, "percent", 0)

    def _kw(self, value: float) -> str:
        small = abs(value) < 0.9995
        return self.wording.counted(round(value * 1000, -1), "w", 0) if small else self.wording.counted(value, "kw", 1)

    def _kwh(self, value: float) -> str:
        return self.wording.counted(value, "kwh", 1 if abs(value) < 100 else 0)

    def _hours(self, value: float) -> str:
        if value < 0.995:
            return self.wording.counted(value * 60, "minutes", 0)
        return self.wording.counted(value, "hours", 1)

    def _temp(self, value: float) -> str:
        return self.wording.counted(value, "degrees", 0)

    def _volt(self, value: float) -> str:
        return self.wording.counted(value, "volts", 1)

    def _number(self, value: float) -> str:
        return self.wording.number(value, 2)

    def _money(self, value: float) -> str:
        forms = self.wording.money.get(self.currency, self.currency)
        digits = 2 if abs(value) < 1000 else 0
        return f"{self.wording.number(value, digits)} {self.wording.plural(forms, value, 2)}"

    def _price(self, value: float) -> str:
        cents = self.wording.money.get(f"{self.currency}_100")
        if cents is None or abs(value) >= 1:
            return self._money(value)
        return f"{self.wording.number(100 * value, 1)} {self.wording.plural(cents, 100 * value, 1)}"

    def _when(self, value: datetime) -> str:
        return self.wording.when(value, self.now)

    def _moment(self, value: datetime) -> str:
        return self.wording.when(value, self.now, moment=True)

    def _clock(self, value: datetime) -> str:
        local = dt_util.as_local(value)
        return self.wording.texts["clock"].format(h=f"{local.hour}", m=f"{local.minute:02d}")


def code_of(language: str) -> str:
    """Return which of our languages a language is told in: its own, English where that is none of them."""
    code = language.split("-", maxsplit=1)[0].lower()
    return code if code in LANGUAGES else FALLBACK


@cache
def load(language: str) -> Wording:
    """Return a language's wording, English where there is none. Reads a file: not on the event loop."""
    if (code := code_of(language)) != language:
        return load(code)
    data = yaml.safe_load((_FOLDER / f"{code}.yaml").read_text(encoding="utf-8"))
    return Wording(
        code=code,
        texts=data["texts"],
        units=data["units"],
        money=data["money"],
        days=data["days"]
        | {
            day: data["texts"]["on_weekday"].format(day=name)
            for day, name in zip(WEEKDAYS, data["weekdays"], strict=True)
        },
        weekdays=tuple(data["weekdays"]),
        decimal=data["decimal"],
    )
