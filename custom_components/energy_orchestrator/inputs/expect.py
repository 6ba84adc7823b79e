"""Forecast: what sources say → one series each over the horizon. There is always a series; troubles are named.

A source that fails gives way to the next best: a provider's last answer, the sun and the clouds, the sun alone, nothing
(zeros, `Source.NONE`); for prices the last published ones, then a price at which nothing is bought for a machine.
"""

from typing import Any, Final

from ..model.forecast import Forecasts
from ..settings import Settings
from .forecasts import hashprice, load, price, solar, temperature
from .forecasts.way import Ask, Basis, Home, SourceAnswer, SourceAnswers

_WAYS: Final = (*solar.WAYS, *load.WAYS, *price.WAYS, *hashprice.WAYS, *temperature.WAYS)


async def ask(home: Home, settings: Settings) -> SourceAnswers:
    """Ask all that the ways to the series want to know, each question once."""
    answers: dict[Ask[Any], SourceAnswer[Any]] = {}
    for way in _WAYS:
        if way.ask is not None and way.ask not in answers:
            answers[way.ask] = await way.ask(home, settings)
    return answers


def forecasts(basis: Basis) -> Forecasts:
    """Return what is expected over the horizon. What sources said, and what is wrong with them, is kept in the memory."""
    basis.memory.reckon_in(basis.settings.site.currency)
    for answer in basis.answers.values():
        basis.troubles.extend(answer.troubles)
    mined = hashprice.hashprice(basis)
    found = Forecasts(
        solar_w=solar.solar_w(basis),
        load_w=load.load_w(basis),
        import_price=price.import_price(basis, mined),
        export_price=price.export_price(basis),
        hashprice=mined,
        temperature_c=temperature.temperature_c(basis),
    )
    basis.memory.troubles = tuple(basis.troubles)
    return found
