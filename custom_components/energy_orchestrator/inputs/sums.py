"""Several readings → one. What one of them lacks, all lack."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from ..model.readings import NOT_MAPPED, Doubt, Reading, Trouble

type Combine = Callable[[list[float]], float]


def summed(parts: list[Reading[float]], how: Combine) -> Reading[float]:
    """Return one reading of several; the first trouble of any is its trouble, and what is doubted is so of them all."""
    if not parts:
        return NOT_MAPPED
    for part in parts:
        if part.trouble is not None:
            return replace(part, doubt=_doubt(parts, how))
    values = [part.value for part in parts if part.value is not None]
    source = next((part.source for part in parts if part.source), None)
    return Reading(float(how(values)), oldest(parts), source=source)


def _doubt(parts: list[Reading[float]], how: Combine) -> Doubt | None:
    told = [part.doubt.told if part.doubt is not None else part.value for part in parts]
    believed = [part.believed for part in parts]
    if None in told:
        return None
    holds = None if None in believed else float(how([value for value in believed if value is not None]))
    return Doubt(float(how([value for value in told if value is not None])), holds)


def rest(values: Iterable[float]) -> float:
    """Return the first less all others, never below zero."""
    first, *others = values
    return max(0.0, first - sum(others))


def net(values: Iterable[float]) -> float:
    """Return the first less the second."""
    there, back = values
    return there - back


def negated(reading: Reading[float]) -> Reading[float]:
    """Return the reading with the other sign, what is doubted of it as well."""
    doubt = reading.doubt
    if doubt is not None:
        believed = None if doubt.believed is None else -doubt.believed
        reading = replace(reading, doubt=replace(doubt, told=-doubt.told, believed=believed))
    return reading if reading.value is None else replace(reading, value=-reading.value)


def oldest(readings: Iterable[Reading[float]] | Iterable[Reading[bool]]) -> datetime | None:
    """Return when the one that was reported first was."""
    return min((reading.at for reading in readings if reading.at is not None), default=None)


def unmapped(reading: Reading[float] | Reading[int]) -> bool:
    """Whether nothing stands for it."""
    return reading.trouble is Trouble.NOT_MAPPED
