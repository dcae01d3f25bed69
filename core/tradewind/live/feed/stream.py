"""Closed bars as they happen: taken from a stream, repaired from history, never acted on in doubt."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import attrs

from tradewind.backtest.tables import iso_time
from tradewind.errors import PLUGIN_FAULTS
from tradewind.live.clock import Clock
from tradewind.live.feed.belief import Belief
from tradewind.live.feed.candles import RowBuilder, candle_of, candles_of
from tradewind.live.feed.lookup import Ask, Lookup
from tradewind.live.feed.moment import Candle, Moment
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

GRACE_MS: Final = 5_000
"""How long after its close a bar may be missing before history is asked for it."""
EARLY_MS: Final = 2_000
"""How long before its close by our clock a bar may come: clocks differ."""
BLIND: Final = 2
"""Moments in a row that had to be repaired after which the stream is opened anew."""
LONGEST_WAIT_S: Final = 30.0
MOST_NOTES: Final = 50
"""So much is told of one moment at most."""


@attrs.frozen(kw_only=True)
class Patience:
    """
    When a bar counts as late, stale or suspect.

    Args:
        late_s: How long after its close a bar may still be acted on.
        stale_s: Silence after a due close, beyond the grace, after which the stream is opened anew.
        suspect_move: Change of price within one bar that needs a second look, a fraction.
    """

    late_s: float = 10.0
    stale_s: float = 10.0
    suspect_move: float = 0.2


class StreamFeed:
    """
    Bars of a streaming source, moment by moment.

    A moment is told when every symbol has its bar, or when history has been asked for those that are
    missing. What the venue itself lacks stays missing. A bar whose price moved further than is likely, or
    that came too late, is told with `late`: positions are marked by it, entries are not decided on it.

    Args:
        source: Delivers bars as they close, and history.
        instruments: The pairs.
        timeframe: The bars of the strategies.
        market: The bars on which fills are evaluated.
        warm: Bars of the strategies' timeframe that closed before the first moment, by symbol.
        begun: Market bars before the first moment that lie in the same row, by symbol.
        backlog: Market bars that closed since, by symbol: told first, as late ones.
        first_ms: Open of the first market bar to tell, UTC milliseconds.
        clock: The time.
        patience: When a bar counts as late, stale or suspect.
        ask: Runs calls of the source that block.
    """

    def __init__(
        self, source: Any, instruments: Sequence[Instrument], timeframe: Timeframe, market: Timeframe,
        *, warm: Mapping[str, Bars], begun: Mapping[str, Bars], backlog: Mapping[str, Bars], first_ms: int,
        clock: Clock, patience: Patience | None = None, ask: Ask | None = None,
    ) -> None:  # fmt: skip
        self.names = tuple(instrument.symbol for instrument in instruments)
        self.instruments = tuple(instruments)
        self.timeframe = timeframe
        self.market = market
        self._source = source
        self._warm = warm
        self._notes: deque[str] = deque(maxlen=MOST_NOTES)
        self._backlog = {name: {one.time: one for one in candles_of(backlog[name])} for name in self.names}
        self._next_ms = first_ms
        self._clock = clock
        self._patience = patience or Patience()
        pairs = dict(zip(self.names, self.instruments, strict=True))
        note = self._notes.append
        self._lookup = Lookup(source, pairs, market, clock=clock, ask=ask or asyncio.to_thread, note=note)
        before = {name: (warm[name], begun[name]) for name in self.names}
        self._belief = Belief(before, lookup=self._lookup, clock=clock, most=self._patience.suspect_move, note=note)
        self._arrived = asyncio.Event()
        self._waiting: dict[tuple[str, int], Candle] = {}
        self._rows = RowBuilder(len(self.names), timeframe, market)
        self._begin([{one.time: one for one in candles_of(begun[name])} for name in self.names])
        self._blind = 0
        self._unknown_row_ms = -1
        self._streaming_ms = 0
        self._pump: asyncio.Task[None] | None = None
        self.reopened = 0
        """How often the stream was opened anew."""

    def _begin(self, begun: Sequence[Mapping[int, Candle]]) -> None:
        for opened in sorted({time for own in begun for time in own}):
            self._rows.take(opened, [own.get(opened) for own in begun])

    @property
    def clock(self) -> Clock:
        """The venue's time."""
        return self._clock

    def warm(self) -> Mapping[str, Bars]:
        """Return the bars of the strategies' timeframe that closed before the first moment, by symbol."""
        return self._warm

    def quiet_s(self) -> float | None:
        """Return for how many seconds nothing has been heard of the market; None when the source does not tell."""
        told = getattr(self._source, "quiet_s", None)
        return None if told is None else told()

    async def moments(self) -> AsyncIterator[Moment]:
        """Yield each moment once, in order, until it is closed."""
        for past in self._past():
            yield past
        self._streaming_ms = self._clock.now_ms()
        self._pump = asyncio.create_task(self._take())
        try:
            while True:
                moment = await self._moment(self._next_ms)
                self._next_ms += self.market.ms
                for old in [place for place in self._waiting if place[1] < self._next_ms]:
                    del self._waiting[old]
                if moment is not None:
                    yield moment
        finally:
            self._pump.cancel()
            await asyncio.wait({self._pump})

    def _past(self) -> Iterator[Moment]:
        """Yield what closed before the session began: orders that rest are carried out, none is decided."""
        last = max((max(bars) for bars in self._backlog.values() if bars), default=self._next_ms - self.market.ms)
        while self._next_ms <= last:
            opened = self._next_ms
            self._next_ms += self.market.ms
            candles = tuple(self._backlog[name].get(opened) for name in self.names)
            for name, candle in zip(self.names, candles, strict=True):
                self._belief.told(name, candle)
            moment = self._told_as(opened, candles, late=True)
            if moment is not None:
                yield moment

    def _told_as(self, opened: int, candles: tuple[Candle | None, ...], *, late: bool) -> Moment | None:
        rows, closes_row = self._rows.take(opened, candles)
        if not any(candles) and not any(rows):
            self._notes.append(f"the venue has no bars at {iso_time(opened)}")
            return None
        notes = tuple(self._notes)
        self._notes.clear()
        return Moment(
            open_ms=opened,
            close_ms=opened + self.market.ms,
            bars=candles,
            rows=rows,
            closes_row=closes_row,
            late=late,
            notes=notes,
        )

    # the stream

    async def _take(self) -> None:
        """Take bars from the stream; open it anew when it ends or breaks, however it does."""
        wait_s = 1.0
        while True:
            try:
                async with aclosing(self._source.stream(self.instruments, self.market)) as stream:
                    async for symbol, bar in stream:
                        wait_s = 1.0
                        self._note(str(symbol), bar)
                self._notes.append("the stream ended and is opened anew")
            except PLUGIN_FAULTS as error:
                self._notes.append(f"the stream broke ({type(error).__name__}) and is opened anew")
            self.reopened += 1
            await self._clock.sleep(wait_s)
            wait_s = min(2.0 * wait_s, LONGEST_WAIT_S)

    def _note(self, symbol: str, bar: Any) -> None:
        """Take in a bar that has closed; whatever else comes is left out, and history is asked instead."""
        if symbol not in self.names:
            self._notes.append(f"a bar of {symbol[:20]}, which is not traded, was left out")
            return
        try:
            candle = candle_of(bar)
            why = self._wrong_with(candle)
        except PLUGIN_FAULTS as error:
            why = f"is none ({type(error).__name__})"
        if why:
            self._notes.append(f"a bar of {symbol} {why} and was left out")
            return
        known = self._belief.known(symbol, candle.time)
        if known is not None:
            self._belief.compare(symbol, known, candle)
        elif candle.time >= self._next_ms:
            old = self._waiting.get((symbol, candle.time))
            if old is not None:
                self._belief.compare(symbol, old, candle)
            self._waiting[symbol, candle.time] = candle
            self._arrived.set()

    def _wrong_with(self, candle: Candle) -> str:
        if self.market.floor(candle.time) != candle.time:
            return f"at {candle.time} ms is off the grid"
        if candle.time + self.market.ms > self._clock.now_ms() + int(EARLY_MS * self._clock.rate):
            return f"at {candle.time} ms has not closed yet"
        return "" if candle.is_sound else f"at {iso_time(candle.time)} has impossible prices"

    # one moment

    async def _moment(self, opened: int) -> Moment | None:
        closes = opened + self.market.ms
        # What closed before the stream was opened does not come through it: nothing is gained by waiting.
        before = closes <= self._streaming_ms
        if before or not await self._complete(opened, closes + int(GRACE_MS * self._clock.rate)):
            await self._repair(opened, [name for name in self.names if (name, opened) not in self._waiting])
        if before:
            self._blind = 0
        candles, doubtful = await self._believed(opened)
        late = self._clock.now_ms() > closes + int(self._patience.late_s * 1000 * self._clock.rate)
        if late:
            self._notes.append(f"the bars of {iso_time(opened)} came too late to act on")
        unknown = self.timeframe.floor(opened) == self._unknown_row_ms
        doubtful = doubtful or unknown or self._belief.too_many_revisions()
        return self._told_as(opened, candles, late=late or doubtful)

    async def _believed(self, opened: int) -> tuple[tuple[Candle | None, ...], bool]:
        """Return the bars of a moment that are believed, and whether one is in doubt."""
        candles, doubtful = [], False
        for name in self.names:
            candle = self._waiting.pop((name, opened), None)
            believed, doubt = await self._belief.believed(name, candle)
            self._belief.told(name, believed)
            if candle is not None and believed is None:
                self._unknown_row_ms = self.timeframe.floor(opened)
            candles.append(believed)
            doubtful = doubtful or doubt
        return tuple(candles), doubtful

    async def _complete(self, opened: int, deadline_ms: int) -> bool:
        """Wait until every symbol has its bar; return False when the time is up."""
        while not all((name, opened) in self._waiting for name in self.names):
            left_s = (deadline_ms - self._clock.now_ms()) / 1000.0 / self._clock.rate
            if left_s <= 0.0:
                return False
            self._arrived.clear()
            arrived = asyncio.ensure_future(self._arrived.wait())
            up = asyncio.ensure_future(self._clock.sleep(left_s))
            try:
                await asyncio.wait({arrived, up}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                arrived.cancel()
                up.cancel()
        self._blind = 0
        return True

    async def _repair(self, opened: int, missing: Sequence[str]) -> None:
        """Ask history for bars that the stream did not deliver."""
        for name, looked in (await self._lookup.bars(missing, opened)).items():
            if looked.candle is not None:
                self._waiting[name, opened] = looked.candle
                self._notes.append(f"the bar of {name} at {iso_time(opened)} came from history")
            elif not looked.is_known:
                # Whether the venue has this bar is not known: the row that it belongs to is not as the venue has it.
                self._unknown_row_ms = self.timeframe.floor(opened)
        self._blind += 1
        if self._blind * self.market.ms >= BLIND * min(
            self.market.ms, int(self._patience.stale_s * 1000 * self._clock.rate)
        ):
            self._reopen()

    def _reopen(self) -> None:
        """Open the stream anew, the new one before the old one ends."""
        if self._pump is None or self._blind < BLIND:
            return
        old, self._pump = self._pump, asyncio.create_task(self._take())
        old.cancel()
        self.reopened += 1
        self._blind = 0
        self._notes.append("the stream was silent and is opened anew")
