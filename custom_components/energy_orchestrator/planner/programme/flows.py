"""The columns that the blocks of rows share, and their units: kW, kWh, hours and the site's currency."""

from dataclasses import dataclass

from .matrix import Places

KILO = 1e-3
"""The programme's kW and kWh in a W and a Wh of the problem."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flows:
    """Columns of T slots, B batteries and G groups of panels: those of each inverter, and last those behind none.

    `imported`, `exported`, `unserved`, shape (T,), `solar`, the part used of what each group can give, shape (G, T), and
    `charge`, `discharge` on the AC side, shape (B, T): mean power in the slot, kW, never negative.
    `energy`, shape (B, T): in the cells at the end of the slot, kWh.
    `units`, shape (L, T), by miner id: how many run at each of L levels.
    """

    imported: Places
    exported: Places
    solar: Places
    unserved: Places
    charge: Places
    discharge: Places
    energy: Places
    units: dict[str, Places]
