"""Two equal sessions of twenty symbols, of which twenty browsers watch one: what each bar takes, side by side."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from bench.browsers import Browser, login
from tradewind.live.control.socket import ask, sockets

TRADEWIND: Final = (sys.executable, "-m", "tradewind")
NAMES: Final = (
    "BTC", "ETH", "SOL", "BNB", "XRP", "ADA", "DOGE", "DOT", "LINK", "LTC",
    "AVAX", "TRX", "UNI", "ATOM", "XLM", "ETC", "FIL", "NEAR", "APT", "ARB",
)  # fmt: skip
SETTINGS: Final = """
source = "synthetic"
symbols = [{symbols}]
timeframe = "1h"
[sources.synthetic]
symbols = [{symbols}]
last = "2024-12-31"
finest = "1h"
"""


@attrs.define(kw_only=True)
class Watched:
    """
    What was seen of one session.

    Args:
        bars: How long each bar that was seen took, milliseconds.
        memory: Memory of its process at each look, bytes.
    """

    bars: list[float] = attrs.field(factory=list)
    memory: list[int] = attrs.field(factory=list)
    cpu: list[float] = attrs.field(factory=list)
    counted: int = 0


@contextmanager
def session(folder: Path, speed: str, days: str) -> Iterator[Path]:
    """Give the socket of a paper session over twenty symbols that goes on."""
    folder.mkdir(parents=True)
    symbols = ", ".join(f'"{name}USDT"' for name in NAMES)
    (folder / "tradewind.toml").write_text(SETTINGS.format(symbols=symbols))
    with (folder / "session.txt").open("w") as told:
        process = subprocess.Popen(
            [*TRADEWIND, "run", "adaptive", "--days", days, "--speed", speed], cwd=folder, stdout=told, stderr=told
        )
    try:
        deadline = time.monotonic() + 600.0
        while not (found := sockets(folder / ".tradewind")):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit((folder / "session.txt").read_text())
            time.sleep(0.5)
        yield found[0]
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def dashboard(folder: Path) -> Iterator[tuple[int, str, int]]:
    """Give port, token and process id of a dashboard over a session."""
    process = subprocess.Popen(
        [*TRADEWIND, "dashboard", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        if process.stdout is None:
            raise SystemExit("it told nothing")
        found = re.search(r":(\d+)/login#(\S+)", process.stdout.readline())
        if found is None:
            raise SystemExit("it told no link")
        yield int(found[1]), found[2], process.pid
    finally:
        process.terminate()
        process.wait(60)


def memory_of(pid: int) -> int:
    """Return how much memory a process has, bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_of(pid: int) -> float:
    """Return how much processor time a process has used, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def note(seen: Watched, path: Path) -> None:
    """Ask a session how long its last bars took, and remember."""
    status = list(ask(path, {"verb": "status"}))[-1]["status"]
    machine, bars = status["machine"], int(status["bars"])
    if machine["bar_ms"] is not None and bars > seen.counted:
        seen.bars.append(machine["bar_ms"]["median"])
        seen.counted = bars
    seen.memory.append(machine["memory_bytes"])
    seen.cpu.append(machine["cpu_s"])


async def watch(folder: Path, minutes: float, clients: int, speed: str, days: str) -> dict[str, Any]:
    """Run both sessions, let clients watch one of them, and return what was seen."""
    with ExitStack() as stack:
        alone = stack.enter_context(session(folder / "alone", speed, days))
        watched = stack.enter_context(session(folder / "watched", speed, days))
        port, token, pid = stack.enter_context(dashboard(folder / "watched"))
        await asyncio.sleep(15.0)
        cookie = await login(port, token)
        browsers = [Browser(port, cookie) for _ in range(clients)]
        slow = [Browser(port, cookie, slow=True) for _ in range(3)]
        first, other = Watched(), Watched()
        before, cpu = 0, cpu_of(pid)
        tasks = [asyncio.create_task(one.live()) for one in (*browsers, *slow)]
        board: list[int] = []
        began = time.monotonic()
        while time.monotonic() - began < 60.0 * minutes:
            await asyncio.sleep(10.0)
            for seen, path in ((first, alone), (other, watched)):
                await asyncio.to_thread(note, seen, path)
            board.append(memory_of(pid))
            before = before or board[0]
            told(first, other, board, browsers)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        faults = [one for one in ended if isinstance(one, Exception)]
        return {"alone": first, "watched": other, "board": board, "browsers": browsers, "faults": faults,
                "cpu": cpu_of(pid) - cpu, "seconds": time.monotonic() - began}  # fmt: skip


def told(first: Watched, other: Watched, board: list[int], browsers: list[Browser]) -> None:
    """Print a line that says how it stands."""
    gaps = [gap for one in browsers for gap in one.gaps[2:]] or [0.0]
    if first.bars and other.bars:
        sys.stderr.write(
            f"bar {first.bars[-1]:.2f} alone, {other.bars[-1]:.2f} ms watched; dashboard {board[-1] / 1e6:.0f} MB; "
            f"{len(gaps):,} events, the latest after {max(gaps):.2f} s\n"
        )


def summary(found: dict[str, Any]) -> str:
    """Return what was seen in words."""
    lines = []
    alone, watched = found["alone"], found["watched"]
    for name, one in (("alone", alone), ("watched", watched)):
        low, middle, high = np.percentile(one.bars, (5, 50, 95))
        used = (one.cpu[-1] - one.cpu[0]) / found["seconds"]
        tail = np.asarray(one.memory[len(one.memory) // 3 :]) / 1e6
        lines.append(
            f"{name:<8} a bar of 20 symbols {middle:8.2f} ms ({low:.2f} to {high:.2f}), processor {used:.1%}, "
            f"memory {tail[0]:.1f} -> {tail[-1]:.1f} MB in the last two thirds"
        )
    pairs = min(len(alone.bars), len(watched.bars))
    ratio = np.median(np.asarray(watched.bars[:pairs]) / np.asarray(alone.bars[:pairs]))
    gaps = np.asarray([gap for one in found["browsers"] for gap in one.gaps[2:]])
    board = np.asarray(found["board"]) / 1e6
    events = (
        f"{len(found['browsers'])} clients for {found['seconds'] / 60:.1f} minutes: {len(gaps):,} events, one every "
        f"{np.median(gaps):.3f} s, 99% within {np.percentile(gaps, 99):.2f} s, the latest {gaps.max():.2f} s; "
        f"{sum(one.asked for one in found['browsers']):,} further questions; three more that read nothing"
    )
    own = (
        f"dashboard: memory {board[0]:.1f} MB at first, {board[len(board) // 3]:.1f} after a third, {board[-1]:.1f} at "
        f"the end; processor {found['cpu'] / found['seconds']:.1%}; {len(found['faults'])} clients failed"
    )
    return "\n".join([*lines, f"watched / alone, median of looks side by side: {ratio:.3f}", events, own])
