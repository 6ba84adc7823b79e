"""Numbers that can be: what people enter and what is stored may be none, endless, or absurdly large."""

from math import isfinite
from typing import Any, Final

MOST: Final = 1e9
"""No setting is further from 0."""


def is_possible(value: Any) -> bool:
    """Whether it is a number that a setting can have."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and abs(value) <= MOST


def is_sound(value: Any) -> bool:
    """Whether every number in stored data, however deep, is possible; what is no number is not asked."""
    if isinstance(value, dict):
        return all(is_sound(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(is_sound(item) for item in value)
    return is_possible(value) if isinstance(value, float) or type(value) is int else True
