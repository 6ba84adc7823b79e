"""What running a plant came to, in money and in energy: the same money for all who ran it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Final, Self

from ..model.amounts import mined
from ..simulation.plant import Plant

_NOTHING_SAVED: Final = 0.05
"""Who can save less than this (currency) says nothing by his share of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Money in currency, energies in kWh, over `days`.

    `kept`: what the battery holds more than at the start, at a worth. `wear` of the battery and `start_costs` of the
    miners as a plan counts them. `cycles` are full ones. `unserved_kwh` and `over_limit_kwh`: promises broken to the
    house and to the connection.
    """

    days: float
    bought: float
    sold: float
    mined: float
    wear: float
    start_costs: float
    kept: float
    imported_kwh: float
    exported_kwh: float
    solar_kwh: float
    curtailed_kwh: float
    miners_kwh: float
    cycles: float
    unserved_kwh: float = 0.0
    over_limit_kwh: float = 0.0

    @property
    def bill(self) -> float:
        """What it cost in all; lower is better."""
        return self.bought - self.sold - self.mined + self.wear + self.start_costs - self.kept

    @classmethod
    def of(cls, plant: Plant, *, lasted: timedelta, worth_per_kwh: float, starts: Mapping[str, int]) -> Self:
        """Read a plant's meters. `worth_per_kwh`: of stored energy; `starts`: of units, by miner."""
        meters, battery = plant.meters, plant.site.battery
        through_wh = meters.charge_wh * battery.charge_efficiency + meters.discharge_wh / battery.discharge_efficiency
        return cls(
            days=lasted / timedelta(days=1),
            bought=meters.import_cost,
            sold=meters.export_revenue,
            mined=mined(meters.hashed_ths_h, plant.site.hashprice),
            wear=through_wh / 1000 * battery.wear_per_kwh,
            start_costs=sum(miner.start_cost * starts.get(miner.id, 0) for miner in plant.site.site.miners),
            kept=meters.stored_wh / 1000 * worth_per_kwh,
            imported_kwh=meters.import_wh / 1000,
            exported_kwh=meters.export_wh / 1000,
            solar_kwh=meters.solar_wh / 1000,
            curtailed_kwh=meters.curtailed_wh / 1000,
            miners_kwh=meters.miners_wh / 1000,
            cycles=meters.discharge_wh / battery.capacity_wh,
            unserved_kwh=meters.unserved_wh / 1000,
            over_limit_kwh=meters.over_limit_wh / 1000,
        )

    @classmethod
    def total(cls, accounts: Sequence[Self]) -> Self:
        """Add up."""
        return cls(**{one.name: sum(getattr(account, one.name) for account in accounts) for one in fields(cls)})


def share_of_saving(alone: float, bill: float, bound: float) -> float | None:
    """Return which part a bill saves of all that could be saved over being left alone, None where that is next to nothing.

    `bound`: below it no bill can be.
    """
    return None if alone - bound < _NOTHING_SAVED else (alone - bill) / (alone - bound)
