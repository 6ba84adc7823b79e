"""The ready-made simulated sites: what their owners would have entered, and what only the physics needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ..model.site import Battery, Grid, Inverter, Miner, MinerLevel, Site
from .market import Tariff
from .sun import PanelField, Place
from .weather import TEMPERATE, Climate

RECORDED_ROOF_W: Final = 14_600 / 3.3
"""Peak of the recorded roof in W: the ranch's 14.6 kW are this roof × 3.3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSite:
    """A site with one battery on one hybrid inverter.

    `place` holds where Home Assistant knows no better. `running`: the ids of the miners that run at the start.
    `cutoff_soc`: where the inverter itself stops discharging, far below what the owner wants.
    `hashprice`: currency per TH/s and day. `recorded_house_scale`: a recorded house's load × this is this house's.
    """

    key: str
    site: Site
    place: Place
    panels: tuple[PanelField, ...]
    yearly_kwh: float
    import_tariff: Tariff
    export_tariff: Tariff
    hashprice: float
    climate: Climate = TEMPERATE
    initial_soc: float = 0.55
    running: tuple[str, ...] = ()
    cutoff_soc: float = 0.1
    recorded_house_scale: float = 1.0
    recorded_roof_w: float = RECORDED_ROOF_W

    def __post_init__(self) -> None:
        """Refuse what the plant cannot be."""
        if len(self.site.batteries) != 1 or len(self.site.inverters) != 1:
            raise ValueError("a simulated site has one battery on one hybrid inverter")
        if self.battery.inverter_id != self.inverter.id:
            raise ValueError("the simulated battery stands on its hybrid inverter")
        unknown = set(self.running) - {miner.id for miner in self.site.miners}
        if unknown:
            raise ValueError(f"running names no miner of the site: {', '.join(sorted(unknown))}")

    @property
    def battery(self) -> Battery:
        """The battery."""
        return self.site.batteries[0]

    @property
    def inverter(self) -> Inverter:
        """The hybrid inverter."""
        return self.site.inverters[0]

    @property
    def peak_w(self) -> float:
        """Peak power of all panels in W."""
        return sum(panels.peak_w for panels in self.panels)


# 48.1° N: between the places the household profile and the prices come from.
_PLACE: Final = Place(48.14, 11.58, "Europe/Berlin")
# 235 TH/s · 0.053 a day / (24 h · 3.878 kW) = 0.134 per kWh: the S21 of the examples.
_HASHPRICE: Final = 0.053


def _battery(capacity_wh: float, power_w: float) -> Battery:
    return Battery(
        id="battery",
        name="Battery",
        capacity_wh=capacity_wh,
        max_charge_w=power_w,
        max_discharge_w=power_w,
        inverter_id="inverter",
    )


def _inverter(ac_limit_w: float) -> Inverter:
    return Inverter(id="inverter", name="Inverter", ac_limit_w=ac_limit_w)


_S21: Final = Miner(
    id="s21",
    name="S21",
    levels=(MinerLevel(3878, 235),),
    priority=1,
    min_run_h=1,
    min_pause_h=0.5,
    start_cost=0.06,
    start_soc=0.4,
    stop_soc=0.25,
)
_TUNED_S19: Final = Miner(
    id="tuned_s19",
    name="Tuned S19",
    levels=(MinerLevel(1600, 64), MinerLevel(2400, 85), MinerLevel(3250, 97)),
    priority=2,
    min_run_h=1,
    min_pause_h=0.5,
    start_cost=0.05,
    start_soc=0.6,
    stop_soc=0.4,
)

_RANCH: Final = SimulatedSite(
    key="ranch",
    site=Site(
        name="Ranch",
        currency="EUR",
        time_zone=_PLACE.time_zone,
        grid=Grid(max_import_w=15_000, max_export_w=15_000),
        batteries=(_battery(48_000, 12_000),),
        inverters=(_inverter(15_000),),
        miners=(
            _S21,
            _TUNED_S19,
            Miner(
                id="dump_load",
                name="Dump load",
                levels=(MinerLevel(3250, 95),),
                priority=3,
                min_run_h=1,
                min_pause_h=0.5,
                start_cost=0.05,
                max_starts_per_day=4,
                start_soc=None,
                stop_soc=None,
                surplus_only=True,
                surplus_margin_w=500,
            ),
        ),
    ),
    place=_PLACE,
    panels=(PanelField(14_600, 30, 180),),
    yearly_kwh=9_000,
    # (market + taxes and fees) · value added tax; feed-in at a fixed price
    import_tariff=Tariff(add=0.1345, factor=1.19),
    export_tariff=Tariff(fixed=0.08),
    hashprice=_HASHPRICE,
    running=("dump_load",),
    recorded_house_scale=1.6,
)

