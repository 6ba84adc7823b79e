"""What mining earns and what a kWh is worth with its heat: two words, two numbers, everywhere the same."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest

from custom_components.energy_orchestrator.const import DOMAIN
from tests.integration.house import MORNING, device_of, snapshot_of, state_of
from tests.integration.mapped_site import MINER_ID

from .corpus import LANGUAGES
from .test_explain import site

pytestmark = pytest.mark.freeze_time(MORNING)

HEAT: Final = 0.10
REVENUE: Final = 64 / 24 * 0.053 / 1.6
QUESTIONS: Final = ("Should we run the miners now?", "Should we run the miners tomorrow?", "Why is the S21 off?")


def told(facts: dict[str, Any], name: str) -> list[float]:
    return [value for key, value in facts.items() if key.removeprefix(name).lstrip("_").isdigit() or key == name]


@pytest.mark.parametrize("power", [0.05, 0.15, 0.40])
async def test_revenue_is_without_the_heat_and_worth_with_it_wherever_they_are_told(
    hass: HomeAssistant, power: float
) -> None:
    levels = [{"power_w": 1600, "hashrate_ths": 64}]
    entry = await site(
        hass,
        miner={"heat_value_per_kwh": HEAT, "levels": levels},
        data={"hashprice": 0.053, "import_price": power},
        rack=False,
    )
    snapshot = snapshot_of(entry)
    assert snapshot.plan
    assert snapshot.report
    assert float(state_of(hass, "sensor", MINER_ID, "revenue_per_kwh").state) == pytest.approx(REVENUE, abs=1e-4)
    (task,) = snapshot.plan.problem.miners
    for row in snapshot.report.rows:
        numbers = row.miner_reasons[MINER_ID].numbers
        assert numbers["revenue_per_kwh"] == pytest.approx(REVENUE, abs=1e-4)
        assert numbers["worth_per_kwh"] == pytest.approx(REVENUE + HEAT, abs=1e-4)
    decision = state_of(hass, "sensor", MINER_ID, "decision").attributes["numbers"]
    assert decision["revenue_per_kwh"] == pytest.approx(REVENUE, abs=1e-4)
    assert decision["worth_per_kwh"] == pytest.approx(REVENUE + HEAT, abs=1e-4)

    cost = await act(hass, "get_plan", {})
    kwh = float((snapshot.plan.miner_w(task.id) * snapshot.plan.horizon.hours).sum()) / 1000
    assert cost["cost"]["mining"] == pytest.approx(-REVENUE * kwh, abs=1e-2)
    assert cost["cost"]["heat"] == pytest.approx(-HEAT * kwh, abs=1e-2)
    parts = {name: value for name, value in cost["cost"].items() if name != "total"}
    assert sum(parts.values()) == pytest.approx(cost["cost"]["total"], abs=1e-3)

    answers = [
        await act(hass, "explain", {"device_id": device_of(hass, entry, MINER_ID).id, "language": code})
        for code in LANGUAGES
    ]
    answers += [await act(hass, "ask", {"text": text}) for text in QUESTIONS]
    facts = [part.get("facts", part.get("numbers", {})) for part in answers]
    earned = [value for found in facts for value in told(found, "revenue_per_kwh")]
    worth = [value for found in facts for value in told(found, "worth_per_kwh")]
    assert len(earned) == len(worth) >= len(LANGUAGES)
    assert earned == pytest.approx([REVENUE] * len(earned), abs=1e-4)
    assert worth == pytest.approx([REVENUE + HEAT] * len(worth), abs=1e-4)


async def act(hass: HomeAssistant, action: str, data: dict[str, Any]) -> dict[str, Any]:
    answer = await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    assert isinstance(answer, dict)
    return answer
