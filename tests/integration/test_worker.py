"""Planning and questions in threads of their own: nobody else waits, twins wait together, and nothing stays behind."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
import gc
import threading
from threading import Event
from time import sleep
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.loop import cycle, questions
from custom_components.energy_orchestrator.loop.worker import Worker, WorkerStoppedError, in_time
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem
from custom_components.energy_orchestrator.planner.programme import highs
from tests.unit.planner.test_highs import market_split

from .house import MORNING, async_set_up_house, snapshot_of
from .mapped_site import entry_of_site

pytestmark = pytest.mark.freeze_time(MORNING)

ENDLESS = partial(highs.solve, market_split(), time_limit_s=3600)


def threads() -> set[str]:
    """Return the names of our threads."""
    return {thread.name for thread in threading.enumerate() if thread.name.startswith(DOMAIN)}


class Gate:
    """A job of somebody else's that holds a thread until the gate is opened."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._opened = Event()
        self._workers: list[Worker] = []
        self._jobs: list[asyncio.Task[bool]] = []

    async def async_close(self, name: str) -> None:
        """Take the thread."""
        taken = Event()

        def hold() -> bool:
            taken.set()
            return self._opened.wait(60)

        self._workers.append(Worker(self._hass, name))
        self._jobs.append(asyncio.create_task(self._workers[-1].async_do(hold)))
        await asyncio.sleep(0)
        assert await self._hass.async_add_executor_job(taken.wait, 60)

    async def async_open(self) -> None:
        """Let the thread go."""
        self._opened.set()
        assert all(await asyncio.gather(*self._jobs))
        for worker in self._workers:
            await worker.async_shutdown()
        self._workers.clear()


@pytest.fixture
async def gate(hass: HomeAssistant) -> AsyncGenerator[Gate]:
    """Return a gate that does not outlive the test."""
    gate = Gate(hass)
    yield gate
    await gate.async_open()


@pytest.fixture
async def house(hass: HomeAssistant) -> MockConfigEntry:
    """The house with its first plan."""
    return await async_set_up_house(hass)


