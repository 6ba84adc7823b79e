"""One plan for one problem: attempts from the best to the safest, each replayed by the verifier before it counts."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
import logging
from time import perf_counter

from ..model.difference import gap_of
from ..model.horizon import Series
from ..model.plan import Cost, Plan, PlanStatus, Schedule, Timing
from ..model.problem import Problem
from . import fallback
from .clean import clean
from .programme import highs
from .programme.among_equals import settled
from .programme.build import build
from .programme.by_the_hour import by_the_hour
from .programme.directions import one_way_where_it_pays
from .programme.last_plan import near_last_plan
from .programme.solution import both_ways, schedule_of, whole_of, whole_start
from .programme.values import energy_price, price_at_the_meter, with_terminal_values
from .programme.weighing import weighed
from .review.costs import cost_of
from .review.sheds import sheds
from .review.verifier import violations

_LOGGER = logging.getLogger(__name__)

GAP = 5e-4
TIME_LIMIT_S = 8.0
MOST_ROUNDS = 4
"""Solves at most, when a direction must be chosen in slots where prices did not say so: there first, then everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Attempt:
    """A schedule that may become the plan. `problem` carries the end values it was made with."""

    problem: Problem
    schedule: Schedule
    status: PlanStatus
    energy_price: Series
    gap: float | None = None
    timing: Timing = field(default_factory=Timing)


def plan(
    problem: Problem, *, created: datetime | None = None, time_limit_s: float = TIME_LIMIT_S, gap: float = GAP
) -> Plan:
    """Return a verified plan: the optimum, else the best found in `time_limit_s`, else the rule-based one, else safety.

    `gap` is the relative distance to the optimum at which to stop. The plan's problem is the cleaned one, with the worth of
    the energy left at the end filled in: planning it again gives the same plan.
    """
    begun = perf_counter()
    cleaned = clean(problem)
    attempt = _optimised(cleaned, time_limit_s=time_limit_s, gap=gap, begun=begun)
    made = None if attempt is None else _verified(attempt, created or datetime.now(UTC))
    return made or rule_based_plan(cleaned, created=created)


def valued(problem: Problem) -> Problem:
    """Return the cleaned problem with the worth of the energy left at the end filled in, as a plan of it would have it."""
    cleaned = clean(problem)
    return with_terminal_values(cleaned, one_way_where_it_pays(cleaned), TIME_LIMIT_S)


def baseline(made: Plan) -> Cost:
    """Return what the same problem costs left alone with miners on surplus: what savings are measured against.

    Where that is cheaper than the plan, it is so by what the owner wants and the plan keeps; that is counted (`unkept`).
    """
    schedule = _left_alone(made)
    cost = cost_of(made.problem, schedule)
    return replace(cost, unkept=_unkept(made, schedule, cost))


def _left_alone(made: Plan) -> Schedule:
    """Return what the home does by itself; what is planned, so that no saving is told, where that would break a limit."""
    schedule = fallback.left_alone(made.problem)
    broken = violations(made.problem, schedule, sheds(made.problem, schedule))
    return made.schedule if broken else schedule


def _unkept(made: Plan, schedule: Schedule, cost: Cost) -> float:
    """Return what the wishes are worth that a plan keeps and a cheaper schedule does not, at most what it is cheaper by."""
    lead = made.cost.total - cost.total
    if made.bound is None or lead <= gap_of(made):
        return 0.0
    its, ours = weighed(made.problem, schedule), weighed(made.problem, made.schedule)
    if its is None or ours is None:
        return 0.0
    return min(lead, max(0.0, lead + its - ours))


def rule_based_plan(problem: Problem, *, created: datetime | None = None) -> Plan:
    """Return the owner's default rules as a plan, verified like any other: else every miner off, else only the house."""
    cleaned, when = clean(problem), created or datetime.now(UTC)
    for status in (PlanStatus.FALLBACK, PlanStatus.SAFE_STATE):
        made = _verified(_ruled(cleaned, status), when)
        if made is not None:
            return made
    return _published(_idle(cleaned), when)


