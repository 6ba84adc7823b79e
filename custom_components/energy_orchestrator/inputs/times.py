"""When something that is said holds: labels of rows → epoch seconds, and how far apart they usually are."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

STEPS_S: Final = (300.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0)
"""How long what a source says may hold."""
_MINUTE: Final = 60.0


def moment(label: object, zone: ZoneInfo) -> float | None:
    """Return a label's time as epoch seconds, to the minute (some are a second late), None where it has no date.

    Labels without an offset are local time.
    """
    if isinstance(label, str):
        try:
            label = datetime.fromisoformat(label.strip())
        except ValueError:
            return None
    if not isinstance(label, datetime):
        return None
    try:
        epoch = (label if label.tzinfo else label.replace(tzinfo=zone)).timestamp()
    except OverflowError, ValueError, OSError:
        return None
    return epoch - epoch % _MINUTE


def usual_step(starts: Sequence[float]) -> float:
    """Return the step that most of the starts, in order, are apart; an hour where that cannot be told."""
    steps = Counter(b - a for a, b in pairwise(starts) if b - a in STEPS_S)
    return steps.most_common(1)[0][0] if steps else STEPS_S[-1]
