"""The import rules: the pure rooms know nothing of Home Assistant, and arrows between rooms go one way."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "custom_components.energy_orchestrator"
INTEGRATION = ROOT / PACKAGE.replace(".", "/")

PURE = (
    "model",
    "planner",
    "knowledge",
    "simulation/plant.py",
    "assist/recognise.py",
    "control/__init__.py",
    "control/audit.py",
    "control/command.py",
    "control/commands.py",
    "control/dispatcher.py",
    "control/drivable.py",
    "control/hands.py",
    "simulation/ahead.py",
    "simulation/hands.py",
    "simulation/plant.py",
    "simulation/points.py",
    "simulation/stored.py",
    "inputs/forecasts",
    "inputs/prices",
    *(
        f"inputs/{name}.py"
        for name in (
            "doubt",
            "expect",
            "memory",
            "money",
            "observer",
            "pulse",
            "quantities",
            "series",
            "states",
            "sun",
            "times",
        )
    ),
)
IMPURE = {"homeassistant", "voluptuous", "probatio"}

# What each room may import of ours, besides itself. Rooms that are not named may import any.
_EDGE = {"const", "settings", "helpers", "model"}
_TOLD = {"telling", "views"}
_THIN = _EDGE | _TOLD | {"entity", "library", "loop", "permission", "runtime", "services", "simulation"}
ALLOWED: dict[str, set[str]] = {
    "model": set(),
    "planner": {"model"},
    "knowledge": {"model"},
    "simulation/plant": {"model", "simulation"},
    "const": {"model"},
    "settings": _EDGE,
    "inputs": _EDGE,
    "control": _EDGE,
    "loop/snapshot": _EDGE | {"planner"},
    "telling": _EDGE | {"planner", "loop"},
    "views": _EDGE | _TOLD | {"planner", "loop"},
    "library": _EDGE | {"knowledge"},
    "loop": _EDGE | {"control", "inputs", "knowledge", "library", "planner", "runtime", "telling"},
    "permission": _EDGE | {"loop", "telling"},
    "simulation": _THIN | {"control"},
    "assist": (_THIN - {"runtime"}) | {"knowledge", "library"},
} | dict.fromkeys(
    (
        "binary_sensor",
        "button",
        "calendar",
        "date",
        "diagnostics",
        "entity",
        "event",
        "number",
        "repairs",
        "select",
        "sensor",
        "services",
        "switch",
        "system_health",
        "text",
        "time",
    ),
    _THIN,
)


@dataclass(frozen=True)
class Import:
    """One name that a file imports: absolute, from the integration's folder where it is ours."""

    file: Path
    line: int
    ours: bool
    name: str
    """Dotted name; of the integration's own modules without the package's name."""

    def __str__(self) -> str:
        """Say where."""
        return f"{self.file.name}:{self.line} imports {'.' if self.ours else ''}{self.name}"


def imports_of(file: Path, integration: Path) -> Iterator[Import]:
    """List what one file imports, at any depth of it: also inside functions and for typing only."""
    here = [PACKAGE, *file.relative_to(integration).parts[:-1]]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: len(here) - node.level + 1]] if node.level else []
            base += [node.module] if node.module else []
            names = [".".join([*base, alias.name]) for alias in node.names]
        else:
            continue
        for name in names:
            ours = name == PACKAGE or name.startswith(f"{PACKAGE}.")
            yield Import(file, node.lineno, ours, name.removeprefix(PACKAGE).removeprefix(".") if ours else name)


