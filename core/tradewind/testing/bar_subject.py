"""A source of bars under test: what is asked of it, and what it answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

import pandas as pd

from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.specs import DataSourceSpec
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.plugin import PluginContract


def utc(text: str | pd.Timestamp) -> pd.Timestamp:
    """Return a moment in UTC; one without a zone is UTC."""
    moment = pd.Timestamp(text)
    return moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")


class BarSourceSubject(PluginContract):
    """
    A source of bars and the range that is asked of it.

    Args:
        symbol: The pair that is asked for; empty for the first that the source lists.
        timeframe: The bar length; empty for the record's first, or 4h.
        start: First moment of the range that is asked for, UTC.
        end: The moment after the range, UTC.
        unknown_symbol: A pair that the source does not have.
        missing: Opens of bars that the source's data lack, UTC.
        now: The moment at which the source believes to be, when it has a clock; bars that
            close later are not closed.
        rate_limit: (requests, seconds): the most it may ask of a host; stated by sources that need a network.
        stream_bars: How many bars of the stream are compared.
        without_data: Why no data can be asked for; empty when they can.
    """

    kind: ClassVar[str] = "data_sources"
    methods: ClassVar[tuple[str, ...]] = ("instruments", "bars")
    symbol: ClassVar[str] = ""
    timeframe: ClassVar[str] = ""
    start: ClassVar[str] = "2021-01-01"
    end: ClassVar[str] = "2021-02-01"
    unknown_symbol: ClassVar[str] = "NOSUCHPAIR"
    missing: ClassVar[tuple[str, ...]] = ()
    now: ClassVar[str] = ""
    rate_limit: ClassVar[tuple[int, float] | None] = None
    stream_bars: ClassVar[int] = 10
    without_data: ClassVar[str] = ""

    @property
    def record(self) -> DataSourceSpec:
        """The source's record."""
        return cast("DataSourceSpec", super().record)

    @property
    def length(self) -> Timeframe:
        """The bar length that is asked for."""
        return Timeframe(self.timeframe or next(iter(self.record.timeframes), "4h"))

    @property
    def instrument(self) -> Instrument:
        """The pair that is asked for."""
        return self.remember("instrument", self._instrument)

    def requests(self) -> Sequence[float]:
        """
        Return when the source asked its host, in seconds, in order.

        A source that needs a network overrides this, with the log of the local server it was tried against.
        """
        raise ContractFailure("the record declares a network: state `rate_limit` and override `requests()`.")

    def asked(self, start: pd.Timestamp, end: pd.Timestamp, source: Any = None) -> pd.DataFrame:
        """Return the bars of [start, end), from a newly built source unless one is given."""
        answer = (source or self.build()).bars(self.instrument, self.length, start, end)
        require(isinstance(answer, pd.DataFrame), f"bars answered with {type(answer).__name__}, not a DataFrame.")
        return cast("pd.DataFrame", answer)

    @property
    def first(self) -> pd.Timestamp:
        """The first moment of the range."""
        return utc(self.start)

    @property
    def last(self) -> pd.Timestamp:
        """The moment after the range."""
        return utc(self.end)

    @property
    def history(self) -> pd.DataFrame:
        """The bars of the whole range, asked for once."""
        found = self.remember("history", lambda: self.asked(self.first, self.last))
        require(
            len(found) >= 8,
            f"{self.instrument.symbol} {self.length} has {len(found)} bars from {self.start} to {self.end}; "
            "state symbol, timeframe, start and end of a range with at least 8 in the contract class.",
        )
        return found

    def _instrument(self) -> Instrument:
        offered = list(self.build().instruments())
        if self.symbol:
            return next((one for one in offered if one.symbol == self.symbol), Instrument(symbol=self.symbol))
        require(offered, "the source lists no instruments with these settings; state `symbol` and `config`.")
        return cast("Instrument", offered[0])


def nothing_to_ask(contract: BarSourceSubject) -> str:
    """Return why no data can be asked for; empty when they can."""
    return contract.without_data
