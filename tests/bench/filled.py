"""A dashboard whose lists are full, asked as fast as it answers: an hour of twenty browsers passes in minutes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import attrs

from bench.browsers import PAGE_ASKS, Browser, login
from bench.watching import NAMES, SETTINGS, TRADEWIND, cpu_of, dashboard, memory_of

DAYS: Final = "40"
"""Of twenty symbols: enough for more trades, orders and decisions than a page shows."""
EVERY_S: Final = 10.0
HOUR: Final = 20 * 1_200 * len(PAGE_ASKS)
"""Questions of twenty browsers in an hour of bars that close every three seconds."""


class Eager(Browser):
    """A browser for which a bar closes as soon as it has been told of the one before."""

    async def live(self) -> None:
        """Ask until cancelled."""
        while True:
            for path in PAGE_ASKS:
                await self._ask(f"/api/v1/sessions/1/{path}")


@attrs.frozen(kw_only=True)
class Sample:
    """
    One look at the dashboard's process.

    Args:
        seconds: Since the first question.
        asked: Questions that were answered.
        memory: Bytes.
    """

    seconds: float
    asked: int
    memory: int


def kept(folder: Path) -> None:
    """Leave a session of twenty symbols that has ended, with lists longer than a page shows."""
    symbols = ", ".join(f'"{name}USDT"' for name in NAMES)
    (folder / "tradewind.toml").write_text(SETTINGS.format(symbols=symbols))
    words = ("run", "adaptive", "--days", DAYS, "--speed", "max")
    subprocess.run([*TRADEWIND, *words], cwd=folder, check=True, capture_output=True)


async def hammer(folder: Path, minutes: float, clients: int) -> list[Sample]:
    """Ask without a pause, listen with three more, and return how memory went; each look is printed."""
    found = []
    with dashboard(folder) as (port, token, pid):
        await asyncio.sleep(3.0)
        cookie = await login(port, token)
        eager = [Eager(port, cookie) for _ in range(clients)]
        others = [Browser(port, cookie, slow=slow) for slow in (False, False, True)]
        tasks = [asyncio.create_task(one.live()) for one in (*eager, *others)]
        began = time.monotonic()
        while time.monotonic() - began < 60.0 * minutes:
            await asyncio.sleep(EVERY_S)
            asked = sum(one.asked for one in eager)
            found.append(Sample(seconds=time.monotonic() - began, asked=asked, memory=memory_of(pid)))
            sys.stderr.write(
                f"{found[-1].seconds:6.0f} s {asked:9,} questions {found[-1].memory / 1e6:7.1f} MB, "
                f"processor {cpu_of(pid):6.0f} s\n"
            )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return found


def curve(found: list[Sample]) -> str:
    """Return in words how memory went."""
    half = found[len(found) // 2 :]
    lines = [f"{one.asked:9,} questions {one.memory / 1e6:7.1f} MB" for one in found[:: max(1, len(found) // 12)]]
    told = f"{found[-1].asked / HOUR:.2f} hours of twenty browsers"
    last = f"{half[0].memory / 1e6:.1f} -> {half[-1].memory / 1e6:.1f} MB in the second half of {told}"
    return "\n".join([*lines, last])
