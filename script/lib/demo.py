"""script/demo: a real Home Assistant with Energy Orchestrator on a simulated ranch; the plan, and what it switches."""

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
import signal
import sys
import time
from typing import Any

from demo_client import Client, CommandError
from demo_home import (
    DOMAIN,
    Home,
    HomeError,
    Place,
    async_add_site,
    async_entities,
    async_let_assist_ask,
    async_open_on_dashboard,
    async_set_energy_dashboard,
    async_until,
    async_within,
    prepare,
)
from demo_table import WIDTH, Words, plan_table, sums
import pure  # noqa: F401  # makes the pure rooms importable without Home Assistant

from custom_components.energy_orchestrator.simulation.sites import SITES

ONCE_S = 180
_PLANNED_S = 20
# What the plan wants otherwise goes out with the plan itself.
_AT_ONCE_S = 5
# What a device is given back waits for the time between two commands.
_GIVEN_BACK_S = 75
_MANUAL = "manual"
_TOGETHER_S = 0.5
_OUTCOMES = {
    "pending": "sent",
    "confirmed": "done, read back",
    "failed": "failed",
    "blocked": "cannot be done",
    "seen": "by someone else",
    "not_sent": "would do",
}

type Event = dict[str, Any]


def main() -> int:
    """Run the demo and return its exit code."""
    arguments = _arguments()
    say = _Progress()
    place = prepare(arguments.keep, arguments.port, arguments.hour)
    home: Home | None = None
    code = 1
    _stop_on_signals()
    try:
        say(f"Starting Home Assistant in {place.folder}")
        home = Home(place)
        with asyncio.Runner() as runner:
            code = runner.run(_async_demo(home, arguments, say))
    except KeyboardInterrupt:
        code = 130 if arguments.once else 0
    except (HomeError, CommandError, TimeoutError, OSError) as error:
        print(f"\n{error or type(error).__name__}", file=sys.stderr)
    finally:
        # From here on nothing may break in: what was started must be stopped.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if home is not None:
            say("Stopping Home Assistant")
            code = _stopped(home, code)
            if place.temporary:
                say("Stopped; its folder is gone")
            else:
                say(f"Stopped; its folder stays: {place.folder}")
    return code


def _stopped(home: Home, code: int) -> int:
    """Stop it; its log must hold nothing against this integration, the stop included."""
    home.stop_process()
    code = judged(home, code)
    home.remove()
    return code


