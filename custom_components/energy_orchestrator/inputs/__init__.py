"""Inputs: Home Assistant → readings and forecasts."""

from .expect import expect
from .memory import SourceMemory
from .observer import NamedTrouble, Observer
from .troubles import clear_troubles, report_troubles

__all__ = ["NamedTrouble", "Observer", "SourceMemory", "clear_troubles", "expect", "report_troubles"]
