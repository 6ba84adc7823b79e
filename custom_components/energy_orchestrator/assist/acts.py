"""Acts, parsed whole: every word of what acts is accounted for, or it is none.

The devices with their exceptions, the end, and what is only polite are taken out of an utterance; the words that are left
must be, one by one, one of the language's sentences for an act (`grammar/`). What is nearly one is told, with what is left
over: nothing here guesses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path
import re
from typing import Any, Final

import yaml

from ..model.site import Mode
from .language import FALLBACK, LANGUAGES, Language, any_of, fold, listed
from .slots import NamedDevice, marked

_GRAMMAR: Final = Path(__file__).parent / "grammar"
_MINERS, _BARE, _BATTERY, _REQUEST = "xminers", "xbare", "xbattery", "xrequest"
_KINDS: Final = {_MINERS: "miner", _BARE: "miner", _BATTERY: "battery"}
_OWN: Final = re.compile(r"\bx(?=(?:miners|bare|battery|request)\b)")
_QUOTES: Final = frozenset('"\u201c\u201d\u201e\u00ab\u00bb')
_MODES: Final = {f"mode_{mode.value}": mode for mode in Mode}
# Acts that hold for a time.
LASTING: Final = frozenset({"miners_stop", "miners_run", "battery_charge", "battery_discharge_now", "battery_hold"})
# "Until the morning", "until the evening": the hours at which a night ends and begins in answers, too.
_MORNING, _EVENING = time(8), time(18)
# Places tried to part two acts in one utterance.
_MOST_JOINTS: Final = 4
_NOON, _MIDNIGHT = time(12), time(0)


class Frame(StrEnum):
    """What a sentence around an act makes of it: in each of these nothing is to be done now."""

    NEGATION = "negation"
    CONDITION = "condition"
    LATER = "later"
    QUESTION = "question"
    THOUGHT = "thought"
    REPORT = "report"


_HOLDING: Final = (Frame.NEGATION, Frame.CONDITION, Frame.LATER)


class Said(StrEnum):
    """What an utterance that is nothing but a yes or a no says to an offer."""

    YES = "yes"
    NO = "no"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class End:
    """When an act is over: a clock time, perhaps of a day; `half_day` where the clock may be of the morning or evening."""

    at: time
    day: str | None = None
    half_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is to be done: a topic of commands.py, the ids of the devices meant (none: whatever there is), and how long.

    `hours` and `end` are as said, at most one of them, and `until` what was offered. `agreed` is None where it is asked back if it costs or risks
    something, False where it is asked back in any case, True where a person has said yes to exactly this.
    """

    topic: str
    devices: tuple[str, ...] = ()
    hours: float | None = None
    end: End | None = None
    until: datetime | None = None
    mode: Mode | None = None
    agreed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearly:
    """An utterance with an act in it that is not the whole: the act that would be left, and the rest of the words."""

    act: Act | None
    rest: str
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one language says acts."""

    table: Mapping[str, str]
    sentences: Mapping[str, str]
    """Sentence → topic or mode; devices are marks."""
    words: tuple[tuple[tuple[str, ...], str], ...]
    """The sentences in words, whatever the devices are called and however it is asked for; longest first."""
    frames: tuple[tuple[Frame, re.Pattern[str]], ...]
    spans: Mapping[str, float]
    """Phrase → hours."""
    before: Mapping[str, int]
    """What is said before the hour → minutes past it: "half past", "halb"."""
    after: Mapping[str, int]

    def frame(self, folded: str) -> Frame | None:
        """Return the first of the frames that a text has a word of."""
        return next((frame for frame, pattern in self.frames if pattern.search(folded)), None)

    def any_of(self, *names: str) -> str:
        """Return a regular expression for any phrase of the lists."""
        return _any_listed(tuple(self.table[name] for name in names))


@cache
def load(code: str) -> Grammar:
    """Return a language's grammar by its code. Reads a file: not on the event loop."""
    if code not in LANGUAGES:
        return load(FALLBACK)
    data: dict[str, Any] = yaml.safe_load((_GRAMMAR / f"{code}.yaml").read_text(encoding="utf-8"))
    polite = re.compile(any_of(listed(data["table"]["polite"])))
    # What is polite is taken out of what is said, and so of these.
    sentences = {
        " ".join(polite.sub(" ", variant).split()): topic
        for topic, templates in data["acts"].items()
        for template in templates
        for variant in _variants(template)
    }
    plain = {tuple(_plain(sentence.split())): topic for sentence, topic in sentences.items()}
    return Grammar(
        table=data["table"],
        sentences=sentences,
        words=tuple(sorted(plain.items(), key=lambda item: (-len(item[0]), item[0]))),
        frames=tuple((frame, re.compile(any_of(listed(data["frames"][frame.value])))) for frame in Frame),
        spans={phrase: hours for hours, said in data["spans"].items() for phrase in listed(said)},
        before={phrase: minutes for minutes, said in data["clock_before"].items() for phrase in listed(said)},
        after={phrase: minutes for minutes, said in data["clock_after"].items() for phrase in listed(said)},
    )


