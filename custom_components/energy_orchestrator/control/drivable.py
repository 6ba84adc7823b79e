"""What a battery can be told, by what is mapped and can be set: the other side of `commands._mode` and its set-points."""

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.util.unit_conversion import PowerConverter

from ..model.decision import BatteryMode
from ..model.site import NOTHING, Drive
from ..settings import InverterEntities, Settings
from .command import NUMBERS, SELECTS, Look, number_of


def drive_of(settings: Settings, battery_id: str, look: Look) -> Drive:
    """Return what a battery can be told at this moment.

    What is away for a while (unavailable, or not there yet) can still be told. An option that the select does not offer
    cannot, nor a mode that shares its option with self-consumption, but for holding, which set-points can bring about.
    Without a way back to self-consumption nothing is.
    """
    mapped = settings.inverters.get(settings.batteries[battery_id].controller or "")
    if mapped is None:
        return NOTHING
    modes = _modes(mapped, look)
    if mapped.work_mode is not None and BatteryMode.SELF_CONSUMPTION not in modes:
        return NOTHING
    charge, discharge = _set_point(mapped.charge_power, look), _set_point(mapped.discharge_power, look)
    holds = BatteryMode.HOLD in modes
    # An option for holding that is mapped is what is tried, and where the select lost it nothing else is.
    stands_in = mapped.work_mode_options.get(BatteryMode.HOLD) in (
        None,
        mapped.work_mode_options.get(BatteryMode.SELF_CONSUMPTION),
    )
    by_points = mapped.work_mode is None or stands_in
    share = _share(settings, battery_id)
    return Drive(
        charge=BatteryMode.CHARGE in modes,
        discharge=BatteryMode.DISCHARGE in modes,
        keep_from_charging=holds or (by_points and charge is not None and charge[0] <= 0),
        keep_from_discharging=holds or (by_points and discharge is not None and discharge[0] <= 0),
        charge_power=charge is not None,
        discharge_power=discharge is not None,
        most_charge_w=float("inf") if charge is None else charge[1] * share,
        most_discharge_w=float("inf") if discharge is None else discharge[1] * share,
    )


def _modes(mapped: InverterEntities, look: Look) -> frozenset[BatteryMode]:
    """Return the modes the inverter has an option of its own for."""
    if mapped.work_mode is None or mapped.work_mode.partition(".")[0] not in SELECTS:
        return frozenset()
    options, state = mapped.work_mode_options, look(mapped.work_mode)
    offered = None if state is None or state.state == STATE_UNAVAILABLE else state.attributes.get("options")
    own = options.get(BatteryMode.SELF_CONSUMPTION)
    return frozenset(
        mode
        for mode, option in options.items()
        if (not isinstance(offered, list) or option in offered)
        and (mode is BatteryMode.SELF_CONSUMPTION or option != own)
    )


def _set_point(entity_id: str | None, look: Look) -> tuple[float, float] | None:
    """Return the least and the most that can be set, W; None where nothing can."""
    if entity_id is None or entity_id.partition(".")[0] not in NUMBERS:
        return None
    state = look(entity_id)
    if state is None or (
        state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN) and "unit_of_measurement" not in state.attributes
    ):
        return 0.0, float("inf")
    unit = state.attributes.get("unit_of_measurement")
    if unit not in PowerConverter.VALID_UNITS:
        return None
    low, high = (number_of(state.attributes.get(name)) for name in ("min", "max"))
    to_watts = PowerConverter.converter_factory(unit, "W")
    return (0.0 if low is None else to_watts(low)), (float("inf") if high is None else to_watts(high))


def _share(settings: Settings, battery_id: str) -> float:
    """Return a battery's part of what is set for all batteries of its inverter, by what they can charge."""
    controller = settings.batteries[battery_id].controller
    own = [b for b in settings.site.batteries if settings.batteries[b.id].controller == controller]
    total = sum(b.max_charge_w for b in own)
    return next((b.max_charge_w / total for b in own if b.id == battery_id), 1.0) if total else 1.0
