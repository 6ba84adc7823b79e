"""The plant: one simulated site, stepped along the real clock.

It is driven by an environment (the computed one or a recorded series) and by commands, and shows readings. Nothing in it
knows Home Assistant. All powers in W, energies in Wh, SOC 0..1, times aware.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from typing import Final
from zoneinfo import ZoneInfo

from ..model.decision import BatteryMode
from .cells import Cells, room_temperature
from .environment import ComputedEnvironment, Environment, RecordedEnvironment, SolarHour, Surroundings, solar_forecast
from .faults import LATE_S, ActiveFaults, CommandRefusedError, Fault, OutOfRangeError, UnknownUnitError
from .flows import Limits, PowerFlows, SetPoints, balance
from .kept import Kept, KeptUnit
from .machines import Machines
from .market import DayAhead, day_ahead
from .meters import Meters
from .readings import BatteryReadout, InverterReadout, Noise, PlantReadings, Readout, UnitReadout, blank, zeroed
from .series import RecordedSeries
from .sites import SimulatedSite
from .sun import Place

BATTERY: Final = "battery"
INVERTER: Final = "inverter"

# (a gap of up to this many seconds, is stepped in so many): by the second while it runs, faster after a pause.
# Steps end on multiples of their length, so that cutting a gap in other places gives the same steps.
_STEPS: Final = ((120, 1), (6 * 3600, 5), (48 * 3600, 60), (inf, 600))
_HOUR: Final = 3600


@dataclass(slots=True)
class _Pending:
    """A command that takes effect at `due` (seconds since 1970)."""

    due: int
    act: Callable[[], None]


class Plant:
    """A running simulated site. Making one reads the household profile from a file (not for the event loop).

    For the same site, seed, start and commands it does the same, however the calls of `advance` are cut; only across
    longer gaps (over two minutes) larger steps make small differences. `least_step_s`: no shorter steps than this,
    where speed matters more than that.
    """

    def __init__(
        self,
        site: SimulatedSite,
        *,
        start: datetime,
        seed: int = 1,
        place: Place | None = None,
        series: RecordedSeries | None = None,
        least_step_s: int = 1,
    ) -> None:
        self.site: Final = site
        self.place: Final = place or site.place
        self._seed = seed
        self._least_step_s = least_step_s
        self._zone = ZoneInfo(self.place.time_zone)
        self._now = int(start.timestamp())
        self.environment: Final[Environment] = (
            RecordedEnvironment(series, site, self.place, seed)
            if series
            else ComputedEnvironment(site, self.place, seed)
        )
        battery, grid = site.battery, site.site.grid
        around = self.environment.at(self._now)
        self._cells = Cells(
            battery, site.cutoff_soc, site.initial_soc * battery.capacity_wh, room_temperature(around.air_c)
        )
        self._machines = {
            miner.id: Machines(miner, running=miner.id in site.running, air_c=around.air_c)
            for miner in site.site.miners
        }
        self._set_points = SetPoints(
            mode=BatteryMode.SELF_CONSUMPTION, charge_w=battery.max_charge_w, discharge_w=battery.max_discharge_w
        )
        self.max_import_w: Final = inf if grid.max_import_w is None else grid.max_import_w
        self.max_export_w: Final = _export_rating(site)
        self._export_limit_w = self.max_export_w
        self._faults: dict[str, ActiveFaults] = dict.fromkeys(self.devices, ActiveFaults())
        self._stale: dict[str, PlantReadings] = {}
        self._pending: list[_Pending] = []
        self._priced_hour: tuple[int, float, float] | None = None
        self._meters = Meters()
        self._flows = self._balance(around, 1)

    @property
    def devices(self) -> tuple[str, ...]:
        """Ids of the devices that show readings, take commands and can fail: battery, inverter, then the miners."""
        return (BATTERY, INVERTER, *self._machines)

    @property
    def now(self) -> datetime:
        """The moment the plant has been advanced to (UTC, full second)."""
        return datetime.fromtimestamp(self._now, UTC)

    @property
    def flows(self) -> PowerFlows:
        """The true powers of the last step."""
        return self._flows

    @property
    def miners_w(self) -> dict[str, float]:
        """What each miner's units together asked for in the last step, by the miner's id, W."""
        return {miner: machines.total_w for miner, machines in self._machines.items()}

    @property
    def meters(self) -> Meters:
        """A copy of the true energies since the start."""
        return replace(self._meters)

    @property
    def soc(self) -> float:
        """The true state of charge."""
        return self._cells.soc

    def units_on(self, miner: str) -> tuple[bool, ...]:
        """Return which units of a miner are switched on in truth."""
        return tuple(self._machines[miner].on.tolist())

    # Across restarts

    def kept(self) -> Kept:
        """Return what outlives a restart; faults and commands under way do not."""
        return Kept(
            at=self.now,
            stored_wh=self._cells.stored_wh,
            battery_c=self._cells.temperature_c,
            mode=self._set_points.mode,
            charge_w=self._set_points.charge_w,
            discharge_w=self._set_points.discharge_w,
            export_limit_w=self._export_limit_w,
            miners={
                miner: tuple(
                    KeptUnit(on=bool(on), limit_w=float(limit_w))
                    for on, limit_w in zip(machines.on, machines.limit_w, strict=True)
                )
                for miner, machines in self._machines.items()
            },
        )

    def restore(self, kept: Kept) -> None:
        """Go on from what was kept, as far as it still fits the site. Machines that ran have been running for long."""
        battery = self.site.battery
        self._cells.stored_wh = min(battery.capacity_wh, max(0.0, kept.stored_wh))
        self._cells.temperature_c = kept.battery_c
        self._set_points = SetPoints(
            mode=kept.mode,
            charge_w=min(battery.max_charge_w, max(0.0, kept.charge_w)),
            discharge_w=min(battery.max_discharge_w, max(0.0, kept.discharge_w)),
        )
        self._export_limit_w = min(self.max_export_w, max(0.0, kept.export_limit_w))
        around = self.environment.at(self._now)
        for miner, units in kept.miners.items():
            if miner in self._machines:
                self._machines[miner].restore([(unit.on, unit.limit_w) for unit in units], around.air_c)
        self._flows = self._balance(around, 1)

    # Time

    def advance(self, to: datetime) -> None:
        """Let time pass until `to`, to the full second. A moment already passed changes nothing."""
        target = int(to.timestamp())
        step = max(self._least_step_s, next(step for gap, step in _STEPS if target - self._now <= gap))
        while self._now < target:
            self._carry_out_due()
            end = min(target, (self._now // step + 1) * step, *(pending.due for pending in self._pending))
            self._step(end - self._now)
        self._carry_out_due()

    def _carry_out_due(self) -> None:
        due = [pending for pending in self._pending if pending.due <= self._now]
        if due:
            self._pending = [pending for pending in self._pending if pending.due > self._now]
            for pending in due:
                pending.act()

    def _step(self, step_s: int) -> None:
        around = self.environment.at(self._now + step_s / 2)
        for machines in self._machines.values():
            machines.step(step_s, around.air_c)
        self._flows = flows = self._balance(around, step_s)
        stored_wh = self._cells.stored_wh
        self._meters.loss_wh += self._cells.step(flows.charge_w, flows.discharge_w, step_s, around.air_c)
        self._meters.stored_wh += self._cells.stored_wh - stored_wh
        self._count(flows, step_s / _HOUR)
        self._now += step_s

    def _balance(self, around: Surroundings, step_s: int) -> PowerFlows:
        limits = Limits(
            ac_w=self.site.inverter.ac_limit_w,
            charge_w=self._cells.charge_limit_w(step_s),
            discharge_w=self._cells.discharge_limit_w(step_s),
            import_w=self.max_import_w,
            export_w=self._export_limit_w,
            connected=self.site.site.grid.connected,
        )
        miners_w = sum(machines.total_w for machines in self._machines.values())
        return balance(around.solar_w, around.house_w, miners_w, self._set_points, limits)

    def _count(self, flows: PowerFlows, hours: float) -> None:
        hour = self._now // _HOUR
        if self._priced_hour is None or self._priced_hour[0] != hour:
            market = self.environment.market_price(datetime.fromtimestamp(hour * _HOUR, UTC))
            self._priced_hour = (hour, self.site.import_tariff.price(market), self.site.export_tariff.price(market))
        _, import_price, export_price = self._priced_hour
        self._meters.count(flows, hours, import_limit_w=self.max_import_w)
        self._meters.hashed_ths_h += hours * sum(machines.total_ths for machines in self._machines.values())
        self._meters.import_cost += flows.import_w / 1000 * hours * import_price
        self._meters.export_revenue += flows.export_w / 1000 * hours * export_price

    # Commands

    def set_work_mode(self, mode: BatteryMode) -> None:
        """Set the inverter's work mode."""
        self._send(INVERTER, lambda: self._set(mode=mode))

    def set_charge_power(self, power_w: float) -> None:
        """Set the charging set-point in W; in self-consumption it is the most that is charged."""
        _require_range("charge power", power_w, 0, self.site.battery.max_charge_w)
        self._send(INVERTER, lambda: self._set(charge_w=power_w))

    def set_discharge_power(self, power_w: float) -> None:
        """Set the discharging set-point in W."""
        _require_range("discharge power", power_w, 0, self.site.battery.max_discharge_w)
        self._send(INVERTER, lambda: self._set(discharge_w=power_w))

    def set_export_limit(self, power_w: float) -> None:
        """Set the most that is exported, in W."""
        _require_range("export limit", power_w, 0, self.max_export_w)
        self._send(INVERTER, lambda: self._set_export_limit(power_w))

    def switch_miner(self, miner: str, unit: int, *, on: bool) -> None:
        """Switch one unit of a miner (units count from 0)."""
        machines = self._unit(miner, unit)
        self._send(miner, lambda: machines.switch(unit, on=on))

    def set_miner_power_limit(self, miner: str, unit: int, power_w: float) -> None:
        """Set the power limit of one unit in W, between its lowest and highest level."""
        machines = self._unit(miner, unit)
        _require_range("power limit", power_w, machines.lowest_w, machines.highest_w)
        self._send(miner, lambda: machines.set_limit(unit, power_w))

    def _send(self, device: str, act: Callable[[], None]) -> None:
        active = self._faults[device]
        if Fault.REFUSED_COMMAND in active.faults:
            raise CommandRefusedError(device)
        if Fault.LATE_COMMAND in active.faults:
            self._pending.append(_Pending(self._now + active.late_s, act))
        else:
            act()

    def _set(
        self, *, mode: BatteryMode | None = None, charge_w: float | None = None, discharge_w: float | None = None
    ) -> None:
        now = self._set_points
        self._set_points = SetPoints(
            mode=now.mode if mode is None else mode,
            charge_w=now.charge_w if charge_w is None else charge_w,
            discharge_w=now.discharge_w if discharge_w is None else discharge_w,
        )

    def _set_export_limit(self, power_w: float) -> None:
        self._export_limit_w = power_w

    def _unit(self, miner: str, unit: int) -> Machines:
        machines = self._machines.get(miner)
        if machines is None or not 0 <= unit < machines.miner.count:
            raise UnknownUnitError(f"{self.site.site.name} has no unit {unit} of {miner}")
        return machines

    # Faults

    def set_fault(self, device: str, fault: Fault, *, on: bool, late_s: int = LATE_S) -> None:
        """Switch a fault of one device on or off; `late_s` is how late a late command takes effect."""
        if device not in self._faults:
            raise UnknownUnitError(f"{self.site.site.name} has no {device}")
        others = self._faults[device].faults - {fault}
        self._faults[device] = ActiveFaults(others | {fault} if on else others, late_s)
        if fault is Fault.STALE:
            self._stale.pop(device, None)
            if on:
                self._stale[device] = self._measure()

    def faults(self, device: str) -> frozenset[Fault]:
        """Return the faults of a device that are on."""
        return self._faults[device].faults

    # Readings

    def readings(self) -> PlantReadings:
        """Return what the devices show now, noise and faults included."""
        fresh = self._measure()
        return PlantReadings(
            at=fresh.at,
            battery=self._with_faults(BATTERY, self._stale.get(BATTERY, fresh).battery),
            inverter=self._with_faults(INVERTER, self._stale.get(INVERTER, fresh).inverter),
            miners={
                miner: tuple(
                    self._with_faults(miner, readout) for readout in self._stale.get(miner, fresh).miners[miner]
                )
                for miner in self._machines
            },
        )

    def _with_faults[R: Readout](self, device: str, readout: R) -> R:
        faults = self._faults[device].faults
        if Fault.UNAVAILABLE in faults:
            return blank(readout)
        return zeroed(readout) if Fault.ZERO_GLITCH in faults else readout

    def _measure(self) -> PlantReadings:
        noise, flows, cells, at = Noise(self._seed, self._now), self._flows, self._cells, self.now
        return PlantReadings(
            at=at,
            battery=BatteryReadout(
                at=at,
                soc=round(cells.soc, 3),
                power_w=noise.power("battery", flows.battery_w),
                voltage_v=noise.value("voltage", cells.voltage(flows.battery_w), 0.02, 2),
                temperature_c=noise.value("battery temperature", cells.temperature_c, 0.1, 1),
            ),
            inverter=InverterReadout(
                at=at,
                solar_w=noise.power("solar", flows.solar_w),
                load_w=noise.power("load", flows.load_w),
                grid_w=noise.power("grid", flows.grid_w),
                work_mode=self._set_points.mode,
                charge_power_w=self._set_points.charge_w,
                discharge_power_w=self._set_points.discharge_w,
                export_limit_w=self._export_limit_w,
            ),
            miners={miner: _unit_readouts(miner, machines, noise, at) for miner, machines in self._machines.items()},
        )

    # What is known ahead

    def import_prices(self) -> DayAhead:
        """Return what a bought kWh costs, as published now."""
        return day_ahead(self.environment, self.site.import_tariff, self.now, self._zone)

    def export_prices(self) -> DayAhead:
        """Return what a sold kWh brings, as published now."""
        return day_ahead(self.environment, self.site.export_tariff, self.now, self._zone)

    def air_temperature(self, when: datetime) -> float:
        """Return the air's temperature at a moment, °C."""
        return self.environment.at(when.timestamp()).air_c

    def cloud_forecast(self, when: datetime) -> float | None:
        """Return the covered share of the sky, 0..1, as forecast now; None with a recorded series."""
        return self.environment.cloud_forecast(when.timestamp(), self._now)

    def usual_house_w(self) -> tuple[float, ...]:
        """Return what the house usually draws in each hour of the local clock on a day like this, W without miners."""
        return self.environment.usual_house_w(self.now.astimezone(self._zone).date())

    def unit_limits(self, miner: str) -> tuple[float, float]:
        """Return the lowest and highest power limit of a miner's units, W."""
        machines = self._machines[miner]
        return machines.lowest_w, machines.highest_w

    def solar_forecast(self, start: datetime, end: datetime) -> list[SolarHour]:
        """Return the solar forecast of this hour for every clock hour from `start` to `end`, with P10 and P90."""
        return solar_forecast(self.environment, start, end, self.now)

    def forecast_wh(self, start: datetime, end: datetime) -> dict[datetime, float]:
        """Return the expected solar energy per clock hour, Wh, in the shape of Home Assistant's energy platforms."""
        return {hour.start: hour.expected_wh for hour in self.solar_forecast(start, end)}


def _unit_readouts(miner: str, machines: Machines, noise: Noise, at: datetime) -> tuple[UnitReadout, ...]:
    hashrates = machines.hashrate_ths
    return tuple(
        UnitReadout(
            at=at,
            on=bool(machines.on[unit]),
            power_w=noise.power(f"{miner} {unit} power", float(machines.power_w[unit])),
            power_limit_w=float(machines.limit_w[unit]),
            hashrate_ths=noise.hashrate(f"{miner} {unit} hashrate", float(hashrates[unit])),
            temperature_c=noise.value(f"{miner} {unit} board", float(machines.board_c[unit]), 0.3, 1),
        )
        for unit in range(machines.miner.count)
    )


def _export_rating(site: SimulatedSite) -> float:
    """Return the most the site may ever export, in W: never more than the inverter can push out."""
    grid = site.site.grid
    if not (grid.connected and grid.export_allowed):
        return 0.0
    return min(site.inverter.ac_limit_w, inf if grid.max_export_w is None else grid.max_export_w)


def _require_range(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise OutOfRangeError(what, value, low, high)
