"""Reading stored dataclasses that may be damaged: what cannot be true is left out alone, and the rest is kept.

`codec.py` reads what it wrote itself, or refuses all of it. This reads what has lain on a disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from .codec import decode

type Plausible = Callable[[str, Any], bool]
"""Whether a field of a name may have a value; asked of single values only."""

_ERRORS = (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError)


class DamagedError(ValueError):
    """Nothing of it can be read."""


def salvaged[T](kind: type[T], data: object, plausible: Plausible) -> tuple[T, tuple[str, ...]]:
    """Return what can be read of a stored dataclass, and where it was damaged (`ledger.miners.a.since`).

    A damaged field has its default; an item of a mapping or list that lacks a field without one is left out. What
    nobody knows, as a later version may have stored it, is no damage. Raises `DamagedError` where nothing can be read.
    """
    damaged: list[str] = []
    read: T = _read(kind, data, "", plausible, damaged)
    return read, tuple(damaged)


def _read(kind: Any, data: Any, path: str, plausible: Plausible, damaged: list[str]) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return _object(kind, data, path, plausible, damaged)
    origin = get_origin(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(data, Mapping):
            raise DamagedError(path)
        item = get_args(kind)[1]
        return _items(((str(key), value) for key, value in data.items()), item, path, plausible, damaged)
    if origin is tuple:
        if not isinstance(data, list):
            raise DamagedError(path)
        rows = ((str(number), value) for number, value in enumerate(data))
        return tuple(_items(rows, get_args(kind)[0], path, plausible, damaged).values())
    return _value(kind, data, path, plausible)


def _object(kind: type[Any], data: Any, path: str, plausible: Plausible, damaged: list[str]) -> Any:
    if not isinstance(data, Mapping):
        raise DamagedError(path)
    hints, found = get_type_hints(kind), {}
    for field in fields(kind):
        if field.name not in data:
            continue
        here = f"{path}.{field.name}".removeprefix(".")
        try:
            found[field.name] = _read(hints[field.name], data[field.name], here, plausible, damaged)
        except DamagedError:
            if _needed(field):
                raise
            damaged.append(here)
    try:
        return kind(**found)
    except _ERRORS as err:
        raise DamagedError(path) from err


def _needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _items(rows: Any, kind: Any, path: str, plausible: Plausible, damaged: list[str]) -> dict[str, Any]:
    found = {}
    for key, value in rows:
        here = f"{path}.{key}"
        try:
            found[key] = _read(kind, value, here, plausible, damaged)
        except DamagedError:
            damaged.append(here)
    return found


def _value(kind: Any, data: Any, path: str, plausible: Plausible) -> Any:
    wanted = [one for one in (get_args(kind) if isinstance(kind, UnionType) else (kind,)) if one is not type(None)]
    if isinstance(data, bool) and bool not in wanted:
        raise DamagedError(path)
    try:
        value = decode(kind, data)
    except _ERRORS as err:
        raise DamagedError(path) from err
    aware = not isinstance(value, datetime) or value.utcoffset() is not None
    if value is not None and not (aware and plausible(path.rpartition(".")[2], value)):
        raise DamagedError(path)
    return value
