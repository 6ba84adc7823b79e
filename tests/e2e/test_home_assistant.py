"""A real `hass` process, talked to over its websocket. The tests build on one another, in this order."""

from concurrent.futures import Future
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

import demo
from demo_home import DOMAIN, ROOT, async_until
import pytest

from tests.e2e.conftest import RUNS, Ranch

UNKNOWN_AT_FIRST = {
    # No start planned, no rule of its own, nothing pressed yet.
    "next_start",
    "start_soc",
    "stop_soc",
    "plan_now",
    "override_until",  # nobody has said anything yet
    "end_override",
    "next_action",
}


def test_entities_have_values(ranch: Ranch) -> None:
    states = ranch.planned()
    without = [
        entity_id
        for key, entity_id in ranch.entities.items()
        if entity_id in states
        and states[entity_id]["state"] in {"unknown", "unavailable"}
        and not key.endswith(tuple(UNKNOWN_AT_FIRST))
        and not entity_id.startswith("conversation.")  # nobody has spoken with it
    ]
    assert without == []
    assert len([entity_id for entity_id in ranch.entities.values() if entity_id in states]) > 80
    assert abs(float(ranch.state("battery_soc")) - 55) < 1  # as the simulated ranch begins


def test_the_plan_can_be_asked_for(ranch: Ranch) -> None:
    plan = ranch.run(ranch.client.act(DOMAIN, "get_plan", {"hours": 24}, answer=True))
    assert plan["currency"] == "EUR"
    assert len(plan["rows"]) > 90
    assert {miner["device"] for miner in plan["rows"][0]["miners"]} == {"S21", "Tuned S19", "Dump load"}
    assert plan["energy_kwh"]["load"] > 20


def test_the_conversation_agent_answers_from_readings_plan_and_rules(ranch: Ranch) -> None:
    def ask(text: str) -> dict[str, Any]:
        answer = ranch.run(
            ranch.client.call("conversation/process", text=text, agent_id=ranch.entities["manager"], language="en")
        )
        told: dict[str, Any] = answer["response"]["speech"]["plain"]
        return {**told["extra_data"], "speech": told["speech"]}

    level = ask("what is the battery level")
    assert level["route"] == "status"
    assert abs(float(ranch.state("battery_soc")) - next(iter(level["facts"].values()))) < 1
    tonight = ask("should we run the miners tonight")
    assert tonight["route"] == "planning"
    assert any(source.startswith("the plan of") for source in tonight["sources"])
    rule = ask("what is the minimum SOC threshold")
    assert rule["route"] == "rules"
    assert "20 percent" in rule["speech"]
    assert "House rules › Battery" in rule["sources"]


def test_nothing_is_switched_before_control_is_turned_on(ranch: Ranch) -> None:
    assert ranch.state("mode") == "monitor"
    states = ranch.run(ranch.client.states())
    on = {key for key in ranch.entities if key.endswith("_switch") and states[ranch.entities[key]]["state"] == "on"}
    assert on == {"dump_load_switch"}


def test_the_plan_switches_a_miner_which_is_read_back(ranch: Ranch) -> None:
    events: list[dict[str, Any]] = []
    client, entities = ranch.client, ranch.entities
    ranch.run(
        client.subscribe(lambda told: events.append(told["data"]), "subscribe_events", event_type=f"{DOMAIN}_command")
    )
    ranch.run(client.act("select", "select_option", {"entity_id": entities["mode"], "option": "automatic"}))

    async def switched() -> dict[str, Any] | None:
        await client.call("get_config")
        done = [
            event for event in events if event["outcome"] == "confirmed" and event["entity_id"].startswith("switch")
        ]
        return done[0] if done else None

    event = ranch.run(async_until(switched, 60, "A miner switched by the plan"))
    assert event["reason"]
    state = ranch.run(client.states())[event["entity_id"]]["state"]
    assert f"turn_{state}" == event["command"]
    # The read-back also shows on the device that the plan is about.
    names = ranch.run(client.call("config_entries/subentries/list", entry_id=ranch.entry_id))
    assert event["device_id"] in {row["subentry_id"] for row in names}


def test_the_energy_dashboard_has_the_forecast(ranch: Ranch) -> None:
    forecast = ranch.run(ranch.client.call("energy/solar_forecast"))
    assert sum(forecast[ranch.entry_id]["wh_hours"].values()) > 10_000
    problems = ranch.run(ranch.client.call("energy/validate"))
    assert len(problems["energy_sources"]) == 3


def test_diagnostics_replay_to_the_same_plan(ranch: Ranch, tmp_path: Path) -> None:
    told = ranch.run(ranch.client.get(f"/api/diagnostics/config_entry/{ranch.entry_id}"))
    assert told["data"]["failure"] is None
    assert told["data"]["audit"]
    file = tmp_path / "diagnostics.json"
    file.write_text(json.dumps(told))
    replay = ROOT / "script" / "lib" / "replay.py"
    done = subprocess.run(
        [sys.executable, str(replay), str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_reload_and_a_deleted_miner_break_nothing(ranch: Ranch) -> None:
    client = ranch.client
    rows = ranch.run(client.call("config_entries/subentries/list", entry_id=ranch.entry_id))
    tuned = next(row["subentry_id"] for row in rows if row["title"] == "Tuned S19")
    ranch.run(client.call("config_entries/subentries/delete", entry_id=ranch.entry_id, subentry_id=tuned))

    async def back() -> bool:
        (entry,) = await client.call("config_entries/get", domain=DOMAIN)
        states = await client.states()
        status = states.get(ranch.entities["plan_status"], {"state": "unavailable"})["state"]
        return entry["state"] == "loaded" and status in {"optimal", "feasible"}

    assert ranch.run(async_until(back, 60, "The site without that miner"))
    assert ranch.state("tuned_s19_switch") in {"on", "off"}


def test_the_log_holds_nothing_against_us(ranch: Ranch) -> None:
    assert ranch.home.troubles() == []


def test_the_demo_sees_an_error_of_ours(ranch: Ranch, capsys: pytest.CaptureFixture[str]) -> None:
    planted = {"message": "Planted", "level": "error", "logger": f"custom_components.{DOMAIN}.planner"}
    ranch.run(ranch.client.act("system_log", "write", planted))

    async def seen() -> bool:
        return bool(ranch.home.troubles())

    assert ranch.run(async_until(seen, 10, "The planted error"))
    assert demo.judged(ranch.home, 0) == 1, "whatever else went well"
    assert f"ERROR (MainThread) [custom_components.{DOMAIN}.planner] Planted" in capsys.readouterr().err


@pytest.mark.timeout(300)  # on a busy machine they start slowly
@pytest.mark.parametrize("site", RUNS)
def test_the_demo_runs_once_from_a_shell(demos: dict[str, Future[subprocess.CompletedProcess[str]]], site: str) -> None:
    done = demos[site].result()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Switched by the plan and read back" in done.stdout
    assert "read back – Set by hand" not in done.stdout.rpartition("Switched by the plan")[2]
    assert ("route: explain" in done.stdout) == (site == "ranch")
    lines = done.stdout.splitlines()
    table = lines[next(n for n, line in enumerate(lines) if line.startswith("time")) :]
    assert max(map(len, table[:30])) <= 120
    hour = RUNS[site][1]
    assert table[3].split()[1].startswith((f"{hour:>02}:", f"{int(hour) + 1:02}:")), "the site is where it is that hour"
