"""What this site's sensors can read at all, and what they may read unconfirmed: from its own ratings.

| quantity | cannot be | waits for another poll |
| --- | --- | --- |
| grid | beyond all ratings, thrice, and 300 kW | twice what may be imported; more exported than all sources give, half as much again |
| solar power | thrice the inverters, or twice the panels | half as much again as the panels; any by night |
| load | as the grid; below zero, once seen above | twice what may be imported and what all sources give; exactly 0 |
| power of a battery | twice its rating and 1 kW | a fifth over its rating |
| power of a miner | twice its highest level and 500 W | half as much again; 0 while it hashes |
"""

from dataclasses import dataclass
from math import inf
from typing import Final, Self

from ..model.site import Battery, Miner
from ..settings import Settings
from .quantities import Quantity, generated, hashrate, power

# Meters err, and small ratings are exceeded by more.
_SLACK_W: Final = 500.0
# The moon gives nothing; a street lamp and a meter's offset a little.
NIGHT_W: Final = 300.0


@dataclass(frozen=True, slots=True)
class Usual:
    """What a quantity may read unconfirmed, W."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies in it."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Ratings:
    """Of the site's meters: what they can read (`meter`, `solar`), and may read unconfirmed."""

    meter: Quantity
    solar: Quantity
    grid_w: Usual
    solar_w: Usual
    load_w: Usual

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits, with room for overload and oversized panels."""
        site, panels = settings.site, settings.panels
        peak_w = panels.peak_w if panels else 0.0
        ac_w = sum(inverter.ac_limit_w for inverter in site.inverters)
        given_w = sum(battery.max_discharge_w for battery in site.batteries)
        taken_w = sum(battery.max_charge_w for battery in site.batteries)
        mined_w = sum(miner.max_power_w for miner in site.miners)
        limits_w = sum(limit for limit in (site.grid.max_import_w, site.grid.max_export_w) if limit is not None)
        solar_w = max(2 * peak_w, 3 * ac_w) or 1e6
        usual_w = 1.5 * max(peak_w, ac_w) + _SLACK_W if peak_w or ac_w else inf
        bought_w = inf if site.grid.max_import_w is None else 2 * site.grid.max_import_w + _SLACK_W
        return cls(
            meter=power(3 * (100e3 + given_w + taken_w + ac_w + mined_w + limits_w + peak_w)),
            solar=generated(solar_w + 1000),
            grid_w=Usual(-usual_w - 1.5 * given_w, bought_w),
            solar_w=Usual(0.0, usual_w),
            load_w=Usual(-inf, bought_w + usual_w + 1.5 * given_w),
        )


def battery_power_w(battery: Battery) -> float:
    """Return what a battery's power can be at the most, W."""
    return 2 * max(battery.max_charge_w, battery.max_discharge_w) + 1000


def battery_usual(battery: Battery) -> Usual:
    """Return what a battery's power may read, W, + charging."""
    return Usual(-1.2 * battery.max_discharge_w - _SLACK_W, 1.2 * battery.max_charge_w + _SLACK_W)


def miner_power(miner: Miner) -> Quantity:
    """Return what a miner can draw."""
    return generated(2 * miner.max_power_w + 500)


def miner_usual(miner: Miner) -> Usual:
    """Return what a miner may read, W."""
    return Usual(0.0, 1.5 * miner.max_power_w + _SLACK_W)


def miner_hashrate(miner: Miner) -> Quantity:
    """Return what a miner can mine."""
    most_ths = max(level.hashrate_ths for level in miner.levels) * miner.count
    return hashrate(3 * most_ths + 1)