@cache
def _any_listed(lists: tuple[str, ...]) -> str:
    return any_of(
        sorted({phrase for text in lists for phrase in listed(text)}, key=lambda phrase: (-len(phrase), phrase))
    )


def _plain(words: Iterable[str]) -> list[str]:
    return [_MINERS if word == _BARE else word for word in words if word != _REQUEST]


_CHOICE: Final = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
_PLACES: Final = {"{miners}": _MINERS, "{bare}": _BARE, "{battery}": _BATTERY, "{request}": _REQUEST}


def _variants(template: str) -> Iterator[str]:
    """Yield all that a template stands for: `(a|b)` is one of them, `[a|b]` one of them or nothing."""
    choice = _CHOICE.search(template)
    if choice is None:
        for place, marked in _PLACES.items():
            template = template.replace(place, f" {marked} ")
        yield fold(template)
        return
    must, may = choice.groups()
    for option in must.split("|") if must is not None else ("", *may.split("|")):
        yield from _variants(f"{template[: choice.start()]} {option} {template[choice.end() :]}")


def whole(utterance: str, language: Language, devices: tuple[NamedDevice, ...]) -> tuple[Act, ...]:
    """Return the acts that an utterance is, none where a word is left over."""
    parts = _Parts(utterance, language, devices)
    return () if parts.asks else parts.acts()


def nearly(utterance: str, language: Language, devices: tuple[NamedDevice, ...]) -> Nearly | None:
    """Return the act in an utterance that is no act as a whole, None where there is none."""
    return _Parts(utterance, language, devices).nearly()


def reply_of(utterance: str, language: Language) -> Said | None:
    """Return what an utterance says to an offer, None where it says anything beside."""
    grammar = load(language.code)
    rest = re.sub(grammar.any_of("no"), " ", fold(utterance))
    no = rest != fold(utterance)
    without_yes = re.sub(grammar.any_of("yes"), " ", rest)
    yes = without_yes != rest
    if re.sub(grammar.any_of("polite", "hesitation"), " ", without_yes).strip() or "?" in utterance:
        return None
    return Said.NO if no else Said.YES if yes else Said.NEITHER


def changed(utterance: str, language: Language, devices: tuple[NamedDevice, ...], offered: Act) -> Nearly | None:
    """Return an offer as an utterance changes it: its end, its devices, or another act that is said whole.

    Also where a yes or no is followed by what makes it none ("but tomorrow"): then with that frame and without an act.
    None where the utterance is about something else.
    """
    grammar, folded = load(language.code), fold(utterance)
    begins = re.match(rf"(?:(?:{grammar.any_of('yes', 'no', 'polite', 'hesitation')}) *)+", folded)
    said = folded[begins.end() :] if begins else folded
    if "?" in utterance or not said:
        return None
    agreed = re.sub(rf"^(?:(?:{grammar.any_of('yes', 'polite', 'hesitation')}) *)+", "", folded)
    if len(acts := _Parts(agreed, language, devices).acts()) == 1:
        return Nearly(act=acts[0], rest="", frame=None)
    parts = _Parts(re.sub(grammar.any_of("but"), " ", agreed), language, devices)
    if (act := parts.changed(offered)) is not None:
        return Nearly(act=act, rest="", frame=None)
    frame = grammar.frame(folded)
    return Nearly(act=None, rest=said, frame=frame) if begins and frame in _HOLDING else None


