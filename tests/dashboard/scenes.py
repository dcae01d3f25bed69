"""What is shown of the dashboard and of reports in the documentation, and how a browser comes to see it."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
from PIL import Image

from dashboard.serving import TRADEWIND, Served, running_session, served
from report.browser import DRAWN, Tab

OPENED: Final = "document.documentElement.dataset.opened"
COLOURS: Final = 160
"""Colours of a picture: enough for text and lines, and a third of the bytes."""
PHONE: Final = 600
WRITES: Final = os.environ.get("TRADEWIND_WRITE_SCREENSHOTS") == "1"
MANY: Final = 1_200
"""Points of the equity that a picture which is kept waits for: it shows a session that has seen something."""
LONG: Final = ("--days", "1000", "--speed", "400000")
"""A session that has seen much in a few seconds, and goes on for minutes."""


@attrs.frozen(kw_only=True)
class Scene:
    """
    One picture.

    Args:
        name: Its file, without the ending.
        width: Of the window, pixels.
        height: The same.
        dark: The system is set to dark.
        play: Brings the page there.
    """

    name: str
    width: int = 1180
    height: int = 860
    dark: bool = False
    play: Callable[[Tab, Served], None]


def page(name: str) -> Callable[[Tab, Served], None]:
    """Return what opens one page of the dashboard."""

    def play(tab: Tab, board: Served) -> None:
        _enter(tab, board)
        tab.value(f"window.location.hash = '{name}'")
        tab.until(f"{OPENED} === '{name}'")

    return play


def _enter(tab: Tab, board: Served) -> None:
    tab.open("about:blank")
    tab.open(board.link)
    tab.until(f"{OPENED} && {DRAWN}")


def now(tab: Tab, board: Served) -> None:
    """Show a moment at which something is open."""
    page("now")(tab, board)
    if WRITES:
        tab.until(f"{DRAWN} >= {MANY} && document.querySelectorAll('#positions tbody td').length > 1")


def explained(tab: Tab, board: Served) -> None:
    """Choose a decision that was carried out."""
    page("decisions")(tab, board)
    rows, filled = "[...document.querySelectorAll('#decisions tr.asks')]", "(one) => /filled/.test(one.innerText)"
    tab.until(f"{rows}.length > 8 && {rows}.some({filled})")
    tab.value(f"{rows}.find({filled}).click()")
    tab.until("!document.getElementById('words').hidden")


def swap(tab: Tab, board: Served) -> None:
    """Ask what another strategy would do."""
    page("strategies")(tab, board)
    tab.value("document.getElementById('swap-strategy').value = 'enhanced'")
    tab.value("document.getElementById('swap').requestSubmit()")
    tab.until("document.getElementById('plan').innerText.includes('->')")


def confirm(tab: Tab, board: Served) -> None:
    """Ask for everything to be closed, and half type the name."""
    page("now")(tab, board)
    tab.value("document.querySelector('[data-verb=flatten]').click()")
    tab.until("document.getElementById('sure').open")
    tab.value("document.getElementById('sure-input').value = 'pap'")
    tab.value("document.getElementById('sure-input').dispatchEvent(new Event('input'))")
    assert tab.value("document.getElementById('sure-yes').disabled") is True


def compared(tab: Tab, board: Served) -> None:
    """Compare two backtests."""
    page("backtests")(tab, board)
    tab.value("for (const box of [...document.querySelectorAll('#stored input')].slice(0, 2)) box.click()")
    tab.value("document.getElementById('compare').click()")
    tab.until("document.querySelectorAll('#differences tbody tr').length > 3")


def report(tab: Tab, board: Served) -> None:
    """Open the report of a backtest."""
    page("backtests")(tab, board)
    tab.open(tab.value("document.querySelector('#stored tbody tr:last-child a').href"))
    tab.until(DRAWN)
    if tab.value("window.innerWidth") > PHONE:
        tab.value("window.scrollTo(0, document.getElementById('chart').offsetTop - 90)")


SCENES: Final = (
    Scene(name="dashboard-decisions", height=700, play=explained),
    Scene(name="dashboard-swap", height=560, play=swap),
    Scene(name="dashboard-confirm", height=560, play=confirm),
    Scene(name="dashboard-health", height=560, play=page("health")),
    Scene(name="dashboard-compare", height=700, play=compared),
    Scene(name="report", height=940, play=report),
    Scene(name="report-phone", width=400, height=860, dark=True, play=report),
    Scene(name="dashboard-now", height=1000, play=now),
    Scene(name="dashboard-phone", width=400, height=860, dark=True, play=now),
)
"""Every picture of the documentation; those that need a session which has seen much come last."""


@contextmanager
def stage(folder: Path) -> Iterator[Served]:
    """Give a dashboard with controls over a session that goes on, and two backtests."""
    (folder / "tradewind.toml").write_text("[commands.dashboard]\ncontrols = true\n")
    for words in (("adaptive", "--days", "365"), ("enhanced", "--days", "365")):
        command = [*TRADEWIND, "backtest", *words, "--no-db", *(() if WRITES else ("--no-certificate",))]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=240)
    with running_session(folder, *LONG), served(folder) as board:
        yield board


def shoot(tab: Tab, board: Served, scene: Scene) -> bytes:
    """Return the picture of a scene, PNG with few colours."""
    tab.window(scene.width, scene.height, dark=scene.dark)
    scene.play(tab, board)
    tab.later("new Promise((end) => setTimeout(() => requestAnimationFrame(end), 400))")
    with Image.open(io.BytesIO(tab.picture())) as seen:
        small = seen.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, format="PNG", optimize=True)
    return out.getvalue()