def files_of(integration: Path, *rooms: str) -> list[Path]:
    """List the files of rooms, each a folder or one file; what does not exist yet has none."""
    paths = [integration / room for room in rooms]
    return sorted(file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py")))


def loaded_by(name: str, integration: Path) -> Iterator[Path]:
    """List the integration's files that run when one of its names is imported, but for its own `__init__.py`."""
    parts = name.split(".") if name else []
    for length in range(1, len(parts) + 1):
        path = integration.joinpath(*parts[:length])
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                yield file
    if not (parts and ((integration / parts[0]).is_dir() or (integration / f"{parts[0]}.py").is_file())):
        yield integration / "__init__.py"  # a name of the package itself


def impure_imports(integration: Path) -> list[str]:
    """Follow the pure rooms' imports through all files of ours they reach; name those that are not pure."""
    todo = files_of(integration, *PURE)
    seen: set[Path] = set()
    found: list[str] = []
    while todo:
        file = todo.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        for item in imports_of(file, integration):
            if item.ours:
                todo += loaded_by(item.name, integration)
            elif item.name.split(".", maxsplit=1)[0] in IMPURE:
                found.append(f"{file.relative_to(integration)}: {item}")
    return sorted(found)


def room_of(file: Path, integration: Path) -> str:
    """Name the room of a file: its folder, or the file where that has rules of its own."""
    parts = file.relative_to(integration).with_suffix("").parts
    return "/".join(parts) if "/".join(parts) in ALLOWED else parts[0]


def wrong_arrows(integration: Path) -> list[str]:
    """Name the imports between rooms that the table does not allow."""
    found = []
    for file in files_of(integration, "."):
        room = room_of(file, integration)
        if room not in ALLOWED:
            continue
        allowed = ALLOWED[room] | {room.split("/", maxsplit=1)[0]}
        found += [
            f"{room}: {item}"
            for item in imports_of(file, integration)
            if item.ours and item.name.split(".", maxsplit=1)[0] not in allowed
        ]
    return sorted(found)


def test_pure_rooms_import_no_home_assistant() -> None:
    assert files_of(INTEGRATION, "model"), "the rule looks at nothing"
    assert impure_imports(INTEGRATION) == []


def test_arrows_go_one_way() -> None:
    assert wrong_arrows(INTEGRATION) == []


def test_pure_rooms_run_without_home_assistant() -> None:
    modules = [
        ".".join([PACKAGE, *file.relative_to(INTEGRATION).with_suffix("").parts]).removesuffix(".__init__")
        for file in files_of(INTEGRATION, *PURE)
    ]
    code = f"""
import importlib, sys
sys.path.insert(0, {str(ROOT / "script" / "lib")!r})
for name in {sorted(IMPURE)!r}:
    sys.modules[name] = None  # to import it is an ImportError
import pure
for module in {modules!r}:
    importlib.import_module(module)
assert not [name for name in sys.modules if name.startswith("homeassistant.")]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("files", "impure", "arrows"),
    [
        ({"model/site.py": "import math\nfrom .plan import Plan", "model/plan.py": "Plan = 1"}, 0, 0),
        ({"model/site.py": "import homeassistant"}, 1, 0),
        ({"knowledge/deep/er.py": "def f():\n    from homeassistant.core import HomeAssistant"}, 1, 0),
        ({"simulation/plant.py": "from .sky import x", "simulation/sky.py": "import voluptuous as vol"}, 1, 0),
        # Reached over another file of ours, over a package's __init__, and over the integration's own.
        ({"planner/a.py": "from ..const import X", "const.py": "from homeassistant.const import X"}, 1, 1),
        ({"planner/a.py": "from ..help.x import X", "help/x.py": "", "help/__init__.py": "import homeassistant"}, 1, 1),
        ({"planner/a.py": "from .. import DOMAIN", "__init__.py": "import homeassistant"}, 1, 1),
        ({"planner/a.py": f"from {PACKAGE}.const import X", "const.py": "import homeassistant"}, 1, 1),
        ({"simulation/entities.py": "import homeassistant"}, 0, 0),
        ({"model/site.py": "from ..planner import x", "planner/__init__.py": "x = 1"}, 0, 1),
        ({"sensor.py": "from .loop.orchestrator import A\nfrom .planner.report import B"}, 0, 1),
        ({"control/dispatcher.py": "from ..model.site import A\nfrom ..inputs import B"}, 0, 1),
        ({"inputs/__init__.py": "from .solar import A\nfrom ..const import B\nfrom .. import const as c"}, 0, 0),
    ],
)
def test_rules_bite(tmp_path: Path, files: dict[str, str], impure: int, arrows: int) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert len(impure_imports(tmp_path)) == impure
    assert len(wrong_arrows(tmp_path)) == arrows
