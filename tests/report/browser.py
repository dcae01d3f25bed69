"""A real browser without a screen: what a page came to be, what it complained of, and its picture."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import attrs
import pytest

FOUND = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--hide-scrollbars",
    "--enable-logging=stderr",
)  # fmt: skip

needs_browser = pytest.mark.skipif(FOUND is None, reason="there is no chromium on this machine: install it to look")


@attrs.frozen(kw_only=True)
class Seen:
    """
    What a browser saw.

    Args:
        dom: The page as it is when its scripts are done.
        complaints: Lines of the console.
        picture: The picture, PNG.
    """

    dom: str
    complaints: tuple[str, ...]
    picture: Path


def look(address: str, folder: Path, *, width: int = 1280, height: int = 1600, dark: bool = False) -> Seen:
    """Open a page and wait until it is drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"page-{width}-{'dark' if dark else 'light'}.png"
    scheme = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    more = (f"--window-size={width},{height}", "--virtual-time-budget=10000", *scheme)

    def run(*last: str) -> subprocess.CompletedProcess[str]:
        profile = folder / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        command = [str(FOUND), *FLAGS, f"--user-data-dir={profile}", *more, *last, address]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    drawn = run("--dump-dom")
    complaints = re.findall(r"CONSOLE[^\n]*?\"(.*?)\", source", drawn.stderr)
    run(f"--screenshot={picture}")
    return Seen(dom=drawn.stdout, complaints=tuple(complaints), picture=picture)
