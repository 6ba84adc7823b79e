"""How often a device is written to: a dead band, spacing, and so many a day. Set-points live in flash in many inverters."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from math import copysign
from typing import Final
from zoneinfo import ZoneInfo

from ..model.decision import BatteryMode, BatteryReason
from ..model.readings import SiteReadings
from ..model.seen import Look, number_in, unit_of
from ..model.units import from_watts, watts_of
from ..settings import Settings
from .audit import Audit, Outcome
from .command import Command, Stage
from .hands import Hands, Issue

MANUAL: Final = "manual"
"""The reason of a person's word: urgent, but not safety's."""

# Least time between two commands of the same key; safety does not wait.
SPACING: Final[Mapping[Stage, timedelta]] = {
    Stage.SHED: timedelta(seconds=30),
    Stage.START: timedelta(seconds=30),
    Stage.SET_POINT: timedelta(seconds=30),
    Stage.MODE: timedelta(seconds=30),
    Stage.EXPORT_LIMIT: timedelta(seconds=60),
    Stage.POWER_LIMIT: timedelta(seconds=60),
}
MOST_A_DAY: Final = 200
# A set-point so near the wish is left as it is.
_BAND: Final = 0.05
_BAND_W: Final = 100.0
# A set-point that follows the meter rises to what was free for so long.
_FREE_FOR: Final = timedelta(minutes=5)
# One that had to fall is taken to follow the meter for so long, whatever the house needs at the moment.
_BOUNDED_FOR: Final = timedelta(hours=1)
# From here on the connection is what bounds a set-point; over it, it must fall at once.
_NEARLY_FULL: Final = 0.95
_BANDED: Final = frozenset({Stage.SET_POINT, Stage.EXPORT_LIMIT})
_NO_WRITE: Final = frozenset({Outcome.BLOCKED, Outcome.NOT_SENT, Outcome.SEEN})


def is_safety(command: Command) -> bool:
    """Whether a command waits for nothing: all that is urgent but for a person's word."""
    return command.why.urgent and command.why.reason != MANUAL


class DeadBand:
    """Leaves out writes of set-points that are not worth one."""

    def __init__(self) -> None:
        self._wishes: dict[str, deque[tuple[datetime, float]]] = {}
        self._reasons: dict[str, str] = {}
        self._bounded: dict[str, datetime] = {}

    def hear(self, commands: Iterable[Command], look: Look, now: datetime) -> None:
        """Remember what was wished for lately: what is not among the commands stands already. Another reason begins anew."""
        wished = {command.key: command for command in commands if command.stage in _BANDED}
        for key, command in wished.items():
            if not _goes_on(self._reasons.get(key), command.why.reason):
                self._wishes[key], self._reasons[key] = deque(), command.why.reason
        for key, wishes in self._wishes.items():
            seen = look(key)
            number = wished[key].call.data.get("value") if key in wished else number_in(seen.state) if seen else None
            if isinstance(number, (int, float)):
                wishes.append((now, number))
            while len(wishes) > 1 and now - wishes[1][0] >= _FREE_FOR:
                wishes.popleft()

    def set_clock(self, by: timedelta) -> None:
        """Follow a clock that was set: what was wished for was so as long ago as before."""
        for key, wishes in self._wishes.items():
            self._wishes[key] = deque((at + by, number) for at, number in wishes)
        self._bounded = {key: at + by for key, at in self._bounded.items()}

    def worth_it(
        self, command: Command, last: Command | None, settings: Settings, readings: SiteReadings, look: Look
    ) -> bool:
        """Whether a number is far enough from where it should be, and is not about to be taken back again.

        Where the connection is nearly used up a set-point follows its meter: it falls at once where the limit is broken,
        and rises, also when the house needs little for a moment, only by what has been free for minutes. `last`: what was last sent; for a new reason all goes at once.
        """
        numbers = _numbers(command, look)
        if command.stage not in _BANDED or numbers is None:
            return True
        wish, shown, band = numbers
        turns = shown < 0 < wish
        goes_on = last is not None and _goes_on(last.why.reason, command.why.reason)
        if wish == 0 or turns or (is_safety(command) and not goes_on):
            return True
        if wish < shown:
            if not _must_fall(command, settings, readings):
                return shown - wish > band
            self._bounded[command.key] = readings.at
            return True
        if goes_on and (self._was_bounded(command, readings.at) or follows_meter(command, settings, readings, look)):
            wish = self._free(command, readings.at)
        return wish - shown > band

    def _was_bounded(self, command: Command, now: datetime) -> bool:
        at = self._bounded.get(command.key)
        return at is not None and now - at < _BOUNDED_FOR

    def _free(self, command: Command, now: datetime) -> float:
        """Return the least that was wished for in the last minutes; nothing where that is not known for so long."""
        wishes = self._wishes.get(command.key)
        if not wishes or now - wishes[0][0] < _FREE_FOR:
            return 0.0
        way = copysign(1.0, float(command.call.data["value"]))
        return min(way * number for _, number in wishes)


