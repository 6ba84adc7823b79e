"""A real Home Assistant of its own: a process with its own folder, on the loopback, with this integration in it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
import json
import os
from pathlib import Path
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any

import aiohttp
from demo_client import Client, CommandError

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "energy_orchestrator"
LOOPBACK = "127.0.0.1"
PREFERRED_PORT = 8123
START_S = 150
STOP_S = 60
LOG = "home-assistant.log"
# What Home Assistant adds by itself and what then asks servers elsewhere.
_OUTBOUND = ("analytics", "marketplace")
_STORED_AT = "2026-11-01T00:00:00+00:00"
_KEPT_TOKEN = Path("demo_token")
# How every entry of the log begins, up to 2026.10 without the offset from UTC and since then with it.
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d+(?:[+-]\d\d:?\d\d|Z)? (?P<level>[A-Z]+) \(.*?\) \[")
_TROUBLES = frozenset({"WARNING", "ERROR", "CRITICAL"})
# Said about every custom integration at every start: a look at the log that misses it would miss a trouble as well.
_HARMLESS = re.compile(r"We found a custom integration .* which has not been tested by Home Assistant")

# Gran Canaria: sun in every month.
_HERE = (-15.58, "Atlantic/Canary")
# Only what the demo needs, so that nothing looks for anything outside this machine.
_CONFIGURATION = """\
homeassistant:
  name: Ranch
  latitude: 27.76
  longitude: {longitude}
  elevation: 90
  unit_system: metric
  currency: EUR
  country: ES
  time_zone: {time_zone}
  auth_providers:
    - type: trusted_networks
      trusted_networks:
        - 127.0.0.1/32
        - ::1/128
      allow_bypass_login: true
    - type: homeassistant
frontend:
config:
conversation:
energy:
history:
logbook:
recorder:
  commit_interval: 5
sun:
logger:
  default: warning
  logs:
    # Parts of Home Assistant that miss programs for video and audio: nothing here has a camera.
    haffmpeg: fatal
    homeassistant.components.camera.img_util: fatal
"""


# The Assist dialog takes what needs a compiler to install, which not everybody has.
HAS_DIALOG = all(find_spec(name) for name in ("pymicro_vad", "pyspeex_noise"))
_NO_SPEECH = dict.fromkeys(
    (
        "stt_engine",
        "stt_language",
        "tts_engine",
        "tts_language",
        "tts_voice",
        "wake_word_entity",
        "wake_word_id",
    )
)


class HomeError(Exception):
    """Home Assistant did not do what it should; the message says what."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Home Assistant keeps its files and answers. `temporary`: its folder goes when it stops."""

    folder: Path
    port: int
    temporary: bool

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """Its log."""
        return self.folder / LOG


def prepare(folder: Path | None = None, port: int | None = None, hour: int | None = None) -> Place:
    """Write the configuration, into a new folder of the user's cache or one to keep.

    With an `hour` the place is where that is the hour of the day now, as far as it takes to the east or west.
    """
    if folder is None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "energy-orchestrator" / "demo"
        cache.mkdir(parents=True, exist_ok=True)
        place = Place(Path(tempfile.mkdtemp(prefix="home-", dir=cache)), port or free_port(), temporary=True)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        place = Place(folder.resolve(), port or free_port(), temporary=False)
    longitude, time_zone = _HERE if hour is None else where_it_is(hour, datetime.now(UTC).hour)
    configuration = _CONFIGURATION.format(longitude=longitude, time_zone=time_zone)
    (place.folder / "configuration.yaml").write_text(configuration + ("assist_pipeline:\n" if HAS_DIALOG else ""))
    _store_settings(place)
    link = place.folder / "custom_components" / DOMAIN
    link.parent.mkdir(exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(ROOT / "custom_components" / DOMAIN, target_is_directory=True)
    return place


def where_it_is(hour: int, utc_hour: int) -> tuple[float, str]:
    """Return longitude and time zone of where it is this hour of the day, from eleven hours west to twelve east."""
    ahead = (hour - utc_hour + 11) % 24 - 11
    return 15.0 * ahead, f"Etc/GMT{-ahead:+d}"  # named the wrong way round, as POSIX has it


def free_port() -> int:
    """Return Home Assistant's usual port where it is free, else any other."""
    for wanted in (PREFERRED_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, wanted))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            return port
    raise HomeError("no port is free")


