"""What inverters are told: the mode of their batteries, the set-points they follow in it, and what they may export."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import inf
from typing import Final

from ..mapping import InverterEntities, SetPointOrder
from ..model.decision import BatteryDecision, BatteryMode
from ..model.seen import UNAVAILABLE, Look, domain_of
from ..model.site import Battery
from ..settings import Settings
from .command import Command, Stage, Why, is_signed, is_within, option_command, power_command, shown_by
from .hands import Call
from .settled import Settled

# Some forget that they are to charge or discharge, and do not show it; where nobody said when, they are told once an hour.
# Holding lasts whole nights, and what forgets it is at self-consumption.
TOLD_AGAIN: Final = timedelta(hours=1)
# Of the time after which a device forgets.
_RENEWED_AT: Final = 0.8
_RENEWED_BEFORE: Final = timedelta(seconds=20)
# A set-point that is there in its mode only comes with it, or after the next poll.
_COMES_WITH_MODE: Final = timedelta(minutes=2)
# What stands in for a mode that cannot be entered is a command of its own, beside the one that cannot be given.
_INSTEAD: Final = "{} instead"

type _Powers = tuple[float | None, float | None]
_NO_POWER: Final[_Powers] = (0.0, 0.0)


def renewed_after(forgets_after: timedelta) -> timedelta:
    """Return when a device that forgets is told again: well before it does."""
    return min(_RENEWED_AT * forgets_after, forgets_after - _RENEWED_BEFORE)


def combined(decisions: list[BatteryDecision]) -> tuple[BatteryMode, float]:
    """Return the one mode and set-point for all batteries of an inverter.

    Of one mind: the powers add up. Otherwise the most careful: hold where one holds or two pull in opposite directions,
    self-consumption where one is to be left to itself.
    """
    modes = {decision.mode for decision in decisions}
    if len(modes) == 1:
        return next(iter(modes)), sum(decision.power_w for decision in decisions)
    if BatteryMode.HOLD in modes or modes >= {BatteryMode.CHARGE, BatteryMode.DISCHARGE}:
        return BatteryMode.HOLD, 0.0
    own_will = [decision.power_w for decision in decisions if decision.mode is not BatteryMode.DISCHARGE]
    return BatteryMode.SELF_CONSUMPTION, sum(own_will)


def batteries_of(settings: Settings, inverter_id: str) -> list[Battery]:
    """Return the batteries whose mode an inverter carries out."""
    return [b for b in settings.site.batteries if settings.batteries[b.id].controller == inverter_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeOf:
    """The mode of one inverter, and how it is brought about. `now` is not needed where nothing is forced on it."""

    settings: Settings
    inverter_id: str
    why: Why
    look: Look
    settled: Settled
    now: datetime | None = None

    def commands(self, mode: BatteryMode, power_w: float) -> list[Command]:
        """Bring the inverter into a mode: the set-points it will follow first, then the mode itself.

        One without an option for the mode goes to self-consumption instead, so that none stays in a mode that was forced
        on it before; to hold, with nothing to charge or discharge as far as that can be set. So does one that cannot be
        brought into the mode, and what hinders it is a command that cannot be given, for people to be told of.
        """
        if self._mapped.work_mode is None:
            powers = _NO_POWER if mode is BatteryMode.HOLD else self._powers(mode, power_w)
            points = self._points(*powers)
            return points if mode is BatteryMode.SELF_CONSUMPTION else self._renewed(points)
        if mode in self._options and not self._is_own_will(mode):
            return self._forced(mode, power_w)
        if mode is BatteryMode.HOLD:
            return self._own_will(*_NO_POWER)
        if mode in self._options:
            return self._own_will(*self._powers(mode, power_w))
        return self._own_will(*self._powers(BatteryMode.SELF_CONSUMPTION, self._most_charge_w))

    # The way into each mode

    def _own_will(self, charge_w: float | None, discharge_w: float | None) -> list[Command]:
        """Leave it to itself, within these powers: it needs nothing else for that, and can be told so unseen."""
        mode = self._mode_command(BatteryMode.SELF_CONSUMPTION)
        if mode is not None and mode.problem == "option_missing":
            return [*self._least_harm(), mode]
        if mode is not None and mode.problem == "mode_not_mapped":
            return [mode]  # set-points for a mode it will not enter would act in the one it is in
        return [*self._points(charge_w, discharge_w), *([] if mode is None else [mode])]

    def _forced(self, mode: BatteryMode, power_w: float) -> list[Command]:
        powers = self._powers(mode, power_w)
        chosen = self._mode_command(mode)
        if chosen is None:
            return []  # nobody sees which mode the set-points would act in
        points = self._points(*powers)
        hindered = [*(point for point in points if self._hinders(point)), *self._unseen(powers, chosen)]
        if chosen.problem is not None:
            hindered.append(chosen)
        if hindered:
            return [*self._instead(), *hindered]
        stands = self._shows(mode)
        seen = self.look(chosen.entity_id)
        order = self._mapped.set_point_order
        if stands and seen is not None and order is not SetPointOrder.BEFORE:
            points = [replace(point, latched=seen.last_changed) for point in points]
        if order is SetPointOrder.AFTER:
            return self._renewed([*(points if stands else []), chosen])
        needed = tuple(point.key for point in points if not self.settled.given_up(point.key))
        awaited = partial(_all_seen, tuple(point.entity_id for point in points))
        return self._renewed([*points, replace(chosen, needs=needed, awaits=awaited)])

    def _instead(self) -> list[Command]:
        """Return what leads out of a mode that was forced on it before: none stays because the next one cannot be entered."""
        if self._shows(BatteryMode.SELF_CONSUMPTION):
            return []
        own_will = self._own_will(*self._powers(BatteryMode.SELF_CONSUMPTION, self._most_charge_w))
        given = [c for c in own_will if c.stage is Stage.MODE or (c.problem is None and not self._hinders(c))]
        return [replace(c, key=_INSTEAD.format(c.key)) for c in given]

    def _least_harm(self) -> list[Command]:
        """Return what takes the power out of a forced mode that cannot be left: 0 wherever it can be set.

        Where the house may live on the battery alone, that is done only to a mode known to be forced.
        """
        shown = self.look(self._mapped.work_mode or "")
        stands = None if shown is None else next((m for m, o in self._options.items() if o == shown.state), None)
        harmless = stands in {BatteryMode.SELF_CONSUMPTION, BatteryMode.HOLD}
        if harmless or (stands is None and not self.settings.site.grid.connected):
            return []
        return [point for point in self._points(*_NO_POWER) if point.problem is None]

    # What hinders

    def _hinders(self, point: Command) -> bool:
        """Whether a mode would be entered with a power that is not meant: the set-point cannot have it, or did not take it."""
        if point.problem is not None:
            return True
        if not self.settled.given_up(point.key) or point.done(self.look):
            return False
        return not (is_within(point, self.look) and shown_by(self.look, point.entity_id))

    def _unseen(self, powers: _Powers, chosen: Command) -> list[Command]:
        """Return the set-points that nobody can see. Many are there in their mode only: they have a while to come."""
        found = []
        for entity_id in self._watts(*powers):
            seen, mode = self.look(entity_id), self.look(chosen.entity_id)
            if seen is not None and seen.state != UNAVAILABLE:
                continue
            key = f"{entity_id} unseen"
            if self.now is not None and seen is not None and mode is not None and chosen.done(self.look):
                waits = max(_COMES_WITH_MODE, 2 * (self._mapped.poll or timedelta(0)))
                if self.now - max(mode.last_changed, seen.last_changed) > waits:
                    self.settled.give_up(key, self.now)
            if seen is None or self.settled.given_up(key):
                found.append(self._cannot_see(entity_id))
        return found

    def _cannot_see(self, entity_id: str) -> Command:
        return Command(
            key=entity_id,
            device_id=self.inverter_id,
            call=Call(domain=domain_of(entity_id), service="set_value", targets=(entity_id,)),
            done=lambda _: False,
            stage=Stage.SET_POINT,
            why=self.why,
            problem="set_point_unseen",
        )

    # What it is told

    def _points(self, charge_w: float | None, discharge_w: float | None) -> list[Command]:
        made = (
            power_command(
                self.look,
                entity_id,
                watts,
                device_id=self.inverter_id,
                stage=Stage.SET_POINT,
                why=self.why,
                signed=self._mapped.one_set_point,
            )
            for entity_id, watts in self._watts(charge_w, discharge_w).items()
        )
        return [self.settled.accepting(point) for point in made if point is not None]

    def _watts(self, charge_w: float | None, discharge_w: float | None) -> dict[str, float]:
        """Return what each set-point is set to, W. One for both directions has one value: by its sign, or the larger."""
        mapped = self._mapped
        if mapped.one_set_point and is_signed(self.look(mapped.charge_power or "")):
            way = 1.0 if mapped.positive_means is BatteryMode.CHARGE else -1.0
            both = charge_w is not None and discharge_w is not None
            return {mapped.charge_power or "": 0.0 if both else way * ((charge_w or 0.0) - (discharge_w or 0.0))}
        found: dict[str, float] = {}
        for entity_id, watts in ((mapped.charge_power, charge_w), (mapped.discharge_power, discharge_w)):
            if entity_id is not None and watts is not None:
                found[entity_id] = max(watts, found.get(entity_id, 0.0))
        return found

    def _powers(self, mode: BatteryMode, power_w: float) -> _Powers:
        """Return what charge and discharge power are set to in a mode, None for left as they are."""
        powers: Mapping[BatteryMode, _Powers] = {
            BatteryMode.SELF_CONSUMPTION: (power_w, sum(battery.max_discharge_w for battery in self._own)),
            BatteryMode.CHARGE: (power_w, None),
            BatteryMode.DISCHARGE: (None, power_w),
            BatteryMode.HOLD: (None, None),
        }
        return powers[mode]

    def _mode_command(self, mode: BatteryMode) -> Command | None:
        return option_command(
            self.look,
            self._mapped.work_mode or "",
            self._options.get(mode),
            device_id=self.inverter_id,
            why=self.why,
        )

    def _renewed(self, commands: Iterable[Command]) -> list[Command]:
        """Have told again, before the device forgets, what is told otherwise than to be left to itself."""
        if self._mapped.renew is not None:
            after = renewed_after(self._mapped.renew)
            return [replace(command, renew_after=after) for command in commands]
        return [replace(c, renew_after=TOLD_AGAIN) if self._has_stood(c) else c for c in commands]

    def _has_stood(self, command: Command) -> bool:
        """Whether a mode has been shown for so long that its device may have forgotten it."""
        seen = self.look(command.entity_id)
        if command.stage is not Stage.MODE or seen is None or self.now is None:
            return False
        forced = self._shows(BatteryMode.CHARGE) or self._shows(BatteryMode.DISCHARGE)
        return forced and command.done(self.look) and self.now - seen.last_changed >= TOLD_AGAIN

    # What there is

    @property
    def _mapped(self) -> InverterEntities:
        return self.settings.inverters[self.inverter_id]

    @property
    def _options(self) -> Mapping[BatteryMode, str]:
        return self._mapped.work_mode_options

    @property
    def _own(self) -> list[Battery]:
        return batteries_of(self.settings, self.inverter_id)

    @property
    def _most_charge_w(self) -> float:
        return sum(battery.max_charge_w for battery in self._own)

    def _is_own_will(self, mode: BatteryMode) -> bool:
        return self._options.get(mode) == self._options.get(BatteryMode.SELF_CONSUMPTION)

    def _shows(self, mode: BatteryMode) -> bool:
        seen = self.look(self._mapped.work_mode or "")
        return seen is not None and seen.state == self._options.get(mode)


def export_limit(
    settings: Settings, inverter_id: str, limit_w: float | None, *, why: Why, look: Look, settled: Settled
) -> list[Command]:
    """Set the most that is exported. The meter is the site's: each that can be limited has its part, by its AC limit."""
    mapped = settings.inverters[inverter_id]
    if mapped.export_limit is None:
        return []
    grid = settings.site.grid
    allowed = grid.max_export_w if grid.connected and grid.export_allowed else 0.0
    most = min(w for w in (limit_w, allowed, inf) if w is not None)
    ac_w = {i.id: i.ac_limit_w for i in settings.site.inverters if settings.inverters[i.id].export_limit is not None}
    part = ac_w[inverter_id] / sum(ac_w.values())
    command = power_command(
        look, mapped.export_limit, most * part, device_id=inverter_id, stage=Stage.EXPORT_LIMIT, why=why
    )
    return [] if command is None else [settled.accepting(command)]


def _all_seen(entity_ids: tuple[str, ...], look: Look) -> bool:
    return all(shown_by(look, entity_id) is not None for entity_id in entity_ids)
