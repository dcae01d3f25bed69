"""The two-method data provider, and how it serves as a source of bars."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs
import pandas as pd

from tradewind.errors import PLUGIN_FAULTS, DataError, TradewindError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

TIME_COLUMNS: Final = ("open_time", "timestamp", "time", "date", "datetime")
"""Columns that are taken for the bar opens when a provider's frame is not indexed by time."""

_SECONDS_BELOW: Final = 100_000_000_000
"""Epochs below this are seconds (up to the year 5138), above it milliseconds (from 1973 on)."""


class DataProvider(ABC):
    """
    The simplest way to bring in price history: subclass it and answer with DataFrames.

    Both methods answer with open, high, low, close and volume, indexed by bar open (UTC; naive
    times are UTC) or with the opens in a column `timestamp`.
    """

    @abstractmethod
    def get_historical_data(self, symbol: str, timeframe: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the bars that open in [start, end); both are UTC."""

    @abstractmethod
    def get_live_data(self, symbol: str, timeframe: str, limit: int = 100) -> pd.DataFrame:
        """Return the newest bars, at most `limit`."""


@attrs.frozen
class ProviderSource:
    """
    A data provider as a source of bars.

    Args:
        provider: Anything with the two methods of `DataProvider`.
        symbols: The pairs it is known to have; it is asked for others all the same.
    """

    provider: DataProvider
    symbols: tuple[str, ...] = ()

    def instruments(self) -> Sequence[Instrument]:
        """Return the pairs that it is known to have, with default rules."""
        return [Instrument(symbol=symbol) for symbol in self.symbols]

    def bars(
        self, instrument: Instrument, timeframe: Timeframe | str, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        """
        Return the provider's bars that open in [start, end), indexed by open time (UTC).

        Raises:
            DataError: TW-D011 when the provider raised or answered with something else than a
                DataFrame; TW-D003 to TW-D006 when its frame does not hold bars.
        """
        length = Timeframe(str(timeframe))
        first, last = utc(start), utc(end)
        try:
            frame = self.provider.get_historical_data(
                instrument.symbol, length.name, first.to_pydatetime(), last.to_pydatetime()
            )
        except TradewindError:
            raise
        except PLUGIN_FAULTS as error:
            raise DataError(
                f"{type(self.provider).__name__} raised {type(error).__name__}: {error}.",
                code="TW-D011",
                hint="The provider's own code failed; run it alone with the same arguments.",
            ) from error
        return bars_from(frame, length, type(self.provider).__name__).between(ms_of(first), ms_of(last)).to_frame()


def bars_from(frame: object, timeframe: Timeframe, who: str) -> Bars:
    """
    Return a provider's answer as bars.

    Args:
        frame: What it answered.
        timeframe: What it was asked for.
        who: Its name, for messages.

    Raises:
        DataError: TW-D011 when it is no DataFrame or not indexed by time; TW-D003 to TW-D006 when it
            does not hold bars.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"{who} answered with {type(frame).__name__}, expected a DataFrame.",
            code="TW-D011",
            hint="Return open, high, low, close and volume indexed by open time; no bars is an empty DataFrame.",
        )
    if frame.empty:
        frame = pd.DataFrame(columns=list(FIELDS), index=pd.DatetimeIndex([], tz="UTC"), dtype="float64")
    if not isinstance(frame.index, pd.DatetimeIndex):
        column = next((name for name in TIME_COLUMNS if name in frame.columns), None)
        if column is None:
            raise DataError(
                f"{who} answered with a frame indexed by {frame.index.dtype}, expected times.",
                code="TW-D011",
                hint="Index the frame by open time in UTC, or name the column 'timestamp'.",
            )
        times = frame[column]
        if pd.api.types.is_numeric_dtype(times.dtype):
            opens = pd.to_datetime(times, utc=True, unit="s" if times.max() < _SECONDS_BELOW else "ms")
        else:
            opens = pd.to_datetime(times, utc=True)
        frame = frame.set_index(pd.DatetimeIndex(opens))
    return Bars.from_frame(frame, timeframe)


def utc(moment: datetime) -> pd.Timestamp:
    """Return a moment as a Timestamp in UTC; a naive one is UTC."""
    stamp = pd.Timestamp(moment)
    return stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")


def ms_of(moment: datetime) -> int:
    """Return a moment as UTC milliseconds; a naive one is UTC, one inside a millisecond counts as the next."""
    return -(-int(utc(moment).as_unit("us").asm8.astype("int64")) // 1000)
