"""Answers from the forecasts the plan stands on."""

from collections.abc import Callable, Mapping
from typing import Final

from .. import telling
from .planning import NEXT, day_of, planless
from .question import Answer, Question

# Prices that differ by less are the same to people.
_SAME_PRICE: Final = 0.001


def solar_forecast(question: Question) -> Answer:
    """Say what sun is expected."""
    return _forecast(question, "solar")


def load_forecast(question: Question) -> Answer:
    """Say what the house is expected to use."""
    return _forecast(question, "load")


def _forecast(question: Question, name: str) -> Answer:
    if answer := planless(question):
        return answer
    told = question.told()
    start, end = question.period()
    rows = list(telling.rows_within(question.snapshot, start, end))
    if not rows:
        return told.say("not_planned").plan_source().answer()
    values = [(getattr(row, f"{name}_w"), hours, row.start) for row, hours in rows]
    most_w, _, most_at = max(values, key=lambda value: value[0])
    told.say(
        f"{name}_forecast",
        energy_kwh=sum(watts * hours for watts, hours, _ in values) / 1000,
        day=_day(question),
        power_kw=most_w / 1000,
        at=max(most_at, start),
    )
    if source := question.site.source(f"{name}_w"):
        told.cite(source.replace("_", " "))
    return told.plan_source().answer()


def _day(question: Question) -> str:
    """Return the day in words; of today only the rest is ahead."""
    if question.match.slots.day in (None, "today", "now"):
        return question.wording.texts["rest_of_today"]
    return day_of(question)


def price_forecast(question: Question) -> Answer:
    """Say when power is cheapest and dearest."""
    if answer := planless(question):
        return answer
    told = question.told()
    start, end = question.period() if question.match.slots.day else (question.now, question.now + NEXT)
    rows = [row for row, _ in telling.rows_within(question.snapshot, start, end)]
    if not rows:
        return told.say("not_planned").plan_source().answer()
    low, high = min(rows, key=lambda row: row.import_price), max(rows, key=lambda row: row.import_price)
    if high.import_price - low.import_price < _SAME_PRICE:
        told.say("price_flat", lowest=low.import_price, highest=high.import_price)
    else:
        told.say(
            "price_forecast",
            lowest_at=max(low.start, start),
            lowest=low.import_price,
            highest_at=max(high.start, start),
            highest=high.import_price,
        )
    return told.plan_source().answer()


ANSWERS: Final[Mapping[str, Callable[[Question], Answer]]] = {
    "solar_forecast": solar_forecast,
    "load_forecast": load_forecast,
    "price_forecast": price_forecast,
}
