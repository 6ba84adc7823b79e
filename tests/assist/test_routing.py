"""What people say is understood, in every language."""

import pytest

from custom_components.energy_orchestrator.assist import language
from custom_components.energy_orchestrator.assist.recognise import understand

from .corpus import LANGUAGES, lines
from .routing import DEVICES, NAMES, routed

# Measured, less a margin of one line: what paraphrases nobody wrote templates for reach.
FLOOR = {"en": 0.88, "de": 0.77, "fr": 0.75, "es": 0.87, "nl": 0.87}
# Values that show in the answer only; test_corpus looks there.
IN_ANSWER = {"series", "extreme", "solar_factor", "reserve", "mode", "extra_w", "price_offset", "capacity_kwh"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_line_is_understood(code: str) -> None:
    known, held_out = routed(code)
    assert not known.wrong
    assert held_out.share >= FLOOR[code], held_out.wrong


@pytest.mark.parametrize("code", LANGUAGES)
def test_values_are_found(code: str, subtests: pytest.Subtests) -> None:
    spoken = language.load(code)
    for line in lines(code):
        wanted = {name: value for name, value in line.slots.items() if name not in IN_ANSWER}
        if not wanted or line.held_out:
            continue
        slots = understand(line.say, spoken, DEVICES)[0].slots
        found = {
            "device": NAMES.get(slots.devices[0]) if slots.devices else None,
            "time": slots.time.strftime("%H:%M") if slots.time else None,
            "day": slots.day,
            "power_w": slots.power_w,
            "hours": slots.hours,
        }
        with subtests.test(line.say):
            assert {name: found[name] for name in wanted} == wanted


def test_the_corpus_is_large_enough() -> None:
    english = list(lines("en"))
    assert len(english) >= 300
    assert sum(line.held_out for line in english) >= 80
    for code in LANGUAGES[1:]:
        assert len(list(lines(code))) >= 40


NUMBERS = [
    ("en", "what time did solar hit two thousand five hundred watts yesterday", "power_w", 2500.0),
    ("en", "pause the miners for half an hour", "hours", 0.5),
    ("en", "pause the miners for an hour", "hours", 1.0),
    ("en", "what if the reserve were 35%", "percent", 35.0),
    ("en", "stop the miners for 1 hour and 30 minutes", "hours", 1.5),
    ("de", "pausiere die miner für eine halbe Stunde", "hours", 0.5),
    ("de", "was wäre wenn die batterie 20,5 kwh hätte", "energy_kwh", 20.5),
    ("fr", "et si la réserve était de trente pour cent", "percent", 30.0),
    ("es", "pausa los mineros durante dos horas", "hours", 2.0),
    ("nl", "pauzeer de miners een half uur", "hours", 0.5),
    ("en", "what if we add a load of 1,500 watts", "power_w", 1500.0),
]


@pytest.mark.parametrize(("code", "text", "slot", "value"), NUMBERS)
def test_amounts(code: str, text: str, slot: str, value: float) -> None:
    match = understand(text, language.load(code), DEVICES)[0]
    assert getattr(match.slots, slot) == pytest.approx(value)


TIMES = [
    ("en", "why is the s21 off at 5 pm", "17:00"),
    ("en", "why is the s21 off at 5:30 p.m.", "17:30"),
    ("en", "why is the s21 off at noon", "12:00"),
    ("en", "what will the battery level be at 18:45", "18:45"),
    ("en", "how full will the battery be tonight at 10", "22:00"),
    ("de", "warum ist der s21 um 17 uhr aus", "17:00"),
    ("de", "wie voll ist die batterie um 6 uhr abends", "18:00"),
    ("fr", "pourquoi le s21 est éteint à 17 heures", "17:00"),
    ("es", "por qué está apagado el s21 a las 5 de la tarde", "17:00"),
    ("nl", "waarom is de s21 uit om 17 uur", "17:00"),
]


@pytest.mark.parametrize(("code", "text", "clock"), TIMES)
def test_times(code: str, text: str, clock: str) -> None:
    slots = understand(text, language.load(code), DEVICES)[0].slots
    assert slots.time
    assert slots.time.strftime("%H:%M") == clock
