"""What the house draws without miners, in W: as usual by its past, or by its profile, led over from what is measured."""

from dataclasses import replace
from typing import Final

import numpy as np

from ...learning.load import usual_load
from ...learning.persistence import LOAD
from ...model.forecast import Forecast, Source
from ..series import OnSlots
from .tariff import daily_profile
from .way import Basis, Way, first, nothing


def load_w(basis: Basis) -> Forecast:
    """Return the house's load."""
    return first(basis, "load_w", WAYS) or nothing(basis)


def _learned(basis: Basis) -> OnSlots | None:
    usual = usual_load(basis.past, basis.horizon, basis.zone, basis.settings.load_profile_w)
    return None if usual is None else _led(basis, OnSlots(usual.watts, len(basis.horizon), lesson=usual.lesson))


def _profile(basis: Basis) -> OnSlots | None:
    watts = daily_profile(basis.settings.load_profile_w, basis.horizon, basis.zone)
    return None if watts is None else _led(basis, OnSlots(watts, len(basis.horizon)))


def _measured(basis: Basis) -> OnSlots | None:
    """Return nothing for what is measured to fade to."""
    if basis.readings.load_w.believed is None:
        return None
    return _led(basis, OnSlots(np.zeros(len(basis.horizon)), 0))


def _led(basis: Basis, made: OnSlots) -> OnSlots:
    """Return a load that starts from what is measured."""
    measured, lately = basis.readings.load_w.believed, None if made.lesson is None else made.lesson.lately
    if measured is None and lately is None:
        return made
    now = None if measured is None else measured - float(made.values[0])
    departure = LOAD.departure(basis.horizon, now, lately)
    return replace(made, values=np.maximum(0.0, made.values + departure), doubt=LOAD.doubt(basis.horizon))


WAYS: Final = (
    Way(Source.LEARNED, _learned, spread=(0.7, 1.4)),
    Way(Source.PROFILE, _profile, spread=(0.7, 1.4)),
    Way(Source.MEASURED, _measured),
)