def _optimised(problem: Problem, *, time_limit_s: float, gap: float, begun: float) -> _Attempt | None:
    """Solve, choose directions where the point needs it, fix what is whole and read the prices off the rest."""

    def left() -> float:
        return time_limit_s - (perf_counter() - begun)

    one_way = one_way_where_it_pays(problem)
    valued = with_terminal_values(problem, one_way, left())
    rules = fallback.rule_based(valued)
    build_s = solve_s = 0.0
    for attempt in range(MOST_ROUNDS):
        started = perf_counter()
        programme = build(valued, one_way)
        built = perf_counter()
        near = near_last_plan(programme, valued, left())
        if near is None:
            start = by_the_hour(programme, valued, whole_start(programme, valued, rules), left())
        else:
            start = whole_of(programme, near)
        best = highs.solve(programme.matrix, time_limit_s=left(), gap=gap, start=start, search=near is None)
        if best is None:
            return None
        exact = best
        if programme.matrix.whole.any():
            fixed = highs.solve(programme.matrix.fixed(best.x), time_limit_s=max(1.0, left()))
            if fixed is None or not fixed.proven:
                return None
            exact = fixed
        solved = perf_counter()
        build_s, solve_s = build_s + built - started, solve_s + solved - built
        torn = both_ways(programme, valued, exact.x)
        if not torn.any():
            x = settled(programme, valued, exact, max(1.0, left()))
            if both_ways(programme, valued, x).any():
                x = exact.x
            schedule = schedule_of(programme, valued, x)
            return _Attempt(
                problem=valued,
                schedule=schedule,
                status=PlanStatus.OPTIMAL if best.proven else PlanStatus.FEASIBLE,
                energy_price=energy_price(programme, valued, exact.prices),
                gap=max(0.0, exact.objective - best.bound),
                timing=Timing(build=build_s, solve=solve_s, extract=perf_counter() - solved),
            )
        one_way = one_way.with_(torn if attempt == 0 else torn.everywhere())
    _LOGGER.warning("No plan without going both ways at once after %d rounds", MOST_ROUNDS)
    return None


def _ruled(problem: Problem, status: PlanStatus) -> _Attempt:
    """The rule-based plan, or, for the safe state, the same with every miner off."""
    valued = _with_no_terminal_value(problem)
    schedule = fallback.rule_based(valued, run_miners=status is PlanStatus.FALLBACK)
    return _Attempt(problem=valued, schedule=schedule, status=status, energy_price=price_at_the_meter(valued, schedule))


def _idle(problem: Problem) -> _Attempt:
    """Nothing but the house: no miner, no battery. It keeps every limit by construction."""
    schedule = fallback.idle(problem)
    return _Attempt(
        problem=_with_no_terminal_value(problem),
        schedule=schedule,
        status=PlanStatus.SAFE_STATE,
        energy_price=price_at_the_meter(problem, schedule),
    )


def _with_no_terminal_value(problem: Problem) -> Problem:
    return replace(
        problem,
        batteries=tuple(replace(b, terminal_value_per_kwh=b.terminal_value_per_kwh or 0.0) for b in problem.batteries),
    )


def _verified(attempt: _Attempt, created: datetime) -> Plan | None:
    made = _published(attempt, created)
    broken = violations(made.problem, made.schedule, made.shed)
    if broken:
        _LOGGER.warning("A %s plan was refused: %s", made.status, "; ".join(str(item) for item in broken))
        return None
    return made


def _published(attempt: _Attempt, created: datetime) -> Plan:
    shed = sheds(attempt.problem, attempt.schedule)
    solved = attempt.status in (PlanStatus.OPTIMAL, PlanStatus.FEASIBLE)
    cost = cost_of(attempt.problem, attempt.schedule)
    return Plan(
        created=created,
        problem=attempt.problem,
        schedule=attempt.schedule,
        status=PlanStatus.RELAXED if shed and solved else attempt.status,
        energy_price=attempt.energy_price,
        cost=cost,
        bound=None if attempt.gap is None else cost.total - attempt.gap,
        shed=shed,
        timing=attempt.timing,
    )
