"""What if: plan with changes and tell both plans."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from .. import telling
from ..model.plan import Plan
from ..model.whatif import WhatIf
from .question import Answer, Question, Told

CLOUDY: Final = 0.5
_LOAD_HOURS: Final = 2.0
_EXTRA_KW: Final = 11.0


@dataclass(frozen=True, slots=True)
class Change:
    """A change and how it is said."""

    what: WhatIf
    text: str


def _solar(told: Told) -> Change | None:
    """The sun: cloudy, or by so many percent; on the day that was named."""
    question, slots = told.question, told.question.match.slots
    means = question.match.meanings
    if slots.percent is not None and "solar" in means:
        factor = 1 - slots.percent / 100 if "less" in means or slots.percent == 0 else slots.percent / 100
    elif "cloudy" in means:
        factor = CLOUDY
    else:
        return None
    span = question.period() if slots.day in ("tomorrow", "today", "tonight") else None
    told.fact("solar_factor", factor)
    return Change(WhatIf(solar_factor=factor, solar_span=span), told.text("change_solar", factor=100 * factor))


def _reserve(told: Told) -> Change | None:
    slots = told.question.match.slots
    if "reserve" not in told.question.match.meanings or slots.percent is None:
        return None
    reserve = min(100.0, slots.percent)
    return Change(WhatIf(reserve_soc=reserve / 100), told.text("change_reserve", reserve=reserve))


def _capacity(told: Told) -> Change | None:
    question, slots = told.question, told.question.match.slots
    capacity_kwh = sum(item.capacity_wh for item in question.snapshot.settings.site.batteries) / 1000
    if not capacity_kwh or "battery" not in question.match.meanings:
        return None
    if slots.energy_kwh is not None:
        wanted = slots.energy_kwh + (capacity_kwh if "extra" in question.match.meanings else 0.0)
    elif "double" in question.match.meanings:
        wanted = 2 * capacity_kwh
    else:
        return None
    if wanted <= 0:
        return None
    return Change(WhatIf(capacity_factor=wanted / capacity_kwh), told.text("change_capacity", capacity_kwh=wanted))


def _load(told: Told) -> Change | None:
    question, slots = told.question, told.question.match.slots
    if slots.power_w is None and "car" not in question.match.meanings:
        return None
    power_w = slots.power_w if slots.power_w is not None else 1000 * _EXTRA_KW
    hours = timedelta(hours=slots.hours or _LOAD_HOURS)
    at = question.moment()
    span = (at, at + hours) if at else None
    if span is None and slots.day in ("tonight", "today", "tomorrow"):
        span = question.period()
    return Change(WhatIf(extra_load_w=power_w, extra_load_span=span), told.text("change_load", extra_kw=power_w / 1000))


def _price(told: Told) -> Change | None:
    means, price = told.question.match.meanings, told.question.match.slots.price
    if price is None:
        return None
    cheaper = bool({"cheap", "less"} & means)
    key = "change_price_down" if cheaper else "change_price"
    text = told.text(key, offset=price)
    told.fact("price_offset", -price if cheaper else price)
    return Change(WhatIf(price_offset=-price if cheaper else price), text)


def _miners(told: Told) -> Change | None:
    question = told.question
    named = {view.device_id for view in question.miners} & set(question.match.slots.devices)
    if not named and not (
        "miner" in question.match.meanings and {"off", "never", "stop", "not", "all"} & question.match.meanings
    ):
        return None
    off = [view for view in question.miners if not named or view.device_id in named]
    names = question.wording.joined(question.name(view.miner) for view in off)
    return Change(WhatIf(miners_off=frozenset(view.device_id for view in off)), told.text("change_off", names=names))


_CHANGES: Final[tuple[Callable[[Told], Change | None], ...]] = (_capacity, _reserve, _solar, _load, _price, _miners)


async def what_if(question: Question) -> Answer:
    """Plan as it is and as it would be; tell the difference in one sentence."""
    told = question.told()
    change = next((found for make in _CHANGES if (found := make(told)) is not None), None)
    if change is None:
        return told.say("what_if_unclear").answer()
    return await tell(told, change.what, change.text)


async def tell(told: Told, what: WhatIf, text: str) -> Answer:
    """Tell both plans, made from the same moment."""
    assistant = told.question.entry.runtime_data.assistant
    present, changed = await asyncio.gather(assistant.async_present(), _simulate(told, what))
    difference = changed.cost.total - present.cost.total
    told.say(
        "what_if",
        change=text,
        changed=told.balance("cost_changed", changed.cost.total),
        present=told.balance("cost_present", present.cost.total),
        difference=abs(difference),
        direction=told.question.wording.texts["more" if difference >= 0 else "less"],
    )
    figures: dict[str, Any] = {}
    for name, plan in (("present", present), ("changed", changed)):
        sums = telling.plan_told(plan, told.question.snapshot.settings)
        figures[f"import_{name}"] = sums["energy_kwh"]["import"]
        figures[f"hours_{name}"] = sum(sums["miner_hours"].values())
        figures[f"lowest_{name}"] = _lowest_soc(plan)
    told.say("what_if_energy", **figures)
    return told.source("source_simulation").answer()


async def _simulate(told: Told, what: WhatIf) -> Plan:
    return await told.question.entry.runtime_data.orchestrator.async_simulate(what)


def _lowest_soc(plan: Plan) -> float:
    """Return the lowest state of charge of any battery, %."""
    return 100 * min((float(soc.min()) for soc in plan.schedule.soc.values()), default=0.0)
