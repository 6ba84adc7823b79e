"""Problem files, their answers, replays of downloads, and the tables of the benchmark."""

import json
import os
from pathlib import Path
import sys
from typing import Any

import numpy as np
import pytest
import replay
import solve

from benchmarks import benchmark
from benchmarks.public_format import ProblemFileError, answer, read
from benchmarks.reference import optimum
from benchmarks.small_problems import PROBLEMS, described as described_problem
from custom_components.energy_orchestrator.model.codec import plan_to_json, problem_to_json
from custom_components.energy_orchestrator.planner.energy_planner import plan

from .houses import battery, house, miner, sun

ROOT = Path(__file__).resolve().parents[3]
OWN = sorted((ROOT / "tests" / "problems").glob("*.json"))
FOLDER = Path(os.environ.get("ENERGY_PROBLEMS", ROOT.parent / "shared" / "problems"))
PUBLISHED = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []


def described(**changes: Any) -> dict[str, Any]:
    """Return a small problem as a file holds it."""
    steps = 8
    return {
        "case": "small",
        "step_minutes": 60,
        "import_price": [0.3] * steps,
        "export_price": [0.1] * steps,
        "pv_w": [0, 0, 4000, 5000, 5000, 4000, 0, 0],
        "load_w": [600] * steps,
        "battery": {
            "capacity_wh": 8000,
            "min_soc": 0.2,
            "max_soc": 1.0,
            "initial_soc": 0.5,
            "final_soc": 0.5,
            "max_charge_ac_w": 3000,
            "max_discharge_ac_w": 3000,
            "charge_eff": 0.95,
            "discharge_eff": 0.95,
        },
        "grid": {"max_import_w": None, "max_export_w": 5000},
        "miners": [
            {
                "name": "group",
                "count": 3,
                "levels": [{"power_w": 1000, "revenue_per_kwh": 0.15}],
                "min_on_steps": 2,
                "min_off_steps": 1,
                "windows": [[2, 6]],
                "max_hours": 4,
                "initial": {"on": False, "steps_in_state": 3},
            }
        ],
        "deferrable_loads": [{"name": "washer", "nominal_w": 800, "hours": 2, "min_on_steps": 2}],
        **changes,
    }


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    """Return a file with a small problem."""
    path = tmp_path / "small.json"
    path.write_text(json.dumps(described()))
    return path


def run(module: Any, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run a script's main with arguments."""
    monkeypatch.setattr(sys, "argv", ["script", *map(str, arguments)])
    return int(module.main())


def test_an_answer_is_exactly_what_was_costed(
    problem_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(solve, monkeypatch, problem_file) == 0
    line = json.loads(capsys.readouterr().out)
    data = described()
    grid, power = np.array(line["grid_w"]), np.array(line["battery_ac_w"])
    drawn = sum(np.array(watts) for watts in line["miners"].values())
    assert line["status"] == "optimal"
    assert np.abs(np.array(line["pv_used_w"]) + grid - data["load_w"] - drawn - power).max() < 1e-6
    stored = np.where(power > 0, power * 0.95, power / 0.95) / 8000
    assert np.diff(line["soc"]) == pytest.approx(stored, abs=1e-12)
    assert sum(line["miners"]["washer"]) == 1600
    assert set(np.flatnonzero(line["miners"]["group"])) <= {2, 3, 4, 5}
    cost = (np.maximum(grid, 0) @ data["import_price"] - np.maximum(-grid, 0) @ data["export_price"]) / 1000
    assert line["cost"] == pytest.approx(cost - 0.15 * sum(line["miners"]["group"]) / 1000, abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pv_w": [1, 2]}, "pv_w: has 2 steps"),
        ({"pv_w": ["x"] * 8}, "pv_w: must hold finite numbers"),
        ({"step_minutes": None}, "step_minutes: is missing"),
        ({"step_minutes": 0}, "step_minutes: must be at least"),
        ({"import_price": []}, "import_price: needs at least one step"),
        ({"import_price": 3}, "import_price: must be a list"),
        ({"battery": 3}, "battery: must be an object"),
        ({"battery": {"capacity_wh": 10}}, "battery.initial_soc: is missing"),
        ({"grid": {"grid_charging": 1}}, "grid.grid_charging: must be true or false"),
        ({"miners": [{"name": 3}]}, "miners[0].name: must be text"),
        ({"miners": [{"name": "m"}]}, "miners[0].levels: needs at least one"),
        ({"miners": [3]}, "miners: must hold objects"),
        ({"miners": [{"name": "washer", "levels": []}]}, "names must be unique"),
        ({"miners": [{"name": "m", "levels": [{"power_w": 5}], "windows": [3]}]}, "windows: each is a pair"),
        ({"deferrable_loads": [{"name": "l", "nominal_w": "x", "hours": 1}]}, "nominal_w: must be a finite number"),
    ],
)
def test_a_bad_file_is_told_where_it_is_wrong(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(described(**changes)))
    with pytest.raises(ProblemFileError) as caught:
        read(path)
    assert says in str(caught.value)


def test_a_bad_file_does_not_stop_the_others(
    problem_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "text.json").write_text("{")
    files = [tmp_path / "none.json", tmp_path / "list.json", tmp_path / "text.json", problem_file]
    assert run(solve, monkeypatch, *files) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["status"] for line in lines] == ["error"] * 3 + ["optimal"]