class Home:
    """The running process."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.token = ""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV_"))}
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "homeassistant", "--skip-pip", "--log-no-color"),
                *("--config", str(place.folder)),
                *("--log-file", str(place.log)),  # else there is none where the environment says so
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops it in order
            env=environment,
        )

    async def async_wait(self) -> None:
        """Wait until it answers, and sign in: at the first start as its new owner."""
        kept = self.place.folder / _KEPT_TOKEN
        async with aiohttp.ClientSession(self.place.url) as session:
            deadline = time.monotonic() + START_S
            while not await self._async_answers(session):
                if time.monotonic() > deadline:
                    raise HomeError(f"Home Assistant does not answer after {START_S} s; see {self.place.log}")
                await asyncio.sleep(0.25)
            if kept.exists():
                self.token = kept.read_text()
                return
            token = await _async_onboard(session)
        async with Client(self.place.url, token) as client:
            self.token = await client.call("auth/long_lived_access_token", client_name="demo", lifespan=3650)
        kept.touch(mode=0o600)
        kept.write_text(self.token)

    async def _async_answers(self, session: aiohttp.ClientSession) -> bool:
        if self._process.poll() is not None:
            raise HomeError(f"Home Assistant ended by itself ({self._process.returncode}):\n{tail(self.place.log)}")
        known = (self.place.folder / _KEPT_TOKEN).exists()  # it has an owner, and no first steps any more
        try:
            async with session.get("/manifest.json" if known else "/api/onboarding") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def async_running(self, client: Client) -> None:
        """Wait until Home Assistant has started everything."""
        deadline = time.monotonic() + START_S
        while (await client.call("get_config"))["state"] != "RUNNING":
            if time.monotonic() > deadline:
                raise HomeError("Home Assistant does not come to the end of its start")
            await asyncio.sleep(0.25)

    def resident_mb(self) -> float:
        """Return how much memory the process holds, in MB (Linux)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) / 1024

    def stop_process(self) -> None:
        """Stop it in order, or else by force."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it as a power cut does: nothing is stored any more."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def remove(self) -> None:
        """Take away what was temporary."""
        if self.place.temporary:
            shutil.rmtree(self.place.folder, ignore_errors=True)

    def troubles(self) -> list[str]:
        """Return what the log holds against this integration."""
        return troubles_in(self.place.log)


def troubles_in(log: Path) -> list[str]:
    """Return the log's warnings and errors that are about this integration, with their tracebacks.

    A log that cannot be read as one is a trouble of its own.
    """
    ours = [entry for entry in log_entries(log) if DOMAIN in entry]
    found = [entry for entry in ours if not _HARMLESS.search(entry)]
    if len(found) == len(ours):
        found.append(f"Not even the warning about a custom integration is found in {log}: is this its format?")
    return found


def log_entries(log: Path) -> list[str]:
    """Return the log's warnings and errors, each with the lines that belong to it."""
    entries: list[str] = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []:
        if begins := _ENTRY.match(line):
            # Of another level: what follows it is not the last entry's.
            entries.append(line if begins["level"] in _TROUBLES else "")
        elif entries and entries[-1]:
            entries[-1] += f"\n{line}"
    return [entry for entry in entries if entry]


def tail(log: Path, lines: int = 15) -> str:
    """Return the end of the log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"


async def _async_onboard(session: aiohttp.ClientSession) -> str:
    """Become the owner of a new Home Assistant, by the first step of its first page; return an access token."""
    client_id = f"http://{LOOPBACK}/"
    owner = {"name": "Demo", "username": "demo", "password": secrets.token_urlsafe(24)}
    async with session.post("/api/onboarding/users", json={**owner, "client_id": client_id, "language": "en"}) as told:
        told.raise_for_status()
        code = (await told.json())["auth_code"]
    form = {"grant_type": "authorization_code", "code": code, "client_id": client_id}
    async with session.post("/auth/token", data=form) as told:
        told.raise_for_status()
        token: str = (await told.json())["access_token"]
    return token


def _store_settings(place: Place) -> None:
    """Write what Home Assistant itself stores: where it listens, what is off, and which first steps are done.

    (Those other steps would set up what looks for the internet. Where to listen is no matter of the configuration file
    any more: that would be taken as a trial, and undone after five minutes.)
    """
    http = {
        "server_host": [LOOPBACK],
        "server_port": place.port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": _STORED_AT,
        "error": None,
        "error_message": None,
    }
    listens = {"stable": http, "pending": None, "yaml_migration_done": True}
    storage = place.folder / ".storage"
    storage.mkdir(exist_ok=True)
    _write_store(storage, "http", 3, listens)
    if not (storage / "onboarding").exists():
        _write_store(storage, "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})
        entries = [_switched_off(domain) for domain in _OUTBOUND]
        _write_store(storage, "core.config_entries", 1, {"entries": entries}, minor_version=5)


def _switched_off(domain: str) -> dict[str, Any]:
    """Return an entry as of one that its owner has disabled: it is not set up, and not added again."""
    return {
        "created_at": _STORED_AT,
        "data": {},
        "disabled_by": "user",
        "discovery_keys": {},
        "domain": domain,
        "entry_id": f"demo_{domain}",
        "minor_version": 1,
        "modified_at": _STORED_AT,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "system",
        "subentries": [],
        "title": domain.capitalize(),
        "unique_id": None,
        "version": 1,
    }


def _write_store(storage: Path, key: str, version: int, data: dict[str, Any], *, minor_version: int = 1) -> None:
    store = {"version": version, "minor_version": minor_version, "key": key, "data": data}
    (storage / key).write_text(json.dumps(store))


async def async_add_site(client: Client, site: str, series: str | None) -> str:
    """Add a simulated site as a person would in the user interface; return the entry's id."""
    flow = await client.post("/api/config/config_entries/flow", {"handler": DOMAIN})
    step = f"/api/config/config_entries/flow/{flow['flow_id']}"
    await client.post(step, {"next_step_id": "simulated"})
    choice = {"simulated_site": site} | ({"simulation_series": series} if series else {})
    done = await client.post(step, choice)
    if done["type"] != "create_entry":
        raise HomeError(f"the site was not added: {done.get('errors') or done.get('reason') or done}")
    entry_id: str = done["result"]["entry_id"]
    return entry_id


