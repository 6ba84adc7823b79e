"""Whether the sun could give more than is measured."""

from .readings import SiteReadings
from .site import Site


def may_be_curtailed(site: Site, readings: SiteReadings) -> bool:
    """Whether there may be nowhere to put more: no room to export, or where nothing may be exported, full batteries."""
    limit_w = _export_limit_w(site, readings)
    exported_w = None if readings.grid_w.value is None else -readings.grid_w.value
    if limit_w is None or (exported_w is not None and exported_w < 0.9 * limit_w - 100):
        return False
    full = [
        (soc := readings.batteries[battery.id].soc.believed) is None or soc >= battery.max_soc - 0.02
        for battery in site.batteries
        if battery.id in readings.batteries
    ]
    return limit_w > 0 or all(full)


def _export_limit_w(site: Site, readings: SiteReadings) -> float | None:
    """Return the limit of the connection, or of all inverters together where they are set to less; None for none."""
    if not (site.grid.connected and site.grid.export_allowed):
        return 0.0
    set_to = [inverter.export_limit_w.value for inverter in readings.inverters.values()]
    limits = [limit for limit in (site.grid.max_export_w,) if limit is not None]
    if set_to and None not in set_to:
        limits.append(sum(limit for limit in set_to if limit is not None))
    return min(limits, default=None)
