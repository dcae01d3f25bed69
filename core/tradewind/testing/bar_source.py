"""The contract of a source of bars: that of its tables and ranges, and what it does with its host."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tradewind.errors import DataError
from tradewind.model.bars import FIELDS
from tradewind.model.instrument import Instrument
from tradewind.model.signals import times_of
from tradewind.testing.bar_ranges import BarRangePromises
from tradewind.testing.bar_subject import BarSourceSubject, nothing_to_ask
from tradewind.testing.bar_table import SHAPE
from tradewind.testing.contract import promise
from tradewind.testing.differences import difference
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.streams import StreamedBar, streamed


def _never_streams(contract: BarSourceSubject) -> str:
    return contract.without_data or ("" if contract.record.streams else "the record does not declare that it streams.")


def _asks_nobody(contract: BarSourceSubject) -> str:
    return contract.without_data or ("" if contract.record.needs_network else "the record declares no network.")


class BarSourceContract(BarRangePromises):
    """
    What a source of bars promises.

    The class attributes that state symbol, range and settings are those of `BarSourceSubject`.
    """

    @promise(after=("config_defaults_build",), unless=nothing_to_ask)
    def test_unknown_symbol_error(self) -> None:
        """
        A pair that the source does not have raises DataError TW-D001, which names the pair.

        An empty answer for a misspelt symbol is a strategy that waits for ever.

        To mend: raise `DataError(f"no data for {symbol!r}", code="TW-D001", hint=…)`.
        """
        stranger = Instrument(symbol=self.unknown_symbol)
        try:
            answer = self.build().bars(stranger, self.length, self.first, self.last)
        except DataError as error:
            require(error.code == "TW-D001", f"the error for an unknown pair is {error.code}, expected TW-D001.")
            require(self.unknown_symbol in str(error), f"the error does not name {self.unknown_symbol!r}: {error}")
            return
        except Exception as error:
            words = f"an unknown pair raised {type(error).__name__}: {error}; expected DataError TW-D001."
            raise ContractFailure(words) from error
        count = len(answer) if isinstance(answer, pd.DataFrame) else answer
        raise ContractFailure(f"an unknown pair was answered with {count!r} rows, expected DataError TW-D001.")

    @promise(after=SHAPE, unless=_asks_nobody)
    def test_honours_rate_limit(self) -> None:
        """
        However much is asked for, no more requests leave in any stretch of time than the host allows.

        A host that is asked too often bans the address, and the ban holds for orders and stops too.

        To mend: count the weight of each request and wait before the limit, not after the refusal.
        """
        source = self.build()
        for _ in range(3):
            self.asked(self.first, self.last, source)
        log = np.asarray(self.requests(), dtype=np.float64)
        if self.rate_limit is None:
            raise ContractFailure("the record declares a network: state `rate_limit` in the contract class.")
        most, seconds = self.rate_limit
        require(log.size, "`requests()` shows no request, though bars were asked for.")
        within = np.searchsorted(log, log + seconds, side="left") - np.arange(log.size)
        worst = int(within.max()) if log.size else 0
        require(worst <= most, f"{worst} requests left within {seconds:g} seconds, {most} are allowed.")

    @promise(after=SHAPE, unless=_never_streams)
    def test_stream_equals_history(self) -> None:
        """
        Every bar of the stream is the bar that history has for that time, once and in order.

        What was tested on history is traded on the stream: if they differ, something else was tested.

        To mend: send a bar when it is closed, not when it changes; on a reconnect begin after the last one sent.
        """
        got = streamed(self.build().stream([self.instrument], self.length), self.stream_bars)
        require(got, "the stream ended without a bar.")
        others = {bar.symbol for bar in got} - {self.instrument.symbol}
        require(not others, f"the stream sent bars of {', '.join(sorted(others))}, which were not asked for.")
        times = [bar.time for bar in got]
        require(times == sorted(set(times)), "the stream sent a bar twice or out of order.")
        first = pd.Timestamp(times[0], unit="ms", tz="UTC")
        last = pd.Timestamp(times[-1] + self.length.ms, unit="ms", tz="UTC")
        history = self.asked(first, last)[list(FIELDS)]
        words = difference(_dated(history), _dated(_frame(got)))
        require(not words, f"against history the stream differs: {words}.")


def _frame(bars: Sequence[StreamedBar]) -> pd.DataFrame:
    index = pd.DatetimeIndex(np.array([bar.time for bar in bars], dtype="datetime64[ms]"), tz="UTC")
    values = np.array([bar.prices for bar in bars], dtype=np.float64)
    return pd.DataFrame(values, columns=list(FIELDS), index=index)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    opens = pd.DatetimeIndex(times_of(frame.index).astype("datetime64[ms]"), tz="UTC")
    return frame.set_axis(opens, axis=0)
