"""Small plugin packages, made, built and installed outside the repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import attrs

from tradewind.plugins.discovery import Candidate, find_candidates


@attrs.frozen(kw_only=True)
class Package:
    """A plugin package: its distribution name, what it requires, and its modules' texts."""

    name: str
    modules: Mapping[str, str]
    requires: str = "tradewind>=0.1,<1"
    version: str = "1.0.0"
    point: str = ""

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")

    def write(self, folder: Path) -> Path:
        """Write a source tree that hatchling builds."""
        root = folder / self.name
        source = root / "src" / self.package
        source.mkdir(parents=True)
        (source / "__init__.py").write_text("")
        for module, text in self.modules.items():
            (source / f"{module}.py").write_text(textwrap.dedent(text))
        point = self.point or f"{self.package}.plugin"
        (root / "pyproject.toml").write_text(
            textwrap.dedent(
                f"""
                [build-system]
                requires = ["hatchling"]
                build-backend = "hatchling.build"
                [project]
                name = "{self.name}"
                version = "{self.version}"
                requires-python = ">=3.12"
                dependencies = ["{self.requires}"]
                [project.entry-points.tradewind]
                {self.name} = "{point}"
                [tool.hatch.build.targets.wheel]
                packages = ["src/{self.package}"]
                """
            )
        )
        return root

    def install(self, folder: Path) -> None:
        """Lay the package out in a folder as an installer would, metadata included."""
        target = folder / self.package
        target.mkdir(parents=True)
        (target / "__init__.py").write_text("")
        for module, text in self.modules.items():
            (target / f"{module}.py").write_text(textwrap.dedent(text))
        info = folder / f"{self.package}-{self.version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\nRequires-Dist: {self.requires}\n"
        )
        point = self.point or f"{self.package}.plugin"
        (info / "entry_points.txt").write_text(f"[tradewind]\n{self.name} = {point}\n")


def candidates_in(folder: Path) -> list[Candidate]:
    """Return the plugins laid out in a folder."""
    return find_candidates([str(folder)])


def strategy(name: str, package: str) -> str:
    """Return a declaration module that offers one strategy."""
    return f"""
        from tradewind import hookimpl
        from tradewind.api import StrategySpec

        @hookimpl
        def tradewind_strategies():
            yield StrategySpec(
                name="{name}",
                summary="A strategy for tests.",
                factory="{package}.strategy:Idea",
                timeframe="4h",
                warmup=30,
            )
    """


IDEA = """
    import numpy as np

    from tradewind.api import Signals


    class Idea:
        def needs(self):
            return ()

        def signals(self, frame):
            close = frame["close"].to_numpy()
            up = np.zeros(len(close), dtype=bool)
            up[20:] = close[20:] > close[:-20]
            edge = up & ~np.roll(up, 1)
            edge[:1] = False
            return Signals.from_arrays(frame.index, enter=edge.astype(np.int8), exit_long=~up)
"""


def python() -> str:
    """Return the interpreter that runs the tests."""
    return sys.executable


def run(*command: str, folder: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, its output kept."""
    return subprocess.run(
        command, cwd=folder, env=dict(env) if env is not None else None, capture_output=True, text=True, timeout=240
    )


def uv() -> str | None:
    """Return uv when it is there."""
    return shutil.which("uv")


def installed_names() -> set[str]:
    """Return the distributions of this environment."""
    return {str(found.metadata["Name"]).lower() for found in distributions()}
