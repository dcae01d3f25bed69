"""A week of many symbols whose stream breaks all the time, and thousands of reconnections: what grows?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from live.feed.venue import VirtualClock
from live.market import Setting, busy_setting, sitting
from tradewind.live.control.status import memory_bytes
from tradewind.live.engine import Told
from tradewind.live.feed.candles import bars_of
from tradewind.live.feed.moment import Candle
from tradewind.live.feed.stream import StreamFeed
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

MINUTE = 60_000
HOUR = 60 * MINUTE
BEGUN = 1_700_000_000_000 // HOUR * HOUR
WARM_HOURS = 1_100
_HANDLES = Path("/proc/self/fd")


@attrs.frozen(kw_only=True)
class Use:
    """What the process uses: memory in bytes, descriptors."""

    memory: int
    handles: int


def used() -> Use:
    """Return what this process uses now."""
    return Use(memory=memory_bytes(), handles=sum(1 for _ in _HANDLES.iterdir()) if _HANDLES.is_dir() else 0)


def candle(symbol: int, time: int, length: int) -> Candle:
    """Return a bar that is the same whenever it is asked for: a wave with a little noise."""
    minute = time / MINUTE
    close = 100.0 + 10.0 * np.sin(minute / 300.0 + symbol) + np.sin(minute * 12.9898 + symbol * 78.233)
    opened = 100.0 + 10.0 * np.sin((minute - length / MINUTE) / 300.0 + symbol)
    top, bottom = max(opened, close) + 0.2, min(opened, close) - 0.2
    return Candle(time, float(opened), float(top), float(bottom), float(close), 10.0)


class Breaking:
    """A source whose stream breaks after every minute's bars, or after those of some minutes more."""

    def __init__(self, clock: VirtualClock, names: Sequence[str], minutes: int) -> None:
        self.clock = clock
        self.names = tuple(names)
        self.minutes = minutes
        self.opened = 0

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        """Return history, made up as it is asked for."""
        at = self.names.index(instrument.symbol)
        first, last = start.value // 1_000_000, min(end.value // 1_000_000, self.clock.now_ms())
        times = range(timeframe.ceil(first), last, timeframe.ms)
        return bars_of([candle(at, time, timeframe.ms) for time in times], timeframe).to_frame()

    async def stream(
        self, instruments: Sequence[Instrument], timeframe: Timeframe
    ) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """Yield the bars of some minutes as they close, then break."""
        del instruments
        self.opened += 1
        for _ in range(self.minutes):
            opens = timeframe.floor(self.clock.now_ms())
            await self.clock.sleep((opens + timeframe.ms - self.clock.now_ms()) / 1000.0 + 0.2)
            for at, name in enumerate(self.names):
                yield name, candle(at, opens, timeframe.ms)._asdict()
        raise OSError("connection reset")


async def _here(call: Any) -> Any:
    await asyncio.sleep(0)
    return call()


def feed_of(source: Breaking, clock: VirtualClock) -> StreamFeed:
    """Return the feed of a session that trades hours and marks minutes."""
    instruments = [Instrument(symbol=name) for name in source.names]
    rows, market = Timeframe("1h"), Timeframe("1m")
    warm = {}
    for at, name in enumerate(source.names):
        times = range(BEGUN - WARM_HOURS * HOUR, BEGUN, HOUR)
        warm[name] = bars_of([candle(at, time, HOUR) for time in times], rows)
    empty: dict[str, Bars] = {name: bars_of([], market) for name in source.names}
    return StreamFeed(
        source, instruments, rows, market, warm=warm, begun=empty, backlog=empty, first_ms=BEGUN, clock=clock, ask=_here
    )


def week(*, days: float, symbols: int, minutes: int) -> tuple[list[Use], int, int]:
    """
    Live a session through.

    Args:
        days: How long, days of the market.
        symbols: How many pairs.
        minutes: After how many minutes the stream breaks each time.

    Returns:
        What the process used after every tenth of it, how often the stream was opened, how many bars were decided.
    """
    names = [f"COIN{n:02d}USDT" for n in range(symbols)]
    moments = int(days * 24 * 60)
    uses: list[Use] = []

    async def run() -> tuple[int, int]:
        clock = VirtualClock(BEGUN + 1_000)
        source = Breaking(clock, names, minutes)
        driver = asyncio.create_task(clock.drive())
        count, rows = 0, 0

        def tell(told: Told) -> None:
            nonlocal count, rows
            count += 1
            rows += sum(row is not None for row in told.rows)
            session.told.clear()
            session.events.clear()
            if count % max(1, moments // 10) == 0:
                uses.append(used())
            if count == moments:
                session.engine.stop("the week is over")

        setting: Setting = busy_setting(symbols=3)
        session = sitting(_with(setting, names), feed=feed_of(source, clock), tell=tell)
        await session.engine.run()
        driver.cancel()
        return source.opened, rows

    opened, rows = asyncio.run(run())
    return uses, opened, rows


def _with(setting: Setting, names: Sequence[str]) -> Setting:
    return attrs.evolve(setting, settings=attrs.evolve(setting.settings, symbols=tuple(names)))


def reconnections(count: int) -> list[Use]:
    """Connect so many times to a server on loopback that hangs up, and tell what was used after every tenth."""
    uses: list[Use] = []

    async def hang_up(connection: ServerConnection) -> None:
        await connection.send("{}")
        await connection.close()

    async def run() -> None:
        async with serve(hang_up, "127.0.0.1", 0) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            for n in range(1, count + 1):
                async with connect(f"ws://{host}:{port}") as connection:
                    await connection.recv()
                if n % max(1, count // 10) == 0:
                    await asyncio.sleep(0.05)
                    uses.append(used())

    asyncio.run(run())
    return uses


def growth(uses: Sequence[Use]) -> tuple[float, float]:
    """Return by how much memory and descriptors grew from the third tenth to the end, fractions."""
    first, last = uses[2], uses[-1]
    return last.memory / first.memory - 1.0, last.handles / max(1, first.handles) - 1.0
