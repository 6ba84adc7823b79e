"""One command to a device: the call that carries it out, and how to tell that it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial
from math import copysign, floor, isfinite
from typing import Final

from ..model.seen import OFF, ON, SILENT, UNAVAILABLE, Look, Seen, domain_of, number_in, unit_of
from ..model.units import from_watts
from .hands import Call

_SWITCHES: Final = frozenset({"switch", "input_boolean", "light"})
NUMBERS: Final = frozenset({"number", "input_number"})
SELECTS: Final = frozenset({"select", "input_select"})
# Devices keep values in their own steps and round them.
_ROUNDING: Final = 1e-3
# Many keep a set-point in whole percents of the most they can.
_ROUNDED_UP: Final = 0.01
# What a person is told to do where a command cannot be given; the rest is told as `command_blocked`.
TEXT_OF: Final[Mapping[str, str]] = {
    "signed_number": "command_signed",
    "set_point_unseen": "command_unseen",
}


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
class Asked:
    """A number that is asked for, in the entity's unit.

    `before`: what the entity showed; `same`: how near is as good as it; `above`: by how much more the device may end;
    `least` and `most`: what it takes, 0 where nobody knows the most.
    """

    value: float
    before: float | None
    same: float
    above: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Bring something about by one call. Whatever has the same `key` is about the same thing, and the last one counts.

    `done`: whether it can be seen to be so. `needs`: keys of commands that, where there are such, must have gone out before.
    `awaits`: what must be seen as well, at the moment it would go out.
    `problem`: why it cannot be done, in words of the audit log; it is never sent then.
    `renew_after`: a device that forgets what it was told is told again this much later, seen to be so or not.
    `latched`: so is one that was last told no later than then, or never, for what was told before may not have taken.
    `asked`: the number that is set.
    """

    key: str
    device_id: str
    call: Call
    done: Callable[[Look], bool]
    stage: Stage
    why: Why
    needs: tuple[str, ...] = ()
    problem: str | None = None
    renew_after: timedelta | None = None
    latched: datetime | None = None
    asked: Asked | None = None
    awaits: Callable[[Look], bool] | None = None

    @property
    def lapses(self) -> bool:
        """Whether it may have to be told again although it is seen to be so."""
        return self.renew_after is not None or self.latched is not None

    @property
    def entity_id(self) -> str:
        """The entity that shows it."""
        return self.call.targets[0]

    @property
    def words(self) -> str:
        """What is done, for the log."""
        values = (f"{value:g}" if isinstance(value, float) else str(value) for value in self.call.data.values())
        return " ".join((self.call.service, *values))


def switch_command(
    entity_id: str, *, on: bool, device_id: str, stage: Stage, why: Why, needs: tuple[str, ...] = ()
) -> Command:
    """Return the command that turns an entity on or off."""
    to = ON if on else OFF
    return Command(
        key=entity_id,
        device_id=device_id,
        call=Call(domain=domain_of(entity_id), service=f"turn_{to}", targets=(entity_id,)),
        done=partial(_says, entity_id, to),
        stage=stage,
        why=why,
        needs=needs,
        problem=None if domain_of(entity_id) in _SWITCHES else "not_switchable",
    )


def option_command(
    look: Look, entity_id: str, option: str | None, *, device_id: str, why: Why, needs: tuple[str, ...] = ()
) -> Command | None:
    """Return the command that chooses an option of a select; None where it is away, or knows no option yet."""
    seen = look(entity_id)
    if seen is None or not is_there(look, entity_id):
        return None
    options = seen.attributes.get("options")
    problem = None
    if domain_of(entity_id) not in SELECTS:
        problem = "not_selectable"
    elif option is None:
        problem = "mode_not_mapped"
    elif isinstance(options, list) and option not in options:
        problem = "option_missing"
    to = option or ""
    return Command(
        key=entity_id,
        device_id=device_id,
        call=Call(domain=domain_of(entity_id), service="select_option", targets=(entity_id,), data={"option": to}),
        done=partial(_says, entity_id, to),
        stage=Stage.MODE,
        why=why,
        needs=needs,
        problem=problem,
    )


