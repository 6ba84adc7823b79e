"""A home that is no Home Assistant's is observed by the same rules."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import astral

from custom_components.energy_orchestrator.inputs.observer import Observer
from custom_components.energy_orchestrator.inputs.pulse import ALONE, Company
from custom_components.energy_orchestrator.model.readings import Trouble
from custom_components.energy_orchestrator.settings import Settings, settings_of

NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)
MUNICH = astral.Observer(48.1, 11.6)


@dataclass(frozen=True)
class _Origin:
    id: str = "plant"
    parent_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class _Shown:
    entity_id: str
    state: str
    last_reported: datetime
    attributes: dict[str, Any] = field(default_factory=lambda: {"unit_of_measurement": "kW"})
    context: _Origin = _Origin()

    @property
    def last_changed(self) -> datetime:
        return self.last_reported

    @property
    def last_updated(self) -> datetime:
        return self.last_reported


@dataclass(frozen=True)
class _Stored:
    title: str = "Plant"
    data: dict[str, Any] = field(default_factory=lambda: {"grid_power": "sensor.grid", "solar_power": "sensor.solar"})
    options: dict[str, Any] = field(default_factory=dict)
    subentries: dict[str, Any] = field(default_factory=dict)


def _settings() -> Settings:
    return settings_of(_Stored(), currency="EUR", time_zone="Europe/Berlin")


def test_states_of_a_plant_become_readings() -> None:
    shown = {name: _Shown(name, "1.5", NOON) for name in ("sensor.grid", "sensor.solar")}
    read = Observer(shown.get, _settings(), lambda: MUNICH, ALONE).observe(NOON)
    assert (read.grid_w.value, read.solar_w.value) == (1500, 1500)


def test_silence_is_told_by_the_company_an_entity_keeps() -> None:
    later = NOON + timedelta(hours=1)
    shown = {name: _Shown(name, "1.5", NOON) for name in ("sensor.grid", "sensor.solar", "sensor.other")}
    meter = Company(lambda _: ("device", "meter"), lambda _: shown)
    alone = Observer(shown.get, _settings(), lambda: MUNICH, ALONE)
    kept = Observer(shown.get, _settings(), lambda: MUNICH, meter)
    assert alone.observe(later).grid_w.value == 1500
    assert kept.observe(later).grid_w.trouble is Trouble.STALE
    shown["sensor.other"] = replace(shown["sensor.other"], last_reported=later)
    assert kept.observe(later).grid_w.value == 1500
