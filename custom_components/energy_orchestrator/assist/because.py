"""A reason in words: one sentence, and one with the numbers it rests on."""

from typing import Any

from ..model.decision import Reason
from .wording import Wording


def sentence(wording: Wording, reason: Reason[Any]) -> str:
    """Return why, in one sentence."""
    text = wording.texts.get(f"reason_{reason.code.value}")
    return text or wording.say("reason_other", code=reason.code.value.replace("_", " "))


def numbers(reason: Reason[Any], wording: Wording) -> dict[str, float]:
    """Return the numbers that people are told, in their units: %, kW, the rest as named."""
    return {name: _turned(name, value) for name, value in reason.numbers.items() if f"number_{name}" in wording.texts}


def with_numbers(wording: Wording, reason: Reason[Any], currency: str) -> str:
    """Return the numbers a reason rests on as one sentence, empty without any."""
    joined = wording.joined(
        wording.say(f"number_{name}", currency, value=value) for name, value in numbers(reason, wording).items()
    )
    return f"{joined[:1].upper()}{joined[1:]}." if joined else ""


def _turned(name: str, value: float) -> float:
    if name == "soc" or name.endswith("_soc"):
        return 100 * value
    return value / 1000 if name.endswith("_w") else value
