"""What is not mapped is not planned, and what cannot be done is refused with what to map."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.energy_orchestrator.const import DOMAIN
from custom_components.energy_orchestrator.control import drive_of
from custom_components.energy_orchestrator.model.decision import BatteryMode
from custom_components.energy_orchestrator.model.site import EVERYTHING, NOTHING

from .house import MORNING, async_set_up_house, device_of, orchestrator_of, snapshot_of, state_of
from .mapped_site import BATTERY, BATTERY_ID, INVERTER, INVERTER_ID, LIMIT, MINER, MINER_ID, MODES, SITE

pytestmark = pytest.mark.freeze_time(MORNING)

SELF_USE = {"self_consumption": "Self use"}
POWERS = ("charge_power", "discharge_power")


def mapped(*, modes: dict[str, str] | None, powers: tuple[str, ...] = (), **site: Any) -> MockConfigEntry:
    """Return a home whose inverter has these options and powers mapped; without modes it has no select."""
    inverter = {key: value for key, value in INVERTER.items() if key not in {*POWERS, "work_mode", "work_mode_options"}}
    inverter |= {key: INVERTER[key] for key in powers}
    if modes is not None:
        inverter |= {"work_mode": INVERTER["work_mode"], "work_mode_options": modes}
    devices = (
        ("inverter", INVERTER_ID, "Hybrid", inverter),
        ("battery", BATTERY_ID, "House battery", BATTERY),
        ("miner", MINER_ID, "Miner A", MINER),
    )
    return MockConfigEntry(
        domain=DOMAIN,
        title="Farm",
        data={**SITE, **site},
        subentries_data=[
            ConfigSubentryDataWithId(data=data, subentry_id=key, subentry_type=kind, title=title, unique_id=None)
            for kind, key, title, data in devices
        ],
    )


NIGHT_AND_DAY = [
    {"from": "00:00:00", "to": "16:00:00", "price": 0.05},
    {"from": "16:00:00", "to": "00:00:00", "price": 0.60},
]
CHEAP_NOW: dict[str, Any] = {"import_price": NIGHT_AND_DAY, "export_price": 0.0, "hashprice": 0.0, "solar_peak_kw": 0}


async def override(hass: HomeAssistant, entry: MockConfigEntry, mode: str, **data: Any) -> None:
    """Put the owner's word over the plan and wait for the plan that follows."""
    battery = device_of(hass, entry, BATTERY_ID).id
    await hass.services.async_call(
        DOMAIN, "override_battery", {"device_id": battery, "mode": mode, **data}, blocking=True
    )
    await orchestrator_of(entry).async_plan_now()


def planned_w(entry: MockConfigEntry) -> Any:
    """Return the battery's planned powers, W, + charging."""
    plan = snapshot_of(entry).plan
    assert plan
    return plan.schedule.battery_w[BATTERY_ID]


async def test_with_self_consumption_alone_nothing_is_bought_for_the_battery(hass: HomeAssistant) -> None:
    entry = await async_set_up_house(hass, mapped(modes=SELF_USE, **CHEAP_NOW), solar_power="0", battery_soc="30")
    plan = snapshot_of(entry).plan
    assert plan
    charged, bought = planned_w(entry) > 20, plan.schedule.grid_w > 20
    assert not (charged & bought).any()
    assert plan.problem.batteries[0].drive == NOTHING
    view = state_of(hass, "sensor", BATTERY_ID, "recommended_mode")
    assert view.state == BatteryMode.SELF_CONSUMPTION
    assert view.attributes["not_drivable"] == ["charge", "discharge", "hold"]


async def test_with_everything_mapped_the_cheap_hours_are_used(hass: HomeAssistant) -> None:
    options = dict(INVERTER["work_mode_options"])
    entry = await async_set_up_house(
        hass, mapped(modes=options, powers=POWERS, **CHEAP_NOW), solar_power="0", battery_soc="30"
    )
    plan = snapshot_of(entry).plan
    assert plan
    assert ((planned_w(entry) > 20) & (plan.schedule.grid_w > 20)).any()
    assert state_of(hass, "sensor", BATTERY_ID, "recommended_mode").attributes["not_drivable"] == []


