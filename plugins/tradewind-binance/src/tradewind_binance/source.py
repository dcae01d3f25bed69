"""The source `binance`: history by REST, bars as they close by stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from decimal import Decimal

import attrs
from pandas import DataFrame, Timestamp

from tradewind.api import ClosedBar, DataError, Instrument, Timeframe, VenueError, check_symbol
from tradewind_binance.bar_stream import BarStream
from tradewind_binance.history import History
from tradewind_binance.klines import INTERVALS, frame_of, interval_of
from tradewind_binance.rules import instrument_of
from tradewind_binance.settings import BinanceConfig

FINAL_AFTER_MS = 2000
"""How long after its close a bar of REST is final: the venue's tables lag behind its engine."""


@attrs.define(eq=False)
class BinanceSource:
    """
    Bars of Binance Spot. No key is needed.

    Args:
        config: The settings.
        history: Asks for history.
    """

    config: BinanceConfig = attrs.field(factory=BinanceConfig)
    history: History = attrs.field()
    _heard_s: float | None = attrs.field(default=None, init=False)
    _price: Callable[[str, Decimal], None] | None = attrs.field(default=None, init=False)

    @history.default
    def _own_history(self) -> History:
        return History(self.config)

    def instruments(self) -> Sequence[Instrument]:
        """
        Return every pair that trades on spot, with its rules; one whose rules cannot be used is left out.

        Raises:
            VenueError: TW-V001 when the venue does not answer.
        """
        found = []
        for row in self.history.symbols():
            try:
                found.append(instrument_of(row))
            except VenueError:
                continue
        return found

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return closed bars of [start, end), indexed by open time (UTC), as the venue has them; gaps stay.

        Raises:
            DataError: TW-D001 for an unknown pair, TW-D008 for a bar length that the venue does not have, TW-D011 for
                an answer that is no bars.
            VenueError: TW-V001 when the venue does not answer, TW-V003 when it bans.
        """
        symbol = check_symbol(instrument.symbol)
        interval = _interval(timeframe)
        first, last = timeframe.ceil(_ms(start)), _ms(end)
        if first >= last:
            self._check_symbol(symbol)
            return frame_of([])
        final = self._final(timeframe.floor(last), timeframe)
        rows = [row for page in self.history.pages(symbol, interval, first, last) for row in page]
        try:
            return frame_of([row for row in rows if int(row[0]) + timeframe.ms <= final])
        except (TypeError, ValueError, IndexError) as error:
            raise DataError(
                f"Binance's klines of {symbol} could not be read: {error}.", code="TW-D011", hint="Fetch them again."
            ) from error

    async def stream(
        self, instruments: Sequence[Instrument], timeframe: Timeframe
    ) -> AsyncIterator[tuple[str, ClosedBar]]:
        """
        Yield each bar once, when it is closed, in order of time within a pair, as (symbol, bar).

        A bar whose closing message was lost is asked for by REST; so are those of a break.

        Raises:
            DataError: TW-D008 for a bar length that the venue does not have.
        """
        symbols = tuple(check_symbol(one.symbol) for one in instruments)
        stream = BarStream(
            config=self.config,
            history=self.history,
            symbols=symbols,
            timeframe=timeframe,
            interval=_interval(timeframe),
            heard=self._hear,
            priced=self._price,
        )
        self._hear()
        async with aclosing(stream.bars()) as bars:
            async for item in bars:
                yield item

    def watch_prices(self, hear: Callable[[str, Decimal], None]) -> None:
        """Let a listener hear the newest price of each pair (symbol, quote units) while its bars are streamed."""
        self._price = hear

    def quiet_s(self) -> float | None:
        """Return for how many seconds the streams have said nothing; None before the first was asked for."""
        return None if self._heard_s is None else asyncio.get_running_loop().time() - self._heard_s

    def _hear(self) -> None:
        self._heard_s = asyncio.get_running_loop().time()

    def _final(self, end: int, timeframe: Timeframe) -> int:
        """
        Return up to when bars are final, UTC milliseconds of the venue.

        A bar that closed a moment ago is waited for, as a stream has told of it already.
        """
        now = self.history.now_ms()
        closed = min(end, timeframe.floor(now))
        wait_ms = closed + FINAL_AFTER_MS - now
        if wait_ms > 0:
            self.history.sleep(wait_ms / 1000 / self.config.speed)
            now = max(self.history.now_ms(), closed + FINAL_AFTER_MS)
        return now - FINAL_AFTER_MS

    def _check_symbol(self, symbol: str) -> None:
        self.history.ask(symbol, "avgPrice", {"symbol": symbol}, weight=2, symbol=symbol)


def _interval(timeframe: Timeframe) -> str:
    try:
        return interval_of(timeframe)
    except KeyError:
        raise DataError(
            f"Binance has no bars of {timeframe}.", code="TW-D008", hint=f"It has {', '.join(INTERVALS)}."
        ) from None


def _ms(moment: Timestamp) -> int:
    """Return a moment as UTC milliseconds, one inside a millisecond as the next."""
    stamp = Timestamp(moment)
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return -(-int(zoned.as_unit("us").asm8.astype("int64")) // 1000)
