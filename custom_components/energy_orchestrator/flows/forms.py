"""Forms: fields, some of them in sections, what they show, and what is wrong with what was entered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, override

from homeassistant.data_entry_flow import FlowHandler, FlowResult, section
from homeassistant.helpers.selector import (
    ChooseSelector,
    ChooseSelectorChoiceConfig,
    ChooseSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import ROW_FROM, ROW_TO
from ..model.possible import is_sound

type Fields = dict[vol.Marker, Selector[Any]]

# Names of the choices of a value that can be told in several ways, and which a stored value belongs to.
FIXED: Final = "fixed"
ENTITY: Final = "entity"
TABLE: Final = "table"
_CHOICE_OF: Final[Mapping[type, str]] = {str: ENTITY, list: TABLE}
_NEEDED: Final = "needed"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with a field: the key of the error's translation and what it names."""

    key: str
    error: str
    placeholders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """One step's form. Sections are folded; what they hold is stored flat."""

    fields: Fields
    sections: Mapping[str, Fields] = field(default_factory=dict)

    def others(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return the stored settings that this form does not ask for."""
        asked = {marker.schema for part in (self.fields, *self.sections.values()) for marker in part}
        return {key: value for key, value in stored.items() if key not in asked}

    def flat(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was entered, out of its sections and tidied."""
        values = {key: value for key, value in user_input.items() if key not in self.sections}
        for name in self.sections:
            values |= user_input.get(name, {})
        return {key: _tidied(value) for key, value in values.items() if value is not None}

    def problems(self, values: Mapping[str, Any]) -> list[FieldProblem]:
        """Return what is needed and was left empty, what was left half done, and what is no number."""
        parts = (self.fields, *self.sections.values())
        found = (_problem(marker, one, values.get(marker.schema)) for part in parts for marker, one in part.items())
        return [problem for problem in found if problem]

    def show[R: FlowResult[Any, Any]](
        self,
        flow: FlowHandler[Any, R, Any],
        step_id: str,
        values: Mapping[str, Any],
        problems: Sequence[FieldProblem] = (),
        placeholders: Mapping[str, str] | None = None,
    ) -> R:
        """Show the form filled with values, and the problems beside their fields."""
        errors, named = self._explained(problems)
        schema = vol.Schema(
            {
                **_facing(self.fields, values),
                **{
                    _section_marker(name, fields): section(
                        vol.Schema(_facing(fields, values)), {"collapsed": name not in errors}
                    )
                    for name, fields in self.sections.items()
                },
            }
        )
        suggested = _suggested(self.fields, values) | {
            name: _suggested(fields, values) for name, fields in self.sections.items()
        }
        return flow.async_show_form(
            step_id=step_id,
            data_schema=flow.add_suggested_values_to_schema(schema, suggested),
            errors=errors,
            description_placeholders={**(placeholders or {}), **named},
        )

    def _explained(self, problems: Iterable[FieldProblem]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the errors by field and the names they use, which all errors of a form share.

        The frontend shows no errors inside a section: they stand at the section. A second problem there, or one that
        would need the same name for something else, is shown when the first is solved.
        """
        section_of = {marker.schema: name for name, fields in self.sections.items() for marker in fields}
        errors: dict[str, str] = {}
        names: dict[str, str] = {}
        for problem in problems:
            place = section_of.get(problem.key, problem.key)
            if place not in errors and all(names.get(k, v) == v for k, v in problem.placeholders.items()):
                errors[place] = problem.error
                names |= problem.placeholders
        return errors, names


def _section_marker(name: str, fields: Fields) -> vol.Marker:
    """Return the marker of a section: one that holds nothing but what may be left empty may be left out."""
    return vol.Required(name) if any(isinstance(marker, vol.Required) for marker in fields) else vol.Optional(name)


def sound(values: Mapping[str, Any], problems: Iterable[FieldProblem]) -> dict[str, Any]:
    """Return the values of the fields that have no problem."""
    wrong = {problem.key for problem in problems}
    return {key: value for key, value in values.items() if key not in wrong}


def _problem(marker: vol.Marker, selector: Selector[Any], value: Any) -> FieldProblem | None:
    key: str = marker.schema
    if value is None or value == "":
        error = (marker.description or {}).get(_NEEDED)
        return FieldProblem(key, error) if error else None
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    numbers = [cell for row in rows for cell in row.values()] if rows else [value]
    numbers = [number for number in numbers if isinstance(number, (int, float))]
    if not all(isfinite(number) for number in numbers):
        return FieldProblem(key, "not_a_number", {"field": key})
    if not is_sound(numbers):
        return FieldProblem(key, "too_large", {"field": key})
    return _row_problem(key, selector, rows) if rows else None


def _row_problem(key: str, selector: Selector[Any], rows: Sequence[Mapping[str, Any]]) -> FieldProblem | None:
    """Return the first row of a table that lacks a column."""
    nested = _nested(selector)
    of_table = nested["choose"]["choices"][TABLE]["selector"]["object"] if "choose" in nested else nested["object"]
    for number, row in enumerate(rows, start=1):
        if of_table["fields"].keys() - row.keys():
            return FieldProblem(key, f"{of_table['translation_key']}_incomplete", {"row": str(number)})
    return None


def _facing(fields: Fields, values: Mapping[str, Any]) -> Fields:
    """Return fields whose choices begin with the one that their value belongs to.

    The frontend takes the value it is given for one of the first choice.
    """
    return {
        marker: selector.led_by(_CHOICE_OF.get(type(value), FIXED))
        if isinstance(selector, _Choice) and (value := values.get(marker.schema)) is not None
        else selector
        for marker, selector in fields.items()
    }


def _suggested(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {marker.schema: values.get(marker.schema) for marker in fields}
    return {key: value for key, value in found.items() if value is not None}


def _tidied(value: Any) -> Any:
    """Return text without surrounding blanks, and the rows of a table (one may come alone) typed."""
    if isinstance(value, str):
        return value.strip()
    rows = [value] if isinstance(value, dict) else value
    if isinstance(rows, list):
        return [_row(row) if isinstance(row, dict) else row for row in rows]
    return value


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _time(cell) if key in {ROW_FROM, ROW_TO} else float(cell) for key, cell in row.items()}


def _time(text: str) -> str:
    parsed = dt_util.parse_time(text)
    assert parsed is not None  # the time selector has let it pass
    return parsed.replace(microsecond=0).isoformat()


# ---- Selectors


def number(
    unit: str | None = None, *, low: float | None = None, high: float | None = None, step: float | None = None
) -> NumberSelector:
    """Return a box for a number; any fraction is allowed where no step is named."""
    config = NumberSelectorConfig(mode=NumberSelectorMode.BOX, step=step or "any")
    if unit:
        config["unit_of_measurement"] = unit
    if low is not None:
        config["min"] = low
    if high is not None:
        config["max"] = high
    return NumberSelector(config)


def percent() -> NumberSelector:
    """Return a box for a share."""
    return number("%", low=0, high=100)


def options(key: str, values: Iterable[str]) -> SelectSelector:
    """Return a choice of translated options."""
    return SelectSelector(
        SelectSelectorConfig(options=list(values), translation_key=key, mode=SelectSelectorMode.DROPDOWN)
    )


def _nested(selector: Selector[Any]) -> dict[str, Any]:
    """Return a selector as one that holds it takes it."""
    config: dict[str, Any] = selector.serialize()["selector"]
    return config


def _refused(check: Callable[[Any], Any], data: Any) -> Any:
    """Check a value; a table's rows may be nothing of the kind, which the selector does not expect."""
    try:
        return check(data)
    except (AttributeError, KeyError, TypeError) as err:
        raise vol.Invalid("Value should be a dict or a list of dicts") from err


class _Table(ObjectSelector):
    """Rows; that they are complete, `Form.problems` sees."""

    @override
    def __call__(self, data: Any) -> Any:
        return _refused(super().__call__, data)


class _Choice(ChooseSelector):
    """A value that can be told in several ways. A way that is chosen and left empty is as good as none."""

    _first: str | None = None

    @override
    def __call__(self, data: Any) -> Any:
        if isinstance(data, dict) and data.get(data.get("active_choice")) in (None, ""):
            return None
        return _refused(super().__call__, data)

    @override
    def serialize(self) -> dict[str, dict[str, ChooseSelectorConfig]]:
        shown = super().serialize()
        choices = shown["selector"]["choose"]["choices"]
        if self._first in choices:
            shown["selector"]["choose"]["choices"] = {self._first: choices[self._first], **choices}
        return shown

    def led_by(self, first: str) -> _Choice:
        """Return it with this choice as the first that is shown."""
        led = copy(self)
        led._first = first
        return led


def choose(key: str, choices: Mapping[str, Selector[Any]]) -> ChooseSelector:
    """Return a value that can be told in several ways."""
    return _Choice(
        ChooseSelectorConfig(
            choices={name: ChooseSelectorChoiceConfig(selector=_nested(one)) for name, one in choices.items()},
            translation_key=key,
        )
    )


def table(key: str, columns: Mapping[str, Selector[Any]], label: str, description: str) -> ObjectSelector:
    """Return a table; `label` and `description` are the columns a folded row shows.

    Every row needs every column, which `Form.problems` sees to: the frontend would begin a row with what is required.
    """
    return _Table(
        ObjectSelectorConfig(
            fields={name: ObjectSelectorField(selector=_nested(column)) for name, column in columns.items()},
            multiple=True,
            label_field=label,
            description_field=description,
            translation_key=key,
        )
    )


# ---- Fields


def needed(key: str, error: str | None = None) -> vol.Marker:
    """Return a field that begins empty and is refused empty, by `Form.problems` and with this error (`no_` and its key).

    To the frontend it is an optional one: one that is required and has no default it fills by itself, with the least
    number or the first option, and what nobody chose could not be told from what somebody did.
    """
    return vol.Optional(key, description={_NEEDED: error or f"no_{key}"})


def preset(key: str, default: Any) -> vol.Marker:
    """Return a field that shows a default of ours, which holds where nothing else is entered."""
    return vol.Required(key, default=default)


def optional(key: str) -> vol.Marker:
    """Return a field that can be left empty."""
    return vol.Optional(key)
