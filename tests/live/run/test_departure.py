"""A stop that is asked for at any moment ends the session in order, with a summary and exit code 0."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tradewind.live.session.departure import Departed, Departure

LEAVING: Final = (sys.executable, str(Path(__file__).parent / "leaving.py"))


def departed(moment: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a session that gets SIGTERM at a moment of its start."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    words = [*LEAVING, moment, "run", "adaptive", *arguments, "--json"]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=200)


def unended(folder: Path) -> list[int]:
    """Return the sessions that have begun and not ended."""
    path = folder / ".tradewind" / "tradewind.db"
    if not path.exists():
        return []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return [row for (row,) in database.execute("SELECT id FROM trading_sessions WHERE ended_ms IS NULL")]


def test_the_first_signal_stops_in_order_and_a_second_within_ten_seconds_at_once() -> None:
    stopped: list[str] = []
    left: list[int] = []
    now = [0]
    departure = Departure(left.append, lambda: now[0])
    departure.tell(stopped.append)
    departure.heard(15)
    assert (stopped, left) == (["stopped by SIGTERM"], [])
    now[0] = 11_000_000_000
    departure.heard(15)
    assert (len(stopped), left) == (2, [])
    now[0] = 20_000_000_000
    departure.heard(2)
    assert left == [130]


def test_a_signal_before_there_is_anything_to_end_gives_up_what_is_under_way() -> None:
    departure = Departure(lambda code: None, lambda: 0)
    with pytest.raises(Departed, match="SIGINT"):
        departure.heard(2)


def test_what_can_end_the_session_hears_of_a_signal_that_came_before_it_did() -> None:
    stopped: list[str] = []
    departure = Departure(lambda code: None, lambda: 0)
    departure.ending()
    departure.heard(15)
    departure.tell(stopped.append)
    assert stopped == ["stopped by SIGTERM"]


def test_a_second_signal_is_heard_while_the_loop_is_busy() -> None:
    left: list[int] = []

    async def busy(departure: Departure) -> None:
        departure.tell(lambda reason: None)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with Departure(left.append, lambda: 0) as departure:
        asyncio.run(busy(departure))
    assert left == [143]
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.critical
@pytest.mark.parametrize(
    "moment",
    [
        "tradewind.live.gate:wants_live",
        "tradewind.live.paper.opening:find",
        "tradewind.live.paper.opening:Engine",
        "tradewind.cli.run_lines:Lines.opening",
        "tradewind.cli.run_lines:Lines.ending",
    ],
)
def test_a_paper_session_that_is_stopped_while_it_starts_or_ends_ends_in_order(moment: str, tmp_path: Path) -> None:
    done = departed(moment, "--days", "5", folder=tmp_path)
    assert (0, "Traceback" in done.stderr) == (done.returncode, False), done.stderr[-2000:]
    assert json.loads(done.stdout)["reason"] in {"stopped by SIGTERM", "the data ended"}
    assert "The session ended" in done.stderr
    assert unended(tmp_path) == []
