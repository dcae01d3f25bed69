"""The source `ccxt`: bars of any venue that ccxt knows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, Final

import attrs
import ccxt
import numpy as np
import pandas as pd
from pandas import DataFrame, Timestamp

from tradewind.api import ClosedBar, DataError, Instrument, Timeframe, VenueError, check_symbol
from tradewind_ccxt.settings import CcxtConfig
from tradewind_ccxt.venue import instrument_of, market_of, venue_of

FIELDS: Final = ("open", "high", "low", "close", "volume")
TRIES: Final = 3
FINAL_AFTER_MS: Final = 2000
"""How long after its close a bar is final."""


@attrs.define(eq=False)
class CcxtSource:
    """
    Bars of a venue by ccxt. No key is needed.

    Args:
        config: The settings.
        sleep: Waits this many seconds.
    """

    config: CcxtConfig = attrs.field(factory=CcxtConfig)
    sleep: Callable[[float], None] = time.sleep
    _venue: Any = attrs.field(default=None, init=False)

    @property
    def venue(self) -> Any:
        """ccxt's object, with its markets; raises VenueError when the venue does not answer."""
        if self._venue is None:
            venue = venue_of(self.config, ccxt)
            self._asked("its markets", venue.load_markets)
            self._venue = venue
        return self._venue

    def instruments(self) -> Sequence[Instrument]:
        """Return the spot pairs with their rules; one whose rules cannot be used is left out."""
        found: dict[str, Instrument] = {}
        for market in self.venue.markets.values():
            if market.get("spot") and market.get("active") is not False:
                try:
                    one = instrument_of(market, self.venue.precisionMode == ccxt.TICK_SIZE)
                except VenueError:
                    continue
                found[one.symbol] = one
        return list(found.values())

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return closed bars of [start, end), indexed by open time (UTC), as the venue has them; gaps stay.

        Raises:
            DataError: TW-D001 for an unknown pair, TW-D008 for a bar length that the venue does not have, TW-D011
                for an answer that is no bars.
            VenueError: TW-V001 when the venue does not answer.
        """
        symbol = self._symbol(check_symbol(instrument.symbol))
        interval = self._interval(timeframe)
        first, last = timeframe.ceil(_ms(start)), _ms(end)
        rows: dict[int, Sequence[Any]] = {}
        at = first
        last = min(last, self._now_ms() - FINAL_AFTER_MS - timeframe.ms + 1)
        while at < last:
            page = self._asked(
                f"bars of {instrument.symbol}",
                partial(self.venue.fetch_ohlcv, symbol, interval, at, self.config.page),
            )
            new = {int(row[0]): row for row in page if first <= int(row[0]) < last}
            rows |= new
            newest = max((int(row[0]) for row in page), default=at - 1)
            # A venue answers an empty page before its first trade: the next page may have bars.
            at = newest + timeframe.ms if newest >= at else at + self.config.page * timeframe.ms
        return _frame([rows[opens] for opens in sorted(rows)])

    async def stream(
        self, instruments: Sequence[Instrument], timeframe: Timeframe
    ) -> AsyncIterator[tuple[str, ClosedBar]]:
        """Yield each bar once when it is closed, in order within a pair, as (symbol, bar), by asking again."""
        last = {
            one.symbol: timeframe.floor(await asyncio.to_thread(self._now_ms)) - timeframe.ms for one in instruments
        }
        while True:
            for one in instruments:
                start = Timestamp(last[one.symbol] + timeframe.ms, unit="ms", tz="UTC")
                now = Timestamp(await asyncio.to_thread(self._now_ms), unit="ms", tz="UTC")
                if now < start + pd.Timedelta(timeframe.ms + FINAL_AFTER_MS, unit="ms"):
                    continue
                frame = await asyncio.to_thread(self.bars, one, timeframe, start, now)
                for opened, values in zip(frame.index, frame.to_numpy(), strict=True):
                    last[one.symbol] = _ms(opened)
                    yield one.symbol, ClosedBar.of(last[one.symbol], values)
            await asyncio.sleep(self.config.poll)

    def _now_ms(self) -> int:
        if not self.venue.has.get("fetchTime"):
            return int(self.venue.milliseconds())
        return int(self._asked("the time", self.venue.fetch_time))

    def _symbol(self, symbol: str) -> str:
        market = market_of(self.venue, symbol)
        if market is None:
            raise DataError(
                f"{self.config.exchange} has no spot symbol {symbol!r}.",
                code="TW-D001",
                hint="Write base and quote together, such as BTCUSDT.",
                symbol=symbol,
            )
        return str(market["symbol"])

    def _interval(self, timeframe: Timeframe) -> str:
        have = self.venue.timeframes or {}
        if timeframe.name not in have:
            raise DataError(
                f"{self.config.exchange} has no bars of {timeframe}.",
                code="TW-D008",
                hint=f"It has {', '.join(have) or 'none'}.",
            )
        return timeframe.name

    def _asked(self, what: str, ask: Callable[[], Any]) -> Any:
        for attempt in range(TRIES):
            try:
                return ask()
            except ccxt.NetworkError as error:
                if attempt == TRIES - 1:
                    raise VenueError(
                        f"{self.config.exchange} did not answer to {what}: {type(error).__name__}.",
                        code="TW-V001",
                        hint="Look at the connection and at the venue's status page, then run the same command.",
                    ) from None
                self.sleep(2.0**attempt)
            except ccxt.BaseError as error:
                raise VenueError(
                    f"{self.config.exchange} refused {what}: {type(error).__name__}.", code="TW-V004"
                ) from None
        raise AssertionError("unreachable")  # the last try returns or raises


def _frame(rows: Sequence[Sequence[Any]]) -> DataFrame:
    try:
        values = np.array([[float(cell) for cell in row[1:6]] for row in rows], dtype=np.float64).reshape(-1, 5)
        times = np.array([int(row[0]) for row in rows], dtype="datetime64[ms]")
    except (TypeError, ValueError) as error:
        raise DataError(f"the venue's bars could not be read: {error}.", code="TW-D011") from error
    index = pd.DatetimeIndex(times, name="open_time").tz_localize("UTC")
    return pd.DataFrame(values, columns=list(FIELDS), index=index)


def _ms(moment: Timestamp) -> int:
    """Return a moment as UTC milliseconds, one inside a millisecond as the next."""
    stamp = Timestamp(moment)
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return -(-int(zoned.as_unit("us").asm8.astype("int64")) // 1000)