def power_command(
    look: Look, entity_id: str, watts: float, *, device_id: str, stage: Stage, why: Why, signed: bool = False
) -> Command | None:
    """Return the command that sets a power in the entity's unit, within its limits, on its steps, never beyond `watts`.

    None where the entity is away: nothing can be set there. `watts` may be inf: as much as the entity allows. Below zero
    they are meant only where the number is `signed`.
    """
    seen = look(entity_id)
    if seen is None or seen.state == UNAVAILABLE:
        return None
    low, high, step = (bound_of(seen, name) for name in ("min", "max", "step"))

    def made(to: float, same: float = 0.0, problem: str | None = None, *, up_to: float | None = None) -> Command:
        rounds_up = stage is Stage.SET_POINT and to and high is not None
        return Command(
            key=entity_id,
            device_id=device_id,
            call=Call(domain=domain_of(entity_id), service="set_value", targets=(entity_id,), data={"value": to}),
            done=partial(_reads, entity_id, to, same, up_to),
            stage=stage,
            why=why,
            problem=problem,
            asked=Asked(
                value=to,
                before=shown_by(look, entity_id),
                same=same,
                above=_ROUNDED_UP * high if rounds_up and high is not None else 0.0,
                least=0.0 if low is None else max(0.0, low),
                most=high or 0.0,
            ),
        )

    if domain_of(entity_id) not in NUMBERS:
        return made(watts, problem="not_a_number_entity")
    wanted = from_watts(watts, unit_of(seen))
    if wanted is None:
        return made(watts, problem="wrong_unit")
    if stage is Stage.SET_POINT and not signed and is_signed(seen) and watts > 0:
        return made(watts, problem="signed_number")
    if not isfinite(wanted) and high is None:
        return None
    value = wanted if high is None else min(wanted, high)
    if signed and low is not None:
        value = max(value, low)
    # Where the least is no step from 0, or the most is less than one, steps say nothing of what the device takes.
    grain = step if step is not None and step > 0 and _is_step(low or 0.0, step) else 0.0
    if high is not None and high < grain:
        grain = 0.0
    if grain:
        value = copysign(floor(abs(value) / grain + _ROUNDING) * grain, value)
    if low is not None and value < low - _ROUNDING:
        return made(watts, problem="below_minimum")
    # A most that falls below what stands, and comes back, is for the device to mind.
    up_to = wanted if high is not None and wanted > high else None
    return made(round(value, 6) + 0.0, same=grain / 2 + _ROUNDING * max(1.0, abs(value)) / 10, up_to=up_to)


def is_there(look: Look, entity_id: str) -> bool:
    """Whether an entity can be told something: it is available, and has heard of its device."""
    seen = look(entity_id)
    if seen is None or seen.state == UNAVAILABLE:
        return False
    return seen.state not in SILENT or seen.attributes.get("options") != []


def bound_of(seen: Seen, name: str) -> float | None:
    """Return a number's `min`, `max` or `step`, None where it has none."""
    value = number_in(seen.attributes.get(name))
    return value if value is not None and isfinite(value) else None


def is_signed(seen: Seen | None) -> bool:
    """Whether a number goes below zero: its sign says the direction."""
    low = None if seen is None else bound_of(seen, "min")
    return low is not None and low < 0


def shown_by(look: Look, entity_id: str) -> float | None:
    """Return the number an entity shows, None where it shows none."""
    seen = look(entity_id)
    value = None if seen is None else number_in(seen.state)
    return value if value is not None and isfinite(value) else None


def lowered(command: Command, by: float) -> Command:
    """Return the command that asks for so much less, in either direction, as its device will end above it by that."""
    asked = command.asked
    if asked is None or not by or abs(asked.value) - by < asked.least:
        return command
    to = round(copysign(abs(asked.value) - by, asked.value), 6)
    return replace(
        command,
        call=replace(command.call, data={"value": to}),
        done=partial(_reads, command.entity_id, to, asked.same, None),
        asked=replace(asked, value=to, above=max(asked.above, by)),
    )


def is_within(command: Command, look: Look) -> bool:
    """Whether what is shown now is, in the direction that is asked for, no more than the device may end at."""
    shown, asked = shown_by(look, command.entity_id), command.asked
    if shown is None or asked is None:
        return False
    return shown * asked.value >= 0 and abs(shown) <= abs(asked.value) + max(asked.same, asked.above)


def _is_step(value: float, step: float) -> bool:
    return abs(value / step - round(value / step)) <= _ROUNDING


def _says(entity_id: str, to: str, look: Look) -> bool:
    seen = look(entity_id)
    return seen is not None and seen.state not in SILENT and seen.state == to


def _reads(entity_id: str, to: float, same: float, up_to: float | None, look: Look) -> bool:
    value = shown_by(look, entity_id)
    return value is not None and to - same <= value <= (to if up_to is None else up_to) + same
