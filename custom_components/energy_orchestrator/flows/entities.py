"""What an entity must be to stand for something: its domain, unit and device class. Offered by it, and checked by it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    UnitOfElectricPotential,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig, EntityWithDeviceFilterSelectorConfig

from ..inputs import quantities
from ..inputs.money import per_terahash_day
from ..inputs.prices.published import published
from ..inputs.quantities import Convert
from ..model.readings import Trouble
from ..model.seen import number_in
from ..model.units import celsius_of, watts_of
from .forms import FieldProblem, Fields, optional

type Readable = Callable[[Mapping[str, Any], str], bool]
"""Whether an entity with these attributes can be read, on a site with this currency."""

_MEASURING: Final = ("sensor", "number", "input_number")
_UTC: Final = ZoneInfo("UTC")


def _in_unit(convert: Convert) -> Readable:
    return lambda attributes, _: convert(1.0, attributes.get(ATTR_UNIT_OF_MEASUREMENT)) is not None


def _priced(attributes: Mapping[str, Any], currency: str) -> bool:
    return published("", attributes, currency, _UTC).trouble is not Trouble.WRONG_UNIT


def _hashpriced(attributes: Mapping[str, Any], currency: str) -> bool:
    return per_terahash_day(attributes.get(ATTR_UNIT_OF_MEASUREMENT), currency) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityKind:
    """One kind of entity. `error` is the translation key of what to say about an entity of another kind.

    `units` are the usual ones, to choose from; any that is `readable` is right.
    """

    error: str
    domains: tuple[str, ...] = _MEASURING
    device_class: str | None = None
    units: tuple[str, ...] = ()
    readable: Readable = lambda _attributes, _currency: True

    def selector(self, *, multiple: bool = False) -> EntitySelector:
        """Return the selector that offers such entities."""
        filters = []
        if self.device_class:
            filters.append(EntityWithDeviceFilterSelectorConfig(domain=[*self.domains], device_class=self.device_class))
        if self.units:
            filters.append(
                EntityWithDeviceFilterSelectorConfig(domain=[*self.domains], unit_of_measurement=[*self.units])
            )
        return EntitySelector(
            EntitySelectorConfig(
                filter=filters or [EntityWithDeviceFilterSelectorConfig(domain=[*self.domains])],
                multiple=multiple,
                reorder=multiple,
            )
        )

    def fits(self, entity_id: str, attributes: Mapping[str, Any], currency: str) -> bool:
        """Whether an entity is of this kind."""
        if split_entity_id(entity_id)[0] not in self.domains:
            return False
        if self.device_class and attributes.get(ATTR_DEVICE_CLASS) not in {None, self.device_class}:
            return False
        return self.readable(attributes, currency)


POWER: Final = EntityKind(
    error="not_power",
    device_class="power",
    units=(UnitOfPower.WATT, UnitOfPower.KILO_WATT),
    readable=_in_unit(watts_of),
)
SET_POINT: Final = EntityKind(
    error="not_power_number",
    domains=("number", "input_number"),
    device_class="power",
    units=(UnitOfPower.WATT, UnitOfPower.KILO_WATT),
    readable=_in_unit(watts_of),
)
SOC: Final = EntityKind(
    error="not_percent", device_class="battery", units=(PERCENTAGE,), readable=_in_unit(quantities.SOC.convert)
)
VOLTAGE: Final = EntityKind(
    error="not_voltage",
    device_class="voltage",
    units=(UnitOfElectricPotential.VOLT,),
    readable=_in_unit(quantities.VOLTAGE.convert),
)
TEMPERATURE: Final = EntityKind(
    error="not_temperature",
    device_class="temperature",
    units=(UnitOfTemperature.CELSIUS, UnitOfTemperature.FAHRENHEIT),
    readable=_in_unit(celsius_of),
)
HASHRATE: Final = EntityKind(
    error="not_hashrate", units=("TH/s", "GH/s", "PH/s"), readable=_in_unit(quantities.hashrate(0).convert)
)
SWITCH: Final = EntityKind(error="not_switch", domains=("switch", "input_boolean"))
ON_OR_OFF: Final = EntityKind(error="not_on_or_off", domains=("binary_sensor", "switch", "input_boolean"))
SELECT: Final = EntityKind(error="not_select", domains=("select", "input_select"))
PRICE: Final = EntityKind(error="not_price", readable=_priced)
HASHPRICE: Final = EntityKind(error="not_hashprice", readable=_hashpriced)
WEATHER: Final = EntityKind(error="not_weather", domains=("weather",))


def entity_fields(kinds: Mapping[str, EntityKind], *, multiple: bool = False) -> Fields:
    """Return an optional field for each kind."""
    return {optional(key): kind.selector(multiple=multiple) for key, kind in kinds.items()}


def entity_problems(
    hass: HomeAssistant, kinds: Mapping[str, EntityKind], values: Mapping[str, Any]
) -> list[FieldProblem]:
    """Return what is wrong with the entities chosen."""
    return [
        problem
        for key, kind in kinds.items()
        for problem in (entity_problem(hass, kind, key, entity_id) for entity_id in chosen(values.get(key)))
        if problem
    ]


def both_ways_problems(values: Mapping[str, Any], there: str, back: str, *, inverted: str) -> list[FieldProblem]:
    """Return what is wrong with the sensors of a flow both ways; of two that are positive each none is inverted."""
    if not values.get(back):
        return []
    if not values.get(there):
        return [FieldProblem(there, "other_way_missing")]
    if values[there] == values[back]:
        return [FieldProblem(back, "same_sensor_twice", {"entity": values[back]})]
    return [FieldProblem(inverted, "two_are_not_inverted")] if values.get(inverted) else []


def entity_problem(hass: HomeAssistant, kind: EntityKind, key: str, entity_id: str) -> FieldProblem | None:
    """Return what is wrong with one entity."""
    attributes = attributes_of(hass, entity_id)
    if attributes is None:
        return FieldProblem(key, "entity_not_found", {"entity": entity_id})
    if not kind.fits(entity_id, attributes, hass.config.currency):
        return FieldProblem(key, kind.error, {"entity": entity_id, "currency": hass.config.currency})
    return None


def is_signed(hass: HomeAssistant, entity_id: str) -> bool:
    """Whether a number goes below zero."""
    low = number_in((attributes_of(hass, entity_id) or {}).get("min"))
    return low is not None and low < 0


def chosen(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the entities of a field that takes one or several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def attributes_of(hass: HomeAssistant, entity_id: str) -> Mapping[str, Any] | None:
    """Return what an entity tells about itself, from the registry where it has no state yet; None where there is none."""
    if state := hass.states.get(entity_id):
        return state.attributes
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or entry.disabled:
        return None
    return {
        ATTR_UNIT_OF_MEASUREMENT: entry.unit_of_measurement,
        ATTR_DEVICE_CLASS: entry.device_class or entry.original_device_class,
        **(entry.capabilities or {}),
    }
