"""The site's own steps: its connection, its prices, and the readings and roof that forecasts rest on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    ChooseSelector,
    NumberSelector,
    Selector,
    TextSelector,
    TimeSelector,
)

from .. import const as c
from ..settings import DEFAULT_AZIMUTH, DEFAULT_GRID, DEFAULT_TILT
from . import entities as e
from .forms import ENTITY, FIXED, TABLE, FieldProblem, Fields, Form, choose, needed, number, optional, preset, table
from .tables import coverage_problem

MAIN_SENSORS: Final[tuple[str, ...]] = (c.CONF_SOLAR_POWER, c.CONF_LOAD_POWER, c.CONF_GRID_POWER)

_READINGS: Final = {
    c.CONF_SOLAR_POWER: e.POWER,
    c.CONF_LOAD_POWER: e.POWER,
    c.CONF_GRID_POWER: e.POWER,
    c.CONF_GRID_EXPORT_POWER: e.POWER,
    c.CONF_GRID_THERE: e.ON_OR_OFF,
    c.CONF_WEATHER: e.WEATHER,
}
_PRICE_KINDS: Final = {
    c.CONF_IMPORT_PRICE: e.PRICE,
    c.CONF_EXPORT_PRICE: e.PRICE,
    c.CONF_HASHPRICE: e.HASHPRICE,
}
_SECTION_ROOF: Final = "roof"


@dataclass(frozen=True, slots=True)
class SiteStep:
    """A step: its form for what is known of the site so far, and what may be wrong with what was entered in it."""

    form: Callable[[Mapping[str, Any]], Form]
    problems: Callable[[HomeAssistant, Mapping[str, Any]], list[FieldProblem]] = lambda _hass, _values: []


def _connection_form(known: Mapping[str, Any]) -> Form:
    return Form({needed(CONF_NAME, "name_empty"): TextSelector(), **connection_fields()})


def connection_fields() -> Fields:
    """Return the fields of the connection: what it can carry and what it may be used for."""
    fields: Fields = {preset(c.CONF_CONNECTED, DEFAULT_GRID[c.CONF_CONNECTED]): BooleanSelector()}
    fields |= {optional(key): number("kW", low=0) for key in (c.CONF_MAX_IMPORT_KW, c.CONF_MAX_EXPORT_KW)}
    permissions = (c.CONF_EXPORT_ALLOWED, c.CONF_GRID_CHARGING, c.CONF_BATTERY_EXPORT)
    return fields | {preset(key, DEFAULT_GRID[key]): BooleanSelector() for key in permissions}


def _prices_form(known: Mapping[str, Any]) -> Form:
    """Ask for what a kWh costs and brings, off-grid only for what mining brings."""
    hashprice = choose("hashprice", {FIXED: number(low=0), ENTITY: e.HASHPRICE.selector()})
    earned: Fields = {needed(c.CONF_HASHPRICE): hashprice}
    if not known[c.CONF_CONNECTED]:
        return Form(earned)
    # What is bought always costs something by contract; only a market's price, which an entity tells, falls below 0.
    paid: Fields = {needed(c.CONF_IMPORT_PRICE): _price(number(low=0)), needed(c.CONF_EXPORT_PRICE): _price(number())}
    return Form(paid | earned)


def _price(amount: NumberSelector) -> ChooseSelector:
    columns: dict[str, Selector[Any]] = {c.ROW_FROM: TimeSelector(), c.ROW_TO: TimeSelector(), c.ROW_PRICE: amount}
    by_time = table("price_table", columns, label=c.ROW_FROM, description=c.ROW_PRICE)
    return choose("price", {FIXED: amount, ENTITY: e.PRICE.selector(), TABLE: by_time})


def _prices_problems(hass: HomeAssistant, values: Mapping[str, Any]) -> list[FieldProblem]:
    by_entity = {key: value for key, value in values.items() if isinstance(value, str)}
    by_table = {key: value for key, value in values.items() if isinstance(value, list)}
    wrong_tables = (coverage_problem(key, rows) for key, rows in by_table.items())
    return [*e.entity_problems(hass, _PRICE_KINDS, by_entity), *(problem for problem in wrong_tables if problem)]


def _readings_form(known: Mapping[str, Any]) -> Form:
    return Form(
        {
            optional(c.CONF_SOLAR_POWER): e.POWER.selector(),
            optional(c.CONF_LOAD_POWER): e.POWER.selector(),
            preset(c.CONF_LOAD_INCLUDES_MINERS, True): BooleanSelector(),
            preset(c.CONF_LOAD_POWER_INVERTED, False): BooleanSelector(),
            optional(c.CONF_GRID_POWER): e.POWER.selector(),
            preset(c.CONF_GRID_POWER_INVERTED, False): BooleanSelector(),
            optional(c.CONF_GRID_EXPORT_POWER): e.POWER.selector(),
            optional(c.CONF_GRID_THERE): e.ON_OR_OFF.selector(),
            optional(c.CONF_WEATHER): e.WEATHER.selector(),
        },
        {
            _SECTION_ROOF: {
                optional(c.CONF_SOLAR_PEAK_KW): number("kW", low=0),
                preset(c.CONF_SOLAR_TILT, DEFAULT_TILT): number("°", low=0, high=90),
                preset(c.CONF_SOLAR_AZIMUTH, DEFAULT_AZIMUTH): number("°", low=0, high=360),
            }
        },
    )


def _readings_problems(hass: HomeAssistant, values: Mapping[str, Any]) -> list[FieldProblem]:
    both_ways = e.both_ways_problems(
        values, c.CONF_GRID_POWER, c.CONF_GRID_EXPORT_POWER, inverted=c.CONF_GRID_POWER_INVERTED
    )
    return [*e.entity_problems(hass, _READINGS, values), *both_ways]


SITE_STEPS: Final[Mapping[str, SiteStep]] = {
    "site": SiteStep(_connection_form),
    "prices": SiteStep(_prices_form, _prices_problems),
    "readings": SiteStep(_readings_form, _readings_problems),
}
"""The steps of a site of one's own, in their order."""
