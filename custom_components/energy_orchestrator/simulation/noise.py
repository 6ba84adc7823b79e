"""Seeded randomness as a function of time: the same seed and moment always give the same number.

Nothing here keeps a state, so the past can be asked again, the future can be asked early, and nobody's order of asking
changes an answer.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final
from zlib import crc32

_STANDARD: Final = NormalDist()
_MASK: Final = (1 << 64) - 1


def uniform(seed: int, channel: str, index: int) -> float:
    """Return a number in (0, 1) that depends on all three arguments only.

    Mixed by SplitMix64 (Steele, Lea and Flood 2014, public domain reference code by S. Vigna).
    """
    mixed = _splitmix(_splitmix(_splitmix(seed & _MASK) ^ crc32(channel.encode())) ^ (index & _MASK))
    return ((mixed >> 11) + 0.5) / (1 << 53)


def normal(seed: int, channel: str, index: int) -> float:
    """Return a standard normal number that depends on all three arguments only."""
    return _STANDARD.inv_cdf(uniform(seed, channel, index))


def share_below(x: float) -> float:
    """Return the share of a standard normal population below `x`, 0..1."""
    return _STANDARD.cdf(x)


def _splitmix(x: int) -> int:
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


@dataclass(frozen=True, slots=True)
class SmoothNoise:
    """A smooth process of mean 0 and variance 1 over time that forgets itself within about `period_s` seconds.

    Normal numbers at every multiple of the period, blended by the smoothstep 3x² − 2x³ and scaled so that the variance
    stays 1 between them (value noise, as in Perlin 1985).
    """

    seed: int
    channel: str
    period_s: float

    def at(self, seconds: float) -> float:
        """Return its value at a moment given in seconds since 1970."""
        node, within = divmod(seconds / self.period_s, 1.0)
        weight = within * within * (3 - 2 * within)
        before = normal(self.seed, self.channel, int(node))
        after = normal(self.seed, self.channel, int(node) + 1)
        return (before * (1 - weight) + after * weight) / sqrt((1 - weight) ** 2 + weight**2)
