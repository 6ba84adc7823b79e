"""Frozen dataclasses ↔ plain JSON, exactly: what is saved, downloaded and replayed is what was planned.

Arrays become lists, times ISO strings, enumerations their values; numbers JSON cannot hold become the strings
"inf", "-inf" and "nan". The types in the dataclasses say how to read them back.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
import math
from types import NoneType, UnionType
from typing import Any, Final, TypeAliasType, cast, get_args, get_origin, get_type_hints

import numpy as np

from .plan import Plan
from .problem import MODES, Problem

type Json = bool | int | float | str | list[Any] | dict[str, Any] | None


_PLAIN: Final = frozenset({NoneType, bool, int, str})


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def encode(value: object) -> Json:
    """Return `value` as plain JSON. Raises `TypeError` for what the model does not use."""
    of: Any = type(value)
    if of in _PLAIN:
        return value  # type: ignore[return-value]  # most are, and a home may have thousands of them
    if is_dataclass(value):
        return {name: encode(getattr(value, name)) for name in _names(of)}
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    msg = f"cannot encode {type(value).__name__}"
    raise TypeError(msg)


def _write_float(value: float) -> Json:
    return value if math.isfinite(value) else str(value)


def _write_array(value: np.ndarray[Any, Any]) -> Json:
    return [encode(item) for item in value.tolist()]


# First that fits; Enum before str, bool before int, datetime before date.
_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Json]], ...] = (
    (Enum, lambda value: value.value),
    ((NoneType, bool, int, str), lambda value: value),
    (float, _write_float),
    ((datetime, date), lambda value: value.isoformat()),
    (np.ndarray, _write_array),
    (np.generic, lambda value: encode(value.item())),
    (Mapping, lambda value: {str(key): encode(item) for key, item in value.items()}),
    ((list, tuple, frozenset, set), lambda value: [encode(item) for item in value]),
)


def decode[T](kind: type[T], data: Json) -> T:
    """Return the `kind` that `encode` made `data` of. Raises `ValueError` for other data."""
    try:
        read: T = _read(kind, data)
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as err:
        msg = f"not a stored {getattr(kind, '__name__', kind)}: {err}"
        raise ValueError(msg) from err
    return read


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """Return the problem as JSON data."""
    return cast("dict[str, Any]", encode(problem))


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    """Return the problem that `problem_to_json` made the data from. Raises as `decode`."""
    return decode(Problem, _problem(data))


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON data, its problem included."""
    return cast("dict[str, Any]", encode(plan))


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Return the plan that `plan_to_json` made the data from. Raises as `decode`."""
    return decode(Plan, {**data, "problem": _problem(data["problem"])})


def _problem(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a problem of today; a battery was told one mode only once, in the slots `told_in`."""
    batteries = [{**battery} for battery in data.get("batteries", ())]
    for battery in batteries:
        told_in = battery.pop("told_in", None)
        if told_in is not None:
            battery["told"] = [[flag and mode == battery["told"] for flag in told_in] for mode in MODES]
    return {**data, "batteries": batteries}


def _read(kind: Any, data: Any) -> Any:
    if isinstance(kind, TypeAliasType):
        return _read(kind.__value__, data)
    origin = get_origin(kind)
    if origin is UnionType:
        return _read_union(get_args(kind), data)
    if origin is np.ndarray:
        dtype = get_args(get_args(kind)[1])[0]
        return np.array(data, dtype=dtype)
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], item) for item in data)
    if origin is not None and issubclass(origin, Mapping):
        key, item = get_args(kind)
        return {_read(key, name): _read(item, value) for name, value in data.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _read(hints[name], value) for name, value in data.items()})
    return _read_scalar(kind, data)


def _read_union(kinds: tuple[Any, ...], data: Any) -> Any:
    if data is None and NoneType in kinds:
        return None
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    return _read(kind, data)


def _read_scalar(kind: Any, data: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, date):  # datetime too
        return kind.fromisoformat(data)
    if kind is float:
        return float(data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if not isinstance(data, kind):
        msg = f"expected {kind.__name__}, got {type(data).__name__}"
        raise TypeError(msg)
    return data
