"""What happened on a plant, in quarters of an hour: its true powers, for pictures and tables."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ..loop.snapshot import Snapshot
from ..model.decision import BatteryMode
from ..model.site import Miner
from ..simulation.meters import Meters
from ..simulation.plant import Plant

LENGTH: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedMiner:
    """A miner: the most that all its units draw in W, and what a kWh mines at its most efficient level."""

    id: str
    name: str
    most_w: float
    earns_per_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What happened from `start` (aware, in the site's time) on. Means in W: battery + is charging, grid + is import.

    Prices per kWh. `solar_w` was used and `curtailed_w` could have been; `forecast_w` was forecast as it began. `miners_w`
    by id. `soc` (0..1) at its end. `mode` was the battery's for the most of it, and `reason` why, where a loop decided.
    """

    start: datetime
    import_price: float
    export_price: float
    house_w: float
    solar_w: float
    curtailed_w: float
    forecast_w: float
    miners_w: Mapping[str, float]
    battery_w: float
    grid_w: float
    soc: float
    mode: BatteryMode
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What happened, stretch after stretch; prices in `currency`."""

    currency: str
    miners: tuple[TracedMiner, ...]
    stretches: tuple[Stretch, ...]


@dataclass(slots=True, kw_only=True)
class _Open:
    """The stretch that is under way: when it began, where the meters stood, and what was seen since."""

    at: datetime
    meters: Meters
    miners_w: list[Mapping[str, float]] = field(default_factory=list)
    modes: Counter[BatteryMode] = field(default_factory=Counter)


class Tracer:
    """Traces a plant from its present moment on, looking at it after every step of a quarter of an hour at most."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._done: list[Stretch] = []
        self._open = _Open(at=plant.now, meters=plant.meters)

    def note(self, snapshot: Snapshot | None = None) -> None:
        """Take note of what the last step brought; `snapshot` is the loop's last, where one runs the plant."""
        plant = self._plant
        self._open.miners_w.append(plant.miners_w)
        self._open.modes[plant.kept().mode] += 1
        if plant.now - self._open.at >= LENGTH:
            self._done.append(_closed(self._open, plant, snapshot))
            self._open = _Open(at=plant.now, meters=plant.meters)

    def trace(self) -> Trace:
        """Return what happened in whole stretches so far."""
        site = self._plant.site
        return Trace(
            currency=site.site.currency,
            miners=tuple(_traced(miner, site.hashprice) for miner in site.site.miners),
            stretches=tuple(self._done),
        )


def _traced(miner: Miner, hashprice: float) -> TracedMiner:
    return TracedMiner(
        id=miner.id,
        name=miner.name,
        most_w=miner.max_power_w,
        earns_per_kwh=max(level.revenue_per_kwh(hashprice) for level in miner.levels),
    )


def _closed(begun: _Open, plant: Plant, snapshot: Snapshot | None) -> Stretch:
    site, now, then = plant.site, plant.meters, begun.meters
    hours = (plant.now - begun.at) / timedelta(hours=1)
    market = plant.environment.market_price(begun.at.replace(minute=0, second=0))
    middle = begun.at + (plant.now - begun.at) / 2
    forecast_w, _, _ = plant.environment.solar_power_forecast(middle.timestamp(), begun.at.timestamp())
    seen = begun.miners_w

    def mean_w(counted: Callable[[Meters], float]) -> float:
        return round((counted(now) - counted(then)) / hours, 1)

    return Stretch(
        start=begun.at.astimezone(ZoneInfo(plant.place.time_zone)),
        import_price=site.import_tariff.price(market),
        export_price=site.export_tariff.price(market),
        house_w=mean_w(lambda meters: meters.house_wh),
        solar_w=mean_w(lambda meters: meters.solar_wh),
        curtailed_w=mean_w(lambda meters: meters.curtailed_wh),
        forecast_w=round(forecast_w, 1),
        miners_w={miner.id: round(sum(look[miner.id] for look in seen) / len(seen), 1) for miner in site.site.miners},
        battery_w=mean_w(lambda meters: meters.charge_wh - meters.discharge_wh),
        grid_w=mean_w(lambda meters: meters.import_wh - meters.export_wh),
        soc=round(plant.soc, 4),
        mode=begun.modes.most_common(1)[0][0],
        reason=_reason(plant, snapshot),
    )


def _reason(plant: Plant, snapshot: Snapshot | None) -> str | None:
    decision = snapshot.decisions.batteries.get(plant.site.battery.id) if snapshot else None
    return decision.reason.code.value if decision else None
