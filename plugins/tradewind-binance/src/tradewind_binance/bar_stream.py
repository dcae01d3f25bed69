"""Closed bars live: a stream for promptness, REST for what it lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.api import ClosedBar, Timeframe, VenueError
from tradewind_binance.history import History
from tradewind_binance.klines import kline_of_push, kline_of_row
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.socket import BROKEN, Pauses, Socket, opened

_LOG: Final = logging.getLogger(__name__)
LATE_MS: Final = 5000
"""How long after a bar's close its closing message is waited for."""
FINAL_AFTER_MS: Final = 2000
Item = tuple[str, ClosedBar]


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
        heard: Is called whenever the venue has said something.
        priced: Is called with the newest price of a pair, quote units; None for nobody.
    """

    config: BinanceConfig
    history: History
    symbols: tuple[str, ...]
    timeframe: Timeframe
    interval: str
    pauses: Pauses = attrs.field(factory=Pauses)
    heard: Callable[[], None] = lambda: None
    priced: Callable[[str, Decimal], None] | None = None
    _last: dict[str, int] = attrs.field(factory=dict, init=False)

    @property
    def url(self) -> str:
        """Where the streams are."""
        names = "/".join(f"{symbol.lower()}@kline_{self.interval}" for symbol in self.symbols)
        return f"{self.config.addresses.streams}/stream?streams={names}"

    async def bars(self) -> AsyncGenerator[Item]:
        """Yield (symbol, bar) of every bar that closes from now on, once, in order."""
        while True:
            try:
                async with (
                    opened(
                        self.url,
                        stall=self.config.stall,
                        max_age=self.config.max_age_hours * 3600,
                        timeout=self.config.timeout,
                    ) as socket,
                    aclosing(self._connected(socket)) as items,
                ):
                    async for item in items:
                        yield item
            except (*BROKEN, VenueError) as error:
                pause = self.pauses.next()
                _LOG.warning("the stream of %s bars ended (%s); again in %.1f s", self.interval, error, pause)
                await asyncio.sleep(pause)

    async def _connected(self, socket: Socket) -> AsyncGenerator[Item]:
        for symbol in self.symbols:
            for item in await self._missed(symbol):
                yield item
        async with aclosing(socket.messages()) as messages:
            async for message in messages:
                data = message.get("data") if isinstance(message, dict) else None
                if isinstance(data, dict) and data.get("e") == "kline":
                    self.pauses.worked()
                    self.heard()
                    if self.priced is not None:
                        self.priced(str(data["s"]), Decimal(str(data["k"]["c"])))
                    for item in await self._pushed(data):
                        yield item

    async def _pushed(self, data: dict[str, Any]) -> list[Item]:
        """Return the bars that a push closes, those before it that were lost included."""
        symbol, k = str(data["s"]), data["k"]
        opens = int(k["t"])
        before = opens - self.timeframe.ms
        last = self._last.setdefault(symbol, before)
        if opens <= last:
            return []
        found: list[Item] = []
        is_late = int(data["E"]) >= opens + LATE_MS
        if last < before and (k["x"] or is_late):
            found = await self._missed(symbol, until=opens)
            # What the venue itself does not have stays missing; it is not asked for again.
            self._last[symbol] = max(self._last[symbol], before)
        if k["x"] and self._last[symbol] < opens:
            self._last[symbol] = opens
            found.append((symbol, kline_of_push(k)))
        return found

    async def _missed(self, symbol: str, until: int | None = None) -> list[Item]:
        """Ask for the bars after the last one yielded that are closed by now, or that open before `until`."""
        last = self._last.get(symbol)
        if last is None:
            return []
        bars = await asyncio.to_thread(self._fetch, symbol, last + self.timeframe.ms, until)
        new = [bar for bar in bars if bar.time > last]
        self._last[symbol] = max((bar.time for bar in new), default=last)
        return [(symbol, bar) for bar in new]

    def _fetch(self, symbol: str, first: int, until: int | None) -> list[ClosedBar]:
        closed = self.history.now_ms() - (0 if until is not None else FINAL_AFTER_MS)
        end = closed if until is None else min(until, closed)
        if first >= end:
            return []
        rows = [row for page in self.history.pages(symbol, self.interval, first, end) for row in page]
        bars = [kline_of_row(row) for row in rows]
        return [bar for bar in bars if bar.time + self.timeframe.ms <= closed]
