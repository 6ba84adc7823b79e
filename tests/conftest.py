"""What all tests share."""

from functools import partial
import logging
import os

from hypothesis import HealthCheck, settings
import pytest

# The same examples in every run: a failure found by chance elsewhere becomes a test of its own.
settings.register_profile(
    "default", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")

# The test plugin has every SQL statement logged, which buries what a failed test has to say.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def quick_plans(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the loop be content with plans within 1 % of the optimum: how good they get is tested where it is the point."""
    if "hass" in request.fixturenames:
        from custom_components.energy_orchestrator.planner.energy_planner import plan

        quick = partial(plan, gap=0.01, time_limit_s=3)
        monkeypatch.setattr("custom_components.energy_orchestrator.orchestrator.plan", quick)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the steps of script/test that failed before this one, so that the closing line is not taken for all."""
    if failed := os.environ.get("SCRIPT_TEST_FAILED"):
        terminalreporter.section("script/test failed in earlier steps", sep="!", red=True)
        terminalreporter.write_line(failed, red=True)
