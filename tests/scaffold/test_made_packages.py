"""Every package that `scaffold` makes lints, types, installs and keeps its contract with no edit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.plugins.catalog import load_catalog
from tradewind.plugins.discovery import find_candidates
from tradewind.plugins.scaffold import KINDS, LONGEST, scaffold

NAMES = {kind: f"made-{kind}" for kind in KINDS}

BUILD = """
import os, sys
from hatchling.build import build_wheel
out, *projects = sys.argv[1:]
for project in projects:
    os.chdir(project)
    build_wheel(out)
"""


def run(*command: str, folder: Path, **environment: str) -> str:
    """Run a module of this interpreter and return what it printed; fail with it when it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a package of every kind, by names of every length."""
    folder = tmp_path_factory.mktemp("made")
    for kind, name in NAMES.items():
        scaffold(kind, name, folder)
        scaffold(kind, f"{kind}-{'x' * LONGEST}"[:LONGEST], folder)
        scaffold(kind, f"a{list(KINDS).index(kind)}", folder)
    return folder


@pytest.fixture(scope="module")
def installed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the wheels of the packages are installed, beside the environment."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    projects = [str(made / f"tradewind-{name}") for name in NAMES.values()]
    run("-c", BUILD, str(wheels), *projects, folder=made)
    built = [str(wheel) for wheel in sorted(wheels.glob("*.whl"))]
    assert len(built) == len(NAMES)
    options = ("--no-index", "--no-deps", "--no-compile", "--disable-pip-version-check", "-q", "--target")
    run("-m", "pip", "install", *options, str(target), *built, folder=made)
    return target


def test_made_packages_lint_and_are_formatted(made: Path) -> None:
    run("-m", "ruff", "check", "--no-cache", ".", folder=made)
    run("-m", "ruff", "format", "--no-cache", "--check", ".", folder=made)


def test_made_packages_type_strictly(made: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("mypy-of-made-packages")
    settings = made / "tradewind-made-strategy" / "pyproject.toml"
    sources = [str(made / f"tradewind-{name}" / "src") for name in NAMES.values()]
    for kind, name in NAMES.items():
        text = (made / f"tradewind-{name}" / "tests" / "test_contract.py").read_text()
        (tmp_path / f"test_{kind.replace('-', '_')}.py").write_text(text)
    out = run(
        "-m", "mypy", "--config-file", str(settings), "--cache-dir", str(cache), *sources, str(tmp_path), folder=made
    )
    assert "no issues found" in out


def test_made_packages_are_found_as_plugins(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(installed))
    catalog = load_catalog(candidates=find_candidates([str(installed)]))
    assert {row.distribution: row.cause for row in catalog.plugins} == {
        f"tradewind-{name}": "" for name in NAMES.values()
    }
    assert {spec.name for row in catalog.plugins for _, spec in row.records} == set(NAMES.values())


def test_made_packages_keep_their_contracts(made: Path, installed: Path) -> None:
    tests = [str(made / f"tradewind-{name}" / "tests") for name in NAMES.values()]
    out = run(
        "-m",
        "pytest",
        "-q",
        "-rA",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        "--rootdir",
        str(made),
        *tests,
        folder=made,
        PYTHONPATH=str(installed),
    )
    passed = {name: len(re.findall(rf"^PASSED .*tradewind-{name}/", out, re.MULTILINE)) for name in NAMES.values()}
    assert min(passed.values()) >= 9, passed
    assert re.search(r"\d+ passed in ", out), out
    assert "skipped" not in out.splitlines()[-1]
