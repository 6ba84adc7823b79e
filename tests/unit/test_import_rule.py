"""The import rules: the pure rooms know nothing of Home Assistant, and arrows between rooms go one way."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "custom_components.energy_orchestrator"
INTEGRATION = ROOT / PACKAGE.replace(".", "/")

IMPURE = {"homeassistant", "voluptuous", "probatio"}


@dataclass(frozen=True)
class Bound:
    """What binds a room, or one file of it: whether Home Assistant is unknown there, and which rooms it may import."""

    pure: bool
    may: frozenset[str]


def pure(*may: str) -> Bound:
    """Bind to know no Home Assistant, not even through another file."""
    return Bound(pure=True, may=frozenset(may))


def door(*may: str) -> Bound:
    """Bind only in what is imported of ours."""
    return Bound(pure=False, may=frozenset(may))


_SET = ("const", "mapping", "model", "settings")
_SEEN = (*_SET, "loop", "telling", "views")
_ENTITY = (*_SEEN, "entity", "permission", "runtime", "services")
_SPOKEN = (*_SEEN, "assist", "entity", "runtime")
_LOOP = (*_SET, "control", "inputs", "learning", "library", "planner", "stores", "telling")

# The one table: every file is bound by its own row, or else by its room's.
BOUND: dict[str, Bound] = {
    "model": pure(),
    "planner": pure("model"),
    "knowledge": pure("model"),
    "const": pure(),
    "mapping": pure("const", "model"),
    "settings": pure("const", "mapping", "model"),
    "learning": pure("model"),
    "inputs": pure(*_SET, "learning"),
    "inputs/asking": door(*_SET, "learning"),
    "inputs/home": door(*_SET),
    "inputs/troubles": door(*_SET),
    "control": pure(*_SET),
    "control/home": door(*_SET),
    "loop": door(*_LOOP),
    "loop/cycle": pure(*_SET, "control", "inputs", "learning", "planner"),
    "loop/snapshot": pure(*_SET, "learning", "planner"),
    "simulation": pure(*_SET, "control"),
    "simulation/entities": door(*_SET, "entity"),
    "simulation/home": door(*_SET, "runtime"),
    "simulation/rows": door(*_SET),
    "simulation/running": door(*_SET, "stores"),
    "backtest": pure(*_SET, "control", "inputs", "learning", "loop", "planner", "simulation"),
    "soak": pure(*_SET, "backtest", "control", "learning", "loop", "planner", "simulation"),
    "telling": door("loop", "model", "planner", "settings"),
    "views": door(*_SET, "loop", "planner", "telling"),
    "library": door("const", "knowledge", "model", "stores"),
    "stores": door("const"),
    "permission": door(*_SET, "loop"),
    "entity": door(*_SEEN, "permission", "runtime", "simulation"),
    "calls": door(*_SEEN, "permission", "runtime"),
    "overriding": door(*_SEEN, "calls", "permission", "runtime"),
    "services": door(*_SEEN, "calls", "library", "overriding", "permission", "runtime"),
    "assist": door(*_SEEN, "knowledge", "library", "permission"),
    "assist/recognise": pure("model"),
    "assist/acts": pure("model"),
    "conversation": door(*_SPOKEN),
    "intent": door(*_SPOKEN),
    "llm": door(*_SPOKEN),
    "web": door(*_SEEN, "assist", "calls", "permission", "planner", "runtime", "services"),
    "flows": door(*_SET, "inputs", "simulation"),
    "config_flow": door(*_SET, "flows", "simulation"),
    "diagnostics": door(*_SEEN, "runtime"),
    "logbook": door("const", "control"),
    "repairs": door("const", "library"),
    "runtime": door("assist", "loop", "simulation"),
    "system_health": door(*_SEEN, "runtime"),
    "energy": door("runtime"),
    "weather": door("entity", "runtime"),
    "__init__": door(*_SET, "assist", "inputs", "library", "loop", "runtime", "services", "simulation", "web"),
} | dict.fromkeys(("binary_sensor", "button", "calendar", "number", "select", "sensor", "switch"), door(*_ENTITY))


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


def key_of(file: Path, integration: Path) -> str | None:
    """Name the row that binds a file: its own, or its room's; None where nothing does."""
    parts = file.relative_to(integration).with_suffix("").parts
    return next((key for key in ("/".join(parts), parts[0]) if key in BOUND), None)


def pure_files(integration: Path) -> list[Path]:
    """List the files that are bound to know no Home Assistant."""
    return [
        file
        for file in files_of(integration, ".")
        if (key := key_of(file, integration)) is not None and BOUND[key].pure
    ]


def impure_imports(integration: Path) -> list[str]:
    """Follow the pure files' imports through all files of ours they reach; name those that are not pure."""
    todo = pure_files(integration)
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


