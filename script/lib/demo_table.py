"""The plan as a table for a terminal of 120 columns: a row per hour, and one more where a miner changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
import json
from pathlib import Path
from typing import Any

WIDTH = 120
_TEXTS = Path(__file__).resolve().parents[2] / "custom_components" / "energy_orchestrator" / "translations" / "en.json"
_NONE = "·"

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """What reasons are called where people read them."""

    miner: Mapping[str, str]
    battery: Mapping[str, str]

    @classmethod
    def read(cls) -> Words:
        """Read them from the integration's own texts."""
        sensors = json.loads(_TEXTS.read_text(encoding="utf-8"))["entity"]["sensor"]
        return cls(sensors["decision"]["state"], sensors["mode_reason"]["state"])

    def of(self, reason: str, *, miner: bool) -> str:
        """Return the words for a reason of a miner or of a battery."""
        known = self.miner if miner else self.battery
        return known.get(reason) or reason.replace("_", " ")


@dataclass(frozen=True)
class Stretch:
    """Some slots told as one row: means, the SOC at the end, and what is different from before."""

    start: datetime
    solar_kw: float
    load_kw: float
    price: float
    battery_kw: float
    soc: float | None
    miners: Mapping[str, tuple[float, int]]
    grid_kw: float
    why: str


def plan_table(plan: Mapping[str, Any], words: Words) -> list[str]:
    """Return the table's lines: head, rows, and the sums of the plan."""
    rows: Sequence[Row] = plan["rows"]
    if not rows:
        return ["(the plan has no slots)"]
    names = [miner["device"] for miner in rows[0]["miners"]]
    wide = [max(6, min(12, len(name))) for name in names]
    fixed = f"{'time':<9} {'solar':>6} {'load':>6} {'price':>6} {'battery':>7} {'SOC':>5}"
    miners = " ".join(f"{name[:12]:>{width}}" for name, width in zip(names, wide, strict=True))
    head = f"{fixed} {miners} {'grid':>7}  why" if names else f"{fixed} {'grid':>7}  why"
    units = f"{'':<9} {'kW':>6} {'kW':>6} {'/kWh':>6} {'kW':>7} {'%':>5} "
    units += "".join(f"{'kW':>{width}} " for width in wide) + f"{'kW':>7}"
    lines = [head, units, "-" * WIDTH]
    day = None
    for stretch in _stretches(rows, words):
        label = f"{stretch.start:%a %H:%M}" if stretch.start.date() != day else f"    {stretch.start:%H:%M}"
        day = stretch.start.date()
        cells = [
            f"{label:<9}",
            f"{_kw(stretch.solar_kw):>6}",
            f"{_kw(stretch.load_kw):>6}",
            f"{stretch.price:>6.3f}",
            f"{_kw(stretch.battery_kw, signed=True):>7}",
            f"{'?' if stretch.soc is None else f'{stretch.soc:.0f}':>5}",
            *(f"{_miner(*stretch.miners[name]):>{width}}" for name, width in zip(names, wide, strict=True)),
            f"{_kw(stretch.grid_kw, signed=True):>7}",
        ]
        line = f"{' '.join(cells)}  {stretch.why}"
        lines.append(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")
    lines += ["-" * WIDTH, "Battery: + gives, − takes. Grid: + bought, − sold. SOC: at the end of the row."]
    return lines


def sums(plan: Mapping[str, Any]) -> list[str]:
    """Return the plan's totals."""
    cost, energy, currency = plan["cost"], plan["energy_kwh"], plan["currency"]
    until = datetime.fromisoformat(plan["end"])
    flows = (
        f"Until {until:%a %H:%M}: solar {energy['solar']:.1f} kWh, house {energy['load']:.1f} kWh, miners"
        f" {energy['miners']:.1f} kWh, bought {energy['import']:.1f} kWh, sold {energy['export']:.1f} kWh."
    )
    money = (
        f"Cost {cost['total']:.2f} {currency}: bought {cost['import']:.2f}, sold {cost['export']:.2f}, mined"
        f" {cost['mining']:.2f}, battery wear {cost['battery_wear']:.2f}, starts {cost['miner_starts']:.2f},"
        f" energy left {cost['energy_left']:.2f}. Plan: {plan['status']}."
    )
    return [flows, money]


def _stretches(rows: Sequence[Row], words: Words) -> Iterator[Stretch]:
    before: Row | None = None
    for (start, _), group in groupby(rows, key=lambda row: (_hour(row), _running(row))):
        del start
        slots = list(group)
        yield _stretch(slots, _why(before, slots[0], words))
        before = slots[-1]


def _stretch(slots: Sequence[Row], why: str) -> Stretch:
    hours = [_hours(slot) for slot in slots]
    whole = sum(hours)

    def mean(values: Iterator[float]) -> float:
        return sum(value * weight for value, weight in zip(values, hours, strict=True)) / whole

    last = slots[-1]
    socs = [battery["soc"] for battery in last["batteries"] if battery["soc"] is not None]
    return Stretch(
        start=_time(slots[0]["start"]),
        solar_kw=mean(slot["solar_kw"] for slot in slots),
        load_kw=mean(slot["load_kw"] for slot in slots),
        price=mean(slot["import_price"] for slot in slots),
        battery_kw=mean(sum(battery["power_kw"] for battery in slot["batteries"]) for slot in slots),
        soc=sum(socs) / len(socs) if socs else None,
        miners={miner["device"]: (miner["power_kw"], miner["units"]) for miner in last["miners"]},
        grid_kw=mean(slot["grid_kw"] for slot in slots),
        why=why,
    )


def _why(before: Row | None, row: Row, words: Words) -> str:
    """Say what changes and why; where nothing does, why the battery does what it does."""
    parts = []
    was = {miner["device"]: miner for miner in before["miners"]} if before else {}
    for miner in row["miners"]:
        last = was.get(miner["device"])
        if last is None or (last["units"], last["power_kw"]) != (miner["units"], miner["power_kw"]):
            if last is None and not miner["units"]:
                continue
            parts.append(f"{miner['device']}: {_short(words.of(miner['reason'], miner=True))}")
    if not parts:
        parts = [words.of(battery["reason"], miner=False) for battery in row["batteries"]][:1]
    return "; ".join(parts)


def _short(text: str) -> str:
    return text[:1].lower() + text[1:]


def _running(row: Row) -> tuple[tuple[str, int, float], ...]:
    return tuple((miner["device"], miner["units"], miner["power_kw"]) for miner in row["miners"])


def _hour(row: Row) -> tuple[int, int]:
    start = _time(row["start"])
    return start.toordinal(), start.hour


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _hours(row: Row) -> float:
    return (_time(row["end"]) - _time(row["start"])).total_seconds() / 3600


def _miner(power_kw: float, units: int) -> str:
    if not units:
        return _NONE
    return f"{power_kw:.1f}" if units == 1 else f"{units}: {power_kw:.1f}"


def _kw(value: float, *, signed: bool = False) -> str:
    if abs(value) < 0.05:
        return _NONE
    return f"{value:+.1f}".replace("-", "−") if signed else f"{value:.1f}"
