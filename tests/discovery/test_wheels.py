"""A wheel built elsewhere and installed with pip takes part at once, and is gone after uninstall."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from discovery.test_loading import BROKEN, MISSPELT, OLD, TWIN
from discovery.wheels import IDEA, Package, run, strategy

GOOD = Package(name="acme-good", modules={"plugin": strategy("good-idea", "acme_good"), "strategy": IDEA})


class Environment:
    """A clean virtual environment that sees this one's libraries and nothing else of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv = folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=120)
        self.python = str(venv / "bin" / "python")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        site = venv / "lib" / version / "site-packages"
        (site / "libraries.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")

    def pip(self, *arguments: str) -> None:
        done = run(sys.executable, "-m", "pip", "--python", self.python, *arguments, folder=self.folder)
        assert done.returncode == 0, done.stderr

    def install(self, package: Package) -> None:
        root = package.write(self.folder / "sources")
        out = self.folder / "wheels" / package.name
        built = run(
            sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(root), folder=root
        )
        assert built.returncode == 0, built.stdout + built.stderr
        self.pip("install", "--no-index", "--no-deps", "--quiet", *(str(wheel) for wheel in out.glob("*.whl")))

    def tradewind(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
        return run(self.python, "-m", "tradewind", *arguments, folder=self.folder, env=env)

    def trust(self) -> dict[str, str]:
        told = json.loads(self.tradewind("plugins", "lock", "--check", "--json").stdout)
        return {row["distribution"]: row["trust"] for row in told}

    def rows(self) -> dict[str, Any]:
        done = self.tradewind("plugins", "list", "--json")
        assert done.returncode == 0, done.stderr
        return {row["distribution"]: row for row in json.loads(done.stdout)}


@pytest.fixture
def clean(tmp_path: Path) -> Environment:
    (tmp_path / "sources").mkdir()
    return Environment(tmp_path)


def test_an_installed_wheel_takes_part_and_its_neighbours_change_only_their_own_rows(clean: Environment) -> None:
    before = clean.rows()
    assert "acme-good" not in before

    clean.install(GOOD)
    with_good = clean.rows()
    assert with_good.pop("acme-good")["offers"][0]["name"] == "good-idea"
    assert with_good == before
    run_by_name = clean.tradewind("backtest", "good_idea", "--no-certificate", "--json", "alone.json")
    assert run_by_name.returncode == 0, run_by_name.stderr
    alone = json.loads((clean.folder / "alone.json").read_text())
    assert alone["strategy"] == "good-idea"
    assert alone["trades"]

    for neighbour in (BROKEN, OLD, MISSPELT, TWIN):
        clean.install(neighbour)
    rows = clean.rows()
    states = {name: row["state"] for name, row in rows.items() if name.startswith(("acme", "beta"))}
    assert states == {
        "acme-good": "loaded",
        "acme-broken": "broken",
        "acme-old": "incompatible",
        "acme-misspelt": "broken",
        "beta-good": "loaded",
    }
    assert {name: row for name, row in rows.items() if name in before} == before

    torn = clean.tradewind("backtest", "good-idea", "--no-certificate")
    assert torn.returncode == 2
    assert "TW-P004" in torn.stderr
    assert "Traceback" not in torn.stderr
    chosen = clean.tradewind("backtest", "acme-good:good-idea", "--no-certificate", "--json", "beside.json")
    assert chosen.returncode == 0, chosen.stderr
    assert json.loads((clean.folder / "beside.json").read_text())["trades"] == alone["trades"]

    clean.pip("uninstall", "--yes", "--quiet", "acme-good", "acme-broken", "acme-old", "acme-misspelt", "beta-good")
    assert clean.rows() == before
    gone = clean.tradewind("backtest", "good-idea")
    assert gone.returncode == 2
    assert "TW-P005" in gone.stderr


def test_a_lock_agrees_to_what_is_installed_and_notices_every_change(clean: Environment) -> None:
    clean.install(GOOD)
    assert clean.tradewind("plugins", "lock", "--check").returncode == 1
    assert not (clean.folder / "plugins.lock").exists()

    assert clean.trust()["acme-good"] == "new"
    assert clean.tradewind("plugins", "lock").returncode == 0
    assert clean.trust()["acme-good"] == "locked"
    # Compiled files are no change, and nothing that this environment borrows can be locked.
    assert clean.tradewind("backtest", "good-idea", "--no-certificate").returncode == 0
    assert clean.trust()["acme-good"] == "locked"
    assert clean.trust()["tradewind-adaptive"] == "editable"

    module = next(clean.folder.glob("venv/lib/*/site-packages/acme_good/strategy.py"))
    module.write_text(module.read_text() + "\n# another idea\n")
    assert clean.trust()["acme-good"] == "changed"
    module.unlink()
    assert clean.trust()["acme-good"] == "changed"

    (clean.folder / "plugins.lock").write_text("{}")
    damaged = clean.tradewind("plugins", "lock", "--check")
    assert (damaged.returncode, "TW-L002" in damaged.stderr) == (2, True)
    assert "Traceback" not in damaged.stderr
