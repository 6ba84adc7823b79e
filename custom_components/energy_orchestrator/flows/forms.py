"""Forms: fields, some of them in sections, what they show, and what is wrong with what was entered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

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

type Fields = dict[vol.Marker, Selector[Any]]

# Names of the choices of a value that can be told in several ways, and which a stored value belongs to.
FIXED: Final = "fixed"
ENTITY: Final = "entity"
TABLE: Final = "table"
_CHOICE_OF: Final[Mapping[type, str]] = {str: ENTITY, list: TABLE}


@dataclass(frozen=True, slots=True)
class Problem:
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
            values |= user_input[name]
        return {key: _tidied(value) for key, value in values.items()}

    def show[R: FlowResult[Any, Any]](
        self,
        flow: FlowHandler[Any, R, Any],
        step_id: str,
        values: Mapping[str, Any],
        problems: Sequence[Problem] = (),
        placeholders: Mapping[str, str] | None = None,
    ) -> R:
        """Show the form filled with values, and the problems beside their fields."""
        errors, named = self._explained(problems)
        schema = vol.Schema(
            {
                **self.fields,
                **{
                    vol.Required(name): section(vol.Schema(fields), {"collapsed": name not in errors})
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

    def _explained(self, problems: Iterable[Problem]) -> tuple[dict[str, str], dict[str, str]]:
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


def _suggested(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {marker.schema: (selector, values.get(marker.schema)) for marker, selector in fields.items()}
    return {key: _shown(selector, value) for key, (selector, value) in found.items() if value is not None}


def _shown(selector: Selector[Any], value: Any) -> Any:
    """Return a stored value as the frontend's selector wants it: it cannot tell by itself that a list is a table."""
    if not isinstance(selector, ChooseSelector):
        return value
    choice = _CHOICE_OF.get(type(value), FIXED)
    return {"active_choice": choice, choice: value}


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


def choose(key: str, choices: Mapping[str, Selector[Any]]) -> ChooseSelector:
    """Return a value that can be told in several ways."""
    return ChooseSelector(
        ChooseSelectorConfig(
            choices={name: ChooseSelectorChoiceConfig(selector=_nested(one)) for name, one in choices.items()},
            translation_key=key,
        )
    )


def table(key: str, columns: Mapping[str, Selector[Any]], label: str, description: str) -> ObjectSelector:
    """Return a table whose rows have every column; `label` and `description` are the columns a folded row shows."""
    return ObjectSelector(
        ObjectSelectorConfig(
            fields={
                name: ObjectSelectorField(selector=_nested(column), required=True) for name, column in columns.items()
            },
            multiple=True,
            label_field=label,
            description_field=description,
            translation_key=key,
        )
    )


# ---- Fields


def required(key: str, default: Any = None) -> vol.Marker:
    """Return a field that must be filled; with a default it is when nothing is entered."""
    return vol.Required(key) if default is None else vol.Required(key, default=default)


def optional(key: str) -> vol.Marker:
    """Return a field that can be left empty."""
    return vol.Optional(key)