class Planner:
    """The planner that notes in which thread it planned."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self.threads: list[str] = []

    def __call__(self, problem: Problem, **how: Any) -> Plan:
        """Plan."""
        self.threads.append(threading.current_thread().name)
        planned: Plan = self._made(problem, **how)
        return planned


@pytest.fixture
def planner(monkeypatch: pytest.MonkeyPatch) -> Planner:
    """Note where the loop and the questions plan from here on."""
    noting = Planner(vars(cycle)["calm_plan"])
    monkeypatch.setattr(cycle, "calm_plan", noting)
    monkeypatch.setattr(questions, "plan", noting)
    return noting


async def simulate(hass: HomeAssistant, load_percent: float = 100) -> Any:
    """Ask what if the load were another."""
    data = {"load_percent": load_percent}
    return await hass.services.async_call(DOMAIN, "simulate", data, blocking=True, return_response=True)


async def ask(hass: HomeAssistant, text: str) -> Any:
    """Ask in words."""
    return await hass.services.async_call(DOMAIN, "ask", {"text": text}, blocking=True, return_response=True)


async def plan_now(hass: HomeAssistant) -> Any:
    """Let the loop plan."""
    return await hass.services.async_call(DOMAIN, "plan_now", {}, blocking=True, return_response=True)


# ---- Nobody waits for another


async def test_a_burst_of_questions_leaves_home_assistant_and_the_loop_free(
    hass: HomeAssistant, house: MockConfigEntry, gate: Gate, planner: Planner
) -> None:
    await gate.async_close("questions")
    burst = [hass.async_create_task(simulate(hass, 50 + number)) for number in range(10)]
    first = snapshot_of(house).plan
    # Both would wait for the gate if the burst held the threads of the executor, or the thread of the loop.
    assert await hass.async_add_executor_job(sum, (1, 2)) == 3
    assert await plan_now(hass)
    assert snapshot_of(house).plan is not first
    assert not any(task.done() for task in burst)
    assert planner.threads == ["energy_orchestrator_planning_0"]
    await gate.async_open()
    answers = await asyncio.gather(*burst)
    assert len({answer["changed"]["energy_kwh"]["load"] for answer in answers}) == 10
    # What is as it is once before and once after the loop's plan, which the burst saw come.
    assert planner.threads[1:] == ["energy_orchestrator_questions_0"] * (10 + 2)
    assert threads() == {"energy_orchestrator_planning_0", "energy_orchestrator_questions_0"}


async def test_a_question_does_not_wait_for_the_loops_plan(
    hass: HomeAssistant, house: MockConfigEntry, gate: Gate
) -> None:
    await gate.async_close("planning")
    planning = hass.async_create_task(plan_now(hass))
    told = await ask(hass, "What if the battery were 20 kWh?")
    assert told["topic"] == "what_if"
    assert "cost_changed" in told["facts"]
    assert (await simulate(hass, 120))["difference"]["energy_kwh"]["load"] > 0
    assert not planning.done()
    await gate.async_open()
    assert await planning


async def test_words_get_in_between_simulations(hass: HomeAssistant, house: MockConfigEntry, planner: Planner) -> None:
    burst = [hass.async_create_task(simulate(hass, 50 + number)) for number in range(10)]
    told = await ask(hass, "What if the battery were 20 kWh?")
    assert "cost_changed" in told["facts"]
    assert not all(task.done() for task in burst), "it did not wait for all of them"
    await asyncio.gather(*burst)


# ---- Twins


async def test_twins_are_solved_once(hass: HomeAssistant, house: MockConfigEntry, gate: Gate, planner: Planner) -> None:
    await gate.async_close("questions")
    twins = [hass.async_create_task(simulate(hass, 150)) for _ in range(20)]
    twins += [hass.async_create_task(ask(hass, "What if the battery were 20 kWh?")) for _ in range(20)]
    await asyncio.sleep(0)
    await gate.async_open()
    answers = await asyncio.gather(*twins)
    assert all(answer == answers[0] for answer in answers[:20])
    assert all(answer["facts"] == answers[20]["facts"] for answer in answers[20:])
    assert len(planner.threads) == 4, "of either kind, as it is and as it would be"


async def test_a_twin_that_leaves_takes_nothing_from_the_other(
    hass: HomeAssistant, house: MockConfigEntry, gate: Gate
) -> None:
    await gate.async_close("questions")
    leaves, stays = (hass.async_create_task(simulate(hass, 150)) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.wait([leaves])
    await gate.async_open()
    assert (await stays)["difference"]["energy_kwh"]["load"] > 0
    assert leaves.cancelled()


# ---- What takes too long


async def test_a_question_that_waits_too_long_gives_up(
    hass: HomeAssistant, house: MockConfigEntry, gate: Gate, freezer: FrozenDateTimeFactory
) -> None:
    await gate.async_close("questions")
    waiting = [hass.async_create_task(simulate(hass, 50 + number)) for number in range(3)]
    spoken = hass.async_create_task(ask(hass, "What if the battery were 20 kWh?"))
    # Understanding the words is a job of the executor; then the question waits for its thread.
    await hass.async_add_executor_job(sleep, 0.5)
    freezer.tick(questions.ANSWERED_WITHIN_S + 1)
    told = await spoken
    assert "There was no answer within 20 s" in told["answer"]
    assert not any(task.done() for task in waiting)
    freezer.tick(questions.SIMULATED_WITHIN_S)
    for error in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(error, HomeAssistantError)
        assert error.translation_key == "no_answer_in_time"
        assert "There was no answer within 60 s" in str(error)
    await gate.async_open()
    assert (await simulate(hass, 51))["difference"]["energy_kwh"]["load"] < 0, "the next one is answered as ever"


async def test_a_solve_that_takes_too_long_is_stopped(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    mine = Worker(hass, "questions")

    async def asked() -> object:
        async with in_time(5):
            return await mine.async_do(ENDLESS)

    asking = hass.async_create_task(asked())
    await hass.async_add_executor_job(sleep, 0.3)
    assert not asking.done()
    freezer.tick(6)
    with pytest.raises(HomeAssistantError) as late:
        await asking
    assert late.value.translation_key == "no_answer_in_time"
    # Its thread is free again: it would solve for an hour.
    assert (await mine.async_do(threading.current_thread)).name == "energy_orchestrator_questions_0"
    await mine.async_shutdown()
    assert threads() == set()


async def test_what_fails_in_the_thread_fails_for_its_asker(hass: HomeAssistant) -> None:
    mine = Worker(hass, "questions")
    with pytest.raises(ZeroDivisionError):
        await mine.async_do(lambda: 1 / 0)
    assert await mine.async_do(lambda: 1) == 1
    await mine.async_shutdown()
    with pytest.raises(WorkerStoppedError):
        await mine.async_do(lambda: 1)
    assert threads() == set()


# ---- The end


async def test_unloading_in_the_middle_of_solves_leaves_nothing(
    hass: HomeAssistant, house: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    solving = threading.Barrier(3)

    def endless(problem: Problem, **_: Any) -> Plan:
        solving.wait(60)
        ENDLESS()
        raise AssertionError("it was solved")

    monkeypatch.setattr(cycle, "calm_plan", endless)
    monkeypatch.setattr(questions, "plan", endless)
    planning = hass.async_create_task(plan_now(hass))
    asked = [hass.async_create_task(simulate(hass, 50 + number)) for number in range(3)]
    await hass.async_add_executor_job(solving.wait, 60)
    await hass.async_add_executor_job(sleep, 0.3)
    assert threads() == {"energy_orchestrator_planning_0", "energy_orchestrator_questions_0"}
    assert await hass.config_entries.async_unload(house.entry_id)
    assert threads() == set()
    for question in asked:
        with pytest.raises(HomeAssistantError, match="The site is being unloaded"):
            await question
    await asyncio.wait([planning])
    assert planning.exception() is None, "the plan that stands is told"
    assert house.state.value == "not_loaded"
    gc.collect()
    assert "Planning failed" not in caplog.text
    assert "never retrieved" not in caplog.text


async def test_stopping_home_assistant_ends_the_threads(hass: HomeAssistant, house: MockConfigEntry) -> None:
    await simulate(hass, 120)
    assert len(threads()) == 2
    await hass.async_stop(force=True)
    assert threads() == set()


async def test_a_reload_plans_in_new_threads(hass: HomeAssistant, house: MockConfigEntry) -> None:
    before = {thread for thread in threading.enumerate() if thread.name in threads()}
    assert await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert snapshot_of(house).plan
    assert not any(thread.is_alive() for thread in before)
    assert len(threads()) == 1


async def test_two_sites_share_the_threads_until_the_last_is_unloaded(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    other = entry_of_site()
    await async_set_up_house(hass, other)
    assert snapshot_of(other).plan
    assert threads() == {"energy_orchestrator_planning_0"}
    assert await hass.config_entries.async_unload(house.entry_id)
    assert threads() == {"energy_orchestrator_planning_0"}
    await other.runtime_data.orchestrator.async_plan_now()
    assert not snapshot_of(other).failure
    assert await hass.config_entries.async_unload(other.entry_id)
    assert threads() == set()