async def async_entities(client: Client, entry_id: str) -> dict[str, str]:
    """Return the entry's entities by their unique ids without the entry's own: `mode`, the plant's `battery_soc`."""
    found: dict[str, str] = {}
    for row in await client.call("config/entity_registry/list"):
        if row["config_entry_id"] == entry_id:
            key = row["unique_id"].removeprefix(f"{entry_id}_").removeprefix("simulated_")
            found[key] = row["entity_id"]
    return found


async def async_set_energy_dashboard(client: Client, entry_id: str, entities: dict[str, str]) -> None:
    """Let the Energy dashboard know the site's meters and its solar forecast."""
    grid = {
        "type": "grid",
        "stat_energy_from": entities["inverter_imported"],
        "stat_energy_to": entities["inverter_exported"],
        "stat_cost": None,
        "entity_energy_price": entities["surroundings_import_price"],
        "number_energy_price": None,
        "stat_compensation": None,
        "entity_energy_price_export": entities["surroundings_export_price"],
        "number_energy_price_export": None,
        "stat_rate": entities["inverter_grid_power"],
        "cost_adjustment_day": 0,
    }
    solar = {
        "type": "solar",
        "stat_energy_from": entities["inverter_solar_energy"],
        "stat_rate": entities["inverter_solar_power"],
        "config_entry_solar_forecast": [entry_id],
    }
    battery = {
        "type": "battery",
        "stat_energy_from": entities["battery_discharged"],
        "stat_energy_to": entities["battery_charged"],
        "stat_rate": entities["battery_power"],
    }
    await client.call("energy/save_prefs", energy_sources=[grid, solar, battery], device_consumption=[])


async def async_open_on_dashboard(client: Client, entry_id: str) -> None:
    """Let Home Assistant open on the site's own dashboard; one that takes no such setting opens as ever."""
    path = DOMAIN.replace("_", "-")
    dashboard = {"url_path": path, "title": "Energy Orchestrator", "icon": "mdi:home-lightning-bolt"}
    strategy = {"type": f"custom:{path}", "entry_id": entry_id}
    try:
        await client.call("lovelace/dashboards/create", **dashboard, show_in_sidebar=True, require_admin=False)
        await client.call("lovelace/config/save", url_path=path, config={"strategy": strategy})
        await client.call("frontend/set_system_data", key="core", value={"default_panel": path})
    except CommandError:
        return


async def async_let_assist_ask(client: Client, entities: dict[str, str]) -> None:
    """Make the site's conversation agent the one that Home Assistant's Assist dialog talks to, where there is a dialog."""
    if not HAS_DIALOG:
        return
    pipeline = await client.call(
        "assist_pipeline/pipeline/create",
        name="Energy Orchestrator",
        conversation_engine=entities["manager"],
        conversation_language="en",
        language="en",
        **_NO_SPEECH,
    )
    await client.call("assist_pipeline/pipeline/set_preferred", pipeline_id=pipeline["id"])


async def async_until(look: Callable[[], Any], seconds: float, what: str) -> Any:
    """Wait until an awaited look brings something true, and return it."""
    if found := await async_within(look, seconds):
        return found
    raise HomeError(f"{what} did not come about in {seconds:.0f} s")


async def async_within(look: Callable[[], Any], seconds: float) -> Any:
    """Wait until an awaited look brings something true, and return it; in the end what it brings then."""
    deadline = time.monotonic() + seconds
    while True:
        if (found := await look()) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.5)
