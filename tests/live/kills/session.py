"""A session in a process of its own that is killed, stopped and started again; all it says is kept in one file."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Final

from live.venue.stage import TRADEWIND, Stage

STRATEGY: Final = f"{Path(__file__).parent / 'restless.py'}:Restless"
SETTINGS: Final = """
risk = []
[limits]
max_position = 0.02
max_daily_risk = 0.9
max_drawdown = 0.9
cooldown_bars = 0
stop_guard_stops = 0
"""
READY: Final = "PRACTICE - orders go"
"""What a session says once it has reconciled."""
PATIENCE_S: Final = 300.0
"""How long something may take on a machine with much else to do, the kernel being compiled anew."""
END: Final = 6_000
"""How many characters of what was said are shown when something is not as expected."""
OWNED: Final = 75
"""How a process ends whose account is another's."""


class UnexpectedError(Exception):
    """Something was not as it must be: what, and the end of what the processes said."""


class Session:
    """
    The one session of a stage.

    Args:
        stage: The folder with the sandbox.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._said = stage.folder / "run.out"
        self._said.touch()
        (stage.folder / "tradewind.toml").write_text(SETTINGS)
        self._running: subprocess.Popen[bytes] | None = None

    def _spawned(self) -> subprocess.Popen[bytes]:
        words = ("run", STRATEGY, "--live-trading", "--i-understand-the-risks", "--profile", "sandbox")
        with self._said.open("ab") as said:
            process = subprocess.Popen([*TRADEWIND, *words], cwd=self._stage.folder, stdout=said, stderr=said)
            said.write(f"--- process {process.pid}\n".encode())
        return process

    def _wrong(self, what: str) -> UnexpectedError:
        return UnexpectedError(f"{what}; it said:\n{self._said.read_text()[-END:]}")

    def _is_protected(self) -> bool:
        with contextlib.suppress(sqlite3.Error):  # the file is locked for a moment
            return self._stage.rows("SELECT count(*) FROM chain WHERE state NOT IN ('protected', 'closed')") == [(0,)]
        return False

    def start(self) -> tuple[float, float]:
        """
        Start it; return when it has reconciled and every open chain is protected.

        Returns:
            Seconds that took, and seconds of processor time that the session and its worker needed for it.
        """
        before = self._said.read_text().count(READY)
        begun = time.monotonic()
        running = self._running = self._spawned()
        while time.monotonic() < begun + PATIENCE_S:
            if running.poll() is not None:
                raise self._wrong(f"the session ended with {running.returncode} while it started")
            if self._said.read_text().count(READY) > before and self._is_protected():
                return time.monotonic() - begun, _used_s(running.pid)
            time.sleep(0.05)
        raise self._wrong(f"the session was not ready within {PATIENCE_S:g} s")

    def _living(self) -> subprocess.Popen[bytes]:
        if self._running is None or self._running.poll() is not None:
            code = None if self._running is None else self._running.returncode
            raise self._wrong(f"the session had ended with {code} by itself")
        return self._running

    def kill(self) -> None:
        """Kill it, when it runs."""
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.wait(10)

    def halt(self, seconds: float) -> None:
        """Stop the process in its tracks for so long."""
        running = self._living()
        running.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        running.send_signal(signal.SIGCONT)

    def double(self) -> None:
        """Start a second one beside it, which must find the account taken and leave."""
        self._living()
        second = self._spawned()
        try:
            code = second.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            second.kill()
            raise self._wrong("a second session did not end") from None
        if code != OWNED:
            raise self._wrong(f"a second session ended with {code}, expected {OWNED}")

    def end(self) -> None:
        """Let the market stand still, so that no stop is triggered that nobody hears of, and end it in order."""
        running = self._living()
        self._stage.stand_still()
        time.sleep(2.0)
        running.send_signal(signal.SIGTERM)
        code = running.wait(45)
        if code != 0:
            raise self._wrong(f"the session ended with {code}, expected 0")


def _used_s(pid: int) -> float:
    """Return the processor time of a process and of its children, seconds."""
    ticks = 0
    for line in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has gone
            fields = line.read_text().rpartition(")")[2].split()
            if pid in (int(line.parent.name), int(fields[1])):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
