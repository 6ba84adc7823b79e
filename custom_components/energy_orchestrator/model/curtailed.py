"""Whether the sun could give more than is measured."""

from .readings import BatteryReadings, SiteReadings
from .site import Battery, Site

# What meters tell of a limit: within a tenth of it, and 100 W, it is reached.
_REACHED = 0.9
_NEAR_W = 100.0
# So near its highest level nobody knows how much a battery still takes.
_FULL_SOC = 0.02


def may_be_curtailed(site: Site, readings: SiteReadings) -> bool:
    """Whether there may be nowhere to put more: no room to export, or where nothing may be exported, none in batteries."""
    limit_w = _export_limit_w(site, readings)
    exported_w = None if readings.grid_w.value is None else -readings.grid_w.value
    if limit_w is None or (exported_w is not None and exported_w < _REACHED * limit_w - _NEAR_W):
        return False
    return limit_w > 0 or not any(
        _takes_more(battery, readings.batteries[battery.id])
        for battery in site.batteries
        if battery.id in readings.batteries
    )


def _takes_more(battery: Battery, read: BatteryReadings) -> bool:
    """Whether more sun would go into it: it gives, so that what the panels could give is used, or has room and strength."""
    soc, power_w = read.soc.believed, read.power_w.value
    if power_w is not None and power_w < -_NEAR_W:
        return True
    if soc is None or soc >= battery.max_soc - _FULL_SOC:
        return False
    return power_w is None or power_w < _REACHED * battery.tapered_w(soc) - _NEAR_W


def _export_limit_w(site: Site, readings: SiteReadings) -> float | None:
    """Return the limit of the connection, or of all inverters together where they are set to less; None for none."""
    if not (site.grid.connected and site.grid.export_allowed):
        return 0.0
    set_to = [inverter.export_limit_w.value for inverter in readings.inverters.values()]
    limits = [limit for limit in (site.grid.max_export_w,) if limit is not None]
    if set_to and None not in set_to:
        limits.append(sum(limit for limit in set_to if limit is not None))
    return min(limits, default=None)
