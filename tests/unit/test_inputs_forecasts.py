"""Ways to a series: each question is asked once, and the first way that leads anywhere holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import astral
from homeassistant.components.weather.const import WeatherEntityFeature
from homeassistant.core import State
import numpy as np
import pytest

from custom_components.energy_orchestrator.inputs.expect import ask, forecasts
from custom_components.energy_orchestrator.inputs.forecasts import solar
from custom_components.energy_orchestrator.inputs.forecasts.way import Basis, SourceAnswers
from custom_components.energy_orchestrator.inputs.memory import SourceMemory
from custom_components.energy_orchestrator.learning.past import LEAD, Past
from custom_components.energy_orchestrator.model.forecast import Source
from custom_components.energy_orchestrator.model.horizon import tiered
from custom_components.energy_orchestrator.model.readings import SiteReadings
from custom_components.energy_orchestrator.settings import Settings, settings_of

NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)
RAIN = [{"datetime": (NOON + timedelta(hours=h)).isoformat(), "cloud_coverage": 100} for h in range(60)]


@dataclass
class _Stored:
    """A site with panels and a weather entity, and nothing else."""

    title: str = "Home"
    data: Mapping[str, Any] = field(
        default_factory=lambda: {"solar_peak_kw": 9.0, "weather": "weather.home", "import_price": "sensor.price"}
    )
    options: Mapping[str, Any] = field(default_factory=dict)
    subentries: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Home:
    """A home that notes what it is asked."""

    shown: Mapping[str, State] = field(default_factory=dict)
    providers: Mapping[str, Mapping[str, object] | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def look(self, entity_id: str) -> State | None:
        return self.shown.get(entity_id)

    async def response(self, domain: str, service: str, data: Mapping[str, Any], entity_id: str) -> object:
        self.asked.append(f"{domain}.{service} {data['type']} {entity_id}")
        return {"forecast": RAIN}

    async def solar_forecasts(self) -> Mapping[str, Mapping[str, object] | None]:
        self.asked.append("solar forecasts")
        return self.providers


def _settings() -> Settings:
    return settings_of(_Stored(), currency="EUR", time_zone="Europe/Berlin")


def _basis(home: _Home, answers: SourceAnswers, past: Past | None = None) -> Basis:
    return Basis(
        settings=_settings(),
        readings=SiteReadings(at=NOON),
        horizon=tiered(NOON),
        look=home.look,
        place=astral.Observer(52.5, 13.4),
        answers=answers,
        memory=SourceMemory(),
        past=past or Past(),
    )


def _weather(features: int = 2) -> dict[str, State]:
    return {"weather.home": State("weather.home", "rainy", {"supported_features": features})}


async def test_each_question_is_asked_once_providers_first() -> None:
    home = _Home(_weather())
    answers = await ask(home, _settings())
    assert home.asked == ["solar forecasts", "weather.get_forecasts hourly weather.home"]
    assert forecasts(_basis(home, answers)).solar_w.source is Source.SUN_AND_CLOUDS


async def test_only_who_forecasts_by_the_hour_is_asked_to() -> None:
    home = _Home(_weather(WeatherEntityFeature.FORECAST_HOURLY))
    await ask(home, _settings())
    assert len(home.asked) == 2
    home = _Home(_weather(~WeatherEntityFeature.FORECAST_HOURLY & 7))
    await ask(home, _settings())
    assert len(home.asked) == 1


async def test_a_way_that_breaks_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sun takes over from providers whose answer nobody foresaw."""
    home = _Home(_weather(), {"roof": {NOON.isoformat(): 1000}})
    answers = await ask(home, _settings())
    assert forecasts(_basis(home, answers)).solar_w.source is Source.ENERGY_DASHBOARD
    monkeypatch.setattr(solar, "spans_of", lambda *_: 1 / 0)
    assert forecasts(_basis(home, answers)).solar_w.source is Source.SUN_AND_CLOUDS
    assert "The forecast of solar_w failed" in caplog.text


def test_a_home_that_was_asked_nothing_has_every_series() -> None:
    found = forecasts(_basis(_Home(), {}))
    assert found.solar_w.source is Source.CLEAR_SKY
    assert found.load_w.source is Source.PROFILE
    assert found.import_price.source is Source.NONE
    assert (found.export_price.source, found.hashprice.source) == (Source.FIXED, Source.FIXED)
    assert found.temperature_c is None


async def test_a_provider_that_always_reads_low_is_corrected_and_its_word_kept() -> None:
    home = _Home(providers={"roof": {(NOON + timedelta(hours=h)).isoformat(): 1000 for h in range(-12, 60)}})
    answers = await ask(home, _settings())
    begin = int((NOON - timedelta(days=28)).timestamp())
    told = np.full(28 * 48 + LEAD + 1, 1000.0)
    measured = np.where(np.arange(told.size) < 28 * 48, 1300.0, np.nan)
    past = Past(begin=begin, load_w=measured, solar_w=measured, told_w={Source.ENERGY_DASHBOARD: told})
    plain, learned = (forecasts(_basis(home, answers, one)).solar_w for one in (Past(), past))
    assert (plain.source, plain.days) == (Source.ENERGY_DASHBOARD, 0)
    assert (learned.source, learned.days) == (Source.ENERGY_DASHBOARD, 28)
    assert learned.told is not None
    assert learned.told.tolist() == plain.expected.tolist()
    assert learned.expected[-1] == pytest.approx(1240, rel=0.02)
    assert learned.low is not None
    assert plain.low is not None
    assert learned.low[-1] / learned.expected[-1] > plain.low[-1] / plain.expected[-1], "it was off alike every day"