@pytest.mark.parametrize(
    ("modes", "powers", "cannot"),
    [
        (SELF_USE, (), {"charge", "discharge", "hold"}),
        ({**SELF_USE, "charge": "Gone with an update"}, POWERS, {"charge", "discharge"}),
    ],
)
async def test_an_override_that_cannot_be_driven_is_refused(
    hass: HomeAssistant, modes: dict[str, str] | None, powers: tuple[str, ...], cannot: set[str]
) -> None:
    entry = await async_set_up_house(hass, mapped(modes=modes, powers=powers))
    for mode in ("charge", "discharge", "hold", "self_consumption"):
        if mode not in cannot:
            await override(hass, entry, mode)
            assert state_of(hass, "sensor", BATTERY_ID, "recommended_mode").state == mode
            await hass.services.async_call(DOMAIN, "clear_override", {}, blocking=True)
            continue
        with pytest.raises(ServiceValidationError) as refused:
            await override(hass, entry, mode)
        assert refused.value.translation_key == f"cannot_{mode}"
        assert "Hybrid" in str(refused.value)
        assert "{" not in str(refused.value)
        assert not snapshot_of(entry).battery_overrides


async def test_a_battery_without_an_inverter_says_so(hass: HomeAssistant) -> None:
    alone = {key: value for key, value in BATTERY.items() if key != "inverter"}
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Farm",
        data=SITE,
        subentries_data=[
            ConfigSubentryDataWithId(
                data=alone, subentry_id=BATTERY_ID, subentry_type="battery", title="House battery", unique_id=None
            )
        ],
    )
    await async_set_up_house(hass, entry)
    with pytest.raises(ServiceValidationError) as refused:
        await override(hass, entry, "charge")
    assert refused.value.translation_key == "no_controller"


async def test_a_power_that_cannot_be_set_is_refused(hass: HomeAssistant) -> None:
    entry = await async_set_up_house(hass, mapped(modes={**SELF_USE, "charge": "Force charge"}))
    with pytest.raises(ServiceValidationError) as refused:
        await override(hass, entry, "charge", power_kw=2)
    assert refused.value.translation_key == "cannot_set_charge_power"
    await override(hass, entry, "charge")
    assert planned_w(entry)[0] == pytest.approx(5_000, abs=1)


async def test_the_owners_word_is_in_the_plan_with_its_power(hass: HomeAssistant) -> None:
    entry = await async_set_up_house(hass, mapped(modes=dict(INVERTER["work_mode_options"]), powers=POWERS))
    for mode, data, expected in (
        ("charge", {"power_kw": 2}, 2_000),
        ("discharge", {"power_kw": 0.5}, -500),
        ("hold", {}, 0),
    ):
        await override(hass, entry, mode, hours=1, **data)
        snapshot = snapshot_of(entry)
        assert planned_w(entry)[:12] == pytest.approx(expected, abs=1), mode
        assert snapshot.report
        row = snapshot.report.rows[0]
        assert row.battery_modes[BATTERY_ID] == mode == snapshot.decisions.batteries[BATTERY_ID].mode
        assert row.battery_w[BATTERY_ID] == pytest.approx(expected, abs=1)
        assert snapshot.decisions.batteries[BATTERY_ID].power_w == abs(expected)
        shown = state_of(hass, "sensor", BATTERY_ID, "planned_power")
        assert float(shown.state) == pytest.approx(-expected / 1000, abs=0.01)


async def test_what_is_away_for_a_while_can_still_be_told(hass: HomeAssistant) -> None:
    options = dict(INVERTER["work_mode_options"])
    entry = await async_set_up_house(hass, mapped(modes=options, powers=POWERS))
    for entity in ("select.inverter_mode", "number.inverter_charge", "number.inverter_discharge"):
        hass.states.async_set(entity, "unavailable")
    assert orchestrator_of(entry).drive(BATTERY_ID) == EVERYTHING
    hass.states.async_set("select.inverter_mode", "Self use", {"options": ["Self use", *MODES[2:]]})
    assert not orchestrator_of(entry).drive(BATTERY_ID).charge


async def test_what_a_number_does_not_reach_is_not_planned(hass: HomeAssistant) -> None:
    entry = mapped(modes=dict(INVERTER["work_mode_options"]), powers=POWERS, **CHEAP_NOW)
    await async_set_up_house(hass, entry, solar_power="0", battery_soc="30")
    hass.states.async_set("number.inverter_charge", "0", {**LIMIT, "max": 3000})
    hass.states.async_set("number.inverter_discharge", "500", {**LIMIT, "min": 500, "unit_of_measurement": "A"})
    await orchestrator_of(entry).async_plan_now()
    drive = drive_of(orchestrator_of(entry).settings, BATTERY_ID, hass.states.get)
    assert (drive.most_charge_w, drive.discharge_power) == (3_000, False)
    assert planned_w(entry).max() <= 3_000 + 1e-6
