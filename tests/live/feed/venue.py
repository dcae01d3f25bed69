"""A source on a virtual clock: it streams what it is told to, and its history has what it is told to have."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs
import pandas as pd

from live.market import HOUR, START, walk
from tradewind.live.feed.candles import bars_of, candles_of
from tradewind.live.feed.moment import Candle, Moment
from tradewind.live.feed.stream import Patience, StreamFeed
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe


class VirtualClock:
    """Time that moves on to the next thing that is waited for, once nothing else is left to do."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._timers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now_ms(self) -> int:
        return self._now_ms

    @property
    def rate(self) -> float:
        return 1.0

    def error_ms(self) -> int:
        return 0

    def monotonic_ns(self) -> int:
        return self._now_ms * 1_000_000

    async def sync(self, server_time: Any) -> int:
        return 0

    async def sleep(self, seconds: float) -> None:
        timer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._timers, (self._now_ms + round(seconds * 1000), next(self._count), timer))
        await timer

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(None)

    async def drive(self) -> None:
        while True:
            for _ in range(12):
                await asyncio.sleep(0)
            if self._timers:
                at, _, timer = heapq.heappop(self._timers)
                self._now_ms = max(self._now_ms, at)
                if not timer.done():
                    timer.set_result(None)


@attrs.define(kw_only=True)
class Delivery:
    """One item of the stream: after how long beyond its close it comes, and as what."""

    symbol: str
    candle: Candle
    delay_ms: int = 200
    breaks: bool = False


@attrs.define(kw_only=True)
class Venue:
    """A streaming source under test."""

    clock: VirtualClock
    bars_of: Mapping[str, Bars]
    deliveries: list[Delivery]
    opened: int = 0
    asked: int = 0
    silent_from_ms: int = 2**62
    lying: Callable[[str, Bars], Bars] | None = None
    strange: dict[int, Any] = attrs.field(factory=dict)
    """What is yielded, or raised, before the so manieth delivery."""
    delivered: int = 0

    def instruments(self) -> Sequence[Instrument]:
        return [Instrument(symbol=name) for name in self.bars_of]

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        self.asked += 1
        one = self.bars_of[instrument.symbol]
        found = one.between(start.value // 1_000_000, end.value // 1_000_000)
        return (self.lying(instrument.symbol, found) if self.lying else found).to_frame()

    async def stream(self, instruments: Sequence[Instrument], timeframe: Timeframe) -> AsyncIterator[tuple[str, Any]]:
        self.opened += 1
        mine = self.opened
        while self.deliveries:
            item = self.deliveries[0]
            due = item.candle.time + timeframe.ms + item.delay_ms
            if due > self.clock.now_ms():
                await self.clock.sleep((due - self.clock.now_ms()) / 1000.0)
            if self.clock.now_ms() >= self.silent_from_ms and mine == 1:
                await asyncio.Event().wait()
            if not self.deliveries or self.deliveries[0] is not item:
                continue
            if self.delivered in self.strange:
                odd = self.strange.pop(self.delivered)
                if isinstance(odd, Exception):
                    raise odd
                yield item.symbol, odd
            self.deliveries.pop(0)
            self.delivered += 1
            if item.breaks:
                raise OSError("connection reset")
            yield item.symbol, bars_of([item.candle], timeframe)
        await asyncio.Event().wait()


def market_of(hours: int = 40, symbols: int = 1) -> dict[str, Bars]:
    return {name: walk(hours, seed) for seed, name in enumerate(("BTCUSDT", "ETHUSDT")[:symbols])}


def deliveries_of(bars: Mapping[str, Bars], first: int) -> list[Delivery]:
    every = [Delivery(symbol=name, candle=one) for name, own in bars.items() for one in candles_of(own)[first:]]
    return sorted(every, key=lambda item: item.candle.time)


@attrs.frozen(kw_only=True)
class Heard:
    """What a feed told, and when."""

    moments: list[Moment]
    at_ms: list[int]
    venue: Venue

    @property
    def notes(self) -> list[str]:
        return [note for moment in self.moments for note in moment.notes]


def listen(
    bars: Mapping[str, Bars],
    *,
    deliveries: list[Delivery] | None = None,
    first: int = 8,
    count: int = 12,
    timeframe: str = "1h",
    backlog: int = 0,
    patience: Patience | None = None,
    **more: Any,
) -> Heard:
    """Return what a feed tells of hourly bars from the hour `first` on."""
    clock = VirtualClock(START + (first + backlog) * HOUR + 1_000)
    venue = Venue(
        clock=clock,
        bars_of=bars,
        deliveries=deliveries_of(bars, first + backlog) if deliveries is None else deliveries,
        **more,
    )
    before = {name: one.rows(first, first + backlog) for name, one in bars.items()}

    async def ask(call: Callable[[], Any]) -> Any:
        await asyncio.sleep(0)
        return call()

    async def run() -> Heard:
        feed = StreamFeed(
            venue,
            venue.instruments(),
            Timeframe(timeframe),
            Timeframe("1h"),
            warm={name: one.rows(0, 0) for name, one in bars.items()},
            begun={name: one.rows(0, 0) for name, one in bars.items()},
            backlog=before,
            first_ms=START + first * HOUR,
            clock=clock,
            patience=patience,
            ask=ask,
        )
        driver = asyncio.create_task(clock.drive())
        moments: list[Moment] = []
        at_ms: list[int] = []
        stream = feed.moments()
        async for moment in stream:
            moments.append(moment)
            at_ms.append(clock.now_ms())
            if len(moments) == count:
                break
        await stream.aclose()  # type: ignore[attr-defined]
        driver.cancel()
        return Heard(moments=moments, at_ms=at_ms, venue=venue)

    return asyncio.run(run())
