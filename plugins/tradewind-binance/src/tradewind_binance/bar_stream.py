"""Closed bars live: a stream for promptness, REST for what it lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

import attrs

from tradewind.api import Timeframe, VenueError
from tradewind_binance.history import History
from tradewind_binance.klines import Kline, kline_of_push, kline_of_row
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.socket import BROKEN, Pauses, Socket, opened

_LOG: Final = logging.getLogger(__name__)
LATE_MS: Final = 5000
"""How long after a bar's close its closing message is waited for."""
FINAL_AFTER_MS: Final = 2000


@attrs.define(kw_only=True, eq=False)
class BarStream:
    """
    Kline streams of some pairs on one connection, opened anew whenever it ends.

    Args:
        config: The settings.
        history: Asks for what the stream lost.
        symbols: The pairs.
        timeframe: Length of a bar.
        interval: The venue's name of it.
    """

    config: BinanceConfig
    history: History
    symbols: tuple[str, ...]
    timeframe: Timeframe
    interval: str
    pauses: Pauses = attrs.field(factory=Pauses)
    _last: dict[str, int] = attrs.field(factory=dict, init=False)

    @property
    def url(self) -> str:
        """Where the streams are."""
        names = "/".join(f"{symbol.lower()}@kline_{self.interval}" for symbol in self.symbols)
        return f"{self.config.addresses.streams}/stream?streams={names}"

    async def bars(self) -> AsyncIterator[tuple[str, Kline]]:
        """Yield (symbol, bar) of every bar that closes from now on, once, in order."""
        while True:
            try:
                async with opened(
                    self.url,
                    stall=self.config.stall,
                    max_age=self.config.max_age_hours * 3600,
                    timeout=self.config.timeout,
                ) as socket:
                    async for item in self._connected(socket):
                        yield item
            except (*BROKEN, VenueError) as error:
                pause = self.pauses.next()
                _LOG.warning("the stream of %s bars ended (%s); again in %.1f s", self.interval, error, pause)
                await asyncio.sleep(pause)

    async def _connected(self, socket: Socket) -> AsyncIterator[tuple[str, Kline]]:
        for symbol in self.symbols:
            async for item in self._missed(symbol):
                yield item
        async for message in socket.messages():
            data = message.get("data") if isinstance(message, dict) else None
            if not isinstance(data, dict) or data.get("e") != "kline":
                continue
            self.pauses.worked()
            async for item in self._pushed(data):
                yield item

    async def _pushed(self, data: dict[str, Any]) -> AsyncIterator[tuple[str, Kline]]:
        symbol, k = str(data["s"]), data["k"]
        opens = int(k["t"])
        last = self._last.setdefault(symbol, opens - self.timeframe.ms)
        if opens <= last:
            return
        before = opens - self.timeframe.ms
        is_late = int(data["E"]) >= opens + LATE_MS
        if last < before and (k["x"] or is_late):
            async for item in self._missed(symbol, until=opens):
                yield item
            # What the venue itself does not have stays missing; it is not asked for again.
            self._last[symbol] = max(self._last[symbol], before)
        if k["x"] and self._last[symbol] < opens:
            self._last[symbol] = opens
            yield symbol, kline_of_push(k)

    async def _missed(self, symbol: str, until: int | None = None) -> AsyncIterator[tuple[str, Kline]]:
        """Ask for the bars after the last one yielded that are closed by now, or that open before `until`."""
        last = self._last.get(symbol)
        if last is None:
            return
        first = last + self.timeframe.ms
        for bar in await asyncio.to_thread(self._fetch, symbol, first, until):
            if bar.time > self._last[symbol]:
                self._last[symbol] = bar.time
                yield symbol, bar

    def _fetch(self, symbol: str, first: int, until: int | None) -> list[Kline]:
        closed = self.history.now_ms() - (0 if until is not None else FINAL_AFTER_MS)
        end = closed if until is None else min(until, closed)
        if first >= end:
            return []
        rows = [row for page in self.history.pages(symbol, self.interval, first, end) for row in page]
        bars = [kline_of_row(row) for row in rows]
        return [bar for bar in bars if bar.time + self.timeframe.ms <= closed]
