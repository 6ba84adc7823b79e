"""What running a plant came to, in money and in wear."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from ..model.amounts import mined
from ..simulation.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Money in currency, energies in kWh, over `days`. `kept`: what the battery holds more than at the start, at a worth.

    `cycles` are full ones. `unserved_kwh` and `over_limit_kwh`: promises broken to the house and to the connection.
    """

    days: float
    bought: float
    sold: float
    mined: float
    kept: float
    imported_kwh: float
    exported_kwh: float
    solar_kwh: float
    curtailed_kwh: float
    miners_kwh: float
    cycles: float
    lowest_soc: float
    unserved_kwh: float
    over_limit_kwh: float

    @property
    def bill(self) -> float:
        """What it cost in all; lower is better."""
        return self.bought - self.sold - self.mined - self.kept

    @classmethod
    def of(cls, plant: Plant, *, lasted: timedelta, worth_per_kwh: float, lowest_soc: float) -> Self:
        """Read a plant's meters. `worth_per_kwh`: of stored energy, the same for whoever ran the plant."""
        meters = plant.meters
        return cls(
            days=lasted / timedelta(days=1),
            bought=meters.import_cost,
            sold=meters.export_revenue,
            mined=mined(meters.hashed_ths_h, plant.site.hashprice),
            kept=meters.stored_wh / 1000 * worth_per_kwh,
            imported_kwh=meters.import_wh / 1000,
            exported_kwh=meters.export_wh / 1000,
            solar_kwh=meters.solar_wh / 1000,
            curtailed_kwh=meters.curtailed_wh / 1000,
            miners_kwh=meters.miners_wh / 1000,
            cycles=meters.discharge_wh / plant.site.battery.capacity_wh,
            lowest_soc=lowest_soc,
            unserved_kwh=meters.unserved_wh / 1000,
            over_limit_kwh=meters.over_limit_wh / 1000,
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain numbers."""
        return {name: getattr(self, name) for name in self.__slots__} | {"bill": self.bill}