def _goes_on(before: str | None, reason: str) -> bool:
    """Whether a reason is the one before; that the connection bounds it now and then makes it no other."""
    return before is not None and (before == reason or BatteryReason.IMPORT_LIMIT in {before, reason})


def follows_meter(command: Command, settings: Settings, readings: SiteReadings, look: Look) -> bool:
    """Whether a set-point is what the connection leaves, so that it changes with every kettle."""
    limit_w, grid_w = settings.site.grid.max_import_w, readings.grid_w.value
    numbers, seen = _numbers(command, look), look(command.entity_id)
    if limit_w is None or grid_w is None or numbers is None or seen is None or not _charges(command, settings):
        return False
    more_w = watts_of(max(0.0, numbers[0] - numbers[1]), unit_of(seen))
    return grid_w + (more_w or 0.0) > _NEARLY_FULL * limit_w


def _must_fall(command: Command, settings: Settings, readings: SiteReadings) -> bool:
    return settings.site.grid.over_import_w(readings.grid_w.value) > 0 and _charges(command, settings)


def _charges(command: Command, settings: Settings) -> bool:
    mapped, wish = settings.inverters.get(command.device_id), command.call.data.get("value")
    if mapped is None or mapped.charge_power != command.entity_id or not isinstance(wish, (int, float)):
        return False
    return wish >= 0 if mapped.positive_means is BatteryMode.CHARGE or not mapped.one_set_point else wish <= 0


def _numbers(command: Command, look: Look) -> tuple[float, float, float] | None:
    """Return what a number should be, what it is, and how far apart is near enough, in its own unit.

    Where its sign is a direction, all of it counts in the one that is wished for: what is above 0 there is more.
    """
    seen, wish = look(command.entity_id), command.call.data.get("value")
    shown = None if seen is None else number_in(seen.state)
    if seen is None or shown is None or not isinstance(wish, (int, float)):
        return None
    least = from_watts(_BAND_W, unit_of(seen)) or 0.0
    way = copysign(1.0, wish)
    return way * wish, way * shown, max(least, _BAND * max(abs(wish), abs(shown)))


class Writes:
    """Counts what is written to each entity in a local day, as the audit log has it, and says when it is too much."""

    def __init__(self, hands: Hands, audit: Audit) -> None:
        self._hands = hands
        self._audit = audit
        self._day: date | None = None
        self._count: Counter[str] = Counter()

    def today(self, settings: Settings, now: datetime) -> dict[str, int]:
        """Return how often each entity was written to on this local day."""
        zone = ZoneInfo(settings.site.time_zone)
        today = now.astimezone(zone).date()
        if today != self._day:
            self.forget_issues()
            self._day = today
            self._count = Counter(
                entry.entity_id
                for entry in self._audit.entries
                if entry.outcome not in _NO_WRITE and entry.at.astimezone(zone).date() == today
            )
        return dict(self._count)

    def count(self, command: Command, settings: Settings, now: datetime) -> None:
        """Take one more write. To be called before it is in the log."""
        self.today(settings, now)
        self._count.update(command.call.targets)

    def allows(self, command: Command, settings: Settings, now: datetime) -> bool:
        """Whether a command may still go out today: safety, what sheds load and self-consumption always may."""
        if self.today(settings, now).get(command.entity_id, 0) < MOST_A_DAY:
            return True
        if is_safety(command) or command.stage is Stage.SHED or _lets_be(command, settings):
            return True
        self._tell(command, settings)
        return False

    def forget_issues(self) -> None:
        """End what people were told."""
        for entity_id in self._count:
            self._hands.clear(_issue_id(entity_id))

    def _tell(self, command: Command, settings: Settings) -> None:
        site = settings.site
        device = site.names.get(command.device_id, site.name)
        fills = {"entity": command.entity_id, "device": device, "count": str(MOST_A_DAY)}
        self._hands.tell(Issue(id=_issue_id(command.entity_id), key="too_many_writes", fills=fills, fixable=False))


def _lets_be(command: Command, settings: Settings) -> bool:
    mapped = settings.inverters.get(command.device_id)
    own = None if mapped is None else mapped.work_mode_options.get(BatteryMode.SELF_CONSUMPTION)
    return own is not None and command.call.data.get("option") == own


def _issue_id(entity_id: str) -> str:
    return f"writes_{entity_id}"
