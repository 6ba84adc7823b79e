"""One command to one entity: the service that carries it out, and how to tell that it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from math import floor, isfinite
from typing import Any, Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, UnitOfPower
from homeassistant.core import State
from homeassistant.util.unit_conversion import PowerConverter

type Look = Callable[[str], State | None]
"""Returns an entity's state, None where there is no such entity."""

_SWITCHES: Final = frozenset({"switch", "input_boolean", "light"})
NUMBERS: Final = frozenset({"number", "input_number"})
SELECTS: Final = frozenset({"select", "input_select"})
_SILENT: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})
# Devices keep values in their own steps and round them.
_ROUNDING: Final = 1e-3


class Stage(IntEnum):
    """The order commands go out in: load is shed first, and grows last. Within an inverter: set-points, then the mode."""

    SHED = 0
    SET_POINT = 1
    MODE = 2
    EXPORT_LIMIT = 3
    POWER_LIMIT = 4
    START = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a command rests on. `urgent`: safety, or a person's word: it waits for no minimum time."""

    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Bring an entity to `to`: "on"/"off", an option, or a number in the entity's own unit.

    `needs`: entities whose own command, where they have one, must have gone out before.
    `problem`: why it cannot be done, in words of the audit log; it is never sent then.
    """

    device_id: str
    entity_id: str
    to: str | float
    stage: Stage
    why: Why
    tolerance: float = 0.0
    needs: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def domain(self) -> str:
        """The domain whose service carries it out."""
        return self.entity_id.partition(".")[0]

    @property
    def service(self) -> str:
        """The service's name."""
        if self.domain in NUMBERS:
            return "set_value"
        return "select_option" if self.domain in SELECTS else f"turn_{self.to}"

    @property
    def data(self) -> dict[str, Any]:
        """The service's data, without its entity."""
        key = {"set_value": "value", "select_option": "option"}.get(self.service)
        return {} if key is None else {key: self.to}

    @property
    def words(self) -> str:
        """What is done, for the log."""
        what = f"{self.to:g}" if isinstance(self.to, float) else self.to
        return f"{self.service} {what}" if self.data else self.service

    def done(self, state: State | None) -> bool:
        """Whether the entity is where the command wants it."""
        if state is None or state.state in _SILENT:
            return False
        if isinstance(self.to, str):
            return state.state == self.to
        value = number_of(state.state)
        return value is not None and abs(value - self.to) <= self.tolerance


def switch_command(
    entity_id: str, *, on: bool, device_id: str, stage: Stage, why: Why, needs: tuple[str, ...] = ()
) -> Command:
    """Return the command that turns an entity on or off."""
    problem = None if entity_id.partition(".")[0] in _SWITCHES else "not_switchable"
    to = "on" if on else "off"
    return Command(device_id=device_id, entity_id=entity_id, to=to, stage=stage, why=why, needs=needs, problem=problem)


def option_command(
    look: Look, entity_id: str, option: str | None, *, device_id: str, why: Why, needs: tuple[str, ...] = ()
) -> Command | None:
    """Return the command that chooses an option of a select; None where it is away."""
    state = look(entity_id)
    if state is None or state.state == STATE_UNAVAILABLE:
        return None
    options = state.attributes.get("options")
    problem = None
    if entity_id.partition(".")[0] not in SELECTS:
        problem = "not_selectable"
    elif option is None:
        problem = "mode_not_mapped"
    elif isinstance(options, list) and option not in options:
        problem = "option_missing"
    return Command(
        device_id=device_id,
        entity_id=entity_id,
        to=option or "",
        stage=Stage.MODE,
        why=why,
        needs=needs,
        problem=problem,
    )


def power_command(
    look: Look, entity_id: str, watts: float, *, device_id: str, stage: Stage, why: Why
) -> Command | None:
    """Return the command that sets a power in the entity's unit, within its limits, on its steps, never above `watts`.

    None where the entity is away: nothing can be set there. `watts` may be inf: as much as the entity allows.
    """
    state = look(entity_id)
    if state is None or state.state == STATE_UNAVAILABLE:
        return None
    unit = state.attributes.get("unit_of_measurement")

    def made(to: float, tolerance: float = 0.0, problem: str | None = None) -> Command:
        return Command(
            device_id=device_id,
            entity_id=entity_id,
            to=to,
            stage=stage,
            why=why,
            tolerance=tolerance,
            problem=problem,
        )

    if entity_id.partition(".")[0] not in NUMBERS:
        return made(watts, problem="not_a_number_entity")
    if unit not in PowerConverter.VALID_UNITS:
        return made(watts, problem="wrong_unit")
    low, high, step = (_limit(state, name) for name in ("min", "max", "step"))
    if not isfinite(watts) and high is None:
        return None
    value = PowerConverter.convert(watts, UnitOfPower.WATT, unit) if isfinite(watts) else float("inf")
    value = min(value, high) if high is not None else value
    grain = step if step is not None and step > 0 else 0.0
    if grain:
        base = low or 0.0
        value = base + floor((value - base) / grain + _ROUNDING) * grain
    if low is not None and value < low - _ROUNDING:
        return made(watts, problem="below_minimum")
    return made(round(value, 6), tolerance=grain / 2 + _ROUNDING * max(1.0, abs(value)) / 10)


def _limit(state: State, name: str) -> float | None:
    return number_of(state.attributes.get(name))


def number_of(text: object) -> float | None:
    """Return what a state or attribute says as a number, None where it says none."""
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        return None
    try:
        value = float(text)
    except ValueError, OverflowError:
        return None
    return value if isfinite(value) else None
