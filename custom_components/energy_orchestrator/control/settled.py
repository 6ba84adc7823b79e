"""What devices made of the numbers they were told, by their steps, presets, percents and limits; and what came to nothing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from ..model.seen import Look
from .command import Asked, Command, lowered, shown_by

# What a write did not move may be a preset that stands already, or a refusal; a refusal is hardly ever so near.
_NEAR: Final = 0.75
# What a device takes changes with heat and cold. Asking for a little more is hardly worth what a write may cost.
_NEAR_HOLDS: Final = timedelta(days=1)
_FAR_HOLDS: Final = timedelta(hours=1)
_GIVEN_UP_FOR: Final = timedelta(minutes=30)
_MOST_ANSWERS: Final = 20
# What ends further above what was asked, by this part of it, has not rounded it; nor by this part of the most, once moved.
_ROUNDING: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a device came to show for what it was asked."""

    asked: float
    shown: float
    until: datetime

    def covers(self, value: float) -> bool:
        """Whether it would come to the same for another number: it would for all that lie between."""
        return min(self.asked, self.shown) <= value <= max(self.asked, self.shown)


class Settled:
    """A device's answer to a number, at or under it, is that number done, for as long as it shows it.

    One that rounds up is asked for so much less, so that it ends at or under what is meant.
    """

    def __init__(self) -> None:
        self._answers: dict[str, list[_Answer]] = {}
        self._rounds_up: dict[str, float] = {}
        self._given_up: dict[str, datetime] = {}

    def note(self, command: Command, look: Look, now: datetime) -> None:
        """Learn what a device made of a number: to be called when its time to show it is up."""
        asked, shown = command.asked, shown_by(look, command.entity_id)
        if asked is None or shown is None:
            return
        over = abs(shown) - abs(asked.value)
        grain = _ROUNDING * (max(asked.most, abs(asked.value)) if _moved(asked, shown) else abs(asked.value))
        if shown * asked.value > 0 and max(asked.above, asked.same) < over <= grain:
            self._rounds_up[command.entity_id] = over
        if not _is_answer(asked, shown):
            return
        near = abs(shown) >= _NEAR * abs(asked.value)
        answer = _Answer(asked.value, shown, now + (_NEAR_HOLDS if near else _FAR_HOLDS))
        others = [known for known in self._answers.get(command.entity_id, []) if not known.covers(asked.value)]
        self._answers[command.entity_id] = [*others, answer][-_MOST_ANSWERS:]

    def give_up(self, key: str, now: datetime) -> None:
        """Remember for a while that telling it came to nothing."""
        self._given_up[key] = now + _GIVEN_UP_FOR

    def given_up(self, key: str) -> bool:
        """Whether telling it came to nothing lately."""
        return key in self._given_up

    def forget(self, now: datetime) -> None:
        """Forget what is too long ago to hold still."""
        self._given_up = {key: until for key, until in self._given_up.items() if until > now}
        self._answers = {
            entity_id: [answer for answer in answers if answer.until > now]
            for entity_id, answers in self._answers.items()
        }

    def accepting(self, command: Command) -> Command:
        """Return a command for what the device will not end above, done as well where it shows its answer to it."""
        command = lowered(command, self._rounds_up.get(command.entity_id, 0.0))
        return command if command.asked is None else replace(command, done=partial(self._done, command))

    def _done(self, command: Command, look: Look) -> bool:
        if command.done(look):
            return True
        asked, shown = command.asked, shown_by(look, command.entity_id)
        return (
            asked is not None
            and shown is not None
            and any(
                answer.covers(asked.value) and abs(answer.shown - shown) <= asked.same
                for answer in self._answers.get(command.entity_id, [])
            )
        )


def _is_answer(asked: Asked, shown: float) -> bool:
    """Whether a device settled there: not at nothing, not beyond what was asked, and by our doing."""
    if shown * asked.value <= 0 or abs(shown) > abs(asked.value) + asked.above:
        return False
    return _moved(asked, shown) or abs(shown) >= _NEAR * abs(asked.value)


def _moved(asked: Asked, shown: float) -> bool:
    return asked.before is None or abs(shown - asked.before) > asked.same