def wrong_arrows(integration: Path) -> list[str]:
    """Name the imports between rooms that the table does not allow."""
    found = []
    for file in files_of(integration, "."):
        key = key_of(file, integration)
        if key is None:
            continue
        allowed = BOUND[key].may | {key.split("/", maxsplit=1)[0]}
        found += [
            f"{key}: {item}"
            for item in imports_of(file, integration)
            if item.ours and item.name.split(".", maxsplit=1)[0] not in allowed
        ]
    return sorted(found)


def unbound(integration: Path) -> list[str]:
    """Name the files that no row binds, and the rows that bind no file."""
    bound = {file: key_of(file, integration) for file in files_of(integration, ".")}
    loose = [str(file.relative_to(integration)) for file, key in bound.items() if key is None]
    return sorted([*loose, *BOUND.keys() - {*bound.values()}])


def circles(integration: Path) -> list[list[str]]:
    """List the circles of imports, those for typing only included: files that reach each other, by name."""
    after = {
        file: {
            loaded
            for item in imports_of(file, integration)
            if item.ours
            for loaded in loaded_by(item.name, integration)
            # A package runs before its own files, whoever imports them.
            if loaded.name != "__init__.py" or not file.is_relative_to(loaded.parent)
        }
        - {file}
        for file in files_of(integration, ".")
    }
    order = TopologicalSorter(after)
    try:
        order.prepare()
    except CycleError as error:
        return [[str(file.relative_to(integration)) for file in error.args[1]]]
    return []


def test_pure_rooms_import_no_home_assistant() -> None:
    assert len(pure_files(INTEGRATION)) > 100, "the rule looks at nothing"
    assert impure_imports(INTEGRATION) == []


def test_arrows_go_one_way() -> None:
    assert wrong_arrows(INTEGRATION) == []


def test_every_file_is_bound_and_every_row_binds_one() -> None:
    assert unbound(INTEGRATION) == []


def test_no_import_goes_round() -> None:
    assert circles(INTEGRATION) == []


def test_a_name_is_one_thing() -> None:
    """No two classes, and no two aliases of types, share a name; but for private ones, which nobody else sees."""
    where: dict[str, list[str]] = {}
    for file in files_of(INTEGRATION, "."):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            name = node.name if isinstance(node, (ast.ClassDef, ast.TypeAlias)) else None
            text = name.id if isinstance(name, ast.Name) else name
            if text is not None and not text.startswith("_"):
                where.setdefault(text, []).append(str(file.relative_to(INTEGRATION)))
    assert {name: files for name, files in where.items() if len(files) > 1} == {}


def test_pure_rooms_run_without_home_assistant() -> None:
    modules = [
        ".".join([PACKAGE, *file.relative_to(INTEGRATION).with_suffix("").parts]).removesuffix(".__init__")
        for file in pure_files(INTEGRATION)
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
        ({"inputs/doubt.py": "from .home import x", "inputs/home.py": "import homeassistant"}, 1, 0),
        ({"simulation/entities.py": "import homeassistant"}, 0, 0),
        ({"model/site.py": "from ..planner import x", "planner/__init__.py": "x = 1"}, 0, 1),
        ({"sensor.py": "from .loop.orchestrator import A\nfrom .planner.report import B"}, 0, 1),
        ({"control/dispatcher.py": "from ..model.site import A\nfrom ..inputs import B"}, 0, 1),
        ({"loop/cycle.py": "from ..telling import A", "telling.py": ""}, 0, 1),
        ({"inputs/__init__.py": "from .solar import A\nfrom ..const import B\nfrom .. import const as c"}, 0, 0),
    ],
)
def test_rules_bite(tmp_path: Path, files: dict[str, str], impure: int, arrows: int) -> None:
    write(tmp_path, files)
    assert len(impure_imports(tmp_path)) == impure
    assert len(wrong_arrows(tmp_path)) == arrows


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"model/a.py": "from .b import x", "model/b.py": "x = 1"}, False),
        ({"model/a.py": "from .b import x", "model/b.py": "from .a import y"}, True),
        ({"model/a.py": "from . import b", "model/b.py": "from .c import y", "model/c.py": "from . import a"}, True),
        (
            {
                "b/__init__.py": "from .c import x",
                "b/c.py": "from ..a.d import y",
                "a/d.py": "from ..b.e import z",
                "b/e.py": "",
            },
            True,
        ),
        ({"a.py": "def f():\n    from .b import x", "b.py": "from .a import f"}, True),
        (
            {
                "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b.c import x",
                "b/__init__.py": "",
                "b/c.py": "from ..a import y",
            },
            True,
        ),
    ],
)
def test_a_circle_is_found(tmp_path: Path, files: dict[str, str], found: bool) -> None:
    write(tmp_path, files)
    assert bool(circles(tmp_path)) is found


def test_a_file_nobody_bound_is_found(tmp_path: Path) -> None:
    write(tmp_path, {**{f"{key}.py": "" for key in BOUND}, "shed/tool.py": "", "helper.py": ""})
    assert unbound(tmp_path) == ["helper.py", "shed/tool.py"]
    (tmp_path / "weather.py").unlink()
    assert "weather" in unbound(tmp_path)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
