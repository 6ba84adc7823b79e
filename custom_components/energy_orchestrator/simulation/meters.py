"""Energy counted since the plant began."""

from dataclasses import dataclass

from .flows import PowerFlows


@dataclass(slots=True)
class Meters:
    """Energies in Wh, AC side; `stored_wh` is the change of the cells' energy, `loss_wh` what charging and giving cost.

    solar + discharge + imported = house + miners + charge + exported, and charge − discharge = stored + loss.
    `over_limit_wh` is the part of the import above the connection's limit, `unserved_wh` what house and miners missed.
    `hashed_ths_h` is what miners hashed, in TH/s times hours.
    """

    solar_wh: float = 0.0
    curtailed_wh: float = 0.0
    charge_wh: float = 0.0
    discharge_wh: float = 0.0
    import_wh: float = 0.0
    export_wh: float = 0.0
    house_wh: float = 0.0
    miners_wh: float = 0.0
    stored_wh: float = 0.0
    loss_wh: float = 0.0
    unserved_wh: float = 0.0
    over_limit_wh: float = 0.0
    hashed_ths_h: float = 0.0
    import_cost: float = 0.0
    export_revenue: float = 0.0

    def count(self, flows: PowerFlows, hours: float, *, import_limit_w: float) -> None:
        """Add the flows of `hours` hours."""
        self.solar_wh += flows.solar_w * hours
        self.curtailed_wh += flows.curtailed_w * hours
        self.charge_wh += flows.charge_w * hours
        self.discharge_wh += flows.discharge_w * hours
        self.import_wh += flows.import_w * hours
        self.export_wh += flows.export_w * hours
        self.house_wh += flows.house_w * hours
        self.miners_wh += flows.miners_w * hours
        if flows.import_w > import_limit_w:
            self.over_limit_wh += (flows.import_w - import_limit_w) * hours
        self.unserved_wh += flows.unserved_w * hours
