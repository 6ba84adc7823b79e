"""A picture of a week of a back-test: prices, where power came from and went, the miners, and the battery."""

from collections.abc import Callable, Iterable
from datetime import datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
import numpy as np
import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from custom_components.energy_orchestrator.backtest.trace import LENGTH, Stretch, Trace
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.horizon import Series

_WIDE: Final = 14.0
_DPI: Final = 100  # 1400 pixels wide
_INK: Final = "#2f3640"
_FAINT: Final = "#8a93a0"
_RULE: Final = "#e6eaef"
_SOLAR: Final = "#f6bf45"
_BATTERY: Final = "#56b391"
_GRID: Final = "#a3afc0"
_HOUSE: Final = "#4a7fb5"
_MINERS: Final = ("#8e5bb5", "#d0679d", "#e59ac0", "#6f6bc9", "#b58bd6")
_MODES: Final = {
    BatteryMode.SELF_CONSUMPTION: ("self-consumption", "#e3e8ee"),
    BatteryMode.CHARGE: ("charge", "#56b391"),
    BatteryMode.DISCHARGE: ("discharge", "#e08a3c"),
    BatteryMode.HOLD: ("hold", "#66758a"),
}
_DOTS: Final = (0, (1, 1.3))
_DASHES: Final = (0, (5, 3))

type _Read = Callable[[Stretch], float]


def draw(path: Path, title: str, this: Trace, alone: Trace | None = None) -> None:
    """Write a PNG of a trace; `alone` is the same time with the inverter left alone, for its battery's level."""
    panels: list[tuple[float, Callable[[Any], None]]] = [
        (1.5, lambda axis: _prices(axis, this)),
        (3.6, lambda axis: _powers(axis, this)),
        (0.28 * len(this.miners), lambda axis: _miners(axis, this)),
        (1.8, lambda axis: _levels(axis, this, alone)),
        (0.26, lambda axis: _modes(axis, this)),
    ]
    panels = [panel for panel in panels if panel[0]]
    heights = [height for height, _ in panels]
    high = sum(heights) + 0.5 * len(heights) + 0.75
    figure = Figure(figsize=(_WIDE, high), dpi=_DPI, facecolor="white")
    axes = figure.subplots(len(panels), 1, sharex=True, height_ratios=heights)
    space = 0.5 * len(heights) / sum(heights)
    figure.subplots_adjust(left=0.062, right=0.985, top=1 - 0.98 / high, bottom=0.38 / high, hspace=space)
    figure.text(0.062, 1 - 0.42 / high, title, fontsize=16, color=_INK, fontweight="bold")
    for axis, (_, fill) in zip(axes, panels, strict=True):
        _dress(axis, this)
        fill(axis)
    _days(axes[-1], this)
    figure.savefig(path)


# The panels


def _prices(axis: Any, trace: Trace) -> None:
    bought, sold = (_series(trace, read) for read in (lambda row: row.import_price, lambda row: row.export_price))
    axis.stairs(bought, _edges(trace), baseline=None, color=_INK, linewidth=1.6)
    axis.stairs(sold, _edges(trace), baseline=None, color=_FAINT, linewidth=1.6)
    for n, miner in enumerate(trace.miners):
        axis.axhline(miner.earns_per_kwh, color=_colour(n), linewidth=1.2, linestyle=_DASHES)
    axis.set_ylim(min(0.0, sold.min(), bought.min()) - 0.01, None)
    mines = [_line(f"{miner.name} mines", _colour(n), _DASHES) for n, miner in enumerate(trace.miners)]
    _name(axis, f"Price of a kWh, {trace.currency}", [_line("to buy", _INK), _line("to sell", _FAINT), *mines])


def _powers(axis: Any, trace: Trace) -> None:
    gives: list[tuple[str, _Read]] = [
        (_SOLAR, lambda row: row.solar_w),
        (_BATTERY, lambda row: max(0.0, -row.battery_w)),
        (_GRID, lambda row: max(0.0, row.grid_w)),
    ]
    takes: list[tuple[str, _Read]] = [
        (_HOUSE, lambda row: row.house_w),
        *((_colour(n), _draw_of(miner.id)) for n, miner in enumerate(trace.miners)),
        (_BATTERY, lambda row: max(0.0, row.battery_w)),
        (_GRID, lambda row: max(0.0, -row.grid_w)),
    ]
    _stack(axis, trace, gives, 1)
    _stack(axis, trace, takes, -1)
    could = _kw(trace, lambda row: row.solar_w + row.curtailed_w)
    keys = [Patch(color=colour, label=name) for name, colour in (("solar", _SOLAR), ("battery", _BATTERY))]
    keys += [Patch(color=colour, label=name) for name, colour in (("grid", _GRID), ("house", _HOUSE))]
    keys += [Patch(color=_colour(n), label=miner.name) for n, miner in enumerate(trace.miners)]
    keys.append(_line("solar forecast", _INK, _DOTS))
    if (could - _kw(trace, lambda row: row.solar_w)).max() > 0.1:
        axis.stairs(could, _edges(trace), baseline=None, color="#c98a00", linewidth=0.9)
        keys.append(_line("solar, had all been taken", "#c98a00"))
    axis.stairs(_kw(trace, lambda row: row.forecast_w), _edges(trace), baseline=None, color=_INK, linestyle=_DOTS)
    axis.axhline(0, color=_INK, linewidth=0.8)
    axis.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    _name(axis, "Power, kW: what gives it (up), what takes it (down)", keys)


