"""What is saved is what is read back."""

from dataclasses import fields, is_dataclass
from datetime import timedelta
import json
from typing import Any

import numpy as np
import pytest

from custom_components.energy_orchestrator.model.codec import decode, encode, problem_from_json, problem_to_json
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.ledger import Ledger, MinerState
from custom_components.energy_orchestrator.model.plan import Plan
from custom_components.energy_orchestrator.model.problem import Problem

from .decisions.house import NOON, plan


def same(left: Any, right: Any) -> bool:
    """Compare deeply, arrays bit by bit."""
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    if is_dataclass(left):
        return type(left) is type(right) and all(
            same(getattr(left, field.name), getattr(right, field.name)) for field in fields(left)
        )
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def test_a_plan_and_its_problem_come_back_exactly_through_json() -> None:
    last = plan(running={"s21": [1, 0, 1]})
    planned = plan(running={"s21": [1, 1]}, battery_w=[1234.5, -17.0], last_plan=last)
    back = decode(Plan, json.loads(json.dumps(encode(planned))))
    assert same(planned, back)
    assert same(planned.problem, decode(Problem, encode(planned.problem)))


def test_a_ledger_comes_back() -> None:
    ledger = Ledger(day=NOON.date(), at=NOON, miners={"a": MinerState(running=2, since=NOON - timedelta(hours=1))})
    assert decode(Ledger, json.loads(json.dumps(encode(ledger)))) == ledger


@pytest.mark.parametrize(
    "data", [{"day": 3}, {"unheard_of": 1}, {"at": "noon"}, {"miners": {"a": {"running": "x"}}}, {"miners": 7}]
)
def test_other_data_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a stored Ledger"):
        decode(Ledger, data)


def test_what_the_model_does_not_use_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(object())


def test_a_problem_of_when_a_battery_was_told_one_mode_is_read() -> None:
    problem = plan().problem
    old = problem_to_json(problem)
    told_in = [slot in (0, 1) for slot in range(len(problem.horizon))]
    old["batteries"][0] |= {"told": "hold", "told_in": told_in}
    read = problem_from_json(json.loads(json.dumps(old))).batteries[0]
    assert read.told_to(BatteryMode.HOLD).tolist() == told_in
    assert not read.told_to(BatteryMode.CHARGE).any()
    old["batteries"][0] |= {"told": None, "told_in": None}
    assert problem_from_json(old).batteries[0].told is None
