"""What happened so far today."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.energy_orchestrator.model.ledger import Ledger, Prices, advance, with_sheds
from custom_components.energy_orchestrator.model.readings import MinerReadings, Reading, SiteReadings, Trouble

from .house import NOON, SITE, known, readings

PRICES = Prices(imported=0.30, exported=0.08, hashprice=0.05)


def later(minutes: float, seen: SiteReadings | None = None) -> SiteReadings:
    """Return readings some minutes after NOON."""
    return replace(seen or readings(), at=NOON + timedelta(minutes=minutes))


def test_money_and_energy_add_up() -> None:
    ledger = advance(Ledger(), SITE, readings(grid_w=2000), PRICES)
    ledger = advance(ledger, SITE, later(15, readings(grid_w=2000)), PRICES)
    ledger = advance(ledger, SITE, later(30, readings(grid_w=-1000)), PRICES)
    assert ledger.imported_wh == pytest.approx(500)
    assert ledger.import_cost == pytest.approx(0.15)
    assert ledger.export_income == pytest.approx(0.02)
    assert ledger.solar_wh == pytest.approx(3000)


def test_a_miners_hours_starts_and_revenue_add_up() -> None:
    ledger = advance(Ledger(), SITE, readings(), PRICES)
    ledger = advance(ledger, SITE, later(10, readings(running={"s21": 1})), PRICES)
    assert ledger.miners["s21"].starts_today == 1
    assert ledger.miners["s21"].since == NOON + timedelta(minutes=10)
    ledger = advance(ledger, SITE, later(40, readings(running={"s21": 1})), PRICES)
    state = ledger.miners["s21"]
    assert state.hours_today == pytest.approx(0.5)
    assert state.energy_wh_today == pytest.approx(1500)
    assert state.revenue_today == pytest.approx(0.5 * 190 / 24 * 0.05)
    assert state.since == NOON + timedelta(minutes=10)


def test_what_already_runs_when_first_seen_is_no_start() -> None:
    ledger = advance(Ledger(), SITE, readings(running={"s21": 1}), PRICES)
    assert ledger.miners["s21"].starts_today == 0
    assert ledger.miners["s21"].since is None


def test_what_is_first_seen_late_has_not_just_started() -> None:
    unseen = replace(readings(), miners={})
    ledger = advance(Ledger(), SITE, unseen, PRICES)
    assert "s21" not in ledger.miners
    ledger = advance(ledger, SITE, later(1, readings(running={"s21": 1})), PRICES)
    assert ledger.miners["s21"].since is None
    assert ledger.miners["s21"].starts_today == 0


def test_one_poll_that_shows_a_miner_off_is_no_start() -> None:
    on, off = readings(running={"s21": 1}), readings()
    ledger = advance(Ledger(), SITE, on, PRICES)
    for minutes, seen in ((10, off), (11, on), (40, off), (42, on)):
        ledger = advance(ledger, SITE, later(minutes, seen), PRICES)
    assert ledger.miners["s21"].starts_today == 1, "only the stop of two minutes was one"


def test_when_protection_stopped_a_miner_is_known_until_it_may_run_again() -> None:
    ledger = with_sheds(advance(Ledger(), SITE, readings(), PRICES), {"s21": NOON})
    ledger = advance(ledger, SITE, later(24 * 60), PRICES)
    assert with_sheds(ledger, {}).miners["s21"].shed_at == NOON
    assert with_sheds(ledger, {"s21": None}).miners["s21"].shed_at is None


def test_midnight_begins_a_new_day_but_not_a_new_run() -> None:
    ledger = advance(Ledger(), SITE, readings(running={"s21": 1}), PRICES)
    ledger = advance(ledger, SITE, later(20, readings(running={"s21": 1}, grid_w=500)), PRICES)
    tomorrow = advance(ledger, SITE, later(24 * 60, readings(running={"s21": 1})), PRICES)
    assert tomorrow.import_cost == 0
    assert tomorrow.miners["s21"].hours_today == 0
    assert tomorrow.miners["s21"].running == 1
    assert tomorrow.miners["s21"].starts_today == 0


def test_a_long_silence_adds_nothing() -> None:
    ledger = advance(Ledger(), SITE, readings(grid_w=2000), PRICES)
    assert advance(ledger, SITE, later(60, readings(grid_w=2000)), PRICES).imported_wh == 0


def test_an_unknown_miner_keeps_its_state() -> None:
    ledger = advance(Ledger(), SITE, readings(running={"s21": 1}), PRICES)
    gone = MinerReadings(running=Reading(None, trouble=Trouble.UNAVAILABLE))
    blind = replace(later(5), miners={"s21": gone, "dump": MinerReadings(running=known(0))})
    after = advance(ledger, SITE, blind, PRICES)
    assert after.miners["s21"] == ledger.miners["s21"]


def test_runs_that_the_sun_did_not_carry_are_counted_until_one_is() -> None:
    ledger, minute = advance(Ledger(), SITE, readings(), PRICES), 0

    def run(ledger: Ledger, *suns_w: float) -> Ledger:
        nonlocal minute
        for at, sun_w in enumerate((0.0, *suns_w, 0.0)):
            on = 0 < at <= len(suns_w)
            minute += 10
            ledger = advance(ledger, SITE, later(minute, readings(solar_w=sun_w, running={"dump": int(on)})), PRICES)
        return ledger

    for count in (1, 2):
        ledger = run(ledger, 500, 500, 500)
        assert ledger.miners["dump"].sunless_runs == count
    ledger = run(ledger, 2500, 2500, 2500, 500)
    assert ledger.miners["dump"].sunless_runs == 0, "mostly it did"
    ledger = run(ledger, 500, 500, 500)
    tomorrow = advance(ledger, SITE, later(24 * 60), PRICES)
    assert tomorrow.miners["dump"].sunless_runs == 0


def test_what_nobody_sees_of_the_sun_says_nothing() -> None:
    running = readings(running={"dump": 1}, solar_w=500)
    ledger = advance(advance(Ledger(), SITE, readings(), PRICES), SITE, later(1, running), PRICES)
    blind = replace(running, solar_w=Reading(None, trouble=Trouble.UNAVAILABLE))
    assert advance(ledger, SITE, later(11, blind), PRICES).miners["dump"].sunless_h == 0
    assert advance(ledger, SITE, later(11, running), PRICES).miners["dump"].sunless_h == pytest.approx(1 / 6)