def _miners(axis: Any, trace: Trace) -> None:
    for n, miner in enumerate(trace.miners):
        share = _series(trace, _draw_of(miner.id)) / miner.most_w
        foot = -n - 0.4
        axis.stairs(foot + 0.8 * share, _edges(trace), baseline=foot, fill=True, color=_colour(n))
    axis.set_ylim(0.5 - len(trace.miners), 0.5)
    axis.set_yticks([-n for n in range(len(trace.miners))], [miner.name for miner in trace.miners])
    axis.grid(visible=False, axis="y")
    _name(axis, "Miners, by how much of their most they draw", [])


def _levels(axis: Any, this: Trace, alone: Trace | None) -> None:
    keys = [_line("this", _BATTERY)]
    if alone is not None:
        axis.plot(_edges(alone)[1:], 100 * _series(alone, lambda row: row.soc), color=_FAINT, linewidth=1.4)
        keys.append(_line("left alone", _FAINT))
    axis.plot(_edges(this)[1:], 100 * _series(this, lambda row: row.soc), color=_BATTERY, linewidth=2.2)
    axis.set_ylim(0, 104)
    axis.set_yticks([0, 25, 50, 75, 100])
    _name(axis, "Battery's level, %", keys)


def _modes(axis: Any, trace: Trace) -> None:
    runs = [(mode, list(rows)) for mode, rows in groupby(trace.stretches, key=lambda row: row.mode)]
    for mode, rows in runs:
        begin, end = _when(rows[0].start), _when(rows[-1].start + LENGTH)
        axis.axvspan(begin, end, color=_MODES[mode][1], linewidth=0)
    axis.set_yticks([])
    told = {mode for mode, _ in runs}
    _name(
        axis,
        "Battery's mode",
        [Patch(color=colour, label=name) for mode, (name, colour) in _MODES.items() if mode in told],
    )


# What panels have in common


def _stack(axis: Any, trace: Trace, flows: Iterable[tuple[str, _Read]], sign: int) -> None:
    base = np.zeros(len(trace.stretches))
    for colour, read in flows:
        top = base + sign * _kw(trace, read)
        axis.stairs(top, _edges(trace), baseline=base, fill=True, color=colour, linewidth=0)
        base = top


def _series(trace: Trace, read: _Read) -> Series:
    return np.array([read(stretch) for stretch in trace.stretches])


def _draw_of(miner_id: str) -> _Read:
    return lambda row: row.miners_w[miner_id]


def _kw(trace: Trace, read: _Read) -> Series:
    return _series(trace, read) / 1000


def _edges(trace: Trace) -> Series:
    return np.array([_when(row.start) for row in trace.stretches] + [_when(trace.stretches[-1].start + LENGTH)])


def _when(local: datetime) -> float:
    return float(date2num(local.replace(tzinfo=None)))


def _colour(miner: int) -> str:
    return _MINERS[miner % len(_MINERS)]


def _line(name: str, colour: str, style: Any = "solid") -> Line2D:
    return Line2D([], [], color=colour, linestyle=style, linewidth=1.8, label=name)


def _name(axis: Any, name: str, keys: list[Any]) -> None:
    axis.set_title(name, loc="left", fontsize=10.5, color=_INK, pad=5)
    if keys:
        axis.legend(
            handles=keys,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=len(keys),
            frameon=False,
            fontsize=9,
            labelcolor=_INK,
            handlelength=1.3,
            handleheight=0.8,
            columnspacing=1.3,
            borderpad=0.1,
        )


def _dress(axis: Any, trace: Trace) -> None:
    for side in ("top", "right", "left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.tick_params(length=0, labelsize=9, labelcolor=_FAINT)
    axis.grid(axis="y", color=_RULE, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.set_xlim(_edges(trace)[0], _edges(trace)[-1])
    for midnight in _midnights(trace):
        axis.axvline(midnight, color="#cfd6de", linewidth=0.8, zorder=0)


def _midnights(trace: Trace) -> list[float]:
    return [_when(row.start) for row in trace.stretches if row.start.time() == time()]


def _days(axis: Any, trace: Trace) -> None:
    noons = [row.start for row in trace.stretches if row.start.time() == time(12)]
    axis.set_xticks([_when(noon) for noon in noons], [f"{noon:%A} {noon.day} {noon:%b}" for noon in noons])
    axis.tick_params(axis="x", labelsize=10, labelcolor=_INK, pad=5)
