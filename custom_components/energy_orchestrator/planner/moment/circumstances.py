"""All that is known of the moment in which miners are decided on, and what follows from it alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...model.chemistry import rest_voltage
from ...model.decision import MinerDecision, MinerOverride
from ...model.ledger import Ledger, MinerState
from ...model.plan import Plan
from ...model.readings import MinerReadings, SiteReadings
from ...model.site import Miner, Site
from ..rules.in_force import InForce, MinerGuard


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All the coordinator is told. `rules`: the policies in force now; `site` is the one they have tightened.

    `idle`: ids of miners that are on and do not mine. `last`: the decisions before these, which stand while a SOC is doubted. `planless_since`: since when there has been
    no plan for this moment, None where nobody can say.
    """

    site: Site
    readings: SiteReadings
    ledger: Ledger
    plan: Plan | None
    overrides: Mapping[str, MinerOverride]
    grace: timedelta
    rules: InForce
    last: Mapping[str, MinerDecision] = field(default_factory=dict)
    idle: frozenset[str] = frozenset()
    planless_since: datetime | None = None

    @property
    def at(self) -> datetime:
        """The moment."""
        return self.readings.at

    @property
    def slot(self) -> int | None:
        """The plan's slot of the moment, None without a plan that covers it."""
        return None if self.plan is None else self.plan.horizon.slot_at(self.at)

    @property
    def grid_lost(self) -> bool:
        """Whether the grid is known to be gone."""
        return self.readings.grid_there.value is False

    def guard(self, miner: Miner) -> MinerGuard:
        """Return what policies ask of a miner beyond its own settings."""
        return self.rules.guard(miner.id)

    def read(self, miner: Miner) -> MinerReadings:
        """Return what is read of a miner."""
        return self.readings.miners.get(miner.id, MinerReadings())

    def running(self, miner: Miner) -> int | None:
        """Return how many units run, or are believed to while their switch is doubted; None where nobody knows."""
        units = self.read(miner).running.believed
        return None if units is None else int(units)

    def state(self, miner: Miner) -> MinerState:
        """Return what a miner has done today."""
        return self.ledger.miners.get(miner.id, MinerState())

    def shed_at(self, miner: Miner) -> datetime | None:
        """Return when protection last stopped it; after a restart the ledger knows it."""
        last = self.last.get(miner.id)
        return self.state(miner).shed_at if last is None else last.shed_at

    def hours_in_state(self, miner: Miner) -> float:
        """Return for how long it has run, or rested; inf where nobody knows, which is long."""
        since = self.state(miner).since
        return float("inf") if since is None else (self.at - since).total_seconds() / 3600

    def able_w(self) -> dict[str, float]:
        """Return the power each battery can give, W; those at their lower end give nothing."""
        soc = {key: own.soc.value for key, own in self.readings.batteries.items()}
        return {
            battery.id: battery.max_discharge_w if (soc.get(battery.id) or 0.0) > battery.min_soc else 0.0
            for battery in self.site.batteries
        }

    def rest_voltage(self) -> float | None:
        """Return the lowest voltage of the batteries, corrected for their load: under load it is no truth. None: unknown."""
        found = []
        for battery in self.site.batteries:
            own = self.readings.batteries.get(battery.id)
            if own is not None and own.voltage_v.value:
                found.append(rest_voltage(own.voltage_v.value, own.power_w.value or 0.0, battery.capacity_wh))
        return min(found, default=None)


def rank(miner: Miner) -> tuple[int, float]:
    """Return what miners are sorted by: priority, 1 first, and within it by J/TH; they are shed from the end."""
    best = miner.levels[-1]
    return miner.priority, best.power_w / best.hashrate_ths if best.hashrate_ths else float("inf")