def judged(home: Home, code: int) -> int:
    """Print what the log holds against this integration, and return the exit code with that in mind."""
    troubles = home.troubles()
    if not troubles:
        return code
    print(f"\nThe log has {len(troubles)} warnings or errors of this integration:\n", file=sys.stderr)
    print("\n".join(troubles), file=sys.stderr)
    return code or 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument("--site", choices=SITES, default="ranch", help="the simulated site (default: %(default)s)")
    parser.add_argument("--series", type=_file, metavar="FILE", help="replay a recorded series at today's clock time")
    parser.add_argument(
        "--hour", type=int, choices=range(24), metavar="H", help="put the site where it is this hour of the day now"
    )
    parser.add_argument("--once", action="store_true", help="stop when the plan has switched something, and say how")
    parser.add_argument(
        "--ask", action="append", default=[], metavar="QUESTION", help="put a question to the site's conversation agent"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep everything in this folder, and go on from it")
    parser.add_argument("--port", type=int, help="the port on the loopback (default: 8123, or any that is free)")
    return parser.parse_args()


def _file(name: str) -> Path:
    path = Path(name).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {path}")
    return path


def _stop_on_signals() -> None:
    """End in order on Ctrl-C, `kill`, and a closed terminal alike."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started it in the background
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


class _Progress:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"[{time.monotonic() - self._begun:5.1f} s] {text}", flush=True)


async def _async_demo(home: Home, arguments: argparse.Namespace, say: Callable[[str], None]) -> int:
    await home.async_wait()
    async with Client(home.place.url, home.token) as client:
        await home.async_running(client)
        return await Demo(home.place, client, arguments, say).async_run()


class Demo:
    """One run."""

    def __init__(self, place: Place, client: Client, arguments: argparse.Namespace, say: Callable[[str], None]) -> None:
        self._place = place
        self._client = client
        self._once: bool = arguments.once
        self._site: str = arguments.site
        self._series: Path | None = arguments.series
        self._questions: list[str] = arguments.ask
        self._say = say
        self._words = Words.read()
        self._names: dict[str, str] = {}
        self._miners: set[str] = set()
        self._battery = ""
        self._switched: dict[str, Event] = {}
        self._under_way: set[str] = set()
        self._to_say: list[str] = []

    async def async_run(self) -> int:
        """Set up, show the plan, then tell what is switched."""
        client = self._client
        entry_id = await self._async_entry()
        entities = await async_entities(client, entry_id)
        await self._async_names(entry_id)
        await async_set_energy_dashboard(client, entry_id, entities)
        await client.subscribe(self._tell, "subscribe_events", event_type=f"{DOMAIN}_command")
        self._say("Turning control on, as its owner would: mode automatic")
        await client.act("select", "select_option", {"entity_id": entities["mode"], "option": "automatic"})
        self._say("Planning the next 48 hours")
        if not await async_within(lambda: self._async_planned(entities), _PLANNED_S):
            # Begun before the dashboard knew the site, a plan knows nothing of its forecast, and the next is minutes away.
            await client.act(DOMAIN, "plan_now", {"config_entry_id": entry_id})
        await async_until(lambda: self._async_planned(entities), ONCE_S, "A plan")
        plan = await client.act(DOMAIN, "get_plan", {"config_entry_id": entry_id, "hours": 24}, answer=True)
        print(f"\nPlan of the next 24 hours, made {datetime.fromisoformat(plan['created']):%a %H:%M:%S}\n")
        print("\n".join([*plan_table(plan, self._words), *sums(plan)]))
        print(f"\nHome Assistant: {self._place.url}  (no password from this machine)\n", flush=True)
        await self._async_ask(entities)
        if not self._once:
            self._say("What is switched, as it happens; Ctrl-C ends the demo")
            await self._async_follow()
        event = await self._async_switched(entities)
        await self._async_show_entities(entities)
        print(f"\nSwitched by the plan and read back: {self._line(event)}", flush=True)
        return 0

    async def _async_entry(self) -> str:
        for entry in await self._client.call("config_entries/get", domain=DOMAIN):
            entry_id: str = entry["entry_id"]
            self._say(f"Going on with {entry['title']}")
            return entry_id
        self._say(f"Adding the simulated {self._site}")
        entry_id = await async_add_site(self._client, self._site, str(self._series) if self._series else None)
        await async_let_assist_ask(self._client, await async_entities(self._client, entry_id))
        await async_open_on_dashboard(self._client, entry_id)
        return entry_id

    async def _async_names(self, entry_id: str) -> None:
        rows = await self._client.call("config_entries/subentries/list", entry_id=entry_id)
        self._names = {row["subentry_id"]: row["title"] for row in rows}
        self._miners = {row["title"] for row in rows if row["subentry_type"] == "miner"}
        self._battery = next(row["subentry_id"] for row in rows if row["subentry_type"] == "battery")

    async def _async_planned(self, entities: dict[str, str]) -> bool:
        """Whether a plan stands that rests on the Energy dashboard's solar forecast."""
        source = (await self._client.states()).get(entities["solar_w_source"])
        return source is not None and source["state"] == "energy_dashboard"

    def _tell(self, message: Event) -> None:
        event: Event = message["data"]
        self._under_way.discard(event["entity_id"])
        if event["outcome"] == "confirmed":
            self._switched[event["entity_id"]] = event
        if event["outcome"] in {"pending", "failed"}:
            self._under_way.add(event["entity_id"])
        if event["outcome"] == "pending":
            return
        if not self._to_say:
            asyncio.get_running_loop().call_later(_TOGETHER_S, self._say_all)
        self._to_say.append(self._line(event))

    def _say_all(self) -> None:
        """Say what came at once: of a group's units, the same line only once."""
        lines, self._to_say = Counter(self._to_say), []
        for line, units in lines.items():
            self._say(line if units == 1 else f"{line} – {units} units")

    def _line(self, event: Event) -> str:
        name = self._names.get(event["device_id"], event["device_id"])
        numbers = ", ".join(f"{key.replace('_', ' ')} {value:.4g}" for key, value in event["numbers"].items())
        why = self._words.of(event["reason"], miner=name in self._miners) + (f" ({numbers})" if numbers else "")
        problem = f" ({event['problem']})" if event["problem"] else ""
        return f"{name}: {event['command'].replace('_', ' ')} – {_OUTCOMES[event['outcome']]}{problem} – {why}"

    async def _async_switched(self, entities: dict[str, str]) -> Event:
        """Return a command of the plan whose device shows it.

        At some hours every device stands where the plan wants it, and none is switched: then the inverter's owner puts it
        elsewhere for a moment and gives it back, and the plan has to put it right. Again, should it have come to want
        it just there.
        """
        patience_s = _AT_ONCE_S
        for _ in range(2):
            event: Event | None = await async_within(self._async_read_back, patience_s)
            if event is not None:
                return event
            if not self._under_way:
                await self._async_put_elsewhere(entities)
            patience_s = _GIVEN_BACK_S
        last: Event = await async_until(self._async_read_back, ONCE_S, "A device switched by the plan and read back")
        return last

    async def _async_put_elsewhere(self, entities: dict[str, str]) -> None:
        """Put the owner's word over the plan for the battery, see it done, and take it back."""
        client, inverter = self._client, entities["inverter_work_mode"]
        standing = (await client.states())[inverter]["state"]
        elsewhere = "self_consumption" if standing == "hold" else "hold"
        battery = {"device_id": [await self._async_battery()]}
        self._say(f"All stands as planned, the inverter in {standing}: its owner puts it in {elsewhere} for a moment")
        await client.act(DOMAIN, "override_battery", {**battery, "mode": elsewhere, "hours": 0.25})

        async def there() -> bool:
            return bool((await client.states())[inverter]["state"] == elsewhere)

        await async_until(there, ONCE_S, f"The inverter in {elsewhere}, by its owner's word,")
        self._say("Giving it back to the plan")
        await client.act(DOMAIN, "clear_override", battery)

    async def _async_battery(self) -> str:
        """Return the device of the battery."""
        devices = await self._client.call("config/device_registry/list")
        own = [device["id"] for device in devices if [DOMAIN, self._battery] in device["identifiers"]]
        device_id: str = own[0]
        return device_id

    async def _async_read_back(self) -> Event | None:
        """Return a command of the plan whose device shows it; a miner's switch before all others."""
        states = await self._client.states()
        told = sorted(self._switched.values(), key=lambda event: not event["entity_id"].startswith("switch."))
        for event in told:
            if event["reason"] == _MANUAL:
                continue
            what, _, value = event["command"].partition(" ")
            wanted = {"turn_on": "on", "turn_off": "off"}.get(what, value)
            shown = states[event["entity_id"]]["state"]
            if shown == wanted or (what == "set_value" and abs(float(shown) - float(wanted)) < 1):
                return event
        return None

    async def _async_ask(self, entities: dict[str, str]) -> None:
        """Put each question to the running conversation agent: one talk, so that later ones may follow up."""
        agent = next(entity_id for entity_id in entities.values() if entity_id.startswith("conversation."))
        # Its words are read in the background, which a Home Assistant that is stopped meanwhile would warn about.
        await self._client.call("conversation/prepare", agent_id=agent, language="en")
        conversation_id: str | None = None
        for question in self._questions:
            answer = await self._client.call(
                "conversation/process",
                text=question,
                agent_id=agent,
                language="en",
                conversation_id=conversation_id,
            )
            conversation_id = answer["conversation_id"]
            speech = answer["response"]["speech"]["plain"]
            told = speech["extra_data"]
            print(f"\nQ: {question}\n   route: {told['route']} ({told['topic']})\n   answer: {speech['speech']}")
            for source in told["sources"]:
                print(f"   source: {source}")
        if self._questions:
            print(flush=True)

    async def _async_show_entities(self, entities: dict[str, str]) -> None:
        states = await self._client.states()
        print("\nEntities\n")
        for entity_id in sorted(set(entities.values()) & states.keys()):
            state = states[entity_id]
            unit = state["attributes"].get("unit_of_measurement") or ""
            print(f"{entity_id:<70} {f'{state["state"]} {unit}'.strip()}"[:WIDTH])

    async def _async_follow(self) -> None:
        """Stay until interrupted; a Home Assistant that goes away ends the demo."""
        while True:
            await asyncio.sleep(5)
            await self._client.call("get_config")


if __name__ == "__main__":
    sys.exit(main())
