"""Whether the sun could give more than is measured."""

from dataclasses import replace

import pytest

from custom_components.energy_orchestrator.model.curtailed import may_be_curtailed
from custom_components.energy_orchestrator.model.readings import InverterReadings, SiteReadings
from custom_components.energy_orchestrator.model.site import Grid, Site

from .house import SITE, known, readings, unknown

ISLAND = replace(SITE, grid=Grid(connected=False))


def seen(soc: float | None = 0.7, battery_w: float | None = None, grid_w: float = 0) -> SiteReadings:
    """Return readings of a battery, None for what is not known."""
    found = readings(soc=unknown() if soc is None else soc, grid_w=grid_w)
    power_w = unknown() if battery_w is None else known(battery_w)
    return replace(found, batteries={"battery": replace(found.batteries["battery"], power_w=power_w)})


@pytest.mark.parametrize(
    ("soc", "battery_w", "may"),
    [
        (1.0, 0, True),
        (0.985, 400, True),
        (0.97, 400, False),
        (0.5, 5_000, True),  # it takes no more than 5 kW
        (0.5, 3_000, False),
        (0.97, 3_400, True),  # of 5 kW tapered to 3.4
        (1.0, -500, False),
        (1.0, None, True),
        (0.7, None, False),
        (None, None, True),
        (None, -500, False),
    ],
)
def test_off_the_grid_it_is_the_battery_that_takes_more_or_not(
    soc: float | None, battery_w: float | None, may: bool
) -> None:
    assert may_be_curtailed(ISLAND, seen(soc, battery_w)) is may


def test_without_battery_and_export_it_is_curtailed_unless_the_grid_gives() -> None:
    shut = replace(SITE, grid=Grid(export_allowed=False), batteries=())
    assert may_be_curtailed(shut, replace(seen(), batteries={}))
    assert not may_be_curtailed(shut, replace(seen(grid_w=300), batteries={}))


@pytest.mark.parametrize(("grid_w", "may"), [(-3_000, True), (-2_700, True), (-2_000, False), (500, False)])
@pytest.mark.parametrize("by", ["connection", "inverter"])
def test_an_export_at_its_limit_may_be_all_that_goes_out(grid_w: float, may: bool, by: str) -> None:
    limited: Site = replace(SITE, grid=Grid(max_export_w=3_000 if by == "connection" else 9_000))
    found = replace(
        seen(soc=0.5, grid_w=grid_w), inverters={"inverter": InverterReadings(export_limit_w=known(3_000.0))}
    )
    if by == "connection":
        found = replace(found, inverters={})
    assert may_be_curtailed(limited, found) is may


def test_where_all_may_be_exported_nothing_is_curtailed() -> None:
    assert not may_be_curtailed(replace(SITE, grid=Grid()), seen(1.0, 0, -20_000))
