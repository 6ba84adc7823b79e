"""What can be understood: every topic, its route, and the patterns of meanings that stand for it in any language.

A pattern is a row of meanings (keys of `words` in sentences/*.yaml), all of which must be there: `a|b` either, `!a` must
not be there, `~a` counts if it is there. `@x` is a value that was found: @device, @past, @time, @power, @percent, …
The pattern with most meanings wins; among equals the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


_PATTERNS: Final[Mapping[Route, Mapping[str, str]]] = {
    Route.WHAT_IF: {
        "what_if": """what_if ~cloudy ~reserve ~extra ~price ~solar ~battery ~off ~miner ~@device ~@day ~@power ~@percent
            ~@energy ~stop ~load ~charge ~double ~less ~cost ~run ~never ~cheap ~expensive ~@time ~@price ~full ~on ~car""",
    },
    Route.EXPLAIN: {
        "explain": """why ~@device ~miner ~battery ~off ~on ~run ~stop ~charge ~discharge ~idle ~hold ~export ~import
            ~@time ~@day ~start ~not ~will ~grid ~solar ~wait ~power ~doing""",
    },
    Route.HISTORY: {
        "crossing": "when pass @power ~solar ~@past ~load ~battery/pass @power ~solar @past|when|hour",
        "extreme": """highest|lowest solar|load|battery|soc|grid @past|@today|night|produce|use ~level ~power ~use
            /solar|load|battery|soc highest|lowest @past/how_far|how_low battery|soc @past|@today|night ~down ~level
            /most solar|load @past ~produce ~use""",
        "average": "average solar|load|battery|soc|grid ~@past ~@today ~level ~power ~use",
        "energy_past": "solar|load|import|export @past ~how_much ~produce ~use ~electricity ~unit !@time !pass !@power",
        "value_past": """solar|load|battery|soc|grid @time @past ~level ~how_much ~full ~use
            /solar|load|battery|soc @time @today how_much|was ~level ~use !will""",
    },
    Route.PLANNING: {
        "run_miners": """should miner|@device ~run ~on ~start ~@day ~@time ~night !stop !when !off !battery
            /worth|good miner|@device ~run ~on ~start ~@day ~night ~now !when/can miner run|on|start !when ~money ~@day
            /enough miner ~@day ~run/will miner run !when !until ~@day/earn miner|@device worth|cheap
            /profitable miner|@device ~now ~@day/should run @miner_device ~@day ~@time ~on""",
        "plan_day": """plan ~@day ~make ~show ~electricity !next !again !back !what_if !will_do
            /make plan ~@day ~electricity ~show !again/optimize ~@day ~electricity ~use/happen @day !next
            /electricity @tomorrow look|do/will_do @day""",
        "what_to_do": "should do !miner !battery ~now ~@day/recommend ~do/smart do ~now",
        "next_action": "next !miner !@device ~do ~plan ~start ~on/next do|happen|plan",
        "best_charge": """best|good|cheap charge ~when ~battery ~time ~@day/when charge ~battery ~should ~@day ~best
            ~cheap ~time ~good !pass !full !miner/when battery top_up ~good/hour battery top_up|charge ~should""",
        "miner_start": """when start|on|run miner|@device ~next ~will ~should ~again !stop !off
            /next start ~@device ~miner/when miner begin ~should ~can/when miner !stop !off !until""",
        "miner_stop": """when stop|off|pause miner|@device ~should ~time/until miner|@device ~run ~when ~will
            /how_long will miner|@device run/how_long miner run will""",
        "sunrise_soc": """battery|soc sunrise ~level ~full ~will ~left ~how_much !@time
            /battery last|through|enough night ~will/through night ~battery/last night battery""",
        "soc_at": """battery|soc @time ~will ~level ~full ~expect ~@day !@past !charge ~how_much
            /battery|soc will level|full @tomorrow""",
        "battery_full": """when battery|soc full|empty ~will ~is/when battery pass @percent ~will/how_long battery last|enough
            /when full|empty/when battery @percent ~will ~pass""",
        "battery_discharge": "when discharge ~battery ~should/when use battery/when battery empty_verb will",
        "solar_forecast": """solar forecast ~@day ~how_much/solar expect|will @day ~how_much ~produce
            /solar @tomorrow ~how_much ~produce ~will ~expect/solar expect ~today ~produce ~how_much""",
        "load_forecast": """load|use forecast ~@day/load|use expect|will @day ~how_much ~use/load @tomorrow ~how_much ~use
            ~will/expect use load @day/forecast load @today""",
        "price_forecast": """when price|electricity|cheap cheap|expensive|lowest|highest ~electricity ~price ~will
            /price @tomorrow ~electricity/price forecast ~electricity/hour cheap|expensive ~avoid
            /cheap|expensive hour ~@day ~electricity""",
    },
    Route.COMMAND: {
        "miners_stop": """stop|switch_off|pause miner|@miner_device ~@hours ~all ~@time ~run !when !should !why !rule
            !level !soc !can !until/break|kill miner|@miner_device ~@hours/run not miner|@miner_device !why
            /pause miner|@miner_device @hours""",
        "miners_run": """start|switch_on|run_it|fire_up miner|@miner_device ~@hours ~all ~now ~let !when !should !why !how_long
            !rule !level !soc !was !will !can !next !forecast !earn !did !which !are !is !how_much !worth !good !unit""",
        "give_back": """back miner|@device|plan|normal ~plan ~give/override clear ~all ~back/again plan decide|let
            /resume plan|normal ~miner/clear override/back plan @device|miner ~give""",
        "battery_charge": """charge battery now ~start ~@hours ~top_up !charging !when !best !why !is !should !was !level !what
            !how_much !which !are/start charge battery !when !best !should !why/charge battery @hours !when !was !why
            /top_up battery now|please""",
        "battery_discharge_now": "discharge battery ~now ~@hours !when !is !should !why !will/empty_verb battery @hours|now",
        "battery_hold": "hold battery ~@hours ~as_is !why !when/not use battery ~@hours !why !when/hold battery as_is ~@hours",
        "set_mode": """set|switch_on|switch_to|go|please|take_over automatic|monitor|paused_mode|control ~mode ~control !are
            !is !miner/mode automatic|monitor|paused_mode ~set ~go !which !are !is !what/take_over control|automatic""",
        "plan_now": "plan again ~now ~make ~please !back !let/replan ~now ~plan/recalculate plan ~again",
    },
    Route.RULES: {
        "rule": """rule ~miner ~battery ~soc ~min ~max ~charge ~grid ~reserve ~start ~stop ~@device ~export ~import ~which
            ~level ~hours ~allowed ~what ~limit ~can ~low ~per_day
            /min battery|soc ~level ~what ~rule/max battery ~level/reserve ~battery ~what ~how_much ~is
            /allowed|may charge|export|import ~grid/may miner|battery hours|low|run|min ~per_day ~how_much
            /soc|level stop|start|switch_off|off|on miner|@device !when ~battery/import|export limit/limit battery|grid|miner
            /how_low|how_empty battery may|can|get|you !@past ~before/critical battery|soc ~level/quiet_hours
            /document ~battery ~reserve ~cold""",
    },
    Route.STATUS: {
        "battery_level": """battery level|full|how_much|left|percent|juice ~charge ~is ~now ~soc ~what/soc ~battery ~what
            /battery charged ~how_much/battery charge how_much|level|left ~now/full battery is/battery percent""",
        "battery_power": """battery charging ~is ~discharge ~now !why !when/battery power|rate ~what ~charge ~how_much ~now
            /battery doing/battery how_fast ~charge ~charging/battery power how_much|unit ~give/rate battery ~now ~top_up
            /battery unit give|produce ~how_much""",
        "battery_health": "battery healthy|ok ~is !@past !now !miner/battery worry/battery healthy ~how",
        "battery_temperature": "battery temp ~what ~is ~how_much/battery temp cold|unit !rule !document",
        "solar_now": """solar ~how_much ~produce ~now ~power ~what ~electricity ~give !@past !@tomorrow !will !expect !energy
            !forecast/solar produce ~how_much ~now ~electricity !energy""",
        "solar_today": """solar energy|unit produce|@today ~how_much ~@today/solar produce @today ~how_much ~so_far ~did
            /solar yield_ @today/solar did @today ~how_much""",
        "load_now": """load ~how_much ~use ~now ~what ~electricity ~power !@past !@today !@tomorrow !cost
            /use electricity how_much ~now !grid !cost !plan/load use ~how_much ~now/use now|how_much ~what ~load""",
        "load_today": "load @today ~use ~how_much ~electricity ~energy !forecast !expect !highest !plan/load use @today ~how_much",
        "grid_now": """grid ~import ~export ~use ~what ~power ~now ~how_much !@today !@past !rule !charge !limit
            /import|export ~is ~are ~now ~electricity ~grid !@today !rule !limit/import electricity now|are
            /grid use|export|import are|is ~now""",
        "grid_today": """import|export @today ~how_much ~energy ~grid ~electricity ~unit ~did/grid use @today ~how_much
            /grid import|export @today ~how_much""",
        "price_now": """price ~electricity ~now ~what ~how_much/electricity cost|expensive|cheap now ~what ~how_much
            /cost unit ~now ~per/electricity cost ~what ~how_much !@today/electricity rate ~price/electricity price ~now""",
        "cost_today": """cost @today ~electricity ~how_much ~will ~expect ~money ~grid/money grid @today/cost so_far
            /expect cost ~@today/cost will electricity/bill ~@today ~electricity""",
        "saving": "saving ~how_much ~money ~plan ~what",
        "revenue_today": """earn ~miner ~@device ~how_much ~money ~@today ~did !worth !will !should
            /money miner ~how_much ~did ~@today !grid/earn miner ~did ~money ~@today ~how_much""",
        "mining_hours": """how_long|hours miner|@device ~run ~@today ~did !will !rule !may ~was ~on !stop
            /how_long miner|@device run did|@today|was""",
        "miners_now": """miner|@device run|on|off|status|doing ~which ~are ~is ~how_much ~now !start !should !will !earn
            /miner are|is ~run ~now ~which/which miner ~on ~run ~are/miner run are|is ~now/status miner
            /miner any ~now ~run/miner now is|are ~any ~run""",
        "mode_now": "mode what|which|active|are ~is ~control/are automatic ~mode/control are|is ~doing/control switch_to",
        "overview": """status ~now ~what ~give ~system ~electricity ~show !miner !battery/overview ~give ~electricity ~system
            /electricity|all|system doing|look ~how ~is/how things ~look/going_on ~electricity/do all electricity""",
    },
    Route.HELP: {
        "help": "help ~me/can_you_do ~what/question can ~what/how_works",
    },
}
# What no pattern of a topic (or of all topics of a route) may have beside it.
_BARS: Final[Mapping[str, str]] = {
    Route.STATUS: "why what_if",
    Route.COMMAND: "why what_if",
    "miners_now": "should worth profitable when how_long rule soc level will",
    "battery_level": "sunrise @time @past when min max critical will rule",
    "battery_power": "@time @past",
}
_NOT_FROM_WORDS: Final[Mapping[str, Route]] = {
    "judge": Route.STATUS,
    "sources": Route.RULES,
    "confirm": Route.COMMAND,
    "cancel": Route.COMMAND,
    "off_topic": Route.OFF_TOPIC,
    "unclear": Route.UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to mean a topic, as sets of meanings."""

    topic: str
    needs: tuple[frozenset[str], ...]
    likes: frozenset[str]
    bars: frozenset[str]


def _pattern(route: Route, topic: str, text: str) -> Pattern:
    words = text.split()
    barred = f"{_BARS.get(route, '')} {_BARS.get(topic, '')}".split()
    return Pattern(
        topic,
        tuple(frozenset(word.split("|")) for word in words if word[0] not in "~!"),
        frozenset(word[1:] for word in words if word[0] == "~"),
        frozenset(word[1:] for word in words if word[0] == "!") | frozenset(barred),
    )


PATTERNS: Final = tuple(
    _pattern(route, topic, text)
    for route, topics in _PATTERNS.items()
    for topic, texts in topics.items()
    for text in texts.split("/")
    if text.strip()
)
ROUTES: Final[Mapping[str, Route]] = {
    **{topic: route for route, topics in _PATTERNS.items() for topic in topics},
    **_NOT_FROM_WORDS,
}
