"""What control has found out of the devices: what people took out of our hands, and what does not do what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from .site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What readings and settings do not say.

    `taken`: by entity, until when it is left as a person left it, where no override says so.
    `units_off`: by miner, how many of its units a person has taken out.
    `aside`: by id, until when a miner that is on and does not mine, or a battery that does not follow, is planned without.
    `writes`: by entity, how often it was written to on this local day.
    """

    taken: Mapping[str, datetime] = field(default_factory=dict)
    units_off: Mapping[str, int] = field(default_factory=dict)
    aside: Mapping[str, datetime] = field(default_factory=dict)
    writes: Mapping[str, int] = field(default_factory=dict)


NOTHING_FOUND = Findings()


def without_units(site: Site, units_off: Mapping[str, int]) -> Site:
    """Return the site with so many units fewer of each miner; one stays in any case, for a miner is not nothing."""
    if not units_off:
        return site
    miners = (replace(m, count=max(1, m.count - units_off.get(m.id, 0))) for m in site.miners)
    return replace(site, miners=tuple(miners))
