"""Lets the pure rooms of the integration be imported where there is no Home Assistant.

Importing `custom_components.energy_orchestrator.planner` first runs the `__init__.py` of the
integration, as Python does for every package, and that file imports Home Assistant. The pure rooms
do not need it. Importing this module puts a bare package of the same name in its place, which has
the same folder and no code, so that the rooms come in under their usual names:

    import pure  # noqa: F401
    from custom_components.energy_orchestrator.planner import ...

Where the integration has been imported already, as in the tests, nothing changes.
"""

from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
import sys

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "custom_components.energy_orchestrator"


def register(root: Path = ROOT) -> None:
    """Put the bare package in place of the integration's own."""
    if PACKAGE in sys.modules:
        return
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    spec = ModuleSpec(PACKAGE, loader=None, is_package=True)
    spec.submodule_search_locations = [str(root / PACKAGE.replace(".", "/"))]
    sys.modules[PACKAGE] = module_from_spec(spec)


register()
