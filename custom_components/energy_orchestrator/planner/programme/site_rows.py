"""The house, its panels and its connection: who gives and who takes in each slot."""

import numpy as np

from ...model.problem import Problem
from .flows import KILO, Flows
from .matrix import Floats, Gathering, Places
from .wishes import WishPrices

ROOM_W = 100.0
"""Room above what can flow at most: a bound that is just met would blur the prices read off the programme."""


def most_import_kw(p: Problem) -> Floats:
    """Return the most that can be imported in each slot, shape (T,): by the connection, or more than can be used."""
    miners = sum(float(m.power_w.max(initial=0.0)) * m.count for m in p.miners)
    most_use_w = ROOM_W + p.load_w + miners + sum((b.max_charge_w for b in p.batteries), np.zeros(len(p.horizon)))
    return np.minimum(p.max_import_w, most_use_w) * KILO


def most_supply_w(p: Problem) -> Floats:
    """Return the most that sun and batteries can give in each slot, W, shape (T,)."""
    return p.solar_w + sum((b.max_discharge_w for b in p.batteries), np.zeros(len(p.horizon)))


def most_export_kw(p: Problem) -> Floats:
    """Return the most that can be exported in each slot, shape (T,): by the connection, or more than can be given."""
    return np.minimum(p.max_export_w, ROOM_W + most_supply_w(p)) * KILO


def panels_kw(p: Problem) -> Floats:
    """Return the most each group of panels can give, shape (G, T).

    Panels whose inverter has no battery behind it give no more than its AC limit; with one the limit is on both together
    (`add_ac_limits`).
    """
    shares = [inverter.solar_share for inverter in p.inverters]
    limits = [inverter.ac_limit_w for inverter in p.inverters]
    behind = [np.inf if any(b.inverter == i for b in p.batteries) else limit for i, limit in enumerate(limits)]
    share = np.array([*shares, max(0.0, 1 - sum(shares))])
    most_w: Floats = np.minimum(share[:, None] * p.solar_w, np.array([*behind, np.inf])[:, None])
    return most_w * KILO


def add_grid(g: Gathering, p: Problem, prices: WishPrices) -> tuple[Places, Places]:
    """Add what is bought and what is sold, shapes (T,), and what each pays.

    0 ≤ import_t ≤ most import_t      at  h_t · (import_price_t + aversion + tie)
    0 ≤ export_t ≤ most export_t      at  h_t · (tie − export_price_t)
    """
    shape, h = (len(p.horizon),), p.horizon.hours
    bought = h * (p.import_price + p.import_aversion + prices.tie)
    imported = g.columns(shape, upper=most_import_kw(p), cost=bought)
    exported = g.columns(shape, upper=most_export_kw(p), cost=h * (prices.tie - p.export_price))
    return imported, exported


def add_solar(g: Gathering, p: Problem) -> Places:
    """Add what is used of each group's sun, shape (G, T); the rest is curtailed and costs nothing.

    0 ≤ solar_gt ≤ panels_gt
    """
    most = panels_kw(p)
    return g.columns(most.shape, upper=most)


def add_unserved(g: Gathering, p: Problem, prices: WishPrices) -> Places:
    """Add the load not met, shape (T,): none where the connection alone carries the house.

    0 ≤ unserved_t ≤ load_t      at  h_t · price of a kWh unserved
    """
    most = np.where(p.lights_at_risk, p.load_w * KILO, 0.0)
    return g.columns((len(p.horizon),), upper=most, cost=p.horizon.hours * prices.unserved)


def add_balance(g: Gathering, p: Problem, flows: Flows) -> Places:
    """Add the power balance, whose dual is the energy price; return its rows, shape (T,).

    import_t − export_t + unserved_t + Σ_g solar_gt + Σ_b (discharge_bt − charge_bt) − Σ_m Σ_l P_ml · units_mlt = load_t
    """
    load = p.load_w * KILO
    row = g.rows(len(p.horizon), lower=load, upper=load)
    g.put(row, flows.imported, 1.0)
    g.put(row, flows.exported, -1.0)
    g.put(row, flows.unserved, 1.0)
    for block, sign in ((flows.solar, 1.0), (flows.discharge, 1.0), (flows.charge, -1.0)):
        g.put(row[None, :], block, sign)
    for miner in p.miners:
        g.put(row[None, :], flows.units[miner.id], -miner.power_w[:, None] * KILO)
    return row


def add_ac_limits(g: Gathering, p: Problem, flows: Flows) -> None:
    """Keep each inverter i with batteries behind it within its AC limit A_i, both ways.

    −A_i ≤ solar_it + Σ_{b behind i} (discharge_bt − charge_bt) ≤ A_i
    """
    for index, inverter in enumerate(p.inverters):
        coupled = [k for k, battery in enumerate(p.batteries) if battery.inverter == index]
        if not coupled or not np.isfinite(inverter.ac_limit_w):
            continue
        limit = inverter.ac_limit_w * KILO
        row = g.rows(len(p.horizon), lower=-limit, upper=limit)
        g.put(row, flows.solar[index], 1.0)
        g.put(row[None, :], flows.discharge[coupled], 1.0)
        g.put(row[None, :], flows.charge[coupled], -1.0)


def add_within_surplus(g: Gathering, p: Problem, flows: Flows) -> list[tuple[Places, Places]]:
    """Keep what may not come from the grid, or from a battery, within surplus_t = max(0, solar_t − load_t).

        Σ_b charge_bt ≤ surplus_t      in slots without grid charging
        export_t      ≤ surplus_t      in slots without battery export

    Return the slots and rows of each: more load leaves less surplus, which the energy price has to know.
    """
    found = []
    for powers, allowed in ((flows.charge, p.grid_charging), (flows.exported[None, :], p.battery_export)):
        slots = np.flatnonzero(~allowed)
        if slots.size and powers.size:
            row = g.rows(slots.size, upper=p.surplus_w[slots] * KILO)
            g.put(row[None, :], powers[:, slots], 1.0)
            found.append((slots, row))
    return found
