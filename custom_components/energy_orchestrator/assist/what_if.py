"""What if: plan with a change and tell both plans.

Both are planned by the hour, from the standing plan's own problem, for nobody waits seconds for an answer. So that the
numbers agree with the plan that is shown everywhere else, the standing plan's are told as the present ones, and the
changed ones are the standing plan's plus what the two hourly plans differ by. What is left in the batteries at the end is
worth the same in all of them: else dearer power would be a gain on all that is stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..model.difference import told_difference
from ..model.plan import Plan, Wish
from ..model.whatif import WhatIf
from .planning import day_of, planless
from .question import Answer, Question, Told

CLOUDY: Final = 0.5
_LOAD_HOURS: Final = 2.0
_EXTRA_KW: Final = 11.0
_SAME_SOC: Final = 0.01
# Hours or kWh that are none.
_SAME_SUM: Final = 1e-3
# Less than this is not heard once it is rounded: kWh, hours and percent. What is left at the end is told where it is much.
_HEARD: Final = {"import": 0.05, "hours": 0.05, "lowest": 0.5, "left": 5.0}


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
    text = (
        told.text("change_solar_day", factor=100 * factor, day=day_of(question))
        if span
        else told.text("change_solar", factor=100 * factor)
    )
    return Change(WhatIf(solar_factor=factor, solar_span=span), text)


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
    if answer := planless(question):
        return answer
    told = question.told()
    change = next((found for make in _CHANGES if (found := make(told)) is not None), None)
    if change is None:
        return told.say("what_if_unclear").answer()
    return await tell(told, change.what, change.text)


async def tell(told: Told, what: WhatIf, text: str) -> Answer:
    """Tell the standing plan, and what it would be with a change.

    Raises `HomeAssistantError` where the standing plan is one of the past, for the last planning failed.
    """
    question = told.question
    snapshot, questions = question.snapshot, question.orchestrator.questions
    standing = snapshot.plan
    if standing is None or snapshot.failure is not None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=snapshot.failure or "no_plan_yet")
    present, changed = await questions.async_exchanged(*await questions.async_by_hour(standing, WhatIf(), what))
    both = Compared(standing, present, changed)
    total, difference = standing.cost.total, both.difference
    if not difference:
        told.fact("cost_changed", total)
        told.say("what_if_same", change=text, present=told.balance("cost_present", total))
    else:
        told.say(
            "what_if",
            change=text,
            changed=told.balance("cost_changed", total + difference),
            present=told.balance("cost_present", total),
            difference=abs(difference),
            direction=question.wording.texts["more" if difference >= 0 else "less"],
        )
    _moved(told, "import", _import_kwh(standing), both.moved(_import_kwh))
    hours = sum(_miner_hours(standing, miner.id) for miner in standing.problem.miners)
    _moved(told, "hours", hours, both.miner_hours)
    _moved(told, "lowest", 100 * _lowest_soc(standing), 100 * both.lowest_soc)
    _moved(told, "left", 100 * standing.site_soc(-1), 100 * both.left_soc)
    if (unserved_kwh := _unserved_kwh(changed)) > _unserved_kwh(present):
        told.say("what_if_unserved", unserved=unserved_kwh)
    return told.add("what_if_hourly").source("source_simulation").plan_source().answer()


def _moved(told: Told, name: str, present: float, changed: float) -> None:
    """Tell what a figure becomes; one that stays is only a fact."""
    if abs(changed - present) >= _HEARD[name]:
        told.say(f"what_if_{name}", **{f"{name}_present": present, f"{name}_changed": changed})
        return
    told.fact(f"{name}_present", present)
    told.fact(f"{name}_changed", changed)


@dataclass(frozen=True, slots=True)
class Compared:
    """The standing plan, and two plans by the hour: of the same, and with a change."""

    standing: Plan
    present: Plan
    changed: Plan

    @property
    def difference(self) -> float:
        """What the change costs, in currency, 0 where it cannot be told; what a larger battery already holds is no gain."""
        return told_difference(self.present, self.changed, _held(self.changed) - _held(self.present))

    def moved(self, figure: Callable[[Plan], float]) -> float:
        """Return what the change makes of one of the standing plan's sums: what it moves, and nothing where it leaves none."""
        standing, present, changed = (figure(plan) for plan in (self.standing, self.present, self.changed))
        if abs(changed - present) < _SAME_SUM:
            return standing
        return max(0.0, standing + changed - present) if changed > _SAME_SUM else 0.0

    @property
    def miner_hours(self) -> float:
        """Hours of all miners with the change; of one that may not run there are none."""
        able = [miner.id for miner in self.changed.problem.miners if miner.allowed.any()]
        return sum(self.moved(partial(_miner_hours, miner_id=miner_id)) for miner_id in able)

    @property
    def lowest_soc(self) -> float:
        """The lowest state of charge with the change, 0..1.

        It is the standing plan's where the change does not move it, and where the reserve with the change allows it.
        """
        standing, present, changed = (_lowest_soc(plan) for plan in (self.standing, self.present, self.changed))
        reserve = min((float(b.reserve_soc.min()) for b in self.changed.problem.batteries), default=0.0)
        unmoved = abs(changed - present) < _SAME_SOC
        return standing if unmoved and standing >= min(reserve, changed) else changed

    @property
    def left_soc(self) -> float:
        """What is left in all batteries at the end with the change, 0..1."""
        return min(1.0, self.moved(lambda plan: plan.site_soc(-1)))


def _held(plan: Plan) -> float:
    """Return what is in the batteries at the beginning, at the worth of what is left at the end, in currency."""
    return sum(
        (b.initial_soc - float(b.min_soc[-1])) * b.capacity_wh / 1000 * (b.terminal_value_per_kwh or 0.0)
        for b in plan.problem.batteries
    )


def _import_kwh(plan: Plan) -> float:
    return float((plan.schedule.grid_w.clip(min=0) * plan.horizon.hours).sum()) / 1000


def _miner_hours(plan: Plan, miner_id: str) -> float:
    return float((plan.running(miner_id) * plan.horizon.hours).sum())


def _lowest_soc(plan: Plan) -> float:
    """Return the lowest state of charge of any battery, 0..1."""
    return min((float(soc.min()) for soc in plan.schedule.soc.values()), default=0.0)


def _unserved_kwh(plan: Plan) -> float:
    return sum(shed.amount for shed in plan.shed if shed.wish is Wish.UNSERVED_LOAD) / 1000