def test_a_problem_without_battery_or_miners_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "bare.json"
    path.write_text(json.dumps(described(battery=None, miners=[], deferrable_loads=[], grid={})))
    case = read(path)
    line = answer(case, plan(case.problem), 0.1)
    assert line["battery_ac_w"] == [0] * 8
    assert line["soc"] == [0] * 9
    assert line["miners"] == {}


def test_a_download_replays_to_the_same_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = plan(house(solar_w=sun(), batteries=(battery(),), miners=(miner(),)))
    path = tmp_path / "download.json"
    path.write_text(json.dumps({"data": {"problem": problem_to_json(made.problem), "plan": plan_to_json(made)}}))
    assert run(replay, monkeypatch, path) == 0
    told = capsys.readouterr().out
    assert "difference in cost: +0.000000" in told
    assert len(told.splitlines()) == 4 + 1 + 24
    path.write_text(json.dumps({"data": {"problem": problem_to_json(house(max_import_w=100)), "plan": None}}))
    assert run(replay, monkeypatch, path) == 0
    assert "shed unserved_load site" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"data": {}}', '{"data": {"plan": 3}}', '{"data": {"problem": {"horizon": 1}}}']
)
def test_what_is_no_download_is_refused_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "download.json"
    path.write_text(text)
    assert run(replay, monkeypatch, path, tmp_path / "none.json") == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2


def test_the_benchmark_prints_a_row_per_case(
    problem_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(benchmark, monkeypatch, problem_file.parent) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("small")
    assert run(benchmark, monkeypatch, problem_file.parent / "none.json") == 2


def test_the_own_problems_are_those_of_their_seeds() -> None:
    assert {path.stem for path in OWN} == PROBLEMS.keys()
    for path in OWN:
        held = json.loads(path.read_text(encoding="utf-8"))
        del held["reference"]
        assert held == described_problem(path.stem), "python -m benchmarks.small_problems tests/problems writes them"


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_the_optimum_is_what_another_formulation_finds(path: Path) -> None:
    held = json.loads(path.read_text(encoding="utf-8"))
    assert optimum(held) == pytest.approx(held["reference"]["optimal_cost"], rel=2e-5)


@pytest.mark.parametrize("path", [*OWN, *PUBLISHED], ids=lambda path: path.stem)
def test_problems_are_planned_to_their_optimum(path: Path) -> None:
    """The project's own, and a neighbour's where there are any (ENERGY_PROBLEMS names another folder)."""
    case = read(path)
    made = plan(case.problem, time_limit_s=30)
    if case.optimal_cost is not None:
        assert made.cost.total <= case.optimal_cost + max(0.0 if path in OWN else 0.05, 1e-3 * abs(case.optimal_cost))
        assert made.cost.total >= case.optimal_cost - max(1e-4, 1e-4 * abs(case.optimal_cost))
    assert all(shed.amount > 0 for shed in made.shed)