class _Parts:
    """An utterance taken apart."""

    def __init__(self, utterance: str, language: Language, devices: tuple[NamedDevice, ...]) -> None:
        self.language, self.grammar, self.devices = language, load(language.code), devices
        self.quoted = bool(_QUOTES & set(utterance))
        self.folded = fold(utterance)
        self.text = marked(_OWN.sub("x ", self.folded), language, devices)
        self.targets: list[tuple[str, ...]] = []
        self.unsure: list[bool] = []
        self.excepted: set[str] = set()
        self.hours: list[float] = []
        self.ends: list[End] = []
        self.vague = False
        self.requested = False
        text = f" {self.text} "
        for take in (self._request, self._polite, self._ends, self._spans, self._exceptions, self._targets):
            text = re.sub(r"\s+", " ", take(text))
        self.asks = "?" in utterance and not self.requested
        self.skeleton = text.split()

    # What is taken out

    def _polite(self, text: str) -> str:
        return self._drop(text, "polite")

    def _drop(self, text: str, name: str) -> str:
        return re.sub(self.grammar.any_of(name), " ", text)

    def _ends(self, text: str) -> str:
        """Take out "until six pm tomorrow" and "for the rest of the day"."""
        words, table = self.language, self.grammar
        one = words.any_of("one")
        at = rf"(?:(?:{words.any_of('at')}) )?"
        half = rf"(?P<pm>{words.any_of('pm')})|(?P<am>{words.any_of('am')})"
        clock = (
            rf"(?:(?P<before>{any_of(table.before)}) )?(?P<h>[01]?\d|2[0-3]|{one})"
            rf"(?:(?::|\.| | h | heures? | uhr | uur )(?P<m>[0-5]\d)(?!\d))?(?: (?:{words.any_of('oclock')}))?"
            rf"(?: (?P<after>{any_of(table.after)}))?(?: (?:{half}))?"
        )
        times = (
            rf"(?P<noon>{words.any_of('noon')})|(?P<midnight>{words.any_of('midnight')})"
            rf"|(?P<morning>{table.any_of('morning')})|(?P<evening>{table.any_of('evening')})|{clock}"
        )
        tomorrow = table.any_of("tomorrow")
        today = table.any_of("today")
        form = re.compile(
            rf"(?<!\w)(?:{table.any_of('until')}) (?:(?P<t1>{tomorrow}) |(?:{today}) )?{at}(?:{times})"
            rf"(?: (?P<t2>{tomorrow})| (?:{today}))?(?![\w:.%])"
        )

        def read(match: re.Match[str]) -> str:
            found = match.groupdict()
            day = "tomorrow" if found["t1"] or found["t2"] else None
            fixed = {"noon": _NOON, "midnight": _MIDNIGHT, "morning": _MORNING, "evening": _EVENING}
            named = next((at for name, at in fixed.items() if found[name]), None)
            if named is not None:
                self.ends.append(End(named, day))
                return " "
            hour = int(found["h"]) if found["h"].isdigit() else 1
            either = hour <= 12 and not (found["pm"] or found["am"] or found["h"].startswith("0") or day)
            hour += 12 if found["pm"] and hour < 12 else -12 if found["am"] and hour == 12 else 0
            past = table.before.get(found["before"] or "", 0) + table.after.get(found["after"] or "", 0)
            minutes = (60 * hour + int(found["m"] or 0) + past) % (24 * 60)
            self.ends.append(End(time(minutes // 60, minutes % 60), day, half_day=either))
            return " "

        text = form.sub(read, text)

        def rest(_: re.Match[str]) -> str:
            self.ends.append(End(_MIDNIGHT))
            return " "

        return re.sub(table.any_of("all_day"), rest, text)

    def _spans(self, text: str) -> str:
        """Take out "for the next two hours", and "for a while", which says no number."""
        words, table = self.language, self.grammar
        lead = rf"(?<!\w)(?:(?:{table.any_of('for')}) )*"
        after = rf"(?: (?:{table.any_of('long')}))?(?!\w)"
        units = {name: pattern.pattern for name, pattern in words.units if name in ("hour", "minute")}
        number = r"(\d+(?:\.\d+)?)"
        half = rf"(?: (?:{table.any_of('and_half')}))"
        one = words.any_of("one")
        spans = "|".join(map(re.escape, sorted(self.grammar.spans, key=len, reverse=True)))
        hour, minute = (units[name].split(r"\s?", 1)[1] for name in ("hour", "minute"))
        form = re.compile(
            lead
            + rf"(?:(?P<span>{spans})|(?:{number}|(?P<one>{one}))(?P<half>{half})? (?:(?:{table.any_of('next')}) )?{hour}(?P<late>{half})?"
            rf"(?: (?:{table.any_of('and')}) (?P<minutes>\d+) {minute})?|(?P<only>\d+) (?:(?:{table.any_of('next')}) )?{minute})"
            + after
        )

        def read(match: re.Match[str]) -> str:
            found = match.groupdict()
            if found["span"]:
                self.hours.append(self.grammar.spans[found["span"]])
            elif found["only"]:
                self.hours.append(int(found["only"]) / 60)
            else:
                whole = 1.0 if found["one"] else float(match.group(2))
                halves = 0.5 if found["half"] or found["late"] else 0.0
                self.hours.append(whole + halves + int(found["minutes"] or 0) / 60)
            return " "

        text = form.sub(read, text)
        without = self._drop(text, "a_while")
        self.vague = without != text
        return without

    def _exceptions(self, text: str) -> str:
        """Take out "except the dump load"."""

        def read(match: re.Match[str]) -> str:
            named = [self.devices[int(place)] for place in re.findall(r"xdevice(\d+)", match.group())]
            self.excepted |= {device.id for device in named}
            return " "

        noun = rf"(?:(?:{self.grammar.any_of('article')}) )*xdevice\d+"
        joint = rf"(?: (?:{self.grammar.any_of('and')}))? "
        return re.sub(
            rf"(?<!\w)(?:{self.grammar.any_of('except')}) {noun}(?:{joint}{noun})*(?: (?:{self.grammar.any_of('except_end')}))?(?!\w)",
            read,
            text,
        )

    def _targets(self, text: str) -> str:
        """Put marks for the devices an act is for."""
        table = self.grammar
        article = rf"(?:(?P<article>{table.any_of('article')}) )*"
        every = rf"(?P<every>{table.any_of('every')})"
        nouns = rf"(?P<device>xdevice\d+)|(?P<miners>{table.any_of('miners')})|(?P<battery>{table.any_of('battery')})"
        noun = re.compile(
            rf"(?:{every} )?{article}(?:(?P<count>\d+) )?(?:{nouns}|(?P<all>{table.any_of('everything')}))(?!\w)"
        )
        joint = re.compile(rf" (?:(?:{table.any_of('and')}) )?")
        done, at = "", 0
        while (first := noun.search(text, at)) is not None:
            done += text[at : first.start()]
            phrase, at = [first], first.end()
            while (gap := joint.match(text, at)) and (more := noun.match(text, gap.end())):
                if not (more["device"] and phrase[-1]["device"]):
                    break
                phrase.append(more)
                at = more.end()
            done += self._target(phrase)
        return done + text[at:]

    def _target(self, phrase: list[re.Match[str]]) -> str:
        """Return the mark for devices named together, the words themselves where they are not of one kind."""
        first, words = phrase[0], " ".join(found.group() for found in phrase)
        if first["device"]:
            named = [self.devices[int(found["device"].removeprefix("xdevice"))] for found in phrase]
            kinds = {device.kind for device in named}
            if len(kinds) > 1 or kinds == {"inverter"} or any(found["every"] or found["count"] for found in phrase):
                return words
            self.targets.append(tuple(dict.fromkeys(device.id for device in named)))
            kind = kinds.pop()
        else:
            kind = "battery" if first["battery"] else "miner"
            of_kind = tuple(device.id for device in self.devices if device.kind == kind)
            if first["count"] and int(first["count"]) != len(of_kind):
                return words
            self.targets.append(of_kind)
            one = re.fullmatch(rf"(?:.* )?(?:{self.grammar.any_of('one_miner')})", first.group())
            self.unsure.append(bool(one) and not first["every"] and len(of_kind) > 1)
        if kind == "battery":
            return _BATTERY
        return _MINERS if first["article"] or first["every"] else _BARE

    def _request(self, text: str) -> str:
        """Take out "hey, can you" at the beginning."""
        asking = self.grammar.any_of("request")
        found = re.match(rf" *(?:(?:{self.grammar.any_of('request', 'polite')}) *)+(?!\w)", text)
        if found is None:
            return text
        self.requested = re.search(asking, found.group()) is not None
        return f" {text[found.end() :]}"

    # What is made of it

    def acts(self) -> tuple[Act, ...]:
        """Return the acts that all of it is, none where a word is left over."""
        if self.quoted:
            return ()
        if (act := self._act(self.skeleton)) is not None:
            return (act,)
        for joint in islice(re.finditer(self.language.any_of("joints"), self.folded), _MOST_JOINTS):
            said = self.folded[: joint.start()], self.folded[joint.end() :]
            parts = [_Parts(text, self.language, self.devices) for text in said]
            found = [act for part in parts if (act := part._act(part.skeleton)) is not None]
            if len(found) == len(parts) and _apart(found):
                return tuple(found)
        return ()

    def _topic(self, words: list[str]) -> str | None:
        sentences, said = self.grammar.sentences, " ".join(words)
        bare = said.replace(_BARE, _MINERS)
        asked = (said, bare, *((f"{_REQUEST} {said}", f"{_REQUEST} {bare}") if self.requested else ()))
        return next((sentences[text] for text in asked if text in sentences), None)

    def _act(self, words: list[str]) -> Act | None:
        topic = self._topic(words)
        return None if topic is None else self._of(topic)

    def _of(self, topic: str) -> Act | None:
        """Return the act of a topic with what was taken out; None where it is more than such an act may have."""
        doubtful = topic.endswith("?") and not (self.hours or self.ends)
        topic = topic.removesuffix("?")
        mode = _MODES.get(topic)
        topic = topic if mode is None else "set_mode"
        lasts = bool(self.hours or self.ends or self.vague)
        if len(self.targets) > 1 or len(self.hours) + len(self.ends) > 1 or (lasts and topic not in LASTING):
            return None
        devices = self.targets[0] if self.targets else self._all_of(topic)
        if self.excepted and not (self.excepted < set(devices)):
            return None
        if self.targets and not devices and topic not in LASTING:
            return None  # of devices that are not there, which is not of all there are
        return Act(
            topic=topic,
            devices=tuple(device for device in devices if device not in self.excepted),
            hours=self.hours[0] if self.hours else None,
            end=self.ends[0] if self.ends else None,
            mode=mode,
            agreed=False if doubtful or self.vague or any(self.unsure) else None,
        )

    def _all_of(self, topic: str) -> tuple[str, ...]:
        kind = topic.partition("_")[0].removesuffix("s")
        return tuple(device.id for device in self.devices if device.kind == kind)

    def nearly(self) -> Nearly | None:
        """Return the longest sentence whose words are among these, in their order, and what is left over then."""
        words = _plain(self.skeleton)
        frame = self.grammar.frame(self.folded) or (Frame.QUESTION if self.asks else None)
        for sentence, topic in self.grammar.words:
            if (rest := _without(words, sentence)) is None:
                continue
            return Nearly(act=self._of(topic), rest=self._said(rest), frame=frame)
        return None

    def _said(self, words: list[str]) -> str:
        names = {f"xdevice{place}": device.name for place, device in enumerate(self.devices)}
        return " ".join(names.get(word, word) for word in words if word not in _KINDS)

    def changed(self, offered: Act) -> Act | None:
        """Return an offer with another end or other devices, None where there is any other word."""
        if any(word not in _KINDS for word in self.skeleton) or len(self.skeleton) > 1:
            return None
        new = self._of(offered.topic)
        if new is None or not (self.targets or self.excepted or self.hours or self.ends):
            return None
        kinds = {_KINDS[word] for word in self.skeleton}
        if kinds and kinds != {offered.topic.partition("_")[0].removesuffix("s")}:
            return None
        devices = self.targets[0] if self.targets else offered.devices
        left = tuple(device for device in devices if device not in self.excepted)
        if self.hours or self.ends:
            offered = replace(offered, hours=new.hours, end=new.end, until=None)
        return replace(offered, devices=left) if left else None


def _apart(acts: list[Act]) -> bool:
    """Whether no device is meant by two of the acts, and nothing but devices by all."""
    meant = [device for act in acts for device in act.devices]
    return len(meant) == len(set(meant)) and all(act.devices for act in acts)


def _without(words: list[str], sentence: Sequence[str]) -> list[str] | None:
    """Return the words left when a sentence's are taken out in their order, None where they are not all there."""
    rest, ahead = [], list(sentence)
    for word in words:
        if ahead and word == ahead[0]:
            ahead.pop(0)
        else:
            rest.append(word)
    return None if ahead else rest
