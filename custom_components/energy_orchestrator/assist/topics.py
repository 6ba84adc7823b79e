"""What can be understood: every topic and its route. What people say for it stands in examples/*.yaml."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Route(StrEnum):
    """Where an answer comes from."""

    STATUS = "status"
    HISTORY = "history"
    PLANNING = "planning"
    RULES = "rules"
    COMMAND = "command"
    WHAT_IF = "what_if"
    EXPLAIN = "explain"
    HELP = "help"
    OFF_TOPIC = "off_topic"
    UNCLEAR = "unclear"


_TOPICS: Final[Mapping[Route, str]] = {
    Route.STATUS: """battery_level battery_power battery_health battery_temperature solar_now solar_today load_now
        load_today grid_now grid_today price_now cost_today saving revenue_today mining_hours miners_now mode_now overview
        overrides judge""",
    Route.HISTORY: "crossing extreme average energy_past value_past",
    Route.PLANNING: """run_miners plan_day what_to_do next_action best_charge battery_discharge miner_start miner_stop
        sunrise_soc soc_at battery_full solar_forecast load_forecast price_forecast""",
    Route.RULES: "rule sources",
    Route.WHAT_IF: "what_if",
    Route.EXPLAIN: "explain",
    Route.COMMAND: """miners_stop miners_run give_back battery_charge battery_discharge_now battery_hold set_mode plan_now
        undo confirm cancel""",
    Route.HELP: "help",
    Route.OFF_TOPIC: "off_topic",
    Route.UNCLEAR: "unclear not_done",
}
ROUTES: Final[Mapping[str, Route]] = {topic: route for route, topics in _TOPICS.items() for topic in topics.split()}
# Asked of another day, a question about now is one about that day.
LATER: Final[Mapping[str, str]] = {
    "battery_level": "soc_at",
    "battery_health": "soc_at",
    "solar_now": "solar_forecast",
    "solar_today": "solar_forecast",
    "load_now": "load_forecast",
    "load_today": "load_forecast",
    "price_now": "price_forecast",
    "miners_now": "run_miners",
    "overview": "plan_day",
    "what_to_do": "plan_day",
    "battery_power": "plan_day",
    "grid_now": "plan_day",
    "grid_today": "plan_day",
    "cost_today": "plan_day",
    "revenue_today": "run_miners",
    "mining_hours": "run_miners",
}
EARLIER: Final[Mapping[str, str]] = {
    **dict.fromkeys(("solar_now", "solar_today", "load_now", "load_today", "grid_now", "grid_today"), "energy_past"),
    **dict.fromkeys(
        ("battery_level", "battery_health", "battery_temperature", "price_now", "price_forecast"), "average"
    ),
    **dict.fromkeys(("solar_forecast", "load_forecast"), "energy_past"),
    "soc_at": "value_past",
}
FOLLOW_UPS: Final = frozenset({"judge", "sources", "confirm", "cancel", "undo", "not_done", "overrides"})
"""Topics that no example teaches: talk.py finds them after another answer, acts.py and recognise.py in the words."""
