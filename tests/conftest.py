"""What all tests share."""

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the steps of script/test that failed before this one, so that the closing line is not taken for all."""
    if failed := os.environ.get("SCRIPT_TEST_FAILED"):
        terminalreporter.section("script/test failed in earlier steps", sep="!", red=True)
        terminalreporter.write_line(failed, red=True)
