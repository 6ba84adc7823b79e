"""What the example lines teach: learned when they change, and kept in a file beside them (`script/learn`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
import json
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from .heard import hear
from .language import EXAMPLES, LANGUAGES, SENTENCES, examples_of, load
from .likeness import Likeness
from .slots import NamedDevice

KEPT: Final = EXAMPLES / "learned.npz"
# A weight is kept as so many of these: finer than any difference that decides.
STEP: Final = 1 / 1024
# The devices that the examples name.
EXAMPLE_DEVICES: Final = (
    NamedDevice("b", "House battery", "battery", 1),
    NamedDevice("i", "Hybrid", "inverter", 1),
    NamedDevice("m1", "S21", "miner", 1),
    NamedDevice("m2", "Dump load", "miner", 2),
    NamedDevice("m3", "Tuned S19", "miner", 3),
)
# What decides what is learned, besides the examples and the words.
_CODE: Final = ("heard", "language", "learned", "likeness", "slots")


@dataclass(frozen=True, slots=True)
class Learned:
    """What the examples teach: the topic of each line as it stands, and what other lines are most like."""

    lines: Mapping[tuple[str, str, str | None], str]
    likeness: Likeness


@cache
def learned() -> Learned:
    """Return what the examples of every language teach. Reads a file, or learns for seconds: not on the event loop."""
    return kept() or learn({code: examples_of(code) for code in LANGUAGES})


def learn(examples: Mapping[str, Mapping[str, Sequence[str]]]) -> Learned:
    """Learn from examples: language → topic → lines."""
    lines = [
        (topic, hear(line, load(code), EXAMPLE_DEVICES))
        for code, topics in examples.items()
        for topic, lines in topics.items()
        for line in lines
    ]
    return Learned(
        {heard.line: topic for topic, heard in lines},
        Likeness.learn([(topic, heard.features) for topic, heard in lines]),
    )


def kept(path: Path = KEPT) -> Learned | None:
    """Return what was learned from the examples, words and code that are here.

    None where it was from others, or where the file is not there or not whole.
    """
    try:
        with path.open("rb") as whole, np.load(whole) as file:
            if str(file["digest"]) != digest():
                return None
            names: dict[str, Any] = json.loads(file["names"].tobytes())
            weights = file["weights"].astype(np.float32) * np.float32(STEP)
            likeness = Likeness(names["topics"], names["features"], file["rarity"], weights)
    except BadZipFile, KeyError, OSError, ValueError:
        return None
    return Learned({(code, text, day): topic for code, text, day, topic in names["lines"]}, likeness)


def keep(what: Learned, path: Path = KEPT) -> None:
    """Write what was learned; the same is the same file."""
    likeness = what.likeness
    names = {
        "topics": likeness.topics,
        "features": likeness.features,
        "lines": [[*line, topic] for line, topic in what.lines.items()],
    }
    np.savez_compressed(
        path,
        digest=np.array(digest()),
        names=np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), dtype=np.uint8),
        rarity=likeness.rarity,
        weights=np.round(likeness.weights / STEP).astype(np.int16),
    )


def digest() -> str:
    """Return what stands for all that is learned from and with."""
    files = [Path(__file__).with_name(f"{name}.py") for name in _CODE]
    files += [folder / f"{code}.yaml" for folder in (EXAMPLES, SENTENCES) for code in LANGUAGES]
    return sha256(b"".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()