_HOME: Final = SimulatedSite(
    key="home",
    site=Site(
        name="Home",
        currency="EUR",
        time_zone=_PLACE.time_zone,
        grid=Grid(max_import_w=11_000, max_export_w=7_000),
        batteries=(_battery(10_000, 5_000),),
        inverters=(_inverter(6_000),),
    ),
    place=_PLACE,
    panels=(PanelField(3_600, 35, 140), PanelField(3_600, 35, 220)),
    yearly_kwh=4_000,
    import_tariff=Tariff(add=0.1345, factor=1.19),
    export_tariff=Tariff(fixed=0.08),
    hashprice=_HASHPRICE,
    recorded_house_scale=0.7,
)

# The home at one price by day and night.
_PLAIN: Final = replace(_HOME, key="plain", site=replace(_HOME.site, name="Plain"), import_tariff=Tariff(fixed=0.32))

# A home that is paid the market's price less a fee, below zero at sunny noons, and can mine instead.
_NEGATIVE: Final = replace(
    _HOME,
    key="negative",
    site=replace(_HOME.site, name="Negative", inverters=(_inverter(10_000),), miners=(_S21, _TUNED_S19)),
    panels=(PanelField(5_400, 35, 140), PanelField(5_400, 35, 220)),
    export_tariff=Tariff(add=-0.01),
)

_CABIN: Final = SimulatedSite(
    key="cabin",
    site=Site(
        name="Cabin",
        currency="EUR",
        time_zone=_PLACE.time_zone,
        grid=Grid(connected=False),
        batteries=(_battery(15_000, 5_000),),
        inverters=(_inverter(5_000),),
        miners=(
            Miner(
                id="dump_load",
                name="Dump load",
                levels=(MinerLevel(1200, 48),),
                min_run_h=0.5,
                start_soc=0.7,
                stop_soc=0.5,
                surplus_only=True,
                surplus_margin_w=200,
            ),
        ),
    ),
    place=_PLACE,
    # Steep, for the winter.
    panels=(PanelField(8_000, 55, 180),),
    yearly_kwh=1_000,
    # Nothing is bought or sold.
    import_tariff=Tariff(fixed=0.0),
    export_tariff=Tariff(fixed=0.0),
    hashprice=_HASHPRICE,
    recorded_house_scale=0.17,
)

_FLEET: Final = SimulatedSite(
    key="fleet",
    site=Site(
        name="Fleet",
        currency="EUR",
        time_zone=_PLACE.time_zone,
        grid=Grid(max_import_w=120_000, max_export_w=200_000),
        batteries=(_battery(400_000, 150_000),),
        inverters=(_inverter(150_000),),
        miners=(
            Miner(
                id="hall_a",
                name="Hall A",
                levels=(MinerLevel(3500, 190),),
                count=40,
                priority=1,
                min_run_h=1,
                min_pause_h=0.5,
                start_cost=0.06,
                max_starts_per_day=None,
                start_soc=0.4,
                stop_soc=0.25,
            ),
            Miner(
                id="hall_b",
                name="Hall B",
                levels=(MinerLevel(3250, 95),),
                count=25,
                priority=2,
                min_run_h=1,
                min_pause_h=0.5,
                start_cost=0.05,
                max_starts_per_day=4,
                start_soc=0.6,
                stop_soc=0.4,
            ),
        ),
    ),
    place=_PLACE,
    panels=(PanelField(250_000, 20, 180),),
    yearly_kwh=30_000,
    import_tariff=Tariff(add=0.03),
    export_tariff=Tariff(add=-0.01),
    hashprice=_HASHPRICE,
    running=("hall_b",),
    recorded_house_scale=5.0,
)

SITES: Final[Mapping[str, SimulatedSite]] = MappingProxyType(
    {site.key: site for site in (_RANCH, _HOME, _PLAIN, _NEGATIVE, _CABIN, _FLEET)}
)
"""Every ready-made site by its key."""
