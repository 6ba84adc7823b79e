"""What the house draws without miners, in W: its profile, led over from what is measured."""

from typing import Final

import numpy as np

from ...model.blend import blend
from ...model.forecast import Forecast, Source
from ..series import OnSlots
from .tariff import daily_profile
from .way import Basis, Way, each, first, nothing


def load_w(basis: Basis) -> Forecast:
    """Return the house's load."""
    forecast = first(basis, "load_w", WAYS)
    if forecast is None:
        return nothing(basis)
    measured = basis.readings.load_w.value
    if measured is None:
        return forecast
    return each(forecast, lambda series: blend(series, measured, basis.horizon))


def _profile(basis: Basis) -> OnSlots | None:
    watts = daily_profile(basis.settings.load_profile_w, basis.horizon, basis.zone)
    return None if watts is None else OnSlots(watts, len(basis.horizon))


def _measured(basis: Basis) -> OnSlots | None:
    """Return nothing for what is measured to fade to."""
    return None if basis.readings.load_w.value is None else OnSlots(np.zeros(len(basis.horizon)), 0)


WAYS: Final = (
    Way(Source.PROFILE, _profile, spread=(0.7, 1.4)),
    Way(Source.MEASURED, _measured),
)
