"""What a battery can be told, by what is mapped and can be set: the other side of `inverters.ModeOf`."""

from math import inf

from ..mapping import InverterEntities
from ..model.decision import BatteryMode
from ..model.seen import SILENT, UNAVAILABLE, Look, domain_of, unit_of
from ..model.site import NOTHING, Drive
from ..model.units import watts_of
from ..settings import Settings
from .command import NUMBERS, SELECTS, bound_of, is_signed


def drive_of(settings: Settings, battery_id: str, look: Look) -> Drive:
    """Return what a battery can be told at this moment.

    What is away for a while (unavailable, not there yet, or without options yet) can still be told. An option that the select does not offer
    cannot, nor a mode that shares its option with self-consumption, but for holding, which set-points can bring about,
    nor one whose power is mapped and cannot be set. One number for both directions does not keep from one of them alone;
    one with a sign is a way to charge and to discharge by itself. Without a way back to self-consumption nothing is.
    """
    mapped = settings.inverters.get(settings.batteries[battery_id].controller or "")
    if mapped is None:
        return NOTHING
    modes = _modes(mapped, look)
    if mapped.work_mode is not None and BatteryMode.SELF_CONSUMPTION not in modes:
        return NOTHING
    charge, discharge = _set_points(mapped, look)
    by_sign = mapped.one_set_point and is_signed(look(mapped.charge_power or "")) and mapped.work_mode is None
    holds = BatteryMode.HOLD in modes
    # An option for holding that is mapped is what is tried, and where the select lost it nothing else is.
    stands_in = mapped.work_mode_options.get(BatteryMode.HOLD) in (
        None,
        mapped.work_mode_options.get(BatteryMode.SELF_CONSUMPTION),
    )
    by_points = (mapped.work_mode is None or stands_in) and not mapped.one_set_point
    share = _share(settings, battery_id)

    def enters(mode: BatteryMode, set_point: str | None, found: _Range | None) -> bool:
        return mode in modes and (set_point is None or found is not None)

    return Drive(
        charge=by_sign or enters(BatteryMode.CHARGE, mapped.charge_power, charge),
        discharge=by_sign or enters(BatteryMode.DISCHARGE, mapped.discharge_power, discharge),
        keep_from_charging=holds or (by_points and charge is not None and charge[0] <= 0),
        keep_from_discharging=holds or (by_points and discharge is not None and discharge[0] <= 0),
        charge_power=charge is not None,
        discharge_power=discharge is not None,
        most_charge_w=inf if charge is None else charge[1] * share,
        most_discharge_w=inf if discharge is None else discharge[1] * share,
    )


def _modes(mapped: InverterEntities, look: Look) -> frozenset[BatteryMode]:
    """Return the modes the inverter has an option of its own for."""
    if mapped.work_mode is None or domain_of(mapped.work_mode) not in SELECTS:
        return frozenset()
    options, seen = mapped.work_mode_options, look(mapped.work_mode)
    offered = None if seen is None or seen.state == UNAVAILABLE else seen.attributes.get("options")
    own = options.get(BatteryMode.SELF_CONSUMPTION)
    return frozenset(
        mode
        for mode, option in options.items()
        if (not isinstance(offered, list) or not offered or option in offered)
        and (mode is BatteryMode.SELF_CONSUMPTION or option != own)
    )


type _Range = tuple[float, float]
"""The least and the most that can be set, W."""


def _set_points(mapped: InverterEntities, look: Look) -> tuple[_Range | None, _Range | None]:
    """Return what can be set for charging and discharging; None where nothing can."""
    charge, discharge = _range(mapped.charge_power, look), _range(mapped.discharge_power, look)
    if mapped.one_set_point and charge is not None and charge[0] < 0:
        ways = (0.0, charge[1]), (0.0, -charge[0])
        return ways if mapped.positive_means is BatteryMode.CHARGE else (ways[1], ways[0])
    return _one_way(charge), _one_way(discharge)


def _one_way(found: _Range | None) -> _Range | None:
    """Return nothing for a number with a sign: what is mapped for one direction must not set the other."""
    return None if found is None or found[0] < 0 else found


def _range(entity_id: str | None, look: Look) -> _Range | None:
    if entity_id is None or domain_of(entity_id) not in NUMBERS:
        return None
    seen = look(entity_id)
    if seen is None or (seen.state in SILENT and "unit_of_measurement" not in seen.attributes):
        return 0.0, inf
    unit, low, high = unit_of(seen), bound_of(seen, "min"), bound_of(seen, "max")
    least_w = watts_of(0.0 if low is None else low, unit)
    most_w = watts_of(inf if high is None else high, unit)
    return None if least_w is None or most_w is None else (least_w, most_w)


def _share(settings: Settings, battery_id: str) -> float:
    """Return a battery's part of what is set for all batteries of its inverter, by what they can charge."""
    controller = settings.batteries[battery_id].controller
    own = [b for b in settings.site.batteries if settings.batteries[b.id].controller == controller]
    total = sum(b.max_charge_w for b in own)
    return next((b.max_charge_w / total for b in own if b.id == battery_id), 1.0) if total else 1.0
