"""Answers from the rules: the settings in force, the owner's policies and documents."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
import re
from typing import Final

from ..knowledge.search import Hit
from ..library import library_of
from .question import Answer, Question, Told
from .wording import Wording

_MOST_HITS: Final = 3
_EXCERPT: Final = 240
_ALOUD: Final = 160
_GRID: Final = frozenset({"grid", "import", "export"})


async def rule(question: Question) -> Answer:
    """Tell what is in force for what was asked, then what the owner wrote about it."""
    told, means = question.told(), question.match.meanings
    named = set(question.match.slots.devices)
    miners = "miner" in means or any(view.device_id in named for view in question.miners)
    grid = bool(_GRID & means)
    battery = bool({"battery", "soc", "reserve", "critical"} & means) and not miners
    documents_only = "document" in means or "quiet_hours" in means
    if not documents_only:
        if battery or not (miners or grid):
            _batteries(told)
        if miners or not (battery or grid):
            _miners(told)
        if grid:
            _of_grid(told)
    found = await _documents(told, aloud=documents_only or not told.spoken)
    if not told.spoken and not found:
        told.say("rule_none")
    return told.answer()


def _batteries(told: Told) -> None:
    for view in told.question.batteries:
        if (battery := view.battery) is None:
            continue
        told.say(
            "rule_battery",
            name=told.question.name(battery),
            min_soc=100 * battery.min_soc,
            max_soc=100 * battery.max_soc,
            reserve_soc=100 * battery.reserve_soc,
            critical_soc=100 * battery.critical_soc,
        )
        told.source("source_settings", device=told.question.name(battery))


def _miners(told: Told) -> None:
    for view in told.question.miners:
        if (miner := view.miner) is None:
            continue
        name = told.question.name(miner)
        if miner.start_soc is None or miner.stop_soc is None:
            told.say("rule_miner_free", name=name)
        else:
            told.say("rule_miner", name=name, start_soc=100 * miner.start_soc, stop_soc=100 * miner.stop_soc)
        if miner.surplus_only:
            told.add("rule_surplus", margin_kw=miner.surplus_margin_w / 1000)
        told.add("rule_miner_more", max_hours=miner.max_hours_per_day, min_run=miner.min_run_h)
        told.source("source_settings", device=name)


def _of_grid(told: Told) -> None:
    question = told.question
    grid, means = question.snapshot.settings.site.grid, question.match.meanings
    if "charge" in means or not {"import", "export"} & means:
        told.say("rule_grid_charging" if grid.grid_charging else "rule_no_grid_charging")
    if not grid.export_allowed:
        told.say("rule_no_export")
    elif grid.max_export_w is not None and "import" not in means:
        told.say("rule_export", max_export_kw=grid.max_export_w / 1000)
    if grid.max_import_w is not None and "export" not in means:
        told.say("rule_import", max_import_kw=grid.max_import_w / 1000)
    if not told.spoken:
        told.say("rule_no_limit")
    told.source("source_settings", device=question.snapshot.settings.site.name)


async def _documents(told: Told, *, aloud: bool) -> bool:
    """Cite what the owner's documents say; return whether there is anything."""
    hits: Sequence[Hit] = ()
    if (library := library_of(told.question.hass)) is not None:
        hits = await told.question.hass.async_add_executor_job(library.search, told.question.match.text, _MOST_HITS)
    for index, hit in enumerate(hits):
        where = f"{hit.document} › {hit.section}"
        excerpt = _plain(hit.excerpt, told.question.wording)
        if aloud and index == 0:
            aloud_part = excerpt if len(excerpt) <= _ALOUD else excerpt[:_ALOUD].rpartition(" ")[0]
            told.fact("excerpt", aloud_part)
            told.say("document_says", document=_plain(hit.document, told.question.wording), excerpt=aloud_part)
        told.more.append(f"{where}: {excerpt[:_EXCERPT]}")
        told.cite(where)
    return bool(hits)


def _plain(text: str, wording: Wording) -> str:
    """Return a document's words without marks nobody speaks."""
    text = text.replace("%", f" {wording.units['percent']}").replace("°C", f" {wording.units['degrees']}")
    return " ".join(re.sub(r"[`*_#|<>{}\[\]…$€]+", " ", text).split())


ANSWERS: Final[Mapping[str, Callable[[Question], Awaitable[Answer]]]] = {"rule": rule}
