"""What all tests share."""

from datetime import datetime
import logging
import os
from typing import Final

import freezegun.api
from hypothesis import HealthCheck, settings
import pytest

# The moment at which every test with a Home Assistant stands that does not choose one: a clear June morning,
# ten o'clock where the tests' Home Assistant stands.
DEFAULT_MOMENT: Final = "2026-06-20T10:00:00+02:00"

# The same examples in every run: a failure found by chance elsewhere becomes a test of its own.
settings.register_profile(
    "default", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")

# The test plugin has every SQL statement logged, which buries what a failed test has to say.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

# What is measured takes its time also where the clock stands.
vars(freezegun.api).update(
    fake_perf_counter=freezegun.api.real_perf_counter, fake_perf_counter_ns=freezegun.api.real_perf_counter_ns
)


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)
    return text


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the suite be run at another moment."""
    parser.addoption(
        "--at",
        type=_moment,
        default=DEFAULT_MOMENT,
        metavar="MOMENT",
        help=f"where the clock of tests with a Home Assistant stands, with its offset from UTC ({DEFAULT_MOMENT})",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Freeze the clock of every test that has a Home Assistant: at the moment it chose, or at the default one."""
    for item in items:
        if "hass" in getattr(item, "fixturenames", ()) and item.get_closest_marker("freeze_time") is None:
            item.add_marker(pytest.mark.freeze_time(config.getoption("--at")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the steps of script/test that failed before this one, so that the closing line is not taken for all."""
    if failed := os.environ.get("SCRIPT_TEST_FAILED"):
        terminalreporter.section("script/test failed in earlier steps", sep="!", red=True)
        terminalreporter.write_line(failed, red=True)
