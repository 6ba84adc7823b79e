"""Makes the test plugin, written for Home Assistant 2026.10, load on 2026.11.

Two things stand in its way there: it brings `httpx` in before Home Assistant has put `httpx2` in its
place, and it takes a helper from where it was before 2026.11. To be loaded ahead of the plugin:

    python -m pytest -p tests.compat_2026_11 tests/integration
"""

# Home Assistant first: it serves `httpx` by `httpx2` from here on.
import homeassistant  # noqa: F401, I001

# Then what the plugin patches before it imports more of Home Assistant, in the plugin's order.
from pytest_homeassistant_custom_component import patch_json, patch_recorder, patch_time  # noqa: F401

from homeassistant.components import logger
from homeassistant.components.logger import helpers

# Where the plugin looks for it.
vars(logger).setdefault("_clear_logger_overwrites", helpers._clear_logger_overwrites)
